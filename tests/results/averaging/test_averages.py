"""Averages over items and new raters: right at every size of rater differences, and bounded whatever a draw is."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.sparse import csr_array
from scipy.stats import logistic, norm

from pluralstats.model.families.known import FAMILIES
from pluralstats.results.averaging.averages import Company, cumulative_averages

PROBIT, LOGIT = (FAMILIES["cumulative"][link] for link in ("probit", "logit"))
TAU = np.array([-4.0, -1.5, 0.7, 3.0])
ITEMS = np.array([-2.0, 0.1, 0.4, 3.3])


def below(link, tau, sd, *, linear=(0.0,), offsets=(0.0,)):
    """(K - 1,) averages of one draw over profiles with the same share."""
    tau, linear, offsets = (np.asarray(values, float)[None] for values in (tau, linear, offsets))
    n, m = linear.size, offsets.size
    one, share = np.zeros(1, int), np.full(m, 1.0 / m)
    company = Company(np.zeros(n, int), one, np.array([0, m]), share, csr_array(np.full((n, 1), 1.0 / n)))
    return cumulative_averages(link, tau, linear, np.full((1, 1), sd), offsets, company)[0, 0]


def by_quadrature(link, c, sd):
    """E F(c - sd z) over a standard normal z, adaptively, in pieces around the steps."""
    cdf = norm.cdf if link is PROBIT else logistic.cdf
    cuts = [(c + d) / sd for d in (-30.0, -6.0, -2.0, 0.0, 2.0, 6.0, 30.0)] if sd else []
    ends = [-12.0, *sorted(cut for cut in cuts if abs(cut) < 12.0), 12.0]
    return sum(quad(lambda z: norm.pdf(z) * cdf(c - sd * z), a, b, epsabs=1e-12)[0] for a, b in pairwise(ends))


@pytest.mark.parametrize("link", [PROBIT, LOGIT], ids=["probit", "logit"])
@pytest.mark.parametrize("sd", [0.0, 0.4, 1.0, 1.5, 1.6, 2.0, 3.0, 5.0, 10.0, 100.0])
def test_new_raters_of_any_spread_are_integrated_to_1e_6(link, sd):
    """20 Gauss-Hermite nodes alone were wrong by 2e-4 at a logit sd of 3 and by 0.03 at 10."""
    exact = [np.mean([by_quadrature(link, c - o, sd) for o in ITEMS]) for c in TAU]
    assert below(link, TAU, sd, offsets=ITEMS) == pytest.approx(exact, abs=5e-7)


def test_both_logit_rules_meet_where_they_change():
    assert below(LOGIT, TAU, 1.5) == pytest.approx(below(LOGIT, TAU, 1.5 + 1e-9), abs=1e-6)


WILD = [
    {"linear": (0.0, 1e12)},
    {"linear": (0.0, -1e12)},
    {"tau": (-1e12, 0.0, 1e12)},
    {"sd": 1e12},
    {"offsets": (-1e12, 1e12)},
    {"tau": (-1e12, 1e12), "linear": (3e11, 0.0), "sd": 5.0, "offsets": (-8e11, 0.0, 1e11, 4e11)},
]


@pytest.mark.parametrize("link", [PROBIT, LOGIT], ids=["probit", "logit"])
@pytest.mark.parametrize("wild", WILD, ids=str)
def test_a_wild_draw_needs_no_huge_table_and_gives_probabilities(link, wild):
    """The table reached from the lowest to the highest linear predictor: 1e12 asked for terabytes."""
    given = {"tau": TAU, "sd": 0.7, "linear": (0.0,), "offsets": (0.0,)} | wild
    found = below(link, given["tau"], given["sd"], linear=given["linear"], offsets=given["offsets"])
    assert ((found >= 0.0) & (found <= 1.0)).all()
    cuts = np.subtract.outer(np.subtract.outer(np.array(given["tau"]), given["linear"]), given["offsets"])
    spread = np.sqrt(given["sd"] ** 2 + (1.0 if link is PROBIT else np.pi**2 / 3.0))
    # logistic and normal of the same spread differ by up to 0.02
    assert found == pytest.approx(norm.cdf(cuts / spread).mean(axis=(1, 2)), abs=0.03)
