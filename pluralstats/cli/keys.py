"""The command ``pluralstats keys``: every key of a study file."""

from enum import StrEnum
from typing import Annotated

import typer

from pluralstats.cli.exits import clean_exits
from pluralstats.cli.printing import print_texts


class Form(StrEnum):
    """How the keys are printed."""

    table = "table"
    markdown = "markdown"


def keys(
    section: Annotated[str, typer.Argument(help="Keys of this section only, such as data.")] = "",
    form: Annotated[Form, typer.Option("--format", help="A table for the terminal, or Markdown.")] = Form.table,
) -> None:
    """Every key of a study file: what it may be, its default, what it means."""
    with clean_exits():
        # settings take their defaults from the functions they are for, which loads these and numpy
        from pluralstats.study.configuration.reference import as_markdown, keys_of

        found = keys_of(section)
        if form is Form.markdown:
            typer.echo(as_markdown(found))
        else:
            print_texts(["key", "what it may be", "default", "meaning"], [list(key) for key in found])
