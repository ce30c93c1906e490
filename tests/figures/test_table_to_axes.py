"""What each figure shows of its table: every row, in order, under the right words; and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from pluralstats.figures import style

from pluralstats import figures
from pluralstats.errors import ConfigError


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
        "latent_d": "standardised latent difference d (SD units)",
        "P(rating >= 4)": "difference in P(rating ≥ 4) (rating points)",
    }
    for estimand, expected in words.items():
        table = tables["effects"](estimand=estimand)
        numbers = ["estimate", "lower", "upper", "lower_50", "upper_50", "raw"]
        if estimand == "odds_ratio":
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


def test_a_category_without_a_share_takes_its_whole_bar_with_it(tables):
    table = tables["rating_shares"]()
    table.loc[(table["level"] == "Asian") & (table["position"] == 2), "percent"] = np.nan
    ax = figures.likert(table)
    assert "Asian" not in labels_of(ax)
    assert "race Asian" in figures.alt_text(ax)


def test_tables_are_not_changed(tables):
    table = tables["effects"](("toxicity", "bias"))
    before = table.copy()
    figures.forest(table)
    pd.testing.assert_frame_equal(table, before)


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


def test_likert_bars_are_centred_on_the_middle_category(tables):
    table = tables["rating_shares"](groups={})
    percent = table["percent"].to_numpy()
    bars = figures.likert(table).patches
    assert [bar.get_width() for bar in bars] == pytest.approx(percent)
    assert bars[2].get_x() == pytest.approx(-percent[2] / 2)
    assert bars[0].get_x() == pytest.approx(-percent[2] / 2 - percent[1] - percent[0])


def test_likert_bars_of_an_even_scale_meet_at_zero(tables):
    bars = figures.likert(tables["rating_shares"](groups={}, categories=("low", "lower", "higher", "high"))).patches
    assert bars[2].get_x() == pytest.approx(0)


def test_likert_orders_categories_by_position_not_by_name_or_row(tables):
    table = tables["rating_shares"](categories=("never", "always", "mostly"))
    shuffled = pd.concat([part.iloc[::-1] for _, part in table.groupby(["demographic", "level"], sort=False)])
    for case in (table, shuffled):
        (legend,) = figures.likert(case).figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["never", "always", "mostly"]


def test_likert_reads_an_absent_category_as_nobody(tables):
    table = tables["rating_shares"]()
    ax = figures.likert(table[~((table["level"] == "Asian") & (table["position"] == 4))])
    assert "Asian" in labels_of(ax)


def test_likert_writes_the_number_of_ratings(tables):
    table = tables["rating_shares"](groups={})
    assert f"{table['n'].sum():,}" in texts_of(figures.likert(table))


def test_variance_shares_keep_their_order_and_show_small_shares_as_some(tables):
    ax = figures.variance_shares(tables["variance_shares"]())
    assert labels_of(ax) == ["item", "demographics", "rater", "gender:item", "residual"]
    assert texts_of(ax) == ["30", "<1", "15", "5", "50"]


def test_agreement_gives_each_coefficient_its_own_panel_and_axis(tables):
    axes = figures.agreement(tables["agreement"]())
    assert [ax.get_xlabel() for ax in axes] == [
        "Krippendorff’s α, nominal",
        "Krippendorff’s α, ordinal",
        "pairs that agree (%)",
    ]
    assert axes[0].get_xlim() != axes[2].get_xlim()


def test_agreement_draws_everybody_as_a_line_through_the_groups(tables):
    ax = figures.agreement(tables["agreement"](("alpha_ordinal",)))
    assert any(np.array_equal(line.get_xdata(), [0.4, 0.4]) for line in ax.lines)
    assert labels_of(ax)[3] == "all raters"


def test_agreement_draws_one_kind_of_bootstrap(tables):
    table = tables["agreement"](("alpha_ordinal",))
    assert "raters and items resampled" in figures.alt_text(figures.agreement(table))
    assert "with items resampled" in figures.alt_text(figures.agreement(table, bootstrap="items"))


def test_caterpillar_sorts_and_names_only_the_extremes(tables):
    table = tables["random_effects"](1000, 5)
    ax = figures.caterpillar(table, term="rater")
    names = labels_of(ax)
    assert len(names) == 11
    assert names[-1] == "990\nraters\nbetween"
    top = table[table["term"] == "rater"].sort_values("estimate").iloc[-1]["group"]
    assert names[0][-6:] == top[-6:]


def test_caterpillar_has_a_panel_for_each_term(tables):
    raters, items = figures.caterpillar(tables["random_effects"]())
    assert (raters.get_title(loc="left"), items.get_title(loc="left")) == ("raters", "items")


def test_caterpillar_of_ten_thousand_raters_stays_small(tables, tmp_path):
    (svg,) = style.save(
        figures.caterpillar(tables["random_effects"](10_000, 2), term="rater"),
        tmp_path / "many",
        formats=("svg",),
    )
    assert svg.stat().st_size < 400_000


def test_wright_draws_thresholds_and_no_coefficients(tables):
    ax = figures.wright(tables["parameters"](), tables["random_effects"]())
    assert texts_of(ax) == ["1|2", "2|3", "3|4", "4|5"]
    assert labels_of(ax) == ["raters\nn = 1,000", "thresholds", "items\nn = 200"]
    assert ax.get_xlim()[1] < 5


def test_wright_draws_effects_of_zero_variance(tables):
    effects = tables["random_effects"]().assign(estimate=0.0)
    assert figures.wright(tables["parameters"](), effects).has_data()


def test_one_panel_can_be_drawn_into_a_callers_axes(tables):
    for draw in (
        lambda ax: figures.forest(tables["effects"](), ax=ax),
        lambda ax: figures.comparison(tables["models"](), ax=ax),
        lambda ax: figures.likert(tables["rating_shares"](), ax=ax),
        lambda ax: figures.variance_shares(tables["variance_shares"](), ax=ax),
        lambda ax: figures.agreement(tables["agreement"](("percent",)), ax=ax),
        lambda ax: figures.caterpillar(tables["random_effects"](), term="item", ax=ax),
        lambda ax: figures.wright(tables["parameters"](), tables["random_effects"](), ax=ax),
    ):
        ax = Figure(figsize=(5, 5)).add_subplot()
        assert draw(ax) is ax
        assert figures.alt_text(ax)


def test_a_callers_axes_in_an_inner_column_keep_their_row_labels(tables):
    with style.paper(width="two"):
        right = Figure(layout="constrained").subplots(1, 2)[1]
        figures.forest(tables["effects"](), ax=right)
    assert all(tick.label1.get_visible() for tick in right.yaxis.get_major_ticks())


def test_inner_panels_of_one_figure_leave_the_row_labels_to_the_first(tables):
    first, second = figures.forest(tables["effects"](("toxicity", "bias")))
    assert all(tick.label1.get_visible() for tick in first.yaxis.get_major_ticks())
    assert not any(tick.label1.get_visible() for tick in second.yaxis.get_major_ticks())


def test_greyscale_tells_every_category_of_a_ramp_from_its_neighbours():
    for kind in style.RAMPS:
        for n in (2, 3, 5, 7):
            shades = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in map(rgb, style.ramp(n, kind))]
            assert np.abs(np.diff(shades)).min() > 0.04
            assert abs(shades[0] - shades[-1]) > 0.2


def rgb(colour):
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: figures.forest(t["effects"]().drop(columns=["lower", "upper"])),
         "`forest` needs the columns demographic, level, reference, estimand, estimate, lower, upper; the table "
         "lacks lower, upper and has demographic, reference, level, estimand, unit, estimate, lower_50, "
         "upper_50, raw, n_raters, n_raters_reference. Pass the table of `ps.effects`."),
        (lambda t: figures.forest([1]),
         "`forest` needs a pandas DataFrame (the table of `ps.effects`), found list."),
        (lambda t: figures.forest(t["effects"](), estimand="pionts"),
         "`forest` found no rows with the estimand 'pionts'; the table has points. Did you mean 'points'?"),
        (lambda t: figures.forest(t["effects"]().assign(estimate=np.nan)),
         "`forest` found no row to draw: 5 rows, none with finite estimate, lower, upper. "
         "Check how the table was filtered."),
        (lambda t: figures.forest(pd.concat([t["effects"]()] * 2)),
         "`forest` draws each contrast once, but 5 rows repeat one (first: gender 'male' against 'female'). "
         "Filter the table, or tell the rows apart by a column `dimension`."),
        (lambda t: figures.forest(t["effects"](("a", "b")), ax=Figure().add_subplot()),
         "`ax` holds one panel, the table fills 2. Pass the rows of one, or leave `ax` out."),
        (lambda t: figures.comparison(t["effects"]()), "the table lacks model and has"),
        (lambda t: figures.likert(t["rating_shares"]().drop(columns="n")), "the table lacks n and has"),
        (lambda t: figures.likert(t["rating_shares"](), ramp="rainbow"),
         "`ramp` must be 'diverging' or 'sequential', found 'rainbow'."),
        (lambda t: figures.likert(pd.concat([t["rating_shares"](groups={})] * 2)),
         "`likert` draws each category once in a group, but all all has one twice. Filter the table."),
        (lambda t: figures.likert(pd.concat([t["rating_shares"](("a",)),
                                             t["rating_shares"](("b",), categories=("no", "yes"))])),
         "`likert` needs one category for each position, but position 0 has Strongly disagree and no. "
         "Draw tables of different scales apart."),
        (lambda t: figures.variance_shares(t["variance_shares"]().iloc[:0]),
         "`variance_shares` found no row to draw: 0 rows, none with finite percent, lower, upper."),
        (lambda t: figures.agreement(t["agreement"](), bootstrap="rater"),
         "`agreement` found no rows with bootstrap 'rater'; the table has raters, items, both."),
        (lambda t: figures.agreement(t["agreement"]().drop(columns="bootstrap")),
         "but 18 rows of alpha_nominal repeat one (first: all all). Filter the table, or add a column `dimension`."),
        (lambda t: figures.caterpillar(t["random_effects"](), term="raters"),
         "`caterpillar` found no term 'raters'; the table has rater, item. Did you mean 'rater'?"),
        (lambda t: figures.wright(t["parameters"]().tail(1), t["random_effects"]()),
         "`wright` found no row to draw: 0 rows, none with finite estimate."),
        (lambda t: style.paper("three").__enter__(), "`width` must be 'one' or 'two', found 'three'."),
        (lambda t: style.save(figures.forest(t["effects"]()), "x", formats=("gif",)),
         "`formats` may hold svg, png and pdf, found gif."),
    ],
)  # fmt: skip
def test_errors_say_what_was_expected_and_found(tables, call, message):
    with pytest.raises(ConfigError) as caught:
        call(tables)
    assert message in str(caught.value)
