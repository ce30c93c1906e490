"""``load_fit``: a fit that was saved, as it was."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.saved import stored_ratings
from pluralstats.errors import path_of
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.fits.fitted import Fit
from pluralstats.fits.folder import CARD, DRAWS, PARAMETERS, RANDOM_EFFECTS, read_card, readable
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.files import read_draws
from pluralstats.model.building import build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors
from pluralstats.storage.folders import locked, standing


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
    folder = path_of(folder, "folder")
    with locked(folder.resolve().parent, shared=True):
        where = standing(folder)
        card = read_card(where)
        with readable(where):
            ratings = stored_ratings(where)
        with readable(where):
            formula = parse_formula(card["formula"], available_columns(ratings))
            settings = card["provenance"].get("settings", {})
            asked = {name: settings.get(name) for name in ("disc", "stretch", "thresholds")}
            formulas = asked_formulas(ratings, formula, card["family"], card["link"], **asked)
            design = build_design(ratings, formulas, card["family"], card["link"])
        return read_fit(where, card, ratings, design)


def read_fit(folder: Path, card: Mapping[str, Any], ratings: Ratings, design: Design) -> Fit:
    """The fit of a checked card, on ratings and design that are at hand."""
    with readable(folder / DRAWS):
        samples, chains, stats = read_draws(folder / DRAWS, design.estimated)
    with readable(folder):
        tables = [pd.read_parquet(folder / name) for name in (PARAMETERS, RANDOM_EFFECTS)]
    with readable(folder / CARD):
        flat = np.isin(design.estimated.fixed.names, card["flat_coefficients"])
        flat_terms = np.isin([g.name for g in design.estimated.groupings], card.get("flat_terms", []))
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
