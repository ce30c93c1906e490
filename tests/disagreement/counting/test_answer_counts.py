"""Gwet's AC1 and AC2, Fleiss' kappa, distance, entropy and polarisation under multiplicities."""

from itertools import pairwise

import numpy as np
import pytest

from pluralstats.disagreement.counting.answers import STATISTICS, agreement_weights, answer_statistics, answered

SCALE = (1.0, 2.0, 3.0, 4.0, 5.0)
# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: 4 observers x 12 units, 0 = missing. Unit 12 has one
# rating.
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


def once(table, weights):
    return answer_statistics(table, weights, np.ones(table.n_raters), np.ones(table.n_items))


def of(item, rater, rating, values=SCALE, kind="ordinal"):
    numbers = once(answered(np.array(item), np.array(rater), np.array(rating), values), agreement_weights(kind, values))
    return dict(zip(STATISTICS, numbers.tolist(), strict=True))


def distance_from_unimodality(shares):
    """Pavlopoulos & Likas, from every mode; written with lists, not with the code under test."""
    top = max(shares)
    steps = [0.0]
    for mode in [k for k, share in enumerate(shares) if share == top]:
        right, left = shares[mode:], shares[: mode + 1][::-1]
        steps += [far - near for walk in (right, left) for near, far in pairwise(walk)]
    return max(steps) / top


def by_enumeration(item, rater, rating, w, v, values, weight):
    """The definitions, pair by pair, over copies written out: copy = (item copy, rater copy)."""
    units = {}
    for row in range(len(item)):
        for copy in range(v[item[row]]):
            units.setdefault((item[row], copy), []).extend((row, (rater[row], a)) for a in range(w[rater[row]]))
    units = {unit: rows for unit, rows in units.items() if rows}
    means, shares = [], []
    for rows in units.values():
        answers = [rating[row] for row, _ in rows]
        share = [answers.count(x) / len(answers) for x in values]
        shares.append(share)
        pairs = [
            (rating[r], rating[s]) for r, one in rows for s, two in rows if one[0] != two[0] or (one == two and r != s)
        ]
        if pairs:
            means.append(
                (
                    np.mean([x == y for x, y in pairs]),
                    np.mean([weight(x, y) for x, y in pairs]),
                    np.mean([abs(x - y) for x, y in pairs]),
                    -sum(p * np.log(p) for p in share if p > 0),
                    distance_from_unimodality(share),
                )
            )
    equal, weighted, *rest = np.mean(means, axis=0)
    pi, q = np.mean(shares, axis=0), len(values)
    spread = sum(pi * (1 - pi)) / (q * (q - 1))
    total = sum(weight(x, y) for x in values for y in values)
    expected = [q * spread, total * spread, sum(pi**2)]
    corrected = [(p - e) / (1 - e) for p, e in zip([equal, weighted, equal], expected, strict=True)]
    return [*corrected, *rest]


@pytest.mark.parametrize("seed", range(6))
def test_multiplicities_count_as_if_the_copies_were_written_out(seed):
    generator = np.random.default_rng(seed)
    item, rater = generator.integers(0, 6, 26), generator.integers(0, 6, 26)
    values = (1.0, 2.0, 4.0, 9.0)
    rating = generator.choice(values[:3], 26)  # answer 9 is never used
    item[-1], rater[-1] = 6, 0  # one item with one rating
    table = answered(item, rater, rating, values)
    assert len(table.twice) > 0  # the example has raters who rated an item again
    w, v = generator.integers(0, 4, table.n_raters), generator.integers(0, 3, table.n_items)
    _, item = np.unique(item, return_inverse=True)
    _, rater = np.unique(rater, return_inverse=True)
    weight = lambda x, y: 1 - abs(x - y) / 8  # noqa: E731
    expected = by_enumeration(item, rater, rating, w, v, values, weight)
    found = answer_statistics(table, agreement_weights("linear", values), w.astype(float), v.astype(float))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_two_copies_of_one_rater_are_not_a_pair():
    table = answered(*long_form(PUBLISHED), SCALE)
    only_first = np.array([4.0, 0, 0, 0])
    found = answer_statistics(table, agreement_weights("ordinal", SCALE), only_first, np.ones(table.n_items))
    assert np.isnan(found).all()


def test_copies_of_all_raters_alike_leave_every_statistic_unchanged():
    table, weights = answered(*long_form(PUBLISHED), SCALE), agreement_weights("ordinal", SCALE)
    tripled = answer_statistics(table, weights, np.full(table.n_raters, 3.0), np.ones(table.n_items))
    np.testing.assert_allclose(tripled, once(table, weights), rtol=1e-13)


