"""What agreement within groups and the shares of the variance show of their tables."""

import numpy as np
import pandas as pd
from pluralstats.figures.disagreement.extent import rounded

from pluralstats import figures


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


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


def test_a_small_share_is_not_nothing():
    assert [rounded(share) for share in (0.0, 0.2, 34.6)] == ["0", "<1", "35"]


def test_agreement_of_everybody_on_several_dimensions_is_a_row_each_on_one_axis():
    everybody = {"demographic": "all", "level": "all", "coefficient": "alpha_ordinal", "dimension": ["a", "b"]}
    ax = figures.agreement(pd.DataFrame(everybody | {"estimate": [0.1, 0.2], "lower": 0.0, "upper": 0.3}))
    assert labels_of(ax) == ["all raters", "a", "b"]
