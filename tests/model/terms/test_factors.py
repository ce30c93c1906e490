"""Calls in formulas: their columns are R's, and new values get the columns that the ratings' own values have."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError, DataError
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

AGE = [23.0, 31.0, 31.0, 45.0, 52.0, 60.0, 18.0, 40.0]

# R 4.2: x <- c(23, 31, 31, 45, 52, 60, 18, 40); p <- poly(x, 3); unclass(p)[, ]; predict(p, c(20, 70))
POLY = [
    [-0.3802645137436, 0.142422129172, 0.211993728983],
    [-0.1704634027126, -0.259686186403, 0.368284440098],
    [-0.1704634027126, -0.259686186403, 0.368284440098],
    [0.1966885415915, -0.308988233642, -0.375725152891],
    [0.3802645137436, -0.021317948049, -0.437008145747],
    [0.5900656247745, 0.562404263415, 0.396690767918],
    [-0.5113902081379, 0.531841085583, -0.428269157705],
    [0.0655628471972, -0.386988923673, -0.104250920754],
]
POLY_AT_20_AND_70 = [
    [-0.458939930380, 0.363325694479, -0.10975036486],
    [0.852317013563, 1.674491283924, 3.63504800498],
]


def ratings_of(age, **columns):
    n = len(age)
    made = {"item": list("abcdefgh")[:n], "rater": list("rstuvwxy")[:n], "rating": np.arange(n) + 0.5, "age": age}
    return ps.Ratings(pd.DataFrame(made | columns), scale="continuous", covariates=["age", *columns])


def design_of(ratings, text):
    return build_design(ratings, parse_formula(f"rating ~ {text}", available_columns(ratings)), "gaussian", "identity")


def matrix_of(text, age=AGE, new=()):
    """Columns after the intercept for the ratings, and for new values of age."""
    fixed = design_of(ratings_of(age), text).fixed
    return fixed.X[fixed.cell][:, 1:], fixed.rows_for(pd.DataFrame({"age": list(new)}, dtype=float))[:, 1:]


def test_orthogonal_polynomials_are_those_of_r():
    columns, new = matrix_of("poly(age, 3)", new=[20, 70])
    root = np.sqrt(len(AGE))  # R's have length 1, so that they shrink with the number of ratings; ours mean square 1
    order = design_of(ratings_of(AGE), "poly(age, 3)").rows
    np.testing.assert_allclose(columns, root * np.array(POLY)[order], atol=1e-11)
    np.testing.assert_allclose(new, root * np.array(POLY_AT_20_AND_70), atol=1e-10)
    np.testing.assert_allclose(columns.T @ columns / len(AGE), np.eye(3), atol=1e-12)


def test_polynomials_hold_far_from_zero_and_at_the_highest_degree():
    """Years in nanoseconds: powers of them overflow, and correlate by 1 - 1e-6."""
    age = (np.linspace(1996, 2023, 8) * 3.156e16).tolist()
    columns, _ = matrix_of("poly(age, 7)", age)
    np.testing.assert_allclose(columns.T @ columns / 8, np.eye(7), atol=1e-9)


def test_columns_are_learnt_from_ratings_and_not_from_their_combinations():
    """Age 60 in seven of eight ratings: R's mean is 55, that of the two combinations 40."""
    columns, new = matrix_of("center(age)", [20.0, *[60.0] * 7], [55.0])
    assert set(columns.ravel()) == {-35.0, 5.0}
    assert new.tolist() == [[0.0]]


def test_a_frequency_weight_counts_as_often_as_the_rating_occurred():
    table = pd.DataFrame({"item": list("abc"), "rater": list("xyz"), "rating": [1.0, 2.0, 4.0], "age": [20, 30, 70]})
    once = ps.Ratings(table.assign(weight=[3, 1, 1]), scale="continuous", covariates=["age"])
    rows = pd.concat([table, table.iloc[[0, 0]].assign(rater=["v", "w"])])
    often = ps.Ratings(rows, scale="continuous", covariates=["age"])
    new = pd.DataFrame({"age": [25.0, 90.0]})
    for text in ("poly(age, 2)", "scale(age)", "center(age)"):
        a, b = (design_of(ratings, text).fixed.rows_for(new) for ratings in (once, often))
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I(age^2)", [[400.0], [4900.0]]),
        ("I(age**3)", [[8000.0], [343000.0]]),
        ("log(age)", np.log([[20.0], [70.0]])),
        ("center(age)", [[-17.5], [32.5]]),  # mean(x) is 37.5
        ("scale(age)", [[-1.2142421], [2.2550211]]),  # R: (c(20, 70) - mean(x)) / sd(x)
    ],
)
def test_new_values_are_treated_as_those_of_the_ratings(text, expected):
    _, new = matrix_of(text, new=[20, 70])
    np.testing.assert_allclose(new, expected, rtol=1e-6)


