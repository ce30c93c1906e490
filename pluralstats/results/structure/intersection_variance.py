"""``intersection_shares``: how much of the spread lies between intersections, and how much of that is not additive."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.model.terms.random import Grouping
from pluralstats.results.averaging.people import Setting
from pluralstats.results.averaging.populations import mean_variance
from pluralstats.results.averaging.scenes import Scene, by_dimension, circumstances, observed_people, people_in
from pluralstats.results.effects.summaries import ENDLESS
from pluralstats.results.structure.intersection_cells import intersection_term
from pluralstats.results.variance.shares import component_variances, fixed_variance

MOST_PAIRED = 1_000  # draws of each posterior whose ratios are all formed

BETWEEN = "of the latent variance of a rating: main effects and the intersection term (VPC)"
RATERS = "of the latent variance between raters: main effects and the intersection term"
NOT_ADDITIVE = "of the variance between intersections: not the sum of main effects"
NULL = "of the latent variance of a rating in the null model: its intersection term (VPC)"
PCV = "fall of the term's variance from the null model to this one (PCV); below 0 where it rises"
UNKNOWN = "; the ratings hardly tell the variance of the null model from 0, so that its change is unknown"


class Variances(NamedTuple):
    """Latent variances, one value a draw (S,).

    ``additive`` main effects of the term's demographics, ``term`` deviations from their sum, ``raters`` raters within
    intersections (None without a rater term), ``total`` of a rating.
    """

    additive: np.ndarray
    term: np.ndarray
    raters: np.ndarray | None
    total: np.ndarray

    @property
    def between(self) -> np.ndarray:
        return self.additive + self.term


def intersection_shares(
    fit: Fit, null_fit: Fit | None = None, *, term: str | None = None, prob: float = 0.95
) -> pd.DataFrame:
    """Share of the spread that lies between intersections, and the part of it that main effects do not explain.

    On the latent scale and inside each draw, with the term's standard deviation s and coefficients b::

        additive         A = max(0, sum_c w_c (x_c'b - sum_c w_c x_c'b)^2 - 2 trace(V S))
        between_variance   = (A + s^2) / total                            (variance partition coefficient, VPC)
        between_raters     = (A + s^2) / (A + s^2 + rater variance)
        not_additive       = s^2 / (A + s^2)

    c runs over the intersections that raters are in and w_c is their share of the raters; x_c is the design row of
    everybody given the levels of c, so that columns of other demographics add nothing; trace(V S) is what noise of
    the coefficients adds to a variance, corrected as in ``variance_shares``. Random terms of fewer of the same
    demographics, as ``(1 | gender)`` beside ``(1 | gender:race)``, are main effects too and add their variance to A.
    ``total`` is the variance of x'b over raters (corrected), of all random terms and of the residual, as in
    ``variance_shares``.

    With ``null_fit``, the same model without main effects, the proportional change in variance (Merlo 2018, Social
    Science & Medicine 202:74-80; Evans et al. 2018, 203:64-73)::

        pcv = 1 - s^2 / s_null^2

    Its interval takes the two posteriors as independent: every draw of the one is paired with every draw of the other
    (of at most 1,000 evenly spaced order statistics of each). Both saw the same ratings, so errors they share do not
    cancel and the interval is too wide rather than too narrow. ``not_additive`` needs no second model and weights
    intersections by their raters, where 1 - pcv weights them about equally; the two differ in unbalanced data.

    Maximum likelihood (``method="laplace"``) takes the main effects for known when it estimates s: with few
    intersections for many main effects ``not_additive`` is too low. ``reml=True`` (gaussian) or a posterior is not.

    Parameters
    ----------
    fit : Fit
        With main effects and a term that crosses them, as ``rating ~ gender + race + (1 | gender:race) + ...``.
    null_fit : Fit, optional
        Of the same ratings, with the term and without main effects: ``rating ~ 1 + (1 | gender:race) + ...``.
    term : str, optional
        "gender:race", where the formula has several such terms.
    prob : float
        Probability of the intervals, quantiles over draws.

    Returns
    -------
    data frame
        ``quantity`` (between_variance, between_raters, not_additive; with ``null_fit`` also null_between_variance,
        pcv), ``percent`` (posterior mean; of pcv, which need not
        have one, the median), ``lower``, ``upper``, ``note`` (percent of what). ``between_raters`` is
        absent where the formula has no rater term.

    Raises
    ------
    ConfigError
        No such term or several, no main effects of one of its demographics, or a ``null_fit`` that is no null model.

    Examples
    --------
    >>> import pluralstats as ps
    >>> groups = {"gender": {"female": 0.5, "male": 0.5}, "race": {"White": 0.6, "Black": 0.4}}
    >>> ratings = ps.simulate(demographics=groups, sd_intersection={"gender:race": 0.5}, seed=1)
    >>> formula = "rating ~ gender + race + (1 | gender:race) + (1 | item) + (1 | rater)"
    >>> fit = ps.fit(ratings, formula, method="laplace", on_problem="ignore")
    >>> ps.intersection_shares(fit)["quantity"].tolist()
    ['between_variance', 'between_raters', 'not_additive']
    """
    refuse_no_fit(fit, "intersection_shares")
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    t = intersection_term(fit, term)
    _refuse_missing_main_effects(fit, fit.design.groupings[t])
    null_t = None if null_fit is None else _null_term(fit, fit.design.groupings[t], null_fit)
    return by_dimension(fit, lambda dimension: _table(fit, t, null_fit, null_t, prob, dimension))


def _table(
    fit: Fit, t: int, null_fit: Fit | None, null_t: int | None, prob: float, dimension: str | None
) -> pd.DataFrame:
    """The shares on one dimension."""
    found = _variances(fit, t, dimension)
    draws = [("between_variance", _ratio(found.between, found.total), BETWEEN)]
    if found.raters is not None:
        draws.append(("between_raters", _ratio(found.between, found.between + found.raters), RATERS))
    draws.append(("not_additive", _ratio(found.term, found.between), NOT_ADDITIVE))
    if null_fit is not None and null_t is not None:
        null = _variances(null_fit, null_t, dimension)
        draws.append(("null_between_variance", _ratio(null.term, null.total), NULL))
        draws.append(("pcv", 1.0 - all_ratios(found.term, null.term), PCV))
    return pd.DataFrame([_row(*row, prob) for row in draws])


def _row(quantity: str, draws: np.ndarray, note: str, prob: float) -> dict[str, object]:
    lower, middle, upper = 100.0 * np.quantile(draws, [0.5 - prob / 2.0, 0.5, 0.5 + prob / 2.0])
    middle = middle if quantity == "pcv" else 100.0 * draws.mean()
    note += UNKNOWN if quantity == "pcv" and lower < -100.0 else ""
    return {"quantity": quantity, "percent": middle, "lower": lower, "upper": upper, "note": note}


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.where(np.isnan(whole), np.nan, 0.0), where=whole > 0.0)


def all_ratios(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Ratios of every draw of the one to every draw of the other, of at most 1,000 order statistics of each.

    0 to 0 has the ratio 1, and no ratio is infinite, so that quantiles are numbers.

    >>> all_ratios(np.array([1.0, 2.0]), np.array([1.0, 4.0])).tolist()
    [1.0, 0.25, 2.0, 0.5]
    """
    top, bottom = _order_statistics(one), _order_statistics(other)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.divide.outer(top, bottom)
    neither = (top == 0.0)[:, None] & (bottom == 0.0)
    return np.where(neither, 1.0, np.minimum(ratios, ENDLESS)).ravel()


