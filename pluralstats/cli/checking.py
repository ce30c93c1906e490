"""The command ``pluralstats check FILE``."""

from pathlib import Path
from typing import Annotated

import typer

import pluralstats as ps
from pluralstats.cli.exits import clean_exits
from pluralstats.cli.flags import check_options
from pluralstats.cli.printing import print_problems, print_table
from pluralstats.errors import DataError, problems_error


def check(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, Feather, JSON lines, SPSS, Stata or Excel.")],
    study: Annotated[Path | None, typer.Option(help=r"Study file whose \[data] section describes FILE.")] = None,
    scale: Annotated[
        str, typer.Option(help="1,5 for 1 to 5; or the labels in order, no,maybe,yes; or continuous.")
    ] = "",
    demographics: Annotated[str, typer.Option(help="Columns with facts about raters: gender,age.")] = "",
    columns: Annotated[str, typer.Option(help="Columns to rename: worker_id=rater,text_id=item.")] = "",
    dimensions: Annotated[str, typer.Option(help="Columns that each hold one rating: toxicity,helpfulness.")] = "",
) -> None:
    """Say what is in FILE and everything that is wrong with it. Exit code 1 when something is."""
    with clean_exits():
        found = ps.check(file, **check_options(study, scale, demographics, columns, dimensions))
        if not len(found.summary):  # the file could not even be read
            raise problems_error(DataError, found.problems)
        print_table(found.summary)
        for guess in found.guesses:
            typer.echo(guess)
        print_problems(found.problems)
    raise typer.Exit(1 if found.problems else 0)
