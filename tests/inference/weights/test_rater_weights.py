"""Design weights of raters: rows and prior term of a rater to the power of its weight (Savitsky & Williams 2022)."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import WLS

import pluralstats as ps
from pluralstats.inference.diagnosis.weights import design_weights, weight_sentences

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
    exact = ps.fit(ratings, FORMULA, method="hmc", draws=16000, **options).random_effects
    # the mode takes the sd of 24 raters for known: at most a quarter of a posterior sd, 15%. With 16,000 draws of five
    # seeds it is 0.17 to 0.20 of a posterior sd, and ratios are 0.895 to 1.014 (2,000 draws stray to 0.844)
    assert (np.abs(mode["estimate"] - exact["estimate"]) / exact["sd"]).max() < 0.25
    assert (mode["sd"] / exact["sd"]).between(0.85, 1.15).all()


def by_rater(fit, x):
    """(24,) log pseudo-likelihood of each rater at x = (Intercept, gender[male], sd(rater), log residual sd).

    One-way normal model in closed form: k ratings with variance sigma^2 / w each, mean effect with variance sd^2 / w.
    """
    frame, out = fit.ratings.frame.assign(value=fit.ratings.values), []
    for _, rows in frame.groupby("rater", observed=True, sort=True):
        w, y, k = rows["rater_weight"].iloc[0], rows["value"].to_numpy(), len(rows)
        off = y - x[0] - x[1] * (rows["gender"] == "male").to_numpy(float)
        v = np.exp(2.0 * x[3])
        total = v + k * x[2] ** 2
        squares = (off @ off - k * off.mean() ** 2) / v + k * off.mean() ** 2 / total
        # w (rows + prior term), u integrated out; a term in w alone, which no parameter enters, is left out
        out.append(-0.5 * w * squares - w * k * x[3] - 0.5 * np.log(total / v))
    return np.array(out)


def derivatives(of, x, step=1e-4):
    """Gradients (R, P) and second derivatives (R, P, P) by central differences."""
    steps = step * np.eye(x.size)
    gradient = np.stack([(of(x + s) - of(x - s)) / (2 * step) for s in steps], axis=1)
    second = [
        [(of(x + a + b) - of(x + a - b) - of(x - a + b) + of(x - a - b)) / (4 * step**2) for b in steps] for a in steps
    ]
    return gradient, np.moveaxis(np.array(second), 2, 0)


def root(symmetric, power, least=0.0, most=np.inf):
    values, vectors = np.linalg.eigh(symmetric)
    return (vectors * np.clip(values, least, most) ** power) @ vectors.T


def test_the_covariance_is_the_sandwich_of_the_raters_scores():
    """From the likelihood of each rater in closed form, differentiated numerically: C J C, scores over the root of 1
    less the rater's leverage (Bell & McCaffrey 2002, Surv. Methodol. 28, 169-181), 24 / 23 of their products."""
    fit = ps.fit(weighted([0.4, 0.9, 1.7]), FORMULA, family="gaussian", method="laplace", on_problem="ignore")
    x = fit.posterior.mode.copy()
    x[0] += fit.posterior.units.y_shift  # ratings are searched with mean 0
    scores, seconds = derivatives(lambda at: by_rater(fit, at), x)
    information = -seconds.sum(axis=0)
    information[:2, 2:] = information[2:, :2] = 0.0  # as in lme4, coefficients are given the variances
    half = root(np.linalg.inv(information), 0.5)
    leverage = np.einsum("ab,rbc,cd->rad", half, -seconds, half)
    free = np.array([root(np.eye(4) - h, -0.5, 0.1, 1.0) @ half @ s for h, s in zip(leverage, scores, strict=True)])
    free -= free.mean(axis=0)
    expected = half @ (24 / 23 * free.T @ free) @ half
    # the two second derivatives are numerical: they differ by 7e-4 in the worst entry on the diagonal
    np.testing.assert_allclose(np.diagonal(fit.posterior.covariance), np.diagonal(expected), rtol=2e-3)
    size = np.sqrt(np.diagonal(expected))
    np.testing.assert_allclose(fit.posterior.covariance, expected, atol=2e-3 * np.outer(size, size).max())


