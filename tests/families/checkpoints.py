"""Tiny checkpoints of random weights in the layout of each family's repositories: the same files, the same names of
weights and the same keys in the configurations. Written after what `transformers` documents and its conversion scripts
write (`docs/backbones.md` says what of it needs real weights to check)."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    InternVLConfig,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen3VLConfig,
    SmolVLMConfig,
)

import golden
from mini4o import chance
from mini4o.conversation.scratch import CHAT_TEMPLATE, NOT_SPECIAL, SPECIAL, WORDS
from mini4o.model.families import FAMILIES

NAMES = tuple(FAMILIES)

TEXT = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "initializer_range": 0.1,
}
MEAN = STD = [0.5, 0.5, 0.5]

QWEN3_TOKENS = ("<tool_response>", "</tool_response>", "<think>", "</think>")
INTERNVL_TOKENS = (
    "<img>",
    "</img>",
    "<IMG_CONTEXT>",
    "<quad>",
    "</quad>",
    "<ref>",
    "</ref>",
    "<box>",
    "</box>",
    "<video>",
)
SMOLVLM_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<repo_name>",
    "<reponame>",
    "<file_sep>",
    "<filename>",
    "<fake_token_around_image>",
    "<image>",
    "<global-img>",
    *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
    "<end_of_utterance>",
)

# Of Qwen3-VL's template what concerns text and pictures: that of Qwen2.5-VL without the default system prompt.
QWEN3_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message.role + '\n' }}"
    "{%- if message.content is string -%}{{ message.content }}"
    "{%- else -%}{%- for item in message.content -%}"
    "{%- if item.type == 'image' -%}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{%- elif 'text' in item -%}{{ item.text }}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{{ '<|im_end|>\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
)
INTERNVL_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' %}{{ '<IMG_CONTEXT>\n' }}"
    "{% elif content['type'] == 'text' %}{{ content['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make_checkpoint(family: str, folder: Path, *, tied: bool = True, shards: bool = False) -> Path:
    """Write a checkpoint; the same call gives the same weights."""
    special: tuple[str, ...]
    other: tuple[str, ...]
    special, other, template = {
        "qwen2_5_vl": (SPECIAL, NOT_SPECIAL, CHAT_TEMPLATE),
        "qwen3_vl": (SPECIAL, (*NOT_SPECIAL, *QWEN3_TOKENS), QWEN3_TEMPLATE),
        "smolvlm": (SMOLVLM_TOKENS, (), _smolvlm_template()),
        "internvl": ((*SPECIAL, *INTERNVL_TOKENS), NOT_SPECIAL, INTERNVL_TEMPLATE),
    }[family]
    tokenizer = _tokenizer(family, special, other, template)
    ids = tokenizer.get_added_vocab()
    # Most checkpoints have more rows than tokens; without them Qwen2.5-VL's ids are those of the contract's pages.
    rows = len(tokenizer) + (0 if family == "qwen2_5_vl" else 3)
    make = {"qwen2_5_vl": _qwen2_5, "qwen3_vl": _qwen3, "smolvlm": _smolvlm, "internvl": _internvl}[family]
    config = make(ids, rows, tied)
    config.architectures = [FAMILIES[family].MODEL.__name__]
    with chance.library(7, "checkpoint"):
        model = FAMILIES[family].MODEL(config)
        for parameter in model.parameters():  # norms and biases too, so that every one of them has an effect
            with torch.no_grad():
                parameter.add_(0.05 * torch.randn(parameter.shape))
    model.save_pretrained(folder, max_shard_size="60KB" if shards else "5GB")
    tokenizer.save_pretrained(folder)
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps(_preprocessor(family), indent=2), encoding="utf-8")
    if family == "smolvlm":
        (folder / "processor_config.json").write_text(
            json.dumps({"image_seq_len": 4, "processor_class": "SmolVLMProcessor"}), encoding="utf-8"
        )
    return folder


def _smolvlm_template() -> str:
    from transformers.models.smolvlm.processing_smolvlm import DEFAULT_CHAT_TEMPLATE

    return str(DEFAULT_CHAT_TEMPLATE)


def _tokenizer(family: str, special: tuple[str, ...], other: tuple[str, ...], template: str) -> Any:
    """A byte-level BPE that cuts text as the family's does: Qwen's own expression, or the one of GPT-2."""
    tokenizer = Tokenizer(models.BPE())
    cut: list[Any] = [pre_tokenizers.Split(Regex(WORDS), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    if family == "smolvlm":
        cut = [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(False, use_regex=True)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(cut)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=480, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(golden.TEXTS, trainer)
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in other])
    more: dict[str, Any] = {}
    if family == "internvl":
        more["extra_special_tokens"] = {
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>",
            "video_token": "<video>",
        }
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<end_of_utterance>" if family == "smolvlm" else "<|im_end|>",
        pad_token="<|im_end|>" if family == "smolvlm" else "<|endoftext|>",
        chat_template=template,
        clean_up_tokenization_spaces=False,
        **more,
    )


def _qwen_ids(ids: dict[str, int]) -> dict[str, int]:
    return {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }


def _ends(ids: dict[str, int], end: str, vocabulary: int) -> dict[str, Any]:
    first = ids["<|im_start|>"] if end == "<end_of_utterance>" else ids["<|endoftext|>"]
    return {"vocab_size": vocabulary, "bos_token_id": first, "eos_token_id": ids[end], "pad_token_id": first}


def _qwen2_5(ids: dict[str, int], vocabulary: int, tied: bool) -> Any:
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 2, 2]}
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "out_hidden_size": 64,
        "patch_size": 4,
        "temporal_patch_size": 2,
        "spatial_merge_size": 2,
        "window_size": 16,
        "fullatt_block_indexes": [1],
        "initializer_range": 0.1,
    }
    text = {**TEXT, **_ends(ids, "<|im_end|>", vocabulary), "rope_parameters": rope}
    return Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=tied, **_qwen_ids(ids))


def _qwen3(ids: dict[str, int], vocabulary: int, tied: bool) -> Any:
    rope = {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [4, 2, 2], "mrope_interleaved": True}
    vision = {
        "depth": 3,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "out_hidden_size": 64,
        "patch_size": 4,
        "temporal_patch_size": 2,
        "spatial_merge_size": 2,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0, 1],
        "initializer_range": 0.1,
    }
    text = {**TEXT, **_ends(ids, "<|im_end|>", vocabulary), "head_dim": 16, "rope_parameters": rope}
    return Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=tied, **_qwen_ids(ids))


def _smolvlm(ids: dict[str, int], vocabulary: int, tied: bool) -> Any:
    vision = {
        "num_hidden_layers": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
        "initializer_range": 0.1,
    }
    text = {**TEXT, **_ends(ids, "<end_of_utterance>", vocabulary), "model_type": "llama"}
    return SmolVLMConfig(
        text_config=text,
        vision_config=vision,
        scale_factor=2,
        image_token_id=ids["<image>"],
        tie_word_embeddings=tied,
    )


def _internvl(ids: dict[str, int], vocabulary: int, tied: bool) -> Any:
    vision = {
        "num_hidden_layers": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_attention_heads": 2,
        "image_size": [32, 32],
        "patch_size": [8, 8],
        "attention_bias": True,
        "initializer_range": 0.1,
    }
    text = {**TEXT, **_ends(ids, "<|im_end|>", vocabulary), "model_type": "qwen2"}
    return InternVLConfig(
        text_config=text,
        vision_config=vision,
        image_seq_length=4,
        downsample_ratio=0.5,
        image_token_id=ids["<IMG_CONTEXT>"],
        tie_word_embeddings=tied,
    )


def _preprocessor(family: str) -> dict[str, Any]:
    qwen = {"patch_size": 4, "temporal_patch_size": 2, "merge_size": 2, "image_mean": MEAN, "image_std": STD}
    if family == "qwen2_5_vl":
        kind = {"image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor"}
        return {**qwen, **kind, "min_pixels": 64, "max_pixels": 64 * 64}
    if family == "qwen3_vl":
        kind = {"image_processor_type": "Qwen2VLImageProcessorFast", "processor_class": "Qwen3VLProcessor"}
        return {**qwen, **kind, "size": {"shortest_edge": 64, "longest_edge": 64 * 64}}
    if family == "smolvlm":
        return {
            "do_convert_rgb": True,
            "do_image_splitting": True,
            "do_normalize": True,
            "do_pad": True,
            "do_rescale": True,
            "do_resize": True,
            "image_mean": MEAN,
            "image_processor_type": "SmolVLMImageProcessor",
            "image_std": STD,
            "max_image_size": {"longest_edge": 32},
            "processor_class": "SmolVLMProcessor",
            "resample": 1,
            "rescale_factor": 1 / 255,
            "size": {"longest_edge": 64},
        }
    return {
        "crop_to_patches": False,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_processor_type": "GotOcr2ImageProcessorFast",
        "image_std": [0.229, 0.224, 0.225],
        "max_patches": 6,
        "min_patches": 1,
        "processor_class": "InternVLProcessor",
        "rescale_factor": 1 / 255,
        "size": {"height": 32, "width": 32},
    }
