"""What is true of a scene, by its own geometry, and what a conversation shows: for the tests of the tasks."""

import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from pydantic import TypeAdapter

from mini4o.conversation.parts import Conversation, Image, ImageGen, Part, Text
from mini4o.storybook import relations
from mini4o.storybook.claims import Claim, Noun, Related, Sits, true_of
from mini4o.storybook.edit_places import SIDE
from mini4o.storybook.scene import BONDS, Scene
from mini4o.storybook.splits import Language, Split
from mini4o.storybook.tasks.base import Item, Request
from mini4o.storybook.versions import world

WORLD = world("storybook-1")
CLAIMS: TypeAdapter[list[Claim]] = TypeAdapter(list[Claim])
SEED = 3


@cache
def item(task: str, index: int, split: Split = "train", language: Language = "en") -> Item:
    """An item, made once for all tests; pictures of 64 pixels."""
    return WORLD.task(task)(Request(split, language, SEED, index))


def claims_of(facts: Mapping[str, Any]) -> list[Claim]:
    """The claims of an item's facts, or of a round's, as values."""
    return CLAIMS.validate_python(facts["claims"])


def true_on(claim: Claim, scene: Scene) -> bool:
    """Whether a claim is true of a scene. What facts alone cannot tell is measured on the page."""
    known = true_of(claim, scene.facts)
    if known is not None:
        return known
    if isinstance(claim, Sits):
        boxes = (scene.box(index) for index in fitting(claim.noun, scene))
        middles = [(box[0] + box[2]) / 2 / scene.width for box in boxes]
        return any(middle <= SIDE if claim.side == "left" else middle >= 1 - SIDE for middle in middles)
    assert isinstance(claim, Related) and claim.name not in BONDS
    pairs = [(a, b) for a in fitting(claim.a, scene) for b in fitting(claim.b, scene) if a != b]
    return any(relations.between(scene, claim.name, a, b) is True for a, b in pairs)


def fitting(noun: Noun, scene: Scene) -> list[int]:
    """The things that a noun means."""
    return [index for index, thing in enumerate(scene.facts.things) if noun.fits(thing)]


def parts(conversation: Conversation) -> list[Part]:
    """All parts of all messages."""
    return [part for message in conversation for part in message.content]


def shown(conversation: Conversation) -> list[PIL.Image.Image]:
    """The pictures in order; one that is drawn and read again at once counts once."""
    found: list[PIL.Image.Image] = []
    drawn = False
    for part in parts(conversation):
        if isinstance(part, Image | ImageGen) and not (drawn and isinstance(part, Image)):
            assert isinstance(part.image, PIL.Image.Image)
            found.append(part.image)
        drawn = isinstance(part, ImageGen)
    return found


def asked(conversation: Conversation) -> str:
    """The words of the first message."""
    return "\n".join(part.text for part in conversation[0].content if isinstance(part, Text))


def pixels(picture: PIL.Image.Image) -> NDArray[np.uint8]:
    """(height, width, 3)."""
    return np.asarray(picture)


def read_back(phrasings: Iterable[str], text: str, **gaps: str) -> list[dict[str, str]]:
    """What may stand in the gaps of phrasings so that they say a text: one reading for each phrasing that can.

    Args:
        phrasings: with {slots}.
        text: a finished sentence.
        **gaps: patterns for slots whose form is known.
    """
    readings = []
    for phrasing in phrasings:
        pattern, known = "", set[str]()
        for plain, name, _, _ in string.Formatter().parse(phrasing):
            pattern += re.escape(plain)
            if name is not None:
                pattern += f"(?P={name})" if name in known else f"(?P<{name}>{gaps.get(name, '.+?')})"
                known.add(name)
        found = re.fullmatch(pattern, text, re.IGNORECASE)
        if found is not None:
            readings.append(found.groupdict())
    return readings
