"""The facade: one loaded model that answers, draws and edits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import PIL.Image
import torch

from mini4o.conversation.parts import ImageSource, Message, parse_conversation
from mini4o.errors import ConversationError
from mini4o.generation.engine import Engine
from mini4o.generation.session import Reply, Session, Wish
from mini4o.pretrained import folder, shipped
from mini4o.pretrained.model import Model

Size = tuple[int, int]


class Mini4o:
    """A model ready to talk.

        model = Mini4o.from_pretrained("nano")
        page = model.draw("Draw an orange cat in a garden.")
        white, night = model.edit(page, ["Make the cat white.", "Make it night."])
        print(model.ask(night, "What colour is the cat?"))

    Every call takes `seed`, on which all its chance hangs, and values of `GenerationSpec` such as `steps=50`.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.engine = Engine(model.net, model.builder())

    @classmethod
    def from_pretrained(cls, name: str | Path, device: str | torch.device = "cpu") -> "Mini4o":
        """Load a model.

        Args:
            name: "nano", the model that comes with the package, or a folder. A folder of that very name is given as a
                path, `"./nano"` or `Path("nano")`.
            device: where it runs.

        Raises:
            CheckpointError: missing, foreign, of a newer format, or damaged.
        """
        return cls(folder.load(shipped.find(name), device))

    def save_pretrained(self, path: str | Path) -> None:
        """Write the model as a folder, aside and renamed.

        Raises:
            CheckpointError: it could not be written; what was there before is untouched.
        """
        folder.save(self.model, Path(path))

    def session(self, messages: Sequence[Message | dict[str, Any]] = (), *, seed: int = 0, name: str = "") -> Session:
        """A conversation that goes on. `name` keeps the chance of conversations with the same seed apart."""
        parsed = parse_conversation(list(messages)) if messages else []
        return Session(self.engine, self.model.generation, seed, name, parsed)

    def chat(
        self,
        messages: Sequence[Message | dict[str, Any]],
        wish: Wish | None = None,
        *,
        seed: int = 0,
        **options: Any,
    ) -> Reply:
        """The model's next turn of a conversation."""
        return self.session(parse_conversation(list(messages)), seed=seed).reply(wish, **options)

    def ask(self, images: ImageSource | Sequence[ImageSource], question: str, *, seed: int = 0, **options: Any) -> str:
        """An answer in text to a question, about one picture or several."""
        several = images if isinstance(images, list | tuple) else [images]
        parts = [*map(_shown, several), _said(question, "a question")]
        return self.chat([_user(parts)], Wish(draw="never"), seed=seed, **options).text

    def draw(
        self, prompt: str, *, size: Size | None = None, negative: str = "", seed: int = 0, **options: Any
    ) -> PIL.Image.Image:
        """A picture: the one-message conversation with a forced opening."""
        wish = Wish(draw="force", size=size, negative=negative)
        return self.chat([_user([_said(prompt, "a prompt")])], wish, seed=seed, **options).images[0]

    def edit(
        self,
        image: ImageSource,
        instructions: str | Sequence[str],
        *,
        size: Size | None = None,
        negative: str = "",
        seed: int = 0,
        **options: Any,
    ) -> list[PIL.Image.Image]:
        """A picture a round; each round starts from the picture before it."""
        instructions = [instructions] if isinstance(instructions, str) else instructions
        if not instructions:
            raise ConversationError("an edit needs at least one instruction")
        session = self.session(seed=seed)
        drawn: list[PIL.Image.Image] = []
        for number, instruction in enumerate(instructions, start=1):
            text = _said(instruction, "an instruction")
            session.add(_user([_shown(image), text] if number == 1 else [text]))
            wish = Wish(draw="force", source=(number,), size=size, negative=negative)
            drawn += session.reply(wish, **options).images
        return drawn


# Plain data, not typed parts: parsing turns what is wrong with it into a ConversationError.


def _user(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": "user", "content": parts}


def _shown(image: ImageSource) -> dict[str, Any]:
    return {"type": "image", "image": image}


def _said(text: str, what: str) -> dict[str, Any]:
    if not text.strip():
        raise ConversationError(f"{what} is empty; say something")
    return {"type": "text", "text": text}
