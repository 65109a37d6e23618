"""Does a warm start help? A small pair, at equal budget, with and without it.

    python benchmarks/warm_start.py --work DIR [--out docs/results/warm_start] [--seeds 2] [--quick]

A small SANA is first trained with a small text encoder of Gemma-2's class on pages of Storybook, and a small language
model on its own to put such requests into plans of words. Then queries and a connector are put between the language
model and the DiT, both as they are, and trained in two ways with the same number of steps in all:

    scratch   `connect` from the start
    warm      `warm` for the first part of the steps, then `connect`

once with the DiT frozen in `connect`, and once trained there. What is compared is the loss of the flow on pages that
nothing was trained on, at fixed noise and times. Beside it stand that of the DiT under its own text encoder (what the
connector may hope for) and under the empty caption (what a connector that says nothing gets).
"""

import argparse
import json
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import Gemma2Config, Gemma2Model

from mini4o import chance
from mini4o.conversation.captions import caption_of
from mini4o.conversation.images import load_image
from mini4o.conversation.sizes import fit
from mini4o.data.sample import Sample
from mini4o.data.shards import ShardData, write_shard
from mini4o.data.storybook import Storybook
from mini4o.model import flow
from mini4o.model.codec import to_pixels
from mini4o.model.spec import FlowSpec
from mini4o.pretrained.text_encoder import TextEncoder
from mini4o.pretrained.text_states import StateFiles, make_states
from mini4o.training import warm
from mini4o.training.log import StepLog, Watcher
from mini4o.training.losses import losses
from mini4o.training.prepare import Step, documents, prepare
from mini4o.training.recipe import Recipe
from mini4o.training.trainer import Trainer

SIDE, FACTOR = 32, 8
PAGES = (("train", "pages", "train"), ("held", "held", "val"))  # folder, how many, split
TASKS = {"draw_short": 1}
SIZES = [[32, 32], [40, 24], [24, 40]]  # of pages of that size
FLOW = {"prediction": "x", "shift": 10, "smallest_t": 0.05}
DIT: dict[str, Any] = {
    "in_channels": 3 * FACTOR**2,
    "out_channels": 3 * FACTOR**2,
    "num_attention_heads": 4,
    "attention_head_dim": 32,
    "num_layers": 3,
    "mlp_ratio": 2.0,
    "num_cross_attention_heads": 4,
    "cross_attention_head_dim": 32,
    "cross_attention_dim": 128,
    "caption_channels": 96,
    "sample_size": SIDE // FACTOR,
    "patch_size": 1,
    "interpolation_scale": 1,
}
GEMMA: dict[str, Any] = {
    "hidden_size": 96,
    "intermediate_size": 192,
    "num_hidden_layers": 1,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "query_pre_attn_scalar": 32,
    "sliding_window": 512,
}
BACKBONE: dict[str, Any] = {
    "text_config": {
        "hidden_size": 128,
        "intermediate_size": 320,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "initializer_range": 0.04,
    },
    "vision_config": {
        "depth": 1,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_heads": 2,
        "patch_size": 8,
        "temporal_patch_size": 1,
        "spatial_merge_size": 2,
        "window_size": 64,
        "fullatt_block_indexes": [0],
        "initializer_range": 0.04,
    },
}
STORY = {"tasks": {"think_then_draw": 1}, "languages": ["en"], "size": SIDE}
FULL = {"pages": 8000, "held": 128, "pair": 1500, "understand": 100, "warm": 80, "all": 240, "every": 20, "rate": 1e-3}
QUICK = {"pages": 200, "held": 16, "pair": 20, "understand": 4, "warm": 4, "all": 8, "every": 2, "rate": 1e-3}


# ---------------------------------------------------------------------------------------------------- data and pair


def make_pages(folder: Path, count: int, split: str) -> ShardData:
    """Pages with requests that say where they play, so that words matter soon."""
    if not (folder / "pages.tar").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_shard(folder / "pages.tar", islice(_pages(split), count))
    return ShardData(folder / "pages.tar")


def _pages(split: str) -> Iterator[tuple[str, Sample]]:
    book = Storybook(TASKS, 1_000_000, split, ["en"], size=SIDE)
    for index in range(len(book)):
        sample = book[index]
        if any(claim["type"] == "plays" for claim in sample.facts["claims"]):
            asked, drawn = sample.conversation
            drawing = drawn.content[0]
            square = drawing.model_copy(update={"size": None, "image": fit(load_image(drawing.image), (SIDE, SIDE))})
            drawn = drawn.model_copy(update={"content": (square,)})
            yield f"{index:06d}", replace(sample, conversation=[asked, drawn])