def test_without_random_effects_it_is_the_robust_covariance_of_weighted_least_squares():
    """statsmodels 0.14: WLS, clusters by rater, without its correction for small samples."""
    ratings = crossed(1000, spread=0.3)
    fit = ps.fit(ratings, "rating ~ gender", family="gaussian", method="laplace", on_problem="ignore")
    frame = ratings.frame
    X = np.column_stack([np.ones(len(frame)), frame["gender"] == "male"])
    model = WLS(ratings.values, X, frame["rater_weight"].to_numpy())
    options = {"groups": frame["rater"].cat.codes.to_numpy(), "use_correction": False}
    robust = model.fit(cov_type="cluster", cov_kwds=options).cov_params()
    # ours has 1000 / 999, and squares over 1 - leverage, which is sum w^3 / (sum w^2 sum w) = 0.0025 on average
    np.testing.assert_allclose(fit.posterior.covariance[:2, :2], robust, rtol=0.006)


def crossed(n_raters=300, n_items=12, seed=5, spread=0.8, family="gaussian"):
    """A study whose weights have nothing to do with the ratings."""
    made = ps.simulate(n_raters=n_raters, n_items=n_items, ratings_per_rater=6, family=family, seed=seed)
    weights = np.random.default_rng(seed).lognormal(0.0, spread, n_raters)
    frame = made.frame.assign(rating=made.values, rater_weight=weights[made.frame["rater"].cat.codes])
    scale = "continuous" if family == "gaussian" else (1, 5)
    return ps.Ratings(frame, scale=scale, demographics=["gender"], reference={"gender": "female"})


CROSSED = "rating ~ gender + (1 | item) + (1 | rater)"


@pytest.mark.parametrize(
    ("family", "link"), [("gaussian", "probit"), ("cumulative", "probit"), ("cumulative", "logit")]
)
def test_weights_that_say_nothing_cost_what_kish_says(family, link):
    """With random weights the variance of a mean is multiplied by n sum w^2 / (sum w)^2 (Kish 1965), in a model that
    is right and given which items were rated.

    A sum of squares with weights w^2 has a relative error of sqrt(2 / f), f = (sum w^2)^2 / sum w^4 = 93 here: 0.15.
    The test allows 2.6 of them, as one of 100 seeds would exceed; this one does not.
    """
    fit = ps.fit(crossed(family=family), CROSSED, family=family, link=link, method="laplace", on_problem="ignore")
    said = fit.provenance["design_weights"]
    assert said["n_raters"] == 300 and said["adjusted"]
    assert said["design_effects"]["gender[male]"] == pytest.approx(300 / said["effective_raters"], rel=0.39)


@pytest.fixture(scope="module")
def both():
    """A weighted study by Laplace's method and by hmc, with the same priors."""
    options = {"family": "gaussian", "on_problem": "ignore", "priors": ps.Priors(), "draws": 4000}
    return tuple(ps.fit(crossed(), CROSSED, method=method, **options) for method in ("laplace", "hmc"))


def test_exact_draws_have_the_spread_of_the_normal_ones(both):
    of_raters = ["gender[male]", "sd(rater)", "sd(residual)"]  # the level and sd(item) rest on 12 items: not normal
    normal, exact = (fit.parameters.set_index("parameter").loc[of_raters, "se"] for fit in both)
    # sds of 4,000 nearly independent draws: 1.1% each, 5 of which are 0.056; the rest for not being quite normal
    np.testing.assert_allclose(exact, normal, rtol=0.08)
    items = [fit.random_effects.query("term == 'item'")["sd"].to_numpy() for fit in both]
    np.testing.assert_allclose(items[1], items[0], rtol=0.08)


def test_draws_have_the_spread_of_the_tables(both):
    """Table and draws of Laplace's method come by two ways: covariances of levels, and draws of all effects."""
    table = both[0].random_effects
    for name, effects in zip(("rater", "item"), both[0].samples.effects, strict=True):
        said = table.loc[table["term"] == name, "sd"].to_numpy()
        # 4,000 draws: 1.1%, and the largest of 300 differences is at most 5 of that once in 5,000 seeds
        np.testing.assert_allclose(effects.std(axis=0), said, rtol=0.056)


