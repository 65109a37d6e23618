"""What a conversation is: messages of typed parts. The same types for training data, for inference and for serving.

[{"role": "user", "content": [{"type": "image", "image": "room.png"}, {"type": "text", "text": "Make it red."}]},
 {"role": "assistant", "content": [{"type": "image_gen", "source": [1], "image": "red.png"}]}]
"""

import os
from typing import Annotated, Any, Literal, TypeAlias

import PIL.Image
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from mini4o.errors import ConversationError, first_problem

Role = Literal["system", "user", "assistant"]
ImageSource: TypeAlias = str | bytes | os.PathLike[str] | PIL.Image.Image


def _is_utf8(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a surrogate pair at character {error.start}; text must be valid Unicode") from None
    return text


_Text = Annotated[str, AfterValidator(_is_utf8)]


class _Typed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Text(_Typed):
    """Plain text. Characters that look like control tokens stay characters."""

    type: Literal["text"] = "text"
    text: _Text
    loss: bool | None = None


class Think(_Typed):
    """Reasoning, shown apart from the answer; it stays in the history."""

    type: Literal["think"] = "think"
    text: _Text
    loss: bool | None = None


class Image(_Typed):
    """A picture to read: path, URL (off by default), data URI, bytes or PIL image."""

    type: Literal["image"] = "image"
    image: ImageSource


class ImageGen(_Typed):
    """A picture to draw. `image` is the target in training and absent at inference.

    `source` lists the `image` parts it starts from, counted from 1 over the whole conversation;
    `size` is (width, height) in pixels, one of the sizes the model lists.
    """

    type: Literal["image_gen"] = "image_gen"
    image: ImageSource | None = None
    source: tuple[Annotated[int, Field(ge=1)], ...] = ()
    size: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = None
    loss: bool | None = None


class _Coordinates(_Typed):
    """Structured coordinates in pixels of one `image` part (counted from 1), with an optional name of the thing."""

    image: Annotated[int, Field(ge=1)] = 1
    label: _Text = ""
    loss: bool | None = None


class Box(_Coordinates):
    """A rectangle: left, top, right, bottom in pixels."""

    type: Literal["box"] = "box"
    box: tuple[float, float, float, float]


class Point(_Coordinates):
    """A point: x, y in pixels."""

    type: Literal["point"] = "point"
    point: tuple[float, float]


class Quad(_Coordinates):
    """Four corners in pixels, clockwise from the top left: x1, y1, … x4, y4."""

    type: Literal["quad"] = "quad"
    quad: tuple[float, float, float, float, float, float, float, float]


Part = Text | Think | Image | ImageGen | Box | Point | Quad
_AnyPart = Annotated[Part, Field(discriminator="type")]


class Message(_Typed):
    """One turn. A string as content is one text part."""

    role: Role
    content: tuple[_AnyPart, ...]

    @field_validator("content", mode="before")
    @classmethod
    def _string_is_one_text(cls, content: Any) -> Any:
        return [{"type": "text", "text": content}] if isinstance(content, str) else content


Conversation: TypeAlias = list[Message]
_conversation = TypeAdapter(list[Message])


def parse_conversation(data: Any) -> Conversation:
    """Messages from plain data (or from messages, which pass through).

    Raises:
        ConversationError: a message or part that the contract does not know, with its place.
    """
    if not isinstance(data, list) or not data:
        raise ConversationError("a conversation is a list of at least one message {'role': …, 'content': …}")
    try:
        return _conversation.validate_python(data)
    except ValidationError as error:
        raise ConversationError(f"conversation: message {first_problem(error)}") from None


def trained(role: Role, part: Part) -> bool:
    """Whether a part carries loss: its own word, else true for a drawn picture and for what the assistant writes."""
    if isinstance(part, Image):
        return False
    if part.loss is not None:
        return part.loss
    return role == "assistant" or isinstance(part, ImageGen)
