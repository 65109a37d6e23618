"""Thoughts: an executed program told step by step in words."""

from collections.abc import Callable
from typing import Any

from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.scene import BONDS, Scene
from mini4o.storybook.tasks.questions.programs import Program, Result, Step
from mini4o.storybook.tasks.questions.voice import Voice


class _Told:
    """What the sentences of one telling have in common."""

    def __init__(self, program: Program, trace: list[Result], scenes: tuple[Scene, ...], voice: Voice) -> None:
        self.program, self.trace, self.scenes, self.voice = program, trace, scenes, voice

    def things(self, index: int) -> str:
        """The things that a step found, as a list."""
        things = self.scenes[self.program[index].get("scene", 0)].facts.things
        found: Any = self.trace[index]
        return self.voice.things(things[each] for each in found)

    def source(self, index: int) -> Noun | str:
        """What the things of a step were called when they were looked for: a noun, or a kind or family."""
        step = self.program[index]
        while step["op"] not in ("filter", "relate"):
            index = step["in"][0]
            step = self.program[index]
        if step["op"] == "relate" and len(step["in"]) > 1:
            return self.source(step["in"][1])
        if step["op"] == "relate":
            found: Any = self.trace[index]
            return str(self.scenes[step.get("scene", 0)].facts.things[found[0]].kind)
        return str(step["family"]) if "family" in step else Noun.model_validate(step["noun"])

    def the(self, index: int) -> str:
        """ "the red ball"."""
        return self.voice.noun(self.source(index))


def tell(program: Program, trace: list[Result], scenes: tuple[Scene, ...], voice: Voice, dice: Dice) -> str:
    """The steps of a program that was executed, a sentence for each that has something to say."""
    told = _Told(program, trace, scenes, voice)
    sentences = []
    for index, step in enumerate(program):
        key, slots = _SAID[step["op"]](told, index, step, trace[index])
        if not key:
            continue
        sentence = voice.think(key, dice, **slots)
        if len(scenes) > 1 and "scene" in step and step["op"] in ("filter", "scene"):
            sentence = voice.think(("first", "second")[step["scene"]], dice, sentence=sentence)
        sentences.append(sentence)
    return voice.space.join(sentences)


_Key = tuple[str, dict[str, str]]
_SILENT: _Key = ("", {})


def _filter(told: _Told, index: int, step: Step, found: Any) -> _Key:
    called = told.source(index)
    if not found:
        return "filter/none", {"noun": told.voice.plural(called)}
    if isinstance(called, str):
        return "filter/some", {"things": told.things(index)}
    return "filter/some", {"things": told.voice.noun(called, len(found), "a")}


def _relate(told: _Told, index: int, step: Step, found: Any) -> _Key:
    name, voice = step["name"], told.voice
    slots = {"b": told.the(step["in"][0]), "relation": voice.grammar.relation(name)}
    if not found:
        return "relate/none", {**slots, "noun": voice.plural(told.source(step["in"][1]))}
    slots["things"] = told.things(index)
    if name == "holding":  # with `inverse` what somebody holds was found, without it who holds something
        return "relate/holding" if step.get("inverse") else "relate/held", slots
    return f"relate/{name}" if name in BONDS else "relate/direction", slots


def _without(told: _Told, index: int, step: Step, found: Any) -> _Key:
    return ("without/some", {"things": told.things(index)}) if found else ("without/none", {})


def _count(told: _Told, index: int, step: Step, found: Any) -> _Key:
    if not found:
        return "count", {"number": told.voice.grammar.value("number", found)}
    counted = told.source(step["in"][0])
    return "count", {"number": told.voice.count(found, counted)[0]}


def _exist(told: _Told, index: int, step: Step, found: Any) -> _Key:
    return ("exist/yes" if found else "exist/no"), {}


def _query(told: _Told, index: int, step: Step, found: Any) -> _Key:
    what, voice = step["what"], told.voice
    things: Any = told.trace[step["in"][0]]
    thing = told.scenes[step.get("scene", 0)].facts.things[things[0]]
    if what == "where":
        return "query/where", {"value": voice.where(found)[0]}
    if what == "kind":
        return "query/kind", {"value": voice.noun(found, 1, "a")}
    key = "query/clothes" if what == "colour" and thing.of.family == "people" else f"query/{what}"
    return key, {"value": voice.value(what, found, thing.kind)[0]}


def _scene(told: _Told, index: int, step: Step, found: Any) -> _Key:
    indoors = told.scenes[step.get("scene", 0)].facts.setting.weather is None
    place = "/indoors" if step["what"] == "time" and indoors else ""
    return f"scene/{step['what']}/{found}{place}", {}


def _related(told: _Told, index: int, step: Step, found: Any) -> _Key:
    a, b = (told.the(each) for each in step["in"])
    name = step["name"] if step["op"] == "related" else found
    clause = told.voice.grammar.clause(a, name, b)
    return ("related/yes" if found else "related/no"), {"clause": clause}


def _which(told: _Told, index: int, step: Step, found: Any) -> _Key:
    winner = step["in"][found == "second"]
    if step["how"] == "more":
        return "which/more", {"noun": told.voice.plural(told.source(winner))}
    return f"which/{step['how']}", {"noun": told.the(winner)}


def _compare(told: _Told, index: int, step: Step, found: Any) -> _Key:
    key = f"compare/{step['how']}/{'yes' if found else 'no'}"
    if step["how"] == "same":
        return key, {}
    numbers: list[Any] = [told.trace[each] for each in step["in"]]
    a, b = (told.voice.grammar.value("number", each) for each in numbers)
    return key, {"a": a, "b": b}


def _add(told: _Told, index: int, step: Step, found: Any) -> _Key:
    parts: list[Any] = [told.trace[each] for each in step["in"]]
    parts += [step["by"]] if "by" in step else []
    a, b, total = (told.voice.grammar.value("number", each) for each in (*parts, found))
    return "add", {"a": a, "b": b, "sum": total}


def _turned(told: _Told, index: int, step: Step, found: Any) -> _Key:
    if found in ("left", "right"):
        return "turned", {"value": told.voice.value("facing", found)[0]}
    which = told.program[step["in"][0]]
    return "swapped", {"noun": told.the(which["in"][found == "second"])}


def _identical(told: _Told, index: int, step: Step, found: Any) -> _Key:
    return ("identical/yes" if found else "identical/no"), {}


def _only(told: _Told, index: int, step: Step, found: Any) -> _Key:
    key = "only/there" if step["how"] else "only/missing"
    return key, {"noun": told.voice.any(found)}


_SAID: dict[str, Callable[[_Told, int, Step, Any], _Key]] = {
    "filter": _filter,
    "unique": lambda *_: _SILENT,
    "relate": _relate,
    "without": _without,
    "count": _count,
    "exist": _exist,
    "query": _query,
    "scene": _scene,
    "related": _related,
    "seen_from": _related,
    "which": _which,
    "compare": _compare,
    "add": _add,
    "turned": _turned,
    "identical": _identical,
    "only": _only,
}
