import pytest

from mini4o.errors import DataError
from mini4o.evaluation.storybook.exam import CATEGORIES, PARTS, Exam, Key, family_of
from mini4o.storybook.splits import split_of
from mini4o.storybook.tasks.base import Request
from mini4o.storybook.versions import world


def test_every_task_is_scored_but_small_talk_and_questions_in_turn() -> None:
    scored = {part for parts in PARTS.values() for part in parts}
    left = set(world("storybook-1").tasks) - scored
    assert left == {"smalltalk", "questions_in_turn"}  # its questions are scored one by one
    assert scored - set(world("storybook-1").tasks) == {"pairs", *(f"category_{name}" for name in CATEGORIES)}
    assert Exam().parts == tuple(part for parts in PARTS.values() for part in parts)


def test_a_family_stands_for_its_parts() -> None:
    exam = Exam(("rounds", "text", "edit_add", "edit_add"))
    assert exam.parts == ("arithmetic", "instructions", "edit_add", "rounds")
    assert [family_of(part) for part in exam.parts] == ["text", "text", "editing", "editing"]


def test_languages_take_turns() -> None:
    exam = Exam(("ask_exist", "pairs"), count=3)
    asked = [str(key) for key in exam]
    assert asked[:3] == ["test/ask_exist/en/0/0", "test/ask_exist/zh/0/0", "test/ask_exist/en/1/0"]
    assert len(asked) == len(set(asked)) == len(exam) == 12
    assert {key.split for key in exam} == {"test", "heldout"} and asked[6:] == [
        each.replace("test", "heldout") for each in asked[:6]
    ]
    assert [key.language for key in Exam(("rounds",), 2, ("val",), languages=("zh", "zh"))] == ["zh", "zh"]


def test_samples_are_those_of_the_tasks() -> None:
    exam = Exam(seed=4)
    there = world("storybook-1").task("ask_count")(Request("heldout", "zh", 4, 3))
    assert exam.item(Key("ask_count", "zh", 3, split="heldout")).conversation == there.conversation
    assert {split_of(scene.facts) for scene in there.scenes} == {"heldout"}


def test_a_choice_comes_in_all_orders_and_a_pair_with_both_pictures() -> None:
    exam = Exam()
    orders = exam.sample(Key("ask_choice", "en", 0))
    assert sorted(item.facts["answer"] for item in orders) == ["A", "B", "C", "D"]
    assert len({tuple(sorted(item.facts["options"])) for item in orders}) == 1
    first, second = exam.sample(Key("pairs", "zh", 0))
    assert first.facts["question"] == second.facts["question"] and first.facts["answer"] != second.facts["answer"]
    assert exam.item(Key("pairs", "zh", 0, place=1)) is second


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories_hold_requests_of_their_own(category: str) -> None:
    items = [Exam().item(Key(f"category_{category}", "en", index)) for index in range(3)]
    assert {item.facts["category"] for item in items} == {category}
    assert {split_of(item.scenes[0].facts) for item in items} == {"test"}
    assert len({item.scenes[0].hash for item in items}) == 3


def test_training_questions_are_of_the_training_split() -> None:
    items = Exam().training("ask_choice", "en", 9)
    assert len(items) == 12  # four orders of three
    assert {split_of(scene.facts) for item in items for scene in item.scenes} == {"train"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parts": ("ask_exists",)}, "did you mean 'ask_exist'"),
        ({"parts": ("smalltalk",)}, "nothing to score"),
        ({"splits": ("test", "tests")}, "did you mean 'test'"),
        ({"languages": ("de",)}, "no language 'de'"),
        ({"count": 0}, "at least 1"),
        ({"size": 47}, "at least 48"),
        ({"size": 2000}, "1024"),
    ],
)
def test_what_there_is_not_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said) as error:
        Exam(**change)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
