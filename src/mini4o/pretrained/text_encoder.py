"""The text encoder that a pretrained DiT was trained with, run as its pipeline in `diffusers` runs it.

Only what encodes is loaded: tokenizers and text encoders, and of the DiT the one matrix that their states enter by.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open
from torch import Tensor

from mini4o.conversation.layout import TextStates
from mini4o.errors import CheckpointError
from mini4o.model.dits import FAMILIES
from mini4o.pretrained.backbone import WEIGHTS, misfit, quiet
from mini4o.pretrained.hub import VARIANTS, fetched, local_folder, one_line, read_json, refill, weight_files
from mini4o.pretrained.parts import PART_WEIGHTS, SUBFOLDERS


@dataclass(frozen=True)
class Family:
    """A kind of pipeline. dit: the family of its DiT. encoders: its parts of `transformers` by folder, with the class
    of each. encode: captions to states by a pipeline, on a device."""

    dit: str
    encoders: dict[str, str]
    tokenizers: tuple[str, ...]
    encode: Callable[[Any, Sequence[str], torch.device], list[TextStates]]


def _sana(pipe: Any, captions: Sequence[str], device: torch.device) -> list[TextStates]:
    """Gemma-2's last hidden states of at most 300 tokens of the caption in small letters, with its beginning token.
    Of those the mask leaves out nothing is kept: SANA's cross-attention knows no order and never sees them."""
    states, mask, _, _ = pipe.encode_prompt(list(captions), do_classifier_free_guidance=False, device=device)
    return [TextStates(each[kept.bool()].cpu(), None) for each, kept in zip(states, mask, strict=True)]


def _sd3(pipe: Any, captions: Sequence[str], device: torch.device) -> list[TextStates]:
    """The states of both CLIPs side by side, after them those of T5, all of them with their padding, which SD3 sees;
    and the pooled vectors of the CLIPs."""
    words = list(captions)
    states, _, pooled, _ = pipe.encode_prompt(words, None, None, do_classifier_free_guidance=False, device=device)
    return [TextStates(each.cpu(), vector.cpu()) for each, vector in zip(states, pooled, strict=True)]


CLIP = "CLIPTextModelWithProjection"
PIPELINES = {  # by class of `diffusers`
    "SanaPipeline": Family("sana", {"text_encoder": "Gemma2Model"}, ("tokenizer",), _sana),
    "StableDiffusion3Pipeline": Family(
        "sd3",
        {"text_encoder": CLIP, "text_encoder_2": CLIP, "text_encoder_3": "T5EncoderModel"},
        ("tokenizer", "tokenizer_2", "tokenizer_3"),
        _sd3,
    ),
}


# What is fetched of a repository; copies of weights in other types have names of their own and stay where they are.
FETCHED = [
    "model_index.json",
    f"{SUBFOLDERS['dit']}/config.json",
    f"{SUBFOLDERS['dit']}/{PART_WEIGHTS}*",
    f"{SUBFOLDERS['dit']}/{Path(PART_WEIGHTS).stem}-*.safetensors",
    "text_encoder*/config.json",
    f"text_encoder*/{WEIGHTS}*",
    f"text_encoder*/{Path(WEIGHTS).stem}-*.safetensors",
    "tokenizer*/*",
]


class TextEncoder:
    """
    Args:
        name: a folder or the id of a model on the Hub, in the layout of a pipeline of `diffusers`.
        revision: the branch, tag or commit on the Hub.
        dtype: of the encoders' weights and states.
        device: where they run.

    Attributes:
        kind: the family of the DiT.
        revision: its commit, if it came from the Hub.
        dtype: of the states, in words.
        entrance: the fingerprint of the DiT's matrix that the states enter by; see `fingerprint`.

    Raises:
        CheckpointError: no such pipeline, one of another class, or a part of it that is missing or not whole.
    """

    def __init__(
        self, name: str, revision: str | None = None, dtype: torch.dtype = torch.bfloat16, device: str = "cpu"
    ) -> None:
        self.name, self.dtype, self._device = name, str(dtype).removeprefix("torch."), torch.device(device)
        folder, self.revision, command = _found(name, revision)
        index = read_json(folder / "model_index.json", name, command)
        if (pipeline := str(index.get("_class_name"))) not in PIPELINES:
            raise CheckpointError(
                f"{name}: model_index.json is of {pipeline}; text encoders are known of {' and '.join(PIPELINES)}"
            )
        family = PIPELINES[pipeline]
        self.kind = family.dit
        parts: dict[str, Any] = {}
        for part, kind in family.encoders.items():
            if (said := _class_in(index, part)) != kind:
                raise CheckpointError(f"{name}: {part} is {said or 'missing'} by model_index.json; expected a {kind}")
            parts[part] = _load_encoder(folder / part, kind, f"{name}: {part}", dtype, command).to(self._device)
        for part in family.tokenizers:
            parts[part] = _load_tokenizer(folder / part, _class_in(index, part), f"{name}: {part}", command)
        import diffusers  # its pipelines take seconds to import, and only who makes states needs them

        self._pipe = getattr(diffusers, pipeline)(**parts, transformer=None, vae=None, scheduler=None)
        self._encode = family.encode
        self.entrance = fingerprint(_entrance(folder, self.kind, name, command))

    @torch.inference_mode()
    def __call__(self, captions: Sequence[str]) -> list[TextStates]:
        """What the pipeline's own `encode_prompt` gives for captions, without guidance and without instructions."""
        return self._encode(self._pipe, captions, self._device)


