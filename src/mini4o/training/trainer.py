"""The trainer: one process, one stage after another, exact on resume."""

import json
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from mini4o import chance
from mini4o.conversation.families.qwen2_5_vl import DEFAULT_SYSTEM
from mini4o.conversation.layout import Document
from mini4o.conversation.parts import ImageGen
from mini4o.conversation.scratch import make_tokenizer
from mini4o.data.mixture import Mixture
from mini4o.data.sample import Sample
from mini4o.errors import CheckpointError, DataError, ImageError, RecipeError, WorkerError, first_problem
from mini4o.model import adapters
from mini4o.model.build import check_configs
from mini4o.model.four_bits import numbers
from mini4o.pretrained.backbone import find, load_tokenizer
from mini4o.pretrained.folder import save
from mini4o.pretrained.model import Model, model_with, pinned, pinned_parts
from mini4o.pretrained.references import owns
from mini4o.pretrained.text_states import StateFiles
from mini4o.training import start, tokenizers
from mini4o.training.ahead import rendered_ahead
from mini4o.training.exams import exam_of, sit, summary
from mini4o.training.interrupts import signals
from mini4o.training.log import JsonlLog, Plan, StepLog, Watcher, cut_back, plot_losses, replace_text
from mini4o.training.losses import Losses, Precision, losses
from mini4o.training.plan import TryStep, backbone_dtype, make_plan
from mini4o.training.prepare import prepare, rendered
from mini4o.training.previews import preview
from mini4o.training.recipe import Recipe, StageSpec, dump_recipe, load_recipe
from mini4o.training.sources import Sources
from mini4o.training.stages import check_gradients, freeze, make_optimiser, set_rates, swapped
from mini4o.training.state import (
    State,
    check_checkpoints,
    load_optimiser,
    load_state,
    optimiser_tensors,
    own_tensors,
    restore,
    save_state,
)
from mini4o.training.strips import forget_after

log = logging.getLogger("mini4o")

GO_ON = "free some space, then go on with --resume"
SPREAD_ALARM = 0.05


