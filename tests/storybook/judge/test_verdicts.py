"""The judge on pictures of which everything is known."""

import numpy as np
import PIL.Image
import pytest

from mini4o.evaluation.judge import measure
from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Shows, Sits
from mini4o.storybook.judge.verdicts import JudgeError, judge
from mini4o.storybook.render import render
from mini4o.storybook.scene import Facts, Pose, Relation, Scene, Setting, Thing

MEADOW = Setting(place="meadow", season="summer", weather="clear")
CAT = Thing(kind="cat", colour="orange", facing="left", state="awake")
BALL = Thing(kind="ball", colour="red")
TABLE = Thing(kind="table", colour="brown")


def scene(
    *placed: tuple[Thing, float, float], setting: Setting = MEADOW, relations: tuple[Relation, ...] = ()
) -> Scene:
    """Things with their places; those that stand lower are nearer, what comes later is in front of what it is on."""
    poses = [
        Pose(x=x, y=y, depth=100 - y + (100 if place and relations else 0)) for place, (_, x, y) in enumerate(placed)
    ]
    things = tuple(thing for thing, _, _ in placed)
    return Scene(facts=Facts(setting=setting, things=things, relations=relations), poses=tuple(poses))


def holds(shown: Scene, claim: Claim, size: int = 64) -> bool | None:
    return judge(render(shown, size), [claim])[0].holds


CAT_AND_BALL = scene((CAT, 30, 20), (BALL, 72, 15))


CLAIMS: list[tuple[Claim, bool]] = [
    (Shows(noun=Noun(kind="cat")), True),
    (Shows(noun=Noun(kind="cat", colour="orange", size="medium", facing="left", state="awake"), count=1), True),
    (Shows(noun=Noun(kind="cat", colour="white")), False),
    (Shows(noun=Noun(kind="cat", state="asleep")), False),
    (Shows(noun=Noun(kind="cat", facing="right")), False),
    (Shows(noun=Noun(kind="ball", size="large")), False),
    (Shows(noun=Noun(kind="ball"), count=2), False),
    (Shows(noun=Noun(kind="dog")), False),
    (Lacks(noun=Noun(kind="dog")), True),
    (Lacks(noun=Noun(kind="ball")), False),
    (Lacks(noun=Noun(kind="ball", colour="blue")), True),
    (Related(name="left of", a=Noun(kind="cat"), b=Noun(kind="ball")), True),
    (Related(name="right of", a=Noun(kind="cat"), b=Noun(kind="ball")), False),
    (Sits(noun=Noun(kind="ball"), side="right"), True),
    (Sits(noun=Noun(kind="ball"), side="left"), False),
    (Plays(place="meadow", time="day"), True),
    (Plays(weather="rain"), False),
    (Plays(time="night"), False),
]


@pytest.mark.parametrize("size", [64, 96, 128, 300])
def test_claims_about_a_cat_and_a_ball(size: int) -> None:
    verdicts = judge(render(CAT_AND_BALL, size), [claim for claim, _ in CLAIMS])
    for verdict, (claim, true) in zip(verdicts, CLAIMS, strict=True):
        assert verdict.holds is true, verdict
        assert verdict.claim == claim and bool(verdict.why) is not true


def test_what_is_counted() -> None:
    balls = scene((BALL, 20, 15), (BALL, 50, 30), (BALL, 80, 12))
    for count in (1, 2, 3, 4):
        assert holds(balls, Shows(noun=Noun(kind="ball", colour="red"), count=count)) is (count == 3)


def test_on_a_table_and_beside_it() -> None:
    kitchen = Setting(place="kitchen")
    top = TABLE.of.top
    assert top is not None
    on = Relation(name="on", a=1, b=0)
    small = BALL.model_copy(update={"size": "small"})
    claim = Related(name="on", a=Noun(kind="ball"), b=Noun(kind="table"))
    assert holds(scene((TABLE, 50, 10), (small, 50, 10 + top[2]), setting=kitchen, relations=(on,)), claim) is True
    assert holds(scene((TABLE, 35, 10), (small, 85, 8), setting=kitchen), claim) is False


def test_letters() -> None:
    sign = Thing(kind="sign", colour="blue", text="B8")
    shown = scene((sign, 50, 12))
    assert holds(shown, Shows(noun=Noun(kind="sign", text="B8"))) is True
    for wrong in ("88", "BB", "B3", "E8", "8B"):
        assert holds(shown, Shows(noun=Noun(kind="sign", text=wrong))) is False
    low = scene((sign.model_copy(update={"size": "small"}), 50, 12))
    assert holds(low, Shows(noun=Noun(kind="sign", text="B8"))) is None, "letters of 5 pixels are not judged"
    assert holds(low, Shows(noun=Noun(kind="sign", text="B8")), size=128) is True


def test_nothing_is_seen_in_an_empty_or_a_foreign_picture() -> None:
    empty = scene()
    grey = np.random.default_rng(1).normal(128, 80, (64, 64)).clip(0, 255).astype(np.uint8)
    noise = PIL.Image.fromarray(grey).convert("RGB")
    kinds = ("cat", "ball", "house", "sun", "sign", "girl", "tree", "cloud")
    for picture in (render(empty), noise):
        for verdict in judge(picture, [Shows(noun=Noun(kind=kind)) for kind in kinds]):
            assert verdict.holds is False, verdict
            assert verdict.why


def test_pictures_that_cannot_be_judged() -> None:
    for size in ((31, 64), (64, 20), (400, 64)):
        with pytest.raises(JudgeError, match="32 pixels a side"):
            judge(PIL.Image.new("RGB", size), [])


def test_the_same_picture_is_judged_the_same() -> None:
    claims: list[Claim] = [
        Shows(noun=Noun(kind="cat")),
        Related(name="left of", a=Noun(kind="cat"), b=Noun(kind="ball")),
    ]
    picture = render(CAT_AND_BALL)
    assert judge(picture, claims) == judge(picture, claims)
    assert [each.holds for each in judge(picture, claims[::-1])] == [each.holds for each in judge(picture, claims)][
        ::-1
    ]


def test_right_in_both_directions_on_a_sample() -> None:
    rates = measure(30, 64, seed=1)
    assert rates.true.accepted >= rates.true.judged - 2, rates.wrong
    assert rates.all_planted.judged >= 27
    assert rates.all_planted.accepted <= 1, rates.wrong
