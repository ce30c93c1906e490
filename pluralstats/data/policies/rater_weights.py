"""Design weights of raters, as a survey gives them: one number a rater, how many people the rater stands for."""

import math

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.policies.ratings import positive_weights
from pluralstats.errors import counted, rows_text

COSTLY = 1.2  # design effect from which it is said what weighting costs


def checked_rater_weights(batch: Batch, options: RatingOptions) -> Batch:
    """Design weights as positive numbers, one a rater, and none beside frequency weights."""
    if "rater_weight" not in batch.table:
        return batch
    if "weight" in batch.table:
        batch = batch.complaining(
            "`weight` (how many equal ratings a row stands for) and `rater_weight` (how many people a rater stands "
            "for) are not used together. Write repeated ratings as rows, or drop one of the two columns."
        )
    batch = positive_weights(batch, "rater_weight", "Drop raters without weight.")
    rater = batch.table["rater"].array
    weight = batch.table["rater_weight"].to_numpy()
    lowest, highest = (pd.Series(weight).groupby(rater.codes).agg(which).to_numpy() for which in ("min", "max"))
    differ = np.unique(rater.codes)[highest > lowest]
    if differ.size:
        batch = batch.complaining(_differing(batch, differ))
    known = weight[np.isfinite(weight)]
    detail = f"found from {known.min():.4g} to {known.max():.4g}" if known.size else ""
    if known.size and known.max() > known.min():
        of_raters = pd.Series(weight).groupby(rater.codes).first().to_numpy()
        detail += f", as good as {effective_number(of_raters):.3g} of {len(of_raters)} raters with equal weights"
    everywhere, policy = np.ones(len(weight), dtype=bool), "divided by the mean over raters"
    return batch.recorded("rater_weight", "rater_weight", policy, where=everywhere, detail=detail)


def _differing(batch: Batch, raters: np.ndarray) -> str:
    rater = batch.table["rater"].array
    said = rater.codes == raters[0]
    weights = batch.table["rater_weight"][said]
    found = ", ".join(f"{value:g} in row {row}" for value, row in _firsts(weights, batch.rows[said]))
    all_rows = batch.rows[np.isin(rater.codes, raters)]
    return (
        f"`rater_weight` must be the same in all rows of a rater; it differs for {counted(raters.size, 'rater')} "
        f"({rows_text(all_rows)}). The first is {rater.categories[raters[0]]} ({found}). Correct them; weights of "
        "single ratings are the column `weight`."
    )


def _firsts(weights: pd.Series, rows: np.ndarray) -> list[tuple[float, int]]:
    """The first two different weights and the rows they stand in."""
    first = ~weights.duplicated().to_numpy()
    return list(zip(weights[first].tolist()[:2], rows[first].tolist()[:2], strict=True))


def effective_number(weights: np.ndarray) -> float:
    """Kish's effective sample size (sum w)^2 / sum w^2: so many raters with equal weights know a mean as well.

    The number of raters over it is the design effect of weighting (Kish 1965, Survey Sampling, section 11.7).

    >>> round(effective_number(np.array([2.0, 4.0, 6.0])), 2)
    2.57
    """
    known = weights[np.isfinite(weights)]
    return float(known.sum() ** 2 / (known**2).sum()) if known.size else 0.0


def weights_of_raters(frame: pd.DataFrame) -> np.ndarray:
    """(R,) design weights, each rater once; ones where there are none."""
    first = frame[~frame["rater"].duplicated()]
    return first["rater_weight"].to_numpy(float) if "rater_weight" in frame else np.ones(len(first))


def costly_weights(frame: pd.DataFrame) -> list[str]:
    """A sentence where weighting loses much of a sample."""
    weights = weights_of_raters(frame)
    effective = effective_number(weights)
    if not effective or weights.size < COSTLY * effective:
        return []
    return [
        f"Design weights cost precision: {weights.size} raters are worth {effective:.0f} with equal weights (Kish's "
        f"effective number; design effect {weights.size / effective:.1f}). Trim the largest weights or rake on fewer "
        "columns if that is too few."
    ]


def with_mean_one(frame: pd.DataFrame) -> pd.DataFrame:
    """The same ratings with design weights of mean 1 over the raters among them.

    A rater's weight is then how many raters it counts for, and likelihoods keep the size of the sample.
    """
    if "rater_weight" not in frame or frame.empty:
        return frame
    weights = frame["rater_weight"][~frame["rater"].duplicated()]
    total = math.fsum(weights)  # the same to the last bit whatever the order of rows, as the hash of the data is
    return frame.assign(rater_weight=frame["rater_weight"] * len(weights) / total)
