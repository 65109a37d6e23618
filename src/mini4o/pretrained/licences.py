"""The licence of each part of a model: as its checkpoint reports it, or else as assumed here; and which of both."""

from pathlib import Path

import yaml
from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HFValidationError

from mini4o.model.spec import BackboneSpec, ModelSpec, PartSpec
from mini4o.pretrained.references import called

UNKNOWN = "not known"
SANA = "NSCL v2-custom (NVIDIA)"  # and the Gemma terms for its text encoder, which is not used here
# Of repositories that recipes name, for those that are not on this machine; nothing here has read them on the Hub.
REPORTED = {
    "Qwen/Qwen2.5-VL-3B-Instruct": "Qwen research licence (not for commercial use)",
    "Qwen/Qwen2.5-VL-7B-Instruct": "apache-2.0",
    "Qwen/Qwen3-VL-2B-Instruct": "apache-2.0",
    "Efficient-Large-Model/Sana_600M_512px_diffusers": SANA,
    "Efficient-Large-Model/Sana_600M_1024px_diffusers": SANA,
    "Efficient-Large-Model/Sana_1600M_512px_diffusers": SANA,
    "Efficient-Large-Model/Sana_1600M_1024px_diffusers": SANA,
    "stabilityai/stable-diffusion-3.5-medium": "Stability AI community licence",
}


def licence(name: str, revision: str | None = None) -> str:
    """The licence of a checkpoint in words, and who says so: what stands at the top of its README.md goes first, if it
    is on this machine; nothing is fetched.

    Args:
        name: a folder, or the id of a repository.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        found = _of_card(folder / "README.md")
        return f"{found}, as its README.md reports" if found else UNKNOWN
    try:
        card = try_to_load_from_cache(name, "README.md", revision=revision)
    except HFValidationError:  # a folder that is gone
        return UNKNOWN
    if found := _of_card(Path(card)) if isinstance(card, str) else None:
        return f"{found}, as {name} reports"
    if name in REPORTED:
        return f"{REPORTED[name]}, assumed; see what {name} reports"
    return UNKNOWN


def licences(spec: ModelSpec) -> dict[str, str]:
    """Of each part, what its licence is and who says so, or whose it is."""
    parts: dict[str, BackboneSpec | PartSpec] = {"backbone": spec.backbone, "dit": spec.dit, "codec": spec.codec}
    return {
        what: _in_words(part) if part.pretrained else "from random weights"
        for what, part in parts.items()
        if part.pretrained or what != "codec"  # the codec of pixels has none
    }


def _in_words(part: BackboneSpec | PartSpec) -> str:
    found = licence(str(part.pretrained), part.revision)
    return f"{found}; that of {called(part)}" if found == UNKNOWN else found


def _of_card(path: Path) -> str | None:
    """The licence in the front matter of a model card."""
    try:
        _, front, _ = path.read_text("utf-8").split("---", 2)
        values = yaml.safe_load(front)
    except (OSError, ValueError, yaml.YAMLError):
        return None
    if not isinstance(values, dict) or not values.get("license"):
        return None
    name = values.get("license_name") if values["license"] == "other" else None
    return " ".join(str(name or values["license"]).split())
