"""What weights do: those that are no frequencies, and what design weights cost, as numbers and sentences."""

from typing import Any

import numpy as np

from pluralstats.data.policies.rater_weights import COSTLY, effective_number
from pluralstats.data.ratings import Ratings
from pluralstats.errors import listed
from pluralstats.inference.weights.sandwich import LARGEST_SHARED
from pluralstats.model.design import Design

MANY_NAMED = 5
FAR_FROM_ONE = 5.0  # mean weight beyond which weights are hardly counts of equal ratings


def design_weights(design: Design, raters: np.ndarray, effects: np.ndarray | None) -> dict[str, Any]:
    """What ``Fit.provenance`` says of unequal weights, as plain values.

    ``n_raters``; ``effective_raters`` (``effective_number``); ``adjusted``, whether uncertainty is by the sandwich;
    ``design_effects``, the variance of each coefficient over that of as many raters without weights.

    Parameters
    ----------
    raters : (n,) codes of the raters of the rows
    effects : (p,) design effects of the coefficients; None where draws were left as they came
    """
    _, first = np.unique(raters, return_index=True)
    named = {} if effects is None else dict(zip(design.fixed.names, effects.tolist(), strict=True))
    return {
        "n_raters": int(first.size),
        "effective_raters": effective_number(design.rater_weight[first]),
        "adjusted": effects is not None,
        "design_effects": {name: effect for name, effect in named.items() if np.isfinite(effect)},
    }


def weight_sentences(design: Design, found: dict[str, Any]) -> tuple[str, ...]:
    """What unequal weights do to the intervals of a fit, as finished sentences."""
    n, effective = found["n_raters"], found["effective_raters"]
    effect = f"{n} raters are worth {effective:.0f} with equal weights (Kish's effective number)"
    if not found["adjusted"]:
        return (
            f"Design weights: {effect}, and this method leaves its intervals as if they were worth {n}: too narrow. "
            "Use method='hmc' or 'laplace', whose intervals allow for the weights.",
        )
    shared = sum(grouping.size for grouping in design.groupings if grouping.prior_weight is None)
    many = (
        f"The formula has {shared:,} effects that raters share, and design weights are allowed for in those of at most "
        f"{LARGEST_SHARED:,}: intervals of single items are as without weights. Fit a part of the items.",
    )
    said = many if shared > LARGEST_SHARED else ()
    if n < COSTLY * effective:
        return said
    factors = [f"{value:.1f} ({name})" for name, value in found["design_effects"].items() if name != "Intercept"]
    variances = f"; variances are multiplied by {listed(factors, MANY_NAMED)}" if factors else ""
    return (
        *said,
        f"Design weights cost precision: {effect}, design effect {n / effective:.1f}{variances}. Intervals allow for "
        "that. Trim the largest weights or rake on fewer columns if they are too wide.",
    )


def frequency_problems(ratings: Ratings, design: Design) -> list[str]:
    """Weights that do not look like the frequencies as which they enter the likelihood."""
    if "weight" not in ratings.frame:
        return []
    weight, found = design.weight, []
    broken = int((weight != np.round(weight)).sum())
    if broken:
        found.append(f"{broken:,} of {design.n:,} weights are not whole numbers")
    if not 1.0 / FAR_FROM_ONE <= weight.mean() <= FAR_FROM_ONE:
        found.append(
            f"{'their' if broken else 'the weights have a'} mean {'is' if broken else 'of'} {weight.mean():.3g}"
        )
    if not found:
        return []
    what = " and ".join(found)
    return [
        f"{what[0].upper()}{what[1:]}: a weight counts how often a rating occurred, so that the {design.n:,} ratings "
        f"enter as {weight.sum():,.0f} and intervals follow that number. If these are survey weights, call the "
        'column `rater_weight`, columns={"weight": "rater_weight"}, or leave it out.'
    ]
