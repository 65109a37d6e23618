"""A candidate that does what a test tells it to, and remembers what it was shown."""

from collections.abc import Callable, Collection

import pytest

from mini4o.conversation.parts import Conversation
from mini4o.evaluation.storybook.exam import PARTS, Family, Key
from mini4o.generation.session import Reply, Wish

Way = Callable[[Conversation, Wish, Key], Reply]


class Told:
    """Replies in a given way."""

    name = "told"
    families: Collection[Family] = frozenset(PARTS)
    every = 1

    def __init__(self, way: Way) -> None:
        self.way = way
        self.heard: list[tuple[Conversation, Wish, Key]] = []

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        self.heard.append((list(messages), wish, key))
        return self.way(messages, wish, key)


@pytest.fixture
def told() -> Callable[[Way], Told]:
    """Makes such a candidate."""
    return Told
