"""``rater_table``: each rater's severity, noise, use of the scale, and signs of straight-lining."""

import numpy as np
import pandas as pd

from pluralstats.data.summaries import rater_table as raters_of
from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.results.averaging.scenes import dimensions_of
from pluralstats.results.checks.predictive import TAIL
from pluralstats.results.checks.replication import check_replications
from pluralstats.results.effects.summaries import summaries
from pluralstats.results.raters.meetings import Meetings, linear, meetings, of_raters, predicted, with_draws
from pluralstats.results.raters.same_answers import ROWS, same_answers

OF_PARTS = {"noise": "disc", "use_of_scale": "stretch"}
SIDES = {
    "severity": ("severe", "lenient"),
    "noise": ("noisy", "consistent"),
    "use_of_scale": ("middle of the scale", "ends of the scale"),
}
SAME = "same answer"
OWN = {"n_ratings", "severity", "lower", "upper", "latent", "within_groups", "p_severe", "note", *OF_PARTS}
APART = 1.0  # sds over raters beyond which a whole interval makes a rater stand out
DIMENSION = "dimension"


def rater_table(
    fit: Fit, *, order: str | None = None, prob: float = 0.95, draws: int = 400, seed: int = 1
) -> pd.DataFrame:
    """What the model says of every rater: severity, noise, use of the scale, and whether answers repeat themselves.

    Severity is the term of many-facet Rasch models (Linacre 1989): how much LOWER than the average rater somebody
    rates. In every draw a rater's expected rating is averaged over the items of the data, all items whichever the
    rater met, and taken from the mean over all raters of that. It contains the difference of the rater's group:
    ``within_groups`` is the part that the rater's demographics do not say.

    ``noise`` and ``use_of_scale`` need submodels by rater, ``ps.fit(disc="~ gender + (1 | rater)", stretch=...)``.
    Both are ratios to the typical rater (the geometric mean over raters): s of 1.5 scatters answers half as much
    again, e^a of 1.5 sets thresholds half as far apart again, so that answers keep to the middle; below 1 they go to
    the ends.

    Straight-lining shows where one answer is given more often, or longer in a row, than in ratings drawn from the
    model for the same rater and items, whose severity, noise and use of the scale it knows: a rater who is merely
    severe gives the lowest answer often, and is expected to.

    Parameters
    ----------
    fit : Fit
        With a random term of raters.
    order : str, optional
        What tells in which order a rater gave the ratings: a column of numbers (a covariate) or "rows", as they stand
        in the ratings. Default: not known, no ``longest_run``.
    prob : float
        Probability of the intervals, quantiles over draws.
    draws : int
        Posterior draws, evenly spaced among those of the fit.
    seed : int
        Of the ratings that are drawn.

    Returns
    -------
    data frame
        A row for each rater (and dimension of a fit of several): ``rater``, demographics, [``dimension``],
        ``n_ratings``; ``severity, lower, upper`` in rating points; ``latent, latent_lower, latent_upper`` the same on
        the latent scale, ``within_groups`` (and its ends) that part of it; ``p_severe`` posterior probability that the
        rater is more severe than the average one; ``noise``, ``use_of_scale`` and their ends, missing without submodels
        by rater; ``modal_answer``, ``modal_percent`` (of the rater's ratings), ``modal_percent_expected``, ``p_modal``;
        with ``order`` ``longest_run``, ``longest_run_expected``, ``p_run``. ``p`` is the share of drawn ratings with
        more (ties half), so that small values are conspicuous. ``note`` says who stands out: "severe", "lenient",
        "noisy", "consistent", "middle of the scale", "ends of the scale" where the whole interval is more than a
        standard deviation over raters away from the average one; "same answer" where a ``p`` is below 0.005, of which
        one in 200 raters has one by chance. Of more than 100 items 100 are met, evenly spaced by their mean rating.

    Raises
    ------
    ConfigError
        A fit without effects of raters; an ``order`` that is no column of numbers; ``prob``, ``draws`` or ``seed``
        that cannot be meant.

    References
    ----------
    Linacre (1989), Many-Facet Rasch Measurement, MESA Press. Meade & Craig (2012), Identifying careless responses in
    survey data, Psychological Methods 17, 437-455 (long strings of one answer).

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> table = ps.rater_table(ps.fit(ratings, method="laplace"), draws=100)
    >>> len(table), bool(abs(table["severity"].mean()) < 1e-9)
    (40, True)

    One figure of it: ``pluralstats.figures.rater_profiles(table)``.
    """
    refuse_no_fit(fit, "rater_table")
    _refuse(fit, order, prob, draws, seed)
    some = with_draws(fit, draws)
    parts = [_of_dimension(some, name, order, prob, draws, seed) for name in dimensions_of(fit) or (None,)]
    return pd.concat(parts, ignore_index=True)


