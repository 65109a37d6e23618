"""Chinese thoughts before an edit: what changes, where it is, what stays."""

from mini4o.storybook.language.words import Phrases

PHRASES: Phrases = {
    "change_add": ("图里要多{thing}。", "要加的是{thing}。", "需要添上{thing}。"),
    "change_add_at": ("要在{where}加上{thing}。", "新添的是{thing}，位置在{where}。", "{where}要添上{thing}。"),
    "change_add_holding": ("{other}手里要多{thing}。", "要让{other}拿着{thing}。", "新添的是{thing}，让{other}拿着。"),
    "change_remove": ("{thing}要去掉。", "要擦掉的是{thing}。", "{thing}不要了，要擦得干干净净。"),
    # "known" is where the name of the thing tells its colour or its state: 红色的球, 一脸难过的女孩
    "change_recolour": (
        "{thing}现在是{was}的，要改成{will}。",
        "看到{thing}了，是{was}的，要涂成{will}。",
        "要改颜色的是{thing}：现在是{was}，改完是{will}。",
    ),
    "change_recolour_known": (
        "{thing}要改成{will}的。",
        "找到{thing}，涂成{will}。",
        "要给{thing}换个颜色，换成{will}。",
    ),
    "change_recolour_person": (
        "{thing}现在穿着{was}的衣服，要换成{will}的。",
        "看到{thing}了，衣服是{was}的，要画成{will}的。",
        "要换衣服的是{thing}：现在穿{was}，换好以后穿{will}。",
    ),
    "change_recolour_person_known": (
        "{thing}要改穿{will}的衣服。",
        "找到{thing}，把衣服画成{will}的。",
        "要给{thing}换上{will}的衣服。",
    ),
    "change_recolour_tree": (
        "{thing}的叶子现在是{was}的，要改成{will}。",
        "看到{thing}了，叶子是{was}的，要涂成{will}。",
        "要改颜色的是{thing}的叶子：现在是{was}，改完是{will}。",
    ),
    "change_recolour_tree_known": (
        "{thing}要换上{will}的叶子。",
        "找到{thing}，把叶子涂成{will}。",
        "要让{thing}长出{will}的叶子。",
    ),
    "change_replace": (
        "{thing}要换成{new}。",
        "原来画{thing}的地方，要画上{new}。",
        "去掉{thing}，在同一个地方画{new}。",
    ),
    "change_resize": (
        "{thing}的大小要从“{was}”变成“{will}”。",
        "要改大小的是{thing}：从“{was}”改成“{will}”。",
        "{thing}原来是“{was}”的，要改成“{will}”的。",
    ),
    "change_move_at": (
        "{thing}要移到{where}。",
        "要挪动的是{thing}，挪到{where}。",
        "{thing}离开原来的地方，到{where}去。",
    ),
    "change_move_holding": (
        "{thing}要放到{other}手里。",
        "要让{other}拿着{thing}。",
        "{thing}离开原来的地方，交给{other}拿着。",
    ),
    "change_turn": (
        "{thing}现在{was}，要改成{will}。",
        "{thing}要从{was}转成{will}。",
        "要转方向的是{thing}：现在{was}，转成{will}。",
    ),
    "change_state": (
        "{thing}要从“{was}”变成“{will}”。",
        "要变样子的是{thing}：从“{was}”变成“{will}”。",
        "{thing}现在的样子是“{was}”，要变成“{will}”。",
    ),
    "change_state_known": (
        "{thing}要变成“{will}”。",
        "找到{thing}，改成“{will}”。",
        "要让{thing}换个样子，变成“{will}”。",
    ),
    "change_state_house": (
        "{thing}现在{was}，要改成{will}。",
        "看看{thing}：现在{was}，要画成{will}的样子。",
        "要改的是{thing}：从{was}变成{will}。",
    ),
    "change_state_house_known": (
        "{thing}要改成{will}。",
        "找到{thing}，画成{will}的样子。",
        "{thing}要变成{will}的样子。",
    ),
    "change_state_car": (
        "{thing}现在{was}，要改成{will}。",
        "看看{thing}：现在{was}，要画成{will}的样子。",
        "要改的是{thing}：从{was}变成{will}。",
    ),
    "change_state_car_known": (
        "{thing}要改成{will}。",
        "找到{thing}，画成{will}的样子。",
        "{thing}要变成{will}的样子。",
    ),
    "change_state_cake": (
        "{thing}现在{was}，要改成{will}。",
        "看看{thing}：现在{was}，要画成{will}的样子。",
        "要改的是{thing}：从{was}变成{will}。",
    ),
    "change_state_cake_known": (
        "{thing}要改成{will}。",
        "找到{thing}，画成{will}的样子。",
        "{thing}要变成{will}的样子。",
    ),
    "change_text": (
        "{thing}上的字要从“{was}”改成“{will}”。",
        "{thing}上现在写的是“{was}”，要换成“{will}”。",
        "要改的是{thing}上的字：“{was}”变“{will}”。",
    ),
    "change_weather": ("天气要从{was}变成{will}。", "现在是{was}，要改成{will}。", "只改天气：{was}变{will}。"),
    "change_season": ("季节要从{was}变成{will}。", "现在是{was}，要改成{will}。", "只改季节：{was}变{will}。"),
    "change_time": ("时间要从{was}变成{will}。", "现在是{was}，要改成{will}。", "只换白天黑夜：{was}变{will}。"),
    # where the thing is, where a new one goes
    "is_left": ("现在的位置是画面左边。", "目前在图的左侧。", "这会儿在画面左边。"),
    "is_middle_left": ("现在的位置是画面中间偏左。", "目前在图的中间偏左一点。", "这会儿在画面中间偏左。"),
    "is_middle_right": ("现在的位置是画面中间偏右。", "目前在图的中间偏右一点。", "这会儿在画面中间偏右。"),
    "is_right": ("现在的位置是画面右边。", "目前在图的右侧。", "这会儿在画面右边。"),
    "is_middle": ("现在的位置是画面中间。", "目前在图的中间。", "这会儿在画面中间。"),
    "comes_left": ("就画在画面左边。", "加好以后在画面左边。", "从整幅画来看，是在左侧。"),
    "comes_middle_left": ("就画在画面中间偏左。", "加好以后在画面中间偏左。", "从整幅画来看，是在中间偏左。"),
    "comes_middle_right": ("就画在画面中间偏右。", "加好以后在画面中间偏右。", "从整幅画来看，是在中间偏右。"),
    "comes_right": ("就画在画面右边。", "加好以后在画面右边。", "从整幅画来看，是在右侧。"),
    "comes_middle": ("就画在画面中间。", "加好以后在画面中间。", "从整幅画来看，是在中间。"),
    # what stays
    "stays": ("其他的都不变。", "别的都保持原样。", "其余部分不动。", "剩下的都照旧。"),
    "stays_one": ("{others}不变。", "{others}保持原样。", "{others}不用动。"),
    "stays_two": ("{others}都不变。", "{others}都保持原样。", "{others}都不用动。"),
}
