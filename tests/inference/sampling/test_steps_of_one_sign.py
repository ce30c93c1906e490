"""The exact posterior with monotonic effects: its density, and parameters drawn from the prior."""

import numpy as np
import pytest
from exact_designs import case_of, case_ratings, random_point
from scipy import stats

from pluralstats.inference.pymc.density import graph_log_density
from pluralstats.inference.pymc.graph import build_graph
from pluralstats.inference.sampling.density import joint_density, whitened_density
from pluralstats.inference.sampling.exact import of_data, standard_samples
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.standard.log_prior import log_prior_density
from pluralstats.model.priors import Priors, resolve_priors
from pluralstats.results.checks.prior_simulation import drawn_numbers

FORMULA = "rating ~ gender + mo(grade) + age + mo(step) + (1 | item) + (1 | rater)"
NOT_CENTRED = {"item": 0.0, "rater": 0.0}


@pytest.fixture(scope="module", params=["cumulative", "gaussian"])
def case(request):
    ratings = case_ratings(request.param)
    codes = ratings.frame["rater"].cat.codes.to_numpy()
    ratings = ratings.with_covariates({"grade": codes % 4, "step": codes % 3})
    link = "probit" if request.param == "cumulative" else "identity"
    return case_of(ratings, FORMULA, request.param, link, NOT_CENTRED)


def test_gradient_agrees_with_central_differences(case):
    z, gradient = random_point(case), np.empty(case.at.x.size + case.at.v.size)
    whitened_density(case.rows, case.priors, case.map_, z, gradient)
    at, nowhere = (lambda there: whitened_density(case.rows, case.priors, case.map_, there, nowhere)), np.empty(z.size)
    for j, unit in enumerate(np.eye(z.size) * 1e-5):
        assert (at(z + unit) - at(z - unit)) / 2e-5 == pytest.approx(gradient[j], abs=2e-6)


def test_kernel_and_pymc_graph_have_the_same_density_and_gradient(case):
    graph = graph_log_density(build_graph(case.design, resolve_priors(Priors(), case.design)), case.design)
    rng, found = np.random.default_rng(5), []
    for _ in range(3):
        x, w = case.at.x + 0.3 * rng.standard_normal(case.at.x.size), rng.standard_normal(case.at.v.size)
        gx, gw = np.empty(x.size), np.empty(w.size)
        ours, (theirs, dx, dw) = joint_density(case.rows, case.priors, case.map_, x, w, gx, gw), graph(x, w)
        np.testing.assert_allclose(gx, dx, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(gw, dw, rtol=1e-8, atol=1e-8)
        found.append(ours - theirs)
    assert np.ptp(found) < 1e-8  # equal up to a constant


def test_numbers_drawn_from_the_prior_have_its_laws(case):
    at, units = resolve_priors(Priors(), case.design), standardise(case.design).units
    rng = np.random.default_rng(4)
    b = np.stack([at.steps.coefficients(drawn_numbers(at, units.coefficient, rng)) for _ in range(2000)])
    unit = case.design.family.noise if case.design.family.ordered else at.residual
    for steps in at.steps.blocks:
        assert (np.ptp(np.sign(b[:, steps]), axis=1) == 0.0).all()
        assert stats.kstest(b[:, steps].sum(axis=1) / unit, stats.t(3.0).cdf).pvalue > 0.001
        share, rest = b[:, steps.start] / b[:, steps].sum(axis=1), steps.stop - steps.start - 1
        assert stats.kstest(share, stats.beta(1.0, rest).cdf).pvalue > 0.001


def test_the_density_of_the_prior_is_about_the_sum_of_the_steps(case):
    """All ways to divide it have the same density, and that of the sum is its student_t."""
    design, made = case.design, standardise(case.design)
    at, rng = resolve_priors(Priors(), design), np.random.default_rng(2)
    x = np.tile(case.at.x, (3, 1))
    first = design.n_thresholds + at.steps.first[0]
    x[1, first + 1 : first + 3] += rng.standard_normal(2)  # other shares
    x[2, first] *= 2.0  # another sum
    draws = of_data(made, x, standard_samples(made.design, x, np.zeros((3, case.at.v.size))))
    density = log_prior_density(draws, made, at)
    assert density[1] == pytest.approx(density[0], abs=1e-10)
    sums = draws.coefficient[:, at.steps.blocks[0]].sum(axis=1) / at.step_scale[0]
    expected = stats.t(3.0).logpdf(sums[2]) - stats.t(3.0).logpdf(sums[0])
    assert density[2] - density[0] == pytest.approx(expected, abs=1e-10)
