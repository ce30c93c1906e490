"""Averages, shares and standardised differences where effects of items or raters depend on the profile."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_scenes import predicted, profiles_of, scene_of
from scipy.stats import logistic, norm

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.results.averaging.multipliers import distinct_multipliers, multipliers, term_covariance, variance_at

REFERENCE = {"gender": "f", "politics": "x"}
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)


def study(reference=REFERENCE):
    """40 raters of uneven politics, 12 items, two waves; age is a number of the rater."""
    rng = np.random.default_rng(8)
    rater = np.repeat(np.arange(40), 10)
    item = np.concatenate([rng.choice(12, 10, replace=False) for _ in range(40)])
    male, late = rater % 2, np.arange(400) % 2
    slope = rng.normal(size=12) * 0.6
    latent = 0.4 * male + rng.normal(size=12)[item] + slope[item] * male + 0.6 * rng.normal(size=40)[rater]
    rating = 1 + np.digitize(latent + rng.normal(size=400), [-1.0, 0.0, 0.7, 1.6])
    frame = pd.DataFrame({"rater": rater, "item": item, "rating": rating, "wave": np.where(late, "late", "early")})
    frame = frame.assign(
        gender=np.where(male, "m", "f"), politics=np.array(list("xxyz"))[rater // 2 % 4], age=20.0 + rater
    )
    return ps.Ratings(frame, scale=(1, 5), demographics=list(REFERENCE), covariates=["age"], reference=reference)


RATINGS = study()


def fit_of(right, ratings=RATINGS, draws=3, **options):
    return ps.fit(ratings, f"rating ~ {right}", method="laplace", draws=draws, on_problem="ignore", **options)


def with_spread(fit, sd, correlation):
    """The fit with every draw's sds and correlations replaced by numbers, so that shares are known."""
    n = len(fit.samples.sd)
    sds, correlations = np.tile(np.asarray(sd, float), (n, 1)), np.tile(np.asarray(correlation, float), (n, 1))
    samples = fit.samples._replace(sd=sds, correlation=correlations)
    return replace(fit, posterior=DrawnPosterior(samples, 1))


def late_share():
    """The share of late ratings, each item once."""
    late = RATINGS.frame["wave"] == "late"
    return late.groupby(RATINGS.frame["item"], observed=True).mean().mean()


def position(fit, name):
    return [grouping.name for grouping in fit.design.groupings].index(name)


def everybody_with_every_item(fit, changes):
    """Raters' profiles with every item on each wave that it was rated in, and the share of each row.

    An item counts once, its waves by its ratings: computed from the ratings, without the package.
    """
    frame, columns = fit.ratings.frame, [c for c in fit.design.formula.described if c != "wave"]
    raters = frame.drop_duplicates("rater")[columns].reset_index(drop=True)
    for name, level in changes.items():
        raters[name] = pd.Categorical([level] * len(raters), categories=frame[name].cat.categories)
    met = ["item", "wave"] if "wave" in fit.design.formula.described else ["item"]
    counts = frame.groupby(met, observed=True).size()
    share = counts / counts.groupby("item", observed=True).transform("sum") / frame["item"].nunique()
    items = share.rename("share").reset_index()
    whole = raters.merge(items.assign(item=items["item"].cat.codes), how="cross")
    return whole, whole["share"].to_numpy() / len(raters)


def by_hand(fit, changes, draw, sd_of):
    """P(rating >= k) from the table of raters and items, new raters by 80-node quadrature."""
    samples, (whole, share) = fit.samples, everybody_with_every_item(fit, changes)
    male = (whole["gender"] == "m").to_numpy(float)
    intercept, slope = (samples.effects[position(fit, name)][draw] for name in ("item", "gender[m] | item"))
    eta = (
        fit.design.fixed.rows_for(whole) @ samples.coefficient[draw]
        + (intercept + np.outer(male, slope))[np.arange(len(whole)), whole["item"]]
    )
    sd = np.array([sd_of(row, draw) for row in whole.itertuples()])
    cdf = norm.cdf if fit.link == "probit" else logistic.cdf
    out = []
    for tau in samples.threshold[draw]:
        latent = tau - eta[:, None] - sd[:, None] * NODES
        out.append(1.0 - share @ (cdf(latent) @ WEIGHTS / WEIGHTS.sum()))
    return np.array(out)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_averages_equal_the_profile_by_item_table_where_items_have_slopes(link):
    fit = fit_of("gender * politics + (1 + gender | item) + (1 | rater)", link=link)
    sd = fit.samples.sd[:, position(fit, "rater")]
    settings = [{}, {"gender": "f"}, {"gender": "m"}]
    scenes = [scene_of(fit, changes) for changes in settings]
    for changes, found in zip(settings, predicted(fit, *scenes), strict=True):
        for draw in range(3):
            expected = by_hand(fit, changes, draw, lambda row, draw: sd[draw])
            assert found.at_least[draw] == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_new_raters_with_slopes_have_the_variance_of_their_profile(link):
    fit = fit_of("gender + wave + (1 + gender | item) + (1 + wave | rater)", link=link)
    fit = with_spread(fit, [0.7, 0.9, 0.4, 0.6], [-0.5, 0.3])
    names = [grouping.name for grouping in fit.design.groupings]
    assert names == ["rater", "wave[late] | rater", "item", "gender[m] | item"]
    late = np.sqrt(0.7**2 + 0.9**2 - 2 * 0.5 * 0.7 * 0.9)
    (found,) = predicted(fit, scene_of(fit))
    for draw in range(3):
        expected = by_hand(fit, {}, draw, lambda row, draw: late if row.wave == "late" else 0.7)
        assert found.at_least[draw] == pytest.approx(expected, abs=2e-7)


