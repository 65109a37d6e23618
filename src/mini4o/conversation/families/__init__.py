"""The backbone families on the side of the conversation: templates, pictures among the tokens, thoughts.

A family has a second half in `model/families/`, under the same name: the `model_type` of its checkpoints.
"""

from mini4o.conversation.families.chat import Chat
from mini4o.conversation.families.internvl import InternVLChat
from mini4o.conversation.families.qwen2_5_vl import Qwen2_5_VLChat
from mini4o.conversation.families.qwen3_vl import Qwen3VLChat
from mini4o.conversation.families.smolvlm import SmolVLMChat

FAMILIES: dict[str, type[Chat]] = {
    "qwen2_5_vl": Qwen2_5_VLChat,
    "qwen3_vl": Qwen3VLChat,
    "smolvlm": SmolVLMChat,
    "internvl": InternVLChat,
}
