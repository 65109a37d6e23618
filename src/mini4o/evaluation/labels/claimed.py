"""What is claimed of a picture that a model drew in an examination, in plain words, with what the judge says of it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import PIL.Image

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Conversation, Image, ImageGen, Part, Text, Think
from mini4o.errors import DataError
from mini4o.evaluation.labels.choice import FAMILIES, pictures_of
from mini4o.evaluation.storybook.exam import Exam, Family, Key, family_of
from mini4o.evaluation.storybook.examine import Line, hash_of, key_of, trial_of
from mini4o.evaluation.storybook.record import PICTURES
from mini4o.evaluation.storybook.trial import in_words
from mini4o.generation.session import Reply, Wish

Sort = Literal["drawing", "done", "kept"]  # of a claim: of a drawing, or one of the two of an edit

KEPT = "everything else is as it was before"


@dataclass(frozen=True)
class Claimed:
    """A claim about a picture.

    Attributes:
        words: in plain English.
        sort: what it is a claim of.
        holds: what the judge says.
    """

    words: str
    sort: Sort
    holds: bool | None


@dataclass(frozen=True)
class Judgement:
    """A picture with all that is claimed of it, and the picture before the edit where something was to be kept."""

    claims: tuple[Claimed, ...]
    before: PIL.Image.Image | None


class _Again:
    """Replies what the model replied in the examination."""

    name = "model"
    families: Collection[Family] = FAMILIES
    every = 1

    def __init__(self, line: Line, folder: Path) -> None:
        self._replies = iter([Reply(tuple(_parts(reply, folder))) for reply in line["replies"]])

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        """The next of them."""
        return next(self._replies)


def judged_again(exam: Exam, line: Line, folder: Path) -> dict[str, Judgement]:
    """The pictures of a sample by file name, judged as in the examination, by the same rules.

    Args:
        exam: what was asked.
        line: what came of the sample.
        folder: of the examination.

    Raises:
        DataError: the world or the judge is not as it was then.
    """
    key = key_of(line["sample"])
    trial = trial_of(_Again(line, folder / PICTURES), exam, key)
    if line["asked"] != hash_of(exam, key) or line["rows"]["model"] != trial.rows:
        raise DataError(
            f"{folder}: {line['sample']} was examined with another version of the world or of the judge; "
            "examine the model again"
        )
    sort: Sort = "drawing" if family_of(key.part) == "drawing" else "done"
    found = {}
    for name, judged in zip(pictures_of(line), trial.judged, strict=True):
        claims = [Claimed(in_words(each.claim), sort, each.holds) for each in judged.verdicts]
        if judged.kept is not None:
            claims.append(Claimed(KEPT, "kept", judged.kept))
        found[name] = Judgement(tuple(claims), judged.before)
    return found


def _parts(reply: dict[str, str | list[str]], folder: Path) -> Iterator[Part]:
    if reply["thought"]:
        yield Think(text=str(reply["thought"]))
    if reply["text"]:
        yield Text(text=str(reply["text"]))
    for name in reply["pictures"]:
        picture = load_image(folder / name)
        yield ImageGen(image=picture)
        yield Image(image=picture)
