"""Chinese phrases about scenes."""

from collections.abc import Sequence

from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.language.words import Article, Grammar
from mini4o.storybook.palette import Colour
from mini4o.storybook.scene import Place, RelationName, Season, Size, Time, Weather

KIND_WORDS: dict[str, tuple[str, str]] = {  # measure word, noun
    "girl": ("个", "女孩"),
    "boy": ("个", "男孩"),
    "king": ("位", "国王"),
    "cook": ("位", "厨师"),
    "cat": ("只", "猫"),
    "dog": ("只", "狗"),
    "rabbit": ("只", "兔子"),
    "elephant": ("头", "大象"),
    "frog": ("只", "青蛙"),
    "turtle": ("只", "乌龟"),
    "bird": ("只", "鸟"),
    "duck": ("只", "鸭子"),
    "fish": ("条", "鱼"),
    "butterfly": ("只", "蝴蝶"),
    "tree": ("棵", "树"),
    "fir": ("棵", "杉树"),
    "flower": ("朵", "花"),
    "cactus": ("棵", "仙人掌"),
    "mushroom": ("朵", "蘑菇"),
    "house": ("座", "房子"),
    "tent": ("顶", "帐篷"),
    "table": ("张", "桌子"),
    "chair": ("把", "椅子"),
    "bed": ("张", "床"),
    "lamp": ("盏", "台灯"),
    "box": ("个", "箱子"),
    "basket": ("个", "篮子"),
    "car": ("辆", "汽车"),
    "bus": ("辆", "公交车"),
    "tractor": ("辆", "拖拉机"),
    "train": ("列", "火车"),
    "boat": ("艘", "帆船"),
    "plane": ("架", "飞机"),
    "rocket": ("枚", "火箭"),
    "apple": ("个", "苹果"),
    "banana": ("根", "香蕉"),
    "cake": ("个", "蛋糕"),
    "ice_cream": ("支", "冰淇淋"),
    "carrot": ("根", "胡萝卜"),
    "ball": ("个", "球"),
    "balloon": ("个", "气球"),
    "kite": ("只", "风筝"),
    "teddy": ("只", "玩具熊"),
    "drum": ("面", "鼓"),
    "robot": ("个", "机器人"),
    "star": ("颗", "星星"),
    "heart": ("颗", "爱心"),
    "umbrella": ("把", "雨伞"),
    "sun": ("个", "太阳"),
    "moon": ("个", "月亮"),
    "cloud": ("朵", "云"),
    "rainbow": ("道", "彩虹"),
    "sign": ("块", "牌子"),
    "flag": ("面", "旗子"),
    "block": ("块", "积木"),
}
COLOUR_WORDS: dict[Colour, str] = {
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "green": "绿色",
    "blue": "蓝色",
    "purple": "紫色",
    "pink": "粉色",
    "brown": "棕色",
    "white": "白色",
    "grey": "灰色",
}
SIZE_WORDS: dict[Size, str] = {"small": "小", "medium": "中等大小", "large": "大"}
PLACE_WORDS: dict[Place, str] = {
    "meadow": "草地",
    "garden": "花园",
    "street": "街道",
    "beach": "沙滩",
    "lake": "湖边",
    "bedroom": "卧室",
    "kitchen": "厨房",
}
PLACE_PHRASES: dict[Place, str] = {
    "meadow": "草地上",
    "garden": "花园里",
    "street": "街上",
    "beach": "沙滩上",
    "lake": "湖边",
    "bedroom": "卧室里",
    "kitchen": "厨房里",
}
TIME_WORDS: dict[Time, str] = {"day": "白天", "night": "夜晚"}
SEASON_WORDS: dict[Season, str] = {"spring": "春天", "summer": "夏天", "autumn": "秋天", "winter": "冬天"}
WEATHER_WORDS: dict[Weather, str] = {"clear": "晴天", "rain": "雨天", "snow": "雪天"}
FACING_WORDS = {"left": "左", "right": "右"}
DIGITS = "零一二三四五六七八九"
RELATIONS: dict[RelationName, str] = {
    "left of": "左边",
    "right of": "右边",
    "above": "上方",
    "below": "下方",
    "in front of": "前面",
    "behind": "后面",
    "next to": "旁边",
    "on": "上",
    "inside": "里",
    "holding": "拿着",
}

