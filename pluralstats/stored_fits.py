"""``load_fit``: a fit that was saved, as it was."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.saved import stored_ratings
from pluralstats.errors import ConfigError, DataError
from pluralstats.fits.fitted import Fit
from pluralstats.fits.folder import CARD, DRAWS, FORMAT, PARAMETERS, RANDOM_EFFECTS
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.files import read_draws
from pluralstats.model.design import Design, available_columns, build_design
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors
from pluralstats.storage.contents import card_sum, changes
from pluralstats.storage.folders import locked, standing

ADVICE = "Take it from a backup, or fit and save again."


def load_fit(folder: str | Path) -> Fit:
    """Read a fit that ``fit.save`` wrote; every table, draw and result is the same to the last bit.

    A fit by Laplace's method comes back with the draws that were saved, and without the curvature behind them.

    Parameters
    ----------
    folder : path

    Raises
    ------
    ConfigError
        There is no such folder, it holds no fit, or a newer pluralstats wrote it.
    DataError
        A file is missing, cannot be read, or has changed since it was saved.

    Examples
    --------
    >>> import tempfile
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> fit = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", method="laplace")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = ps.load_fit(fit.save(f"{folder}/fit"))
    >>> again.parameters.equals(fit.parameters)
    True
    """
    folder = Path(folder)
    with locked(folder.resolve().parent, shared=True):
        where = standing(folder)
        card = read_card(where)
        with _readable(where):
            ratings = stored_ratings(where)
        with _readable(where):
            formula = parse_formula(card["formula"], available_columns(ratings))
            design = build_design(ratings, formula, card["family"], card["link"])
        return read_fit(where, card, ratings, design)


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a fit folder all of whose files are there and unchanged; raises as ``load_fit`` does."""
    path = folder / CARD
    if not folder.exists():
        raise ConfigError(f"There is no folder '{folder}'. Pass the folder that `fit.save` wrote.")
    if not path.is_file():
        raise ConfigError(f"'{folder}' holds no fit ({CARD} is missing). Pass the folder that `fit.save` wrote.")
    with _readable(path):
        card = json.loads(path.read_text(encoding="utf-8"))
        written = card["format"]
    if written != FORMAT:
        raise ConfigError(_other_format(folder, written))
    problems = list(_changes(folder, card))
    if problems:
        raise DataError(f"The fit in '{folder}' is damaged: {'; '.join(problems)}. {ADVICE}", problems)
    return card


def read_fit(folder: Path, card: Mapping[str, Any], ratings: Ratings, design: Design) -> Fit:
    """The fit of a checked card, on ratings and design that are at hand."""
    with _readable(folder / DRAWS):
        samples, chains, stats = read_draws(folder / DRAWS, design)
    with _readable(folder):
        tables = [pd.read_parquet(folder / name) for name in (PARAMETERS, RANDOM_EFFECTS)]
    with _readable(folder / CARD):
        flat = np.isin(design.fixed.names, card["flat_coefficients"])
        flat_terms = np.isin([g.name for g in design.groupings], card.get("flat_terms", []))
        return Fit(
            ratings=ratings,
            formula=card["formula"],
            family=card["family"],
            link=card["link"],
            method=card["method"],
            estimator=card["estimator"],
            loglik=math.nan if card["loglik"] is None else card["loglik"],
            parameters=tables[0],
            random_effects=tables[1],
            problems=tuple(card["problems"]),
            provenance=card["provenance"],
            design=design,
            posterior=DrawnPosterior(samples, chains, stats, card["complete"], card["thinned"], flat, flat_terms),
            priors=None if card["priors"] is None else Priors(**card["priors"]),
        )


def _other_format(folder: Path, written: object) -> str:
    if isinstance(written, int) and written > FORMAT:
        return (
            f"'{folder}' was written by a newer pluralstats: format {written}, this one reads up to {FORMAT}. "
            "Upgrade pluralstats."
        )
    return (
        f"'{folder}' was written by an older pluralstats: format {written}, which has no ratings and cannot become a "
        f"fit again (this one reads format {FORMAT}). Its tables (Parquet) and draws (netCDF) can be opened by "
        "themselves; for the whole fit, fit and save again."
    )


def _changes(folder: Path, card: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the files that a card names."""
    if card.get("sha256") != card_sum(card):
        yield f"{CARD} has changed since it was saved"
    with _readable(folder):
        yield from changes(folder, card.get("files", {}))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside is about a file that cannot be read."""
    try:
        yield
    except Exception as error:  # readers of Parquet, netCDF and JSON raise errors of their own, of many kinds
        reason = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
        raise DataError(f"'{path}' cannot be read ({reason}). {ADVICE}") from error