def requests(data: ShardData) -> list[str]:
    """The request of each page."""
    return [caption for index in range(len(data)) if (caption := caption_of(data[index].conversation)) is not None]


def write_tokenizer(folder: Path, captions: list[str]) -> int:
    """As Gemma's, learnt from captions; how many words it has."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=1024, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([caption.lower() for caption in captions], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "GemmaTokenizer", **names}))
    return tokenizer.get_vocab_size()


def train_pair(folder: Path, data: ShardData, steps: int, batch: int = 32) -> list[float]:
    """DiT and text encoder learn together, and are written as a pipeline of `diffusers`; the losses."""
    captions = requests(data)
    aside = folder.with_name(f"{folder.name}.new")
    words = write_tokenizer(aside / "tokenizer", captions)
    tokenizer = Tokenizer.from_file(str(aside / "tokenizer" / "tokenizer.json"))
    with chance.library(0, "pair"):
        dit, encoder = SanaTransformer2DModel(**DIT), Gemma2Model(Gemma2Config(vocab_size=words, **GEMMA))
    latents = torch.stack([_latents(data[index]) for index in range(len(data))])
    ids = [torch.tensor(tokenizer.encode(caption.lower()).ids) for caption in captions]
    empty = torch.tensor(tokenizer.encode("").ids)
    parameters = [*dit.parameters(), *encoder.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    spec = FlowSpec.model_validate(FLOW)
    told = []
    for step in range(steps):
        generator = chance.generator(0, "pair", step)
        chosen = torch.randint(len(ids), (batch,), generator=generator).tolist()
        dropped = torch.rand(batch, generator=generator) < 0.1
        some = [empty if drop else ids[index] for index, drop in zip(chosen, dropped.tolist(), strict=True)]
        padded = torch.nn.utils.rnn.pad_sequence(some, batch_first=True)
        lengths = torch.tensor([len(each) for each in some])
        mask = (torch.arange(padded.shape[1]) < lengths[:, None]).long()
        x = latents[chosen]
        t, noise = flow.training_times(batch, generator, spec.shift), torch.randn(x.shape, generator=generator)
        x_t = flow.mix(x, noise, t)
        states = encoder(padded, attention_mask=mask)[0]
        output = dit(x_t, states, timestep=t * 1000, encoder_attention_mask=mask, return_dict=False)[0]
        loss = flow.loss(flow.velocity(output, x_t, t, spec), x, x_t, noise, t, spec).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        rate = 1e-3 * min(1, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        told.append(loss.item())
        if step % 100 == 99:
            print(f"pair {step + 1}/{steps}: {sum(told[-100:]) / 100:.4f}", flush=True)
    dit.save_pretrained(aside / "transformer")
    encoder.save_pretrained(aside / "text_encoder")
    index = {
        "_class_name": "SanaPipeline",
        "text_encoder": ["transformers", "Gemma2Model"],
        "tokenizer": ["transformers", "GemmaTokenizerFast"],
    }
    (aside / "model_index.json").write_text(json.dumps(index))
    aside.rename(folder)
    return told


def _latents(sample: Sample) -> Tensor:
    picture = load_image(sample.conversation[-1].content[0].image)
    return torch.nn.functional.pixel_unshuffle(to_pixels(picture)[None], FACTOR)[0]


# ---------------------------------------------------------------------------------------------------------- recipes


def recipe(work: Path, seed: int, stages: list[dict[str, Any]], model: dict[str, Any]) -> Recipe:
    """A recipe of the benchmark's small models."""
    values = {
        "name": "warm-start",
        "seed": seed,
        "precision": "fp32",
        "data": str(work),
        "model": {
            "queries": 8,
            "connector": {"layers": 2, "width": 128, "heads": 4},
            "codec": {"factor": FACTOR},
            "flow": FLOW,
            "sizes": [[SIDE, SIDE]],
            "sources": 0,
            **model,
        },
        "generation": {"text_scale": 1.5},
        "stages": stages,
        "previews": {"every": 1_000_000},
        "save_every": 1_000_000,
    }
    return Recipe.model_validate(values)


