"""Simulation: the design asked for, the truth attached, and data that follow it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import logistic, norm

import pluralstats as ps


def test_the_seed_study_has_its_design():
    ratings = ps.simulate_seed_study(seed=1)
    assert (ratings.n_ratings, ratings.n_raters, ratings.n_items) == (27_375, 1_095, 200)  # arXiv 2511.14476
    assert len(ratings.dimensions) == 5
    assert ratings.frame["question"].nunique() == 40
    assert ratings.simulated
    assert ratings.demographics == ("gender", "race", "politics", "country", "age")
    first = {name: ratings.frame[name].cat.categories[0] for name in ratings.demographics}
    assert first == {"gender": "female", "race": "White", "politics": "liberal", "country": "US", "age": "18-30"}
    assert list(ratings.frame["politics"].cat.categories)[-1] == "undisclosed"
    assert len(ratings.frame[["item", "question"]].drop_duplicates()) == 200  # items are nested in questions
    assert ratings.items["n_ratings"].nunique() > 10  # items drawn at random have unequal numbers


def test_the_seed_study_has_a_halo_of_the_right_sign():
    effects = ps.simulate_seed_study(seed=1).truth.random_effects.query("term == 'rater'")
    wide = effects.pivot_table(index="group", columns="dimension", values="value")
    correlation = wide.corr()
    # +-0.5 was simulated; 0.1 is more than 4 standard errors with 1,095 raters
    assert correlation.loc["toxicity", "helpfulness"] == pytest.approx(-0.5, abs=0.1)
    assert correlation.loc["toxicity", "stereotypical bias"] == pytest.approx(0.5, abs=0.1)


def test_effects_of_the_seed_study_differ_by_dimension():
    effects = ps.simulate_seed_study().truth.coefficients.pivot_table(
        index="parameter", columns="dimension", values="value"
    )
    assert (effects.loc["gender[male]"].nunique(), effects.abs().max().max() <= 0.3) == (5, True)
    assert (effects.loc["politics[undisclosed]"] == 0).all()


def test_the_same_seed_gives_the_same_ratings():
    assert ps.simulate(seed=4).data_hash == ps.simulate(seed=4).data_hash
    assert ps.simulate(seed=4).data_hash != ps.simulate(seed=5).data_hash


def test_the_design_is_the_one_asked_for():
    counts = [1, 2, 3, 4]
    ratings = ps.simulate(4, 4, counts, dimensions=["x", "y"], n_questions=2)
    assert ratings.raters["n_ratings"].tolist() == [2, 4, 6, 8]
    assert not ratings.frame.duplicated(["rater", "item", "dimension"]).any()
    assert ratings.frame["question"].nunique() == 2


def test_levels_keep_the_order_they_were_given_in():
    shares = {"politics": {"right": 0.2, "centre": 0.3, "left": 0.5}}
    ratings = ps.simulate(100, demographics=shares)
    assert list(ratings.frame["politics"].cat.categories) == ["right", "centre", "left"]
    assert ratings.truth.coefficients["value"].tolist() == [0, 0]


@pytest.mark.parametrize(("link", "cdf"), [("probit", norm.cdf), ("logit", logistic.cdf)])
def test_answers_follow_the_cumulative_model(link, cdf):
    thresholds = [-1, 0, 0.5, 1.5]
    nothing = {"sd_rater": 0, "sd_item": 0, "demographics": {"g": {"a": 0.5, "b": 0.5}}}
    ratings = ps.simulate(4000, 10, 5, link=link, thresholds=thresholds, effects={"g[b]": 0.7}, **nothing)
    for level, eta in (("a", 0.0), ("b", 0.7)):
        codes = ratings.frame.loc[ratings.frame["g"] == level, "rating"]
        found = [np.mean(codes <= k) for k in range(4)]
        # P(y <= k) = F(tau_k - eta); 0.02 is 4 standard errors with about 10,000 ratings
        assert found == pytest.approx(cdf(np.array(thresholds) - eta), abs=0.02)


def test_default_thresholds_make_answers_about_equally_frequent():
    shares = ps.simulate(2000, 400, 10, effects={}).frame["rating"].value_counts(normalize=True)
    assert shares.tolist() == pytest.approx([0.2] * 5, abs=0.03)


def test_gaussian_ratings_have_the_mean_and_the_spread_asked_for():
    ratings = ps.simulate(2000, 500, 20, family="gaussian", intercept=3, effects={"gender[male]": 0.5}, sd_residual=0.5)
    means = pd.Series(ratings.values).groupby(ratings.frame["gender"].to_numpy()).mean()
    assert means["female"] == pytest.approx(3, abs=0.15)  # 4 x sd_item / sqrt(500)
    assert means["male"] - means["female"] == pytest.approx(0.5, abs=0.12)  # 4 x 0.6 x sqrt(2 / 1000)
    assert ratings.values.var() == pytest.approx(0.5**2 + 0.6**2 + 0.8**2 + 0.25**2, rel=0.1)
    assert (ratings.truth.family, ratings.truth.link) == ("gaussian", "identity")
    assert ratings.truth.sds.set_index("term")["value"].to_dict() == {"rater": 0.6, "item": 0.8, "residual": 0.5}


def test_interactions_apply_to_both_levels_together():
    shares = {"g": {"a": 0.5, "b": 0.5}, "p": {"x": 0.5, "y": 0.5}}
    exact = {"family": "gaussian", "sd_rater": 0, "sd_item": 0, "sd_residual": 0}
    ratings = ps.simulate(2000, 5, 5, demographics=shares, effects={"g[b]:p[y]": 1}, **exact)
    means = ratings.frame.groupby(["g", "p"], observed=True)["rating"].mean()
    assert means.to_dict() == {("a", "x"): 0, ("a", "y"): 0, ("b", "x"): 0, ("b", "y"): 1}


def test_collapsed_ratings_keep_the_thresholds_that_still_matter():
    ratings = ps.simulate(thresholds=[-1, 0, 1, 2]).collapse(3)
    assert ratings.truth.thresholds["all"].tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(1, 5))
def test_one_rater_is_a_study_whoever_is_drawn(seed):
    assert ps.simulate(n_raters=1, seed=seed).n_raters == 1
