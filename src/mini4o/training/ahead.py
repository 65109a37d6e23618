"""The documents of coming steps, rendered while the present step computes: by a thread, or by processes of their own.

What a step renders is a function of its number, so it makes no difference who renders it.
"""

import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from mini4o.conversation.layout import Document
from mini4o.errors import Mini4oError, WorkerError

log = logging.getLogger("mini4o")

Render = Callable[[int], list[Document]]  # the documents of a step

_DEPTH = 2  # steps that wait for each worker
_render: Render  # of a worker process, as is what it has logged: levels and lines
_said: list[tuple[int, str]] = []


def rendered_ahead(render: Render, first: int, steps: int, workers: int) -> Generator[list[Document]]:
    """The documents of the steps from `first` up to `steps`, in order.

    Args:
        render: what to run; with workers it is sent to them, so it has to be picklable.
        first: the first step.
        steps: the step after the last.
        workers: processes that render; 0 is a thread of this one.

    Raises:
        Mini4oError: as `render` does, once the step before has been handed out.
        WorkerError: a worker was killed.
    """
    pool: Executor
    if workers:
        arguments = (pickle.dumps(render), os.getpid())
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=arguments)
    else:
        pool = ThreadPoolExecutor(1)
    waiting: deque[Future[Any]] = deque()
    try:
        for step in range(first, steps):
            numbers = range(step + len(waiting), min(steps, step + _DEPTH * max(1, workers)))
            with _without_ctrl_c():
                waiting.extend(pool.submit(_rendered if workers else render, number) for number in numbers)
            result = waiting.popleft().result()
            yield _heard(result) if workers else result
    except BrokenProcessPool:
        raise WorkerError("a worker process was killed, perhaps for lack of memory: give fewer --workers") from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Ctrl-C waits until this is over, and processes that begin meanwhile never get one: it would reach them too, and
    the one that trains ends the others."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _heard(answer: bytes) -> list[Document]:
    """What a worker answers: it says here what it had to say, or fails as it did."""
    result, said = pickle.loads(answer)
    for level, line in said:
        log.log(level, "%s", line)
    if isinstance(result, Mini4oError):
        raise result
    documents: list[Document] = result
    return documents


# ------------------------------------------------------------------------------------------- in a worker process


def _begin(render: bytes, parent: int) -> None:
    """The start of a worker process."""
    global _render
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    import torch

    torch.set_num_threads(1)
    log.addHandler(_Keeps())
    _render = pickle.loads(render)


def _follow(parent: int) -> None:
    """End when the process that trains was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


class _Keeps(logging.Handler):
    """What is logged goes to the process that trains with the next answer: only that one knows where to write it."""

    def emit(self, record: logging.LogRecord) -> None:
        _said.append((record.levelno, record.getMessage()))


def _rendered(step: int) -> bytes:
    """A step's documents or what is wrong with them, and what was logged; as bytes, because tensors sent as such would
    each hold an open file until they are freed."""
    try:
        result: list[Document] | Mini4oError = _render(step)
    except Mini4oError as error:
        result = error
    answer = pickle.dumps((result, _said))
    _said.clear()
    return answer
