"""Fits with imputed demographics: what they recover, what they count, and what a pooled fit is."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError, DataError
from pluralstats.fits.imputation.completed import completed_sets, rater_spread
from pluralstats.fits.imputation.pooling import linear_predictor, pooled_fit

MAIN = "rating ~ race + gender + (1 | item) + (1 | rater)"
TRUTH = {"A": 0.0, "B": 1.0, "C": -0.8}


def study(seed, share=None, n_raters=150):
    """Numbers; race goes unstated in ``share`` of raters, else the more often the higher their ratings."""
    rng = np.random.default_rng(seed)
    race = rng.choice(list(TRUTH), n_raters, p=[0.5, 0.25, 0.25])
    gender = np.where(rng.random(n_raters) < np.where(race == "B", 0.7, 0.4), "m", "f")
    item = np.array([rng.choice(15, 6, replace=False) for _ in range(n_raters)])
    own = np.array([TRUTH[name] for name in race]) + rng.normal(0.0, 0.5, n_raters)
    rating = own[:, None] + rng.normal(0.0, 0.7, 15)[item] + rng.normal(size=item.shape)
    z = rating.mean(axis=1)
    p = 1.0 / (1.0 + np.exp(1.0 - 3.0 * (z - z.mean()) / z.std())) if share is None else share
    stated = np.where(rng.random(n_raters) < p, None, race)
    people = {"rater": [f"r{r:03d}" for r in range(n_raters)], "race": stated, "gender": gender}
    table = pd.DataFrame({name: np.repeat(values, 6) for name, values in people.items()})
    return table.assign(item=np.char.add("i", item.ravel().astype(str)), rating=rating.ravel())


def made(frame, undisclosed="impute", **options):
    reference = {"race": "A", "gender": "f"}
    return ps.Ratings(frame, "continuous", ["race", "gender"], undisclosed=undisclosed, reference=reference, **options)


def fitted(ratings, imputations=5, **options):
    asked = {"family": "gaussian", "method": "laplace", "on_problem": "ignore"} | options
    return ps.fit(ratings, MAIN, imputations=imputations, **asked)


@pytest.fixture(scope="module")
def ratings():
    frame = study(1, 0.25)
    frame.loc[frame["rater"].isin(["r000", "r001", "r002"]), "gender"] = "Prefer not to say"
    return made(frame)


@pytest.fixture(scope="module")
def fit(ratings):
    return fitted(ratings)


def test_what_depends_on_severity_is_recovered_where_leaving_raters_out_is_biased():
    """Race unstated the more often the higher a rater's ratings; B rates 1.0 higher than A, C 0.8 lower.

    The mean of 4 studies of 150 raters, standard error about 0.06.
    """
    found = {"drop": [], "impute": []}
    for seed in range(4):
        frame = study(seed)
        for policy, estimates in found.items():
            table = fitted(made(frame, policy), 3).parameters.set_index("parameter")
            estimates.append(table.loc["race[B]", "estimate"] - table.loc["race[C]", "estimate"])
    bias = {policy: np.mean(estimates) - 1.8 for policy, estimates in found.items()}
    assert bias["drop"] < -0.3
    assert abs(bias["impute"]) < 0.2


def test_imputed_raters_are_counted(ratings, fit):
    n_race = int((ratings.raters["race"] == "undisclosed").sum())
    assert fit.provenance["imputation"]["raters"] == {"race": n_race, "gender": 3}
    record = fit.ratings.policies.query("step == 'impute'")
    assert record[["column", "n_raters", "detail"]].values.tolist() == [
        ["race", n_race, "set 1 of 5"],
        ["gender", 3, "set 1 of 5"],
    ]
    assert f"race of {n_race} raters, gender of 3 raters; 5 completed sets" in fit.summary().as_text()
    assert set(fit.ratings.frame["race"]) == {"A", "B", "C"}
    assert fit.ratings.n_raters == ratings.n_raters


def test_what_raters_state_is_the_same_in_every_set_and_one_for_all_their_rows(ratings, fit):
    assert len(set(fit.provenance["imputation"]["data_hash"])) == 5
    stated = (ratings.frame["race"] != "undisclosed").to_numpy()
    assert (fit.ratings.frame["race"].astype(str) == ratings.frame["race"].astype(str))[stated].all()
    assert fit.ratings.frame.groupby("rater", observed=True)["race"].nunique().max() == 1


def test_the_same_seed_gives_the_same_fit(ratings):
    one, again, other = (fitted(ratings, 2, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.parameters, again.parameters)
    np.testing.assert_array_equal(one.samples.coefficient, again.samples.coefficient)
    assert not one.parameters.equals(other.parameters)


def test_nothing_changes_where_the_formula_names_nothing_to_impute(ratings):
    options = {"family": "gaussian", "method": "laplace", "on_problem": "ignore"}
    plain = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", **options)
    assert "imputation" not in plain.provenance
    assert plain.ratings is ratings


def test_draws_have_the_means_and_variances_of_the_table(fit):
    table = fit.parameters[fit.parameters["kind"] == "coefficient"]
    draws = fit.samples.coefficient
    assert len(draws) == 1000
    np.testing.assert_allclose(draws.mean(axis=0), table["estimate"], atol=0.02)
    np.testing.assert_allclose(draws.std(axis=0), table["se"], rtol=0.1)
    effect = ps.effects(fit, "race").set_index("level")["estimate"]
    np.testing.assert_allclose(effect[["B", "C"]], draws.mean(axis=0)[1:3], atol=1e-6)


def test_draws_predict_the_ratings_of_imputed_raters_as_well_as_those_of_others(ratings, fit):
    """Without the move of their effects the predictions of imputed raters would spread by the effect of race."""
    draws = linear_predictor(fit.design, fit.samples, np.arange(ratings.n_ratings))
    mean, spread = draws[:, np.argsort(fit.design.rows)].mean(axis=0), draws[:, np.argsort(fit.design.rows)].std(axis=0)
    unknown = (ratings.frame["race"] == "undisclosed").to_numpy()
    residual = ratings.values - mean
    assert residual[unknown].std() == pytest.approx(residual[~unknown].std(), rel=0.1)
    assert spread[unknown].mean() == pytest.approx(spread[~unknown].mean(), rel=0.1)


def test_a_saved_fit_comes_back(fit, tmp_path):
    again = ps.load_fit(fit.save(tmp_path / "fit"))
    pd.testing.assert_frame_equal(again.parameters, fit.parameters)
    pd.testing.assert_frame_equal(ps.effects(again), ps.effects(fit))
    assert again.provenance["imputation"] == fit.provenance["imputation"]


def test_a_posterior_is_pooled_too(ratings):
    fit = fitted(ratings, 2, method="hmc", draws=100, sampler=ps.Sampler(chains=2, warmup=100))
    assert len(fit.samples.sd) == 100
    assert {"r_hat", "ess_bulk", "between", "fmi"} <= set(fit.parameters)
    assert fit.estimator == "posterior"


def test_several_races_are_imputed_as_sets():
    frame = study(3, 0.2)
    frame["race"] = frame["race"].where(frame["race"] != "C", "B;A")
    fit = fitted(made(frame, multi_select={"race": "share"}), 2)
    assert set(fit.ratings.frame["race"]) == {"A", "B", "A + B"}
    assert fit.design.fixed.names[1] == "race[B]"


@pytest.mark.parametrize("number", [1, 2.5, True, "many"])
def test_a_number_of_sets_that_is_none_is_refused(ratings, number):
    with pytest.raises(ConfigError, match="`imputations` is a whole number of completed sets, 2 or more"):
        fitted(ratings, number)


def test_a_demographic_that_nobody_states_is_refused():
    frame = study(1, 0.2).assign(race=None)
    with pytest.raises(DataError, match=r"'race' is to be imputed .* and no rater states it"):
        fitted(ps.Ratings(frame, "continuous", ["race", "gender"], undisclosed="impute"))


def test_what_fits_one_set_only_is_refused(ratings, fit):
    with pytest.raises(ConfigError, match=r"Only ps\.fit does that"):
        ps.pymc_model(ratings, MAIN, family="gaussian")
    with pytest.raises(ConfigError, match="this fit pools completed sets"):
        ps.effects(fit, "race", within="items")


# ---------------------------------------------------------------- submodels of noise and use of the scale


@pytest.fixture(scope="module")
def noisy():
    """120 raters; the noise of men is exp(0.5) times that of women, and one rater in five did not state it."""
    study = ps.simulate(120, 40, 20, scale=(1, 5), effects={}, sd_item=0.8, disc={"gender[male]": 0.5}, seed=4)
    unknown = np.random.default_rng(5).random(120) < 0.2
    gender = study.frame["gender"].astype(str).mask(unknown[study.frame["rater"].cat.codes])
    frame = study.frame.assign(rating=study.values, gender=gender)
    return ps.Ratings(frame, (1, 5), ["gender"], undisclosed="impute", reference={"gender": "female"})


@pytest.fixture(scope="module")
def noise(noisy):
    parts = {"disc": "~ gender + (1 | rater)", "stretch": "~ gender"}
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    return ps.fit(noisy, formula, **parts, method="laplace", draws=400, imputations=4, on_problem="ignore")


def test_submodels_are_pooled_by_the_same_rules(noise):
    table = noise.parameters.set_index("parameter")
    row, draws = table.loc["disc: gender[male]"], noise.part_fits["disc"].samples.coefficient[:, 0]
    assert row["lower"] < 0.5 < row["upper"] and row["fmi"] > 0.0  # simulated truth
    assert draws.mean() == pytest.approx(row["estimate"], abs=0.15 * row["se"])
    assert draws.std() == pytest.approx(row["se"], rel=0.15)
    assert len(noise.samples.parts["disc"].effects[0]) == 400


def test_noise_is_recovered_because_demographics_are_imputed_given_the_spread_of_ratings():
    """Two in five did not state a gender that multiplies noise by exp(0.5). The mean of 4 studies, standard error 0.03;
    of 8 studies it was 0.47, and 0.31 where imputation knew the raters' severity only."""
    found = []
    for seed in range(4):
        study = ps.simulate(120, 40, 20, scale=(1, 5), effects={}, sd_item=0.8, disc={"gender[male]": 0.5}, seed=seed)
        unknown = np.random.default_rng(seed + 50).random(120) < 0.4
        gender = study.frame["gender"].astype(str).mask(unknown[study.frame["rater"].cat.codes])
        frame = study.frame.assign(rating=study.values, gender=gender)
        ratings = ps.Ratings(frame, (1, 5), ["gender"], undisclosed="impute", reference={"gender": "female"})
        options = {"method": "laplace", "draws": 20, "imputations": 3, "on_problem": "ignore"}
        fit = ps.fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", disc="~ gender", **options)
        found.append(fit.parameters.set_index("parameter").loc["disc: gender[male]", "estimate"])
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)


