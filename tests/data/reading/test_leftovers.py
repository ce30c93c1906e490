"""What spreadsheets and R leave around a table is left out and counted; what nobody can place is a sentence."""

import openpyxl
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.reading.tables import read_table

HEADER = "item,rater,rating"
ROWS = "a,r1,1\nb,r1,5\nc,r2,3\n"


def _read(tmp_path, text: str, file: str = "r.csv") -> ps.Ratings:
    path = tmp_path / file
    path.write_bytes(text.encode())
    return ps.read_ratings(path, scale=(1, 5))


@pytest.mark.parametrize(
    ("text", "step", "n_rows", "detail"),
    [
        (f"{HEADER},,\na,r1,1,,\nb,r1,5,,\nc,r2,3,,\n", "columns", 0, "2 empty columns without name"),
        (f"{HEADER}\na,r1,1,\nb,r1,5,\nc,r2,3,\n", "columns", 0, "1 empty column without name"),
        (f"{HEADER}\n{ROWS},,\n,,\n", "blank_rows", 2, "the first is row 4"),
        (f"{HEADER}\n{ROWS},\n,,,,,\n", "blank_rows", 2, "the first is row 4"),
        (f"{HEADER}\na,r1,1\n{HEADER}\nb,r1,5\nc,r2,3\n", "repeated_header", 1, "the first is row 2"),
        (f"{HEADER}\n{ROWS}Total,,9\n", "totals_row", 1, "the first is row 4"),
        (f"Results of our study,,\n{HEADER}\n{ROWS}", "title_line", 1, "Results of our study"),
        (f"Results of our study\n\n{HEADER}\n{ROWS}", "title_line", 1, "Results of our study"),
        (f"{HEADER}\n1,a,r1,1\n2,b,r1,5\n3,c,r2,3\n", "row_names", 0, "the header has one name less than the rows"),
    ],
)
def test_what_is_no_data_is_left_out_and_counted(text, step, n_rows, detail, tmp_path):
    ratings = _read(tmp_path, text)
    assert ratings.frame["item"].tolist() == ["a", "b", "c"]
    assert ratings.values.tolist() == [1, 5, 3]
    record = ratings.policies.query("step == @step and policy != 'ignored'").iloc[0]
    assert record["n_rows"] == n_rows
    assert record["detail"].startswith(detail)


def test_rows_keep_their_numbers_after_rows_were_left_out(tmp_path):
    with pytest.raises(ps.DataError, match=r"outside the scale 1-5: 9 \(row 4\)"):
        _read(tmp_path, f"{HEADER}\na,r1,1\n{HEADER}\n,,\nb,r1,9\n")


def test_an_item_called_total_stays_where_its_row_is_whole(tmp_path):
    assert _read(tmp_path, f"{HEADER}\na,r1,1\nTotal,r1,5\n").n_items == 2


def test_cells_beyond_the_header_are_a_sentence_unless_they_are_row_numbers(tmp_path):
    with pytest.raises(ps.DataError, match="every row needs 3 fields as the header has; row 1 has 4, row 2 has 4"):
        _read(tmp_path, f"{HEADER}\na,r1,1,x\nb,r1,5,y\n")


def test_columns_without_name_that_hold_something_are_called_by_their_place(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text('"",item,rater,rating,\n1,a,r1,1,x\n')
    assert list(read_table(path).columns) == ["column 1", "item", "rater", "rating", "column 5"]


@pytest.mark.parametrize(
    "text",
    [
        'item,"How old\nare you?",rater,rating\na,30,r1,1\n',
        'item;rater;rating;"how, old, are, you, really"\na;r1;1;f\n',
        "\r\nitem\trater\trating\r\na\tr1\t1\r\n",
        "item,rater,rating\ra,r1,1\r",
    ],
)
def test_headers_in_quotes_and_other_line_ends_do_not_matter(text, tmp_path):
    assert _read(tmp_path, text).values.tolist() == [1]


def test_unicode_text_of_survey_tools_is_read(tmp_path):
    path = tmp_path / "r.tsv"
    path.write_bytes("item\trater\trating\nä\t007\t4\n".encode("utf-16"))
    assert ps.read_ratings(path, scale=(1, 5)).frame["rater"].tolist() == ["007"]


def test_a_row_longer_than_a_block_is_read(tmp_path):
    text = f"{HEADER},note\na,r1,1,{'x' * 3_000_000}\n"
    assert _read(tmp_path, text).n_ratings == 1


def _book(tmp_path, rows: list[list]) -> object:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    return tmp_path / "r.xlsx"


def test_excel_has_the_same_leftovers_as_csv(tmp_path):
    body = [["a", 1, 1, None], ["b", 1, 5, None], [None] * 4, ["Total", None, 6, None]]
    path = _book(tmp_path, [["Our study"], ["item ", "rater", "rating", None], *body])
    ratings = ps.read_ratings(path, scale=(1, 5))
    assert ratings.values.tolist() == [1, 5]
    assert set(ratings.policies["step"]) >= {"title_line", "columns", "blank_rows", "totals_row"}


def test_two_columns_of_one_name_are_refused_in_excel_too(tmp_path):
    path = _book(tmp_path, [["item", "rater", "rating", "rating"], ["a", "r", 1, 5]])
    with pytest.raises(ps.DataError, match=r"r\.xlsx: two columns have one name: rating\."):
        ps.read_ratings(path, scale=(1, 5))


@pytest.mark.parametrize("end", "\u2028\u2029\x85\x1c\x0b\x0c")
def test_line_ends_inside_strings_of_json_lines_are_text(end, tmp_path):
    text = f'{{"item": "a{end}b", "rater": 1, "rating": 1}}\n' if ord(end) > 31 else ""
    path = tmp_path / "r.jsonl"
    path.write_text(text or f'{{"item": "a\\u{ord(end):04x}b", "rater": 1, "rating": 1}}\n', encoding="utf-8")
    assert ps.read_ratings(path, scale=(1, 5)).frame["item"].tolist() == [f"a{end}b"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"item":' + "1" * 5000 + ',"rater":1,"rating":1}', "has a number of thousands of digits"),
        ('{"item":' + "[" * 10**5 + "]" * 10**5 + ',"rater":1,"rating":1}', "has lists in lists too deep"),
        ('{"item":"a\\ud800","rater":1,"rating":1}', "has half a letter"),
    ],
)
def test_json_that_python_cannot_hold_is_a_sentence(line, found, tmp_path):
    (tmp_path / "r.jsonl").write_text(line + "\n")
    with pytest.raises(ps.DataError, match=found):
        ps.read_ratings(tmp_path / "r.jsonl", scale=(1, 5))


def test_stata_frames_with_their_own_missing_values_have_numbers(tmp_path):
    codes = [pd.io.stata.StataMissingValue(101), pd.io.stata.StataMissingValue(102)]
    table = pd.DataFrame({"item": list("abcd"), "rater": 1, "rating": 3, "age": [20, *codes, 31]})
    ratings = ps.Ratings(table, scale=(1, 5), covariates=["age"])
    assert ratings.frame["age"].tolist() == [20, 31]
    assert ratings.policies.query("step == 'user_missing'")["policy"].tolist() == [".", ".a"]
