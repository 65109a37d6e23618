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


def nearest(name: str, known: Iterable[str]) -> str:
    """`"; did you mean 'x'?"` for the known name nearest to `name`, or an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


def first_problem(error: ValidationError, known: Iterable[str] = ()) -> str:
    """One line for the first problem of a pydantic error: where, what, and for an unknown key the nearest known one."""
    problem = error.errors()[0]
    where = ".".join(str(step) for step in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key '{where}'{nearest(str(problem['loc'][-1]), known)}"
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
