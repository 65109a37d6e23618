from collections import Counter
from typing import Any

from mini4o.evaluation.labels.choice import choose, pictures_of


def line(sample: str, right: bool | None, pictures: int = 1) -> dict[str, Any]:
    part = sample.split("/")[1]
    mark = "both" if part.startswith("edit") else "right"
    names = [f"{sample.replace('/', '-')}-{number}.png" for number in range(pictures)]
    return {"sample": sample, "rows": {"model": {part: {mark: [right]}}}, "replies": [{"pictures": names}]}


def lines(right: int = 10, wrong: int = 10) -> list[dict[str, Any]]:
    """So many right and wrong samples of each part, language and split."""
    return [
        line(f"{split}/{part}/{language}/{index}", index < right)
        for split in ("test", "heldout")
        for part in ("draw_short", "reconstruct", "edit_add", "edit_time", "edit_season")
        for language in ("en", "zh")
        for index in range(right + wrong)
    ]


def counted(chosen: list[dict[str, Any]], place: int) -> list[int]:
    """How many there are of each split (0), part (1) or language (2)."""
    return sorted(Counter(each["sample"].split("/")[place] for each in chosen).values())


def rights(chosen: list[dict[str, Any]]) -> int:
    return sum(mark == [True] for each in chosen for row in each["rows"]["model"].values() for mark in row.values())


def test_evenly_over_the_verdict_parts_languages_and_splits() -> None:
    chosen = choose(lines(), 40, seed=0)
    assert rights(chosen) == 20
    assert counted(chosen, 0) == [20, 20] and counted(chosen, 1) == [8] * 5 and counted(chosen, 2) == [20, 20]
    right = [each for each in chosen if rights([each])]
    assert counted(right, 1) == [4] * 5
    assert len({each["sample"] for each in chosen}) == 40


def test_where_few_are_right_the_others_fill_up() -> None:
    few = [each for each in lines() if not rights([each]) or each["sample"].endswith("add/en/3")]
    chosen = choose(few, 40, seed=0)
    assert len(chosen) == 40 and rights(chosen) == 2
    assert len(choose(few, 1000, seed=0)) == len(few)


def test_what_cannot_be_told_or_shows_nothing_is_not_chosen() -> None:
    asked = {"sample": "test/ask_exist/en/0", "rows": {"model": {"ask_exist": {"right": [True]}}}}
    without = {**asked, "sample": "test/draw_short/en/0", "rows": {}}
    known = line("test/draw_short/en/1", False)
    judge = {"sample": "judge", "true": {}}
    assert choose([line("test/draw_short/en/2", None), asked, without, judge, known], 5, seed=0) == [known]
    assert choose([line("test/draw_short/en/2", True, pictures=0)], 5, seed=0) == []
    assert pictures_of(line("test/draw_short/en/2", True, 2)) == [f"test-draw_short-en-2-{n}.png" for n in range(2)]


def test_the_seed_chooses() -> None:
    some = [[each["sample"] for each in choose(lines(), 20, seed)] for seed in (0, 0, 1)]
    assert some[0] == some[1] != some[2]
