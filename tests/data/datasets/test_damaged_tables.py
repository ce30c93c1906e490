"""Whatever stands in a table of a data set, it becomes ratings or a sentence, the same from every kind of frame."""

import random

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from made_datasets import tables

import pluralstats as ps

ODD = [
    None,
    float("nan"),
    "",
    [],
    [1, 2],
    {},
    {"a": 1},
    True,
    -1,
    1e308,
    10**30,
    "A>B",
    " ",
    b"x",
]


def damaged(parts: dict[str, pd.DataFrame], chance: random.Random) -> dict[str, pd.DataFrame]:
    """One thing wrong: a column gone, a table empty, rows doubled, other types, an odd cell or column."""
    name = chance.choice(list(parts))
    table = parts[name]
    if table.empty:
        return parts
    column = chance.choice(list(table.columns))
    cells = table[column].astype(object).tolist()
    cells[chance.randrange(len(cells))] = chance.choice(ODD)
    ways = {
        "gone": lambda: table.drop(columns=column),
        "empty": lambda: table.iloc[:0],
        "doubled": lambda: pd.concat([table, table], ignore_index=True),
        "types": table.convert_dtypes,
        "objects": lambda: table.astype({column: object}),
        "cell": lambda: table.assign(**{column: pd.Series(cells, dtype=object)}),
        "column": lambda: table.assign(**{column: [chance.choice(ODD)] * len(table)}),
    }
    return parts | {name: ways[chance.choice([*ways, "cell", "cell", "cell"])]()}


@pytest.mark.parametrize("name", ps.datasets.names())
def test_damage_is_ratings_or_a_sentence(name):
    chance = random.Random(name)
    whole, outcomes = tables(name), []
    for _ in range(40):
        parts = whole  # damage makes other tables of it
        for _ in range(chance.randint(1, 3)):
            parts = damaged(parts, chance)
        try:
            ps.datasets.load(name, parts)
            outcomes.append("ratings")
        except (ps.DataError, ps.ConfigError) as error:
            assert str(error).endswith((".", "?"))
            outcomes.append("sentence")
    assert set(outcomes) == {"ratings", "sentence"}  # both happen, so that neither is asserted of nothing


@pytest.mark.parametrize("name", ps.datasets.names())
def test_the_order_of_columns_does_not_matter(name):
    parts = tables(name)
    turned = {key: table[table.columns[::-1]] for key, table in parts.items()}
    assert ps.datasets.load(name, turned).data_hash == ps.datasets.load(name, parts).data_hash


KINDS = {
    "nullable": lambda table: table.convert_dtypes(),
    "arrow": lambda table: table.convert_dtypes(dtype_backend="pyarrow"),
    "pyarrow": pa.Table.from_pandas,
    "polars": pl.from_pandas,
    "text": lambda table: table.astype("str"),
    "category": lambda table: table.astype("category"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ps.datasets.names())
def test_every_kind_of_frame_gives_the_same_ratings(name, kind):
    parts = tables(name)
    if kind in ("text", "category") and name in ("coval", "prism", "prism-models"):
        pytest.skip("its columns of objects have no such type")
    frames = {key: KINDS[kind](table) for key, table in parts.items()}
    assert ps.datasets.load(name, frames).data_hash == ps.datasets.load(name, parts).data_hash
