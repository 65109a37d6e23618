"""`mini4o run`: any conversation from a file; what comes back is the whole conversation, its pictures beside it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mini4o.cli.common import (
    DEFAULT_MODEL,
    AdapterOption,
    DeviceOption,
    ImageScaleOption,
    JsonOption,
    ModelOption,
    NegativeOption,
    OverwriteOption,
    SeedOption,
    SizeOption,
    StepsOption,
    TemperatureOption,
    TextScaleOption,
    ThinkOption,
    check_folder,
    given,
    new_files,
    open_model,
    parse_size,
    print_json,
    visible,
    working,
    write_json,
)
from mini4o.errors import ConversationError, DataError

if TYPE_CHECKING:
    from mini4o import Wish
    from mini4o.conversation.parts import Conversation, ImageSource, Message, Part


def run(
    file: Annotated[
        Path, typer.Argument(metavar="CONVERSATION.json", help="A list of messages, or an object with 'messages'.")
    ],
    out: Annotated[
        Path, typer.Option("-o", metavar="DIR", help="For conversation.json and its pictures.", show_default=False)
    ],
    model: ModelOption = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    seed: SeedOption = 0,
    think: ThinkOption = False,
    temperature: TemperatureOption = None,
    size: SizeOption = None,
    steps: StepsOption = None,
    text_scale: TextScaleOption = None,
    image_scale: ImageScaleOption = None,
    negative: NegativeOption = "",
    device: DeviceOption = "cpu",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let the model give the next turn of a conversation.

    After a user's turn that is whatever the model says and draws; after an assistant's turn of one `image_gen`
    without a picture it is that drawing.
    """
    pixels = parse_size(size)
    check_folder(out, overwrite)
    messages = read_conversation(file)
    before, wish = next_turn(messages, think, pixels, negative)
    talker = open_model(model, device, adapter)
    with working("answering"):
        session = talker.session(before, seed=seed)
        options = given(temperature=temperature, steps=steps, text_scale=text_scale, image_scale=image_scale)
        reply = session.reply(wish, **options)
    with new_files(out) as place:
        save = _Pictures(place)
        whole = [plain_message(message, save) for message in session.messages]
        write_json({"messages": whole}, place / "conversation.json")
    said = whole[-1]["content"]
    images = [str(out / part["image"]) for part in said if part["type"] == "image_gen"]
    if as_json:
        facts = {"text": reply.text, "think": reply.think, "images": images, "parts": said}
        print_json({**facts, "conversation": str(out / "conversation.json"), "model": model, "seed": seed})
    else:
        typer.echo("\n".join([*([visible(reply.text)] if reply.text else []), *images, str(out / "conversation.json")]))


def read_conversation(file: Path) -> "Conversation":
    """The messages of a file, picture paths taken from its folder.

    Raises:
        DataError, ConversationError: it cannot be read, or is no conversation.
    """
    from mini4o.data.readers import parse_line, resolve_pictures

    try:
        messages, _ = parse_line(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror})") from None
    except (DataError, ConversationError) as error:
        raise type(error)(f"{file}: {error}") from None
    return resolve_pictures(messages, file.absolute().parent)


def next_turn(
    messages: "Conversation", think: bool, size: tuple[int, int] | None, negative: str
) -> "tuple[Conversation, Wish]":
    """What was said before the turn to give, and how that turn is to go.

    Raises:
        ConversationError: the conversation does not leave a turn to the model.
    """
    from mini4o import Wish
    from mini4o.conversation.parts import ImageGen, Text

    last = messages[-1]
    unfinished = [part for part in last.content if isinstance(part, ImageGen) and part.image is None]
    for message in messages[:-1] if last.role == "assistant" else messages:
        if any(isinstance(part, ImageGen) and part.image is None for part in message.content):
            raise ConversationError("an image_gen without 'image' can only be the assistant's last turn")
    asked = next((message for message in reversed(messages) if message.role == "user"), None)
    if asked is not None and not any(part.text.strip() if isinstance(part, Text) else True for part in asked.content):
        raise ConversationError("the user's turn is empty; say something")
    if last.role == "user":
        return messages, Wish(think=think, size=size, negative=negative)
    if last.role != "assistant" or not unfinished:
        raise ConversationError(f"there is no turn to give after one of the {last.role}; end with the user's turn")
    if len(last.content) > 1:
        raise ConversationError("a last turn to be drawn holds one image_gen and nothing else; leave the rest out")
    part = unfinished[0]
    return messages[:-1], Wish("force", think, part.source, part.size or size, negative)


def plain_message(message: "Message", place: "Callable[[ImageSource], str]") -> dict[str, Any]:
    """A message as plain data, with `place` saying what is written for a picture."""
    return {"role": message.role, "content": plain_parts(message.content, place)}


def plain_parts(parts: "Sequence[Part]", place: "Callable[[ImageSource], str]") -> list[dict[str, Any]]:
    """Parts as plain data."""
    plain = []
    for part in parts:
        values: dict[str, Any] = {"type": part.type, **part.model_dump(mode="python", exclude_defaults=True)}
        if "image" in values and part.type in ("image", "image_gen"):
            values["image"] = place(values["image"])
        plain.append({key: list(value) if isinstance(value, tuple) else value for key, value in values.items()})
    return plain


class _Pictures:
    """Saves each picture of a conversation once, as 1.png, 2.png … in the order in which they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: dict[Any, str] = {}

    def __call__(self, source: "ImageSource") -> str:
        from mini4o.conversation.images import load_image, save_png

        key = source if isinstance(source, str) else id(source)  # a drawing is the same object when it is read again
        if key not in self._names:
            name = f"{len(self._names) + 1}.png"
            save_png(load_image(source), self.folder / name)
            self._names[key] = name
        return self._names[key]
