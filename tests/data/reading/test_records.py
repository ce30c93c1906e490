"""JSON files: every usual layout gives the same ratings, nothing in them is merged, each break has its sentence."""

import gzip
import json

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.reading.formats.records import read_records, records_table

RECORDS = [
    {"item": "a", "rater": 1, "rating": 5, "who": {"age": 30, "home": {"city": "Ulm"}}},
    {"item": "b", "rater": 1, "rating": 2, "who": {"age": 30, "home": {"city": "Ulm"}}},
    {"item": "a", "rater": 2, "rating": 3, "who": {"age": 41, "home": {"city": "Bonn"}}},
]
TABLE = pd.DataFrame([{name: record[name] for name in ("item", "rater", "rating")} for record in RECORDS])


def dumped(value, **options):
    return json.dumps(value, **options)


LAYOUTS = {
    "list.json": dumped(RECORDS),
    "pretty.json": dumped(RECORDS, indent=1),
    "pretty.jsonl": dumped(RECORDS, indent=1),
    "one-line.jsonl": dumped(RECORDS),
    "lines.jsonl": "\n".join(map(dumped, RECORDS)),
    "lines.json": "\r\n\r\n".join(map(dumped, RECORDS)) + "\r\n",
    "one-after-the-other.json": "\n".join(dumped(record, indent=2) for record in RECORDS),
    "columns.json": dumped({name: [record[name] for record in RECORDS] for name in RECORDS[0]}),
    "keyed.json": dumped({f"k{i}": record for i, record in enumerate(RECORDS)}),
    "wrapped.json": dumped({"version": 2, "about": {"by": "us"}, "data": RECORDS}),
    "table.json": dumped([list(TABLE.columns), *TABLE.to_numpy().tolist()]),
    "trailing-commas.json": dumped(RECORDS).replace("}", ",}").replace("]", ", ]"),
    "pandas-default.json": TABLE.to_json(),
    "pandas-index.json": TABLE.set_axis(["x", "y", "z"]).to_json(orient="index"),
    "pandas-records.json": TABLE.to_json(orient="records"),
    "pandas-split.json": TABLE.to_json(orient="split"),
    "pandas-table.json": TABLE.to_json(orient="table"),
}


@pytest.mark.parametrize("file", LAYOUTS)
def test_every_layout_gives_the_same_ratings(file, tmp_path):
    (tmp_path / file).write_text(LAYOUTS[file], encoding="utf-8")
    ratings = ps.read_ratings(tmp_path / file, scale=(1, 5))
    assert ratings.data_hash == ps.Ratings(TABLE, scale=(1, 5)).data_hash


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_byte_order_marks_and_compression_do_not_matter(encoding, tmp_path):
    (tmp_path / "r.json.gz").write_bytes(gzip.compress(dumped(RECORDS).encode(encoding)))
    assert len(read_records(tmp_path / "r.json.gz")) == 3


def test_nested_objects_are_columns_that_can_be_named(tmp_path):
    (tmp_path / "r.json").write_text(dumped(RECORDS))
    ratings = ps.read_ratings(
        tmp_path / "r.json", scale=(1, 5), columns={"who.home.city": "town"}, demographics=["town"]
    )
    assert ratings.raters["town"].tolist() == ["Ulm", "Bonn"]


