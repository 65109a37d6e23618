"""The sorts of rounds: a new edit by name or by pronoun, the same again, a step back, something brought back …"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from mini4o.storybook.claims import Noun
from mini4o.storybook.edits import SETTING_EDITS, Edit, Recolour, Remove
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import say
from mini4o.storybook.tasks.describing import OF_A_PART, noun
from mini4o.storybook.tasks.editing.chain import Chain, Round, State, back, differences, likewise
from mini4o.storybook.tasks.editing.proposing import EDIT_TYPES, EditType, name_of, whither
from mini4o.storybook.tasks.editing.single import orders
from mini4o.storybook.tasks.editing.wording import Order, counted, order

Sort: TypeAlias = Callable[[Chain], Round | None]

_TYPES: dict[EditType, float] = dict.fromkeys(EDIT_TYPES, 1.0) | {
    "add": 3.0,
    "remove": 1.5,
    "recolour": 2.0,
    "resize": 1.5,
    "state": 1.5,
    "weather": 0.5,
    "season": 0.5,
    "time": 0.5,
}
_OF_IT: tuple[EditType, ...] = ("recolour", "resize", "move", "turn", "state", "text")
_END_OF_IT: tuple[EditType, ...] = ("remove", "replace")
_ALSO = ("recolour", "bigger", "smaller", "large", "small", "turn_around")  # "make it bigger too"
_PRONOUNS = {"girl": "she", "boy": "he", "king": "he", "cook": None}  # a cook may be of either


def next_round(chain: Chain) -> Round | None:
    """The next round, of any sort that is possible; None if none is."""
    shares: dict[Sort, float] = dict(_SORTS) if chain.rounds else {_by_name: 4.0}
    while shares:
        sort = chain.dice.pick(list(shares), list(shares.values()))
        done = sort(chain)
        if done is not None:
            return done
        shares[sort] -= 1.0  # a sort that is often wanted is tried again: its edit is by chance
        if shares[sort] <= 0:
            del shares[sort]
    return None


def _by_name(chain: Chain) -> Round | None:
    """A new edit that names its thing."""
    done = _drawn(chain, chain.now, chain.latest, "name")
    if done is not None and chain.rounds and chain.dice.happens(0.5):
        return _led_in(chain, done, "then")
    return done


def _from_first(chain: Chain) -> Round | None:
    """A new edit of the first picture, all the others forgotten."""
    if chain.latest < 3 or chain.now.scene == chain.states[0].scene:
        return None
    done = _drawn(chain, chain.states[0], 1, "from_first")
    return None if done is None else _led_in(chain, done, "from_first")


def _drawn(
    chain: Chain,
    state: State,
    source: int,
    reference: str,
    types: Sequence[EditType] = (),
    known: tuple[int, Noun, str] | None = None,
) -> Round | None:
    """An edit by chance of a state: of the first of these types that is possible; of any type and thing by chance."""
    dice = chain.dice
    tries = 16 if chain.split in ("train", "heldout") else 200  # of a small split, few edits keep a scene in it
    for type_ in types or [dice.pick(list(_TYPES), list(_TYPES.values()))]:
        found = orders(state.facts, type_, whither(type_, dice), chain.split, chain.language, dice, tries, known)
        for edit, told in islice(found, 3):
            after = chain.after(state, edit)
            if after is not None:
                return _round(after, source, reference, edit, told)
    return None


def _round(after: State, source: int, reference: str, edit: Edit, told: Order) -> Round:
    """A round that says an edit as its order does."""
    about = None if isinstance(edit, (Remove, *SETTING_EDITS)) else after.who[edit.index]
    return Round(told.text, edit.type, reference, told.skeleton, source, after, told.claims, edit, told, None, about)


def _led_in(chain: Chain, done: Round, key: str) -> Round:
    """A round whose instruction goes on after other words: "now …"."""
    inner = done.text[:1].lower() + done.text[1:]
    return replace(done, text=say(phrasebook("rounds", chain.language), key, chain.dice, order=inner))


def _by_pronoun(chain: Chain) -> Round | None:
    """Another edit of "it": of what the last one was about."""
    index, dice, ways = chain.index(chain.about), chain.dice, phrasebook("rounds", chain.language)
    if index is None or chain.last is None:
        return None
    facts = chain.now.facts
    kind = facts.things[index].kind
    pronoun, meant = _PRONOUNS.get(kind, "it"), name_of(facts, index, dice)
    if pronoun is None or meant is None:
        return None
    types = [each for each in _types_for(kind, chain) if each != chain.last.type]
    known = index, meant, ways[pronoun][0]
    done = _drawn(chain, chain.now, chain.latest, "pronoun", types, known)
    if done is None or done.order is None:
        return None
    slots, done = done.order.slots, replace(done, pronoun=known[2])
    if done.skeleton in _ALSO and chain.last.type in _OF_IT and dice.happens(0.6):  # nothing is new "too"
        return replace(done, text=say(ways, f"also_{done.skeleton}", dice, **slots))
    return _led_in(chain, done, "then") if dice.happens(0.6) else done


def _types_for(kind: str, chain: Chain) -> list[EditType]:
    """Types of edits of a thing that is not called by its name, in any order; seldom those that end it."""
    types = [each for each in _OF_IT if each != "state" or kind not in OF_A_PART]
    return chain.dice.shuffled(_END_OF_IT if chain.dice.happens(0.12) else types)


def _by_addition(chain: Chain) -> Round | None:
    """An edit of "the ball you added"."""
    facts, dice = chain.now.facts, chain.dice
    there = [index for index in map(chain.index, chain.now.added) if index is not None]
    kinds = [facts.things[index].kind for index in there]
    there = [index for index in there if kinds.count(facts.things[index].kind) == 1]
    there = [index for index in there if chain.now.who[index] != chain.about]
    if not there:
        return None
    index = dice.pick(there)
    kind = facts.things[index].kind
    bare = grammar(chain.language).noun(Noun(kind=kind), article="the")
    name = dice.pick(phrasebook("rounds", chain.language)["added"]).format(thing=bare)
    known = index, name_of(facts, index, dice) or Noun(kind=kind), name
    return _drawn(chain, chain.now, chain.latest, "added", _types_for(kind, chain), known)


def _same(chain: Chain) -> Round | None:
    """The last edit once more, for another thing: "do the same to the cat"."""
    facts, last = chain.now.facts, chain.last
    others = [index for index, who in enumerate(chain.now.who) if last is not None and who != last.about]
    return _again(chain, "same", chain.dice.shuffled(others)) if facts.things else None


def _other(chain: Chain) -> Round | None:
    """The last edit for the only other thing of that kind: "now the other one"."""
    facts, last = chain.now.facts, chain.last
    if last is None or last.order is None or last.order.said is None:
        return None
    kind = last.order.said.kind
    others = [
        index for index, who in enumerate(chain.now.who) if who != last.about and facts.things[index].kind == kind
    ]
    return _again(chain, "other", others) if len(others) == 1 else None


def _again(chain: Chain, reference: str, options: list[int]) -> Round | None:
    """The last edit for one of these things."""
    facts, last, dice = chain.now.facts, chain.last, chain.dice
    words, ways = grammar(chain.language), phrasebook("rounds", chain.language)
    if last is None or last.edit is None:
        return None
    for index in options:
        edit, meant = likewise(last, facts, index), name_of(facts, index, dice)
        if edit is None or meant is None:
            continue
        after = chain.after(chain.now, edit)
        name = words.noun(meant, article="the")
        told = order(facts, after.facts, edit, dice, chain.language, (meant, name)) if after else None
        if after is None or told is None:
            continue
        kind = facts.things[index].kind
        slots = {"thing": name, "kind": words.value("kind", kind), "one": words.value("count", 1, kind)}
        text = say(ways, reference, dice, **slots)
        done = _round(after, chain.latest, reference, edit, told)
        return replace(done, text=text, skeleton=last.skeleton)
    return None


def _undo(chain: Chain) -> Round | None:
    """The picture before the last one, once more."""
    if not chain.rounds or chain.rounds[-1].reference in ("undo", "first", "from_first"):
        return None
    return _returned(chain, "undo", chain.latest - 1)


def _first(chain: Chain) -> Round | None:
    """The first picture once more."""
    if chain.latest < 3 or chain.rounds[-1].reference == "undo":
        return None
    return _returned(chain, "first", 1)


def _returned(chain: Chain, reference: str, number: int) -> Round | None:
    """A picture of the chain once more, in exactly its pixels."""
    state = chain.states[number - 1]
    claims = differences(chain.now.facts, state.facts)
    if state.scene == chain.now.scene:
        return None
    text = say(phrasebook("rounds", chain.language), reference, chain.dice)
    return Round(text, reference, reference, reference, number, state, claims)


def _restore(chain: Chain) -> Round | None:
    """Brings back what was removed: the same thing at the same place."""
    now, dice, words = chain.now, chain.dice, grammar(chain.language)
    if not now.gone:
        return None
    gone = dice.pick(now.gone)
    edit = back(now, gone)
    after = chain.after(now, edit) if edit else None
    said = name_of(after.facts, after.who.index(gone.who), dice) if after else None
    if after is None or said is None or sum(said.fits(each.thing) for each in now.gone) > 1:
        return None
    known = noun(gone.thing, "colour", "state", "text")
    claims = [counted(known, after.facts)]
    text = say(phrasebook("rounds", chain.language), "restore", dice, thing=words.noun(said, article="the"))
    return Round(text, "restore", "restore", "restore", chain.latest, after, tuple(claims), edit, None, None, gone.who)


def _as_at_first(chain: Chain) -> Round | None:
    """Gives a thing the colour back that it had in the first picture."""
    first, facts, dice = chain.states[0], chain.now.facts, chain.dice
    for who in dice.shuffled([who for who in chain.now.who if who in first.who]):
        index = chain.now.who.index(who)
        thing, colour = facts.things[index], first.facts.things[first.who.index(who)].colour
        if colour is None or colour == thing.colour or thing.of.family == "people" or thing.kind == "tree":
            continue
        edit = Recolour(index=index, colour=colour)
        after = chain.after(chain.now, edit)
        told = order(facts, after.facts, edit, dice, chain.language) if after else None
        if after is not None and told is not None:
            text = say(phrasebook("rounds", chain.language), "as_at_first", dice, **told.slots)
            return replace(_round(after, chain.latest, "as_at_first", edit, told), text=text)
    return None


# How often each sort is wanted, if it is possible.
_SORTS: dict[Sort, float] = {
    _by_name: 3.0,
    _by_pronoun: 3.0,
    _by_addition: 2.5,
    _same: 2.0,
    _other: 4.0,
    _undo: 0.8,
    _first: 0.4,
    _from_first: 0.4,
    _restore: 2.5,
    _as_at_first: 1.0,
}
