"""``proportional_odds_tests``: whether groups differ by a shift alone, as the plain model has it, or in more."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from pluralstats.errors import ConfigError, DataError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.fitting import fit as fit_model
from pluralstats.inference.weights.scores import weighted_raters
from pluralstats.model.families.known import FAMILIES
from pluralstats.model.formula.parsing import quoted
from pluralstats.results.effects.expected_ratings import group_means
from pluralstats.results.effects.level_pairs import described_raters, is_number, refuse_unknown_demographics

TESTS = {"noise": "disc", "use of the scale": "stretch", "thresholds": "thresholds"}
BY_RATER = "~ (1 | rater)"
UNITS = {"disc": "ratio of s", "stretch": "ratio of e^a", "thresholds": "latent shift"}
COLUMNS = ("demographic", "test", "df", "lr", "p", "level", "reference", "estimate", "lower", "upper", "unit",
           "change", "change_at", "note")  # fmt: skip
FEWEST = 3  # categories: two have one threshold, and nothing to be unequal
NOT_FOUND = "The larger model has a lower likelihood: its maximum was not found. See its problems."
BELOW = 1e-4  # log-likelihood by which a larger model may be worse without anything being wrong


def proportional_odds_tests(
    fit: Fit, demographics: Sequence[str] | str | None = None, *, raters: bool = True, prob: float = 0.95
) -> pd.DataFrame:
    """Tests of the assumption that groups differ by a shift on the latent scale and by nothing else.

    With a logit link it is called proportional odds, with any link parallel thresholds: every P(rating >= k) of a group
    is moved by one and the same amount. Three larger models let go of it for one demographic at a time:

    - ``noise``: the group's own s, ``disc="~ gender"`` (``scale_test`` of R's ordinal);
    - ``use of the scale``: thresholds closer together or farther apart by a factor, ``stretch="~ gender"``;
    - ``thresholds``: all of them the group's own, ``thresholds="gender"`` (``nominal_test`` of ordinal), which
      contains the second.

    Each against the model without it by the likelihood ratio, both by maximum likelihood (Laplace's method), whatever
    the fit is. Where the formula has ``(1 | rater)``, both models have it in the noise or in the use of the scale too:
    people differ in these, and a group of some people differs from another in them by chance, which tests that take
    all people of a group for alike (``raters=False``) find far too often. With thousands of ratings a small p says
    little still; ``change`` says what it comes to: how far the larger model moves a group's share of answers.

    Parameters
    ----------
    fit : Fit
        Of an ordered scale of three answers or more, plain: without ``disc``, ``stretch`` and ``thresholds``.
    demographics : str or list of str, optional
        Categories of the formula. Default: all of them.
    raters : bool
        Whether raters differ in noise and use of the scale by themselves; without effect where the formula has no
        ``(1 | rater)``.
    prob : float
        Probability of the interval.

    Returns
    -------
    data frame
        A row for each demographic and test: ``demographic, test, df, lr, p``; ``level`` that deviates most clearly
        from the ``reference`` (for its standard error), ``estimate, lower, upper`` of it and their ``unit``: a "ratio
        of s" (noise), a "ratio of e^a" (above 1 a group keeps to the middle), or the "latent shift of 2|3", one
        threshold, beyond that of all thresholds, with quantiles over draws, missing where groups used different
        answers; ``change`` in percentage points: the largest difference that the larger model makes to P(rating >= k)
        of a level, ``change_at`` which one, "male: P(rating >= 4)"; ``note`` why a model could not be fitted, such as a
        level of one rater. Families other than cumulative have thresholds alone, and demographics of which raters have
        shares (``multi_select="share"``) all but thresholds.

    Raises
    ------
    ConfigError
        A fit that is not plain, of several dimensions, of completed sets, with design weights, or of too few answers; a
        demographic that the formula lacks or that is a number; ``prob`` that is no probability.

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
    made: dict[str, Fit] = {}  # by what the smaller models have beside the fit's formula
    rows = [
        {"demographic": name, "test": test, **_row(fit, name, part, _smaller(fit, part, raters), made, prob)}
        for name in asked
        for test, part in TESTS.items()
        if _has(fit, part) and not (part == "thresholds" and name in fit.ratings.shares)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _has(fit: Fit, part: str) -> bool:
    """Whether the family can have a part."""
    of_family = FAMILIES[fit.family][fit.link].thresholds
    return part == "thresholds" or (of_family is not None and of_family.parts is not None)


def _smaller(fit: Fit, part: str, raters: bool) -> dict[str, str]:
    """What both models of a test have: raters who differ in the noise, or in the use of the scale."""
    own = "disc" if part == "disc" else "stretch"
    by_rater = any(term.factors == ("rater",) for term in fit.design.formula.random)
    return {own: BY_RATER} if raters and by_rater and _has(fit, own) else {}


def _fitted(fit: Fit, parts: Mapping[str, str]) -> Fit:
    """The model by maximum likelihood, with these parts."""
    if fit.estimator == "ML" and not parts and not math.isnan(fit.loglik):  # that of one dimension of several has none
        return fit
    settings, more = fit.provenance["settings"], dict[str, Any](parts)
    return fit_model(
        fit.ratings, fit.formula, family=fit.family, link=fit.link, method="laplace", draws=settings["draws"],
        seed=settings["seed"], on_problem="ignore", **more,
    )  # fmt: skip


def _row(
    fit: Fit, name: str, part: str, parts: Mapping[str, str], made: dict[str, Fit], prob: float
) -> dict[str, object]:
    """One test, or a note where the ratings do not have what it needs; ``made`` keeps the smaller models."""
    reference = str(fit.ratings.frame[name].cat.categories[0])
    row: dict[str, object] = {"level": "", "reference": reference, "unit": UNITS[part]}
    more = name if part == "thresholds" else f"~ {quoted(name)}{parts.get(part, '').replace('~', ' +')}"
    try:
        smaller = made.setdefault(str(parts), made.get(str(parts)) or _fitted(fit, parts))
        larger = _fitted(fit, {**parts, part: more})
    except (ConfigError, DataError) as problem:
        return row | {"change_at": "", "note": str(problem)}
    return row | _compared(smaller, larger, name, part, prob)


def _compared(smaller: Fit, larger: Fit, name: str, part: str, prob: float) -> dict[str, object]:
    """The likelihood ratio of one part, and how large it is."""
    df, lr = len(larger.parameters) - len(smaller.parameters), 2.0 * (larger.loglik - smaller.loglik)
    found = lr > -2.0 * BELOW
    lr = max(lr, 0.0) if found else np.nan
    return {
        "df": df,
        "lr": lr,
        "p": float(chi2.sf(lr, df)) if df else np.nan,
        **(_of_thresholds(larger, prob) if part == "thresholds" else _of_part(larger, part, prob)),
        **_change(_shares(smaller, name), _shares(larger, name)),
        "note": "" if found else NOT_FOUND,
    }


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
    """The ratio that is farthest from 1 for what is known of it."""
    table = larger.table(prob).query("kind == @part")
    if table["estimate"].isna().all():
        return {}
    row = table.loc[(table["estimate"] / table["se"]).abs().idxmax()]
    ratios = {end: float(np.exp(row[end])) for end in ("estimate", "lower", "upper")}
    level = str(row["parameter"]).partition("[")[2].removesuffix("]")
    return {"level": level, **ratios}


def _of_thresholds(larger: Fit, prob: float) -> dict[str, object]:
    """The threshold that is most clearly elsewhere than the reference's, all of them moved alike, would be."""
    groups, draws = larger.design.thresholds, larger.samples.threshold
    reference, *levels = groups.names
    own = {name: draws[:, groups.of_group(g)] for g, name in enumerate(groups.names)}
    if len(set(groups.labels)) > 1:
        return {}
    apart = {name: own[name] - own[reference] for name in levels}
    beyond = {name: shift - shift.mean(axis=1, keepdims=True) for name, shift in apart.items()}
    z = {name: np.abs(shift.mean(axis=0)) / shift.std(axis=0) for name, shift in beyond.items()}
    level = max(levels, key=lambda name: z[name].max())
    k = int(z[level].argmax())
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
            "The fit has parts of its own (disc, stretch, thresholds or cs()), and the tests begin with a plain model. "
            f"Fit '{fit.formula}' without them."
        )
    if not design.family.ordered or design.categories.size < FEWEST:
        problems.append(
            f"Whether thresholds are parallel can be asked of ordered scales of {FEWEST} answers or more; this fit has "
            f"{f'{design.categories.size} answers' if design.family.ordered else f'the {fit.family} family'}."
        )
    if "imputation" in fit.provenance:
        problems.append('Likelihood ratios of completed sets cannot be pooled here. Fit with undisclosed="drop".')
    if weighted_raters(fit.ratings, design) is not None:
        problems.append(
            "With unequal design weights (`rater_weight`) the likelihood is that of no model and its ratios have no p: "
            "fit the ratings without weights for the tests."
        )
    if problems:
        raise problems_error(ConfigError, problems)
    refuse_unknown_demographics(fit, asked, [], "demographics")
    if numbers := [name for name in asked if is_number(fit, name)]:
        raise ConfigError(f"'{numbers[0]}' is a number, and thresholds differ by categories. Cut it into groups first.")
    if not asked:
        raise ConfigError(f"The formula '{fit.formula}' names no category of raters to test.")
