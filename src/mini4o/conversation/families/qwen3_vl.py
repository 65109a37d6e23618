"""The chat of Qwen3-VL: that of Qwen2.5-VL without a default system prompt, and with thoughts of its own."""

from mini4o.conversation.families.qwen2_5_vl import Qwen2_5_VLChat


class Qwen3VLChat(Qwen2_5_VLChat):
    """The template that comes with Qwen3-VL leaves thoughts of earlier turns out; here they stay in the history."""

    system: str | None = None
    think = ("<think>", "</think>")
