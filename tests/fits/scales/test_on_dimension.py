"""One dimension of a joint fit as a fit of its own: the same model, the same draws, other names."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

DIMENSIONS = ["hate", "harm", "toxic"]
SHARED = {
    "a sitting": {"formula": "rating ~ dimension:gender + (0 + dimension | rater) + (1 | item) + (1 | rater:item)"},
    "slopes": {"formula": "rating ~ gender + (0 + dimension + dimension:gender | item) + (1 | rater)"},
    "both": {"formula": "rating ~ gender + (1 | rater) + (0 + dimension | rater) + (1 | item:dimension)"},
    "noise and use of the scale": {
        "formula": "rating ~ dimension:gender + (0 + dimension | rater) + (1 | item)",
        "disc": "~ dimension + gender",
        "stretch": "~ dimension",
    },
}


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, dimensions=DIMENSIONS, seed=1)


@pytest.fixture(scope="module")
def joint(ratings):
    return ps.fit(ratings, draws=400, seed=2, on_problem="ignore")


def test_every_result_is_the_joint_fits_row_of_the_dimension(joint):
    one = joint.on_dimension("harm")
    assert one.formula == "rating ~ gender + (1 | item) + (1 | rater)"
    for make in (lambda fit: ps.effects(fit, "gender"), lambda fit: ps.group_means(fit, "gender")):
        whole = make(joint)
        own = whole[whole["dimension"] == "harm"].drop(columns="dimension").reset_index(drop=True)
        numbers = own.select_dtypes("number").columns
        np.testing.assert_allclose(make(one)[numbers], own[numbers], rtol=1e-6, atol=1e-7)


def test_rows_have_the_likelihood_they_have_in_the_joint_fit(joint, ratings):
    rows = np.flatnonzero(ratings.frame["dimension"] == "toxic")
    together = ps.loo(joint).table.set_index("unit")["elpd"].loc[rows]
    alone = ps.loo(joint.on_dimension("toxic")).table["elpd"]
    np.testing.assert_allclose(alone, together, rtol=1e-12)


@pytest.mark.parametrize("name", SHARED)
def test_what_dimensions_share_and_what_parts_say_of_them_is_taken_up(ratings, name):
    options = {"method": "laplace", "draws": 100, "on_problem": "ignore"}  # the same draws seen in two ways
    fit = ps.fit(ratings, **SHARED[name], thresholds="dimension", **options)
    seen = ps.effects(fit.on_dimension("hate"), "gender")
    whole = ps.effects(fit, "gender")
    own = whole[whole["dimension"] == "hate"].reset_index(drop=True)
    np.testing.assert_allclose(seen[["estimate", "lower", "upper"]], own[["estimate", "lower", "upper"]], rtol=1e-6)


def test_maximum_likelihood_keeps_its_estimates_and_not_those_of_draws(ratings):
    fit = ps.fit(ratings, method="laplace", on_problem="ignore")
    there, own = fit.parameters.set_index("parameter"), fit.on_dimension("harm").parameters.set_index("parameter")
    assert list(own.columns) == list(there.columns)
    for name, joint_name in {
        "1|2": "harm: 1|2",
        "gender[male]": "gender[male]:dimension[harm]",
        "sd(rater)": "sd(dimension[harm] | rater)",
    }.items():
        columns = ["estimate", "se", "lower", "upper"]
        assert own.loc[name, columns].tolist() == there.loc[joint_name, columns].tolist()


def test_it_is_kept_and_read_like_any_fit(joint, tmp_path):
    one = joint.on_dimension("harm")
    again = ps.load_fit(one.save(tmp_path / "harm"))
    pd.testing.assert_frame_equal(again.parameters, one.parameters)
    assert again.provenance["joint_formula"] == joint.formula
    pd.testing.assert_frame_equal(ps.effects(again, "gender"), ps.effects(one, "gender"))


def test_the_prior_of_a_single_term_is_one_of_the_dimension_it_is_about(ratings):
    priors = ps.Priors(terms={"sd(dimension[harm] | rater)": 0.25, "sd(dimension[hate] | item)": 4.0})
    fit = ps.fit(ratings, method="laplace", priors=priors, on_problem="ignore")
    laws = fit.on_dimension("harm").prior_table.set_index("parameter")["prior"]
    assert laws["sd(rater)"] == "half-student_t(3, 0, 0.25)"
    assert laws["sd(item)"] == "half-student_t(3, 0, 1)"  # 4 is about hate


def test_columns_whose_names_are_no_plain_words(ratings):
    frame = ratings.frame.rename(columns={"gender": "my gender"}).assign(rating=ratings.values.astype(int))
    fit = ps.fit(ps.Ratings(frame, (1, 5), ["my gender"]), method="laplace", on_problem="ignore")
    assert fit.on_dimension("harm").formula == "rating ~ `my gender` + (1 | item) + (1 | rater)"


def test_a_level_that_a_dimension_lacks(ratings):
    """The reference of one dimension is not that of all: its difference is one between two of the joint fit's."""
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    third = np.where(frame["rater"].cat.codes % 3 == 0, "a", np.where(frame["rater"].cat.codes % 3 == 1, "b", "c"))
    frame = frame.assign(group=third)[~((third == "a") & (frame["dimension"] == "harm"))]
    made = ps.Ratings(frame, (1, 5), ["group"])
    fit = ps.fit(made, method="laplace", draws=500, on_problem="ignore")
    draws = dict(zip(fit.design.fixed.names, fit.samples.coefficient.T, strict=True))
    if "group[b]:dimension[harm]" not in draws:
        pytest.fail(f"the joint fit has other columns: {sorted(draws)}")
    seen = fit.on_dimension("harm")
    between = draws["group[c]:dimension[harm]"] - draws["group[b]:dimension[harm]"]
    np.testing.assert_allclose(seen.samples.coefficient[:, 0], between, atol=1e-12)


def test_what_cannot_be_meant_is_refused(joint, ratings):
    with pytest.raises(ps.ConfigError, match="hate, harm, toxic; found 'harms'"):
        joint.on_dimension("harms")
    alone = ps.fit(ratings.select("harm"), method="laplace", on_problem="ignore")
    with pytest.raises(ps.ConfigError, match="found 1 dimension and one set of thresholds"):
        alone.on_dimension("harm")
    assert list(alone.by_dimension) == [""] and list(joint.by_dimension) == DIMENSIONS


def test_scales_of_two_answers_have_an_intercept_by_dimension(ratings):
    fit = ps.fit(ratings.collapse(2), family="bernoulli", method="laplace", on_problem="ignore")
    there = fit.parameters.set_index("parameter")["estimate"]
    own = fit.on_dimension("harm").parameters.set_index("parameter")["estimate"]
    assert own["Intercept"] == there["harm: Intercept"]


def test_uncorrelated_slopes_stay_uncorrelated_on_several_dimensions(ratings):
    fit = ps.fit(ratings, "rating ~ gender + (1 + gender || item) + (1 | rater)", method="laplace", on_problem="ignore")
    assert "||" in fit.formula
    assert not fit.parameters["parameter"].str.contains(r"\| item").where(fit.parameters["kind"] == "correlation").any()
