"""``variance_shares``: how much of the spread of ratings is item, group, person or noise (METHODS section 4)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits import Fit
from pluralstats.model.design import RESIDUAL_SD
from pluralstats.results.populations import observed_profiles, rater_columns


def variance_shares(fit: Fit, *, prob: float = 0.95) -> pd.DataFrame:
    """Shares of the latent variance, which sum to 100 within every draw.

    ``demographics`` is the variance of x'b over raters (``fixed effects`` where the formula also has columns that
    vary within raters); ``item``, ``rater`` and every other random term have their variance; ``residual`` is 1
    (probit), pi^2 / 3 (logit) or sigma^2 (gaussian, in squared rating points).

    The variance of x'b is corrected for estimation. A square is never negative, so the noise of coefficients looks
    like variance: once because the estimate b^ differs from b, and once more because draws differ from b^. With V the
    posterior covariance of the coefficients and S the covariance of x over raters, each adds trace(V S) on average,
    so every draw has max(0, b' S b - 2 trace(V S)). Without an effect the share is then near 0 and its interval
    reaches 0.

    Parameters
    ----------
    fit : Fit
    prob : float
        Probability of the interval, quantiles over draws.

    Returns
    -------
    data frame
        ``component``, ``percent`` (posterior mean, that is the mean over draws, 0-100), ``lower``, ``upper``, ``sd``
        (square root of the mean variance, latent scale). In the order item terms, demographics, rater, residual.

    Raises
    ------
    ConfigError
        A ``prob`` that is no probability.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> shares = ps.variance_shares(ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)"))
    >>> float(round(shares["percent"].sum(), 6))
    100.0
    """
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    components = component_variances(fit)
    variances = np.stack(list(components.values()), axis=1)
    shares = 100.0 * variances / variances.sum(axis=1, keepdims=True)
    lower, upper = np.quantile(shares, [0.5 - prob / 2.0, 0.5 + prob / 2.0], axis=0)
    return pd.DataFrame(
        {
            "component": list(components),
            "percent": shares.mean(axis=0),
            "lower": lower,
            "upper": upper,
            "sd": np.sqrt(variances.mean(axis=0)),
        }
    )


def component_variances(fit: Fit) -> dict[str, np.ndarray]:
    """(S,) draws of the variance of each component of ``variance_shares``, in its order, latent scale."""
    samples = fit.samples
    names = [grouping.name for grouping in fit.design.groupings]
    terms = {name: samples.sd[:, t] ** 2 for t, name in enumerate(names)}
    out = {name: terms.pop(name) for name in sorted(terms, key=_position) if _position(name) < 2}
    if fit.design.formula.columns:
        out[fixed_name(fit)] = fixed_variance(fit)
    out |= terms
    if samples.residual_sd is not None:
        return out | {"residual": samples.residual_sd**2}
    return out | {"residual": np.full(len(samples.sd), RESIDUAL_SD[fit.link] ** 2)}


def _position(name: str) -> int:
    """Items first, then what items are nested in."""
    return {"item": 0, "question": 1}.get(name, 2)


def fixed_name(fit: Fit) -> str:
    """What the component of the fixed part is called."""
    columns = fit.design.formula.columns
    return "demographics" if len(rater_columns(fit, columns)) == len(columns) else "fixed effects"


def fixed_variance(fit: Fit, between: Sequence[str] = ()) -> np.ndarray:
    """(S,) variance of x'b over the observed profiles, less what noise adds to it on average.

    Parameters
    ----------
    between : columns
        Only what differs between their values, averaged over everything else.
    """
    people, b = observed_profiles(fit), fit.samples.coefficient
    X, share = fit.design.fixed.rows_for(people.profiles), people.share
    if between:
        X, share = _averaged(X, share, people.profiles.groupby(list(between), observed=True).ngroup().to_numpy())
    X = X - share @ X
    if fit.posterior.flat_coefficients.any():  # a coefficient without an estimate
        return np.full(len(b), np.nan)
    noise = ((b - b.mean(axis=0)) @ X.T) ** 2 @ share  # its mean is trace(V S), V the covariance of the draws
    return np.maximum((b @ X.T) ** 2 @ share - 2.0 * noise.mean(), 0.0)


def _averaged(X: np.ndarray, share: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean design row of each group, (G, p), and the groups' shares, (G,)."""
    total = np.bincount(group, share)
    sums = np.zeros((total.size, X.shape[1]))
    np.add.at(sums, group, share[:, None] * X)
    return sums / total[:, None], total