def test_names_and_terms_are_those_of_the_call():
    fixed = design_of(ratings_of(AGE), "poly(age, 2) + I(age^4) + C(age)").fixed
    assert fixed.names[:5] == ("Intercept", "poly(age, 2)1", "poly(age, 2)2", "I(age^4)", "age[23.0]")
    assert fixed.terms[:5] == ("1", "poly(age, 2)", "poly(age, 2)", "I(age^4)", "C(age)")
    assert fixed.columns_of_terms() == [set(), {"age"}, {"age"}, {"age"}]
    assert list(fixed.frame) == ["age"]


@pytest.mark.parametrize(
    ("text", "age", "message"),
    [
        ("poly(age, 3)", [20.0, 30.0, 30.0, 40.0], "needs more than 3 different values of 'age'; found 3"),
        ("log(age)", [20.0, -1.0, 0.0, 40.0], "needs values above 0; found 2 at or below it, such as -1"),
        ("scale(age)", [20.0, 20.0, 20.0, 20.0], "divides by a standard deviation of 0: all values are 20"),
    ],
)
def test_values_that_a_call_has_no_number_for_are_refused(text, age, message):
    with pytest.raises(DataError, match=message):
        design_of(ratings_of(age), text)


def test_a_call_of_a_category_is_refused():
    ratings = ratings_of(AGE, party=list("llrrllrr"))
    with pytest.raises(ConfigError, match=r"'poly\(party, 2\)' needs numbers, and 'party' has the levels l, r"):
        design_of(ratings, "poly(party, 2)")


def test_new_values_of_a_category_are_never_taken_for_the_reference():
    ages = [*AGE[:6], *AGE[:2]]
    fixed = design_of(ratings_of(ages), "C(age)").fixed
    assert fixed.rows_for(pd.DataFrame({"age": [45.0]}))[0].sum() == 2.0  # the intercept and its own column
    with pytest.raises(DataError, match=r"'age' has values that the model has not seen: 99.0"):
        fixed.rows_for(pd.DataFrame({"age": [45.0, 99.0]}))


def test_two_columns_of_one_name_are_refused():
    twice = {"a": AGE, "b": AGE[::-1], "a:b": [1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0]}
    with pytest.raises(ConfigError, match="Two columns of the model are called 'a:b'"):
        design_of(ratings_of(AGE, **twice), "a:b + `a:b`")


@pytest.mark.parametrize("name", ["gender (self-reported)", "{x}", "a|b", "C(x", "sex[T.f]"])
def test_a_model_of_a_column_of_any_name_has_levels_under_that_name(name, small):
    table = small.frame.assign(rating=small.values).rename(columns={"gender": name})
    ratings = ps.Ratings(table[["item", "rater", "rating", name]], scale=(1, 5), demographics=[name])
    fit = ps.fit(ratings, method="laplace", draws=20, on_problem="ignore")
    assert f"{name}[male]" in fit.parameters["parameter"].tolist()
    assert ps.effects(fit)["demographic"].unique().tolist() == [name]


