"""Whatever a file is made of: no two ids become one, no value changes, and what cannot be read is a sentence."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pluralstats as ps
from pluralstats.data.tables.texts import cell_text

# ids that read as the same number, as a number that floats cannot hold, or as a word of some program
HOSTILE = (
    *("1.1", "1.10", "1E1", "10", "1e1", "2e5", "200000", "123e4", "12300e2", "007", "07", "7", "7.0", "+7", "-7"),
    *(
        "9007199254740993",
        "9007199254740992",
        "123456789012345678901",
        "123456789012345678902",
        "0x1F",
        "1_000",
        "1000",
    ),
    *(
        "inf",
        "Infinity",
        "True",
        "true",
        "False",
        "None",
        "none",
        "N/A",
        "na",
        "1,5",
        "15",
        "1000",
        "2024-01-02",
        "1/2",
    ),
    *("=1+1", "Ü", "a b", 'say "x"', "a,b", "a;b", "a\tb", "#N/A?", "\u2028x", "e\u0301l", "-0", "0", "0.0", "00"),
)
WORDS_FOR_MISSING = {"", "NA", "NaN", "nan", "NULL", "null", "<NA>", "#N/A"}
letters = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\ufffe\uffff")
ids = st.one_of(
    st.sampled_from(HOSTILE), st.text(letters, min_size=1, max_size=8), st.from_regex(r"[0-9]{1,22}", fullmatch=True)
)
tables = st.lists(ids.filter(lambda text: text.strip() not in WORDS_FOR_MISSING), min_size=1, max_size=12, unique=True)

type Writer = Callable[[pd.DataFrame, Path], object]


def _jsonl(table: pd.DataFrame, path: Path) -> None:
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in table.to_dict("records")]
    path.write_text("".join(lines), encoding="utf-8", newline="")


def _excel(table: pd.DataFrame, path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [list(table.columns), *table.to_numpy().tolist()]:
        sheet.append(row)
    for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
        cell.data_type = "s"  # openpyxl takes "=1+1" for a formula
    book.save(path)


TEXT_WRITERS: dict[str, Writer] = {
    "r.csv": lambda table, path: table.to_csv(path, index=False),
    "semicolon.csv": lambda table, path: table.to_csv(path, index=False, sep=";", encoding="utf-8-sig"),
    "utf16.tsv": lambda table, path: table.to_csv(path, index=False, sep="\t", encoding="utf-16"),
    "r.csv.gz": lambda table, path: table.to_csv(path, index=False),
    "r.jsonl": _jsonl,
    "r.parquet": lambda table, path: table.to_parquet(path),
    "r.feather": lambda table, path: table.to_feather(path),
    "r.xlsx": _excel,
    "r.sav": lambda table, path: pyreadstat.write_sav(table, path),
    "r.dta": lambda table, path: pyreadstat.write_dta(table, path, version=15),
}
FIRST = {"duplicates": "first", "contradictions": "first"}
many = settings(max_examples=16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def _written(names: list[str], file: str, folder: Path) -> Path:
    n = len(names)
    table = pd.DataFrame({"item": names, "rater": names[::-1], "rating": [1 + i % 5 for i in range(n)], "group": names})
    path = folder / file
    TEXT_WRITERS[file](table, path)
    return path


@pytest.mark.parametrize("file", TEXT_WRITERS)
@many
@given(names=tables)
def test_ids_come_back_as_they_were_written(file, tmp_path_factory, names):
    path = _written(names, file, tmp_path_factory.mktemp("ids"))
    expected = [cell_text(name) for name in names]
    try:
        ratings = ps.read_ratings(
            path, scale=(1, 5), demographics=["group"], duplicates="first", contradictions="first"
        )
    except ps.DataError as error:
        assert not all(expected) or len(set(expected)) < len(expected), str(error)  # blanks alone, or blanks around
        return
    assert set(ratings.frame["item"]) == set(expected)
    assert set(ratings.frame["rater"]) == set(expected)
    if len(set(expected)) == len(expected):
        assert ratings.frame["item"].tolist() == expected
        assert ratings.values.tolist() == [1 + i % 5 for i in range(len(names))]


near_the_limit = st.integers(2**53 - 3, 2**53 + 9)
numbers = st.one_of(st.integers(0, 30), near_the_limit, st.integers(-(2**62), 2**62))
whole = st.lists(numbers, min_size=2, max_size=9, unique=True)


def _with_a_gap(numbers: list[int]) -> dict[str, Callable[[Path], object]]:
    """Frames and files with a column of whole numbers, one of them missing."""
    cells = [*numbers, None]
    rest = {"item": [f"i{i}" for i in range(len(cells))], "rating": [3] * len(cells)}
    arrow = pa.table({**rest, "rater": pa.array(cells, pa.int64())})

    def jsonl(path: Path) -> Path:
        rows = [{"item": item, "rating": 3, "rater": cell} for item, cell in zip(rest["item"], cells, strict=True)]
        (path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path / "r.jsonl"

    def parquet(path: Path) -> Path:
        pq.write_table(arrow, path / "r.parquet")
        return path / "r.parquet"

    return {
        "arrow": lambda _: arrow,
        "polars": lambda _: pl.from_arrow(arrow),
        "nullable": lambda _: pd.DataFrame(rest).assign(rater=pd.array(cells, dtype="Int64")),
        "objects": lambda _: pd.DataFrame(rest).assign(rater=pd.Series(cells, dtype=object)),
        "decimals": lambda _: pd.DataFrame(rest).assign(rater=[None if c is None else Decimal(c) for c in cells]),
        "jsonl": jsonl,
        "parquet": parquet,
    }


@many
@given(numbers=whole)
def test_whole_numbers_with_a_gap_stay_apart_in_frames_and_files(tmp_path_factory, numbers):
    folder = tmp_path_factory.mktemp("whole")
    for name, made in _with_a_gap(numbers).items():
        source = made(folder)
        read = ps.read_ratings if isinstance(source, Path) else ps.Ratings
        with pytest.raises(ps.DataError, match=rf"`rater` is missing in 1 row \(row {len(numbers) + 1}\)"):
            read(source, scale=(1, 5))
        found = ps.check(source, scale=(1, 5)).summary
        assert found["n_raters"][0] == len(numbers), name


@pytest.mark.parametrize(
    ("cells", "levels"),
    [
        ([7, "007", "7"], ["7", "007"]),
        ([True, 1, "1"], ["1", "True"]),
        ([5.0, 6.5, "5.0"], ["5", "5.0", "6.5"]),
        ([Decimal("5.10"), Decimal("5.1"), "5.10"], ["5.1", "5.10"]),
        ([np.float32(0.1), 0.1, "0.1"], ["0.1"]),
        ([2**53 + 1, float(2**53), 10**21], ["9007199254740992", "9007199254740993", "1000000000000000000000"]),
    ],
)
def test_objects_of_several_kinds_are_the_same_level_only_where_their_texts_are(cells, levels):
    table = pd.DataFrame({"item": list("abc"), "rater": pd.Series(cells, dtype=object), "rating": 3})
    assert sorted(ps.Ratings(table, scale=(1, 5)).frame["rater"].cat.categories) == sorted(levels)


def test_cells_of_excel_that_are_text_stay_beside_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["item", "rater", "rating"],
        ["a", "007", 1],
        ["a", 7, 2],
        ["a", "7.0", 3],
        ["a", "1E1", 3],
        ["a", 10, 4],
    ):
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    raters = ps.read_ratings(tmp_path / "r.xlsx", scale=(1, 5)).frame["rater"]
    assert raters.tolist() == ["007", "7", "7.0", "1E1", "10"]


pieces = st.sampled_from(['"', ",", "\n", "\r", ";", "\t", "item", "rater", "rating", "1", "x", "\ufeff", "=", "sep=;"])
broken_tables = st.lists(pieces, max_size=40).map(lambda parts: "".join(parts).encode())
bad_bytes = st.one_of(st.binary(max_size=60), broken_tables)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "csv.gz", "xlsx", "sav", "dta", "parquet"])
@settings(many, max_examples=25)
@given(content=bad_bytes)
def test_no_bytes_end_in_a_raw_error(suffix, tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / f"r.{suffix}"
    path.write_bytes(content)
    try:
        ps.read_ratings(path, scale=(1, 5), duplicates="first")
    except ps.PluralstatsError as error:
        assert str(error).rstrip().endswith((".", '"', "?", ")"))
