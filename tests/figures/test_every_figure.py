"""Guarantees that hold for every figure function, one table of them: whoever adds one adds a line here."""

import io
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import effect_tables as et
import group_tables as gt
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import training_tables as tt
from matplotlib.figure import Figure
from matplotlib.text import Text
from pluralstats.figures.parts.tables import NothingToDraw

import pluralstats as ps
from pluralstats import figures
from pluralstats.errors import ConfigError

NAMES = ("a$b$c_1 <script>", "50% & more")


class Drawn(NamedTuple):
    """The tables of a figure of one panel (of two where it has no other), in which two names occur."""

    tables: Callable[[tuple[str, str]], tuple[pd.DataFrame, ...]]
    options: dict = {}  # noqa: RUF012
    number: str = "estimate"  # a column without which nothing can be drawn
    one_panel: bool = True


def of(table, *statistics):
    return table[table["statistic"].isin(statistics)]


EVERY = {
    "agreement": Drawn(lambda n: (et.agreement(("percent",), {"g$h$": n}),)),
    "arms": Drawn(lambda n: (tt.arm_effects(n),)),
    "association": Drawn(lambda n: (gt.cohesions({"g$h$": n}, ("voting",)),)),
    "caterpillar": Drawn(lambda n: (et.random_effects(2, 0).assign(group=n),)),
    "cohesion": Drawn(lambda n: (gt.cohesions({"g$h$": n}, ("voting",)),)),
    "comparison": Drawn(lambda n: (et.models(groups={"g$h$": n}),)),
    "contested": Drawn(lambda n: (gt.contested_items(6, (n,)),), number="gap"),
    "coverage": Drawn(lambda n: (et.coverages(n[::-1]),), number="observed"),
    "curve": Drawn(lambda n: (et.curves(column="g$h$", groups=n),)),
    "dimension_correlations": Drawn(lambda n: (gt.correlations(n, ("rater",)),)),
    "distances": Drawn(lambda n: (tt.distances(n, ("a",), ("wasserstein",)),)),
    "elpd": Drawn(lambda n: (et.densities(models=n),), number="se_difference"),
    "forest": Drawn(lambda n: (et.effects((n[0],), {"g$h$": n}),)),
    "group_means": Drawn(lambda n: (et.means(groups={"g$h$": n}),)),
    "intersection_differences": Drawn(lambda n: (gt.cells({"g": n, "h": ("x", "y")}, 50),), number="difference"),
    "intersections": Drawn(lambda n: (gt.cells({"g": n, "h": ("x", "y")}, 50),), number="raw"),
    "item_disagreement": Drawn(lambda n: (gt.items(2).assign(item=n),), number="entropy"),
    "label_entropy": Drawn(lambda n: (gt.labels(2).assign(item=n),), number="entropy"),
    "likert": Drawn(lambda n: (et.rating_shares(groups={"g$h$": n}, categories=(*n, "c")),), number="percent"),
    "pair_calibration": Drawn(lambda n: (tt.calibrations(n),), number="observed"),
    "population": Drawn(lambda n: (gt.population_shares({"g$h$": (*n, "c")}),), number="percent_raters"),
    "predicted_moments": Drawn(lambda n: (of(et.checks({"g$h$": n}, units=2), "mean"),), number="observed"),
    "predicted_shares": Drawn(lambda n: (et.checks({}, n, units=2),), number="observed"),
    "predicted_units": Drawn(lambda n: (of(et.checks({}, units=9), "mean").query("level == 'rater'"),),
                             number="observed"),
    "prior_predictive": Drawn(lambda n: (of(et.prior_checks({"g$h$": n}), "difference", "sd"),)),
    "rater_profiles": Drawn(lambda n: (gt.raters(n),), number="severity"),
    "reduction_ratios": Drawn(lambda n: (tt.ratios(n),), number="p_denominator_positive", one_panel=False),
    "robustness": Drawn(lambda n: (gt.methods({"g$h$": n}).query("estimand == 'points'"),)),
    "sbc_ranks": Drawn(lambda n: (et.ranks(n[::-1]),), number="rank"),
    "scale_collapse": Drawn(lambda n: (tt.collapsed(et.effects(groups={"g$h$": n})),), {"estimand": "points"}),
    "steerability": Drawn(lambda n: (tt.steering(n),)),
    "trace_and_rank": Drawn(lambda n: (et.traces(n),), number="value", one_panel=False),
    "trade_off": Drawn(lambda n: (tt.trade_offs(n),), number="x"),
    "variance_shares": Drawn(lambda n: (et.variance_shares().head(2).assign(component=n),), number="percent"),
    "win_rates": Drawn(lambda n: (tt.win_rates(n),)),
    "wright": Drawn(lambda n: (et.parameters(categories=n), et.random_effects(3, 2).replace("item", n[0]))),
}  # fmt: skip
EITHER = {"population": ("percent_target",)}  # a row is drawn that has one of these numbers
WITHOUT_NAMES = ("predicted_units",)  # thousands of raters and items are not named


