"""All verbs together."""

from typing import Annotated

import typer

from mini4o.cli import data, demo, digits, evaluate, export, info, merge, talk, train
from mini4o.cli.common import Verbs, show_logs

app = typer.Typer(
    cls=Verbs,
    help="One conversation of text and pictures in, one out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from mini4o import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say on stderr what is being done.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options that stand before the verb."""
    show_logs(verbose)


VERBS = (
    *(demo.demo, talk.ask, talk.draw, talk.edit, talk.chat, talk.run),
    *(digits.digits, train.train, info.info, export.export, merge.merge),
)
for verb in VERBS:
    app.command()(verb)
app.add_typer(data.app, name="data", help="Look at data, convert it, make the digits.")
app.add_typer(evaluate.app, name="eval", help="Measure a model, or the judge.")
