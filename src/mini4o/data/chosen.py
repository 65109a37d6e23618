"""Some samples of a data set, by their numbers."""

from array import array
from collections.abc import Iterable

from mini4o.data.sample import Sample, Samples


class Chosen:
    """The samples of `data` with the given numbers, in their order, as a data set of its own."""

    def __init__(self, data: Samples, numbers: Iterable[int]) -> None:
        self._data, self._numbers = data, array("q", numbers)

    def __repr__(self) -> str:
        return repr(self._data)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Sample:
        """The sample at `index` (0 … len - 1).

        Raises:
            IndexError: no such sample.
            DataError: as `data` raises it.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"{self} has {len(self)} chosen samples, not {index + 1}")
        return self._data[self._numbers[index]]
