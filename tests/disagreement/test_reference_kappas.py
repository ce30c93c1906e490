"""AC1, AC2, Fleiss' kappa and alpha against the package irrCAC, on data with missing cells.

Origin of every number: irrCAC 0.4.2 (Python, numpy 1.26.4),
    CAC(table, weights=W, categories=[1, 2, 3, 4, 5], digits=10).gwet()["est"]["coefficient_value"]
and likewise .fleiss() and .krippendorff(), with W "identity", "ordinal", "linear", "quadratic".
"""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

# irrCAC.datasets.raw_4raters(): Gwet (2014), from Krippendorff (2011); 12 units x 4 raters, 0 = missing. Unit 12 has
# one rating.
GWET = [
    *([1, 1, 0, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4]),
    *([4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [0, 5, 5, 5], [0, 0, 1, 1], [0, 0, 3, 0]),
]
# 30 items, 2 to 6 of 6 raters, made for this test; answer 5 is never used.
MADE = [
    *([0, 4, 4, 4, 4, 4], [2, 0, 1, 0, 1, 2], [0, 4, 4, 0, 4, 4], [4, 4, 0, 0, 4, 0], [0, 3, 4, 0, 0, 3]),
    *([3, 3, 3, 4, 4, 3], [4, 4, 3, 4, 4, 0], [4, 2, 4, 0, 2, 2], [3, 2, 2, 0, 4, 0], [0, 0, 3, 3, 0, 2]),
    *([3, 3, 3, 0, 4, 2], [3, 3, 0, 0, 4, 3], [2, 1, 0, 1, 2, 2], [2, 1, 0, 0, 0, 0], [0, 0, 4, 0, 4, 0]),
    *([2, 0, 0, 2, 2, 2], [4, 4, 0, 4, 0, 4], [2, 2, 0, 0, 0, 0], [4, 4, 0, 4, 4, 0], [2, 1, 0, 2, 1, 2]),
    *([0, 3, 3, 3, 3, 0], [4, 4, 4, 0, 0, 4], [0, 2, 2, 1, 0, 2], [4, 0, 3, 0, 3, 3], [4, 4, 3, 0, 0, 0]),
    *([4, 0, 3, 4, 0, 0], [2, 0, 0, 0, 0, 1], [0, 0, 3, 3, 0, 2], [3, 4, 4, 0, 3, 3], [4, 4, 4, 0, 4, 4]),
]
EXPECTED = {
    "gwet": {"ac1": 0.7754440681, "fleiss": 0.7611692754, "alpha_nominal": 0.7434210526},
    "made": {"ac1": 0.5011785199, "fleiss": 0.4063883916, "alpha_nominal": 0.4191542289},
}
AC2 = {
    "gwet": {"ordinal": 0.8989397699, "linear": 0.8587391364, "quadratic": 0.9140007236},
    "made": {"ordinal": 0.8717078851, "linear": 0.7669614752, "quadratic": 0.9076650603},
}
ALPHA_INTERVAL = {"gwet": 0.8491071429, "made": 0.7310249943}  # quadratic weights
TABLES = {"gwet": GWET, "made": MADE}


@pytest.fixture(scope="module", params=["gwet", "made"])
def case(request):
    """Name and ratings of one table."""
    cells = np.array(TABLES[request.param])
    item, rater = np.nonzero(cells)
    frame = pd.DataFrame({"item": item, "rater": rater, "rating": cells[item, rater]})
    return request.param, ps.Ratings(frame, scale=(1, 5))


def estimates(ratings, **options):
    return ps.agreement(ratings, bootstrap=[], **options).set_index("coefficient")["estimate"]


def test_unweighted_coefficients_equal_the_package(case):
    name, ratings = case
    found = estimates(ratings, coefficients=list(EXPECTED[name]))
    assert found.to_dict() == pytest.approx(EXPECTED[name], abs=6e-11)


@pytest.mark.parametrize("weights", ["ordinal", "linear", "quadratic"])
def test_ac2_equals_the_package(case, weights):
    name, ratings = case
    found = estimates(ratings, coefficients="ac2", weights=weights)
    assert found["ac2"] == pytest.approx(AC2[name][weights], abs=6e-11)


def test_interval_alpha_is_the_quadratic_alpha_of_the_package(case):
    name, ratings = case
    assert estimates(ratings, coefficients="alpha_interval").item() == pytest.approx(ALPHA_INTERVAL[name], abs=6e-11)
