from itertools import pairwise

import pytest

from mini4o.conversation.parts import Text
from mini4o.evaluation.storybook.caption_words import read_caption
from mini4o.evaluation.storybook.captions import caption, facts_of
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.generation.session import Reply
from mini4o.storybook.compose import compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.scene import Facts, Relation, Scene, Setting, Thing
from mini4o.storybook.tasks.base import Item, Request
from mini4o.storybook.versions import world

EXAM = Exam()
CAPTIONS = [(task, language) for task in ("caption_short", "caption_dense") for language in ("en", "zh")]


def items(task: str, language: str, count: int) -> list[Item]:
    return [world("storybook-1").task(task)(Request("test", language, 3, index)) for index in range(count)]


def written(item: Item) -> str:
    return item.conversation[1].content[-1].text


def room() -> Scene:
    """A boy with a red ball, a big white cat and a small grey one, a closed box; in a kitchen by night."""
    things = (
        Thing(kind="boy", colour="blue", state="sad"),
        Thing(kind="ball", colour="red"),
        Thing(kind="cat", colour="white", size="large", facing="left", state="awake"),
        Thing(kind="cat", colour="grey", size="small", facing="right", state="asleep"),
        Thing(kind="box", colour="green"),
    )
    relations = (Relation(name="holding", a=0, b=1), Relation(name="left of", a=2, b=0))
    facts = Facts(setting=Setting(place="kitchen", time="night"), things=things, relations=relations)
    return compose(facts, Dice(0, "room"), 166.0, 100.0)


ROOM = room()


def counts(text: str, language: str = "en") -> tuple[int, int]:
    """Facts that hold, and facts that are invented."""
    held = list(facts_of(read_caption(text, language), ROOM).values())
    return held.count(True), held.count(False)


@pytest.mark.parametrize(("task", "language"), CAPTIONS)
def test_the_worlds_own_captions_state_what_their_claims_say_and_invent_nothing(task: str, language: str) -> None:
    for item in items(task, language, 90):
        stated = read_caption(written(item), language)
        claims = item.facts["claims"]
        assert set(facts_of(stated, item.scenes[0]).values()) == {True}, written(item)
        related = [{"type": "related", **each.model_dump(exclude={"type"})} for each in stated.related]
        assert related == [claim for claim in claims if claim["type"] == "related"], written(item)
        named = [mention.noun.model_dump() for mention in stated.mentions]
        assert all(claim["noun"] in named for claim in claims if claim["type"] == "shows"), written(item)
        plays = {name: value for each in stated.settings for name, value in each.model_dump(exclude_none=True).items()}
        [said] = [claim for claim in claims if claim["type"] == "plays"] or [{}]
        assert plays == {name: value for name, value in said.items() if value is not None}, written(item)


@pytest.mark.parametrize(("task", "language"), CAPTIONS)
def test_captions_of_another_scene_invent_most_of_what_they_say(task: str, language: str) -> None:
    there = items(task, language, 60)
    held = [
        holds
        for item, other in pairwise(there)
        for holds in facts_of(read_caption(written(item), language), other.scenes[0]).values()
    ]
    assert held.count(False) > 0.8 * len(held)


@pytest.mark.parametrize(
    ("text", "held", "invented"),
    [
        ("A cat.", 1, 0),
        ("Two cats.", 2, 0),
        ("Three cats.", 2, 1),
        ("A cat, a cat and a cat.", 2, 1),
        ("A small grey cat and a big white cat.", 6, 0),
        ("A cat and a big white cat.", 4, 0),  # each means another one, whichever is said first
        ("A big grey cat.", 2, 1),  # of the two that fit as well one is meant
        ("A big cat. The cat is asleep.", 2, 0),
        ("A purple elephant.", 0, 2),
        ("A sad boy in blue is holding a red ball.", 6, 0),
        ("The boy has a ball in one hand.", 3, 0),
        ("The box has a ball in it.", 2, 1),
        ("There is a ball on the box.", 2, 1),
        ("A white cat is to the left of a boy.", 4, 0),
        ("To the right of the cat is the boy.", 3, 0),
        ("A white cat is to the right of a boy.", 3, 1),
        ("A kitchen at night.", 1, 0),  # the place is said as the world says it
        ("We are in a kitchen during the day.", 1, 1),
        ("It is a nice picture.", 0, 0),
        ("", 0, 0),
        ("a cat " * 500, 2, 18),
    ],
)
def test_facts_of_a_caption(text: str, held: int, invented: int) -> None:
    assert counts(text) == (held, invented)


@pytest.mark.parametrize(
    ("text", "held", "invented"),
    [
        ("两只猫。", 2, 0),
        ("三只猫。", 2, 1),
        ("一只白色的大猫和一只灰色的小猫。", 6, 0),
        ("一个穿蓝色衣服、一脸难过的男孩手里拿着一个红色的球。", 6, 0),
        ("箱子里有一个球。", 2, 1),
        ("男孩左边有一只白色的猫。", 4, 0),
        ("白色的猫在男孩右边。", 3, 1),
        ("夜晚，厨房里。", 2, 0),
        ("白天，卧室里有一头大象。", 0, 3),
    ],
)
def test_facts_of_a_chinese_caption(text: str, held: int, invented: int) -> None:
    assert counts(text, "zh") == (held, invented)


def said(told, text: str, key: Key) -> dict[str, list[bool | None]]:
    return caption(told(lambda *_: Reply((Text(text=text),))), EXAM, key).rows[key.part]


def test_a_dense_caption_is_right_if_it_names_all_and_invents_nothing(told) -> None:
    key = Key("caption_dense", "en", 3)
    own = written(EXAM.item(key))
    assert said(told, own, key)["right"] == [True]
    more = said(told, f"{own} A rainbow.", key)
    assert more["right"] == [False] and all(more["named"]) and more["invented"].count(True) == 1
    less = said(told, own.partition(". ")[0], key)  # its first sentence alone
    assert less["right"] == [False] and not all(less["named"]) and True not in less["invented"]
    nothing = said(told, "", key)
    assert nothing["right"] == [False] and not any(nothing["named"]) and nothing["invented"] == []


def test_a_short_caption_may_name_what_it_likes(told) -> None:
    key = Key("caption_short", "en", 1)
    item = EXAM.item(key)
    [thing, *_] = item.scenes[0].facts.things
    own = said(told, written(item), key)
    assert own["right"] == [True] and all(own["named"])
    other = said(told, f"A {thing.kind.replace('_', ' ')}.", key)
    assert other["right"] == [True] and other["named"].count(True) == 1
    assert said(told, "What a day!", key)["right"] == [False]


def test_what_was_wrong_is_told(told) -> None:
    key = Key("caption_dense", "en", 3)
    trial = caption(told(lambda *_: Reply((Text(text="A purple rainbow."),))), EXAM, key)
    invented, missed = trial.why
    assert invented.startswith("invented: some rainbow, colour of some rainbow") and missed.startswith("not named: ")
