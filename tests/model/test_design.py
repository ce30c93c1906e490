"""Designs: arrays say what the ratings and the formula say."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula


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


def test_a_term_with_slopes_has_a_grouping_for_each_column_and_rows_of_their_multipliers(small):
    design = design_of(small, "rating ~ gender + (1 + gender + politics | item) + (1 | rater)")
    names = ["item", "gender[male] | item", "politics[centre] | item", "politics[right] | item", "rater"]
    assert [g.name for g in design.groupings] == names  # 4 x 30 effects, so that items come first
    frame = small.frame.iloc[design.rows]
    male = (frame["gender"] == "male").to_numpy(float)
    assert (design.groupings[1].multiplier[design.fixed.cell] == male).all()
    assert (design.Z[:, [0, 4]] == 1.0).all()
    assert design.correlation_names[:2] == [
        "cor(Intercept, gender[male] | item)",
        "cor(Intercept, politics[centre] | item)",
    ]
    new = pd.DataFrame({"gender": ["male", "female"], "politics": ["right", "left"]}).astype(
        small.frame.dtypes[["gender", "politics"]]
    )
    assert design.blocks[0].slopes.rows_for(new).tolist() == [[1, 1, 0, 1], [1, 0, 0, 0]]


def test_an_effect_that_stands_in_two_terms_is_refused(small):
    with pytest.raises(ConfigError, match="The random effect of item stands in two terms"):
        design_of(small, "rating ~ 1 + (1 + gender | item) + (1 | item)")
    apart = design_of(small, "rating ~ 1 + (0 + gender | item) + (1 | rater)")
    assert [g.name for g in apart.groupings if g.block == 0] in (
        ["gender[female] | item", "gender[male] | item"],
        ["rater"],
    )


def test_columns_of_slopes_that_others_determine_are_left_out_and_said():
    x = [1.0, 2.0, 3.0, 4.0]
    ratings = ratings_of(item=[*"abab"], rater=[*"uvwx"], rating=[1, 2, 3, 4], xa=x, xb=[2 * value for value in x])
    design = design_of(ratings, "rating ~ 1 + (1 + xa + xb | item)", "gaussian", "identity")
    assert [g.column for g in design.groupings] == ["Intercept", "xa"]
    assert "In (1 + xa + xb | item): the coefficient of xb cannot be estimated" in design.fixed.aliased[0]


def test_design_weights_multiply_rows_and_belong_to_the_levels_of_raters(small):
    order = small.frame["rater"].cat.codes.to_numpy()
    weight = np.where(order % 2 == 0, 0.5, 1.5)
    frame = small.frame.assign(rating=small.values, rater_weight=weight)
    weighted = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"])
    design = design_of(weighted, "rating ~ gender + (1 | item) + (1 | rater) + (1 | gender:rater)")
    of_rows = weighted.frame["rater_weight"].to_numpy()[design.rows]
    assert (design.weight == of_rows).all()
    assert (design.rater_weight == of_rows).all()
    for grouping in design.groupings:
        if grouping.name == "item":
            assert grouping.prior_weight is None
        else:
            assert (grouping.prior_weight[grouping.index] == of_rows).all()
