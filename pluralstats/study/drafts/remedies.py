"""What ``check`` would advise for faults of a file, as lines of a study file."""

import pandas as pd

from pluralstats.data.batch import counted
from pluralstats.study.drafts.entries import Entry

_FEW = 0.05  # more repeats than this are no slips: something tells them apart


def remedies(policies: pd.DataFrame, n_rows: int) -> list[Entry]:
    """``undisclosed``, ``contradictions`` and ``duplicates``, where the file needs them.

    Parameters
    ----------
    policies : DataFrame
        Of a check without these policies.
    """
    return [*_undisclosed(policies), *_contradictions(policies), *_duplicates(policies, n_rows)]


def _touched(policies: pd.DataFrame, step: str) -> pd.DataFrame:
    return policies[(policies["step"] == step) & (policies["n_rows"] > 0)]


def _undisclosed(policies: pd.DataFrame) -> list[Entry]:
    found = _touched(policies, "undisclosed")
    if found.empty:
        return []
    who = [f"{row.column} of {counted(row.n_raters, 'rater')} ({row.detail})" for row in found.itertuples()]
    why = f'Not known: {", ".join(who)}. "level" keeps them as a group of their own, "drop" leaves them out.'
    return [Entry("undisclosed", "level", why)]


def _contradictions(policies: pd.DataFrame) -> list[Entry]:
    found = _touched(policies, "contradictions")
    if found.empty:
        return []
    who = [f"{row.column} for {counted(row.n_raters, 'rater')} ({row.detail})" for row in found.itertuples()]
    why = f'Different answers of one rater: {", ".join(who)}. "drop" leaves these raters out, "first" keeps the first.'
    return [Entry("contradictions", "drop", why, confirm=f"{why} Keep the line contradictions, or change it.")]


def _duplicates(policies: pd.DataFrame, n_rows: int) -> list[Entry]:
    found = _touched(policies, "duplicates")
    if found.empty:
        return []
    n = int(found["n_rows"].iloc[0])
    what = f"{counted(n, 'row')} of {n_rows:,} are in combinations of rater and item with more than one rating"
    if n <= _FEW * n_rows:
        why = f'{what}; "first" keeps the first of each.'
        return [Entry("duplicates", "first", why, confirm=f"{why} Keep the line duplicates, or change it.")]
    other = "a column may tell them apart (dimension, question or wave), or item is another one"
    why = f"{what}, too many for slips: {other}."
    return [Entry("duplicates", "first", why, active=False, confirm=why)]