def draw(name, *tables, **options):
    """Draw from tables, which are left as they were."""
    before = [table.copy() if isinstance(table, pd.DataFrame) else table for table in tables]
    drawn = getattr(figures, name)(*tables, **EVERY[name].options, **options)
    for table, copy in zip(tables, before, strict=True):
        if isinstance(table, pd.DataFrame):
            pd.testing.assert_frame_equal(table, copy)
    return drawn


def axes_of(drawn):
    return list(np.ravel(np.array(drawn, dtype=object)))


@pytest.fixture(scope="module")
def drawn():
    """(figure, own) -> what it drew of ``NAMES``, and the Axes that it was given: once for all that is asked of it."""

    @cache
    def once(name, own):
        ax = None if own else Figure(figsize=(7, 4)).add_subplot()
        return draw(name, *EVERY[name].tables(NAMES), **({} if own else {"ax": ax})), ax

    yield once
    once.cache_clear()


def test_every_public_figure_is_in_the_table():
    assert sorted(EVERY) == sorted(set(figures.__all__) - {"alt_text", "style"})


@pytest.mark.parametrize("name", [name for name, drawn in EVERY.items() if drawn.one_panel])
def test_one_panel_can_be_drawn_into_a_callers_axes(name, drawn):
    panel, ax = drawn(name, own=False)
    assert panel is ax
    assert figures.alt_text(ax)


@pytest.mark.parametrize("own", [True, False], ids=["own figure", "caller's Axes"])
@pytest.mark.parametrize("name", [name for name in EVERY if name not in WITHOUT_NAMES])
def test_names_are_drawn_as_they_are(name, own, drawn):
    """A name is text: dollars, underscores, percents and angle brackets are no mathematics and no markup."""
    if not own and not EVERY[name].one_panel:
        pytest.skip("two panels do not fit into one Axes")
    figure = axes_of(drawn(name, own=own)[0])[0].figure
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(svg := io.StringIO(), format="svg")
    with_dollars = [text for text in figure.findobj(Text) if "$" in text.get_text()]
    assert with_dollars
    assert not any(text.get_parse_math() for text in with_dollars)
    assert "<script>" not in svg.getvalue()


@pytest.mark.parametrize("name", EVERY)
def test_names_that_begin_with_an_underscore_stand_where_others_stand(name):
    """In labels, titles, margins and the key: matplotlib leaves such names out of its legends."""
    plain, underscored = (written(draw(name, *EVERY[name].tables(names))) for names in (("zx", "zy"), ("_zx", "_zy")))
    assert sorted(text.replace("_z", "z") for text in underscored) == sorted(plain)
    assert any("_zx" in text for text in underscored) == (name not in WITHOUT_NAMES)