def _order_statistics(draws: np.ndarray) -> np.ndarray:
    """The draws in order, thinned evenly."""
    at = (np.arange(min(len(draws), MOST_PAIRED)) + 0.5) * len(draws) / min(len(draws), MOST_PAIRED)
    return np.sort(draws)[at.astype(int)]


def _variances(fit: Fit, t: int, dimension: str | None) -> Variances:
    samples, grouping = fit.samples, fit.design.groupings[t]
    additive = fixed_variance(fit, _standardised(fit, grouping, dimension), grouping.term.factors)
    for part in _parts(fit, grouping):
        additive = additive + samples.sd[:, part] ** 2
    of_raters = fit.roles.rater
    raters = mean_variance(fit, of_raters, dimension) if of_raters else None
    total = np.sum(list(component_variances(fit, dimension=dimension).values()), axis=0)
    return Variances(additive, samples.sd[:, t] ** 2, raters, total)


def _standardised(fit: Fit, grouping: Grouping, dimension: str | None) -> Scene:
    """Intersections with the shares of raters in them, and in each of them everybody's other columns."""
    people, factors = observed_people(fit), list(grouping.term.factors)
    around = circumstances(fit, dimension)
    in_cell = people.profiles.assign(_share=people.share).groupby(factors, observed=True, sort=False)["_share"].sum()
    cells = in_cell.index.to_frame(index=False)
    given = [people_in(Scene(people, levels, around)) for levels in cells.to_dict("records")]
    share = np.concatenate([w * people.share for w in in_cell])
    return Scene(Setting(pd.concat(given, ignore_index=True), share), {}, around)


def _parts(fit: Fit, grouping: Grouping) -> list[int]:
    """Random intercepts of some of the same demographics."""
    factors = set(grouping.term.factors)
    return [t for t, g in enumerate(fit.design.groupings) if set(g.term.factors) < factors and g.column == "Intercept"]


def _refuse_missing_main_effects(fit: Fit, grouping: Grouping) -> None:
    of_parts = {name for t in _parts(fit, grouping) for name in fit.design.groupings[t].term.factors}
    missing = [name for name in grouping.term.factors if name not in {*fit.design.formula.columns, *of_parts}]
    if missing:
        raise ConfigError(
            f"What is not additive is told from main effects, and the formula '{fit.formula}' has none of "
            f"{', '.join(missing)}. Add them to its fixed part; a model without any goes into `null_fit=`."
        )


def _null_term(fit: Fit, grouping: Grouping, null_fit: Fit) -> int:
    """Position of the term in the null model.

    Raises
    ------
    ConfigError
        Every reason why it is no null model of the fit.
    """
    same = [t for t, g in enumerate(null_fit.design.groupings) if set(g.term.factors) == set(grouping.term.factors)]
    problems = []
    if not same:
        problems.append(f"`null_fit` has no term (1 | {grouping.name}) as the fit does; found '{null_fit.formula}'.")
    if null_fit.ratings.data_hash != fit.ratings.data_hash:
        problems.append("`null_fit` is of other ratings than the fit. Fit both to the same ratings.")
    if (null_fit.family, null_fit.link) != (fit.family, fit.link):
        found, wanted = f"{null_fit.family} {null_fit.link}", f"{fit.family} {fit.link}"
        problems.append(f"`null_fit` is {found} and the fit is {wanted}. Fit both with the same family and link.")
    explained = [name for name in grouping.term.factors if name in null_fit.design.formula.columns]
    explained += [null_fit.design.groupings[t].name for t in (_parts(null_fit, grouping) if same else [])]
    if explained:
        problems.append(f"`null_fit` has main effects of {', '.join(explained)}. Take them out of its formula.")
    if problems:
        raise problems_error(ConfigError, problems)
    return same[0]
