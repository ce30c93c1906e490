"""Labels joined to what was labelled: the training table of a reward model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.policies.items import as_rated
from pluralstats.data.tables.frames import as_text, numbered_table
from pluralstats.errors import ConfigError, DataError, counted, listed, nearest, problems_error, rows_text

TEXTS = ("prompt", "response")


def with_texts(table: pd.DataFrame, answers: Sequence[str], responses: Any, dimension: str | None) -> pd.DataFrame:
    """``Labels.with_texts``, where arguments and errors are described."""
    part = _of_dimension(table, dimension)
    texts = _texts(responses, part["item"])
    found = texts.reindex(part["item"])
    columns = {name: found[name].array for name in TEXTS}
    columns |= {name: part[name].array for name in (*(f"p_{answer}" for answer in answers), "weight", "target")}
    return pd.DataFrame(columns)


def _of_dimension(table: pd.DataFrame, dimension: str | None) -> pd.DataFrame:
    known = list(table["dimension"].unique()) if "dimension" in table else []
    if dimension is not None and dimension not in known:
        have = f"they are of {', '.join(known)}" if known else "they have none"
        raise ConfigError(f"There are no labels of dimension '{dimension}'; {have}.{nearest(dimension, known)}")
    if dimension is None and len(known) > 1:
        raise ConfigError(
            f"The labels are of {len(known)} dimensions ({', '.join(known)}), and a reward model learns one: pass "
            f"dimension='{known[0]}'."
        )
    return table if dimension is None else table[table["dimension"] == dimension]


def _texts(responses: Any, items: pd.Series) -> pd.DataFrame:
    """Prompts and responses by item, checked."""
    numbered = numbered_table(responses)
    given = numbered.table
    if absent := [name for name in ("item", *TEXTS) if name not in given]:
        raise problems_error(
            DataError,
            [f"`responses` has no column '{name}'; it has {', '.join(given.columns)}." for name in absent],
        )
    names = pd.Series([as_text(value) for value in given["item"]])
    if "question" in given:
        names = pd.Series(as_rated(names.tolist(), [as_text(value) for value in given["question"]], items.unique()))
    problems = []
    if (twice := names.duplicated()).any():
        found = f"{listed(list(names[twice].unique()))} ({rows_text(numbered.rows[twice.to_numpy()])})"
        problems.append(f"`responses` has an item twice: {found}. Keep one row for each item.")
    for column in TEXTS:
        empty = np.array([not isinstance(value, str) or not value.strip() for value in given[column]])
        if empty.any():
            where = f"{counted(int(empty.sum()), 'row')} ({rows_text(numbered.rows[empty])})"
            problems.append(f"'{column}' of `responses` has no text in {where}. Fill it in or drop the rows.")
    without = [item for item in items.unique() if item not in set(names)]
    if without:
        problems.append(
            f"{counted(len(without), 'labelled item')} {'has' if len(without) == 1 else 'have'} no row in `responses`: "
            f"{listed(without)}. Add their texts, or leave them out of the labels."
        )
    if problems:
        raise problems_error(DataError, problems)
    return given[list(TEXTS)].set_index(names)
