"""Every error mini4o raises on purpose. Each message is one line that says what is wrong and what to do."""

import difflib
from collections.abc import Iterable

from pydantic import ValidationError


class Mini4oError(Exception):
    """Base of all errors of this package; the command line prints it as one line and exits with 1."""


class ConversationError(Mini4oError):
    """A conversation that breaks the contract: unknown part, too long, a source that does not exist …"""


class ImageError(Mini4oError):
    """A picture that cannot be read, is broken, or is absurd in size."""


class DataError(Mini4oError):
    """A data set that cannot be read: names the file and the line."""


class RecipeError(Mini4oError):
    """A training recipe that cannot be run as written."""


class CheckpointError(Mini4oError):
    """A model folder that is missing, foreign, damaged, or could not be written."""


class WorkerError(Mini4oError):
    """A worker process that ended before its work was done."""


def nearest(name: str, known: Iterable[str]) -> str:
    """`"; did you mean 'x'?"` for the known name nearest to `name`, or an empty string."""
    # Of what shares half of its letters that which takes the fewest changes: `querys` has more letters in common with
    # `query_std`, but is nearer to `queries`.
    close = difflib.get_close_matches(name, list(known), n=5, cutoff=0.5)
    return f"; did you mean '{min(close, key=lambda other: _changes(name, other))}'?" if close else ""


def _changes(one: str, other: str) -> int:
    """The least number of letters to put in, take out or replace to turn one word into the other."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def first_problem(error: ValidationError, known: Iterable[str] = ()) -> str:
    """One line for the first problem of a pydantic error: where, what, and for an unknown key the nearest known one."""
    problem = error.errors()[0]
    where = ".".join(str(step) for step in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key '{where}'{nearest(str(problem['loc'][-1]), known)}"
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
