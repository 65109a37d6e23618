"""Drawing: a request in, a picture out that shows what was asked for and nothing else.

What a request does not say (a size, a state, the setting …) is free in its picture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mini4o.conversation.parts import parse_conversation
from mini4o.storybook import imagine
from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Shows
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds.registry import Kind
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import Grammar, Phrases, say
from mini4o.storybook.palette import Colour
from mini4o.storybook.scene import BONDS, Facts, Relation, RelationName, Scene, Thing
from mini4o.storybook.tasks.base import Item, Request, Task, picture_of, scene_in
from mini4o.storybook.tasks.describing import brief_noun, counted, full_noun, noun, plays, sayable, tellable, told

Category = Literal["single", "two", "counting", "colours", "position", "binding"]

# Far trees, pale houses, flowers, stars and the like are part of some backdrops, so "no tree" would be doubtful.
_BACKDROP = ("tree", "fir", "flower", "house", "star", "cloud", "boat", "lamp", "sun", "moon")
_ALONE = ("sun", "moon", "rainbow")  # nobody asks for two of them
_RELATIONS: dict[RelationName, float] = {
    **dict.fromkeys(("left of", "right of", "above", "below"), 2.0),
    **dict.fromkeys(("in front of", "behind", "next to", "on", "inside", "holding"), 1.0),
}


@dataclass(frozen=True)
class Order:
    """A request in words, the scene that answers it, what it states, and the category in which it is scored."""

    skeleton: str
    text: str
    scene: Scene
    claims: Sequence[Claim]
    category: Category | None = None


@dataclass(frozen=True)
class _Desk:
    """What every kind of order is written with."""

    request: Request
    dice: Dice
    grammar: Grammar
    words: Phrases

    def scene(self, draw: Callable[[Dice], Facts | None]) -> Scene:
        return scene_in(self.request.split, self.dice, draw)

    def setting(self, scene: Scene, share: float) -> Plays | None:
        """The setting in this share of cases, the whole of it or a part."""
        return plays(scene.facts.setting, self.dice, 0.5) if self.dice.happens(share) else None

    def say(self, key: str, setting: Plays | None, **slots: object) -> str:
        """A phrasing of a skeleton; of its form with the setting if there is one to say."""
        if setting is not None:
            key, slots = f"{key}_where", {**slots, "where": self.grammar.plays(setting)}
        return say(self.words, key, self.dice, **slots)

    def things(self, nouns: Sequence[Noun]) -> str:
        """The nouns as a list, one thing each."""
        return self.grammar.listed([self.grammar.noun(each) for each in nouns])


# ---- orders


def _short(desk: _Desk) -> Order:
    skeleton = desk.dice.pick(("single", "coloured", "two", "described", "bond"), (2, 2, 2, 2, 1))

    def draw(dice: Dice) -> Facts | None:
        count = 2 if skeleton == "two" or (skeleton == "described" and dice.happens(0.4)) else 1
        if skeleton == "bond":
            return _bonded(dice, dice.pick(BONDS))
        facts = _different(dice, count, lambda kind: bool(kind.colours) or skeleton != "coloured")
        return None if facts and skeleton == "coloured" and not sayable(facts.things[0], "colour") else facts

    scene = desk.scene(draw)
    if skeleton == "bond":
        return _related(desk, scene, skeleton, [brief_noun(thing, desk.dice) for thing in scene.facts.things], 0.5)
    if skeleton == "described":
        nouns = [full_noun(thing, *(("facing",) if desk.dice.happens(0.3) else ())) for thing in scene.facts.things]
    else:
        nouns = [noun(thing, *(("colour",) if skeleton == "coloured" else ())) for thing in scene.facts.things]
    setting = desk.setting(scene, 0.5 if skeleton == "described" else 0.2)
    categories: dict[str, Category] = {"single": "single", "coloured": "colours", "two": "two"}
    return _listed(desk, scene, skeleton, nouns, setting, categories.get(skeleton))


def _long(desk: _Desk) -> Order:
    def draw(dice: Dice) -> Facts | None:
        facts = imagine.facts(dice, count=2 + dice.below(3))
        return facts if tellable(facts) else None

    scene = desk.scene(draw)
    text, claims = told(scene, desk.grammar, desk.words, desk.dice, 0.7, range(len(scene.facts.things)))
    return Order("long", desk.grammar.joined([say(desk.words, "long", desk.dice), text]), scene, claims)


def _counted(desk: _Desk) -> Order:
    skeleton = desk.dice.pick(("counted", "counted_coloured", "counted_two"), (3, 1, 1))
    counts = [2 + desk.dice.below(4)] if skeleton != "counted_two" else [2 + desk.dice.below(2), 1 + desk.dice.below(3)]

    def draw(dice: Dice) -> Facts | None:
        coloured = skeleton == "counted_coloured"
        facts = _different(
            dice, len(counts), lambda kind: kind.name not in _ALONE and bool(kind.colours or not coloured)
        )
        if facts is None:
            return None
        things: list[Thing] = []
        for first, count in zip(facts.things, counts, strict=True):
            size = dice.pick(imagine.SIZES if sum(counts) < 3 else imagine.SIZES[:2])  # many large ones hardly fit
            for _ in range(count):
                change: dict[str, Any] = {"size": size}
                if coloured:
                    change["colour"] = first.colour
                things.append(imagine.thing(dice, first.of).model_copy(update=change))
        if coloured and not all(sayable(thing, "colour") for thing in things):
            return None
        return Facts.model_construct(setting=facts.setting, things=tuple(things), relations=())

    scene = desk.scene(draw)
    firsts = [scene.facts.things[0], scene.facts.things[-1]][: len(counts)]
    nouns = [noun(first, *(("colour",) if skeleton == "counted_coloured" else ())) for first in firsts]
    said = desk.grammar.listed([desk.grammar.noun(*each) for each in zip(nouns, counts, strict=True)])
    setting = desk.setting(scene, 0.2)
    claims: list[Claim] = [*(counted(each, scene.facts) for each in nouns), *([setting] if setting else [])]
    pure = skeleton == "counted" and setting is None
    return Order(skeleton, desk.say("draw", setting, things=said), scene, claims, "counting" if pure else None)


def _spatial(desk: _Desk) -> Order:
    name = desk.dice.pick(list(_RELATIONS), list(_RELATIONS.values()))

    def draw(dice: Dice) -> Facts | None:
        if name in BONDS:
            return _bonded(dice, name)
        facts = _different(dice, 2)
        if facts is None:
            return None
        relation = Relation(name=name, a=0, b=1)
        flies = [thing.of.flies for thing in facts.things]
        if name in ("above", "below"):
            if not flies[name == "below"]:
                return None
        elif name in ("in front of", "behind", "next to") and any(flies):
            return None
        return facts.model_copy(update={"relations": (relation,)})

    scene = desk.scene(draw)
    pure = desk.dice.happens(0.6)
    nouns = [noun(thing) if pure else brief_noun(thing, desk.dice) for thing in scene.facts.things]
    return _related(desk, scene, "spatial" if pure else "spatial_described", nouns, 0.2, "position" if pure else None)


def _negated(desk: _Desk) -> Order:
    skeleton = desk.dice.pick(("not_kind", "not_kinds", "not_colour_one", "not_colour_many"), (3, 1, 1, 1))
    dice = desk.dice
    if skeleton in ("not_kind", "not_kinds"):
        scene = desk.scene(lambda dice: _different(dice, 1 + dice.below(3)))
        shown = {thing.kind for thing in scene.facts.things}
        likely = [kind.name for kind in imagine.kinds_for(scene.facts.setting) if kind.name not in (*_BACKDROP, *shown)]
        absent = [Noun(kind=kind) for kind in dice.sample(likely, 2 if skeleton == "not_kinds" else 1)]
        nouns = [brief_noun(thing, dice) for thing in scene.facts.things]
        missing = [desk.grammar.noun(each, 2, "none") for each in absent]  # "no balloons", "no cats and no dogs"
        slots = {"things": desk.things(nouns), "absent": missing[0], "second": missing[-1]}
        claims: list[Claim] = [counted(each, scene.facts) for each in nouns]
    else:
        count = 1 if skeleton == "not_colour_one" else 2 + dice.below(2)

        def draw(dice: Dice) -> Facts | None:
            facts = _different(dice, 1, _plain, count)
            return facts if facts and _unused(facts) else None

        scene = desk.scene(draw)
        colour = dice.pick(_unused(scene.facts))
        absent = [Noun(kind=scene.facts.things[0].kind, colour=colour)]
        shows = Noun(kind=scene.facts.things[0].kind)
        slots = {"things": desk.grammar.noun(shows, count), "colour": desk.grammar.value("colour", colour)}
        claims = [Shows(noun=shows, count=count)]
    setting = desk.setting(scene, 0.3)
    claims += [*(Lacks(noun=each) for each in absent), *([setting] if setting else [])]
    return Order(skeleton, desk.say(skeleton, setting, **slots), scene, claims)


def _binding(desk: _Desk) -> Order:
    skeleton = desk.dice.pick(("colours", "sizes", "states", "same_kind", "several"), (3, 1, 1, 2, 1))
    said: dict[str, tuple[Literal["colour", "size", "state"], ...]] = {
        "colours": ("colour",),
        "sizes": ("size",),
        "states": ("state",),
        "same_kind": (desk.dice.pick(("colour", "colour", "size", "state")),),
        "several": ("colour", "size"),
    }
    count = 3 if skeleton == "colours" and desk.dice.happens(0.3) else 2

    def draw(dice: Dice) -> Facts | None:
        def fits(kind: Kind) -> bool:
            return bool({"colour": kind.colours, "state": kind.states, "size": True}[said[skeleton][0]])

        facts = _different(dice, 1, fits, 2) if skeleton == "same_kind" else _different(dice, count, fits)
        if facts is None:
            return None
        if "size" in said[skeleton]:
            sizes = dice.shuffled(("small", "large"))
            things = [thing.model_copy(update={"size": size}) for thing, size in zip(facts.things, sizes, strict=True)]
            facts = facts.model_copy(update={"things": tuple(things)})
        seen = all(sayable(thing, name) for thing in facts.things for name in said[skeleton])
        values = {getattr(thing, said[skeleton][0]) for thing in facts.things}
        return facts if seen and (skeleton == "states" or len(values) == len(facts.things)) else None

    scene = desk.scene(draw)
    nouns = [noun(thing, *said[skeleton]) for thing in scene.facts.things]
    setting = desk.setting(scene, 0.2)
    return _listed(desk, scene, skeleton, nouns, setting, "binding")


# ---- parts of orders


def _plain(kind: Kind) -> bool:
    """Whether one can ask for "a red one": not for people, whose clothes are red, nor for trees, whose leaves are."""
    return len(kind.colours) > 2 and kind.family not in ("people", "sky") and kind.name != "tree"


def _unused(facts: Facts) -> list[Colour]:
    """The colours that things of one kind might have and that none of them has."""
    used = {thing.colour for thing in facts.things}
    return [colour for colour in facts.things[0].of.colours if colour not in used]


def _different(dice: Dice, kinds: int, fits: Callable[[Kind], bool] = lambda _: True, each: int = 1) -> Facts | None:
    """Things of so many kinds, `each` of every kind, without relations; None if the setting has too few."""
    where = imagine.setting(dice)
    pool = [kind for kind in imagine.kinds_for(where) if fits(kind) and (each == 1 or kind.name not in _ALONE)]
    chosen: list[Kind] = []
    for _ in range(kinds):
        left = [kind for kind in pool if kind not in chosen]
        if not left:
            return None
        family = dice.pick(sorted({kind.family for kind in left}))
        chosen.append(dice.pick([kind for kind in left if kind.family == family]))
    things = tuple(imagine.thing(dice, kind) for kind in chosen for _ in range(each))
    return Facts.model_construct(setting=where, things=things, relations=())


def _bonded(dice: Dice, name: RelationName) -> Facts | None:
    """One thing that carries another in this way; None if that came to nothing."""
    where = imagine.setting(dice)
    able = {"on": "top", "inside": "inside", "holding": "hand"}[name]
    carriers = [kind for kind in imagine.kinds_for(where) if getattr(kind, able) is not None]
    if not carriers:
        return None
    things, relations = [imagine.thing(dice, dice.pick(carriers))], list[Relation]()
    imagine.carry(dice, things, relations)
    if not relations or relations[0].name != name or things[0].kind == things[1].kind:
        return None
    return Facts.model_construct(setting=where, things=tuple(things), relations=tuple(relations))


def _listed(
    desk: _Desk,
    scene: Scene,
    skeleton: str,
    nouns: Sequence[Noun],
    setting: Plays | None,
    category: Category | None,
) -> Order:
    """An order for a list of things; one that also says the setting is outside the categories."""
    claims: list[Claim] = [*(counted(each, scene.facts) for each in nouns), *([setting] if setting else [])]
    text = desk.say("draw", setting, things=desk.things(nouns))
    return Order(skeleton, text, scene, claims, None if setting else category)


def _related(
    desk: _Desk, scene: Scene, skeleton: str, nouns: Sequence[Noun], share: float, category: Category | None = None
) -> Order:
    """An order for two things in the one relation of the scene."""
    relation = scene.facts.relations[0]
    a, b = nouns[relation.a], nouns[relation.b]
    setting = desk.setting(scene, share)
    key = "held" if relation.name == "holding" else "put" if relation.name in BONDS else "beside"
    text = desk.say(
        key, setting, a=desk.grammar.noun(a), relation=desk.grammar.relation(relation.name), b=desk.grammar.noun(b)
    )
    claims: list[Claim] = [counted(a, scene.facts), counted(b, scene.facts), Related(name=relation.name, a=a, b=b)]
    claims += [setting] if setting else []
    return Order(skeleton, text, scene, claims, None if setting else category)


# ---- tasks


def _desk(request: Request, task: str) -> _Desk:
    return _Desk(request, request.dice(task), grammar(request.language), phrasebook("drawing", request.language))


def _drawn(request: Request, scene: Scene) -> list[dict[str, Any]]:
    """The picture as a drawing and read again; its size is said where it is not square."""
    picture = picture_of(scene, request)
    width, height = picture.size
    size = {} if width == height else {"size": (width, height)}
    return [{"type": "image_gen", "image": picture, **size}, {"type": "image", "image": picture}]


def _task(name: str, write: Callable[[_Desk], Order], about: str) -> Task:
    """A task whose requests are written in one way. facts: skeleton, claims, category."""

    def task(request: Request) -> Item:
        order = write(_desk(request, name))
        facts = {
            "task": name,
            "skeleton": order.skeleton,
            "claims": [claim.model_dump() for claim in order.claims],
            "category": order.category,
        }
        conversation = parse_conversation(
            [{"role": "user", "content": order.text}, {"role": "assistant", "content": _drawn(request, order.scene)}]
        )
        return Item(conversation, (order.scene,), facts)

    task.__name__, task.__doc__ = name, about
    return task


def think_then_draw(request: Request) -> Item:
    """A request of any sort, then a plan in words (things, colours, places on the page), then the picture.

    facts: skeleton, claims, category as for the request; plan: [{"noun", "at"}], back to front.
    """
    desk = _desk(request, "think_then_draw")
    order = desk.dice.pick((_short, _long, _counted, _spatial, _binding), (2, 3, 1, 2, 2))(desk)
    plan, thought = _plan(desk, order.scene)
    facts = {
        "task": "think_then_draw",
        "skeleton": order.skeleton,
        "claims": [claim.model_dump() for claim in order.claims],
        "category": order.category,
        "plan": plan,
    }
    answer = [{"type": "think", "text": thought}, *_drawn(request, order.scene)]
    asked = {"role": "user", "content": order.text}
    conversation = parse_conversation([asked, {"role": "assistant", "content": answer}])
    return Item(conversation, (order.scene,), facts)


def _plan(desk: _Desk, scene: Scene) -> tuple[list[dict[str, Any]], str]:
    """The plan as values and in words: the setting, then each thing with the ninth of the page where its middle is."""
    plan: list[dict[str, Any]] = []
    parts: list[str] = []
    for index in scene.order:
        thing = scene.facts.things[index]
        left, bottom, right, top = scene.box(index)
        column = min(2, max(0, int(1.5 * (left + right) / scene.width)))
        row = min(2, max(0, int(1.5 * (bottom + top) / scene.height)))
        at = f"at_{('lower', 'middle', 'upper')[row]}_{('left', 'middle', 'right')[column]}"
        said = full_noun(thing, "size", "facing")
        plan.append({"noun": said.model_dump(), "at": at.removeprefix("at_").replace("_", " ")})
        parts.append(desk.words["plan_part"][0].format(thing=desk.grammar.noun(said), at=desk.words[at][0]))
    where = desk.grammar.plays(plays(scene.facts.setting, desk.dice))
    return plan, say(desk.words, "plan", desk.dice, where=where, parts=desk.words["plan_break"][0].join(parts))


def reconstruct(request: Request) -> Item:
    """A picture in, the same out, drawn from what was read alone. facts: skeleton, claims (all there is), category."""
    desk = _desk(request, "reconstruct")
    scene = desk.scene(imagine.facts)
    drawn = _drawn(request, scene)
    nouns = dict.fromkeys(full_noun(thing, "size", "facing") for thing in scene.facts.things)
    claims: list[Claim] = [*(counted(each, scene.facts) for each in nouns), plays(scene.facts.setting, desk.dice)]
    asked = [drawn[1], {"type": "text", "text": say(desk.words, "again", desk.dice)}]
    facts = {
        "task": "reconstruct",
        "skeleton": "again",
        "claims": [claim.model_dump() for claim in claims],
        "category": None,
    }
    conversation = parse_conversation([{"role": "user", "content": asked}, {"role": "assistant", "content": drawn}])
    return Item(conversation, (scene, scene), facts)


TASKS: dict[str, Task] = {
    "draw_short": _task("draw_short", _short, "One or two things, said in a few words."),
    "draw_long": _task("draw_long", _long, "All of a scene in several sentences."),
    "draw_counted": _task("draw_counted", _counted, "Two to five of a kind."),
    "draw_spatial": _task("draw_spatial", _spatial, "Two things and a relation."),
    "draw_negated": _task("draw_negated", _negated, "Something there, and something that must not be there."),
    "draw_binding": _task("draw_binding", _binding, "Two or three things, each with its own colour, size or state."),
    "think_then_draw": think_then_draw,
    "reconstruct": reconstruct,
}
