"""What the documents show runs as it stands: Python blocks as programs, lines that start with `mini4o` as commands."""

import io
import re
import shlex
import shutil
import sys
from pathlib import Path

import PIL.Image
import pytest
import yaml

from mini4o.cli import main
from mini4o.training.recipe import StageSpec

ROOT = Path(__file__).resolve().parents[1]
READMES = ["README.md", "README.zh.md"]


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.M | re.S)


def commands(name: str) -> list[str]:
    return re.findall(r"^    (mini4o .*)$", (ROOT / name).read_text("utf-8"), re.M)


@pytest.fixture
def place(tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the READMEs expect it: pictures with captions; a tiny model stands for the one of the package."""
    shutil.copytree(tiny_folder, tmp_path / "weights" / "nano")
    monkeypatch.setattr("mini4o.pretrained.shipped.WEIGHTS", tmp_path / "weights")
    own = tmp_path / "my_pictures"
    own.mkdir()
    PIL.Image.new("RGB", (64, 64), "red").save(own / "cat.png")
    (own / "cat.txt").write_text("A red cat.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", READMES)
def test_python_of_the_readme_runs(name: str, place: Path) -> None:
    found = blocks(name, "python")
    assert found
    exec(compile("\n".join(found), name, "exec"), {})


@pytest.mark.parametrize(("name", "least"), [("README.md", 8), ("docs/storybook.md", 2)])
def test_commands_run(name: str, least: int, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = commands(name)
    assert len(found) >= least
    for line in found:
        words = shlex.split(line, comments=True)
        if words[1] == "train" and "--dry-run" not in words:
            words[words.index("--minutes") : words.index("--minutes") + 2] = ["--steps", "3"]
            words += [word for stage in range(3) for word in ("--set", f"stages.{stage}.batch=2")]
        if "--count" in words:
            words[words.index("--count") + 1] = "2"
        monkeypatch.setattr(sys, "argv", words)
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code, line


@pytest.mark.parametrize(("name", "least"), [("docs/data.md", 5), ("docs/storybook.md", 4)])
def test_python_of_a_page_runs(name: str, least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks(name, "python")
    assert len(found) >= least
    exec(compile("\n".join(found), name, "exec"), {})


def test_the_adapter_of_a_finished_model_is_trained_and_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, recipe = blocks("docs/adapters.md", "yaml")
    (place / "foxes.yaml").write_text(recipe, encoding="utf-8")
    [lines] = blocks("docs/adapters.md", "sh")
    for line in lines.splitlines():
        words = shlex.split(line)
        if words[1] == "train":
            words[words.index("--minutes") : words.index("--minutes") + 2] = [
                "--steps",
                "2",
                "--set",
                "stages.0.batch=2",
            ]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code, line
    assert (place / "cat.png").is_file() and (place / "merged" / "mini4o.json").is_file()


def test_the_stages_of_the_training_page_are_valid() -> None:
    found = [StageSpec.model_validate(yaml.safe_load(text)[0]) for text in blocks("docs/training.md", "yaml")]
    assert [stage.name for stage in found] == ["connect", "warm"]


def test_readmes_are_twins() -> None:
    english, chinese = (blocks(name, "python") for name in READMES)
    code = [
        [line.split("#")[0].rstrip() for block in found for line in block.splitlines()] for found in (english, chinese)
    ]
    assert code[0] == code[1]
    lines = [[line.split("#")[0].strip() for line in commands(name)] for name in READMES]
    assert lines[0] == lines[1]


def test_defects_name_tests_that_there_are() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "defects.md").read_text("utf-8"))
    assert len(named) > 50
    gone = [f"{file}::{test}" for file, test in named if f"\ndef {test}(" not in code_of(ROOT / "tests" / file)]
    assert not gone


def code_of(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


@pytest.mark.parametrize("path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("gpu/*.md")], ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    """To files of the repository, and to headings in them."""
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S))
    for link in links:
        if re.match(r"\w+:", link):
            continue
        file, _, heading = link.partition("#")
        place = (path.parent / file).resolve() if file else path
        assert place.exists(), link
        if heading and place.suffix == ".md":
            heads = re.findall(r"^#+ (.*)$", place.read_text("utf-8"), re.M)
            anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert heading in anchors, link
