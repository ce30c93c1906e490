"""What predictive checks, comparisons and chains become on the page."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text
from pluralstats.figures import style
from pluralstats.figures.checks.replications import group_words

import pluralstats as ps
from pluralstats import figures
from pluralstats.errors import ConfigError


def overall(table):
    return table[table["level"] == "overall"]


def of(table, *statistics):
    return table[table["statistic"].isin(statistics)]


@pytest.mark.parametrize(
    "draw",
    [
        lambda t, ax: figures.predicted_shares(t["checks"](), ax=ax),
        lambda t, ax: figures.predicted_moments(t["checks"](), ax=ax),
        lambda t, ax: figures.predicted_units(t["checks"](), ax=ax),
        lambda t, ax: figures.prior_predictive(t["prior_checks"](), ax=ax),
        lambda t, ax: figures.coverage(t["coverages"](models=("a", "b")), ax=ax),
    ],
)
def test_several_panels_do_not_fit_into_one_axes(draw, tables):
    with pytest.raises(ConfigError, match="`ax` holds one panel"):
        draw(tables, Figure().add_subplot())


def test_the_shares_of_priors_can_be_drawn_alone(tables):
    ax = Figure(figsize=(5, 5)).add_subplot()
    assert figures.prior_predictive(of(tables["prior_checks"](), "share"), ax=ax) is ax
    assert ax.get_yticklabels()[0].get_text() == "Strongly disagree"


def test_observed_values_outside_their_interval_are_marked(tables):
    table = overall(of(tables["checks"](groups={}), "share"))
    observed = np.where(table["category"] == "Agree", table["upper"] + 1.0, table["estimate"])
    ax = figures.predicted_shares(table.assign(observed=observed))
    edges = [bar for bar in ax.patches if bar.get_edgecolor() == to_rgba(style.INK) and bar.get_linewidth() > 0]
    assert [round(bar.get_width(), 3) for bar in edges] == [22.0]  # 20% expected, 5% of it on either side, 1 more
    assert "1 of 5 observed values lie outside their interval: Agree of all raters (22.00)." in figures.alt_text(ax)


def test_circles_are_filled_outside_and_open_inside(tables):
    table = of(tables["checks"](units=0), "mean")
    observed = np.where(table["unit"] == "gender:male", 9.0, table["estimate"])
    ax = figures.predicted_moments(table.assign(observed=observed))
    filled = [line for line in ax.lines if line.get_marker() == "o" and line.get_mfc() == style.INK]
    assert [list(line.get_xdata()) for line in filled] == [[9.0]]
    assert "1 of 9 observed values lie outside their interval: mean of gender: male (9.00)." in figures.alt_text(ax)


def test_groups_of_checks_are_said_in_words():
    assert [group_words(unit) for unit in ("gender:male", "all")] == ["gender: male", "all raters"]


def test_the_share_of_units_outside_stands_in_the_title(tables):
    table = of(tables["checks"](units=40), "mean").query("level == 'item'").reset_index(drop=True)
    observed = np.where(table.index < 3, table["lower"] - 0.1, table["estimate"])
    ax = figures.predicted_units(table.assign(observed=observed))
    assert ax.get_title(loc="left") == "item means\n8% of 40 outside"  # 3 of 40, rounded
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert len(diamonds[0].get_xdata()) == 3


def test_spread_of_means_stands_among_the_sds(tables):
    axes = figures.predicted_moments(tables["checks"](units=0))
    assert [ax.get_xlabel() for ax in axes] == ["mean (rating points)", "sd (rating points)", "pairs that agree (%)"]
    labels = [text.get_text() for text in axes[0].get_yticklabels()]
    assert {"sd of means", "of raters", "of items"} <= set(labels)


def test_of_many_groups_the_worst_are_drawn(tables):
    levels = tuple(f"l{i}" for i in range(30))
    table = tables["checks"](groups={"g": levels}, units=0).assign(p=0.5)
    table.loc[table["unit"] == "g:l29", "p"] = 0.001
    axes = figures.predicted_shares(table)
    titles = [ax.get_title(loc="left") for ax in axes]
    assert len(titles) == 20
    assert titles[0] == "all raters" and titles[-1] == "g: l29"
    assert "Not drawn: 11 groups with less extreme checks." in figures.alt_text(axes)


def test_differences_of_priors_name_their_reference(tables):
    below = figures.prior_predictive(tables["prior_checks"]())[1]
    labels = [text.get_text() for text in below.get_yticklabels()]
    assert {"gender, minus female", "race, minus White", "male", "Black"} <= set(labels)


def test_differences_in_elpd_have_one_and_two_standard_errors(tables):
    ax = figures.elpd(pd.DataFrame({"model": ["a", "b"], "elpd_difference": [0, -10], "se_difference": [0, 2]}))
    ends = [path.vertices[:, 0].tolist() for lines in ax.collections for path in lines.get_paths()]
    assert [-14.0, -6.0] in ends and [-12.0, -8.0] in ends
    assert "−10.0 ± 2.0" in [text.get_text() for text in ax.findobj(Text)]


def rank_lines(table):
    """The lines of the ranks of the only parameter, one for each chain."""
    _, ranks = figures.trace_and_rank(table)
    return [line for line in ranks.lines if len(line.get_xdata()) > 2], ranks


def test_lines_are_how_ranks_differ_from_uniform_ones(tables):
    """Closed form: of the draws 1 .. 2n the odd ones are in one chain, the even ones in the other. Up to the relative
    rank x both then have a share of x, but for one draw of n."""
    table = tables["traces"](["b"], chains=2, draws=60).sort_values(["draw", "chain"])
    lines, ranks = rank_lines(table.assign(value=np.arange(120.0)))
    assert [len(line.get_ydata()) for line in lines] == [60, 60]
    assert all(np.abs(line.get_ydata()).max() <= 1 / 60 + 1e-12 for line in lines)
    assert ranks.texts[0].get_text() == "p = 1.00"


def test_a_chain_apart_is_seen_in_the_ranks(tables):
    """All of one chain below all of the other: halfway it has all of its draws, twice as many as it should."""
    table = tables["traces"](["b"], chains=2, draws=200)
    table.loc[table["chain"] == 1, "value"] += 100.0
    (low, high), ranks = rank_lines(table)
    assert max(low.get_ydata()) == pytest.approx(0.5, abs=0.01) == -min(high.get_ydata())
    assert ranks.texts[0].get_text() == "p < 0.01"
    marked = ranks.collections[0].get_offsets()
    assert np.isfinite(marked).any()


def test_chains_that_are_slow_but_agree_are_not_told_apart(tables):
    """Autoregressive chains of 0.9: the test takes draws for independent, and without thinning p is below 0.01 in 97%
    of such cases (150 simulations with arviz-stats 1.3.3)."""
    random, apart = np.random.default_rng(8), 0
    for _ in range(10):
        table = tables["traces"](["b"], chains=4, draws=600)
        noise = random.normal(size=(4, 600))
        for i in range(1, 600):
            noise[:, i] += 0.9 * noise[:, i - 1]
        apart += rank_lines(table.assign(value=noise.ravel()))[1].texts[0].get_text() == "p < 0.01"
    assert apart <= 2


def test_chains_of_different_lengths_are_compared_over_the_shortest(tables):
    table = tables["traces"](["b"], chains=2, draws=40)
    lines, _ = rank_lines(table[(table["chain"] == 0) | (table["draw"] < 25)])
    assert [len(line.get_ydata()) for line in lines] == [25, 25]


CHECKED = {
    "predicted_shares": ps.predictive_checks,
    "predicted_moments": ps.predictive_checks,
    "predicted_units": ps.predictive_checks,
    "prior_predictive": lambda fit: ps.prior_predictive(fit.ratings, fit.formula),
}


@pytest.mark.parametrize("name", CHECKED)
def test_a_fit_is_drawn_as_its_table(name, small_fit):
    draw = getattr(figures, name)
    assert figures.alt_text(draw(small_fit)) == figures.alt_text(draw(CHECKED[name](small_fit)))


def test_each_of_several_fits_has_titles_that_name_it(small_fit):
    axes = figures.predicted_units({"toxicity": small_fit, "a dimension with a long name": small_fit})
    titles = [ax.get_title("left") for ax in axes]
    assert len(titles) == 10 and not any("…" in title for title in titles)
    assert [title.split("\n")[:-1] for title in titles[:2]] == [["toxicity", "rater means"], ["toxicity", "rater sds"]]
    assert titles[0].endswith("of 60 outside")


def test_the_chains_of_a_fit_are_drawn_where_they_agree_least(small_posterior):
    axes = figures.trace_and_rank(small_posterior)
    worst = small_posterior.parameters.nlargest(6, "r_hat")["parameter"].tolist()
    assert [ax.get_title("left") for ax in axes[::2]] == worst
    drawn = small_posterior.samples.parameters[:, small_posterior.parameters["parameter"].tolist().index(worst[0])]
    np.testing.assert_allclose(axes[0].lines[1].get_ydata(), drawn.reshape(4, -1)[1])


def test_fits_are_compared_as_their_table(small_posterior, small):
    without = ps.fit(small, "rating ~ (1 | item)", draws=400, on_problem="ignore")
    fits = {"raters": small_posterior, "none": without}
    assert figures.alt_text(figures.elpd(fits)) == figures.alt_text(figures.elpd(ps.compare(fits)))
