"""The metrics of GRASP: by hand, by enumeration, and against other programs."""

from itertools import product

import krippendorff
import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.disagreement.cohesion.metrics import BASIC, metrics
from pluralstats.disagreement.counting.answers import answered

NOMINAL = 1.0 - np.eye(3)
SCALE = (1.0, 2.0, 3.0)


def of(answers, levels, distance=NOMINAL, values=SCALE):
    """Metrics of complete data: one row of ``answers`` per item, one column per rater; (L, 6)."""
    answers, levels = np.array(answers, dtype=float), np.array(levels)
    n_items, n_raters = answers.shape
    item, rater = np.repeat(np.arange(n_items), n_raters), np.tile(np.arange(n_raters), n_items)
    table = answered(item, rater, answers.ravel(), values)
    return metrics(table, distance, levels, levels.max() + 1, np.ones(n_raters), np.ones(n_items))


def table_of(answers, groups, **options):
    """ps.cohesion of complete data without draws, by metric, for the group "G"."""
    answers = np.array(answers)
    n_items, n_raters = answers.shape
    frame = pd.DataFrame(
        {
            "item": np.repeat([f"i{i}" for i in range(n_items)], n_raters),
            "rater": np.tile([f"r{r}" for r in range(n_raters)], n_items),
            "rating": answers.ravel(),
            "group": np.tile(list(groups), n_items),
        }
    )
    ratings = ps.Ratings(frame, scale=(1, 3), demographics=["group"])
    table = ps.cohesion(ratings, "group", permutations=0, replicates=0, **options)
    return table[table["level"] == "G"].set_index("metric")["estimate"]


def test_all_nine_metrics_by_hand():
    """Three items, answers 1 to 3; three raters in the group, three in the rest.

        item   group    rest
        a      1 1 2    1 1 1
        b      2 2 2    2 2 3
        c      3 3 1    1 1 3

    irr: unequal ordered pairs 4, 0, 4 of 6: D_o = 4/9. Totals 3, 4, 2 of 9: D_e = (81 - 29) / 72 = 13/18.
         1 - (4/9)(18/13) = 5/13
    xrr: unequal cross pairs 3, 3, 5 of 9: d_o = 11/27. Totals 3 4 2 and 5 2 2: equal 15 + 8 + 4 = 27 of 81: d_e = 2/3.
         1 - (11/27)(3/2) = 7/18
    plurality size: (2/3 + 1 + 2/3) / 3 = 7/9
    voting agreement: votes 1 2 3 and 1 2 1: D_o = 1/3. Totals 3, 2, 1 of 6: D_e = (36 - 14) / 30 = 11/15.
         1 - (1/3)(15/11) = 6/11
    negentropy: a and c: ln 3 - H(2/3, 1/3) = (2/3) ln 2; b: ln 3. Mean (4/3 ln 2 + ln 3) / 3
    cross-negentropy: q = (rest + 1/3) / 4.
         a: p = (2/3, 1/3, 0), q = (10/12, 1/12, 1/12): ln 3 + 2/3 ln 10/12 + 1/3 ln 1/12
         b: p = (0, 1, 0),     q = (1/12, 7/12, 4/12):  ln 3 + ln 7/12
         c: p = (1/3, 0, 2/3), q = (7/12, 1/12, 4/12):  ln 3 + 1/3 ln 7/12 + 2/3 ln 4/12
    """
    found = table_of([[1, 1, 2, 1, 1, 1], [2, 2, 2, 2, 2, 3], [3, 3, 1, 1, 1, 3]], "GGGRRR")
    ln = np.log
    negentropy = (4 / 3 * ln(2) + ln(3)) / 3
    cross = ln(3) + (2 / 3 * ln(10 / 12) + ln(1 / 12) / 3 + ln(7 / 12) + ln(7 / 12) / 3 + 2 / 3 * ln(4 / 12)) / 3
    expected = {
        "irr": 5 / 13,
        "xrr": 7 / 18,
        "gai_reliability": 90 / 91,
        "plurality_size": 7 / 9,
        "voting_agreement": 6 / 11,
        "gai_voting": 77 / 54,
        "negentropy": negentropy,
        "cross_negentropy": cross,
        "gai_distribution": negentropy / cross,
    }
    assert found.to_dict() == pytest.approx(expected, rel=1e-13)


