"""Files of text states: made once, gone on with, and refused where they do not belong."""

import json
import pickle
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

import pipelines
import text_encoders
from mini4o.conversation.layout import TextStates
from mini4o.errors import DataError
from mini4o.pretrained.model import Model
from mini4o.pretrained.text_encoder import TextEncoder
from mini4o.pretrained.text_states import StateFiles, key_of, make_states

CAPTIONS = [f"Draw {colour} {number}." for number in range(20) for colour in ("red", "blue")]
SMALL = 5_000  # bytes of a shard: the 16 captions that are encoded together


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: text_encoders.write(kind, tmp_path_factory.mktemp("pipes") / kind) for kind in pipelines.WRITE}


@pytest.fixture(scope="module")
def encoder(folders: dict[str, Path]) -> TextEncoder:
    return TextEncoder(str(folders["sana"]), dtype=torch.float32)


class Counts:
    """An encoder that is stopped by Ctrl-C after so many calls."""

    def __init__(self, encoder: TextEncoder, stop: int = 10**9) -> None:
        self._encoder, self._stop, self.asked = encoder, stop, []  # type: TextEncoder, int, list[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def __call__(self, captions: Sequence[str]) -> list[TextStates]:
        self._stop -= 1
        if self._stop < 0:
            raise KeyboardInterrupt
        self.asked += captions
        return self._encoder(captions)


def test_they_give_back_what_the_encoder_said(encoder: TextEncoder, tmp_path: Path) -> None:
    made = make_states(tmp_path / "states", encoder, [*CAPTIONS, CAPTIONS[3]], shard_bytes=SMALL)
    found = pickle.loads(pickle.dumps(made))
    assert len(found) == len(CAPTIONS) + 1 and len(found.index.shards) > 1  # and the empty one
    total, count = 0.0, 0
    for caption in ("", *CAPTIONS):
        (said,) = encoder([caption])
        assert caption in found and found[caption].pooled is None
        torch.testing.assert_close(found[caption].states, said.states, atol=1e-5, rtol=1e-4)
        total, count = total + float(said.states.square().sum()), count + said.states.numel()
    assert found.index.scale == pytest.approx((total / count) ** 0.5, rel=0.05)
    assert not any(path.name.startswith(".") for path in (tmp_path / "states").iterdir())
    with pytest.raises(
        DataError, match=r"has no states of the caption 'Draw red\.'; add them with: mini4o data states"
    ):
        found["Draw red."]


def test_pooled_vectors_and_types_are_kept(folders: dict[str, Path], tmp_path: Path) -> None:
    encoder = TextEncoder(str(folders["sd3"]))
    found = make_states(tmp_path / "states", encoder, ["Draw red."])
    (said,) = encoder(["Draw red."])
    states = found["Draw red."]
    assert said.pooled is not None and states.pooled is not None
    assert states.states.dtype == states.pooled.dtype == torch.bfloat16 and found.index.dtype == "bfloat16"
    assert states.states.shape == said.states.shape and states.pooled.shape == said.pooled.shape
    torch.testing.assert_close(states.pooled.float(), said.pooled.float(), atol=0.05, rtol=0.05)


@pytest.mark.parametrize("stop", [0, 1, 2])
def test_what_was_interrupted_is_not_read_and_gone_on_with(encoder: TextEncoder, tmp_path: Path, stop: int) -> None:
    folder = tmp_path / "states"
    with pytest.raises(KeyboardInterrupt):
        make_states(folder, Counts(encoder, stop), CAPTIONS, shard_bytes=SMALL)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="is not finished; the command that began it goes on with it"):
        StateFiles(folder)
    written = len(json.loads((folder / "index.json").read_text())["shards"])
    (folder / f"{written:06d}.safetensors").write_bytes(b"of a kill before it was listed")
    (folder / ".000009.safetensors.part").write_bytes(b"half")
    counts = Counts(encoder)
    found = make_states(folder, counts, CAPTIONS, shard_bytes=SMALL)  # type: ignore[arg-type]
    assert len(found) == 41 and len(counts.asked) == 41 - 16 * stop
    whole = make_states(tmp_path / "whole", encoder, CAPTIONS, shard_bytes=SMALL)
    assert all(torch.equal(found[caption].states, whole[caption].states) for caption in ("", *CAPTIONS))
    assert not list(folder.glob(".*"))


