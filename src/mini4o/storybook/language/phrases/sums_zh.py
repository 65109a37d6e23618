"""Chinese phrasings of the word problems. Amounts are 7个苹果, people 一个女孩 and, as the_who, 女孩."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "come": (
        "{where}有{a}，后来又来了{b}。现在一共有多少{things}？",
        "{where}本来有{a}，过了一会儿又来了{b}。这时有多少{things}？",
        "{where}有{a}。又来了{b}。这样一来，一共有多少{things}？",
        "起先，{where}有{a}，接着又来了{b}。最后有多少{things}？",
    ),
    "go": (
        "{where}有{a}，后来走了{b}。还剩多少{things}？",
        "{where}有{a}在玩，其中{b}回家了。还有多少{things}没走？",
        "{where}有{a}。再看的时候，{b}已经走了。还有多少{things}？",
        "起先，{where}有{a}，后来{b}离开了。还剩下多少{things}？",
    ),
    "fly": (
        "{where}有{a}，后来飞走了{b}。还剩多少{things}？",
        "{where}有{a}在飞，其中{b}飞走了。还有多少{things}没飞走？",
        "{where}有{a}。再看的时候，{b}已经飞走了。还有多少{things}？",
        "起先，{where}有{a}，后来{b}飞走了。还剩下多少{things}？",
    ),
    "together": (
        "{who}有{a}，{other}有{b}。他们一共有多少{things}？",
        "{who}带来{a}，{other}带来{b}。加起来有多少{things}？",
        "{who}有{a}，又来了{other}，带着{b}。两个人一共有多少{things}？",
        "{who}拿着{a}，{other}拿着{b}。数一数，总共有多少{things}？",
    ),
    "difference": (
        "{who}有{a}，{other}有{b}。{the_who}比{the_other}多多少{things}？",
        "{who}有{a}，{other}只有{b}。{the_other}还要多少{things}才和{the_who}一样多？",
        "{who}数出{a}，{other}数出{b}。两个人差多少{things}？",
        "{who}有{a}，{other}有{b}。{the_other}比{the_who}少多少{things}？",
    ),
    "eaten": (
        "{who}有{a}，吃掉了{b}。还剩多少{things}？",
        "桌子上有{a}，{who}吃了{b}。还有多少{things}？",
        "{who}买来{a}，{other}吃掉了{b}。还剩下多少{things}？",
        "一共有{a}，被{who}吃掉了{b}。剩下多少{things}？",
    ),
    "times": (
        "有{boxes}，每个里面有{each}。一共有多少{things}？",
        "{boxes}里各放着{each}。总共有多少{things}？",
        "你有{boxes}，每个都装了{each}。你一共有多少{things}？",
        "要往{boxes}里各放{each}，一共需要多少{things}？",
    ),
    "share": (
        "把{a}平均分给{people}，每人分到多少{things}？",
        "{people}平分{a}，每人有多少{things}？",
        "有{a}，要分给{people}，每人一样多。一个人能分到多少{things}？",
        "{a}，{people}来分，人人一样多。每人拿到多少{things}？",
    ),
    "get_give": (
        "{who}有{a}，又得到了{b}，后来送给别人{c}。还剩多少{things}？",
        "{who}有{a}，{other}又拿来{b}，后来{the_who}弄丢了{c}。现在{the_who}有多少{things}？",
        "{who}起先有{a}，后来添了{b}，又被拿走了{c}。{the_who}现在有多少{things}？",
        "{who}先找到{a}，又找到{b}，把其中的{c}给了{other}。{the_who}还有多少{things}？",
    ),
    "times_plus": (
        "有{boxes}，每个里面有{each}，旁边还有{c}。一共有多少{things}？",
        "{boxes}里各放着{each}，地上还有{c}。总共有多少{things}？",
        "你有{boxes}，每个都装了{each}，手里还有{c}。你一共有多少{things}？",
        "往{boxes}里各放{each}以后，还多出{c}。原来一共有多少{things}？",
    ),
    "times_minus": (
        "有{boxes}，每个里面有{each}。拿走{c}以后，还剩多少{things}？",
        "{boxes}里各放着{each}，后来丢了{c}。还有多少{things}？",
        "你有{boxes}，每个都装了{each}，送给别人{c}。你还剩多少{things}？",
        "先往{boxes}里各放{each}，再拿出{c}。里面还有多少{things}？",
    ),
    "more_together": (
        "{who}有{a}，{other}比{the_who}多{b}。他们一共有多少{things}？",
        "{who}有{a}，{other}也有这么多，另外还有{b}。两个人一共有多少{things}？",
        "{other}比{who}多{b}，{the_who}有{a}。两个人加起来有多少{things}？",
        "{who}带来{a}，{other}比{the_who}多带了{b}。他们一共带来多少{things}？",
    ),
    "three_animals": (
        "有{a}、{b}和{c}。一共有多少只动物？",
        "图画书里画着{a}、{b}和{c}。总共有多少只动物？",
        "{a}遇到了{b}和{c}。现在一共有多少只动物？",
        "故事里有{a}、{b}和{c}。数一数，一共有多少只动物？",
    ),
    "three_foods": (
        "有{a}、{b}和{c}。吃的东西一共有多少个？",
        "桌子上放着{a}、{b}和{c}。吃的东西总共有多少个？",
        "聚会上准备了{a}、{b}和{c}。加起来一共有多少个？",
        "小店里有{a}、{b}和{c}。吃的东西加起来有多少个？",
    ),
    "one_step": (
        "{step}。",
        "算式是{step}。",
        "算一算：{step}。",
        "只要一步：{step}。",
    ),
    "two_steps": (
        "{first}。{second}。",
        "先算{first}，再算{second}。",
        "第一步：{first}。第二步：{second}。",
        "先是{first}，然后是{second}。",
    ),
    "result": (
        "{amount}。",
        "答案是{number}。",
        "是{amount}。",
        "{number}。",
    ),
    "total": (
        "{number}。",
        "答案是{number}。",
        "一共是{number}。",
        "加起来是{number}。",
    ),
}
