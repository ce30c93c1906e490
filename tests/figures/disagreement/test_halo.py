"""Triangles of correlations: each pair in its cell, bold where the interval excludes 0."""

import group_tables
import numpy as np
import pytest

import pluralstats as ps
from pluralstats import figures
from pluralstats.errors import ConfigError


def test_each_pair_stands_once_with_its_interval():
    table = group_tables.correlations(("a", "b", "c")).iloc[[1, 0, 2, 3, 4, 5]]
    axes = figures.dimension_correlations(table)
    assert [ax.get_title("left") for ax in axes] == ["raters (halo)", "items"]
    assert [text.get_text() for text in axes[0].get_yticklabels()] == ["b", "c"]
    values = np.ma.filled(axes[0].collections[0].get_array(), np.nan)
    first = table[table["of"] == "rater"].set_index(["dimension", "with_dimension"])["estimate"]
    assert values[1, 0] == first["a", "c"] and values[1, 1] == first["b", "c"] and np.isnan(values[0, 1])
    assert len(axes[0].texts) == 6


def test_estimates_whose_interval_excludes_zero_are_bold():
    table = group_tables.correlations(("a", "b")).head(1)
    sure = figures.dimension_correlations(table.assign(estimate=0.5, lower=0.1, upper=0.8))
    unsure = figures.dimension_correlations(table.assign(estimate=0.5, lower=-0.1, upper=0.8))
    assert [ax.texts[0].get_fontweight() for ax in (sure, unsure)] == ["bold", "normal"]
    assert sure.texts[1].get_text() == "0.10 to 0.80"


def test_a_fit_is_its_table():
    ratings = ps.simulate(n_raters=60, n_items=20, dimensions=["toxic", "rude"], rater_correlation=0.6, seed=1)
    fit = ps.fit(ratings, method="laplace", on_problem="ignore")
    axes, table = figures.dimension_correlations(fit), ps.dimension_correlations(fit)
    assert [float(ax.collections[0].get_array().ravel()[0]) for ax in axes] == table["estimate"].tolist()


def test_a_pair_twice_is_refused():
    table = group_tables.correlations(("a", "b"))
    with pytest.raises(ConfigError, match="each pair once"):
        figures.dimension_correlations(table.iloc[[0, 0]])
