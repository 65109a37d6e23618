"""What the words of a caption state: the things, relations and setting that they name, by the world's own vocabulary.

Words that the world does not use say nothing here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from mini4o.storybook.claims import Noun, Plays, Related
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.language import en, grammar, zh
from mini4o.storybook.palette import COLOURS
from mini4o.storybook.scene import RelationName
from mini4o.storybook.splits import Language

MOST = 20  # of a number of things: "a hundred cats" are no more than this


@dataclass(frozen=True)
class Mention:
    """Things that are named: how many new ones ("two cats"), or None where it may be one of which was spoken before
    ("the cat"; 猫)."""

    noun: Noun
    count: int | None


@dataclass
class Stated:
    """All that a caption states."""

    mentions: list[Mention] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    settings: list[Plays] = field(default_factory=list)


@dataclass(frozen=True)
class _Token:
    """A word that means something. Sorts: count, the, kind, what is said before or after a noun (colour, size, state,
    facing, text, clothes, leaves), relation, setting, at, has, hand, it, stop."""

    sort: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class _Named:
    """A mention and where its noun ends."""

    mention: Mention
    end: int


_Piece = _Token | _Named


def read_caption(text: str, language: Language) -> Stated:
    """Takes a caption apart."""
    stated = Stated()
    relations = _related_en if language == "en" else _related_zh
    for sentence in _sentences(text, language):
        pieces = list(_pieces(sentence, language))
        stated.mentions += [piece.mention for piece in pieces if isinstance(piece, _Named)]
        stated.settings += [
            piece.value for piece in pieces if isinstance(piece, _Token) and isinstance(piece.value, Plays)
        ]
        stated.related += relations(pieces)
    return stated


def _sentences(text: str, language: Language) -> Iterator[list[_Token]]:
    """The tokens of each sentence."""
    pattern, meanings = _words(language)
    sentence: list[_Token] = []
    for found in pattern.finditer(text):
        name = str(found.lastgroup)
        if name == "stop":
            yield sentence
            sentence = []
            continue
        sort, value = meanings[name]
        if callable(value):
            value = value(next(part for part in found.groups()[found.re.groupindex[name] :] if part is not None))
        sentence.append(_Token(sort, value, found.start(), found.end()))
    yield sentence


def _pieces(sentence: Sequence[_Token], language: Language) -> Iterator[_Piece]:
    """Tokens put together: number, properties and kind as one mention. English says some properties after the noun."""
    properties: dict[str, Any] = {}
    count: int | None = None
    certain = False  # whether a "the" stands before
    last: _Token | None = None  # the kind whose mention may still get properties
    for token in [*sentence, _Token("end", None, -1, -1)]:
        if token.sort.startswith("after ") and last is not None:
            properties |= {token.sort.removeprefix("after "): token.value}
            continue
        if last is not None:
            yield _Named(Mention(_noun(last.value, properties, language), None if certain else count), last.end)
            last, properties, count, certain = None, {}, None, False
        if token.sort == "kind":
            last = token
        elif token.sort == "the":
            properties, count, certain = {}, None, True
        elif token.sort == "count":
            properties, count = {}, token.value
        elif token.sort in ("colour", "size", "state", "facing", "text", "clothes", "leaves"):
            properties |= {token.sort: token.value}
        else:
            properties, count, certain = {}, None, False
            yield token


def _noun(kind: str, properties: dict[str, Any], language: Language) -> Noun:
    told = dict(properties)
    if "clothes" in told:
        told["colour"] = told.pop("clothes")
    if "leaves" in told:
        told |= {"colour": told.pop("leaves"), "state": "leafy"}
    elif "state" in told:
        meant = _states(language)[told["state"]]
        told["state"] = meant.get(kind, next(iter(meant.values())))
    return Noun(kind=kind, **told)


def _related_en(pieces: Sequence[_Piece]) -> Iterator[Related]:
    """ "a cat behind a tree", "behind the tree is a cat", "the king has a ball in one hand", "the box has a ball in
    it"."""
    ends = {piece.value for piece in pieces if isinstance(piece, _Token) and piece.sort == "ending"}
    for place, piece in enumerate(pieces):
        if not isinstance(piece, _Token) or piece.sort not in ("relation", "has"):
            continue
        before, after = _mentions(pieces[:place]), _mentions(pieces[place + 1 :])
        if piece.sort == "has":
            if before and after and "hand" in ends:
                yield _relation("holding", before[-1], after[0])
            elif before and after and "it" in ends:
                yield _relation("inside", after[0], before[-1])
        elif isinstance(pieces[place + 1] if after else None, _Named) and len(after) + len(before) > 1:
            yield _relation(piece.value, before[-1] if before else after[1], after[0])