@pytest.mark.parametrize(
    "ids",
    [
        [2**53, 2**53 + 1],
        [2**53 + 1, None, 2**53],
        [10**21, 10**21 + 1],
        ["007", "7"],
        ["1.10", "1.1"],
        [True, 1],
        [1, 1.5, 2**53 + 1, 2**53],
        ["a\u2028b", "a b"],
    ],
)
def test_different_ids_stay_different(ids, tmp_path):
    records = [{"item": "x", "rater": rater, "rating": 1} for rater in ids if rater is not None]
    records += [{"item": "y", "rater": "other", "rating": 2}] + [{"rating": 3}] * (None in ids)
    (tmp_path / "r.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records), encoding="utf-8")
    table = records_table(tmp_path / "r.jsonl").dropna(subset=["item"])
    assert ps.Ratings(table, scale=(1, 5)).n_raters == len(records) - (None in ids)


def test_numbers_stay_numbers_and_gaps_stay_gaps(tmp_path):
    (tmp_path / "r.json").write_text('[{"a": 1, "b": 1.5, "c": true}, {"a": 2, "b": NaN, "c": false}, {"a": null}]')
    table = records_table(tmp_path / "r.json")
    assert table["a"].fillna(-1).tolist() == [1, 2, -1]
    assert table["b"].fillna(-1).tolist() == [1.5, -1, -1]
    assert table["c"].tolist() == [True, False, None]


BROKEN = {
    "cut.json": (dumped(RECORDS)[:-20], r"is not JSON: .* at line 1, column \d+\. Export it again\."),
    "text.json": ("once upon a time", r"is not JSON: expecting value at line 1, column 1"),
    "number.json": ("7", r"has no records: .*; found only '7'"),
    "numbers.json": ("[1, 2]", r"found a list of numbers"),
    "mixed.json": ('[{"item": 1}, 3]', r"found a list of objects, numbers"),
    "none.json": ("[]", r"has no records in it"),
    "empty.json": ("{}", r"found an object without keys"),
    "blank.json": (" \n", r"has no text in it"),
    "twice.json": (
        '[{"item": "a", "rater": 1, "rating": 1, "item": "b"}]',
        r"the key 'item' stands twice in one object",
    ),
    "same-id.json": ('{"7": {"rating": 1}, "7": {"rating": 2}}', r"the key '7' stands twice"),
    "line.jsonl": ('{"item": 1}\n{"item": \n{"item": 3}\n4', r"row 2 is not JSON.*\n.*row 4 is no object with columns"),
    "deep.jsonl": ('{"item": 1}\n' + "[" * 100_000, r"has lists in lists too deep to be read"),
    "deep.json": ("[" * 100_000, r"has lists in lists too deep to be read"),
    "half.json": ('[{"item": "\\ud800", "rating": 1}]', r"has half a letter"),
    "digits.jsonl": ('{"item": 1}\n{"item": ' + "1" * 5000 + "}", r"has a number of thousands of digits"),
}


@pytest.mark.parametrize("file", BROKEN)
def test_every_break_is_a_sentence(file, tmp_path):
    text, sentence = BROKEN[file]
    (tmp_path / file).write_text(text)
    with pytest.raises(ps.DataError, match=f"(?s){sentence}"):
        ps.read_ratings(tmp_path / file, scale=(1, 5))
    assert ps.check(tmp_path / file).problems


def test_bytes_that_are_no_text_are_a_sentence(tmp_path):
    (tmp_path / "r.json").write_bytes(b'[{"item": "\xe9"}]')
    with pytest.raises(ps.DataError, match="line 1 has the byte 0xe9"):
        read_records(tmp_path / "r.json")
    (tmp_path / "r.json.gz").write_bytes(gzip.compress(b"[]")[:-4])
    with pytest.raises(ps.DataError, match="no complete gzip file"):
        read_records(tmp_path / "r.json.gz")


@pytest.mark.parametrize(
    ("record", "name"),
    [({"rating": 4, " rating": 5}, "rating"), ({"who": {"age": 3}, "who.age": 5, "rating": 1}, "who.age")],
    ids=["a blank", "a dot"],
)
def test_keys_that_would_be_one_column_are_refused(record, name, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps([{"item": "a", "rater": 1, "who": {"home": "Ulm"}, **record}]))
    with pytest.raises(ps.DataError, match=f"two values for the column '{name}'. Rename or drop one of them."):
        ps.read_ratings(path, scale=(1, 5))


def test_numbers_beyond_floats_stay_different_ids(tmp_path):
    path = tmp_path / "r.jsonl"
    ids = ["123456789012345678901.5", "123456789012345678901.6", "0.1", "1e400", "1e-400"]
    path.write_text("".join(f'{{"item": {item}, "rater": 1, "rating": 2}}\n' for item in ids))
    found = ps.read_ratings(path, scale=(1, 5)).frame["item"].tolist()
    assert found == [*ids[:3], "inf", "0"]


def test_the_key_of_an_object_is_kept_beside_a_column_called_key(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"a": {"id": 7, "key": 1, "rating": 3}, "b": {"id": 8, "key": 2, "rating": 4}}))
    columns = {"outer key": "item", "key": "rater"}
    ratings = ps.read_ratings(path, columns=columns, scale=(1, 5))
    assert ratings.frame["item"].tolist() == ["a", "b"]
