"""Every phrasing that the tasks can ask for exists in both languages, and none is kept that nobody asks for."""

import pkgutil
from collections.abc import Iterable, Iterator
from itertools import product
from typing import get_args

import pytest

from mini4o.storybook.dice import Dice
from mini4o.storybook.imagine import PLACES, SEASONS, SIZES
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.language import phrasebook, phrases
from mini4o.storybook.palette import COLOURS
from mini4o.storybook.relations import SIDES
from mini4o.storybook.scene import BONDS, Time, Weather
from mini4o.storybook.splits import LANGUAGES, Language
from mini4o.storybook.tasks.describing import OF_A_PART
from mini4o.storybook.tasks.editing.proposing import EDIT_TYPES
from mini4o.storybook.tasks.questions import choices, pairs, single
from mini4o.storybook.tasks.questions.plans import FAMILIES, Aspect, phrase_for
from mini4o.storybook.tasks.text.instructions import GROUPS
from mini4o.storybook.tasks.text.smalltalk import CHATS

KINDS = FIRST_VOLUME.values()
TIMES, WEATHERS = get_args(Time), get_args(Weather)
YES_NO = ("yes", "no")
COLUMNS = ("left", "middle_left", "middle", "middle_right", "right")
PAINTED = ("recolour", "recolour_person", "recolour_tree")  # a thing, clothes, leaves


def each(*parts: str | Iterable[str]) -> set[str]:
    """All ways to join one of each part."""
    return {"".join(joined) for joined in product(*((part,) if isinstance(part, str) else part for part in parts))}


def groups() -> Iterator[tuple[str, str]]:
    """What changes of state are told of (a family where its kinds agree, else a kind), and each of its states."""
    for kind in KINDS:
        for state in kind.states:
            yield kind.family if kind.family in ("people", "animals") else kind.name, state


def questions() -> set[str]:
    """The keys of all questions."""
    aspects: tuple[Aspect, ...] = get_args(Aspect)
    asked = {phrase_for(aspect, kind.name) for kind in KINDS for aspect in aspects if aspect != "state" or kind.states}
    asked |= each("attribute/", BONDS) | each("exist", ("", "/which", "/missing"))
    asked |= each("relation/", ("direction", "side", *BONDS, *SIDES)) | each("multihop/", ("which", "count"))
    asked |= each("compare/", ("larger", "more", "fewer", "as_many", "which", "colour"))
    asked |= each("where/", ("thing", "seen_from", "place", "time", "season", "weather"))
    asked |= each("counterfactual/", ("removed", "added", "still", "turned", *each("swapped/", SIDES)))
    return asked | each("difference/", ("what", "which", "same")) | {"count", "think", "choice"}


def thoughts() -> set[str]:
    """The keys of what is thought of the steps of a program."""
    keys = each("filter/", ("none", "some")) | each("without/", ("none", "some")) | each("exist/", YES_NO)
    keys |= each("relate/", ("none", "direction", "on", "inside", "holding", "held"))
    keys |= each("query/", ("colour", "clothes", "size", "facing", "state", "text", "kind", "where"))
    keys |= each("scene/place/", PLACES) | each("scene/season/", SEASONS) | each("scene/weather/", WEATHERS)
    keys |= each("scene/time/", TIMES, ("", "/indoors")) | each(("related/", "identical/"), YES_NO)
    keys |= each("which/", ("more", "larger", *SIDES)) | each("compare/", ("more", "fewer", "same"), "/", YES_NO)
    keys |= each("only/", ("there", "missing")) | {"first", "second", "count", "add", "turned", "swapped"}
    return keys | {"letter"}


def answers() -> set[str]:
    """The keys of answers, and of other ways to say them."""
    states = {state for kind in KINDS for state in kind.states}
    keys = each("family/", FAMILIES) | each("thing/", BONDS) | each("where/", (*BONDS, "sky", "water", "land"))
    keys |= each("side/", SIDES) | each("seen_from/", (*SIDES, "in front of", "behind")) | {"count/0"}
    keys |= each("colour/", COLOURS) | each("size/", ("small", "large")) | each("facing/", ("left", "right"))
    keys |= each("state/", states) | each("place/", PLACES) | each("time/", TIMES)
    keys |= each("season/", SEASONS) | each("weather/", WEATHERS)
    compared = each("/compare/", ("more", "fewer", "as_many", "colour"))
    related = each("/relation/", ("direction", *BONDS))
    keys |= each("exists/", YES_NO, ("", "/counterfactual/still"))
    keys |= each("answer/", YES_NO, ("", "/difference/same", *compared, *related))
    keys |= each("one/", ("colour", "people", "tree")) | each("change/weather/", ("rain", "snow"), "/clear")
    changes = [type_ for type_ in EDIT_TYPES if type_ not in ("move", "weather")]
    keys |= each("change/", changes) | each("change/recolour/", ("people", "tree"))
    return keys | each("change/state/", (*OF_A_PART, "umbrella", "tree")) | each("change/weather/", WEATHERS)


def orders() -> set[str]:
    """The keys of instructions for one edit, but for changes of state, and of the places that they name."""
    keys = each(("add", "move"), ("_at", "_holding")) | {"add", "add_another", "remove", "replace", "text", "season"}
    keys |= set(PAINTED) | {"bigger", "smaller", *SIZES} | each("turn_", ("left", "right", "around"))
    keys |= each("weather_", ("rain", "snow")) | each(("rain", "snow"), "_ends") | each("time_", TIMES)
    return keys | each(("at_", "to_"), ("left_of", "right_of", "next_to", "on", "inside", "left", "right"))


