"""``compare``: which of several models predicts left-out ratings, raters or items best."""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.optimize import LinearConstraint, minimize

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, listed, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.fitting import FitWarning
from pluralstats.results.checks.leave_one_out import LeaveOneOut, error_of_sum, loo
from pluralstats.results.checks.left_out import check_unit
from pluralstats.results.effects.likelihood_ratio import likelihood_ratios

_SAME_ROWS = ["rater", "item", "rating"]
_COUNTING = ("rater", "item", "rating", "dimension", "weight", "rater_weight")  # what densities are of


def compare(fits: Mapping[str, Fit], by: str | None = None, *, draws: int | None = None) -> pd.DataFrame:
    """Models of the same ratings side by side, by what they predict for left-out units or by likelihood ratios.

    Posteriors are compared by leaving out; nested models by maximum likelihood (``method="laplace"`` without priors)
    by likelihood ratios, unless ``by`` is given. Where the larger model adds variances, p is of a mixture of
    chi-squares, since under the smaller one they lie on their border (Self & Liang 1987; Stram & Lee 1994).

    Parameters
    ----------
    fits : mapping from name to Fit
        Two or more, of the same ratings.
    by : {"rating", "rater", "item"}, optional
        What is left out; see :func:`loo`. Default: ratings, or nothing where all fits are by maximum likelihood.
    draws : int, optional
        Draws used of each fit. Default: all.

    Returns
    -------
    data frame
        Best model first: ``model``; ``elpd``, ``se``; ``elpd_difference`` to the best model (0 or less) and its
        ``se_difference``, from the differences unit by unit; ``weight`` of the model in the mixture of models that
        predicts best (stacking; weights sum to 1); ``p_loo``; ``n_bad_k``, units whose Pareto k is too high: their
        elpd is probably too high, and the order of models may be due to it. ``attrs["problems"]`` has a sentence for
        each model with such units, which says what to do, and ``ps.export_table`` writes it under the table.
        A difference of less than 4, or of less than twice its standard error, says little. Likelihood ratios: smallest
        model first, each against the one before it: ``model, n_parameters, loglik, aic, lr`` (twice the difference of
        log-likelihoods), ``df`` (parameters added), ``p``, ``note`` (whether variances were tested).

    Raises
    ------
    ConfigError
        Fewer than two fits, fits of different ratings, or a gaussian model beside one of categories; models by maximum
        likelihood that are not nested, without ``by``.
    FitError
        A fit that cannot be used; see :func:`loo`.

    Warns
    -----
    FitWarning
        A model with units whose Pareto k is too high.

    References
    ----------
    Vehtari, Gelman & Gabry (2017), Stat. Comput. 27, 1413-1432, section 5; Yao, Vehtari, Simpson & Gelman (2018),
    Bayesian Analysis 13(3), 917-1007, equation 4 (stacking). Self & Liang (1987), J. Am. Stat. Assoc. 82, 605-610;
    Stram & Lee (1994), Biometrics 50, 1171-1177 (variances on their border).

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> formulas = {"both": "rating ~ (1 | item) + (1 | rater)", "items": "rating ~ (1 | item)"}
    >>> table = compare({name: ps.fit(ratings, text, on_problem="ignore") for name, text in formulas.items()})
    >>> table["model"].tolist()
    ['both', 'items']
    """
    _refuse_others(fits)
    if by is None and all(fit.estimator in ("ML", "REML") for fit in fits.values()):
        _refuse_incomparable(fits, "nothing")
        return likelihood_ratios(fits)
    by = by or "rating"
    check_unit(by)
    _refuse_incomparable(fits, by)
    results = {name: loo(fit, by, draws=draws) for name, fit in fits.items()}
    table = comparison_table(results)
    for result, name in ((results[name], name) for name in table["model"] if results[name].n_bad):
        warnings.warn(f"'{name}': {result.problems[0]}", FitWarning, stacklevel=2)
    return table


def comparison_table(results: Mapping[str, LeaveOneOut]) -> pd.DataFrame:
    """The columns of :func:`compare` from results that left out the same units."""
    best_first = sorted(results, key=lambda name: -results[name].elpd)
    values = np.stack([results[name].table["elpd"].to_numpy() for name in best_first], axis=1)
    difference = values - values[:, :1]
    chosen = [results[name] for name in best_first]
    table = pd.DataFrame(
        {
            "model": best_first,
            "elpd": [result.elpd for result in chosen],
            "se": [result.se for result in chosen],
            "elpd_difference": difference.sum(axis=0),
            "se_difference": [error_of_sum(column) for column in difference.T],
            "weight": stacking_weights(values),
            "p_loo": [result.p_loo for result in chosen],
            "n_bad_k": [result.n_bad for result in chosen],
        }
    )
    table.attrs["problems"] = [f"'{name}': {text}" for name in best_first for text in results[name].problems]
    return table


