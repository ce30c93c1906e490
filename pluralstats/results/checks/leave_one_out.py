"""``loo``: how well a model predicts a rating, a rater or an item that it has not seen."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.inference.posterior.pointwise import Pointwise, streamed
from pluralstats.printing.cards import Card, Shown
from pluralstats.results.checks.left_out import chain_count, check_unit, chosen_samples, units_of
from pluralstats.results.checks.pareto import bad_shape, left_out_units

NAMED = 3  # units named in a problem
# One simulation with 8 items and 120 raters: p_loo by rater 40 from Laplace draws, 12 from exact ones. With 30 and with
# 200 items (maximum likelihood) the two differed by at most 1.2.
APPROXIMATE = (
    "The draws are of Laplace's approximation (method='laplace'), and elpd, p_loo and Pareto k can be far from those "
    "of the exact posterior where items or raters are few. Fit with the default method for numbers to report."
)
_ADVICE = {
    "rating": "Use by='rater', where the effect of the rater is integrated",
    "rater": "Use by='rating' to compare models",
    "item": "Use by='rating' to compare models",
}


@dataclass(frozen=True, eq=False, repr=False)
class LeaveOneOut(Shown):
    """Expected log predictive density of units left out one at a time; higher is better.

    Attributes
    ----------
    by : {"rating", "rater", "item"}
    elpd, se : float
        Sum over units and its standard error, sqrt(U) times the sd of the units' values.
    p_loo : float
        How much lower than when the units are not left out: the effective number of parameters.
    threshold : float
        Pareto k above which a unit's value is not to be relied on: min(1 - 1 / log10(draws), 0.7).
    n_bad : int
        Units above it.
    n_draws : int
    table : data frame
        One row for each unit: ``unit`` (row of ``ratings.frame`` from 0, rater or item), ``n_ratings`` (sum of the
        frequency weights), ``elpd``, ``pareto_k``.
    problems : tuple of str
        Finished sentences; empty when nothing was found.
    """

    by: str
    elpd: float
    se: float
    p_loo: float
    threshold: float
    n_bad: int
    n_draws: int
    table: pd.DataFrame
    problems: tuple[str, ...]

    @property
    def looic(self) -> float:
        """-2 elpd, on the scale of a deviance."""
        return -2.0 * self.elpd

    def _card(self) -> Card:
        facts = [
            ("elpd", f"{self.elpd:.1f} (se {self.se:.1f})"),
            ("p_loo", f"{self.p_loo:.1f}"),
            ("looic", f"{self.looic:.1f}"),
            (f"Pareto k above {self.threshold:.3f}", f"{self.n_bad:,}"),
        ]
        title = f"Leave one {self.by} out: {len(self.table):,} {self.by}s, {self.n_draws:,} draws"
        return Card(title, facts, self.problems)


def loo(fit: Fit, by: str = "rating", *, draws: int | None = None) -> LeaveOneOut:
    """Leave-one-out cross-validation from the draws of one fit, by Pareto-smoothed importance sampling.

    elpd = sum over units of log p(ratings of the unit | all other ratings). It asks how well the model predicts
    another rating of known raters and items (``by="rating"``), a rater nobody has seen (``"rater"``) or a new item
    (``"item"``). Of a left-out rater or item the random effect is unknown: it is integrated over N(0, sd^2) of each
    draw (adaptive quadrature; gaussian: closed form), as is every term whose levels lie within one unit. Several
    effects of a unit, those of ``(1 + gender | item)``, of ``(0 + dimension | rater)`` or of a rater's sittings
    ``(1 | rater:item)``, are integrated together: importance sampling from their mode, with 128 nodes where there are
    more than two (gaussian: closed form). Other random effects are those of the draw.

    Parameters
    ----------
    fit : Fit
    by : {"rating", "rater", "item"}
        A row with a frequency weight is left out with all the ratings it stands for.
    draws : int, optional
        Use about so many draws, evenly spaced; at least 100. Default: all.

    Returns
    -------
    LeaveOneOut

    Raises
    ------
    ConfigError
        Another unit, or ``draws`` that cannot be meant.
    FitError
        A fit with too few draws or without estimates, or with units of more than 150 effects to be integrated at once.

    References
    ----------
    Vehtari, Gelman & Gabry (2017), Stat. Comput. 27, 1413-1432; Merkle, Furr & Rabe-Hesketh (2019), Psychometrika
    84, 802-829, on leaving out clusters with their effects integrated.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> result = loo(ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)"), by="rater")
    >>> len(result.table), result.n_bad
    (40, 0)
    """
    refuse_no_fit(fit, "loo")
    check_unit(by)
    samples, units, chains = chosen_samples(fit, draws), units_of(fit, by), chain_count(fit)

    def reduced(log_p: np.ndarray) -> np.ndarray:
        out = np.empty((len(log_p), 3))
        left_out_units(log_p, chains, out)
        return out

    elpd, full, shape = np.concatenate(streamed(Pointwise(fit.design.whole, samples, units), reduced)).T
    first = units.level_start[units.unit_start[:-1]]
    n_ratings = np.add.reduceat(fit.design.whole.weight[units.order], first)
    table = pd.DataFrame({"unit": units.name, "n_ratings": n_ratings, "elpd": elpd, "pareto_k": shape})
    n_draws = len(samples.sd)
    threshold = bad_shape(n_draws)
    bad = ~(shape <= threshold)
    return LeaveOneOut(
        by=by,
        elpd=float(elpd.sum()),
        se=error_of_sum(elpd),
        p_loo=float((full - elpd).sum()),
        threshold=threshold,
        n_bad=int(bad.sum()),
        n_draws=n_draws,
        table=table,
        problems=_problems(table[bad], len(table), by, threshold) + (() if chains else (APPROXIMATE,)),
    )


def error_of_sum(values: np.ndarray) -> float:
    """sqrt(U) times the sd of U values (divisor U - 1), the standard error of their sum; missing for one value."""
    return float(np.sqrt(values.size) * np.std(values, ddof=1)) if values.size > 1 else np.nan


def _problems(bad: pd.DataFrame, n_units: int, by: str, threshold: float) -> tuple[str, ...]:
    if bad.empty:
        return ()
    worst = bad.sort_values("pareto_k", ascending=False, na_position="first").head(NAMED)
    name = "row " if by == "rating" else ""
    named = ", ".join(f"{name}{unit}: {_shape(k)}" for unit, k in zip(worst["unit"], worst["pareto_k"], strict=True))
    return (
        f"Without {len(bad):,} of {n_units:,} {by}s the posterior would differ too much to be computed from these "
        f"draws (Pareto k above {threshold:.3f}; worst {named}), and the elpd is probably too high. "
        f"{_ADVICE[by]}, or fit again without the {by}s with a high `pareto_k` in `table` and see what they change.",
    )


def _shape(k: float) -> str:
    return "no Pareto tail" if np.isnan(k) else f"{k:.3f}"