def test_draws_go_together_as_before(both):
    """What a rating is expected to be is known better than the level and the item apart: draws keep that."""
    for fit in both:
        level = fit.samples.coefficient[:, fit.design.fixed.names.index("Intercept")]
        items = fit.samples.effects[1]
        assert np.corrcoef(level, items.mean(axis=1))[0, 1] < -0.5


def test_a_rater_is_known_by_the_raters_own_ratings_whatever_the_weight():
    """Given the parameters an effect u has the precision k / sigma^2 + 1 / sd^2 of an unweighted one."""
    fit = ps.fit(weighted([0.4, 0.9, 1.7]), FORMULA, family="gaussian", method="laplace", on_problem="ignore")
    sd, sigma = (float(fit.parameters.set_index("parameter").loc[f"sd({name})", "estimate"]) for name in TERMS)
    (covariance,) = fit.posterior.factor.level_covariances()
    found = covariance[:, 0, 0] * sd**2 / fit.design.groupings[0].prior_weight
    np.testing.assert_allclose(found, 1.0 / (6 / sigma**2 + 1.0 / sd**2), rtol=1e-6)


TERMS = ("rater", "residual")


def test_effects_and_robustness_see_the_adjusted_draws():
    """The simulation of benchmarks/weight_coverage.py: half of the people are a tenth of the raters, weights 5 and
    0.56. The posterior as it came had an se of 0.143 where GEE has 0.25."""
    rng = np.random.default_rng(2)
    male, rare = rng.random(150) < 0.5, np.arange(150) % 10 == 0
    rater = np.repeat(np.arange(150), 8)
    item = np.concatenate([rng.choice(20, 8, replace=False) for _ in range(150)])
    level = 3.0 + rng.normal(0.0, 0.8, 150) + male * (0.3 + 0.6 * rare)
    frame = pd.DataFrame(
        {"rater": rater.astype(str), "item": item.astype(str), "gender": np.where(male, "m", "f")[rater]}
    )
    frame["rating"] = level[rater] + rng.normal(0.0, 0.5, 20)[item] + rng.normal(0.0, 0.7, rater.size)
    frame["rater_weight"] = np.where(rare, 5.0, 5.0 / 9.0)[rater]
    ratings = ps.Ratings(frame, scale="continuous", demographics=["gender"], reference={"gender": "f"})
    fit = ps.fit(ratings, CROSSED, family="gaussian", method="laplace", reml=True, on_problem="ignore")
    table = ps.robustness(fit).set_index("method")
    # robust errors of GEE have no correction for 15 raters with most of the weight: theirs are 3% (leverage of 1/15)
    # smaller; Student's t with 17 degrees of freedom adds 6%; items, which GEE leaves in the residual, take 2%
    assert table.loc["exact", "se"] == pytest.approx(table.loc["gee", "se"], rel=0.15)
    row = ps.effects(fit).iloc[0]
    coefficient = fit.parameters.set_index("parameter").loc["gender[m]"]
    width = coefficient["upper"] - coefficient["lower"]
    assert row["upper"] - row["lower"] == pytest.approx(width, rel=0.12)  # 1,000 draws: quantiles to 4% of the width
    (sentence,) = [problem for problem in fit.problems if problem.startswith("Design weights")]
    assert (
        "150 raters are worth 54 with equal weights (Kish's effective number), design effect 2.8; variances" in sentence
    )
    assert f"{fit.provenance['design_weights']['design_effects']['gender[m]']:.1f} (gender[m])" in sentence


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_equal_weights_are_not_adjusted(method):
    fit = ps.fit(weighted([3.0]), FORMULA, family="gaussian", method=method, on_problem="ignore")
    assert "design_weights" not in fit.provenance
    assert fit.posterior.design_effects is None


