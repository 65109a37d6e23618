"""Who is examined: a model, or a baseline that is asked the same and scored by the same rules.

All see what a user gives, the conversation up to the turn that is theirs, and nothing else. What a baseline knows
besides (the truth of a sample, the training questions) it is given when it is made.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

import PIL.Image

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Conversation, Image, ImageGen
from mini4o.errors import ConversationError
from mini4o.evaluation.storybook.exam import PARTS, Exam, Family, Key
from mini4o.generation.session import Reply, Wish
from mini4o.mini4o import Mini4o


class Candidate(Protocol):
    """Who is examined.

    Attributes:
        name: as the report calls it.
        families: what it is examined in.
        every: which samples it is asked, to save time: each one, or every second of a language.
    """

    name: str
    families: Collection[Family]
    every: int

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        """Its turn of a conversation.

        Args:
            messages: what was said until then, the user's turn last.
            wish: what is expected: `never` a drawing (an answer in words), `force`, or `auto`: a drawing whose source
                it is to find out.
            key: names the request; all chance hangs on it.
        """
        ...


class Trained:
    """A model. A turn that it cannot take (the conversation is too long for it …) is an empty reply."""

    name = "model"
    families: Collection[Family] = frozenset(PARTS)
    every = 1

    def __init__(self, model: Mini4o, seed: int) -> None:
        self.model, self.seed = model, seed
        self._refused: list[str] = []

    def refusals(self) -> list[str]:
        """Why it could not take turns, since this was last asked."""
        refused, self._refused = self._refused, []
        return refused

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        """Its turn. Where it is to open a drawing by itself and does not, one is opened for it, from the last picture;
        a size that it does not list is not asked for."""
        if wish.size not in self.model.model.spec.sizes:
            wish = replace(wish, size=None)
        try:
            reply = self._said(messages, wish, key)
            if wish.draw == "auto" and not reply.images:
                reply = self._said(messages, replace(wish, draw="force", source=(len(shown(messages)),)), key)
        except ConversationError as error:
            self._refused.append(str(error))
            return Reply(())
        return reply

    def _said(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        return self.model.session(messages, seed=self.seed, name=f"storybook/{key}").reply(wish)


class Truth:
    """Answers, draws and edits as the world itself does: what the judge lets through, the ceiling."""

    name = "truth"
    families: Collection[Family] = frozenset(PARTS)
    every = 2

    def __init__(self, exam: Exam) -> None:
        self._exam = exam

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        """The turn that follows in the sample."""
        return Reply(self._exam.item(key).conversation[len(messages)].content)


class Copy:
    """Gives back the picture that it was given last."""

    name = "copy"
    families: Collection[Family] = frozenset[Family]({"editing"})
    every = 2

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        """The picture as a drawing; to what wants words, nothing."""
        if wish.draw == "never":
            return Reply(())
        picture = shown(messages)[-1]
        return Reply((ImageGen(image=picture), Image(image=picture)))


def shown(messages: Conversation) -> list[PIL.Image.Image]:
    """The pictures that a conversation has shown, as `source` counts them; a drawing counts where it is read again."""
    return [load_image(part.image) for message in messages for part in message.content if isinstance(part, Image)]
