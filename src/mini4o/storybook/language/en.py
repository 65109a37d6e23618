"""English phrases about scenes."""

from collections.abc import Sequence

from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.language.words import Article, Grammar
from mini4o.storybook.scene import Place, RelationName, Size, Time, Weather

KIND_WORDS: dict[str, tuple[str, str]] = {  # one, several
    "girl": ("girl", "girls"),
    "boy": ("boy", "boys"),
    "king": ("king", "kings"),
    "cook": ("cook", "cooks"),
    "cat": ("cat", "cats"),
    "dog": ("dog", "dogs"),
    "rabbit": ("rabbit", "rabbits"),
    "elephant": ("elephant", "elephants"),
    "frog": ("frog", "frogs"),
    "turtle": ("turtle", "turtles"),
    "bird": ("bird", "birds"),
    "duck": ("duck", "ducks"),
    "fish": ("fish", "fish"),
    "butterfly": ("butterfly", "butterflies"),
    "tree": ("tree", "trees"),
    "fir": ("fir tree", "fir trees"),
    "flower": ("flower", "flowers"),
    "cactus": ("cactus", "cactuses"),
    "mushroom": ("mushroom", "mushrooms"),
    "house": ("house", "houses"),
    "tent": ("tent", "tents"),
    "table": ("table", "tables"),
    "chair": ("chair", "chairs"),
    "bed": ("bed", "beds"),
    "lamp": ("lamp", "lamps"),
    "box": ("box", "boxes"),
    "basket": ("basket", "baskets"),
    "car": ("car", "cars"),
    "bus": ("bus", "buses"),
    "tractor": ("tractor", "tractors"),
    "train": ("train", "trains"),
    "boat": ("boat", "boats"),
    "plane": ("plane", "planes"),
    "rocket": ("rocket", "rockets"),
    "apple": ("apple", "apples"),
    "banana": ("banana", "bananas"),
    "cake": ("cake", "cakes"),
    "ice_cream": ("ice cream", "ice creams"),
    "carrot": ("carrot", "carrots"),
    "ball": ("ball", "balls"),
    "balloon": ("balloon", "balloons"),
    "kite": ("kite", "kites"),
    "teddy": ("teddy bear", "teddy bears"),
    "drum": ("drum", "drums"),
    "robot": ("robot", "robots"),
    "star": ("star", "stars"),
    "heart": ("heart", "hearts"),
    "umbrella": ("umbrella", "umbrellas"),
    "sun": ("sun", "suns"),
    "moon": ("moon", "moons"),
    "cloud": ("cloud", "clouds"),
    "rainbow": ("rainbow", "rainbows"),
    "sign": ("sign", "signs"),
    "flag": ("flag", "flags"),
    "block": ("toy block", "toy blocks"),
}
SIZE_WORDS: dict[Size, str] = {"small": "small", "medium": "medium-sized", "large": "big"}
PLACE_WORDS: dict[Place, str] = {
    "meadow": "meadow",
    "garden": "garden",
    "street": "street",
    "beach": "beach",
    "lake": "lake",
    "bedroom": "bedroom",
    "kitchen": "kitchen",
}
PLACE_PHRASES: dict[Place, str] = {
    "meadow": "in a meadow",
    "garden": "in a garden",
    "street": "on a street",
    "beach": "on a beach",
    "lake": "at a lake",
    "bedroom": "in a bedroom",
    "kitchen": "in a kitchen",
}
TIME_PHRASES: dict[Time, str] = {"day": "during the day", "night": "at night"}
WEATHER_WORDS: dict[Weather, str] = {"clear": "clear", "rain": "rainy", "snow": "snowy"}
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
RELATIONS: dict[RelationName, str] = {
    "left of": "to the left of",
    "right of": "to the right of",
    "above": "above",
    "below": "below",
    "in front of": "in front of",
    "behind": "behind",
    "next to": "next to",
    "on": "on",
    "inside": "in",
    "holding": "holding",
}

