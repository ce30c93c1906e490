"""Priors: their numbers on every family and link, single terms, what is refused, and the table of them."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.prior_tables import prior_table
from pluralstats.model.priors import Priors, resolve_priors

FORMULA = "rating ~ gender * politics + age + (1 | item) + (1 | rater)"
FIXED = ["gender[m]", "politics[r]", "age", "gender[m]:politics[r]"]
LOGIT = math.pi / math.sqrt(3.0)  # sd of the logistic distribution, 1.8138
POINTS = math.sqrt(2.0 / 3.0)  # sd of the ratings 1, 2, 3 in equal numbers, 0.8165; their mean is 2


def ratings_of(scale=(1, 3)):
    """12 raters x 6 items, each of the ratings 1, 2, 3 (or 1, 2) equally often."""
    rater, item = np.repeat(np.arange(12), 6), np.tile(np.arange(6), 12)
    data = {"rater": [f"r{r}" for r in rater], "item": [f"i{i}" for i in item], "rating": 1 + (rater + item) % scale[1]}
    data |= {"gender": np.where(rater % 2, "m", "f"), "politics": np.where((rater // 2) % 2, "r", "l")}
    data |= {"age": 20.0 + (7 * rater) % 12}
    reference = {"gender": "f", "politics": "l"}
    return ps.Ratings(
        pd.DataFrame(data), scale=scale, demographics=["gender", "politics"], covariates=["age"], reference=reference
    )


def design_of(family="cumulative", link="probit", formula=FORMULA, ratings=None):
    ratings = ratings_of(scale=(1, 2) if family == "bernoulli" else (1, 3)) if ratings is None else ratings
    return build_design(ratings, parse_formula(formula, available_columns(ratings)), family, link)


UNITS = [("cumulative", "probit", 1.0), ("cumulative", "logit", LOGIT), ("bernoulli", "probit", 1.0)]
UNITS += [("bernoulli", "logit", LOGIT), ("gaussian", "identity", POINTS)]


@pytest.mark.parametrize(("family", "link", "unit"), UNITS)
def test_every_scale_is_in_units_of_the_residual(family, link, unit):
    """METHODS section 1: thresholds 3, coefficients and sds 1, degrees of freedom 3, log gaps 1 around log(unit)."""
    at = resolve_priors(Priors(), design_of(family, link))
    gaussian = family == "gaussian"
    assert at.threshold == pytest.approx((0.0, 3.0 * unit))
    assert at.log_gap == pytest.approx((math.log(unit), 1.0))
    assert at.coefficient == pytest.approx([unit] * (5 if gaussian else 4))
    assert at.sd == pytest.approx([unit, unit])
    assert at.residual == pytest.approx(unit)
    assert at.df == 3.0
    assert at.intercept == (0 if gaussian else -1)
    assert at.intercept_prior == pytest.approx((0.0, 3.0 * unit))


@pytest.mark.parametrize(("family", "link"), [row[:2] for row in UNITS])
def test_a_unit_of_ones_own_replaces_that_of_the_family(family, link):
    priors = Priors(threshold=4.0, log_gap=0.5, coefficient=0.3, sd=0.6, residual=0.8, degrees_of_freedom=7.0, unit=2.0)
    at = resolve_priors(priors, design_of(family, link))
    assert at.threshold == at.intercept_prior == (0.0, 8.0)
    assert at.log_gap == pytest.approx((math.log(2.0), 0.5))  # a scale of a logarithm has no unit
    assert set(at.coefficient) == {0.6}
    assert set(at.sd) == {1.2}
    assert (at.residual, at.df) == (1.6, 7.0)


def test_the_location_is_that_of_gaussian_ratings_whose_mean_is_taken_off():
    assert resolve_priors(Priors(location=2.5), design_of("gaussian", "identity")).intercept_prior[0] == 0.5  # mean 2
    at = resolve_priors(Priors(location=2.5), design_of())
    assert (at.threshold[0], at.intercept_prior[0]) == (0.0, 0.0)


def test_a_gaussian_model_without_an_intercept_has_no_prior_for_one():
    design = design_of("gaussian", "identity", "rating ~ 0 + age + (1 | item)")
    assert resolve_priors(Priors(), design).intercept == -1


TERMS = [
    # terms, scales of gender[m], politics[r], age, gender[m]:politics[r] and of the sds of rater and item
    ({}, [1.0, 1.0, 1.0, 1.0], [1.0, 1.0]),
    ({"gender": 0.5}, [0.5, 1.0, 1.0, 1.0], [1.0, 1.0]),
    ({"gender[m]": 0.2}, [0.2, 1.0, 1.0, 1.0], [1.0, 1.0]),
    ({"gender": 0.5, "gender[m]": 0.2}, [0.2, 1.0, 1.0, 1.0], [1.0, 1.0]),  # one coefficient goes before its term
    ({"gender:politics": 0.1}, [1.0, 1.0, 1.0, 0.1], [1.0, 1.0]),
    ({"age": 3}, [1.0, 1.0, 3.0, 1.0], [1.0, 1.0]),
    ({"sd(rater)": 2.0}, [1.0, 1.0, 1.0, 1.0], [2.0, 1.0]),
    ({"sd(item)": 0.4, "politics": 0.7}, [1.0, 0.7, 1.0, 1.0], [1.0, 0.4]),
]


@pytest.mark.parametrize(("terms", "coefficient", "sd"), TERMS, ids=[str(row[0]) for row in TERMS])
@pytest.mark.parametrize(("link", "unit"), [("probit", 1.0), ("logit", LOGIT)])
def test_single_terms_have_scales_of_their_own(terms, coefficient, sd, link, unit):
    design = design_of(link=link)
    assert (list(design.fixed.names), [g.name for g in design.groupings]) == (FIXED, ["rater", "item"])
    at = resolve_priors(Priors(terms=terms), design)
    assert at.coefficient == pytest.approx(unit * np.array(coefficient))
    assert at.sd == pytest.approx(unit * np.array(sd))


KNOWN = "gender[m], politics[r], age, gender[m]:politics[r], gender, politics, gender:politics, sd(rater), sd(item)."
UNKNOWN = [
    ("gendr", " Did you mean 'gender'?"),
    ("gender[x]", " Did you mean 'gender[m]'?"),
    ("rater", " Did you mean 'sd(rater)'?"),
    ("religion", ""),
]


@pytest.mark.parametrize(("name", "hint"), UNKNOWN)
def test_a_term_that_the_formula_lacks_is_refused_before_anything_is_fitted(name, hint):
    with pytest.raises(ps.ConfigError) as caught:
        ps.fit(ratings_of(), FORMULA, priors=Priors(terms={name: 1.0}))
    assert str(caught.value) == (
        f"`terms` of the priors names '{name}', which the formula does not have; it has {KNOWN}{hint}"
    )


def test_all_unknown_terms_are_named_at_once():
    with pytest.raises(ps.ConfigError, match="2 problems were found") as caught:
        resolve_priors(Priors(terms={"one": 1.0, "sd(two)": 1.0, "gender": 1.0}), design_of())
    assert "'one'" in str(caught.value)
    assert "'sd(two)'" in str(caught.value)


SCALES = ["threshold", "log_gap", "coefficient", "sd", "residual", "degrees_of_freedom", "unit"]


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, "1", True], ids=repr)
def test_a_scale_is_a_positive_number(name, value):
    with pytest.raises(ps.ConfigError) as caught:
        Priors(**{name: value})
    assert str(caught.value) == f"`{name}` of the priors is a positive number; found {value!r}."


BAD = [
    ({"sd": None}, "`sd` of the priors is a positive number; found None."),
    ({"terms": {"gender": 0}}, "`terms['gender']` of the priors is a positive number; found 0."),
    ({"terms": {"sd(item)": "wide"}}, "`terms['sd(item)']` of the priors is a positive number; found 'wide'."),
    ({"location": math.nan}, "`location` of the priors is a number; found nan."),
    ({"location": "3"}, "`location` of the priors is a number; found '3'."),
    (
        {"sd": 0, "location": math.inf},
        "2 problems were found:\n- `sd` of the priors is a positive number; found 0.\n"
        "- `location` of the priors is a number; found inf.",
    ),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[str(options) for options, _ in BAD])
def test_bad_numbers_are_answered_with_whole_sentences(options, message):
    with pytest.raises(ps.ConfigError) as caught:
        Priors(**options)
    assert str(caught.value) == message


def test_a_negative_location_is_a_location():
    assert Priors(location=-2.0).location == -2.0


def test_priors_stay_what_they_were_made_with_and_come_back_from_json():
    terms = {"gender": 0.5}
    priors = Priors(sd=2.0, terms=terms, location=3.0)
    terms["gender"] = 9.0
    assert priors.terms == {"gender": 0.5}
    assert Priors(**json.loads(json.dumps(priors.as_dict()))) == priors


def table_of(priors, design):
    table = prior_table(priors, design)
    assert list(table.columns) == ["parameter", "prior"]
    return dict(zip(table["parameter"], table["prior"], strict=True))


def test_the_table_of_a_cumulative_model():
    assert table_of(Priors(terms={"gender[m]": 0.2, "sd(rater)": 2.0}), design_of()) == {
        "first threshold": "normal(0, 3)",
        "log gap between thresholds": "normal(0, 1)",
        "gender[m]": "student_t(3, 0, 0.2)",
        "politics[r]": "student_t(3, 0, 1)",
        "gender[m]:politics[r]": "student_t(3, 0, 1)",
        "age": "student_t(3, 0, 1) per sd",
        "sd(rater)": "half-student_t(3, 0, 2)",
        "sd(item)": "half-student_t(3, 0, 1)",
    }


def test_the_table_of_a_logit_model_of_two_categories():
    design = design_of("bernoulli", "logit", "rating ~ gender + (1 | item)")
    assert table_of(Priors(degrees_of_freedom=5.0), design) == {
        "threshold": "normal(0, 5.44)",  # 3 pi / sqrt(3)
        "gender[m]": "student_t(5, 0, 1.81)",
        "sd(item)": "half-student_t(5, 0, 1.81)",
    }


def test_the_table_of_a_gaussian_model_is_in_rating_points():
    design = design_of("gaussian", "identity", "rating ~ gender + age + (1 | item)")
    assert table_of(Priors(location=2.5, terms={"gender": 2.0}), design) == {
        "Intercept": "normal(2.5, 2.45)",  # 3 sqrt(2 / 3)
        "gender[m]": "student_t(3, 0, 1.63)",
        "age": "student_t(3, 0, 0.816) per sd",
        "sd(item)": "half-student_t(3, 0, 0.816)",
        "sd(residual)": "half-student_t(3, 0, 0.816)",
    }
    assert table_of(Priors(), design)["Intercept"] == "normal(2, 2.45)"


def test_maximum_likelihood_has_no_priors():
    fit = ps.fit(ratings_of(), "rating ~ gender + (1 | item)", method="laplace", on_problem="ignore")
    assert fit.priors is None
    assert fit.prior_table.shape == (0, 2)


def test_the_priors_of_an_exact_posterior_are_the_default_ones_unless_given(small_posterior):
    assert small_posterior.priors == Priors()
    assert small_posterior.prior_table["prior"].tolist()[:2] == ["normal(0, 3)", "normal(0, 1)"]


def test_the_table_says_that_the_columns_of_a_spline_share_a_prior():
    made = ps.simulate(n_raters=30, n_items=10, ratings_per_rater=5, seed=1)
    made = made.with_covariates({"age": np.linspace(20.0, 70.0, 30)[made.frame["rater"].cat.codes]})
    design = build_design(made, parse_formula("rating ~ bs(age, df=4)", ("age",)), "cumulative", "probit")
    table = prior_table(Priors(coefficient=2.0), design)
    laws = table.loc[table["parameter"].str.startswith("bs("), "prior"]
    assert laws.tolist() == ["student_t(3, 0, 1) per sd"] * 4  # 2 / sqrt(4)
