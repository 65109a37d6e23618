"""The storybook as files: shards and a manifest, written by one process or several, gone on with where it stopped."""

import fcntl
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from mini4o.data.sample import Sample
from mini4o.data.shards import MANIFEST, Contents, Shard, write_shard
from mini4o.data.storybook import Storybook
from mini4o.errors import DataError, Mini4oError

Told = Callable[[Shard | None], None]  # of a finished shard, or (None) of one more sample


@dataclass(frozen=True)
class _Job:
    """What is written where."""

    data: Storybook
    out: Path
    per_shard: int

    @property
    def parameters(self) -> dict[str, Any]:
        """All that the files are a function of."""
        return {**self.data.parameters, "shard": self.per_shard, "version": version("mini4o")}

    def write(self, number: int, told: Told) -> None:
        """One shard."""
        first = number * self.per_shard
        samples = self._samples(range(first, min(first + self.per_shard, len(self.data))))
        told(write_shard(self.out / f"{number:06d}.tar", samples, lambda: told(None)))

    def _samples(self, indices: range) -> Iterator[tuple[str, Sample]]:
        return ((f"{index:09d}", self.data[index]) for index in indices)


def make_storybook(
    data: Storybook,
    out: Path,
    *,
    per_shard: int = 1000,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Contents:
    """Writes the samples of a storybook as a folder: `000000.tar`, `000001.tar` … and `manifest.json`.

    A shard appears under its name when it is whole, and is then listed in the manifest. A call that was interrupted, in
    whatever way, is repeated: it goes on after the shards that are listed, and in the end the folder is, byte for byte,
    what one call would have written. A call that finds all of its work does nothing.

    Args:
        data: what to write.
        out: the folder to make.
        per_shard: samples of each shard but the last.
        workers: processes that write shards; the result does not depend on it.
        progress: called with (samples written, samples in all).

    Raises:
        DataError: a number is below 1; `out` holds something else, is being written by another process, or cannot be
            written; a task found no scene.
    """
    if per_shard < 1 or workers < 1:
        raise DataError(f"shards of {per_shard} samples by {workers} workers; both numbers are at least 1")
    job = _Job(data, out, per_shard)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone_in(out):
            return _write(job, workers, progress)
    except FileExistsError:
        raise DataError(f"{out}: is a file; name a new folder") from None
    except OSError as error:
        raise DataError(f"{error.filename or out}: could not be written ({error.strerror or error})") from None


def _write(job: _Job, workers: int, progress: Callable[[int, int], None] | None) -> Contents:
    finished = {shard.name: shard for shard in _begun(job)}
    total = len(job.data)
    numbers = range(-(-total // job.per_shard))
    todo = [number for number in numbers if f"{number:06d}.tar" not in finished]
    done = sum(shard.count for shard in finished.values())
    progress = progress or (lambda done, total: None)
    progress(done, total)

    def told(shard: Shard | None) -> None:
        nonlocal done
        if shard is None:
            done += 1
            progress(done, total)
        else:
            finished[shard.name] = shard
            _write_manifest(job, finished, len(finished) == len(numbers))

    try:
        if workers == 1 or len(todo) < 2:
            for number in todo:
                job.write(number, told)
        else:
            _write_by_workers(job, [todo[first::workers] for first in range(min(workers, len(todo)))], told)
    finally:
        _sweep(job.out)  # a worker that was ended leaves its shard unfinished
    return Contents(shards=tuple(finished[name] for name in sorted(finished)), finished=True)


def _begun(job: _Job) -> tuple[Shard, ...]:
    """The finished shards of an earlier call with the same parameters; in a new folder the manifest is begun."""
    if set(job.out.iterdir()) <= set(_unfinished(job.out)):
        _write_manifest(job, {}, False)
        return ()
    try:
        values = json.loads((job.out / MANIFEST).read_bytes())
        contents = Contents.model_validate(values)
    except (OSError, ValueError):
        raise DataError(f"{job.out}: is in use: it holds something else; name a new folder") from None
    others = [f"{name} {values.get(name)}" for name, value in job.parameters.items() if values.get(name) != value]
    if others:
        raise DataError(f"{job.out}: is in use: it was begun with {', '.join(others)}; name a new folder")
    _sweep(job.out)
    return tuple(shard for shard in contents.shards if _size(job.out / shard.name) == shard.bytes)


def _write_manifest(job: _Job, finished: dict[str, Shard], whole: bool) -> None:
    shards = [finished[name].model_dump() for name in sorted(finished)]
    text = json.dumps({**job.parameters, "shards": shards, "finished": whole}, indent=1) + "\n"
    aside = job.out / f".{MANIFEST}.{os.getpid()}.part"
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, job.out / MANIFEST)


def _unfinished(folder: Path) -> list[Path]:
    """What processes that were killed have left."""
    return [*folder.glob(".*.tar.*.part"), *folder.glob(f".{MANIFEST}.*.part")]


def _sweep(folder: Path) -> None:
    for path in _unfinished(folder):
        path.unlink(missing_ok=True)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Holds a folder; the system lets go of it when the process ends, however it ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(f"{folder}: is in use: another process is writing to it; wait for it") from None
        yield
    finally:
        os.close(handle)


def _write_by_workers(job: _Job, shares: Sequence[Sequence[int]], told: Told) -> None:
    """A process for each share of the shards. They end with this one, whatever ends it."""
    context = multiprocessing.get_context("spawn")
    running: dict[Any, Any] = {}  # the end of its pipe that we hear -> the process
    try:
        for share in shares:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(job, share, theirs), daemon=True)
            process.start()
            running[ours] = process
            theirs.close()
        while running:
            ready = wait(list(running))
            for pipe in [pipe for pipe in running if pipe in ready]:
                try:
                    message = pipe.recv()
                except EOFError:
                    process = running.pop(pipe)
                    process.join()
                    if process.exitcode:
                        raise DataError(f"{job.out}: a worker ended early (exit code {process.exitcode})") from None
                    continue
                if isinstance(message, str):
                    raise DataError(message)
                told(message)
    finally:
        for process in running.values():
            process.terminate()
            process.join()


def _work(job: _Job, numbers: Sequence[int], pipe: Connection) -> None:
    """What a worker does: its shards, telling of every sample. It ends when nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the one that listens ends the others
    try:
        for number in numbers:
            job.write(number, pipe.send)
    except BrokenPipeError:
        pass
    except Mini4oError as error:
        pipe.send(str(error))
    except OSError as error:
        pipe.send(f"{error.filename or job.out}: could not be written ({error.strerror or error})")
