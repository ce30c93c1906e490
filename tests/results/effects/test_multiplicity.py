"""Families of contrasts: simultaneous intervals against tables of critical values, p and its adjustments by hand."""

import numpy as np
import pytest
from scipy.stats import norm

from pluralstats.results.effects.multiplicity import adjusted, simultaneous_intervals, tail_probability


def normal_draws(correlation, n=200_000, seed=1):
    """(m, n) standard normal draws."""
    return symmetric_root(correlation) @ np.random.default_rng(seed).standard_normal((len(correlation), n))


def symmetric_root(correlation):
    """The only root that is the same whichever eigenvectors the processor's linear algebra finds."""
    values, vectors = np.linalg.eigh(correlation)
    return vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T


def many_to_one(m):
    return np.full((m, m), 0.5) + 0.5 * np.eye(m)


def all_pairs(levels):
    """Correlation of all differences of independent means with equal errors."""
    rows = [np.eye(levels)[j] - np.eye(levels)[i] for i in range(levels) for j in range(i + 1, levels)]
    C = np.array(rows)
    return C @ C.T / 2.0


CRITICAL = [
    # Dunnett (1964), Biometrics 20, 482-491, Table II (two-sided, 5%, infinite degrees of freedom)
    ("Dunnett, 2 against a control", many_to_one(2), 2.21),
    ("Dunnett, 5 against a control", many_to_one(5), 2.51),
    # Tukey: upper 5% points of the studentised range at infinite degrees of freedom over sqrt(2): 3.314, 3.633, 3.858
    # (Pearson & Hartley 1966, Biometrika Tables for Statisticians I, Table 29)
    ("Tukey, 3 levels", all_pairs(3), 3.314 / np.sqrt(2.0)),
    ("Tukey, 4 levels", all_pairs(4), 3.633 / np.sqrt(2.0)),
    ("Tukey, 5 levels", all_pairs(5), 3.858 / np.sqrt(2.0)),
    # independent: Sidak, Phi^-1((1 + 0.95 ** (1 / 3)) / 2)
    ("independent", np.eye(3), norm.ppf((1.0 + 0.95 ** (1.0 / 3.0)) / 2.0)),
    ("one contrast", np.eye(1), norm.ppf(0.975)),
    ("one contrast three times", np.ones((3, 3)), norm.ppf(0.975)),
]


@pytest.mark.parametrize(("correlation", "critical"), [row[1:] for row in CRITICAL], ids=[row[0] for row in CRITICAL])
def test_half_widths_are_tabulated_critical_values(correlation, critical):
    lower, upper = simultaneous_intervals(normal_draws(correlation), 0.0, 0.95)
    assert (upper - lower) / 2.0 == pytest.approx(np.full(len(correlation), critical), abs=0.02)


def test_intervals_hold_the_whole_family_in_the_wanted_share_of_draws():
    draws = np.array([[1.0], [10.0], [0.3]]) * normal_draws(all_pairs(3), 5000) + 2.0
    for prob in (0.5, 0.9):
        lower, upper = simultaneous_intervals(draws, 0.0, prob)
        inside = ((draws >= lower[:, None]) & (draws <= upper[:, None])).all(axis=0)
        assert inside.mean() == pytest.approx(prob, abs=0.001)


def test_ratios_are_symmetric_on_the_scale_of_their_logarithm():
    logs = normal_draws(all_pairs(3), 4000)
    additive = simultaneous_intervals(logs, 0.0, 0.95)
    ratio = simultaneous_intervals(np.exp(logs), 1.0, 0.95)
    for end, expected in zip(ratio, additive, strict=True):
        assert end == pytest.approx(np.exp(expected))


def test_a_contrast_that_is_missing_or_endless_is_no_part_of_the_family():
    draws = normal_draws(np.eye(2), 4000)
    alone = simultaneous_intervals(draws, 0.0, 0.95)
    holes = np.vstack([np.full(4000, np.nan), draws, np.full(4000, np.inf)])
    lower, upper = simultaneous_intervals(holes, 0.0, 0.95)
    assert np.isnan(lower[[0, 3]]).all()
    assert lower[1:3].tolist() == alone[0].tolist()
    assert upper[1:3].tolist() == alone[1].tolist()


def test_a_contrast_that_never_varies_has_an_interval_of_no_width():
    lower, upper = simultaneous_intervals(np.vstack([np.full(100, 2.0), normal_draws(np.eye(1), 100)]), 0.0, 0.95)
    assert (lower[0], upper[0]) == (2.0, 2.0)
    assert lower[1] < upper[1]


def test_p_inside_the_interval_is_twice_the_smaller_tail():
    draws = np.array([[-1.0, -2.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], np.zeros(10)])
    # 2 of 10 below: 0.4; all exactly at no effect: ties count half to either side
    assert tail_probability(draws, 0.0).tolist() == pytest.approx([0.4, 1.0])
    assert np.isnan(tail_probability(np.full((1, 10), np.nan), 0.0)).all()


