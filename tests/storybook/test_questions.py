"""Questions: programs answer as people would or not at all; items, pairs, choices and differences keep their word."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from probes import BALL, BOX, CAT, GIRL, HOUSE, MEADOW, facts_of, scene_of
from truths import SEED, asked, item, parts, pixels, shown

from mini4o.conversation.parts import Text, Think
from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.scene import Scene, Setting, Thing
from mini4o.storybook.splits import LANGUAGES, Language, Split, split_of
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Item, Request
from mini4o.storybook.tasks.questions import choices, pairs, single
from mini4o.storybook.tasks.questions.asking import realised
from mini4o.storybook.tasks.questions.choices import LETTERS, rotations
from mini4o.storybook.tasks.questions.pairs import pair
from mini4o.storybook.tasks.questions.plans import Maker
from mini4o.storybook.tasks.questions.programs import Program, Value, answer, execute
from mini4o.storybook.tasks.questions.voice import Voice

ASKING = (*single.TASKS, *choices.TASKS, *pairs.TASKS)
SMALL_CAT = CAT.model_copy(update={"size": "small"})
every_task = pytest.mark.parametrize("task", ASKING)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def items(task: str, language: Language) -> Iterator[Item]:
    for split, count in (("train", 20), ("test", 8)):
        yield from (item(task, index, split, language) for index in range(count))  # type: ignore[arg-type]


def find(kind: str, at: int = 0, **said: str) -> Program:
    """Steps `at` and `at + 1`: the one such thing."""
    return [{"op": "filter", "noun": {"kind": kind, **said}}, {"op": "unique", "in": [at]}]


# ---- programs

# A house with a cat to its left and a girl to its right who holds a ball; far in front a box.
SCENE = scene_of(
    facts_of(HOUSE, CAT, GIRL, BALL, BOX, related=[("holding", 2, 3)]),
    *((80, 35), (30, 33), (135, 34), (141, 45), (80, 3)),
    width=500 / 3,
)
TWO_CATS = scene_of(facts_of(CAT, SMALL_CAT, HOUSE), (20, 20), (80, 20), (50, 30))


def ask(program: Program, last: dict[str, Any], scene: Scene = SCENE) -> Value | None:
    return answer([*program, last], scene)


@pytest.mark.parametrize(
    ("program", "last", "expected"),
    [
        (find("cat"), {"op": "query", "what": "colour", "in": [1]}, "grey"),
        (find("cat"), {"op": "query", "what": "facing", "in": [1]}, "right"),
        (find("cat"), {"op": "query", "what": "size", "in": [1]}, None),  # medium: neither small nor large
        (find("cat"), {"op": "query", "what": "text", "in": [1]}, None),
        (find("ball"), {"op": "query", "what": "size", "in": [1]}, "small"),
        (find("ball"), {"op": "query", "what": "where", "in": [1]}, "holding/girl"),
        (find("cat"), {"op": "query", "what": "where", "in": [1]}, None),  # where else should it be?
        (find("dog"), {"op": "query", "what": "colour", "in": [1]}, None),
        (find("ball", colour="red"), {"op": "count", "in": [0]}, 1),
        (find("ball", colour="blue")[:1], {"op": "count", "in": [0]}, 0),
        (find("ball", colour="blue")[:1], {"op": "exist", "in": [0]}, False),
        (find("tree")[:1], {"op": "exist", "in": [0]}, None),  # the backdrop of a meadow shows trees
        (find("ball", size="large")[:1], {"op": "exist", "in": [0]}, False),
        (find("cat", size="large")[:1], {"op": "exist", "in": [0]}, None),  # a medium one is in doubt
        ([{"op": "filter", "family": "animals"}], {"op": "count", "in": [0]}, 1),
        ([], {"op": "scene", "what": "place"}, "meadow"),
        ([], {"op": "scene", "what": "weather"}, "clear"),
        ([*find("cat"), *find("house", 2)], {"op": "related", "name": "left of", "in": [1, 3]}, True),
        ([*find("cat"), *find("house", 2)], {"op": "related", "name": "right of", "in": [1, 3]}, False),
        ([*find("box"), *find("house", 2)], {"op": "related", "name": "left of", "in": [1, 3]}, None),
        ([*find("girl"), *find("ball", 2)], {"op": "related", "name": "holding", "in": [1, 3]}, True),
        ([*find("girl"), *find("cat", 2)], {"op": "related", "name": "holding", "in": [1, 3]}, False),
        ([*find("girl"), *find("ball", 2)], {"op": "related", "name": "left of", "in": [1, 3]}, None),  # its own ball
        ([*find("cat"), *find("house", 2)], {"op": "seen_from", "in": [1, 3]}, "left of"),
        ([*find("girl"), *find("house", 2)], {"op": "seen_from", "in": [1, 3]}, "right of"),
        ([*find("cat"), *find("girl", 2)], {"op": "which", "how": "left of", "in": [1, 3]}, "first"),
        ([*find("cat"), *find("girl", 2)], {"op": "which", "how": "right of", "in": [1, 3]}, "second"),
        ([*find("house"), *find("cat", 2)], {"op": "which", "how": "larger", "in": [1, 3]}, None),
    ],
)
def test_programs_answer_what_is_clear(program: Program, last: dict[str, Any], expected: Value | None) -> None:
    assert ask(program, last) == expected


def test_programs_of_several_steps() -> None:
    colour = {"op": "query", "what": "colour", "in": [3]}
    animals: Program = [*find("house"), {"op": "filter", "family": "animals"}]
    beside: Program = [*animals, {"op": "relate", "name": "left of", "in": [1, 2]}, {"op": "unique", "in": [3]}]
    assert ask(beside, {**colour, "in": [4]}) == "grey"
    assert ask([*find("house"), {"op": "relate", "name": "left of", "in": [1]}], {"op": "count", "in": [2]}) is None
    held: Program = [
        *find("girl"),
        {"op": "relate", "name": "holding", "in": [1], "inverse": True},
        {"op": "unique", "in": [2]},
    ]
    assert ask(held, colour) == "red" and ask(held, {"op": "query", "what": "kind", "in": [3]}) == "ball"
    counts: Program = [*find("cat")[:1], {"op": "count", "in": [0]}, *find("box")[:1], {"op": "count", "in": [2]}]
    assert ask(counts, {"op": "compare", "how": "same", "in": [1, 3]}) is True
    assert ask(counts, {"op": "compare", "how": "more", "in": [1, 3]}) is False
    assert ask(counts, {"op": "which", "how": "more", "in": [1, 3]}) is None  # as many of the one as of the other
    assert ask(counts[:2], {"op": "add", "in": [1], "by": 2}) == 3
    facing: Program = [*find("cat"), {"op": "query", "what": "facing", "in": [1]}]
    assert ask(facing, {"op": "turned", "in": [2]}) == "left"
    left: Program = [{"op": "filter", "family": "animals"}, *find("cat")[:1], {"op": "without", "in": [0, 1]}]
    assert ask(left, {"op": "count", "in": [2]}) == 0
    either: Program = [
        step for at in (0, 2) for step in (find(("cat", "fish")[at // 2])[0], {"op": "exist", "in": [at]})
    ]
    assert ask(either, {"op": "only", "how": True, "of": ["cat", "fish"], "in": [1, 3]}) == "cat"
    assert ask(either, {"op": "only", "how": False, "of": ["cat", "fish"], "in": [1, 3]}) == "fish"


def test_the_cat_is_nobody_where_there_are_two() -> None:
    colour = {"op": "query", "what": "colour", "in": [1]}
    assert ask(find("cat"), colour, TWO_CATS) is None
    assert ask(find("cat")[:1], {"op": "count", "in": [0]}, TWO_CATS) == 2
    assert ask(find("cat", size="small"), colour, TWO_CATS) is None  # the other one is of medium size
    exactly = {"op": "filter", "noun": {"kind": "cat"}, "exactly": 1}
    assert ask([exactly], {"op": "count", "in": [0]}, TWO_CATS) is None


def test_what_might_be_taken_for_it_and_what_the_backdrop_shows_is_not_counted() -> None:
    duck = Thing(kind="duck", colour="white", facing="left")
    night = Setting(place="garden", time="night", season="summer", weather="clear")
    with_duck = scene_of(facts_of(duck), (50, 10))
    birds: Program = [{"op": "filter", "noun": {"kind": "bird"}}, {"op": "count", "in": [0]}]
    assert answer(birds, with_duck) is None and answer(birds, SCENE) == 0
    stars: Program = [{"op": "filter", "noun": {"kind": "star"}}, {"op": "count", "in": [0]}]
    assert answer(stars, scene_of(facts_of(CAT, where=night), (50, 10))) is None
    assert answer(stars, scene_of(facts_of(CAT, where=MEADOW), (50, 10))) == 0


def test_identical_compares_whole_scenes() -> None:
    moved = SCENE.model_copy(update={"poses": (SCENE.poses[0].model_copy(update={"x": 81}), *SCENE.poses[1:])})
    for other, same in ((SCENE, True), (Scene.model_validate(moved.model_dump()), False)):
        assert answer([{"op": "identical"}], SCENE, other) is same


# ---- items


def source(program: Program, index: int) -> str | Noun:
    """What the things of a step were called when they were looked for."""
    step = program[index]
    if step["op"] == "filter":
        return str(step["family"]) if "family" in step else Noun.model_validate(step["noun"])
    return source(program, step["in"][-1 if step["op"] == "relate" else 0])


def worded(each: Item, value: Value, voice: Voice) -> str:
    """A program's value in the words of a short answer."""
    program, last = each.facts["program"], each.facts["program"][-1]
    if isinstance(value, bool):
        return voice.value("exists" if last["op"] == "exist" else "answer", "yes" if value else "no")[0]
    if isinstance(value, int):
        counted = source(program, len(program) - 1)
        return voice.count(value, counted)[0]
    if value in ("first", "second"):
        which = last if last["op"] == "which" else program[last["in"][0]]
        noun = source(program, which["in"][value == "second"])
        return voice.plural(noun) if which["how"] == "more" else voice.noun(noun)
    if last["op"] == "query":
        trace: Any = execute(program, *each.scenes)
        kind = each.scenes[0].facts.things[trace[last["in"][0]][0]].kind
        if last["what"] in ("kind", "where"):
            return voice.noun(value, 1, "a") if last["what"] == "kind" else voice.where(value)[0]
        return voice.value(last["what"], value, kind)[0]
    if last["op"] == "seen_from":
        how = "side" if each.facts["skeleton"] == "relation/side" else "seen_from"
        return voice.answers[f"{how}/{value}"][0].format(thing=voice.noun(source(program, last["in"][1])))
    if last["op"] == "only":
        return voice.any(value)
    return voice.value("facing" if last["op"] == "turned" else last["what"], value)[0]


