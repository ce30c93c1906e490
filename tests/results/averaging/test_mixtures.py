"""Averages of every family over items and new raters against adaptive quadrature, and against closed forms."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.sparse import csr_array
from scipy.special import expit
from scipy.stats import norm

from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA
from pluralstats.model.families.comparisons.adjacent import ADJACENT
from pluralstats.model.families.known import FAMILIES
from pluralstats.results.averaging.averages import Company, bounded_averages, cumulative_averages

OTHERS = {
    f"{name}-{link}": family
    for name, links in FAMILIES.items()
    for link, family in links.items()
    if family.ordered and family.averaged not in ("probit", "logit")
}
# probit and logit by the general way
GENERAL = {link: replace(FAMILIES["cumulative"][link], averaged=None) for link in ("probit", "logit")}
ITEMS = np.array([-2.0, 0.1, 0.4, 3.3])
PEOPLE = np.array([-1.3, 0.0, 0.77])


def taus(family):
    if family.categories == 2:
        return np.array([0.4])
    return np.array([0.9, -1.5, 0.7, 0.2] if family.thresholds.free else [-4.0, -1.5, 0.7, 3.0])


def below(family, tau, sd, *, linear=PEOPLE, offsets=ITEMS):
    """(R, K - 1) averages of one draw over items, person by person."""
    tau, linear, offsets = (np.asarray(values, float)[None] for values in (tau, linear, offsets))
    n, m = linear.size, offsets.size
    company = Company(np.zeros(n, int), np.zeros(1, int), np.array([0, m]), np.full(m, 1.0 / m), csr_array(np.eye(n)))
    return cumulative_averages(family, tau, linear, np.full((1, 1), sd), offsets, company)[0]


def exactly(family, tau, eta):
    """(K - 1,) P(y <= k)"""
    nothing, one = np.empty(1), np.ones(1)
    p = [
        np.exp(family.thresholds.scores(np.full(1, k, np.int32), one, np.array([eta]), tau, nothing, nothing))
        for k in range(tau.size)
    ]
    return np.cumsum(p)


def by_quadrature(family, tau, k, eta, sd):
    cuts = [(tau.mean() - eta + d) / sd for d in (-30.0, -12.0, -4.0, 0.0, 4.0, 12.0, 30.0)]
    ends = [-12.0, *sorted(cut for cut in cuts if abs(cut) < 12.0), 12.0]
    return sum(
        quad(lambda z: norm.pdf(z) * exactly(family, tau, eta + sd * z)[k], a, b, epsabs=1e-10)[0]
        for a, b in pairwise(ends)
    )


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("sd", [0.05, 0.6, 4.0])
def test_new_raters_are_integrated_to_1e_7(name, sd):
    """4 is three noise sds of the widest noise; the shortest sd is less than a step of the grid."""
    family = OTHERS[name]
    tau, item = taus(family), np.array([0.37])
    found = below(family, tau, sd, offsets=item)
    for person, x in enumerate(PEOPLE):
        k = person % tau.size
        assert found[person, k] == pytest.approx(by_quadrature(family, tau, k, x + item[0], sd), abs=1e-7)


@pytest.mark.parametrize("name", OTHERS)
def test_items_are_averaged_to_1e_7(name):
    family = OTHERS[name]
    tau = taus(family)
    exact = [np.mean([exactly(family, tau, x + o) for o in ITEMS], axis=0) for x in PEOPLE]
    assert below(family, tau, 0.0) == pytest.approx(np.array(exact), abs=1e-7)


@pytest.mark.parametrize("link", GENERAL)
@pytest.mark.parametrize("sd", [0.0, 0.14, 0.15, 0.16, 1.0, 3.0, 30.0])
def test_both_ways_agree_where_there_are_two(link, sd):
    tau = np.array([-4.0, -1.5, 0.7, 3.0])
    assert below(GENERAL[link], tau, sd) == pytest.approx(below(FAMILIES["cumulative"][link], tau, sd), abs=5e-7)


def test_neighbouring_categories_that_change_together_have_a_finer_table():
    """Answers 0 and 4 of the adjacent family with nothing between: a step four times as steep as the logistic one."""
    tau = np.array([[12.0, 0.0, 0.0, -12.0], [-3.0, -1.0, 1.0, 3.0]])
    strip = ADJACENT.thresholds.strip(tau)
    assert strip == pytest.approx([0.25, 1.0], rel=0.01)
    item = np.array([0.37])
    found = below(ADJACENT, tau[0], 0.3, offsets=item)
    for x, row in zip(PEOPLE, found, strict=True):
        assert row[1] == pytest.approx(by_quadrature(ADJACENT, tau[0], 1, x + item[0], 0.3), abs=1e-7)


@pytest.mark.parametrize("sd", [0.0, 0.6, 4.0])
def test_sliders_have_their_ends_and_their_mean(sd):
    own, nodes = np.array([-1.2, 1.6, 4.5]), np.linspace(-9.0, 9.0, 3001)
    weights = norm.pdf(nodes) / norm.pdf(nodes).sum()
    n, m = PEOPLE.size, ITEMS.size
    company = Company(np.zeros(n, int), np.zeros(1, int), np.array([0, m]), np.full(m, 1.0 / m), csr_array(np.eye(n)))
    found = bounded_averages(ORDERED_BETA, own[None], PEOPLE[None], np.full((1, 1), sd), ITEMS[None], company)[0]
    for x, row in zip(PEOPLE, found, strict=True):
        eta = x + ITEMS[:, None] + sd * nodes
        expected = [expit(own[0] - eta), ORDERED_BETA.bounded.expected(eta, own), expit(eta - own[1])]
        assert row == pytest.approx([(part @ weights).mean() for part in expected], abs=1e-7)


WILD = [
    {"linear": (0.0, 1e12)},
    {"linear": (0.0, -1e12)},
    {"tau": (-1e12, 0.0, 1e12)},
    {"sd": 1e12},
    {"offsets": (-1e12, 1e12)},
    {"tau": (-1e12, 1e12), "linear": (3e11, 0.0), "sd": 5.0, "offsets": (-8e11, 0.0, 1e11, 4e11)},
]


@pytest.mark.parametrize("name", ["cumulative-cloglog", "sratio-logit", "acat-logit"])
@pytest.mark.parametrize("wild", WILD, ids=str)
def test_a_wild_draw_needs_no_huge_table_and_gives_probabilities(name, wild):
    given = {"tau": taus(OTHERS[name]), "sd": 0.7, "linear": (0.0,), "offsets": (0.0,)} | wild
    found = below(OTHERS[name], given["tau"], given["sd"], linear=given["linear"], offsets=given["offsets"])
    assert ((found >= 0.0) & (found <= 1.0)).all()
    assert (np.diff(found, axis=1) >= -1e-9).all()


def test_a_missing_draw_has_missing_averages():
    assert np.isnan(below(ADJACENT, np.array([0.0, np.nan]), 1.0)).all()
