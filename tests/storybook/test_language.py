"""The two languages say the same things: the same skeletons and gaps, a word for everything, and clean sentences."""

import pkgutil
import re
import string
from fnmatch import fnmatch
from itertools import product
from typing import Any, get_args

import pytest
from truths import WORLD, item, parts

from mini4o.conversation.parts import Text, Think
from mini4o.errors import DataError
from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.dice import Dice
from mini4o.storybook.imagine import PLACES, SEASONS, SIZES, all_settings
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.kinds.registry import Kind
from mini4o.storybook.language import grammar, phrasebook, phrases
from mini4o.storybook.language.words import say
from mini4o.storybook.palette import COLOURS
from mini4o.storybook.scene import BONDS, Direction, RelationName, Time, Weather
from mini4o.storybook.splits import LANGUAGES, Language

GROUPS = sorted({module.name.rpartition("_")[0] for module in pkgutil.iter_modules(phrases.__path__)})
# Skeletons with fewer than four phrasings: words and parts of sentences, and what is thought rather than said. The
# answers list one answer and others that count as right.
FEW: dict[str, tuple[str, ...]] = {
    "answers": ("*",),
    "thinking": ("*",),
    "edit_thoughts": ("*",),
    "drawing": ("plan_part", "plan_break", "at_*"),
    "editing": ("at_*", "to_*"),
    "rounds": ("it", "she", "he", "added", "answer", "think_*"),
    "several": ("think_*",),
    "smalltalk": ("can_yes", "can_no", "family_*", "lives_*"),
    "text": ("comma", "twice", "yes", "no", "reply", "statement", "family_*", "one_*", "*_also"),
}
HAN = "[\u3400-\u9fff]"
BETWEEN_HAN = re.compile(rf"{HAN}[ -/:-@\[-`{{-~]+{HAN}")
BESIDE_HAN = re.compile(rf"{HAN}[,;:!?.'\"()]|[,;:!?'\"()]{HAN}")
WRONG_ARTICLE = re.compile(r"\ba [aeiou]|\ban [^aeiou]", re.IGNORECASE)
SMALL_START = re.compile(r"(?<![\n ][A-D])[.!?] [a-z]|^[a-z]")  # after a full stop that is not of "A. red"


def gaps(phrasing: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrasing) if name is not None}


# ---- phrasings


@pytest.mark.parametrize("group", GROUPS)
def test_both_languages_have_the_same_skeletons_with_the_same_gaps(group: str) -> None:
    english, chinese = phrasebook(group, "en"), phrasebook(group, "zh")
    assert set(english) == set(chinese)
    for key in english:
        told = [set().union(*map(gaps, ways[key])) for ways in (english, chinese)]
        assert told[0] == told[1], key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", GROUPS)
def test_every_skeleton_has_four_phrasings_or_a_reason(group: str, language: Language) -> None:
    for key, ways in phrasebook(group, language).items():
        short = any(fnmatch(key, pattern) for pattern in FEW.get(group, ()))
        assert len(ways) >= (1 if short else 4), key
        assert all(way.strip() == way or way in (", ", "; ") for way in ways) and all(ways), key
        assert len(set(ways)) == len(ways) or key.startswith("family/"), key  # one and several, alike in Chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_hold_pairs_and_answer_a_question_in_one_way(language: Language) -> None:
    tables = [(key, rows) for group in GROUPS for key, rows in phrasebook(group, language).items() if "_table" in key]
    assert len(tables) >= 5
    for key, rows in tables:
        pairs = [row.split("|") for row in rows]
        assert all(len(pair) == 2 and all(pair) for pair in pairs), key
        assert len({asked for asked, _ in pairs}) == len(pairs), key


@pytest.mark.parametrize("group", GROUPS)
def test_chinese_phrasings_are_written_in_chinese(group: str) -> None:
    for key, ways in phrasebook(group, "zh").items():
        for way in ways:
            plain = re.sub(r"\{\w+\}", "", way).replace("mini4o", "").replace("|", "")
            assert not re.search(r"[ -/:-@\[-~]", plain), (key, way)  # digits and single letters may stand there


