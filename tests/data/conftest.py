"""A storybook that several modules read, as a stream and as shards."""

from pathlib import Path

import pytest

from mini4o.data.storybook import Storybook
from mini4o.data.storybook_files import make_storybook


@pytest.fixture(scope="session")
def story() -> Storybook:
    return Storybook({"caption_short": 1, "edit_recolour": 1, "smalltalk": 1}, 14, seed=2)


@pytest.fixture(scope="session")
def made(story: Storybook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story in shards of 4; leave the files as they are."""
    folder = tmp_path_factory.mktemp("made") / "story"
    make_storybook(story, folder, per_shard=4)
    return folder
