"""What comparisons of training become on the page."""

import numpy as np
import pandas as pd
import pytest
import training_tables
from matplotlib.figure import Figure
from matplotlib.path import Path
from pluralstats.figures.training.plane import outline

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


def test_less_is_better_turns_the_axis_so_that_better_is_right():
    ax = figures.trade_off(training_tables.trade_offs())
    assert ax.xaxis_inverted()
    assert not ax.yaxis_inverted()
    assert ax.get_xlabel() == "toxicity less base, less is better →"
    assert not figures.trade_off(training_tables.trade_offs(better_x="up")).xaxis_inverted()


def test_the_region_of_two_effects_holds_as_many_draws_as_it_says():
    row = pd.Series({"x": 1.0, "y": -2.0, "sd_x": 0.5, "sd_y": 2.0, "correlation": 0.7})
    root = np.linalg.cholesky([[0.25, 0.7], [0.7, 4.0]])
    draws = [1.0, -2.0] + np.random.default_rng(1).standard_normal((20_000, 2)) @ root.T

    inside = Path(outline(row, 0.9)).contains_points(draws).mean()
    assert inside == pytest.approx(0.9, abs=0.01)  # standard error 0.002; a polygon of 100 corners loses 0.001


def test_the_diagonal_is_framed_and_scores_stand_in_their_cells():
    ax = figures.steerability(training_tables.steering(), advantage=training_tables.advantages())
    frames = [patch for patch in ax.patches if patch.get_facecolor()[3] == 0.0]
    assert [(round(p.get_x()), round(p.get_y())) for p in frames] == [(0, 0), (1, 1), (2, 2)]
    assert "3.50\n[3.30, 3.70]" in texts_of(ax)
    assert texts_of(ax).count("+0.50\n[0.30, 0.70]") == 3


def test_an_unbounded_ratio_has_arrows_and_no_dot():
    table = training_tables.ratios()
    ax, absolute = figures.reduction_ratios(table)
    assert texts_of(ax).count("unbounded") == 2
    assert dots(ax, "D") == [(1.5,)]  # the bounded one
    assert len(dots(ax, "<")) == len(dots(ax, ">")) == 2
    assert dots(absolute, "o")[0] == tuple(table["reduction"])
    assert "unbounded, because the reduction of all ratings is above 0 with a probability of 90% only" in (
        figures.alt_text(ax)
    )


def test_arms_that_change_scores_in_opposite_directions_have_no_ratio_on_the_page():
    table = training_tables.ratios(training_tables.ARMS[1:2])
    other = {"reduction_against": -0.3, "reduction_against_lower": -0.5, "reduction_against_upper": -0.1}
    for kind in ("none", "between"):  # "between" in tables that were written before
        ax, _ = figures.reduction_ratios(table.assign(set=kind, reduction_lower=0.3, **other))
        assert "opposite signs" in texts_of(ax)
        assert not dots(ax, "D") and not dots(ax, "<")
        assert "majority: no ratio, because it and all ratings change scores in opposite" in figures.alt_text(ax)
    ax, _ = figures.reduction_ratios(table.assign(direction="up"))
    assert ax.get_xlabel() == "ratio of increases (1 = equal)"


def test_scales_have_a_mark_each_beside_each_other_in_a_row(tables):
    table = training_tables.collapsed(tables["effects"](estimand="latent_d"))
    ax = figures.scale_collapse(table)
    for n, marker in ((5, "o"), (3, "s"), (2, "D")):
        assert dots(ax, marker)[0] == tuple(table[table["answers"] == n]["estimate"])


def test_right_probabilities_lie_on_the_diagonal():
    ax = figures.pair_calibration(training_tables.calibrations())
    np.testing.assert_allclose(*np.array(next(line.get_xydata() for line in ax.lines if line.get_marker() == "o")).T)


def test_groups_of_judges_stand_under_their_arm_and_fifty_percent_is_marked():
    ax = figures.win_rates(training_tables.win_rates(("dpo",)))
    assert labels_of(ax) == ["dpo", "all judges", "liberal", "moderate", "conservative", "worst group"]
    assert list(ax.lines[0].get_xdata()) == [50.0, 50.0]


def test_distances_start_at_nothing_and_show_the_floor():
    first, second = figures.distances(training_tables.distances())
    assert first.get_xlim()[0] == second.get_xlim()[0] == 0.0
    assert first.get_xlabel() == "Wasserstein distance (rating points)"
    assert "Grey bands are distances between halves of the same raters." in figures.alt_text(first)


def test_one_panel_can_be_drawn_into_a_callers_axes(tables):
    for draw in (
        lambda ax: figures.arms(training_tables.arm_effects(), ax=ax),
        lambda ax: figures.trade_off(training_tables.trade_offs(), ax=ax),
        lambda ax: figures.steerability(training_tables.steering(), ax=ax),
        lambda ax: figures.pair_calibration(training_tables.calibrations(), ax=ax),
        lambda ax: figures.win_rates(training_tables.win_rates(), ax=ax),
        lambda ax: figures.scale_collapse(training_tables.collapsed(tables["effects"]()), estimand="points", ax=ax),
    ):
        ax = Figure(figsize=(5, 5)).add_subplot()
        assert draw(ax) is ax
        assert figures.alt_text(ax)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.arms(training_tables.arm_effects().drop(columns="lower")),
         "`arms` needs the columns arm, estimate, lower, upper; the table lacks lower"),
        (lambda: figures.arms(pd.concat([training_tables.arm_effects()] * 2)),
         "`arms` draws each arm once, but 4 rows repeat one (first: all ratings). Filter the table."),
        (lambda: figures.trade_off(training_tables.trade_offs(better_x="left")),
         "`better_x` and `better_y` are 'up' or 'down'; found 'left', 'up'."),
        (lambda: figures.trade_off(training_tables.trade_offs().assign(dimension_x=["a", "b", "a", "b"])),
         "`trade_off` draws one plane, but `dimension_x` has a, b. Filter the table."),
        (lambda: figures.steerability(training_tables.steering().iloc[1:]),
         "`steerability` needs a score for each of 3 x 3 cells; found 8."),
        (lambda: figures.reduction_ratios(training_tables.ratios(), ax=Figure().add_subplot()),
         "`reduction_ratios` fills two panels and cannot be drawn into one `ax`. Leave it out."),
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
