"""README's tables are what the committed results say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README, RESULTS = ROOT / "README.md", ROOT / "benchmarks" / "results"


def test_readme_says_what_the_results_say(script):
    text = README.read_text(encoding="utf-8")
    assert len(script("readme").BLOCK.findall(text)) == text.count("<!-- table: ") >= 2
    assert script("readme").with_tables(text, RESULTS) == text


def test_a_number_that_was_changed_by_hand_is_found_and_written_anew(script, tmp_path, capsys):
    readme, copy = script("readme"), tmp_path / "README.md"
    right = README.read_text(encoding="utf-8")
    line = next(line for line in readme.block("exact", RESULTS).splitlines() if "simulated" in line)
    copy.write_text(right.replace(line, line.replace("|", "| 1", 1)), encoding="utf-8")
    assert readme.main(["--check", "--readme", str(copy)]) == 1
    assert "table exact is not" in capsys.readouterr().out
    assert readme.main(["--readme", str(copy)]) == 0
    assert copy.read_text(encoding="utf-8") == right


def test_a_table_of_a_new_script_needs_a_marker_and_a_file(script, tmp_path):
    (tmp_path / "arms.csv").write_text("design,coverage,n\none judge,0.95125,200\n")
    (tmp_path / "arms.json").write_text('{"about": "Two hundred worlds."}')
    found = script("readme").with_tables("a\n<!-- table: arms -->\nold\n<!-- end -->\nb\n", tmp_path)
    table = "Two hundred worlds.\n\n| design | coverage | n |\n|---|---:|---:|\n| one judge | 0.951 | 200 |\n"
    assert found == f"a\n<!-- table: arms -->\n{table}<!-- end -->\nb\n"


@pytest.mark.parametrize("file", sorted(RESULTS.glob("*")), ids=lambda path: path.name)
def test_results_name_no_path_of_a_machine(file):
    assert re.findall(r"(?<![\w.:/<])/(?:\w+/)+", file.read_text(encoding="utf-8")) == []
