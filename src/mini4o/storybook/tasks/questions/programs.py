"""Functional programs: a question as steps that can be executed on scenes.

A program is a list of steps, each a plain JSON object with an `op`; `in` names the earlier steps it works on. A step
yields either things (indices into the scene's facts) or a value (text, number or truth). The last step's value is the
answer. What people might disagree about has no answer: a direction in doubt, "the cat" where there are two, a medium
ball when the small one is meant, a tree where the backdrop shows trees as well, the colour of a bare tree.

Steps that yield things:
    filter    the things that `noun` or `family` means, among the things of `in`, or all; `exactly` so many
    unique    the one thing of `in`
    relate    the things of `among` that are `name` the one of `in`; with `inverse`, those that it is `name`
    without   the things of the first of `in` that are not among the second
Steps that yield a value:
    count     how many things `in` has
    exist     whether it has any
    query     `what` of the one thing of `in`: colour, size, facing, state, text, kind or where ("on/table", "sky")
    scene     `what` of the setting: place, time, season or weather
    related   whether the first of `in` is `name` the second
    seen_from where the first of `in` is, as seen from the second: one direction, where only one can be said
    which     "first" or "second": which of the two of `in` is `how`: larger, more, or further to the left or right
    compare   whether the first of `in` is `how` the second: more, fewer or same
    add       the sum of `in` and `by`
    turned    the other side
    only      the one of the values `of` for which the truth of `in` is `how`
    identical whether the two pictures are the same
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from mini4o.storybook import relations
from mini4o.storybook.claims import Noun
from mini4o.storybook.relations import Box
from mini4o.storybook.scene import BONDS, Place, Scene, Setting, Thing
from mini4o.storybook.tasks.describing import sayable

Value: TypeAlias = str | int | bool
Things: TypeAlias = tuple[int, ...]
Result: TypeAlias = Things | Value
Step: TypeAlias = dict[str, Any]
Program: TypeAlias = list[Step]

# Asked for the first, some people would count the others too.
ALIKE: dict[str, frozenset[str]] = {
    "bird": frozenset({"duck"}),
    "tree": frozenset({"fir"}),
    "ball": frozenset({"balloon"}),
    "girl": frozenset({"cook"}),
    "boy": frozenset({"cook"}),
    "animals": frozenset({"teddy"}),
}
WATERS: tuple[Place, ...] = ("beach", "lake")  # what floats, floats there
_WOODED = frozenset({"meadow", "garden", "street", "lake"})
_ECHOES: dict[str, frozenset[str]] = {  # places whose backdrop shows something of the kind, though pale and small
    "tree": _WOODED,
    "fir": _WOODED,
    "house": frozenset({"street"}),
    "flower": frozenset({"meadow", "garden", "street"}),
}
_SIZE_CLEAR = 1.4  # one thing is larger than another of its kind if it is so many times as large


class _Doubt(Exception):
    """People might disagree about the answer."""


def execute(program: Program, *scenes: Scene) -> list[Result] | None:
    """What each step yields; None if anything on the way is in doubt.

    Args:
        program: the steps.
        *scenes: one scene, or as many as the steps' `scene` numbers (0 is the first) need.
    """
    trace: list[Result] = []
    try:
        for step in program:
            given = [trace[index] for index in step.get("in", ())]
            trace.append(_OPS[step["op"]](step, given, scenes, program))
    except _Doubt:
        return None
    return trace


def answer(program: Program, *scenes: Scene) -> Value | None:
    """The last step's value; None if it is in doubt."""
    trace = execute(program, *scenes)
    if trace is None or isinstance(trace[-1], tuple):
        return None
    return trace[-1]


def echoed(name: str, setting: Setting) -> bool:
    """Whether the backdrop shows something of a kind, so that one had better not ask how many there are."""
    if name == "star":  # in the sky, or through the window
        return setting.time == "night" and setting.weather in (None, "clear")
    return setting.place in _ECHOES.get(name, ())


def _scene(step: Step, scenes: tuple[Scene, ...]) -> Scene:
    return scenes[step.get("scene", 0)]


