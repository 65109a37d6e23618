"""The families of diffusion transformers, by name."""

from mini4o.model.dit import Dit
from mini4o.model.dits.sana import Sana
from mini4o.model.dits.sd3 import Sd3

FAMILIES: dict[str, type[Dit]] = {family.kind: family for family in (Sana, Sd3)}
