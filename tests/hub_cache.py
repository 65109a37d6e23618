"""The Hub library's own cache, as fetching repositories leaves it."""

import shutil
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def fetched(cache: Path, folder: Path, name: str) -> Path:
    """Put a folder into a cache as the repository `owner/NAME` at `COMMIT`, which is its branch `main`; returns the
    snapshot."""
    repository = cache / f"models--owner--{name}"
    snapshot = Path(shutil.copytree(folder, repository / "snapshots" / COMMIT))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return snapshot
