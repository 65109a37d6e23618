from mini4o.conversation.parts import Text
from mini4o.evaluation.storybook.candidates import Copy, Trained, Truth
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.examine import examine, name_of
from mini4o.generation.session import Reply
from mini4o.mini4o import Mini4o

EXAM = Exam()


def test_a_candidate_is_asked_what_it_can_do_and_some_every_second_time(told) -> None:
    words = told(lambda *_: Reply((Text(text="3"),)))
    everyone = [words, Copy(), Truth(EXAM)]
    asked = [
        list(examine(EXAM, everyone, key)[0]["rows"])
        for key in (Key("arithmetic", "en", 0), Key("edit_time", "zh", 2), Key("edit_time", "zh", 3))
    ]
    assert asked == [["told", "truth"], ["told", "copy", "truth"], ["told"]]


def test_a_line_of_the_record(tiny: Mini4o) -> None:
    key = Key("edit_season", "en", 1, split="heldout")
    line, pictures = examine(EXAM, [Trained(tiny, 0), Truth(EXAM)], key)
    assert line["sample"] == name_of(key) == "heldout/edit_season/en/1"
    assert list(line["rows"]) == ["model"] and set(line["rows"]["model"]) == {"edit_season", "all edits"}
    [reply] = line["replies"]
    assert reply["pictures"] == list(pictures) == ["heldout-edit_season-en-1-1.png"]
    assert (reply["text"], reply["thought"], line["refused"]) == ("", "", [])
    assert line["seconds"] > 0


def test_what_is_asked_has_a_hash(told) -> None:
    yes, no = (told(lambda *_, said=said: Reply((Text(text=said),))) for said in ("yes", "no"))
    keys = Key("ask_exist", "en", 0), Key("ask_exist", "en", 1)
    one, same, other = (
        examine(EXAM, [who], key)[0]["asked"] for who, key in ((yes, keys[0]), (no, keys[0]), (yes, keys[1]))
    )
    assert one == same != other
