"""The examination at work, in this process or in several: samples are independent, chance hangs on their names."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch

from mini4o.evaluation.judge import measure
from mini4o.evaluation.storybook.candidates import Candidate, Copy, Trained, Truth
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.examine import Line, Pictures, examine, name_of
from mini4o.evaluation.storybook.guessing import Blind, Lessons, Majority
from mini4o.evaluation.storybook.record import JUDGE, Record
from mini4o.mini4o import Mini4o


@dataclass(frozen=True)
class Job:
    """What a process needs to know.

    Attributes:
        exam: what is asked.
        judged: scenes on which the judge's own errors are measured; 0 leaves it out.
        folder: the model's, if there is one.
        device: where it runs.
        model: the model of that folder, adapters and all, where it is loaded already.
        adapters: that are stacked on it.
    """

    exam: Exam
    judged: int
    folder: Path | None = None
    device: str = "cpu"
    model: Mini4o | None = None
    adapters: tuple[Path, ...] = ()

    @cached_property
    def candidates(self) -> list[Candidate]:
        """All who are examined; the model is loaded."""
        lessons = Lessons(self.exam)
        baselines: list[Candidate] = [Blind(lessons), Majority(lessons), Copy(), Truth(self.exam)]
        if self.folder is None:
            return baselines
        model = self.model or Mini4o.from_pretrained(self.folder, self.device, self.adapters)
        return [Trained(model, self.exam.seed), *baselines]

    def do(self, key: Key | None) -> tuple[Line, Pictures]:
        """A sample; None is the judge's own errors."""
        if key is not None:
            return examine(self.exam, self.candidates, key)
        told = measure(self.judged, self.exam.size, self.exam.seed).told()
        del told["pictures_a_second_and_core"]  # the one number that is not the same twice
        return {"sample": JUDGE, "scenes": self.judged, "size": self.exam.size, **told}, {}


def carry_out(job: Job, record: Record, workers: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Examines all samples that the record does not hold yet.

    Args:
        job: what is to be done.
        record: gets each sample as it is through.
        workers: processes. Each computes with one thread, so that marks are the same for any number of them.
        progress: called with (samples done, samples in all).
    """
    todo: list[Key | None] = [key for key in job.exam if name_of(key) not in record.lines]
    if job.judged and JUDGE not in record.lines:
        todo.insert(0, None)
    whole = len(record.lines) + len(todo)
    for line, pictures in _done(job, todo, workers):
        record.add(line, pictures)
        if progress is not None:
            progress(len(record.lines), whole)


def _done(job: Job, todo: list[Key | None], workers: int) -> Iterator[tuple[Line, Pictures]]:
    workers = min(workers, len(todo))
    if workers <= 1:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield from map(job.do, todo)
        finally:
            torch.set_num_threads(threads)
        return
    with multiprocessing.get_context("spawn").Pool(workers, _begin, (replace(job, model=None),)) as pool:
        yield from pool.imap_unordered(_do, todo)


_job: Job  # of a worker process


def _begin(job: Job) -> None:
    global _job
    _job = job
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that holds the record
    torch.set_num_threads(1)


def _do(key: Key | None) -> tuple[Line, Pictures]:
    return _job.do(key)
