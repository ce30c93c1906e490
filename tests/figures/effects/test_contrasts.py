"""What the forest and the comparison show of their table: every row, in order, under the right words."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.figures import style

from pluralstats import figures


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_forest_keeps_the_order_of_the_table(tables):
    table = tables["effects"]().iloc[::-1]
    ax = figures.forest(table)
    rows = [y for y, name in zip(ax.get_yticks(), labels_of(ax), strict=True) if name in ("Asian", "Black")]
    assert labels_of(ax)[:3] == ["country", "race, minus White", "gender, minus female"]
    assert labels_of(ax)[3:] == ["Germany minus US", "Asian", "Black", "non-binary", "male"]
    assert rows == sorted(rows)


def test_forest_marks_estimates_and_raw_differences_at_their_rows(tables):
    table = tables["effects"]()
    ax = figures.forest(table)
    estimates, raw = (line.get_xdata() for line in ax.lines if len(line.get_xdata()) == len(table))
    np.testing.assert_array_equal(estimates, table["estimate"])
    np.testing.assert_array_equal(raw, table["raw"])


def test_forest_writes_counts_at_the_margin(tables):
    ax = figures.forest(tables["effects"]())
    assert texts_of(ax).count("500") == 5
    assert texts_of(ax).count("ref. 480") == 3
    assert "raters" in texts_of(ax)


def test_forest_names_quantity_and_unit_of_each_estimand(tables):
    words = {
        "points": "difference in rating points (scale 0–10)",
        "percent": "difference in percent of the reference mean",
        "percent_of_range": "difference in percent of the scale's range",
        "odds_ratio": "odds ratio (1 = no difference)",
        "marginal_odds_ratio": "marginal odds ratio (1 = no difference)",
        "latent_d": "standardised latent difference d (SD units)",
        "P(rating >= 4)": "difference in P(rating ≥ 4) (rating points)",
    }
    for estimand, expected in words.items():
        table = tables["effects"](estimand=estimand)
        numbers = ["estimate", "lower", "upper", "lower_50", "upper_50", "raw"]
        if estimand.endswith("odds_ratio"):
            table[numbers] = np.exp(table[numbers])
        assert figures.forest(table, estimand=estimand, scale=(0, 10)).get_xlabel() == expected


def test_odds_ratios_are_drawn_on_a_logarithmic_axis_around_one(tables):
    table = tables["effects"](estimand="odds_ratio")
    numbers = ["estimate", "lower", "upper", "lower_50", "upper_50"]
    table[numbers] = np.exp(table[numbers])
    ax = figures.forest(table.drop(columns="raw"), estimand="odds_ratio", rope=0.1)
    assert ax.get_xscale() == "log"
    assert any(np.array_equal(line.get_xdata(), [1.0, 1.0]) for line in ax.lines)
    assert "Germany against US" in labels_of(ax)


def test_forest_draws_the_band_of_equivalence_only_when_asked(tables):
    assert not figures.forest(tables["effects"]()).patches
    (band,) = figures.forest(tables["effects"](), rope=0.1).patches
    assert (band.get_x(), band.get_width()) == pytest.approx((-0.1, 0.2))


def test_one_panel_for_each_dimension_on_one_scale(tables):
    axes = figures.forest(tables["effects"](("helpfulness", "toxicity")))
    assert [ax.get_title(loc="left") for ax in axes] == ["helpfulness", "toxicity"]
    assert axes[0].get_xlim() == axes[1].get_xlim()
    assert axes[0].figure.get_supxlabel() == "difference in rating points"


def test_columns_of_by_tell_contrasts_apart(tables):
    one = tables["effects"](groups={"gender": ("female", "male")})
    table = pd.concat([one.assign(politics=name) for name in ("liberal", "conservative")])
    table = table[["demographic", "level", "reference", "politics", "estimand", "estimate", "lower", "upper"]]
    assert labels_of(figures.forest(table)) == [
        "gender by politics",
        "male minus female,\nliberal",
        "male minus female,\nconservative",
    ]


def test_rows_without_numbers_leave_with_a_note(tables):
    table = tables["effects"]()
    table.loc[table["level"] == "Asian", "upper"] = np.nan
    table.loc[table["level"] == "male", "estimate"] = np.inf
    ax = figures.forest(table)
    assert "Asian" not in labels_of(ax)
    note = "Left out because a number is missing: 2 rows (gender male, race Asian)."
    assert figures.alt_text(ax).endswith(note)


def test_categorical_columns_with_unused_levels_draw_no_ghost_rows(tables):
    table = tables["effects"]().astype({"demographic": "category", "level": "category", "estimand": "category"})
    assert labels_of(figures.forest(table[table["demographic"] == "country"])) == [
        "country",
        "Germany minus US",
    ]


def test_comparison_draws_models_in_order_the_first_in_grey(tables):
    ax = figures.comparison(tables["models"]())
    (legend,) = ax.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["items only", "items and raters"]
    assert [line.get_color() for line in legend.get_lines()] == [style.REFERENCE, style.OKABE_ITO[0]]


def test_comparison_puts_the_models_of_a_contrast_beside_each_other(tables):
    table = tables["models"](groups={"gender": ("female", "male")})
    ax = figures.comparison(table)
    first, second = (
        line.get_ydata()[0] for line in ax.lines if line.get_marker() in "os" and len(line.get_xdata()) == 1
    )
    row = ax.get_yticks()[labels_of(ax).index("male minus female")]
    assert first < row < second


def test_simultaneous_intervals_are_hair_lines_with_caps(tables):
    table = tables["contrasts"](pairwise=True)
    ax = figures.forest(table)
    caps = [line for line in ax.lines if line.get_marker() == "|"]
    np.testing.assert_array_equal(caps[0].get_xdata(), table["lower_simultaneous"])
    np.testing.assert_array_equal(caps[1].get_xdata(), table["upper_simultaneous"])
    words = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert "simultaneous 95% interval" in words
    plain = figures.forest(table.drop(columns=["lower_simultaneous", "upper_simultaneous"]))
    assert not [line for line in plain.lines if line.get_marker() == "|"]
    assert "simultaneous" not in figures.alt_text(plain)


def test_rows_without_a_simultaneous_interval_keep_their_own(tables):
    table = tables["contrasts"](pairwise=True)
    table.loc[0, "upper_simultaneous"] = np.nan
    ax = figures.forest(table)
    assert [len(line.get_xdata()) for line in ax.lines if line.get_marker() == "|"] == [len(table) - 1] * 2
    assert len(labels_of(ax)) == len(table) + 3  # three demographics


def test_pairwise_contrasts_name_both_levels_and_count_both(tables):
    table = tables["contrasts"]({"race": ("White", "Black", "Asian")}, pairwise=True)
    table = table.assign(n_raters=[30, 40, 40], n_raters_reference=[50, 50, 30])
    ax = figures.forest(table)
    assert labels_of(ax) == ["race", "Black minus White", "Asian minus White", "Asian minus Black"]
    counts = {round(text.get_position()[1], 6): text.get_text() for text in ax.texts if "/" in text.get_text()}
    assert [counts[round(y, 6)] for y in ax.get_yticks()[1:]] == ["30 / 50", "40 / 50", "40 / 30"]


def test_a_forest_of_very_many_contrasts_keeps_the_clearest_and_says_how_many_it_left_out():
    names = {"demographic": "g", "level": [f"level {i}" for i in range(126)], "reference": "r", "estimand": "points"}
    table = pd.DataFrame(names).assign(estimate=np.arange(126) / 100.0)
    table = table.assign(lower=table["estimate"] - 0.3, upper=table["estimate"] + 0.3)
    ax = figures.forest(table)
    assert labels_of(ax)[1:] == [f"level {i}" for i in range(66, 126)]
    assert ax.get_xlabel().endswith("\nnot drawn: 66 contrasts nearer to no difference")
    assert len(labels_of(figures.forest(table, most=200))) == 127
