"""Design weights of raters, as a survey gives them: one number a rater, how many people the rater stands for."""

import math

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch, counted, rows_text
from pluralstats.data.options import RatingOptions
from pluralstats.data.rating_policies import positive_weights


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


def with_mean_one(frame: pd.DataFrame) -> pd.DataFrame:
    """The same ratings with design weights of mean 1 over the raters among them.

    A rater's weight is then how many raters it counts for, and likelihoods keep the size of the sample.
    """
    if "rater_weight" not in frame or frame.empty:
        return frame
    weights = frame["rater_weight"][~frame["rater"].duplicated()]
    total = math.fsum(weights)  # the same to the last bit whatever the order of rows, as the hash of the data is
    return frame.assign(rater_weight=frame["rater_weight"] * len(weights) / total)
