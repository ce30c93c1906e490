"""What priors do to a fit: the right one holds the right parameter, in the right units."""

import pytest

import pluralstats as ps
from pluralstats.model.priors import Priors


def mode_of(priors, formula, *, unit=1.0, **options):
    """The mode of the posterior by parameter: 80 raters whose ``age`` is in units of ``unit`` years."""
    made = ps.simulate(n_raters=80, n_items=20, ratings_per_rater=10, effects={"gender[male]": 1.0}, seed=1)
    age = 20.0 + (7 * made.frame["rater"].cat.codes.to_numpy()) % 60
    frame = made.frame.assign(rating=made.values.astype(int), age=age / unit)
    ratings = ps.Ratings(
        frame[["item", "rater", "rating", "gender", "age"]],
        scale=(1, 5),
        demographics=["gender"],
        covariates=["age"],
        reference={"gender": "female"},
    )
    fit = ps.fit(ratings, formula, method="laplace", priors=priors, on_problem="ignore", **options)
    return fit.parameters.set_index("parameter")["estimate"]


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_the_prior_of_a_measured_column_does_not_depend_on_its_units(family):
    formula, priors = "rating ~ gender + age + (1 | rater)", Priors(coefficient=0.05)
    years, centuries = (mode_of(priors, formula, unit=unit, family=family) for unit in (1.0, 100.0))
    assert centuries["age"] / 100.0 == pytest.approx(years["age"], rel=1e-3)
    rest = [name for name in years.index if name != "age"]
    assert centuries[rest].to_numpy() == pytest.approx(years[rest].to_numpy(), abs=1e-4)
    free = mode_of(Priors(coefficient=5.0), formula, family=family)["age"]
    assert abs(years["age"] / free - 1.0) > 0.02  # the prior that the units might have moved is felt


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_a_tight_prior_holds_its_own_parameter_and_no_other(family, link):
    """With many degrees of freedom: the tails of student_t(3) would give in to the ratings."""
    formula, options = "rating ~ gender + (1 | item) + (1 | rater)", {"family": family, "link": link}
    cases = {"wide": {}, "gender": {"gender[male]": 1e-3}, "rater": {"sd(rater)": 1e-3}}
    found = {
        name: mode_of(Priors(terms=terms, degrees_of_freedom=1e6), formula, **options) for name, terms in cases.items()
    }
    assert abs(found["gender"]["gender[male]"]) < 0.01 < 0.3 < abs(found["wide"]["gender[male]"])
    assert found["rater"]["sd(rater)"] < 0.05 < 0.3 < found["wide"]["sd(rater)"]
    assert found["rater"]["gender[male]"] == pytest.approx(found["wide"]["gender[male]"], rel=0.3)
    assert found["gender"]["sd(item)"] == pytest.approx(found["wide"]["sd(item)"], rel=0.1)


def test_the_location_pulls_the_gaussian_intercept():
    near = mode_of(Priors(threshold=1e-3, location=2.75), "rating ~ 1 + (1 | rater)", family="gaussian")
    assert near["Intercept"] == pytest.approx(2.75, abs=0.01)
