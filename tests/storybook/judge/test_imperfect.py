"""The judge against the eye, on 100 imperfect pictures.

The pictures in `imperfect/` are true scenes and scenes with a planted error, harmed on purpose: blurred, noisy,
compressed, warped, shifted, off colour; a thing half erased, half transparent, smeared, cut by the page's edge, or
blended half way into another colour or another kind; two renders of the same facts laid over each other. A third is
harmed little, a third more, a third much. Most are 64x64 pixels, twenty 128x128, twenty 80x48 or 48x80.

`labels.json` has, for each, how it was made (`made`), one to four claims, and a label for each claim: what is to be
*seen*. Labels were written down by eye (a vision-language model's, not a person's), from the picture enlarged about
sixfold with the claims in words beside it, in an order by chance, without being shown how the picture was made or what
its scene was. Five claims in six were drawn by chance from the scene's facts, right and wrong ones; the others were
added while looking. Sizes were told by laying a chart of all kinds in their three sizes beside it, left and right by
the middle of the thing. `null` is where a careful person would not decide: a colour between two, a letter that might
be another, a thing of which too little is left, a place near the middle.

All labels were fixed before the judge was run on any of these pictures. A second look at 30 of them, in another order,
gave the same label for 109 of 110 claims; the other one is now null. Afterwards a comparison with the scenes showed two
slips, both now null: a faint moon overlooked among the snow (016), and the rest of a tree that had been called
undecidable in one claim and absent in another (020). The judge had agreed with both. If a label is ever changed, then
for a slip that is plain to see in the picture, never because the judge says otherwise.
"""

import json
from pathlib import Path
from typing import Any

import PIL.Image
from pydantic import TypeAdapter

from mini4o.storybook.claims import Claim
from mini4o.storybook.judge.verdicts import judge, nouns

FOLDER = Path(__file__).parent / "imperfect"
ENTRIES: list[dict[str, Any]] = json.loads((FOLDER / "labels.json").read_text())
CLAIMS: TypeAdapter[list[Claim]] = TypeAdapter(list[Claim])
LEAST = 0.91  # share of the labels that the judge agrees with; the aim is 0.95 (docs/storybook.md says what it misses)


def test_labels_belong_to_pictures_and_claims_and_neither_answer_is_rare() -> None:
    assert len(ENTRIES) == 100
    assert [entry["file"] for entry in ENTRIES] == sorted(path.name for path in FOLDER.glob("*.png"))
    assert all(1 <= len(entry["claims"]) <= 4 and len(entry["labels"]) == len(entry["claims"]) for entry in ENTRIES)
    labels = [label for entry in ENTRIES for label in entry["labels"]]
    assert labels.count(True) >= 0.4 * len(labels) and labels.count(False) >= 0.4 * len(labels)
    assert {type(label) for label in labels} == {bool, type(None)}
    types = {claim["type"] for entry in ENTRIES for claim in entry["claims"]}
    assert types == {"shows", "lacks", "related", "sits", "plays"}


def test_the_judge_agrees_with_the_eye() -> None:
    """Labels of null do not count, nor does a judge who cannot tell where the claim is about letters."""
    decided = 0
    disagreements = []
    for entry in ENTRIES:
        with PIL.Image.open(FOLDER / entry["file"]) as picture:
            verdicts = judge(picture, CLAIMS.validate_python(entry["claims"]))
        for verdict, label in zip(verdicts, entry["labels"], strict=True):
            letters = any(noun.text for noun in nouns(verdict.claim))
            if label is None or (verdict.holds is None and letters):
                continue
            decided += 1
            if verdict.holds is not label:
                said = f"{entry['file']} {verdict.claim.model_dump(exclude_none=True)}"
                seen = f"by eye {label}, by the judge {verdict.holds} ({verdict.why})"
                disagreements.append(f"{said}: {seen}; {entry['made']}")
    agreement = 1 - len(disagreements) / decided
    assert agreement >= LEAST, "\n".join([f"{agreement:.1%} of {decided} labels", *disagreements])
