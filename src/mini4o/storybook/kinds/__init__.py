"""The kinds of things, a file a family. A new kind is a new function in its family's file; a new family a new file."""

from mini4o.storybook.kinds import animals, food, home, people, plants, signs, sky, toys, vehicles
from mini4o.storybook.kinds.registry import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for family in (people, animals, plants, home, vehicles, food, toys, sky, signs)
    for kind in family.KINDS
}
