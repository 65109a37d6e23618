"""Chinese phrasings of the captions."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "ask_short": (
        "用一句话说说这张图。",
        "这张图画的是什么？请用一句话回答。",
        "给这张图配一句话。",
        "简单说一说，你看到了什么？",
        "请用一句短短的话描述这幅画。",
        "这幅画里有什么？简单说说就好。",
    ),
    "ask_dense": (
        "请仔细描述这张图。",
        "把你在图里看到的都告诉我。",
        "图里有什么？都在哪里？一样也别漏。",
        "请把这一页图画书讲得清清楚楚。",
        "有人看不到这幅画，请你仔细讲给他听。",
        "请详细说说这幅画的内容。",
    ),
    # short captions
    "things": (
        "{things}。",
        "画上是{things}。",
        "图里有{things}。",
        "可以看到{things}。",
        "这幅画画的是{things}。",
    ),
    "things_where": (
        "看，{where}有{things}。",
        "{where}有{things}。",
        "{where}可以看到{things}。",
        "{where}能看见{things}。",
    ),
    # "beside" is for directions, "put" for on and in, "held" for holding
    "beside": (
        "{b}{relation}有{a}。",
        "图里，{b}{relation}有{a}。",
        "可以看到，{b}{relation}有{a}。",
        "有{a}，在{b}{relation}。",
    ),
    "beside_where": (
        "{where}，{b}{relation}有{a}。",
        "{where}可以看到{a}，在{b}{relation}。",
        "{where}，{b}{relation}是{a}。",
        "{where}有{a}，在{b}{relation}。",
    ),
    "put": (
        "{b}{relation}有{a}。",
        "图里，{b}{relation}有{a}。",
        "可以看到，{b}{relation}有{a}。",
        "有{a}，在{b}{relation}。",
    ),
    "put_where": (
        "{where}，{b}{relation}有{a}。",
        "{where}，可以看到{b}{relation}有{a}。",
        "{where}，{b}{relation}是{a}。",
        "{where}有{a}，在{b}{relation}。",
    ),
    "held": (
        "{a}{relation}{b}。",
        "图里，{a}{relation}{b}。",
        "画的是{a}{relation}{b}。",
        "可以看到{a}手里{relation}{b}。",
    ),
    "held_where": (
        "{where}，{a}{relation}{b}。",
        "{where}，{a}手里{relation}{b}。",
        "{where}，可以看到{a}{relation}{b}。",
        "{where}有{a}，手里{relation}{b}。",
    ),
    # sentences of dense captions
    "told_setting": (
        "故事发生在{where}。",
        "这一页画的是{where}的情景。",
        "时间和地点：{where}。",
        "场景：{where}。",
    ),
    "told_things": (
        "画里有{things}。",
        "可以看到{things}。",
        "画面上有{things}。",
        "这里有{things}。",
    ),
    "told_on": (
        "{carrier}上有{load}。",
        "{carrier}上面放着{load}。",
        "{carrier}上放着{load}。",
        "看，{carrier}上有{load}。",
    ),
    "told_inside": (
        "{carrier}里有{load}。",
        "{carrier}里面放着{load}。",
        "{carrier}里装着{load}。",
        "看，{carrier}里有{load}。",
    ),
    "told_holding": (
        "{carrier}拿着{load}。",
        "{carrier}手里拿着{load}。",
        "{carrier}手里有{load}。",
        "{carrier}正拿着{load}。",
    ),
    "told_relation": (
        "{a}在{b}{relation}。",
        "可以看到，{a}在{b}{relation}。",
        "{b}{relation}是{a}。",
        "看，{a}在{b}{relation}。",
    ),
}
