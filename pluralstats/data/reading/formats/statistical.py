"""SPSS and Stata files: value labels where a column is one of answers, numbers where it is one of numbers."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.tables.frames import NumberedTable, as_text
from pluralstats.data.tables.texts import clean_text, plain_text
from pluralstats.data.tables.user_missing import labelled_record, user_missing_record
from pluralstats.errors import listed

type Records = list[dict[str, object]]

_NO_ANSWER = re.compile(
    r"\W*(do(n't| not) know|d\.?k\.?|refus(ed|al|es?)( to answer)?|(no|not) (answer(ed)?|response|applicable|asked|"
    r"stated|ascertained)|n/?a\.?|prefer not to (say|answer|disclose)|missing( value)?|inapplicable|skipped|"
    r"wei(ß|ss) nicht|keine angabe|trifft nicht zu|verweigert)\W*",
    re.IGNORECASE,
)
_MOST_ANSWERS = 7  # more numbers without a label than this are a measure with a few labels, not answers


def statistical_table(reader: Any, path: Path, codes_of: Collection[str]) -> NumberedTable:
    """The table of a pyreadstat reader; what is missing by declaration is counted, by its label.

    Parameters
    ----------
    codes_of : list of str
        Columns whose numbers are wanted where they have value labels.
    """
    table, meta = reader(path, user_missing=True)
    records: Records = []
    columns: dict[str, pd.Series] = {}
    for name in table.columns:
        labels: Mapping[Hashable, str] = meta.variable_value_labels.get(name, {})
        is_declared = _declared(meta.missing_user_values.get(name, ()), meta.missing_ranges.get(name, ()))
        column, said = _without_declared(table[name], labels, is_declared)
        answers = {code: label for code, label in labels.items() if not is_declared(code)}
        column, more = (_of_codes if name in codes_of else _of_labels)(column, answers)
        columns[name] = column
        records += [*said, *more]
    return NumberedTable(pd.DataFrame(columns), np.arange(1, len(table) + 1), tuple(records))


def _declared(tags: Collection[str], spans: Collection[Mapping[str, Any]]) -> Callable[[Any], bool]:
    """Whether a value is missing by declaration: a tag of Stata, or in a range of SPSS."""

    def is_declared(value: Any) -> bool:
        alike = [span for span in spans if isinstance(value, str) == isinstance(span["lo"], str)]
        return value in tags or any(span["lo"] <= value <= span["hi"] for span in alike)

    return is_declared


def _without_declared(
    column: pd.Series, labels: Mapping[Hashable, str], is_declared: Callable[[Any], bool]
) -> tuple[pd.Series, Records]:
    """Values that are missing by declaration as missing, with a record of each."""
    codes = [value for value in column.dropna().unique() if is_declared(value)]
    if not codes:
        return column, []
    counts = column.value_counts()
    texts = [as_text(code) for code in codes]
    records = [
        user_missing_record(str(column.name), labels.get(code, text), int(counts[code]), text)
        for code, text in zip(codes, texts, strict=True)
    ]
    return column.mask(column.isin(codes)).infer_objects(), records


def _of_codes(column: pd.Series, labels: Mapping[Hashable, str]) -> tuple[pd.Series, Records]:
    """Numbers, with a record of those among them whose label says that they are no answer."""
    counts = column.value_counts(sort=False)
    said = {code: label for code, label in labels.items() if _is_no_answer(label) and counts.get(code, 0)}
    return column, [
        labelled_record(str(column.name), label, int(counts[code]), as_text(code)) for code, label in said.items()
    ]


def _of_labels(column: pd.Series, labels: Mapping[Hashable, str]) -> tuple[pd.Series, Records]:
    """Labels in the order of their values; numbers where labels name missing codes only, or a few of many values."""
    name, present = str(column.name), set(column.dropna())
    answers = {code: label for code, label in labels.items() if code in present}
    bare = present - set(labels)
    if not answers:
        return column, []
    if bare and all(map(_is_no_answer, answers.values())):
        counts = column.value_counts(sort=False)
        records = [
            user_missing_record(name, label, int(counts[code]), f"{as_text(code)}, not declared missing")
            for code, label in answers.items()
        ]
        return column.mask(column.isin(list(answers))), records
    if len(bare) > _MOST_ANSWERS and len(bare) > len(answers):
        kept = listed([f"{as_text(code)} = {label}" for code, label in answers.items()], 5)
        return column, [policy_record("value_labels", name, "numbers", detail=f"labels not used: {kept}")]
    return _labelled(column, labels)


def _is_no_answer(label: str) -> bool:
    return _NO_ANSWER.fullmatch(plain_text(str(label))) is not None


def _labelled(column: pd.Series, labels: Mapping[Hashable, str]) -> tuple[pd.Series, Records]:
    """Value labels in the order of their values; values without a label stay.

    Values that would get one name keep their codes beside it: two raters who are both called Anna stay two.
    """
    present = set(column.dropna())
    values = sorted({*labels, *present}, key=lambda value: (isinstance(value, str), value))
    codes = pd.Categorical(column, categories=values).codes
    names = [clean_text(str(labels.get(value, as_text(value)))) for value in values]
    n_of = Counter(name for value, name in zip(values, names, strict=True) if value in present)
    if alike := [name for name, n in n_of.items() if n > 1]:
        coded = [f"{name} (code {as_text(value)})" for value, name in zip(values, names, strict=True)]
        names = [new if old in alike else old for old, new in zip(names, coded, strict=True)]
    texts = [names[code] if code >= 0 else None for code in codes]
    named = pd.Series(pd.Categorical(texts, categories=list(dict.fromkeys(names))))
    detail = f"several codes are called {listed(alike)}"
    return named, [policy_record("value_labels", str(column.name), "kept apart", detail=detail)] if alike else []
