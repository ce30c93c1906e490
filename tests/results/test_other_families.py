"""Results of families without averages in closed form: the general way gives what the closed forms give, everywhere."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with, some_samples
from made_scenes import predicted, profiles_of, scene_of

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.model.families.known import FAMILIES
from pluralstats.results.averaging.mixtures import answer_probabilities

FORMULA = "rating ~ gender + (0 + gender | item) + (1 + gender | rater)"


def texts(ratings):
    items = ratings.frame["item"].cat.categories
    question = [f"q{i % 10}" for i in range(len(items))]
    return pd.DataFrame({"item": items, "question": question, "prompt": question, "response": items})


def results(fit):
    """Tables of everything that averages probabilities of answers, by name."""
    other = replace(fit, posterior=fit_with(fit.ratings, FORMULA, some_samples(4, seed=7), link=fit.link).posterior)
    responses, both = texts(fit.ratings), {"a": 1.0, "b": -0.5}
    return {
        "effects": ps.effects(fit),
        "contested items": ps.contested_items(fit, "gender"),
        "labels": ps.label_distributions(fit, by="gender").table,
        "pairs": ps.preference_pairs(fit, responses, by="gender").table,
        "pairs by the mean": ps.preference_pairs(fit, responses, rule="mean").table,
        "pairs of two dimensions": ps.preference_pairs({"a": fit, "b": other}, responses, utility=both).table,
        "r2": ps.r2(fit),
        "cohesion": ps.model_cohesion(fit, "gender"),
        "predictions": ps.predict(fit, fit.ratings.frame.head(5)[["item", "rater", "gender"]]),
    }


@pytest.fixture(scope="module", params=["probit", "logit"])
def link(request):
    return request.param


@pytest.fixture(scope="module")
def known(link, small):
    return results(fit_with(small, FORMULA, some_samples(4), link=link))


@pytest.mark.parametrize("shifts", [True, False], ids=["one function", "a function for each k"])
def test_every_result_is_the_same_by_the_general_way(known, link, small, shifts, monkeypatch):
    family = FAMILIES["cumulative"][link]
    general = replace(family, averaged=None, thresholds=family.thresholds._replace(shifts=shifts))
    monkeypatch.setitem(FAMILIES["cumulative"], link, general)
    found = results(fit_with(small, FORMULA, some_samples(4), link=link))
    for name, table in known.items():
        # tables of pairs are interpolated linearly, a ratio of small numbers of cohesion loses a digit
        pd.testing.assert_frame_equal(found[name], table, check_exact=False, rtol=2e-5, atol=3e-6)


def averages_by_hand(fit, level, draw):
    """P(rating >= k) from the full profile-by-item table, new raters by 120-node quadrature."""
    setting = profiles_of(scene_of(fit, {"gender": level}))
    samples, names = fit.samples, [g.name for g in fit.design.groupings]
    eta = fit.design.fixed.rows_for(setting.profiles) @ samples.coefficient[draw]
    items, sd = samples.effects[names.index("item")][draw], samples.sd[draw, names.index("rater")]
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    everything = eta[:, None, None] + items[None, :, None] + sd * nodes
    p = answer_probabilities(fit.design.family, samples.threshold[draw], everything.ravel())
    at_least = 1.0 - np.cumsum(p, axis=0)[:-1].reshape(-1, *everything.shape)
    return setting.share @ (at_least @ weights / weights.sum()).mean(axis=2).T


OTHERS = [("cumulative", "cloglog"), ("sratio", "probit"), ("cratio", "cloglog"), ("acat", "logit")]


@pytest.mark.parametrize(("name", "link"), OTHERS)
def test_averages_of_other_families_are_those_of_the_whole_table(small, name, link):
    fit = fit_with(small, "rating ~ gender + politics + (1 | item) + (1 | rater)", some_samples(2), name, link)
    for level in ("female", "male"):
        (prediction,) = predicted(fit, scene_of(fit, {"gender": level}))
        for draw in range(2):
            assert prediction.at_least[draw] == pytest.approx(averages_by_hand(fit, level, draw), abs=1e-7)


def test_odds_ratios_are_of_cumulative_models(small):
    fit = fit_with(small, "rating ~ gender + (1 | item)", some_samples(2), "acat", "logit")
    with pytest.raises(ConfigError, match="this fit has the acat family with a logit link"):
        ps.effects(fit, estimands=["odds_ratio"])
    assert np.isfinite(ps.effects(fit, estimands=["points", "marginal_odds_ratio"])["estimate"]).all()
