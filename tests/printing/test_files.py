"""Tables as files: what a printed table says, in four formats that are read back, and nothing half written."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.printing.formats import typst
from pluralstats.printing.printed import PrintedTable, printed_table

NASTY = "R&B_100% $5 #1 {a} ~x^2 <b> a|b \\ *z* `c`"
EFFECTS = {
    "demographic": ["gender", "race_eth"],
    "level": ["male", NASTY],
    "reference": ["female", "White"],
    "estimand": ["points", "points"],
    "unit": ["rating points", "rating points"],
    "estimate": [0.2512, -1.2345],
    "lower": [0.1021, -3.02],
    "upper": [0.4109, 0.504],
    "lower_50": [0.2, -2.0],
    "upper_50": [0.3, -1.0],
    "p_direction": [0.9994, 0.871],
    "p_rope": [np.nan, np.nan],
    "raw": [0.26789, -1.1],
    "n_raters": [1095, 20],
    "lower_simultaneous": [0.05, -4.0],
    "upper_simultaneous": [0.45, 1.0],
    "p": [0.0002, 0.258],
    "note": ["", ""],
}


@pytest.fixture
def table():
    return pd.DataFrame(EFFECTS)


HEADERS = [
    *("Demographic", "Level", "Reference", "Rating points [95% interval]", "P(direction)", "Raw difference", "Raters"),
    *("Simultaneous 95% interval", "p"),
]
ROWS = [
    ["gender", "male", "female", "0.25 [0.10, 0.41]", ">0.999", "0.27", "1,095", "[0.05, 0.45]", "<0.001"],
    ["race_eth", NASTY, "White", "−1.23 [−3.02, 0.50]", "0.871", "−1.10", "20", "[−4.00, 1.00]", "0.258"],
]


def test_a_printed_table_has_units_intervals_and_the_digits_they_support(table):
    printed = printed_table(table, None, {}, 0.95)
    assert printed.headers == HEADERS
    assert printed.rows == ROWS
    assert printed.numeric == [False] * 3 + [True] * 6


@pytest.mark.parametrize(
    "estimand, without, header",
    [
        ("points", [], "Raw difference"),
        ("marginal_odds_ratio", [], "Raw ratio"),
        ("mean", ["reference"], "Raw mean"),
        ("P(rating >= 4)", ["reference"], "Raw percentage"),
    ],
)
def test_the_raw_number_is_called_what_it_is(table, estimand, without, header):
    headers = printed_table(table.assign(estimand=estimand).drop(columns=without), None, {}, 0.95).headers
    assert [name for name in headers if name.startswith("Raw")] == [header]


def test_no_header_of_compared_models_is_a_name_of_the_code():
    table = pd.DataFrame({"model": ["a"], "elpd": -2.5, "elpd_difference": 0.0, "p_loo": 1.5, "n_bad_k": 163})
    assert printed_table(table, None, {}, 0.95).headers == [
        *("Model", "ELPD", "ELPD difference", "Effective parameters", "Pareto k too high")
    ]


def test_r_hat_has_one_rule_of_digits():
    assert printed_table(pd.DataFrame({"r_hat": [0.99964, 1.0004, 1.0]}), None, {}, 0.95).rows == [["1.000"]] * 3


def test_several_estimands_stand_in_a_column(table):
    two = pd.concat([table, table.assign(estimand="P(rating >= 4)")])
    printed = printed_table(two, None, {}, 0.9)
    assert printed.headers[3:5] == ["Estimand", "Estimate [90% interval]"]
    assert [row[3] for row in printed.rows] == ["rating points"] * 2 + ["percentage points of P(rating >= 4)"] * 2


def test_columns_and_headers_can_be_chosen(table):
    columns = ["level", "lower_50", "estimate", "lower_simultaneous"]
    printed = printed_table(table, columns, {"level": "Group", "estimate": "Difference"}, 0.95)
    assert printed.headers == ["Group", "50% interval", "Difference", "Simultaneous 95% interval"]
    assert printed.rows[0] == ["male", "[0.20, 0.30]", "0.25 [0.10, 0.41]", "[0.05, 0.45]"]


def test_a_ratio_shows_on_which_side_of_one_its_ends_lie():
    table = pd.DataFrame({"estimand": ["odds_ratio"], "estimate": [1.3], "lower": [1.0041], "upper": [1.62]})
    assert printed_table(table, None, {}, 0.95).rows == [["1.300 [1.004, 1.620]"]]


def test_rows_of_a_kind_have_the_digits_that_half_of_them_support():
    lower, upper = [0.012, 0.1, -9.0, 0.0004, 10.2], [0.034, 0.5, 9.0, 0.5, 30.5]
    numbers = {"estimate": upper, "lower": lower, "upper": upper}
    table = pd.DataFrame({"coefficient": [*["alpha"] * 4, "percent"], **numbers})
    # 3, 2, 0 and 4 digits of alpha: 3, and 4 where an end would be 0 in three; percent by itself
    assert [row[1] for row in printed_table(table, None, {}, 0.95).rows] == [
        *("0.034 [0.012, 0.034]", "0.500 [0.100, 0.500]", "9.000 [−9.000, 9.000]", "0.5000 [0.0004, 0.5000]"),
        "30 [10, 30]",
    ]


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        # reliability, raters_needed, parameters, cohesion, intersections: which column an interval belongs to
        ({"raters": [3], "icc": [0.512], "lower": [0.45], "upper": [0.6]}, ["3", "0.51 [0.45, 0.60]"]),
        ({"target": [0.8], "raters": [7.0], "lower": [6.0], "upper": [9.0]}, ["0.800", "7 [6, 9]"]),
        ({"raters": [7.0], "lower": [6.0], "upper": [np.inf]}, ["7 [6, ∞]"]),
        ({"estimate": [0.5], "se": [0.1234], "lower": [0.3], "upper": [0.7]}, ["0.50 [0.30, 0.70]", "0.12"]),
        (
            {"estimate": [1.2], "lower": [1.0], "upper": [1.4], "null_median": [1.0], "null_lower": [0.9],
             "null_upper": [1.1]},
            ["1.20 [1.00, 1.40]", "1.00 [0.90, 1.10]"],
        ),
        (
            {"predicted": [3.1], "lower": [2.9], "upper": [3.3], "difference": [0.1], "difference_lower": [-0.1],
             "difference_upper": [0.3]},
            ["3.10 [2.90, 3.30]", "0.10 [−0.10, 0.30]"],
        ),
        ({"estimate": [np.nan, 1.0], "lower": [np.nan, 0.5], "upper": [np.nan, 1.5]}, ["–"]),
        ({"label": ["x"], "seen_item": [True], "elpd": [-1234.56]}, ["x", "yes", "−1,235"]),
    ],
)  # fmt: skip
def test_every_interval_is_found(columns, cells):
    assert printed_table(pd.DataFrame(columns), None, {}, 0.95).rows[0] == cells


class Cells(HTMLParser):
    """The text of each cell, row by row."""

    def __init__(self):
        super().__init__()
        self.rows, self.inside = [], False

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def test_html_is_one_page_with_all_cells_as_they_are(table, tmp_path):
    path = ps.export_table(table, tmp_path / "effects.html", caption="Effects <of> A & B")
    page = path.read_text(encoding="utf-8")
    reader = Cells()
    reader.feed(page)
    rows = [[" ".join(cell.split()) for cell in row] for row in reader.rows]
    assert rows[0] == ["Effects <of> A & B"]
    assert rows[1:] == [HEADERS, *ROWS]
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert not re.search(r"(src|href)\s*=|@import|url\(", page)
    assert ps.export_table(table, tmp_path / "again.html", caption="Effects <of> A & B").read_text("utf-8") == page


def test_markdown_is_a_pipe_table_with_nothing_that_markdown_would_read(table, tmp_path):
    text = ps.export_table(table, tmp_path / "effects.md", caption="Effects_of").read_text(encoding="utf-8")
    title, _, *lines = text.splitlines()
    assert title == r"Effects\_of"
    cells = [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert cells[1] == [":--"] * 3 + ["--:"] * 6
    unescaped = [[re.sub(r"\\([\\|*_`<])", r"\1", cell) for cell in row] for row in (cells[0], *cells[2:])]
    assert unescaped == [HEADERS, *ROWS]


def latex_cells(line):
    """Cells of a row of a tabular, split at ampersands that are not escaped."""
    assert line.endswith(r" \\")
    return re.split(r"(?<!\\) & ", line.removesuffix(r" \\"))


def test_latex_is_a_balanced_booktabs_table_with_every_special_character_escaped(table, tmp_path):
    text = ps.export_table(table, tmp_path / "effects.tex", caption="100% of A & B").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    assert lines[:4] == [
        r"\begin{table}[tbp]",
        r"\centering",
        r"\caption{100\% of A \& B}",
        r"\begin{tabular}{lllrrrrrr}",
    ]
    assert [lines[i] for i in (4, 6, 9, 10, 11)] == [
        r"\toprule", r"\midrule", r"\bottomrule", r"\end{tabular}", r"\end{table}",
    ]  # fmt: skip
    header, *rows = (latex_cells(lines[i]) for i in (5, 7, 8))
    assert [len(row) for row in (header, *rows)] == [9] * 3
    assert header[3] == r"Rating points [95\% interval]"
    assert rows[1][0] == r"race\_eth"
    assert rows[1][1] == (
        r"R\&B\_100\% \$5 \#1 \{a\} \textasciitilde{}x\textasciicircum{}2 \textless{}b\textgreater{} "
        r"a\textbar{}b \textbackslash{} *z* `c`"
    )
    assert rows[1][3] == r"$-$1.23 [$-$3.02, 0.50]"
    without_escapes = re.sub(r"\\[&%$#_{}]|\\[a-zA-Z]+(\{\})?|\$-\$|\{[a-zA-Z]*\}", "", " ".join(lines[4:]))
    assert not re.search(r"[%$#_^~{}]", without_escapes)
    assert text.isascii()


def test_latex_rows_never_begin_with_what_a_line_break_takes_for_its_argument(tmp_path):
    table = pd.DataFrame({"lower": [0.1, 0.2], "upper": [0.3, 0.4], "word": ["a", "b"]})
    text = ps.export_table(table, tmp_path / "t.tex").read_text(encoding="utf-8")
    assert "\n{}[0.10, 0.30] & a" in text
    starred = pd.DataFrame({"word": ["*", "b"]})
    assert "\n{}* " in ps.export_table(starred, tmp_path / "t.tex").read_text(encoding="utf-8")


def test_word_files_hold_the_same_cells(table, tmp_path):
    docx = pytest.importorskip("docx", reason="python-docx is in the extra 'io'")
    document = docx.Document(str(ps.export_table(table, tmp_path / "effects.docx", caption="Effects")))
    assert document.paragraphs[0].text == "Effects"
    (made,) = document.tables
    assert [[cell.text for cell in row.cells] for row in made.rows] == [HEADERS, *ROWS]


def test_csv_has_every_column_in_full_precision(table, tmp_path):
    path = ps.export_table(table, tmp_path / "effects.csv")
    again = pd.read_csv(path, keep_default_na=False, na_values={"p_rope": [""]})
    pd.testing.assert_frame_equal(again, table, check_dtype=False)


def test_every_table_of_the_package_can_be_printed(small, small_fit, tmp_path):
    politics = ["points", "marginal_odds_ratio"]
    tables = {
        "effects": ps.effects(small_fit, estimands=["points", "probability"], rope=0.1),
        "contrasts": ps.contrasts(small_fit, "politics", estimands=politics, adjust="holm"),
        "interaction": ps.contrasts(small_fit, "gender", kind="interaction", by="politics"),
        "shares": ps.variance_shares(small_fit),
        "r2": ps.r2(small_fit),
        "reliability": ps.reliability(small_fit),
        "raters": ps.raters_needed(small_fit, [0.5, 0.8]),
        "robustness": ps.robustness(small_fit),
        "agreement": ps.agreement(small, replicates=50),
        "parameters": small_fit.parameters,
        "random effects": small_fit.random_effects.head(5),
        "policies": small.policies,
        "raters table": small.raters.head(3),
        "summary": small.summary(),
        "nothing": ps.effects(small_fit).head(0),
    }
    for name, table in tables.items():
        for ending in ("md", "tex", "html"):
            text = ps.export_table(table, tmp_path / f"{name}.{ending}").read_text(encoding="utf-8")
            assert not re.search(r"\bnan\b|\binf\b|NaN|None", text), (name, ending)
        printed = printed_table(table, None, {}, 0.95)
        assert len(printed.rows) == len(table), name
        assert len(set(printed.headers)) == len(printed.headers), name


def test_a_file_is_replaced_whole_or_not_at_all(table, tmp_path, monkeypatch):
    path = ps.export_table(table, tmp_path / "deep" / "effects.md")
    before = path.read_text(encoding="utf-8")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(ps.ConfigError) as caught:
        ps.export_table(table.head(1), path)
    assert str(caught.value) == (
        f"The table cannot be written to {path}: No space left on device. Choose another place."
    )
    assert path.read_text(encoding="utf-8") == before
    assert [entry.name for entry in path.parent.iterdir()] == ["effects.md"]


BAD = [
    ({"path": "t.xls"}, "`path` ends in one of .csv, .md, .tex, .html, .docx, .typ; found 't.xls'."),
    ({"path": "t.md", "columns": ["levle"]}, "`columns` has 'levle', which is not a column of the table"),
    ({"path": "t.md", "labels": {"levle": "Group"}}, "Did you mean 'level'?"),
    ({"path": "t.md", "prob": 95}, "`prob` is a probability between 0 and 1; found 95."),
    ({"path": "t.md", "table": [1, 2]}, "`ps.export_table` writes a data frame or a Summary; found list."),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[str(row[0]) for row in BAD])
def test_bad_questions_get_whole_sentences_and_write_nothing(table, tmp_path, options, message):
    path = tmp_path / options["path"]
    rest = {name: value for name, value in options.items() if name not in ("path", "table")}
    with pytest.raises(ps.ConfigError) as caught:
        ps.export_table(options.get("table", table), path, **rest)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_typst_is_a_figure_with_every_special_character_escaped(table, tmp_path):
    text = ps.export_table(table, tmp_path / "effects.typ", caption="100% of #A [B]").read_text(encoding="utf-8")
    assert text.startswith("#figure(\n  caption: figure.caption(position: top)[100% of \\#A \\[B\\]],\n")
    assert f"columns: {len(HEADERS)}," in text
    cells = re.findall(r"(?<!\\)\[((?:\\.|[^\\\]])*)\]", text)[1:]
    plain = [re.sub(r"\\(.)", r"\1", cell) for cell in cells]
    assert plain == [*HEADERS, *ROWS[0], *ROWS[1]]
    assert "\\#1" in text and not re.search(r"(?<!\\)[$@`_]", text)


TYPST = [
    "1. one",
    "12. one",
    "- a",
    "+ a",
    "/ a: b",
    "= a",
    "a...b",
    "a--b",
    '"a"',
    "https://a.b",
    "don't",
    "[x]",
    "#let",
]


def test_typst_cells_are_escaped_where_they_would_be_lists_terms_or_links():
    escaped = [r"1\. one", r"12\. one", r"\- a", r"\+ a", r"\/ a: b", r"\= a", r"a\.\..b", r"a\-\-b", r"\"a\"",
               r"https:\/\/a.b", r"don\'t", r"\[x\]", r"\#let"]  # fmt: skip
    written = typst(PrintedTable(["h"], [[cell] for cell in TYPST], [False])).splitlines()
    assert [line.strip() for line in written if line.startswith("    [")] == [f"[{cell}]," for cell in escaped]


@pytest.mark.parametrize("cell", TYPST)
def test_the_compiler_of_typst_reads_every_cell_as_plain_text(cell):
    compiler = pytest.importorskip("typst", reason="the compiler of Typst (package typst) is not installed")
    (line,) = (line.strip() for line in typst(PrintedTable(["h"], [[cell]], [False])).splitlines() if "    [" in line)
    source = f"#metadata({line.removesuffix(',')}) <cell>"
    found = json.loads(compiler.query(source.encode(), "<cell>", field="value", one=True))
    parts = found.get("children", [found])
    assert {part["func"] for part in parts} <= {"text", "symbol", "space"}
    assert "".join(part.get("text", " ") for part in parts) == cell
