"""Columns with a coefficient at every threshold: their grammar, coding, thresholds and priors."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.inference.elimination.roots import pairs_of
from pluralstats.inference.posterior.samples import Samples, in_data_units
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.category_rows import category_gradient, fill_by_category
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import expansion, parse_formula
from pluralstats.model.prior_tables import prior_table
from pluralstats.model.priors import Priors, resolve_priors

COLUMNS = ("gender", "race", "age", "item", "rater")


def some_ratings():
    rng = np.random.default_rng(2)
    rater = np.repeat(np.arange(30), 6)
    frame = pd.DataFrame({"rater": rater, "item": np.tile(np.arange(6), 30), "rating": rng.integers(1, 5, 180)})
    frame["gender"] = np.array(["man", "woman"])[rater % 2]
    frame["race"] = np.array(["a", "b", "c"])[rng.integers(0, 3, 30)[rater]]
    frame["age"] = rng.integers(18, 80, 30)[rater]
    frame = frame.astype({"rater": str, "item": str})
    return ps.Ratings(frame, scale=(1, 4), demographics=["gender", "race"], covariates=["age"])


def design_of(formula, family="acat", link="logit"):
    ratings = some_ratings()
    return build_design(ratings, parse_formula(f"rating ~ {formula}", available_columns(ratings)), family, link)


def terms(text, of):
    return [":".join(factor.text for factor in term) for term in getattr(expansion(text), of)]


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("cs(gender)", ["gender"]),
        ("cs(gender) + cs(race)", ["gender", "race"]),
        ("cs(gender + race)", ["gender", "race"]),
        ("cs(gender * race)", ["gender", "race", "gender:race"]),
        ("cs(gender):cs(race)", ["gender:race"]),
        ("cs(poly(age, 2))", ["poly(age, 2)"]),
        ("age + cs(gender) - cs(gender)", []),
    ],
)
def test_cs_is_a_sum_of_terms(text, within):
    parsed = parse_formula(f"rating ~ {text}", COLUMNS)
    assert terms(parsed.fixed, "by_category") == within
    assert expansion(parsed.fixed).coded.terms == expansion("age" if "age +" in text else "1").terms


def test_columns_leave_the_formula_with_what_stands_in_cs():
    parsed = parse_formula("rating ~ age + cs(gender * race) + (1 | item)", COLUMNS)
    assert parsed.columns == ("age", "gender", "race")
    assert str(parsed.without_columns(["gender"])) == "rating ~ 1 + age + cs(race) + (1 | item)"
    assert str(parsed.without_columns(["gender", "race"])) == "rating ~ 1 + age + cs(gender) + cs(race) + (1 | item)"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("gender + cs(gender)", "'gender' stands alone and in cs\\(gender\\).*Keep one"),
        ("gender:cs(race)", "'gender:cs\\(race\\)' has cs\\(\\) in a part of a product. Write 'cs\\(gender:race\\)'"),
        ("(1 + cs(gender) | item)", "stands in a random term"),
        ("cs(1)", "names no column"),
        ("cs(mo(race))", "a monotonic effect is one for all thresholds"),
        ("cs(offset(age))", "an offset has no coefficient"),
        ("cs()", "never does"),
        ("cs(sex)", "names 'sex', which is not a column"),
    ],
)
def test_what_cs_cannot_mean_is_told(text, match):
    with pytest.raises(ConfigError, match=match):
        parse_formula(f"rating ~ {text}", COLUMNS)


@pytest.mark.parametrize(
    ("formula", "family", "match"),
    [
        ("cs(gender)", "cumulative", "probabilities then are negative: use disc='~ gender'"),
        ("cs(gender)", "gaussian", "no thresholds between categories. Write gender without"),
        ("gender + cs(gender:race)", "acat", "gender.woman. is determined by cs.gender:race"),
    ],
)
def test_what_a_model_cannot_have_is_told(formula, family, match):
    link = {"cumulative": "probit", "gaussian": "identity", "acat": "logit"}[family]
    with pytest.raises(ConfigError, match=match):
        design_of(formula, family, link)


def test_rows_of_a_measured_column_have_an_end():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"rater": np.arange(1200) // 4, "item": np.arange(1200) % 4, "x": rng.normal(size=1200)})
    frame = frame.assign(rating=rng.integers(1, 4, 1200)).astype({"rater": str, "item": str})
    ratings = ps.Ratings(frame, scale=(1, 3), covariates=["x"])
    with pytest.raises(ConfigError, match=r"1,200 distinct rows \(x\).*Round the column"):
        build_design(ratings, parse_formula("rating ~ cs(x)", available_columns(ratings)), "acat", "logit")


def test_names_and_thresholds_are_those_of_the_coefficients():
    design = design_of("race + cs(gender + age) + (1 | rater)")
    assert design.fixed.names == (
        "race[b]", "race[c]",
        "gender[woman]: 1|2", "age: 1|2", "gender[woman]: 2|3", "age: 2|3", "gender[woman]: 3|4", "age: 3|4",
    )  # fmt: skip
    assert design.fixed.terms == ("race", "race", *["cs(gender)", "cs(age)"] * 3)
    assert design.boundaries == ["1|2", "2|3", "3|4"]
    tau, b = np.array([-1.0, 0.5, 0.2]), np.array([0.3, -0.2, 0.4, 0.01, -0.6, 0.02, 0.1, -0.01])
    groups = design.thresholds
    stack = groups.stacked(tau, b).reshape(groups.n_groups, 3)[groups.group]
    step = design.fixed.linear(b)[design.fixed.cell][:, None] - stack
    frame = some_ratings().frame.iloc[design.rows]
    woman, age = (frame["gender"] == "woman").to_numpy(float)[:, None], frame["age"].to_numpy(float)[:, None]
    race = np.array([0.0, 0.3, -0.2])[frame["race"].cat.codes][:, None]
    np.testing.assert_allclose(step, race + woman * b[[2, 4, 6]] + age * b[[3, 5, 7]] - tau, atol=1e-12)
    new = design.fixed.inner.rows_for(pd.DataFrame({"gender": ["woman"], "age": [50], "race": ["c"]}))
    at = groups.category.thresholds(tau[None], b[None], new)[0, 0]
    eta = design.fixed.linear_for(pd.DataFrame({"gender": ["woman"], "age": [50], "race": ["c"]}), b)
    np.testing.assert_allclose(eta - at, -0.2 + b[[2, 4, 6]] + 50 * b[[3, 5, 7]] - tau, atol=1e-12)


def test_kernels_are_the_linear_map():
    at = design_of("race + cs(gender + age)").thresholds
    rng = np.random.default_rng(3)
    tau, b, to_own = rng.normal(size=3), rng.normal(size=8), rng.normal(size=at.size)
    own, to_tau, to_b = np.empty(at.size), np.zeros(3), np.zeros(8)
    fill_by_category(at.category, tau, b, own)
    np.testing.assert_allclose(own, at.stacked(tau, b), atol=1e-12)
    category_gradient(at.category, to_own, to_tau, to_b)
    jacobian = at.stack_jacobian(tau, 8)
    np.testing.assert_allclose(np.append(to_tau, to_b), to_own @ jacobian, atol=1e-12)
    np.testing.assert_allclose(jacobian @ np.append(tau, b), own, atol=1e-12)


def test_standard_units_have_the_same_steps():
    """Columns within cs() are centred and scaled, and thresholds take it up, each by its own coefficients."""
    design = design_of("race + cs(gender + age) + (1 | rater)")
    made = standardise(design)
    rng = np.random.default_rng(4)
    tau, b = rng.normal(size=(1, 3)), rng.normal(size=(1, 8))
    one = Samples(tau, b, np.ones((1, 1)), None, (np.zeros((1, 30)),), np.empty((1, 0)))
    data = in_data_units(made.units, one, np.ones((1, 1, 1)), pairs_of(design))

    def steps(of, samples):
        stack = of.thresholds.stacked(samples.threshold, samples.coefficient).reshape(-1, 3)[of.thresholds.group]
        return of.fixed.linear(samples.coefficient)[0][of.fixed.cell][:, None] - stack

    np.testing.assert_allclose(steps(made.design, one), steps(design, data), atol=1e-9)
    assert np.abs(made.design.thresholds.category.Z).max() < 4.0


def test_priors_are_those_of_the_columns_at_every_threshold():
    """The covariance matrix of cs(race) at a threshold is that of race in a model of eta (METHODS section 1)."""
    design, plain = design_of("cs(race) + age"), design_of("race + age")
    named = Priors(terms={"cs(race)": 0.5, "race[b]: 2|3": 0.2})
    at, of_eta = (resolve_priors(Priors(), one).joint for one in (design, plain))
    covariance, wanted = at.spread @ at.spread.T, of_eta.spread @ of_eta.spread.T
    race = [list(plain.fixed.names).index(f"race[{level}]") for level in "bc"]
    for k in ("1|2", "2|3", "3|4"):
        own = [list(design.fixed.names).index(f"race[{level}]: {k}") for level in "bc"]
        np.testing.assert_allclose(covariance[np.ix_(own, own)], wanted[np.ix_(race, race)], rtol=1e-10)
        others = np.setdiff1d(np.arange(len(covariance)), own)
        assert np.abs(covariance[np.ix_(own, others)]).max() == 0.0
    table = prior_table(named, design).set_index("parameter")["prior"]
    assert table["race[b]: 2|3"] == "student_t(3, 0, 0.363)"  # times pi / sqrt(3)
    assert table["race[c]: 2|3"] == "student_t(3, 0, 0.907)"
    assert table["every threshold"] == "normal(0, 5.44)"
    assert prior_table(Priors(), design_of("cs(age)")).set_index("parameter")["prior"]["age: 1|2"].endswith(" per sd")
    with pytest.raises(ConfigError, match=r"Did you mean 'cs\(race\)'"):
        resolve_priors(Priors(terms={"race": 0.5}), design)
