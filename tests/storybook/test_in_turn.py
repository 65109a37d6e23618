"""Several questions about one page: each is right by itself, and no answer is to be had by habit."""

from collections import Counter

import pytest
from truths import item

from mini4o.conversation.parts import Image, Text, Think
from mini4o.storybook.splits import LANGUAGES, Language, split_of
from mini4o.storybook.tasks.questions.in_turn import MOST, TASK
from mini4o.storybook.tasks.questions.programs import answer

every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
def test_each_question_has_its_answer_on_the_page(language: Language) -> None:
    counts = []
    for index in range(25):
        made = item(TASK, index, "train", language)
        (scene,), questions = made.scenes, made.facts["questions"]
        assert split_of(scene.facts) == "train"
        assert len({str(question["program"]) for question in questions}) == len(questions) <= MOST
        pictures = [part for message in made.conversation for part in message.content if isinstance(part, Image)]
        assert len(pictures) == 1 and made.conversation[0].content[0] is pictures[0]
        turns = list(zip(made.conversation[::2], made.conversation[1::2], strict=True))
        for (asked, said), question in zip(turns, questions, strict=True):
            assert isinstance(asked.content[-1], Text) and question["question"][1:-1] in asked.content[-1].text
            assert isinstance(said.content[-1], Text) and said.content[-1].text == question["answer"]
            assert len(said.content) == 1 or isinstance(said.content[0], Think)
            assert answer(question["program"], scene) is not None
        counts.append(len(questions))
    assert sum(counts) / len(counts) > 4


def test_yes_is_as_common_as_no() -> None:
    said = Counter(
        question["answer"]
        for index in range(60)
        for question in item(TASK, index, "train", "en").facts["questions"]
        if question["skeleton"].startswith("exist")
    )
    assert sum(said.values()) > 40 and 0.4 < said["yes"] / sum(said.values()) < 0.6