def _filter(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    things = _scene(step, scenes).facts.things
    among: Iterable[int] = given[0] if given else range(len(things))
    if "family" in step:
        alike = ALIKE.get(step["family"], frozenset())
        fits: Callable[[Thing], bool] = lambda thing: thing.of.family == step["family"]  # noqa: E731
    else:
        noun = Noun(**step["noun"])
        alike = ALIKE.get(noun.kind, frozenset())
        fits = noun.fits
        if noun.size is not None:
            anysize = noun.model_copy(update={"size": None})
            if any(anysize.fits(things[index]) and things[index].size == "medium" for index in among):
                raise _Doubt
    if any(things[index].kind in alike for index in among):
        raise _Doubt
    found = tuple(index for index in among if fits(things[index]))
    if "colour" in step.get("noun", ()) and not all(sayable(things[index], "colour") for index in found):
        raise _Doubt
    if len(found) != step.get("exactly", len(found)):
        raise _Doubt
    return found


def _unique(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    if len(given[0]) != 1:
        raise _Doubt
    return given[0]  # type: ignore[no-any-return]


def _relate(step: Step, given: list[Any], scenes: tuple[Scene, ...], program: Program) -> Result:
    scene, anchor = _scene(step, scenes), given[0][0]
    among = given[1] if len(given) > 1 else range(len(scene.facts.things))
    found = []
    for index in among:
        if index == anchor:
            continue
        first, second = (anchor, index) if step.get("inverse") else (index, anchor)
        if _related(scene, step["name"], first, second):
            found.append(index)
    return tuple(found)


def _without(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    return tuple(index for index in given[0] if index not in given[1])


def _count(step: Step, given: list[Any], scenes: tuple[Scene, ...], program: Program) -> Result:
    for index in step["in"]:
        sought = program[index].get("noun")
        if sought is not None and echoed(sought["kind"], _scene(program[index], scenes).facts.setting):
            raise _Doubt
    return len(given[0])


def _exist(step: Step, given: list[Any], scenes: tuple[Scene, ...], program: Program) -> Result:
    return _count(step, given, scenes, program) != 0


def _query(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    scene, index = _scene(step, scenes), given[0][0]
    thing = scene.facts.things[index]
    if step["what"] == "where":
        return _where(scene, index)
    value = getattr(thing, step["what"])
    if value is None or (step["what"] == "size" and value == "medium"):
        raise _Doubt
    if step["what"] == "colour" and not sayable(thing, "colour"):
        raise _Doubt
    return value  # type: ignore[no-any-return]


def _where(scene: Scene, index: int) -> str:
    """What carries a thing ("on/table", "holding/girl"), else "sky", or "water" or "land" where there are both."""
    for bond in scene.facts.bonds:
        if bond.carried == index:
            return f"{bond.name}/{scene.facts.things[bond.carrier].kind}"
    kind = scene.facts.things[index].of
    if kind.flies:
        return "sky"
    if "water" not in kind.where:
        raise _Doubt
    return "water" if scene.facts.setting.place in WATERS else "land"


def _setting(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    value = getattr(_scene(step, scenes).facts.setting, step["what"])
    if value is None:
        raise _Doubt
    return value  # type: ignore[no-any-return]


def _two(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    return _related(_scene(step, scenes), step["name"], given[0][0], given[1][0])


def _related(scene: Scene, name: str, a: int, b: int) -> bool:
    bonds = scene.facts.bonds
    if name in BONDS:
        if any((bond.name, bond.a, bond.b) == (name, a, b) for bond in bonds):
            return True
        bound = any({bond.a, bond.b} == {a, b} for bond in bonds)
        if not bound and _mistaken(scene, name, a, b):
            raise _Doubt
        return False
    if any({bond.a, bond.b} == {a, b} for bond in bonds):  # nobody says that the hat is above the head
        raise _Doubt
    holds = relations.between(scene, name, a, b)  # type: ignore[arg-type]
    if holds is None:
        raise _Doubt
    return holds


def _mistaken(scene: Scene, name: str, a: int, b: int) -> bool:
    """Whether a thing might be thought to be on, in or in the hand of another because they meet on the page."""
    first, second = scene.box(a), scene.box(b)
    if not _meet(first, second):
        return False
    # What stands in front of a table hides its legs; what stands behind it seems to lie on it.
    return name == "holding" or first[1] >= second[1] + 1


def _meet(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _seen_from(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    scene, a, b = _scene(step, scenes), given[0][0], given[1][0]
    if any({bond.a, bond.b} == {a, b} for bond in scene.facts.bonds):
        raise _Doubt
    left, right = (relations.between(scene, name, a, b) for name in relations.SIDES)
    front, behind = relations.between(scene, "in front of", a, b), relations.between(scene, "behind", a, b)
    aside = left or right
    in_line = left is None and right is None  # one behind the other: neither side can be said
    if aside and front is False and behind is False:
        return "left of" if left else "right of"
    if in_line and (front or behind):
        return "in front of" if front else "behind"
    raise _Doubt


def _which(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    scene, how = _scene(step, scenes), step["how"]
    if how == "more":
        if given[0] == given[1]:
            raise _Doubt
        return "first" if given[0] > given[1] else "second"
    a, b = given[0][0], given[1][0]
    if how == "larger":
        first, second = scene.scale(a), scene.scale(b)
        if max(first, second) < _SIZE_CLEAR * min(first, second):
            raise _Doubt
        return "first" if first > second else "second"
    return "first" if _related(scene, how, a, b) else "second"


def _compare(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    first, second = given
    if step["how"] == "same":
        return bool(first == second)
    return bool(first > second if step["how"] == "more" else first < second)


def _add(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    return int(sum(given)) + int(step.get("by", 0))


def _turned(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    return {"left": "right", "right": "left", "first": "second", "second": "first"}[given[0]]


def _only(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    found = [value for value, truth in zip(step["of"], given, strict=True) if truth == step["how"]]
    if len(found) != 1:
        raise _Doubt
    return found[0]  # type: ignore[no-any-return]


def _identical(step: Step, given: list[Any], scenes: tuple[Scene, ...], _: Program) -> Result:
    return scenes[0].hash == scenes[1].hash


_OPS: dict[str, Callable[[Step, list[Any], tuple[Scene, ...], Program], Result]] = {
    "filter": _filter,
    "unique": _unique,
    "relate": _relate,
    "without": _without,
    "count": _count,
    "exist": _exist,
    "query": _query,
    "scene": _setting,
    "related": _two,
    "seen_from": _seen_from,
    "which": _which,
    "compare": _compare,
    "add": _add,
    "turned": _turned,
    "only": _only,
    "identical": _identical,
}
