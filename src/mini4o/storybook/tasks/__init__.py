"""The tasks: pure functions from what is asked for (split, language, seed, index) to a conversation and its facts."""

from mini4o.storybook.tasks import captions, drawing
from mini4o.storybook.tasks.base import Task
from mini4o.storybook.tasks.editing import rounds, several
from mini4o.storybook.tasks.editing import single as edits
from mini4o.storybook.tasks.questions import choices, in_turn, pairs
from mini4o.storybook.tasks.questions import single as questions
from mini4o.storybook.tasks.text import items as text

TASKS: dict[str, Task] = {
    name: task
    for group in (captions, questions, choices, in_turn, pairs, drawing, edits, rounds, several, text)
    for name, task in group.TASKS.items()
}
