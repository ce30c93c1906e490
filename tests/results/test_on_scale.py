"""One latent model of two waves, with results on the scale of either."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from two_waves import in_two_waves

import pluralstats as ps

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"
SAME = {"rtol": 1e-6, "atol": 1e-7}  # what interpolated tables keep


@pytest.fixture(scope="module")
def fit() -> ps.Fit:
    made = ps.simulate(60, 12, 8, effects={"gender[male]": 0.5}, seed=5)
    late = np.random.default_rng(6).random(made.n_ratings) < 0.5
    return ps.fit(in_two_waves(made, late), FORMULA, thresholds="wave", method="laplace", draws=60)


def answers_of(fit: ps.Fit, wave: str, gender: str, item: np.ndarray) -> np.ndarray:
    """(S, items, K) probabilities of the answers of a new rater, one term after the other."""
    names, samples = fit.parameters["parameter"].tolist(), fit.samples
    cuts = samples.threshold[:, [name.startswith(f"{wave}: ") for name in names[: samples.threshold.shape[1]]]]
    of_item = next(t for t, g in enumerate(fit.design.groupings) if g.term.name == "item")
    eta = samples.coefficient[:, [0]] * (gender == "male") + samples.effects[of_item][:, item]
    spread = np.sqrt(1.0 + samples.sd[:, 1 - of_item] ** 2)
    below = norm.cdf((cuts[:, None, :] - eta[..., None]) / spread[:, None, None])
    ends = np.zeros((*below.shape[:2], 1))
    return np.diff(np.concatenate([ends, below, ends + 1.0], axis=2), axis=2)


@pytest.mark.parametrize(("wave", "K"), [("1", 5), ("2", 3)])
def test_predictions_are_the_answers_of_the_wave(fit, wave, K):
    names = fit.ratings.frame["item"].cat.categories
    rows = pd.DataFrame({"item": names[:4], "gender": ["male", "female", "male", "female"]})
    table = ps.predict(fit.on_scale(wave), rows)
    found = table[[f"p_{k}" for k in range(1, K + 1)]].to_numpy()
    direct = np.stack([answers_of(fit, wave, g, np.array([i]))[:, 0] for i, g in enumerate(rows["gender"])], axis=1)
    np.testing.assert_allclose(found, direct.mean(axis=0), **SAME)
    np.testing.assert_allclose(table["estimate"], (direct @ np.arange(1, K + 1)).mean(axis=0), **SAME)
    assert f"p_{K + 1}" not in table


@pytest.mark.parametrize(("wave", "K"), [("1", 5), ("2", 3)])
def test_effects_are_differences_of_answers_of_the_wave(fit, wave, K):
    every = np.arange(fit.ratings.n_items)
    means = {g: answers_of(fit, wave, g, every).mean(axis=1) for g in ("male", "female")}
    points = (means["male"] - means["female"]) @ np.arange(1, K + 1)
    top = (means["male"] - means["female"])[:, -1]
    table = ps.effects(fit.on_scale(wave), estimands=["points", f"P(rating >= {K})", "latent_d"]).set_index("estimand")
    np.testing.assert_allclose(table.loc["points", "estimate"], points.mean(), **SAME)
    ends = np.quantile(points, [0.025, 0.975])
    np.testing.assert_allclose(table.loc["points", ["lower", "upper"]].to_numpy(float), ends, **SAME)
    np.testing.assert_allclose(table.loc[f"P(rating >= {K})", "estimate"], 100 * top.mean(), **SAME)
    frame = fit.ratings.select(wave=wave)
    of_men = (frame.frame["gender"] == "male").to_numpy()
    raw = frame.values[of_men].mean() - frame.values[~of_men].mean()
    assert table.loc["points", "raw"] == pytest.approx(raw)
    assert table.loc["points", "n_ratings"] == of_men.sum()


def test_what_is_latent_is_the_same_on_every_scale(fit):
    one, other = (ps.effects(fit.on_scale(wave), estimands=["latent_d"]) for wave in ("1", "2"))
    assert one["estimate"].tolist() == other["estimate"].tolist()
    for result in (ps.variance_shares, lambda fit: ps.r2(fit).query("scale == 'latent'")):
        one, other = (result(fit.on_scale(wave)) for wave in ("1", "2"))
        pd.testing.assert_frame_equal(one, other)


def test_tables_of_people_and_items_are_on_the_scale_asked_for(fit):
    late = fit.on_scale("2")
    assert ps.group_means(late, "gender")["estimate"].between(1, 3).all()
    labels = ps.label_distributions(late)
    assert labels.scale.describe() == "1-3"
    every = answers_of(fit, "2", "female", np.arange(fit.ratings.n_items)).mean(axis=0)
    share = (fit.ratings.raters["gender"] == "female").mean()
    both = share * every + (1 - share) * answers_of(fit, "2", "male", np.arange(fit.ratings.n_items)).mean(axis=0)
    np.testing.assert_allclose(labels.table[["p_1", "p_2", "p_3"]].to_numpy(), both, **SAME)
    assert set(ps.r2(late)["scale"]) == {"latent", "response"}


def test_thresholds_of_equal_scales_are_chosen_the_same_way():
    """Five answers in both waves, thresholds by wave."""
    made = ps.simulate(40, 10, 8, seed=2)
    wave = np.where(np.arange(made.n_ratings) % 2, "a", "b")
    ratings = ps.Ratings(made.frame.assign(rating=made.values, wave=wave), scale=(1, 5), demographics=["gender"])
    fit = ps.fit(ratings, FORMULA, thresholds="wave", method="laplace", draws=60)
    table = ps.predict(fit.on_scale("b"), ratings.frame[["item", "gender"]].head(3))
    assert table.filter(like="p_").sum(axis=1).tolist() == pytest.approx([1.0] * 3)


def test_all_waves_at_once_are_refused_with_the_way_to_one(fit):
    rows = fit.ratings.frame[["item", "gender"]].head()
    for function in (ps.effects, ps.label_distributions, lambda fit: ps.predict(fit, rows)):
        with pytest.raises(ps.DataError, match=r'fit\.on_scale\("1"\)'):
            function(fit)


@pytest.mark.parametrize(
    "function",
    [
        ps.loo,
        ps.predictive_checks,
        lambda fit: ps.compare({"one": fit, "other": fit}),
        lambda fit: fit.save("nowhere"),
        lambda fit: fit.draws,
    ],
)
def test_what_judges_answers_needs_the_fit_itself(fit, function):
    with pytest.raises(ps.ConfigError, match="about the answers that were given"):
        function(fit.on_scale("2"))


def test_models_of_all_waves_are_compared(fit):
    """Twice the difference of log-likelihoods, as of any two nested models."""
    less = ps.fit(fit.ratings, "rating ~ (1 | item) + (1 | rater)", thresholds="wave", method="laplace", draws=60)
    table = ps.compare({"without": less, "with": fit})
    assert table["lr"].iloc[1] == pytest.approx(2 * (fit.loglik - less.loglik))


def test_a_scale_that_there_is_not(fit):
    with pytest.raises(ps.ConfigError, match="there is no wave '3'; there are 1, 2"):
        fit.on_scale("3")
    plain = ps.fit(fit.ratings.select(wave="1"), "rating ~ (1 | item)", method="laplace")
    with pytest.raises(ps.ConfigError, match="one set of them"):
        plain.on_scale("1")