class Trainer:
    """A run in a folder of its own:

        recipe.yaml, plan.json   what it is a function of
        tokenizer/               learnt from the data at the start, the same ever after
        log.jsonl, loss.png      losses
        samples/, answers.jsonl  previews
        progress.png             all drawings of previews so far
        state/                   what it resumes from
        model/                   the released model: averaged weights

    Args:
        recipe: what to train.
        folder: the run's folder; must not hold a run yet.
        minutes, steps: the dial; neither takes the recipe's own number of steps.
        workers: processes that make and render the samples; 0 is a thread beside the training.
        watcher: told of everything as it goes.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        *,
        minutes: float | None = None,
        steps: int | None = None,
        device: str = "cpu",
        workers: int = 0,
        watcher: Watcher | None = None,
    ) -> None:
        if (folder / "plan.json").exists():
            raise RecipeError(f"{folder}: there is a run already; --resume goes on with it, -o chooses another folder")
        self._setup(recipe, folder, device, workers, watcher)
        check_configs(recipe.model)  # what is wrong with the recipe and the data shows before anything is written
        self.sources.check()
        if recipe.previews.exam is not None:
            exam_of(recipe.previews.exam)
        tokenizer = self._new_tokenizer()
        throwaway = self._new_model(tokenizer)
        count = sum(map(numbers, throwaway.net.parameters()))
        try_step = self._try_step(throwaway)
        plan = make_plan(recipe, count, try_step, minutes, steps, self.device.type == "cpu")
        for number in range(len(recipe.stages)):  # a stage that cannot run is known now, not after the ones before it
            try_step(number, plan.precision)
        del throwaway, try_step  # a pretrained backbone must not be held twice
        self.model = self._new_model(tokenizer)
        self.plan = replace(
            plan,
            samples=self.sources.counts(),
            backbone=self.recipe.backbone_in_words(),
            checkpoints={part: reference.hashes for part, reference in self.model.references.items()},
            start=start.hashes(self.recipe.start) if self.recipe.start else {},
        )
        self.builder = self.model.builder()
        self.stage = self.step = self.done = 0
        self._restored: State | None = None
        self._begin()

    @classmethod
    def resume(
        cls, folder: Path, *, device: str = "cpu", workers: int = 0, watcher: Watcher | None = None
    ) -> "Trainer":
        """A run that goes on where its last checkpoint stands.

        Raises:
            CheckpointError: no run there, or its state is damaged.
        """
        if not (folder / "plan.json").is_file():
            raise CheckpointError(f"{folder}: there is no run to resume")
        self = cls.__new__(cls)
        self._setup(load_recipe(folder / "recipe.yaml"), folder, device, workers, watcher)
        try:
            self.plan = TypeAdapter(Plan).validate_json((folder / "plan.json").read_text("utf-8"))
        except ValueError as error:
            reason = first_problem(error) if isinstance(error, ValidationError) else str(error)
            raise CheckpointError(
                f"{folder / 'plan.json'}: damaged, or of another version ({reason}); start a new run"
            ) from None
        torch.set_num_threads(self.plan.threads)
        self.sources.check()
        for name, count in self.sources.counts().items():
            if count != self.plan.samples.get(name, count):
                log.warning(
                    "%s: has %d samples, and had %d when the run was begun: it goes on, in another order of samples",
                    self.recipe.data / name,
                    count,
                    self.plan.samples[name],
                )
        begun = any((folder / "state").glob("[0-9]*"))
        # Stopped before its first checkpoint, a run begins again: its start is a function of the seed.
        state = load_state(folder) if begun else State(0, 0, 0, {}, {}, {})
        if self.recipe.start is not None:
            start.check_unchanged(self.recipe.start, self.plan.start, state.elsewhere if begun else None, folder)
        self.model = self._new_model(self._kept_tokenizer(begun))
        check_checkpoints(self.model, self.plan.checkpoints, folder)
        self.builder = self.model.builder()
        if begun:
            restore(self.model.net, state, self._elsewhere, folder)
            self._keep_elsewhere(state.elsewhere)
        self.stage, self.step, self.done = state.stage, state.step, state.done
        self._restored = state if begun else None
        return self

    def run(self) -> bool:
        """Train to the end. False if Ctrl-C or SIGTERM came: the step was finished and the state saved."""
        self.watcher.plan(self.plan)
        self._times: deque[float] = deque(maxlen=50)
        with _writing(self.folder), signals() as asked_to_stop:
            self._log = JsonlLog(self.folder / "log.jsonl", self.done)
            for name in ("answers.jsonl", "exam.jsonl"):
                cut_back(self.folder / name, self.done)
            forget_after(self.folder, self.done)
            for number in range(self.stage, len(self.recipe.stages)):
                if not self._run_stage(number, asked_to_stop):
                    self.watcher.note(f"stopped after {self.done} steps; the state is saved")
                    return False
            self.release()
        return True

    def release(self) -> None:
        """Write `model/` and the loss plot."""
        model = self.model.standalone() if self.recipe.standalone else self.model
        save(model, self.folder / "model", recipe=dump_recipe(self.recipe), advice=GO_ON)
        plot_losses(self._log.rows, self.folder / "loss.png")

    def _run_stage(self, number: int, asked_to_stop: list[int]) -> bool:
        stage, steps = self.recipe.stages[number], self.plan.stages[number].steps
        net = self.model.net.train()
        mixture = self.sources.mixture(stage)
        named = freeze(self.model.net, stage)
        optimiser = make_optimiser(self.recipe, stage, named)
        names = [name for group in named.values() for name in group]
        trained = {name: p for group in named.values() for name, p in group.items()}
        # What trains is its checkpoint's no more.
        self._keep_elsewhere([part for part in self._elsewhere if not any(owns(part, name) for name in trained)])
        averaged = [n for group, ps in named.items() if group not in self.recipe.ema.skip for n in ps]
        averages = {name: trained[name].detach().clone() for name in averaged}
        if self._restored is not None and self.step:
            averages = {name: self._restored.averages[name].to(self.device) for name in averaged}
            load_optimiser(optimiser, names, self._restored.optimiser)
        self._restored = None
        self.stage = number
        began = time.perf_counter()

        def keep() -> None:
            self._save_state(number, self.step, averages, optimiser_tensors(optimiser, names))

        for some in self._rendered_ahead(mixture, stage, steps, keep):
            step = prepare(some, net, stage, self.recipe.seed, self.step)
            with chance.library(self.recipe.seed, f"dropout {stage.name} {self.step}"):  # of adapters
                result = losses(net, step, stage, self.plan.precision)
            if not torch.isfinite(result.total):
                raise RecipeError(f"stage {stage.name}: loss not finite at step {self.step + 1}; lower its rates")
            result.total.backward()  # type: ignore[no-untyped-call]
            if self.step == 0:
                check_gradients(named, stage)
            torch.nn.utils.clip_grad_norm_(trained.values(), self.recipe.optimiser.clip)
            rates = set_rates(optimiser, stage, self.step, steps)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            with torch.no_grad():
                share = max(1 - self.recipe.ema.decay, 9 / (self.step + 10))  # a short stage must not average its start
                for name, average in averages.items():
                    average.lerp_(trained[name], share)
            self.step += 1
            self.done += 1
            began, before = time.perf_counter(), began
            self._times.append(began - before)
            self._tell(stage, steps, result, rates)
            last = self.step == steps
            if self.done % self.recipe.previews.every == 0 or last:
                with swapped(trained, averages):
                    self._preview(stage)
            if last:  # a stage hands on the averaged weights
                with torch.no_grad():
                    for name, average in averages.items():
                        trained[name].copy_(average)
                self._save_state(number + 1, 0, {}, {})
            elif asked_to_stop or self.done % self.recipe.save_every == 0:
                keep()
            if asked_to_stop and not last:
                return False
        self.step = 0
        return not asked_to_stop or number + 1 == len(self.recipe.stages)

    def _tell(self, stage: StageSpec, steps: int, result: Losses, rates: dict[str, float]) -> None:
        total = sum(planned.steps for planned in self.plan.stages)
        left = sum(self._times) / len(self._times) * (total - self.done)
        parts = {name: getattr(result, name) for name in ("text", "image", "words", "warm", "tasks", "spread")}
        step = StepLog(stage.name, self.step, steps, self.done, total, **parts, seconds_left=left)
        self._log.add(step, rates)
        self.watcher.step(step)
        if (spread := result.spread) is not None and spread < SPREAD_ALARM and self.step % 100 == 0:
            self.watcher.note(
                f"the condition hardly differs over prompts (spread {spread:.3f}): drawings will ignore the prompt"
            )

    def _preview(self, stage: StageSpec) -> None:
        recipe = self.recipe.previews
        samples = [data[index] for data in self.sources.previews() for index in range(min(recipe.count, len(data)))]
        chosen = [sample for sample in samples if stage.draws or not _draws(sample)]
        preview(self.model.net, self.builder, self.recipe.generation, chosen, self.folder, self.done, stage.name)
        plot_losses(self._log.rows, self.folder / "loss.png")
        if recipe.exam is not None:
            shares = sit(self.model, exam_of(recipe.exam), stage.draws, self.folder, self.done, stage.name)
            self.watcher.note(f"after {self.done} steps {summary(shares)}")

    def _rendered_ahead(
        self, mixture: Mixture, stage: StageSpec, steps: int, keep: Callable[[], None]
    ) -> Iterator[list[Document]]:
        """The documents of each step from the present one, rendered while the steps before compute.

        Raises:
            DataError: a sample cannot be used. What was learnt so far is kept first.
            WorkerError: a worker process was killed; likewise.
        """
        states = self.sources.states(stage, self.model.net.dit)
        render = partial(rendered, mixture, self.builder, stage, self.recipe.seed, self.recipe.on_bad, states)
        with closing(rendered_ahead(render, self.step, steps, self._workers)) as ahead:
            try:
                yield from ahead
            except (DataError, WorkerError) as error:
                if not self.step:  # the end of the stage before is kept already
                    raise
                keep()
                mend = "mend the data, then " if isinstance(error, DataError) else ""
                saved = f"all {self.done} steps so far are saved: {mend}go on with --resume"
                raise type(error)(f"{error}; {saved}") from None

    def _save_state(self, stage: int, step: int, averages: dict[str, Tensor], optimiser: dict[str, Tensor]) -> None:
        net = own_tensors(self.model.net, self._elsewhere)
        save_state(self.folder, State(stage, step, self.done, net, averages, optimiser, self._elsewhere))

    def _keep_elsewhere(self, parts: Sequence[str]) -> None:
        """Of the parts that the state leaves out, these are left."""
        self._elsewhere = tuple(parts)
        self.model.references = {part: each for part, each in self.model.references.items() if part in parts}

    def _setup(self, recipe: Recipe, folder: Path, device: str, workers: int, watcher: Watcher | None) -> None:
        self.recipe, self.folder, self.watcher, self._workers = recipe, folder, watcher or Watcher(), workers
        self.device = torch.device(device)
        self.sources = Sources(recipe)
        self._checkpoint = None
        if recipe.start is not None:
            return
        model = pinned_parts(recipe.model)
        if model.backbone.pretrained is not None:
            self._checkpoint = find(model.backbone)
            model = pinned(model, self._checkpoint, backbone_dtype(recipe, self.device.type))
        self.recipe = recipe.model_copy(update={"model": model})

    def _begin(self) -> None:
        """Write what the run is a function of, or nothing."""
        made = [place for place in (self.folder, *self.folder.parents) if not place.exists()]  # the deepest first
        try:
            with _writing(self.folder, "free some space, then begin again"):
                self.folder.mkdir(parents=True, exist_ok=True)
                tokenizers.keep(self.model.tokenizer, self.folder, "free some space, then begin again")
                (self.folder / "recipe.yaml").write_text(dump_recipe(self.recipe), encoding="utf-8")
                replace_text(self.folder / "plan.json", json.dumps(asdict(self.plan), indent=2) + "\n")
        except BaseException:
            shutil.rmtree(self.folder / "tokenizer", ignore_errors=True)
            (self.folder / "recipe.yaml").unlink(missing_ok=True)
            for place in made:
                if place.is_dir() and not any(place.iterdir()):
                    place.rmdir()
            raise

    def _new_tokenizer(self) -> Any:
        """A tokenizer learnt from the data, or that of the pretrained backbone or of the model to start from."""
        if self.recipe.start is not None:
            return load_tokenizer(start.find(self.recipe.start) / "backbone")
        if self._checkpoint is not None:
            return self._checkpoint.tokenizer()
        words = [f"system\n{DEFAULT_SYSTEM}", "user\n", "assistant\n"] * 100
        return make_tokenizer([*words, *self.sources.words()], self.recipe.model.backbone.tokenizer_words)

    def _kept_tokenizer(self, begun: bool) -> Any:
        """The tokenizer that the run began with."""
        if (tokenizer := tokenizers.kept(self.folder)) is not None:
            return tokenizer
        if begun:
            raise CheckpointError(f"{self.folder}: its tokenizer/ is missing, which numbers its words; start a new run")
        tokenizer = self._new_tokenizer()
        with _writing(self.folder):
            tokenizers.keep(tokenizer, self.folder, GO_ON)
        return tokenizer

    def _new_model(self, tokenizer: Any) -> Model:
        recipe = self.recipe
        if recipe.start is not None:
            model = start.read(recipe.start, recipe.generation, tokenizer, self.device)
        else:
            model = model_with(recipe.model, recipe.generation, tokenizer, recipe.seed, self._checkpoint)
        self._elsewhere = start.PARTS if recipe.start is not None else tuple(model.references)
        adapters.add(model.net, recipe.adapters, recipe.seed)
        model.net.to(self.device)
        if recipe.checkpoint_gradients:
            model.net.backbone.checkpoint_gradients()
        return model

    def _try_step(self, model: Model) -> TryStep:
        """Training steps on a model that is thrown away, to time them."""
        self.builder = model.builder()
        prepared: dict[int, tuple[Mixture, torch.optim.Optimizer, StateFiles | None]] = {}

        def try_step(number: int, precision: Precision) -> None:
            stage = self.recipe.stages[number]
            named = freeze(model.net, stage)
            if number not in prepared:
                states = self.sources.states(stage, model.net.dit)
                prepared[number] = self.sources.mixture(stage), make_optimiser(self.recipe, stage, named), states
            mixture, optimiser, states = prepared[number]
            some = rendered(mixture, self.builder, stage, self.recipe.seed, self.recipe.on_bad, states, 0)
            step = prepare(some, model.net, stage, 0, 0)
            losses(model.net.train(), step, stage, precision).total.backward()  # type: ignore[no-untyped-call]
            check_gradients(named, stage)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

        return try_step


def _draws(sample: Sample) -> bool:
    return any(isinstance(part, ImageGen) for message in sample.conversation for part in message.content)


@contextmanager
def _writing(folder: Path, advice: str = GO_ON) -> Iterator[None]:
    """A disk that is full or refuses becomes one line; the last checkpoint is untouched."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(f"{folder}: could not be written ({error.strerror or error}); {advice}") from None
    except ImageError as error:  # pictures of previews are written with the data's own tools
        raise CheckpointError(f"{error}; {advice}") from None
