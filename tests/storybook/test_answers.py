"""Answers: what a conversation says counts as right, and so do other plain ways to say it."""

import PIL.Image
import pytest
from probes import BALL, CAT, KITCHEN, facts_of, scene_of

from mini4o.conversation.parts import Text
from mini4o.evaluation.storybook.answers import is_right
from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import Add, Edit, Replace, SetWeather, apply
from mini4o.storybook.scene import Setting, Thing
from mini4o.storybook.splits import LANGUAGES, Language
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Request
from mini4o.storybook.tasks.questions import asking, pairs
from mini4o.storybook.tasks.questions.asking import spoken
from mini4o.storybook.tasks.questions.plans import Plan
from mini4o.storybook.tasks.questions.voice import Voice

SEED, MANY = 11, 100
ANSWERED = (*(task for task in TASKS if task.startswith("ask_")), "spot_difference", "instructions", "smalltalk")
RAIN, SNOW = (
    Setting(place="street", season="winter", weather="rain"),
    Setting(place="street", season="winter", weather="snow"),
)
BLOCK, COOK = Thing(kind="block", colour="blue", text="A"), Thing(kind="cook", colour="white", state="happy")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", (*ANSWERED, "arithmetic"))
def test_what_is_answered_counts_as_right(task: str, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    dot = PIL.Image.new("RGB", (1, 1))
    monkeypatch.setattr(asking, "picture_of", lambda scene, request: dot)  # nobody looks at the pictures
    answered = 0
    for index in range(MANY):
        item = TASKS[task](Request("train", language, SEED, index))
        said = item.conversation[-1].content[-1]
        if "answers" not in item.facts:
            assert task in ("instructions", "smalltalk")  # where many replies are right
            continue
        assert isinstance(said, Text) and is_right(said.text, item.facts["answers"]), (said, item.facts["answers"])
        answered += 1
    assert answered >= MANY / 10


def test_all_tasks_with_answers_are_known() -> None:
    """A task that is not listed above has no `answers`."""
    others = set(TASKS) - {*ANSWERED, "arithmetic"}
    assert others and not any("answers" in TASKS[task](Request("train", "en", SEED, 0)).facts for task in others)


@pytest.mark.parametrize(
    ("language", "count", "counted", "right", "wrong"),
    [
        ("en", 2, "car", ("two", "2", "two cars", "2 cars"), ("three cars", "two buses")),
        ("en", 1, Noun(kind="car", colour="red"), ("one", "1 red car"), ("one blue car", "1 red cars")),
        ("en", 0, "car", ("none", "zero", "0", "no cars"), ("one car",)),
        ("en", 3, "people", ("three people", "3 people"), ("two people",)),
        ("zh", 2, "car", ("两辆", "二", "2", "2辆", "两辆汽车", "2辆汽车"), ("三辆汽车",)),
        ("zh", 2, Noun(kind="car", colour="red"), ("两辆红色的汽车",), ("两辆蓝色的汽车",)),
        ("zh", 0, "cat", ("没有", "零", "一只也没有", "一只都没有", "没有猫", "一个也没有"), ("一只",)),
        ("zh", 0, "table", ("一张也没有", "一张桌子都没有"), ("一只也没有",)),
        ("zh", 3, "animals", ("三只", "三只动物", "3只动物"), ("三个",)),
    ],
)
def test_a_number_may_be_said_with_what_is_counted(
    language: Language, count: int, counted: Noun | str, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    accepted = Voice(language).count(count, counted)
    assert all(is_right(said, accepted) for said in right), accepted
    assert not any(is_right(said, accepted) for said in wrong), accepted


def two_of(kind: str) -> Plan:
    """A question whose answer is one of two things of a kind."""
    nouns = Noun(kind=kind, colour="white"), Noun(kind=kind, colour="red")
    return Plan("compare/larger", ("first", "second"), [], lambda *_: None, lambda _: {}, "noun", nouns=nouns)


@pytest.mark.parametrize(
    ("kind", "language", "right"),
    [
        ("rocket", "en", ("the white rocket", "white rocket", "the white one", "white one")),
        ("rocket", "zh", ("白色的火箭", "白色火箭", "白色的", "白色的那枚", "那枚白色的")),
        ("girl", "en", ("the girl in white", "the one in white")),
        ("girl", "zh", ("穿白色衣服的女孩", "穿白色衣服的", "穿白色衣服的那个")),
        ("tree", "en", ("the tree with white leaves", "the one with white leaves")),
        ("tree", "zh", ("长着白色叶子的", "白色叶子的树", "白色叶子的那棵")),
    ],
)
def test_one_of_two_may_be_named_by_its_colour(kind: str, language: Language, right: tuple[str, ...]) -> None:
    one, other = (spoken(two_of(kind), value, Voice(language)) for value in ("first", "second"))
    assert all(is_right(said, one) and not is_right(said, other) for said in right), one
    assert not set(one) & set(other)


def test_things_of_different_kinds_are_named_by_their_kinds() -> None:
    plan = Plan(
        "relation/left of", (), [], lambda *_: None, lambda _: {}, "noun", nouns=(Noun(kind="cat"), Noun(kind="bus"))
    )
    assert spoken(plan, "first", Voice("en")) == ["the cat", "cat"]


def changed(edit: Edit, language: Language, ball: Thing, cat: Thing, where: Setting = KITCHEN) -> tuple[list[str], str]:
    """What may be said of a change, and the thoughts that find it."""
    before = scene_of(facts_of(ball, cat, where=where), (50, 10), (150, 10), width=200)
    after = apply(before, edit, Dice(0, "answers"))
    change, voice = pairs._change(edit, before, after), Voice(language)
    assert change is not None
    return pairs._said(change, voice), asking.thoughts(change.program, (before, after), voice, Dice(0, "thoughts"))


@pytest.mark.parametrize(
    ("edit", "where", "english", "chinese"),
    [
        (Add(thing=BLOCK, index=2), KITCHEN, ("there is a toy block now",), ("多了一块积木", "多了积木")),
        (
            Replace(index=0, thing=COOK),
            KITCHEN,
            ("the ball has become a cook",),
            ("球变成了一位厨师", "球变成厨师了", "球换成了厨师"),
        ),
        (SetWeather(weather="clear"), RAIN, ("it has stopped raining", "it stopped raining"), ("雨停了", "放晴了")),
        (SetWeather(weather="clear"), SNOW, ("it has stopped snowing",), ("雪停了", "不下雪了")),
    ],
)
def test_changes_may_be_said_in_plain_words(
    edit: Edit, where: Setting, english: tuple[str, ...], chinese: tuple[str, ...]
) -> None:
    ball = BALL.model_copy(update={"size": "medium"})
    accepted = {language: changed(edit, language, ball, CAT, where=where)[0] for language in LANGUAGES}
    assert all(is_right(said, accepted["en"]) for said in english), accepted["en"]
    assert all(is_right(said, accepted["zh"]) for said in chinese), accepted["zh"]
    assert is_right("雨停了", accepted["zh"]) == (where == RAIN)


@pytest.mark.parametrize(("language", "words"), [("en", ("ball", "cook")), ("zh", ("球", "厨师"))])
def test_who_thinks_of_a_replacement_finds_what_came(language: Language, words: tuple[str, str]) -> None:
    ball = BALL.model_copy(update={"size": "medium"})
    _, thought = changed(Replace(index=0, thing=COOK), language, ball, CAT)
    assert all(thought.count(word) >= 2 for word in words), thought  # looked for in both pictures
