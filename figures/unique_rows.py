"""Where a figure draws one mark, its table has one row."""

from collections.abc import Sequence

import pandas as pd

from pluralstats.errors import ConfigError

from .tables import count


def refuse_repeats(rows: pd.DataFrame, names: Sequence[str], figure: str, what: str) -> None:
    """Raise a ConfigError where several rows have the same ``names``."""
    repeated = rows[rows.duplicated(list(names))]
    if len(repeated):
        first = ", ".join(map(str, repeated[list(names)].iloc[0]))
        raise ConfigError(
            f"`{figure}` draws each {what} once, but {count(len(repeated), 'row')} repeat one (first: {first}). "
            "Filter the table."
        )
