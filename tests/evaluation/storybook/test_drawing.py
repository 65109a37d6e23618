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
    wide = next(key for key in Exam(("draw_short",), 40) if EXAM.item(key).scenes[0].width > 100)
    for key in (wide, Key("think_then_draw", "en", 0), Key("reconstruct", "en", 0)):
        drawing(candidate, EXAM, key)
    (said, size, _), (_, thinking, _), (shown, again, _) = candidate.heard
    assert [part.type for part in said[0].content] == ["text"] and size.size == (80, 48) and not size.think
    assert thinking.think and thinking.draw == again.draw == "force"
    assert [part.type for part in shown[0].content] == ["image", "text"] and again.source == ()