def test_a_number_as_slope_has_a_kind_of_profile_for_each_of_its_values():
    fit = fit_of("age + gender + (1 + age | item) + (1 | rater)")
    setting = profiles_of(scene_of(fit))
    Z = multipliers(fit.design, setting.profiles)
    kinds = distinct_multipliers(fit.design, Z, range(Z.shape[1]))
    assert len(kinds.Z) == 40
    assert kinds.Z[kinds.group] == pytest.approx(Z)
    (found,) = predicted(fit, scene_of(fit))
    samples, age = fit.samples, setting.profiles["age"].to_numpy()
    eta = fit.design.fixed.rows_for(setting.profiles) @ samples.coefficient[0]
    intercept, slope = (samples.effects[position(fit, name)][0] for name in ("item", "age | item"))
    scale = np.sqrt(1.0 + samples.sd[0, position(fit, "rater")] ** 2)
    cells = samples.threshold[0][:, None, None] - eta[:, None] - intercept - np.outer(age, slope)
    assert found.at_least[0] == pytest.approx(1.0 - norm.cdf(cells / scale).mean(axis=2) @ setting.share, abs=2e-7)


def test_gaussian_slopes_move_expected_ratings_by_their_mean_over_the_items():
    fit = fit_of("gender + (1 + gender | item) + (1 | rater)", family="gaussian")
    slopes = fit.samples.effects[position(fit, "gender[m] | item")].mean(axis=1)
    b = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[m]")]
    assert ps.effects(fit)["estimate"][0] == pytest.approx(np.mean(b + slopes))


def test_a_demographic_that_only_slopes_name_has_an_effect():
    table = ps.effects(fit_of("1 + (1 + gender | item) + (1 | rater)"))
    assert table["demographic"].tolist() == ["gender"]
    assert table["estimate"].notna().all()


def test_slopes_without_spread_change_nothing():
    plain = fit_of("gender + (1 | item) + (1 | rater)")
    sloped = fit_of("gender + (1 + gender | item) + (1 | rater)")
    rater, item, slope = (position(sloped, name) for name in ("rater", "item", "gender[m] | item"))
    effects = [np.zeros(0)] * 3
    effects[rater], effects[item] = (plain.samples.effects[position(plain, name)] for name in ("rater", "item"))
    effects[slope] = np.zeros_like(effects[item])
    sd = np.zeros((3, 3))
    sd[:, [rater, item]] = plain.samples.sd[:, [position(plain, "rater"), position(plain, "item")]]
    samples = plain.samples._replace(sd=sd, effects=tuple(effects), correlation=np.zeros((3, 1)))
    same = replace(sloped, posterior=DrawnPosterior(samples, 1))
    estimands = ["points", "probability", "latent_d"]
    left, right = (ps.effects(fit, estimands=estimands) for fit in (plain, same))
    pd.testing.assert_frame_equal(left, right, atol=1e-7)


# ---- variances ---------------------------------------------------------------------------------------------------


def test_the_covariance_of_a_term_is_sds_around_correlations():
    fit = fit_of("gender + politics + (1 + politics | item) + (1 | rater)")
    names = [grouping.name for grouping in fit.design.groupings]
    assert names == ["rater", "item", "politics[y] | item", "politics[z] | item"]
    fit = with_spread(fit, [9.0, 0.5, 2.0, 3.0], [0.1, -0.2, 0.3])  # (y, intercept), (z, intercept), (z, y)
    expected = [[0.25, 0.1, -0.3], [0.1, 4.0, 1.8], [-0.3, 1.8, 9.0]]
    assert term_covariance(fit.design, fit.samples, block=1)[0] == pytest.approx(np.array(expected))
    assert variance_at(fit.design, fit.samples, [1, 2, 3], np.ones((1, 4)))[0] == pytest.approx([np.sum(expected)])


