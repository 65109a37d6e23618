import pytest

from mini4o.conversation.parts import Text, Think
from mini4o.evaluation.storybook.answers import is_right, problem, question
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.generation.session import Reply

EXAM = Exam()


def words(*said: str) -> Reply:
    return Reply(tuple(Text(text=each) for each in said))


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        (" A red ball. ", ["the red ball"]),
        ("in  the\nSky", ["in the sky", "up in the sky"]),
        ("红色。", ["红色"]),
        ("Ａ", ["A"]),
        ("b.", ["B"]),
        ("an apple", ["apple"]),
        ("A", ["A"]),
        ("A. a cat", ["A", "a", "A. a cat", "a cat"]),
    ],
)
def test_small_differences_do_not_matter(said: str, accepted: list[str]) -> None:
    assert is_right(said, accepted)


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ("red", ["the red ball"]),
        ("", ["A"]),
        ("the", ["A"]),
        ("A or B", ["A"]),
        ("yes no", ["yes"]),
        ("another ball", ["other ball"]),
        ("B. a cat", ["A", "a", "A. a cat", "a cat"]),
    ],
)
def test_other_answers_are_wrong(said: str, accepted: list[str]) -> None:
    assert not is_right(said, accepted)


def test_a_question_is_asked_with_its_picture_and_without_its_answer(told) -> None:
    key = Key("ask_count", "en", 2)
    item = EXAM.item(key)
    candidate = told(lambda *_: Reply((Think(text="nonsense"), Text(text=item.facts["answers"][-1]))))
    trial = question(candidate, EXAM, key)
    assert trial.rows == {"ask_count": {"right": [True]}, "all questions": {"right": [True]}}
    [(messages, wish, asked)] = candidate.heard
    assert messages == item.conversation[:1] and wish.draw == "never" and asked == key


@pytest.mark.parametrize(("wrong", "right"), [(None, True), (0, False), (3, False)])
def test_a_choice_is_right_in_all_orders(told, wrong: int | None, right: bool) -> None:
    def way(messages, wish, key):
        answer = EXAM.item(key).facts["answer"]
        return words("ABCD"["BCDA".index(answer)] if key.place == wrong else answer)

    candidate = told(way)
    trial = question(candidate, EXAM, Key("ask_choice", "zh", 1))
    assert trial.rows["ask_choice"] == {"right": [right]}
    assert [key.place for _, _, key in candidate.heard] == [0, 1, 2, 3]


def test_a_pair_is_right_for_both_pictures(told) -> None:
    key = Key("pairs", "en", 0)
    answers = [item.facts["answer"] for item in EXAM.sample(key)]
    one = question(told(lambda *_: words(answers[0])), EXAM, key)
    both = question(told(lambda messages, wish, key: words(answers[key.place])), EXAM, key)
    assert one.rows == {"pairs": {"right": [False]}} and both.rows == {"pairs": {"right": [True]}}


@pytest.mark.parametrize(
    ("said", "right"),
    [("{}", True), ("3 + 4 makes {} of them.", True), ("答案是{}。", True), ("{} or 3", False), ("many", False)],
)
def test_the_last_number_is_the_answer_of_a_problem(told, said: str, right: bool) -> None:
    key = Key("arithmetic", "en", 0)
    answer = EXAM.item(key).facts["answer"]
    trial = problem(told(lambda *_: words(said.format(answer))), EXAM, key)
    assert trial.rows == {"arithmetic": {"right": [right]}}
