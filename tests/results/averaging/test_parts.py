"""Models with noise, use of the scale and thresholds of their own: averages against dense quadrature by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with, some_samples
from made_parts import NODES, PARTS, WEIGHTS, ByHand, made, some_ratings
from made_scenes import predicted, scene_of
from scipy.special import expit, ndtr

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.results.averaging.manners import NOISE_NODES, SCALE_NODES, nodes_for, spread_in_units

VALUES = np.arange(1.0, 6.0)


def by_hand(fit, draw, changes=None, **kinds):
    """(5,) shares of answers of everybody with everything, items once each, waves as often as among their ratings."""
    frame, at = fit.ratings.frame, ByHand(fit, draw)
    people = frame.drop_duplicates("rater")[["gender", "race", "age"]].to_dict("records")
    waves = frame.groupby("item", observed=True)["wave"].value_counts(normalize=True)
    waves = waves[waves > 0.0]
    total = np.zeros(5)
    for person in people:
        for (item, wave), share in waves.items():
            row = person | {"item": item, "wave": wave}
            others = {name: row | change for name, change in kinds.items()}
            total += share * at.answers(row | (changes or {}), **others)
    return total / len(people) / frame["item"].nunique()


@pytest.mark.parametrize("link", ["probit", "logit", "cloglog"])
def test_a_scene_integrates_noise_use_of_the_scale_and_thresholds(link):
    fit = made(link=link, n_draws=2)
    changes = [{"gender": "male"}, {"gender": "female"}]
    found = predicted(fit, *(scene_of(fit, change) for change in changes))
    for change, one in zip(changes, found, strict=True):
        exact = np.array([by_hand(fit, draw, change) for draw in range(2)])
        at_least = 1.0 - np.cumsum(exact, axis=1)[:, :-1]
        assert one.at_least == pytest.approx(at_least, abs=2e-5)
        assert one.expected == pytest.approx(exact @ VALUES, abs=5e-5)


def test_rows_look_up_what_they_know_of_noise_and_use_of_the_scale():
    """A rater who was seen has the v and the r of the draw; a new one, or a new item, has them integrated."""
    fit = made()
    rows = [
        {"rater": "R02", "item": "I1", "gender": "female", "race": "c", "age": 3.4, "wave": "first"},
        {"rater": "new", "item": "I1", "gender": "male", "race": "a", "age": 2.0, "wave": "second"},
        {"rater": "R03", "item": "new", "gender": "male", "race": "a", "age": 4.1, "wave": "second"},
    ]
    table = ps.predict(fit, pd.DataFrame(rows))
    for i, row in enumerate(rows):
        exact = np.mean([ByHand(fit, draw).answers(row) for draw in range(3)], axis=0)
        assert table.filter(regex=r"^p_\d").iloc[i].to_numpy() == pytest.approx(exact, abs=2e-5)


def test_rows_of_people_average_over_those_who_share_their_facts():
    fit = made()
    rows = pd.DataFrame({"item": ["I0", "I4"], "wave": ["second", "first"], "gender": ["male", "male"]})
    table = ps.predict(fit, rows, population=ps.Population.of_raters(fit.ratings))
    people = fit.ratings.frame.drop_duplicates("rater")
    people = people[people["gender"] == "male"][["gender", "race", "age"]].to_dict("records")
    for i, row in enumerate(rows.to_dict("records")):
        at = [ByHand(fit, draw) for draw in range(3)]
        exact = np.mean([one.answers(row | person) for one in at for person in people], axis=0)
        assert table.filter(regex=r"^p_\d").iloc[i].to_numpy() == pytest.approx(exact, abs=2e-5)


def test_labels_are_what_new_raters_of_a_group_would_answer():
    fit = made()
    labels = ps.label_distributions(fit, by="gender").table
    frame = fit.ratings.frame
    waves = frame["wave"].value_counts(normalize=True)
    for gender in ("female", "male"):
        people = frame[frame["gender"] == gender].drop_duplicates("rater")[["gender", "race", "age"]]
        people = people.to_dict("records")
        own = labels[labels["gender"] == gender].set_index("item")
        for item in ("I0", "I5"):
            draws = [
                sum(
                    share * ByHand(fit, draw).answers(person | {"item": item, "wave": wave}) / len(people)
                    for person in people
                    for wave, share in waves.items()
                )
                for draw in range(3)
            ]
            found = own.loc[item].filter(regex=r"^p_\d").to_numpy(float)
            assert found == pytest.approx(np.mean(draws, axis=0), abs=2e-5)
            assert own.loc[item, "expected_sd"] == pytest.approx(np.std(np.array(draws) @ VALUES, ddof=1), abs=5e-5)


def test_the_gap_of_an_item_is_of_its_own_noise():
    fit = made()
    table = ps.contested_items(fit, "gender").set_index("item")
    frame = fit.ratings.frame
    people = frame.drop_duplicates("rater")[["gender", "race", "age"]].to_dict("records")
    for item in ("I1", "I2"):
        waves = frame[frame["item"] == item]["wave"].value_counts(normalize=True)
        gaps = [
            share * (at.answers(row | {"gender": "male"}) - at.answers(row | {"gender": "female"})) @ VALUES
            for at in (ByHand(fit, draw) for draw in range(3))
            for wave, share in waves.items()
            for row in (person | {"item": item, "wave": wave} for person in people)
        ]
        assert table.loc[item, "gap"] == pytest.approx(np.sum(gaps) / 3 / len(people), abs=5e-5)


GRID = np.linspace(-8.0, 8.0, 801)
SPREADS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7)


def off(function, nodes, weights):
    """The largest error of a sum over nodes, against 801 even ones."""
    fine = np.exp(-0.5 * GRID**2)
    return np.abs(function(GRID) @ (fine / fine.sum()) - function(nodes) @ weights).max()


@pytest.mark.parametrize("variance", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("sd", [*SPREADS, 0.85, 1.0])
def test_nodes_of_noise_are_enough_for_1e_5(sd, variance):
    cuts = np.linspace(-4.0, 4.0, 41)[:, None]
    nodes = nodes_for(np.array([[sd]]), NOISE_NODES)
    assert off(lambda x: ndtr(cuts / np.sqrt(np.exp(2.0 * sd * x) + variance)), *nodes) < 1e-5


@pytest.mark.parametrize("noise", [0.6, 1.0, 1.7])
@pytest.mark.parametrize("variance", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("sd", SPREADS)
def test_nodes_of_use_of_the_scale_are_enough_for_1e_5(sd, variance, noise):
    tau, eta = np.linspace(-2.5, 2.5, 9)[:, None, None], np.linspace(-3.5, 3.5, 15)[:, None]
    scale = np.sqrt(noise**2 + variance)
    nodes = nodes_for(spread_in_units(np.array([[sd]]), np.array([[2.5 / scale]])), SCALE_NODES)
    assert off(lambda x: ndtr((np.exp(sd * x) * tau - eta) / scale), *nodes) < 1e-5


def without_parts(fit):
    """The same model with submodels that are 0 everywhere, and the plain one."""
    at, whole = fit.whole_samples, fit.design.whole
    of_parts, terms = whole.column_parts > 0, whole.grouping_parts > 0
    effects = tuple(np.zeros_like(u) if gone else u for u, gone in zip(at.effects, terms, strict=True))
    coefficient, sd = np.where(of_parts, 0.0, at.coefficient), np.where(terms, 0.0, at.sd)
    nothing = replace(fit, posterior=DrawnPosterior(at._replace(coefficient=coefficient, sd=sd, effects=effects), 1))
    return nothing, replace(fit, design=replace(fit.design, parts=(), merged=None), posterior=plain_posterior(fit))


def plain_posterior(fit):
    return DrawnPosterior(fit.samples._replace(parts={}), 1)


@pytest.mark.parametrize("link", ["probit", "logit", "cloglog"])
def test_submodels_that_are_zero_change_nothing(link):
    nothing, plain = without_parts(made(link=link, disc=PARTS["disc"], stretch=PARTS["stretch"]))
    assert plain.design.is_plain and not nothing.design.is_plain
    rows = plain.ratings.frame[["rater", "item", "gender", "age", "race", "wave"]].head(4)
    population = ps.Population.of_raters(plain.ratings)
    calls = {
        "effects": lambda fit: ps.effects(fit, ["gender", "age"], estimands=["points", "probability", "percent"]),
        "means": lambda fit: ps.group_means(fit, "gender", adjusted=False),
        "rows": lambda fit: ps.predict(fit, rows),
        "people": lambda fit: ps.predict(fit, rows[["item", "wave"]], population=population),
        "labels": lambda fit: ps.label_distributions(fit, by="gender").table,
        "items": lambda fit: ps.contested_items(fit, "gender"),
    }
    for name, call in calls.items():
        found, expected = (call(fit).select_dtypes("number") for fit in (nothing, plain))
        shared = [column for column in expected if not column.startswith("raw")]
        assert found[shared].to_numpy() == pytest.approx(expected[shared].to_numpy(), abs=2e-5, nan_ok=True), name


STEPS = "rating ~ gender + (1 | item) + (1 | rater)"


def in_steps(fit, draw, gender):
    """(2, 6, 5) shares of answers of sratio with a logit by new raters of a gender, in each wave, of every item."""
    at, out, rows = ByHand(fit, draw), [], [{"gender": gender, "item": f"I{i}", "rater": "new"} for i in range(6)]
    for wave in ("first", "second"):
        tau = at.thresholds(wave)[0]
        moved = np.array([at.predictor("", row)[0] for row in rows])
        moved = moved[:, None, None] + at.sd["rater"] * NODES[:, None]
        stop = expit(tau - moved)
        going = np.cumprod(1.0 - stop, axis=2)
        left = np.concatenate([np.ones((*going.shape[:2], 1)), going], axis=2)
        p = left * np.concatenate([stop, np.ones((*stop.shape[:2], 1))], axis=2)
        out.append(np.einsum("inK,n->iK", p, WEIGHTS))
    return np.array(out)


def test_steps_have_the_thresholds_of_their_group():
    frame = some_ratings().frame.assign(rating=lambda table: 1 + (np.arange(len(table)) * 7) % 5)
    frame = frame.astype(dict.fromkeys(("rater", "item", "gender", "race", "wave"), str))
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "race"], covariates=["age"])
    fit = fit_with(ratings, STEPS, some_samples(3), "sratio", "logit", thresholds="wave")
    rng = np.random.default_rng(2)
    at = fit.whole_samples._replace(threshold=rng.normal(size=fit.samples.threshold.shape))  # in no order
    fit = replace(fit, posterior=DrawnPosterior(at, 1))
    exact = np.array([[in_steps(fit, d, g) for g in ("female", "male")] for d in range(3)])
    rows = pd.DataFrame({"item": "I2", "wave": "second", "gender": ["female", "male"], "rater": "new"})
    table = ps.predict(fit, rows).filter(regex=r"^p_\d").to_numpy()
    assert table == pytest.approx(exact[:, :, 1, 2].mean(axis=0), abs=2e-5)
    first = (ratings.frame["wave"] == "first").groupby(ratings.frame["item"], observed=True).mean().to_numpy()
    expected = np.einsum("dgwik,wi->dgk", exact, np.stack([first, 1.0 - first]) / 6.0) @ VALUES
    effect = ps.effects(fit, ["gender"], estimands=["points"]).iloc[0]
    assert effect["estimate"] == pytest.approx((expected[:, 1] - expected[:, 0]).mean(), abs=5e-5)


def test_steps_need_every_category_in_every_group():
    with pytest.raises(ConfigError, match="nobody used 3 where wave is first"):
        fit_with(some_ratings(), STEPS, some_samples(2), "acat", "logit", thresholds="wave")
