"""What may be said of a scene: nouns for its things, phrases that mean just one of them, relations that hold."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, get_args

from mini4o.storybook import claims, relations
from mini4o.storybook.claims import Claim, Noun, Plays, Related, Shows
from mini4o.storybook.dice import Dice
from mini4o.storybook.language.words import Grammar, Phrases, say
from mini4o.storybook.scene import Direction, Facts, Relation, Scene, Setting, Thing

Property = Literal["colour", "size", "facing", "state", "text"]
PROPERTIES: tuple[Property, ...] = get_args(Property)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
OF_A_PART = ("house", "car", "cake")  # kinds whose states are told of a part: the door of the house


def sayable(thing: Thing, name: Property) -> bool:
    """Whether a property may be spoken of: not the colour of a bare tree, which is that of leaves it does not bear."""
    return (thing.shown_colour if name == "colour" else getattr(thing, name)) is not None


def noun(thing: Thing, *said: Property) -> Noun:
    """The phrase that says the kind of a thing and those of these properties that are sayable. Who tells the colour of
    a tree's leaves tells with it that they are there."""
    names = {name for name in said if sayable(thing, name)}
    if thing.kind == "tree" and "colour" in names:
        names.add("state")
    return claims.noun(thing, *names)


def full_noun(thing: Thing, *also: Property) -> Noun:
    """Colour, size where it is not medium, state, text, and what else is asked for."""
    said: list[Property] = ["colour", "state", "text", *also]
    if thing.size != "medium":
        said.append("size")
    return noun(thing, *said)


def brief_noun(thing: Thing, dice: Dice) -> Noun:
    """What one would say in passing: any text, mostly the colour, sometimes state and size."""
    said: list[Property] = ["text"]
    if dice.happens(0.65):
        said.append("colour")
    if dice.happens(0.3):
        said.append("state")
    if thing.size != "medium" and dice.happens(0.3):
        said.append("size")
    return noun(thing, *said)


def shared_noun(things: Sequence[Thing], dice: Dice) -> Noun:
    """A noun for several things of one kind: of what they have in common, some."""
    first = brief_noun(things[0], dice)
    said = [name for name in PROPERTIES if getattr(first, name) is not None]
    shared = [name for name in said if len({getattr(thing, name) for thing in things}) == 1]
    return noun(things[0], *(name for name in shared if all(sayable(thing, name) for thing in things)))


def counted(noun: Noun, facts: Facts) -> Shows:
    """The claim that a text makes by naming all things that a noun fits."""
    return Shows(noun=noun, count=sum(noun.fits(thing) for thing in facts.things))


def grouped(nouns: Sequence[Noun]) -> list[tuple[Noun, int]]:
    """Like nouns together with their number, in the order in which they first appear."""
    counts: dict[Noun, int] = {}
    for each in nouns:
        counts[each] = counts.get(each, 0) + 1
    return list(counts.items())


def pointing(facts: Facts, said: Noun, index: int) -> Noun | None:
    """The shortest noun that means this one thing, made of what was said of it; None if there is none."""
    known = [name for name in PROPERTIES if getattr(said, name) is not None]
    for count in range(len(known) + 1):
        for names in combinations(known, count):
            phrase = noun(facts.things[index], *names)
            if sum(phrase.fits(thing) for thing in facts.things) == 1:
                return phrase
    return None


def seen(scene: Scene, dice: Dice, limit: int) -> list[Relation]:
    """Directions that clearly hold on the page: at most one for two things, none for things that are carried."""
    carried = {bond.carried for bond in scene.facts.bonds}
    free = [index for index in range(len(scene.facts.things)) if index not in carried]
    pairs = [dice.shuffled(pair) for pair in combinations(free, 2)]
    found: list[Relation] = []
    for a, b in dice.shuffled(pairs):
        if len(found) == limit:
            break
        names = [name for name in DIRECTIONS if relations.between(scene, name, a, b) is True]
        if names:
            found.append(Relation(name=dice.pick(names), a=a, b=b))
    return found


def plays(setting: Setting, dice: Dice, share: float = 1.0) -> Plays:
    """The place, and each of time, season and weather in this share of cases."""
    said = {name: getattr(setting, name) for name in ("time", "season", "weather") if dice.happens(share)}
    return Plays(place=setting.place, **said)


def from_left(scene: Scene) -> list[int]:
    """Things in the order of their middles from left to right, as one would go through a picture."""
    boxes = [scene.box(index) for index in range(len(scene.facts.things))]
    return sorted(range(len(boxes)), key=lambda index: boxes[index][0] + boxes[index][2])


def tellable(facts: Facts) -> bool:
    """Whether every thing that carries another can be told from all others by what `full_noun` says."""
    return all(pointing(facts, full_noun(facts.things[bond.carrier]), bond.carrier) is not None for bond in facts.bonds)


def told(
    scene: Scene, grammar: Grammar, phrases: Phrases, dice: Dice, share: float, order: Sequence[int]
) -> tuple[str, list[Claim]]:
    """All of a scene in sentences, and the claims they make. Its facts are `tellable`.

    Args:
        scene: the scene.
        grammar: the language.
        phrases: phrasings of `told_setting`, `told_things`, `told_on`, `told_inside`, `told_holding`, `told_relation`.
        dice: the stream.
        share: how often each of time, season and weather is said.
        order: of the things.
    """
    facts = scene.facts
    also: tuple[Property, ...] = ("facing",) if dice.happens(0.4) else ()
    nouns = [full_noun(thing, *also) for thing in facts.things]
    carried = {bond.carried for bond in facts.bonds}
    claimed: list[Claim] = [counted(each, facts) for each, _ in grouped([nouns[index] for index in order])]
    free = grouped([nouns[index] for index in order if index not in carried])
    things = grammar.listed([grammar.noun(each, count) for each, count in free])
    sentences = [say(phrases, "told_things", dice, things=things)]
    for bond in facts.bonds:
        carrier, load = pointing(facts, nouns[bond.carrier], bond.carrier), nouns[bond.carried]
        assert carrier is not None
        a, b = (carrier, load) if bond.name == "holding" else (load, carrier)
        claimed.append(Related(name=bond.name, a=a, b=b))
        slots = {"carrier": grammar.noun(carrier, article="the"), "load": grammar.noun(load)}
        sentences.append(say(phrases, f"told_{bond.name}", dice, **slots))
    forms = dice.shuffled(phrases["told_relation"])  # no two sentences alike
    for form, relation in zip(forms, seen(scene, dice, limit=3), strict=False):
        first, second = (pointing(facts, nouns[index], index) for index in (relation.a, relation.b))
        if first is None or second is None:
            continue
        claimed.append(Related(name=relation.name, a=first, b=second))
        slots = {"a": grammar.noun(first, article="the"), "b": grammar.noun(second, article="the")}
        sentences.append(say({"": [form]}, "", dice, relation=grammar.relation(relation.name), **slots))
    setting = plays(facts.setting, dice, share)
    claimed.append(setting)
    where = say(phrases, "told_setting", dice, where=grammar.plays(setting))
    return grammar.joined([where, *sentences] if dice.happens(0.7) else [*sentences, where]), claimed