@pytest.fixture(scope="module")
def forty():
    """40 raters of whom the women differ more from each other, 6 of 12 items each, ratings that curve in age."""
    rng = np.random.default_rng(5)
    rater = np.repeat(np.arange(40), 6)
    item = np.concatenate([rng.permutation(12)[:6] for _ in range(40)])
    woman = np.arange(40) % 2 == 0
    age = rng.integers(18, 80, 40)
    of_items = rng.normal(0, 0.8, 12)[item]
    of_raters = np.where(woman, rng.normal(0, 1.2, 40), rng.normal(0, 0.4, 40))[rater]
    rating = 3 + of_items + of_raters - 0.001 * (age[rater] - 50.0) ** 2 + rng.normal(0, 0.5, 240)
    table = {"rater": [f"r{i:02d}" for i in rater], "item": [f"i{i:02d}" for i in item], "rating": np.round(rating, 4)}
    people = {"gender": np.where(woman[rater], "f", "m"), "age": age[rater]}
    frame = pd.DataFrame(table | people)
    return ps.Ratings(frame, scale="continuous", demographics=["gender"], covariates=["age"])


# R 4.2, lme4 1.1-31, of the same 240 rows:
# lmer(y ~ gender + poly(age, 2) + (1 | item) + (0 + dummy(gender, "f") | rater) + (0 + dummy(gender, "m") | rater),
#      d, REML = FALSE), and ... age + I(age^2) + (1 | item) + (1 | rater), log(age) + scale(age) + ...
LME4 = {
    "poly(age, 2) + (1 | item) + (0 + gender | rater)": (
        -258.9972652,
        {
            "Intercept": 2.3203874324,
            "gender[m]": 0.2795163316,
            "poly(age, 2)1": 0.9180607026 / np.sqrt(240),
            "poly(age, 2)2": -6.4475418087 / np.sqrt(240),
            "sd(gender[f] | rater)": 1.0782514909,
            "sd(gender[m] | rater)": 0.4313968554,
            "sd(item)": 1.1419273978,
            "sd(residual)": 0.5206390770,
        },
    ),
    "age + I(age^2) + (1 | item) + (1 | rater)": (
        -264.5576834,
        {"Intercept": -1.31870884941, "age": 0.18070148150, "I(age^2)": -0.00187581623, "sd(rater)": 0.8137690295},
    ),
    "log(age) + scale(age) + (1 | item) + (1 | rater)": (
        -263.9275417,
        {"Intercept": -21.6527494860, "log(age)": 6.4217455789, "scale(age)": -2.7098489463},
    ),
}


@pytest.mark.parametrize("text", LME4)
def test_models_with_calls_and_with_an_sd_for_each_group_are_those_of_lme4(text, forty):
    loglik, expected = LME4[text]
    fit = ps.fit(forty, f"rating ~ gender + {text}", family="gaussian", method="laplace", on_problem="raise")
    found = fit.parameters.set_index("parameter")["estimate"]
    assert fit.loglik == pytest.approx(loglik, abs=1e-6)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=2e-4)


def test_powers_and_orthogonal_polynomials_are_the_same_model(forty):
    fits = [
        ps.fit(forty, f"rating ~ {text} + (1 | item) + (1 | rater)", family="gaussian", method="laplace", seed=1)
        for text in ("age + I(age^2)", "poly(age, 2)")
    ]
    assert fits[0].loglik == pytest.approx(fits[1].loglik, abs=1e-6)
    rows = pd.DataFrame({"item": ["i00", "i00", "i00"], "rater": ["r00", "r00", "r00"], "age": [20.0, 45.0, 95.0]})
    curves = []
    for fit in fits:
        b = fit.parameters.set_index("parameter")["estimate"].reindex(fit.design.fixed.names).to_numpy()
        curves.append(fit.design.fixed.rows_for(rows) @ b)
        predicted = ps.predict(fit, rows)["estimate"].to_numpy()  # of 1,000 draws: 0.15 is seven of their errors
        np.testing.assert_allclose(np.diff(predicted), np.diff(curves[-1]), atol=0.15)
    np.testing.assert_allclose(curves[0], curves[1], atol=1e-4)  # 95 is older than anybody
    assert abs(np.diff(curves[0])).min() > 0.3


def test_powers_that_cannot_be_told_apart_name_poly():
    """(10^9 + k)^2 is a sum of lower powers to 1e-9 of what varies in it."""
    ages = [1e9 + k for k in range(8)]
    (sentence,) = design_of(ratings_of(ages), "age + I(age^2)").fixed.aliased
    assert sentence.endswith("It was left out; write poly(), which keeps powers apart.")
    assert not design_of(ratings_of(ages), "poly(age, 2)").fixed.aliased
