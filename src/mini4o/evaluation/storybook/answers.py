"""Answers in words: to questions about pictures, and to word problems."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from mini4o.evaluation.storybook.candidates import Candidate
from mini4o.evaluation.storybook.caption_words import read_caption
from mini4o.evaluation.storybook.exam import PAIRS, Exam, Key
from mini4o.evaluation.storybook.trial import Trial
from mini4o.generation.session import Wish
from mini4o.storybook.language import grammar

_ARTICLE = re.compile(r"\b(?:an?|the)\s+")
_ASKED = Wish(draw="never")


def question(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """A question about one or two pictures. A choice is right if it is in all four orders of its options, a
    counterfactual pair if it is for both pictures."""
    keys = [replace(key, place=place) for place in range(len(exam.sample(key)))]
    replies = tuple(candidate.reply(exam.item(each).conversation[:1], _ASKED, each) for each in keys)
    right = [is_right(reply.text, exam.item(each).facts["answers"]) for reply, each in zip(replies, keys, strict=True)]
    rows = (key.part,) if key.part == PAIRS else (key.part, "all questions")
    return Trial(candidate.name, key, replies, {row: {"right": [all(right)]} for row in rows})


def problem(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """A word problem, whose answer is the last number that is said."""
    item = exam.item(key)
    reply = candidate.reply(item.conversation[:1], _ASKED, key)
    right = re.findall(r"\d+", reply.text)[-1:] == [item.facts["answer"]]
    return Trial(candidate.name, key, (reply,), {key.part: {"right": [right]}})


def instruction(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """A simple instruction in words, as exact as an answer; of a yes or no what follows it does not count. A list of
    things is right if it names as many different ones as were asked for, and no other thing of the world."""
    item = exam.item(key)
    reply = candidate.reply(item.conversation[:1], _ASKED, key)
    facts = item.facts
    if "members" in facts:
        named = read_caption(reply.text, key.language).mentions
        said = {grammar(key.language).value("kind", mention.noun.kind) for mention in named}
        right = len(named) == len(said) == facts["count"] and said <= set(facts["members"])
    else:
        first = re.split("[,.，。]", reply.text.strip(), maxsplit=1)[0]
        right = is_right(first if facts["skeleton"] == "is_a" else reply.text, facts["answers"])
    return Trial(candidate.name, key, (reply,), {key.part: {"right": [right]}})


def is_right(said: str, accepted: Sequence[str]) -> bool:
    """Whether an answer is one of the accepted ones, but for capitals, articles, white space and a full stop."""
    return plain(said) in map(plain, accepted)


def plain(text: str) -> str:
    """An answer without what makes no difference. "A red ball." and "red ball" are the same, "A." stays a letter."""
    text = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    return _ARTICLE.sub("", text.rstrip(".。!")).strip()
