"""Ratings on their way in: the table so far, what was done to it, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

POLICY_COLUMNS = ("step", "column", "policy", "n_rows", "n_raters", "detail")


@dataclass(frozen=True)
class Batch:
    """A table between two steps. Each step returns a new one.

    Attributes
    ----------
    table : DataFrame, (n, columns)
        Ratings with the fixed column names.
    rows : ndarray of int, (n,)
        The user's row number, from 1, behind each row.
    policies : tuple of dict
        One record per policy applied, with the fields of ``POLICY_COLUMNS``.
    problems : tuple of str
        Finished sentences.
    """

    table: pd.DataFrame
    rows: np.ndarray
    policies: tuple[dict[str, object], ...] = ()
    problems: tuple[str, ...] = ()

    def recorded(
        self, step: str, column: str, policy: str, *, where: np.ndarray | None = None, detail: str = ""
    ) -> "Batch":
        """With one more policy in the record; ``where`` (n,) marks the rows it touched."""
        touched = np.zeros(len(self.table), dtype=bool) if where is None else where
        n_raters = self.table["rater"][touched].nunique() if touched.any() else 0
        record = policy_record(step, column, policy, touched.sum(), n_raters, detail)
        return replace(self, policies=(*self.policies, record))

    def kept(self, keep: np.ndarray) -> "Batch":
        """Only the rows marked in ``keep``, (n,)."""
        if keep.all():
            return self
        return replace(self, table=self.table[keep].reset_index(drop=True), rows=self.rows[keep])

    def column(self, name: str, values: pd.Categorical | pd.Series | np.ndarray) -> "Batch":
        """With one column replaced or added."""
        return replace(self, table=self.table.assign(**{name: values}))

    def complaining(self, *problems: str) -> "Batch":
        """With more problems."""
        return replace(self, problems=(*self.problems, *problems))


def policy_record(
    step: str, column: str, policy: str, n_rows: int | np.integer = 0, n_raters: int | np.integer = 0, detail: str = ""
) -> dict[str, object]:
    """One policy, with the fields of ``POLICY_COLUMNS``; readers know no raters yet, and give 0."""
    values = (step, column, policy, int(n_rows), int(n_raters), detail)
    return dict(zip(POLICY_COLUMNS, values, strict=True))


def policy_table(policies: Sequence[dict[str, object]]) -> pd.DataFrame:
    """The records as a tidy frame: step, column, policy, n_rows, n_raters, detail."""
    return pd.DataFrame(list(policies), columns=list(POLICY_COLUMNS))


def rows_text(rows: np.ndarray | Sequence[int], limit: int = 5) -> str:
    """Row numbers for a message.

    >>> rows_text([12, 80]), rows_text(range(1, 9), limit=3)
    ('rows 12, 80', 'rows 1, 2, 3 and 5 more')
    """
    numbers = sorted({int(row) for row in rows})
    shown = ", ".join(map(str, numbers[:limit]))
    more = f" and {len(numbers) - limit:,} more" if len(numbers) > limit else ""
    return f"{'row' if len(numbers) == 1 else 'rows'} {shown}{more}"


def listed(words: Sequence[str], limit: int = 6) -> str:
    """Words for a message, cut after ``limit``.

    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    more = f" and {len(words) - limit:,} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more


def counted(n: int, noun: str) -> str:
    """
    >>> counted(1, "rater"), counted(1200, "rating")
    ('1 rater', '1,200 ratings')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def percent_text(part: float, whole: float) -> str:
    """A share in whole percent, or with two digits where it is less than one.

    >>> percent_text(122, 300), percent_text(1, 1300), percent_text(10, 10), percent_text(0, 10)
    ('41%', '0.077%', '100%', '0%')
    """
    share = 100 * part / whole
    return f"{share:.0f}%" if share >= 1 else f"{share:.2g}%"


def shortened(text: str, most: int = 60) -> str:
    """A cell for a message, cut where it is long.

    >>> shortened("don't know"), shortened("abcdefgh", most=6)
    ("don't know", 'abc...')
    """
    return text if len(text) <= most else f"{text[: most - 3]}..."
