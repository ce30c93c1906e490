"""Where a difference comes from: in closed form, by hand, and nothing where the model has nothing."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with
from made_parts import PARTS, ByHand, made
from scipy.stats import norm

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.inference.posterior.samples import Samples

TAU = np.array([-1.0, 0.2, 0.9, 2.0])
SOURCES = ["place", "noise", "use of the scale"]


def two_genders():
    frame = pd.DataFrame({"rater": list("abcd") * 5, "item": list("vwxyz") * 4, "rating": [1, 2, 3, 4, 5] * 4})
    frame["gender"] = frame["rater"].map({"a": "female", "b": "male", "c": "female", "d": "male"})
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender"])


def only_fixed(design, b=0.7, zeta=0.4, q=-0.3):
    """One draw: eta, log s and a of men; of women all are 0."""
    return Samples(
        TAU[None], np.array([[b, zeta, q]])[:, : len(design.fixed.names)], np.empty((1, 0)), None, (), np.empty((1, 0))
    )


def expected(eta, sigma, a):
    theta = TAU.mean() + np.exp(a) * (TAU - TAU.mean())
    return 1.0 + norm.cdf((eta - theta) / np.exp(sigma)).sum()


def test_parts_are_the_mean_over_the_six_orders_in_closed_form():
    fit = fit_with(two_genders(), "rating ~ gender", only_fixed, disc="~ gender", stretch="~ gender")
    table = ps.difference_sources(fit, "gender").set_index("source")["estimate"]
    full, nothing = np.array([0.7, 0.4, -0.3]), np.zeros(3)
    added = np.zeros(3)
    for order in permutations(range(3)):
        at = nothing.copy()
        for i in order:
            before = expected(*at)
            at[i] = full[i]
            added[i] += (expected(*at) - before) / 6.0
    assert table["difference"] == pytest.approx(expected(*full) - expected(*nothing), abs=1e-6)
    assert table[SOURCES].to_numpy() == pytest.approx(added, abs=1e-6)


def test_every_draw_adds_up_and_the_difference_is_that_of_effects():
    fit = made(disc="~ gender + (1 | rater)", stretch="~ gender + (1 | rater)", thresholds="wave")
    table = ps.difference_sources(fit).pivot_table("estimate", ["demographic", "level"], "source")
    assert table[SOURCES].sum(axis=1).to_numpy() == pytest.approx(table["difference"].to_numpy(), abs=1e-12)
    effects = ps.effects(fit, estimands="points").set_index(["demographic", "level"])["estimate"]
    assert table["difference"].to_numpy() == pytest.approx(effects[table.index].to_numpy(), abs=1e-5)


def test_noise_of_one_group_with_the_place_of_another_is_integrated_by_hand():
    """One person's difference: all eight combinations by quadrature over new raters."""
    fit = made(disc="~ gender + (1 | rater)", stretch="~ gender + (1 | rater)", n_draws=1)
    people = fit.ratings.frame.drop_duplicates("rater")[["gender", "race", "age"]].to_dict("records")
    items, at = fit.ratings.frame["item"].cat.categories, ByHand(fit, 0)

    def mean(place, noise, use):
        rows = [person | {"item": item} for person in people for item in items]
        made_rows = [tuple(row | {"gender": g} for g in (place, noise, use)) for row in rows]
        return np.mean([at.answers(r, noise=n, use=u) @ np.arange(1.0, 6.0) for r, n, u in made_rows])

    level = {False: "female", True: "male"}
    values = {key: mean(*(level[k] for k in key)) for key in np.ndindex(2, 2, 2)}
    noise = sum(
        weight * (values[p, 1, u] - values[p, 0, u])
        for (p, u), weight in {(0, 0): 1 / 3, (1, 0): 1 / 6, (0, 1): 1 / 6, (1, 1): 1 / 3}.items()
    )
    table = ps.difference_sources(fit, "gender").set_index("source")["estimate"]
    assert table["noise"] == pytest.approx(noise, abs=5e-5)


def test_a_source_that_the_model_lacks_adds_nothing():
    table = ps.difference_sources(made(disc=PARTS["disc"]), "gender").set_index("source")
    assert table.loc["use of the scale", ["estimate", "lower", "upper"]].tolist() == [0.0, 0.0, 0.0]
    assert table.loc["noise", "estimate"] != 0.0
    without = ps.difference_sources(made(thresholds="wave"), "gender").set_index("source")["estimate"]
    assert without["noise"] == 0.0 and without["place"] == pytest.approx(without["difference"], abs=1e-14)


def test_own_thresholds_are_a_use_of_the_scale():
    def samples_of(design):
        tau = np.concatenate([TAU, TAU + 0.5])[None]
        return Samples(tau, np.empty((1, 0)), np.empty((1, 0)), None, (), np.empty((1, 0)))

    fit = fit_with(two_genders(), "rating ~ 1", samples_of, thresholds="gender")
    table = ps.difference_sources(fit, "gender").set_index("source")["estimate"]
    exact = norm.cdf(-TAU - 0.5).sum() - norm.cdf(-TAU).sum()
    assert table.loc[["difference", *SOURCES]].to_numpy() == pytest.approx([exact, 0.0, 0.0, exact], abs=1e-6)


def test_columns_that_are_not_about_raters_are_refused():
    with pytest.raises(ConfigError, match=r"'wave' is not about raters. See ps.effects"):
        ps.difference_sources(made(), "wave")
