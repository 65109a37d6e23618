"""One fixed run at real size, on a machine with a GPU and no network; see README.md beside this file."""

import argparse
import json
import logging
import platform
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderDC, SanaTransformer2DModel
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from mini4o import Mini4o, chance
from mini4o.conversation.scratch import make_processor, make_tokenizer
from mini4o.model.families import qwen2_5_vl
from mini4o.pretrained.parts import CONFIGS
from mini4o.training.log import StepLog, Watcher
from mini4o.training.recipe import Recipe
from mini4o.training.trainer import Trainer

QWEN = CONFIGS / "Qwen" / "Qwen2.5-VL-3B-Instruct"
SANA = CONFIGS / "Efficient-Large-Model" / "Sana_1600M_512px_diffusers"
PACKAGES = ("mini4o", "torch", "transformers", "diffusers")

TINY_QWEN: dict[str, Any] = {
    "text_config": {
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    },
    "vision_config": {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "patch_size": 4,
        "temporal_patch_size": 2,
        "spatial_merge_size": 2,
        "window_size": 16,
        "fullatt_block_indexes": [1],
    },
}
TINY_SANA: dict[str, Any] = {
    "num_attention_heads": 2,
    "attention_head_dim": 16,
    "num_layers": 2,
    "num_cross_attention_heads": 2,
    "cross_attention_head_dim": 16,
    "cross_attention_dim": 32,
    "caption_channels": 24,
    "sample_size": 1,
}
TINY_CODEC: dict[str, Any] = {
    "attention_head_dim": 8,
    "encoder_block_out_channels": [8, 8, 8, 8, 8, 32],
    "decoder_block_out_channels": [8, 8, 8, 8, 8, 32],
    "encoder_layers_per_block": [1] * 6,
    "decoder_layers_per_block": [1] * 6,
}


@dataclass(frozen=True)
class Size:
    """How large the run is. side: of pictures, in pixels; read_pixels: least and most a picture is read at."""

    side: int
    queries: int
    batch: int
    read_pixels: tuple[int, int]
    precision: str


REAL = Size(side=512, queries=256, batch=8, read_pixels=(65536, 262144), precision="bf16")
TINY = Size(side=128, queries=4, batch=2, read_pixels=(64, 1024), precision="fp32")


class Phases:
    """Seconds and peaks of memory of each phase, in bytes; one may be part of another."""

    def __init__(self, device: str) -> None:
        self.cuda = device.startswith("cuda")
        self.of: dict[str, dict[str, float]] = {}
        self._peaks: list[int] = []  # on the GPU, of the phases that are open, up to now

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        print(f"{name} …", file=sys.stderr, flush=True)
        self._note()
        self._peaks.append(0)
        start = time.perf_counter()
        yield
        self._note()
        self.of[name] = {
            "seconds": round(time.perf_counter() - start, 3),
            # Of the process so far: the system keeps no other peak.
            "peak_memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "peak_gpu_memory": self._peaks.pop(),
        }

    def _note(self) -> None:
        """Wait for the GPU, and give its peak since the last time to all phases that are open."""
        if self.cuda:
            torch.cuda.synchronize()
            peak = torch.cuda.max_memory_allocated()
            torch.cuda.reset_peak_memory_stats()
            self._peaks = [max(each, peak) for each in self._peaks]


class Steps(Watcher):
    """Keeps the losses, and when each step was done."""

    def __init__(self) -> None:
        self.losses: list[float | None] = []
        self.at: list[float] = []

    def step(self, log: StepLog) -> None:
        self.losses.append(log.image)
        self.at.append(time.perf_counter())


def write_backbone(folder: Path, size: Size, device: str, tiny: bool) -> int:
    """A Qwen2.5-VL of random weights in the layout of its repository, in bfloat16; its number of parameters. The
    tokenizer is a small one with the family's control tokens, whose ids the configuration then names."""
    tokenizer = make_tokenizer(["You are a helpful assistant.", "Draw a red cat in a garden."], 400)
    ids = tokenizer.get_added_vocab()
    if tiny:
        config = qwen2_5_vl.configuration(TINY_QWEN, ids, len(tokenizer))
    else:
        config = Qwen2_5_VLConfig.from_pretrained(QWEN)
        for name in ("image", "video"):
            setattr(config, f"{name}_token_id", ids[f"<|{name}_pad|>"])
        config.vision_start_token_id, config.vision_end_token_id = ids["<|vision_start|>"], ids["<|vision_end|>"]
        config.text_config.bos_token_id = config.text_config.pad_token_id = ids["<|endoftext|>"]
        config.text_config.eos_token_id = ids["<|im_end|>"]
    count = _write(Qwen2_5_VLForConditionalGeneration, config, folder, device)
    tokenizer.save_pretrained(folder)
    make_processor(config.vision_config.to_dict(), size.read_pixels).save_pretrained(folder)
    return count


