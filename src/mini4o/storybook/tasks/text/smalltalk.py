"""Small talk: greetings, who one talks with, and what is so in the world of the picture book."""

from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.imagine import PLACES
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.kinds.registry import Kind
from mini4o.storybook.scene import ZONES, can
from mini4o.storybook.tasks.describing import OF_A_PART
from mini4o.storybook.tasks.text.talk import Desk, Exchange, Write

GREETINGS = ("hello", "morning", "evening")
CHATS = (
    *GREETINGS,
    "who",
    "name",
    "how",
    "able",
    "draw",
    "not_able",
    "languages",
    "thanks",
    "praise",
    "bye",
    "night",
    "real",
    "learn",
)


def chat(desk: Desk) -> Exchange:
    """One of the questions about the one who answers, a greeting or a goodbye."""
    skeleton = desk.dice.pick(CHATS)
    return Exchange(skeleton, desk.say(f"{skeleton}_q"), desk.say(f"{skeleton}_a"))


def hello(desk: Desk) -> Exchange:
    """A greeting, and one that fits it."""
    skeleton = desk.dice.pick(GREETINGS, (2, 1, 1))
    return Exchange(skeleton, desk.say(f"{skeleton}_q"), desk.say(f"{skeleton}_a"))


def _table(desk: Desk) -> Exchange:
    """Seasons, weather, places, times: a table of questions and answers."""
    question, reply = desk.row("world_table")
    return Exchange("world", question, reply)


def _can_hold(desk: Desk) -> Exchange:
    """Only people hold things, and only what fits a hand."""
    yes = desk.dice.happens(0.5)
    holders = [kind for kind in FIRST_VOLUME.values() if kind.family in ("people", "animals")]
    loads = [kind for kind in FIRST_VOLUME.values() if kind.family not in ("people", "animals", "sky")]
    pairs = [(a, b) for a in holders for b in loads if can("holding", a, b) == yes]
    if not yes:  # as often because of the hands as because of the thing
        by_hand = desk.dice.happens(0.5)
        pairs = [(a, b) for a, b in pairs if (a.hand is None) == by_hand]
    a, b = desk.dice.pick(pairs)
    slots = {name: desk.grammar.noun(Noun(kind=kind.name), article="any") for name, kind in (("a", a), ("b", b))}
    ending = "yes" if yes else "no_hand" if a.hand is None else "no_grip"
    question, reply = desk.say("can_hold", **slots), desk.say(f"can_hold_{ending}", **slots)
    said = "can_yes" if yes else "can_no"
    also = (*desk.also(said), *desk.ways(f"can_hold_{ending}", **slots))
    return Exchange("can_hold", question, reply, desk.word(said), also=also)


def _can_be(desk: Desk) -> Exchange:
    """What may stand, float or fly where by itself."""
    yes = desk.dice.happens(0.5)
    bound = [kind for kind in FIRST_VOLUME.values() if kind.where != ("land", "floor")]  # not to be found everywhere
    kinds = [kind for kind in bound if kind.grip is None and not kind.small and kind.family != "sky"]
    pairs = [(kind, place) for kind in kinds for place in PLACES if bool(set(ZONES[place]) & set(kind.where)) == yes]
    kind, place = desk.dice.pick(pairs)
    thing = desk.grammar.noun(Noun(kind=kind.name), article="any")
    slots = {"thing": thing, "where": desk.grammar.plays(Plays(place=place))}
    question, said = desk.say("can_be", **slots), "can_yes" if yes else "can_no"
    slots["reason"] = desk.word(f"lives_{'_'.join(kind.where)}")
    ending = "can_be_yes" if yes else "can_be_no"
    also = (*desk.also(said), *desk.ways(ending, **slots))
    return Exchange("can_be", question, desk.say(ending, **slots), desk.word(said), also=also)


def _colours_of(desk: Desk) -> Exchange:
    kind = desk.dice.pick([kind for kind in FIRST_VOLUME.values() if 1 < len(kind.colours) < 8 and _plain(kind)])
    things = desk.grammar.value("kinds", kind.name)
    colours = desk.grammar.listed([desk.grammar.value("colour", colour) for colour in kind.colours])
    return Exchange("colours", desk.say("colours", things=things), desk.say("colours_a", things=things, list=colours))


def _states_of(desk: Desk) -> Exchange:
    kind = desk.dice.pick(
        [kind for kind in FIRST_VOLUME.values() if len(kind.states) == 2 and kind.name not in OF_A_PART]
    )
    first, second = (desk.grammar.value("state", state, kind.name) for state in kind.states)
    slots = {"thing": desk.grammar.noun(Noun(kind=kind.name), article="none")}
    slots["things"] = desk.grammar.value("kinds", kind.name)
    return Exchange("states", desk.say("states", **slots), desk.say("states_a", first=first, second=second, **slots))


def _members(desk: Desk) -> Exchange:
    family = desk.dice.pick(("people", "animals", "vehicles", "food"))
    kinds = [kind.name for kind in FIRST_VOLUME.values() if kind.family == family]
    members = [desk.grammar.value("kinds", name) for name in kinds]
    named = desk.word(f"family_{family}")
    reply = desk.say("members_a", family=named, list=desk.grammar.listed(members))
    return Exchange("members", desk.say("members", family=named), reply, facts={"members": members})


def _plain(kind: Kind) -> bool:
    """Whether its colour is the thing's own, not that of clothes or leaves."""
    return kind.family != "people" and kind.name != "tree"


WORLD: tuple[Write, ...] = (_table, _can_hold, _can_be, _colours_of, _states_of, _members)
WORLD_WEIGHTS = (3.0, 2.0, 2.0, 1.0, 1.0, 1.0)