def fingerprint(weight: Tensor) -> str:
    """What tells a DiT's matrix from others, in whichever of our types it is held: SHA-256 of its bfloat16 values."""
    rounded = weight.detach().to("cpu", torch.bfloat16).contiguous()
    return hashlib.sha256(rounded.view(torch.int16).numpy().tobytes()).hexdigest()


def _found(name: str, revision: str | None) -> tuple[Path, str | None, str]:
    """The folder of a pipeline, its commit if it came from the Hub, and the command that gets it anew."""
    if (folder := local_folder(name)) is not None:
        return folder, None, refill(name)
    command = f"hf download {name} --include {' '.join(repr(pattern) for pattern in FETCHED)}"
    command += f" --revision {revision}" if revision else ""
    folder = fetched(name, revision, FETCHED, command)
    return folder, folder.name, command  # the cache names a snapshot's folder by its commit


def _class_in(index: dict[str, Any], part: str) -> str:
    """The class of `transformers` that a pipeline's index names for a part; empty if it names none."""
    match index.get(part):
        case ["transformers", str(kind)]:
            return kind
    return ""


def _load_encoder(folder: Path, kind: str, name: str, dtype: torch.dtype, command: str) -> Any:
    """A text encoder whole: nothing of it is ever left random."""
    read_json(folder / "config.json", name, command)
    files = weight_files(folder, WEIGHTS, name, command)
    variant = next((each for each in VARIANTS if f".{each}" in files[0].name), None)
    try:
        with quiet():
            model, report = getattr(transformers, kind).from_pretrained(
                folder,
                dtype=dtype,
                variant=variant,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # told with the rest
            )
    except Exception as error:  # damaged files make the readers of others raise nearly anything
        raise CheckpointError(f"{name}: cannot be loaded ({one_line(error)}); get it again with: {command}") from None
    if problem := misfit(report):
        raise CheckpointError(
            f"{name}: the weights do not fit config.json: {problem}; expected those of {kind}, "
            f"get the folder again with: {command}"
        )
    return model.eval().requires_grad_(False)


def _load_tokenizer(folder: Path, kind: str, name: str, command: str) -> Any:
    if not folder.is_dir() or not re.fullmatch("(Gemma|CLIP|T5)Tokenizer(Fast)?", kind):
        problem = f"is {kind or 'of no class'} by model_index.json" if folder.is_dir() else "is missing"
        raise CheckpointError(f"{name}: {problem}; expected a tokenizer of `transformers`, get it with: {command}")
    try:
        return getattr(transformers, kind).from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # as above
        raise CheckpointError(f"{name}: cannot be read ({one_line(error)}); get it again with: {command}") from None


def _entrance(folder: Path, kind: str, name: str, command: str) -> Tensor:
    """The DiT's matrix that a text encoder's states enter by, from the checkpoint's files."""
    inside, key = folder / SUBFOLDERS["dit"], FAMILIES[kind].entrance
    with ExitStack() as stack:
        for path in weight_files(inside, PART_WEIGHTS, f"{name}: {inside.name}", command):
            file = stack.enter_context(safe_open(path, "pt"))
            if key in file.keys():  # noqa: SIM118  (it is no dictionary)
                weight: Tensor = file.get_tensor(key)
                return weight
    raise CheckpointError(f"{name}: the weights in {inside.name}/ have no '{key}'; get them again with: {command}")
