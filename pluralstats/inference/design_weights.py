"""What design weights cost: effective number of raters and design effects of estimates, as numbers and sentences."""

from typing import Any

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.inference.nesting import codes_of
from pluralstats.model.design import Design


def design_weights(ratings: Ratings, design: Design, effects: np.ndarray | None) -> dict[str, Any]:
    """What ``Fit.provenance`` says of weights, as plain values.

    ``n_raters``; ``effective_raters``, (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling, section 11.7); ``adjusted``,
    whether uncertainty is by the sandwich; ``design_effects``, the variance of each coefficient over that of as many
    raters without weights.
    """
    _, first = np.unique(codes_of(ratings, design, "rater"), return_index=True)
    weight = design.rater_weight[first]
    named = {} if effects is None else dict(zip(design.fixed.names, effects.tolist(), strict=True))
    return {
        "n_raters": int(first.size),
        "effective_raters": float(weight.sum() ** 2 / (weight**2).sum()),
        "adjusted": effects is not None,
        "design_effects": {name: effect for name, effect in named.items() if np.isfinite(effect)},
    }
