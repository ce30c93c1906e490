"""The ordered beta family against scipy, R, differences and its own formulas."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln, polygamma
from scipy.stats import beta, logistic

from pluralstats.model.families.bounded.gamma_math import gamma_parts, trigamma
from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA, _category
from pluralstats.model.families.vector_math import logarithm

FAMILY = ORDERED_BETA.bounded
OWN = np.array([-1.2, 1.6, np.log(4.5)])
DRAW = np.array([[-1e4], [-1.2], [1.6], [1e4], [np.log(4.5)]])  # as loops over draws have it
N = 40


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    y = np.concatenate([np.zeros(8), rng.uniform(0.01, 0.99, N - 14), [1e-9, 1.0 - 1e-9], np.ones(4)])
    return y, rng.integers(1, 4, N).astype(float), 1.5 * rng.standard_normal(N)


def log_density(y, eta, own):
    """(n,) from scipy's distributions."""
    between = np.log(logistic.cdf(own[1] - eta) - logistic.cdf(own[0] - eta))
    inside = between + beta.logpdf(
        np.clip(y, 1e-12, 1 - 1e-12), expit(eta) * np.exp(own[2]), expit(-eta) * np.exp(own[2])
    )
    ends = np.where(y == 0.0, logistic.logcdf(own[0] - eta), logistic.logsf(own[1] - eta))
    return np.where((y > 0.0) & (y < 1.0), inside, ends)


def bits(number):
    return np.float64(number).view(np.int64)


