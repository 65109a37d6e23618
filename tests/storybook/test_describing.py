"""What may be said of things: above all that nobody speaks of the colour of a bare tree, which bears no leaves."""

import pytest
from probes import BALL, CAT, HOUSE, facts_of, scene_of
from truths import WORLD, claims_of, item, parts

from mini4o.conversation.parts import Text, Think
from mini4o.storybook import imagine
from mini4o.storybook.claims import Lacks, Noun, Related, Shows, Sits
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.kinds.registry import Kind
from mini4o.storybook.language import grammar
from mini4o.storybook.palette import COLOURS
from mini4o.storybook.scene import Setting, Thing
from mini4o.storybook.splits import LANGUAGES, Language
from mini4o.storybook.tasks.base import Item, Request
from mini4o.storybook.tasks.describing import brief_noun, full_noun, noun, pointing, sayable, shared_noun
from mini4o.storybook.tasks.editing.proposing import names, propose
from mini4o.storybook.tasks.questions.programs import Program, answer
from mini4o.storybook.tasks.questions.staging import made
from mini4o.storybook.tasks.questions.voice import Voice

TREE = FIRST_VOLUME["tree"]
BARE = Thing(kind="tree", colour="pink", state="bare")
LEAFY = Thing(kind="tree", colour="pink", state="leafy")
# Tasks that draw their scenes from `imagine`; those that ask questions stage theirs.
TOLD = [
    task for task in WORLD.tasks if task.startswith(("caption", "draw", "edit", "reco", "think", "rounds", "several"))
]


def dice() -> Dice:
    return Dice(0, "test describing")


# ---- nouns


def test_a_noun_says_what_may_be_said() -> None:
    assert noun(CAT, "colour", "facing", "text") == Noun(kind="cat", colour="grey", facing="right")
    assert sayable(LEAFY, "colour") and sayable(BARE, "state") and not sayable(BARE, "colour")
    assert noun(BARE, "colour", "size") == Noun(kind="tree", size="medium")
    assert noun(LEAFY, "colour") == Noun(kind="tree", colour="pink", state="leafy")  # leaves of a colour are leaves
    assert full_noun(BARE) == Noun(kind="tree", state="bare")
    assert not any(brief_noun(BARE, Dice(0, "brief", number)).colour for number in range(40))


def test_what_is_said_of_several_things_holds_for_each() -> None:
    for number in range(40):
        for group in ([LEAFY, BARE], [BARE, LEAFY], [LEAFY, LEAFY]):
            said = shared_noun(group, Dice(0, "shared", number))
            assert all(said.fits(thing) for thing in group) and (said.colour is None or group[1] == LEAFY)


def test_a_tree_is_pointed_at_by_its_leaves_or_by_having_none() -> None:
    facts = facts_of(LEAFY, BARE, HOUSE)
    assert {way.state for way in names(facts, 1)} == {"bare"} and not any(way.colour for way in names(facts, 1))
    assert {way.state for way in names(facts, 0)} == {"leafy"}
    assert pointing(facts, full_noun(BARE), 1) == Noun(kind="tree", state="bare")
    assert list(names(facts_of(BARE, BARE.model_copy(update={"colour": "red"})), 0)) == []


@pytest.mark.parametrize(
    ("language", "bare", "leafy", "both"),
    [
        ("en", "a bare tree", "a tree with pink leaves", "a tree and a tree with pink leaves"),
        ("zh", "一棵光秃秃的树", "一棵长着粉色叶子的树", "一棵树和一棵长着粉色叶子的树"),
    ],
)
def test_words_of_trees(language: Language, bare: str, leafy: str, both: str) -> None:
    words = grammar(language)
    assert words.noun(Noun(kind="tree", colour="pink", state="bare")) == bare
    assert words.noun(noun(LEAFY, "colour")) == leafy
    assert Voice(language).things([BARE, LEAFY]) == both


# ---- questions and edits


def test_the_colour_of_a_bare_tree_is_not_asked_for() -> None:
    find: Program = [{"op": "filter", "noun": {"kind": "tree"}}, {"op": "unique", "in": [0]}]
    colour: Program = [*find, {"op": "query", "what": "colour", "in": [1]}]
    pink: Program = [{"op": "filter", "noun": {"kind": "tree", "colour": "pink"}}, {"op": "exist", "in": [0]}]
    where = Setting(place="beach", weather="clear")  # its backdrop shows no trees
    for tree, answers in ((LEAFY, ("pink", True)), (BARE, (None, None))):
        scene = scene_of(facts_of(tree, where=where), (50, 20))
        assert (answer(colour, scene), answer(pink, scene)) == answers
    red = scene_of(facts_of(BARE.model_copy(update={"colour": "red"}), where=where), (50, 20))
    assert answer(pink, red) is False


def test_a_tree_of_a_certain_colour_has_leaves() -> None:
    assert {made(dice(), "tree", colour=colour).state for colour in COLOURS[:4]} == {"leafy"}
    assert {made(Dice(0, "any", number), "tree").state for number in range(20)} == {"leafy", "bare"}


def test_a_bare_tree_is_not_recoloured() -> None:
    for tree, possible in ((LEAFY, True), (BARE, False)):
        edit = propose(facts_of(tree, BALL), "recolour", dice(), "anywhere", 0)
        assert (edit is not None) is possible


# ---- items


@pytest.fixture
def woods(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where trees can be, most things are trees."""
    usual = imagine.kinds_for

    def kinds_for(where: Setting) -> list[Kind]:
        kinds = usual(where)
        return [*kinds, *[TREE] * 60 * (TREE in kinds)]

    monkeypatch.setattr(imagine, "kinds_for", kinds_for)


def nouns(each: Item) -> list[Noun]:
    """All nouns of an item's claims and plans."""
    found: list[Noun] = [Noun.model_validate(entry["noun"]) for entry in each.facts.get("plan", ())]
    for holder in (each.facts, *each.facts.get("rounds", ())):
        for claim in claims_of(holder) if "claims" in holder else ():
            if isinstance(claim, Shows | Lacks | Sits):
                found.append(claim.noun)
            elif isinstance(claim, Related):
                found += [claim.a, claim.b]
    return found


@pytest.mark.usefixtures("woods")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_item_speaks_of_the_colour_of_a_bare_tree(language: Language) -> None:
    trees = {"bare": 0, "coloured": 0}
    for task in TOLD:
        for index in range(6):
            each = WORLD.task(task)(Request("train", language, 7, index, size=32))
            trees["bare"] += sum(not sayable(thing, "colour") for scene in each.scenes for thing in scene.facts.things)
            for said in nouns(each):
                if said.kind == "tree" and said.colour is not None:
                    trees["coloured"] += 1
                    assert said.state == "leafy", each.facts
            text = " ".join(part.text for part in parts(each.conversation) if isinstance(part, Text | Think))
            assert "fallen" not in text and "bare tree with" not in text and "落了一地" not in text
    assert trees["bare"] > 30 and trees["coloured"] > 8


def test_captions_go_from_left_to_right() -> None:
    seen = 0
    for index in range(30):
        made = item("caption_dense", index, "train", "en")
        (scene,) = made.scenes
        things = scene.facts.things
        if scene.facts.bonds or len({thing.kind for thing in things}) < max(2, len(things)):
            continue
        named = [claim["noun"]["kind"] for claim in made.facts["claims"] if claim["type"] == "shows"]
        middles = {thing.kind: sum(scene.box(number)[::2]) for number, thing in enumerate(things)}
        assert [middles[kind] for kind in named] == sorted(middles.values())
        seen += 1
    assert seen > 5