def _related_zh(pieces: Sequence[_Piece]) -> Iterator[Related]:
    """树后面有一只猫, 猫在树后面, 国王拿着一个球."""
    for place, piece in enumerate(pieces):
        if not isinstance(piece, _Token) or piece.sort != "relation" or place == 0:
            continue
        before, after = _mentions(pieces[:place]), _mentions(pieces[place + 1 :])
        if piece.value == "holding":
            if before and after:
                yield _relation("holding", before[-1], after[0])
            continue
        base = pieces[place - 1]
        if not isinstance(base, _Named) or piece.start - base.end > 1:  # at most a 的 between them
            continue
        said_at = place > 1 and isinstance(at := pieces[place - 2], _Token) and at.sort == "at"
        if said_at and len(before) > 1:
            yield _relation(piece.value, before[-2], before[-1])
        elif after:
            yield _relation(piece.value, after[0], before[-1])


def _mentions(pieces: Sequence[_Piece]) -> list[Mention]:
    return [piece.mention for piece in pieces if isinstance(piece, _Named)]


def _relation(name: RelationName, a: Mention, b: Mention) -> Related:
    return Related(name=name, a=a.noun, b=b.noun)


# ---- the words


@cache
def _words(language: Language) -> tuple[re.Pattern[str], dict[str, tuple[str, Any]]]:
    """A pattern that finds every word that means something, the longest first, and what each of its groups means."""
    surfaces = dict(_english() if language == "en" else _chinese())
    edge = r"\b" if language == "en" else ""
    meanings: dict[str, tuple[str, Any]] = {}
    patterns = []
    for number, surface in enumerate(sorted(surfaces, key=lambda each: -len(each))):
        meanings[f"w{number}"] = surfaces[surface]
        patterns.append(f"(?P<w{number}>{edge}{surface}{edge if surface[-1].isalnum() else ''})")
    return re.compile("|".join([*patterns, r"(?P<stop>[.!?。！？\n])"]), re.IGNORECASE), meanings


@cache
def _states(language: Language) -> dict[str, dict[str, str]]:
    """Of each word for a state: the state that it means, by kind. Read off the grammar."""
    meant: dict[str, dict[str, str]] = {}
    for kind in KINDS.values():
        for state in kind.states:
            for word in _around(language, Noun(kind=kind.name, state=state)):
                meant.setdefault(word, {})[kind.name] = state
    return meant


def _around(language: Language, noun: Noun) -> set[str]:
    """What the grammar puts before or after the bare noun, of one or of several things."""
    words = grammar(language)
    around = set()
    for count in (1, 2):
        bare = words.noun(Noun(kind=noun.kind), count, "none")
        around.add(words.noun(noun, count, "none").replace(bare, "").strip().removesuffix("的"))
    return around


_Surfaces = Iterator[tuple[str, tuple[str, Any]]]


def _settings(of: dict[str, tuple[str, ...]], name: str) -> _Surfaces:
    for value, words in of.items():
        for word in words:
            yield word, ("setting", Plays.model_validate({name: value}))


