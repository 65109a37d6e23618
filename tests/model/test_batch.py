"""Documents in groups of like length."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mini4o.conversation.layout import Document
from mini4o.model.batch import like_length


@given(st.lists(st.integers(1, 300), max_size=40))
def test_every_document_stands_once_beside_those_of_like_length(lengths: list[int]) -> None:
    documents = [Document(ids=[7] * length) for length in lengths]
    groups = like_length(documents)
    assert sorted(id(document) for group in groups for document in group) == sorted(map(id, documents))
    assert [len(document) for group in groups for document in group] == sorted(lengths)
    for group in groups:
        assert len(group[-1]) <= 1.5 * len(group[0])
    for group, after in pairwise(groups):  # no group more than the bound asks for
        assert len(after[0]) > 1.5 * len(group[0])


def test_equal_lengths_stay_in_their_order_and_the_bound_counts_as_like() -> None:
    lengths = {"a": 30, "b": 10, "c": 20, "d": 15, "e": 10, "f": 31}
    groups = like_length([Document(ids=[7] * length, task=name) for name, length in lengths.items()])
    assert [[document.task for document in group] for group in groups] == [["b", "e", "d"], ["c", "a"], ["f"]]
