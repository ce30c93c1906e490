"""Bootstrap draws: what they depend on, and how honest the intervals are."""

from functools import partial

import numpy as np
import pytest

from pluralstats.disagreement.counting.pairs import coefficients, crossed
from pluralstats.disagreement.counting.resampling import (
    BOOTSTRAPS,
    multiplicities,
    percentile_interval,
    replicated,
    stream,
)

CUTS = [-1.0, -0.3, 0.3, 1.0]
SD_ITEM, SD_RATER, SD_NOISE = 0.3**0.5, 0.2**0.5, 0.5**0.5


def simulated(generator, n_raters, n_items, per_rater):
    """Ratings 0-4: cut points on item + rater + noise; each rater gets ``per_rater`` random items."""
    rater = np.repeat(np.arange(n_raters), per_rater)
    item = np.concatenate([generator.choice(n_items, per_rater, replace=False) for _ in range(n_raters)])
    items, raters = generator.normal(size=n_items) * SD_ITEM, generator.normal(size=n_raters) * SD_RATER
    latent = items[item] + raters[rater] + generator.normal(size=len(item)) * SD_NOISE
    return item, rater, np.searchsorted(CUTS, latent).astype(float)


def true_interval_alpha(generator, n=1_000_000):
    """1 - E(x - y)^2 / (2 var x) for two new raters of one new item."""
    item = generator.normal(size=n) * SD_ITEM
    x, y = (np.searchsorted(CUTS, item + generator.normal(size=n) * np.hypot(SD_RATER, SD_NOISE)) for _ in range(2))
    return 1 - ((x - y) ** 2).mean() / (2 * np.concatenate([x, y]).var())


def draws(table, kind, replicates, generator):
    statistic = partial(coefficients, table)
    return replicated(statistic, table.n_raters, table.n_items, kind, replicates, generator)


def test_a_stream_depends_on_the_seed_and_every_name_only():
    first = stream(1, "gender", "male", "raters").random(3)
    assert np.array_equal(first, stream(1, "gender", "male", "raters").random(3))
    for other in [
        (2, "gender", "male", "raters"),
        (1, "gender", "female", "raters"),
        (1, "gender", "male", "items"),
    ]:
        assert not np.array_equal(first, stream(*other).random(3))
    assert not np.array_equal(stream(1, "ab", "c").random(3), stream(1, "a", "bc").random(3))


def test_multiplicities_sum_to_the_number_of_units():
    drawn = multiplicities(np.random.default_rng(1), 50)
    assert drawn.sum() == 50
    assert drawn.min() == 0


@pytest.mark.parametrize(("kind", "raters_vary", "items_vary"), [
    ("raters", True, False), ("items", False, True), ("both", True, True),
])  # fmt: skip
def test_each_kind_draws_what_its_name_says(kind, raters_vary, items_vary):
    def both_spread(raters, items):
        return np.array([raters.std(), items.std()])

    spread = replicated(both_spread, 30, 20, kind, 5, np.random.default_rng(1))
    assert ((spread > 0).all(axis=0) == [raters_vary, items_vary]).all()


def test_the_percentile_interval_leaves_undefined_replicates_out():
    values = np.append(np.arange(101.0), [np.nan] * 10)
    assert percentile_interval(values, 0.9) == pytest.approx((5, 95))


def test_drawing_raters_twice_does_not_raise_alpha():
    # Were copies compared with each other, a share 1 / n_raters of extra perfect pairs would raise alpha by
    # about (1 - alpha) / 8 = 0.09 here; the mean of the replicates must stay near the estimate.
    table = crossed(*simulated(np.random.default_rng(1), n_raters=8, n_items=100, per_rater=100))
    estimate = coefficients(table, np.ones(8), np.ones(100))
    mean = np.nanmean(draws(table, "raters", 1000, np.random.default_rng(2)), axis=0)
    assert np.abs(mean - estimate)[:3].max() < 0.02
    assert abs(mean[3] - estimate[3]) < 0.5


def test_intervals_over_raters_alone_are_too_short_for_new_items_and_both_are_not():
    """Nominal 95% for new raters and new items; 100 raters x 10 of 60 items, 120 samples.

    400 samples of 400 replicates covered the truth in 73% (raters), 90% (items) and 98% (both).
    """
    generator = np.random.default_rng(5)
    truth, covered = true_interval_alpha(generator), np.zeros(3)
    for _ in range(120):
        table = crossed(*simulated(generator, n_raters=100, n_items=60, per_rater=10))
        for k, kind in enumerate(BOOTSTRAPS):
            low, high = percentile_interval(draws(table, kind, 200, generator)[:, 2], 0.95)
            covered[k] += low <= truth <= high
    raters, items, both = covered / 120
    assert raters < 0.85 < items <= both
    assert both >= 0.93