def differences(function, x, step=1e-5):
    return np.stack([(function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(x.size)], axis=-1)


def of_chunks(y, weight, eta, own, unweighted=False):
    """Log-likelihood, scores (n,) and the gradient (3,) by ``chunk``."""
    total, scores, to_own = 0.0, np.empty(y.size), np.zeros(3)
    for k in range(3):
        at = _category(y) == k
        n = int(at.sum())
        p, score = np.empty(n), np.empty(n)
        total += ORDERED_BETA.chunk(k, n, unweighted, y[at], own, eta[at], weight[at], p, score, to_own)
        scores[at] = score
    return total, scores, to_own


def test_log_likelihoods_are_those_of_scipys_distributions(rows):
    y, weight, eta = rows
    expected = log_density(y, eta, OWN)
    assert of_chunks(y, weight, eta, OWN)[0] == pytest.approx(weight @ expected, rel=1e-12)
    assert of_chunks(y, np.ones(N), eta, OWN, True)[0] == pytest.approx(expected.sum(), rel=1e-12)
    assert FAMILY.scores(y, weight, eta, OWN, np.empty(N), np.empty(N)) == pytest.approx(weight @ expected, rel=1e-12)
    p = np.empty(1)
    for one, at, log_p in zip(y, eta, expected, strict=True):
        FAMILY.densities(bits(one), DRAW, np.array([0.4 * at]), np.array([0.6 * at]), p)
        assert np.log(p[0]) == pytest.approx(log_p, rel=1e-11, abs=1e-11)


def test_the_middle_and_both_ends_have_all_the_probability():
    for eta in (-2.0, 0.3, 4.0):
        ends = np.exp(log_density(np.array([0.0, 1.0]), np.full(2, eta), OWN)).sum()
        middle = quad(lambda y, at=eta: float(np.exp(log_density(np.array([y]), np.array([at]), OWN))[0]), 0, 1)[0]
        assert ends + middle == pytest.approx(1.0, abs=1e-8)


def test_scores_and_gradients_are_differences_of_the_log_likelihood(rows):
    y, weight, eta = rows
    _, score, to_own = of_chunks(y, weight, eta, OWN)
    assert score == pytest.approx(differences(lambda x: weight @ log_density(y, x, OWN), eta), rel=1e-6, abs=1e-6)
    expected = differences(lambda t: weight @ log_density(y, eta, OWN + t), np.zeros(3))
    assert to_own == pytest.approx(expected, rel=1e-6)
    found = np.empty(N)
    FAMILY.scores(y, weight, eta, OWN, found, np.empty(N))
    assert found == pytest.approx(score, rel=1e-10, abs=1e-12)


def test_derivatives_are_differences_of_those_before(rows):
    y, weight, eta = rows
    q, shift, nothing, step = np.linspace(0.1, 0.9, N), np.linspace(-0.5, 0.7, N), np.zeros(N), 1e-6

    def scores(own, eta):
        score, curvature = np.empty(N), np.empty(N)
        value = FAMILY.scores(y, weight, eta, own, score, curvature)
        return value, score, curvature

    def by_own(part):
        return differences(lambda t: scores(OWN + t, eta)[part], np.zeros(3))

    at = FAMILY.derivatives(y, weight, eta, OWN)
    ahead, behind = scores(OWN, eta + step), scores(OWN, eta - step)
    assert scores(OWN, eta)[2] == pytest.approx(-(ahead[1] - behind[1]) / (2 * step), rel=1e-6, abs=1e-6)
    assert at.skew == pytest.approx((ahead[2] - behind[2]) / (2 * step), rel=1e-5, abs=1e-5)
    assert at.gradient(nothing, nothing) == pytest.approx(by_own(0), rel=1e-7)
    for j in range(3):
        assert at.cross(j) == pytest.approx(by_own(1)[:, j], rel=1e-6, abs=1e-6)
    expected = at.by_row(nothing, nothing) - 0.5 * (q[:, None] * by_own(2) + shift[:, None] * by_own(1))
    assert at.by_row(q, shift) == pytest.approx(expected, rel=1e-6, abs=1e-5)
    assert at.gradient(q, shift) == pytest.approx(at.by_row(q, shift).sum(axis=0), rel=1e-12)
    second = differences(lambda t: FAMILY.derivatives(y, weight, eta, OWN + t).gradient(nothing, nothing), np.zeros(3))
    assert at.information() == pytest.approx(-second, rel=1e-6, abs=1e-5)


def test_information_is_what_the_curvature_is_on_average_and_never_negative(rows):
    y, weight, eta = rows
    found = FAMILY.information(y, weight, eta, OWN)
    assert (found > 0.0).all()
    score, information = np.zeros(1), np.zeros(1)
    expected = np.empty(N)
    FAMILY.scores(y, weight, eta, OWN, expected, np.empty(N))
    for i in range(N):
        score[:], information[:] = 0.0, 0.0
        FAMILY.slopes(weight[i], bits(y[i]), DRAW, np.array([eta[i]]), np.zeros(1), score, information)
        assert [score[0], information[0]] == pytest.approx([expected[i], found[i]], rel=1e-9, abs=1e-10)
    grid = np.linspace(0.0005, 0.9995, 1000)  # midpoints
    curvature = np.empty(1000)
    FAMILY.scores(grid, np.ones(1000), np.full(1000, 0.3), OWN, np.empty(1000), curvature)
    density = beta.pdf(grid, expit(0.3) * 4.5, expit(-0.3) * 4.5)
    one = FAMILY.information(np.array([0.5]), np.ones(1), np.array([0.3]), OWN)[0]
    assert curvature @ density / density.sum() == pytest.approx(one, rel=1e-4)


# Thirty answers of three arms of a slider from 0 to 100, made up.
ARM = np.repeat([0.0, 1.0, 2.0], 10)
POINTS = "0 0 0 5 12 20 33 41 58 70  0 3 18 27 44 52 66 81 93 100  9 30 47 61 76 88 95 100 100 100"
SLIDER = np.array(POINTS.split(), float) / 100.0


def objective(theta):
    """Minus the log-likelihood of (intercept, slope, c_0, c_1, log phi) and its gradient."""
    own = theta[2:].copy()
    value, score, to_own = of_chunks(SLIDER, np.ones(30), theta[0] + theta[1] * ARM, own, True)
    return -value, -np.concatenate([[score.sum(), score @ ARM], to_own])


def test_log_likelihood_and_estimates_are_those_of_glmmtmb():
    """glmmTMB 1.1.5 (R 4.2.2): glmmTMB(y ~ arm, family = ordbeta(), start = list(psi = c(-1, 1))): logLik, par."""
    theirs = np.array([-0.796463911674, 0.664757696190, -2.137380606412, 1.873968138834, 0.913197063982])
    value, gradient = objective(theirs)
    assert value == pytest.approx(19.260733456612, abs=1e-9)
    assert gradient == pytest.approx(np.zeros(5), abs=1e-4)
    start = FAMILY.start(SLIDER, np.ones(30))
    found = minimize(objective, np.concatenate([[0.0, 0.0], start]), jac=True, tol=1e-10)
    assert found.x == pytest.approx(theirs, abs=5e-6)
    # R, with dbeta and plogis, at numbers of no fit
    assert objective(np.array([-0.7, 0.9, -2.2, 2.3, np.log(3.0)]))[0] == pytest.approx(21.3002568864233, abs=1e-11)


def test_simulated_answers_have_their_shares_and_their_mean():
    n, eta = 40_000, np.array([-1.5, 0.2, 2.0])
    for one, mean in zip(eta, FAMILY.expected(eta, OWN), strict=True):
        y = ORDERED_BETA.simulate(np.full(n, one), OWN, np.ones(n), np.random.default_rng(6))
        ends = logistic.cdf(OWN[0] - one), logistic.sf(OWN[1] - one)
        for found, share in zip(((y == 0.0).mean(), (y == 1.0).mean()), ends, strict=True):
            assert found == pytest.approx(share, abs=5.0 * np.sqrt(share * (1.0 - share) / n))
        assert y.mean() == pytest.approx(mean, abs=5.0 * y.std() / np.sqrt(n))
        assert ((y >= 0.0) & (y <= 1.0)).all()
    draws = FAMILY.expected(np.tile(eta, (2, 1)), np.stack([OWN, OWN]))
    assert draws == pytest.approx(np.stack([FAMILY.expected(eta, OWN)] * 2), rel=1e-14)


def test_the_graph_has_the_same_density_and_draws(rows):
    import pymc as pm
    import pytensor.tensor as pt

    y, weight, eta = rows
    graph = ORDERED_BETA.log_density(pt.constant(y), pt.constant(eta), pt.constant(OWN), weight)
    assert graph.eval() == pytest.approx(weight * log_density(y, eta, OWN), rel=1e-9, abs=1e-10)
    drawn = pm.draw(ORDERED_BETA.draw(pt.constant(0.2), pt.constant(OWN), None, (20_000,)), random_seed=3)
    mean = FAMILY.expected(np.array([0.2]), OWN)[0]
    assert drawn.mean() == pytest.approx(mean, abs=5.0 * drawn.std() / np.sqrt(20_000))
    assert (drawn == 0.0).mean() == pytest.approx(logistic.cdf(-1.4), abs=0.02)


@pytest.mark.parametrize("eta", [-300.0, -40.0, 40.0, 300.0])
@pytest.mark.parametrize("phi", [0.01, 1e4])
def test_extreme_numbers_stay_finite(eta, phi):
    y, own = np.array([0.0, 1e-12, 0.5, 1.0 - 1e-12, 1.0]), np.array([-3.0, 3.0, np.log(phi)])
    value, score, to_own = of_chunks(y, np.ones(5), np.full(5, eta), own)
    assert np.isfinite([value, *score, *to_own]).all()


def test_gamma_functions_are_scipys():
    for x in np.concatenate([np.geomspace(1e-12, 1e8, 400), np.linspace(0.5, 3.0, 101)]):
        value, product, slope = gamma_parts(x)
        # a logarithm of gamma near its zeros, 1 and 2, is a difference of numbers near 10
        assert value - np.log(product) == pytest.approx(gammaln(x), rel=2e-14, abs=1e-13)
        assert slope == pytest.approx(digamma(x), rel=1e-13, abs=1e-14)
        assert trigamma(x) == pytest.approx(float(polygamma(1, x)), rel=1e-13)
        assert logarithm(x) == pytest.approx(np.log(x), rel=2e-15, abs=3e-16)
