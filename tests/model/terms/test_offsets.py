"""Offsets: what is added to the linear predictor with the coefficient 1, at the ratings and at new values."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

AGE = [23.0, 31.0, 31.0, 45.0, 52.0, 60.0, 18.0, 40.0]
HOURS = [0.5, 0.1, -0.2, 0.0, 1.0, 2.0, -1.0, 0.25]


def ratings_of(age, **columns):
    n = len(age)
    made = {"item": [f"i{k}" for k in range(n)], "rater": [f"r{k}" for k in range(n)], "rating": np.arange(n) + 0.5}
    return ps.Ratings(pd.DataFrame(made | {"age": age} | columns), scale="continuous", covariates=["age", *columns])


def fixed_of(ratings, text):
    formula = parse_formula(f"rating ~ {text}", available_columns(ratings))
    design = build_design(ratings, formula, "gaussian", "identity")
    return design.fixed, np.argsort(design.rows)


def at(*age):
    return pd.DataFrame({"age": list(age)}, dtype=float)


def test_offsets_add_up_and_have_no_column():
    ratings = ratings_of(AGE, hours=HOURS)
    fixed, order = fixed_of(ratings, "age + offset(hours) + offset(log(age))")
    assert fixed.names == ("Intercept", "age")
    np.testing.assert_allclose(fixed.offset[fixed.cell[order]], np.array(HOURS) + np.log(AGE), rtol=1e-13)
    new = at(20.0, 70.0).assign(hours=[1.0, 2.0])
    np.testing.assert_allclose(fixed.offset_for(new), [1.0 + np.log(20.0), 2.0 + np.log(70.0)], rtol=1e-13)
    b = np.array([[0.5, 2.0], [1.0, 0.0]])
    np.testing.assert_allclose(fixed.linear_for(new, b), b @ fixed.rows_for(new).T + fixed.offset_for(new), rtol=1e-13)
    np.testing.assert_allclose(fixed.linear(b[0]), fixed.X @ b[0] + fixed.offset, rtol=1e-13)


def test_an_offset_is_enough_for_a_formula_and_centres_over_ratings():
    fixed, order = fixed_of(ratings_of(AGE), "offset(center(age))")
    np.testing.assert_allclose(fixed.offset[fixed.cell[order]], np.array(AGE) - np.mean(AGE), atol=1e-12)
    assert fixed.names == ("Intercept",)
    np.testing.assert_allclose(fixed.offset_for(at(30.0)), [30.0 - np.mean(AGE)], atol=1e-12)


def test_without_one_it_is_zero():
    fixed, _ = fixed_of(ratings_of(AGE), "age")
    assert fixed.offset.tolist() == [0.0] * len(fixed.X)
    assert fixed.offset_for(at(1.0, 2.0)).tolist() == [0.0, 0.0]


def test_a_category_cannot_be_added():
    ratings = ratings_of(AGE, kind=list("xyxyxyxy"))
    for text in ("offset(kind)", "offset(log(kind))"):
        with pytest.raises(ps.ConfigError, match=r"needs numbers, and 'kind' has the levels x, y. Name a column of n"):
            fixed_of(ratings, text)


def test_the_columns_of_an_offset_must_be_there():
    frame = pd.DataFrame({"item": list("ab"), "rater": list("xy"), "rating": [1.0, 2.0]})
    with pytest.raises(ps.ConfigError, match="The formula names 'hours', which is not a column"):
        fixed_of(ps.Ratings(frame, scale="continuous"), "offset(hours)")
