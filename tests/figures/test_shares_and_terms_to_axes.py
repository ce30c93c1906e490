"""What the figures of shares, agreement and latent effects show of their tables."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.figures import style

from pluralstats import figures


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


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


def test_agreement_of_two_dimensions_is_drawn_on_one_scale(tables):
    one = tables["agreement"](("alpha_ordinal",))
    numbers = ["estimate", "lower", "upper"]
    other = one.assign(**{name: one[name] / 2 for name in numbers})
    first, second = figures.agreement(pd.concat([one.assign(dimension="a"), other.assign(dimension="b")]))
    assert first.get_xlim() == second.get_xlim()


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


def test_greyscale_tells_every_category_of_a_ramp_from_its_neighbours():
    for kind in style.RAMPS:
        for n in (2, 3, 5, 7):
            shades = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in map(rgb, style.ramp(n, kind))]
            assert np.abs(np.diff(shades)).min() > 0.04
            assert abs(shades[0] - shades[-1]) > 0.2


def rgb(colour):
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
