"""What `transformers` itself makes of a conversation of text and read pictures: the family's own processor, which needs
the (absent) video processors only for videos."""

from pathlib import Path
from typing import Any

import PIL.Image
import torch
from transformers import AutoTokenizer, InternVLProcessor, Qwen2_5_VLProcessor, Qwen3VLProcessor
from transformers.models.smolvlm import processing_smolvlm

from mini4o.conversation.parts import Conversation, Image, Text
from mini4o.model.families import FAMILIES

KINDS: dict[str, Any] = {
    "qwen2_5_vl": Qwen2_5_VLProcessor,
    "qwen3_vl": Qwen3VLProcessor,
    "smolvlm": processing_smolvlm.SmolVLMProcessor,
    "internvl": InternVLProcessor,
}
SETTINGS = {"smolvlm": {"image_seq_len": 4}, "internvl": {"image_seq_length": 4}}


def own_processor(family: str, folder: Path) -> Any:
    """The family's processor without videos. Its attributes are its own, those that need a video processor left out."""
    kind = KINDS[family]

    class WithoutVideos(kind):  # type: ignore[misc]
        def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None) -> None:
            self.video_processor = None
            settings: dict[str, Any] = SETTINGS.get(family, {})
            if family == "smolvlm":
                settings = {**settings, "video_processor": None}
            super().__init__(
                image_processor=image_processor, tokenizer=tokenizer, chat_template=chat_template, **settings
            )

    if processing_smolvlm.num2words is None:
        processing_smolvlm.num2words = str  # used for videos only, asked for always
    image_processor = FAMILIES[family].PROCESSOR.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return WithoutVideos(image_processor, tokenizer, tokenizer.chat_template)


def messages(conversation: Conversation) -> tuple[list[dict[str, Any]], list[PIL.Image.Image]]:
    """A conversation of text and read pictures as chat templates take it, and its pictures."""
    pictures: list[PIL.Image.Image] = []
    out = []
    for message in conversation:
        content = []
        for part in message.content:
            if isinstance(part, Image):
                assert isinstance(part.image, PIL.Image.Image)
                pictures.append(part.image)
                content.append({"type": "image"})
            else:
                assert isinstance(part, Text)
                content.append({"type": "text", "text": part.text})
        out.append({"role": message.role, "content": content})
    return out, pictures


def inputs(processor: Any, conversation: Conversation, reply: bool) -> dict[str, torch.Tensor]:
    """All that the family's model takes, for one conversation."""
    said, pictures = messages(conversation)
    text = processor.tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=reply)
    given = {"images": [pictures] if "SmolVLM" in type(processor).__mro__[1].__name__ else pictures} if pictures else {}
    return dict(processor(text=[text], return_tensors="pt", **given))
