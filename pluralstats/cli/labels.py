"""The commands about labels: ``pluralstats labels RESULTS``.

What they read and make is imported when they run, so that the help of the program stays quick.
"""

from pathlib import Path
from typing import Annotated

import typer

from pluralstats.cli.exits import clean_exits, in_command_words, plain_warnings, say, told_steps
from pluralstats.cli.flags import ModelFlag, parse_bins, parts
from pluralstats.progress import count

RESULTS = typer.Argument(help="Results folder of a study, or the folder of one saved fit.")


def labels(
    results: Annotated[Path, RESULTS],
    out: Annotated[Path, typer.Option(help="Parquet file; its card goes beside it.")] = Path("labels.parquet"),
    by: Annotated[str, typer.Option(help="Demographics whose groups get labels of their own: politics,gender.")] = "",
    population: Annotated[
        str, typer.Option(help='File of cells with a column "share", or "study" for the population of the study file.')
    ] = "",
    target: Annotated[str, typer.Option(help="What to call that population.")] = "",
    policy: Annotated[
        str, typer.Option(help="posterior; or without a model: all, shares, majority, mean, median, dawid_skene.")
    ] = "posterior",
    collapse: Annotated[int | None, typer.Option(help="Labels on a scale of so many answers.")] = None,
    midpoint: Annotated[str | None, typer.Option(help="Where the middle answer goes then: up, down or own.")] = None,
    bins: Annotated[
        str, typer.Option(help="Of a slider: how many bins of equal width, or where it is cut: 25,50,75. Default: 5.")
    ] = "",
    model: ModelFlag = "",
    licence: Annotated[str, typer.Option(help="Licence of the labels, for the card.")] = "",
) -> None:
    """Label tables for training: the distribution of answers to every item, for everybody or for each group."""
    with clean_exits():
        from pluralstats.printing.cards import whole_text  # as the head of this file says

        # what is compiled loads after bad flags are refused
        from pluralstats.study.steps.saved_labels import LabelRequest, study_labels

        groups = tuple(parts(by))
        chosen = parse_bins(bins)
        request = LabelRequest(groups, population, target, policy, collapse, midpoint, model, licence, chosen)
        with told_steps(), plain_warnings():
            count("making the labels")  # a line a minute, and none where it is done at once
            made = study_labels(results, request)
            path = made.save(out)
        say(in_command_words(whole_text(made)))
        say(f"Labels: {path}")