def written(drawn):
    """All texts of a figure."""
    return [text.get_text() for text in axes_of(drawn)[0].figure.findobj(Text)]


def test_a_callers_own_mathematics_stays():
    ax = Figure().add_subplot()
    figures.forest(et.effects(), ax=ax)
    ax.set_title(r"$\alpha_1$")
    assert ax.title.get_parse_math()


@pytest.mark.parametrize("name", EVERY)
def test_categorical_columns_with_unused_levels_draw_no_ghosts(name, drawn):
    """A table cut down with its categories kept has the rows and panels of a table of text."""
    plain = axes_of(drawn(name, own=True)[0])
    cut = axes_of(draw(name, *map(with_ghosts, EVERY[name].tables(NAMES))))
    assert [[t.get_text() for t in ax.get_yticklabels()] for ax in cut] == [
        [t.get_text() for t in ax.get_yticklabels()] for ax in plain
    ]


def with_ghosts(table):
    """Texts as categories, one of which no row has."""
    text = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(
        **{name: pd.Categorical(table[name], [*table[name].dropna().unique(), "ghost"]) for name in text}
    )


@pytest.mark.parametrize("name", EVERY)
def test_tables_without_columns_or_numbers_are_refused(name):
    number, tables = EVERY[name].number, EVERY[name].tables(("a", "b"))
    with pytest.raises(ConfigError, match=f"the table lacks .*{number}.* and has"):
        draw(name, *(table.drop(columns=number) for table in tables))
    with pytest.raises(ConfigError, match=f"`{name}` needs a pandas DataFrame"):
        draw(name, [1], *tables[1:])
    with pytest.raises(NothingToDraw, match=f"`{name}` found no row to draw"):
        draw(name, *(table.assign(**dict.fromkeys((number, *EITHER.get(name, ())), np.nan)) for table in tables))


@pytest.fixture(scope="module")
def fit():
    ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    formula = "rating ~ gender + (1 + gender | item) + (1 | rater)"
    return ps.fit(ratings, formula, method="laplace", draws=400, on_problem="ignore")


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("forest", lambda fit: (ps.effects(fit),)),
        ("wright", lambda fit: (fit.parameters, fit.random_effects)),
        ("caterpillar", lambda fit: (fit.random_effects,)),
        ("variance_shares", lambda fit: (ps.variance_shares(fit),)),
        ("contested", lambda fit: (ps.contested_items(fit, "gender"),)),
        ("group_means", lambda fit: (ps.group_means(fit, fit.ratings.demographics),)),
        ("robustness", lambda fit: (ps.robustness(fit),)),
        ("label_entropy", lambda fit: (ps.label_distributions(fit).table,)),
    ],
)
def test_a_fit_is_drawn_as_its_table(name, table, fit):
    """And a mapping of names to fits has a panel for each."""
    assert figures.alt_text(draw(name, fit)) == figures.alt_text(draw(name, *table(fit)))
    two = draw(name, {"toxicity": fit, "bias": fit})
    titles = " ".join(ax.get_title("left") for ax in axes_of(two))
    assert "toxicity" in titles and "bias" in titles


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("likert", lambda ratings: ps.rating_shares(ratings)),
        ("agreement", lambda ratings: ps.agreement(ratings, ratings.demographics)),
        ("cohesion", lambda ratings: ps.cohesion(ratings, ratings.demographics)),
        ("item_disagreement", lambda ratings: ps.item_disagreement(ratings)),
    ],
)
def test_ratings_are_drawn_as_their_table(name, table, fit):
    assert figures.alt_text(draw(name, fit.ratings)) == figures.alt_text(draw(name, table(fit.ratings)))


def test_a_table_may_be_given_by_its_name():
    assert figures.alt_text(figures.forest(table=et.effects())) == figures.alt_text(figures.forest(et.effects()))
    with pytest.raises(ConfigError, match=r"needs a pandas DataFrame .* found NoneType"):
        figures.forest()
