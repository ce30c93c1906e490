"""The columns of s(x): their penalty, their size over the ratings, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import BSpline

import pluralstats as ps
from pluralstats.errors import ConfigError, DataError
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.calls import Factor
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.smooth_columns import bent_columns, smooth, smooth_columns

AGES = np.array([18.0, 21.0, 25.0, 33.0, 34.0, 40.0, 52.0, 58.0, 63.0, 77.0])
COUNTS = np.array([3.0, 1.0, 2.0, 2.0, 5.0, 1.0, 1.0, 4.0, 2.0, 1.0])


def design_of(text, **columns):
    n = AGES.size
    frame = pd.DataFrame({"item": [f"i{k % 4}" for k in range(n)], "rater": [f"r{k}" for k in range(n)], "age": AGES})
    frame = frame.assign(rating=np.arange(n) + 0.5, **columns)
    ratings = ps.Ratings(frame, scale="continuous", covariates=["age", *columns])
    formula = parse_formula(f"rating ~ {text}", available_columns(ratings))
    return build_design(ratings, formula, "gaussian", "identity")


@pytest.mark.parametrize("k", [5, 8, 10])
def test_columns_are_free_of_line_and_constant_and_of_mean_square_1(k):
    factor = Factor("age", "s", k)
    bent = bent_columns(factor, AGES, smooth(factor, AGES, COUNTS))
    assert bent.shape == (AGES.size, k - 2)
    assert COUNTS @ bent == pytest.approx(0.0, abs=1e-9)
    assert (COUNTS * AGES) @ bent == pytest.approx(0.0, abs=1e-6)
    assert np.average((bent**2).sum(axis=1), weights=COUNTS) == pytest.approx(1.0)


def test_the_penalty_is_the_integral_of_the_squared_second_derivative():
    """By a fine sum over the second derivative of the curve itself: proportional to the sum of squares."""
    factor = Factor("age", "s", 8)
    learnt, rng = smooth(factor, AGES, COUNTS), np.random.default_rng(1)
    knots = np.concatenate([np.zeros(3), np.linspace(0.0, 1.0, 6), np.ones(3)])
    at = (np.arange(20_000) + 0.5) / 20_000
    ratios = []
    for _ in range(3):
        b = rng.standard_normal(6)
        bends = BSpline(knots, learnt[1] @ b, 3).derivative(2)(at)
        ratios.append((bends**2).mean() / (b @ b))
    assert ratios == pytest.approx(ratios[:1] * 3, rel=1e-6)


def test_other_units_and_new_values_have_the_same_columns():
    factor = Factor("age", "s", 8)
    learnt, moved = smooth(factor, AGES, COUNTS), smooth(factor, 12.0 * AGES - 7.0, COUNTS)
    new = np.array([20.0, 47.5, 77.0])
    bent = bent_columns(factor, new, learnt)
    sign = np.sign(bent[0] * bent_columns(factor, 12.0 * new - 7.0, moved)[0])
    assert bent == pytest.approx(sign * bent_columns(factor, 12.0 * new - 7.0, moved), abs=1e-8)
    assert smooth_columns(factor, new, learnt)[:, 0].tolist() == new.tolist()
    with pytest.raises(DataError, match=r"'s\(age, k=8\)' is known where the ratings are, for 'age' from 18 to 77;"):
        smooth_columns(factor, np.array([80.0]), learnt)


def test_inference_has_the_line_and_a_term_and_results_have_all_columns():
    design = design_of("s(age, k=6) + (1 | item)")
    names = ("Intercept", "age", *(f"s(age, k=6)[{j}]" for j in range(1, 5)))
    assert design.fixed.names == names
    assert [g.name for g in design.groupings] == ["item"]
    inner = design.estimated
    assert inner.fixed.names == ("Intercept", "age")
    assert [(g.name, g.size) for g in inner.groupings] == [("item", 4), ("s(age, k=6)", 4)]
    np.testing.assert_array_equal(inner.Z[:, 1:], design.fixed.X[:, 2:])
    assert inner.places.tolist() == [0, 1, 1, 1, 1]
    assert design_of("age").estimated.with_smooths is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "s(age, k=11)",
            "'s(age, k=11)' needs 11 different values of 'age' or more; found 10. Write s(age, k=10), or the",
        ),
        ("s(few)", "'s(few)' needs 10 different values of 'few' or more; found 3. Write few, or poly(few, 2)."),
    ],
)
def test_too_few_values_say_what_to_write(text, sentence):
    with pytest.raises(DataError) as error:
        design_of(text, few=np.arange(AGES.size) % 3.0)
    assert sentence in str(error.value)


def test_columns_that_the_curve_determines_are_refused():
    with pytest.raises(ConfigError, match=r"^s\(age, k=6\) and other columns .* determine each other \(who"):
        design_of("s(age, k=6) + who", who=[f"p{age:g}" for age in AGES])
