"""The engine owns the weights; a row is one conversation's cache in it."""

from collections.abc import Sequence

import PIL.Image
import torch
from torch import Tensor
from transformers import DynamicCache

from mini4o import chance
from mini4o.conversation.builder import Branch, Builder
from mini4o.conversation.layout import Document, ReadImage, Span
from mini4o.generation.painting import branches_needed, paint
from mini4o.model.backbone import key_values
from mini4o.model.batch import collate, place_spans
from mini4o.model.codec import to_picture
from mini4o.model.features import Features
from mini4o.model.net import Net
from mini4o.model.spec import GenerationSpec


class Row:
    """Keys and values of the ordinary tokens read so far, and the features of the pictures among them."""

    def __init__(self) -> None:
        self.cache = DynamicCache()
        self.length = 0
        self.images = 0
        self.features: dict[int, Features] = {}  # by id of the ReadImage, which the document keeps alive

    def crop(self, document: Document, length: int) -> None:
        """Forget all but the first `length` ordinary tokens of the document it has read."""
        if length < self.length:
            self.cache.crop(length - self.length)  # a negative count removes from the end, in every version
            self.length = length
            kept = document.images_before(length)
            self.images = len(kept)
            # An id is free for another picture once the document has let go of this one.
            self.features = {id(image): self.features[id(image)] for image in kept}

    def clear(self) -> None:
        """Forget everything; the next read starts from the front."""
        self.cache, self.length, self.images, self.features = DynamicCache(), 0, 0, {}


class Engine:
    """
    Args:
        net: the weights, in evaluation mode from here on.
        builder: renders conversations for it.
    """

    def __init__(self, net: Net, builder: Builder) -> None:
        self.net = net.eval()
        self.builder = builder

    @property
    def device(self) -> torch.device:
        return self.net.reader.queries.device

    @torch.no_grad()
    def read(self, row: Row, document: Document) -> Tensor:
        """Read what the row has not read of a document that goes on from it: logits for the next token,
        (vocabulary + own tokens,)."""
        backbone = self.net.backbone
        new = document.images[row.images :]
        features = Features.join([self.features(row, image) for image in new]) if new else None
        ids = torch.tensor([document.ids[row.length :]], device=self.device)
        positions = torch.tensor(document.positions[row.length :], device=self.device).T[:, None]
        embeds = backbone.embed(ids, self.net.reader, features)
        try:
            hidden = backbone(embeds, positions, cache=row.cache, ids=ids, features=features)
        except BaseException:
            row.clear()  # interrupted, some layers have read more than others
            raise
        row.length, row.images = len(document), len(document.images)
        return backbone.logits(hidden[0, -1], self.net.reader)

    @torch.no_grad()
    def draw(
        self,
        row: Row,
        document: Document,
        span: Span,
        options: GenerationSpec,
        noise_key: tuple[int, str, int],
        negative: str = "",
    ) -> PIL.Image.Image:
        """Draw a span at the end of what the row has read. The span sees the row's keys and leaves them as they are.

        `noise_key`: seed, conversation and counter, of which the noise is a function.
        """
        branches = {}
        for name in branches_needed(options, bool(span.sources), bool(negative)):
            states = self._full_states(row, span) if name == "full" else None
            sources: Sequence[int] = span.sources
            if states is None:
                branch: Branch = "none" if name == "none" else "no_text"
                short = self.builder.branch(branch, document, span, negative)
                states = self._states(row, short)
                sources = span.sources if branch == "no_text" else ()
            pictures = [document.images[index].picture for index in sources]
            sourced = torch.tensor([bool(sources)], device=self.device)
            condition = self.net.connector(states, sourced).float()
            branches[name] = condition, self.net.source_latents(pictures, span.size)
        factor = self.net.codec.factor
        shape = (1, self.net.codec.channels, span.size[1] // factor, span.size[0] // factor)
        seed, conversation, counter = noise_key
        noise = chance.normal(shape, seed, "noise", conversation, counter)
        latents = paint(self.net, noise, branches, options)
        return to_picture(self.net.codec.decode(latents)[0])

    def features(self, row: Row, image: ReadImage) -> Features:
        """Features of a picture, computed once for a row and all its branches."""
        if id(image) not in row.features:
            grids = torch.tensor([image.grid], device=self.device)
            row.features[id(image)] = self.net.backbone.image_features(image.pixels.to(self.device), grids)
        return row.features[id(image)]

    def _full_states(self, row: Row, span: Span) -> Tensor:
        at = torch.tensor([row.length], device=self.device)
        positions = place_spans([span], self.net.spec.queries).to(self.device)
        return self.net.query_states(key_values(row.cache), at, positions)

    def _states(self, row: Row, document: Document) -> Tensor:
        batch = collate([document], 0).to(self.device)
        features = Features.join([self.features(row, image) for image in document.images]) if document.images else None
        _, keys = self.net.read(batch, features)
        return self.net.read_spans(batch, keys)
