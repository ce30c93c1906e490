"""What comparisons of conditions of training become on the page."""

import numpy as np
import pandas as pd
import pytest
import training_tables

from pluralstats import figures
from pluralstats.errors import ConfigError


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def dots(ax, marker="o"):
    return [tuple(line.get_xdata()) for line in ax.lines if line.get_marker() == marker and len(line.get_xdata())]


def test_arms_keep_the_order_of_the_table_and_show_every_seed():
    table = training_tables.arm_effects()
    seeds = training_tables.arm_seeds(table)
    ax = figures.arms(table, seeds=seeds)
    assert labels_of(ax) == list(training_tables.ARMS)
    effects, single = dots(ax)
    assert effects == tuple(table["estimate"])
    assert sorted(single) == sorted(seeds["estimate"])
    assert {"3", "seeds"} <= set(texts_of(ax))


def test_seeds_of_another_dimension_or_of_arms_left_out_are_not_drawn():
    table = training_tables.arm_effects(dimensions=training_tables.TRAITS)
    seeds = training_tables.arm_seeds(table)
    first, second = figures.arms(table[table["arm"] != "majority"], seeds=seeds)
    for ax, name in ((first, "toxicity"), (second, "helpfulness")):
        own = seeds[(seeds["dimension"] == name) & (seeds["arm"] != "majority")]
        assert sorted(dots(ax)[1]) == sorted(own["estimate"])


def test_an_effect_without_an_interval_is_left_out_with_a_note():
    table = training_tables.arm_effects()
    table.loc[0, "lower"] = np.nan
    assert "Left out because a number is missing: 1 row (all ratings)." in figures.alt_text(figures.arms(table))


def test_groups_of_judges_stand_under_their_arm_and_fifty_percent_is_marked():
    ax = figures.win_rates(training_tables.win_rates(("dpo",)))
    assert labels_of(ax) == ["dpo", "all judges", "liberal", "moderate", "conservative", "worst group"]
    assert list(ax.lines[0].get_xdata()) == [50.0, 50.0]


def test_distances_start_at_nothing_and_show_the_floor():
    first, second = figures.distances(training_tables.distances())
    assert first.get_xlim()[0] == second.get_xlim()[0] == 0.0
    assert first.get_xlabel() == "Wasserstein distance (rating points)"
    assert "Marks: distance, 95% interval; between two halves of the group's raters." in figures.alt_text(first)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.arms(training_tables.arm_effects().drop(columns="lower")),
         "`arms` needs the columns arm, estimate, lower, upper; the table lacks lower"),
        (lambda: figures.arms(pd.concat([training_tables.arm_effects()] * 2)),
         "`arms` draws each arm once, but 4 rows repeat one (first: all ratings). Filter the table"),
        (lambda: figures.win_rates(pd.concat([training_tables.win_rates()] * 2)),
         "`win_rates` draws each group once, but 20 rows repeat one"),
        (lambda: figures.distances(training_tables.distances().assign(estimate=np.nan)),
         "`distances` found no row to draw: 30 rows, none with finite estimate, lower, upper."),
    ],
)  # fmt: skip
def test_errors_say_what_was_expected_and_found(call, message):
    with pytest.raises(ConfigError) as caught:
        call()
    assert message in str(caught.value)
