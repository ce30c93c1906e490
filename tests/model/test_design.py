"""Designs: arrays say what the ratings and the formula say."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.model.design import available_columns, build_design
from pluralstats.model.formula import parse_formula


def design_of(ratings, text, family="cumulative", link="probit"):
    return build_design(ratings, parse_formula(text, available_columns(ratings)), family, link)


def ratings_of(**columns):
    return ps.Ratings(pd.DataFrame(columns), scale=(1, 5), covariates=[c for c in columns if c.startswith("x")])


def test_rows_are_the_ratings_in_the_order_of_the_largest_grouping(small):
    design = design_of(small, "rating ~ gender + (1 | item) + (1 | rater)")
    assert [g.name for g in design.groupings] == ["rater", "item"]
    assert (np.diff(design.groupings[0].index) >= 0).all()
    frame = small.frame.iloc[design.rows]
    for grouping in design.groupings:
        assert (grouping.levels[grouping.index] == frame[grouping.name].astype(str).to_numpy()).all()
    assert (design.y == frame["rating"].to_numpy()).all()


def test_cells_reproduce_the_full_model_matrix(small):
    design = design_of(small, "rating ~ gender * politics")
    frame = small.frame.iloc[design.rows]
    male = (frame["gender"] == "male").to_numpy(float)
    right = (frame["politics"] == "right").to_numpy(float)
    X = design.fixed.X[design.fixed.cell]
    assert len(design.fixed.X) == 6
    assert (X[:, design.fixed.names.index("gender[male]")] == male).all()
    assert (X[:, design.fixed.names.index("gender[male]:politics[right]")] == male * right).all()


def test_thresholds_take_the_place_of_the_intercept(small):
    assert "Intercept" not in design_of(small, "rating ~ gender").fixed.names
    assert "Intercept" in design_of(small, "rating ~ gender", "gaussian", "identity").fixed.names


def test_an_unused_category_has_no_threshold():
    ratings = ratings_of(item=list("abab"), rater=list("rrss"), rating=[1, 2, 5, 1])
    design = design_of(ratings, "rating ~ 1")
    assert design.labels == ("1", "2", "5")
    assert design.categories.tolist() == [1.0, 2.0, 5.0]
    assert design.y.max() == 2


def test_a_column_that_others_determine_is_left_out_by_name():
    x = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0]
    ratings = ratings_of(
        item=list("ababab"), rater=list("rrsstt"), rating=[1, 2, 3, 4, 5, 1], x1=x, x2=[2 * v for v in x]
    )
    fixed = design_of(ratings, "rating ~ x1 + x2").fixed
    assert fixed.names == ("x1",)
    assert fixed.aliased == (
        "The coefficient of x2 cannot be estimated: the data determine it from x1. It was left out; "
        "merge levels or drop a term.",
    )


def test_grouping_by_a_number_is_refused():
    ratings = ratings_of(item=list("abab"), rater=list("rrss"), rating=[1, 2, 3, 4], x1=[0.5, 1.0, 2.0, 3.5])
    with pytest.raises(ps.DataError, match=r"\(1 \| x1\) groups by 'x1', which is a number \(4 different values\)"):
        design_of(ratings, "rating ~ (1 | x1)")