@every_task
@every_language
def test_the_program_gives_the_answer_that_is_said(task: str, language: Language) -> None:
    voice, answers = Voice(language), set[str]()
    for each in items(task, language):
        facts = each.facts
        value = answer(facts["program"], *each.scenes)
        assert value is not None
        said = each.conversation[-1].content[-1]
        assert isinstance(said, Text) and said.text == facts["answer"] == facts["answers"][0]
        answers.add(facts["answer"])
        assert len(set(facts["answers"])) == len(facts["answers"]) and all(facts["answers"])
        if facts["skeleton"] in ("difference/what", "difference/which"):
            assert value is False  # the two are not alike in what the program looks at
        else:
            assert worded(each, value, voice) in facts["answers"]
        assert facts["question"] in asked(each.conversation)
        assert facts["balanced"] == bool(facts["choices"])
        assert not facts["balanced"] or (facts["answer"] in facts["choices"] and len(facts["choices"]) > 1)
        assert len(set(facts["choices"])) == len(facts["choices"])
    assert len(answers) > 1


@every_language
def test_simple_questions_are_answered_by_looking(language: Language) -> None:
    """Without programs: things that fit are counted, and the property of the only one is read."""
    voice = Voice(language)
    for task in ("ask_exist", "ask_count", "ask_attribute"):
        for each in items(task, language):
            step, things = each.facts["program"][0], each.scenes[0].facts.things
            if "family" in step:
                fitting = [thing for thing in things if thing.of.family == step["family"]]
            else:
                fitting = [thing for thing in things if Noun.model_validate(step["noun"]).fits(thing)]
            said, skeleton = each.facts["answers"], each.facts["skeleton"]
            if task == "ask_count":
                assert str(len(fitting)) in said
            elif task == "ask_exist":
                assert said[0] == voice.value("exists", "yes" if fitting else "no")[0]
            elif skeleton.split("/")[1] in ("colour", "size", "facing", "state", "text"):
                (thing,) = fitting
                name = skeleton.split("/")[1]
                assert voice.value(name, getattr(thing, name), thing.kind)[0] == said[0]


