"""Simple instructions without a picture, most of which have one exact answer."""

from mini4o.storybook import imagine
from mini4o.storybook.claims import Noun
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.language import grammar
from mini4o.storybook.palette import COLOURS
from mini4o.storybook.scene import BONDS, can
from mini4o.storybook.tasks.describing import DIRECTIONS, full_noun
from mini4o.storybook.tasks.text.talk import Desk, Exchange, Write

# Plain words for plain groups: an umbrella is no toy, a mushroom no plant, and a teddy bear might be called an animal.
GROUPS: dict[str, tuple[str, ...]] = {
    **{
        family: tuple(kind.name for kind in FIRST_VOLUME.values() if kind.family == family and kind.name != "mushroom")
        for family in ("people", "animals", "plants", "vehicles", "food")
    },
    "toys": ("ball", "balloon", "kite", "drum", "robot", "block"),
}


def _families(desk: Desk, count: int) -> list[str]:
    """So many different groups; of plants and food at most one, for an apple is both."""
    order = desk.dice.shuffled(list(GROUPS))
    order.remove(max(("plants", "food"), key=order.index))
    return order[:count]


def _list_family(desk: Desk) -> Exchange:
    family, count = desk.dice.pick(list(GROUPS)), 3 + desk.dice.below(2)
    members = [desk.kind(name) for name in GROUPS[family]]
    chosen = desk.dice.sample(members, count)
    question = desk.say("list", number=desk.grammar.value("number", count), family=desk.word(f"family_{family}"))
    reply = desk.say("list_reply", list=desk.grammar.listed(chosen))
    return Exchange("list", question, reply, facts={"members": members, "count": count})


def _which_is(desk: Desk) -> Exchange:
    families = _families(desk, 4)
    names = [desk.dice.pick(GROUPS[family]) for family in families]
    options = desk.dice.shuffled(names)
    one, answer = desk.word(f"one_{families[0]}"), desk.kind(names[0])
    question = desk.say("which", one=one, list=desk.row_of([desk.kind(name) for name in options]))
    thought = desk.say("which_thought", answer=answer, one=one)
    return Exchange(
        "which", question, desk.say("reply", answer=answer), answer, thought, f"{families[0]} {sorted(options)}"
    )


def _odd_one(desk: Desk) -> Exchange:
    family, other = _families(desk, 2)
    odd, same = desk.dice.pick(GROUPS[other]), desk.dice.sample(GROUPS[family], 3)
    options = desk.dice.shuffled([odd, *same])
    answer = desk.kind(odd)
    thought = desk.say(
        "odd_thought",
        list=desk.grammar.listed([desk.kind(name) for name in options if name != odd]),
        family=desk.word(f"family_{family}"),
        answer=answer,
    )
    question = desk.say("odd", list=desk.row_of([desk.kind(name) for name in options]))
    return Exchange("odd", question, desk.say("reply", answer=answer), answer, thought, f"{sorted(options)}")


def _how_many_are(desk: Desk) -> Exchange:
    family, *others = _families(desk, 4)
    members = desk.dice.sample(GROUPS[family], 1 + desk.dice.below(3))
    rest = [desk.dice.pick(GROUPS[other]) for other in others]
    options = desk.dice.shuffled([*members, *rest[: 1 + desk.dice.below(3)]])
    found = [desk.kind(name) for name in options if name in members]
    named = desk.word(f"family_{family}")
    question = desk.say("how_many_are", family=named, list=desk.row_of([desk.kind(name) for name in options]))
    thought = desk.say("how_many_are_thought", list=desk.grammar.listed(found), count=len(found), family=named)
    answer, also = _number("how_many_are_also", desk, len(found))
    reply, content = desk.say("reply", answer=answer), f"{sorted(options)}"
    return Exchange("how_many_are", question, reply, answer, thought, content, also=also)


def _number(key: str, desk: Desk, number: int) -> tuple[str, tuple[str, ...]]:
    """A number as an answer, and the other ways to say it."""
    return str(number), desk.ways(
        key, digits=number, word=desk.number(number), count=desk.grammar.value("count", number)
    )


def _is_a(desk: Desk) -> Exchange:
    yes = desk.dice.happens(0.5)
    family, other = _families(desk, 2)
    name = desk.dice.pick(GROUPS[family if yes else other])
    words = {"words": desk.grammar.value("kinds", name), "family": desk.word(f"family_{family}")}
    words["real"] = desk.word(f"family_{family if yes else other}")
    said = "yes" if yes else "no"
    question, reply = desk.say("is_a", **words), desk.say(f"is_a_{said}", **words)
    also = (*desk.also(said), *desk.ways(f"is_a_{said}", **words))
    return Exchange("is_a", question, reply, desk.word(said), also=also)


def _known(table: str) -> Write:
    """Questions whose answers stand in a table: opposites, colours, mixtures, what comes next."""

    def write(desk: Desk) -> Exchange:
        asked, answer = desk.row(f"{table}_table")
        also = _colour_also(desk, answer)
        return Exchange(table, desk.say(table, asked=asked), desk.say("reply", answer=answer), answer, also=also)

    return write


def _colour_also(desk: Desk, answer: str) -> tuple[str, ...]:
    """Other words for a colour; none for anything else."""
    colour = next((colour for colour in COLOURS if desk.grammar.value("colour", colour) == answer), None)
    return () if colour is None else tuple(desk.answers[f"colour/{colour}"])


