"""Splits and held-out combinations, and the two languages."""

import hashlib
from functools import lru_cache
from typing import Literal, get_args

from mini4o.storybook.scene import Facts

Split = Literal["train", "val", "test", "heldout"]
SPLITS: tuple[Split, ...] = get_args(Split)
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_TWENTIETHS: dict[Split, range] = {"val": range(1), "test": range(1, 3), "train": range(3, 20)}
_RARE = 14  # one combination in so many is held out


def split_of(facts: Facts) -> Split:
    """The split of a scene, by the hash of its facts alone; `heldout` if it shows a held-out combination."""
    if held_out(facts):
        return "heldout"
    twentieth = int(facts.hash[:8], 16) % 20
    return next(split for split, part in _TWENTIETHS.items() if twentieth in part)


def held_out(facts: Facts) -> list[str]:
    """The held-out combinations that a scene shows: kind × colour, kind × place, count × kind."""
    counts: dict[str, int] = {}
    for thing in facts.things:
        counts[thing.kind] = counts.get(thing.kind, 0) + 1
    shown = {f"{thing.kind} × {thing.colour}" for thing in facts.things if thing.colour is not None}
    shown |= {f"{kind} × {facts.setting.place}" for kind in counts}
    shown |= {f"{count} × {kind}" for kind, count in counts.items() if count > 1}
    return sorted(combination for combination in shown if _is_rare(combination))


@lru_cache(maxsize=8192)
def _is_rare(combination: str) -> bool:
    # The same words in all worlds, on purpose: what one holds out all do, so none trains on what another examines.
    digest = hashlib.blake2b(f"storybook-1 {combination}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _RARE == 0
