"""A small examination that is through, of a model that does every second sample right."""

from types import SimpleNamespace

import pytest

from mini4o.evaluation.storybook.candidates import Copy, Trained, Truth
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.examine import examine
from mini4o.evaluation.storybook.record import Record
from mini4o.evaluation.storybook.settings import settings_of
from mini4o.generation.session import Reply
from mini4o.mini4o import Mini4o

EXAM = Exam(("ask_exist", "category_two", "think_then_draw", "edit_recolour", "rounds", "several"), 4, ("test",))


def _half(self: Trained, messages, wish, key) -> Reply:
    """Right in the second sample of a language; in the first one it hands back the input, or draws something else."""
    if wish.draw == "never":
        return Reply(())
    if key.index == 1:
        return Truth(EXAM).reply(messages, wish, key)
    if key.part in ("category_two", "think_then_draw"):
        other = next(each for each in EXAM if each.part == "category_two" and each.index == 1)
        return Truth(EXAM).reply(EXAM.item(other).conversation[:1], wish, other)
    return Copy().reply(messages, wish, key)


@pytest.fixture(scope="session")
def examined(tmp_path_factory: pytest.TempPathFactory, tiny: Mini4o) -> SimpleNamespace:
    """`exam`, `record`, and the record's `folder`, which is to be left as it is."""
    folder = tmp_path_factory.mktemp("examined")
    record = Record(folder, settings_of(EXAM, 0, None, None, "cpu"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trained, "_said", _half)
        for key in EXAM:
            record.add(*examine(EXAM, [Trained(tiny, 0)], key))
    return SimpleNamespace(exam=EXAM, record=record, folder=folder)
