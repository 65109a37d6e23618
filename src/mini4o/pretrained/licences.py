"""The licence of each part of a model, as its repository reports it. Nobody here has checked more than that."""

from pathlib import Path

import yaml
from huggingface_hub import try_to_load_from_cache

from mini4o.model.spec import BackboneSpec, ModelSpec, PartSpec

UNKNOWN = "not known"
SANA = "NSCL v2-custom (NVIDIA)"  # and the Gemma terms for its text encoder, which is not used here
# What repositories that recipes name report on the Hub, for those that are not on this machine.
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
    """The licence that a checkpoint reports: a folder or the id of a repository. What stands at the top of its own
    README.md goes first, if that is on this machine; nothing is fetched."""
    card: str | Path | None = Path(name) / "README.md"
    if not Path(name).is_dir():
        found = try_to_load_from_cache(name, "README.md", revision=revision) if name.count("/") == 1 else None
        card = found if isinstance(found, str) else None
    said = _of_card(Path(card)) if card is not None else None
    return said or REPORTED.get(name, UNKNOWN)


def licences(spec: ModelSpec) -> dict[str, str]:
    """Of each part, what its licence is or whose."""
    parts: dict[str, BackboneSpec | PartSpec] = {"backbone": spec.backbone, "dit": spec.dit, "codec": spec.codec}
    return {
        what: _in_words(part.pretrained, part.revision) if part.pretrained else "from random weights"
        for what, part in parts.items()
        if part.pretrained or what != "codec"  # the codec of pixels has none
    }


def _in_words(name: str, revision: str | None) -> str:
    found = licence(name, revision)
    return f"{found}; that of {name}" if found == UNKNOWN else f"{found}, as {name} reports"


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