def understand(work: Path, steps: int) -> Path:
    """A small language model that puts requests into plans of words; its folder."""
    backbone = {"config": BACKBONE, "tokenizer_words": 1536, "read_pixels": [1024, 1024]}
    dit = {"config": {"num_attention_heads": 1, "attention_head_dim": 32, "num_layers": 1}, "width": 32}
    dit["config"] |= {"num_cross_attention_heads": 1, "cross_attention_head_dim": 32, "cross_attention_dim": 32}  # type: ignore[operator]
    train = dict.fromkeys(("vision", "merger", "language", "head", "rows"), 1.5e-3)
    stage = {"name": "understand", "steps": steps, "batch": 32, "train": train, "image_loss": 0}
    stage["data"] = [{"storybook": STORY}]
    made = recipe(work, 0, [stage], {"backbone": backbone, "dit": dit, "queries": 1, "sizes": SIZES})
    run = work / "understood"
    if not (run / "model").exists():
        (Trainer.resume(run) if (run / "plan.json").exists() else Trainer(made, run, watcher=Says("understand"))).run()
    return run / "model" / "backbone"


def arm(work: Path, seed: int, numbers: dict[str, Any], warmed: bool, trains_dit: bool) -> Recipe:
    """One side of the comparison: the same steps in all, the same rates."""
    both = {"queries": numbers["rate"], "connector": numbers["rate"]}
    common = {"batch": 32, "data": [{"path": "train/pages.tar"}], "warmup": 20, "branches": {"none": 0.1}}
    first = {"name": "warm", "steps": numbers["warm"], "train": both, "states": "states", **common}
    rest = numbers["all"] - (numbers["warm"] if warmed else 0)
    with_dit = both | ({"dit": numbers["rate"] / 4} if trains_dit else {})  # gently: it can draw
    second = {"name": "connect", "steps": rest, "train": with_dit, "text_loss": 0, **common}
    scale = StateFiles(work / "states").index.scale
    model = {
        "backbone": {"pretrained": str(work / "understood" / "model" / "backbone"), "read_pixels": [1024, 1024]},
        "dit": {"pretrained": str(work / "pair")},
        "connector": {"layers": 2, "width": 128, "heads": 4, "norm_scale": scale},
    }
    return recipe(work, seed, [first, second] if warmed else [second], model)


# -------------------------------------------------------------------------------------------------------- measuring


class Says(Watcher):
    """Prints a line now and then."""

    def __init__(self, name: str) -> None:
        self.name, self.told = name, 0.0

    def step(self, log: StepLog) -> None:
        if time.monotonic() - self.told > 20 or log.done == log.total:
            self.told = time.monotonic()
            print(f"{self.name} {log.done}/{log.total}: text {log.text} image {log.image} warm {log.warm}", flush=True)


class Held:
    """Pages that nothing was trained on, at fixed noise and times, with a trainer's model."""

    def __init__(self, trainer: Trainer, data: ShardData, states: StateFiles) -> None:
        self.net, self.empty = trainer.model.net, states[""]
        stage = next(stage for stage in trainer.recipe.stages if stage.name == "connect")
        self.stage = stage.model_copy(update={"branches": stage.branches.model_copy(update={"none": 0.0})})
        self.plain: list[Step] = []
        self.read: list[Step] = []  # with the text encoder's states
        for start in range(0, len(data), 32):
            some = [data[index] for index in range(start, min(start + 32, len(data)))]
            for steps, given in ((self.plain, None), (self.read, states)):
                rendered = documents(some, trainer.builder, self.stage, 0, start, states=given)
                steps.append(prepare(rendered, self.net, self.stage, 0, start))

    def loss(self) -> float:
        """Of the flow, under the connector's condition."""
        return self._mean(self.plain)

    def distance(self) -> float:
        """Of the velocities under the connector's condition from those under the text encoder's states."""
        return self._mean(self.read)

    @torch.no_grad()
    def _mean(self, steps: list[Step]) -> float:
        was = self.net.training
        self.net.eval()
        values = [losses(self.net, step, self.stage).image or 0.0 for step in steps]
        self.net.train(was)
        return sum(values) / len(values)

    @torch.no_grad()
    def under_states(self, empty: bool = False) -> float:
        """Of the flow, under the text encoder's states of each page's caption, or of the empty one."""
        values, net = [], self.net
        for some in (some for step in self.read for some in step.drawings):
            assert some.captions is not None
            read = warm.side_by_side([self.empty] * len(some.x), some.x.device) if empty else some.captions
            x_t = flow.mix(some.x, some.noise, some.t)
            output = net.dit(x_t, some.sources, some.t, read.states, read.pooled, read.mask)
            v = flow.velocity(output, x_t, some.t, net.spec.flow)
            values.append(float(flow.loss(v, some.x, x_t, some.noise, some.t, net.spec.flow).mean()))
        return sum(values) / len(values)


class Curve(Says):
    """Measures on held-out pages at intervals, with the weights as they are."""

    def __init__(self, name: str, every: int) -> None:
        super().__init__(name)
        self.every = every
        self.points: list[dict[str, Any]] = []
        self.held: Held

    def step(self, log: StepLog) -> None:
        super().step(log)
        if log.done % self.every == 0 or log.done == log.total:
            point = {"step": log.done, "stage": log.stage, "loss": self.held.loss(), "distance": self.held.distance()}
            self.points.append(point)


