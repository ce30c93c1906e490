"""The page stays short and keeps one order, whatever the study's size; files have what it leaves out."""

import re

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.report.page import report_page
from pluralstats.study.sections.effects.differences import effects_table
from pluralstats.study.sections.parts import Study
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.selection import FIRST, ROWS

MOST_WORDS = 6_000
NAMED = ["demographic", "level", "reference"]


def words(html: str) -> int:
    """Words of all that a reader sees or can unfold; not the rows that a selector brings in."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return len(re.sub(r"<[^>]*>", " ", bare).split())


@pytest.fixture
def page_of(finished, small: ps.Ratings):
    """The page of the small study with other tables."""

    def made(**tables: pd.DataFrame) -> str:
        origin = {"versions": {"pluralstats": "1", "python": "3"}, "created": "2026-01-01", "command": "", "seed": 1}
        origin |= {"data": {"file": "", "sha256": "", "n_ratings": 1}}
        config = ps.StudyConfig.from_toml('[data]\nscale = [1, 5]\ndemographics = ["gender", "politics"]')
        return report_page(Study(config, small, dict(finished.tables) | tables, (), (), {"main": "rating ~ 1"}, origin))

    return made


def test_many_estimands_and_dimensions_cost_a_word_each(finished, page_of):
    effects = finished.tables["effects"]
    one = effects[effects["estimand"] == "points"]
    names = ["points", "percent", "percent_of_range", "latent_d", "odds_ratio", "P(rating >= 2)", "P(rating >= 3)"]
    many = pd.concat([one.assign(dimension=f"d{i}", estimand=name) for name in names for i in range(30)])
    few, large = page_of(effects=one.assign(dimension="d0")), page_of(effects=many)
    assert words(large) - words(few) < 200  # 420 rows instead of 2: what is told is what can be chosen
    rows = re.search(r'id="rows">(.*?)</script>', large, re.DOTALL)[1]
    assert rows.count("d29") >= 2 * len(names)
    assert words(large) < MOST_WORDS


def test_the_page_of_the_small_study_is_short(finished):
    assert words((finished.folder / "report.html").read_text(encoding="utf-8")) < 0.7 * MOST_WORDS


def test_a_long_table_without_anything_to_choose_shows_its_first_rows():
    frame = pd.DataFrame({"n": range(1000)})
    table = col.page_table("items", "Items.", frame, [col.figure("n", "n")])
    assert [row[0].text for row in table.rows] == [str(i) for i in range(FIRST)]
    assert table.seen == f"Shown: the first {FIRST} of 1,000 rows."
    assert not table.all_rows  # they are in the file
    short = col.page_table("items", "Items.", frame.head(ROWS), [col.figure("n", "n")])
    assert (len(short.rows), short.seen) == (ROWS, "")


def test_effects_are_one_table_that_shows_one_estimand(effect_row):
    rows = [effect_row(), effect_row(estimand="percent", raw=float("nan"), p_rope=0.2)]
    table = effects_table(pd.DataFrame(rows), "effects")
    headers = [column.header for column in table.columns]
    assert headers[1:4] == ["Comparison", "Difference", "95% interval"]
    assert "P(equivalent)" in headers
    assert [cell.text for cell in table.rows[0]][1:4] == ["Black − White", "0.19", "[0.02, 0.37]"]
    assert [len(table.rows), len(table.all_rows), table.all_rows[1][4].text] == [1, 2, "–"]
    (selector,) = table.choice.selectors
    assert selector.options == ["Rating points", "Percent of the reference group's mean rating"]
    assert not selector.every  # estimands are never mixed
    assert table.seen == "Shown: Rating points (1 of 2 rows)."
    assert table.caption == "Differences between groups: rating points, unless others are chosen."


def test_rows_are_fixed_from_left_to_right_until_they_are_few():
    frame = pd.DataFrame({"dimension": [name for name in "ab" for _ in range(ROWS)], "demographic": ["x", "y"] * ROWS})
    table = col.page_table("t", "T.", frame, [], choose=("dimension", "demographic"))
    assert [selector.chosen for selector in table.choice.selectors] == [0, -1]
    assert len(table.rows) == ROWS
    shown = col.page_table(
        "t", "T.", frame, [col.text("Demographic", "demographic")], choose=("dimension", "demographic")
    )
    assert [shown.chosen_by, shown.same, shown.head] == [[0, 1], [0], 1]  # the dimension stands in its selector
    first = col.page_table("t", "T.", frame, [], choose=("dimension",), first={"dimension": "b"})
    assert first.seen == f"Shown: b ({ROWS} of {2 * ROWS} rows)."


def test_names_in_rows_to_choose_from_cannot_end_the_script(finished, page_of):
    effects = finished.tables["effects"].assign(level="</script><b>")
    html = page_of(effects=effects)
    assert "</script><b>" not in html
    assert "\\u003c/script>\\u003cb>" in html


def order_of(table: pd.DataFrame, names: list[str]) -> list[tuple[str, ...]]:
    """The groups of a table, each once, in its order."""
    return list(dict.fromkeys(table[names].astype(str).itertuples(index=False, name=None)))


@pytest.mark.parametrize("name", ["effects", "effects_by_model", "agreement", "rating_shares", "model_cohesion"])
def test_groups_have_the_order_and_the_reference_of_the_sample_in_every_table(name: str, finished):
    sample = finished.tables["sample"]
    wanted = order_of(sample, NAMED[:2])
    found = order_of(finished.tables[name], NAMED[:2])
    assert found == [group for group in wanted if group in found]
    if "reference" in finished.tables[name]:
        references = set(sample.loc[sample["is_reference"], NAMED[:2]].itertuples(index=False, name=None))
        assert set(order_of(finished.tables[name], ["demographic", "reference"])) == references
