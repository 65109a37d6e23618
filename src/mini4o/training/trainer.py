"""The trainer: one process, one stage after another, exact on resume."""

import json
import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError

from mini4o.conversation.families.qwen2_5_vl import DEFAULT_SYSTEM
from mini4o.conversation.layout import Document
from mini4o.conversation.parts import ImageGen
from mini4o.data.mixture import Mixture
from mini4o.data.readers import texts
from mini4o.data.sample import Sample, Samples
from mini4o.errors import CheckpointError, RecipeError, first_problem
from mini4o.pretrained.folder import save
from mini4o.pretrained.model import Model, new_model
from mini4o.training.log import JsonlLog, Plan, StepLog, Watcher, cut_back, plot_losses, replace_text
from mini4o.training.losses import losses
from mini4o.training.plan import make_plan
from mini4o.training.prepare import documents, prepare
from mini4o.training.previews import preview
from mini4o.training.recipe import DataSpec, Recipe, StageSpec, dump_recipe, load_recipe
from mini4o.training.stages import check_gradients, freeze, make_optimiser, set_rates, swapped
from mini4o.training.state import State, load_optimiser, load_state, optimiser_tensors, save_state

log = logging.getLogger("mini4o")

TOKENIZER_SAMPLES = 20_000  # of each set that a tokenizer from scratch is learnt from, at most
STORYBOOK_SAMPLES = 4_000  # of a storybook: it is drawn to be read, and repeats its words sooner
SPREAD_ALARM = 0.05


