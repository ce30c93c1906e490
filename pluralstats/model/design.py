"""Ratings and a formula become frozen arrays: all that inference sees (DESIGN section 6)."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale
from pluralstats.errors import ConfigError, DataError, nearest
from pluralstats.model.fixed import FixedEffects, fixed_effects
from pluralstats.model.formula import ModelFormula, RandomTerm

FAMILIES = {"cumulative": ("probit", "logit"), "bernoulli": ("probit", "logit"), "gaussian": ("identity",)}
RESIDUAL_SD = {"probit": 1.0, "logit": math.pi / math.sqrt(3.0)}  # of the latent distribution


@dataclass(frozen=True)
class Grouping:
    """One random term in the rows of a design: the level names and the level of every row."""

    term: RandomTerm
    levels: np.ndarray  # (q,) names, "a:b" for crossed factors
    index: np.ndarray  # (n,) int32, level of each row
    keys: pd.DataFrame = field(repr=False)  # (q, factors) the factor values of each level

    @property
    def name(self) -> str:
        return self.term.name

    @property
    def size(self) -> int:
        return len(self.levels)


@dataclass(frozen=True)
class Design:
    """Arrays of one model. Rows are sorted by the grouping with the most levels, which is eliminated first.

    Attributes
    ----------
    y : (n,) int32 codes 0 .. K-1 of the categories used, or (n,) float64 for the gaussian family
    weight : (n,) frequency weights, 1 where the ratings have none
    fixed : FixedEffects, with ``cell`` (n,) and ``X`` (n_cells, p)
    groupings : random terms, largest first
    categories : (K,) numeric values of the categories used, in the order of the scale
    labels : (K,) their labels
    rows : (n,) row of ``ratings.frame`` behind each row of the design
    """

    y: np.ndarray
    weight: np.ndarray
    fixed: FixedEffects
    groupings: tuple[Grouping, ...]
    categories: np.ndarray
    labels: tuple[str, ...]
    rows: np.ndarray
    formula: ModelFormula
    family: str
    link: str

    @property
    def n(self) -> int:
        return self.y.size

    @property
    def boundaries(self) -> list[str]:
        """(K - 1,) names of the thresholds, "1|2" between categories 1 and 2."""
        return [f"{low}|{high}" for low, high in pairwise(self.labels)]

    @property
    def offsets(self) -> np.ndarray:
        """(T + 1,) where each grouping starts in the stacked vector of random effects."""
        return np.concatenate([[0], np.cumsum([grouping.size for grouping in self.groupings])]).astype(np.int64)

    @property
    def index(self) -> np.ndarray:
        """(n, T) int32 position of each row's levels in the stacked vector of random effects."""
        columns = [g.index + start for g, start in zip(self.groupings, self.offsets, strict=False)]
        stacked = np.stack(columns, axis=1) if columns else np.empty((self.n, 0))
        return np.ascontiguousarray(stacked, dtype=np.int32)


def check_family(family: str, link: str, scale: Scale) -> str:
    """The link to use; raises ConfigError for a family, link or scale that do not go together."""
    if family not in FAMILIES:
        raise ConfigError(f"`family` is one of {', '.join(FAMILIES)}; found '{family}'.{nearest(family, FAMILIES)}")
    if family == "gaussian":
        return "identity"
    if link not in FAMILIES[family]:
        known = ", ".join(FAMILIES[family])
        raise ConfigError(
            f"`link` of the {family} family is one of {known}; found '{link}'.{nearest(link, known.split(', '))}"
        )
    if scale.is_continuous:
        raise ConfigError(
            f"The {family} family needs ordered categories, and the scale is continuous. Use family='gaussian'."
        )
    if family == "bernoulli" and scale.K != 2:
        raise ConfigError(
            f"The bernoulli family needs a scale of 2 categories; found {scale.K}. "
            "Use family='cumulative', or `ratings.collapse(2)` first."
        )
    return link


def available_columns(ratings: Ratings) -> tuple[str, ...]:
    """Columns that a formula may name."""
    return tuple(column for column in ratings.frame.columns if column not in {"rating", "weight"})


def build_design(ratings: Ratings, formula: ModelFormula, family: str, link: str) -> Design:
    """Turn ratings into the arrays of one model.

    Raises
    ------
    DataError
        A covariate in the formula has missing values (counted, with rows), or a grouping column is numeric.
    ConfigError
        ``rating ~ 0 + ...`` with thresholds, which take the place of the intercept.
    """
    frame = ratings.frame
    if family != "gaussian" and not formula.intercept:
        raise ConfigError("Thresholds take the place of the intercept: write 'rating ~ ...' without '0 +' or '- 1'.")
    _refuse_missing(frame, formula)
    groupings = sorted((_grouping(frame, term) for term in formula.random), key=lambda g: -g.size)
    order = np.argsort(groupings[0].index, kind="stable") if groupings else np.arange(len(frame))
    groupings = [Grouping(g.term, g.levels, g.index[order], g.keys) for g in groupings]
    y, used = _response(ratings, family)
    keeps_intercept = family == "gaussian" and formula.intercept
    fixed = fixed_effects(frame, formula, order, keeps_intercept)
    weight = frame["weight"].to_numpy(float)[order] if "weight" in frame else np.ones(len(frame))
    labels = tuple(ratings.scale.labels[code] for code in used)
    categories = np.asarray(ratings.scale.values, float)[used] if used.size else np.empty(0)
    return Design(y[order], weight, fixed, tuple(groupings), categories, labels, order, formula, family, link)


def _response(ratings: Ratings, family: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes among the categories that occur (an unused one has no threshold), and those categories."""
    if family == "gaussian":
        return ratings.values.astype(float), np.empty(0, int)
    used, y = np.unique(ratings.frame["rating"].to_numpy(), return_inverse=True)
    return y.astype(np.int32), used


def _refuse_missing(frame: pd.DataFrame, formula: ModelFormula) -> None:
    named = [*formula.columns, *(factor for term in formula.random for factor in term.factors)]
    for column in dict.fromkeys(named):
        missing = np.flatnonzero(frame[column].isna())
        if missing.size:
            rows = ", ".join(str(row + 1) for row in missing[:5]) + (", ..." if missing.size > 5 else "")
            raise DataError(
                f"`{column}` is in the formula and is missing in {missing.size} of {len(frame)} rows ({rows}). "
                "Fill it in, drop those rows, or take it out of the formula."
            )


def _grouping(frame: pd.DataFrame, term: RandomTerm) -> Grouping:
    """Levels that occur, named "a:b", and the level of every row."""
    for factor in term.factors:
        if pd.api.types.is_float_dtype(frame[factor].dtype):
            raise DataError(
                f"{term} groups by '{factor}', which is a number ({frame[factor].nunique()} different values). "
                "Groups are categories: use it in the fixed part, or pass it as text."
            )
    keys = frame.loc[:, list(term.factors)]
    index = keys.groupby(list(term.factors), observed=True, sort=True).ngroup().to_numpy()
    _, first = np.unique(index, return_index=True)
    keys = keys.iloc[first].reset_index(drop=True)
    names = zip(*(keys[factor].astype(str) for factor in term.factors), strict=True)
    levels = np.array([":".join(parts) for parts in names], dtype=object)
    return Grouping(term, levels, index.astype(np.int32), keys)
