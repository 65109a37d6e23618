"""Chinese phrasings of the captions."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "ask_short": (
        "用一句话说说这张图。",
        "这张图画的是什么？请用一句话回答。",
        "给这张图写一句简短的说明。",
        "简单说一说，你看到了什么？",
        "请用一句短短的话描述这幅画。",
        "这幅画里有什么？简单说说就好。",
    ),
    "ask_dense": (
        "请仔细描述这张图。",
        "把你在图里看到的都告诉我。",
        "图里有什么？都在哪里？请说完整。",
        "请把这一页图画书描述得越准确越好。",
        "请向看不到这幅画的人描述一下它。",
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
        "{where}，有{things}。",
        "{where}有{things}。",
        "{where}，可以看到{things}。",
        "{where}，能看见{things}。",
    ),
    # "beside" is for directions, "put" for on and in, "held" for holding
    "beside": (
        "{b}的{relation}有{a}。",
        "图里，{b}的{relation}有{a}。",
        "可以看到，{b}的{relation}有{a}。",
        "{a}在{b}的{relation}。",
    ),
    "beside_where": (
        "{where}，{b}的{relation}有{a}。",
        "{where}，可以看到{b}的{relation}有{a}。",
        "{where}，{b}的{relation}是{a}。",
        "{where}，{a}在{b}的{relation}。",
    ),
    "put": (
        "{b}{relation}有{a}。",
        "图里，{b}{relation}有{a}。",
        "可以看到，{b}{relation}有{a}。",
        "{a}在{b}{relation}。",
    ),
    "put_where": (
        "{where}，{b}{relation}有{a}。",
        "{where}，可以看到{b}{relation}有{a}。",
        "{where}，{b}{relation}是{a}。",
        "{where}，{a}在{b}{relation}。",
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
        "{where}，有{a}，手里{relation}{b}。",
    ),
    # sentences of dense captions
    "told_setting": (
        "现在是{where}。",
        "这是{where}。",
        "时间和地点：{where}。",
        "场景是{where}。",
    ),
    "told_things": (
        "画里有{things}。",
        "可以看到{things}。",
        "画面上有{things}。",
        "图中出现了{things}。",
    ),
    "told_on": (
        "{carrier}上有{load}。",
        "{carrier}上面放着{load}。",
        "{carrier}上放着{load}。",
        "在{carrier}上，可以看到{load}。",
    ),
    "told_inside": (
        "{carrier}里有{load}。",
        "{carrier}里面放着{load}。",
        "{carrier}里装着{load}。",
        "在{carrier}里，可以看到{load}。",
    ),
    "told_holding": (
        "{carrier}拿着{load}。",
        "{carrier}手里拿着{load}。",
        "{carrier}的手里有{load}。",
        "{carrier}正拿着{load}。",
    ),
    "told_relation": (
        "{a}在{b}的{relation}。",
        "可以看到，{a}在{b}的{relation}。",
        "{b}的{relation}是{a}。",
        "看，{a}在{b}的{relation}。",
    ),
}
