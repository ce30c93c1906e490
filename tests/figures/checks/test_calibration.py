"""The simultaneous band of uniform ranks is exact, and the calibration figures tell right from wrong by it."""

from itertools import product
from math import factorial

import numpy as np
import pandas as pd
import pytest
from pluralstats.figures.checks.bands import _holds, binomial_band, simultaneous_band

from pluralstats import figures
from pluralstats.errors import ConfigError


def brute_force(n, z, lower, upper):
    """P(lower <= cumulative counts <= upper), summed over all multinomial outcomes."""
    p, total = np.diff([0.0, *z, 1.0]), 0.0
    for counts in product(range(n + 1), repeat=len(p)):
        below = np.cumsum(counts)[:-1]
        if sum(counts) == n and (lower <= below).all() and (below <= upper).all():
            ways = factorial(n) / np.prod([factorial(k) for k in counts])
            total += ways * np.prod(p ** np.array(counts))
    return total


@pytest.mark.parametrize(("n", "z", "tail"), [(5, (0.2, 0.5, 0.6), 0.1), (7, (0.1, 0.9), 0.02), (4, (0.5,), 0.2)])
def test_the_recursion_over_points_sums_all_outcomes(n, z, tail):
    z = np.array(z)
    assert _holds(n, z, tail) == pytest.approx(brute_force(n, z, *binomial_band(n, z, tail)), rel=1e-10)


def test_at_one_point_the_band_is_the_binomial_interval():
    """scipy.stats.binom.ppf([0.025, 0.975], 300, 0.95) is 277, 292; of 100, 0.5 it is 40, 60."""
    for n, p, ends in ((300, 0.95, (277, 292)), (100, 0.5, (40, 60))):
        assert tuple(end[0] for end in binomial_band(n, np.array([p]), 0.025)) == ends
        assert tuple(end[0] for end in simultaneous_band(n, (p,), 0.95)) == ends


def test_the_band_holds_whole_lines_of_uniform_ranks():
    """5,000 studies: the share that stays inside is 0.95 or, counts being whole, a little more."""
    random, n, z = np.random.default_rng(1), 100, np.arange(0.02, 1.0, 0.02)
    lower, upper = simultaneous_band(n, tuple(z.tolist()), 0.95)
    ranks = np.sort(random.uniform(size=(5000, n)), axis=1)
    below = np.array([np.searchsorted(row, z) for row in ranks])
    inside = ((below >= lower) & (below <= upper)).all(axis=1).mean()
    assert 0.95 - 4 * np.sqrt(0.05 * 0.95 / 5000) < inside < 0.98
    pointwise = binomial_band(n, z, 0.025)
    assert (lower <= pointwise[0]).all() and (upper >= pointwise[1]).all() and (upper > pointwise[1]).any()


def drawn_ranks(shape, n=400, draws=100):
    """Ranks of the truth among ``draws`` draws when the posterior is off: beta(1, 1) is right."""
    random = np.random.default_rng(3)
    ranks = random.binomial(draws, random.beta(*shape, n))
    return pd.DataFrame({"parameter": "b", "rank": ranks, "n_ranks": draws + 1})


@pytest.mark.parametrize(
    ("shape", "leaves"), [((1, 1), 0), ((0.6, 0.6), 1), ((1.7, 1.7), 1), ((1.4, 1.0), 1)],
    ids=["right", "too narrow", "too wide", "biased"],
)  # fmt: skip
def test_ranks_leave_the_band_when_the_posterior_is_wrong(shape, leaves):
    assert f"{leaves} of 1 line outside the band" in figures.alt_text(figures.sbc_ranks(drawn_ranks(shape)))


def test_the_line_is_the_difference_of_the_distribution_functions():
    """Ranks 0, 0, 0, 3 of 4 possible ones: the ECDF below ranks 1, 2, 3 is 0.75 and the uniform one i / 4."""
    table = pd.DataFrame({"parameter": "b", "rank": [0, 0, 0, 3], "n_ranks": 4})
    (line,) = [line for line in figures.sbc_ranks(table).lines if len(line.get_xdata()) == 5]
    np.testing.assert_allclose(line.get_xdata(), [0.0, 0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(line.get_ydata(), [0.0, 0.5, 0.25, 0.0, 0.0])


def test_every_possible_rank_once_is_a_flat_line():
    table = pd.DataFrame({"parameter": "b", "rank": range(101), "n_ranks": 101})
    line = max(figures.sbc_ranks(table).lines, key=lambda line: len(line.get_xdata()))
    np.testing.assert_allclose(line.get_ydata(), 0.0, atol=1e-12)


def coverage_of(observed, n=300):
    return pd.DataFrame({"nominal": [0.5, 0.8, 0.95], "observed": observed, "n": n})


@pytest.mark.parametrize(
    ("observed", "n", "leaves", "farthest"),
    [((0.5, 0.8, 0.95), 300, 0, "0.00 at 50"), ((0.52, 0.78, 0.94), 300, 0, "2.00 at 50"),
     ((0.5, 0.8, 0.90), 300, 1, "−5.00 at 95"), ((0.5, 0.8, 0.90), 40, 0, "−5.00 at 95")],
)  # fmt: skip
def test_coverage_leaves_the_band_when_it_is_wrong_and_known_well_enough(observed, n, leaves, farthest):
    text = figures.alt_text(figures.coverage(coverage_of(observed, n)))
    assert f"{leaves} of 1 line outside the band" in text
    assert f"farthest from what is right is intervals, by {farthest}." in text


def test_the_difference_panel_is_observed_less_nominal_in_percent():
    below = figures.coverage(coverage_of((0.52, 0.78, 0.94)))[1]
    line = max(below.lines, key=lambda line: len(line.get_xdata()))
    np.testing.assert_allclose(line.get_ydata(), [2.0, -2.0, -1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.sbc_ranks(pd.DataFrame({"parameter": "b", "rank": [3, 4], "n_ranks": 4})),
         "`sbc_ranks` needs ranks 0 .. n_ranks - 1; found 1 row outside (first: b, rank 4 of n_ranks 4)."),
        (lambda: figures.sbc_ranks(pd.DataFrame({"parameter": ["b"], "rank": [3]})), "lacks n_ranks"),
        (lambda: figures.coverage(coverage_of((50, 80, 95))), "first: nominal 0.5, observed 50, n 300"),
        (lambda: figures.coverage(coverage_of((np.nan,) * 3)), "`coverage` found no row to draw"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_meant_are_refused(call, message):
    with pytest.raises(ConfigError) as caught:
        call()
    assert message in str(caught.value)
