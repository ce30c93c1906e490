"""The command ``pluralstats study [study.toml | FILE]``."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import pluralstats as ps
from pluralstats.cli.exits import plain_warnings, say, told_steps
from pluralstats.cli.flags import describing_files
from pluralstats.errors import ConfigError

if TYPE_CHECKING:
    from pluralstats.study.configuration.config import StudyConfig


@describing_files
def study(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Study file (.toml); or a file of ratings, which runs as `pluralstats init` would describe it. "
            "Without either the built-in simulated study runs."
        ),
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
    cluster: Annotated[
        str,
        typer.Option(
            help="Fit models and make tables on a Dask cluster, at the address that its scheduler prints "
            "(tcp://10.0.0.1:8786), or on Ray (ray:auto, ray://10.0.0.1:10001). The numbers are the same."
        ),
    ] = "",
    *,
    given: dict[str, Any],
) -> None:
    """The whole study: check, fits, effects, disagreement, trust, tables, figures and report.html."""
    config, data = _config(file, data, given, out)
    if cache is not None and no_cache:
        raise ConfigError("--cache and --no-cache exclude each other. Leave one of them out.")
    kept = not no_cache if cache is None else cache
    with told_steps(), plain_warnings(), ps.on_cluster(cluster) if cluster else nullcontext():
        result = ps.run_study(config, data, out, seed=seed, method=method, cache=kept)
    if result.n_read:
        where = cache if cache is not None else "a study that was stopped"
        say(f"{result.n_read} of {len(result.fitted)} fits were read from {where}, not made again.", err=True)
    for finding in result.findings:
        say(f"- {finding.text}")
        for line in finding.lines:
            say(f"  {line}")
    say(f"Report: {result.folder / 'report.html'}")


def _config(
    file: Path | None, data: Path | None, given: dict[str, Any], out: Path
) -> tuple["StudyConfig", Path | None]:
    """The study to run, and the ratings where they are not the study's own."""
    if file is not None and file.suffix.casefold() != ".toml":
        if data is not None:
            raise ConfigError(
                f"{file} is no study file (.toml), so it is taken for ratings, and --data is too. Give one."
            )
        file, data = None, file
    if file is None and data is not None:
        return _drafted(data, given, out), None
    if given:
        flags = ", ".join(f"--{name}" for name in given)
        raise ConfigError(f"{flags} describe a file of ratings. Write them under [data] of the study file instead.")
    return (ps.StudyConfig.builtin() if file is None else ps.StudyConfig.read(file)), data


def _drafted(data: Path, given: dict[str, Any], out: Path) -> "StudyConfig":
    """The study of a file of ratings that nobody described, and a sentence about what was assumed."""
    # what it reads files with loads numpy, and the help of the program stays quick without
    from pluralstats.study.drafts.files import drafted_config

    config, draft = drafted_config(data, given)
    say(
        f"{data} {draft.described}, and described as `pluralstats init` would: what was assumed, and why, "
        f"will stand in {out / 'study.toml'}.",
        err=True,
    )
    return config