def test_nothing_is_done_twice_and_other_data_is_added(encoder: TextEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "states"
    make_states(folder, encoder, CAPTIONS)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    counts = Counts(encoder)
    make_states(folder, counts, CAPTIONS)  # type: ignore[arg-type]
    assert counts.asked == [] and {path.name: path.read_bytes() for path in folder.iterdir()} == before
    found = make_states(folder, counts, [*CAPTIONS, "More."])  # type: ignore[arg-type]
    assert counts.asked == ["More."] and len(found) == 42
    assert len(found.index.shards) == 2


def test_another_encoder_does_not_go_on_with_them(
    encoder: TextEncoder, folders: dict[str, Path], tmp_path: Path
) -> None:
    make_states(tmp_path / "states", encoder, CAPTIONS[:2])
    for other, changed in (
        (TextEncoder(str(folders["sana"])), "other dtype"),
        (TextEncoder(str(folders["sd3"]), dtype=torch.float32), "other kind, entrance"),
    ):
        with pytest.raises(DataError, match=f"holds states of another text encoder .*{changed}.*choose another folder"):
            make_states(tmp_path / "states", other, CAPTIONS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").touch()
    with pytest.raises(DataError, match=r"holds no index\.json"):
        make_states(tmp_path / "full", encoder, CAPTIONS)
    with pytest.raises(DataError, match="is a file; name a new folder"):
        make_states(tmp_path / "full" / "note.txt", encoder, CAPTIONS)


def test_they_are_refused_for_a_dit_with_another_text_encoder(
    encoder: TextEncoder, folders: dict[str, Path], tmp_path: Path, new_tiny: Callable[..., Model]
) -> None:
    found = make_states(tmp_path / "states", encoder, CAPTIONS[:2])
    sana, sd3 = (new_tiny(**pipelines.parts_of(folders[kind])).net.dit for kind in ("sana", "sd3"))
    found.check(sana)
    with pytest.raises(DataError, match=r"made for a sana, not for this sd3; make others with: mini4o data states"):
        found.check(sd3)
    with torch.no_grad():
        sana.model.get_parameter(sana.entrance).mul_(1.1)
    with pytest.raises(DataError, match="made for other weights, not for this sana"):
        found.check(sana)


def _cut(folder: Path) -> None:
    file = folder / "000000.safetensors"
    file.write_bytes(file.read_bytes()[:-8])


def _swap(folder: Path) -> None:
    shutil.copy(folder / "000001.safetensors", folder / "000000.safetensors")


def _foreign(folder: Path) -> None:
    file = folder / "000000.safetensors"
    with safe_open(file, "pt") as opened:
        maker = opened.metadata()["maker"]
    content = file.read_bytes()
    entrance = json.loads(maker)["entrance"].encode()
    assert entrance in content
    file.write_bytes(content.replace(entrance, b"0" * 64))


def _outside(folder: Path) -> None:
    index = folder / "index.json"
    index.write_text(index.read_text().replace("000000.safetensors", "../000000.safetensors"))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: (folder / "000000.safetensors").unlink(), r"000000\.safetensors: is missing"),
        (_cut, r"000000\.safetensors: is damaged or cut off"),
        (_swap, r"000000\.safetensors: holds other states than index\.json says"),
        (_foreign, r"000000\.safetensors: is by another text encoder than index\.json says"),
        (_outside, r"is no index of text states \(shards\.0\.name"),
        (lambda folder: (folder / "index.json").unlink(), r"holds no index\.json"),
        (lambda folder: (folder / "index.json").write_text("{}"), r"is no index of text states \(kind"),
    ],
)
def test_what_is_not_whole_is_refused(
    encoder: TextEncoder, tmp_path: Path, damage: Callable[[Path], None], says: str
) -> None:
    make_states(tmp_path / "states", encoder, CAPTIONS, shard_bytes=SMALL)
    damage(tmp_path / "states")
    with pytest.raises(DataError, match=says) as error:
        StateFiles(tmp_path / "states")
    assert "\n" not in str(error.value)


def test_a_caption_is_found_by_its_words_alone(encoder: TextEncoder, tmp_path: Path) -> None:
    found = make_states(tmp_path / "states", encoder, ["Draw red.", "draw red."])
    assert len(found) == 3  # the pipeline writes them small, and the data does not
    assert key_of("Draw red.") != key_of("draw red.")
    torch.testing.assert_close(found["Draw red."].states, found["draw red."].states)
