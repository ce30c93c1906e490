"""What arviz's functions find in the tree of a fit: ``fit.draws``, and the groups that ``fit.to_datatree`` adds."""

import arviz as az
import numpy as np
import pytest

import pluralstats as ps

PARAMETERS = ["threshold", "coefficient", "sd"]


@pytest.fixture(scope="module")
def tree(small_posterior):
    return small_posterior.to_datatree(draws=400)


PLOTS = {
    "plot_forest": lambda tree: az.plot_forest(tree, var_names=PARAMETERS),
    "plot_trace_dist": lambda tree: az.plot_trace_dist(tree, var_names=["sd"]),
    "plot_rank_dist": lambda tree: az.plot_rank_dist(tree, var_names=["sd"]),
    "plot_ppc_dist": lambda tree: az.plot_ppc_dist(tree, num_samples=5),
    "plot_ppc_pit": az.plot_ppc_pit,
    "plot_ppc_rootogram": az.plot_ppc_rootogram,
    "plot_loo_pit": az.plot_loo_pit,
    "plot_psense_dist": lambda tree: az.plot_psense_dist(tree, var_names=["sd"]),
}


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.filterwarnings("ignore:Estimated shape parameter of Pareto")  # of few draws, as ``ps.loo`` says
@pytest.mark.filterwarnings("ignore:Variables rating in '.*' look discrete")  # so they are
def test_plots_are_drawn(name, tree):
    figure = PLOTS[name](tree).get_viz("figure")
    assert any(ax.has_data() for ax in figure.axes)


@pytest.mark.filterwarnings("ignore:Estimated shape parameter of Pareto")
def test_models_are_compared_by_their_trees(tree, small):
    without = ps.fit(small, "rating ~ (1 | item)", draws=400, on_problem="ignore")
    table = az.compare({"raters": tree, "none": without.draws}, round_to="none")
    assert list(table.index) == ["raters", "none"]
    assert table.loc["none", "elpd_diff"] < -4 * table.loc["none", "dse"]
    assert az.plot_compare(table) is not None


def test_summaries_name_what_the_table_of_parameters_names(small_posterior):
    table = az.summary(small_posterior.draws, var_names=PARAMETERS, round_to="none")
    parameters = small_posterior.parameters
    assert [name.partition("[")[2][:-1] for name in table.index] == [
        name.removeprefix("sd(").removesuffix(")") for name in parameters["parameter"]
    ]
    np.testing.assert_allclose(table["mean"], parameters["estimate"], rtol=1e-10)
    np.testing.assert_allclose(table["r_hat"], parameters["r_hat"], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Estimated shape parameter of Pareto")
def test_leaving_one_rating_out_is_that_of_ps_loo(small_posterior):
    """Both smooth the same weights, and how many of them follows from the effective draws: here those of each rating,
    there their mean over parameters. The tolerance is what arviz itself moves by when told half of all or 2.5 times as
    many: of these ratings they are 0.66 to 2.5 times the draws, which alternate a little."""
    tree, ours = small_posterior.draws, ps.loo(small_posterior)
    theirs = az.loo(tree, pointwise=True)
    half, every = (az.loo(tree, pointwise=True, reff=reff).elpd_i.to_numpy() for reff in (0.5, 2.5))
    tolerance = np.abs(half - every).max()
    assert tolerance < 0.01  # of values around -1.3 each
    np.testing.assert_allclose(theirs.elpd_i.to_numpy(), ours.table["elpd"], rtol=0, atol=tolerance)
    assert theirs.elpd == pytest.approx(ours.elpd, abs=abs(half.sum() - every.sum()))
    assert theirs.se == pytest.approx(ours.se, rel=1e-3)


def test_prior_sensitivity_is_that_of_ps(small_posterior):
    """The prior is the same; the likelihood is another: of ratings with their effects here, of whole raters there."""
    found = az.psense_summary(small_posterior.draws, var_names=PARAMETERS, round_to=8)
    expected = ps.prior_sensitivity(small_posterior)
    np.testing.assert_allclose(found["prior"], expected["prior"], atol=1e-7)  # arviz rounds to 8 digits
    assert (found["likelihood"] > 0).all()


def test_replicated_ratings_have_the_statistics_of_predictive_checks(small_posterior):
    """Two simulations of the same shares: 2,000 replications here and 500 there, so that their mean differs by about
    0.02 sds of the predictive distribution, whose 95% interval is 4 sds wide; 0.1 sds are five of these errors."""
    group = small_posterior.draws["posterior_predictive"]["rating"]
    assert group.dtype == np.int16 and group.dims == ("chain", "draw", "row")
    checks = ps.predictive_checks(small_posterior).query("level == 'overall'").set_index(["statistic", "category"])
    for k in range(1, 6):
        row = checks.loc[("share", str(k))]
        share = 100 * float((group == k).mean())
        assert share == pytest.approx(row["estimate"], abs=0.15 * (row["upper"] - row["lower"]) / 4 + 0.15)
    spread = float(group.mean(("chain", "draw")).std())
    assert spread > 0.8  # items and raters are those observed, not new ones: replications follow their effects


def test_rows_are_those_of_the_ratings(tree, small):
    np.testing.assert_array_equal(tree["observed_data"]["rating"], small.values)
    for column in ("item", "rater", "gender", "politics"):
        assert tree["constant_data"][column].to_numpy().tolist() == small.frame[column].astype(str).tolist()
    best = tree["posterior_predictive"]["rating"].mean(("chain", "draw"))
    assert np.corrcoef(best, small.values)[0, 1] > 0.6  # rows in another order would not correlate


@pytest.mark.parametrize(("family", "scale"), [("gaussian", "continuous"), ("bernoulli", (1, 2))])
def test_other_families_replicate_their_ratings(family, scale):
    made = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, family="gaussian", seed=1)
    values = made.values if family == "gaussian" else 1 + (made.values > made.values.mean())
    ratings = ps.Ratings(made.frame.assign(rating=values), scale)
    model = ps.fit(ratings, "rating ~ (1 | item)", family=family, method="laplace", draws=500)
    replicated = model.to_datatree(["posterior_predictive"])["posterior_predictive"]["rating"]
    # the mean over 500 replications of 100 ratings follows the posterior mean, within a tenth of the ratings' sd
    assert float(replicated.mean()) == pytest.approx(values.mean(), abs=0.1 * values.std() + 0.02)
    assert float(replicated.std()) == pytest.approx(values.std(), rel=0.15)
    assert set(np.unique(replicated)) == {1, 2} or family == "gaussian"


