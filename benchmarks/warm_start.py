"""Does a warm start help? A small pair, at equal budget, with and without it.

    python benchmarks/warm_start.py --work DIR [--out docs/results/warm_start] [--seeds 2] [--quick]

A small SANA is trained with a small text encoder of Gemma-2's class on pages of Storybook, and the language model of
the recipe `digits` on its own to put such requests into plans of words. Then queries and a connector are put between
the language model and the DiT and trained in two ways, with the same number of steps in all:

    connect   `connect` from the start
    warm      `warm` for two thirds of them, then `connect`, gently

once with the DiT frozen in `connect`, and once trained there. What is compared is the loss of the flow on pages that
nothing was trained on, at fixed noise and times. Two bounds go with it: that loss under the text encoder's own states
(what a connector may hope for) and under those of the empty caption (what one that says nothing gets).

What is in DIR is not made again, so a call that was interrupted is repeated.
"""

import argparse
import json
import math
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path
from typing import Any

import PIL.Image
import torch
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor
from torch.nn.functional import pixel_unshuffle
from transformers import Gemma2Config, Gemma2Model

from mini4o import chance
from mini4o.conversation.images import load_image
from mini4o.conversation.layout import TextStates
from mini4o.conversation.parts import ImageGen
from mini4o.conversation.sizes import fit
from mini4o.data.captions import captions
from mini4o.data.sample import Sample
from mini4o.data.shards import ShardData, write_shard
from mini4o.data.storybook import Storybook
from mini4o.model import flow
from mini4o.model.codec import to_pixels
from mini4o.pretrained.text_encoder import TextEncoder
from mini4o.pretrained.text_states import StateFiles, make_states
from mini4o.training.log import StepLog, Watcher
from mini4o.training.prepare import Drawings, documents, prepare
from mini4o.training.recipe import BranchRates, Recipe, find_recipe, load_recipe
from mini4o.training.stages import swapped
from mini4o.training.trainer import Trainer
from mini4o.training.warm import side_by_side

FULL = {"pages": 8000, "held": 128, "pair": 1200, "understand": 100, "warm": 320, "all": 480, "every": 40}
QUICK = {"pages": 200, "held": 16, "pair": 20, "understand": 4, "warm": 8, "all": 12, "every": 4}
BATCH, SMALL = 32, 16  # samples a step of what is trained by itself, and of queries and connector
DRAWS = 8  # of noise and time for each page that is held out: what the text explains is a small part of the loss
RANDOM = 1e-3  # the rate of what is trained from random weights, by itself
RATE, AFTER, DIT_RATE = 3e-4, 3e-5, 1e-4  # of queries and connector, from the start and after `warm`; of the DiT then

SIDE, FACTOR = 32, 8  # of a page, and of the codec in pixels
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


def page_of(sample: Sample) -> PIL.Image.Image:
    """The picture that a sample draws."""
    drawing = sample.conversation[-1].content[0]
    assert isinstance(drawing, ImageGen) and drawing.image is not None
    return load_image(drawing.image)


def make_pages(file: Path, count: int, split: str) -> ShardData:
    """Square pages whose requests say where they play, so that words matter much."""

    def pages() -> Iterator[tuple[str, Sample]]:
        book = Storybook({"draw_short": 1}, 1_000_000, split, ["en"], size=SIDE)
        for index in range(len(book)):
            sample = book[index]
            if any(claim["type"] == "plays" for claim in sample.facts["claims"]):
                asked, drawn = sample.conversation
                drawing = ImageGen(image=fit(page_of(sample), (SIDE, SIDE)))
                drawn = drawn.model_copy(update={"content": (drawing,)})
                yield f"{index:06d}", replace(sample, conversation=[asked, drawn])

    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_shard(file, islice(pages(), count))
    return ShardData(file)


