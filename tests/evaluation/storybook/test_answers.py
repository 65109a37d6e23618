import pytest

from mini4o.conversation.parts import Text, Think
from mini4o.evaluation.storybook.answers import instruction, is_right, problem, question
from mini4o.evaluation.storybook.candidates import Truth
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


INSTRUCTIONS = {
    EXAM.item(key).facts["skeleton"]: key for key in Exam(("instructions",), 200, ("test",)) if key.language == "en"
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_worlds_own_replies_to_instructions_are_right(language: str) -> None:
    exam = Exam(("instructions",), 60, ("test",), (language,))
    assert all(instruction(Truth(exam), exam, key).rows["instructions"]["right"] == [True] for key in exam)


def test_an_instruction_has_one_answer(told) -> None:
    key = INSTRUCTIONS["more"]
    item = EXAM.item(key)
    other = told(lambda *_: words(f"{item.facts['answer']} or 3"))
    assert instruction(other, EXAM, key).rows == {"instructions": {"right": [False]}}


def test_of_yes_and_no_the_first_word_counts(told) -> None:
    key = INSTRUCTIONS["is_a"]
    answer = EXAM.item(key).facts["answer"]
    other = "No" if answer == "Yes" else "Yes"
    for said, right in (
        (f"{answer}, cats are animals.", True),
        (f"{other}, {answer}.", False),
        (f"Well, {answer}", False),
    ):
        assert instruction(told(lambda *_, said=said: words(said)), EXAM, key).rows["instructions"]["right"] == [right]


def test_a_list_has_so_many_different_members_and_nothing_else(told) -> None:
    key = INSTRUCTIONS["list"]
    facts = EXAM.item(key).facts
    members, count = facts["members"], facts["count"]
    stranger = "moon" if "moon" not in members else "dog"
    lists = [
        members[:count],
        members[-count:],
        members[: count - 1],
        [members[0]] * count,
        [*members[1:count], stranger],
    ]
    said = [told(lambda *_, names=names: words(f"For example, {', '.join(names)}.")) for names in lists]
    assert [instruction(one, EXAM, key).rows["instructions"]["right"][0] for one in said] == [
        True,
        True,
        False,
        False,
        False,
    ]
