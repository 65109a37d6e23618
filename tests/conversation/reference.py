"""What `transformers` gives for a conversation without its drawings: the tokenizer, the chat template and the rotary
positions are its own, none of ours."""

import copy
from typing import Any

import torch
from tokenizers import AddedToken
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLModel

from mini4o.conversation.builder import Builder
from mini4o.conversation.layout import Document
from mini4o.conversation.parts import Conversation, Image, ImageGen, Text, Think
from mini4o.conversation.tokens import OWN_TOKENS


class Reference:
    """
    Args:
        builder: whose tokenizer and image processor are used; our own tokens are added to a copy of the tokenizer, in
            which they get the ids that they have with us.
    """

    def __init__(self, builder: Builder) -> None:
        self.tokenizer = copy.deepcopy(builder.vocabulary.tokenizer)
        self.tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in OWN_TOKENS])
        ids = self.tokenizer.get_added_vocab()
        assert [ids[token] for token in OWN_TOKENS] == [builder.vocabulary.control(token) for token in OWN_TOKENS]
        self.image_pad = ids["<|image_pad|>"]
        config = Qwen2_5_VLConfig(
            text_config={
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "num_key_value_heads": 1,
                "vocab_size": 16,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 1, 1]},
            },
            vision_config={
                "depth": 1,
                "hidden_size": 16,
                "intermediate_size": 16,
                "num_heads": 2,
                "out_hidden_size": 16,
                "patch_size": builder.chat.patch,
                "spatial_merge_size": builder.chat.merge,
            },
            image_token_id=self.image_pad,
            video_token_id=ids["<|video_pad|>"],
            vision_start_token_id=ids["<|vision_start|>"],
            vision_end_token_id=ids["<|vision_end|>"],
        )
        self.model = Qwen2_5_VLModel(config)

    def messages(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The conversation as the chat template takes it: drawings gone, but for the sources written before them."""
        return [
            {"role": message.role, "content": [part for each in message.content for part in self._part(each)]}
            for message in conversation
        ]

    def __call__(
        self, conversation: Conversation, document: Document, *, reply: bool = False
    ) -> tuple[list[int], list[tuple[int, ...]]]:
        """Ids and positions. Of `document` only the grids of its pictures are used, which are the processor's."""
        text = self.tokenizer.apply_chat_template(
            self.messages(conversation), tokenize=False, add_generation_prompt=reply
        )
        grids = [image.grid for image in document.images]
        merge = self.model.config.vision_config.spatial_merge_size
        pieces = text.split("<|image_pad|>")
        assert len(pieces) == len(grids) + 1
        for number, (time, height, width) in enumerate(grids):
            pieces[number] += "<|image_pad|>" * (time * height * width // merge**2)
        ids = torch.tensor([self.tokenizer("".join(pieces), add_special_tokens=False).input_ids])
        positions, _ = self.model.get_rope_index(
            ids,
            mm_token_type_ids=(ids == self.image_pad).int(),
            image_grid_thw=torch.tensor(grids) if grids else None,
            attention_mask=torch.ones_like(ids),
        )
        return ids[0].tolist(), [tuple(row) for row in positions[:, 0].T.tolist()]

    def _part(self, part: Any) -> list[dict[str, Any]]:
        match part:
            case Text():
                return [{"type": "text", "text": part.text}]
            case Image():
                return [{"type": "image"}]
            case Think():
                return [{"type": "text", "text": f"<|think_start|>{part.text}<|think_end|>"}]
            case ImageGen():
                sources = ",".join(map(str, part.source))
                return [{"type": "text", "text": f"<|source|>{sources}"}] if part.source else []
        raise AssertionError(f"no reference for {part}")
