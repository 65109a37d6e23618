"""The six pages of every family, written anew after a wanted change of the contract.

    python tests/families/make_golden.py

Those of Qwen2.5-VL are the contract's own, written by tests/conversation/golden.py."""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "conversation"), str(Path(__file__).parent)]

import torch  # noqa: E402
from checkpoints import NAMES, make_checkpoint  # noqa: E402

import golden  # noqa: E402
from mini4o.conversation.builder import Builder  # noqa: E402
from mini4o.conversation.families import FAMILIES  # noqa: E402
from mini4o.conversation.tokens import Vocabulary  # noqa: E402
from mini4o.model.backbone import Backbone  # noqa: E402
from mini4o.model.spec import BackboneSpec  # noqa: E402
from mini4o.pretrained.backbone import find, load_model, load_processor, load_tokenizer  # noqa: E402


def make_builder(family: str, folder: Path) -> Builder:
    """A builder for a checkpoint, with what `golden.make_builder` takes for the rest."""
    backbone = Backbone(load_model(find(BackboneSpec(pretrained=str(folder))), torch.float32, "sdpa"))
    return Builder(
        FAMILIES[family](load_processor(family, folder), backbone.tile_tokens),
        Vocabulary(load_tokenizer(folder), backbone.vocabulary),
        queries=golden.QUERIES,
        sizes=[(32, 32), (48, 32)],
        context=4096,
        coordinates="absolute",
    )


def main() -> None:
    for family in NAMES:
        if family == "qwen2_5_vl":
            continue
        with tempfile.TemporaryDirectory() as place:
            pages = golden.make_pages(make_builder(family, make_checkpoint(family, Path(place) / family)))
        folder = golden.FOLDER / "families" / family
        folder.mkdir(parents=True, exist_ok=True)
        for name, page in pages.items():
            (folder / f"{name}.json").write_text(golden.dump(golden.record(page)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