def test_groups_that_a_fit_cannot_have_are_left_out_or_refused(small_fit):
    """By maximum likelihood: no sampler, no prior, and no leaving out without the exact posterior."""
    assert set(small_fit.draws.children) == {"posterior", "posterior_predictive", "observed_data", "constant_data"}
    assert list(small_fit.to_datatree("log_likelihood").children) == ["log_likelihood"]
    for group in ("log_prior", "sample_stats"):
        with pytest.raises(ps.ConfigError, match=f"`{group}`"):
            small_fit.to_datatree([group])
    with pytest.raises(ps.ConfigError, match=r"found 'posterior_predicted'. Did you mean"):
        small_fit.to_datatree(["posterior_predicted"])
    with pytest.raises(ps.ConfigError, match="`draws` is a positive whole number"):
        small_fit.to_datatree(draws=0)


def test_large_groups_are_made_only_when_asked_for(small_posterior, monkeypatch):
    monkeypatch.setattr("pluralstats.fits.datatree.MOST_NUMBERS", 720 * 400)
    assert not {"log_likelihood", "posterior_predictive"} & set(small_posterior.to_datatree().children)
    thinned = small_posterior.to_datatree(draws=400)
    assert {"log_likelihood", "posterior_predictive"} <= set(thinned.children)
    assert {group.sizes.get("draw", 100) for group in thinned.children.values()} == {100}  # of each of 4 chains
    assert "log_likelihood" in small_posterior.to_datatree(["log_likelihood"]).children


def test_the_tree_can_be_kept_as_one_file(tree, tmp_path):
    tree.to_netcdf(tmp_path / "draws.nc", engine="h5netcdf")
    again = az.from_netcdf(tmp_path / "draws.nc")
    assert set(again.children) == set(tree.children)
    assert again["posterior"]["r_item"].equals(tree["posterior"]["r_item"])


def test_columns_may_have_any_name():
    """A slash, and the name of a parameter, whose dimensions are not those of a column."""
    made = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=1)
    frame = made.frame.assign(rating=made.values, **{"a/b": ["x", "y"] * 50, "threshold": ["u", "v", "w", "z"] * 25})
    ratings = ps.Ratings(frame, (1, 5), covariates=["a/b", "threshold"])
    formula = "rating ~ (1 | item) + (1 | `a/b`) + (1 | threshold)"
    tree = ps.fit(ratings, formula, method="laplace", draws=50, on_problem="ignore").draws
    assert tree["posterior"]["threshold"].dims == ("chain", "draw", "boundary")
    assert tree["posterior"]["r_a_b"].sizes["a_b"] == 2
    assert tree["constant_data"]["threshold"].to_numpy().tolist() == frame["threshold"].tolist()
    assert tree["constant_data"]["a_b"].dims == ("row",)
