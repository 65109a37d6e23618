import PIL.Image
import pytest

from mini4o.conversation.parts import Image, ImageGen
from mini4o.evaluation.storybook import editing
from mini4o.evaluation.storybook.candidates import Copy, Truth, shown
from mini4o.evaluation.storybook.editing import edit, rounds
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.generation.session import Reply
from mini4o.storybook.judge.edits import EditVerdict

EXAM = Exam()
RECOLOUR = Key("edit_recolour", "en", 0)
CHAIN = next(
    key
    for key in Exam(("rounds",), 60, ("test",))
    if [each["source"] for each in EXAM.item(key).facts["rounds"]] == [[1], [2]] and not EXAM.item(key).facts["asides"]
)


def picture(image: PIL.Image.Image) -> Reply:
    return Reply((ImageGen(image=image), Image(image=image)))


def test_the_truth_is_done_and_kept_and_a_copy_is_kept_alone() -> None:
    both, kept = edit(Truth(EXAM), EXAM, RECOLOUR), edit(Copy(), EXAM, RECOLOUR)
    assert both.rows["edit_recolour"] == {"done": [True], "kept": [True], "both": [True]}
    assert kept.rows["edit_recolour"] == {"done": [False], "kept": [True], "both": [False]}
    assert kept.rows["all edits"] == kept.rows["edit_recolour"]


def test_a_result_of_another_size_is_brought_to_that_of_the_picture(told) -> None:
    truth = Truth(EXAM)
    large = told(lambda *asked: picture(truth.reply(*asked).images[0].resize((256, 256))))
    assert edit(large, EXAM, RECOLOUR).rows["edit_recolour"]["both"] == [True]
    [(messages, wish, _)] = large.heard
    assert len(messages) == 1 and wish.source == (1,) and wish.draw == "force"


def test_without_a_picture_nothing_is_done_or_kept(told) -> None:
    trial = edit(told(lambda *_: Reply(())), EXAM, RECOLOUR)
    assert trial.rows["edit_recolour"] == {"done": [False], "kept": [False], "both": [False]}


def test_of_several_pictures_the_one_that_is_changed_is_kept(told) -> None:
    keys = list(Exam(("several",), 60, ("test",)))
    into = next(key for key in keys if EXAM.item(key).facts["type"] == "into")
    new = next(key for key in keys if EXAM.item(key).facts["type"] == "together")
    copied = edit(Copy(), EXAM, into)  # of the second picture, into which something was to come
    assert copied.rows["several"] == copied.rows["several/into"] == {"done": [False], "kept": [True], "both": [False]}
    fresh = told(Truth(EXAM).reply)
    assert set(edit(fresh, EXAM, new).rows["several/together"]) == {"done", "both"}
    assert fresh.heard[0][1].source == (1, 2)


def test_rounds_go_on_from_the_candidates_own_pictures(told) -> None:
    """Who draws another page in the first round and hands that back in the second one has kept it then."""
    other = shown(EXAM.item(Key("edit_season", "en", 1)).conversation)[0].resize((64, 64))
    candidate = told(lambda *_: picture(other))
    rows = rounds(candidate, EXAM, CHAIN).rows
    assert (rows["rounds/round 1"]["kept"], rows["rounds/round 2"]["kept"]) == ([False], [True])
    assert rows["rounds"]["kept"] == [False, True] and rows["rounds/whole chain"] == {"both": [False]}
    (first, wish, _), (second, _, _) = candidate.heard
    assert len(first) == 1 and len(second) == 3 and wish.draw == "auto" and wish.source == ()
    assert shown(second) == [*shown(first), other]


def test_the_truth_of_rounds_is_kept(told) -> None:
    truth = told(Truth(EXAM).reply)
    rows = rounds(truth, EXAM, CHAIN).rows
    assert rows["rounds"]["kept"] == [True, True]
    assert set(rows) == {"rounds", "rounds/round 1", "rounds/round 2", "rounds/whole chain", "rounds/first 2"}
    assert [messages[:-1] for messages, _, _ in truth.heard][1] == EXAM.item(CHAIN).conversation[:2]


def test_a_chain_is_told_as_far_as_it_went(told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does the first two rounds of a long chain right has its first two right, and not the whole."""
    monkeypatch.setattr(editing, "judge_edit", lambda *_: EditVerdict(True, True, 0.0, []))
    key = next(key for key in Exam(("rounds",), 60, ("test",)) if len(EXAM.item(key).facts["rounds"]) == 5)
    truth = Truth(EXAM)
    last = EXAM.item(key).facts["rounds"][1]["message"]
    candidate = told(lambda messages, *asked: truth.reply(messages, *asked) if len(messages) <= last else Reply(()))
    trial = rounds(candidate, EXAM, key)
    chains = {row: marks["both"] for row, marks in trial.rows.items() if "first" in row or "chain" in row}
    assert chains == {
        "rounds/first 2": [True],
        "rounds/first 3": [False],
        "rounds/first 4": [False],
        "rounds/whole chain": [False],
    }
    assert trial.why == tuple(f"round {number}: no picture was drawn" for number in (3, 4, 5))


def test_what_was_wrong_is_told() -> None:
    [reason, *_] = edit(Copy(), EXAM, RECOLOUR).why
    assert EXAM.item(RECOLOUR).facts["claims"][0]["noun"]["kind"] in reason


def test_after_a_round_without_a_picture_the_last_one_stands(told) -> None:
    start = shown(EXAM.item(CHAIN).conversation)[0]
    candidate = told(lambda messages, *_: picture(start) if len(messages) > 1 else Reply(()))
    rows = rounds(candidate, EXAM, CHAIN).rows
    assert rows["rounds"]["kept"] == [False, True]


def test_words_between_the_rounds_are_answered_in_words(told) -> None:
    key = next(key for key in Exam(("rounds",), 60, ("test",)) if EXAM.item(key).facts["asides"])
    candidate = told(lambda messages, wish, _: Reply(()))
    rounds(candidate, EXAM, key)
    item = EXAM.item(key)
    spoken = {aside["message"] for aside in item.facts["asides"]}
    assert [wish.draw == "never" for _, wish, _ in candidate.heard] == [
        number in spoken for number in range(1, len(item.conversation), 2)
    ]


@pytest.mark.parametrize("index", range(2))
def test_a_wide_page_is_judged_on_pictures_of_another_shape(told, index: int) -> None:
    wide = [key for key in Exam(("rounds",), 60, ("test",)) if EXAM.item(key).scenes[0].width > 100]
    square = PIL.Image.new("RGB", (32, 32))
    rows = rounds(told(lambda *_: picture(square)), EXAM, wide[index]).rows
    assert rows["rounds"]["kept"][0] is False and not any(rows["rounds"]["both"])