def _sorted(desk: Desk) -> Exchange:
    skeleton = desk.dice.pick(("sort_up", "sort_down"))
    numbers = desk.dice.sample(range(1, 31), 3 + desk.dice.below(3))
    answer = desk.row_of(sorted(numbers, reverse=skeleton == "sort_down"))
    question = desk.say(skeleton, list=desk.row_of(numbers))
    return Exchange(skeleton, question, desk.say("reply", answer=answer), answer, None, f"{sorted(numbers)}")


def _more(desk: Desk) -> Exchange:
    skeleton = desk.dice.pick(("more", "less"))
    numbers = desk.dice.sample(range(1, 31), 2)
    found = max(numbers) if skeleton == "more" else min(numbers)
    question, reply = desk.say(skeleton, a=numbers[0], b=numbers[1]), desk.say("reply", answer=found)
    return Exchange(skeleton, question, reply, str(found), None, f"{sorted(numbers)}", also=(desk.number(found),))


def _neighbour(desk: Desk) -> Exchange:
    skeleton, number = desk.dice.pick(("after", "before")), 1 + desk.dice.below(29)
    found = number + 1 if skeleton == "after" else number - 1
    question, reply = desk.say(skeleton, number=number), desk.say("reply", answer=found)
    return Exchange(skeleton, question, reply, str(found), also=(desk.number(found),))


def _spell(desk: Desk) -> Exchange:
    words = [grammar("en").value("kind", name) for name in FIRST_VOLUME]
    word = desk.dice.pick([word for word in words if " " not in word])
    answer = "-".join(word)
    return Exchange("spell", desk.say("spell", word=word), desk.plain(answer), answer)


def _letters(desk: Desk) -> Exchange:
    """How long a word is, and how it begins: letters in English, characters in Chinese."""
    words = [word for word in map(desk.kind, FIRST_VOLUME) if " " not in word and len(word) > 1]
    word, skeleton = desk.dice.pick(words), desk.dice.pick(("length", "first_letter", "last_letter"))
    question = desk.say(skeleton, word=word)
    if skeleton == "length":
        answer, also = _number("length_also", desk, len(word))
        thought = desk.say("length_thought", letters=desk.row_of(word), count=len(word))
        return Exchange(skeleton, question, desk.plain(answer), answer, thought, also=also)
    answer = word[0 if skeleton == "first_letter" else -1]
    return Exchange(skeleton, question, desk.plain(answer), answer)


def _translate(desk: Desk) -> Exchange:
    name = desk.dice.pick(list(FIRST_VOLUME))
    ours = desk.kind(name)
    answer = next(
        word for word in (grammar("zh").value("kind", name), grammar("en").value("kind", name)) if word != ours
    )
    return Exchange("translate", desk.say("translate", word=ours), desk.plain(answer), answer)


def _repeat(desk: Desk) -> Exchange:
    dice = desk.dice
    skeleton = dice.pick(("repeat", "repeat_twice"))
    phrase = desk.grammar.noun(full_noun(imagine.thing(dice, dice.pick(list(FIRST_VOLUME.values())))))
    answer = phrase if skeleton == "repeat" else desk.word("twice").join((phrase, phrase))
    return Exchange(skeleton, desk.say(skeleton, phrase=phrase), answer, answer, None, phrase)


def _place_in_list(desk: Desk) -> Exchange:
    names = desk.dice.sample(list(FIRST_VOLUME), 3 + desk.dice.below(2))
    index = desk.dice.below(len(names))
    answer = desk.kind(names[index])
    question = desk.say("nth", nth=desk.words["ordinals"][index], list=desk.row_of([desk.kind(name) for name in names]))
    return Exchange("nth", question, desk.say("reply", answer=answer), answer, None, f"{sorted(names)}")


def _backwards(desk: Desk) -> Exchange:
    names = [desk.kind(name) for name in desk.dice.sample(list(FIRST_VOLUME), 3 + desk.dice.below(2))]
    answer = desk.row_of(names[::-1])
    question = desk.say("backwards", list=desk.row_of(names))
    return Exchange("backwards", question, desk.say("reply", answer=answer), answer, None, f"{sorted(names)}")


def _sentence(desk: Desk) -> Exchange:
    """A sentence of two nouns and a relation that can be between them."""
    dice, language = desk.dice, desk.grammar
    name = dice.pick((*BONDS, *(each for each in DIRECTIONS if each not in ("above", "below"))))
    kinds = [kind for kind in FIRST_VOLUME.values() if kind.family != "sky"]
    pairs = [(a, b) for a in dice.sample(kinds, 12) for b in kinds if a != b and (name not in BONDS or can(name, a, b))]
    if not pairs:
        return _sentence(desk)
    a, b = dice.pick(pairs)
    slots = {"first": desk.kind(a.name), "relation": language.relation(name), "second": desk.kind(b.name)}
    answer = desk.say(
        "statement", clause=language.clause(language.noun(Noun(kind=a.name)), name, language.noun(Noun(kind=b.name)))
    )
    return Exchange("sentence", desk.say("sentence", **slots), answer, answer, None, f"{a.name} {name} {b.name}")


INSTRUCTIONS: tuple[Write, ...] = (
    _list_family,
    _which_is,
    _odd_one,
    _how_many_are,
    _is_a,
    _known("opposite"),
    _known("colour"),
    _known("mix"),
    _known("next"),
    _sorted,
    _more,
    _neighbour,
    _spell,
    _letters,
    _translate,
    _repeat,
    _place_in_list,
    _backwards,
    _sentence,
)
