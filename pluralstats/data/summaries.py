"""The table that says what is in the data."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.scale import Scale


def summary_table(frame: pd.DataFrame, scale: Scale, demographics: Sequence[str]) -> pd.DataFrame:
    """Raters and ratings of everything, of each answer, dimension and demographic level.

    Returns
    -------
    DataFrame
        column ("all", "rating", "dimension" or a demographic), level, n_raters, n_ratings, percent (of ratings).
    """
    everything = pd.Categorical.from_codes(np.zeros(len(frame), dtype=int), categories=["all"])
    columns = {"all": pd.Series(everything)}
    if not scale.is_continuous:
        columns["rating"] = pd.Series(pd.Categorical.from_codes(frame["rating"], categories=list(scale.labels)))
    columns |= {name: frame[name] for name in ("dimension", *demographics) if name in frame}
    parts = [_level_counts(name, column, frame["rater"]) for name, column in columns.items()]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(percent=100 * table["n_ratings"] / len(frame))


def _level_counts(name: str, column: pd.Series, rater: pd.Series) -> pd.DataFrame:
    codes, n_levels = column.cat.codes.to_numpy(), len(column.cat.categories)
    pairs = pd.DataFrame({"level": codes, "rater": rater.cat.codes.to_numpy()}).drop_duplicates()
    return pd.DataFrame(
        {
            "column": name,
            "level": column.cat.categories.astype("str"),
            "n_raters": np.bincount(pairs["level"], minlength=n_levels),
            "n_ratings": np.bincount(codes, minlength=n_levels),
        }
    )
