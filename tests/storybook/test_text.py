"""Text only: sums are right when done anew from the words, and answers exact when found anew from the question."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import pytest
from truths import SEED, asked, read_back

from mini4o.conversation.parts import Text, Think
from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.imagine import PLACES
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.scene import INDOORS, ZONES, can
from mini4o.storybook.splits import LANGUAGES, Language, Split
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Item, Request
from mini4o.storybook.tasks.text.instructions import GROUPS
from mini4o.storybook.tasks.text.smalltalk import GREETINGS
from mini4o.storybook.tasks.text.sums import AT_ONCE, FLYERS, GOODS, WALKERS

MANY = 400
AMOUNT = r"\d+[^\d.,?!，。？！、]*?"
AMOUNTS = dict.fromkeys(("a", "b", "c", "boxes", "each", "people"), AMOUNT)
SUMS: dict[str, Callable[[dict[str, int]], int]] = {
    "come": lambda n: n["a"] + n["b"],
    "go": lambda n: n["a"] - n["b"],
    "fly": lambda n: n["a"] - n["b"],
    "together": lambda n: n["a"] + n["b"],
    "difference": lambda n: n["a"] - n["b"],
    "eaten": lambda n: n["a"] - n["b"],
    "times": lambda n: n["boxes"] * n["each"],
    "share": lambda n: n["a"] // n["people"],
    "get_give": lambda n: n["a"] + n["b"] - n["c"],
    "times_plus": lambda n: n["boxes"] * n["each"] + n["c"],
    "times_minus": lambda n: n["boxes"] * n["each"] - n["c"],
    "more_together": lambda n: 2 * n["a"] + n["b"],
    "three_animals": lambda n: n["a"] + n["b"] + n["c"],
    "three_foods": lambda n: n["a"] + n["b"] + n["c"],
}
DO: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "×": lambda a, b: a * b,
    "÷": lambda a, b: a // b,
}

every_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def items(task: str, language: Language, split: Split = "train") -> tuple[Item, ...]:
    return tuple(TASKS[task](Request(split, language, SEED, index)) for index in range(MANY))


def one_of(words: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def replies(item: Item) -> Iterator[str]:
    for part in item.conversation[-1].content:
        assert isinstance(part, Text | Think)
        if isinstance(part, Text):
            yield part.text


def thought_of(item: Item) -> str | None:
    first = item.conversation[-1].content[0]
    return first.text if isinstance(first, Think) else None


# ---- sums


@every_language
def test_sums_are_right(language: Language) -> None:
    seen = set()
    for each in items("arithmetic", language):
        skeleton, answer = each.facts["skeleton"], int(each.facts["answer"])
        seen.add(skeleton)
        readings = read_back(phrasebook("sums", language)[skeleton], asked(each.conversation), **AMOUNTS)
        numbers = [
            {name: int(re.match(r"\d+", said)[0]) for name, said in reading.items() if name in AMOUNTS}  # type: ignore[index]
            for reading in readings
        ]
        assert numbers and {SUMS[skeleton](each) for each in numbers} == {answer}, asked(each.conversation)
        if skeleton == "share":
            assert all(each["a"] % each["people"] == 0 for each in numbers)
        assert 1 <= answer <= 30 and all(0 < number <= 30 for each in numbers for number in each.values())
        (reply,) = replies(each)
        assert re.findall(r"\d+", reply) == [str(answer)]
    assert seen == set(SUMS)


@every_language
def test_the_steps_of_a_sum_are_right_and_end_at_the_answer(language: Language) -> None:
    thoughts = 0
    for each in items("arithmetic", language):
        thought = thought_of(each)
        if thought is None:
            continue
        thoughts += 1
        steps = re.findall(r"(\d+) ([-+×÷]) (\d+) = (\d+)", thought)
        assert 1 <= len(steps) <= 2
        given = re.findall(r"\d+", asked(each.conversation))
        for a, sign, b, result in steps:
            assert DO[sign](int(a), int(b)) == int(result)
            assert a in given and b in given
            given.append(result)
        assert steps[-1][3] == each.facts["answer"]
    assert 0.4 < thoughts / MANY < 0.6


@every_language
def test_there_are_no_more_of_a_thing_than_there_may_be(language: Language) -> None:
    """At most six in a room, eight elephants anywhere, and nobody eats a dozen cakes."""
    words, ways = grammar(language), phrasebook("sums", language)
    rooms = [words.plays(Plays(place=place)).lower() for place in INDOORS]
    known = {words.value("countable", kind).lower(): most for kind, most in (WALKERS | FLYERS | GOODS).items()}
    amounts = {words.value("kinds", kind).lower(): most for kind, most in (WALKERS | FLYERS | GOODS).items()}
    seen = set[str]()
    for each in items("arithmetic", language):
        skeleton = each.facts["skeleton"]
        for reading in read_back(ways[skeleton], asked(each.conversation), **AMOUNTS):
            numbers = {name: int(re.findall(r"\d+", said)[0]) for name, said in reading.items() if name in AMOUNTS}
            if skeleton.startswith("three"):
                assert all(
                    number <= next(most for word, most in amounts.items() if word in reading[name].lower())
                    for name, number in numbers.items()
                )
                continue
            most = known[reading["things"].lower()] if "things" in reading else 30
            if reading.get("where", "").lower() in rooms:
                most = AT_ONCE
                seen.add(skeleton)
            total = numbers["a"] + numbers["b"] if skeleton == "come" else max(numbers.values())
            assert max(total, int(each.facts["answer"])) <= most, asked(each.conversation)
            if skeleton == "eaten":
                assert numbers["b"] <= min(AT_ONCE, most // 4)
    assert seen == {"come", "go"}


# ---- instructions


def expected(skeleton: str, slots: dict[str, str], language: Language) -> str | None:
    """The exact answer to an instruction from what stands in its gaps; None if there are many."""
    ways, words = phrasebook("text", language), grammar(language)
    names = slots.get("list", "").split(ways["comma"][0])

    def member(group: str) -> list[str]:
        return [name for name in names if name.lower() in {words.value("kind", kind).lower() for kind in GROUPS[group]}]

    def group(key: str, form: str) -> str:
        return next(each for each in GROUPS if ways[f"{form}_{each}"][0].lower() == slots[key].lower())

    if skeleton in ("opposite", "colour", "mix", "next"):
        rows = dict(row.split("|") for row in ways[f"{skeleton}_table"])
        return next(answer for row, answer in rows.items() if row.lower() == slots["asked"].lower())
    if skeleton == "which":
        (found,) = member(group("one", "one"))
        return found
    if skeleton == "odd":
        (found,) = [name for each in GROUPS if len(member(each)) == 3 for name in names if name not in member(each)]
        return found
    if skeleton == "how_many_are":
        return str(len(member(group("family", "family"))))
    if skeleton == "is_a":
        kinds = {words.value("kinds", kind).lower() for kind in GROUPS[group("family", "family")]}
        return ways["yes" if slots["words"].lower() in kinds else "no"][0]
    if skeleton in ("sort_up", "sort_down"):
        return ways["comma"][0].join(sorted(names, key=int, reverse=skeleton == "sort_down"))
    if skeleton in ("more", "less"):
        return str((max if skeleton == "more" else min)(int(slots["a"]), int(slots["b"])))
    if skeleton in ("after", "before"):
        return str(int(slots["number"]) + (1 if skeleton == "after" else -1))
    if skeleton == "spell":
        return "-".join(slots["word"])
    if skeleton == "length":
        return str(len(slots["word"]))
    if skeleton in ("first_letter", "last_letter"):
        return slots["word"][0 if skeleton == "first_letter" else -1]
    if skeleton == "translate":
        ours, theirs = (grammar(each) for each in ((language, "zh") if language == "en" else (language, "en")))  # type: ignore[arg-type]
        return next(theirs.value("kind", kind) for kind in KINDS if ours.value("kind", kind) == slots["word"])
    if skeleton in ("repeat", "repeat_twice"):
        return ways["twice"][0].join([slots["phrase"]] * (1 + (skeleton == "repeat_twice")))
    if skeleton == "nth":
        return names[ways["ordinals"].index(slots["nth"])]
    if skeleton == "backwards":
        return ways["comma"][0].join(names[::-1])
    return None


@every_language
def test_instructions_have_the_exact_answer(language: Language) -> None:
    ways, seen = phrasebook("text", language), set[str]()
    groups = {form: one_of(ways[f"{form}_{group}"][0] for group in GROUPS) for form in ("family", "one")}
    for each in items("instructions", language):
        skeleton = each.facts["skeleton"]
        question = asked(each.conversation)
        readings = read_back(ways[skeleton], question, **groups)
        assert readings, question
        seen.add(skeleton)
        if skeleton == "list":
            assert "answer" not in each.facts
            continue
        answer, (reply,) = each.facts["answer"], replies(each)
        assert answer.lower() in reply.lower()
        if skeleton == "sentence":
            assert reply == answer
            assert any(all(part.lower() in answer.lower() for part in reading.values()) for reading in readings), (
                question
            )
            continue
        known = {str(expected(skeleton, reading, language)).lower() for reading in readings}
        assert answer.lower() in known, question  # the first word of a sentence may have become a capital
    assert len(seen) >= 25


@every_language
def test_lists_are_of_the_group_and_as_long_as_asked(language: Language) -> None:
    lists = [each for each in items("instructions", language) if each.facts["skeleton"] == "list"]
    assert len(lists) >= 5
    for each in lists:
        (reply,) = replies(each)
        readings = read_back(phrasebook("text", language)["list_reply"], reply)
        parted = [re.split(", | and |、|和", reading["list"]) for reading in readings]
        members = {member.lower() for member in each.facts["members"]}
        fitting = [names for names in parted if {name.lower() for name in names} <= members]
        assert any(len(set(names)) == len(names) == each.facts["count"] for names in fitting), reply


def test_chinese_characters_are_counted_without_ascii_between_them() -> None:
    thoughts = [thought_of(each) for each in items("instructions", "zh") if each.facts["skeleton"] == "length"]
    assert any(thoughts) and not any("-" in thought for thought in thoughts if thought)


# ---- small talk


@every_language
def test_small_talk_about_the_world_is_true(language: Language) -> None:
    words, ways = grammar(language), phrasebook("smalltalk", language)
    holders = {words.noun(Noun(kind=kind), article="any").lower(): kind for kind in KINDS}
    places = {words.plays(Plays(place=place)).lower(): place for place in PLACES}
    yes_no = {True: ways["can_yes"][0], False: ways["can_no"][0]}
    seen = {"can_hold": set[bool](), "can_be": set[bool]()}
    for each in items("smalltalk", language):
        skeleton = each.facts["skeleton"]
        if skeleton not in seen:
            continue
        question = each.conversation[-2].content[0].text  # type: ignore[union-attr]
        for reading in read_back(ways[skeleton], question, a=one_of(holders), b=one_of(holders), thing=one_of(holders)):
            slots = {name: said.lower() for name, said in reading.items()}
            if skeleton == "can_hold":
                truth = can("holding", KINDS[holders[slots["a"]]], KINDS[holders[slots["b"]]])
            else:
                truth = bool(set(ZONES[places[slots["where"]]]) & set(KINDS[holders[slots["thing"]]].where))
            assert each.facts["answer"] == yes_no[truth], question
            assert next(replies(each)).startswith(yes_no[truth]), question
            seen[skeleton].add(truth)
    assert seen == {"can_hold": {True, False}, "can_be": {True, False}}


@every_language
def test_a_greeting_is_answered_by_one_that_fits(language: Language) -> None:
    ways = phrasebook("smalltalk", language)
    fits = {
        "en": {"hello": "Hello|Hi", "morning": "Good morning", "evening": "Good evening", "night": "Good night"},
        "zh": {"hello": "你好|嗨", "morning": "早上好|早啊", "evening": "晚上好", "night": "晚安"},
    }[language]
    assert set(fits) == {*GREETINGS, "night"}
    for sort, word in fits.items():
        others = "|".join(each for other, each in fits.items() if other != sort)
        for way in (*ways[f"{sort}_q"], *ways[f"{sort}_a"]):
            assert re.search(word, way, re.IGNORECASE) and not re.search(rf"\b({others})\b", way), way
    for way in (*ways["bye_q"], *ways["bye_a"]):
        assert not re.search("|".join(fits.values()), way), way


@every_language
def test_the_members_of_a_family_are_told_in_a_sentence(language: Language) -> None:
    words, found = grammar(language), 0
    for each in items("smalltalk", language):
        if each.facts["skeleton"] == "members":
            found += 1
            (reply,) = replies(each)
            listed = words.listed(each.facts["members"])
            assert listed in reply and not reply.startswith(listed) and reply[-1] in ".。", reply
    assert found >= 10


def test_chinese_speaks_of_things_in_general_without_counting_them() -> None:
    one = re.compile("一[只个条头把张辆座棵](?!手)")  # but 一只手, one hand
    for each in items("smalltalk", "zh"):
        if each.facts["skeleton"] in ("can_hold", "can_be"):
            for message in each.conversation[-2:]:
                for part in message.content:
                    assert isinstance(part, Text) and not one.search(part.text), part.text


@every_language
def test_all_ways_to_say_an_answer_count_as_right(language: Language) -> None:
    ways = phrasebook("text", language)
    for task in ("instructions", "arithmetic", "smalltalk"):
        for each in items(task, language):
            if "answer" in each.facts:
                assert each.facts["answers"][0] == each.facts["answer"]
                assert len(set(each.facts["answers"])) == len(each.facts["answers"])
            if each.facts["skeleton"] == "is_a":
                key = "yes" if each.facts["answer"] == ways["yes"][0] else "no"
                assert each.facts["answers"][: len(ways[key])] == list(ways[key])
                assert any(said.lower() == next(replies(each)).lower() for said in each.facts["answers"])
            if task == "arithmetic" and "three" not in each.facts["skeleton"]:
                assert re.fullmatch(rf"{each.facts['answer']}.+", each.facts["answers"][1])


@pytest.mark.parametrize(
    ("language", "skeleton", "answer", "also"),
    [
        ("en", "how_many_are", "2", {"two", "two of them"}),
        ("en", "length", "4", {"four", "four letters", "4 letters"}),
        ("en", "mix", "grey", {"gray"}),
        ("zh", "how_many_are", "2", {"二", "两个", "2个"}),
        ("zh", "length", "2", {"二", "两个", "两个字", "2个字"}),
        ("zh", "colour", "灰色", {"灰", "灰的", "灰色的"}),
    ],
)
def test_numbers_and_colours_may_be_said_in_other_ways(
    language: Language, skeleton: str, answer: str, also: set[str]
) -> None:
    found = (each.facts for each in items("instructions", language) if each.facts["skeleton"] == skeleton)
    assert also <= set(next(facts for facts in found if facts["answer"] == answer)["answers"])


# ---- splits


@pytest.mark.parametrize("task", ["arithmetic", "instructions"])
@every_language
def test_what_is_asked_in_a_test_is_not_trained_on(task: str, language: Language) -> None:
    """Numbers, lists and sentences; what everybody knows (the opposite of big) is in all splits."""

    def content(split: Split) -> set[Any]:
        known = ("opposite", "colour", "mix", "next", "list", "is_a", "after", "before", "spell", "translate")
        known += ("length", "first_letter", "last_letter")
        return {
            asked(each.conversation) for each in items(task, language, split) if each.facts["skeleton"] not in known
        }

    train, val, test = content("train"), content("val"), content("test")
    assert min(len(train), len(val), len(test)) >= 50
    assert not train & test and not train & val and not val & test
