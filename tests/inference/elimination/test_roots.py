"""Roots of covariances: two sets of numbers for one matrix, their derivatives, and LKJ."""

import numpy as np
import pytest
from scipy import stats

from pluralstats.inference.elimination.roots import (
    Pairs,
    correlations_of,
    drawn_rows,
    entries_jacobian,
    entries_of,
    root_at,
    root_of,
    sds_of,
)

# a term of three effects, one of one, one of two
PAIRS = Pairs(np.array([1, 2, 2, 5]), np.array([0, 0, 1, 4]), np.array([3, 3, 3, 2]), np.arange(6))
X = np.array([-0.5, 0.2, 0.1, 0.0, -1.0, 0.3, 0.4, -0.8, 1.5, -0.2])


def test_entries_and_root_are_one_matrix():
    root = root_at(X, PAIRS)
    assert root_of(entries_of(root, PAIRS), PAIRS) == pytest.approx(root)
    assert np.triu(root, 1) == pytest.approx(0.0)


def test_standard_deviations_do_not_depend_on_correlations():
    assert sds_of(root_at(X, PAIRS)) == pytest.approx(np.exp(X[:6]))
    other = np.concatenate([X[:6], -2.0 * X[6:]])
    assert sds_of(root_at(other, PAIRS)) == pytest.approx(np.exp(X[:6]))


def test_correlations_are_those_of_the_covariance():
    root = root_at(X, PAIRS)
    covariance = root @ root.T
    sd = np.sqrt(np.diagonal(covariance))
    expected = (covariance / np.outer(sd, sd))[PAIRS.row, PAIRS.column]
    assert correlations_of(root, PAIRS) == pytest.approx(expected)
    assert np.abs(expected).max() < 1.0
    # two effects: rho = w / sqrt(1 + w^2)
    assert expected[3] == pytest.approx(-0.2 / np.sqrt(1.04))


def test_jacobian_agrees_with_central_differences():
    step = 1e-6
    numeric = [
        (entries_of(root_at(X + step * e, PAIRS), PAIRS) - entries_of(root_at(X - step * e, PAIRS), PAIRS)) / (2 * step)
        for e in np.eye(X.size)
    ]
    assert entries_jacobian(X, PAIRS) == pytest.approx(np.stack(numeric, axis=1), abs=1e-9)


@pytest.mark.parametrize("eta", [1.0, 2.0, 5.0])
def test_drawn_correlations_have_the_marginal_law_of_lkj(eta):
    # Lewandowski, Kurowicka & Joe (2009), section 3.3: (rho + 1) / 2 ~ Beta(b, b) with b = eta - 1 + c / 2
    rng = np.random.default_rng(1)
    x = np.zeros(X.size)
    found = []
    for _ in range(4000):
        x[6:] = drawn_rows(PAIRS, eta, rng)
        found.append(correlations_of(root_at(x, PAIRS), PAIRS))
    for size, values in zip(PAIRS.size, np.array(found).T, strict=True):
        b = eta - 1.0 + size / 2.0
        # a true law fails this once in 10,000 times; 12 of them are looked at
        assert stats.kstest((values + 1.0) / 2.0, stats.beta(b, b).cdf).pvalue > 1e-4
