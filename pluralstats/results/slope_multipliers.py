"""What the effects of random terms are multiplied by for given profiles, and how much those of new levels vary."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.fits import Fit

ALL_DRAWS = slice(None)


def multipliers_of(fit: Fit, terms: Sequence[int], profiles: pd.DataFrame) -> np.ndarray:
    """(profiles, terms) what the effects of random terms, named by position, are multiplied by; 1 for intercepts."""
    columns = []
    for t in terms:
        block = fit.design.blocks[fit.design.groupings[t].block]
        columns.append(block.slopes.rows_for(profiles)[:, t - block.start])
    return np.stack(columns, axis=1) if columns else np.empty((len(profiles), 0))


def mean_variance(
    fit: Fit, terms: Sequence[int], multipliers: np.ndarray, share: np.ndarray, draws: slice = ALL_DRAWS
) -> np.ndarray:
    """(S,) variance of what the terms add to a rating by new levels, z' (D R D) z, averaged over profiles.

    Parameters
    ----------
    multipliers : (profiles, terms) z
    share : (profiles,)
    """
    products = (multipliers * share[:, None]).T @ multipliers
    sd = fit.samples.sd[draws][:, list(terms)]
    out = sd**2 @ np.diagonal(products)
    place = {t: i for i, t in enumerate(terms)}
    for w, (a, b) in enumerate(fit.design.correlations):
        if a in place and b in place:
            i, j = place[a], place[b]
            out = out + 2.0 * products[i, j] * fit.samples.correlation[draws, w] * sd[:, i] * sd[:, j]
    return np.maximum(out, 0.0)
