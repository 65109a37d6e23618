"""What holds for the package as a whole: its metadata, its size, what it requires, who imports whom."""

import ast
import importlib.metadata
import importlib.resources
import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import mini4o

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "mini4o"

# Who may import whom, of the files and folders directly under src/mini4o. `errors` and `chance` are open to all;
# "" is mini4o/__init__.py, the public names, which only the command line takes from.
FOUNDATION = {"errors", "chance"}
MAY_IMPORT: dict[str, set[str]] = {name: set() for name in FOUNDATION}
MAY_IMPORT["conversation"] = {"formats"}  # one level, no circle: formats imports only its parts
MAY_IMPORT["formats"] = {"conversation"}
MAY_IMPORT["model"] = {"formats", "conversation"}
MAY_IMPORT["pretrained"] = MAY_IMPORT["model"] | {"model"}
MAY_IMPORT["generation"] = MAY_IMPORT["pretrained"] | {"pretrained"}
MAY_IMPORT["mini4o"] = MAY_IMPORT["generation"] | {"generation"}
MAY_IMPORT["storybook"] = {"formats", "conversation"}
MAY_IMPORT["data"] = {"formats", "conversation", "storybook"}
MAY_IMPORT["evaluation"] = MAY_IMPORT["mini4o"] | {"mini4o"} | MAY_IMPORT["data"] | {"data"}
MAY_IMPORT["training"] = MAY_IMPORT["evaluation"] | {"evaluation"}
MAY_IMPORT["serving"] = MAY_IMPORT["mini4o"] | {"mini4o"}
MAY_IMPORT["cli"] = MAY_IMPORT["training"] | {"training", "serving", ""}
MAY_IMPORT["__main__"] = {"cli"}
MAY_IMPORT[""] = MAY_IMPORT["mini4o"] | {"mini4o"}


def module_files() -> dict[str, Path]:
    """Every module of the package under its dotted name."""
    modules = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        steps = path.relative_to(PACKAGE.parent).with_suffix("").parts
        modules[".".join(steps[:-1] if steps[-1] == "__init__" else steps)] = path
    return modules


def imports_of(module: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of this package that one file imports, anywhere in it: in a function and for type checking too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:  # relative: counted from the folder the module is in
                steps = module.split(".") + ([""] if path.name == "__init__.py" else [])
                base = ".".join([*steps[: len(steps) - node.level], *([base] if base else [])])
            for alias in node.names:  # `from folder import name`: the module `folder.name` if there is one
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in modules else base)
    return {name for name in found if name.split(".")[0] == "mini4o"} - {module}


def top(module: str) -> str:
    """`mini4o.model.flow` → `model`; the package itself → the empty string."""
    return module.split(".")[1] if "." in module else ""


def wrong_way(graph: dict[str, set[str]]) -> list[str]:
    """The imports that go against the order of the folders."""
    return [
        f"{module} imports {imported}"
        for module, found in graph.items()
        for imported in sorted(found)
        if top(imported) != top(module) and top(imported) not in MAY_IMPORT[top(module)] | (FOUNDATION - {top(module)})
    ]


def import_graph() -> dict[str, set[str]]:
    modules = module_files()
    return {module: imports_of(module, path, modules) for module, path in modules.items()}


def calls(path: Path) -> Iterator[str]:
    """What a file calls or raises, by dotted name with its line: `sys.exit:12`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield f"{ast.unparse(node.func)}:{node.lineno}"
        elif isinstance(node, ast.Raise) and node.exc is not None:
            yield f"{ast.unparse(node.exc)}:{node.lineno}"


def shipped_files() -> list[Path]:
    """What git tracks; in a copy without git, what stands in the project's own folders."""
    if (ROOT / ".git").exists():
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        paths = [ROOT / os.fsdecode(name) for name in names.split(b"\0") if name]
    else:
        paths = [p for p in ROOT.glob("*") if p.is_file()]
        paths += [p for folder in ("src", "tests", "docs", "benchmarks") for p in (ROOT / folder).rglob("*")]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def test_version_agrees_with_metadata() -> None:
    assert mini4o.__version__ == importlib.metadata.version("mini4o")


def test_types_and_recipes_are_shipped() -> None:
    shipped = importlib.resources.files("mini4o")
    assert (shipped / "py.typed").is_file()
    assert any(entry.name.endswith(".yaml") for entry in (shipped / "recipes").iterdir())


