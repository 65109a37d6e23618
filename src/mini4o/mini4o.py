"""The facade: one loaded model that answers, draws and edits."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import PIL.Image
import torch
from huggingface_hub import ModelHubMixin

from mini4o.conversation.parts import ImageSource, Message, parse_conversation
from mini4o.errors import ConversationError
from mini4o.generation.engine import Engine
from mini4o.generation.session import Reply, Session, Wish
from mini4o.model.adapters import unmerge
from mini4o.pretrained import adapters as stored
from mini4o.pretrained import folder
from mini4o.pretrained.card import TAGS
from mini4o.pretrained.hub import model_folder
from mini4o.pretrained.model import Model
from mini4o.pretrained.references import of_folder, part_spec
from mini4o.pretrained.weights import SHARD_SIZE

Size = tuple[int, int]
MIXINS = {"config", "model_card_kwargs"}  # what `ModelHubMixin.push_to_hub` hands on, and is not used here


class Mini4o(ModelHubMixin, library_name="mini4o", pipeline_tag="any-to-any", tags=list(TAGS)):
    """A model ready to talk.

        model = Mini4o.from_pretrained("nano")
        page = model.draw("Draw an orange cat in a garden.")
        white, night = model.edit(page, ["Make the cat white.", "Make it night."])
        print(model.ask(night, "What colour is the cat?"))

    Every call takes `seed`, on which all its chance hangs, and values of `GenerationSpec` such as `steps=50`.
    """

    def __new__(cls, model: Model) -> Self:
        return object.__new__(cls)  # the mixin's would copy the model, as if it were a configuration

    def __init__(self, model: Model) -> None:
        self.model = model
        self.engine = Engine(model.net, model.builder())

    @classmethod
    def from_pretrained(  # type: ignore[override]  # what else the mixin takes goes to a constructor that takes nothing
        cls,
        name: str | Path,
        device: str | torch.device = "cpu",
        adapters: Sequence[str | Path] = (),
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
    ) -> Self:
        """Load a model. Parts that it keeps by reference are found or fetched too, and have to be what they were.

        Args:
            name: "nano", the model that comes with the package; a folder; or the id of a repository of the Hub,
                "owner/name". A folder called nano is given as a path, `"./nano"` or `Path("nano")`.
            device: where it runs.
            adapters: folders of adapters to stack on it, in order.
            revision: branch, tag or commit on the Hub.
            token, cache_dir, force_download, local_files_only: of `huggingface_hub.snapshot_download`.

        Raises:
            CheckpointError: missing, gated, foreign, of a newer format, or damaged; a part that it refers to is gone or
                has changed; an adapter of another model.
        """
        options: dict[str, Any] = {"token": token, "cache_dir": cache_dir, "force_download": force_download}
        place = model_folder(name, revision, local_files_only=local_files_only, **options)
        model = folder.load(place, device)
        stored.stack(model.net, [Path(each) for each in adapters])
        return cls(model)

    def save_pretrained(
        self,
        save_directory: str | Path,
        *,
        standalone: bool = False,
        shard_size: int | str = SHARD_SIZE,
        push_to_hub: bool = False,
        repo_id: str | None = None,
        **options: Any,
    ) -> str | None:
        """Write the model as a folder, aside and renamed. Parts that are those of a pretrained checkpoint, unchanged,
        are kept by reference: the folder says where they are and holds the hashes of their files.

        Args:
            standalone: keep all parts whole.
            shard_size: of a file of weights at most.
            push_to_hub, repo_id, options: then push it too, under the folder's name without other word; see
                `push_to_hub`, whose address is returned.

        Raises:
            CheckpointError: it could not be written; what was there before is untouched.
        """
        if not push_to_hub and (unknown := options.keys() - MIXINS):
            raise TypeError(f"save_pretrained takes no {min(unknown)!r}")
        path = Path(save_directory)
        folder.save(self.model.standalone() if standalone else self.model, path, shard_size=shard_size)
        return self.push_to_hub(repo_id or path.name, standalone=standalone, **options) if push_to_hub else None

    def push_to_hub(self, repo_id: str, *, standalone: bool = False, **options: Any) -> str:
        """Upload the model with its card to the Hub and return the address of the commit. A part by reference stays so
        if the Hub has it; one from a folder of this machine goes along whole, as nobody else could find it.

        Args:
            repo_id: "owner/name"; made if it is not there.
            standalone: upload all parts whole.
            options: of `huggingface_hub.ModelHubMixin.push_to_hub`: private, token, branch, commit_message, create_pr …
        """
        kept = {} if standalone else self.model.references
        found = {part: each for part, each in kept.items() if not of_folder(part_spec(self.model.spec, part))}
        shared = type(self)(replace(self.model, references=found))
        # Files of an earlier push would be read with those of this one.
        options = {"delete_patterns": ["*.safetensors", "*.safetensors.index.json"], **options}
        return str(ModelHubMixin.push_to_hub(shared, repo_id, **options))

    def save_adapter(self, path: str | Path, number: int = -1) -> None:
        """Write one of the model's adapters as a folder of its own.

        Args:
            number: which one, counted from 0; the last by default.

        Raises:
            CheckpointError: there is none of that number, something stands there, or it could not be written.
        """
        stored.save(self.model.net, Path(path), number)

    def merge_adapters(self) -> None:
        """Add the model's adapters to its weights: it says and draws the same, and as fast as without. From then on it
        is kept as a model without adapters; weights in 4 bits become plain numbers."""
        stored.merge(self.model)

    def unmerge_adapters(self) -> None:
        """Take the adapters out of the weights again, to the rounding error of the weights' type."""
        unmerge(self.model.net)

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
