"""Design weights of raters: rows and prior term of a rater to the power of its weight (Savitsky & Williams 2022)."""

import numpy as np
import pytest

import pluralstats as ps

FORMULA = "rating ~ gender + (1 | rater)"


def weighted(weights, seed=4):
    """24 raters of 6 ratings with these weights, in turn; gaussian."""
    made = ps.simulate(n_raters=24, n_items=12, ratings_per_rater=6, family="gaussian", seed=seed)
    code = made.frame["rater"].cat.codes.to_numpy()
    frame = made.frame.assign(rater_weight=np.resize(weights, 24)[code])
    return ratings_of(frame)


def ratings_of(frame):
    return ps.Ratings(frame, scale="continuous", demographics=["gender"], reference={"gender": "female"})


def by_quadrature(fit):
    """The log pseudo-likelihood at the estimates of a fit, its integrals over raters taken on a fine grid."""
    found = fit.parameters.set_index("parameter")["estimate"]
    frame, total = fit.ratings.frame, 0.0
    sd, sigma = found["sd(rater)"], found["sd(residual)"]
    u = np.linspace(-12.0 * sd, 12.0 * sd, 20_001)
    for _, rows in frame.groupby("rater", observed=True):
        weight = rows["rater_weight"].iloc[0]
        mean = found["Intercept"] + found["gender[male]"] * (rows["gender"] == "male").to_numpy(float)
        off = rows["rating"].to_numpy(float)[:, None] - mean[:, None] - u
        log_rows = (-0.5 * (off / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)).sum(axis=0)
        log_prior = -0.5 * (u / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
        power = weight * (log_rows + log_prior)
        total += power.max() + np.log(np.trapezoid(np.exp(power - power.max()), u)) + 0.5 * np.log(weight)
    return total  # with the root of the weight the prior term integrates to a constant that has no sd in it


def test_the_likelihood_is_that_of_rows_and_prior_to_the_power_of_the_weight():
    fit = ps.fit(weighted([0.4, 0.9, 1.7]), FORMULA, family="gaussian", method="laplace", on_problem="ignore")
    assert fit.loglik == pytest.approx(by_quadrature(fit), abs=1e-6)


def test_the_estimates_maximise_it():
    fit = ps.fit(weighted([0.4, 0.9, 1.7]), FORMULA, family="gaussian", method="laplace", on_problem="ignore")
    best = by_quadrature(fit)
    for name in fit.parameters["parameter"]:
        for step in (-0.02, 0.02):
            table = fit.parameters.copy()
            table.loc[table["parameter"] == name, "estimate"] += step
            moved = object.__new__(ps.Fit)
            object.__setattr__(moved, "parameters", table)
            object.__setattr__(moved, "ratings", fit.ratings)
            assert by_quadrature(moved) < best


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_equal_weights_are_no_weights(method):
    ratings = weighted([3.0])
    plain = ratings_of(ratings.frame.drop(columns="rater_weight"))
    one, other = (ps.fit(r, FORMULA, family="gaussian", method=method, on_problem="ignore") for r in (ratings, plain))
    np.testing.assert_allclose(one.parameters["estimate"], other.parameters["estimate"], rtol=1e-6)
    np.testing.assert_allclose(one.random_effects["estimate"], other.random_effects["estimate"], rtol=1e-5, atol=1e-8)


def test_a_rater_who_counts_little_moves_estimates_little():
    ratings = weighted([1.0])
    frame = ratings.frame.copy()
    first = frame["rater"] == frame["rater"].iloc[0]
    frame.loc[first, "rating"] += 30.0
    frame["rater_weight"] = np.where(first, 1e-4, 1.0)
    shifted = ratings_of(frame)
    without = ratings_of(frame[~first].drop(columns="rater_weight"))
    a, b = (
        ps.fit(r, FORMULA, family="gaussian", method="laplace", on_problem="ignore").parameters["estimate"]
        for r in (shifted, without)
    )
    np.testing.assert_allclose(a, b, atol=0.01)


def test_effects_of_raters_and_their_uncertainty_agree_between_methods():
    ratings = weighted([0.3, 0.8, 1.9])
    options = {"family": "gaussian", "on_problem": "ignore", "priors": ps.Priors()}
    mode = ps.fit(ratings, FORMULA, method="laplace", **options).random_effects
    exact = ps.fit(ratings, FORMULA, method="hmc", **options).random_effects
    # the mode takes the sd of 24 raters for known: at most a quarter of a posterior sd, 13%
    assert (np.abs(mode["estimate"] - exact["estimate"]) / exact["sd"]).max() < 0.25
    assert (mode["sd"] / exact["sd"]).between(0.85, 1.15).all()
