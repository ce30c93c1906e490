"""Prior sensitivity: the densities that are scaled, agreement with arviz, and cases with a known answer."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.inference.marginal.priors import HALF_STUDENT, add_log_prior, prior_numbers
from pluralstats.inference.posterior.pointwise import Pointwise, total_log_likelihood
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.standard.log_prior import log_prior_density
from pluralstats.model.priors import resolve_priors
from pluralstats.results.checks.left_out import units_of
from pluralstats.results.checks.power_scaling import CONFLICT, RATINGS_DECIDE, prior_sensitivity

FORMULA = "rating ~ age + gender + (1 | item) + (1 | rater)"


def made_ratings(family):
    ratings = ps.simulate(n_raters=30, n_items=12, ratings_per_rater=6, family=family, seed=1)
    frame = ratings.frame.assign(rating=ratings.values)
    frame["age"] = 20.0 + frame["rater"].cat.codes.to_numpy(float)
    scale = "continuous" if family == "gaussian" else (1, 5)
    return ps.Ratings(frame, scale, ["gender"], ["age"])


def fitted(family, **options):
    options = {"method": "laplace", "priors": ps.Priors(), "draws": 300, "on_problem": "ignore"} | options
    return ps.fit(made_ratings(family), FORMULA, family=family, **options)


def sampler_coordinates(fit, s):
    """x = (tau_1, log gaps, b, log sds) of the standardised design, as the sampler lays it out."""
    made, samples = standardise(fit.design), fit.samples
    frame = fit.design.fixed.frame
    names, age = list(fit.design.fixed.names), frame["age"].to_numpy(float)
    shift, scale = np.zeros(len(names)), np.ones(len(names))
    shift[names.index("age")], scale[names.index("age")] = age.mean(), age.std()
    shift[names.index("gender[male]")] = 0.5  # thresholds are those at the mean over the levels
    moved = samples.coefficient[s] @ shift
    b, tau = samples.coefficient[s] * scale, samples.threshold[s] - moved
    if fit.family == "gaussian":
        b[names.index("Intercept")] += moved - made.y_shift
        return np.concatenate([b, np.log(samples.sd[s]), np.log(samples.residual_sd[[s]])])
    return np.concatenate([tau[:1], np.log(np.diff(tau)), b, np.log(samples.sd[s])])


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_log_prior_is_the_samplers_without_its_jacobian(family):
    """Origin: the compiled prior of the exact sampler, which has densities of logarithms of sds."""
    fit = fitted(family)
    priors = resolve_priors(fit.priors, fit.design)
    numbers = prior_numbers(priors, fit.design)
    found = log_prior_density(fit.samples, standardise(fit.design), priors)[:20]
    expected = []
    for s in range(20):
        x = sampler_coordinates(fit, s)
        expected.append(add_log_prior(numbers, x, np.zeros(x.size)) - x[numbers.kind == HALF_STUDENT].sum())
    np.testing.assert_allclose(found - found[0], np.array(expected) - expected[0], atol=1e-9)


def test_numbers_are_those_of_arviz():
    import arviz_base
    import arviz_stats

    fit = fitted("cumulative")
    prior = log_prior_density(fit.samples, standardise(fit.design), resolve_priors(fit.priors, fit.design))
    likelihood = total_log_likelihood(Pointwise(fit.design, fit.samples, units_of(fit, "rater")))
    groups = {
        "posterior": {"sd": fit.samples.sd[None], "tau": fit.samples.threshold[None]},
        "log_prior": {"all": prior[None]},
        "log_likelihood": {"all": likelihood[None]},
    }
    expected = arviz_stats.psense_summary(arviz_base.from_dict(groups), round_to=8)
    found = prior_sensitivity(fit).set_index("parameter")
    for row, name in {"sd[0]": "sd(rater)", "sd[1]": "sd(item)", "tau[0]": "1|2", "tau[3]": "4|5"}.items():
        for component in ("prior", "likelihood"):
            assert found.loc[name, component] == pytest.approx(expected.loc[row, component], abs=1e-7)


def test_columns_and_rows_are_those_of_the_parameters():
    fit = fitted("gaussian")
    table = prior_sensitivity(fit)
    assert list(table.columns) == ["kind", "term", "parameter", "prior", "likelihood", "diagnosis"]
    assert table["parameter"].tolist() == fit.parameters["parameter"].tolist()
    assert np.isfinite(table[["prior", "likelihood"]].to_numpy()).all()


def test_a_prior_far_from_the_ratings_is_in_conflict_with_them():
    """The items' sd is about 0.8; a prior scale of 0.02 with thin tails holds it down."""
    tight = ps.Priors(terms={"sd(item)": 0.02}, degrees_of_freedom=100.0)
    table = prior_sensitivity(fitted("cumulative", priors=tight, method="hmc", draws=1000)).set_index("parameter")
    usual = prior_sensitivity(fitted("cumulative", method="hmc", draws=1000)).set_index("parameter")
    assert table.loc["sd(item)", "diagnosis"] == CONFLICT
    assert table.loc["sd(item)", "prior"] > 5.0 * usual.loc["sd(item)", "prior"]
    assert usual.loc["sd(rater)", "diagnosis"] == RATINGS_DECIDE


def test_maximum_likelihood_has_no_prior():
    fit = fitted("cumulative", priors=None)
    with pytest.raises(ps.ConfigError, match=r"needs a fit with priors.*Fit with method='nuts'"):
        prior_sensitivity(fit)
