"""The state of a run: bit-exact, whole or not there, one kept."""

from pathlib import Path

import pytest
import torch
from torch import nn

from mini4o import chance
from mini4o.errors import CheckpointError
from mini4o.training.state import State, load_optimiser, load_state, optimiser_tensors, save_state


def make_state(done: int) -> State:
    net = {"a.weight": chance.normal((3, 4), done, "net"), "b": torch.tensor(float("nan"))}
    net["a.view"] = net["a.weight"].t()[:2]  # neither contiguous nor of memory of its own
    return State(1, 2, done, net, {"a.weight": net["a.weight"] * 2}, {"a.weight|step": torch.tensor(3.0)})


def equal(one: State, two: State) -> bool:
    return (one.stage, one.step, one.done) == (two.stage, two.step, two.done) and all(
        mine.keys() == other.keys() and all(mine[k].numpy().tobytes() == other[k].numpy().tobytes() for k in mine)
        for mine, other in ((one.net, two.net), (one.averages, two.averages), (one.optimiser, two.optimiser))
    )


def test_a_state_comes_back_bit_for_bit(tmp_path: Path) -> None:
    save_state(tmp_path, make_state(5))
    assert equal(load_state(tmp_path), make_state(5))
    assert not equal(load_state(tmp_path), make_state(6))


def test_only_the_newest_is_kept(tmp_path: Path) -> None:
    for done in (99, 100, 2000):
        save_state(tmp_path, make_state(done))
        assert [path.name for path in (tmp_path / "state").iterdir()] == [f"{done:06d}"]


def test_of_two_states_the_newer_is_taken_and_what_a_kill_has_left_goes(tmp_path: Path) -> None:
    save_state(tmp_path / "other", make_state(999_999))
    save_state(tmp_path, make_state(1_000_001))
    (tmp_path / "other" / "state" / "999999").rename(tmp_path / "state" / "999999")
    (tmp_path / "state" / ".1000002.new-1").mkdir()  # begun, never renamed
    assert load_state(tmp_path).done == 1_000_001
    save_state(tmp_path, make_state(1_000_003))
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["1000003"]


def test_a_state_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    save_state(tmp_path, make_state(5))
    bad = make_state(6)
    bad.net["c"] = torch.empty(2, device="meta")  # has no values to write
    with pytest.raises(CheckpointError, match="could not be written"):
        save_state(tmp_path, bad)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["000005"]
    assert equal(load_state(tmp_path), make_state(5))


def test_no_state_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nothing to resume") as caught:
        load_state(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["net.safetensors", "averages.safetensors", "optimiser.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_damage_is_said_in_one_line(name: str, damage: str, tmp_path: Path) -> None:
    save_state(tmp_path, make_state(5))
    path = tmp_path / "state" / "000005" / name
    path.write_bytes({"cut": path.read_bytes()[:-3], "empty": b"", "noise": bytes(range(200, 256)) * 9}[damage])
    with pytest.raises(CheckpointError, match="000005: damaged") as caught:
        load_state(tmp_path)
    assert "\n" not in str(caught.value)


def test_an_optimiser_goes_on_as_if_it_had_never_stopped() -> None:
    def make() -> tuple[nn.Linear, torch.optim.AdamW]:
        layer = nn.Linear(3, 2)
        with torch.no_grad():
            layer.weight.copy_(chance.normal((2, 3), 0, "weight"))
            layer.bias.zero_()
        groups = [{"params": [layer.weight], "lr": 0.1}, {"params": [layer.bias], "lr": 0.2, "weight_decay": 0.0}]
        return layer, torch.optim.AdamW(groups, fused=True)

    def train(layer: nn.Linear, optimiser: torch.optim.AdamW, first: int, last: int) -> None:
        for step in range(first, last):
            layer(chance.normal((4, 3), step, "input")).square().sum().backward()
            if step == 0:
                layer.bias.grad = None  # a parameter may have no state yet
            optimiser.step()
            optimiser.zero_grad()

    whole = make()
    train(*whole, 0, 6)
    begun, names = make(), ["weight", "bias"]
    train(*begun, 0, 1)
    assert set(optimiser_tensors(begun[1], names)) == {"weight|step", "weight|exp_avg", "weight|exp_avg_sq"}
    train(*begun, 1, 3)
    tensors = {name: value.clone() for name, value in optimiser_tensors(begun[1], names).items()}
    rest = make()
    with torch.no_grad():
        for mine, other in zip(rest[0].parameters(), begun[0].parameters(), strict=True):
            mine.copy_(other)
    load_optimiser(rest[1], names, tensors)
    train(*rest, 3, 6)
    for mine, other in zip(rest[0].parameters(), whole[0].parameters(), strict=True):
        assert torch.equal(mine, other)
