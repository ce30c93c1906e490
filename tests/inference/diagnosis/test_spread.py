"""The score test of noise and use of the scale by group: exact in a small case, calibrated, and with power."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp, ndtr

import pluralstats as ps
from pluralstats.inference.diagnosis.spread import _by_rater, spread_problems, spread_scores

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"
SKEWED = np.array([0.3, 0.9, 1.5, 2.2])


def study(n_raters, per_rater, seed, *, s=1.0, sd_noise=0.0):
    """Equal opinions; men have s times the latent spread of women, raters a noise of their own."""
    rng = np.random.default_rng(seed)
    rater = np.repeat(np.arange(n_raters), per_rater)
    item = np.concatenate([rng.choice(40, per_rater, replace=False) for _ in range(n_raters)])
    log_s = np.log(s) * (np.arange(n_raters) % 2) + sd_noise * rng.standard_normal(n_raters)
    latent = rng.normal(0.0, 0.8, 40)[item] + rng.normal(0.0, 0.5, n_raters)[rater]
    latent += np.exp(log_s)[rater] * rng.standard_normal(rater.size)
    frame = pd.DataFrame({"rater": rater.astype(str), "item": item.astype(str)})
    frame["gender"] = np.where(rater % 2 == 1, "male", "female")
    return ps.Ratings(frame.assign(rating=1 + np.searchsorted(SKEWED, latent)), (1, 5), ["gender"])


def fitted(ratings, **options):
    return ps.fit(ratings, FORMULA, method="laplace", draws=150, on_problem="ignore", **options)


def test_scores_and_slopes_are_those_of_the_likelihood():
    """Origin: the formula of METHODS section 8 by scipy, differences of step 1e-4 in log s and a of one rater."""
    ratings = study(12, 8, 1)
    fit = fitted(ratings)
    one = fit.samples.at(np.array([3, 3]))
    scores, slopes = _by_rater(ratings, fit.design, one)
    design, tau = fit.design, one.threshold[0]
    eta = (design.fixed.X @ one.coefficient[0])[design.fixed.cell]
    eta = sum((u[0][g.index] for g, u in zip(design.groupings, one.effects, strict=True)), eta)
    rater = ratings.frame["rater"].cat.codes.to_numpy()[design.rows]

    def loglik(sigma, a, who):
        c, rows = tau.mean(), rater == who
        ends = np.concatenate([[-np.inf], c + np.exp(a) * (tau - c), [np.inf]])
        below = ndtr((ends - eta[rows, None]) / np.exp(sigma))
        y = design.y[rows]
        return np.log(below[np.arange(y.size), y + 1] - below[np.arange(y.size), y]).sum()

    h = 1e-4
    for who in range(3):
        for part, way in ((1, (h, 0.0)), (2, (0.0, h))):
            ahead, here, behind = (loglik(k * way[0], k * way[1], who) for k in (1, 0, -1))
            assert scores[0, part, who] == pytest.approx((ahead - behind) / (2 * h), rel=1e-5, abs=1e-6)
            assert slopes[part, who] == pytest.approx(-(ahead - 2 * here + behind) / h**2, rel=1e-4, abs=1e-4)


def test_z_is_the_score_of_the_integrated_likelihood_over_its_error():
    """Origin: importance sampling. p(y | zeta) / p(y | 0) is the mean over draws of the ratio of likelihoods, so that
    differences of its logarithm at zeta = -0.1, 0, 0.1 are U and I. Both come from the same 2,000 draws."""
    ratings = study(60, 10, 2, s=1.3)
    fit = ps.fit(ratings, FORMULA, draws=2000, sampler=ps.Sampler(chains=2, warmup=200), on_problem="ignore")
    male = ratings.frame["gender"].cat.codes.to_numpy()[fit.design.rows] == 1
    w, samples, log_ratio = male - 0.5, fit.samples, {}
    eta = (fit.design.fixed.X @ samples.coefficient.T)[fit.design.fixed.cell].T
    eta = sum((u[:, g.index] for g, u in zip(fit.design.groupings, samples.effects, strict=True)), eta)
    ends = np.hstack([np.full((2000, 1), -np.inf), samples.threshold, np.full((2000, 1), np.inf)])
    high, low = ends[:, fit.design.y + 1] - eta, ends[:, fit.design.y] - eta
    plain = np.log(ndtr(high) - ndtr(low)).sum(axis=1)
    for zeta in (-0.1, 0.1):
        scale = np.exp(-zeta * w)
        ratio = np.log(ndtr(high * scale) - ndtr(low * scale)).sum(axis=1) - plain
        log_ratio[zeta] = logsumexp(ratio) - np.log(2000.0)
    score = (log_ratio[0.1] - log_ratio[-0.1]) / 0.2
    information = -(log_ratio[0.1] + log_ratio[-0.1]) / 0.01
    (found,) = spread_scores(ratings, fit.design, samples)
    assert (
        abs(found.z["disc"]) <= abs(score) / np.sqrt(information) * 1.15
    )  # the variance of 100 draws: 14% of its part
    assert found.z["disc"] == pytest.approx(score / np.sqrt(information), rel=0.25)


def test_right_models_are_left_alone():
    """z of 40 studies without a difference, a third of them of raters who differ in their noise whatever their group.

    Bounds: chi-squared of 40 squares of normals, 0.1% on either side; more than 4 alarms of 40 have probability 1e-5.
    """
    z, alarms = [], 0
    for seed in range(40):
        ratings = study(40, 10, seed, sd_noise=0.4 if seed % 3 == 0 else 0.0)
        fit = fitted(ratings)
        z.append(spread_scores(ratings, fit.design, fit.samples)[0].z)
        alarms += bool(spread_problems(ratings, fit.design, fit.samples))
    for part in ("disc", "stretch"):
        squares = np.array([one[part] for one in z]) ** 2
        assert 17.9 < squares.sum() < 73.4
    assert alarms <= 4


def test_equal_opinions_with_another_spread_are_said_to_be_noise_or_use_of_the_scale():
    ratings = study(120, 12, 1, s=1.5)
    sampled = ps.fit(ratings, FORMULA, draws=200, sampler=ps.Sampler(chains=2, warmup=100), on_problem="ignore")
    for fit in (fitted(ratings), sampled):
        (sentence,) = [text for text in fit.problems if "score test" in text]
        assert "gender 'male' spread more" in sentence
        assert "disc='~ gender'" in sentence
        assert "stretch='~ gender'" in sentence
        assert "ps.compare" in sentence


def test_the_next_model_is_silent_and_predicts_better():
    ratings = study(120, 12, 1, s=1.5)
    options = {"method": "laplace", "draws": 1000, "on_problem": "ignore"}
    parts = {"plain": {}, "stretch": {"stretch": "~ gender"}, "disc": {"disc": "~ gender"}}
    fits = {name: ps.fit(ratings, FORMULA, **part, **options) for name, part in parts.items()}
    assert not any("score test" in text for name in ("disc", "stretch") for text in fits[name].problems)
    assert ps.compare(fits, by="rater")["model"].tolist() == ["disc", "stretch", "plain"]


def test_what_cannot_be_tested_is_not():
    ratings = study(40, 10, 1, s=3.0)
    fit = fitted(ratings)
    assert spread_scores(ratings, replace(fit.design, formula=fitted_without_gender(ratings)), fit.samples) == []
    binary = ratings.collapse(2)
    assert not any("score test" in text for text in fitted(binary).problems)
    gaussian = ps.fit(ratings, FORMULA, family="gaussian", method="laplace", on_problem="ignore")
    assert not any("score test" in text for text in gaussian.problems)


def fitted_without_gender(ratings):
    return ps.fit(ratings, "rating ~ (1 | item)", method="laplace", on_problem="ignore").design.formula
