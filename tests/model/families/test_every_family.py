"""What a family says of its answers must agree with itself, whoever asks: samplers, Laplace, PyMC, left-out units.

Every family in ``FAMILIES`` goes through this: a new one needs no line here, only an oracle of its own for one of them.
"""

import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from pluralstats.model.families.family import CHUNK
from pluralstats.model.families.known import FAMILIES
from pluralstats.storage.compiled import address_of

EVERY = {f"{name}-{link}": family for name, links in FAMILIES.items() for link, family in links.items()}
ORDERED = {name: family for name, family in EVERY.items() if family.ordered}
N = 40
FAR = 1e4


def own_of(family):
    if family.bounded is not None:
        return np.array([-1.1, 1.6, 0.8])
    if not family.ordered:
        return np.array([0.7])
    if family.categories == 2:
        return np.array([0.2])
    return np.array([0.3, -1.1, 1.6, 0.5] if family.thresholds.free else [-1.1, -0.2, 0.5, 1.6])


@pytest.fixture(params=EVERY, scope="module")
def family(request):
    return EVERY[request.param]


@pytest.fixture(params=ORDERED, scope="module")
def ordered(request):
    return ORDERED[request.param]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(2)
    return 1.5 * rng.standard_normal(N), rng.integers(1, 4, N).astype(float)


def codes(family, k):
    return np.full(N, k, np.int32)


def chunk(family, k, y, own, eta, weight):
    """Log-likelihood, scores in eta and the gradient in thresholds or the log of the residual sd."""
    p, score, to_own = np.empty(N), np.empty(N), np.zeros(own.size)
    value = family.chunk(k, N, False, y, own, eta, weight, p, score, to_own)
    return value, score, to_own


