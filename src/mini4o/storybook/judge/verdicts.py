"""Which claims hold in a picture. The judge is told the claims and sees the pixels; it knows no scene and no seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import PIL.Image

from mini4o.errors import Mini4oError
from mini4o.storybook import relations
from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Sits
from mini4o.storybook.imagine import LETTERS
from mini4o.storybook.judge.match import match, refine
from mini4o.storybook.judge.setting import nearest_setting
from mini4o.storybook.judge.sight import Sighting, sharpened, sightings
from mini4o.storybook.judge.stamp import Fit
from mini4o.storybook.judge.view import View, look_at
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.scene import RelationName, Setting

SMALLEST, LARGEST = 32, 128  # pixels of the shorter side; larger pictures are reduced, smaller ones refused
SEARCHED, SEARCHABLE = 64, 80  # pictures of more than 80 pixels are searched at 64, and what is found is then adjusted
LEGIBLE = 6.0  # pixels: of lower letters nothing is said
LETTER_UNITS = 11.0  # height of letters in page units of the drawing
ASIDE = 0.38  # the middle of what is on a side is at most this share of the width away from that edge
SLACK = 4.0  # page units by which the place of a thing may be wrong


class JudgeError(Mini4oError):
    """A picture that cannot be judged."""


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one claim.

    Attributes:
        claim: the claim.
        holds: whether it holds; None if the picture is too coarse to tell (letters that are too low).
        why: what was seen instead, in a few words; empty if it holds.
    """

    claim: Claim
    holds: bool | None
    why: str = ""


