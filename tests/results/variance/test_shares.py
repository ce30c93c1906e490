"""Variance shares."""

import numpy as np
import pytest

import pluralstats as ps


def test_shares_sum_to_a_hundred_and_keep_their_order(small_fit):
    table = ps.variance_shares(small_fit)
    assert table["component"].tolist() == ["item", "demographics", "rater", "residual"]
    assert table["percent"].sum() == pytest.approx(100.0)
    assert (table["lower"] <= table["percent"]).all()
    assert (table["percent"] <= table["upper"]).all()


@pytest.mark.parametrize(("link", "residual"), [("probit", 1.0), ("logit", np.pi / np.sqrt(3.0))])
def test_the_residual_is_that_of_the_link(small, link, residual):
    table = ps.variance_shares(ps.fit(small, link=link, draws=50, on_problem="ignore")).set_index("component")
    assert table.loc["residual", "sd"] == pytest.approx(residual)


def test_demographics_are_the_variance_of_the_linear_predictor_less_the_noise_in_it(small):
    fit = ps.fit(small, "rating ~ gender + (1 | item) + (1 | rater)", draws=300, on_problem="ignore")
    share = (small.raters["gender"] == "male").mean()
    b = fit.samples.coefficient[:, 0]
    table = ps.variance_shares(fit).set_index("component")
    corrected = np.maximum(b**2 - 2.0 * np.var(b), 0.0) * share * (1.0 - share)
    assert table.loc["demographics", "sd"] ** 2 == pytest.approx(np.mean(corrected))


def test_demographics_without_an_effect_have_no_share():
    """40 studies of 60 raters whose gender and politics mean nothing: x'b alone gave 3% and intervals above 0."""
    demographics = {"gender": {"f": 0.5, "m": 0.5}, "politics": {"left": 0.4, "centre": 0.3, "right": 0.3}}
    rows = []
    for seed in range(40):
        ratings = ps.simulate(n_raters=60, n_items=30, ratings_per_rater=10, demographics=demographics, seed=seed)
        fit = ps.fit(ratings, method="laplace", draws=200, on_problem="ignore")
        table = ps.variance_shares(fit).set_index("component")
        rows.append(table.loc["demographics", ["percent", "lower"]].astype(float))
    percent, lower = np.array(rows).T
    assert percent.mean() < 1.5
    assert (lower == 0.0).mean() >= 0.95


def test_the_component_is_called_demographics_only_if_it_is_about_raters(small):
    topic = small.frame["item"].cat.codes % 3
    frame = small.frame.assign(rating=small.values.astype(int), topic=topic.map({0: "a", 1: "b", 2: "c"}))
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["topic"])
    of_raters, of_items = (
        ps.variance_shares(
            ps.fit(ratings, f"rating ~ {fixed} + (1 | item) + (1 | rater)", draws=50, on_problem="ignore")
        )
        for fixed in ("gender", "gender + topic")
    )
    assert of_raters["component"].tolist() == ["item", "demographics", "rater", "residual"]
    assert of_items["component"].tolist() == ["item", "fixed effects", "rater", "residual"]
    assert of_items["percent"].sum() == pytest.approx(100.0)


def test_gaussian_shares_are_those_of_the_estimated_variances(small):
    fit = ps.fit(small, "rating ~ 1 + (1 | item) + (1 | rater)", family="gaussian", method="laplace", draws=4000)
    sds = fit.parameters[fit.parameters["kind"].isin(["sd", "residual_sd"])].set_index("term")["estimate"]
    expected = 100.0 * sds**2 / (sds**2).sum()
    table = ps.variance_shares(fit).set_index("component")
    for component in ("item", "rater", "residual"):
        assert table.loc[component, "percent"] == pytest.approx(expected[component], abs=1.5)


def test_a_percentage_is_no_probability(small_fit):
    with pytest.raises(ps.ConfigError, match="found 95"):
        ps.variance_shares(small_fit, prob=95)
    narrow, wide = (ps.variance_shares(small_fit, prob=prob) for prob in (0.5, 0.95))
    assert (narrow["upper"] - narrow["lower"] < wide["upper"] - wide["lower"])[:3].all()
