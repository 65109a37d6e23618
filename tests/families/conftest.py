"""A tiny checkpoint of each family, and models around them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import NAMES, make_checkpoint

from mini4o import chance
from mini4o.model.spec import GenerationSpec, ModelSpec
from mini4o.pretrained.model import Model, new_model


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The checkpoint of a family, made once; copy it before you change a file."""
    made: dict[str, Path] = {}

    def get(family: str) -> Path:
        if family not in made:
            made[family] = make_checkpoint(family, tmp_path_factory.mktemp("checkpoints") / family)
        return made[family]

    return get


@pytest.fixture(scope="session")
def new_pretrained(checkpoint: Callable[[str], Path], tiny_model: Model) -> Callable[..., Model]:
    """Makes tiny models around a family's checkpoint: `new_pretrained(family, seed=0, **backbone_changes)`."""

    def make(family: str, seed: int = 0, **changes: object) -> Model:
        backbone = {"pretrained": str(checkpoint(family)), **changes}
        values = tiny_model.spec.model_dump() | {"backbone": backbone}
        generation = GenerationSpec(steps=2, max_tokens=12, writes=("image", "think"))
        model = new_model(ModelSpec.model_validate(values), generation, [], seed)
        with torch.no_grad():  # zero by design at the start; random, so that sources are seen
            for weight in model.net.dit.source_parameters().values():
                weight.copy_(0.1 * chance.normal(tuple(weight.shape), seed, "test sources"))
        return model

    return make


@pytest.fixture(scope="session", params=NAMES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def model(family: str, new_pretrained: Callable[..., Model]) -> Model:
    """One for all tests of a family; leave its weights as they are."""
    return new_pretrained(family)