def test_xrr_of_unequal_numbers_is_that_of_its_authors():
    # Wong, Paritosh & Aroyo: their own program's test of missing data has 0.1818182 for these counts of A and B.
    # By hand: d_o = (0 + 3 5/6 + 2 4/4 + 3 5/6 + 2 4/4) / 22 = 9/22; totals 6 6 and 5 5: d_e = 1/2; 1 - 18/22 = 2/11.
    counts = [((0, 2), (0, 2)), ((0, 3), (1, 1)), ((2, 0), (1, 1)), ((3, 0), (1, 1)), ((1, 1), (2, 0))]
    counts += [((3, 0), (0, 0)), ((2, 1), (0, 0))]  # rated by one group only: left out
    rows = [
        (item, group, answer)
        for item, pair in enumerate(counts)
        for group, numbers in enumerate(pair)
        for answer, n in enumerate(numbers)
        for _ in range(n)
    ]
    item, level, answer = np.array(rows).T
    table = answered(item, np.arange(len(rows)), answer.astype(float), (0.0, 1.0))  # every rating is of a new rater
    found = metrics(table, 1 - np.eye(2), level, 2, np.ones(len(rows)), np.ones(len(counts)))
    assert found[:, 3] == pytest.approx([2 / 11, 2 / 11], abs=1e-15)


def expected_votes(c, e, v, distance):
    """Voting agreement by going through every way to break every tie: ratio of the averages."""
    items = [i for i in range(len(v)) for _ in range(v[i]) if c[i].sum() and e[i].sum()]
    ways = {i: [np.flatnonzero(x[i] == x[i].max()) for x in (c, e)] for i in set(items)}
    observed, pooled = [], []
    for broken in product(*(product(*ways[i]) for i in sorted(ways))):
        vote = dict(zip(sorted(ways), broken, strict=True))
        observed.append(np.mean([distance[vote[i]] for i in items]))
        units = [((i, side), vote[i][side]) for i in items for side in (0, 1)]
        pooled.append(np.mean([distance[x, y] for u, x in units for w, y in units if u != w]))
    return 1 - np.mean(observed) / np.mean(pooled)


