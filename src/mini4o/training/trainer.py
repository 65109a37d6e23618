"""The trainer: one process, one stage after another, exact on resume."""

import json
import logging
import shutil
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError

from mini4o.conversation.families.qwen2_5_vl import DEFAULT_SYSTEM
from mini4o.conversation.layout import Document
from mini4o.conversation.parts import ImageGen
from mini4o.conversation.scratch import make_tokenizer
from mini4o.data.mixture import Mixture
from mini4o.data.sample import Sample
from mini4o.errors import CheckpointError, DataError, ImageError, RecipeError, WorkerError, first_problem
from mini4o.model.build import check_configs
from mini4o.pretrained.backbone import find, load_tokenizer
from mini4o.pretrained.folder import save, write_aside
from mini4o.pretrained.model import Dtype, Model, model_with, pinned
from mini4o.training.ahead import rendered_ahead
from mini4o.training.exams import exam_of, sit, summary
from mini4o.training.log import JsonlLog, Plan, StepLog, Watcher, cut_back, plot_losses, replace_text
from mini4o.training.losses import Losses, Precision, losses
from mini4o.training.plan import TryStep, make_plan
from mini4o.training.prepare import prepare, rendered
from mini4o.training.previews import preview
from mini4o.training.recipe import BACKBONE_GROUPS, Recipe, StageSpec, dump_recipe, load_recipe
from mini4o.training.sources import Sources
from mini4o.training.stages import check_gradients, freeze, make_optimiser, set_rates, swapped
from mini4o.training.state import State, load_optimiser, load_state, optimiser_tensors, save_state
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
        count = sum(p.numel() for p in throwaway.net.parameters())
        try_step = self._try_step(throwaway)
        plan = make_plan(recipe, count, try_step, minutes, steps, self.device.type == "cpu")
        for number in range(len(recipe.stages)):  # a stage that cannot run is known now, not after the ones before it
            try_step(number, plan.precision)
        del throwaway, try_step  # a pretrained backbone must not be held twice
        self.plan = replace(plan, samples=self.sources.counts(), backbone=self.recipe.model.backbone.in_words())
        self.model = self._new_model(tokenizer)
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
        self.model = self._new_model(self._kept_tokenizer(begun))
        self.builder = self.model.builder()
        # Stopped before its first checkpoint, a run begins again: its start is a function of the seed.
        state = load_state(folder) if begun else State(0, 0, 0, {}, {}, {})
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
        save(self.model, self.folder / "model", recipe=dump_recipe(self.recipe), advice=GO_ON)
        plot_losses(self._log.rows, self.folder / "loss.png")

    def _run_stage(self, number: int, asked_to_stop: list[int]) -> bool:
        stage, steps = self.recipe.stages[number], self.plan.stages[number].steps
        net = self.model.net.train()
        mixture = self.sources.mixture(stage)
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

        def keep() -> None:
            kept = averages, optimiser_tensors(optimiser, names)
            save_state(self.folder, State(number, self.step, self.done, net.state_dict(), *kept))

        for some in self._rendered_ahead(mixture, stage, steps, keep):
            step = prepare(some, net, stage, self.recipe.seed, self.step)
            result = losses(net, step, stage, self.plan.precision)
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
            self._tell(stage, steps, result, rates)
            last = self.step == steps
            if self.done % self.recipe.previews.every == 0 or last:
                with swapped(trained, averages):
                    self._preview(stage)
            if last:  # a stage hands on the averaged weights
                with torch.no_grad():
                    for name, average in averages.items():
                        trained[name].copy_(average)
                save_state(self.folder, State(number + 1, 0, self.done, net.state_dict(), {}, {}))
            elif asked_to_stop or self.done % self.recipe.save_every == 0:
                keep()
            if asked_to_stop and not last:
                return False
        self.step = 0
        return not asked_to_stop or number + 1 == len(self.recipe.stages)

    def _tell(self, stage: StageSpec, steps: int, result: Losses, rates: dict[str, float]) -> None:
        total = sum(planned.steps for planned in self.plan.stages)
        left = sum(self._times) / len(self._times) * (total - self.done)
        parts = {name: getattr(result, name) for name in ("text", "image", "words", "tasks", "spread")}
        step = StepLog(stage.name, self.step, steps, self.done, total, **parts, seconds_left=left)
        self._log.add(step, rates)
        self.watcher.step(step)
        spread = result.spread
        if spread is not None and spread < SPREAD_ALARM and self.step % 100 == 0:
            self.watcher.note(
                f"the condition hardly differs over prompts (spread {spread:.3f}): drawings will ignore the prompt"
            )

    def _preview(self, stage: StageSpec) -> None:
        recipe = self.recipe.previews
        samples = [data[index] for data in self.sources.previews() for index in range(min(recipe.count, len(data)))]
        drawing = bool(stage.image_loss)
        chosen = [sample for sample in samples if drawing or not _draws(sample)]
        preview(self.model.net, self.builder, self.recipe.generation, chosen, self.folder, self.done, stage.name)
        plot_losses(self._log.rows, self.folder / "loss.png")
        if recipe.exam is not None:
            shares = sit(self.model, exam_of(recipe.exam), drawing, self.folder, self.done, stage.name)
            self.watcher.note(f"after {self.done} steps {summary(shares)}")

    def _rendered_ahead(
        self, mixture: Mixture, stage: StageSpec, steps: int, keep: Callable[[], None]
    ) -> Iterator[list[Document]]:
        """The documents of each step from the present one, rendered while the steps before compute.

        Raises:
            DataError: a sample cannot be used. What was learnt so far is kept first.
            WorkerError: a worker process was killed; likewise.
        """
        render = partial(rendered, mixture, self.builder, stage, self.recipe.seed, self.recipe.on_bad)
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

    def _setup(self, recipe: Recipe, folder: Path, device: str, workers: int, watcher: Watcher | None) -> None:
        self.recipe, self.folder, self.watcher, self._workers = recipe, folder, watcher or Watcher(), workers
        self.device = torch.device(device)
        self.sources = Sources(recipe)
        self._checkpoint = None
        if recipe.model.backbone.pretrained is not None:
            self._checkpoint = find(recipe.model.backbone)
            frozen = not any(group in stage.train for stage in recipe.stages for group in BACKBONE_GROUPS)
            dtype: Dtype = "bfloat16" if frozen and self.device.type == "cuda" else "float32"
            self.recipe = recipe.model_copy(update={"model": pinned(recipe.model, self._checkpoint, dtype)})

    def _begin(self) -> None:
        """Write what the run is a function of, or nothing."""
        made = [place for place in (self.folder, *self.folder.parents) if not place.exists()]  # the deepest first
        try:
            with _writing(self.folder, "free some space, then begin again"):
                self.folder.mkdir(parents=True, exist_ok=True)
                self._keep_tokenizer(self.model.tokenizer, "free some space, then begin again")
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
        """A tokenizer learnt from the data, or that of the pretrained backbone."""
        if self._checkpoint is not None:
            return load_tokenizer(self._checkpoint.folder)
        words = [f"system\n{DEFAULT_SYSTEM}", "user\n", "assistant\n"] * 100
        return make_tokenizer([*words, *self.sources.words()], self.recipe.model.backbone.tokenizer_words)

    def _keep_tokenizer(self, tokenizer: Any, advice: str) -> None:
        def write(aside: Path) -> None:
            tokenizer.save_pretrained(aside)

        write_aside(self.folder / "tokenizer", write, advice)

    def _kept_tokenizer(self, begun: bool) -> Any:
        """The tokenizer that the run began with: learnt again from data that was changed since, it would be another,
        and every word the model knows would mean something else."""
        place = self.folder / "tokenizer"
        if place.is_dir():
            try:
                return load_tokenizer(place)
            except Exception as error:  # a damaged file makes `transformers` and `tokenizers` raise nearly anything
                reason = " ".join(str(error).split())[:200]
                raise CheckpointError(f"{place}: damaged ({reason}); start a new run") from None
        if begun:
            raise CheckpointError(f"{place}: is missing, and the run's words are numbered by it; start a new run")
        tokenizer = self._new_tokenizer()
        with _writing(self.folder):
            self._keep_tokenizer(tokenizer, GO_ON)
        return tokenizer

    def _new_model(self, tokenizer: Any) -> Model:
        recipe = self.recipe
        model = model_with(recipe.model, recipe.generation, tokenizer, recipe.seed, self._checkpoint)
        model.net.to(self.device)
        if recipe.checkpoint_gradients:
            model.net.backbone.checkpoint_gradients()
        return model

    def _try_step(self, model: Model) -> TryStep:
        """Training steps on a model that is thrown away, to time them."""
        self.builder = model.builder()
        prepared: dict[int, tuple[Mixture, torch.optim.Optimizer]] = {}

        def try_step(number: int, precision: Precision) -> None:
            stage = self.recipe.stages[number]
            named = freeze(model.net, stage)
            if number not in prepared:
                prepared[number] = self.sources.mixture(stage), make_optimiser(self.recipe, stage, named)
            mixture, optimiser = prepared[number]
            some = rendered(mixture, self.builder, stage, self.recipe.seed, self.recipe.on_bad, 0)
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
