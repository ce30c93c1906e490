"""Formulas of Excel files: their results where a program has calculated them, else named and missing."""

import re
import zipfile

import openpyxl
import pytest

import pluralstats as ps

HEADER = ["item", "rater", "rating", "gender"]


def _book(path, rows, *, results=None):
    """A sheet as openpyxl writes it, formulas without results; ``results`` gives each of them one, in their order."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    if results is not None:
        _with_results(path, iter(results))
    return path


def _with_results(path, results):
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    found = re.sub(r"</f><v\s*/>|</f><v></v>", lambda _: f"</f><v>{next(results)}</v>", sheet)
    assert found != sheet
    parts["xl/worksheets/sheet1.xml"] = found.encode()
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)


@pytest.mark.parametrize("results", [None, ["0", "0"]], ids=["as openpyxl writes", "as XlsxWriter writes"])
def test_items_that_became_formulas_are_refused_with_their_column_and_row(tmp_path, results):
    rows = [HEADER, ["=1", "r", 4, "f"], ["a", "r", 5, "f"], ["=-3 degrees", "r", 2, "f"]]
    path = _book(tmp_path / "r.xlsx", rows, results=results)
    sentence = (
        r"`item` is missing in 2 rows \(rows 1, 3\)\. Fill it in or drop them\. Column 'item' has formulas without a "
        r"result, such as =1 \(rows 1, 3\), which are missing\."
    )
    with pytest.raises(ps.DataError, match=sentence):
        ps.read_ratings(path, scale=(1, 5))
    problems = ps.check(path, scale=(1, 5)).problems
    assert sum("formulas without a result" in problem for problem in problems) == 1


@pytest.mark.parametrize("results", [None, ["0", "0"]], ids=["as openpyxl writes", "as XlsxWriter writes"])
def test_a_column_of_formulas_only_does_not_become_one_item(tmp_path, results):
    path = _book(tmp_path / "r.xlsx", [HEADER, ["=a", "r", 4, "f"], ["=b", "r", 5, "f"]], results=results)
    with pytest.raises(ps.DataError, match="'item' has formulas without a result, such as =a"):
        ps.read_ratings(path, scale=(1, 5))


def test_other_cells_that_became_formulas_are_missing_and_named(tmp_path):
    rows = [HEADER, ["a", "r", 4, "f"], ["b", "r", 5, "f"], ["a", "s", 3, "=f"], ["b", "s", "=3+1", "=f"]]
    path = _book(tmp_path / "r.xlsx", rows)
    ratings = ps.read_ratings(path, scale=(1, 5), demographics=["gender"], undisclosed="level")
    said = ratings.policies.query("step == 'formulas'")
    assert said[["column", "policy", "n_rows"]].values.tolist() == [["rating", "missing", 1], ["gender", "missing", 2]]
    assert ratings.n_ratings == 3
    found = ps.check(path, scale=(1, 5), demographics=["gender"])
    assert [problem[:40] for problem in found.problems if "formulas" in problem] == [
        "Column 'rating' has formulas without a r",
        "Column 'gender' has formulas without a r",
    ]


def test_calculated_formulas_are_their_results_also_nought_among_numbers(tmp_path):
    rows = [HEADER, ["a", "r", "=1-1", "f"], ["b", "r", "=1+1", "f"], ["c", "r", 1, "f"]]
    path = _book(tmp_path / "r.xlsx", rows, results=["0", "2"])
    ratings = ps.read_ratings(path, scale=[0, 1, 2])
    assert ratings.values.tolist() == [0, 2, 1]
    assert "formulas" not in set(ratings.policies["step"])


def test_text_that_begins_with_an_equals_sign_stays_text_beside_formulas(tmp_path):
    book = openpyxl.Workbook()
    for row in [HEADER, ["=1", "r", "=2+2", "f"], ["=2", "r", 5, "f"]]:
        book.active.append(row)
    for at in ("A2", "A3"):
        book.active[at].data_type = "s"
    book.save(tmp_path / "r.xlsx")
    _with_results(tmp_path / "r.xlsx", iter(["4"]))
    ratings = ps.read_ratings(tmp_path / "r.xlsx", scale=(1, 5))
    assert ratings.frame["item"].tolist() == ["=1", "=2"]
    assert ratings.values.tolist() == [4, 5]


def test_a_sheet_without_formulas_is_read_once(tmp_path, monkeypatch):
    path = _book(tmp_path / "r.xlsx", [HEADER, ["a", "r", 4, "f"], ["b", "r", 5, "f"]])
    opened, load = [], openpyxl.load_workbook
    monkeypatch.setattr(
        openpyxl, "load_workbook", lambda *given, **more: (opened.append(given), load(*given, **more))[1]
    )
    ps.read_ratings(path, scale=(1, 5))
    assert len(opened) == 1