def test_weights_of_gwet():
    # R package irrCAC, vignette "weighting": ordinal.weights(1:3), linear.weights(1:3), quadratic.weights(1:3)
    shown = {"ordinal": 0.6666667, "linear": 0.5, "quadratic": 0.75}
    for kind, near in shown.items():
        expected = [[1, near, 0], [near, 1, near], [0, near, 1]]
        np.testing.assert_allclose(agreement_weights(kind, (1.0, 2.0, 3.0)), expected, atol=5e-8)
    assert agreement_weights("linear", (0.0, 1.0, 10.0))[0].tolist() == pytest.approx([1, 0.9, 0])


def test_with_two_answers_ac2_is_ac1_whatever_the_weights():
    item, rater, rating = long_form(np.minimum(PUBLISHED, 2))
    for kind in ("ordinal", "linear", "quadratic"):
        found = of(item, rater, rating, (1.0, 2.0), kind)
        assert found["ac2"] == pytest.approx(found["ac1"], abs=1e-15)


def test_two_raters_two_answers_by_hand():
    # Items 11 11 11 12 22: p_a = 4/5; pi = (3.5, 1.5) / 5. AC1: p_e = 2 (.7)(.3) = .42, (.8 - .42) / .58.
    # Fleiss: p_e = .49 + .09 = .58, (.8 - .58) / .42. Distance 1/5; entropy ln 2 / 5; one item of two equal peaks, but
    # with two answers there is nothing between them: no step up.
    found = of(np.repeat(range(5), 2), [0, 1] * 5, [1, 1, 1, 1, 1, 1, 1, 2, 2, 2], (1.0, 2.0))
    expected = {"ac1": 0.38 / 0.58, "ac2": 0.38 / 0.58, "fleiss": 0.22 / 0.42, "distance": 0.2}
    expected |= {"entropy": np.log(2) / 5, "polarisation": 0.0}
    assert found == pytest.approx(expected)


def test_perfect_agreement_is_one_and_has_no_spread():
    found = of([0, 0, 1, 1], [0, 1, 0, 1], [2, 2, 5, 5])
    assert found == {"ac1": 1, "ac2": 1, "fleiss": 1, "distance": 0, "entropy": 0, "polarisation": 0}


def test_constant_ratings_have_no_fleiss_and_ac_is_one():
    found = of([0, 0, 1, 1], [0, 1, 0, 1], [4, 4, 4, 4])
    assert np.isnan(found.pop("fleiss"))
    assert found == {"ac1": 1, "ac2": 1, "distance": 0, "entropy": 0, "polarisation": 0}


def test_independent_uniform_answers_have_the_values_of_chance():
    # 200,000 items x 2 raters, 4 answers: p_a = 1/4 = p_e of all three; E|x - y| = (16 - 1) / (3 x 4) = 1.25.
    # Standard errors: 1/4 within .001, so coefficients within .0013; distance within .002. Bounds are 4 of them.
    rating = np.random.default_rng(1).integers(1, 5, 400_000)
    found = of(np.repeat(np.arange(200_000), 2), np.tile([0, 1], 200_000), rating, (1.0, 2.0, 3.0, 4.0))
    for name in ("ac1", "ac2", "fleiss"):
        assert found[name] == pytest.approx(0, abs=0.006)
    assert found["distance"] == pytest.approx(1.25, abs=0.008)


def test_continuous_ratings_have_a_distance_only():
    generator = np.random.default_rng(2)
    item, rater, rating = np.repeat(np.arange(30), 4), np.tile(np.arange(4), 30), generator.normal(size=120) + 1e6
    table = answered(item, rater, rating, ())
    found = once(table, agreement_weights("ordinal", ()))
    cells = rating.reshape(30, 4)
    expected = np.abs(cells[:, :, None] - cells[:, None]).sum(axis=(1, 2)).mean() / 12
    assert found[3] == pytest.approx(expected, rel=1e-9)  # a million is no trouble
    assert np.isnan(np.delete(found, 3)).all()


def test_an_item_with_one_rating_changes_chance_only():
    item, rater, rating = long_form(PUBLISHED)
    more = of(np.append(item, 99), np.append(rater, 77), np.append(rating, 5.0))
    before = of(item, rater, rating)
    changed = {name for name in STATISTICS if more[name] != pytest.approx(before[name], rel=1e-12)}
    assert changed == {"ac1", "ac2", "fleiss"}


def test_row_order_and_names_do_not_matter():
    generator = np.random.default_rng(8)
    item, rater, rating = long_form(PUBLISHED)
    order, names = generator.permutation(len(item)), generator.permutation(9)
    assert of(item[order], names[rater[order]], rating[order]) == pytest.approx(of(item, rater, rating), rel=1e-13)


def test_reversing_the_scale_changes_nothing():
    item, rater, rating = long_form(PUBLISHED)
    assert of(item, rater, 6 - rating) == pytest.approx(of(item, rater, rating), rel=1e-13)
