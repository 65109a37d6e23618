"""The backbone families on the side of the model, each what `transformers` gives, taken apart where mini4o has to reach
in. A family's other half is in `conversation/families/`, under the same name: the `model_type` of its checkpoints."""

from mini4o.model.families import internvl, qwen2_5_vl, qwen3_vl, smolvlm
from mini4o.model.families.family import Family

FAMILIES: dict[str, Family] = {
    "qwen2_5_vl": qwen2_5_vl,
    "qwen3_vl": qwen3_vl,
    "smolvlm": smolvlm,
    "internvl": internvl,
}