def write_tokenizer(folder: Path, words: list[str]) -> Tokenizer:
    """As Gemma's, learnt from captions."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=1024, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(words, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "GemmaTokenizer", **names}))
    return tokenizer


def train_pair(folder: Path, data: ShardData, steps: int) -> None:
    """DiT and text encoder learn together, and are written as a pipeline of `diffusers`."""
    aside = folder.with_name(f"{folder.name}.new")
    words = [caption.lower() for caption in captions([data.path])]
    tokenizer = write_tokenizer(aside / "tokenizer", words)
    with chance.library(0, "pair"):
        dit = SanaTransformer2DModel(**DIT)
        encoder = Gemma2Model(Gemma2Config(vocab_size=tokenizer.get_vocab_size(), **GEMMA))
    latents = pixel_unshuffle(torch.stack([to_pixels(page_of(data[i])) for i in range(len(data))]), FACTOR)
    parameters = [*dit.parameters(), *encoder.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=RANDOM, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / 50) * (0.51 + 0.49 * math.cos(math.pi * step / steps))
    )
    tokenizer.enable_padding()
    spec = load_recipe(find_recipe("digits")).model.flow
    mean = 0.0
    for step in range(steps):
        generator = chance.generator(0, "pair", step)
        chosen = torch.randint(len(words), (BATCH,), generator=generator).tolist()
        dropped = (torch.rand(BATCH, generator=generator) < 0.1).tolist()
        said = tokenizer.encode_batch(["" if drop else words[i] for i, drop in zip(chosen, dropped, strict=True)])
        mask = torch.tensor([each.attention_mask for each in said])
        states = encoder(torch.tensor([each.ids for each in said]), attention_mask=mask)[0]
        x = latents[chosen]
        t, noise = flow.training_times(BATCH, generator, spec.shift), torch.randn(x.shape, generator=generator)
        x_t = flow.mix(x, noise, t)
        output = dit(x_t, states, timestep=t * 1000, encoder_attention_mask=mask, return_dict=False)[0]
        loss = flow.loss(flow.velocity(output, x_t, t, spec), x, x_t, noise, t, spec).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        mean += (loss.item() - mean) / min(step + 1, 100)
        if step % 100 == 99:
            print(f"pair {step + 1}/{steps}: {mean:.4f}", flush=True)
    dit.save_pretrained(aside / "transformer")
    encoder.save_pretrained(aside / "text_encoder")
    index: dict[str, Any] = {"_class_name": "SanaPipeline", "text_encoder": ["transformers", "Gemma2Model"]}
    index["tokenizer"] = ["transformers", "GemmaTokenizerFast"]
    (aside / "model_index.json").write_text(json.dumps(index))
    aside.rename(folder)


def recipe(work: Path, seed: int, stages: list[dict[str, Any]], model: dict[str, Any]) -> Recipe:
    """The small model of the recipe `digits` with changes, trained otherwise."""
    never = 1_000_000
    changes = {"name": "warm-start", "seed": seed, "precision": "fp32", "data": str(work), "model.sources": 0} | model
    changes |= {"previews": {"every": never}, "save_every": never}
    changes["stages"] = [{"batch": BATCH, "warmup": 20} | stage for stage in stages]
    return load_recipe(find_recipe("digits"), [f"{key}={json.dumps(value)}" for key, value in changes.items()])


def understand(work: Path, steps: int) -> Path:
    """A small language model that puts requests into plans of words; its folder."""
    run = work / "understood"
    if not (run / "model").exists():
        shutil.rmtree(run, ignore_errors=True)
        story = {"tasks": {"think_then_draw": 1}, "languages": ["en"], "size": SIDE}
        train = dict.fromkeys(("vision", "merger", "language", "head", "rows"), RANDOM)
        stage = {"name": "understand", "steps": steps, "train": train, "image_loss": 0, "data": [{"storybook": story}]}
        sizes = [[32, 32], [40, 24], [24, 40]]  # those of all pages, square or not
        Trainer(recipe(work, 0, [stage], {"model.backbone.tokenizer_words": 1536, "model.sizes": sizes}), run).run()
    return run / "model" / "backbone"


def arm(work: Path, seed: int, numbers: dict[str, int], warmed: bool, trains_dit: bool) -> Recipe:
    """One side of the comparison, the same steps in all."""
    both = {"batch": SMALL, "data": [{"path": "train/pages.tar"}]}
    warm = {"name": "warm", "steps": numbers["warm"], "train": dict.fromkeys(("queries", "connector"), RATE)}
    warm |= both | {"states": "states"}
    train = dict.fromkeys(("queries", "connector"), AFTER if warmed else RATE)
    train |= {"dit": DIT_RATE} if trains_dit else {}
    rest = numbers["all"] - numbers["warm"] * warmed
    connect = both | {"name": "connect", "steps": rest, "train": train, "text_loss": 0}
    backbone = understand(work, numbers["understand"])
    model = {
        "model.backbone": {"pretrained": str(backbone), "read_pixels": [SIDE**2, SIDE**2]},
        "model.dit": {"pretrained": str(work / "pair")},
        "model.connector.norm_scale": StateFiles(work / "states").index.scale,
        "model.connector.standardise": False,  # as at real size: it takes away what all conditions share
    }
    return recipe(work, seed, [warm, connect] if warmed else [connect], model)


class Held(Watcher):
    """Measures a trainer's model, with averaged weights as they are released, on pages that nothing was trained on."""

    def __init__(self, every: int, trainer: Trainer, pages: ShardData, states: StateFiles) -> None:
        self.every, self.net, self.name = every, trainer.model.net, trainer.folder.name
        self.points: list[tuple[int, float]] = []  # steps, loss
        stage = trainer.recipe.stages[-1].model_copy(update={"branches": BranchRates(none=0)})
        samples = [pages[index] for index in range(len(pages))]
        rendered = documents(samples, trainer.builder, stage, 0, 0, states=states)
        steps = [prepare(rendered, self.net, stage, draw, 0) for draw in range(DRAWS)]
        self.batches = steps[0].batches
        self.drawings = [some for step in steps for some in step.drawings]  # all pages at once: they are of one size

    def step(self, log: StepLog) -> None:
        trained = {name: weight for name, weight in self.net.named_parameters() if weight.requires_grad}
        if log.step == 1:
            self.averages = {name: weight.detach().clone() for name, weight in trained.items()}
        for name, average in self.averages.items():  # as the trainer does
            average.lerp_(trained[name].detach(), max(0.01, 9 / (log.step + 9)))
        if log.done % self.every == 0:
            with swapped(trained, self.averages):
                self.points.append((log.done, self.loss()))
            print(f"{self.name} {log.done}/{log.total}: {self.points[-1][1]:.4f}", flush=True)

    @torch.no_grad()
    def loss(self) -> float:
        """Of the flow, under the connector's condition."""
        net = self.net.eval()
        states = torch.cat([net.read_spans(batch, net.read(batch)[1]) for batch in self.batches])
        condition = net.connector(states, torch.zeros(len(states), dtype=torch.bool))
        found = self._mean(lambda some, x_t: net.predict(x_t, some.sources, some.t, condition[some.spans]))
        net.train()
        return found

    @torch.no_grad()
    def loss_under(self, states: TextStates | None = None) -> float:
        """Of the flow, under states for all pages alike, or under those of each page's caption."""

        def output(some: Drawings, x_t: Tensor) -> Tensor:
            read = some.captions if states is None else side_by_side([states] * len(x_t), x_t.device)
            assert read is not None
            return self.net.dit(x_t, some.sources, some.t, read.states, read.pooled, read.mask)

        return self._mean(output)

    def _mean(self, output: Callable[[Drawings, Tensor], Tensor]) -> float:
        values, spec = [], self.net.spec.flow
        for some in self.drawings:
            x_t = flow.mix(some.x, some.noise, some.t)
            v = flow.velocity(output(some, x_t), x_t, some.t, spec)
            values.append(float(flow.loss(v, some.x, x_t, some.noise, some.t, spec).mean()))
        return sum(values) / len(values)


