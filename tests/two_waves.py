"""Simulated ratings of two waves: five points in the first, three in the second, one latent scale behind both."""

from dataclasses import replace

import numpy as np
import pandas as pd

import pluralstats as ps

SCALES = {"wave": {"1": (1, 5), "2": (1, 3)}}
THIRDS = np.array([0, 0, 1, 2, 2])  # of five answers, as `Scale.merged(3)` has them


def in_two_waves(ratings: ps.Ratings, late: np.ndarray) -> ps.Ratings:
    """Ratings of five points, ``late`` (n_ratings,) of them asked with three; the truth has the thresholds of both."""
    frame = ratings.frame.copy()
    rating = frame["rating"].to_numpy()
    frame = frame.assign(rating=np.where(late, THIRDS[rating], rating) + 1, wave=np.where(late, "2", "1"))
    cuts = ratings.truth.thresholds["all"]
    truth = replace(ratings.truth, thresholds={"1": cuts, "2": cuts[np.diff(THIRDS) > 0]})
    return ps.Ratings(
        pd.DataFrame(frame),
        scale=SCALES,
        demographics=ratings.demographics,
        reference={name: frame[name].cat.categories[0] for name in ratings.demographics},
        simulated=True,
        truth=truth,
    )


def two_waves(
    n_raters: int = 60, n_items: int = 12, ratings_per_rater: int = 6, seed: int = 1, **options
) -> ps.Ratings:
    """Every second rater answers on three points; all raters meet items of one pool."""
    ratings = ps.simulate(n_raters, n_items, ratings_per_rater, seed=seed, **options)
    return in_two_waves(ratings, ratings.frame["rater"].cat.codes.to_numpy() % 2 == 1)
