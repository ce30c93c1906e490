"""Tests of factors and refusals for models with noise and use of the scale of their own."""

import numpy as np
import pandas as pd
import pytest
from made_parts import made
from scipy.stats import chi2

import pluralstats as ps
from pluralstats.errors import ConfigError

OPTIONS = {"method": "laplace", "draws": 50, "on_problem": "ignore"}


@pytest.fixture(scope="module")
def fits():
    """40 raters of 15 items; men's noise is exp(0.5) times that of women and they use the ends of the scale."""
    rng = np.random.default_rng(4)
    rater, item = np.repeat(np.arange(40), 15), np.tile(np.arange(15), 40)
    male = rater % 2
    z = rng.normal(0.0, 0.8, 15)[item] + np.exp(0.5 * male) * rng.normal(size=600)
    cuts = np.exp(-0.4 * male)[:, None] * np.array([-1.2, -0.4, 0.4, 1.2])
    columns = {"rater": rater.astype(str), "item": item.astype(str), "rating": 1 + (z[:, None] > cuts).sum(axis=1)}
    frame = pd.DataFrame(columns).assign(gender=np.array(["female", "male"])[male])
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"])
    formula, submodels = "rating ~ gender + (1 | item)", {"disc": "~ gender", "stretch": "~ gender"}
    return ps.fit(ratings, formula, **submodels, **OPTIONS), ps.fit(ratings, "rating ~ (1 | item)", **OPTIONS)


def test_a_factor_is_tested_in_all_parts_at_once(fits):
    fit, smaller = fits
    row = ps.joint_tests(fit).iloc[0]
    assert [row["df"], row["df_lr"]] == [3, 3.0]
    assert row["lr"] == pytest.approx(2.0 * (fit.loglik - smaller.loglik), abs=1e-6)
    assert row["p_lr"] == pytest.approx(chi2.sf(row["lr"], 3))
    b = fit.parameters[fit.parameters["parameter"].str.endswith("gender[male]")]["estimate"].to_numpy()
    V = fit.posterior.covariance[fit.posterior.coefficient_slice, fit.posterior.coefficient_slice]
    assert row["wald"] == pytest.approx(b @ np.linalg.solve(V, b))
    assert row["wald"] == pytest.approx(row["lr"], rel=0.3)


def test_within_items_keeps_the_submodels(fits):
    at = ps.effects(fits[0], "gender", within="items")
    assert at["estimate"][0] == pytest.approx(ps.effects(fits[0], "gender")["estimate"][0], abs=0.1)


def test_odds_ratios_of_several_noises_are_refused():
    with pytest.raises(ConfigError, match="'odds_ratio' has a meaning where all ratings have the same noise"):
        ps.effects(made(link="logit", disc="~ gender"), "gender", estimands="odds_ratio")