@pytest.mark.parametrize("group", GROUPS)
def test_english_phrasings_are_clean(group: str) -> None:
    for key, ways in phrasebook(group, "en").items():
        for way in ways:
            assert way.isascii() and "  " not in way and not re.search(r" [,.?!]", way), (key, way)


def test_say_fills_gaps_and_begins_sentences_with_capitals() -> None:
    book = {"one": ("{thing} is here. {thing}? it is!",), "two": ("{a} and {b}",)}
    dice = Dice(0, "say")
    assert say(book, "one", dice, thing="the cat", other="unused") == "The cat is here. The cat? It is!"
    with pytest.raises(DataError, match="no phrasing for 'three'"):
        say(book, "three", dice)
    with pytest.raises(DataError, match="'two': a phrasing needs 'b'"):
        say(book, "two", dice, a="x")


# ---- words


def properties(kind: Kind) -> list[dict[str, Any]]:
    """Nothing said of a kind, and each of its properties alone."""
    values = {
        "colour": kind.colours,
        "size": SIZES,
        "facing": ("left", "right") if kind.faces else (),
        "state": kind.states,
        "text": ("A7"[: kind.text],) if kind.text else (),
    }
    return [{}, *({name: value} for name, known in values.items() for value in known)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_words_of_its_own(language: Language) -> None:
    words, told = grammar(language), dict[str, Noun]()
    for kind in KINDS.values():
        for said in properties(kind):
            noun = Noun(kind=kind.name, **said)
            phrase = words.noun(noun)
            assert told.setdefault(phrase, noun) == noun
            for count, article in product((1, 2, 5), ("a", "the", "none")):
                phrase = words.noun(noun, count, article)  # type: ignore[arg-type]
                assert phrase.strip() == phrase and phrase
                assert language == "en" or not re.search(r"[ -/:-@\[-~a-z]", phrase)
    assert len({words.value("kind", kind) for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_have_words_of_their_own(language: Language) -> None:
    words = grammar(language)
    known: dict[str, tuple[str, ...]] = {
        "colour": COLOURS,
        "size": SIZES,
        "facing": ("left", "right"),
        "place": PLACES,
        "time": get_args(Time),
        "season": SEASONS,
        "weather": get_args(Weather),
        "answer": ("yes", "no"),
        "exists": ("yes", "no"),
    }
    for name, values in known.items():
        said = [words.value(name, value) for value in values]
        assert len(set(said)) == len(values)
        assert language == "en" or all(re.fullmatch(f"{HAN}+", each) for each in said), name
    for kind in KINDS.values():
        assert len({words.value("state", state, kind.name) for state in kind.states}) == len(kind.states)
        assert len({words.value("count", count, kind.name) for count in range(13)}) == 13
        assert words.value("kinds", kind.name) and words.value("countable", kind.name)
        assert words.amount(kind.name, 7).startswith("7") and words.amount(kind.name, 1).startswith("1")
    names = (*get_args(Direction), *BONDS)
    assert len({words.relation(name) for name in names}) == len(names) == len(set(names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_is_told_in_words_of_its_own(language: Language) -> None:
    words = grammar(language)
    said = [words.plays(Plays.model_validate(setting.model_dump())) for setting in all_settings()]
    assert len(set(said)) == len(said)
    parts_told = {
        words.plays(Plays(place=place, time=time)) for place in PLACES for time in (None, *get_args(Time))
    } | {words.plays(Plays(season=season)) for season in SEASONS}
    assert len(parts_told) == 3 * len(PLACES) + len(SEASONS)


A_CAT, A_BALL = Noun(kind="cat"), Noun(kind="ball", colour="red", size="small")
TWO_GIRLS = Noun(kind="girl", colour="blue", state="sad")


@pytest.mark.parametrize(
    ("noun", "count", "article", "english", "chinese"),
    [
        (A_CAT, 1, "a", "a cat", "一只猫"),
        (A_CAT, 1, "the", "the cat", "猫"),
        (A_CAT, 2, "the", "the two cats", "那两只猫"),
        (A_CAT, 2, "none", "cats", "猫"),
        (Noun(kind="elephant"), 1, "a", "an elephant", "一头大象"),
        (Noun(kind="elephant", colour="grey"), 3, "a", "three grey elephants", "三头灰色的大象"),
        (Noun(kind="ball", colour="orange"), 1, "a", "an orange ball", "一个橙色的球"),
        (A_BALL, 1, "the", "the small red ball", "红色的小球"),
        (TWO_GIRLS, 2, "a", "two sad girls in blue", "两个穿蓝色衣服、一脸难过的女孩"),
        (Noun(kind="sign", text="A7"), 1, "a", 'a sign that says "A7"', "一块写着“A7”的牌子"),
        (Noun(kind="house", state="open"), 2, "a", "two houses with open doors", "两座开着门的房子"),
        (Noun(kind="tree", colour="orange"), 1, "none", "tree with orange leaves", "橙色叶子的树"),
        (Noun(kind="moon"), 1, "a", "a moon", "月亮"),
    ],
)
def test_nouns(noun: Noun, count: int, article: Any, english: str, chinese: str) -> None:
    assert grammar("en").noun(noun, count, article) == english
    assert grammar("zh").noun(noun, count, article) == chinese


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("left of", "a cat to the left of a tree", "一只在一棵树左边的猫"),
        ("on", "a cat on a tree", "一只在一棵树上的猫"),
        ("holding", "a cat holding a tree", "一只拿着一棵树的猫"),
    ],
)
def test_relations(name: RelationName, english: str, chinese: str) -> None:
    for language, expected in (("en", english), ("zh", chinese)):
        words = grammar(language)  # type: ignore[arg-type]
        assert words.related(words.noun(A_CAT), name, words.noun(Noun(kind="tree"))) == expected


def test_settings_lists_and_numbers() -> None:
    rainy = Plays(place="garden", time="night", season="spring", weather="rain")
    english, chinese = grammar("en"), grammar("zh")
    assert english.plays(rainy) == "in a garden on a rainy spring night"
    assert all(word in chinese.plays(rainy) for word in ("花园里", "夜晚", "春天", "雨"))
    assert english.plays(Plays(place="beach")) == "on a beach" and "沙滩上" in chinese.plays(Plays(place="beach"))
    assert english.listed(["a", "b", "c"]) == "a, b and c" and english.listed(["a"]) == "a"
    assert chinese.listed(["猫", "狗", "鱼"]) == "猫、狗和鱼" and chinese.listed(["大、红的球", "猫", "狗"])[5] == "，"
    assert english.value("count", 0) == "none" and chinese.value("count", 2, "cat") == "两只"
    assert [chinese.value("number", number) for number in (2, 10, 12, 20, 35)] == ["二", "十", "十二", "二十", "三十五"]


# ---- finished conversations


@pytest.mark.parametrize("task", WORLD.tasks)
def test_chinese_sentences_have_no_ascii_punctuation_or_spaces(task: str) -> None:
    for index in range(4):
        for part in parts(item(task, index, language="zh").conversation):
            if isinstance(part, Text | Think):
                wrong = BETWEEN_HAN.search(part.text) or BESIDE_HAN.search(part.text)
                assert wrong is None, part.text
                assert "{" not in part.text


@pytest.mark.parametrize("task", WORLD.tasks)
def test_english_sentences_begin_with_a_capital_and_have_the_right_article(task: str) -> None:
    for index in range(4):
        for message in item(task, index).conversation:
            for part in message.content:
                if not isinstance(part, Text | Think):
                    continue
                assert not WRONG_ARTICLE.search(part.text), part.text
                assert part.text.isascii() or "×" in part.text or "÷" in part.text or "Chinese" in str(message)
                assert "  " not in part.text and "{" not in part.text and not re.search(r" [,.?!]", part.text)
                if message.role == "user" or isinstance(part, Think):  # answers may be single words
                    assert not SMALL_START.search(part.text), part.text