class Trainer:
    """A run in a folder of its own:

        recipe.yaml, plan.json   what it is a function of
        log.jsonl, loss.png      losses
        samples/, answers.jsonl  previews
        state/                   what it resumes from
        model/                   the released model: averaged weights

    Args:
        recipe: what to train.
        folder: the run's folder; must not hold a run yet.
        minutes, steps: the dial; neither takes the recipe's own number of steps.
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
        watcher: Watcher | None = None,
    ) -> None:
        if (folder / "plan.json").exists():
            raise RecipeError(f"{folder}: there is a run already; --resume goes on with it, -o chooses another folder")
        self._setup(recipe, folder, device, watcher)
        for stage in recipe.stages:  # what is wrong with the data shows before anything is written
            self._mixture(stage)
        for path in recipe.previews.data:
            self._data(DataSpec(path=path))
        throwaway = self._new_model()
        count = sum(p.numel() for p in throwaway.net.parameters())
        self.plan = make_plan(recipe, count, self._try_step(throwaway), minutes, steps, self.device.type == "cpu")
        self.model = self._new_model()
        self.builder = self.model.builder()
        self.stage = self.step = self.done = 0
        self._restored: State | None = None
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "recipe.yaml").write_text(dump_recipe(recipe), encoding="utf-8")
            replace_text(folder / "plan.json", json.dumps(asdict(self.plan), indent=2) + "\n")

    @classmethod
    def resume(cls, folder: Path, *, device: str = "cpu", watcher: Watcher | None = None) -> "Trainer":
        """A run that goes on where its last checkpoint stands.

        Raises:
            CheckpointError: no run there, or its state is damaged.
        """
        if not (folder / "plan.json").is_file():
            raise CheckpointError(f"{folder}: there is no run to resume")
        self = cls.__new__(cls)
        self._setup(load_recipe(folder / "recipe.yaml"), folder, device, watcher)
        try:
            self.plan = TypeAdapter(Plan).validate_json((folder / "plan.json").read_text("utf-8"))
        except ValueError as error:
            reason = first_problem(error) if isinstance(error, ValidationError) else str(error)
            raise CheckpointError(f"{folder / 'plan.json'}: damaged ({reason}); start a new run") from None
        torch.set_num_threads(self.plan.threads)
        self.model = self._new_model()
        self.builder = self.model.builder()
        try:
            state = load_state(folder)
        except CheckpointError:
            if any((folder / "state").glob("[0-9]*")):
                raise
            state = State(
                0, 0, 0, {}, {}, {}
            )  # stopped before its first checkpoint: the start is a function of the seed
        if state.net:
            try:
                self.model.net.load_state_dict(state.net)
            except RuntimeError:
                raise CheckpointError(
                    f"{folder}: its state does not fit the model; recipe.yaml or the data was changed since"
                ) from None
        self.stage, self.step, self.done = state.stage, state.step, state.done
        self._restored = state if state.net else None
        return self

    def run(self) -> bool:
        """Train to the end. False if Ctrl-C or SIGTERM came: the step was finished and the state saved."""
        self.watcher.plan(self.plan)
        self._times: deque[float] = deque(maxlen=50)
        with _writing(self.folder), _signals() as asked_to_stop:
            self._log = JsonlLog(self.folder / "log.jsonl", self.done)
            cut_back(self.folder / "answers.jsonl", self.done)
            for number in range(self.stage, len(self.recipe.stages)):
                if not self._run_stage(number, asked_to_stop):
                    self.watcher.note(f"stopped after {self.done} steps; the state is saved")
                    return False
            self.release()
        return True

    def release(self) -> None:
        """Write `model/` and the loss plot."""
        save(self.model, self.folder / "model", recipe=dump_recipe(self.recipe))
        plot_losses(self._log.rows, self.folder / "loss.png")

    def _run_stage(self, number: int, asked_to_stop: list[int]) -> bool:
        stage, steps = self.recipe.stages[number], self.plan.stages[number].steps
        net = self.model.net.train()
        mixture = self._mixture(stage)
        named = freeze(self.model.net, stage)
        optimiser = make_optimiser(self.recipe, stage, named)
        names = [name for group in named.values() for name in group]
        trained = {name: p for group in named.values() for name, p in group.items()}
        averaged = [n for group, ps in named.items() if group not in self.recipe.ema.skip for n in ps]
        averages = {name: trained[name].detach().clone() for name in averaged}
        if self._restored is not None and self.step:
            averages = {name: self._restored.averages[name].to(self.device) for name in averaged}
            load_optimiser(optimiser, names, self._restored.optimiser)
        self._restored = None
        self.stage = number
        start = time.perf_counter()
        for rendered in self._rendered_ahead(mixture, stage, steps):
            result = losses(net, prepare(rendered, net, stage, self.recipe.seed, self.step), stage)
            if not torch.isfinite(result.total):
                raise RecipeError(
                    f"the loss of stage {stage.name} is not finite at step {self.step + 1}; lower its rates"
                )
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
            start, before = time.perf_counter(), start
            self._times.append(start - before)
            self._tell(stage, steps, result.text, result.image, result.spread, rates)
            last = self.step == steps
            if self.done % self.recipe.previews.every == 0 or last:
                with swapped(trained, averages):
                    self._preview(stage)
            if last or asked_to_stop or self.done % self.recipe.save_every == 0:
                if last:  # a stage hands on the averaged weights
                    with torch.no_grad():
                        for name, average in averages.items():
                            trained[name].copy_(average)
                place = (number + 1, 0) if last else (number, self.step)
                kept = ({}, {}) if last else (averages, optimiser_tensors(optimiser, names))
                save_state(self.folder, State(*place, self.done, net.state_dict(), *kept))
            if asked_to_stop and not last:
                return False
        self.step = 0
        return not asked_to_stop or number + 1 == len(self.recipe.stages)

    def _tell(
        self,
        stage: StageSpec,
        steps: int,
        text: float | None,
        image: float | None,
        spread: float | None,
        rates: dict[str, float],
    ) -> None:
        total = sum(planned.steps for planned in self.plan.stages)
        a_step = sum(self._times) / len(self._times)
        step = StepLog(
            stage.name, self.step, steps, self.done, total, text, image, spread, a_step * (total - self.done)
        )
        self._log.add(step, rates)
        self.watcher.step(step)
        if spread is not None and spread < SPREAD_ALARM and self.step % 100 == 0:
            self.watcher.note(
                f"the condition hardly differs over prompts (spread {spread:.3f}): drawings will ignore the prompt"
            )

    def _preview(self, stage: StageSpec) -> None:
        recipe = self.recipe.previews
        sets = [self._data(DataSpec(path=path)) for path in recipe.data]
        samples = [data[index] for data in sets for index in range(min(recipe.count, len(data)))]
        drawing = bool(stage.image_loss)
        chosen = [sample for sample in samples if drawing or not _draws(sample)]
        preview(self.model.net, self.builder, self.recipe.generation, chosen, self.folder, self.done, stage.name)
        plot_losses(self._log.rows, self.folder / "loss.png")

    def _rendered_ahead(self, mixture: Mixture, stage: StageSpec, steps: int) -> Iterator[list[Document]]:
        """The documents of each step from the present one, rendered by a thread while the step before computes."""
        with ThreadPoolExecutor(1) as pool:

            def ask(step: int) -> Future[list[Document]]:
                return pool.submit(lambda: self._render(mixture.batch(step), stage, step))

            ahead = ask(self.step)
            for step in range(self.step, steps):
                rendered = ahead.result()
                if step + 1 < steps:
                    ahead = ask(step + 1)
                yield rendered

    def _render(self, samples: list[Sample], stage: StageSpec, step: int) -> list[Document]:
        return documents(samples, self.builder, stage, self.recipe.seed, step, self.recipe.on_bad)

    def _setup(self, recipe: Recipe, folder: Path, device: str, watcher: Watcher | None) -> None:
        self.recipe, self.folder, self.watcher = recipe, folder, watcher or Watcher()
        self.device = torch.device(device)
        self._sets: dict[str, Samples] = {}

    def _data(self, spec: DataSpec) -> Samples:
        if spec.key not in self._sets:
            self._sets[spec.key] = spec.open(self.recipe.data, self.recipe.on_bad)
        return self._sets[spec.key]

    def _mixture(self, stage: StageSpec) -> Mixture:
        sources = [(self._data(spec), spec.weight) for spec in stage.data]
        return Mixture(sources, stage.batch, self.recipe.seed, stage.name)

    @cached_property
    def _words(self) -> list[str]:
        """What a tokenizer from scratch is learnt from."""
        sets = {spec.key: spec for stage in self.recipe.stages for spec in stage.data}
        words = [f"system\n{DEFAULT_SYSTEM}", "user\n", "assistant\n"] * 100
        for spec in sets.values():
            words += texts(self._data(spec), TOKENIZER_SAMPLES if spec.storybook is None else STORYBOOK_SAMPLES)
        return words

    def _new_model(self) -> Model:
        model = new_model(self.recipe.model, self.recipe.generation, self._words, self.recipe.seed)
        model.net.to(self.device)
        return model

    def _try_step(self, model: Model) -> Callable[[int], None]:
        """Training steps on a model that is thrown away, to time them."""
        self.builder = model.builder()
        prepared: dict[int, tuple[Mixture, torch.optim.Optimizer]] = {}

        def try_step(number: int) -> None:
            stage = self.recipe.stages[number]
            named = freeze(model.net, stage)
            if number not in prepared:
                prepared[number] = self._mixture(stage), make_optimiser(self.recipe, stage, named)
            mixture, optimiser = prepared[number]
            rendered = self._render(mixture.batch(0), stage, 0)
            losses(model.net.train(), prepare(rendered, model.net, stage, 0, 0), stage).total.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

        return try_step


def _draws(sample: Sample) -> bool:
    return any(isinstance(part, ImageGen) for message in sample.conversation for part in message.content)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """A disk that is full or refuses becomes one line; the last checkpoint is untouched."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"{folder}: could not be written ({error.strerror or error}); free some space, then go on with --resume"
        ) from None


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM as entries of a list, so that a step is finished before the state is saved."""
    asked: list[int] = []
    kept = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            kept[number] = signal.signal(number, lambda received, _: asked.append(received))
    try:
        yield asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