def stacking_weights(elpd: np.ndarray) -> np.ndarray:
    """(M,) weights w that maximise the sum over units i of log(sum_m w_m exp(elpd_im)), sum w = 1; elpd (U, M).

    >>> stacking_weights(np.log([[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.2, 0.8]])).round(3).tolist()
    [0.917, 0.083]
    """
    density = np.exp(elpd - elpd.max(axis=1, keepdims=True))
    models = density.shape[1]

    def loss(weight: np.ndarray) -> tuple[float, np.ndarray]:
        mixture = np.maximum(density @ weight, 1e-300)
        return -float(np.mean(np.log(mixture))), -np.mean(density / mixture[:, None], axis=0)

    found = minimize(
        loss,
        np.full(models, 1.0 / models),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * models,
        constraints=LinearConstraint(np.ones((1, models)), 1.0, 1.0),
        options={"ftol": 1e-12, "maxiter": 500},
    )
    weight = np.maximum(found.x, 0.0)
    return weight / weight.sum()


def _refuse_others(fits: object) -> None:
    """Refuse what is no mapping of fits; the sentence names kinds, because a fit prints as a whole table."""
    if not isinstance(fits, Mapping):
        found = f"a {type(fits).__name__} without a name"
    elif strange := [(name, type(fit).__name__) for name, fit in fits.items() if not isinstance(fit, Fit)]:
        found = f"'{strange[0][0]}', which is a {strange[0][1]}"
    elif len(fits) < 2:
        found = f"{len(fits)}"
    else:
        for fit in fits.values():
            refuse_no_fit(fit, "compare")  # a fit on the scale of one wave
        return
    raise ConfigError(
        "`compare` needs two or more named fits, such as ps.compare({'both': fit_1, 'items only': fit_2}); "
        f"found {found}."
    )


def _refuse_incomparable(fits: Mapping[str, Fit], by: str) -> None:
    reference, *others = fits
    problems = []
    for name in others:
        first, other = fits[reference], fits[name]
        if differs := _difference(first.ratings, other.ratings):
            problems.append(
                f"'{reference}' and '{name}' are fits of different data ({first.n_ratings:,} and "
                f"{other.n_ratings:,} ratings): {differs}, so that their densities are of different things. Fit both "
                "to the same `Ratings`."
            )
        elif by == "rating" and not _same_order(first, other):
            problems.append(
                f"'{reference}' and '{name}' have the same ratings in another order, so that rows cannot be paired. "
                "Fit both to the same `Ratings`."
            )
        if _measure(first) != _measure(other):
            problems.append(
                f"'{reference}' ({first.family}) gives {_measure(first)} and '{name}' ({other.family}) gives "
                f"{_measure(other)}: a probability of a category has no unit, a density is per rating point, "
                "and their logarithms cannot be compared. Compare models with categories among each other, and "
                "gaussian ones and those of ordered beta among each other."
            )
    if problems:
        raise problems_error(ConfigError, problems)


def _difference(first: Ratings, other: Ratings) -> str:
    """What two ratings do not have in common of all that densities depend on; covariates and demographics are free."""
    if first.data_hash == other.data_hash:
        return ""
    if first.scales != other.scales:
        return f"their scales are {first.scale_text} and {other.scale_text}"
    what = [[name for name in _COUNTING if name in ratings.frame] for ratings in (first, other)]
    if what[0] != what[1]:
        return f"one has the column {listed(sorted(set(what[0]) ^ set(what[1])))} and the other has not"
    rows = [_sorted_rows(ratings.frame[what[0]]) for ratings in (first, other)]
    if len(rows[0]) == len(rows[1]) and rows[0].equals(rows[1]):
        return ""
    if len(rows[0]) != len(rows[1]):
        return "one has rows that the other leaves out"
    names = [name for name in what[0] if not rows[0][name].equals(rows[1][name])]
    return f"they differ in {listed(names)}"


def _sorted_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows as texts and numbers, in an order of their own, so that levels nobody has and their order do not matter."""
    texts = frame.astype({name: str for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)})
    return texts.sort_values(list(texts.columns), kind="stable", ignore_index=True)


def _measure(fit: Fit) -> str:
    if fit.design.family.bounded is not None:
        return "probabilities of both ends and densities between them"
    return "probabilities" if fit.design.family.ordered else "densities"


def _same_order(first: Fit, other: Fit) -> bool:
    """Whether row i of both is the same rating."""
    a, b = (fit.ratings.frame[_SAME_ROWS].astype(str) for fit in (first, other))
    return bool((a.to_numpy() == b.to_numpy()).all())