# (kind, or family where all its kinds agree; state) -> said before the noun, said after it, said after "is"
_STATES: dict[tuple[str, str], tuple[str, str, str]] = {
    **{(kind, state): (state, "", state) for kind in ("girl", "boy", "king", "cook") for state in ("happy", "sad")},
    **{(kind, "awake"): ("wide-awake", "", "awake") for kind in ("cat", "dog")},
    **{(kind, "asleep"): ("sleeping", "", "asleep") for kind in ("cat", "dog")},
    **{
        (kind, state): (state, "", state)
        for kind in ("flower", "tent", "box", "umbrella")
        for state in ("open", "closed")
    },
    ("tree", "leafy"): ("leafy", "", "leafy"),
    ("tree", "bare"): ("bare", "", "bare"),
    ("house", "open"): ("", "with an open door", "open"),
    ("house", "closed"): ("", "with a closed door", "closed"),
    ("lamp", "lit"): ("lit", "", "on"),
    ("lamp", "off"): ("unlit", "", "off"),
    ("cake", "lit"): ("", "with lit candles", "lit"),
    ("cake", "unlit"): ("", "with unlit candles", "unlit"),
    ("car", "on"): ("", "with glowing headlights", "on"),
    ("car", "off"): ("", "with unlit headlights", "off"),
    ("robot", "on"): ("switched-on", "", "on"),
    ("robot", "off"): ("switched-off", "", "off"),
}
_CLOTHED = ("girl", "boy", "king", "cook")


class English:
    """The grammar of English."""

    def noun(self, noun: Noun, count: int = 1, article: Article = "a") -> str:
        """See `Grammar`. Order: size, state, colour, noun; then clothes, leaves, door or candles, text, facing."""
        one, several = KIND_WORDS[noun.kind]
        many = count > 1
        before, after, _ = _STATES[noun.kind, noun.state] if noun.state else ("", "", "")
        if many:
            after = after.replace("an open door", "open doors").replace("a closed door", "closed doors")
        colour: str = noun.colour or ""
        tail = [after]
        if colour and noun.kind in _CLOTHED:
            colour, tail = "", [f"in {colour}", after]
        elif colour and noun.kind == "tree":
            if noun.state != "bare":  # leaves of a colour say that it is leafy
                before, tail = "", [f"with {colour} leaves"]
            colour = ""
        if noun.text:
            tail.append(f'that {"say" if many else "says"} "{noun.text}"')
        if noun.facing:
            tail.append(f"facing {noun.facing}")
        size = SIZE_WORDS[noun.size] if noun.size else ""
        words = " ".join(filter(None, (size, before, colour, several if many else one, *tail)))
        if article == "none":
            return words
        if article == "the":
            return f"the {self.value('count', count)} {words}" if many else f"the {words}"
        return f"{self.value('count', count)} {words}" if many else with_article(words)

    def plays(self, plays: Plays) -> str:
        """See `Grammar`."""
        where = PLACE_PHRASES[plays.place] if plays.place else ""
        season = plays.season or ""
        weather = WEATHER_WORDS[plays.weather] if plays.weather else ""
        if plays.time and (season or weather):
            when = " ".join(filter(None, (weather, season, plays.time)))
            when = "on " + with_article(when)
        elif plays.time:
            when = TIME_PHRASES[plays.time]
        elif weather:
            when = " ".join(filter(None, ("in", weather, season, "weather")))
        else:
            when = f"in {season}" if season else ""
        return " ".join(filter(None, (where, when)))

    def relation(self, name: RelationName) -> str:
        """See `Grammar`."""
        return RELATIONS[name]

    def related(self, a: str, name: RelationName, b: str) -> str:
        """See `Grammar`."""
        return f"{a} {RELATIONS[name]} {b}"

    def clause(self, a: str, name: RelationName, b: str, many: bool = False) -> str:
        """See `Grammar`."""
        return f"{a} {'are' if many else 'is'} {RELATIONS[name]} {b}"

    def value(self, name: str, value: str | int | None, kind: str | None = None) -> str:
        """See `Grammar`."""
        if name in ("count", "number"):
            return number(int(value or 0)) if value or name == "number" else "none"
        if name == "kind":
            return KIND_WORDS[str(value)][0]
        if name in ("kinds", "countable"):
            return KIND_WORDS[str(value)][1]
        if name == "size":
            return {str(size): word for size, word in SIZE_WORDS.items()}[str(value)]
        if name == "state" and kind is not None:
            return _STATES[kind, str(value)][2]
        if name == "weather":
            return {str(weather): word for weather, word in WEATHER_WORDS.items()}[str(value)]
        return str(value)  # colours, directions, places, times, seasons, letters, yes and no are their own words

    def amount(self, kind: str, count: int) -> str:
        """See `Grammar`."""
        return f"{count} {KIND_WORDS[kind][count != 1]}"

    def listed(self, phrases: Sequence[str]) -> str:
        """See `Grammar`."""
        return " and ".join(filter(None, (", ".join(phrases[:-1]), *phrases[-1:])))

    def joined(self, sentences: Sequence[str]) -> str:
        """See `Grammar`."""
        return " ".join(sentences)


def number(count: int) -> str:
    """A whole number in words as far as twelve, in digits above."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def with_article(words: str) -> str:
    """The words after "a" or "an"."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


GRAMMAR: Grammar = English()
