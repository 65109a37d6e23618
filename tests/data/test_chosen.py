import json
import pickle
from pathlib import Path

import pytest

from mini4o.data.chosen import Chosen
from mini4o.data.readers import JsonlData


def test_the_chosen_samples_come_in_their_order(tmp_path: Path) -> None:
    lines = [json.dumps([{"role": "user", "content": word}]) for word in "abcd"]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    data = JsonlData(tmp_path / "x.jsonl")
    chosen = Chosen(data, [3, 1])
    assert len(chosen) == 2 and [chosen[n] for n in range(2)] == [data[3], data[1]]
    assert repr(chosen) == repr(data) and pickle.loads(pickle.dumps(chosen))[0] == data[3]
    for index in (2, -1):
        with pytest.raises(IndexError):
            chosen[index]