def by_enumeration(item, rater, rating, level, w, v, distance):
    """The definitions of one group (level 0) against the rest, over copies written out."""
    K = len(distance)
    rows = [
        (row, (item[row], i), (rater[row], a), rating[row])
        for row in range(len(item))
        for i in range(v[item[row]])
        for a in range(w[rater[row]])
    ]
    units = sorted({row[1] for row in rows})
    inside = {u: [r for r in rows if r[1] == u and level[r[2][0]] == 0] for u in units}
    outside = {u: [r for r in rows if r[1] == u and level[r[2][0]] != 0] for u in units}
    pairs = {
        u: [distance[r[3], s[3]] for r in own for s in own if r[2][0] != s[2][0] or (r[2] == s[2] and r[0] != s[0])]
        for u, own in inside.items()
    }
    own_units, common = [u for u in units if pairs[u]], [u for u in units if inside[u] and outside[u]]
    shares = lambda group: np.bincount([r[3] for r in group], minlength=K) / len(group)  # noqa: E731
    pooled = [r for u in own_units for r in inside[u]]
    d_o = sum(len(inside[u]) * np.mean(pairs[u]) for u in own_units) / len(pooled)
    d_e = np.mean([distance[r[3], s[3]] for r in pooled for s in pooled if r[0] != s[0]])
    irr = 1 - d_o / d_e
    plurality = np.mean([shares(inside[u]).max() for u in own_units])
    negentropy = np.mean([np.log(K) + sum(p * np.log(p) for p in shares(inside[u]) if p) for u in own_units])
    n = {u: len(inside[u]) + len(outside[u]) for u in common}
    x = {u: np.mean([distance[r[3], s[3]] for r in inside[u] for s in outside[u]]) for u in common}
    cross = [distance[r[3], s[3]] for u in common for r in inside[u] for t in common for s in outside[t]]
    xrr = 1 - sum(n[u] * x[u] for u in common) / sum(n.values()) / np.mean(cross)
    smooth = lambda group: (np.bincount([r[3] for r in group], minlength=K) + 1 / K) / (len(group) + 1)  # noqa: E731
    cross_negentropy = np.mean([np.log(K) + shares(inside[u]) @ np.log(smooth(outside[u])) for u in common])
    return irr, plurality, negentropy, xrr, cross_negentropy


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("distance", [NOMINAL, np.subtract.outer([1, 2, 5], [1, 2, 5]) ** 2.0], ids=["0/1", "points"])
def test_multiplicities_count_as_if_the_copies_were_written_out(seed, distance):
    generator = np.random.default_rng(seed)
    item, rater = generator.integers(0, 5, 30), generator.integers(0, 8, 30)
    rating, level = generator.integers(0, 3, 30), np.array([0, 0, 0, 0, 1, 1, 2, 2])
    table = answered(item, rater, rating.astype(float), (0.0, 1.0, 2.0))
    assert len(table.twice) > 0  # the example has raters who rated an item again
    assert (table.n_raters, table.n_items) == (8, 5)
    w, v = generator.integers(0, 3, 8), generator.integers(1, 3, 5)
    w[[0, 1, 4, 6]], v[0] = [2, 1, 1, 2], 0  # both sides are there, and an item is not
    found = metrics(table, distance, level, 3, w.astype(float), v.astype(float))[0]
    irr, plurality, negentropy, xrr, cross = by_enumeration(item, rater, rating, level, w, v, distance)
    counts = np.zeros((3, 5, 3))
    np.add.at(counts, (level[rater], item, rating), w[rater])
    voting = expected_votes(counts[0], counts[1:].sum(axis=0), v, distance)
    np.testing.assert_allclose(found, [irr, plurality, negentropy, xrr, voting, cross], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_irr_is_the_alpha_of_the_krippendorff_package(seed):
    generator = np.random.default_rng(seed)
    answers = generator.integers(1, 4, (12, 7))
    levels = np.array([0, 0, 0, 0, 1, 1, 1])
    for g, level in ((NOMINAL, "nominal"), (np.subtract.outer(SCALE, SCALE) ** 2, "interval")):
        found = of(answers, levels, g)[:, 0]
        expected = [krippendorff.alpha(answers[:, levels == k].T, level_of_measurement=level) for k in (0, 1)]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_voting_agreement_without_ties_is_the_alpha_of_the_krippendorff_package():
    generator = np.random.default_rng(3)
    votes = generator.integers(1, 4, (20, 2))
    answers = np.repeat(votes, 3, axis=1)  # three raters in each group say the same
    found = of(answers, [0, 0, 0, 1, 1, 1])[:, 4]
    assert found == pytest.approx([krippendorff.alpha(votes.T, level_of_measurement="nominal")] * 2, rel=1e-12)


def test_xrr_and_voting_agreement_are_the_same_from_both_sides():
    answers = np.random.default_rng(4).integers(1, 4, (15, 9))
    found = of(answers, [0, 0, 0, 0, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(found[0, 3:5], found[1, 3:5], rtol=1e-13)
    assert found[0, 5] != pytest.approx(found[1, 5])  # cross-entropy has a direction


def test_agreement_of_everybody_is_full_everywhere():
    found = of(np.repeat([[1], [2], [3]], 6, axis=1), [0, 0, 0, 1, 1, 1])
    smoothed = np.log(3) + np.log((3 + 1 / 3) / 4)
    np.testing.assert_allclose(found[0], [1, 1, np.log(3), 1, 1, smoothed], rtol=1e-13)


def test_groups_that_always_say_the_opposite_disagree_across_and_agree_within():
    # By hand: two items, group 1 2, rest 2 1: d_o = 1, d_e = 1/2: xrr = -1; votes: D_o = 1, D_e = 8/12: -1/2.
    found = of([[1, 1, 2, 2], [2, 2, 1, 1]], [0, 0, 1, 1])
    assert found[0, [0, 3, 4]] == pytest.approx([1, -1, -0.5])


def test_a_group_has_the_metrics_it_has_against_the_others_pooled():
    answers = np.random.default_rng(5).integers(1, 4, (10, 9))
    three = of(answers, [0, 0, 0, 1, 1, 1, 2, 2, 2])
    two = of(answers, [0, 0, 0, 1, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(three[0], two[0])


def test_constant_answers_have_no_alpha_but_shares():
    found = dict(zip(BASIC, of(np.full((4, 6), 2), [0, 0, 0, 1, 1, 1])[0], strict=True))
    assert np.isnan([found[name] for name in ("irr", "xrr", "voting_agreement")]).all()
    assert found["plurality_size"] == 1
