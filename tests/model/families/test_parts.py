"""Rows with a noise and a use of the scale of their own: every derivative by differences, probabilities by formula."""

import numpy as np
import pytest
from scipy.stats import logistic, norm

from pluralstats.model.families.known import FAMILIES

N, TAU = 40, np.array([-1.1, -0.2, 0.4, 1.6])
CDF = {"probit": norm.cdf, "logit": logistic.cdf}


def rows(seed: int = 1):
    rng = np.random.default_rng(seed)
    m = np.column_stack([rng.normal(0, 1, N), rng.normal(0, 0.4, N), rng.normal(0, 0.3, N)])
    return (np.arange(N) % (TAU.size + 1)).astype(np.int32), rng.uniform(0.5, 2.0, N), m


def log_p(link: str, y, weight, m, tau):
    """The formula of METHODS section 8."""
    theta = tau.mean() + np.exp(m[:, 2:]) * (tau - tau.mean())
    below = CDF[link]((theta - m[:, :1]) / np.exp(m[:, 1:2]))
    below = np.column_stack([np.zeros(len(m)), below, np.ones(len(m))])
    at = np.arange(len(m))
    return weight * np.log(below[at, y + 1] - below[at, y])


def kernels(link: str):
    return FAMILIES["cumulative"][link].thresholds.parts


def curvature_of(link: str, y, weight, m, tau):
    score, curvature = np.empty((N, 3)), np.empty((N, 3, 3))
    total = kernels(link).scores(y, weight, m, tau, score, curvature)
    return total, score, curvature


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_scores_and_curvature_are_the_derivatives_of_the_formula(link):
    y, weight, m = rows()
    total, score, curvature = curvature_of(link, y, weight, m, TAU)
    assert total == pytest.approx(log_p(link, y, weight, m, TAU).sum(), rel=1e-12)
    h = 1e-5
    for u in range(3):
        ahead, behind = m.copy(), m.copy()
        ahead[:, u] += h
        behind[:, u] -= h
        numeric = (log_p(link, y, weight, ahead, TAU) - log_p(link, y, weight, behind, TAU)) / (2 * h)
        np.testing.assert_allclose(score[:, u], numeric, rtol=1e-5, atol=1e-7)
        of_scores = [curvature_of(link, y, weight, at, TAU)[1] for at in (ahead, behind)]
        np.testing.assert_allclose(curvature[:, u], -(of_scores[0] - of_scores[1]) / (2 * h), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_third_derivatives_against_a_covariance_are_those_of_the_curvature(link):
    y, weight, m = rows(2)
    root = np.random.default_rng(3).normal(size=(N, 3, 3))
    Q = root @ root.transpose(0, 2, 1)
    pull, h = kernels(link).derivatives(y, weight, m, TAU).pull(Q), 1e-5

    def total(m, tau):
        return (Q * curvature_of(link, y, weight, m, tau)[2]).sum(axis=(1, 2))

    for u in range(3):
        step = h * np.eye(3)[u]
        np.testing.assert_allclose(
            pull[:, u], (total(m + step, TAU) - total(m - step, TAU)) / (2 * h), rtol=1e-5, atol=1e-5
        )
    found = kernels(link).derivatives(y, weight, m, TAU).to_thresholds(pull[:, 3:])
    for j in range(TAU.size):
        step = h * np.eye(TAU.size)[j]
        numeric = (total(m, TAU + step) - total(m, TAU - step)).sum() / (2 * h)
        assert found[j] == pytest.approx(numeric, rel=1e-5)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_derivatives_in_thresholds(link):
    y, weight, m = rows(4)
    at, h = kernels(link).derivatives(y, weight, m, TAU), 1e-5
    first = at.gradient(np.zeros((N, 6)), np.zeros((N, 3)))
    for j in range(TAU.size):
        step = h * np.eye(TAU.size)[j]
        ahead, behind = (curvature_of(link, y, weight, m, TAU + s * step) for s in (1, -1))
        assert first[j] == pytest.approx((ahead[0] - behind[0]) / (2 * h), rel=1e-6)
        np.testing.assert_allclose(at.cross(j), (ahead[1] - behind[1]) / (2 * h), rtol=1e-5, atol=1e-7)
        firsts = [
            kernels(link).derivatives(y, weight, m, TAU + s * step).gradient(np.zeros((N, 6)), np.zeros((N, 3)))
            for s in (1, -1)
        ]
        np.testing.assert_allclose(at.information()[j], -(firsts[0] - firsts[1]) / (2 * h), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize("tau", [TAU, TAU[:1]])
def test_the_loop_over_a_chunk_says_the_same(link, tau):
    _, weight, m = rows(5)
    for k in range(tau.size + 1):
        y = np.full(N, k, np.int32)
        score, curvature = np.empty((N, 3)), np.empty((N, 3, 3))
        total = kernels(link).scores(y, weight, m, tau, score, curvature)
        scores, to_own = np.empty((3, N)), np.zeros(tau.size)
        columns = [np.ascontiguousarray(column) for column in m.T]
        value = kernels(link).chunk(k, N, False, tau, *columns, weight, np.empty((4, N)), scores, to_own)
        assert value == pytest.approx(total, rel=1e-10)
        np.testing.assert_allclose(scores.T, score, rtol=1e-8, atol=1e-10)
        expected = kernels(link).derivatives(y, weight, m, tau).gradient(np.zeros((N, 6)), np.zeros((N, 3)))
        np.testing.assert_allclose(to_own, expected, rtol=1e-8, atol=1e-10)
