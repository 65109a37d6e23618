"""Files of a checkpoint that others made: fetched from the Hub or found in a folder, and held to be whole."""

import json
import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from huggingface_hub import constants, get_session, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError, safe_open

from mini4o.errors import CheckpointError
from mini4o.pretrained import shipped

log = logging.getLogger("mini4o")

NO_WEIGHTS = ["*.json", "*.txt", "*.model", "*.jinja", "*.yaml", "README.md"]  # of a model of ours
FILES = [*NO_WEIGHTS, "*.safetensors"]
VARIANTS = ("bf16", "fp16")  # copies of weights in 16 bits, which repositories for `diffusers` often hold too


def refill(name: str) -> str:
    """The command that fills the folder of a checkpoint again."""
    return f"hf download REPOSITORY --local-dir {name}"


def local_folder(name: str) -> Path | None:
    """The folder of that name; None if it is the id of a repository.

    Raises:
        CheckpointError: it is neither.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not is_id(name):
        raise CheckpointError(
            f"{name}: there is no such folder; check the path, or give the id of a Hub repository as OWNER/NAME"
        )
    return None


def model_folder(name: str | Path, revision: str | None = None, files: Sequence[str] = FILES, **options: Any) -> Path:
    """The folder of a model of ours: of the package, of this machine, or of the Hub, fetched if it is not here.

    Args:
        name: as of `shipped.find`, or OWNER/NAME on the Hub.
        files: what is fetched. options: of `snapshot_download`, such as a token.

    Raises:
        CheckpointError: as of `fetched`; or a revision of what is no repository.
    """
    place = shipped.find(name)
    if not place.is_dir() and isinstance(name, str) and is_id(name):
        command = f"hf download {name}" + (f" --revision {revision}" if revision else "")
        return fetched(name, revision, files, command, **options)
    if revision is not None:
        raise CheckpointError(f"{name}: is a folder, which has no revisions; leave out `revision`")
    return place


def is_id(name: str) -> bool:
    """Whether a name that is no folder's is written as the id of a repository, OWNER/NAME."""
    return not name.startswith((".", "/", "~")) and name.count("/") == 1


def fetched(name: str, revision: str | None, patterns: Sequence[str], command: str, **options: Any) -> Path:
    """The folder of a repository's snapshot, fetched if it is not here; it is named by its commit.

    Args:
        command: what fetches it by hand. options: of `snapshot_download`, such as a token.

    Raises:
        CheckpointError: gated, missing, or offline and not here.
    """
    at = f" at revision {revision}" if revision else ""
    if not reached():
        options["local_files_only"] = True
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(patterns), **options))
    except GatedRepoError:  # of the errors below it is one of RepositoryNotFoundError's
        problem = f"is gated; accept its terms at https://huggingface.co/{name}, then: hf auth login && {command}"
    except RepositoryNotFoundError:
        problem = (
            f"there is no such repository on the Hub, or it is private; check the id, then: hf auth login && {command}"
        )
    except RevisionNotFoundError:
        problem = f"has no revision {revision}; https://huggingface.co/{name}/commits/main lists them"
    except LocalEntryNotFoundError:
        problem = f"is not on this machine{at}, and the Hub was not reached; with a network: {command}"
    except HFValidationError:
        problem = "is neither a folder nor the id of a Hub repository; check the path, or write OWNER/NAME"
    except Exception as error:  # of the disk, of HTTP, and of the library's own
        problem = f"could not be fetched ({one_line(error)}); again with: {command}"
    raise CheckpointError(f"{name}: {problem}") from None


@lru_cache
def reached() -> bool:
    """Whether the Hub answers; asked once. Behind a firewall that drops what is sent, the library would wait without
    end."""
    try:
        get_session().head(constants.ENDPOINT, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    except Exception:  # no such host, no answer, a proxy that refuses, HF_HUB_OFFLINE
        return False
    return True


def read_json(path: Path, name: str, command: str) -> dict[str, Any]:
    """The object in a file of a checkpoint.

    Raises:
        CheckpointError: missing or damaged.
    """
    if not path.is_file():
        raise CheckpointError(f"{name}: {path.name} is missing; get it with: {command}")
    try:
        values = json.loads(path.read_text("utf-8"))
        if not isinstance(values, dict):
            raise TypeError
    except (ValueError, TypeError, RecursionError):
        raise CheckpointError(f"{name}: {path.name} is damaged; get it again with: {command}") from None
    return values


def weight_files(folder: Path, file: str, name: str, command: str) -> list[Path]:
    """The files of weights in a folder, each of them whole: `file`, or the shards that its index lists. If neither is
    there, those of a variant in 16 bits, and a warning is logged.

    Args:
        file: ends in `.safetensors`.
        name, command: of the checkpoint, and what gets its files anew.

    Raises:
        CheckpointError: missing, pickles alone, damaged, or shorter than the header says.
    """
    plain = [file, f"{file}.index.json"]
    stem = Path(file).stem
    variants = [
        each
        for variant in VARIANTS
        for each in (f"{stem}.{variant}.safetensors", f"{file}.index.{variant}.json")  # as `diffusers` names them
    ]
    # An index goes first: what is left of a download may lie beside it.
    there = [each for each in (*reversed(plain), *variants) if (folder / each).is_file()]
    if not there and (pickles := sorted(path.name for path in folder.glob("*.bin"))):
        raise CheckpointError(
            f"{name}: has its weights as pickles only ({pickles[0]}), which can run any code and are never read; "
            f"expected {file}: choose a revision that has it, or save the model again with safetensors"
        )
    chosen = there[0] if there else file
    if chosen in variants:
        log.warning("%s: %s is not there, so %s is read, a copy in 16 bits", name, file, chosen)
    files = [chosen]
    if chosen.endswith(".json"):
        listed = read_json(folder / chosen, name, command).get("weight_map")
        files = sorted({str(each) for each in listed.values()}) if isinstance(listed, dict) else []
        # A shard lies beside its index, and nowhere else on this machine.
        if not files or any(Path(each).name != each or not each.endswith(".safetensors") for each in files):
            raise CheckpointError(f"{name}: {chosen} is damaged; get it again with: {command}")
    for each in files:
        _check_whole(folder / each, name, command)
    return [folder / each for each in files]


def _check_whole(path: Path, name: str, command: str) -> None:
    if not path.is_file():
        raise CheckpointError(f"{name}: {path.name} is missing; get it with: {command}")
    try:
        with safe_open(path, "pt"):
            pass
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        raise CheckpointError(
            f"{name}: {path.name} is damaged or cut off at {size:,} bytes ({one_line(error)}); "
            f"delete it and get it again with: {command}"
        ) from None


def one_line(error: BaseException) -> str:
    """An error's message on one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