def test_every_kind_of_question_can_be_staged_for_every_answer() -> None:
    """Else the answers that cannot be had would be missing, and the others would be likelier."""
    made: dict[Maker, str] = {maker: task for task, makers in single.MAKERS.items() for maker in makers}
    split: Split = "train"
    for number, maker in enumerate(made):
        dice = Dice(SEED, "staging", number)
        plan = next(plan for plan in (maker(dice, split) for _ in range(60)) if plan is not None)
        for value in plan.choices[:4]:
            scene = realised(dice, split, plan, value)
            assert scene is not None, (made[maker], plan.skeleton, value)
            assert answer(plan.program, scene) == value and split_of(scene.facts) == split


@every_language
def test_thoughts_are_shown_where_they_are_asked_for(language: Language) -> None:
    voice, thinking = Voice(language), 0
    every = [each for task in ASKING for each in items(task, language)]
    for each in every:
        thoughts = [part.text for part in parts(each.conversation) if isinstance(part, Think)]
        plain = "\n" not in asked(each.conversation) and asked(each.conversation) == each.facts["question"]
        assert len(thoughts) <= 1 and all(thoughts)
        assert not (plain and thoughts)
        if each.facts["task"] not in choices.TASKS:
            assert plain or thoughts
        thinking += len(thoughts)
        if thoughts and each.facts["task"] in choices.TASKS:
            assert each.facts["answer"] in thoughts[0]
        if thoughts and each.facts["skeleton"].startswith("count/"):
            number = int(next(said for said in each.facts["answers"] if said.isdigit()))
            assert any(word in thoughts[0] for word in (*voice.count(number, "ball")[:2], each.facts["answer"]))
    assert 0.18 < thinking / len(every) < 0.32


