"""Takes a model through what the tour shows: it describes and answers, draws, edits in rounds, and thinks first."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mini4o.cli import tour_asked as asked
from mini4o.cli.common import DEFAULT_MODEL, visible
from mini4o.cli.gallery import Entry, Note, Section, Shown
from mini4o.conversation.images import load_image, save_png
from mini4o.conversation.parts import Image
from mini4o.data.pages_sample import image_url
from mini4o.evaluation.storybook.answers import is_right
from mini4o.evaluation.storybook.caption_words import read_caption
from mini4o.evaluation.storybook.captions import facts_of
from mini4o.evaluation.storybook.captions import told as told_fact
from mini4o.evaluation.storybook.drawing import target
from mini4o.evaluation.storybook.trial import MISSING, claims_of, fitted
from mini4o.generation.session import Wish
from mini4o.storybook.edits import changed_mask
from mini4o.storybook.judge.edits import judge_edit
from mini4o.storybook.judge.verdicts import Verdict, judge
from mini4o.storybook.splits import LANGUAGES, Language
from mini4o.storybook.tasks.base import Item

if TYPE_CHECKING:
    import PIL.Image

    from mini4o import Mini4o

NAMES: dict[Language, str] = {"en": "English", "zh": "Chinese"}
STEPS = 2 * (1 + len(asked.QUESTIONS)) + 6 + 2 + 2  # that progress counts
Pixels = tuple[int, int]


class Guide:
    """
    Args:
        model: who is shown.
        name: how the commands name it.
        out: the tour's folder, as the commands name it.
        place: where the files of that folder are written now.
        progress: is called with (done, all).
        adapters: that are stacked on the model, as the commands name them.
    """

    def __init__(
        self,
        model: "Mini4o",
        name: str,
        out: Path,
        place: Path,
        progress: Callable[[int, int], None] | None,
        adapters: Sequence[Path] = (),
    ) -> None:
        self.model, self.name, self.out, self.place = model, name, out, place
        self.adapters = [str(adapter) for adapter in adapters]
        self._progress, self._done = progress, 0

    def sections(self) -> list[Section]:
        """All of the tour, in the order of the page."""
        described = [self._described(language) for language in LANGUAGES]
        drawn = self._drawn()
        edited = [self._edited(language) for language in LANGUAGES]
        return [*described, drawn, *edited, self._thought()]

    def _described(self, language: Language) -> Section:
        """A page of the world described, then questioned."""
        item = asked.page(language)
        picture, path = self._given(item, f"page-{language}.png")
        [request] = asked.words(item)
        answer = self._ask(picture, request)
        facts = facts_of(read_caption(answer, language), item.scenes[0])
        notes = [Note(told_fact(fact, item.scenes[0]), held) for fact, held in facts.items()]
        own = Note(f"The world's own words: {item.conversation[1].content[-1].model_dump()['text']}")
        command = self._command("ask", path, request, seed=0)
        shown = [Shown(image_url(picture))]
        notes = notes or [Note("names nothing that this world knows", False)]
        entries = [Entry(shown, request, notes, 0, command, said=answer, details=[own])]
        for question in asked.questions(item.scenes[0], language):
            answer = self._ask(picture, question.text)
            right = is_right(answer, question.answers)
            note = Note("right" if right else f"right is: {question.answers[0]}", right)
            command = self._command("ask", path, question.text, seed=0)
            entries.append(Entry([], question.text, [note], 0, command, said=answer))
        return Section(
            f"A picture described and questioned, in {NAMES[language]}",
            "A page that the world drew and no training sample shows. Of a description, each fact that it states is "
            "held against the page; of questions, the answer.",
            entries,
            layout="columns",
        )

    def _drawn(self) -> Section:
        """A drawing of each category."""
        entries = []
        for seed, (item, _) in enumerate(asked.drawings(), start=1):
            [request], size = asked.words(item), self._size(item)
            picture = self.model.draw(request, size=size, seed=seed)
            self._one_more()
            options = [] if size is None else ["--size", f"{size[0]}x{size[1]}"]
            command = self._command("draw", request, "-o", f"drawn-{seed}.png", *options, seed=seed)
            entries.append(Entry([Shown(image_url(picture))], request, self._judged(picture, item), seed, command))
        about = "The judge says of every fact of the request whether the drawing shows it."
        return Section("Six drawings", about, entries, layout="large")

    def _edited(self, language: Language) -> Section:
        """Five rounds on the model's own pictures."""
        item = asked.chain(language)
        before, path = self._given(item, f"start-{language}.png")
        texts = asked.words(item)
        results = self.model.edit(before, texts, seed=0)
        self._one_more()
        entries = [Entry([Shown(image_url(before))], "The page that it starts from, drawn by the world.", [])]
        for number, (text, told, result) in enumerate(zip(texts, item.facts["rounds"], results, strict=True), start=1):
            mask = changed_mask(item.scenes[told["before"]], item.scenes[told["after"]], min(before.size))
            verdict = judge_edit(before, fitted(result, before.size), claims_of(told["claims"]), mask)
            done = "cannot be told" if verdict.done is None else "done" if verdict.done else "not done"
            kept = "kept" if verdict.kept else f"not kept: {verdict.changed:.0%} of the other pixels changed"
            right = False if not verdict.kept or verdict.done is False else verdict.done
            notes = [Note(f"{done}, the rest {kept}", right)]
            entries.append(
                Entry([Shown(image_url(result))], f"{number}. {text}", notes, details=_notes(verdict.verdicts))
            )
            before = fitted(result, before.size)
        return Section(
            f"Five rounds of edits, in {NAMES[language]}",
            "Each round starts from the model's own picture before it. It counts if the judge finds what was asked for "
            "done and everything else kept.",
            entries,
            layout="large",
            seed=0,
            command=self._command("edit", path, *texts, "-o", f"edited-{language}", seed=0),
        )

    def _thought(self) -> Section:
        """Thoughts, and the drawings after them."""
        entries = []
        for seed, language in enumerate(LANGUAGES, start=1):
            item = asked.thought(language)
            [request], size = asked.words(item), self._size(item)
            reply = self.model.chat([{"role": "user", "content": request}], Wish("force", True, size=size), seed=seed)
            self._one_more()
            wish = 'Wish("force", think=True' + (")" if size is None else f", size={size})")
            line = f'model.chat([{{"role": "user", "content": {request!r}}}], {wish}, seed={seed})'
            shown = [Shown(image_url(picture)) for picture in reply.images]
            missing = [Note(f"{MISSING}: the thought had no end", False)]
            notes = self._judged(reply.images[0], item) if reply.images else missing
            entries.append(Entry(shown, request, notes, seed, line, said=visible(reply.think)))
        loaded = f'"{self.name}"' + (f", adapters={self.adapters}" if self.adapters else "")
        about = (
            "The model first writes down what it will draw, then draws it. The lines go on from: from mini4o import "
            f"Mini4o, Wish; model = Mini4o.from_pretrained({loaded}); the thought is in think of what they "
            "return, the picture in images."
        )
        return Section("Think, then draw", about, entries, layout="large")

    def _given(self, item: Item, name: str) -> "tuple[PIL.Image.Image, Path]":
        """The picture that a conversation begins with, saved, and the path that a command names."""
        picture = next(load_image(part.image) for part in item.conversation[0].content if isinstance(part, Image))
        save_png(picture, self.place / name)
        return picture, self.out / name

    def _size(self, item: Item) -> Pixels | None:
        """The size to ask for: that of the world's own picture, unless the model draws it anyway or not at all."""
        own = target(item).image
        sizes = self.model.model.spec.sizes
        size = load_image(own).size if own is not None else sizes[0]
        return size if size in sizes[1:] else None

    def _ask(self, picture: "PIL.Image.Image", text: str) -> str:
        answer = visible(self.model.ask(picture, text, seed=0))
        self._one_more()
        return answer

    def _judged(self, picture: "PIL.Image.Image", item: Item) -> list[Note]:
        return _notes(judge(picture, claims_of(item.facts["claims"])))

    def _command(self, *words: object, seed: int) -> str:
        named = [] if self.name == DEFAULT_MODEL else ["--model", self.name]
        named += [word for adapter in self.adapters for word in ("--adapter", adapter)]
        return shlex.join(["mini4o", *map(str, words), *named, "--seed", str(seed)])

    def _one_more(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, STEPS)


def _notes(verdicts: Sequence[Verdict]) -> list[Note]:
    """What the judge says, a line for each fact."""
    return [Note(asked.told(each.claim) + (f" ({each.why})" if each.why else ""), each.holds) for each in verdicts]
