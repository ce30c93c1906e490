"""Pairs by raters who differ in noise and use of the scale, against quadrature and simulated raters."""

import numpy as np
import pandas as pd
import pytest
from made_parts import NODES, WEIGHTS, ByHand, made, some_ratings

import pluralstats as ps

PARTS = {"disc": "~ gender + (1 | item) + (1 | rater)", "stretch": "~ race + (1 | rater)", "thresholds": "wave"}
SIDES = ("chosen_item", "rejected_item")
FEWER = slice(None, None, 4)


def texts(items):
    return pd.DataFrame(
        {"item": items, "question": "q", "prompt": "p", "response": [f"Response {item}" for item in items]}
    )


def preference(first, second, weight):
    """P(a above b) + 1/2 P(tie) from probabilities of answers (N, 5) given raters with weights (N,)."""
    above = np.cumsum(second, axis=1) - second
    return float(((first * (above + 0.5 * second)).sum(axis=1) * weight).sum())


def people_of(fit):
    frame = fit.ratings.frame
    people = frame.drop_duplicates("rater")[["gender", "race", "age"]].to_dict("records")
    waves = frame["wave"].value_counts(normalize=True)
    return [(person | {"wave": wave}, share / len(people)) for person in people for wave, share in waves.items()]


def pairs_of(fit, rule="rater", **options):
    items = list(fit.ratings.frame["item"].cat.categories)
    return ps.preference_pairs(fit, texts(items), rule=rule, **options).table


@pytest.mark.parametrize("link", ["probit", "cloglog"])
def test_one_dimension_is_the_sum_over_everything_that_raters_share(link):
    fit = made(formula="rating ~ gender + (1 | item) + (1 | rater)", link=link, n_draws=2, **PARTS)
    nodes, weights = NODES[FEWER], WEIGHTS[FEWER] / WEIGHTS[FEWER].sum()
    t, v, r = (grid.ravel() for grid in np.meshgrid(nodes, nodes, nodes, indexing="ij"))
    weight = np.einsum("i,j,k->ijk", weights, weights, weights).ravel()
    row = pairs_of(fit).iloc[0]
    exact = 0.0
    for draw in range(2):
        at = ByHand(fit, draw)
        for person, share in people_of(fit):
            sides = [person | {"item": row[name]} for name in SIDES]
            answers = [at.given_rater(side, t, v, r) for side in sides]
            exact += share * preference(*answers, weight) / 2.0
    assert row["p"] == pytest.approx(exact, abs=5e-5)


def test_the_mean_rule_is_about_expected_ratings_of_all_parts():
    fit = made(formula="rating ~ gender + (1 | item) + (1 | rater)", n_draws=16, **PARTS)
    row = pairs_of(fit, "mean").iloc[0]
    expected = np.array(
        [
            sum(
                share * ByHand(fit, draw).answers(person | {"item": row[name]}) @ np.arange(1.0, 6.0)
                for person, share in people_of(fit)
            )
            for name in SIDES
            for draw in range(16)
        ]
    ).reshape(2, 16)
    assert row["p"] == pytest.approx((expected[0] > expected[1]).mean(), abs=1e-12)


def two_dimensions():
    ratings = some_ratings()
    columns = ["rater", "item", "rating", "gender", "race"]
    frames = [ratings.frame[columns].assign(dimension=name) for name in ("tone", "use")]
    frame = pd.concat(frames, ignore_index=True).astype(str)
    frame["rating"] = [1 + int(code) for code in frame["rating"]]
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender", "race"])


def test_a_utility_of_two_dimensions_is_that_of_simulated_raters():
    """100,000 raters of each profile: an sd of 0.0007."""
    fit = made(
        two_dimensions(),
        "rating ~ gender + (0 + dimension | item) + (0 + dimension | rater)",
        n_draws=1,
        disc="~ gender + (0 + dimension | rater)",
        stretch="~ gender + (1 | rater)",
        thresholds="dimension",
    )
    utility = {"tone": 1.0, "use": -1.0}
    row = pairs_of(fit, utility=utility).iloc[0]
    at, rng, n = ByHand(fit, 0), np.random.default_rng(2), 100_000
    people = fit.ratings.frame.drop_duplicates("rater")[["gender", "race"]].value_counts(normalize=True)
    total = 0.0
    for (gender, race), share in people.items():
        t, v = (correlated(at, prefix, n, rng) for prefix in ("", "disc: "))
        r, worth = rng.standard_normal(n), {"chosen_item": np.zeros(n), "rejected_item": np.zeros(n)}
        for name in worth:
            for d, (dimension, sign) in enumerate(utility.items()):
                row_of = {"item": row[name], "dimension": dimension, "gender": gender, "race": race}
                p = at.given_rater(row_of, t[d], v[d], r)
                worth[name] += sign * (1 + (rng.random((n, 1)) > np.cumsum(p, axis=1)).sum(axis=1))
        gap = worth["chosen_item"] - worth["rejected_item"]
        total += share * ((gap > 0).mean() + 0.5 * (gap == 0).mean())
    assert row["p"] == pytest.approx(total, abs=4e-3)


def correlated(at, prefix, n, rng):
    """(2, n) standard normal effects of raters on two dimensions, correlated as in the draw."""
    found = [value for name, value in at.correlation.items() if name.startswith(f"{prefix}cor(") and "rater" in name]
    z = rng.standard_normal((2, n))
    return np.stack([z[0], found[0] * z[0] + np.sqrt(1.0 - found[0] ** 2) * z[1]])


def test_submodels_of_a_response_by_itself_are_refused():
    fit = made(formula="rating ~ gender + (1 | item) + (1 | rater)", disc="~ (1 | rater:item)")
    with pytest.raises(ps.ConfigError, match="raters crossed with items in disc"):
        pairs_of(fit)
