"""What files of others hold is shown to people, and obeyed by neither terminals nor spreadsheets nor Word."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.storage.shown_text import for_spreadsheets, spreadsheet_text, visible, visible_table
from pluralstats.study.pipeline import write_tables

FORMULAS = ["=1+1", "@SUM(A1)", "+1", "-1+cmd|' /C calc'!A0", "-A1", "\t=1", "\r=1", "\n=1", '=LINK("x")']
PLAIN = ["never", "-1", "- 2", "-1.5", "-1,5", "-2e5", "-3 %", "-", "", "1+1", "a=b", "−1", " x"]
ESCAPE = "\x1b[31mred\x1b]0;title\x07"
TABLE = pd.DataFrame(
    {"level": FORMULAS[:3], "estimate": [1.0, -2.0, 3.0], "lower": [0.0, -3.0, 2.0], "upper": [2.0, -1.0, 4.0]}
)


def test_formulas_become_text_and_numbers_stay_numbers():
    assert [spreadsheet_text(text) for text in FORMULAS] == [f"'{text}" for text in FORMULAS]
    assert [spreadsheet_text(text) for text in PLAIN] == PLAIN


@pytest.mark.parametrize("kind", ["str", object, "category"])
def test_every_text_of_a_table_is_text_and_no_value_of_it_changes(kind):
    table = pd.DataFrame({"=name": pd.Series(["=1", None, "a"], dtype=kind), "x": [-1, 2, 3], "y": [-0.5, np.nan, 1.0]})
    before = table.copy(deep=True)
    made = for_spreadsheets(table)
    assert list(made) == ["'=name", "x", "y"]
    assert made["'=name"].tolist()[::2] == ["'=1", "a"]
    pd.testing.assert_frame_equal(made[["x", "y"]], table[["x", "y"]])
    pd.testing.assert_frame_equal(table, before)


def test_an_exported_csv_has_no_formulas_and_negative_numbers(tmp_path):
    text = ps.export_table(TABLE, tmp_path / "t.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'@SUM(A1)", "'+1"]
    assert [row[1] for row in rows[1:]] == ["1.0", "-2.0", "3.0"]


@pytest.mark.parametrize("ending", ["md", "tex", "html", "docx"])
def test_control_characters_are_written_out_in_papers(ending, tmp_path):
    pytest.importorskip("docx") if ending == "docx" else None
    table = TABLE.assign(level=[ESCAPE, "a\x00b", "\u202eabc"])
    path = ps.export_table(table, tmp_path / f"t.{ending}", caption=f"Of {ESCAPE}", labels={"level": "L\x08"})
    content = path.read_bytes()
    if ending != "docx":
        assert not set(content.decode("utf-8")) & set("\x00\x07\x08\x1b\u202e")
        assert b"x1b" in content


def test_tables_of_figures_show_control_characters_and_keep_their_levels():
    table = pd.DataFrame(
        {"a": pd.Categorical(["x\x1b", "b"], categories=["x\x1b", "b"]), "b": ["\x00", "c"], "n": [1, 2]}
    )
    made = visible_table(table)
    assert made["a"].cat.categories.tolist() == ["x\\x1b", "b"]
    assert made["b"].tolist() == ["\\x00", "c"]
    pd.testing.assert_frame_equal(visible_table(made), made)


def test_check_prints_no_terminal_escapes(tmp_path):
    frame = ps.simulate(
        n_raters=12, n_items=6, ratings_per_rater=4, demographics={"g": {"a": 0.5, "b": 0.5}}, seed=1
    ).frame
    table = frame[["item", "rater"]].astype("str").assign(rating=frame["rating"] + 1)
    table["group"] = np.where(frame["g"] == "a", ESCAPE, "b")
    table.to_csv(tmp_path / "ratings.csv", index=False)
    done = CliRunner().invoke(
        app, ["check", str(tmp_path / "ratings.csv"), "--demographics", "group", "--scale", "1,5"]
    )
    assert "\x1b" not in done.output
    assert "\x07" not in done.output
    assert "\\x1b[31mred" in done.output


def test_visible_leaves_text_alone():
    text = "a line\nanother\tcolumn, ä, 漢字, 🙂, −1"
    assert visible(text) == text


def test_tables_of_a_study_hold_no_formulas_and_their_parquet_twins_the_values(tmp_path):
    write_tables({"effects": TABLE}, tmp_path / "tables")
    read = pd.read_csv(tmp_path / "tables" / "effects.csv")
    assert read["level"].tolist() == ["'=1+1", "'@SUM(A1)", "'+1"]
    assert read["estimate"].tolist() == [1.0, -2.0, 3.0]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "tables" / "effects.parquet"), TABLE)
