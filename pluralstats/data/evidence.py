"""What the checks of suspicious data look at."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.options import RatingOptions
from pluralstats.data.scale import Scale


@dataclass(frozen=True)
class Evidence:
    """What the checks look at: the user's table (and row numbers), the batch made of it, its scale, and the
    options with the names of those the user gave.
    """

    table: pd.DataFrame
    rows: np.ndarray
    batch: Batch
    scale: Scale
    options: RatingOptions
    given: frozenset[str]

    def n_rows(self, where: np.ndarray) -> int:
        """Number of the user's rows marked; a row of a wide file counts once."""
        return len(np.unique(self.rows[where]))
