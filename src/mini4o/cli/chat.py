"""`mini4o chat`: a conversation in the terminal, or of lines from a pipe."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mini4o.cli.common import (
    DEFAULT_MODEL,
    AdapterOption,
    DeviceOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    SeedOption,
    StepsOption,
    TemperatureOption,
    TextScaleOption,
    ThinkOption,
    check_folder,
    given,
    open_model,
    print_json,
    save_pictures,
    visible,
)
from mini4o.cli.run import plain_message
from mini4o.errors import Mini4oError

if TYPE_CHECKING:
    import PIL.Image

    from mini4o import Session, Wish

COMMANDS = "/image PATH shows it a picture, /undo takes the last turn back, /quit ends"
DEFAULT_FOLDER = "mini4o-chat"


def chat(
    out: Annotated[
        Path | None, typer.Option("-o", metavar="DIR", help="For what is drawn.", show_default="a new mini4o-chat")
    ] = None,
    model: ModelOption = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    seed: SeedOption = 0,
    think: ThinkOption = False,
    temperature: TemperatureOption = None,
    steps: StepsOption = None,
    text_scale: TextScaleOption = None,
    device: DeviceOption = "cpu",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Talk with the model, line by line. /image PATH shows it a picture, /undo takes the last turn back, /quit ends."""
    out = out or _new_folder()
    check_folder(out, overwrite)
    talker = open_model(model, device, adapter)
    from mini4o import Wish

    options = given(temperature=temperature, steps=steps, text_scale=text_scale)
    talk = _Chat(talker.session(seed=seed), Wish(think=think), options, out, sys.stderr if as_json else sys.stdout)
    someone = sys.stdin.isatty() and not as_json
    if someone:
        print(COMMANDS, file=sys.stderr)
    for line in _lines("> " if someone else ""):
        try:
            if not talk.take(line.strip()):
                break
        except Mini4oError as error:
            if not sys.stdin.isatty():
                raise
            print(f"error: {error}", file=sys.stderr)
    if as_json:
        messages = [plain_message(message, talk.path_of) for message in talk.session.messages]
        images = [str(path) for path in talk.saved]
        print_json({"messages": messages, "images": images, "model": model, "seed": seed})


def _lines(prompt: str) -> Iterator[str]:
    if prompt:
        import readline  # noqa: F401  lets `input` edit a line and remember earlier ones
    while True:
        try:
            yield input(prompt)
        except EOFError:
            if prompt:
                print()
            return


def _new_folder() -> Path:
    """mini4o-chat, or the first of mini4o-chat-2, -3 … that is not there yet."""
    path, number = Path(DEFAULT_FOLDER), 1
    while path.exists():
        number += 1
        path = Path(f"{DEFAULT_FOLDER}-{number}")
    return path


class _Chat:
    """One conversation: takes lines, writes what the model says to `screen` and what it draws to `folder`."""

    def __init__(self, session: "Session", wish: "Wish", options: dict[str, Any], folder: Path, screen: Any) -> None:
        self.session, self.wish, self.options, self.folder, self.screen = session, wish, options, folder, screen
        self.saved: list[Path] = []
        self._drawn: list[PIL.Image.Image] = []
        self._shown: list[str] = []  # pictures that go with the next words

    def take(self, line: str) -> bool:
        """Do what a line says; false to end.

        Raises:
            Mini4oError: it cannot be done; the conversation is as it was.
        """
        command, _, rest = line.partition(" ")
        if command == "/quit":
            return False
        if command == "/undo":
            self._undo()
        elif command == "/image":
            self._show(rest.strip())
        elif command.startswith("/"):
            raise Mini4oError(f"{command}: no such command; {COMMANDS}")
        elif line:
            self._answer(line)
        return True

    def path_of(self, image: Any) -> str:
        """The path of a picture of this conversation, as given or as saved."""
        drawn = [str(path) for path, picture in zip(self.saved, self._drawn, strict=True) if picture is image]
        return drawn[0] if drawn else str(image)

    def _undo(self) -> None:
        if self._shown:
            self._say(f"({Path(self._shown.pop()).name} put away)\n")
            return
        self.session.undo()
        if self.session.messages and self.session.messages[-1].role == "user":
            self.session.undo()
        self._say("(taken back)\n")

    def _show(self, name: str) -> None:
        from mini4o.conversation.images import load_image

        path = str(Path(name).expanduser()) if name else ""
        if not path:
            raise Mini4oError("/image needs the path of a picture")
        width, height = load_image(path).size
        self._shown.append(path)
        self._say(f"({Path(path).name}, {width}x{height}: goes with your next words)\n")

    def _answer(self, line: str) -> None:
        content = [{"type": "image", "image": path} for path in self._shown] + [{"type": "text", "text": line}]
        self.session.add({"role": "user", "content": content})
        try:
            for event in self.session.stream(self.wish, **self.options):
                if event.image is not None:
                    self._save(event.image)
                else:
                    self._say(visible(event.text))
        except BaseException:
            self.session.undo()
            raise
        self._shown = []
        self._say("\n")

    def _save(self, picture: "PIL.Image.Image") -> None:
        path = self.folder / f"{len(self.saved) + 1}.png"
        save_pictures([picture], [path])
        self.saved.append(path)
        self._drawn.append(picture)
        self._say(f"[{path}]")

    def _say(self, text: str) -> None:
        print(text, end="", file=self.screen, flush=True)
