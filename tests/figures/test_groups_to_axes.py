"""What intersections, contested items and cohesion become on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from pluralstats.figures import style
from pluralstats.figures.tables import NothingToDraw

from pluralstats import figures
from pluralstats.errors import ConfigError


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def names_of(ax):
    return {text.get_text().replace("\n", " ") for text in ax.texts if isinstance(text, Annotation)}


def four_cells():
    """One cell of four differs from the additive prediction; the others are ends or in the middle."""
    table = pd.DataFrame({"term": "gender:race", "gender": ["f", "f", "m", "m"], "race": ["A", "B", "A", "B"]})
    return table.assign(
        group=["f:A", "f:B", "m:A", "m:B"], n_raters=[10, 20, 40, 80], raw=[2.0, 3.0, 3.1, 4.0],
        predicted=[2.5, 3.0, 3.1, 3.5], lower=2.4, upper=3.6, difference=[0.0, 0.3, 0.0, 0.0],
        difference_lower=[-0.1, 0.1, -0.1, -0.1], difference_upper=[0.1, 0.5, 0.1, 0.1],
    )  # fmt: skip


def test_cells_lie_at_raw_and_pooled_means_with_areas_by_raters():
    points = [c for c in figures.intersections(four_cells()).collections if isinstance(c, PathCollection)]
    drawn = {tuple(at): size for c in points for at, size in zip(c.get_offsets(), c.get_sizes(), strict=True)}
    assert set(drawn) == {(2.0, 2.5), (3.0, 3.0), (3.1, 3.1), (4.0, 3.5)}
    areas = np.array([drawn[at] for at in sorted(drawn)])
    np.testing.assert_allclose(areas / areas[0], [1, 2, 4, 8])


def test_the_diagonal_is_where_raw_and_pooled_means_are_equal():
    (line,) = figures.intersections(four_cells()).lines
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())


def test_cells_that_differ_are_named_first_then_the_ends():
    assert names_of(figures.intersections(four_cells(), named=1)) == {"f × B"}
    assert names_of(figures.intersections(four_cells(), named=3)) == {"f × B", "m × B", "f × A"}
    assert not names_of(figures.intersections(four_cells(), named=0))
    assert "by their 95% interval: f × B 0.30." in figures.alt_text(figures.intersections(four_cells()))


def test_names_come_from_the_columns_so_that_levels_may_hold_colons():
    table = four_cells().assign(race="A:B or C")
    assert "m × A:B or C" in names_of(figures.intersections(table))
    assert "m × B" in names_of(figures.intersections(table.drop(columns="race")))


def test_cells_without_raters_leave_with_a_note():
    table = four_cells()
    table.loc[0, "raw"] = np.nan
    assert "Left out because a number is missing: 1 row (gender:race f:A)." in figures.alt_text(
        figures.intersections(table)
    )


def test_differences_of_cells_go_from_high_to_low_whatever_the_row_order(tables):
    table = tables["cells"]()
    ordered = table.sort_values("difference", ascending=False)
    names = [" × ".join(pair) for pair in zip(ordered["gender"], ordered["race"], strict=True)]
    for case in (table, table.sample(frac=1, random_state=1)):
        assert labels_of(figures.intersection_differences(case))[1:] == names


def test_of_many_cells_those_that_differ_are_drawn():
    table = four_cells()
    table.loc[3, "difference"] = -0.9  # larger, but its interval (of the test's own making) includes 0
    assert labels_of(figures.intersection_differences(table, most=1))[1:] == ["f × B"]
    assert "Not drawn: 3 cells" in figures.alt_text(figures.intersection_differences(table, most=1))


def gaps(items=10):
    """Gaps from 1.0 down to -0.8 whose rank follows their size."""
    gap = np.linspace(1.0, -0.8, items)
    table = pd.DataFrame({"item": [f"i{i}" for i in range(items)], "level": "m", "reference": "f", "gap": gap})
    table = table.assign(lower=gap - 0.2, upper=gap + 0.2, rank=(-np.abs(gap)).argsort(kind="stable").argsort() + 1)
    return table.assign(expected_false_sign=table["rank"] / 1000)


def test_the_first_by_rank_of_either_direction_and_the_surest_agreement_are_drawn():
    ax = figures.contested(gaps(), k=2, agreed=2)
    assert labels_of(ax) == [
        "rated higher by\nm", "rated higher by\nf", "most agreed", "i0", "i1", "i9", "i8", "i5", "i4",
    ]  # fmt: skip


def test_contested_items_carry_the_false_sign_rate_up_to_their_rank():
    ax = figures.contested(gaps(), k=2, agreed=1)
    assert texts_of(ax) == ["0.1%", "0.2%", "0.3%", "0.4%", "false\nsigns"]
    assert "of the first 4 items by rank 0.4% are expected to have the wrong sign" in figures.alt_text(ax)


def test_ids_are_drawn_unless_texts_are_asked_for():
    texts = {"i0": "An insult", "i9": "Praise"}
    assert not {"An insult", "Praise"} & set(labels_of(figures.contested(gaps())))
    labels = labels_of(figures.contested(gaps(), texts=texts))
    assert {"An insult", "Praise", "i1"} <= set(labels)  # an item without a text keeps its id
    assert {"i0", "i9"}.isdisjoint(labels)


def test_the_margin_is_a_band_only_when_given():
    assert not figures.contested(gaps()).patches
    (band,) = figures.contested(gaps(), margin=0.25).patches
    assert (band.get_x(), band.get_width()) == pytest.approx((-0.25, 0.5))


def test_the_margin_of_the_table_holds_unless_another_is_given():
    (band,) = figures.contested(gaps().assign(margin=0.4)).patches
    assert band.get_width() == pytest.approx(0.8)
    assert not figures.contested(gaps().assign(margin=0.4), margin=0.0).patches


def test_the_most_agreed_items_are_the_most_probably_within_the_margin():
    table = gaps().assign(p_within=np.linspace(0.0, 0.9, 10))
    assert labels_of(figures.contested(table, k=2, agreed=1))[-1] == "i7"  # i8 and i9 are contested


def test_few_items_are_drawn_once_each():
    ax = figures.contested(gaps(3))
    assert sorted(label for label in labels_of(ax) if label.startswith("i")) == ["i0", "i1", "i2"]


def test_contrasts_have_panels_of_their_own(tables):
    axes = figures.contested(tables["contested_items"](50, (("Black", "White"), ("Asian", "White"))), k=3)
    assert [ax.get_title(loc="left") for ax in axes] == ["Black minus White", "Asian minus White"]
    assert axes[0].get_xlim() == axes[1].get_xlim()


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


def test_groups_are_sorted_within_their_demographic_whatever_the_row_order(tables):
    table = tables["cohesions"]({"g": ("a", "b", "c"), "h": ("d", "e")}, ("reliability",))
    index = table[table["kind"] == "association"].sort_values(["demographic", "estimate"], ascending=[True, False])
    by_demographic = {name: list(part["level"]) for name, part in index.groupby("demographic")}
    shuffled = table.sort_values(["demographic", "estimate"], kind="stable")
    for case in (table, shuffled):
        assert labels_of(figures.association(case)) == ["g", "h", *by_demographic["g"], *by_demographic["h"]]


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


def test_pairs_have_panels_of_their_own_in_the_order_of_the_methods(tables):
    table = tables["cohesions"](pairs=("distribution", "reliability", "voting"))
    words = [ax.get_xlabel().replace("\n", " ") for ax in figures.cohesion(table)]
    assert [text.split()[0] for text in words] == ["IRR", "plurality", "negentropy"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: figures.intersections(t["cells"]().drop(columns="raw")), "the table lacks raw and has"),
        (lambda t: figures.intersections(t["cells"]().assign(raw=np.nan)), "`intersections` found no row to draw: 8"),
        (lambda t: figures.intersection_differences(t["cells"]().iloc[:0]), "found no row to draw: 0 rows"),
        (lambda t: figures.contested(t["contested_items"](5).assign(gap=np.nan)), "`contested` found no row to draw"),
        (lambda t: figures.contested(pd.concat([t["contested_items"](5)] * 2)), "5 rows repeat one (first: item-5f3"),
        (lambda t: figures.contested(gaps(), texts={0: "a"}), "it needs texts by id, such as 'i0', found 0."),
        (lambda t: figures.cohesion(t["cohesions"]().drop(columns="kind")), "the table lacks kind and has"),
        (lambda t: figures.cohesion(pd.concat([t["cohesions"]()] * 2)), "repeat one (first: gender"),
        (lambda t: figures.association(t["cohesions"](), p="p_two"), "Did you mean 'p_two_sided'?"),
        (lambda t: figures.association(t["cohesions"](), ax=Figure().add_subplot()), "`ax` holds one panel"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_drawn_are_refused(call, message, tables):
    with pytest.raises(ConfigError) as caught:
        call(tables)
    assert message in str(caught.value)
