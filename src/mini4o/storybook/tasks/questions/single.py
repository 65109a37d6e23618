"""Questions about one picture: the tasks `ask_…`, but for multiple choice."""

from functools import partial

from mini4o.storybook.relations import SIDES
from mini4o.storybook.scene import BONDS
from mini4o.storybook.tasks.base import Task
from mini4o.storybook.tasks.questions.asking import ask
from mini4o.storybook.tasks.questions.plans import Maker
from mini4o.storybook.tasks.questions.plans_hops import beside, load_of, on_either_side
from mini4o.storybook.tasks.questions.plans_if import added, removed, still, swapped, turned
from mini4o.storybook.tasks.questions.plans_related import (
    bound,
    directed,
    numbers,
    of_setting,
    place_of,
    same_colour,
    side,
    which,
)
from mini4o.storybook.tasks.questions.plans_seen import attribute, carried, count, exist

_place, _larger = of_setting("place"), which("larger")
TWO_CHANGES = (_place, _larger)  # no single change of a picture changes the answers to these

# For each task the plans of its questions and how often each comes.
MAKERS: dict[str, dict[Maker, float]] = {
    "ask_exist": {
        exist(None): 2,
        exist("colour"): 3,
        exist("state"): 1,
        exist("facing"): 1,
        exist("size"): 1,
    },
    "ask_attribute": {
        attribute("colour"): 4,
        attribute("state"): 2,
        attribute("facing"): 2,
        attribute("size"): 2,
        attribute("text"): 2,
        **{carried(bond): 1 for bond in BONDS},
    },
    "ask_count": {count("kind"): 2, count("colour"): 2, count("family"): 1},
    "ask_relation": {
        **{directed(name): 2 for name in SIDES},
        **{directed(name): 1 for name in ("above", "below", "in front of", "behind", "next to")},
        **{bound(bond): 1 for bond in BONDS},
        side(SIDES): 2,
        which("left of"): 1,
        which("right of"): 1,
    },
    "ask_compare": {
        numbers("more"): 1,
        numbers("fewer"): 1,
        numbers("same"): 1,
        numbers("which"): 1,
        same_colour: 2,
        _larger: 2,
    },
    "ask_where": {
        place_of: 3,
        side((*SIDES, "in front of", "behind")): 3,
        _place: 1.5,
        of_setting("time"): 1,
        of_setting("season"): 1,
        of_setting("weather"): 1,
    },
    "ask_multihop": {
        beside("colour"): 3,
        beside("state"): 1,
        beside("facing"): 1,
        beside("text"): 1,
        on_either_side("kind"): 2,
        on_either_side("count"): 2,
        **{load_of(bond, "kind"): 1 for bond in BONDS},
        **{load_of(bond, "colour"): 1 for bond in BONDS},
    },
    "ask_counterfactual": {
        removed("kind"): 2,
        removed("family"): 2,
        added: 2,
        still: 2,
        turned: 1,
        swapped: 2,
    },
}

TASKS: dict[str, Task] = {task: partial(ask, task=task, makers=makers) for task, makers in MAKERS.items()}
