"""Licences as repositories report them: what is on this machine goes before what the package knows."""

from pathlib import Path

import pytest

from mini4o.model.spec import ModelSpec
from mini4o.pretrained.licences import REPORTED, licence, licences
from mini4o.pretrained.model import Model


@pytest.mark.parametrize(
    ("card", "found"),
    [
        ("---\nlicense: apache-2.0\n---\n# A model", "apache-2.0, as its README.md reports"),
        ("---\nlicense: other\nlicense_name: qwen-research\n---\n", "qwen-research, as its README.md reports"),
        ("---\nlicense: other\n---\n", "other, as its README.md reports"),
        ("---\ntags: [a]\n---\n", "not known"),
        ("---\n: [\n---\n", "not known"),
        ("# No front matter", "not known"),
        (None, "not known"),
    ],
)
def test_the_card_of_a_folder_says_it(card: str | None, found: str, tmp_path: Path) -> None:
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    assert licence(str(tmp_path)) == found


def test_a_repository_is_asked_in_the_cache_and_then_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Qwen/Qwen2.5-VL-3B-Instruct"
    assert "research" in REPORTED[name]
    assert licence(name) == f"{REPORTED[name]}, assumed; see what {name} reports"
    for nobody in ("nobody/nothing", "./gone", "~/gone", "../gone", "gone/with blanks", "/gone"):
        assert licence(nobody) == "not known"
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    asked = []

    def cached(repository: str, file: str, revision: str | None) -> str:
        asked.append((repository, file, revision))
        return str(tmp_path / file)

    monkeypatch.setattr("mini4o.pretrained.licences.try_to_load_from_cache", cached)
    assert licence(name, "abc") == f"mit, as {name} reports"
    assert asked == [(name, "README.md", "abc")]


def test_of_each_part(tiny_model: Model) -> None:
    assert licences(tiny_model.spec) == {"backbone": "from random weights", "dit": "from random weights"}
    sana = {"pretrained": "Efficient-Large-Model/Sana_600M_512px_diffusers"}
    changes = {"backbone": {"pretrained": "some/one"}, "dit": sana, "codec": sana, "flow": {}, "sizes": [(512, 512)]}
    spec = ModelSpec.model_validate(tiny_model.spec.model_dump() | changes)
    reported = f"NSCL v2-custom (NVIDIA), assumed; see what {sana['pretrained']} reports"
    assert licences(spec) == {"backbone": "not known; that of some/one", "dit": reported, "codec": reported}


def test_of_a_folder_no_more_than_its_name_is_said(tiny_model: Model, tmp_path: Path) -> None:
    (tmp_path / "qwen").mkdir()
    spec = tiny_model.spec.model_dump() | {"backbone": {"pretrained": str(tmp_path / "qwen")}}
    assert licences(ModelSpec.model_validate(spec))["backbone"] == "not known; that of qwen"
