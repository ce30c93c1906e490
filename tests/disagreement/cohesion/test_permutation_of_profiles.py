"""The permutation test keeps its promise without an association, and sees one."""

import numpy as np
import pytest
from scipy.stats import binom

from pluralstats.disagreement.cohesion.axes import Axis
from pluralstats.disagreement.cohesion.metrics import metrics, permuted, with_association
from pluralstats.disagreement.cohesion.permutations import share_beyond, two_sided
from pluralstats.disagreement.counting.answers import answered

NAMES = ("irr", "plurality_size", "negentropy", "xrr", "voting_agreement", "cross_negentropy")
NAMES = (*NAMES, "gai_reliability", "gai_voting", "gai_distribution")
DISTANCE, SCALE = 1.0 - np.eye(3), (0.0, 1.0, 2.0)
N_RATERS, N_ITEMS, SHARE = 30, 12, 0.8


def p_values(generator, own_opinions, seed):
    """p by GRASP and two-sided of the nine metrics for a group of 10 of 30 raters, (2, 9).

    Raters have severities and see eight in ten items; ``own_opinions`` (0..1) is how far the group's view of an
    item is its own.
    """
    rater, item = np.nonzero(generator.random((N_RATERS, N_ITEMS)) < SHARE)
    level = (np.arange(N_RATERS) >= 10).astype(int)
    view = generator.normal(size=(2, N_ITEMS)) * 2.0
    view[0] = own_opinions * view[0] + (1.0 - own_opinions) * view[1]
    latent = view[level[rater], item] + generator.normal(size=N_RATERS)[rater] + generator.normal(size=len(item))
    table = answered(item, rater, np.searchsorted([-0.7, 0.7], latent).astype(float), SCALE)
    axis = Axis("group", ("own", "rest"), level)
    observed = metrics(table, DISTANCE, level, 2, np.ones(N_RATERS), np.ones(table.n_items))
    observed = with_association(observed)[0]
    null = with_association(permuted(table, DISTANCE, axis, 99, seed))[:, 0]
    return np.array([[f(observed[j], null[:, j]) for j in range(9)] for f in (share_beyond, two_sided)])


@pytest.fixture(scope="module")
def without_association():
    """300 simulated studies in which groups do not differ, (300, 2, 9)."""
    generator = np.random.default_rng(11)
    return np.array([p_values(generator, 0.0, seed) for seed in range(300)])


@pytest.mark.parametrize("level", [0.1, 0.5])
def test_two_sided_p_values_are_below_a_level_as_often_as_it_says(without_association, level):
    # A correct test leaves these bounds with probability 1e-4 for one metric and level: 0.002 for all 18.
    below = (without_association[:, 1] <= level + 1e-12).sum(axis=0)
    low, high = binom.ppf([5e-5, 1 - 5e-5], len(without_association), level)
    assert ((low <= below) & (below <= high)).all(), dict(zip(NAMES, below, strict=True))


def test_the_p_of_grasp_is_below_a_level_twice_as_often(without_association):
    # the side is chosen after looking; same bounds, probability 0.001 for all metrics
    below = (without_association[:, 0] <= 0.1).sum(axis=0)
    low, high = binom.ppf([5e-5, 1 - 5e-5], len(without_association), 0.2)
    assert ((low <= below) & (below <= high)).all(), dict(zip(NAMES, below, strict=True))


def test_a_group_with_opinions_of_its_own_is_found():
    generator = np.random.default_rng(12)
    p = np.array([p_values(generator, 0.6, seed) for seed in range(40)])[:, 1]
    power = dict(zip(NAMES, (p < 0.05).mean(axis=0), strict=True))
    # 200 studies of other seeds: xrr 0.91, cross-negentropy 0.83, voting agreement 0.53, gai_reliability 0.35
    assert power["xrr"] > 0.9
    assert power["cross_negentropy"] > 0.75
    assert power["voting_agreement"] > 0.4
    assert power["gai_reliability"] > 0.2
