"""Drawing into a caller's own Axes, and tables that cannot be drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from pluralstats.figures import style

from pluralstats import figures
from pluralstats.errors import ConfigError


def test_a_callers_axes_in_an_inner_column_keep_their_row_labels(tables):
    with style.paper(width="two"):
        right = Figure(layout="constrained").subplots(1, 2)[1]
        figures.forest(tables["effects"](), ax=right)
    assert all(tick.label1.get_visible() for tick in right.yaxis.get_major_ticks())


def test_inner_panels_of_one_figure_leave_the_row_labels_to_the_first(tables):
    first, second = figures.forest(tables["effects"](("toxicity", "bias")))
    assert all(tick.label1.get_visible() for tick in first.yaxis.get_major_ticks())
    assert not any(tick.label1.get_visible() for tick in second.yaxis.get_major_ticks())


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
         "`forest` draws each contrast once, but 5 rows repeat one (first: gender, male, female). "
         "Filter the table, or tell the rows apart by a column `dimension`."),
        (lambda t: figures.forest(t["effects"](("a", "b")), ax=Figure().add_subplot()),
         "`ax` holds one panel, the table fills 2. Pass the rows of one, or leave `ax` out."),
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
         "`agreement` found no rows with the bootstrap 'rater'; the table has raters, items, both. Did you mean"),
        (lambda t: figures.agreement(t["agreement"]().drop(columns="bootstrap")),
         "draws each group of a coefficient once, but 54 rows repeat one (first: alpha_nominal, all, all). Filter the"),
        (lambda t: figures.caterpillar(t["random_effects"](), term="raters"),
         "`caterpillar` found no rows with the term 'raters'; the table has rater, item. Did you mean 'rater'?"),
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


THINGS = [None, "no such thing", 3, [1], {}, pd.DataFrame({"a": [1]}), object()]


@pytest.mark.parametrize("name", [name for name in figures.__all__ if name != "style"])
def test_the_wrong_kind_of_object_is_refused_with_a_sentence(name):
    for thing in THINGS:
        with pytest.raises(ConfigError) as caught:
            getattr(figures, name)(thing)
        assert str(caught.value).endswith((".", "?")), thing


def test_group_means_of_a_fit_are_those_of_each_demographic_by_itself(small_fit):
    labels = [tick.label1.get_text() for tick in figures.group_means(small_fit).yaxis.get_major_ticks()]
    assert set(small_fit.ratings.raters["gender"].cat.categories) <= set(labels)
    assert not any(" × " in label or ":" in label for label in labels)
