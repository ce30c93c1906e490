"""``proportional_odds_tests``: whether groups differ by a shift alone, as the plain model has it, or in more."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.fitting import fit as fit_model
from pluralstats.model.families.known import FAMILIES
from pluralstats.model.formula.parsing import quoted
from pluralstats.results.effects.expected_ratings import group_means
from pluralstats.results.effects.level_pairs import described_raters, is_number, refuse_unknown_demographics

TESTS = {"noise": "disc", "use of the scale": "stretch", "thresholds": "thresholds"}
UNITS = {"disc": "ratio of s", "stretch": "ratio of e^a", "thresholds": "latent shift"}
COLUMNS = ("demographic", "test", "df", "lr", "p", "level", "reference", "estimate", "lower", "upper", "unit",
           "change", "change_at")  # fmt: skip
FEWEST = 3  # categories: two have one threshold, and nothing to be unequal
BELOW = 1e-4  # log-likelihood by which a larger model may be worse without anything being wrong


def proportional_odds_tests(
    fit: Fit, demographics: Sequence[str] | str | None = None, *, prob: float = 0.95
) -> pd.DataFrame:
    """Tests of the assumption that groups differ by a shift on the latent scale and by nothing else.

    With a logit link it is called proportional odds, with any link parallel thresholds: every P(rating >= k) of a group
    is moved by one and the same amount. Three larger models let go of it for one demographic at a time:

    - ``noise``: the group's own s, ``disc="~ gender"`` (``scale_test`` of R's ordinal);
    - ``use of the scale``: thresholds closer together or farther apart by a factor, ``stretch="~ gender"``;
    - ``thresholds``: all of them the group's own, ``thresholds="gender"`` (``nominal_test`` of ordinal), which
      contains the second.

    Each against the plain model by the likelihood ratio, both by maximum likelihood (Laplace's method), whatever the
    fit is. With thousands of ratings a small p says little; ``change`` says what it comes to: how far the larger model
    moves a group's share of answers.

    Parameters
    ----------
    fit : Fit
        Of an ordered scale of three answers or more, plain: without ``disc``, ``stretch`` and ``thresholds``.
    demographics : str or list of str, optional
        Categories of the formula. Default: all of them.
    prob : float
        Probability of the interval.

    Returns
    -------
    data frame
        A row for each demographic and test: ``demographic, test, df, lr, p``; ``level`` whose deviation from the
        ``reference`` is largest, ``estimate, lower, upper`` of it: a "ratio of s" (noise), a "ratio of e^a" (above 1 a
        group keeps to the middle), or for thresholds the "latent shift of 2|3" beyond that of all of them, with
        quantiles over draws, missing where groups used different answers; ``unit``; ``change`` in percentage points:
        the largest difference that the larger model makes to P(rating >= k) of a level, ``change_at`` which
        one, "male: P(rating >= 4)". Families other than cumulative have thresholds alone, and
        demographics of which raters have shares (``multi_select="share"``) all but thresholds.

    Raises
    ------
    ConfigError
        A fit that is not plain, of several dimensions, of completed sets, or of too few answers; a demographic that the
        formula lacks or that is a number; ``prob`` that is no probability.

    References
    ----------
    Peterson & Harrell (1990), Partial proportional odds models, Applied Statistics 39, 205-217. Christensen (2018),
    Cumulative link models for ordinal regression with the R package ordinal.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=80, n_items=20, disc={"gender[male]": 0.5}, seed=1)
    >>> table = ps.proportional_odds_tests(ps.fit(ratings, method="laplace", on_problem="ignore"))
    >>> table["test"].tolist(), bool(table["p"][0] < 0.001)
    (['noise', 'use of the scale', 'thresholds'], True)
    """
    refuse_no_fit(fit, "proportional_odds_tests")
    found = [name for name in described_raters(fit) if not is_number(fit, name)]
    asked = found if demographics is None else [demographics] if isinstance(demographics, str) else list(demographics)
    _refuse(fit, asked, prob)
    plain = fit if fit.estimator == "ML" else _fitted(fit)
    rows = [row for name in asked for row in _rows(plain, name, prob)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _fitted(fit: Fit, **parts: str) -> Fit:
    """The model by maximum likelihood, with one more part."""
    settings, more = fit.provenance["settings"], dict[str, Any](parts)
    return fit_model(
        fit.ratings, fit.formula, family=fit.family, link=fit.link, method="laplace", draws=settings["draws"],
        seed=settings["seed"], on_problem="ignore", **more,
    )  # fmt: skip


def _rows(plain: Fit, name: str, prob: float) -> Iterator[dict[str, object]]:
    levels = [str(level) for level in plain.ratings.frame[name].cat.categories]
    of_family = FAMILIES[plain.family][plain.link].thresholds
    with_parts, before = of_family is not None and of_family.parts is not None, _shares(plain, name)
    for test, part in TESTS.items():
        if not (name not in plain.ratings.shares if part == "thresholds" else with_parts):
            continue
        larger = _fitted(plain, **{part: name if part == "thresholds" else f"~ {quoted(name)}"})
        df, lr = len(larger.parameters) - len(plain.parameters), 2.0 * (larger.loglik - plain.loglik)
        found = lr > -2.0 * BELOW  # else the maximum of the larger model was not
        lr = max(lr, 0.0) if found else np.nan
        deviation = _of_thresholds(larger, levels, prob) if part == "thresholds" else _of_part(larger, part, prob)
        yield {
            "demographic": name, "test": test, "df": df, "lr": lr, "p": float(chi2.sf(lr, df)) if df else np.nan,
            "reference": levels[0], **deviation, **_change(before, _shares(larger, name)),
        }  # fmt: skip


def _shares(fit: Fit, name: str) -> pd.Series:
    """P(rating >= k) in percent, by level and k."""
    table = group_means(fit, name, estimands="probability")
    return table.set_index(table["level"].astype(str) + ": " + table["estimand"])["estimate"]


def _change(before: pd.Series, after: pd.Series) -> dict[str, object]:
    """The largest difference between two models, and where it is."""
    moved = (after.reindex(before.index) - before).dropna()
    if moved.empty:
        return {"change": np.nan, "change_at": ""}
    at = moved.abs().idxmax()
    return {"change": float(moved[at]), "change_at": at}


def _of_part(larger: Fit, part: str, prob: float) -> dict[str, object]:
    """The ratio that is farthest from 1."""
    table = larger.table(prob).query("kind == @part")
    if table["estimate"].isna().all():
        return {}
    row = table.loc[table["estimate"].abs().idxmax()]
    ratios = {end: float(np.exp(row[end])) for end in ("estimate", "lower", "upper")}
    level = str(row["parameter"]).partition("[")[2].removesuffix("]")
    return {"level": level, **ratios, "unit": UNITS[part]}


def _of_thresholds(larger: Fit, levels: Sequence[str], prob: float) -> dict[str, object]:
    """The threshold that a level has farthest from where the reference's thresholds, all moved alike, would be."""
    groups, draws = larger.design.thresholds, larger.samples.threshold
    own = {name: draws[:, groups.of_group(g)] for g, name in enumerate(groups.names)}
    if len(set(groups.labels)) > 1 or levels[0] not in own:
        return {"unit": UNITS["thresholds"]}
    apart = {name: tau - own[levels[0]] for name, tau in own.items() if name != levels[0]}
    beyond = {name: shift - shift.mean(axis=1, keepdims=True) for name, shift in apart.items()}
    level = max(beyond, key=lambda name: np.abs(beyond[name].mean(axis=0)).max())
    k = int(np.abs(beyond[level].mean(axis=0)).argmax())
    lower, upper = np.quantile(beyond[level][:, k], [0.5 - prob / 2.0, 0.5 + prob / 2.0])
    between = "|".join(groups.labels[0][k : k + 2])
    unit = f"{UNITS['thresholds']} of {between}"
    return {"level": level, "estimate": beyond[level][:, k].mean(), "lower": lower, "upper": upper, "unit": unit}


