"""A small examination that is through, of a model that does in English all right and in Chinese nothing."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mini4o.evaluation.labels.files import write_labels
from mini4o.evaluation.storybook import drawing, editing
from mini4o.evaluation.storybook.candidates import Copy, Trained, Truth
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.examine import examine
from mini4o.evaluation.storybook.record import Record
from mini4o.evaluation.storybook.settings import settings_of
from mini4o.generation.session import Reply
from mini4o.mini4o import Mini4o

EXAM = Exam(("ask_exist", "category_two", "think_then_draw", "edit_recolour", "rounds"), 2, ("test",))
SAID: dict[tuple[object, ...], Any] = {}


@contextmanager
def remembering() -> Iterator[pytest.MonkeyPatch]:
    """The judge says what he says, but looks at the same picture with the same question only once."""

    def once(judge: Callable[..., Any]) -> Callable[..., Any]:
        def said(*args: Any) -> Any:
            asked = (judge.__name__, *(arg.tobytes() if hasattr(arg, "tobytes") else repr(arg) for arg in args))
            if asked not in SAID:
                SAID[asked] = judge(*args)
            return SAID[asked]

        return said

    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((drawing, "judge"), (editing, "judge"), (editing, "judge_edit")):
            patch.setattr(module, name, once(getattr(module, name)))
        yield patch


@pytest.fixture(autouse=True)
def _remembering() -> Iterator[None]:
    with remembering():
        yield


def _half(self: Trained, messages, wish, key) -> Reply:
    """In Chinese it hands back the input, or draws what another sample asks for."""
    if wish.draw == "never":
        return Reply(())
    if key.language == "en":
        return Truth(EXAM).reply(messages, wish, key)
    if key.part in ("category_two", "think_then_draw"):
        other = Key("category_two", "en", 0)
        return Truth(EXAM).reply(EXAM.item(other).conversation[:1], wish, other)
    return Copy().reply(messages, wish, key)


@pytest.fixture(scope="session")
def examined(tmp_path_factory: pytest.TempPathFactory, tiny: Mini4o) -> SimpleNamespace:
    """`exam`, `record`, and the record's `folder`, which is to be left as it is."""
    folder = tmp_path_factory.mktemp("examined")
    record = Record(folder, settings_of(EXAM, 0, None, None, "cpu"))
    with remembering() as patch:
        patch.setattr(Trained, "_said", _half)
        for key in EXAM:
            record.add(*examine(EXAM, [Trained(tiny, 0)], key))
    return SimpleNamespace(exam=EXAM, record=record, folder=folder)


@pytest.fixture(scope="session")
def written(examined: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examination, in a copy, with all that can be labelled of it; to be left as it is too."""
    folder = Path(shutil.copytree(examined.folder, tmp_path_factory.mktemp("written") / "exam"))
    with remembering():
        write_labels(examined.exam, Record(folder, examined.record.settings), folder / "labels", 12, seed=0)
    return folder


@pytest.fixture(scope="session")
def fill() -> Callable[[Path, Sequence[str]], None]:
    """Gives the pictures in a file of labels their marks: `fill(file, ["yy", "ny?", …])`."""

    def fill(file: Path, marks: Sequence[str]) -> None:
        lines = file.read_text("utf-8").split("\n")
        places = [place for place, line in enumerate(lines) if re.match(r" *\d", line)]
        for place, mark in zip(places, marks, strict=True):
            lines[place] = re.sub(r"^( *\d+ +)\S+", rf"\g<1>{mark}", lines[place])
        file.write_text("\n".join(lines), encoding="utf-8")

    return fill
