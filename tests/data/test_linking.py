"""Groups of ratings are on one latent scale only where raters or items join them."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import DisjointSet

from pluralstats.data.scales.linking import unlinked, unlinked_problem

# rows (group, rater, item) and the sets of groups that nothing joins
CASES = {
    "a common rater": ([(0, 0, 0), (1, 0, 1)], []),
    "a common item": ([(0, 0, 0), (1, 1, 0)], []),
    "nothing in common": ([(0, 0, 0), (0, 0, 1), (1, 1, 2)], [{"a"}, {"b"}]),
    "the larger set first": ([(0, 0, 0), (1, 1, 2), (1, 1, 3)], [{"b"}, {"a"}]),
    "linked through a third": ([(0, 0, 0), (1, 1, 1), (2, 0, 2), (2, 2, 1)], []),
    "two of three": ([(0, 0, 0), (1, 1, 0), (2, 2, 2)], [{"a", "b"}, {"c"}]),
    "three alone": ([(0, 0, 0), (0, 1, 0), (0, 2, 0), (1, 3, 1), (1, 3, 2), (2, 4, 3)], [{"a"}, {"b"}, {"c"}]),
    "a number is no name of both": ([(0, 0, 1), (1, 1, 0)], [{"a"}, {"b"}]),  # rater 1 is not item 1
    "rows of no group do not link": ([(0, 0, 0), (-1, 0, 1), (1, 1, 1)], [{"a"}, {"b"}]),
    "a group without ratings": ([(0, 0, 0), (2, 0, 1)], []),
    "no ratings": ([], []),
}


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES.keys())
def test_sets_of_groups_that_nothing_joins(rows, expected):
    group, rater, item = np.array(rows, dtype=int).reshape(-1, 3).T
    assert unlinked(group, rater, item, ["a", "b", "c"]) == expected


@pytest.mark.parametrize("seed", range(5))
def test_as_joining_rows_one_by_one(seed):
    rng = np.random.default_rng(seed)
    group, rater, item = (rng.integers(0, n, 14) for n in (6, 12, 12))
    joined = DisjointSet([("group", g) for g in range(6)])
    for row in zip(group, rater, item, strict=True):
        for side, code in zip(("rater", "item"), row[1:], strict=True):
            joined.add((side, code))
            joined.merge(("group", row[0]), (side, code))
    expected = [{f"g{code}" for side, code in one if side == "group" and code in group} for one in joined.subsets()]
    expected = {frozenset(one) for one in expected if one}
    found = unlinked(group, rater, item, [f"g{code}" for code in range(6)])
    assert {frozenset(one) for one in found} == (expected if len(expected) > 1 else set())


def test_the_refusal_names_the_sets_and_how_to_fit_them():
    sentence = unlinked_problem("wave", [{"10", "2"}, {"3"}, {"4"}])
    assert "The levels of wave are not linked: {2, 10}, {3} and {4} share neither raters nor items" in sentence
    assert 'ratings.where(wave=["2", "10"])' in sentence
    assert unlinked_problem("wave", []) == ""
