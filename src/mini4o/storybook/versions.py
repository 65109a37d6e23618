"""World versions. A version lists its kinds and tasks by name: files that come later never change it."""

from dataclasses import dataclass

from mini4o.errors import DataError
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Task


@dataclass(frozen=True)
class World:
    """What a version of the world is made of."""

    name: str
    kinds: tuple[str, ...]
    tasks: tuple[str, ...]

    def task(self, name: str) -> Task:
        """One of its tasks by name.

        Raises:
            DataError: no such task.
        """
        if name not in self.tasks:
            raise DataError(f"{self.name} has no task {name!r}; its tasks are {', '.join(self.tasks)}")
        return TASKS[name]


def world(name: str) -> World:
    """A version of the world by its name.

    Raises:
        DataError: no such version.
    """
    if name not in WORLDS:
        raise DataError(f"no world {name!r}; the worlds are {', '.join(WORLDS)}")
    return WORLDS[name]


_TASKS_1 = """
    caption_short caption_dense ask_exist ask_attribute ask_count ask_relation ask_compare ask_where ask_multihop
    ask_counterfactual ask_choice questions_in_turn spot_difference draw_short draw_long draw_counted draw_spatial
    draw_negated draw_binding think_then_draw reconstruct edit_add edit_remove edit_recolour edit_replace
    edit_resize edit_move edit_turn edit_state edit_text edit_weather edit_season edit_time rounds several
    instructions arithmetic smalltalk
"""
WORLDS = {"storybook-1": World("storybook-1", kinds=tuple(FIRST_VOLUME), tasks=tuple(_TASKS_1.split()))}
