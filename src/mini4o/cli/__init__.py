"""The command line: one file per group of verbs. Nothing heavy is imported before a verb needs it."""


def main() -> None:
    """Entry point of the `mini4o` command."""
    from mini4o.cli.app import app

    app(prog_name="mini4o")
