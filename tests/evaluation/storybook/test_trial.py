import pytest

from mini4o.evaluation.storybook.trial import in_words, reasons
from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Shows, Sits
from mini4o.storybook.judge.verdicts import Verdict

BALL = Noun(kind="ball", colour="red")


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (Shows(noun=BALL), "a red ball"),
        (Shows(noun=BALL, count=1), "exactly one red ball"),
        (Shows(noun=BALL, count=3), "exactly three red balls"),
        (Lacks(noun=BALL), "no red ball"),
        (Related(name="left of", a=Noun(kind="cat"), b=BALL), "a cat to the left of a red ball"),
        (Sits(noun=BALL, side="left"), "a red ball on the left of the picture"),
        (Plays(place="beach", time="night"), "on a beach at night"),
    ],
)
def test_claims_in_words(claim: Claim, words: str) -> None:
    assert in_words(claim) == words


def test_reasons_are_of_what_failed_and_each_is_told_once() -> None:
    failed = Verdict(Lacks(noun=BALL), False, "1 seen")
    verdicts = [failed, Verdict(Shows(noun=BALL), True), failed, Verdict(Shows(noun=BALL), None, "too low")]
    assert reasons(verdicts) == ["no red ball: 1 seen"]