def _english() -> _Surfaces:
    for kind, (one, several) in en.KIND_WORDS.items():
        yield one, ("kind", kind)
        yield several, ("kind", kind)
    yield r"(\d+)", ("count", _number)
    yield from ((word, ("count", number)) for number, word in enumerate(en.NUMBERS) if number)
    yield from (("a", ("count", 1)), ("an", ("count", 1)), ("the", ("the", None)))
    for colour in COLOURS:
        yield colour, ("colour", colour)
        yield f"in {colour}", ("after clothes", colour)
        yield f"with {colour} leaves", ("after leaves", colour)
    yield from ((word, ("size", size)) for size, word in en.SIZE_WORDS.items())
    for word in _states("en"):
        yield word, ("after state" if word.startswith("with ") else "state", word)
    yield from ((f"facing {side}", ("after facing", side)) for side in ("left", "right"))
    yield 'that says? ["“]([^"”]*)["”]', ("after text", _letters)
    yield from ((word, ("relation", name)) for name, word in en.RELATIONS.items())
    yield from (
        ("on top of", ("relation", "on")),
        ("inside", ("relation", "inside")),
        ("holds", ("relation", "holding")),
    )
    yield from (("has", ("has", None)), ("in one hand", ("ending", "hand")), ("in it", ("ending", "it")))
    yield from _settings(
        {place: (words.replace(" a ", " (?:a|the) "),) for place, words in en.PLACE_PHRASES.items()}, "place"
    )
    yield from _settings({"day": ("day",), "night": ("night",)}, "time")
    yield from _settings({season: (season,) for season in zh.SEASON_WORDS}, "season")
    yield from _settings({weather: (word,) for weather, word in en.WEATHER_WORDS.items()}, "weather")


def _chinese() -> _Surfaces:
    yield from ((word, ("kind", kind)) for kind, (_, word) in zh.KIND_WORDS.items())
    measures = "|".join(sorted({measure for measure, _ in zh.KIND_WORDS.values()}))
    yield rf"([一两二三四五六七八九十\d]+)(?:{measures})", ("count", _number)
    for colour, word in zh.COLOUR_WORDS.items():
        yield word, ("colour", colour)
        yield f"穿{word}衣服", ("clothes", colour)
        yield f"{word}叶子", ("leaves", colour)
    for kind in KINDS:
        for size in zh.SIZE_WORDS:
            for word in _around("zh", Noun(kind=kind, size=size)):
                yield word, ("size", size)
    yield from ((word, ("state", word)) for word in _states("zh"))
    yield from ((f"朝{word}", ("facing", side)) for side, word in zh.FACING_WORDS.items())
    yield '写着["“]([^"”]*)["”]', ("text", _letters)
    yield from ((word, ("relation", name)) for name, word in zh.RELATIONS.items())
    yield from (("上面", ("relation", "on")), ("里面", ("relation", "inside")), ("手里有", ("relation", "holding")))
    yield "手里", ("hand", None)  # no 里 of its own
    yield from (("在", ("at", None)), ("那", ("the", None)))
    yield from _settings({place: (words,) for place, words in zh.PLACE_PHRASES.items()}, "place")
    yield from _settings({time: (word,) for time, word in zh.TIME_WORDS.items()}, "time")
    yield from _settings({season: (word,) for season, word in zh.SEASON_WORDS.items()}, "season")
    said = {"clear": ("晴朗", "晴天"), "rain": ("下着雨", "雨天"), "snow": ("下着雪", "雪天")}
    yield from _settings(cast(dict[str, tuple[str, ...]], said), "weather")


def _number(digits: str) -> int:
    known = {zh.number(count): count for count in range(1, MOST + 1)} | {"两": 2}
    return known.get(digits, min(MOST, int(digits)) if digits.isdecimal() else MOST)


def _letters(text: str) -> str | None:
    return text.upper() or None
