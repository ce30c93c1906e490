"""What the checks of suspicious data look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.frames import levels
from pluralstats.data.options import RatingOptions
from pluralstats.data.scale import Scale


@dataclass(frozen=True)
class Evidence:
    """What the checks look at: the user's table (and row numbers), the batch made of it, its scale, and the
    options with the names of those the user gave; ``known`` are columns of the table as ``levels``.
    """

    table: pd.DataFrame
    rows: np.ndarray
    batch: Batch
    scale: Scale
    options: RatingOptions
    given: frozenset[str]
    known: Mapping[str, pd.Categorical] = field(default_factory=dict)

    def level(self, name: str) -> pd.Categorical:
        """A column of the user's table as clean levels; those known are not made again."""
        return self.known[name] if name in self.known else levels(self.table[name])

    def n_rows(self, where: np.ndarray) -> int:
        """Number of the user's rows marked; a row of a wide file counts once."""
        return len(np.unique(self.rows[where]))
