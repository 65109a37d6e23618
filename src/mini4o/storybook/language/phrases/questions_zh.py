"""Chinese questions."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    # ---- is there …?
    "exist": (
        "图里有{noun}吗？",
        "图里有没有{noun}？",
        "这幅画里有没有{noun}？",
        "画面上有{noun}吗？",
        "仔细看看，图中有没有{noun}？",
        "这张图里有{noun}吗？",
    ),
    "exist/which": (
        "下面哪一个图里有？",
        "下面这几个，图里有哪一个？",
        "下面的哪一个，你能在图里找到？",
        "下面只有一个在图里，是哪一个？",
    ),
    "exist/missing": (
        "下面哪一个图里没有？",
        "下面这几个，图里少了哪一个？",
        "下面的哪一个，你在图里找不到？",
        "下面有一个不在图里，是哪一个？",
    ),
    # ---- how many …?
    "count": (
        "图里有几{measure}{many}？",
        "这幅画里一共有几{measure}{many}？",
        "数一数，图里有几{measure}{many}？",
        "你能看到几{measure}{many}？",
        "画面上有多少{measure}{many}？",
        "请数一下图中有几{measure}{many}。",
    ),
    # ---- what is it like?
    "attribute/colour": (
        "{noun}是什么颜色的？",
        "{noun}是哪种颜色？",
        "图里，{noun}是什么颜色？",
        "请问{noun}是什么颜色的？",
        "你看，{noun}是什么颜色？",
    ),
    "attribute/colour/people": (
        "{noun}的衣服是什么颜色的？",
        "{noun}穿着什么颜色的衣服？",
        "图里，{noun}穿的衣服是什么颜色？",
        "{noun}身上的衣服是哪种颜色？",
    ),
    "attribute/colour/tree": (
        "{noun}的叶子是什么颜色的？",
        "{noun}的叶子是哪种颜色？",
        "请问{noun}的叶子是什么颜色？",
        "看看{noun}，叶子是什么颜色的？",
    ),
    "attribute/size": (
        "{noun}是大的还是小的？",
        "{noun}是小的还是大的？",
        "{noun}看起来是大还是小？",
        "图里，{noun}是大是小？",
    ),
    "attribute/facing": (
        "{noun}朝哪边？",
        "{noun}朝左还是朝右？",
        "{noun}是朝右还是朝左？",
        "{noun}面向哪一边？",
        "图里，{noun}朝着哪个方向？",
    ),
    "attribute/text": (
        "{noun}上写着什么？",
        "{noun}上面写的是什么？",
        "读一读，{noun}上写了什么？",
        "请念出{noun}上的字。",
        "你能看清{noun}上写着什么吗？",
    ),
    "attribute/state/people": (
        "{noun}是开心还是难过？",
        "{noun}看起来难过还是开心？",
        "{noun}的心情怎么样，开心还是难过？",
        "看看表情，{noun}是开心还是难过？",
    ),
    "attribute/state/animals": (
        "{noun}醒着还是睡着了？",
        "{noun}是睡着了还是醒着？",
        "看一看，{noun}醒着还是睡着了？",
        "{noun}现在是醒着还是睡着了？",
    ),
    "attribute/state/tree": (
        "{noun}是长满叶子还是光秃秃的？",
        "{noun}是光秃秃的还是长满叶子？",
        "看一看，{noun}是长满叶子还是光秃秃的？",
        "图里，{noun}是长满叶子还是光秃秃的？",
    ),
    "attribute/state/flower": (
        "{noun}开着还是没开？",
        "{noun}是没开还是开着？",
        "看一看，{noun}开着还是没开？",
        "图里，{noun}是开着还是没开？",
    ),
    "attribute/state/umbrella": (
        "{noun}是撑开的还是收起来的？",
        "{noun}是收起来的还是撑开的？",
        "看一看，{noun}是撑开的还是收起来的？",
        "图里，{noun}是撑开的还是收起来的？",
    ),
    "attribute/state/house": (
        "{noun}开着门还是关着门？",
        "{noun}是关着门还是开着门？",
        "看一看，{noun}开着门还是关着门？",
        "图里，{noun}是开着门还是关着门？",
    ),
    "attribute/state/tent": (
        "{noun}开着门还是关着门？",
        "{noun}是关着门还是开着门？",
        "看一看，{noun}开着门还是关着门？",
        "图里，{noun}是开着门还是关着门？",
    ),
    "attribute/state/lamp": (
        "{noun}亮着还是没亮？",
        "{noun}是没亮还是亮着？",
        "看一看，{noun}亮着还是没亮？",
        "图里，{noun}是亮着还是没亮？",
    ),
    "attribute/state/cake": (
        "{noun}点着蜡烛还是没点蜡烛？",
        "{noun}是没点蜡烛还是点着蜡烛？",
        "看一看，{noun}点着蜡烛还是没点蜡烛？",
        "图里，{noun}是点着蜡烛还是没点蜡烛？",
    ),
    "attribute/state/robot": (
        "{noun}是开着机还是关着机？",
        "{noun}是关着机还是开着机？",
        "看一看，{noun}开着机还是关着机？",
        "图里，{noun}现在开着机还是关着机？",
    ),
    "attribute/state/car": (
        "{noun}开着车灯还是没开车灯？",
        "{noun}是没开车灯还是开着车灯？",
        "看一看，{noun}开着车灯还是没开车灯？",
        "图里，{noun}是开着车灯还是没开车灯？",
    ),
    "attribute/on": (
        "{noun}上有什么？",
        "{noun}上放着什么？",
        "你看，{noun}上有什么东西？",
        "{noun}上面是什么？",
    ),
    "attribute/inside": (
        "{noun}里有什么？",
        "{noun}里放着什么？",
        "你看，{noun}里有什么东西？",
        "{noun}里面是什么？",
    ),
    "attribute/holding": (
        "{noun}手里拿着什么？",
        "{noun}拿着什么？",
        "{noun}拿着什么东西？",
        "看一看，{noun}手里是什么？",
    ),
    # ---- how do they stand to each other?
    "relation/direction": (
        "{a}是在{b}的{relation}吗？",
        "{a}是不是在{b}{relation}？",
        "看一看，{a}是不是在{b}{relation}？",
        "你看，{a}是在{b}{relation}吗？",
        "图里，{a}是不是在{b}{relation}？",
    ),
    "relation/on": (
        "{a}是不是在{b}上？",
        "{a}是在{b}上吗？",
        "看一看，{a}是不是在{b}上？",
        "图里的{a}是在{b}上吗？",
    ),
    "relation/inside": (
        "{a}是不是在{b}里？",
        "{a}是在{b}里吗？",
        "看一看，{a}是不是在{b}里？",
        "图里的{a}是在{b}里吗？",
    ),
    "relation/holding": (
        "{a}是不是拿着{b}？",
        "{a}手里拿着{b}，是吗？",
        "看一看，{a}手里是不是拿着{b}？",
        "图里的{a}是不是拿着{b}？",
    ),
    "relation/side": (
        "{a}在{b}的左边还是右边？",
        "{a}是在{b}右边还是左边？",
        "{a}在{b}哪一边，左边还是右边？",
        "看一看，{a}在{b}左边还是右边？",
    ),
    "relation/left of": (
        "{a}和{b}，哪个更靠左？",
        "{a}和{b}，谁在左边？",
        "看看{a}和{b}，哪个更靠左边？",
        "更靠左的是{a}还是{b}？",
    ),
    "relation/right of": (
        "{a}和{b}，哪个更靠右？",
        "{a}和{b}，谁在右边？",
        "看看{a}和{b}，哪个更靠右边？",
        "更靠右的是{a}还是{b}？",
    ),
    # ---- comparisons
    "compare/larger": (
        "{a}和{b}，哪个更大？",
        "{a}和{b}比，哪一个大？",
        "看看{a}和{b}，哪个大一些？",
        "更大的是{a}还是{b}？",
    ),
    "compare/more": (
        "{a}是不是比{b}多？",
        "图里的{a}比{b}多，是吗？",
        "数一数，{a}是不是比{b}多？",
        "图里{a}的个数是不是比{b}多？",
    ),
    "compare/fewer": (
        "{a}是不是比{b}少？",
        "图里的{a}比{b}少，是吗？",
        "数一数，{a}是不是比{b}少？",
        "图里{a}的个数是不是比{b}少？",
    ),
    "compare/as_many": (
        "{a}和{b}是不是一样多？",
        "图里的{a}和{b}一样多，是吗？",
        "数一数，{a}和{b}是不是一样多？",
        "图里{a}和{b}的个数是不是一样？",
    ),
    "compare/which": (
        "{a}和{b}，哪种更多？",
        "图里{a}多还是{b}多？",
        "数一数，{a}和{b}哪种多？",
        "图里更多的是{a}还是{b}？",
    ),
    "compare/colour": (
        "{a}和{b}是不是同一种颜色？",
        "{a}和{b}的颜色是不是一样？",
        "看一看，{a}和{b}是同样的颜色吗？",
        "{a}的颜色是不是和{b}一样？",
    ),
    # ---- where?
    "where/thing": (
        "{noun}在哪里？",
        "{noun}在什么地方？",
        "找一找，{noun}在哪儿？",
        "图里的{noun}在哪里？",
    ),
    "where/seen_from": (
        "{a}在{b}的哪一边？前面、后面、左边还是右边？",
        "找一找，{a}在哪儿，是在{b}前面、后面、左边还是右边？",
        "{a}在{b}左边、右边、前面还是后面？",
        "看一看，{a}在{b}前面、后面、左边还是右边？",
    ),
    "where/place": (
        "这是什么地方？",
        "这幅画画的是什么地方？",
        "图里是什么地方？",
        "画面上画的是哪里？",
        "看一看，这里是什么地方？",
    ),
    "where/time": (
        "图里是白天还是夜晚？",
        "现在是夜晚还是白天？",
        "这幅画画的是白天还是夜晚？",
        "看一看，画面上是白天还是夜晚？",
    ),
    "where/season": (
        "图里是什么季节？",
        "这是哪个季节？",
        "这幅画画的是一年中的哪个季节？",
        "看一看，现在是什么季节？",
    ),
    "where/weather": (
        "图里的天气怎么样？",
        "这里是晴天、雨天还是雪天？",
        "画面上是什么天气？",
        "看一看，天气怎么样？",
    ),
    # ---- several steps
    "multihop/which": (
        "{b}{relation}是什么{one}？",
        "在{b}{relation}的是什么{one}？",
        "看一看，{b}{relation}是什么{one}？",
        "{b}的{relation}有什么{one}？",
    ),
    "multihop/count": (
        "{b}{relation}有几{measure}{many}？",
        "{b}{relation}，你能看到几{measure}{many}？",
        "数一数，{b}{relation}有几{measure}{many}？",
        "{b}的{relation}一共有多少{measure}{many}？",
    ),
    # ---- what if …?
    "counterfactual/removed": (
        "如果去掉{noun}，还剩几{measure}{many}？",
        "假如{noun}不见了，还会剩下几{measure}{many}？",
        "不算{noun}，图里还有几{measure}{many}？",
        "要是没有{noun}，图里会有几{measure}{many}？",
    ),
    "counterfactual/added": (
        "如果再添上{noun}，一共会有几{measure}{many}？",
        "假如图里又多了{noun}，那么一共有几{measure}{many}？",
        "再加上{noun}的话，图里会有几{measure}{many}？",
        "要是再多{noun}，总共会有几{measure}{many}？",
    ),
    "counterfactual/still": (
        "如果去掉{noun}，图里还有{one}吗？",
        "假如{noun}不见了，图里还有没有{one}？",
        "要是没有{noun}，图里还有没有别的{one}？",
        "去掉{noun}以后，图里还有没有{one}？",
    ),
    "counterfactual/turned": (
        "如果{noun}掉头，会朝哪边？",
        "假如{noun}掉个头，会朝左还是朝右？",
        "要是{noun}转到另一边，是朝右还是朝左？",
        "{noun}掉头以后会朝哪个方向？",
    ),
    "counterfactual/swapped/left of": (
        "如果{a}和{b}交换位置，哪个会更靠左？",
        "假如{a}和{b}互相换了位置，哪一个会更靠左？",
        "要是把{a}和{b}对调，更靠左的是哪个？",
        "{a}和{b}互换位置以后，哪个更靠左？",
    ),
    "counterfactual/swapped/right of": (
        "如果{a}和{b}交换位置，哪个会更靠右？",
        "假如{a}和{b}互相换了位置，哪一个会更靠右？",
        "要是把{a}和{b}对调，更靠右的是哪个？",
        "{a}和{b}互换位置以后，哪个更靠右？",
    ),
    # ---- two pictures
    "difference/what": (
        "第二幅图和第一幅图有什么不同？",
        "找一找，这两幅图哪里不一样？",
        "从第一幅图到第二幅图，有一处变了。哪里变了？",
        "比一比两幅图，什么地方变了？",
        "大家来找茬：第二幅图里什么变了？",
    ),
    "difference/which": (
        "第二幅图里有一处变了，变的是什么？",
        "比一比两幅图，是什么变得不一样了？",
        "两幅图只有一处不同，不同的是什么？",
        "找不同：和原来不一样的是什么？",
    ),
    "difference/same": (
        "这两幅图是不是一样的？",
        "第二幅图和第一幅图是不是完全一样？",
        "比一比，两幅图是不是一模一样？",
        "两幅图是不是完全相同？",
    ),
    # ---- how it is asked
    "think": (
        "{question}先想一想再回答。",
        "{question}请一步一步地想。",
        "{question}想清楚了再回答。",
        "别着急，先想一想。{question}",
    ),
    "choice": (
        "{question}\n{options}\n请回答一个字母。",
        "{question}\n{options}\n哪个答案是对的？",
        "{question}请选一个答案。\n{options}",
        "{question}请回答A、B、C或D。\n{options}",
        "请选出正确的答案。{question}\n{options}",
    ),
}
