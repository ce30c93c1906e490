"""The command ``pluralstats pairs``: from the fits of a study to a file of preference pairs.

What it reads and makes is imported when it runs, so that the help of the program stays quick.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import pluralstats as ps
from pluralstats.cli.exits import clean_exits, in_command_words, plain_warnings, say, told_steps
from pluralstats.cli.flags import ModelFlag, parts
from pluralstats.errors import ConfigError
from pluralstats.progress import count

if TYPE_CHECKING:
    from pluralstats.fits.fitted import Fit


def pairs(
    results: Annotated[Path, typer.Argument(help="Results of `pluralstats study`, or a folder that `fit.save` wrote.")],
    responses: Annotated[
        Path, typer.Option(help="Table with item, question, prompt, response: CSV, Parquet, JSON lines ...")
    ],
    out: Annotated[Path, typer.Option(help="File for the pairs; its card is written beside it.")] = Path(
        "pairs.parquet"
    ),
    utility: Annotated[
        str, typer.Option(help="What a higher rating is worth: toxicity=-1,helpfulness=1. Default of one dimension: 1.")
    ] = "",
    by: Annotated[str, typer.Option(help="Demographics whose groups get pairs of their own: politics,gender.")] = "",
    rule: Annotated[
        str, typer.Option(help="rater: a random rater prefers it; mean: its expected utility is higher.")
    ] = "rater",
    policy: Annotated[
        str, typer.Option(help="posterior, or without a model: all, shares, majority, mean, median.")
    ] = "posterior",
    model: ModelFlag = "",
    min_margin: Annotated[float, typer.Option(help="Leave out pairs with p closer to 1/2.")] = 0.0,
    max_pairs: Annotated[int | None, typer.Option(help="At most so many pairs a question and target.")] = None,
    licence: Annotated[str, typer.Option(help="Of ratings and texts, for the card.")] = "",
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Preference pairs of responses to the same question, from the fits in RESULTS, for training."""
    with clean_exits(), told_steps():
        from pluralstats.data.reading.tables import read_table  # as the head of this file says
        from pluralstats.printing.cards import whole_text  # as above

        groups = parts(by)
        count("reading the fits")
        fits = fits_by_dimension(results, model, groups if policy == "posterior" else [])
        source: Any = fits if policy == "posterior" else {name: fit.ratings for name, fit in fits.items()}
        count("making the pairs")
        with plain_warnings():
            made = ps.preference_pairs(
                next(iter(source.values())) if len(source) == 1 else source,
                read_table(responses),
                utility=parse_utility(utility) if utility else None,
                by=groups or None,
                rule=rule,
                policy=None if policy == "posterior" else policy,
                min_margin=min_margin,
                max_pairs=max_pairs,
                licence=licence,
                seed=seed,
            )
            made.save(out)
        say(in_command_words(whole_text(made)))
        say(f"Pairs: {out}")


def fits_by_dimension(results: Path, model: str, by: Sequence[str]) -> "dict[str, Fit]":
    """The fits of one model of a study, or the fit of a folder, by dimension; see ``chosen_fits``."""
    from pluralstats.study.steps.saved_labels import chosen_fits  # as above

    return {" ".join(fit.ratings.dimensions) or "rating": fit for fit in chosen_fits(results, model, by)}


def parse_utility(text: str) -> dict[str, float]:
    """Weights as written on the command line.

    >>> parse_utility("toxicity=-1, helpfulness=0.5")
    {'toxicity': -1.0, 'helpfulness': 0.5}
    """
    weights = {}
    for part in parts(text):
        name, sign, number = (word.strip() for word in part.rpartition("="))
        try:
            weights[name] = float(number)
        except ValueError:
            sign = ""
        if not (name and sign):
            raise ConfigError(f"--utility should be name=weight pairs such as toxicity=-1, but has '{part}'.")
    return weights
