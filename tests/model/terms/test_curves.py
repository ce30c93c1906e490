"""B-splines: their columns are R's, knots are learnt from the ratings, and nothing is said outside of these."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import DataError
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

AGE = [23.0, 31.0, 31.0, 45.0, 52.0, 60.0, 18.0, 40.0]

# R 4.2.2, library(splines): x <- c(23, 31, 31, 45, 52, 60, 18, 40); b <- bs(x, df = 5); unclass(b)[, ]
BS = [
    [0.58340107764680371, 0.1745168452898051, 0.00903701561596299, 0.0, 0.0],
    [0.23701523545706357, 0.6041501780767708, 0.15883458646616544, 0.0, 0.0],
    [0.23701523545706357, 0.6041501780767708, 0.15883458646616544, 0.0, 0.0],
    [0.0, 0.1662561576354679, 0.57054526923730253, 0.2621985731272296, 0.001],
    [0.0, 0.0252216748768473, 0.27193314081875314, 0.5622371843043995, 0.14060800000000009],
    [0.0, 0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [0.00467919442988694, 0.3822970999874237, 0.54274058060277486, 0.0702831249799146, 0.0],
]
BS_AT = {  # predict(b, c(20, 33.3, 60))
    20.0: [0.360564078187708, 0.0330314262766852, 0.000578368999421631, 0.0, 0.0],
    33.3: [0.127605848057198, 0.6160767604328056, 0.255144367118184168, 0.00117302439181155, 0.0],
    60.0: [0.0, 0.0, 0.0, 0.0, 1.0],
}
QUADRATIC = [  # bs(x, knots = c(30, 50.5), degree = 2)
    [0.5956196581196580, 0.0641025641025641, 0.0, 0.0],
    [0.5707317073170732, 0.4276422764227643, 0.0016260162601626, 0.0],
    [0.5707317073170732, 0.4276422764227643, 0.0016260162601626, 0.0],
    [0.0454033771106942, 0.5887429643527204, 0.3658536585365854, 0.0],
    [0.0, 0.2245614035087719, 0.7505078485687903, 0.0249307479224377],
    [0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.0, 0.0],
    [0.1654784240150094, 0.6719199499687305, 0.1626016260162602, 0.0],
]


def ratings_of(age, **columns):
    n = len(age)
    made = {"item": [f"i{k}" for k in range(n)], "rater": [f"r{k}" for k in range(n)], "rating": np.arange(n) + 0.5}
    frame = pd.DataFrame(made | {"age": age} | columns)
    return ps.Ratings(frame, scale="continuous", covariates=["age", *(c for c in columns if c != "weight")])


def fixed_of(ratings, text):
    formula = parse_formula(f"rating ~ {text}", available_columns(ratings))
    design = build_design(ratings, formula, "gaussian", "identity")
    return design.fixed, np.argsort(design.rows)


def at(*age):
    return pd.DataFrame({"age": list(age)}, dtype=float)


@pytest.mark.parametrize(
    ("text", "expected"), [("bs(age, df=5)", BS), ("bs(age, knots=(30, 50.5), degree=2)", QUADRATIC)]
)
def test_columns_are_those_of_r(text, expected):
    fixed, order = fixed_of(ratings_of(AGE), text)
    np.testing.assert_allclose(fixed.X[fixed.cell[order]][:, 1:], expected, atol=1e-14)
    assert fixed.names[1:] == tuple(f"{text}{k + 1}" for k in range(len(expected[0])))
    assert set(fixed.terms[1:]) == {text}


def test_new_values_are_on_the_same_basis():
    fixed, _ = fixed_of(ratings_of(AGE), "bs(age, df=5)")
    np.testing.assert_allclose(fixed.rows_for(at(*BS_AT))[:, 1:], list(BS_AT.values()), atol=1e-14)


def test_knots_lie_among_ratings_and_not_among_their_combinations():
    """As often as it occurred: by rows and by a frequency weight."""
    age = [20.0, 30.0, 40.0, 60.0]
    often = ratings_of(np.repeat(age, [1, 4, 2, 1]).tolist())
    weighted = ratings_of(age, weight=[1, 4, 2, 1])
    for text in ("bs(age, df=4)", "bs(age, df=4, degree=2)"):
        one, other = (fixed_of(ratings, text)[0].rows_for(at(25.0, 41.0, 59.0)) for ratings in (often, weighted))
        np.testing.assert_allclose(one, other, rtol=1e-13)
    inner, ends = fixed_of(weighted, "bs(age, df=4, degree=2)")[0].learnt["bs(age, df=4, degree=2)"]
    quantiles = np.quantile(np.repeat(age, [1, 4, 2, 1]), [1 / 3, 2 / 3])
    np.testing.assert_allclose(inner, quantiles, rtol=1e-13)
    assert ends.tolist() == [20.0, 60.0]


def test_nothing_is_said_outside_of_the_ratings():
    fixed, _ = fixed_of(ratings_of(AGE), "bs(age, df=4)")
    with pytest.raises(DataError) as caught:
        fixed.rows_for(at(30.0, 17.0, 75.0))
    assert str(caught.value) == (
        "'bs(age, df=4)' is known where the ratings are, for 'age' from 18 to 60; found 2 outside of that, such as 17. "
        "Leave them out, or fit poly(age, 2), which goes on."
    )
    assert np.isfinite(fixed.rows_for(at(17.9, 60.2))).all()  # a slope at the end


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bs(age, df=8)", "needs more different values of 'age': of its 3 some are so frequent that two knots"),
        ("bs(age, knots=(30, 70))", "has a knot at 70, and 'age' goes from 20 to 60. Knots lie inside of that."),
    ],
)
def test_knots_that_cannot_be_are_refused(text, sentence):
    with pytest.raises(DataError, match=r"'bs\(age") as caught:
        fixed_of(ratings_of([20.0, 40.0, 40.0, 40.0, 40.0, 60.0]), text)
    assert sentence in str(caught.value)


def test_a_category_has_no_curve():
    with pytest.raises(ps.ConfigError, match=r"'bs\(kind, df=4\)' needs numbers, and 'kind' has the levels x, y"):
        fixed_of(ratings_of(AGE, kind=list("xyxyxyxy")), "bs(kind, df=4)")