S0, S1, RHO = 0.8, 0.5, -0.6


def shares_of(fit, **options):
    return ps.variance_shares(fit, **options).set_index("component")


def test_item_variance_splits_into_items_and_groups_by_items():
    """Var = (1 - p) s0^2 + p (s0^2 + 2 r s0 s1 + s1^2) is the variance at the mean multiplier p and p (1 - p) s1^2."""
    fit = with_spread(fit_of("gender + (1 + gender | item) + (1 | rater)"), [0.6, S0, S1], [RHO])
    assert [grouping.name for grouping in fit.design.groupings] == ["rater", "item", "gender[m] | item"]
    target = ps.Population.from_cells(pd.DataFrame({"gender": ["f", "m"], "share": [0.7, 0.3]}))
    table = shares_of(fit, population=target)
    assert table.index.tolist() == ["item", "gender x item", "demographics", "rater", "residual"]
    assert table["percent"].sum() == pytest.approx(100.0)
    item, slope = (table.loc[name, "sd"] ** 2 for name in ("item", "gender x item"))
    assert item == pytest.approx(S0**2 + 2 * 0.3 * RHO * S0 * S1 + 0.09 * S1**2)
    assert slope == pytest.approx(0.3 * 0.7 * S1**2)
    assert item + slope == pytest.approx(0.7 * S0**2 + 0.3 * (S0**2 + 2 * RHO * S0 * S1 + S1**2))
    assert table.loc["rater", "sd"] == pytest.approx(0.6)


def test_shares_do_not_depend_on_the_reference_level():
    one = with_spread(fit_of("gender + (1 + gender | item) + (1 | rater)"), [0.6, S0, S1], [RHO])
    other = fit_of("gender + (1 + gender | item) + (1 | rater)", study(REFERENCE | {"gender": "m"}))
    men = np.sqrt(S0**2 + 2 * RHO * S0 * S1 + S1**2)
    turned = with_spread(other, [0.6, men, S1], [-(RHO * S0 * S1 + S1**2) / (men * S1)])
    left, right = (shares_of(fit)["sd"] for fit in (one, turned))
    for name in ("item", "gender x item", "rater"):
        assert left[name] == pytest.approx(right[name])


def test_slopes_of_raters_are_a_share_of_their_own():
    fit = with_spread(fit_of("gender + (1 | item) + (1 + wave | rater)"), [0.7, 0.9, 0.5], [-0.5])
    assert [grouping.name for grouping in fit.design.groupings] == ["rater", "wave[late] | rater", "item"]
    table = shares_of(fit)
    assert table.index.tolist() == ["item", "demographics", "rater", "wave x rater", "residual"]
    late = late_share()
    assert table.loc["wave x rater", "sd"] == pytest.approx(np.sqrt(late * (1.0 - late)) * 0.9)
    assert table["percent"].sum() == pytest.approx(100.0)


def test_latent_d_divides_by_the_mean_variance_of_raters():
    fit = with_spread(fit_of("gender + (1 | item) + (1 + wave | rater)"), [0.7, 0.9, 0.5], [-0.5])
    b = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[m]")]
    late = late_share()
    raters = (1.0 - late) * 0.7**2 + late * (0.7**2 + 0.9**2 - 2 * 0.5 * 0.7 * 0.9)
    table = ps.effects(fit, estimands="latent_d")
    assert table["estimate"][0] == pytest.approx(np.mean(b) / np.sqrt(1.0 + raters))


def test_a_fit_of_slopes_recovers_the_group_by_item_share():
    """240 raters, 80 items: slopes of sd 0.6 for half of the raters are 0.09 of a latent variance of 2.09 or so."""
    rng = np.random.default_rng(4)
    rater = np.repeat(np.arange(240), 40)
    item = np.concatenate([rng.choice(80, 40, replace=False) for _ in range(240)])
    male = rater % 2
    latent = (
        rng.normal(size=80)[item] * 0.8 + 0.6 * rng.normal(size=80)[item] * male + 0.5 * rng.normal(size=240)[rater]
    )
    rating = 1 + np.digitize(latent + rng.normal(size=rater.size), [-1.0, 0.0, 1.0])
    frame = pd.DataFrame({"rater": rater, "item": item, "rating": rating, "gender": np.where(male, "m", "f")})
    ratings = ps.Ratings(frame, scale=(1, 4), demographics=["gender"], reference={"gender": "f"})
    table = shares_of(fit_of("gender + (1 + gender | item) + (1 | rater)", ratings, draws=400))
    truth = {"item": 0.8**2 + 0.25 * 0.36, "gender x item": 0.25 * 0.36, "rater": 0.25}
    total = sum(truth.values()) + 1.0
    for name, variance in truth.items():
        assert table.loc[name, "lower"] < 100.0 * variance / total < table.loc[name, "upper"]
