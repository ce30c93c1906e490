"""The multinomial model of a demographic: its mode, its curvature, and that no level is special."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from pluralstats.fits.imputation.chained import Facet, completed_levels, standardised
from pluralstats.fits.imputation.multinomial import CONSTANT, SLOPE, Multinomial, drawn_levels


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(1)
    X = standardised(rng.normal(size=(150, 2)))
    return rng.choice(3, 150), X


def test_the_mode_maximises_likelihood_times_prior(people):
    """Differences between any two levels of a fact's coefficients are N(0, scale^2): each level's by itself
    N(0, scale^2 / 2), all of them free."""
    level, X = people
    sd = np.array([CONSTANT, SLOPE, SLOPE]) / np.sqrt(2.0)

    def loss(flat):
        b = flat.reshape(3, 3)
        return -log_softmax(X @ b, axis=1)[np.arange(150), level].sum() + 0.5 * ((b / sd[:, None]) ** 2).sum()

    found = minimize(loss, np.zeros(9), tol=1e-12).x.reshape(3, 3)
    np.testing.assert_allclose(Multinomial(level, X).mode, found[:, 1:] - found[:, :1], atol=1e-4)


def test_no_level_is_special(people):
    level, X = people
    turned = Multinomial((level + 1) % 3, X).mode
    full = np.column_stack([np.zeros(3), Multinomial(level, X).mode])
    other = np.column_stack([np.zeros(3), turned])[:, [1, 2, 0]]
    np.testing.assert_allclose(softmax(X @ full, axis=1), softmax(X @ other, axis=1), atol=1e-6)


def test_draws_have_the_curvature_at_the_mode(people):
    """Of two levels: the inverse of X' diag(p (1 - p)) X + the prior's precision."""
    level, X = people[0] % 2, people[1]
    model, rng = Multinomial(level, X), np.random.default_rng(2)
    draws = np.array([model.draw(rng)[:, 0] for _ in range(8000)])
    p = 1.0 / (1.0 + np.exp(-X @ model.mode[:, 0]))
    precision = X.T @ (X * (p * (1.0 - p))[:, None]) + np.diag([CONSTANT**-2, SLOPE**-2, SLOPE**-2])
    np.testing.assert_allclose(draws.mean(axis=0), model.mode[:, 0], atol=0.01)
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), atol=0.004)


def test_facts_that_separate_levels_leave_the_mode_finite():
    X = standardised(np.repeat([[0.0], [1.0]], 10, axis=0))
    mode = Multinomial(np.repeat([0, 1], 10), X).mode
    assert np.isfinite(mode).all()
    assert (np.abs(mode) < 5.0).all()


def test_levels_are_drawn_with_their_probabilities():
    coefficients = np.log([[2.0, 5.0]])
    found = drawn_levels(coefficients, np.ones((40_000, 1)), np.random.default_rng(3))
    np.testing.assert_allclose(np.bincount(found) / found.size, [1 / 8, 2 / 8, 5 / 8], atol=0.01)


def test_chained_equations_keep_what_is_known_and_how_demographics_go_together():
    """Of 3,000 raters 40% lack each of two demographics that agree in 90%."""
    rng = np.random.default_rng(4)
    one = rng.choice(2, 3000)
    two = np.where(rng.random(3000) < 0.9, one, 1 - one)
    facets = [Facet(name, np.where(rng.random(3000) < 0.4, -1, x), np.eye(2)) for name, x in (("a", one), ("b", two))]
    found = completed_levels(facets, np.empty((3000, 0)), np.random.default_rng(5))
    for facet, level in zip(facets, found, strict=True):
        np.testing.assert_array_equal(level[~facet.missing], facet.level[~facet.missing])
        assert set(level) == {0, 1}
    both = facets[0].missing & facets[1].missing
    assert np.mean(found[0][both] == found[1][both]) == pytest.approx(0.9, abs=0.05)
