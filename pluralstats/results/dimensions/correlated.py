"""``dimension_correlations``: whether raters who are strict on one dimension are strict on another (the halo)."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.estimates import PROB
from pluralstats.fits.fitted import Fit, refuse_no_fit

DIMENSION = "dimension"
FIRST = ("rater", "item")  # the terms that are asked about most, in this order
CONVERGENCE = ("r_hat", "ess_bulk", "ess_tail")


class _Pair(NamedTuple):
    """A correlation of the effects of one term on two dimensions, by the name it has in ``Fit.parameters``."""

    of: str
    dimension: str
    with_dimension: str
    parameter: str


def dimension_correlations(fit: Fit, *, prob: float = 0.95) -> pd.DataFrame:
    """How the effects of raters, and of items, go together across the dimensions of a joint fit.

    In ``(0 + dimension | rater)`` a rater has an effect on every dimension, u ~ N(0, Sigma), and the correlations of
    Sigma say whether who rates high on one rates high on another whatever the item: the halo of raters (Thorndike
    1920), 0 where dimensions are judged apart. Those of ``(0 + dimension | item)`` are about what is rated: items that
    are high on both. They are correlations of the effects, estimated with the model, and are not drawn towards 0 by
    the noise of single answers as those of raters' mean ratings are.

    Parameters
    ----------
    fit : Fit
        Of several dimensions together: ``ps.fit(ratings)`` of two to eight dimensions, or any formula with
        ``(0 + dimension | rater)``.
    prob : float
        Probability of the interval.

    Returns
    -------
    data frame
        A row for each term (raters, then items, then others) and pair of dimensions: ``of`` ("rater", "item", of
        submodels "disc: rater"), ``dimension``, ``with_dimension``, ``estimate`` (posterior mean, or the maximum),
        ``lower``, ``upper`` (quantiles; where the likelihood was maximised, normal after Fisher's transformation),
        ``p_positive`` (posterior probability of a correlation above 0, by the same law); sampled fits also ``r_hat``,
        ``ess_bulk``, ``ess_tail``. The numbers are those of ``fit.table(prob)``. Missing where an effect has no
        spread, so that nothing can be correlated with it.

    Raises
    ------
    ConfigError
        The fit has no such term; ``prob`` is no probability.

    References
    ----------
    Thorndike (1920), A constant error in psychological ratings, Journal of Applied Psychology 4, 25-29.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=20, dimensions=["toxic", "rude"], rater_correlation=0.6, seed=1)
    >>> table = ps.dimension_correlations(ps.fit(ratings, method="laplace"))
    >>> table[["of", "dimension", "with_dimension"]].values.tolist()
    [['rater', 'toxic', 'rude'], ['item', 'toxic', 'rude']]

    One figure of it: ``pluralstats.figures.dimension_correlations(table)``.
    """
    refuse_no_fit(fit, "dimension_correlations")
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    pairs = _pairs(fit)
    if not pairs:
        _refuse(fit)
    found = fit.table(prob).set_index("parameter").loc[[pair.parameter for pair in pairs]]
    table = pd.DataFrame(pairs).drop(columns="parameter")
    for name in ("estimate", "lower", "upper"):
        table[name] = found[name].to_numpy()
    table["p_positive"] = [_above_zero(fit, pair.parameter) for pair in pairs]
    return table.assign(**{name: found[name].to_numpy() for name in CONVERGENCE if name in found})


def _pairs(fit: Fit) -> list[_Pair]:
    """The correlations between dimensions, terms and dimensions in order."""
    design, dimensions = fit.design.whole, fit.ratings.dimensions
    place = {f"{DIMENSION}[{name}]": i for i, name in enumerate(dimensions)}
    found = []
    for (a, b), parameter in zip(design.correlations, design.correlation_names, strict=True):
        one, other = design.groupings[a], design.groupings[b]
        if one.column in place and other.column in place:
            first, second = sorted([place[one.column], place[other.column]])
            found.append(_Pair(one.prefix + one.term.name, dimensions[first], dimensions[second], parameter))
    terms = [*FIRST, *dict.fromkeys(pair.of for pair in found if pair.of not in FIRST)]
    at = dimensions.index
    return sorted(found, key=lambda pair: (terms.index(pair.of), at(pair.dimension), at(pair.with_dimension)))


def _above_zero(fit: Fit, parameter: str) -> float:
    """P(> 0): the share of sampled draws, else by the law of the interval at 95%."""
    if fit.estimator == "posterior":
        draws = fit.whole_samples.correlation[:, fit.design.whole.correlation_names.index(parameter)]
        return float((draws > 0.0).mean()) if np.isfinite(draws).all() else np.nan
    row = fit.parameters.set_index("parameter").loc[parameter]
    at, lower, upper = (np.arctanh(float(row[name])) for name in ("estimate", "lower", "upper"))
    return float(ndtr(at / ((upper - lower) / (2.0 * ndtri(0.5 + PROB / 2.0)))))


def _refuse(fit: Fit) -> None:
    dimensions = fit.ratings.dimensions
    if len(dimensions) < 2:
        has = f"one, {dimensions[0]}" if dimensions else "none by name"
        raise ConfigError(
            f"`ps.dimension_correlations` is about several dimensions, and the ratings of this fit have {has}. Fit all "
            "dimensions together: ps.fit(ratings) without .select(dimension=...)."
        )
    raise ConfigError(
        f"The formula '{fit.formula}' has no correlated effects by dimension. Fit (0 + dimension | rater) and "
        "(0 + dimension | item), which ps.fit(ratings) does when the formula does not name the dimension."
    )
