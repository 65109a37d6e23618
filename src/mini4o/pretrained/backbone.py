"""A pretrained backbone: found on this machine or fetched from the Hub, checked file by file, and loaded whole.

Weights are safetensors only, no code of a checkpoint is run, and what is missing or does not fit is an error: nothing
is ever filled up with random weights.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

from mini4o.conversation.families import FAMILIES as CHATS
from mini4o.errors import CheckpointError
from mini4o.model.families import FAMILIES
from mini4o.model.spec import BackboneSpec
from mini4o.pretrained.hub import VARIANTS, fetched, local_folder, one_line, read_json, refill, weight_files

FETCHED = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja", "README.md"]
WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose files are all there.

    name: as it was asked for. folder: where it is. family: what its configuration says. files: of weights.
    revision: its commit, if it came from the Hub. command: what gets its files anew.
    """

    name: str
    folder: Path
    family: str
    files: list[Path]
    revision: str | None
    command: str

    def tokenizer(self) -> Any:
        """Its tokenizer.

        Raises:
            CheckpointError: it is damaged.
        """
        with self._whole("tokenizer"):
            return load_tokenizer(self.folder)

    def processor(self, read_pixels: tuple[int, int] | None) -> Any:
        """Its image processor, as of `load_processor`.

        Raises:
            CheckpointError: it is damaged, or of `load_processor`.
        """
        with self._whole("image processor"):
            return load_processor(self.family, self.folder, read_pixels)

    @contextmanager
    def _whole(self, what: str) -> Iterator[None]:
        try:
            yield
        except CheckpointError:
            raise
        except Exception as error:  # damaged files make the readers of others raise nearly anything
            raise CheckpointError(
                f"{self.name}: its {what} is damaged ({one_line(error)}); get it again with: {self.command}"
            ) from None


def find(spec: BackboneSpec) -> Checkpoint:
    """The checkpoint that a specification names, its files checked; fetched from the Hub if it is not here.

    Raises:
        CheckpointError: gated, missing, offline and not here, of another class, half-downloaded, or pickles alone.
    """
    assert spec.pretrained is not None
    name = spec.pretrained
    if (folder := local_folder(name)) is not None:
        command = refill(name)
        return Checkpoint(name, folder, *_checked(folder, name, spec.family, command), None, command)
    command = f"hf download {name}" + (f" --revision {spec.revision}" if spec.revision else "")
    folder = fetched(name, spec.revision, FETCHED, command)
    # The cache of the Hub names the folder of a snapshot by its commit.
    return Checkpoint(name, folder, *_checked(folder, name, spec.family, command), folder.name, command)


def _checked(folder: Path, name: str, family: str | None, command: str) -> tuple[str, list[Path]]:
    """The family of a checkpoint that has all its files, and those of its weights."""
    config = read_json(folder / "config.json", name, command)
    found = family_in(config, name, family)
    if "quantization_config" in config:
        raise CheckpointError(
            f"{name}: its weights are quantised, by quantization_config in config.json, and are not read so; take the "
            "checkpoint that it was made of, and model.backbone.quantise"
        )
    files = weight_files(folder, WEIGHTS, name, command)
    for file, other in (("tokenizer.json", "vocab.json"), ("preprocessor_config.json", "processor_config.json")):
        if not (folder / file).is_file() and not (folder / other).is_file():
            raise CheckpointError(f"{name}: {file} is missing; get it with: {command}")
    return found, files


def family_in(config: dict[str, Any], name: str, family: str | None) -> str:
    """The backbone family that a `config.json` is of; `family` is the one that was asked for, if any was.

    Raises:
        CheckpointError: it is of none, or of another.
    """
    found = str(config.get("model_type"))
    if found not in FAMILIES:
        raise CheckpointError(
            f"{name}: config.json says model_type '{found}', which is no backbone family; "
            f"those are: {', '.join(FAMILIES)}"
        )
    if family not in (None, found):
        raise CheckpointError(f"{name}: is a {found} by its config.json, not a {family}; leave out `family`")
    return found


