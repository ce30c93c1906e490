"""Ratings on their way in: the table so far, what was done to it, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pluralstats.data.shares import Sets

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
    shares : dict, demographic -> {"Asian + White": ("Asian", "White")}
        Sets of levels that one rater has together.
    ordered : frozenset of str
        Columns that came as ordered categories.
    orders : dict, column -> levels
        The levels of those from the lowest on, before the reference was put first.
    """

    table: pd.DataFrame
    rows: np.ndarray
    policies: tuple[dict[str, object], ...] = ()
    problems: tuple[str, ...] = ()
    shares: Mapping[str, Sets] = field(default_factory=dict)
    ordered: frozenset[str] = frozenset()
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

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

    def sharing(self, name: str, sets: Sets) -> "Batch":
        """With the sets of one demographic."""
        return replace(self, shares={**self.shares, name: sets})

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
