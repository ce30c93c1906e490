"""Checks of models with a noise, a use of the scale and thresholds by group: replications, priors, calibration, loo."""

import numpy as np
import pytest
from scipy.special import ndtr

import pluralstats as ps

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


def two_sessions(n_raters, n_items, seed=2):
    """Five answers in the first session; in the second the highest one is never given."""
    made = ps.simulate(n_raters=n_raters, n_items=n_items, ratings_per_rater=n_items, seed=seed)
    frame = made.frame.assign(rating=made.values)
    frame["session"] = np.where(np.arange(len(frame)) % 2 == 0, "first", "second")
    frame.loc[(frame["session"] == "second") & (frame["rating"] == 5), "rating"] = 4
    return ps.Ratings(frame, (1, 5), ["gender"], covariates=["session"])


@pytest.fixture(scope="module")
def general():
    """With draws of a sampler: those of Laplace's method are wide for so few ratings."""
    parts = {"disc": "~ gender + (1 | rater)", "stretch": "~ gender", "thresholds": "session"}
    sampler = ps.Sampler(chains=2, warmup=150)
    return ps.fit(two_sessions(20, 8), FORMULA, **parts, draws=200, sampler=sampler, on_problem="ignore")


def expected_shares(fit):
    """(S, n, 5) probabilities of the answers of every rating, in the order of the ratings, by METHODS section 8."""
    m, groups = [], fit.design.thresholds
    parts = [(part.design, fit.samples.parts[part.name]) for part in fit.design.parts]
    for design, samples in [(fit.design, fit.samples), *parts]:
        eta = (design.fixed.X @ samples.coefficient.T)[design.fixed.cell]
        m.append(sum((e[:, g.index].T for g, e in zip(design.groupings, samples.effects, strict=True)), eta))
    out = np.zeros((fit.design.n, len(fit.samples.sd), 5))
    for i in range(fit.design.n):
        tau = fit.samples.threshold[:, groups.of_group(groups.group[i])]
        c, (eta, sigma, a) = tau.mean(axis=1), (one[i] for one in m)
        below = ndtr((c + np.exp(a) * (tau.T - c) - eta) / np.exp(sigma))
        out[i, :, : len(below) + 1] = np.diff(np.vstack([0.0 * c, below, 1.0 + 0.0 * c]), axis=0).T
    return out[np.argsort(fit.design.rows)].transpose(1, 0, 2)


def test_replicated_ratings_have_the_probabilities_of_the_model(general):
    """Origin: the formula. Of 32,000 answers a share has a standard error of 0.0028 at most; the bound is 5 of them."""
    drawn = general.to_datatree(["posterior_predictive", "observed_data"])
    made = drawn["posterior_predictive"]["rating"].to_numpy().reshape(200, -1)
    expected, second = expected_shares(general), (general.ratings.frame["session"] == "second").to_numpy()
    for rows in (second, ~second):
        for k in range(5):
            found, share = (made[:, rows] == k + 1).mean(), expected[:, rows, k].mean()
            assert found == pytest.approx(share, abs=5.0 * np.sqrt(share * (1.0 - share) / made[:, rows].size) + 1e-12)
    assert (made[:, second] < 5).all()
    np.testing.assert_array_equal(drawn["observed_data"]["rating"], general.ratings.values)


def test_predictive_checks_replicate_the_whole_model(general):
    """Expected shares of all ratings by the formula; their median over replications is within a percent."""
    table = ps.predictive_checks(general, draws=200)
    shares = table[(table["statistic"] == "share") & (table["level"] == "overall")]
    expected = 100.0 * expected_shares(general).mean(axis=(0, 1))
    np.testing.assert_allclose(shares["estimate"], expected, atol=1.0)
    np.testing.assert_allclose(shares["observed"], 100.0 * np.bincount(general.design.answers, minlength=5) / 160.0)
    assert {"gender:female", "gender:male"} <= set(table.loc[table["level"] == "group", "unit"])


@pytest.mark.parametrize("by", ["rating", "rater", "item"])
def test_leaving_out_works_with_parts(general, by):
    found = ps.loo(general, by)
    assert np.isfinite(found.table["elpd"]).all()
    assert found.elpd < 0.0 < found.p_loo


def test_log_likelihood_of_the_tree_is_that_of_the_answers(general):
    rows = general.to_datatree(["log_likelihood"])["log_likelihood"]["rating"].to_numpy().reshape(200, -1)
    answers = np.take_along_axis(
        expected_shares(general), (general.ratings.values.astype(int) - 1)[None, :, None], axis=2
    )
    np.testing.assert_allclose(rows, np.log(answers[:, :, 0]), rtol=1e-6, atol=1e-9)


def test_sensitivity_to_priors_names_the_parameters_of_parts(general):
    table = ps.prior_sensitivity(general)
    assert table["parameter"].tolist() == general.parameters["parameter"].tolist()
    assert np.isfinite(table["prior"]).all()


def test_priors_of_parts_widen_what_they_predict():
    """A prior for noise that is ten times as wide puts more ratings at the ends: s = exp(4 z) against exp(0.01 z)."""
    ratings = two_sessions(20, 8)
    sds = []
    for scale in (0.01, 4.0):
        table = ps.prior_predictive(
            ratings, FORMULA, disc="~ (1 | rater)", thresholds="session",
            priors=ps.Priors(part_sd=scale, log_gap=0.1, threshold=0.1), draws=100,
        )  # fmt: skip
        sds.append(table.set_index("statistic").loc["sd", "estimate"])
    assert sds[1] > 1.1 * sds[0]


def test_likelihood_ratios_count_the_parameters_of_parts():
    """One coefficient of noise, and three thresholds more; models that are not nested are refused."""
    ratings = two_sessions(20, 8)
    options = {"method": "laplace", "draws": 100, "on_problem": "ignore"}
    plain = ps.fit(ratings, FORMULA, **options)
    noisy = ps.fit(ratings, FORMULA, disc="~ gender", **options)
    grouped = ps.fit(ratings, FORMULA, disc="~ gender", thresholds="session", **options)
    table = ps.compare({"grouped": grouped, "noisy": noisy, "plain": plain})
    assert table["model"].tolist() == ["plain", "noisy", "grouped"]
    assert table["df"].tolist()[1:] == [1.0, 3.0]
    assert table["lr"].iloc[1] == pytest.approx(2.0 * (noisy.loglik - plain.loglik))
    with pytest.raises(ps.ConfigError, match="as many parameters"):
        ps.compare({"noise": noisy, "use": ps.fit(ratings, FORMULA, stretch="~ gender", **options)})
    with pytest.raises(ps.ConfigError, match="are no part of 'use'"):
        both = ps.fit(ratings, FORMULA, stretch="~ gender + (1 | rater)", **options)
        ps.compare({"noise": noisy, "use": both})