def load_model(checkpoint: Checkpoint, dtype: torch.dtype, attention: str) -> Any:
    """The model of a checkpoint, of its family's class in `transformers`, every weight of it read.

    Raises:
        CheckpointError: weights that are missing, too many or of another shape.
    """
    kind = FAMILIES[checkpoint.family].MODEL
    variant = next((each for each in VARIANTS if f".{each}" in checkpoint.files[0].name), None)
    try:
        with quiet():
            lm, report = kind.from_pretrained(
                checkpoint.folder,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # told with the rest
                variant=variant,
                dtype=dtype,
                attn_implementation=attention,
            )
    except Exception as error:  # damaged files make the readers of others raise nearly anything
        raise CheckpointError(
            f"{checkpoint.name}: {kind.__name__} cannot be loaded ({one_line(error)}); "
            f"get it again with: {checkpoint.command}"
        ) from None
    if problem := misfit(report):
        raise CheckpointError(
            f"{checkpoint.name}: the weights do not fit config.json: {problem}; expected those of {kind.__name__}, "
            f"get the folder again with: {checkpoint.command}"
        )
    lm.config._name_or_path = ""  # where it was read from is no part of it
    return lm


def misfit(report: dict[str, Any]) -> str:
    """What is wrong by a loading report of `transformers`: how many weights, and the first; empty if nothing."""
    for kind, word in (("missing_keys", "missing"), ("unexpected_keys", "too many"), ("mismatched_keys", "misshapen")):
        names = sorted(str(name if isinstance(name, str) else name[0]) for name in report.get(kind) or ())
        if names:
            return f"{len(names)} {word}, such as {names[0]}"
    return " ".join(str(report.get("error_msgs") or "").split())


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder, with its chat template."""
    # The code that a folder brings is never run, nor is anyone asked whether it should be.
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    for name in ("is_local", "local_files_only"):  # how it was loaded is no part of it
        tokenizer.init_kwargs.pop(name, None)
    template = folder / "chat_template.json"  # of the processor, in older checkpoints
    if tokenizer.chat_template is None and template.is_file():
        tokenizer.chat_template = json.loads(template.read_text("utf-8"))["chat_template"]
    return tokenizer


def load_processor(family: str, folder: Path, read_pixels: tuple[int, int] | None = None) -> Any:
    """The image processor of a folder; `read_pixels` beats its own bounds.

    Raises:
        CheckpointError: `read_pixels` for a family that reads all pictures in tiles of one size.
    """
    options: dict[str, Any] = {}
    if read_pixels is not None:
        if not FAMILIES[family].MROPE:
            raise CheckpointError(
                f"a {family} reads pictures in tiles of one size; leave out model.backbone.read_pixels"
            )
        # Older checkpoints name them so, and these names beat `size`.
        options = {"min_pixels": read_pixels[0], "max_pixels": read_pixels[1]}
    return FAMILIES[family].PROCESSOR.from_pretrained(folder, local_files_only=True, **options)


def check_tokens(checkpoint: Checkpoint, tokenizer: Any, lm: Any) -> None:
    """Refuse a tokenizer that does not go with the family and the vocabulary matrix.

    Raises:
        CheckpointError: control tokens of the family are missing, or there are more tokens than rows.
    """
    chat = CHATS[checkpoint.family]
    added, rows = tokenizer.get_added_vocab(), int(lm.config.text_config.vocab_size)
    needed = {*chat.nearest.values(), chat.image_pad}
    problem = ""
    if absent := sorted(needed - added.keys()):
        problem = f"has no {absent[0]}"
    elif added[chat.image_pad] != lm.config.image_token_id:
        problem = f"numbers {chat.image_pad} {added[chat.image_pad]}, and config.json {lm.config.image_token_id}"
    elif (largest := max(tokenizer.get_vocab().values())) >= rows:
        problem = f"goes up to {largest}, and the weights have {rows} rows"
    if problem:
        raise CheckpointError(
            f"{checkpoint.name}: its tokenizer {problem}: it is not that of this {checkpoint.family}; "
            f"get the folder again with: {checkpoint.command}"
        )


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars of `transformers`."""
    shown = is_progress_bar_enabled()
    disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            enable_progress_bar()
