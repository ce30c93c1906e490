"""The command ``pluralstats study [study.toml]``."""

from pathlib import Path
from typing import Annotated

import typer

import pluralstats as ps
from pluralstats.cli.exits import clean_exits, plain_warnings
from pluralstats.errors import ConfigError

MINIMAL_STUDY = """\
[data]
scale = [1, 5]
demographics = ["gender", "age"]
"""


def study(
    file: Annotated[
        Path | None, typer.Argument(help="Study file (TOML). Without one the built-in simulated study runs.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="File with the ratings, instead of the study's own.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the results; it is replaced as a whole.")] = Path("results"),
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
        if file is None and data is not None:
            raise ConfigError(
                "Ratings of your own need a study file that describes them: pluralstats study study.toml --data "
                f"{data}. The shortest one is:\n{MINIMAL_STUDY}"
            )
        config = ps.StudyConfig.builtin() if file is None else ps.StudyConfig.read(file)
        if cache is not None and no_cache:
            raise ConfigError("--cache and --no-cache exclude each other. Leave one of them out.")
        kept = not no_cache if cache is None else cache
        with plain_warnings():
            result = ps.run_study(config, data, out, seed=seed, method=method, cache=kept)
        if result.n_read:
            where = cache if cache is not None else "a study that was stopped"
            typer.echo(f"{result.n_read} of {len(result.fits)} fits were read from {where}, not made again.", err=True)
        for finding in result.findings:
            typer.echo(f"- {finding.text}")
        typer.echo(f"Report: {result.folder / 'report.html'}")
