"""What is done about faults of a file: as lines of a study file that ``check`` would advise, and as sentences."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from pluralstats.data.checking.evidence import Advised
from pluralstats.errors import counted
from pluralstats.study.drafts.entries import Entry

_OF_NOTES = ("read", "rater", "item")
_OF_PROBLEMS = ("user_missing", "missing_ratings", "undisclosed", "duplicates", "contradictions", "questions")
_VERBS = {"drop": "Left out", "left out": "Left out", "not asked": "Taken as not asked", "missing": "Taken for missing"}
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
    why = f'Not known: {", ".join(who)}. "level" keeps them as a group, "drop" leaves them out, "impute" fills in.'
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


def advised(advice: Sequence[Advised]) -> list[Entry]:
    """Codes and answers that check takes for none, as comments; a person confirms those that are ratings."""
    entries = []
    for key in dict.fromkeys(found.option for found in advice):
        own = [found for found in advice if found.option == key]
        values = dict.fromkeys(value for found in own for value in found.values)
        open_ones = [found.sentence for found in own if found.column == "rating"]
        said = " ".join(found.sentence for found in own)
        named = {found.column: list(found.values) for found in own}
        entries.append(
            Entry(key, named if key == "exclude" else list(values), said, active=False, confirm=" ".join(open_ones))
        )
    return entries


def policy_sentences(policies: Iterable[Mapping[str, object]]) -> list[str]:
    """One sentence for each policy that touched something and that nothing else speaks of.

    Parameters
    ----------
    policies : records with the fields of ``POLICY_COLUMNS``

    Examples
    --------
    >>> drop = {"step": "unfinished", "column": "rating", "policy": "drop", "n_rows": 9, "n_raters": 3, "detail": ""}
    >>> policy_sentences([drop, drop | {"n_rows": 0, "n_raters": 0}])
    ['Left out: unfinished, 9 rows of 3 raters.']
    """
    told = [record for record in policies if record["step"] not in (*_OF_NOTES, *_OF_PROBLEMS)]
    return [sentence for record in told if (sentence := _sentence(record))]


def _sentence(record: Mapping[str, object]) -> str:
    if (record["step"], record["policy"]) == ("columns", "ignored"):
        return f"Columns that are not used: {record['detail']}."
    found = [(int(str(record["n_rows"])), "row"), (int(str(record["n_raters"])), "rater")]
    touched = [counted(n, what) for n, what in found if n]
    if not touched:
        return ""
    step = str(record["step"]).replace("_", " ")
    what = step if record["column"] in ("", "rating") else f"{step} ('{record['column']}')"
    verb, policy = _VERBS.get(str(record["policy"])), record["policy"]
    how = f"{verb}: {what}" if verb else f"{what[0].upper()}{what[1:]}: {policy}"
    return f"{how}, {' of '.join(touched)}{f' ({record["detail"]})' if record['detail'] else ''}."
