"""The models that come with the package."""

import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest

from mini4o import Mini4o
from mini4o.errors import CheckpointError
from mini4o.pretrained import shipped

NANO = shipped.WEIGHTS / "nano"
BUILT_IN = pytest.mark.skipif(not NANO.is_dir(), reason="the weights of nano are not in this checkout")
LARGEST = 24_000_000  # bytes of the folder
SLOWEST = 2.0  # seconds of processor time that loading may take

LOAD = """
import time
from mini4o import Mini4o
start = time.process_time()
Mini4o.from_pretrained("nano")
print(time.process_time() - start)
"""


def test_a_name_is_the_package_and_a_path_is_a_folder(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path / "weights")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "nano").symlink_to(tiny_folder)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nano").mkdir()
    assert shipped.find("nano") == tmp_path / "weights" / "nano"
    for name in ("./nano", "nano/", Path("nano")):
        assert shipped.find(name) == Path("nano"), name
        with pytest.raises(CheckpointError, match="not a mini4o model"):
            Mini4o.from_pretrained(name)
    assert Mini4o.from_pretrained("nano").model.spec.sizes[0] == (32, 32)


def test_weights_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path / "weights")
    with pytest.raises(CheckpointError) as caught:
        Mini4o.from_pretrained("nano")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("nano: its weights did not come with this copy of mini4o")
    with pytest.raises(CheckpointError, match=r"nanno: there is no such model folder; .*'nano'"):
        Mini4o.from_pretrained("nanno")


@BUILT_IN
def test_nano_answers_draws_and_edits() -> None:
    nano = Mini4o.from_pretrained("nano")
    page = nano.draw("Draw an orange cat.", size=(80, 48))
    assert page.size == (80, 48)
    assert nano.ask(page, "Is there a cat?")
    [edited] = nano.edit(page, "把猫变成白色。")
    assert edited.size == page.size and edited.tobytes() != page.tobytes()
    assert isinstance(edited, PIL.Image.Image)


@BUILT_IN
def test_nano_is_small_and_loads_quickly() -> None:
    assert sum(path.stat().st_size for path in NANO.rglob("*") if path.is_file()) <= LARGEST
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < SLOWEST  # of processor time: what else the machine does is not ours


@BUILT_IN
def test_the_card_of_nano_says_what_it_must() -> None:
    card = (NANO / "README.md").read_text("utf-8").lower()
    for word in ("storybook", "mini4o train nano", "cannot"):
        assert word in card, word
