"""Nested models by maximum likelihood: the likelihood ratio, with a mixture of chi-squares where variances are tested.

Under the smaller model a variance that the larger one adds lies on the border of what is possible, and half of the time
its estimate is 0 (Self & Liang 1987, J. Am. Stat. Assoc. 82, 605-610). The statistic of one more column in a random
term of k is 1/2 chi2(k) + 1/2 chi2(k + 1), k = 0 for a new intercept (Stram & Lee 1994, Biometrics 50, 1171-1177,
cases 1 to 3). Of several columns at once the two largest degrees of freedom bound it from above, so that p is not too
small. Different terms, and the coefficients with them, add their degrees of freedom.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import chi2

from pluralstats.errors import ConfigError, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.model.design import PARTS, is_nested

SPANNED = 1e-8  # relative residual of a column that others span
BELOW = 1e-4  # log-likelihood by which a larger model may be worse without anything being wrong
SUBMODELS = ("", *PARTS)
BOUNDARY = "variances: mixture of chi-squares"


def likelihood_ratios(fits: Mapping[str, Fit]) -> pd.DataFrame:
    """Each model against the next smaller one, the smallest first; see ``ps.compare`` for the columns.

    Raises
    ------
    ConfigError
        Models that are not nested in one another, REML fits with different fixed parts, or a search that has not
        found the maximum.
    """
    order = sorted(fits, key=lambda name: n_parameters(fits[name]))
    problems = [
        sentence for small, large in pairwise(order) for sentence in _not_nested(small, fits[small], large, fits[large])
    ]
    if problems:
        problems.append('Models that are not nested are compared by what they leave out: pass by="rating".')
        raise problems_error(ConfigError, problems)
    rows = [_row(order[0], fits[order[0]], None)]
    rows += [_row(large, fits[large], fits[small]) for small, large in pairwise(order)]
    return pd.DataFrame(rows)


def n_parameters(fit: Fit) -> int:
    """Thresholds, coefficients, sds, correlations and the residual sd."""
    return len(fit.parameters)


def _row(name: str, fit: Fit, smaller: Fit | None) -> dict[str, object]:
    row: dict[str, object] = {
        "model": name,
        "n_parameters": n_parameters(fit),
        "loglik": fit.loglik,
        "aic": 2.0 * (n_parameters(fit) - fit.loglik),
    }
    if smaller is None:
        return row | {"lr": np.nan, "df": np.nan, "p": np.nan, "note": ""}
    statistic = max(2.0 * (fit.loglik - smaller.loglik), 0.0)
    weights, variances = _mixture(smaller, fit)
    note = BOUNDARY if variances else ""
    df = float(n_parameters(fit) - n_parameters(smaller))
    return row | {"lr": statistic, "df": df, "p": mixture_tail(statistic, weights), "note": note}


def mixture_tail(statistic: float, weights: Mapping[int, float]) -> float:
    """P(X >= statistic) of a mixture of chi-squares, weights by degrees of freedom; chi2(0) is 0.

    >>> round(mixture_tail(2.705543, {0: 0.5, 1: 0.5}), 4), mixture_tail(0.0, {0: 0.5, 1: 0.5})
    (0.05, 1.0)
    """
    if statistic <= 0.0:
        return 1.0
    return float(sum(w * chi2.sf(statistic, df) for df, w in weights.items() if df))


def _mixture(smaller: Fit, larger: Fit) -> tuple[dict[int, float], bool]:
    """Weights by degrees of freedom, and whether variances are among what the larger model adds."""
    fixed = _n_fixed(larger) - _n_fixed(smaller)
    weights, variances = {fixed: 1.0}, False
    for (_, name), columns in _terms(larger).items():
        inside = [had for (_, other), had in _terms(smaller).items() if other == name and set(had) <= set(columns)]
        most = _entries(columns) - sum(map(_entries, inside))
        if sum(map(len, inside)) < len(columns):
            variances = True
            weights = _shifted(weights, {most - 1: 0.5, most: 0.5})
        else:  # only correlations, which are 0 in the smaller model and may be anything around
            weights = _shifted(weights, {most: 1.0})
    return weights, variances


def _n_fixed(fit: Fit) -> int:
    """Thresholds and coefficients, those of submodels too."""
    return fit.design.n_thresholds + len(fit.design.estimated.fixed.names)


def _entries(columns: Sequence[str]) -> int:
    """Variances and covariances of the columns of a random term."""
    return len(columns) * (len(columns) + 1) // 2


def _shifted(one: Mapping[int, float], other: Mapping[int, float]) -> dict[int, float]:
    """The mixture of sums of independent chi-squares."""
    out: dict[int, float] = {}
    for a, p in one.items():
        for b, q in other.items():
            out[a + b] = out.get(a + b, 0.0) + p * q
    return out


def _terms(fit: Fit) -> dict[tuple[int, str], tuple[str, ...]]:
    """The columns of each random term; terms of one name in the order of the formula."""
    out: dict[tuple[int, str], tuple[str, ...]] = {}
    seen: dict[str, int] = {}
    design = fit.design.estimated
    for block in design.blocks:
        first = design.groupings[block.start]
        name = first.prefix + first.term.name
        seen[name] = seen.get(name, -1) + 1
        out[seen[name], name] = tuple(g.column for g in design.groupings[block.start : block.stop])
    return out


def _not_nested(small: str, smaller: Fit, large: str, larger: Fit) -> list[str]:
    """Why the one is no special case of the other."""
    between = f"'{small}' in '{large}'"
    if n_parameters(smaller) == n_parameters(larger):
        return [f"'{small}' and '{large}' have as many parameters, so neither is a special case of the other."]
    if (smaller.family, smaller.link) != (larger.family, larger.link):
        return [f"No likelihood ratio of {between}: family and link differ. Fit both with the same."]
    problems, pair = _other_steps(between, smaller, larger), (smaller, larger)
    ours, theirs = (one.design.fixed.offset[one.design.fixed.cell[np.argsort(one.design.rows)]] for one in pair)
    if not np.allclose(ours, theirs, rtol=SPANNED, atol=SPANNED):
        problems.append(f"No likelihood ratio of {between}: their offsets differ. Fit both with the same.")
    missing = _lacking(smaller, larger)
    if missing:
        problems.append(f"No likelihood ratio of {between}: '{large}' lacks random terms of {', '.join(missing)}.")
    if not all(_spans(larger, smaller, part) for part in SUBMODELS):
        problems.append(f"No likelihood ratio of {between}: the coefficients of '{small}' are no part of '{large}'.")
    if not _has_thresholds(larger, smaller):
        problems.append(f"No likelihood ratio of {between}: '{large}' has fewer thresholds than '{small}'.")
    same_fixed = len(smaller.design.fixed.names) == len(larger.design.fixed.names)
    if larger.estimator == "REML" and not (same_fixed and _spans(smaller, larger, "")):
        problems.append(
            f"No likelihood ratio of {between}: restricted likelihoods of different fixed parts are of different data. "
            "Fit both with reml=False."
        )
    if not problems and larger.loglik < smaller.loglik - BELOW:
        problems.append(
            f"'{large}' has a lower log-likelihood ({larger.loglik:.4f}) than '{small}' ({smaller.loglik:.4f}), which "
            "it extends: its maximum was not found. See its problems."
        )
    return problems


def _other_steps(between: str, smaller: Fit, larger: Fit) -> list[str]:
    """Monotonic effects that one of them has, of which the ratio has no known law."""
    if set(smaller.design.fixed.monotone_terms) == set(larger.design.fixed.monotone_terms):
        return []
    return [
        f"No likelihood ratio of {between}: steps of mo() have one sign, and without an effect they are on the "
        "boundary, where twice the log-likelihood ratio is no chi-square. Use ps.compare with fits by method='hmc'."
    ]


def _groups(fit: Fit) -> np.ndarray:
    """(n,) groups of thresholds in the order of the ratings."""
    return fit.design.thresholds.group[np.argsort(fit.design.rows)]


def _has_thresholds(larger: Fit, smaller: Fit) -> bool:
    """Whether thresholds can differ between ratings as they do in the smaller model."""
    if all(fit.design.thresholds.category is None for fit in (larger, smaller)):
        return is_nested(_groups(larger), _groups(smaller))
    return _contains(*(_threshold_columns(fit) for fit in (larger, smaller)))


def _threshold_columns(fit: Fit) -> np.ndarray:
    """(n, r) what every threshold is a sum of, in the order of the ratings: groups, or a constant and ``cs()``."""
    groups, group = fit.design.thresholds, _groups(fit)
    if groups.category is None:
        return np.eye(groups.n_groups)[group]
    return _with_constant(groups.category.Z[group])


def _lacking(smaller: Fit, larger: Fit) -> list[str]:
    """Random terms of the one that no term of the other contains."""
    there = [(name, set(columns)) for (_, name), columns in _terms(larger).items()]
    return [
        name
        for (_, name), columns in _terms(smaller).items()
        if not any(name == other and set(columns) <= others for other, others in there)
    ]


def _spans(fit: Fit, other: Fit, part: str) -> bool:
    """Whether the columns of a fit (and a constant) contain those of the other, of eta or of a submodel."""
    return _contains(*(_rows(one, part) for one in (fit, other)))


def _contains(ours: np.ndarray, theirs: np.ndarray) -> bool:
    left = theirs - ours @ np.linalg.lstsq(ours, theirs, rcond=None)[0]
    return bool((np.abs(left) <= SPANNED * (1.0 + np.abs(theirs).max(initial=0.0))).all())


def _rows(fit: Fit, part: str) -> np.ndarray:
    """(n, p + 1) design rows in the order of the ratings, with a constant, columns of size 1."""
    order, submodel = np.argsort(fit.design.rows), fit.design.part(part)
    if part and submodel is None:
        return np.ones((fit.design.n, 1))
    fixed = fit.design.fixed if submodel is None else submodel.design.fixed
    return _with_constant(fixed.values[fixed.cell[order]])


def _with_constant(X: np.ndarray) -> np.ndarray:
    X = np.column_stack([np.ones(len(X)), X])
    return X / np.maximum(np.abs(X).max(axis=0), np.finfo(float).tiny)