def all_hold(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all hold; None if some cannot be told and no other one fails."""
    held = list(verdicts)
    return False if False in held else None if None in held else True


@dataclass(frozen=True)
class Reading:
    """What the judge saw in a picture: its setting, and all things of the kinds that were asked about."""

    picture: PIL.Image.Image
    view: View
    setting: Setting
    version: int
    things: list[Sighting]

    @cached_property
    def sharp(self) -> View:
        """The view as it is, not softened: letters are read in it."""
        return look_at(self.picture, self.setting, self.version, soft=False)


def judge(picture: PIL.Image.Image, claims: Sequence[Claim]) -> list[Verdict]:
    """Says of each claim whether it holds in a picture.

    Raises:
        JudgeError: the picture is smaller than 32 pixels, or longer than four times its shorter side.
    """
    seen = read(picture, sorted({noun.kind for claim in claims for noun in nouns(claim)}))
    return [verdict(seen, claim) for claim in claims]


def read(picture: PIL.Image.Image, kinds: list[str]) -> Reading:
    """Looks for things of these kinds in a picture."""
    width, height = picture.size
    short = min(width, height)
    if short < SMALLEST or max(width, height) > 4 * short:
        raise JudgeError(
            f"a picture of {width}x{height}: the judge needs {SMALLEST} pixels a side and a shape up to 4:1"
        )
    picture = picture.convert("RGB")
    if short > LARGEST:
        size = round(width * LARGEST / short), round(height * LARGEST / short)
        picture = picture.resize(size, PIL.Image.Resampling.BOX)
    setting, version = nearest_setting(np.asarray(picture, dtype=np.float32))
    view = look_at(picture, setting, version)
    if min(picture.size) <= SEARCHABLE:
        things = sightings(view, kinds)
    else:
        grow = SEARCHED / min(picture.size)
        small = picture.resize((round(grow * picture.width), round(grow * picture.height)), PIL.Image.Resampling.BOX)
        things = sharpened(view, sightings(look_at(small, setting, version), kinds))
    return Reading(picture, view, setting, version, things)


def nouns(claim: Claim) -> list[Noun]:
    """The things that a claim is about."""
    if isinstance(claim, Plays):
        return []
    return [claim.a, claim.b] if isinstance(claim, Related) else [claim.noun]


def verdict(seen: Reading, claim: Claim) -> Verdict:
    """What a reading says of a claim about one of the kinds that were looked for."""
    if isinstance(claim, Plays):
        holds = claim.fits(seen.setting)
        return Verdict(claim, holds, "" if holds else f"the setting looks like {seen.setting.key}")
    if isinstance(claim, Related):
        return _related(seen, claim)
    told = [fits(seen, claim.noun, each) for each in seen.things]
    if isinstance(claim, Sits):
        width = seen.view.size[0] / seen.view.unit
        sides = [each.box[0] + each.box[2] for each, fit in zip(seen.things, told, strict=True) if fit is not False]
        holds = any(
            side < 2 * ASIDE * width if claim.side == "left" else side > 2 * (1 - ASIDE) * width for side in sides
        )
        return Verdict(claim, holds, "" if holds else f"not on the {claim.side}{_others(seen, claim.noun)}")
    count, doubtful = told.count(True), told.count(None)
    wanted = (0, 0) if isinstance(claim, Lacks) else (1, len(told)) if claim.count is None else (claim.count,) * 2
    if doubtful and count <= wanted[1] and count + doubtful >= wanted[0]:
        return Verdict(claim, None, "the letters are too low to be read")
    holds = wanted[0] <= count <= wanted[1]
    return Verdict(claim, holds, "" if holds else f"{count} seen{_others(seen, claim.noun)}")


def _related(seen: Reading, claim: Related) -> Verdict:
    a = [each for each in seen.things if fits(seen, claim.a, each) is not False]
    b = [each for each in seen.things if fits(seen, claim.b, each) is not False]
    if not a or not b:
        missing = claim.a if not a else claim.b
        return Verdict(claim, False, f"no such {missing.kind} seen{_others(seen, missing)}")
    holds = any(_holds(claim.name, one, two, seen.view.unit) for one in a for two in b if one is not two)
    return Verdict(claim, holds, "" if holds else "both seen, but not so")


def _holds(name: RelationName, a: Sighting, b: Sighting, unit: float) -> bool:
    if name == "holding":
        return _distance(a, KINDS[a.guise.kind].hand, b, KINDS[b.guise.kind].grip, unit) <= 1.5 * SLACK
    if name in ("on", "inside"):
        kind = KINDS[b.guise.kind]
        span = kind.top if name == "on" else kind.inside
        if span is None:
            return False
        start, end = (-span[1], -span[0]) if b.guise.facing == "left" else span[:2]
        fit, base = a.match.fit, b.match.fit
        across, up = (fit.x - base.x) / base.scale, (base.y - fit.y) / base.scale
        if not start - SLACK <= across <= end + SLACK:
            return False
        return abs(up - span[2]) <= SLACK if name == "on" else -SLACK <= up < span[2] - 1
    stand = not (KINDS[a.guise.kind].flies or KINDS[b.guise.kind].flies)
    return relations.holds(name, a.box, b.box, stand, SLACK) is True


def _distance(
    a: Sighting, hand: tuple[float, float] | None, b: Sighting, grip: tuple[float, float] | None, unit: float
) -> float:
    """Between the hand of one thing and the grip of another, in page units."""
    if hand is None or grip is None:
        return float("inf")
    turn = -1 if a.guise.facing == "left" else 1
    one, two = a.match.fit, b.match.fit
    across = one.x + turn * hand[0] * one.scale - two.x - grip[0] * two.scale
    down = one.y - hand[1] * one.scale - two.y + grip[1] * two.scale
    return float(np.hypot(across, down)) / unit


def fits(seen: Reading, noun: Noun, thing: Sighting) -> bool | None:
    """Whether a phrase may mean a thing that was seen; None if that hangs on letters too low to be read."""
    said = (
        (noun.kind, thing.guise.kind),
        (noun.colour, thing.colour),
        (noun.size, thing.size),
        (noun.facing, thing.guise.facing),
        (noun.state, thing.guise.look.state),
    )
    if any(wanted is not None and wanted != shown for wanted, shown in said):
        return False
    return True if noun.text is None else _says(seen.sharp, thing, noun.text)


def _says(view: View, thing: Sighting, text: str) -> bool | None:
    """Whether the letters on a thing are these: with them the picture is explained better than with any other one."""
    if thing.match.fit.scale * LETTER_UNITS < LEGIBLE:
        return None

    def written(letters: str) -> Fit:
        return replace(fit, guise=replace(fit.guise, look=replace(fit.guise.look, text=letters)))

    fit = thing.match.fit
    best = refine(view, written(text))
    fit = best.fit
    others = [text[:place] + letter + text[place + 1 :] for place in range(len(text)) for letter in LETTERS]
    blank = " " * len(text)
    return all(
        match(view, written(other), best.colour).score <= best.score for other in (*others, blank) if other != text
    )


def _others(seen: Reading, noun: Noun) -> str:
    """Things of the same kind that are not as said."""
    same = [each for each in seen.things if each.guise.kind == noun.kind]
    told = [
        " ".join(str(part) for part in (each.size, each.colour, each.guise.look.state, each.guise.facing) if part)
        for each in same
    ]
    return f"; a {noun.kind} is {' / '.join(told)}" if told else ""
