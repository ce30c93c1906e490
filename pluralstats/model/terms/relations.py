"""Columns of a model matrix that others determine: which have a coefficient, and what the rest are made of."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

DEPENDENT = 1e-9  # share of a column's length that must be its own for it to have a coefficient
ROUNDING = 1e-13  # share of a column's length that is nothing but rounding of its values


class Relations(NamedTuple):
    """Columns of the model matrix by position: scaled[:, left_out] == scaled[:, stayed] @ weights in the data.

    ``weights`` (columns that stayed, columns left out). ``scaled`` are the columns less ``centre`` and over ``spread``,
    (columns,) each: what is a relation must not depend on the units of a covariate, nor on where it starts.
    """

    stayed: np.ndarray
    left_out: np.ndarray
    weights: np.ndarray
    centre: np.ndarray
    spread: np.ndarray


def independent_columns(X: np.ndarray, names: Sequence[str]) -> tuple[Relations, list[str]]:
    """Columns not determined by earlier ones, what the others are made of, and a sentence for each of those."""
    kept: list[int] = []
    made_of: dict[int, np.ndarray] = {}
    sentences = []
    centre, spread, constant = _scales(X, names)
    scaled = np.where(constant, 0.0, X - centre) / spread
    R = np.linalg.qr(scaled, mode="r") / np.sqrt(len(X))  # the same linear relations, in at most p rows
    for column, name in enumerate(names):
        others = R[:, kept]
        weights = np.linalg.lstsq(others, R[:, column], rcond=None)[0] if kept else np.empty(0)
        if not constant[column] and np.linalg.norm(R[:, column] - others @ weights) > DEPENDENT:
            kept.append(column)
            continue
        made_of[column] = weights
        of_intercept = centre[column] / spread[column] - (centre / spread)[kept] @ weights
        partners = ["Intercept"] if abs(of_intercept) > 1e-6 else []
        partners += [names[other] for other, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
        reason = f"the data determine it from {', '.join(partners)}" if partners else "it is zero in every row"
        what = "write poly(), which keeps powers apart" if "^" in name else "merge levels or drop a term"
        sentences.append(f"The coefficient of {name} cannot be estimated: {reason}. It was left out; {what}.")
    table = np.zeros((len(kept), len(made_of)))
    for j, weights in enumerate(made_of.values()):
        table[: weights.size, j] = weights  # later columns have no part in it
    return Relations(np.asarray(kept, int), np.asarray(list(made_of), int), table, centre, spread), sentences


def _scales(X: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means (where an intercept takes them up) and root mean squares about them, (columns,) each, and which columns are
    nothing but that mean: what is left of years from their mean is 0.4% of a year, and all that matters of it."""
    if not len(X):
        return np.zeros(len(names)), np.ones(len(names)), np.zeros(len(names), bool)
    intercept = np.array([name == "Intercept" for name in names], bool)
    first = X[0] if intercept.any() else np.zeros(X.shape[1])
    centre = np.where(intercept | (not intercept.any()), 0.0, first + (X - first).mean(axis=0))
    spread = np.sqrt(((X - centre) ** 2).mean(axis=0))
    constant = spread <= ROUNDING * np.abs(X).max(axis=0, initial=0.0)
    return centre, np.where(constant, np.where(centre == 0.0, 1.0, np.abs(centre)), spread), constant
