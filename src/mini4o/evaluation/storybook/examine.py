"""One sample put to all who are examined, as one line of the record, with the pictures that the model drew."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, cast

import PIL.Image

from mini4o.conversation.parts import Text
from mini4o.evaluation.hashes import digest
from mini4o.evaluation.storybook.answers import instruction, problem, question
from mini4o.evaluation.storybook.candidates import Candidate, Trained
from mini4o.evaluation.storybook.captions import caption
from mini4o.evaluation.storybook.drawing import drawing
from mini4o.evaluation.storybook.editing import edit, rounds
from mini4o.evaluation.storybook.exam import Exam, Family, Key, family_of
from mini4o.evaluation.storybook.trial import Trial
from mini4o.storybook.splits import Language, Split

Line: TypeAlias = dict[str, Any]  # plain JSON values
Pictures: TypeAlias = dict[str, PIL.Image.Image]  # by file name

_OF_FAMILY = {"questions": question, "captions": caption, "text": problem, "drawing": drawing, "editing": edit}
_OF_PART = {"instructions": instruction, "rounds": rounds}


def examine(exam: Exam, candidates: Sequence[Candidate], key: Key) -> tuple[Line, Pictures]:
    """Puts one sample to all candidates.

    Returns:
        The line: `sample`, its name; `asked`, a hash of all that it shows and says; `rows`, the marks by candidate; of
        the model also its `replies`, what was `wrong`, and why it could not take a turn, `refused`; the `seconds` of
        one core that it took. And the pictures that the model drew, which the line names.
    """
    start = time.process_time()
    line: Line = {"sample": name_of(key), "asked": hash_of(exam, key), "rows": {}}
    pictures: Pictures = {}
    for candidate in candidates:
        if not _is_asked(candidate, key):
            continue
        trial = trial_of(candidate, exam, key)
        line["rows"][candidate.name] = trial.rows
        if isinstance(candidate, Trained):
            line["refused"] = candidate.refusals()
            line["wrong"] = list(trial.why)
            line["replies"] = []
            for number, reply in enumerate(trial.replies, start=1):
                files = [f"{line['sample'].replace('/', '-')}-{number}.png"] if reply.images else []
                pictures |= {file: reply.images[-1] for file in files}
                line["replies"].append({"text": reply.text, "thought": reply.think, "pictures": files})
    return line | {"seconds": round(time.process_time() - start, 3)}, pictures


def name_of(key: Key) -> str:
    """The name of a sample in the record."""
    return str(key).rpartition("/")[0]


def key_of(name: str) -> Key:
    """The first request of a sample by its name."""
    split, part, language, index = name.split("/")
    return Key(part, cast(Language, language), int(index), split=cast(Split, split))


def _is_asked(candidate: Candidate, key: Key) -> bool:
    return family_of(key.part) in candidate.families and key.index % candidate.every == 0


def trial_of(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """One sample put to one candidate by the rules of its part."""
    family: Family = family_of(key.part)
    return _OF_PART.get(key.part, _OF_FAMILY[family])(candidate, exam, key)


def hash_of(exam: Exam, key: Key) -> str:
    """A hash of all that a sample shows and says."""
    return digest(*_asked(exam, key))


def _asked(exam: Exam, key: Key) -> Iterator[str]:
    yield str(key)
    for item in exam.sample(key):
        yield from (part.text for message in item.conversation for part in message.content if isinstance(part, Text))
        yield from (scene.hash for scene in item.scenes)
