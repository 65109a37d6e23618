"""Errors are one line that says what is wrong and what to do."""

import inspect

import pytest
from pydantic import ValidationError

from mini4o import errors
from mini4o.errors import Mini4oError, first_problem, nearest
from mini4o.model.spec import FlowSpec, GenerationSpec, ModelSpec


def problem(**values: object) -> str:
    with pytest.raises(ValidationError) as caught:
        GenerationSpec.model_validate(values)
    return first_problem(caught.value, GenerationSpec.model_fields)


def test_all_errors_of_the_package_have_one_base() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
    assert len(kinds) == 7
    assert all(issubclass(kind, Mini4oError) for kind in kinds)
    assert not issubclass(Mini4oError, ValueError)  # which pydantic would swallow inside a validator


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("setps", "; did you mean 'steps'?"),
        ("guided_fron", "; did you mean 'guided_from'?"),
        ("text_scal", "; did you mean 'text_scale'?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_known_name_is_offered_and_no_far_one(name: str, said: str) -> None:
    assert nearest(name, GenerationSpec.model_fields) == said


def test_the_fewest_changes_decide_not_the_letters_in_common() -> None:
    assert nearest("querys", ModelSpec.model_fields) == "; did you mean 'queries'?"


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert nearest("steps", []) == ""


def test_an_unknown_key_is_named_with_its_nearest() -> None:
    assert problem(setps=3) == "unknown key 'setps'; did you mean 'steps'?"
    assert problem(qqq=3) == "unknown key 'qqq'"


def test_a_wrong_value_is_named_with_its_place() -> None:
    assert problem(steps="many").startswith("steps: Input should be a valid integer")
    assert problem(writes=["image", "songs"]).startswith("writes.1: ")
    assert "\n" not in problem(steps="many", temperature="warm")


def test_a_problem_of_the_whole_has_no_place() -> None:
    with pytest.raises(ValidationError) as caught:
        FlowSpec.model_validate("x")
    assert first_problem(caught.value).startswith("Input should be")
