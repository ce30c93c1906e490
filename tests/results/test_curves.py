"""Curves of expected ratings: closed form in the linear model, the same numbers as group means, defaults, refusals."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

GRADES = ["low", "middle", "high"]


@pytest.fixture(scope="module")
def ratings():
    """40 raters with an age, a grade and a gender, who rate 6 items each."""
    rng = np.random.default_rng(3)
    rater, item = (part.ravel() for part in np.meshgrid(range(40), range(6), indexing="ij"))
    age = rng.permutation(np.linspace(20.0, 59.0, 40))[rater]
    frame = {
        "rater": rater,
        "item": item,
        "rating": 3.0 + np.sin(age / 8.0) + 0.5 * (rater % 2) + rng.normal(size=rater.size),
        "gender": np.where(rater % 2, "m", "f"),
        "grade": pd.Categorical(np.array(GRADES)[rater // 2 % 3], categories=GRADES, ordered=True),
        "age": age,
        "step": rater % 4,
    }
    table = pd.DataFrame(frame)
    return ps.Ratings(
        table,
        scale="continuous",
        demographics=["gender", "grade"],
        covariates=["age", "step"],
        reference={"grade": "middle"},
    )


def fitted(ratings, right, **options):
    options = {"family": "gaussian", "method": "laplace", "draws": 60, "on_problem": "ignore"} | options
    return ps.fit(ratings, f"rating ~ {right} + (1 | item) + (1 | rater)", **options)


CURVES = ["age", "poly(age, 2)", "bs(age, df=4)", "bs(age, knots=(30, 45), degree=2)", "log(age)"]


@pytest.mark.parametrize("term", CURVES)
def test_the_curve_is_the_linear_predictor_in_the_linear_model(term, ratings):
    """Averaged over raters, half of them men, and items."""
    fit = fitted(ratings, f"gender + {term}")
    table = ps.curve(fit, "age", at=[20.0, 37.5, 59.0])
    rows = fit.design.fixed.rows_for(
        pd.DataFrame({"age": [20.0, 37.5, 59.0], "gender": pd.Categorical(["f"] * 3, categories=["f", "m"])})
    )
    men = fit.design.fixed.names.index("gender[m]")
    rows[:, men] = 0.5
    items = fit.samples.effects[[g.name for g in fit.design.groupings].index("item")].mean(axis=1)
    draws = fit.samples.coefficient @ rows.T + items[:, None]
    np.testing.assert_allclose(table["estimate"], draws.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(table["lower"], np.quantile(draws, 0.025, axis=0), rtol=1e-9)
    assert table["value"].tolist() == [20.0, 37.5, 59.0]
    assert table["level"].tolist() == ["20", "37.5", "59"]


def test_groups_have_a_curve_each_and_the_values_repeat(ratings):
    fit = fitted(ratings, "gender * bs(age, df=4)")
    table = ps.curve(fit, "age", by="gender")
    assert table["gender"].value_counts().to_dict() == {"f": 25, "m": 25}
    assert list(table.columns[:4]) == ["column", "value", "level", "gender"]
    for _, part in table.groupby("gender"):
        np.testing.assert_allclose(part["value"], np.linspace(20.0, 59.0, 25))
    means = ps.group_means(fit, "age", by="gender", at={"age": np.linspace(20.0, 59.0, 25).tolist()})
    np.testing.assert_array_equal(table["estimate"], means["estimate"])


def test_levels_come_in_order_whatever_the_reference(ratings):
    fit = fitted(ratings, "gender + mo(grade)")
    assert fit.design.fixed.names[2:] == ("mo(grade)[middle]", "mo(grade)[high]")
    table = ps.curve(fit, "grade", by="gender")
    assert table["level"].tolist() == GRADES * 2
    assert table["value"].tolist() == [0.0, 1.0, 2.0] * 2
    means = ps.group_means(fit, "grade", by="gender").set_index(["gender", "level"])["estimate"]
    assert table["estimate"].tolist() == [means[g, level] for g in "fm" for level in GRADES]
    b = fit.samples.coefficient.mean(axis=0)
    np.testing.assert_allclose(table["estimate"].diff()[1:3], b[2:], rtol=1e-9)


def test_numbers_in_steps_have_their_steps(ratings):
    fit = fitted(ratings, "mo(step)")
    table = ps.curve(fit)
    assert table["column"].unique().tolist() == ["step"]
    assert table["value"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert ps.group_means(fit, "step")["level"].tolist() == ["0", "1", "2", "3"]
    effects = ps.effects(fit, "step")
    assert effects["level"].tolist() == ["1", "2", "3"]
    assert set(effects["reference"]) == {"0"}


def test_slopes_of_a_spline_are_taken_at_every_age_up_to_the_ends(ratings):
    table = ps.effects(fitted(ratings, "bs(age, df=4)"), "age").query("estimand == 'points'")
    assert table["reference"].tolist() == ["slope", "slope"]
    assert np.isfinite(table["estimate"]).all()


def test_every_number_of_the_formula_is_the_default(ratings):
    table = ps.curve(fitted(ratings, "age + mo(grade)"))
    assert table["column"].unique().tolist() == ["age", "grade"]


def test_probabilities_along_a_number(ratings):
    frame = ratings.frame.assign(rating=np.clip(np.round(ratings.values), 1, 5).astype(int))
    answers = ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["age"])
    fit = ps.fit(answers, "rating ~ bs(age, df=4) + (1 | item) + (1 | rater)", method="laplace", draws=40,
                 on_problem="ignore")  # fmt: skip
    table = ps.curve(fit, "age", at=(20, 40), estimands=("mean", "probability"))
    assert table["estimand"].tolist() == [
        e for e in ["mean", *(f"P(rating >= {k})" for k in range(2, 6))] for _ in (1, 2)
    ]
    assert table["value"].tolist() == [20.0, 40.0] * 5


@pytest.mark.parametrize(
    ("right", "options", "error", "sentence"),
    [
        (
            "gender",
            {"column": "gender"},
            ps.ConfigError,
            r"'gender' has levels without an order .* see ps\.group_means",
        ),
        ("gender", {}, ps.ConfigError, r"has no number and no mo\(\), so there is no curve"),
        ("age", {"column": "step"}, ps.ConfigError, "'step' is in no term of the formula"),
        ("mo(grade)", {"column": "grade", "at": (1, 2)}, ps.ConfigError, "'grade' has levels: `at` is about numbers"),
        ("bs(age, df=4)", {"column": "age", "at": (20, 70)}, ps.DataError, "for 'age' from 20 to 59; found 1 outside"),
        ("mo(step)", {"column": "step", "at": (0, 1.5)}, ps.DataError, r"in the ratings \(0, 1, 2, 3\); found 1.5"),
    ],
)
def test_what_has_no_curve_is_answered_in_a_sentence(right, options, error, sentence, ratings):
    with pytest.raises(error, match=sentence):
        ps.curve(fitted(ratings, right), **options)
