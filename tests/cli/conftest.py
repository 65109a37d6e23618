"""The command line run in this process, as the `mini4o` command runs it."""

import io
import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from mini4o.cli import main
from mini4o.data.digits_files import make_digits


@dataclass
class Result:
    """How one call ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Result]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs `mini4o` with words; `stdin` is what is piped in."""

    def call(*words: object, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "argv", ["mini4o", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Result(int(end.value.code or 0), out, err)

    return call


@pytest.fixture
def refused(cli: Cli) -> Callable[..., str]:
    """Runs `mini4o` with words that it must refuse: exit 1, one line on stderr, nothing on stdout."""

    def call(*words: object, stdin: str = "") -> str:
        result = cli(*words, stdin=stdin)
        assert result.code == 1, result
        assert result.out == ""
        assert result.err.startswith("error: "), result.err
        assert result.err.count("\n") == 1, result.err
        return result.err

    return call


@pytest.fixture
def scan(tmp_path: Path, picture: Callable[..., PIL.Image.Image]) -> Path:
    """A picture in a file."""
    path = tmp_path / "scan.png"
    picture(7).save(path)
    return path


@contextmanager
def _files_up_to(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:  # at once: the test runner's own output may go to a larger file
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def small_files() -> Callable[[int], AbstractContextManager[None]]:
    """Within it a file larger than so many bytes is an error, as on a full disk."""
    return _files_up_to


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handwritten digits, each training scan in one version; leave the files as they are."""
    folder = tmp_path_factory.mktemp("data") / "digits"
    make_digits(folder, variants=1)
    return folder
