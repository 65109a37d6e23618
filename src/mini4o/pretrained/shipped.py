"""The models that come with the package, by name."""

from pathlib import Path

from mini4o.errors import CheckpointError

DEFAULT = "nano"
NAMES = (DEFAULT,)
WEIGHTS = Path(__file__).parents[1] / "weights"


def find(name: str | Path) -> Path:
    """The folder of a model.

    Args:
        name: a name of `NAMES` as a string, which means the model of the package wherever one stands, or a folder. A
            folder that has such a name is given as a path: `"./nano"` or `Path("nano")`.

    Raises:
        CheckpointError: a model of the package whose weights are not there, as in a source checkout without them.
    """
    if name not in NAMES:
        return Path(name)
    folder = WEIGHTS / name
    if not folder.is_dir():
        raise CheckpointError(
            f"{name}: its weights did not come with this copy of mini4o ({folder} is not there); name the folder of "
            "another model: `mini4o digits` makes one in 6 minutes"
        )
    return folder
