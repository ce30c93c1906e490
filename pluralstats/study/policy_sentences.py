"""What reading and preparing a file left out or changed, as sentences for people."""

from collections.abc import Iterable, Mapping

from pluralstats.errors import counted

_OF_NOTES = ("read", "rater", "item")
_OF_PROBLEMS = ("user_missing", "missing_ratings", "undisclosed", "duplicates", "contradictions", "questions")
_VERBS = {"drop": "Left out", "left out": "Left out", "not asked": "Taken as not asked", "missing": "Taken for missing"}


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