def test_help_within_half_a_second() -> None:
    """Of processor time: on a machine that does something else too, the clock says more of that than of us."""
    command = Path(sysconfig.get_path("scripts")) / "mini4o"
    seconds = []
    for _ in range(3):
        before = os.times()
        done = subprocess.run([command, "--help"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        after = os.times()
        seconds.append(sum(after[2:4]) - sum(before[2:4]))  # user and system time of children
        assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    assert min(seconds) <= 0.5, f"mini4o --help took {min(seconds):.2f} s: which module is imported too early?"


def test_imports_run_one_way() -> None:
    graph = import_graph()
    assert {top(module) for module in graph} <= set(MAY_IMPORT), "a new folder: give it its place in MAY_IMPORT"
    assert not wrong_way(graph)


def test_no_circles() -> None:
    try:
        TopologicalSorter(import_graph()).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_the_order_is_really_read(tmp_path: Path) -> None:
    """The checks above see every form of import: in a function, relative, for type checking, of a module as a name."""
    source = tmp_path / "x.py"
    source.write_text(
        "import mini4o.cli\nfrom mini4o import chance\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from mini4o.training.losses import total\n"
        "def f():\n    from ..generation import engine\n    from .flow import velocity\n"
    )
    modules = {"mini4o": source, "mini4o.chance": source, "mini4o.generation.engine": source}
    found = imports_of("mini4o.model.x", source, modules)
    assert found == {
        "mini4o.cli",
        "mini4o.chance",
        "mini4o.training.losses",
        "mini4o.generation.engine",
        "mini4o.model.flow",
    }
    refused = {line.rpartition(" ")[2] for line in wrong_way({"mini4o.model.x": found})}
    assert refused == found - {"mini4o.chance", "mini4o.model.flow"}


def test_no_module_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "src").rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_folders_have_something_in_them() -> None:
    folders = [path for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert folders
    empty = [f.name for f in folders if not any(p.stat().st_size for p in f.rglob("*") if p.suffix != ".pyc")]
    assert not empty


def test_library_neither_prints_nor_exits() -> None:
    told = [
        f"{path.relative_to(ROOT)}: {call}"
        for module, path in module_files().items()
        if top(module) not in {"cli", "__main__"}
        for call in calls(path)
        if call.split(":")[0].split("(")[0]
        in {"print", "sys.exit", "os._exit", "exit", "quit", "SystemExit", "breakpoint", "set_trace"}
    ]
    assert not told


def test_tracked_files_stay_under_40_mb() -> None:
    sizes = {path: path.stat().st_size for path in shipped_files()}
    assert sizes
    assert sum(sizes.values()) < 40e6, sorted(sizes, key=lambda path: -sizes[path])[:5]


def test_nothing_a_machine_made_is_tracked() -> None:
    made = re.compile(r"(\.pyc|\.pyo|\.DS_Store|(^|/)\.env|\.log|\.pt|\.pth|\.bin|\.ckpt)$")
    assert made.search("a/.env") and made.search("x.pyc") and not made.search("a/environment.md")
    found = [str(path.relative_to(ROOT)) for path in shipped_files() if made.search(str(path.relative_to(ROOT)))]
    assert not found


def test_no_path_of_a_machine_is_written_down() -> None:
    path = re.compile(r"""["' ]/(home|mnt|root|Users|fsx|scratch|cluster|nfs|work|data)/\w""")
    assert path.search("data: /mnt/x") and not path.search("https://a.b/data/c")
    files = [
        each for each in shipped_files() if each.suffix in {".py", ".yaml", ".toml", ".sh"} or each.name == "Makefile"
    ]
    files = [each for each in files if each.relative_to(ROOT).parts[0] != "tests"]
    assert len(files) > 100
    found = [f"{each}: {line}" for each in files for line in each.read_text("utf-8").splitlines() if path.search(line)]
    assert not found


def test_nothing_requires_torchvision() -> None:
    """Walks all that an install with every extra brings in; what is required must be there to be asked in turn."""
    extras = importlib.metadata.metadata("mini4o").get_all("Provides-Extra") or []
    waiting = [("mini4o", extra) for extra in ["", *extras]]
    seen: dict[tuple[str, str], str] = {item: "" for item in waiting}
    while waiting:
        name, extra = waiting.pop()
        for line in importlib.metadata.requires(name) or []:
            wanted = Requirement(line)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
                continue
            for item in [(wanted.name.lower(), inner) for inner in ["", *sorted(wanted.extras)]]:
                if item not in seen:
                    seen[item] = name
                    waiting.append(item)
    names = {name: by for (name, _), by in seen.items()}
    assert {"torch", "transformers", "diffusers"} <= set(names)
    assert "torchvision" not in names, f"{names['torchvision']} requires it"
