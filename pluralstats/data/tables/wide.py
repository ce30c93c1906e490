"""One column of ratings a dimension into one row a rating."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.tables.frames import NumberedTable, as_list, is_list, missing_columns
from pluralstats.errors import ConfigError, DataError, problems_error

_NO_DIMENSIONS = '`dimensions` must list each rating column once, such as ["toxicity", "helpfulness"].'


def melted(wide: NumberedTable, dimensions: Sequence[str]) -> NumberedTable:
    """One row per rating from one row per rater and item with a column for each dimension.

    Raises
    ------
    ConfigError
        When no dimensions are named, one twice, or something that is no list of names.
    DataError
        When one of them is not a column, or the table already has a column "rating" or "dimension".
    """
    dimensions = dimension_names(dimensions)
    if not dimensions:
        raise ConfigError(_NO_DIMENSIONS)
    taken = [name for name in ("dimension", "rating") if name in wide.table.columns and name not in dimensions]
    problems = [f"A wide file cannot have a column '{name}'; rename or drop it." for name in taken]
    problems += missing_columns(wide.table, dimensions)
    if problems:
        raise problems_error(DataError, problems)
    n, others = len(dimensions), wide.table.drop(columns=list(dimensions))
    codes = np.repeat(np.arange(n), len(others))
    long = pd.concat([others] * n, ignore_index=True).assign(  # not melt: a dimension may be called "rating"
        dimension=pd.Categorical.from_codes(codes, categories=list(dimensions)),
        rating=pd.concat([wide.table[name] for name in dimensions], ignore_index=True),
    )
    return replace(wide, table=long, rows=np.tile(wide.rows, n))


def dimension_names(dimensions: Any) -> tuple[str, ...]:
    """The rating columns of a wide table as a tuple; empty when there are none.

    Raises
    ------
    ConfigError
        When this is no list of different names.
    """
    names = as_list(() if dimensions is None else dimensions)
    if not is_list(names) or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise ConfigError(_NO_DIMENSIONS)
    return tuple(names)
