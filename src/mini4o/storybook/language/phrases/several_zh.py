"""Chinese phrasings for requests about two pictures."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "into": (
        "把第一张图里的{thing}画到第二张图里。",
        "从图一里找出{thing}，照样画进图二。",
        "第一张图里有{thing}，请照样加到第二张图里。",
        "第二张图画的是{place}，请把第一张图里的{thing}也画进去。",
        "这里有两张图，请把前一张里的{thing}搬到后一张里。",
        "图二的{place}还缺{thing}，把图一里的画过去吧。",
    ),
    "into_at": (
        "把第一张图里的{thing}画到第二张图里，位置在{where}。",
        "从图一里拿{thing}，加到图二里，放在{where}。",
        "在第二张图里，{where}加上第一张图里的{thing}。",
        "前一张图里的{thing}，请画到后一张图里，就在{where}。",
        "第二张图里，{where}要有第一张图里的{thing}。",
    ),
    "into_holding": (
        "让第二张图里的{other}拿着第一张图里的{thing}。",
        "从图一里拿{thing}，交给图二里的{other}拿着。",
        "请把第一张图里的{thing}放到第二张图里{other}手上。",
        "在图二里，让{other}拿着图一里的{thing}。",
    ),
    "coloured": (
        "把第一张图里的{thing}变成第二张图里{other}的颜色。",
        "图一里的{thing}要和图二里的{other}颜色一样。",
        "看看第二张图里{other}是什么颜色，把第一张图里的{thing}涂成同样的颜色。",
        "请按图二里{other}的颜色，给图一里的{thing}换个颜色。",
        "重画第一张图，{thing}的颜色要跟第二张图里的{other}一样。",
    ),
    "like_time": (
        "图二是白天，图一就画白天；图二是夜晚，图一就画夜晚。",
        "图一的白天黑夜要和图二一样。",
        "第二张图是白天还是夜晚，就把第一张图也画成那样。",
        "请看看图二是白天还是夜晚，照着重画图一。",
    ),
    "like_weather": (
        "把第一张图的天气改成和第二张图一样。",
        "图一的天气要和图二一样。",
        "第二张图是什么天气，第一张图也画成什么天气。",
        "请照着图二的天气重画图一。",
    ),
    "like_season": (
        "把第一张图的季节改成和第二张图一样。",
        "图一的季节要和图二一样。",
        "第二张图是什么季节，第一张图也画成什么季节。",
        "请照着图二的季节重画图一。",
    ),
    "together": (
        "画一张新图：{scenery}有第一张图里的{a}和第二张图里的{b}。",
        "把图一里的{a}和图二里的{b}画到一起，场景是：{scenery}。",
        "请把第一张图里的{a}和第二张图里的{b}画进同一张新图：{scenery}。",
        "图一里有{a}，图二里有{b}，让这两个在新图里见个面吧：{scenery}。",
    ),
    "together_at": (
        "画一张新图：{scenery}有第一张图里的{a}和第二张图里的{b}，{clause}。",
        "把图一里的{a}和图二里的{b}画到一起，场景是：{scenery}。要让{clause}。",
        "请把第一张图里的{a}和第二张图里的{b}画进同一张新图：{scenery}，{clause}。",
        "图一里有{a}，图二里有{b}，让这两个在新图里见个面吧：{scenery}，{clause}。",
    ),
    # thoughts
    "think_into": (
        "要从图一里取的是{looks}。图二保持原样，只多了这一样。",
        "放进图二的是{looks}，和图一里的一样。图二的其他部分不变。",
        "图二不动，只加上{looks}，和图一里的一样。",
    ),
    "think_into_at": (
        "要从图一里取的是{looks}。放到图二里，位置在{where}，图二的其他部分不变。",
        "图二不动，在{where}加上{looks}，和图一里的一样。",
        "放进图二的是{looks}，在{where}。别的都不变。",
    ),
    "think_into_holding": (
        "要从图一里取的是{looks}。到了图二，让{other}拿着，其他部分不变。",
        "图二不动，只让{other}手里多{looks}。",
        "放进图二的是{looks}，拿在{other}手里。别的都不变。",
    ),
    "think_coloured": (
        "图二里的{other}是{colour}的，所以图一里的{thing}要变成{colour}，其他不变。",
        "图二里{other}的颜色是{colour}。图一保持原样，只把里面的{thing}改成{colour}。",
        "从图二里看到的颜色是{colour}。图一里只改{thing}的颜色。",
    ),
    "think_like_time": (
        "图二是{value}，所以图一也要画成{value}，里面的东西都不动。",
        "图二画的是{value}。图一改成{value}，其他都照旧。",
        "要换成的时间是{value}，图一里别的都不变。",
    ),
    "think_like_weather": (
        "图二的天气是{value}，所以图一也要这样，里面的东西都不动。",
        "从图二看到的天气是{value}。图一只改天气，其他都照旧。",
        "要换成的天气是{value}，图一里别的都不变。",
    ),
    "think_like_season": (
        "图二是{value}，所以图一也要画成{value}，里面的东西都不动。",
        "图二画的是{value}。图一只改季节，其他都照旧。",
        "要换成的季节是{value}，图一里别的都不变。",
    ),
    "think_together": (
        "从图一里取{a_looks}，从图二里取{b_looks}。画面是新的：{scenery}。",
        "要画{a_looks}，和图一里的一样；还要画{b_looks}，和图二里的一样。场景：{scenery}。",
        "新图里要有{a_looks}，还要有{b_looks}。场景：{scenery}。",
    ),
    "think_together_at": (
        "从图一里取{a_looks}，从图二里取{b_looks}。画面是新的：{scenery}，{clause}。",
        "要画{a_looks}，和图一里的一样；还要画{b_looks}，和图二里的一样。场景：{scenery}。要让{clause}。",
        "新图里要有{a_looks}，还要有{b_looks}。场景：{scenery}，要让{clause}。",
    ),
}