@pytest.mark.parametrize("z", [1.0, 2.0, 3.0, 5.0, 8.0])
def test_p_beyond_the_draws_is_the_normal_tail(z):
    draws = normal_draws(np.eye(2), 200_000) + np.array([[z], [-z]])
    assert np.log10(tail_probability(draws, 0.0)) == pytest.approx(np.log10([2.0 * norm.sf(z)] * 2), abs=0.2)


def test_p_is_005_where_the_interval_ends_at_no_effect_however_skewed_the_posterior():
    draws = np.exp(normal_draws(np.eye(1), 10_000))
    shifts = np.quantile(draws, 0.025) + np.array([-0.001, 0.001])
    p = tail_probability(draws - shifts[:, None], 0.0)
    assert p == pytest.approx([0.05, 0.05], abs=0.002)
    assert p[0] < 0.05 <= p[1]


def test_an_endless_ratio_has_p_from_the_draws_alone():
    assert tail_probability(np.array([[np.inf, *np.full(99, 2.0)]]), 1.0).tolist() == [0.02]


def test_max_t_p_beyond_the_draws_is_bonferronis():
    draws = normal_draws(np.eye(2), 10_000) + np.array([[7.0], [0.0]])
    found = adjusted(tail_probability(draws, 0.0), draws, 0.0, "max_t")
    assert np.log10(found[0]) == pytest.approx(np.log10(2.0 * 2.0 * norm.sf(7.0)), abs=0.5)


def test_p_of_a_ratio_is_p_of_its_logarithm():
    logs = normal_draws(np.eye(2), 1000) + np.array([[0.5], [-2.0]])
    assert tail_probability(np.exp(logs), 1.0).tolist() == tail_probability(logs, 0.0).tolist()


P = np.array([0.01, np.nan, 0.04, 0.03])
BY_HAND = {
    # three p, sorted 0.01 0.03 0.04. Bonferroni: times 3
    "bonferroni": [0.03, 0.12, 0.09],
    # Holm (1979): 3 * 0.01, 2 * 0.03, then 1 * 0.04 raised to the one before
    "holm": [0.03, 0.06, 0.06],
    # Hommel (1988): 3 * 0.01; then for 0.03 and 0.04 max(2 * 0.03, 3/2 * 0.04, ...) capped at the largest p: 0.04
    "hommel": [0.03, 0.04, 0.04],
    # Benjamini & Hochberg (1995): 0.01 * 3, 0.03 * 3 / 2 = 0.045 lowered to 0.04
    "bh": [0.03, 0.04, 0.04],
    # Benjamini & Yekutieli (2001): the same times 1 + 1/2 + 1/3
    "by": [0.055, 0.04 * 11.0 / 6.0, 0.04 * 11.0 / 6.0],
}


@pytest.mark.parametrize("adjust", BY_HAND)
def test_adjusted_p_by_hand(adjust):
    found = adjusted(P, np.empty((4, 0)), 0.0, adjust)
    assert found[[0, 2, 3]].tolist() == pytest.approx(BY_HAND[adjust])
    assert np.isnan(found[1])


def test_max_t_p_is_the_tail_of_the_largest_and_agrees_with_the_simultaneous_interval():
    # independent contrasts 2 and 1 sd from no effect: 1 - (2 Phi(z) - 1) ** 2
    draws = normal_draws(np.eye(2)) + np.array([[2.0], [1.0]])
    found = adjusted(tail_probability(draws, 0.0), draws, 0.0, "max_t")
    assert found.tolist() == pytest.approx([1.0 - (2.0 * norm.cdf(z) - 1.0) ** 2 for z in (2.0, 1.0)], abs=0.01)
    for level in (0.03, 0.06, 0.2, 0.6):
        lower, upper = simultaneous_intervals(draws, 0.0, 1.0 - level)
        assert ((lower > 0.0) | (upper < 0.0)).tolist() == (found < level).tolist()


def test_families_without_an_effect_are_found_to_differ_as_often_as_promised():
    """1,600 studies of four levels, six pairs: estimates N(0, C), flat priors, so that draws are N(estimate, C)."""
    root, rng = symmetric_root(all_pairs(4)), np.random.default_rng(7)
    found = []
    for _ in range(1600):
        draws = root @ (rng.standard_normal((6, 1)) + rng.standard_normal((6, 1000)))
        lower, upper = simultaneous_intervals(draws, 0.0, 0.95)
        p = tail_probability(draws, 0.0)
        by_max_t = adjusted(p, draws, 0.0, "max_t")
        outside = ((lower > 0.0) | (upper < 0.0)).any()
        found.append((outside, (by_max_t < 0.05).any(), (p < 0.05).any()))
    simultaneous, by_max_t, unadjusted = np.mean(found, axis=0)
    # five binomial standard errors: 0.0054 of 0.05, 0.0101 of 0.203; false alarms 1e-6
    assert simultaneous == pytest.approx(0.05, abs=0.027)
    assert by_max_t == pytest.approx(simultaneous, abs=0.01)
    # the studentised range beyond 1.96 sqrt(2) at four levels and infinite degrees of freedom: 0.203
    # (R: ptukey(1.959964 * sqrt(2), 4, Inf, lower.tail = FALSE))
    assert unadjusted == pytest.approx(0.203, abs=0.05)
