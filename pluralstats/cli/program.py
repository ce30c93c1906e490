"""The program ``pluralstats``: its commands, one line each."""

from typing import Annotated

import typer

import pluralstats as ps
from pluralstats.cli import checking, init, keys, labels, pairs, study
from pluralstats.cli.exits import remember_flags

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point of the ``pluralstats`` command."""
    app()


def print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(ps.__version__)
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Rater models for people who disagree: which groups differ, by how much, and how sure one may be."""
    remember_flags(context)


app.command("check")(checking.check)
app.command("init")(init.init)
app.command("study")(study.study)
app.command("keys")(keys.keys)
app.command("labels")(labels.labels)
app.command("pairs")(pairs.pairs)
