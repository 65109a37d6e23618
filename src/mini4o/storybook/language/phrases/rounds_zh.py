"""Chinese phrasings for editing in rounds."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    # what stands for a thing
    "it": ("它",),
    "she": ("她",),
    "he": ("他",),
    "added": ("你加的{thing}", "后来加上的{thing}", "新添的{thing}"),
    # before an instruction
    "then": (
        "接着，{order}",
        "好的，现在{order}",
        "下一步，{order}",
        "不错！接下来{order}",
        "很好，然后{order}",
        "还有，{order}",
    ),
    "from_first": (
        "回到第一张图，重新来：{order}",
        "还是用最开始那张图：{order}",
        "前面的改动都不要了，从第一张图开始：{order}",
        "再拿第一张图来改：{order}",
    ),
    # one more change of the thing that was just changed
    "also_recolour": (
        "再把{thing}变成{colour}。",
        "颜色也改一下，把{thing}涂成{colour}。",
        "顺便给{thing}换个颜色，换成{colour}。",
        "另外，把{thing}画成{colour}的。",
    ),
    "also_bigger": (
        "再把{thing}变大一点。",
        "大小也改改，让{thing}大一号。",
        "另外，把{thing}画大一些。",
        "还要让{thing}再大一点。",
    ),
    "also_smaller": (
        "再把{thing}变小一点。",
        "大小也改改，让{thing}小一号。",
        "另外，把{thing}画小一些。",
        "还要让{thing}再小一点。",
    ),
    "also_large": (
        "再把{thing}变得大大的。",
        "大小也改改，把{thing}画得很大。",
        "另外，让{thing}变得很大。",
        "还要把{thing}画得大大的。",
    ),
    "also_small": (
        "再把{thing}变得小小的。",
        "大小也改改，把{thing}画得很小。",
        "另外，让{thing}变得很小。",
        "还要把{thing}画得小小的。",
    ),
    "also_turn_around": (
        "再让{thing}掉个头。",
        "方向也改一下，让{thing}朝另一边。",
        "另外，让{thing}换个方向，朝另一边。",
        "还要把{thing}转到相反的方向。",
    ),
    # the last change once more
    "same": (
        "{thing}也照这样来。",
        "{thing}也要这样。",
        "轮到{thing}了，也这样做。",
        "请让{thing}也照样来一遍。",
        "{thing}也能这样吗？",
    ),
    "other": (
        "另{one}也要这样。",
        "现在轮到另{one}了。",
        "另{one}{kind}也照这样来。",
        "请让另{one}也照样来一遍。",
        "另外{one}{kind}也这么办吧。",
    ),
    # back
    "undo": (
        "刚才那一步不算。",
        "变回刚才改之前的样子。",
        "不好，把上一步取消吧。",
        "请退回上一张图。",
        "还是改之前好看，退回去一步。",
        "刚才的改动不要了。",
    ),
    "first": (
        "回到第一张图。",
        "全部恢复成最开始的样子。",
        "改过的全都不要了，变回第一张图。",
        "请变回一开始的那张图。",
        "还是要最初的那张图，一点也别改。",
    ),
    "restore": (
        "之前去掉了{thing}，请放回来。",
        "还是把{thing}放回原处吧，别去掉了。",
        "请把去掉的{thing}重新画上，还画在老地方。",
        "还是要有{thing}，照原样放回去。",
        "能把前面拿走的{thing}放回来吗？",
    ),
    "as_at_first": (
        "把{thing}变回第一张图里的颜色。",
        "让{thing}变回最开始的颜色。",
        "{thing}还是用第一张图里的颜色吧。",
        "请把{thing}涂回最初的颜色。",
    ),
    # thoughts
    "think_means": ("“{it}”指的是{thing}。", "这里的“{it}”就是{thing}。", "“{it}”说的是{thing}。"),
    "think_undo": (
        "要撤销上一步，回到第{number}张图，什么都不改。",
        "上一步之前是第{number}张图，照原样画出来。",
        "回到第{number}张图，不做改动。",
    ),
    "think_first": (
        "所有改动都不要了，回到第{number}张图，照原样画。",
        "要的是最开始的样子：第{number}张图，一点不改。",
        "照着第{number}张图画，什么都不改。",
    ),
    "think_restore": (
        "之前去掉过，现在要照原来的样子放回原处，其他的不变。",
        "还记得原来的样子和位置，放回那里，别的都不动。",
        "照原样回到老地方，其余部分保持不变。",
    ),
    # words alone
    "thanks": ("谢谢！", "真好看，谢谢你！", "太好了，谢谢。", "我很喜欢，谢谢！", "画得真好，谢谢！"),
    "welcome": (
        "不客气！",
        "不用谢，接下来想改什么？",
        "你喜欢就好。",
        "不客气！接着说说还要改什么吧。",
        "很高兴你喜欢。",
    ),
    "ask_colour": (
        "现在{thing}是什么颜色的？",
        "{thing}现在是什么颜色？",
        "说说{thing}的颜色。",
        "对了，{thing}是什么颜色的？",
    ),
    "ask_exists": (
        "现在图里有{kinds}吗？",
        "看一看，图里有{kinds}吗？",
        "画面里有没有{kinds}？",
        "对了，图里有{kinds}吗？",
    ),
    "answer": ("{value}。",),
    "already": (
        "{thing}已经是{colour}的了。",
        "不用改，{thing}本来就是{colour}的。",
        "可是{thing}已经是{colour}了。",
        "你看，{thing}已经是{colour}的了。",
    ),
    "missing": (
        "图里没有{bare}。",
        "我在图里没看到{bare}。",
        "画面里没有{bare}，没什么可去掉的。",
        "可是这幅画里没有{bare}。",
    ),
}
