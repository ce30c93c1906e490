"""Pairs in the forms that trainers know: a margin of rewards, whole copies, a data set of Hugging Face."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError

if TYPE_CHECKING:
    from datasets import Dataset


def reward_margin(p: np.ndarray, clip: float = 0.001) -> np.ndarray:
    """log(p / (1 - p)), p kept ``clip`` away from 0 and 1.

    >>> reward_margin(np.array([0.5, 0.75])).round(4).tolist()
    [0.0, 1.0986]
    """
    if not 0.0 < clip < 0.5:
        raise ConfigError(f"`clip` is a distance of p from 0 and 1, between 0 and 0.5; found {clip!r}.")
    inside = np.clip(p, clip, 1.0 - clip)
    return np.log(inside / (1.0 - inside))


def whole_copies(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """Every pair n times, p rounded to whole copies: floor(n p + 1/2) in order, the others turned round, all p = 1."""
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
        raise ConfigError(f"`n` is a whole number of copies of each pair, at least 1; found {n!r}.")
    in_order = np.floor(n * table["p"].to_numpy(float) + 0.5).astype(int)
    out = table.iloc[np.repeat(np.arange(len(table)), n)].reset_index(drop=True)
    turned = np.tile(np.arange(n), len(table)) >= np.repeat(in_order, n)
    for chosen, rejected in (("chosen", "rejected"), ("chosen_item", "rejected_item")):
        if chosen in out and rejected in out:
            a, b = out[chosen].to_numpy(object), out[rejected].to_numpy(object)
            out[chosen], out[rejected] = np.where(turned, b, a), np.where(turned, a, b)
    return out.assign(p=1.0)


def as_dataset(rows: pd.DataFrame) -> "Dataset":
    """The rows as a Hugging Face data set.

    Raises
    ------
    ConfigError
        The package datasets is not installed.
    """
    try:
        from datasets import Dataset  # an extra, and seconds to import
    except ModuleNotFoundError as error:
        raise ConfigError("A data set needs the package datasets: pip install 'pluralstats[alignment]'") from error
    return Dataset.from_pandas(rows, preserve_index=False)
