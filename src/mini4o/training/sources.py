"""The data sets of a recipe: each file is opened and checked once, and stages choose from it what they can learn."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from mini4o.conversation.parts import Conversation, ImageGen
from mini4o.conversation.sizes import choose
from mini4o.data.chosen import Chosen
from mini4o.data.mixture import Mixture
from mini4o.data.readers import JsonlData, Teaches, texts
from mini4o.data.sample import Samples
from mini4o.data.shards import ShardData, open_data
from mini4o.data.storybook import StorybookSpec
from mini4o.errors import DataError
from mini4o.model.dit import Dit
from mini4o.pretrained.text_states import StateFiles
from mini4o.training.recipe import DataSpec, Recipe, StageSpec

log = logging.getLogger("mini4o")

TOKENIZER_SAMPLES = 20_000  # of each set that a tokenizer from scratch is learnt from, at most
STORYBOOK_SAMPLES = 4_000  # of a storybook: it is drawn to be read, and repeats its words sooner
_NAMED = 5  # samples left out that a warning names
_ANYTHING = Teaches.TEXT | Teaches.IMAGE | Teaches.OPENING
_ONLY = {"text": Teaches.TEXT, "image": Teaches.IMAGE}


class Sources:
    """
    Args:
        recipe: says where the data is and what becomes of samples that cannot be used.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._files: dict[str, JsonlData | ShardData] = {}
        self._sets: dict[tuple[str, str], Samples] = {}
        self._states: dict[Path, StateFiles] = {}

    def check(self) -> None:
        """Open all that the run will read. Pictures are not opened: that comes when their samples do.

        Raises:
            DataError: names the file, or file and line, of what cannot be read or carries no loss in a stage.
        """
        for stage in self._recipe.stages:
            self.mixture(stage)
        self.previews()

    def previews(self) -> list[Samples]:
        """The sets that previews are taken from."""
        data = self._recipe.previews.data
        return [each.open() if isinstance(each, StorybookSpec) else self._file(DataSpec(path=each)) for each in data]

    def mixture(self, stage: StageSpec) -> Mixture:
        """The mixture of a stage, without samples in which nothing carries loss there."""
        sources = [(self._learnable(spec, stage), spec.weight) for spec in stage.data]
        return Mixture(sources, stage.batch, self._recipe.seed, stage.name)

    def states(self, stage: StageSpec, dit: Dit) -> StateFiles | None:
        """The text states that a stage learns from, held to the DiT; None if it learns from none.

        Raises:
            DataError: there are none, they are not whole, or they do not belong to this DiT.
        """
        if stage.states is None:
            return None
        folder = self._recipe.data / stage.states
        if folder not in self._states:
            self._states[folder] = StateFiles(folder)
        self._states[folder].check(dit)
        return self._states[folder]

    def words(self) -> Iterator[str]:
        """What a tokenizer from scratch is learnt from."""
        sets = {spec.key: spec for stage in self._recipe.stages for spec in stage.data}
        for spec in sets.values():
            yield from texts(self._whole(spec), TOKENIZER_SAMPLES if spec.storybook is None else STORYBOOK_SAMPLES)

    def counts(self) -> dict[str, int]:
        """How many samples each file has."""
        return {name: len(data) for name, data in self._files.items()}

    def _file(self, spec: DataSpec) -> JsonlData | ShardData:
        name = str(spec.path)
        if name not in self._files:
            path = self._recipe.data / name
            self._files[name] = open_data(path, self._recipe.on_bad, self._check_sizes)
        return self._files[name]

    def _check_sizes(self, conversation: Conversation) -> None:
        for part in (part for message in conversation for part in message.content):
            if isinstance(part, ImageGen):
                choose(self._recipe.model.sizes, part.size, None)

    def _whole(self, spec: DataSpec) -> Samples:
        """A source of a mixture as the recipe names it."""
        key = spec.key, ""
        if key not in self._sets:
            if spec.storybook is not None:
                self._sets[key] = spec.storybook.open()
            else:
                data = self._file(spec)
                numbers = self._numbers(data, spec)
                self._sets[key] = data if len(numbers) == len(data) else Chosen(data, numbers)
        return self._sets[key]

    def _learnable(self, spec: DataSpec, stage: StageSpec) -> Samples:
        """The same without samples in which nothing carries loss in a stage."""
        key = spec.key, stage.name
        if spec.storybook is not None or not spec.weight:
            return self._whole(spec)
        if key not in self._sets:
            data = self._file(spec)
            numbers = self._numbers(data, spec)
            wanted = (_ANYTHING if stage.reads else 0) | (Teaches.IMAGE if stage.image_loss else 0)
            wanted |= Teaches.CAPTIONED if stage.warms else 0
            masked = [number for number in numbers if not data.teaches[number] & wanted]
            if not masked:
                return self._whole(spec)
            if len(masked) == len(numbers):
                raise DataError(f"{data.path}: in all of its {len(numbers)} conversations {no_loss(stage)}")
            if self._recipe.on_bad == "stop" and not stage.warms:
                raise DataError(f"{data[masked[0]].origin}: {no_loss(stage)}, or set `on_bad: skip` to leave it out")
            names = ", ".join(data[number].origin for number in masked[:_NAMED]) + ", …" * (len(masked) > _NAMED)
            why = "not one drawing of one caption" if stage.warms else "nothing carries loss"
            log.warning("%s: skipped %d of %d: %s: %s", data.path, len(masked), len(numbers), why, names)
            left_out = set(masked)
            self._sets[key] = Chosen(data, [number for number in numbers if number not in left_out])
        return self._sets[key]

    def _numbers(self, data: JsonlData | ShardData, spec: DataSpec) -> Sequence[int]:
        """The samples of a file that `only` takes."""
        if spec.only == "all":
            return range(len(data))
        numbers = [number for number, found in enumerate(data.teaches) if found & _ONLY[spec.only]]
        if not numbers:
            what = "words that carry" if spec.only == "text" else "a picture to draw that carries"
            raise DataError(
                f"{data.path}: none of its {len(data)} conversations has {what} loss, so `only: {spec.only}` leaves "
                "nothing; leave the file out, or look for `loss: false` in it"
            )
        return numbers


def no_loss(stage: StageSpec) -> str:
    """What is wrong with a sample that a stage can learn nothing from, and what to do."""
    if stage.warms:
        return "no drawing is asked for with words alone, once a conversation: leave it out of stage warm"
    losses = ("text_loss", stage.text_loss), ("image_loss", stage.image_loss)
    off = "".join(f" ({name} is 0)" for name, weight in losses if not weight)
    off += " (words_loss asks for a picture and words)" if stage.words_loss else ""
    return (
        f"nothing carries loss in stage {stage.name}{off}: look for `loss: false` and for turns of the user alone, "
        "or leave it out of the stage"
    )
