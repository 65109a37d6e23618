"""Captions in free words: which facts of the scene they name, and which they invent. No model is asked.

A fact is that a thing of a kind is there, one of its properties that was said, a relation, or a part of the setting.
Numbers are as many facts as things: who says three cats where two are names two and invents one.
"""

from collections.abc import Hashable, Sequence
from functools import cache
from typing import TypeAlias

from mini4o.evaluation.judge import FEWEST
from mini4o.evaluation.storybook.candidates import Candidate
from mini4o.evaluation.storybook.caption_words import Mention, Stated, read_caption
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.trial import Trial, words_of
from mini4o.generation.session import Wish
from mini4o.storybook import relations
from mini4o.storybook.claims import Noun, Related
from mini4o.storybook.judge.verdicts import LEGIBLE, LETTER_UNITS
from mini4o.storybook.render import labels
from mini4o.storybook.scene import BONDS, Relation, Scene

# What a fact is of, by which the same fact in other words is the same, and whether it holds; None where people might
# disagree.
Fact: TypeAlias = tuple[Hashable, ...]
Facts: TypeAlias = dict[Fact, bool | None]

MOST = 20  # things of a kind of which a caption may speak; what goes beyond is not counted
PROPERTIES = ("colour", "size", "facing", "state", "text")


def caption(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """A caption in a candidate's own words.

    Marks: `named`, one for each fact that is asked for; `invented`, one for each that was stated, true if it does not
    hold; `right`. A dense caption is asked for what the world's own says of this scene, but for what its writer chose
    (directions, facing) and what is too small to be seen; it is right if it names all that and invents nothing. A short
    one is asked for as many facts as the world's own has, whichever they are; it is right if it is of something that is
    there and invents nothing.
    """
    item = exam.item(key)
    reply = candidate.reply(item.conversation[:1], Wish(draw="never"), key)
    scene, own = item.scenes[0], item.conversation[1]
    stated = facts_of(read_caption(reply.text, key.language), scene)
    asked = [fact for fact, holds in facts_of(read_caption(words_of(own), key.language), scene).items() if holds]
    invented = [None if held is None else not held for held in stated.values()]
    wrong = [told(fact, scene) for fact, held in stated.items() if held is False]
    why = [f"invented: {', '.join(wrong)}"] if wrong else []
    if key.part == "caption_short":
        count = sum(held is True for held in stated.values())
        named = [number < count for number in range(len(asked))]
        right = True not in invented and any(isinstance(fact[0], int) for fact in stated)
        why += [] if count else ["nothing named"]
    else:
        asked = _plain_to_see(asked, scene, exam.size)
        named = [stated.get(fact) is True for fact in asked]
        right = True not in invented and all(named)
        missed = [told(fact, scene) for fact, said in zip(asked, named, strict=True) if not said]
        why += [f"not named: {', '.join(missed)}"] if missed else []
    marks: dict[str, list[bool | None]] = {"right": [right], "named": [*named], "invented": invented}
    return Trial(candidate.name, key, (reply,), {key.part: marks}, tuple(why))


def facts_of(stated: Stated, scene: Scene) -> Facts:
    """Each fact that is stated, and whether it holds in a scene. Those of things that are there begin with their
    number; "the cat" adds nothing to a cat of which was spoken before."""
    facts: Facts = {}
    bound: set[int] = set()
    units = [mention.noun for mention in stated.mentions for _ in range(mention.count or 0)]
    for kind in dict.fromkeys(noun.kind for noun in units):
        nouns = [noun for noun in units if noun.kind == kind][:MOST]
        for number, (noun, index) in enumerate(zip(nouns, _meant(nouns, scene), strict=True)):
            facts |= _of_thing(noun, scene, index, number)
            bound |= set() if index is None else {index}
    for mention in stated.mentions:
        if mention.count is None:
            facts |= _of_thing(mention.noun, scene, _certain(mention, scene, bound), 0)
    for related in stated.related:
        facts |= _of_relation(related, scene)
    for plays in stated.settings:
        for name, value in plays.model_dump(exclude={"type"}, exclude_none=True).items():
            facts[name, value] = getattr(scene.facts.setting, name) == value
    return facts


def _of_thing(noun: Noun, scene: Scene, index: int | None, number: int) -> Facts:
    """The facts that a phrase states of the thing that it means, or of none."""
    said = {name: getattr(noun, name) for name in PROPERTIES if getattr(noun, name) is not None}
    if index is None:
        return dict.fromkeys(
            [("none", noun.kind, number), *(("none", noun.kind, number, name) for name in said)], False
        )
    thing = scene.facts.things[index]
    facts: Facts = {(index, "kind"): True}
    for name, value in said.items():
        holds = getattr(thing, name) == value
        facts[(index, name) if holds else (index, name, value)] = holds
    return facts


def _meant(nouns: Sequence[Noun], scene: Scene) -> list[int | None]:
    """Which thing each of some phrases for one kind means, no two the same one: so that most of what is said holds."""
    things = [index for index, thing in enumerate(scene.facts.things) if thing.kind == nouns[0].kind]

    @cache
    def best(start: int, free: tuple[int, ...]) -> tuple[int, tuple[int | None, ...]]:
        if start == len(nouns):
            return 0, ()
        count, rest = best(start + 1, free)
        found: tuple[int, tuple[int | None, ...]] = (count, (None, *rest))
        for index in free:
            count, rest = best(start + 1, tuple(other for other in free if other != index))
            count += 1 + _holding(nouns[start], scene, index)
            if count > found[0]:
                found = count, (index, *rest)
        return found

    return list(best(0, tuple(things))[1])


def _certain(mention: Mention, scene: Scene, bound: set[int]) -> int | None:
    """The thing that "the cat" means: the one that fits best, rather one of which was spoken before."""
    things = [index for index, thing in enumerate(scene.facts.things) if thing.kind == mention.noun.kind]
    return max(things, key=lambda index: (_holding(mention.noun, scene, index), index in bound), default=None)


def _holding(noun: Noun, scene: Scene, index: int) -> int:
    """How many of the properties that are said a thing has."""
    thing = scene.facts.things[index]
    return sum(getattr(noun, name) is not None and getattr(noun, name) == getattr(thing, name) for name in PROPERTIES)


def _of_relation(related: Related, scene: Scene) -> Facts:
    """A relation between the two things that fit the phrases best; if several do, of some of them."""
    things = scene.facts.things
    pairs = [
        (_holding(related.a, scene, a) + _holding(related.b, scene, b), a, b)
        for a in range(len(things))
        for b in range(len(things))
        if a != b and things[a].kind == related.a.kind and things[b].kind == related.b.kind
    ]
    held = {(a, b): _holds(scene, related, a, b) for fit, a, b in pairs if fit == max(pairs)[0]}
    for sure in (True, None):
        for (a, b), holds in held.items():
            if holds is sure:
                return {_relation_fact(related, a, b): holds}
    return {("relation", related.name, related.a, related.b): False}


def _holds(scene: Scene, related: Related, a: int, b: int) -> bool | None:
    if related.name in BONDS:
        return Relation(name=related.name, a=a, b=b) in scene.facts.relations
    return relations.between(scene, related.name, a, b)


def _relation_fact(related: Related, a: int, b: int) -> Fact:
    """The same from both ends: a cat to the left of a dog is a dog to the right of a cat."""
    opposite = relations.OPPOSITE.get(related.name, related.name)
    turned = opposite < related.name or (opposite == related.name == "next to" and b < a)
    return ("relation", opposite, b, a) if turned else ("relation", related.name, a, b)


def _plain_to_see(facts: Sequence[Fact], scene: Scene, size: int) -> list[Fact]:
    """Without directions and facing, which a caption need not tell, and what is too small to be seen or read."""
    short = size if scene.width == scene.height else size * 3 // 4
    shown, least = labels(scene, short), FEWEST * (short / 100) ** 2
    seen = {index for index in range(len(scene.facts.things)) if (shown == index + 1).sum() >= least}

    def asked(fact: Fact) -> bool:
        match fact:
            case ("relation", name, a, b):
                return name in BONDS and a in seen and b in seen
            case (int(index), "text"):
                return index in seen and LETTER_UNITS * scene.scale(index) * short / 100 >= LEGIBLE
            case (int(index), name):
                return index in seen and name != "facing"
        return True

    return [fact for fact in facts if asked(fact)]


def told(fact: Fact, scene: Scene) -> str:
    """A fact in a few words."""
    things = scene.facts.things
    match fact:
        case ("none", kind, _):
            return f"some {kind}"
        case ("none", kind, _, name):
            return f"{name} of some {kind}"
        case ("relation", name, int(a), int(b)):
            return f"{things[a].kind} {name} {things[b].kind}"
        case ("relation", name, Noun() as a, Noun() as b):
            return f"{a.kind} {name} {b.kind}"
        case (int(index), "kind"):
            return f"some {things[index].kind}"
        case (int(index), name, *value):
            return f"{name} of the {things[index].kind}: {value[0] if value else getattr(things[index], str(name))}"
    return f"{fact[0]}: {fact[1]}"