# (kind, state) -> said before 的 and the noun; said as an answer
_STATES: dict[tuple[str, str], tuple[str, str]] = {
    **{(kind, "happy"): ("一脸开心", "开心") for kind in ("girl", "boy", "king", "cook")},
    **{(kind, "sad"): ("一脸难过", "难过") for kind in ("girl", "boy", "king", "cook")},
    **{(kind, "awake"): ("醒着", "醒着") for kind in ("cat", "dog")},
    **{(kind, "asleep"): ("睡着", "睡着了") for kind in ("cat", "dog")},
    ("flower", "open"): ("盛开", "开着"),
    ("flower", "closed"): ("没开", "没开"),
    ("tree", "leafy"): ("长满叶子", "长满叶子"),
    ("tree", "bare"): ("光秃秃", "光秃秃的"),
    ("house", "open"): ("开着门", "开着门"),
    ("house", "closed"): ("关着门", "关着门"),
    ("tent", "open"): ("开着门", "开着门"),
    ("tent", "closed"): ("关着门", "关着门"),
    ("box", "open"): ("打开", "打开的"),
    ("box", "closed"): ("关着", "关着的"),
    ("umbrella", "open"): ("撑开", "撑开的"),
    ("umbrella", "closed"): ("收起来", "收起来的"),
    ("lamp", "lit"): ("亮着", "亮着"),
    ("lamp", "off"): ("没亮", "没亮"),
    ("cake", "lit"): ("点着蜡烛", "点着蜡烛"),
    ("cake", "unlit"): ("没点蜡烛", "没点蜡烛"),
    ("car", "on"): ("开着车灯", "开着车灯"),
    ("car", "off"): ("没开车灯", "没开车灯"),
    ("robot", "on"): ("开着机", "开着机"),
    ("robot", "off"): ("关着机", "关着机"),
}
_CLOTHED = ("girl", "boy", "king", "cook")
_PERSONAL: dict[Size, str] = {"small": "小个子", "medium": "中等个子", "large": "大个子"}
_BUILDS: dict[
    str, dict[Size, str]
] = {  # where 小 and 大 before the noun mean something else: a young girl, 大象 of any size
    **dict.fromkeys(_CLOTHED, _PERSONAL),
    "elephant": {"small": "体型小", "medium": "体型中等", "large": "体型大"},
}
_COUNTERS = "一两三四五六七八九"
_MEASURES = {measure for measure, _ in KIND_WORDS.values()}
_YES_NO = {("answer", "yes"): "是", ("answer", "no"): "不是", ("exists", "yes"): "有", ("exists", "no"): "没有"}