def _of_dimension(
    fit: Fit, dimension: str | None, order: str | None, prob: float, draws: int, seed: int
) -> pd.DataFrame:
    frame, demographics = fit.ratings.frame, list(fit.ratings.demographics)
    if dimension is not None:
        frame = frame[frame[DIMENSION] == dimension]
    frame = frame.assign(rater=frame["rater"].cat.remove_unused_categories())
    table = raters_of(frame, demographics)
    if dimension is not None:
        table.insert(1 + len(demographics), DIMENSION, dimension)
    met = meetings(fit, table["rater"], dimension)
    found = predicted(fit, met)
    severity = _below_average(found.expected)
    columns = _summary(severity, "severity", "", prob)
    columns |= _summary(_below_average(found.linear), "latent", "latent_", prob)
    columns |= _summary(_below_average(found.own), "within_groups", "within_groups_", prob)
    columns["p_severe"] = _or_missing((severity > 0.0).mean(axis=0), severity)
    for name, part in OF_PARTS.items():
        columns |= _ratio(fit, met, name, part, prob)
    table = table.assign(**columns)
    same = same_answers(fit, dimension, order, draws, seed)
    same = same.loc[table["rater"].astype(str)].reset_index(drop=True)
    return pd.concat([table, same], axis=1).assign(note=_notes)


def _below_average(draws: np.ndarray) -> np.ndarray:
    """(S, R) how far raters are below the mean of all."""
    return np.nanmean(draws, axis=1, keepdims=True) - draws if np.isfinite(draws).any() else draws


def _or_missing(values: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(draws).all(axis=0), values, np.nan)


def _summary(draws: np.ndarray, name: str, prefix: str, prob: float, null: float = 0.0) -> dict[str, np.ndarray]:
    found = summaries(draws.T, null, prob, 0.0)
    return {name: found["estimate"], f"{prefix}lower": found["lower"], f"{prefix}upper": found["upper"]}


def _ratio(fit: Fit, met: Meetings, name: str, part: str, prob: float) -> dict[str, np.ndarray]:
    """A rater's s or e^a as a ratio to the typical rater's."""
    one, n = fit.part_fits.get(part), len(met.raters)
    log = np.full((len(fit.samples.sd), n), np.nan)
    if one is not None and of_raters(one):
        for some, table in met.tables():
            log[:, some] = linear(one, met, table)[0]
    return _summary(np.exp(-_below_average(log)), name, f"{name}_", prob, 1.0)


def _notes(table: pd.DataFrame) -> list[str]:
    """Who stands out in what."""
    said: dict[str, np.ndarray] = {}
    for name, (high, low) in SIDES.items():
        prefix = f"{name}_" if name in OF_PARTS else ""
        at = table[[name, f"{prefix}lower", f"{prefix}upper"]].to_numpy(float)
        middle, lower, upper = (np.log(at) if name in OF_PARTS else at).T
        known = middle[np.isfinite(middle)]
        far = APART * known.std() if known.size else np.inf
        said |= {high: lower > far, low: upper < -far}
    p = [table[name].to_numpy(float) < TAIL for name in ("p_modal", "p_run") if name in table]
    said[SAME] = np.any(p, axis=0) if p else np.zeros(len(table), bool)
    return ["; ".join(words for words, holds in said.items() if holds[i]) for i in range(len(table))]


def _refuse(fit: Fit, order: str | None, prob: float, draws: int, seed: int) -> None:
    check_replications(draws, seed)
    problems = [*probability_problem(prob)]
    frame = fit.ratings.frame
    numbers = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name]) and name != "rating"]
    if order is not None and order not in (*numbers, ROWS):
        problems.append(
            f"`order` is a column of numbers that says when a rating was given, or '{ROWS}' for the order of the rows; "
            f"found {order!r}. The ratings have {', '.join(numbers) or 'no numbers'}; read the column as a covariate."
            f"{nearest(str(order), numbers)}"
        )
    if taken := [name for name in fit.ratings.demographics if name in OWN]:
        problems.append(f"The table has a column of its own called '{taken[0]}'. Rename that demographic (columns=).")
    if not of_raters(fit):
        problems.append(
            f"The formula '{fit.formula}' has no effects of raters, so that the model has no severities. Fit it with "
            "(1 | rater)."
        )
    if problems:
        raise problems_error(ConfigError, problems)
