"""What a figure asks of its table: the columns, rows with numbers, words for both."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from unicodedata import east_asian_width

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError

from .parts.tables import NothingToDraw

DIMENSION = "dimension"


def check_columns(table: pd.DataFrame, columns: Sequence[str], figure: str, source: str) -> None:
    """Raise a ConfigError that names the figure, the missing columns and where such a table comes from."""
    if not isinstance(table, pd.DataFrame):
        raise ConfigError(f"`{figure}` needs a pandas DataFrame ({source}), found {type(table).__name__}.")
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ConfigError(
            f"`{figure}` needs the columns {', '.join(columns)}; the table lacks {', '.join(missing)} "
            f"and has {', '.join(map(str, table.columns)) or 'none'}. Pass {source}."
        )


def rows_with_numbers(
    table: pd.DataFrame, numbers: Sequence[str], names: Sequence[str], figure: str
) -> tuple[pd.DataFrame, str]:
    """The rows whose ``numbers`` are all finite, and a sentence on those left out ("" when none is).

    Raises
    ------
    NothingToDraw
        No row is left: an empty panel is never drawn.
    """
    values = table[list(numbers)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    finite = np.isfinite(values).all(axis=1)
    if not finite.any():
        raise NothingToDraw(
            f"`{figure}` found no row to draw: {len(table)} rows, none with finite {', '.join(numbers)}. "
            "Check how the table was filtered."
        )
    left_out = [" ".join(map(str, row)) for row in table.loc[~finite, list(names)].itertuples(index=False)]
    kept = table.loc[finite].astype(dict.fromkeys(numbers, float)).reset_index(drop=True)
    return kept, _left_out_sentence(left_out)


def in_order(values: Iterable[object]) -> list[str]:
    """The different values as text, in order of appearance.

    >>> in_order(["b", "a", "b"])
    ['b', 'a']
    """
    return list(dict.fromkeys(map(str, values)))


def wrapped(text: object, width: int, lines: int = 2) -> str:
    """The text in at most ``lines`` lines of ``width`` characters; what does not fit becomes an ellipsis.

    >>> wrapped("a very long name of a level", 12)
    'a very long\\nname of a…'
    """
    characters = str(text)
    if any(east_asian_width(character) in "WF" for character in characters):
        width = max(2, width // 2)
    return "\n".join(wrap(characters, width, max_lines=lines, placeholder="…")) or characters


def plural(term: str) -> str:
    """The groups of a model term in words.

    >>> plural("rater"), plural("gender:race")
    ('raters', 'levels of gender:race')
    """
    return f"{term}s" if term in ("rater", "item", "question") else f"levels of {term}"


def shortened(text: object, width: int = 14) -> str:
    """An identifier cut in its middle, because ids differ at their ends.

    >>> shortened("5f3a9c0e7b12d4", 9)
    '5f3a…12d4'
    """
    characters = str(text)
    if len(characters) <= width:
        return characters
    half = (width - 1) // 2
    return f"{characters[:half]}…{characters[-half:]}"


def by_dimension(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each dimension in order of appearance; all under "" when the table has no dimensions.

    >>> list(by_dimension(pd.DataFrame({"dimension": ["toxicity", "bias"], "n": [1, 2]})))
    ['toxicity', 'bias']
    """
    if DIMENSION not in rows:
        return {"": rows}
    names = rows[DIMENSION].astype(str)
    return {name: rows[names == name] for name in dict.fromkeys(names)}


def number(value: float, digits: int = 2) -> str:
    """A number for sentences, with a true minus sign.

    >>> number(-0.1234), number(-0.001)
    ('−0.12', '0.00')
    """
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")  # no "−0.00"


def count(n: float, word: str) -> str:
    """A number of things.

    >>> count(1, "row"), count(1095, "rater")
    ('1 row', '1,095 raters')
    """
    return f"{n:,.0f} {word}{'' if n == 1 else 's'}"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names in a sentence, cut after ``most``.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def _left_out_sentence(names: list[str]) -> str:
    if not names:
        return ""
    return f"Left out because a number is missing: {count(len(names), 'row')} ({listed(names, 4)})."
