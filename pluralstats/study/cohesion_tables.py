"""Cohesion of groups in a study: counted where raters share many items, by a model where they share few."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.results.cohesion.of_groups import adjusted_p
from pluralstats.study.config import StudyConfig
from pluralstats.study.study_tables import by_dimension, stacked, told_elsewhere

MANY_COMMON = 10  # items that two raters share, from which agreement is counted
MOST_RATERS = 1000  # of whom pairs are looked at


def common_items(ratings: Ratings) -> float:
    """How many items two raters have both rated: the median over pairs of raters, of 1,000 raters evenly spaced.

    >>> common_items(ps.simulate(n_raters=9, n_items=12, ratings_per_rater=12, seed=1))
    12.0
    """
    pairs = ratings.frame[["rater", "item"]].drop_duplicates()
    rater, item = (pairs[name].cat.codes.to_numpy().astype(np.int64) for name in ("rater", "item"))
    met = csr_array((np.ones(len(pairs)), (rater, item)), shape=(ratings.n_raters, ratings.n_items))
    some = np.unique(np.linspace(0, ratings.n_raters - 1, min(ratings.n_raters, MOST_RATERS)).astype(int))
    common = (met[some] @ met[some].T).toarray()[np.triu_indices(len(some), 1)]
    return float(np.median(common)) if common.size else 0.0


def counts_cohesion(ratings: Ratings, config: StudyConfig) -> bool:
    """Whether the study counts: it says so, or leaves it open and two raters share 10 items or more (the median)."""
    if config.cohesion.method != "auto":
        return config.cohesion.method == "counting"
    return not ratings.scale.is_continuous and common_items(ratings) >= MANY_COMMON


def cohesion_tables(ratings: Ratings, config: StudyConfig) -> dict[str, pd.DataFrame]:
    """``cohesion``, the counting indices, or ``model_cohesion``; the other has no rows."""
    wanted, parts = config.cohesion, by_dimension(ratings)
    by = list(ratings.demographics if wanted.by is None else wanted.by)
    counting = counts_cohesion(next(iter(parts.values())), config)
    out = {"cohesion": pd.DataFrame(), "model_cohesion": pd.DataFrame()}
    if not by or (counting and ratings.scale.is_continuous):
        return out
    if counting:
        options: dict[str, Any] = {"permutations": wanted.permutations, "replicates": wanted.replicates}
        options |= {"seed": config.seed}
        with told_elsewhere():
            tables = {name: ps.cohesion(part, by, **options) for name, part in parts.items()}
        return out | {"cohesion": stacked(tables, "dimension")}
    table = stacked({name: _by_model(part, by, config) for name, part in parts.items()}, "dimension")
    return out | {
        "model_cohesion": table.assign(p_two_sided_bh=adjusted_p(table["p_two_sided"]))
    }  # one family over dimensions


def _by_model(ratings: Ratings, by: list[str], config: StudyConfig) -> pd.DataFrame:
    """By the study's own formula where it is about raters alone, else by the default one."""
    model, formula = config.model, config.model.formula
    if formula and set(parse_formula(formula, available_columns(ratings)).described) - set(ratings.demographics):
        formula = None
    return ps.model_cohesion(ratings, by, formula=formula, family=model.family, link=model.link, seed=config.seed)
