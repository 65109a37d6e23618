"""The two languages: a grammar for phrases about scenes, and hand-written phrasings for every group of tasks."""

from importlib import import_module
from typing import cast

from mini4o.storybook.language.words import Grammar, Phrases
from mini4o.storybook.splits import Language


def grammar(language: Language) -> Grammar:
    """The grammar of a language."""
    return cast(Grammar, import_module(f"mini4o.storybook.language.{language}").GRAMMAR)


def phrasebook(group: str, language: Language) -> Phrases:
    """The phrasings of a group of tasks in a language."""
    return cast(Phrases, import_module(f"mini4o.storybook.language.phrases.{group}_{language}").PHRASES)
