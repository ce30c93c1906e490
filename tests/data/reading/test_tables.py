"""Readers: one table, the same ratings from every format."""

import gzip
import json

import pandas as pd
import pyreadstat
import pytest

import pluralstats as ps
from pluralstats.data.reading.tables import read_table

TABLE = pd.DataFrame(
    {
        "item": ["i1", "i2", "i1", "i2"],
        "rater": [1, 1, 2, 2],
        "rating": [1, 5, 3, 2],
        "gender": ["female", "female", "männlich", "männlich"],
    }
)
LINES = "".join(json.dumps(record) + "\n" for record in TABLE.to_dict("records"))


def _gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


def _excel(path: object) -> None:
    TABLE.to_excel(path, index=False)


WRITERS = {
    "r.csv": lambda path: TABLE.to_csv(path, index=False),
    "R.CSV": lambda path: TABLE.to_csv(path, index=False),
    "semicolon.csv": lambda path: TABLE.to_csv(path, index=False, sep=";"),
    "excel-made.csv": lambda path: TABLE.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n"),
    "r.csv.gz": lambda path: path.write_bytes(_gzipped(TABLE.to_csv(index=False))),
    "r.tsv": lambda path: TABLE.to_csv(path, index=False, sep="\t"),
    "r.tsv.gz": lambda path: path.write_bytes(_gzipped(TABLE.to_csv(index=False, sep="\t"))),
    "r.jsonl": lambda path: path.write_text(LINES, encoding="utf-8"),
    "r.ndjson": lambda path: path.write_text(LINES, encoding="utf-8"),
    "r.jsonl.gz": lambda path: path.write_bytes(_gzipped(LINES)),
    "r.parquet": lambda path: TABLE.to_parquet(path),
    "r.feather": lambda path: TABLE.to_feather(path),
    "r.sav": lambda path: pyreadstat.write_sav(TABLE, path),
    "r.zsav": lambda path: pyreadstat.write_sav(TABLE, path, compress=True),
    "r.dta": lambda path: pyreadstat.write_dta(TABLE, path),
    "r.xlsx": _excel,
}


@pytest.mark.parametrize("file", WRITERS)
def test_every_format_gives_the_same_ratings(file, tmp_path):
    WRITERS[file](tmp_path / file)
    ratings = ps.read_ratings(tmp_path / file, scale=(1, 5), demographics=["gender"])
    assert ratings.data_hash == ps.Ratings(TABLE, scale=(1, 5), demographics=["gender"]).data_hash


def test_ids_keep_their_zeros(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("item,rater,rating\na,007,1\na,07,2\na,7,3\n")
    assert ps.read_ratings(path, scale=(1, 5)).n_raters == 3


def test_text_in_quotes_may_hold_separators_and_line_ends(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text('item,rater,rating,gender\na,1,1,"fe,male"\na,2,2,"fe\nmale"\n')
    assert read_table(path)["gender"].tolist() == ["fe,male", "fe\nmale"]


def test_only_common_words_for_missing_are_missing_in_text_files(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("item,religion,age\na,None,NA\nb,NA,30\nc,,nan\nd,N/A,20\n")
    table = read_table(path)
    assert table["religion"].fillna("missing").tolist() == ["None", "missing", "missing", "N/A"]
    assert table["age"].fillna("missing").tolist() == ["missing", "30", "missing", "20"]


def test_wide_files_are_melted(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("item,rater,toxic,helpful\na,1,1,5\nb,1,2,\n")
    ratings = ps.read_ratings(path, dimensions=["toxic", "helpful"], scale=(1, 5))
    assert (ratings.n_ratings, ratings.dimensions) == (3, ("toxic", "helpful"))


def test_value_labels_name_the_levels_in_the_order_of_their_values(tmp_path):
    path = tmp_path / "r.sav"
    frame = TABLE.assign(gender=[2, 2, 1, 1])
    labels = {"gender": {1: "woman", 2: "man"}, "rating": {1: "never", 2: "rarely", 3: "at times", 5: "always"}}
    pyreadstat.write_sav(frame, path, variable_value_labels=labels)
    numbers = ps.read_ratings(path, scale=(1, 5), demographics=["gender"])
    assert numbers.values.tolist() == [1, 5, 3, 2]
    assert list(numbers.frame["gender"].cat.categories) == ["woman", "man"]
    words = ps.read_ratings(path, scale=["never", "rarely", "at times", "always"])
    assert words.values.tolist() == [1, 4, 3, 2]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("r.csv", b"item , rater, rating\na,r1,5\n"),
        ("r.csv", b"sep=|\r\nitem|rater|rating\r\na|r1|5\r\n"),
        ("r.csv", b'"sep=;"\nitem;rater;rating\na;r1;5\n'),
        ("r.jsonl", b'{"item ": "a", "rater": "r1", " rating": 5}\n'),
    ],
)
def test_spaces_in_headers_and_the_separator_line_of_excel_do_not_matter(file, content, tmp_path):
    path = tmp_path / file
    path.write_bytes(content)
    assert ps.read_ratings(path, scale=(1, 5)).values.tolist() == [5]
