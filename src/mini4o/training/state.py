"""The state of a run, from which it goes on as if it had never stopped. safetensors and JSON, never pickle.

state/000500/   net, averages and optimiser after 500 steps; a folder appears whole, by one rename, then the
                older one goes, so a kill at any moment leaves one that is complete

Parts that no stage has trained so far, and that came from elsewhere, are left out: they are read there again.
"""

import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mini4o.errors import CheckpointError
from mini4o.model.net import Net
from mini4o.pretrained.aside import write_aside
from mini4o.pretrained.model import Model
from mini4o.pretrained.references import check, origin, owns, part_spec


@dataclass(frozen=True)
class State:
    """Where a run stands: stage by number, steps done in it and over all, and its tensors by name. `elsewhere`: parts
    whose tensors are not among those of the net, because they still are those of their checkpoint."""

    stage: int
    step: int
    done: int
    net: dict[str, Tensor]
    averages: dict[str, Tensor]
    optimiser: dict[str, Tensor]
    elsewhere: tuple[str, ...] = ()


TENSORS = ("net", "averages", "optimiser")


def save_state(run: Path, state: State) -> None:
    """Write a state and remove the ones before it.

    Raises:
        CheckpointError: it could not be written; the state before is untouched.
    """
    folder = run / "state" / f"{state.done:06d}"

    def write(aside: Path) -> None:
        for name in TENSORS:
            tensors = {key: value.detach().cpu().contiguous().clone() for key, value in getattr(state, name).items()}
            save_file(tensors, aside / f"{name}.safetensors")
        place = {"stage": state.stage, "step": state.step, "done": state.done, "elsewhere": state.elsewhere}
        (aside / "state.json").write_text(json.dumps(place) + "\n", encoding="utf-8")

    write_aside(folder, write, "free some space, then go on with --resume")
    for other in (run / "state").iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def load_state(run: Path) -> State:
    """The newest state of a run.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    folders = [path for path in (run / "state").glob("[0-9]*") if (path / "state.json").is_file()]
    folders.sort(key=lambda path: int(path.name))
    if not folders:
        raise CheckpointError(f"{run}: nothing to resume, it holds no training state")
    try:
        place = json.loads((folders[-1] / "state.json").read_text("utf-8"))
        tensors = {name: load_file(folders[-1] / f"{name}.safetensors") for name in TENSORS}
        elsewhere = tuple(map(str, place.get("elsewhere", ())))
        return State(int(place["stage"]), int(place["step"]), int(place["done"]), **tensors, elsewhere=elsewhere)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(f"{folders[-1]}: damaged training state ({' '.join(str(error).split())})") from None


def own_tensors(net: Net, elsewhere: Collection[str]) -> dict[str, Tensor]:
    """A net's tensors by name, without those of parts that are read elsewhere."""
    state = net.state_dict()
    return {name: value for name, value in state.items() if not any(owns(part, name) for part in elsewhere)}


def restore(net: Net, state: State, elsewhere: Collection[str], run: Path) -> None:
    """Put a net's tensors in their place.

    Args:
        elsewhere: parts that have been read already, which the state may leave out.

    Raises:
        CheckpointError: they are not those of this model.
    """
    try:
        if state.net.keys() != own_tensors(net, state.elsewhere).keys() or set(state.elsewhere) - set(elsewhere):
            raise RuntimeError
        net.load_state_dict(state.net, strict=False)
    except RuntimeError:
        raise CheckpointError(
            f"{run}: its state does not fit the model; recipe.yaml or the data was changed since"
        ) from None


def check_checkpoints(model: Model, known: dict[str, dict[str, str]], run: Path) -> None:
    """Hold the pretrained parts of a model to the hashes that they had when a run began.

    Raises:
        CheckpointError: another checkpoint stands in its place.
    """
    for part, expected in known.items():
        found = model.references[part].hashes if part in model.references else {}
        check(found, expected, part, origin(part_spec(model.spec, part)), str(run))


def optimiser_tensors(optimiser: torch.optim.Optimizer, names: list[str]) -> dict[str, Tensor]:
    """An optimiser's state as tensors by `parameter name|key`; `names` in the order of its parameters."""
    per_parameter = optimiser.state_dict()["state"]
    return {
        f"{names[index]}|{key}": torch.as_tensor(value)
        for index, values in per_parameter.items()
        for key, value in values.items()
    }


def load_optimiser(optimiser: torch.optim.Optimizer, names: list[str], tensors: dict[str, Tensor]) -> None:
    """The inverse of `optimiser_tensors`."""
    state: dict[int, dict[str, Tensor]] = {}
    number = {name: index for index, name in enumerate(names)}
    for name, value in tensors.items():
        parameter, key = name.rsplit("|", 1)
        state.setdefault(number[parameter], {})[key] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
