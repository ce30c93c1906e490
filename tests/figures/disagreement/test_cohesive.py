"""What cohesion and association become on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from pluralstats.figures import style
from pluralstats.figures.parts.tables import NothingToDraw

from pluralstats import figures
from pluralstats.errors import ConfigError


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def two_levels(**columns):
    table = pd.DataFrame({"demographic": "g", "level": ["a", "b"], "pair": "reliability", "kind": "association"})
    return table.assign(**({"estimate": [1.2, 1.4], "p_two_sided_bh": 0.001} | columns))


def filled(ax):
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    return sorted(x for line in marks if to_hex(line.get_mfc()) == style.ESTIMATE.lower() for x in line.get_xdata())


def test_a_small_p_fills_a_dot_only_with_its_null():
    assert filled(figures.association(two_levels())) == []
    assert filled(figures.association(two_levels(null_lower=0.9, null_upper=[1.1, np.nan]))) == [1.2]
    assert filled(figures.association(two_levels(null_lower=0.9, null_upper=1.1, p_two_sided_bh=[0.2, 0.05]))) == [1.4]


def test_the_null_is_a_bar_behind_each_group():
    ax = figures.association(two_levels(null_lower=[0.9, 0.8], null_upper=[1.1, 1.3]))
    assert sorted((bar.get_x(), round(bar.get_width(), 9)) for bar in ax.patches) == [(0.8, 0.5), (0.9, 0.2)]


def test_groups_keep_the_order_of_the_table_also_where_one_is_left_out_of_the_first_panel(tables):
    """The reference first, then the order of the levels, as in every figure."""
    table = tables["cohesions"]({"g": ("a", "b", "c"), "h": ("d", "e")}, ("reliability", "voting"))
    missing = (table["level"] == "a") & (table["pair"] == "reliability")
    cut = table.assign(estimate=table["estimate"].mask(missing))
    for draw in (figures.association, figures.cohesion):
        for case in (table, cut):
            assert labels_of(draw(case)[0]) == ["g", "h", "a", "b", "c", "d", "e"]


def test_a_ratio_by_the_model_is_filled_where_p_and_interval_agree(tables):
    table = tables["model_cohesions"]({"g": ("a", "b", "c")})
    index = table["kind"] == "association"
    table.loc[index, ["estimate", "lower", "upper"]] = [(1.5, 1.1, 2.0), (1.2, 0.9, 1.6), (0.6, 0.4, 0.9)]
    assert filled(figures.association(table)) == [0.6, 1.5]
    ax = figures.association(table.assign(p_two_sided_bh=0.3))
    assert filled(ax) == []
    assert "0 groups with p at most 0.05." in figures.alt_text(ax)


def test_groups_without_a_ratio_are_not_drawn_and_have_no_word(tables):
    ax = figures.association(tables["model_cohesions"]({"g": ("a", "b")}, without=("b",)))
    assert labels_of(ax) == ["g", "a"]
    assert "no ratio" not in texts_of(ax)
    assert "Left out because a number is missing: 1 row (g b latent)." in figures.alt_text(ax)


def test_pairs_of_levels_of_the_model_are_not_drawn_among_the_groups(tables):
    table = tables["model_cohesions"]({"g": ("a", "b", "c")})
    pairs = table[table["kind"] != "in_group"].assign(other="c", estimate=9.0)
    ax = figures.cohesion(pd.concat([table, pairs]))
    assert max(x for line in ax.lines for x in np.atleast_1d(line.get_xdata()) if np.isfinite(x)) < 1
    assert ax.get_xlabel().startswith("agreement of two new raters of an item")


def test_an_undefined_index_is_said_and_its_pair_dropped_when_all_are(tables):
    table = tables["cohesions"]({"g": ("a", "b")}, ("reliability", "voting"))
    index = table["kind"] == "association"
    table.loc[index & (table["level"] == "b") & (table["pair"] == "voting"), "estimate"] = np.nan
    _, voting = figures.association(table)
    assert texts_of(voting)[0] == "no ratio"
    assert "Left out because a number is missing: 1 row (g b voting)." in figures.alt_text(voting)
    table.loc[index & (table["pair"] == "voting"), "estimate"] = np.nan
    assert figures.association(table).get_xlabel() == "GAI, reliability (IRR / XRR)"
    with pytest.raises(NothingToDraw, match="`association` found no row to draw"):
        figures.association(table.assign(estimate=np.nan))


def test_one_is_marked_only_where_it_means_no_association(tables):
    axes = figures.association(tables["cohesions"]())
    at_one = [any(np.array_equal(line.get_xdata(), [1.0, 1.0]) for line in ax.lines) for ax in axes]
    assert at_one == [True, False, False]  # reliability, voting, distribution


def test_an_interval_without_end_does_not_squash_the_panel():
    ax = figures.association(two_levels(lower=[1.0, 1.1], upper=[1.4, 900.0]))
    assert ax.get_xlim()[1] < 3
    assert [line.get_marker() for line in ax.lines if line.get_marker() in "<>" and len(line.get_xdata())] == [">"]


def test_in_group_and_cross_group_lie_beside_each_other_in_the_row_of_their_group(tables):
    table = tables["cohesions"]({"g": ("a", "b")}, ("reliability",))
    ax = figures.cohesion(table)
    rows = dict(zip(labels_of(ax), ax.get_yticks(), strict=True))
    marks = [line for line in ax.lines if line.get_marker() in "os"]
    drawn = {(line.get_marker(), x): y for line in marks for x, y in zip(*line.get_data(), strict=True)}
    for kind, marker, sign in (("in_group", "o", -1), ("cross_group", "s", 1)):
        for _, row in table[table["kind"] == kind].iterrows():
            assert 0 < sign * (drawn[marker, row["estimate"]] - rows[row["level"]]) < 2.5
    assert len(ax.patches) == 4  # a null for each mark
    assert {line.get_marker() for line in ax.lines} >= {"o", "s"}  # a greyscale print tells them apart


def test_pairs_have_panels_of_their_own_in_the_order_of_the_methods(tables):
    table = tables["cohesions"](pairs=("distribution", "reliability", "voting"))
    words = [ax.get_xlabel().replace("\n", " ") for ax in figures.cohesion(table)]
    assert [text.split()[0] for text in words] == ["IRR", "plurality", "negentropy"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: figures.cohesion(t["cohesions"]().drop(columns="kind")), "the table lacks kind and has"),
        (lambda t: figures.cohesion(pd.concat([t["cohesions"]()] * 2)), "draws each group of a pair once, but"),
        (lambda t: figures.association(t["cohesions"](), p="p_two"), "Did you mean 'p_two_sided'?"),
        (lambda t: figures.association(t["cohesions"](), ax=Figure().add_subplot()), "`ax` holds one panel"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_drawn_are_refused(call, message, tables):
    with pytest.raises(ConfigError) as caught:
        call(tables)
    assert message in str(caught.value)
