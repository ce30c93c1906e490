"""The command line: ``pluralstats check FILE``, ``study [study.toml]``, ``labels RESULTS``, ``pairs RESULTS``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

import pluralstats as ps
from pluralstats import label_commands, pair_commands
from pluralstats.command_exits import clean_exits, plain_warnings, say, told_steps
from pluralstats.errors import ConfigError, DataError, problems_error
from pluralstats.storage.shown_text import visible

if TYPE_CHECKING:
    import pandas as pd

PIPE_WIDTH = 120  # characters of a table that is not printed on a terminal
MINIMAL_STUDY = """\
[data]
scale = [1, 5]
demographics = ["gender", "age"]
"""

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
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Rater models for people who disagree: which groups differ, by how much, and how sure one may be."""


@app.command()
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
            say(guess)
        print_problems(found.problems)
    raise typer.Exit(1 if found.problems else 0)


@app.command("study")
def run(
    study: Annotated[
        Path | None, typer.Argument(help="Study file (TOML). Without one the built-in simulated study runs.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="File with the ratings, instead of the study's own.")] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the results; replaced as a whole, unless files of yours are in it.")
    ] = Path("results"),
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the study's seed.")] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="hmc (exact posterior, the default), nuts or pymc (the same, slower), laplace (maximum likelihood); "
            "instead of the study's method."
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps every fit for later studies. Without it fits are kept in .NAME.fits beside OUT "
            "until the study is finished, so that a study that was stopped goes on from there."
        ),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep no fits but those in OUT.")] = False,
) -> None:
    """The whole study: check, fits, effects, disagreement, trust, tables, figures and report.html."""
    with clean_exits():
        if study is None and data is not None:
            raise ConfigError(
                "Ratings of your own need a study file that describes them: pluralstats study study.toml --data "
                f"{data}. The shortest one is:\n{MINIMAL_STUDY}"
            )
        config = ps.StudyConfig.builtin() if study is None else ps.StudyConfig.read(study)
        if cache is not None and no_cache:
            raise ConfigError("--cache and --no-cache exclude each other. Leave one of them out.")
        kept = not no_cache if cache is None else cache
        with told_steps(), plain_warnings():
            result = ps.run_study(config, data, out, seed=seed, method=method, cache=kept)
        if result.n_read:
            where = cache if cache is not None else "a study that was stopped"
            say(f"{result.n_read} of {len(result.fits)} fits were read from {where}, not made again.", err=True)
        for finding in result.findings:
            say(f"- {finding.text}")
        say(f"Report: {result.folder / 'report.html'}")


app.command("labels")(label_commands.labels)
app.command("pairs")(pair_commands.pairs)


def check_options(study: Path | None, scale: str, demographics: str, columns: str, dimensions: str) -> dict[str, Any]:
    """The options of ``ps.check`` from the command line, which wins over the study file."""
    found = {} if study is None else ps.StudyConfig.read(study).ratings_options()
    if scale:
        found["scale"] = parse_scale(scale)
    if demographics:
        found["demographics"] = parts(demographics)
    if columns:
        found["columns"] = parse_pairs(columns)
    if dimensions:
        found["dimensions"] = parts(dimensions)
    return found


def parse_scale(text: str) -> Any:
    """A scale as written on the command line, in one of the forms that ``ps.Ratings`` knows.

    >>> parse_scale("1,5"), parse_scale("no,maybe,yes"), parse_scale("continuous"), parse_scale("continuous,0,100")
    ([1, 5], ['no', 'maybe', 'yes'], 'continuous', ['continuous', 0.0, 100.0])
    """
    words = parts(text)
    if words == ["continuous"]:
        return "continuous"
    if words[:1] == ["continuous"] and len(words) == 3:
        return ["continuous", *(float(word) for word in words[1:])]
    for number in (int, float):
        try:
            return [number(word) for word in words]
        except ValueError:
            continue
    return words


def parse_pairs(text: str) -> dict[str, str]:
    """Renamed columns as written on the command line.

    >>> parse_pairs("worker_id=rater, text_id=item")
    {'worker_id': 'rater', 'text_id': 'item'}
    """
    pairs = {}
    for part in parts(text):
        old, sign, new = (word.strip() for word in part.partition("="))
        if not (old and sign and new):
            raise ConfigError(f"--columns should be old=new pairs such as worker_id=rater, but has '{part}'.")
        pairs[old] = new
    return pairs


def parts(text: str) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def print_table(frame: "pd.DataFrame") -> None:
    """A data frame as a table on the standard output."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in frame.columns:
        numeric = frame[name].dtype.kind in "iuf"
        table.add_column(visible(str(name)), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(cell_text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False, highlight=False).print(table)


def cell_text(value: object) -> str:
    """A cell as people write it: whole numbers with commas, others with one decimal.

    >>> cell_text(12088), cell_text(33.333), cell_text("male")
    ('12,088', '33.3', 'male')
    """
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else visible(str(value))


def print_problems(problems: tuple[str, ...]) -> None:
    """Every problem on a line of its own."""
    if not problems:
        say("No problems were found.")
        return
    say(f"{len(problems)} {'problem was' if len(problems) == 1 else 'problems were'} found:")
    for problem in problems:
        say(f"- {problem}")


if __name__ == "__main__":
    main()
