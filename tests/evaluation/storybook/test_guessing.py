from collections import Counter

import PIL.Image
import pytest

from mini4o.conversation.parts import Image, Message
from mini4o.evaluation.storybook.answers import question
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.guessing import LEARNT, Blind, Lessons, Majority
from mini4o.generation.session import Wish

EXAM = Exam(("ask_exist", "spot_difference", "arithmetic", "instructions"), 10, ("test",))


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    return Lessons(EXAM)


def test_majority_is_the_most_frequent_training_answer(lessons: Lessons) -> None:
    key = Key("spot_difference", "zh", 0)
    answers = [item.facts["answer"] for item in EXAM.training("spot_difference", "zh", LEARNT * 5)]
    said = Majority(lessons).reply(EXAM.item(key).conversation[:1], Wish(), key).text
    assert Counter(answers)[said] == max(Counter(answers).values())


def test_blind_gives_one_of_the_possible_answers_and_sees_no_picture(lessons: Lessons) -> None:
    blind, black = Blind(lessons), PIL.Image.new("RGB", (64, 64))
    for key in EXAM:
        item = EXAM.item(key)
        said = blind.reply(item.conversation[:1], Wish(), key).text
        choices = item.facts.get("choices") or [each.answer for each in lessons.known(key)]
        assert said in choices
        content = [Image(image=black) if isinstance(part, Image) else part for part in item.conversation[0].content]
        assert blind.reply([Message(role="user", content=tuple(content))], Wish(), key).text == said


def test_blind_is_never_right_for_both_pictures_of_a_pair() -> None:
    exam = Exam(("pairs",), 4, ("test",))
    blind = Blind(Lessons(exam))
    assert [question(blind, exam, key).rows["pairs"]["right"] for key in exam] == [[False]] * 4


def test_blind_learns_what_words_give_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training questions that say their own answer: blind has them all right, majority does not."""
    exam = Exam(("arithmetic",), count=40, languages=("en",))
    made = Exam.training(exam, "arithmetic", "en", 400)
    tellers = [
        item.__class__([_also(item.conversation[0], item.facts["answer"]), *item.conversation[1:]], (), item.facts)
        for item in made
    ]
    monkeypatch.setattr(Exam, "training", lambda *_: tellers)
    lessons = Lessons(exam)
    blind, key = Blind(lessons), Key("arithmetic", "en", 0)
    said = [blind.reply([item.conversation[0]], Wish(), key).text for item in tellers[:100]]
    assert sum(one == item.facts["answer"] for one, item in zip(said, tellers, strict=False)) > 90


def _also(message: Message, answer: str) -> Message:
    text = message.content[0].model_copy(update={"text": f"{message.content[0].text} answer{answer}"})
    return message.model_copy(update={"content": (text,)})


def test_blind_gives_as_a_caption_one_of_another_picture() -> None:
    exam = Exam(("captions",), 4, ("test",))
    blind = Blind(Lessons(exam))
    said = [blind.reply(exam.item(key).conversation[:1], Wish(), key).text for key in exam]
    trained = [item.conversation[1].content[0].text for item in exam.training("caption_short", "en", 2)]
    assert said[:4:2] == trained and len(set(said)) == len(said)
