"""What severities, locations and thresholds become on the page."""

from pluralstats.figures import style

from pluralstats import figures


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


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
