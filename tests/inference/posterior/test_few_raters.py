"""Few raters: what is about raters has Student's t, in tables and draws alike."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pluralstats as ps


def crossed(n_raters=6, n_items=10, seed=1, reference="a", **columns):
    """Every rater rates every item; half of the raters in group b; gaussian."""
    rng = np.random.default_rng(seed)
    rater, item = np.repeat(np.arange(n_raters), n_items), np.tile(np.arange(n_items), n_raters)
    latent = rng.normal(0.0, 1.0, n_raters)[rater] + rng.normal(0.0, 0.5, n_items)[item]
    frame = pd.DataFrame({"rater": rater.astype(str), "item": item.astype(str)})
    frame["group"] = np.where(rater % 2 == 1, "b", "a")
    frame["rating"] = 3.0 + latent + rng.normal(0.0, 0.7, rater.size)
    frame = frame.assign(**{name: make(rater, item) for name, make in columns.items()})
    options = {"demographics": ["group"], "covariates": list(columns), "reference": {"group": reference}}
    return ps.Ratings(frame, scale="continuous", **options)


def fitted(ratings, formula="rating ~ group + (1 | item) + (1 | rater)", **options):
    options = {"family": "gaussian", "method": "laplace", "on_problem": "ignore"} | options
    return ps.fit(ratings, formula, **options)


def interval_of(fit, name):
    return fit.parameters.set_index("parameter").loc[name, ["estimate", "lower", "upper"]].to_numpy(float)


def t_interval(ratings):
    """The two-sample t interval of the raters' means: exact for a contrast of raters in a balanced design, because
    items cancel in it and the means of raters vary by sd^2 + sigma^2 / n_items."""
    means = ratings.frame.assign(value=ratings.values).groupby(["group", "rater"], observed=True)["value"].mean()
    a, b = (means[level].to_numpy() for level in ("a", "b"))
    found = stats.ttest_ind(b, a).confidence_interval(0.95)
    return np.array([b.mean() - a.mean(), found.low, found.high])


@pytest.mark.parametrize("n_raters", [6, 12, 24])
def test_a_balanced_contrast_has_the_exact_t_interval(n_raters):
    ratings = crossed(n_raters)
    found = interval_of(fitted(ratings, reml=True), "group[b]")
    np.testing.assert_allclose(found, t_interval(ratings), atol=2e-5)


@pytest.mark.parametrize("n_raters", [6, 12, 24])
def test_maximum_likelihood_has_it_too(n_raters):
    """ML divides the squares between raters by G where the t interval divides by G - 2."""
    ratings = crossed(n_raters)
    found = interval_of(fitted(ratings, "rating ~ group + (1 | rater)"), "group[b]")
    np.testing.assert_allclose(found, t_interval(ratings), atol=2e-5)


def test_effects_are_as_wide_as_the_table():
    ratings = crossed(8)
    model = fitted(ratings, reml=True, draws=20_000)
    row = ps.effects(model).iloc[0]
    exact = t_interval(ratings)
    # the density of t(6) at its 2.5% quantile is 0.034: the standard error of 20,000 draws there is 0.033 se, and 5 of
    # them are left by an end in one run of a million
    se = float(model.parameters.set_index("parameter").loc["group[b]", "se"])
    np.testing.assert_allclose([row["lower"], row["upper"]], exact[1:], atol=5 * 0.033 * se)
    assert row["upper"] - row["lower"] > 1.15 * 3.92 * se  # normal draws have 1, t(6) has 1.25


def test_no_interval_depends_on_the_reference():
    for options in ({"reml": True}, {}, {"priors": ps.Priors()}):
        one, other = (interval_of(fitted(crossed(8, reference=level), **options), name) for level, name in PAIRS)
        if "priors" not in options:  # whose coefficients have priors of their own
            np.testing.assert_allclose(one, -other[[0, 2, 1]], atol=1e-5)
        assert one[2] - one[1] == pytest.approx(other[2] - other[1], rel=1e-3)


PAIRS = [("a", "group[b]"), ("b", "group[a]")]


def wide_covariance(fit):
    return fit.posterior.few.covariance(fit.posterior.covariance, 0.95)


def test_the_level_is_that_at_the_mean_of_what_varies_within_raters():
    """Years as they are and years less 2000 are one model: the level in the mean year is known equally well."""
    made = {"year": lambda rater, item: 1996.0 + item}, {"year": lambda rater, item: item - 4.0}
    levels = []
    for columns in made:
        model = fitted(crossed(8, **columns), "rating ~ group + year + (1 | item) + (1 | rater)", reml=True)
        year = model.ratings.frame["year"].mean()
        names, of_coefficients = model.design.fixed.names, model.posterior.coefficient_slice
        at = np.zeros(len(names))
        at[[names.index(name) for name in ("Intercept", "year")]] = 1.0, year
        at = at @ model.posterior.units.coefficient  # of coefficients in standard units
        levels.append(at @ wide_covariance(model)[of_coefficients, of_coefficients] @ at)
    assert levels[0] == pytest.approx(levels[1], rel=1e-4)


def test_what_varies_within_raters_stays_as_it_was():
    model = fitted(crossed(8, year=lambda rater, item: item * 1.0), "rating ~ group + year + (1 | rater)", reml=True)
    row = model.parameters.set_index("parameter").loc["year"]
    assert row["upper"] - row["estimate"] == pytest.approx(stats.norm.ppf(0.975) * row["se"])


def test_draws_have_the_variance_of_t():
    model = fitted(crossed(12), reml=True, draws=40_000)
    b = model.samples.coefficient[:, model.design.fixed.names.index("group[b]")]
    se = float(model.parameters.set_index("parameter").loc["group[b]", "se"])
    # var t(10) = 10/8; its kurtosis is 4, so that the sd of 40,000 draws has a relative error of 0.43%: 5 of them
    assert b.std() / se == pytest.approx(np.sqrt(10 / 8), rel=0.022)


def test_many_raters_have_normal_intervals():
    assert fitted(crossed(32)).posterior.few is None  # 30 degrees of freedom
    assert fitted(crossed(30)).posterior.few is not None


def test_no_effect_of_raters_no_t():
    assert fitted(crossed(8), "rating ~ group + (1 | item)").posterior.few is None


def test_a_cumulative_model_is_widened_alike():
    ratings = ps.simulate(n_raters=8, n_items=20, ratings_per_rater=20, seed=3)
    model = ps.fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", method="laplace", on_problem="ignore")
    row = model.parameters.set_index("parameter").loc["gender[male]"]
    # t(6) and 8 raters for 6 degrees of freedom
    assert row["upper"] - row["estimate"] == pytest.approx(stats.t.ppf(0.975, 6) * np.sqrt(8 / 6) * row["se"], rel=1e-6)


def test_many_coefficients_are_allowed_for_however_many_raters():
    """40 raters in 10 groups: 30 degrees of freedom, and maximum likelihood divides by 40."""
    ratings = crossed(40, kind=lambda rater, item: np.array(list("abcdefghij"))[rater % 10])
    model = fitted(ratings, "rating ~ kind + (1 | rater)")
    row = model.parameters.set_index("parameter").loc["kind[b]"]
    widened = stats.t.ppf(0.975, 30) * np.sqrt(40 / 30) * row["se"]
    assert row["upper"] - row["estimate"] == pytest.approx(widened, rel=1e-6)


def test_free_thresholds_are_widened_together():
    """Their level is about raters, how far apart they are is not; as with the gaps of ordered ones."""
    ratings = ps.simulate(n_raters=8, n_items=20, ratings_per_rater=20, seed=3)
    options = {"family": "sratio", "method": "laplace", "on_problem": "ignore"}
    model = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", **options)
    directions, k = model.posterior.few.directions, model.design.n_thresholds
    together = np.zeros(len(directions))
    together[:k] = 1.0
    np.testing.assert_allclose(directions @ together, together, atol=1e-12)
    np.testing.assert_allclose(directions @ np.eye(len(directions))[:, 1:k], 0.0, atol=1e-12)