def test_a_method_that_is_not_adjusted_says_so():
    fit = ps.fit(weighted([0.4, 0.9, 1.7]), FORMULA, family="gaussian", method="laplace", on_problem="ignore")
    codes = fit.ratings.frame["rater"].cat.codes.to_numpy()[fit.design.rows]
    (sentence,) = weight_sentences(fit.design, design_weights(fit.design, codes, None))
    # Kish: 24 (0.4 + 0.9 + 1.7)^2 / (3 (0.16 + 0.81 + 2.89)) = 18.7
    assert sentence.startswith(
        "Design weights: 24 raters are worth 19 with equal weights (Kish's effective number), and"
    )
    assert "leaves its intervals as if they were worth 24: too narrow" in sentence


def test_saved_and_cached_fits_keep_the_adjusted_draws(tmp_path):
    options = {"family": "gaussian", "method": "laplace", "on_problem": "ignore"}
    first = ps.fit(weighted([0.4, 0.9, 1.7]), FORMULA, cache=tmp_path / "cache", **options)
    cached = ps.fit(weighted([0.4, 0.9, 1.7]), FORMULA, cache=tmp_path / "cache", **options)
    assert cached.provenance["cache"]["hit"]
    for again in (cached, ps.load_fit(first.save(tmp_path / "fit"))):
        np.testing.assert_array_equal(again.samples.coefficient, first.samples.coefficient)
        pd.testing.assert_frame_equal(again.parameters, first.parameters)
        assert again.provenance["design_weights"] == first.provenance["design_weights"]
        assert again.problems == first.problems


@pytest.mark.parametrize(
    "formula", ["rating ~ gender + (1 + gender | item) + (1 | rater)", "rating ~ gender + (1 | item)"]
)
@pytest.mark.parametrize("family", ["gaussian", "cumulative"])
def test_slopes_and_formulas_without_raters_have_a_sandwich_too(formula, family):
    fit = ps.fit(crossed(60, family=family), formula, family=family, method="laplace", on_problem="ignore")
    assert fit.provenance["design_weights"]["design_effects"]["gender[male]"] > 1.0
    assert np.isfinite(fit.samples.parameters).all()
    assert all(np.isfinite(effects).all() for effects in fit.samples.effects)


@pytest.mark.parametrize("family", ["gaussian", "cumulative"])
def test_the_reference_and_the_unit_of_weights_do_not_matter(family):
    one = crossed(60, family=family)
    frame, scale = one.frame.assign(rating=one.values, rater_weight=7.0 * one.frame["rater_weight"]), one.scale
    other = ps.Ratings(frame, scale=scale, demographics=["gender"], reference={"gender": "male"})
    found = [
        ps.fit(r, CROSSED, family=family, method="laplace", on_problem="ignore").parameters.set_index("parameter")
        for r in (one, other)
    ]
    first, second = found[0].loc["gender[male]"], found[1].loc["gender[female]"]
    assert first["se"] == pytest.approx(second["se"], rel=1e-3)  # two searches end a little apart
    assert first["upper"] == pytest.approx(-second["lower"], rel=1e-2)
    assert found[0].loc["sd(rater)", "se"] == pytest.approx(found[1].loc["sd(rater)", "se"], rel=1e-3)


def test_exact_draws_are_the_same_for_the_same_seed_and_others_for_another():
    ratings = weighted([0.4, 0.9, 1.7])
    b = [
        ps.fit(ratings, FORMULA, family="gaussian", seed=seed, draws=200, on_problem="ignore").samples.coefficient
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(b[0], b[1])
    assert not np.isclose(b[0], b[2]).any()


def test_the_order_of_rows_does_not_matter():
    one = crossed(40)
    frame = one.frame.assign(rating=one.values).sample(frac=1.0, random_state=1)
    other = ps.Ratings(frame, scale="continuous", demographics=["gender"], reference={"gender": "female"})
    a, b = (ps.fit(r, CROSSED, family="gaussian", method="laplace", on_problem="ignore") for r in (one, other))
    np.testing.assert_allclose(a.parameters["se"], b.parameters["se"], rtol=1e-5)
