"""``Fit.draws``: an arviz DataTree whose chains are those of the sampler."""

import numpy as np
import pytest

import pluralstats as ps


def test_the_tree_has_the_chains_and_numbers_of_the_samples(small_posterior):
    tree, samples = small_posterior.draws, small_posterior.samples
    assert dict(tree["posterior"].sizes) | {"chain": 4, "draw": 500} == dict(tree["posterior"].sizes)
    stacked = tree["posterior"]["sd"].sel(term="item").to_numpy().ravel()
    item = [grouping.name for grouping in small_posterior.design.groupings].index("item")
    assert (stacked == samples.sd[:, item]).all()
    assert tree["posterior"]["r_rater"].shape == (4, 500, 60)
    assert tree["sample_stats"]["diverging"].shape == (4, 500)
    assert tree["sample_stats"]["diverging"].dtype == bool


def test_the_table_summarises_those_draws(small_posterior):
    drawn = small_posterior.draws["posterior"]["coefficient"].sel(parameter="politics[right]").to_numpy()
    row = small_posterior.parameters.set_index("parameter").loc["politics[right]"]
    assert row["estimate"] == pytest.approx(drawn.mean())
    assert row["se"] == pytest.approx(drawn.std(ddof=1))
    assert [row["lower"], row["upper"]] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


def test_draws_by_laplace_are_one_chain(small_fit):
    assert small_fit.chains == 1
    assert small_fit.draws["posterior"].sizes["draw"] == 400
    assert "sample_stats" not in small_fit.draws.children


@pytest.mark.parametrize("draws", [1, 7])
def test_fewer_draws_than_chains_are_no_mistake_of_dimensions(small, draws):
    """arviz warned that chains were longer than draws; warnings are errors here."""
    fit = ps.fit(small, "rating ~ (1 | item)", draws=draws, on_problem="ignore")
    sizes = fit.draws["posterior"].sizes
    assert (sizes["chain"], sizes["draw"]) == (4, -(-draws // 4))  # shared evenly, rounded up
