"""Who chose what: the share of each category in each group."""

import numpy as np
import pandas as pd

import pluralstats.figures as figures
from pluralstats.data.ratings import Ratings
from pluralstats.errors import expect
from pluralstats.study.sections.parts import Plan, Section
from pluralstats.study.steps.dimensions import by_dimension, stacked
from pluralstats.study.steps.ratings import EVERYBODY, frequencies

COLUMNS = ("demographic", "level", "category", "position", "n", "percent")


def rating_shares(ratings: Ratings) -> pd.DataFrame:
    """How often each group chose each category, after everybody; empty for a continuous scale.

    Returns
    -------
    DataFrame
        dimension (when there are several), demographic, level, category (label), position (0..K-1), n,
        percent (0-100, of the ratings of that group on that dimension). Categories nobody chose have n = 0.
    """
    expect(ratings, Ratings, "`ps.rating_shares` needs Ratings", "Wrap the data: ps.Ratings(frame, scale=(1, 5)).")
    if ratings.scale.is_continuous:
        return pd.DataFrame(columns=list(COLUMNS))
    parts = {
        dimension: pd.concat([_shares(part, name) for name in (EVERYBODY, *ratings.demographics)])
        for dimension, part in by_dimension(ratings).items()
    }
    return stacked(parts, "dimension")


def _shares(ratings: Ratings, demographic: str) -> pd.DataFrame:
    frame = ratings.frame
    group = frame[demographic] if demographic != EVERYBODY else pd.Series(EVERYBODY, index=frame.index)
    counts = pd.crosstab(group, frame["rating"], values=frequencies(ratings), aggfunc="sum")
    counts = counts.reindex(columns=range(ratings.scale.K)).fillna(0)
    counts = counts.astype(int) if (counts == counts.round()).all(axis=None) else counts
    counts = counts[counts.sum(axis=1) > 0]
    n, K = counts.to_numpy(), ratings.scale.K
    return pd.DataFrame(
        {
            "demographic": demographic,
            "level": np.repeat(counts.index.astype("str"), K),
            "category": np.tile(np.array(ratings.scale.labels, dtype=object), len(n)),
            "position": np.tile(np.arange(K), len(n)),
            "n": n.ravel(),
            "percent": (100 * n / n.sum(axis=1, keepdims=True)).ravel(),
        }
    )


SECTION: Section = Section(
    show=lambda study: study.drawn("rating_shares"),
    heading="Who chose what",
    compute=lambda material: {"rating_shares": rating_shares(material.ratings)},
    figures={
        "rating_shares": Plan(
            "How often each group chose each category.",
            "rating_shares",
            figures.likert,
            "percent",
            options=lambda subject: {"ramp": subject.config.figures.ramp},
        )
    },
)
