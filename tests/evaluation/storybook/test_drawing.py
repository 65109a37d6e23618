import PIL.Image

from mini4o.conversation.parts import Image, ImageGen, Text
from mini4o.evaluation.storybook.candidates import Truth
from mini4o.evaluation.storybook.drawing import drawing
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.generation.session import Reply

EXAM = Exam()
KEY = Key("category_single", "en", 0)


def test_the_truth_is_right_and_a_blank_page_is_not(told) -> None:
    blank = PIL.Image.new("RGB", (64, 64), "white")
    candidate = told(lambda *_: Reply((ImageGen(image=blank), Image(image=blank))))
    assert drawing(Truth(EXAM), EXAM, KEY).rows == {"category_single": {"right": [True], "claims": [True]}}
    assert drawing(candidate, EXAM, KEY).rows == {"category_single": {"right": [False], "claims": [False]}}


def test_without_a_picture_no_claim_holds(told) -> None:
    key = Key("draw_negated", "zh", 0)
    candidate = told(lambda *_: Reply((Text(text="好的"),)))
    trial = drawing(candidate, EXAM, key)
    claims = len(EXAM.item(key).facts["claims"])
    assert trial.rows == {"draw_negated": {"right": [False], "claims": [False] * claims}} and claims > 1


def test_what_is_asked_for(told) -> None:
    candidate = told(lambda *_: Reply(()))
    wide = next(key for key in Exam(("draw_short",), 40, ("test",)) if EXAM.item(key).scenes[0].width > 100)
    for key in (wide, Key("think_then_draw", "en", 0), Key("reconstruct", "en", 0)):
        drawing(candidate, EXAM, key)
    (said, size, _), (asked, thinking, _), (same, direct, _), (shown, again, _) = candidate.heard
    assert [part.type for part in said[0].content] == ["text"] and size.size == (80, 48) and not size.think
    assert thinking.think and thinking.draw == again.draw == "force"
    assert same == asked and direct.draw == "force" and not direct.think
    assert [part.type for part in shown[0].content] == ["image", "text"] and again.source == ()


def test_with_a_thought_and_without_are_rows_beside_each_other(told) -> None:
    key, truth = Key("think_then_draw", "en", 0), Truth(EXAM)
    candidate = told(lambda messages, wish, key: truth.reply(messages, wish, key) if wish.think else Reply(()))
    trial = drawing(candidate, EXAM, key)
    assert {row: marks["right"] for row, marks in trial.rows.items()} == {
        "think_then_draw": [True],
        "think_then_draw/without a thought": [False],
    }
    assert len(trial.replies) == 2 and trial.why == ()  # what was wrong is told of the first alone


def test_what_was_wrong_is_told(told) -> None:
    blank = PIL.Image.new("RGB", (64, 64), "white")
    candidate = told(lambda *_: Reply((ImageGen(image=blank), Image(image=blank))))
    [reason] = drawing(candidate, EXAM, KEY).why
    [claim] = EXAM.item(KEY).facts["claims"]
    assert claim["noun"]["kind"] in reason and reason.endswith("0 seen")
