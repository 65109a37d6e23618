"""The tokenizer of a run, kept in its folder: learnt again from data that was changed since, it would be another, and
every word that the model knows would mean something else."""

from pathlib import Path
from typing import Any

from mini4o.errors import CheckpointError
from mini4o.pretrained.aside import write_aside
from mini4o.pretrained.backbone import load_tokenizer
from mini4o.pretrained.hub import one_line


def keep(tokenizer: Any, run: Path, advice: str) -> None:
    """Write it.

    Raises:
        CheckpointError: it could not be written; ends in the advice.
    """

    def write(aside: Path) -> None:
        tokenizer.save_pretrained(aside)

    write_aside(run / "tokenizer", write, advice)


def kept(run: Path) -> Any:
    """Read it; None if there is none.

    Raises:
        CheckpointError: it is damaged.
    """
    place = run / "tokenizer"
    if not place.is_dir():
        return None
    try:
        return load_tokenizer(place)
    except Exception as error:  # a damaged file makes `transformers` and `tokenizers` raise nearly anything
        raise CheckpointError(f"{place}: damaged ({one_line(error)}); start a new run") from None