@pytest.mark.parametrize(
    ("skeleton", "yes", "no"),
    [
        ("relation/on", "在", "不在"),
        ("relation/left of", "在", "不在"),
        ("relation/holding", "拿着", "没拿"),
        ("exist/kind", "有的", "没有"),
        ("compare/as_many", "一样多", "不一样多"),
        ("compare/colour", "一样", "不一样"),
        ("difference/same", "一样", "不一样"),
        ("counterfactual/still", "还有", "没有了"),
    ],
)
def test_a_chinese_yes_may_take_up_the_words_of_the_question(skeleton: str, yes: str, no: str) -> None:
    task = {"exist": "ask_exist", "relation": "ask_relation", "compare": "ask_compare"}.get(skeleton.split("/")[0])
    task = task or ("spot_difference" if skeleton.startswith("difference") else "ask_counterfactual")
    found = set[bool]()
    for index in range(160):
        facts = item(task, index, language="zh").facts
        if facts["skeleton"] == skeleton:
            positive = facts["answer"] in ("是", "有")
            found.add(positive)
            assert (yes in facts["answers"], no in facts["answers"]) == (positive, not positive)
            assert {"是的"} <= set(facts["answers"]) or not positive
        if len(found) == 2:
            return
    raise AssertionError(f"{skeleton}: {found}")


