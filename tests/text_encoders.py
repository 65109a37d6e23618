"""Tiny text encoders of random weights beside a tiny DiT, in the layout of the pipelines of `diffusers`."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    Gemma2Config,
    Gemma2Model,
    T5Config,
    T5EncoderModel,
)

import pipelines
from mini4o import chance

WORDS = ["Draw a red cat and a blue dog.", "Which colour? Make it green: 1,2. White!"] * 20
ROOM = 512  # words of each vocabulary
SANA = ("SanaTransformer2DModel", "AutoencoderDC", "DPMSolverMultistepScheduler")
SD3 = ("SD3Transformer2DModel", "AutoencoderKL", "FlowMatchEulerDiscreteScheduler")


def _filled(kind: Any, config: Any, seed: int) -> Any:
    with chance.library(seed, f"encoder {kind.__name__}"):
        model = kind(config).eval()
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.1 * torch.randn_like(weight))
    return model


def gemma(seed: int = 0, width: int = 24) -> Gemma2Model:
    config = Gemma2Config(
        vocab_size=ROOM,
        hidden_size=width,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=12,
        query_pre_attn_scalar=12,
        sliding_window=64,
    )
    return _filled(Gemma2Model, config, seed)


def clip(seed: int, width: int, projection: int) -> CLIPTextModelWithProjection:
    config = CLIPTextConfig(
        vocab_size=ROOM,
        hidden_size=width,
        intermediate_size=32,
        projection_dim=projection,
        num_hidden_layers=3,
        num_attention_heads=2,
        eos_token_id=1,
        bos_token_id=0,
        pad_token_id=1,
    )
    return _filled(CLIPTextModelWithProjection, config, seed)


def t5(seed: int) -> T5EncoderModel:
    config = T5Config(vocab_size=ROOM, d_model=24, d_kv=12, d_ff=32, num_layers=2, num_heads=2)
    return _filled(T5EncoderModel, config, seed)


def _save(folder: Path, tokenizer: Tokenizer, kind: str, **settings: Any) -> None:
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": kind, **settings}))


def gemma_tokenizer(folder: Path) -> None:
    """As Gemma's: spaces as ▁, bytes for what is unknown, a token at the beginning."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer.train_from_iterator(
        [words.lower() for words in WORDS], trainers.BpeTrainer(vocab_size=400, special_tokens=special)
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    _save(folder, tokenizer, "GemmaTokenizer", bos_token="<bos>", eos_token="<eos>", pad_token="<pad>")


def clip_tokenizer(folder: Path, room: int = 77) -> None:
    tokenizer = Tokenizer(
        models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>", continuing_subword_prefix="")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]"), "removed", invert=True)
    special = ["<|startoftext|>", "<|endoftext|>"]
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=special, end_of_word_suffix="</w>")
    tokenizer.train_from_iterator(WORDS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("<|endoftext|>", 1), ("<|startoftext|>", 0), add_prefix_space=False, trim_offsets=False
    )
    _save(
        folder,
        tokenizer,
        "CLIPTokenizer",
        model_max_length=room,
        bos_token="<|startoftext|>",
        eos_token="<|endoftext|>",
        pad_token="<|endoftext|>",
        unk_token="<|endoftext|>",
    )


def t5_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(
        WORDS, trainers.UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="<unk>")
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    _save(folder, tokenizer, "T5Tokenizer", eos_token="</s>", pad_token="<pad>", unk_token="<unk>", extra_ids=0)


def _index(folder: Path, kind: str, parts: dict[str, str], others: tuple[str, str, str]) -> None:
    values: dict[str, Any] = {"_class_name": kind, **{name: ["transformers", part] for name, part in parts.items()}}
    values |= {
        name: ["diffusers", part] for name, part in zip(("transformer", "vae", "scheduler"), others, strict=True)
    }
    (folder / "model_index.json").write_text(json.dumps(values))


def add_to_sana(folder: Path, seed: int = 0) -> Path:
    """Gemma-2 beside a SANA of `pipelines.write_sana`."""
    gemma(seed).save_pretrained(folder / "text_encoder")
    gemma_tokenizer(folder / "tokenizer")
    _index(folder, "SanaPipeline", {"text_encoder": "Gemma2Model", "tokenizer": "GemmaTokenizerFast"}, SANA)
    return folder


def add_to_sd3(folder: Path, seed: int = 0) -> Path:
    """Two CLIPs and T5 beside an SD3 of `pipelines.write_sd3`: pooled 12 + 8 wide."""
    clip(seed, 8, 12).save_pretrained(folder / "text_encoder")
    clip(seed + 1, 16, 8).save_pretrained(folder / "text_encoder_2")
    t5(seed).save_pretrained(folder / "text_encoder_3")
    clip_tokenizer(folder / "tokenizer")
    clip_tokenizer(folder / "tokenizer_2")
    t5_tokenizer(folder / "tokenizer_3")
    kinds = {f"text_encoder{each}": "CLIPTextModelWithProjection" for each in ("", "_2")}
    kinds |= {"text_encoder_3": "T5EncoderModel", "tokenizer_3": "T5TokenizerFast"}
    kinds |= dict.fromkeys(("tokenizer", "tokenizer_2"), "CLIPTokenizer")
    _index(folder, "StableDiffusion3Pipeline", kinds, SD3)
    return folder


def write(kind: str, folder: Path, seed: int = 0) -> Path:
    """A whole pipeline of a family, `sana` or `sd3`."""
    return {"sana": add_to_sana, "sd3": add_to_sd3}[kind](pipelines.WRITE[kind](folder), seed)