def edit_thoughts() -> set[str]:
    """The keys of what is thought before an edit."""
    plain = [type_ for type_ in EDIT_TYPES if type_ not in ("move", "recolour")]
    keys = each("change_", plain) | each("change_", ("add", "move"), ("_at", "_holding"))
    keys |= each("change_", PAINTED, ("", "_known")) | each("change_state", ("", *each("_", OF_A_PART)), ("", "_known"))
    return keys | each(("is_", "comes_"), COLUMNS) | each("stays", ("", "_one", "_two"))


def rounds() -> set[str]:
    """The keys of what only rounds say."""
    also = each("also_", ("recolour", "bigger", "smaller", "large", "small", "turn_around"))
    back = {"undo", "first", "restore", "as_at_first", *each("think_", ("means", "undo", "first", "restore"))}
    talk = {"thanks", "welcome", "ask_colour", "ask_exists", "answer", "already", "missing"}
    return also | back | talk | {"it", "she", "he", "added", "then", "from_first", "same", "other"}


def drawing() -> set[str]:
    """The keys of requests to draw and of plans."""
    keys = each(("draw", "beside", "put", "held"), ("", "_where")) | {"long", "again"}
    keys |= each("not_", ("kind", "kinds", "colour_one", "colour_many"), ("", "_where")) | told()
    return keys | each("plan", ("", "_part", "_break")) | each("at_", ("upper_", "middle_", "lower_"), COLUMNS[::2])


def told() -> set[str]:
    """The keys of the sentences that tell a whole scene."""
    return each("told_", ("setting", "things", "relation", *BONDS))


def several() -> set[str]:
    """The keys of requests about two pictures."""
    asked = each("into", ("", "_at", "_holding")) | {"coloured"} | each("like_", ("time", "weather", "season"))
    return each(("", "think_"), asked | each("together", ("", "_at")))


def texts() -> set[str]:
    """The keys of instructions without a picture."""
    keys = {"comma", "twice", "yes", "no", "reply", "statement", "ordinals", *each(("family_", "one_"), GROUPS)}
    keys |= {"list", "list_reply", "is_a", "is_a_yes", "is_a_no", "sort_up", "sort_down", "more", "less", "after"}
    keys |= each(("which", "odd", "how_many_are", "length"), ("", "_thought"))
    keys |= each(("how_many_are", "length"), "_also")
    keys |= each(("opposite", "colour", "mix", "next"), ("", "_table"))
    keys |= {"before", "spell", "first_letter", "last_letter", "translate", "repeat", "repeat_twice"}
    return keys | {"nth", "backwards", "sentence"}


def smalltalk() -> set[str]:
    """The keys of small talk."""
    keys = each(CHATS, ("_q", "_a")) | each("family_", ("people", "animals", "vehicles", "food")) | {"world_table"}
    keys |= each("can_", YES_NO) | each("can_hold", ("", "_yes", "_no_hand", "_no_grip"))
    keys |= each("can_be", ("", "_yes", "_no")) | each(("colours", "states", "members"), ("", "_a"))
    everywhere = ("land", "floor")
    zones = {kind.where for kind in KINDS if not (kind.grip or kind.small or kind.where == everywhere)}
    return keys | each("lives_", map("_".join, zones))


def sums() -> set[str]:
    """The keys of word problems."""
    keys = {"come", "go", "fly", "together", "difference", "eaten", "times", "share", "get_give", "more_together"}
    keys |= each("times_", ("plus", "minus")) | each("three_", ("animals", "foods"))
    return keys | {"one_step", "two_steps", "result", "total"}


ALL = {
    "questions": questions(),
    "thinking": thoughts(),
    "answers": answers(),
    "editing": orders(),
    "edit_states": {f"{group}_{state}" for group, state in groups()},
    "edit_thoughts": edit_thoughts(),
    "rounds": rounds(),
    "several": several(),
    "captions": {"ask_short", "ask_dense", *each(("things", "beside", "put", "held"), ("", "_where")), *told()},
    "drawing": drawing(),
    "text": texts(),
    "smalltalk": smalltalk(),
    "sums": sums(),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", ALL)
def test_all_that_can_be_asked_for_is_there_and_nothing_else(group: str, language: Language) -> None:
    assert set(phrasebook(group, language)) == ALL[group]


def test_every_group_of_phrasings_is_listed() -> None:
    assert set(ALL) == {module.name.rpartition("_")[0] for module in pkgutil.iter_modules(phrases.__path__)}


def test_no_task_asks_a_question_that_is_not_listed() -> None:
    """The questions of all makers, as they are made."""
    makers = {maker for made in single.MAKERS.values() for maker in made} | set(choices._MAKERS) | set(pairs._PAIRED)
    plans = [maker(Dice(0, "phrases", number), "train") for maker in makers for number in range(12)]
    keys = {plan.phrase or plan.skeleton for plan in plans if plan is not None}
    assert keys <= ALL["questions"] and len(keys) > 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_counts_as_yes_and_as_no(language: Language) -> None:
    ways = phrasebook("answers", language)
    for key, said in ways.items():
        if "/yes" in key:
            assert not set(said) & set(ways[key.replace("/yes", "/no")]), key
