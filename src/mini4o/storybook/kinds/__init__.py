"""The kinds of things, a file a family. A new kind is a new function in its family's file; a new family a new file."""

from mini4o.storybook.kinds import animals, food, home, people, plants, signs, sky, toys, vehicles
from mini4o.storybook.kinds.registry import Kind

# All that can be drawn, for look-ups by name.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for family in (people, animals, plants, home, vehicles, food, toys, sky, signs)
    for kind in family.KINDS
}

# What the tasks of world `storybook-1` choose from, in an order that never changes: chance picks by number, so one kind
# more, or two that change places, would make every sample another one. What a later volume adds is not listed here.
_FIRST_VOLUME = """
    girl boy king cook cat dog rabbit elephant frog turtle bird duck fish butterfly tree fir flower cactus mushroom
    house tent table chair bed lamp box basket car bus tractor train boat plane rocket apple banana cake ice_cream
    carrot ball balloon kite teddy drum robot star heart umbrella sun moon cloud rainbow sign flag block
"""
FIRST_VOLUME: dict[str, Kind] = {name: KINDS[name] for name in _FIRST_VOLUME.split()}