# ---- pairs, choices, differences


@cache
def some_pairs(language: Language) -> list[tuple[Item, Item]]:
    return [pair(Request("train", language, SEED, index)) for index in range(24)]


@every_language
def test_pairs_ask_the_same_about_two_pictures_and_get_two_answers(language: Language) -> None:
    for first, second in some_pairs(language):
        assert asked(first.conversation) == asked(second.conversation)
        assert first.facts["question"] == second.facts["question"]
        assert first.facts["program"] == second.facts["program"]
        assert first.facts["answer"] != second.facts["answer"]
        assert first.facts["choices"] == second.facts["choices"]
        for each in (first, second):
            assert answer(each.facts["program"], *each.scenes) is not None
            assert [split_of(scene.facts) for scene in each.scenes] == ["train"]
        pictures = [pixels(shown(each.conversation)[0]) for each in (first, second)]
        assert pictures[0].shape == pictures[1].shape and not np.array_equal(*pictures)
        assert (pictures[0] == pictures[1]).mean() > 0.05 or first.scenes[0].facts.setting != second.scenes[
            0
        ].facts.setting


def test_the_answers_of_yes_no_pairs_come_in_any_order() -> None:
    firsts = Counter(first.facts["answer"] for first, _ in some_pairs("en") if first.facts["answer"] in ("yes", "no"))
    assert set(firsts) == {"yes", "no"}


@every_language
def test_circular_options_put_the_answer_at_every_letter(language: Language) -> None:
    for index in range(10):
        request = Request("train", language, SEED, index)
        circle = rotations(request)
        assert sorted(each.facts["answer"] for each in circle) == list(LETTERS)
        assert len({each.scenes[0].hash for each in circle}) == 1 == len({each.facts["question"] for each in circle})
        right = {each.facts["options"][LETTERS.index(each.facts["answer"])] for each in circle}
        assert len(right) == 1
        for number, each in enumerate(circle):
            options = each.facts["options"]
            assert len(set(options)) == 4 and each.facts["rotation"] == number
            assert options == circle[0].facts["options"][number:] + circle[0].facts["options"][:number]
            lines = [f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=True)]
            assert "\n".join(lines) in asked(each.conversation)
        drawn = TASKS["ask_choice"](request)
        assert asked(drawn.conversation) == asked(circle[drawn.facts["rotation"]].conversation)


@every_language
def test_differences_are_there_if_and_only_if_they_are_told(language: Language) -> None:
    seen = Counter[str]()
    for index in range(40):
        each = item("spot_difference", index, language=language)
        first, second = each.scenes
        same, skeleton, change = first == second, each.facts["skeleton"], each.facts["change"]
        seen[f"{skeleton} {same}"] += 1
        pictures = [pixels(picture) for picture in shown(each.conversation)]
        assert np.array_equal(*pictures) == same and (first.width, first.height) == (second.width, second.height)
        assert (change is None) == same
        if skeleton == "difference/same":
            assert each.facts["answer"] == Voice(language).value("answer", "yes" if same else "no")[0]
            continue
        assert not same and each.facts["choices"] == []
        if change["noun"] is None:
            assert getattr(second.facts.setting, change["type"]) == change["after"] != change["before"]
        elif change["type"] in ("add", "remove"):
            noun = Noun.model_validate(change["noun"])
            counts = [sum(map(noun.fits, scene.facts.things)) for scene in each.scenes]
            assert counts == ([0, 1] if change["type"] == "add" else [1, 0])
    assert set(seen) == {
        "difference/what False",
        "difference/which False",
        "difference/same False",
        "difference/same True",
    }