class Chinese:
    """The grammar of Chinese."""

    def noun(self, noun: Noun, count: int = 1, article: Article = "a") -> str:
        """See `Grammar`. Order: size (unless part of the noun as in 小球), text, clothes, facing, state in one chain
        before 的; then colour and noun."""
        measure, word = KIND_WORDS[noun.kind]
        colour = COLOUR_WORDS[noun.colour] if noun.colour else ""
        state = _STATES[noun.kind, noun.state][0] if noun.state else ""
        little, chain = "", list[str]()
        if noun.size and noun.kind in _BUILDS:
            chain.append(_BUILDS[noun.kind][noun.size])
        elif noun.size == "medium":
            chain.append("中等大小")
        elif noun.size:
            little = SIZE_WORDS[noun.size]
        if noun.text:
            chain.append(f"写着“{noun.text}”")
        if colour and noun.kind in _CLOTHED:
            chain.append(f"穿{colour}衣服")
            colour = ""
        elif colour and noun.kind == "tree":
            if noun.state != "bare":
                chain.append(f"{'长着' if state else ''}{colour}叶子")
                state = ""  # 长着 says that it is leafy
            colour = ""
        if noun.facing:
            chain.append(f"朝{FACING_WORDS[noun.facing]}")
        if state:
            chain.append(state)
        bare = not chain or (not little and len(word) == 1)  # 红色的球、睡着的白色的猫, but 睡着的白色小猫
        words = "".join(
            ("、".join(chain), "的" if chain else "", colour, "的" if colour and bare else "", little, word)
        )
        only = count == 1 and words in ("太阳", "月亮")  # there is only one; nobody counts it
        if only or article in ("none", "any") or (article == "the" and count == 1):
            return words
        many = f"{counted(count)}{measure}{words}"
        return f"那{many}" if article == "the" else many

    def plays(self, plays: Plays) -> str:
        """See `Grammar`."""
        season = SEASON_WORDS[plays.season] if plays.season else ""
        time = TIME_WORDS[plays.time] if plays.time else ""
        if plays.weather and time:
            weather = {"clear": "晴朗", "rain": "下着雨", "snow": "下着雪"}[plays.weather]
            when = f"{season}一个{weather}的{time}" if season else f"一个{weather}的{time}"
        elif plays.weather:
            weather = WEATHER_WORDS[plays.weather]
            when = f"{season}的一个{weather}" if season else f"一个{weather}"
        else:
            when = f"{season}的{time}" if season and time else season or time
        return "，".join(filter(None, (when, PLACE_PHRASES[plays.place] if plays.place else "")))

    def relation(self, name: RelationName) -> str:
        """See `Grammar`."""
        return RELATIONS[name]

    def related(self, a: str, name: RelationName, b: str) -> str:
        """See `Grammar`. The number stays in front: 一只在一棵树左边的猫; without one: 树左边的猫."""
        where = f"拿着{b}" if name == "holding" else f"{b}{RELATIONS[name]}"
        if a[0] not in _COUNTERS or a[1] not in _MEASURES:
            return f"{where}的{a}"
        return f"{a[:2]}{'' if name == 'holding' else '在'}{where}的{a[2:]}"

    def clause(self, a: str, name: RelationName, b: str, many: bool = False) -> str:
        """See `Grammar`. Number changes nothing in Chinese. One 的 is enough: 树的左边, but 绿色的球左边."""
        if name == "holding":
            return f"{a}拿着{b}"
        return f"{a}在{b}{'' if name in ('on', 'inside') or '的' in b else '的'}{RELATIONS[name]}"

    def value(self, name: str, value: str | int | None, kind: str | None = None) -> str:
        """See `Grammar`."""
        if name == "count":
            measure = KIND_WORDS[kind][0] if kind else "个"
            return f"{counted(int(value))}{measure}" if value else "没有"
        if name == "number":
            return number(int(value or 0))
        if name in ("kind", "kinds", "countable"):
            return "".join(KIND_WORDS[str(value)][name != "countable" :])
        if name == "state" and kind is not None:
            return _STATES[kind, str(value)][1]
        return _VALUES.get((name, str(value)), str(value))

    def amount(self, kind: str, count: int) -> str:
        """See `Grammar`."""
        measure, word = KIND_WORDS[kind]
        return f"{count}{measure}{word}"

    def listed(self, phrases: Sequence[str]) -> str:
        """See `Grammar`. Where a phrase has a 、 of its own, commas part them."""
        comma = "，" if any("、" in phrase for phrase in phrases) else "、"
        return "和".join(filter(None, (comma.join(phrases[:-1]), *phrases[-1:])))

    def joined(self, sentences: Sequence[str]) -> str:
        """See `Grammar`."""
        return "".join(sentences)


def number(count: int) -> str:
    """A whole number from 0 to 99 in characters."""
    tens, ones = divmod(count, 10)
    if not tens:
        return DIGITS[ones]
    return f"{DIGITS[tens] if tens > 1 else ''}十{DIGITS[ones] if ones else ''}"


def counted(count: int) -> str:
    """The same before a measure word: 两 for two."""
    return "两" if count == 2 else number(count)


_VALUES: dict[tuple[str, str], str] = {
    **{("colour", colour): word for colour, word in COLOUR_WORDS.items()},
    **{("size", size): word for size, word in SIZE_WORDS.items()},
    **{("facing", facing): f"朝{word}" for facing, word in FACING_WORDS.items()},
    **{("place", place): word for place, word in PLACE_WORDS.items()},
    **{("time", time): word for time, word in TIME_WORDS.items()},
    **{("season", season): word for season, word in SEASON_WORDS.items()},
    **{("weather", weather): word for weather, word in WEATHER_WORDS.items()},
    **_YES_NO,
}

GRAMMAR: Grammar = Chinese()
