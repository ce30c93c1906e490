"""Raters by severity: those who stand out have names and rows, the others are there too."""

import group_tables
import numpy as np
import pandas as pd
import pytest
from pluralstats.figures import style

import pluralstats as ps
from pluralstats import figures
from pluralstats.errors import ConfigError

MANY = [f"R{i:03d}" for i in range(400)]


def names_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def test_the_most_severe_stands_at_the_top():
    ax = figures.rater_profiles(group_tables.raters(["a", "b", "c"]).assign(severity=[0.1, 0.9, -0.5]))
    top_first = [name for _, name in sorted(zip(ax.get_yticks(), names_of(ax), strict=True))]
    assert top_first == ["b", "a", "c"] and ax.get_ylim()[0] > ax.get_ylim()[1]


def test_of_many_the_ends_and_who_stands_out_have_names_and_all_are_drawn():
    table = group_tables.raters(MANY, ("noise",)).assign(note="")
    table.loc[7, ["note", "noise", "severity"]] = ["noisy", 3.5, 0.0]
    table.loc[9, ["note", "modal_percent", "severity"]] = ["same answer", 100.0, 0.01]
    axes = figures.rater_profiles(table)
    ends = table.sort_values("severity")["rater"]
    assert set(names_of(axes[0])) == {*ends.head(5), *ends.tail(5), "R007", "R009"}
    for ax in axes:
        assert sum(len(lines.get_segments()) for lines in ax.collections) == 400
    colours = {text.get_text(): text.get_color() for text in axes[1].texts}
    assert colours["100 (41)"] == style.ESTIMATE and colours["55 (41)"] == style.REFERENCE
    said = figures.alt_text(axes)
    assert "Noisy: R007." in said and "Same answer: R009." in said


def test_rows_do_not_touch_whoever_stands_between():
    ax = figures.rater_profiles(group_tables.raters(MANY))
    named = np.sort(ax.get_yticks())
    assert np.diff(named).min() >= 3.4 - 1e-9 and len(named) <= 26


def test_there_is_a_panel_for_each_thing_that_is_known_and_ratios_are_logarithmic():
    table = group_tables.raters(["a", "b"], ("noise", "use_of_scale"), ("toxic", "rude"))
    axes = figures.rater_profiles(table)
    assert [ax.get_xscale() for ax in axes] == ["linear", "log", "log"] * 2
    assert [ax.get_title("left") for ax in axes] == ["toxic", "", "", "rude", "", ""]
    assert len(figures.rater_profiles(table, dimension="rude")) == 3
    assert figures.rater_profiles(table.assign(noise=np.nan, use_of_scale=np.nan), dimension="rude").get_xlabel()


def test_a_fit_is_its_table_and_several_are_dimensions():
    made = ps.simulate(n_raters=12, n_items=10, seed=2)
    fit = ps.fit(made, method="laplace", on_problem="ignore")
    assert len(names_of(figures.rater_profiles(fit))) == 12
    assert [ax.get_title("left") for ax in figures.rater_profiles({"toxic": fit, "rude": fit})] == ["toxic", "rude"]


def test_a_table_of_four_columns_is_enough():
    table = pd.DataFrame({"rater": ["a"], "severity": 0.2, "lower": [0.1], "upper": [0.3]})
    assert len(figures.rater_profiles(table).texts) == 0
    with pytest.raises(ConfigError, match="each rater once"):
        figures.rater_profiles(pd.concat([table, table]))
