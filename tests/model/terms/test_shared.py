"""A demographic of shares in a model: columns of shares, priors, effects of one level, and what it cannot stand in."""

import itertools

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.model.coefficient_prior import coefficient_prior
from pluralstats.model.terms.levels import level_effects

TICKED = [["White"], ["Black"], ["White", "Black"], ["Asian"], ["Asian", "White"], ["Native", "White", "Black"]]
MAIN = "rating ~ race + (1 | item) + (1 | rater)"


@pytest.fixture(scope="module")
def ratings():
    """48 raters; "Native" is ticked beside others only. Shares stand in columns of numbers, too."""
    rng, rows = np.random.default_rng(1), []
    for r in range(48):
        ticked = TICKED[r % 6]
        share = {name: (name in ticked) / len(ticked) for name in ("Asian", "Black", "Native")}
        for j in rng.choice(12, 6, replace=False):
            latent = 1.5 * share["Black"] - share["Asian"] + 0.1 * j + 0.5 * np.sin(r) + rng.normal()
            answer = 1 + int(np.searchsorted([0.0, 0.7, 1.4], latent))
            rows.append((f"i{j}", f"r{r:02d}", answer, ";".join(ticked), "mf"[r // 6 % 2], *share.values()))
    names = ["item", "rater", "rating", "race", "gender", "asian", "black", "native"]
    return ps.Ratings(
        pd.DataFrame(rows, columns=names), (1, 4), ["race", "gender"], names[5:], multi_select={"race": "share"}
    )


@pytest.fixture(scope="module")
def fitted(ratings):
    return ps.fit(ratings, MAIN, method="laplace", on_problem="ignore")


def test_the_columns_of_a_design_are_shares_of_the_levels_but_the_reference(ratings, fitted):
    assert fitted.design.fixed.names == ("race[Asian]", "race[Black]", "race[Native]")
    rows = fitted.design.fixed.X[fitted.design.fixed.cell]
    given = ratings.frame[["asian", "black", "native"]].to_numpy()[fitted.design.rows]
    np.testing.assert_allclose(rows, given)


def test_estimates_are_those_of_a_model_of_the_shares_as_numbers(ratings, fitted):
    by_hand = ps.fit(
        ratings, "rating ~ asian + black + native + (1 | item) + (1 | rater)", method="laplace", on_problem="ignore"
    )
    assert fitted.loglik == pytest.approx(by_hand.loglik, abs=1e-6)
    np.testing.assert_allclose(fitted.parameters["estimate"], by_hand.parameters["estimate"], atol=1e-4)
    np.testing.assert_allclose(fitted.parameters["se"], by_hand.parameters["se"], rtol=1e-3)


def test_a_contrast_gives_everybody_one_level(ratings):
    fit = ps.fit(ratings, MAIN, family="gaussian", method="laplace", on_problem="ignore")
    b = fit.parameters.set_index("parameter")["estimate"]
    table = ps.contrasts(fit, "race").set_index(["level", "reference"])
    expected = {
        ("Black", "White"): b["race[Black]"],
        ("Native", "White"): b["race[Native]"],
        ("Native", "Black"): b["race[Native]"] - b["race[Black]"],
    }
    assert set(table.index) == set(itertools.combinations(["Native", "Black", "Asian", "White"], 2))
    for pair, difference in expected.items():
        assert table.loc[pair, "estimate"] == pytest.approx(difference, abs=0.1)  # 1000 draws
    assert table.loc[("Black", "White"), ["n_raters", "n_raters_reference"]].tolist() == [24, 32]


def test_raw_means_count_a_person_by_the_share_of_the_level(ratings, fitted):
    row = ps.effects(fitted, "race").set_index("level").loc["Black"]
    values, frame = ratings.values, ratings.frame
    white = frame["race"].astype(str).map(lambda text: ("White" in text) / len(text.split(" + ")))
    assert row["raw"] == pytest.approx(
        np.average(values, weights=frame["black"]) - np.average(values, weights=white), abs=1e-12
    )


def test_means_are_of_people_as_they_are_and_adjusted_ones_of_single_levels(fitted):
    assert ps.group_means(fitted, "race")["level"].tolist() == ["White", "Asian", "Black", "Native"]
    assert ps.group_means(fitted, "race", adjusted=False)["level"].tolist() == [
        "White", "Asian", "Black", "White + Asian", "White + Black", "White + Black + Native",
    ]  # fmt: skip


def test_any_two_levels_differ_by_a_prior_of_scale_1(ratings):
    """METHODS section 1: differences of any two levels are t_3(0, 1), whichever is the reference."""
    design = ps.fit(ratings, "rating ~ race * gender + (1 | item)", method="laplace", on_problem="ignore").design
    for chosen in (slice(0, 3),):
        effects = level_effects(design.fixed, True)
        prior = coefficient_prior(effects, [1.0] * len(effects.spreads), design.fixed.terms, np.ones(len(effects.unit)))
        # with the interaction a coefficient is the average effect of its level and a part of the interaction
        part = effects.spreads[effects.terms.index("race")][chosen]
        at = np.vstack([np.zeros(part.shape[1]), part])
        apart = [np.linalg.norm(one - other) for one, other in itertools.combinations(at, 2)]
        np.testing.assert_allclose(apart, 1.0, atol=1e-8)
        assert prior.starts[-1] == len(design.fixed.names)


def test_items_may_differ_between_levels(ratings):
    fit = ps.fit(ratings, "rating ~ race + (0 + race | item) + (1 | rater)", method="laplace", on_problem="ignore")
    at = [g.column for g in fit.design.groupings].index("race[Black]")
    multiplier = fit.design.groupings[at].multiplier[fit.design.fixed.cell]
    np.testing.assert_allclose(multiplier, ratings.frame["black"].to_numpy()[fit.design.rows])


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("rating ~ (1 | race) + (1 | item)", r"\(1 \| race\) makes groups of 'race', of which a rater has shares in"),
        ("rating ~ (1 | gender:race)", r"\(1 \| gender:race\) makes groups of 'race'"),
        ("rating ~ (0 + race | rater)", r"\(0 \+ race \| rater\) needs a standard deviation of raters for each level"),
    ],
)
def test_groups_of_shares_are_refused(ratings, formula, sentence):
    with pytest.raises(ConfigError, match=sentence):
        ps.fit(ratings, formula, method="laplace")


def test_a_saved_fit_has_the_same_design(fitted, tmp_path):
    again = ps.load_fit(fitted.save(tmp_path / "fit"))
    assert again.ratings.shares == fitted.ratings.shares
    np.testing.assert_array_equal(again.design.fixed.X, fitted.design.fixed.X)
    pd.testing.assert_frame_equal(ps.effects(again, "race"), ps.effects(fitted, "race"))
