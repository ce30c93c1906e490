"""Single raters: severities by hand in every draw, ratios of submodels, simulated truth, and who is refused."""

import numpy as np
import pytest
from made_fits import fit_with, some_samples
from made_parts import ByHand, some_ratings
from scipy.special import ndtr

import pluralstats as ps
from pluralstats.errors import ConfigError

FORMULA = "rating ~ gender + (1 + gender | item) + (1 | rater)"
NO_ORDER = {"draws": 7}


def fit_by_hand(formula=FORMULA, family="cumulative", **parts):
    return fit_with(some_ratings(), formula, some_samples(7, spread=0.35), family, **parts)


def people_and_items(fit):
    frame = fit.ratings.frame
    people = frame.drop_duplicates("rater").sort_values("rater").to_dict("records")
    return people, frame["item"].cat.categories


def expected_by_hand(fit, draw):
    """(R, J) expected ratings of all raters for all items, and (R, J) linear predictors."""
    at, (people, items) = ByHand(fit, draw), people_and_items(fit)
    expected, eta = np.empty((2, len(people), len(items)))
    for r, person in enumerate(people):
        for j, item in enumerate(items):
            row = person | {"item": item, "rater": person["rater"]}
            eta[r, j], left = at.predictor("", row)
            s, a = np.exp(at.predictor("disc: ", row)[0]), at.predictor("stretch: ", row)[0]
            tau, used = at.thresholds(None)
            theta = tau.mean() + np.exp(a) * (tau - tau.mean())
            steps = np.diff(used)
            expected[r, j] = used[0] + steps @ (1.0 - ndtr((theta - eta[r, j]) / np.sqrt(s**2 + left)))
    return expected, eta


@pytest.mark.parametrize(
    ("formula", "parts"),
    [
        (FORMULA, {}),
        ("rating ~ race + age + (1 | item) + (1 | rater)", {"disc": "~ gender + (1 | rater)"}),
        ("rating ~ gender + (1 | item) + (1 | rater)", {"disc": "~ (1 | rater)", "stretch": "~ race + (1 | rater)"}),
    ],
)
def test_severity_is_how_far_below_the_mean_rater_in_each_draw(formula, parts):
    fit = fit_by_hand(formula, **parts)
    table = ps.rater_table(fit, prob=0.9, **NO_ORDER)
    by_hand = [expected_by_hand(fit, draw) for draw in range(7)]
    points, latent = (np.stack([one[i].mean(axis=1) for one in by_hand]) for i in range(2))
    for name, draws, ends in (("severity", points, ""), ("latent", latent, "latent_")):
        below = draws.mean(axis=1, keepdims=True) - draws
        assert table[name].to_numpy() == pytest.approx(below.mean(axis=0), abs=2e-6)
        assert table[f"{ends}lower"].to_numpy() == pytest.approx(np.quantile(below, 0.05, axis=0), abs=2e-6)
        assert table[f"{ends}upper"].to_numpy() == pytest.approx(np.quantile(below, 0.95, axis=0), abs=2e-6)
        assert name == "latent" or table["p_severe"].tolist() == (below > 0.0).mean(axis=0).tolist()


def test_what_single_sittings_add_is_no_severity_but_spread():
    fit = fit_by_hand("rating ~ gender + (1 | item) + (1 | rater) + (1 | rater:item)")
    table = ps.rater_table(fit, **NO_ORDER)
    draws = np.stack([_without_sittings(fit, draw) for draw in range(7)])
    assert table["severity"].to_numpy() == pytest.approx((draws.mean(axis=1, keepdims=True) - draws).mean(0), abs=2e-6)


def _without_sittings(fit, draw):
    """(R,) expected ratings over items, sittings integrated: their variance joins that of the answer."""
    at, (people, items) = ByHand(fit, draw), people_and_items(fit)
    tau, used = at.thresholds(None)
    out = []
    for person in people:
        rows = [person | {"item": item} for item in items]
        eta = np.array(
            [at.b["gender[male]"] * (person["gender"] == "male") + at.u["item", row["item"]] for row in rows]
        )
        eta += at.u["rater", person["rater"]]
        z = (tau - eta[:, None]) / np.sqrt(1.0 + at.sd["rater:item"] ** 2)
        out.append(np.mean(used[0] + (1.0 - ndtr(z)) @ np.diff(used)))
    return np.array(out)


def test_of_numbers_severity_is_the_predictor_itself():
    fit = fit_by_hand("rating ~ gender + (1 | item) + (1 | rater)", "gaussian")
    table = ps.rater_table(fit, **NO_ORDER)
    male = (fit.ratings.frame.drop_duplicates("rater").sort_values("rater")["gender"] == "male").to_numpy()
    names = [grouping.name for grouping in fit.design.groupings]
    slope = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[male]")]
    own = fit.samples.effects[names.index("rater")]
    at = slope[:, None] * male + own
    exact = (at.mean(axis=1, keepdims=True) - at).mean(axis=0)
    assert table["severity"].to_numpy() == pytest.approx(exact, abs=1e-12)
    assert table["latent"].to_numpy() == pytest.approx(exact, abs=1e-12)
    within = (own.mean(axis=1, keepdims=True) - own).mean(axis=0)
    assert table["within_groups"].to_numpy() == pytest.approx(within, abs=1e-12)