def _refuse(fit: Fit, asked: Sequence[str], prob: float) -> None:
    problems = probability_problem(prob)
    design = fit.design
    if len(fit.ratings.dimensions) > 1:
        problems.append(
            f"Thresholds of several dimensions are tested one by one: ps.fit(ratings.select(dimension="
            f"{fit.ratings.dimensions[0]!r}))."
        )
    elif not design.is_plain:
        problems.append(
            "The fit has parts of its own (disc, stretch or thresholds), and the tests begin with a plain model. Fit "
            f"'{fit.formula}' without them."
        )
    if not design.family.ordered or design.categories.size < FEWEST:
        problems.append(
            f"Whether thresholds are parallel can be asked of ordered scales of {FEWEST} answers or more; this fit has "
            f"{f'{design.categories.size} answers' if design.family.ordered else f'the {fit.family} family'}."
        )
    if "imputation" in fit.provenance:
        problems.append('Likelihood ratios of completed sets cannot be pooled here. Fit with undisclosed="drop".')
    if problems:
        raise problems_error(ConfigError, problems)
    refuse_unknown_demographics(fit, asked, [], "demographics")
    if numbers := [name for name in asked if is_number(fit, name)]:
        raise ConfigError(f"'{numbers[0]}' is a number, and thresholds differ by categories. Cut it into groups first.")
    if not asked:
        raise ConfigError(f"The formula '{fit.formula}' names no category of raters to test.")
