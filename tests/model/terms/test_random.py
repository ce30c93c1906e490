"""Random slopes that no level knows: what is left out, what keeps its own sd, and what is said about it."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula


@pytest.fixture(scope="module")
def ratings():
    """12 raters of two genders, three parties and an age each, who rate 6 texts on "tox" and 6 on "help"."""
    rater, item = (part.ravel() for part in np.meshgrid(range(12), range(12), indexing="ij"))
    frame = {
        "rater": [f"r{r:02d}" for r in rater],
        "item": [f"i{i:02d}" for i in item],
        "rating": np.random.default_rng(1).normal(size=rater.size),
        "gender": np.array(["f", "m"])[rater % 2],
        "party": np.array(["l", "c", "r"])[rater % 3],
        "age": 20 + 3 * rater,
        "kind": np.array(["tox", "help"])[item % 2],
        "hour": np.random.default_rng(2).integers(0, 24, rater.size),
        "length": 10 * (item + 1),
        "rotation": np.array(["one", "two", "three"])[(item + rater) % 3],
    }
    covariates = ["age", "kind", "hour", "length", "rotation"]
    return ps.Ratings(pd.DataFrame(frame), scale="continuous", demographics=["gender", "party"], covariates=covariates)


def design_of(ratings, random):
    formula = parse_formula(f"rating ~ 1 + {random}", available_columns(ratings))
    return build_design(ratings, formula, "gaussian", "identity")


def blocks_of(design):
    return sorted(tuple(g.column for g in design.groupings[b.start : b.stop]) for b in design.blocks)


CASES = [
    # what a level's ratings differ in, or what only some levels have, is all that they know
    ("(1 + gender | rater)", [("Intercept",)], ["gender[m]"]),
    ("(1 + age | rater)", [("Intercept",)], ["age"]),
    ("(1 + gender + age | rater)", [("Intercept",)], ["gender[m]", "age"]),
    ("(1 + length | item)", [("Intercept",)], ["length"]),
    ("(1 + poly(age, 2) | rater)", [("Intercept",)], ["poly(age, 2)1", "poly(age, 2)2"]),
    ("(1 + gender + hour | rater)", [("Intercept", "hour")], ["gender[m]"]),
    ("(0 + gender + age | rater)", [("gender[f]",), ("gender[m]",)], ["age"]),
    ("(0 + gender + party | rater)", [("gender[f]",), ("gender[m]",)], ["party[l]", "party[r]"]),
    # a standard deviation for each group, and no correlation
    ("(0 + gender | rater)", [("gender[f]",), ("gender[m]",)], []),
    ("(0 + party | rater)", [("party[c]",), ("party[l]",), ("party[r]",)], []),
    ("(0 + age | rater)", [("age",)], []),
    # known wholly
    ("(1 + gender | item)", [("Intercept", "gender[m]")], []),
    ("(1 + age | item)", [("Intercept", "age")], []),
    ("(1 + hour | rater)", [("Intercept", "hour")], []),
    ("(0 + kind | rater)", [("kind[help]", "kind[tox]")], []),
    ("(1 + gender | party)", [("Intercept", "gender[m]")], []),
]


@pytest.mark.parametrize(("random", "blocks", "left_out"), CASES, ids=[case[0] for case in CASES])
def test_a_term_has_the_columns_and_correlations_that_its_levels_know(random, blocks, left_out, ratings):
    design = design_of(ratings, random)
    found = [tuple(sorted(block)) if block[0] != "Intercept" else block for block in blocks_of(design)]
    assert sorted(found) == sorted(blocks)
    assert len(design.fixed.aliased) == len(left_out)
    for column, sentence in zip(left_out, design.fixed.aliased, strict=True):
        assert sentence.startswith(f"In {random}: {column} is the same in all ratings of every ")
        assert "neither its standard deviation nor its correlation can be known. It was left out." in sentence


UNCORRELATED = [
    # every column by itself; what is constant within levels adds to their variance, and no more than once
    ("(1 + gender || item)", ["Intercept", "gender[m]"]),
    ("(1 + age + hour || item)", ["Intercept", "age", "hour"]),
    ("(0 + party || item)", ["party[c]", "party[l]", "party[r]"]),
    ("(1 + age || rater)", ["Intercept", "age"]),
    ("(1 + gender || rater)", ["Intercept", "gender[m]"]),
    ("(1 + gender + I(age^2) || rater)", ["I(age^2)", "Intercept", "gender[m]"]),
    ("(0 + gender + party || rater)", ["gender[f]", "gender[m]", "party[l]", "party[r]"]),
    ("(1 || item)", ["Intercept"]),
]


@pytest.mark.parametrize(("random", "columns"), UNCORRELATED, ids=[case[0] for case in UNCORRELATED])
def test_two_bars_make_every_column_a_term_without_correlations(random, columns, ratings):
    design = design_of(ratings, random)
    assert blocks_of(design) == [(column,) for column in columns]
    assert design.correlations == []
    assert design.fixed.aliased == ()
    assert len({tuple(g.levels) for g in design.groupings}) == 1


def test_a_column_that_only_adds_to_the_variance_is_left_out(ratings):
    """A contrast of -1 and 1 has the square of the intercept."""
    contrast = ratings.with_covariates({"sign": np.where(ratings.frame["gender"] == "m", 1.0, -1.0)})
    design = design_of(contrast, "(1 + sign || rater)")
    assert blocks_of(design) == [("Intercept",)]
    assert design.fixed.aliased == (
        "In (1 + sign || rater): sign only adds to the variance of every rater what other columns add, so that its "
        "standard deviation cannot be known. It was left out.",
    )
    assert blocks_of(design_of(contrast, "(1 + sign || item)")) == [("Intercept",), ("sign",)]


def test_groups_cross_with_what_varies_within_raters(ratings):
    design = design_of(ratings, "(0 + gender:kind | rater)")
    assert [set(block) for block in blocks_of(design)] == [
        {f"gender[{g}]:kind[help]", f"gender[{g}]:kind[tox]"} for g in "fm"
    ]
    assert [("gender[f]" in name, "gender[m]" in name) for name in sorted(design.correlation_names)] == [
        (True, False),
        (False, True),
    ]


def test_a_correlation_that_nobody_knows_beside_others_is_said(ratings):
    design = design_of(ratings, "(0 + gender + hour | rater)")
    assert [len(block) for block in blocks_of(design)] == [3]
    assert design.fixed.aliased == (
        "In (0 + gender + hour | rater): no rater has ratings with gender[f] and with gender[m], so that their "
        "correlation is unknown: the number printed for it comes from the others and the prior. Write them as terms of "
        "their own.",
    )


def test_the_sentence_says_how_to_get_a_standard_deviation_in_each_group(ratings):
    (sentence,) = design_of(ratings, "(1 + gender | rater)").fixed.aliased
    assert sentence.endswith("For a standard deviation in each group write (0 + gender | rater).")
    (sentence,) = design_of(ratings, "(1 + age | rater)").fixed.aliased
    assert sentence.endswith("It was left out.")


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_a_fit_prints_no_number_that_nobody_can_know(method, ratings):
    fit = ps.fit(
        ratings,
        "rating ~ gender + (1 | item) + (1 + gender | rater)",
        family="gaussian",
        method=method,
        draws=100,
        on_problem="ignore",
    )
    names = fit.parameters["parameter"].tolist()
    assert "sd(rater)" in names
    assert not any(name.startswith(("cor(", "sd(gender")) for name in names)
    assert any("gender[m] is the same in all ratings of every rater" in problem for problem in fit.problems)
    apart = ps.fit(
        ratings,
        "rating ~ gender + (1 | item) + (0 + gender | rater)",
        family="gaussian",
        method=method,
        draws=100,
        on_problem="ignore",
    )
    names = apart.parameters["parameter"].tolist()
    assert {"sd(gender[f] | rater)", "sd(gender[m] | rater)"} <= set(names)
    assert not any(name.startswith("cor(") for name in names)
    assert not any("group the ratings in the same way" in problem for problem in apart.problems)
