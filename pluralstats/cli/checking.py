"""The command ``pluralstats check FILE``."""

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

import pluralstats as ps
from pluralstats.cli.exits import in_command_words, say
from pluralstats.cli.flags import describing_files
from pluralstats.cli.printing import print_problems, print_table
from pluralstats.errors import DataError, problems_error

if TYPE_CHECKING:
    import pandas as pd

    from pluralstats.data.checking.whole import Check


@describing_files
def check(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, Feather, JSON lines, SPSS, Stata or Excel.")],
    study: Annotated[Path | None, typer.Option(help=r"Study file whose \[data] section describes FILE.")] = None,
    *,
    given: dict[str, Any],
) -> None:
    """Say what is in FILE, how it will be read, and everything that is wrong with it. Exit code 1 when something is."""
    options = {**({} if study is None else ps.StudyConfig.read(study).ratings_options()), **given}
    found = ps.check(file, **options)
    problems = found.problems
    likely = ""
    if not len(found.summary):  # it cannot be read as it stands
        found, options, likely = _as_proposed(file, problems, options)
    print_problems(tuple(dict.fromkeys((*problems, *found.problems))))
    if likely:
        say(likely)
    whole, demographics = _parts(found.summary)
    print_table(whole)
    print_table(found.numbers, "{:,.4g}")
    print_table(found.missing[found.missing["column"] != "item"])
    _print_reading(file, found, options)
    print_table(demographics)
    raise typer.Exit(1 if problems else 0)


def _parts(summary: "pd.DataFrame") -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Everything, answers, dimensions; and demographics, which may have hundreds of levels, the shortest first."""
    is_whole = summary["column"].isin(["all", "rating", "dimension"])
    people = summary[~is_whole]
    sizes = people.groupby("column", sort=False)["level"].transform("size")
    return summary[is_whole], people.loc[sizes.sort_values(kind="stable").index]


def _as_proposed(file: Path, problems: tuple[str, ...], options: dict[str, Any]) -> tuple["Check", dict[str, Any], str]:
    """What is found when the file is read as ``init`` would, and how; the problems as an error where it cannot be."""
    # what is behind it loads numpy, and the help of the program stays quick without
    from pluralstats.study.drafts.reading import proposed

    likely = proposed(file, options)
    if likely is None:
        raise problems_error(DataError, problems)
    said = f"It cannot be read as it stands. With {likely.flags}, to be confirmed, this is in it:"
    return likely.check, dict(likely.options), said


def _print_reading(file: Path, found: "Check", options: Mapping[str, Any]) -> None:
    """What was assumed, the shape, the first rows, and the call and the study file that read them so."""
    # as above
    from pluralstats.study.drafts.reading import reading

    how = reading(file, found, options)
    for sentence in how.said:
        say(in_command_words(sentence))
    say(f"Read as {how.title} (--format {found.shape}). The first rows as they will be used:")
    print_table(found.rows)
    say(f"In Python:\n\n{how.python}\n")
    say(f"In a study file, which `pluralstats init {quote(str(file))}` writes with reasons:\n\n{how.study}\n")
