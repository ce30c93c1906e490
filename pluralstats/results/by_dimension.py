"""The same table for every dimension of a fit of several, one under the other."""

from collections.abc import Callable

import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.scenes import dimensions_of


def by_dimension(fit: Fit, table: Callable[[str | None], pd.DataFrame]) -> pd.DataFrame:
    """``table(dimension)`` of each dimension with a first column ``dimension``; ``table(None)`` where there is one."""
    dimensions = dimensions_of(fit)
    if not dimensions:
        return table(None)
    tables = {dimension: table(dimension) for dimension in dimensions}
    for dimension, one in tables.items():
        one.insert(0, "dimension", pd.Series([dimension] * len(one), index=one.index, dtype="str"))
    return pd.concat(list(tables.values()), ignore_index=True)