def test_the_spread_of_a_rater_is_that_of_what_is_left_of_ratings():
    # By hand: items have means 2 and 3; left are -1, 1 (twice, around rater means 0) and 1, -1: squares 1 each rater
    frame = pd.DataFrame({"item": ["a", "b"] * 2, "rater": ["x", "x", "y", "y"], "rating": [1.0, 4.0, 3.0, 2.0]})
    ratings = ps.Ratings(frame, "continuous")
    assert rater_spread(ratings).tolist() == pytest.approx([0.0, 0.0])
    third = pd.DataFrame({"item": ["a", "b"], "rater": ["z", "z"], "rating": [2.0, 3.0]})  # exactly the means
    squares = {"x": 2.0, "y": 2.0, "z": 0.0}
    each = {rater: np.log((sum_ + 5.0 * 4.0 / 6.0) / 7.0) for rater, sum_ in squares.items()}
    expected = [value - np.mean(list(each.values())) for value in each.values()]
    assert rater_spread(ps.Ratings(pd.concat([frame, third]), "continuous")).tolist() == pytest.approx(expected)


def test_the_noise_of_imputed_raters_is_that_of_the_set_that_a_draw_is_from(noisy):
    """Without the move of their effects log s would differ by the effect of gender, 0.5, where genders do."""
    sets = completed_sets(noisy, lambda one: pd.Series(0.0, one.frame["rater"].cat.categories.astype(str)), 2, 1)
    parts = {"disc": "~ gender + (1 | rater)", "method": "laplace", "draws": 400, "on_problem": "ignore"}
    fits = [ps.fit(one, "rating ~ gender + (1 | item) + (1 | rater)", **parts) for one in sets]
    pooled = pooled_fit(fits, {})
    means = []
    for fit, at in ((pooled, pooled.whole_samples.at(np.arange(1, 400, 2))), (fits[1], fits[1].whole_samples)):
        whole = fit.design.whole
        log_s = linear_predictor(whole, at, np.arange(noisy.n_ratings), part=1).mean(axis=0)
        means.append(log_s[np.argsort(whole.rows)])
    other = (sets[0].frame["gender"] != sets[1].frame["gender"]).to_numpy()
    assert other.sum() > 100
    # what is left: draws of both sets are moved apart by the square root of 1 + 1 / m, and 200 draws have an error
    assert np.abs(means[0] - means[1])[other].max() < 0.1


def test_thresholds_by_a_demographic_to_impute_are_refused(ratings):
    frame = ratings.frame.assign(rating=1 + (ratings.values > ratings.values.mean()))
    frame = frame.replace({"gender": {"undisclosed": None}})[["rater", "item", "gender", "rating"]]
    answers = ps.Ratings(frame, (1, 2), demographics=["gender"], undisclosed="impute")
    with pytest.raises(ps.ConfigError, match="completes columns of formulas only"):
        ps.fit(answers, "rating ~ (1 | rater)", thresholds="gender", method="laplace")