def test_noise_and_use_of_the_scale_are_ratios_to_the_geometric_mean():
    fit = fit_by_hand("rating ~ gender + (1 | item) + (1 | rater)", disc="~ gender + (1 | rater)", stretch="~ gender")
    table = ps.rater_table(fit, **NO_ORDER)
    (people, _), draws = people_and_items(fit), []
    for draw in range(7):
        at = ByHand(fit, draw)
        draws.append([at.predictor("disc: ", person)[0] for person in people])
    log = np.array(draws)
    apart = log - log.mean(axis=1, keepdims=True)
    assert table["noise"].to_numpy() == pytest.approx(np.exp(apart.mean(axis=0)))
    assert table["noise_upper"].to_numpy() == pytest.approx(np.quantile(np.exp(apart), 0.975, axis=0))
    assert np.exp(np.log(table["noise"]).mean()) == pytest.approx(1.0)
    assert table["use_of_scale"].isna().all(), "nothing of it is by rater"


def test_raters_of_a_simulation_are_found_again():
    """95% intervals of 60 raters have 55 (92%) or more of the true severities, and noise goes with the true one."""
    ratings = ps.simulate(n_raters=60, n_items=40, ratings_per_rater=40, sd_disc_rater=0.5, seed=5)
    fit = ps.fit(ratings, disc="~ (1 | rater)", method="laplace")
    table = ps.rater_table(fit)
    truth = ratings.truth.random_effects.pivot_table("value", "group", "term").loc[table["rater"].astype(str)]
    severity = truth["rater"].mean() - truth["rater"].to_numpy()
    inside = (table["within_groups_lower"] < severity) & (severity < table["within_groups_upper"])
    assert inside.mean() >= 55 / 60
    noise = np.exp(truth["disc: rater"] - truth["disc: rater"].mean()).to_numpy()
    assert ((table["noise_lower"] < noise) & (noise < table["noise_upper"])).mean() >= 55 / 60
    assert np.corrcoef(np.log(noise), np.log(table["noise"]))[0, 1] > 0.8
    noisy = table["note"].str.contains("noisy")
    assert noisy.any() and (noise[noisy] > 1.3).all()


def test_of_several_dimensions_every_rater_has_a_row_on_each():
    ratings = ps.simulate(n_raters=20, n_items=8, ratings_per_rater=8, dimensions=["toxic", "rude"], seed=2)
    frame = ratings.frame[(ratings.frame["rater"] != "R01") | (ratings.frame["dimension"] != "rude")]
    some = ps.Ratings(frame.assign(rating=frame["rating"] + 1), (1, 5), ["gender"])
    fit = fit_with(
        some, "rating ~ (0 + dimension | item) + (0 + dimension | rater)", some_samples(3), thresholds="dimension"
    )
    table = ps.rater_table(fit, draws=3)
    assert table.groupby("dimension", sort=False).size().to_dict() == {"toxic": 20, "rude": 19}
    assert list(table.columns[:4]) == ["rater", "gender", "dimension", "n_ratings"]
    assert table.groupby("dimension")["latent"].mean().to_numpy() == pytest.approx(0.0, abs=1e-12)
    assert (table["n_ratings"] == 8).all()
    toxic = [g.name for g in fit.design.groupings].index("dimension[toxic] | rater")
    own = fit.samples.effects[toxic]
    exact = (own.mean(axis=1, keepdims=True) - own).mean(axis=0)
    assert table.loc[table["dimension"] == "toxic", "latent"].to_numpy() == pytest.approx(exact)


def test_many_items_are_represented_by_a_hundred():
    ratings = ps.simulate(n_raters=15, n_items=150, ratings_per_rater=150, seed=2)
    fit = fit_with(ratings, "rating ~ gender + (1 | item) + (1 | rater)", some_samples(3))
    table = ps.rater_table(fit, draws=3)
    at, items = fit.samples, [g.name for g in fit.design.groupings].index("item")
    raters = [g.name for g in fit.design.groupings].index("rater")
    male = (ratings.frame.drop_duplicates("rater").sort_values("rater")["gender"] == "male").to_numpy()
    eta = at.coefficient[:, :1] * male + at.effects[raters]
    eta = eta[:, :, None] + at.effects[items][:, None]
    expected = 5.0 - ndtr(at.threshold[:, None, None] - eta[..., None]).sum(axis=3).mean(axis=2)
    exact = (expected.mean(axis=1, keepdims=True) - expected).mean(axis=0)
    assert table["severity"].to_numpy() == pytest.approx(exact, abs=0.02)  # a hundred of made-up items, not all


def test_what_has_no_raters_or_no_order_is_refused():
    with pytest.raises(ConfigError, match=r"no effects of raters, so that the model has no severities"):
        ps.rater_table(fit_by_hand("rating ~ gender + (1 | item)"))
    with pytest.raises(ConfigError, match=r"`order` is a column of numbers .* found 'tme'. The ratings have age"):
        ps.rater_table(fit_by_hand(), order="tme")
    ratings = some_ratings()
    named = ratings.frame.rename(columns={"gender": "noise"}).assign(rating=ratings.values)
    with pytest.raises(ConfigError, match=r"a column of its own called 'noise'\. Rename that demographic"):
        ps.rater_table(fit_with(ps.Ratings(named, (1, 5), ["noise"]), "rating ~ (1 | rater)", some_samples()))
    with pytest.raises(ConfigError, match="`draws` is a positive number"):
        ps.rater_table(fit_by_hand(), draws=0)