def differences(function, x, step=1e-5):
    return np.stack([(function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(x.size)], axis=-1)


def categories(family):
    if family.bounded is not None:
        return (0, 1, 2)  # the lower end, between, the upper end
    return range(own_of(family).size + 1) if family.ordered else (0,)


def numbers(family, k):
    if family.bounded is not None:
        return np.full(N, 0.5 * k) if k != 1 else np.linspace(0.02, 0.97, N)
    return np.empty(0) if family.ordered else np.linspace(-2.0, 3.0, N)


def test_scores_and_gradients_are_differences_of_the_log_likelihood(family, rows):
    for k in categories(family):
        check_gradients(family, k, *rows)


def check_gradients(family, k, eta, weight):
    own, y = own_of(family), numbers(family, k)

    def value(by_own, eta):
        moved = own * np.exp(by_own) if family.has_residual else own + by_own
        return chunk(family, k, y, moved, eta, weight)[0]

    at_rest = np.zeros(own.size)
    found, score, to_own = chunk(family, k, y, own, eta, weight)
    assert np.isfinite(found)
    assert score == pytest.approx(differences(lambda x: value(at_rest, x), eta), rel=1e-6, abs=1e-7)
    assert to_own == pytest.approx(differences(lambda t: value(t, eta), at_rest), rel=1e-6, abs=1e-6)


def test_the_graph_has_the_same_density_of_every_row(family, rows):
    eta, weight = rows
    own = own_of(family)
    value = pt.lvector("value") if family.ordered else pt.dvector("value")
    graph = family.log_density(value, pt.constant(eta), pt.constant(own[0] if family.has_residual else own), weight)
    density = pytensor.function([value], graph)
    sums = []
    for k in categories(family):
        y = numbers(family, k)
        theirs = density(np.full(N, k) if family.ordered else y)
        sums.append(theirs.sum() - chunk(family, k, y, own, eta, weight)[0])
    # numbers: without the constant of the normal density
    constant = -0.5 * np.log(2.0 * np.pi) * weight.sum() if family.has_residual else 0.0
    assert sums == pytest.approx([constant] * len(sums), abs=1e-8)


def test_probabilities_of_all_categories_sum_to_one_and_are_those_of_the_rows(ordered, rows):
    eta, weight = rows
    own, total, p = own_of(ordered), np.zeros(N), np.empty(N)
    tau = np.ascontiguousarray(np.concatenate([[-FAR], own, [FAR]])[:, None] + np.zeros(N))
    for k in categories(ordered):
        ordered.thresholds.probabilities(k, tau, 0.25 * eta, 0.75 * eta, p)
        total += p
        value = chunk(ordered, k, np.empty(0), own, eta, weight)[0]
        assert weight @ np.log(p) == pytest.approx(value, rel=1e-11)
        score, curvature = np.zeros(N), np.zeros(N)
        ordered.thresholds.slopes(2.0, k, tau, 0.25 * eta, 0.75 * eta, score, curvature)
        assert score == pytest.approx(
            2.0 * chunk(ordered, k, np.empty(0), own, eta, np.ones(N))[1], rel=1e-9, abs=1e-12
        )
        expected = np.empty(N)
        ordered.thresholds.scores(codes(ordered, k), np.full(N, 2.0), eta, own, np.empty(N), expected)
        assert curvature == pytest.approx(expected, rel=1e-8, abs=1e-12)
    assert total == pytest.approx(np.ones(N), rel=1e-11)


def test_derivatives_in_thresholds_are_differences_of_those_before(ordered, rows):
    eta, weight = rows
    own, k = own_of(ordered), own_of(ordered).size
    y = np.random.default_rng(3).integers(0, k + 1, N).astype(np.int32)
    family = ordered.thresholds
    nothing, q, shift = np.zeros(N), np.linspace(0.1, 0.9, N), np.linspace(-0.5, 0.7, N)

    def scores(tau, eta):
        score, curvature = np.empty(N), np.empty(N)
        value = family.scores(y, weight, eta, tau, score, curvature)
        return value, score, curvature

    at = family.derivatives(y, weight, eta, own)
    step = 1e-6
    ahead, behind = scores(own, eta + step), scores(own, eta - step)
    assert at.skew == pytest.approx((ahead[2] - behind[2]) / (2 * step), rel=1e-5, abs=1e-7)
    assert at.gradient(nothing, nothing) == pytest.approx(differences(lambda t: scores(t, eta)[0], own), rel=1e-6)
    by_tau = differences(lambda t: scores(t, eta)[1], own)
    for j in range(k):
        assert at.cross(j) == pytest.approx(by_tau[:, j], rel=1e-5, abs=1e-7)
    second = differences(lambda t: family.derivatives(y, weight, eta, t).gradient(nothing, nothing), own)
    assert at.information() == pytest.approx(-second, rel=1e-5, abs=1e-5)
    curvature = differences(lambda t: scores(t, eta)[2], own)
    first = family.derivatives(y, weight, eta, own).by_row(nothing, nothing)
    expected = first - 0.5 * (q[:, None] * curvature + shift[:, None] * by_tau)
    assert at.by_row(q, shift) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert at.gradient(q, shift) == pytest.approx(at.by_row(q, shift).sum(axis=0), rel=1e-10)


def test_simulated_answers_have_the_probabilities_of_the_rows(ordered):
    own, eta, n = own_of(ordered), 0.4, 40_000
    answers = ordered.simulate(np.full(n, eta), own, np.ones(n), np.random.default_rng(5))
    tau, p = np.ascontiguousarray(np.concatenate([[-FAR], own, [FAR]])[:, None]), np.empty(1)
    for k in categories(ordered):
        ordered.thresholds.probabilities(k, tau, np.array([eta]), np.zeros(1), p)
        # five standard errors of a share: one seed in two million
        assert (answers == k).mean() == pytest.approx(p[0], abs=5.0 * np.sqrt(p[0] * (1.0 - p[0]) / n))


def test_numbers_have_their_mean_and_sd():
    family, n = FAMILIES["gaussian"]["identity"], 40_000
    answers = family.simulate(np.full(n, 3.0), np.array([0.7]), np.full(n, 4.0), np.random.default_rng(5))
    assert answers.mean() == pytest.approx(3.0, abs=5.0 * 0.35 / np.sqrt(n))  # a weight of 4: half the sd
    assert answers.std() == pytest.approx(0.35, rel=5.0 / np.sqrt(2 * n))


def test_a_family_is_itself_again_in_another_process(family):
    assert pickle.loads(pickle.dumps(family)) is family


def test_a_kernel_has_one_address(family):
    assert address_of(family.chunk, CHUNK) == address_of(family.chunk, CHUNK) != 0