def compare(work: Path, numbers: dict[str, int], seeds: int, pages: ShardData) -> Iterator[dict[str, Any]]:
    """Both arms, with the DiT frozen and trained, for each seed; those that were run before are read."""
    states = StateFiles(work / "states")
    for seed, dit, name in product(range(seeds), ("frozen", "trained"), ("connect", "warm")):
        run = work / "runs" / f"{name}-{dit}-{seed}"
        done = run.with_suffix(".json")
        if not done.exists():
            shutil.rmtree(run, ignore_errors=True)
            trainer = Trainer(arm(work, seed, numbers, name == "warm", dit == "trained"), run)
            trainer.watcher = held = Held(numbers["every"], trainer, pages, states)
            bounds = {"text encoder": held.loss_under(), "empty caption": held.loss_under(states[""])}
            held.points.append((0, held.loss()))
            start = time.process_time()
            if not trainer.run():
                raise SystemExit(f"{run} was stopped; the same command goes on")
            values = {"arm": name, "dit": dit, "seed": seed, "cpu seconds": round(time.process_time() - start)}
            done.write_text(json.dumps(values | bounds | {"points": held.points}))
            shutil.rmtree(run)
        yield json.loads(done.read_text())


def plot(found: dict[str, Any], path: Path) -> None:
    """Losses on held-out pages over steps, a panel for the DiT frozen and one for it trained."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), dpi=100)
    panels = figure.subplots(1, 2, sharey=True)
    low, high = found["text encoder"], found["empty caption"]
    for axes, dit in zip(panels, ("frozen", "trained"), strict=True):
        for run in (run for run in found["runs"] if run["dit"] == dit):
            colour, label = {"connect": ("#1f77b4", "connect"), "warm": ("#ff7f0e", "warm, then connect")}[run["arm"]]
            points = [point for point in run["points"] if point[0]]
            axes.plot(*zip(*points, strict=True), color=colour, label=None if run["seed"] else label, linewidth=1)
        axes.axhline(high, color="#777777", linestyle=":", linewidth=1, label="the empty caption")
        axes.axhline(low, color="#2ca02c", linestyle="--", linewidth=1, label="its text encoder")
        axes.axvline(found["numbers"]["warm"], color="#dddddd", linewidth=1, zorder=0)
        axes.set_title(f"DiT {dit} in connect", fontsize=9)
        axes.set_xlabel("step")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("flow loss, held-out pages")
    panels[0].set_ylim(low - 0.1 * (high - low), high + 0.3 * (high - low))
    panels[1].legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 0.06))
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
    train = make_pages(work / "train" / "pages.tar", numbers["pages"], "train")
    held = make_pages(work / "held" / "pages.tar", numbers["held"], "val")
    if not (work / "pair").exists():
        train_pair(work / "pair", train, numbers["pair"])
    make_states(work / "states", TextEncoder(str(work / "pair")), captions([train.path, held.path]))
    versions = {name: version(name) for name in ("torch", "diffusers", "transformers")}
    found: dict[str, Any] = {"numbers": numbers, "versions": versions, "runs": []}
    for run in compare(work, numbers, given.seeds, held):
        found |= {name: run.pop(name) for name in ("text encoder", "empty caption")}
        found["runs"].append(run)
        gap, last = found["empty caption"] - found["text encoder"], run["points"][-1][1]
        run["share"] = round((found["empty caption"] - last) / gap, 3)  # of the way to the text encoder's loss
        print(f"{run['arm']}, DiT {run['dit']}, seed {run['seed']}: {last:.4f}, {run['share']:.0%} of the way")
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "warm_start.json").write_text(json.dumps(found, indent=1) + "\n")
        plot(found, given.out / "loss.png")


if __name__ == "__main__":
    main()
