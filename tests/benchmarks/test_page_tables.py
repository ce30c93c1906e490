"""The tables of docs/benchmarks.md are what the committed results say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE, RESULTS = ROOT / "docs" / "benchmarks.md", ROOT / "benchmarks" / "results"


def test_the_page_says_what_the_results_say(script):
    text = PAGE.read_text(encoding="utf-8")
    assert len(script("page").BLOCK.findall(text)) == text.count("<!-- table: ") >= 2
    assert script("page").with_tables(text, RESULTS) == text


def test_a_number_that_was_changed_by_hand_is_found_and_written_anew(script, tmp_path, capsys):
    writer, copy = script("page"), tmp_path / "page.md"
    right = PAGE.read_text(encoding="utf-8")
    line = next(line for line in writer.block("exact", RESULTS).splitlines() if "simulated" in line)
    copy.write_text(right.replace(line, line.replace("|", "| 1", 1)), encoding="utf-8")
    assert writer.main(["--check", "--page", str(copy)]) == 1
    assert "table exact is not" in capsys.readouterr().out
    assert writer.main(["--page", str(copy)]) == 0
    assert copy.read_text(encoding="utf-8") == right


def test_a_table_of_a_new_script_needs_a_marker_and_a_file(script, tmp_path):
    (tmp_path / "arms.csv").write_text("design,coverage,n\none judge,0.95125,200\n")
    (tmp_path / "arms.json").write_text('{"about": "Two hundred worlds."}')
    found = script("page").with_tables("a\n<!-- table: arms -->\nold\n<!-- end -->\nb\n", tmp_path)
    table = "Two hundred worlds.\n\n| design | coverage | n |\n|---|---:|---:|\n| one judge | 0.951 | 200 |\n"
    assert found == f"a\n<!-- table: arms -->\n{table}<!-- end -->\nb\n"


@pytest.mark.parametrize("file", sorted(RESULTS.glob("*")), ids=lambda path: path.name)
def test_results_name_no_path_of_a_machine(file):
    assert re.findall(r"(?<![\w.:/<])/(?:\w+/)+", file.read_text(encoding="utf-8")) == []
