"""R-squared: by brute force from the draws, against R's lme4, and recovery of what a simulation put in."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import pluralstats as ps

KINDS = [("latent", "marginal"), ("latent", "conditional"), ("response", "marginal"), ("response", "conditional")]


def estimates(fit):
    return ps.r2(fit).set_index(["scale", "kind"])["estimate"]


def test_latent_shares_are_those_of_the_variance_table(small_fit):
    shares = ps.variance_shares(small_fit).set_index("component")["percent"]
    found = estimates(small_fit)
    assert found["latent", "marginal"] == pytest.approx(shares["demographics"])
    assert found["latent", "conditional"] == pytest.approx(100.0 - shares["residual"])


def moments(cumulative, points):
    """Mean and variance of a rating from (..., K - 1) cumulative probabilities."""
    ends = np.zeros((*cumulative.shape[:-1], 1)), np.ones((*cumulative.shape[:-1], 1))
    p = np.diff(np.concatenate([ends[0], cumulative, ends[1]], axis=-1))
    mean = p @ points
    return mean, p @ points**2 - mean**2


def brute_force(fit, distribution):
    """(S, 2) marginal and conditional R-squared in rating points, rating by rating, without any correction."""
    design, samples, points = fit.design, fit.samples, fit.design.categories
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    out = []
    for s in range(len(samples.sd)):
        eta = (design.fixed.X @ samples.coefficient[s])[design.fixed.cell]
        random = sum(effects[s][g.index] for effects, g in zip(samples.effects, design.groupings, strict=True))
        given = moments(distribution(samples.threshold[s] - (eta + random)[:, None]), points)
        away = nodes * np.sqrt((samples.sd[s] ** 2).sum())
        new = distribution(samples.threshold[s] - (eta[:, None] + away)[:, :, None])
        averaged = moments(np.tensordot(new, weights / weights.sum(), axes=(1, 0)), points)
        out.append([np.var(mean) / (np.var(mean) + variance.mean()) for mean, variance in (averaged, given)])
    return np.array(out)


@pytest.mark.parametrize(
    ("link", "distribution"), [("probit", norm.cdf), ("logit", lambda x: 1.0 / (1.0 + np.exp(-x)))]
)
def test_response_scale_is_what_the_draws_expect_of_every_rating(small, link, distribution):
    fit = ps.fit(small, link=link, method="laplace", draws=12, on_problem="ignore")
    marginal, conditional = brute_force(fit, distribution).T
    found = estimates(fit)
    assert found["response", "conditional"] == pytest.approx(100.0 * conditional.mean(), abs=1e-6)
    # with one draw there is no noise to correct for
    for s in range(3):
        single = with_draw(fit, s)
        assert estimates(single)["response", "marginal"] == pytest.approx(100.0 * marginal[s], abs=1e-5)


def with_draw(fit, s):
    """The same fit with one draw only."""
    samples = fit.samples
    return with_samples(fit, samples.at(np.array([s])))


def with_samples(fit, samples):
    other = replace(fit)
    other.__dict__["samples"] = samples  # a cached property
    return other


def test_gaussian_response_scale_by_hand(small):
    fit = ps.fit(small, family="gaussian", method="laplace", draws=5, on_problem="ignore")
    for s in range(5):
        single, samples = with_draw(fit, s), fit.samples
        fixed = (fit.design.fixed.X @ samples.coefficient[s])[fit.design.fixed.cell]
        random = sum(e[s][g.index] for e, g in zip(samples.effects, fit.design.groupings, strict=True))
        noise, spread = samples.residual_sd[s] ** 2, (samples.sd[s] ** 2).sum()
        found = estimates(single)
        assert found["response", "marginal"] == pytest.approx(100.0 * np.var(fixed) / (np.var(fixed) + spread + noise))
        assert found["response", "conditional"] == pytest.approx(
            100.0 * np.var(fixed + random) / (np.var(fixed + random) + noise)
        )


def test_demographics_without_an_effect_explain_nothing():
    """25 studies whose demographics mean nothing: a variance is never negative, and noise alone looks like one."""
    demographics = {"gender": {"f": 0.5, "m": 0.5}, "politics": {"left": 0.4, "centre": 0.3, "right": 0.3}}
    rows = []
    for seed in range(25):
        ratings = ps.simulate(n_raters=60, n_items=30, ratings_per_rater=10, demographics=demographics, seed=seed)
        table = ps.r2(ps.fit(ratings, method="laplace", draws=200, on_problem="ignore")).set_index(["scale", "kind"])
        rows.append(table.loc[[KINDS[0], KINDS[2]], ["estimate", "lower"]].to_numpy())
    estimate, lower = np.moveaxis(np.array(rows), 2, 0)
    assert (estimate.mean(axis=0) < 1.5).all()
    assert ((lower == 0.0).mean(axis=0) >= 0.9).all()


def test_what_a_simulation_put_in_is_found_again():
    """300 raters; truth from the true parameters and effects, rating by rating."""
    ratings = ps.simulate(
        n_raters=300, n_items=60, ratings_per_rater=12, effects={"gender[male]": 1.2}, sd_rater=0.6, sd_item=0.8, seed=5
    )
    table = ps.r2(ps.fit(ratings, method="laplace", draws=400)).set_index(["scale", "kind"])
    true = truth_of(ratings)
    for kind in KINDS:
        assert table.loc[kind, "lower"] < 100.0 * true[kind] < table.loc[kind, "upper"], kind


def truth_of(ratings):
    male = (ratings.frame["gender"] == "male").to_numpy() * 1.2
    of_raters = ratings.frame.drop_duplicates("rater")["gender"].eq("male").to_numpy() * 1.2
    spread, random = 0.6**2 + 0.8**2, np.zeros(ratings.n_ratings)
    for term in ("rater", "item"):
        effects = ratings.truth.random_effects
        effects = effects[effects["term"] == term].set_index("group")["value"]
        random += effects[ratings.frame[term].astype(str)].to_numpy()
    tau, points = ratings.truth.thresholds["all"], np.arange(1.0, 6.0)
    total = np.var(of_raters) + spread + 1.0
    out = {KINDS[0]: np.var(of_raters) / total, KINDS[1]: (np.var(of_raters) + spread) / total}
    new = moments(norm.cdf((tau - male[:, None]) / np.sqrt(1.0 + spread)), points)
    given = moments(norm.cdf(tau - (male + random)[:, None]), points)
    for kind, (mean, variance) in zip(KINDS[2:], (new, given), strict=True):
        out[kind] = np.var(mean) / (np.var(mean) + variance.mean())
    return out


def test_without_a_fixed_part_marginal_is_nothing_and_without_random_terms_both_are_one(small):
    only_random = estimates(ps.fit(small, "rating ~ 1 + (1 | item) + (1 | rater)", method="laplace", draws=100))
    assert only_random["latent", "marginal"] == only_random["response", "marginal"] == 0.0
    assert only_random["response", "conditional"] > 10.0
    only_fixed = ps.fit(small, "rating ~ gender + politics", method="laplace", draws=100, on_problem="ignore")
    found = estimates(with_draw(only_fixed, 0))
    for scale in ("latent", "response"):
        assert found[scale, "marginal"] == pytest.approx(found[scale, "conditional"], abs=0.5)


def test_renaming_and_reordering_change_nothing(small):
    frame = small.frame.assign(rating=small.values.astype(int)).sample(frac=1.0, random_state=3)
    frame["rater"] = "rater " + frame["rater"].astype(str)
    other = ps.Ratings(
        frame, scale=(1, 5), demographics=["gender", "politics"], reference={"gender": "female", "politics": "left"}
    )
    one, two = (ps.r2(ps.fit(r, method="laplace", draws=4000, on_problem="ignore")) for r in (small, other))
    assert two["estimate"].tolist() == pytest.approx(one["estimate"].tolist(), abs=0.5)


def test_weights_count_as_copies(small):
    frame = small.frame.assign(rating=small.values.astype(int), weight=2.0)
    doubled = ps.Ratings(
        frame, scale=(1, 5), demographics=["gender", "politics"], reference={"gender": "female", "politics": "left"}
    )
    fit = ps.fit(small, method="laplace", draws=20, on_problem="ignore")
    heavy = ps.fit(doubled, method="laplace", draws=20, on_problem="ignore")
    same = with_samples(heavy, fit.samples)
    for kind in KINDS[2:]:
        assert estimates(same)[kind] == pytest.approx(estimates(fit)[kind])


def test_ratings_that_never_vary_have_no_share():
    data = pd.DataFrame({"item": list("abab"), "rater": [1, 1, 2, 2], "rating": 3, "gender": ["f", "f", "m", "m"]})
    ratings = ps.Ratings(data, scale=(1, 5), demographics=["gender"])
    table = ps.r2(ps.fit(ratings, method="laplace", draws=10, on_problem="ignore"))
    assert table["estimate"].isna().all()


def test_a_percentage_is_no_probability(small_fit):
    with pytest.raises(ps.ConfigError, match="found 95"):
        ps.r2(small_fit, prob=95)


def test_random_slopes_have_shares_on_both_scales(small):
    fit = ps.fit(small, "rating ~ gender + (1 + gender | item) + (1 | rater)", method="laplace", on_problem="ignore")
    table = ps.r2(fit).set_index(["scale", "kind"])["estimate"]
    assert 0.0 < table["latent", "marginal"] < table["latent", "conditional"] < 100.0
    assert 0.0 < table["response", "marginal"] < table["response", "conditional"] < 100.0


def test_gaussian_shares_with_random_slopes_are_those_of_the_latent_scale(small):
    """One scale, and a slope whose column half of the ratings have: shares over ratings and over raters agree."""
    formula = "rating ~ gender + (1 + gender | item) + (1 | rater)"
    fit = ps.fit(small, formula, family="gaussian", method="laplace", on_problem="ignore")
    table = ps.r2(fit).set_index(["scale", "kind"])["estimate"]
    # raters count once on the latent scale and by their ratings on the other: the same number each in this data set
    assert table["response", "marginal"] == pytest.approx(table["latent", "marginal"], abs=0.05)
