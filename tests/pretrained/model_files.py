"""What is in a model folder."""

from pathlib import Path

WEIGHTS = [
    "backbone/model.safetensors",
    "connector.safetensors",
    "dit/diffusion_pytorch_model.safetensors",
    "reader.safetensors",
    "source_in.safetensors",
]


def files(path: Path) -> dict[str, bytes]:
    """The content of every file under a folder, by its path in it."""
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}
