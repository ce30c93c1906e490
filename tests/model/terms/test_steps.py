"""Monotonic effects: columns of an ordered category or of whole numbers, in the order of their levels."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError, DataError
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

LEVELS = ["none", "school", "college", "phd"]


def ratings_of(education, ordered=True, **options):
    n = len(education)
    column = pd.Categorical(education, categories=LEVELS, ordered=ordered)
    frame = {"item": [f"i{k}" for k in range(n)], "rater": [f"r{k}" for k in range(n)], "rating": np.arange(n) + 0.5}
    frame = pd.DataFrame(frame | {"education": column, "grade": np.arange(n) % 3 * 2})
    return ps.Ratings(frame, scale="continuous", demographics=["education"], covariates=["grade"], **options)


RATINGS = ratings_of(["phd", "phd", "none", "school", "college", "phd", "college", "school"])


def fixed_of(ratings, text):
    formula = parse_formula(f"rating ~ {text}", available_columns(ratings))
    return build_design(ratings, formula, "gaussian", "identity").fixed


def test_columns_are_steps_in_order_whatever_the_reference():
    assert RATINGS.frame["education"].cat.categories[0] == "phd"  # the largest level
    assert RATINGS.orders == {"education": tuple(LEVELS)}
    fixed = fixed_of(RATINGS, "grade + mo(education)")
    assert fixed.names == (
        "Intercept",
        "grade",
        "mo(education)[school]",
        "mo(education)[college]",
        "mo(education)[phd]",
    )
    assert fixed.terms[2:] == ("mo(education)",) * 3
    assert fixed.monotone == ((2, 3),)
    levels = RATINGS.frame["education"].cat.categories
    new = pd.DataFrame({"education": pd.Categorical(LEVELS, categories=levels), "grade": 0.0})
    np.testing.assert_array_equal(fixed.rows_for(new)[:, 2:], np.tri(4)[:, 1:])


def test_the_order_outlives_subsets_and_files(tmp_path):
    some = RATINGS.where(education=["none", "college", "phd"])
    fixed = fixed_of(some, "mo(education)")
    assert fixed.names[1:] == ("mo(education)[college]", "mo(education)[phd]")
    fit = ps.fit(RATINGS, "rating ~ education", family="gaussian", method="laplace", on_problem="ignore", draws=5)
    assert ps.load_fit(fit.save(tmp_path / "fit")).ratings.orders == RATINGS.orders


def test_an_order_is_given_where_the_data_have_none():
    """As in a file of text; the reference stays the largest level, and levels that nobody has do no harm."""
    education = ["phd", "phd", "none", "school", "2", "phd"]
    frame = pd.DataFrame({"item": range(6), "rater": range(6), "rating": np.arange(6) + 0.5, "education": education})
    options = {"scale": "continuous", "demographics": ["education"]}
    ratings = ps.Ratings(frame, order={"education": ["none", "school", 2, "college", "phd"]}, **options)
    assert ratings.orders == {"education": ("none", "school", "2", "phd")}
    assert list(ratings.frame["education"].cat.categories) == ["phd", "none", "school", "2"]
    assert fixed_of(ratings, "mo(education)").names[1:] == tuple(f"mo(education)[{x}]" for x in ("school", "2", "phd"))
    record = ratings.policies.query("step == 'order'").iloc[0]
    assert (record["column"], record["detail"]) == ("education", "none < school < 2 < phd")
    with pytest.raises(DataError, match=r"`order` of 'education' lacks the level 2\. It has none, school, phd"):
        ps.Ratings(frame, order={"education": ["none", "school", "phd"]}, **options)
    for wrong in (["none"], ["none", "none"], "none"):
        with pytest.raises(ConfigError, match="`order` of 'education' must list its levels from the lowest on"):
            ps.Ratings(frame, order={"education": wrong}, **options)
    with pytest.raises(ConfigError, match="`order` has 'educatoin', which is not in `demographics`"):
        ps.Ratings(frame, order={"educatoin": ["none", "phd"]}, **options)


def test_numbers_have_a_step_for_each_value():
    fixed = fixed_of(RATINGS, "mo(grade)")
    assert fixed.names == ("Intercept", "mo(grade)[2]", "mo(grade)[4]")
    np.testing.assert_array_equal(fixed.rows_for(pd.DataFrame({"grade": [0.0, 2.0, 4.0]}))[:, 1:], np.tri(3)[:, 1:])
    with pytest.raises(DataError, match=r"'mo\(grade\)' has a step for every value of 'grade' in the ratings \(0, 2"):
        fixed.rows_for(pd.DataFrame({"grade": [1.0]}))


def test_levels_without_an_order_are_refused():
    with pytest.raises(ConfigError) as caught:
        fixed_of(ratings_of(["phd", "none", "school"], ordered=False), "mo(education)")
    assert str(caught.value) == (
        "'mo(education)' needs levels in order, and those of 'education' (none, school, phd) have none. Pass "
        'order={"education": [lowest, ..., highest]} to Ratings, or an ordered categorical, or numbers.'
    )


def test_a_level_without_a_place_is_refused():
    ratings = ratings_of(["phd", "none", None, "school"], undisclosed="level")
    with pytest.raises(ConfigError, match="the level undisclosed of 'education' has no place in the order none, sch"):
        fixed_of(ratings, "mo(education)")


def test_steps_that_other_columns_tell_are_refused():
    with pytest.raises(ConfigError, match=r"The steps of 'mo\(education\)' are told by other columns of the formula"):
        fixed_of(RATINGS, "C(education) + mo(education)")


def test_too_many_numbers_and_a_single_one_are_no_steps():
    many = RATINGS.with_covariates({"x": np.arange(8.0)})
    assert len(fixed_of(many, "mo(x)").names) == 8
    n = 60
    frame = pd.DataFrame({"item": range(n), "rater": range(n), "rating": np.arange(n) + 0.5, "x": np.arange(n), "y": 1})
    ratings = ps.Ratings(frame, scale="continuous", covariates=["x", "y"])
    with pytest.raises(DataError, match=r"there are 60 of them\. Use the number"):
        fixed_of(ratings, "mo(x)")
    with pytest.raises(DataError, match=r"needs two levels of 'y' or more; found 1.0"):
        fixed_of(ratings, "mo(y)")