def compare(work: Path, numbers: dict[str, Any], seeds: int, held: ShardData) -> Iterator[dict[str, Any]]:
    """Both arms, with the DiT frozen and trained, for each seed; those that were run before are read."""
    states = StateFiles(work / "states")
    for dit, seed, name in (
        (d, s, n) for d in ("frozen", "trained") for s in range(seeds) for n in ("scratch", "warm")
    ):
        curve = Curve(f"{name} {dit} {seed}", numbers["every"])
        run = work / "runs" / curve.name.replace(" ", "-")
        done = run.with_suffix(".json")
        if not done.exists():
            shutil.rmtree(run, ignore_errors=True)
            trainer = Trainer(arm(work, seed, numbers, name == "warm", dit == "trained"), run, watcher=curve)
            curve.held = Held(trainer, held, states)
            bounds = {
                "text encoder": curve.held.under_states(),
                "empty caption": curve.held.under_states(empty=True),
                "untrained connector": curve.held.loss(),
            }
            start = time.process_time()
            trainer.run()
            seconds = round(time.process_time() - start, 1)
            values = {"arm": name, "dit": dit, "seed": seed, "seconds": seconds, **bounds, "points": curve.points}
            done.write_text(json.dumps(values))
        yield json.loads(done.read_text())


def plot(found: dict[str, Any], path: Path) -> None:
    """Losses on held-out pages over steps, a panel for the DiT frozen and one for it trained."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), dpi=100)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, dit in zip(panels, ("frozen", "trained"), strict=True):
        for run in (run for run in found["runs"] if run["dit"] == dit):
            colour = {"scratch": "#1f77b4", "warm": "#ff7f0e"}[run["arm"]]
            label = {"scratch": "connect", "warm": "warm, then connect"}[run["arm"]] if run["seed"] == 0 else None
            points = [(point["step"], point["loss"]) for point in run["points"] if point["step"]]
            axes.plot(*zip(*points, strict=True), color=colour, label=label, linewidth=1)
        axes.axhline(found["empty caption"], color="#777777", linestyle=":", linewidth=1, label="the empty caption")
        axes.axhline(found["text encoder"], color="#2ca02c", linestyle="--", linewidth=1, label="its text encoder")
        axes.axvline(found["numbers"]["warm"], color="#dddddd", linewidth=1, zorder=0)
        axes.set_title(f"DiT {dit} in connect", fontsize=9)
        axes.set_xlabel("step")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("flow loss, held-out pages")
    panels[1].legend(frameon=False, fontsize=8)
    low, high = found["text encoder"], found["empty caption"]
    panels[0].set_ylim(low - 0.3 * (high - low), high + 1.5 * (high - low))
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Makes what is not there yet, compares, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder for data, models and runs")
    parser.add_argument("--out", type=Path, help="a folder for the figures")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="see whether it runs")
    given = parser.parse_args()
    numbers, work = QUICK if given.quick else FULL, given.work
    begun = time.process_time()
    train, held = (make_pages(work / name, numbers[count], split) for name, count, split in PAGES)
    told = train_pair(work / "pair", train, numbers["pair"]) if not (work / "pair").exists() else []
    make_states(work / "states", TextEncoder(str(work / "pair")), [*requests(train), *requests(held)])
    understand(work, numbers["understand"])
    found = {
        "numbers": numbers,
        "versions": {name: version(name) for name in ("torch", "diffusers", "transformers")},
        "pair": [round(sum(told[at : at + 100]) / 100, 4) for at in range(0, len(told) - 99, 100)],
    }
    found["runs"] = []
    for run in compare(work, numbers, given.seeds, held):
        found["runs"].append(run)
        for name in ("text encoder", "empty caption"):
            found[name] = run.pop(name)
        gap, last = found["empty caption"] - found["text encoder"], run["points"][-1]["loss"]
        run["closed"] = round((found["empty caption"] - last) / gap, 3)
        print(f"text encoder {found['text encoder']:.4f}, empty caption {found['empty caption']:.4f}; ", end="")
        print(
            f"{run['arm']}, DiT {run['dit']}, seed {run['seed']}: {last:.4f}, {run['closed']:.0%} of the way",
            flush=True,
        )
    found["cpu minutes"] = round((time.process_time() - begun) / 60, 1)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "warm_start.json").write_text(json.dumps(found, indent=1) + "\n")
        plot(found, given.out / "loss.png")


if __name__ == "__main__":
    main()
