"""Captions: a picture in, a sentence or the whole of it out, with every claim that the words make."""

from typing import Any

from mini4o.conversation.parts import Conversation, parse_conversation
from mini4o.storybook import imagine
from mini4o.storybook.claims import Claim, Related, Shows
from mini4o.storybook.dice import Dice
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import Grammar, Phrases, say
from mini4o.storybook.scene import BONDS, Facts, Scene
from mini4o.storybook.tasks.base import Item, Request, Task, picture_of, scene_in
from mini4o.storybook.tasks.describing import brief_noun, counted, from_left, plays, seen, shared_noun, tellable, told


def caption_short(request: Request) -> Item:
    """One short sentence: some of the things, or two of them in a relation; with or without the setting.

    facts: skeleton ("things", "beside", "put" or "held"; "_where" after it with the setting), claims.
    """
    dice = request.dice("caption_short")
    language, words = grammar(request.language), phrasebook("captions", request.language)
    scene = scene_in(request.split, dice)
    skeleton, slots, claims = _short(scene, language, dice)
    if dice.happens(0.5):
        where = plays(scene.facts.setting, dice, 0.5)
        claims.append(where)
        skeleton, slots = f"{skeleton}_where", {**slots, "where": language.plays(where)}
    return _item("caption_short", skeleton, request, scene, words, dice, say(words, skeleton, dice, **slots), claims)


def caption_dense(request: Request) -> Item:
    """All things with colour, size (unless medium), state and text, from left to right; what carries what; some
    relations; the setting.

    facts: skeleton ("dense"), claims.
    """
    dice = request.dice("caption_dense")
    words = phrasebook("captions", request.language)
    scene = scene_in(request.split, dice, _tellable)
    text, claims = told(scene, grammar(request.language), words, dice, 1.0, from_left(scene))
    return _item("caption_dense", "dense", request, scene, words, dice, text, claims)


def _tellable(dice: Dice) -> Facts | None:
    facts = imagine.facts(dice)
    return facts if tellable(facts) else None


def _short(scene: Scene, language: Grammar, dice: Dice) -> tuple[str, dict[str, str], list[Claim]]:
    """Skeleton, slots and claims of a short sentence without its setting."""
    facts = scene.facts
    related = [*dice.shuffled(facts.bonds), *seen(scene, dice, limit=1)]
    related = [each for each in related if facts.things[each.a].kind != facts.things[each.b].kind]
    if related and dice.happens(0.5):
        name = related[0].name
        a, b = (brief_noun(facts.things[index], dice) for index in (related[0].a, related[0].b))
        first, second = language.noun(a), language.noun(b)
        slots = {"a": first, "b": second, "relation": language.relation(name)}
        skeleton = "held" if name == "holding" else "put" if name in BONDS else "beside"
        return skeleton, slots, [Shows(noun=a), Shows(noun=b), Related(name=name, a=a, b=b)]
    named = set(dice.sample(sorted({thing.kind for thing in facts.things}), 1 + dice.below(3)))
    kinds = dict.fromkeys(kind for index in from_left(scene) if (kind := facts.things[index].kind) in named)
    claims: list[Claim] = []
    said: list[str] = []
    for kind in kinds:
        group = [thing for thing in facts.things if thing.kind == kind]
        claims.append(counted(shared_noun(group, dice), facts))
        said.append(language.noun(claims[-1].noun, len(group)))  # type: ignore[union-attr]
    return "things", {"things": language.listed(said)}, claims


def _item(
    task: str, skeleton: str, request: Request, scene: Scene, words: Phrases, dice: Dice, text: str, claims: list[Claim]
) -> Item:
    asked: list[dict[str, Any]] = [
        {"type": "image", "image": picture_of(scene, request)},
        {"type": "text", "text": say(words, "ask_short" if task == "caption_short" else "ask_dense", dice)},
    ]
    conversation: Conversation = parse_conversation(
        [{"role": "user", "content": asked}, {"role": "assistant", "content": text}]
    )
    facts = {"task": task, "skeleton": skeleton, "claims": [claim.model_dump() for claim in claims]}
    return Item(conversation, (scene,), facts)


TASKS: dict[str, Task] = {"caption_short": caption_short, "caption_dense": caption_dense}
