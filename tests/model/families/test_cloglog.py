"""The complementary log-log link against exact arithmetic, R and its own definition."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.stats import gumbel_l, gumbel_r

from pluralstats.model.families.cloglog import CLOGLOG, LOGLOG
from pluralstats.model.families.known import FAMILIES

# the last ones have probabilities of 1e-786 and 1e-391, which no number holds
INTERVALS = [(-0.4, 0.9), (-math.inf, -1.2), (0.7, math.inf), (-3.1, -3.0), (2.0, 2.5), (-30.0, -29.9), (7.5, 8.0)]
INTERVALS += [(-math.inf, 6.0), (-math.inf, -40.0), (6.8, math.inf), (1.0, 1.0 + 1e-9)]


def exact(low, high):
    """log P of an interval, f / P at its ends and (f' / f) f / P there, in 900 digits."""
    with localcontext() as context:
        context.prec = 900
        a, b = (Decimal(0) if x == -math.inf else Decimal(x).exp() for x in (low, high if high < math.inf else 0.0))
        below = [(-a).exp(), Decimal(0) if high == math.inf else (-b).exp()]
        p = below[0] - below[1]
        ru, rl = (Decimal(0) if math.isinf(high) else b * below[1] / p), a * below[0] / p
        ends = (ru, (1 - b) * ru, ((1 - b) ** 2 - b) * ru, rl, (1 - a) * rl, ((1 - a) ** 2 - a) * rl)
        return [float(p.ln()), *map(float, ends)]


@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_intervals_keep_their_digits_in_both_tails(low, high):
    # log P near 0 is as exact as 1 - P; the length of the shortest interval is known to 1e-7
    rel = 1e-6 if high - low < 1e-6 else 1e-12
    assert list(CLOGLOG.interval(low, high)) == pytest.approx(exact(low, high), rel=rel, abs=1e-15)


@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_bernoulli_noise_is_the_mirror_image(low, high):
    logp, ru, ru1, ru2, rl, rl1, rl2 = CLOGLOG.interval(low, high)
    assert LOGLOG.interval(-high, -low) == (logp, rl, -rl1, rl2, ru, -ru1, ru2)


@pytest.mark.parametrize(("latent", "scipys"), [(CLOGLOG, gumbel_l), (LOGLOG, gumbel_r)])
def test_noise_has_the_distribution_that_it_says(latent, scipys):
    p = np.array([1e-12, 0.03, 0.5, 0.9, 0.9999])
    assert latent.quantile(p) == pytest.approx(scipys.ppf(p), rel=1e-12)
    assert latent.sd == pytest.approx(scipys.std(), rel=1e-14)
    drawn, n = latent.noise(40_000, np.random.default_rng(3)), 40_000
    assert drawn.mean() == pytest.approx(scipys.mean(), abs=5.0 * scipys.std() / math.sqrt(n))
    # the fourth moment of a Gumbel distribution, 5.4 sd^4, gives the error of its variance
    assert drawn.var() == pytest.approx(scipys.var(), rel=5.0 * math.sqrt(4.4 / n))


def chunk_of(family, k, own, eta):
    n, to_own = eta.size, np.zeros(own.size)
    p, score = np.empty(n), np.empty(n)
    value = family.chunk(k, n, True, np.empty(0), own, eta, np.ones(n), p, score, to_own)
    return value, score, to_own


@pytest.mark.parametrize("name", ["cumulative", "bernoulli"])
@pytest.mark.parametrize("eta", [-20.0, -8.0, 8.0, 20.0, 600.0, -600.0])
def test_an_answer_that_nobody_expected_keeps_log_likelihood_and_slope(name, eta):
    """exp(-exp(8)) is 1e-1295: the logarithm is not cut where the number would be."""
    family = FAMILIES[name]["cloglog"]
    own, one = np.array([0.5]) if name == "bernoulli" else np.array([-0.5, 0.5]), np.array([eta])
    for k in range(own.size + 1):
        value, score, to_own = chunk_of(family, k, own, one)
        expected_score, curvature = np.empty(1), np.empty(1)
        codes = np.full(1, k, np.int32)
        expected = family.thresholds.scores(codes, np.ones(1), one, own, expected_score, curvature)
        assert value == pytest.approx(expected, rel=1e-12)
        assert score == pytest.approx(expected_score, rel=1e-10, abs=1e-12)
        assert to_own.sum() == pytest.approx(-score[0], rel=1e-10, abs=1e-12)
        assert np.isfinite([value, *score, *to_own, *curvature]).all()


# Counts of ratings 1 to 5 of wines by temperature and contact of juice and skins, cold or warm: Randall (1989), as
# ``ordinal::wine`` has them.
WINE = {(0, 0): (4, 9, 5, 0, 0), (1, 0): (0, 5, 8, 3, 2), (0, 1): (1, 7, 8, 2, 0), (1, 1): (0, 1, 5, 7, 5)}


def test_log_likelihood_is_that_of_clm():
    """ordinal 2022.11.16: clm(rating ~ temp + contact, data = wine, link = "cloglog").

    Its linear predictor has our sign: P(y <= k) = F(theta_k - eta), and F is ``pgumbel(max = FALSE)``. ``loglog``, the
    mirror image, has the log-likelihood -87.71785514.
    """
    tau = np.array([-1.740082367270, 0.296329097497, 1.728855343006, 2.596797048758])
    beta, family = np.array([1.605760090851, 0.859713656479]), FAMILIES["cumulative"]["cloglog"]
    total, slope = 0.0, np.zeros(4)
    for cell, counts in WINE.items():
        for k, n in enumerate(counts):
            value, _, to_tau = chunk_of(family, k, tau, np.full(n, beta @ cell))
            total, slope = total + value, slope + to_tau
    assert total == pytest.approx(-86.6340792088098, abs=1e-9)
    assert slope == pytest.approx(np.zeros(4), abs=1e-5)


def test_bernoulli_is_the_generalised_linear_model():
    """R 4.2: p <- c(.02, .3, .8); P(y = 1) = 1 - exp(-exp(eta)), so binomial("cloglog")$linkfun(p) is eta - tau."""
    p, tau = np.array([0.02, 0.3, 0.8]), 0.4
    eta = tau + np.log(-np.log1p(-p))
    for k, expected in ((1, p), (0, 1.0 - p)):
        for one, at in zip(expected, eta, strict=True):
            found = chunk_of(FAMILIES["bernoulli"]["cloglog"], k, np.array([tau]), np.array([at]))[0]
            assert found == pytest.approx(math.log(one), rel=1e-12)
