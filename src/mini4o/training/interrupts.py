"""Ctrl-C and SIGTERM as something to ask for."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals() -> Iterator[list[int]]:
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
