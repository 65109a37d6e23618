"""The run for a machine with a GPU, at tiny size on a CPU: it has to work the first time there."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import PIL.Image
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def test_it_runs_at_tiny_size_on_a_cpu(tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "gpu" / "run.py", "--tiny", "--device", "cpu", "--out", tmp_path / "out"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([*command, "--steps", "3", "--keep"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result == json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))
    wanted = [
        "write checkpoints",
        "build, try, build",
        "train and save",
        "save",
        "load",
        "draw",
        "edit",
        "save standalone",
    ]
    assert sorted(result["phases"]) == sorted(wanted)
    assert all(phase["seconds"] > 0 and phase["peak_memory"] > 1e8 for phase in result["phases"].values())
    assert len(result["losses"]) == 3 and all(loss > 0 for loss in result["losses"])
    assert len(result["seconds_a_step"]) == 2
    assert result["the loaded model draws what the trained one does"] is True
    for name in ("drawn", "edited"):
        assert PIL.Image.open(tmp_path / "out" / f"{name}.png").size == (128, 128)
    sizes = result["bytes"]
    assert 0 < sizes["run/model"] < sizes["standalone"]
    # In the official layout, in bfloat16, and only by reference in what was trained around it.
    assert (tmp_path / "out" / "checkpoints" / "qwen" / "model.safetensors").is_file()
    assert not (tmp_path / "out" / "run" / "model" / "backbone" / "model.safetensors").exists()
    assert (tmp_path / "out" / "run" / "model" / "dit" / "diffusion_pytorch_model.safetensors").is_file()


def test_the_wheels_are_all_that_we_require_beyond_torch_and_transformers() -> None:
    """Each in a version that fits, and each with what it requires itself."""
    there = {
        "torch",
        "transformers",
        "huggingface-hub",
        "safetensors",
        "tokenizers",
        "numpy",
        "pyyaml",
        "typer",
        "rich",
    }
    there |= {"pillow", "filelock", "regex", "requests"}
    lines = [line for line in (ROOT / "gpu" / "wheels.txt").read_text("utf-8").splitlines() if line[:1] != "#"]
    carried = {name(line.split("==")[0]): line.split("==")[1] for line in lines}
    # What an older version requires says nothing of the one that is carried.
    for package in ("mini4o", *(each for each in carried if importlib.metadata.version(each) == carried[each])):
        for text in importlib.metadata.requires(package) or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": "", "python_version": "3.12"}):
                assert name(needed.name) in there | carried.keys(), f"{package} needs {text}"
                if name(needed.name) in carried:
                    assert carried[name(needed.name)] in needed.specifier, f"{package} needs {text}"


def name(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