def write_pair(folder: Path, device: str, tiny: bool) -> dict[str, int]:
    """A SANA with its autoencoder and scheduler likewise, as a pipeline of `diffusers` has them."""
    counts = {}
    for part, library, less in (("transformer", SanaTransformer2DModel, TINY_SANA), ("vae", AutoencoderDC, TINY_CODEC)):
        config = json.loads((SANA / part / "config.json").read_text("utf-8")) | (less if tiny else {})
        counts[part] = _write(library.from_config, config, folder / part, device)
    shutil.copytree(SANA / "scheduler", folder / "scheduler")
    return counts


def _write(make: Any, config: Any, folder: Path, device: str) -> int:
    kept = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with chance.library(0, folder.name), torch.device(device):
            model = make(config)
    finally:
        torch.set_default_dtype(kept)
    torch.nn.Module.to(model, torch.bfloat16).save_pretrained(folder, max_shard_size="5GB")
    return sum(parameter.numel() for parameter in model.parameters())


def recipe(out: Path, size: Size, steps: int, batch: int) -> Recipe:
    """One stage `connect`: queries, connector and DiT learn, the language model stays as it is."""
    pair, side = str(out / "checkpoints" / "sana"), size.side
    pages = {"size": side, "count": 10_000}  # square, wide and tall
    tasks = [{"draw_short": 1, "draw_long": 1}, {"edit_add": 1, "edit_recolour": 1}]
    return Recipe.model_validate(
        {
            "name": "gpu",
            "precision": size.precision,
            "model": {
                "backbone": {"pretrained": str(out / "checkpoints" / "qwen"), "read_pixels": size.read_pixels},
                "queries": size.queries,
                "connector": "shallow",
                "dit": {"pretrained": pair, "checkpointing": True},
                "codec": {"pretrained": pair, "dtype": "bfloat16"},
                "sizes": [(side, side), (side * 5 // 4, side * 3 // 4), (side * 3 // 4, side * 5 // 4)],
            },
            "generation": {"steps": 20, "text_scale": 4.5, "image_scale": 1.5},
            "stages": [
                {
                    "name": "connect",
                    "steps": steps,
                    "batch": batch,
                    "train": dict.fromkeys(("queries", "connector", "dit", "source_in"), 1e-4),
                    "text_loss": 0,
                    "branches": {"none": 0.1, "no_text": 0.05},
                    "data": [{"storybook": {"tasks": some, **pages}} for some in tasks],
                }
            ],
        }
    )


def run(out: Path, size: Size, tiny: bool, device: str, steps: int, batch: int) -> dict[str, Any]:
    """All of it; the result as JSON values."""
    phase, watcher, checkpoints = Phases(device), Steps(), out / "checkpoints"

    class Timed(Trainer):
        def release(self) -> None:
            with phase("save"):
                super().release()

    with phase("write checkpoints"):
        counts = {"backbone": write_backbone(checkpoints / "qwen", size, device, tiny)}
        counts |= write_pair(checkpoints / "sana", device, tiny)
    with phase("build, try, build"):
        trainer = Timed(recipe(out, size, steps, batch), out / "run", device=device, watcher=watcher)
    counts |= {name: sum(p.numel() for p in group.values()) for name, group in trainer.model.net.groups().items()}
    with phase("train and save"):
        assert trainer.run()
    drawn = Mini4o(trainer.model).draw("Draw a red cat in a garden.")
    del trainer
    with phase("load"):
        model = Mini4o.from_pretrained(out / "run" / "model", device)
    with phase("draw"):
        page = model.draw("Draw a red cat in a garden.")
    with phase("edit"):
        edited = model.edit(page, "Make the cat white.")[0]
    for name, picture in (("drawn", page), ("edited", edited)):
        picture.save(out / f"{name}.png")
    with phase("save standalone"):
        model.save_pretrained(out / "standalone", standalone=True)
    after_first = [later - earlier for earlier, later in zip(watcher.at, watcher.at[1:], strict=False)]
    return {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "device": torch.cuda.get_device_name(device) if phase.cuda else "cpu",
            **{name: version(name) for name in PACKAGES},
        },
        "run": {**asdict(size), "batch": batch, "steps": steps, "tiny": tiny},
        "parameters": counts,
        "phases": phase.of,
        "seconds_a_step": [round(seconds, 4) for seconds in after_first],
        "losses": watcher.losses,
        "the loaded model draws what the trained one does": drawn.tobytes() == page.tobytes(),
        "bytes": {name: _bytes(out / name) for name in ("checkpoints", "run/model", "run/state", "standalone")},
    }


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """What the command line does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="a folder that is not there yet")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, help="samples a step; 8, or 2 if tiny")
    parser.add_argument("--tiny", action="store_true", help="tiny configurations, for a test")
    parser.add_argument("--keep", action="store_true", help="leave checkpoints, run and models in the folder")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    size = TINY if options.tiny else REAL
    options.out.mkdir(parents=True)
    result = run(options.out, size, options.tiny, options.device, options.steps, options.batch or size.batch)
    text = json.dumps(result, indent=2)
    (options.out / "result.json").write_text(text + "\n", encoding="utf-8")
    if not options.keep:
        for name in ("checkpoints", "run", "standalone"):
            shutil.rmtree(options.out / name)
    print(text)


if __name__ == "__main__":
    main()
