"""The kernels of agreement: counting pairs when raters and items carry multiplicities."""

import krippendorff
import numpy as np
import pytest

from pluralstats.disagreement.counting.pairs import coefficients, crossed

LEVELS = ("nominal", "ordinal", "interval")
# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: 4 observers x 12 units, 0 = missing.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)


def long_form(matrix):
    """(n_raters, n_items) with 0 for missing, as item, rater and rating."""
    rater, item = np.nonzero(matrix)
    return item, rater, matrix[rater, item].astype(float)


def once(table):
    return coefficients(table, np.ones(table.n_raters), np.ones(table.n_items))


def random_ratings(generator, n_items=12, n_raters=9, n=80, values=(0, 0.5, 1, 7, 9)):
    item, rater = generator.integers(0, n_items, n), generator.integers(0, n_raters, n)
    return item, rater, generator.choice(values, n)


def package_alpha(item, rating, level):
    values, code = np.unique(rating, return_inverse=True)
    counts = np.zeros((item.max() + 1, len(values)), dtype=int)
    np.add.at(counts, (item, code), 1)
    return krippendorff.alpha(value_counts=counts, value_domain=values, level_of_measurement=level)


def ordinal_distance(totals, a, b):
    """Krippendorff's own formula: (sum of the counts from a to b, less half of both ends) squared."""
    low, high = min(a, b), max(a, b)
    between = sum(count for value, count in totals.items() if low <= value <= high)
    return (between - (totals[a] + totals[b]) / 2) ** 2


def by_enumeration(item, rater, rating, w, v):
    """The definition, pair by pair, over the copies written out: copy = (item copy, rater copy)."""
    rows = [
        (row, i, (rater[row], a), rating[row])
        for row in range(len(item))
        for i in [(item[row], copy) for copy in range(v[item[row]])]
        for a in range(w[rater[row]])
    ]
    pairs = {}
    for row, unit, one, x in rows:
        for row2, unit2, two, y in rows:
            same_person = one[0] == two[0]
            if unit == unit2 and (not same_person or (one == two and row != row2)):
                pairs.setdefault(unit, []).append((x, y))
    rows = [r for r in rows if r[1] in pairs]
    totals = {value: sum(r[3] == value for r in rows) for value in sorted({r[3] for r in rows})}
    distances = (
        lambda a, b: float(a != b),
        lambda a, b: ordinal_distance(totals, a, b),
        lambda a, b: (a - b) ** 2,
    )
    size = {unit: sum(r[1] == unit for r in rows) for unit in pairs}
    result = []
    for delta in distances:
        observed = sum(size[u] * np.mean([delta(x, y) for x, y in seen]) for u, seen in pairs.items()) / len(rows)
        expected = np.mean([delta(r[3], s[3]) for r in rows for s in rows if r[0] != s[0]])
        result.append(1 - observed / expected)
    return [*result, 100 * np.mean([np.mean([x == y for x, y in seen]) for seen in pairs.values()])]


def test_the_published_example_of_krippendorff_is_reproduced():
    # Krippendorff (2011): nominal .743, ordinal .815, interval .849
    np.testing.assert_allclose(once(crossed(*long_form(PUBLISHED)))[:3], [0.743, 0.815, 0.849], atol=5e-4)


@pytest.mark.parametrize("seed", range(20))
def test_with_every_multiplicity_one_alpha_equals_the_krippendorff_package(seed):
    item, rater, rating = random_ratings(np.random.default_rng(seed))
    expected = [package_alpha(item, rating, level) for level in LEVELS]
    np.testing.assert_allclose(once(crossed(item, rater, rating))[:3], expected, rtol=0, atol=1e-12)


def test_large_values_lose_no_digits():
    item, rater, rating = random_ratings(np.random.default_rng(3), values=(1e6, 1e6 + 1, 1e6 + 2))
    small = package_alpha(item, rating - 1e6, "interval")
    assert once(crossed(item, rater, rating))[2] == pytest.approx(small, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_multiplicities_count_pairs_as_if_the_copies_were_written_out(seed):
    generator = np.random.default_rng(seed)
    item, rater, rating = random_ratings(generator, n_items=5, n_raters=6, n=24, values=(1, 2, 5))
    table = crossed(item, rater, rating)
    assert len(table.twice) > 0  # the example has raters who rated an item again
    _, item = np.unique(item, return_inverse=True)
    _, rater = np.unique(rater, return_inverse=True)
    assert (table.n_items, table.n_raters) == (item.max() + 1, rater.max() + 1)
    w, v = generator.integers(0, 4, table.n_raters), generator.integers(0, 3, table.n_items)
    expected = by_enumeration(item, rater, rating, w, v)
    np.testing.assert_allclose(coefficients(table, w.astype(float), v.astype(float)), expected, rtol=1e-12)


def test_two_copies_of_one_rater_are_not_a_pair():
    table = crossed(*long_form(PUBLISHED))
    only_first = np.array([4.0, 0, 0, 0])
    assert np.isnan(coefficients(table, only_first, np.ones(table.n_items))).all()


def test_copies_of_all_raters_alike_leave_percent_agreement_unchanged():
    table = crossed(*long_form(PUBLISHED))
    tripled = coefficients(table, np.full(table.n_raters, 3.0), np.ones(table.n_items))
    assert tripled[3] == pytest.approx(once(table)[3], abs=1e-12)


def test_percent_agreement_is_the_mean_over_items_of_the_share_of_equal_pairs():
    # By hand: item 0 has 3 pairs, 1 equal; item 1 has 1 pair, equal; item 2 has one rating and is left out.
    item, rater = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 2, 0, 1, 0])
    assert once(crossed(item, rater, np.array([1.0, 1, 2, 3, 3, 5])))[3] == pytest.approx(100 * (1 / 3 + 1) / 2)


def test_constant_ratings_have_percent_agreement_but_no_alpha():
    result = once(crossed(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.full(4, 0.1)))
    assert np.isnan(result[:3]).all()
    assert result[3] == 100


def test_row_order_and_names_do_not_matter():
    generator = np.random.default_rng(8)
    item, rater, rating = random_ratings(generator)
    order, names = generator.permutation(len(item)), generator.permutation(9)
    moved = once(crossed(item[order], names[rater[order]], rating[order]))
    np.testing.assert_allclose(moved, once(crossed(item, rater, rating)), rtol=1e-13)


def test_an_item_with_one_rating_changes_nothing():
    item, rater, rating = long_form(PUBLISHED)
    more = crossed(np.append(item, 99), np.append(rater, 77), np.append(rating, 5.0))
    np.testing.assert_array_equal(once(more), once(crossed(item, rater, rating)))
    assert more.n_raters == 4


def test_no_pairs_at_all_is_undefined_and_not_a_crash():
    table = crossed(np.array([0, 1]), np.array([0, 1]), np.array([1.0, 2.0]))
    assert (table.n_items, table.n_raters) == (0, 0)
    assert np.isnan(once(table)).all()
