"""Pairs under every structure of a formula: what is looked up is what ``ps.predict`` looks up, inside each draw.

Without an effect of raters, and for people of one profile, both responses are rated independently: p then follows from
the probabilities of answers that ``ps.predict`` gives for the same rows.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior

DRAWS = 3


def study():
    """40 raters, 12 items of 4 questions; topic and length are of items, wave of neither."""
    rng = np.random.default_rng(8)
    rater = np.repeat(np.arange(40), 9)
    item = np.concatenate([rng.choice(12, 9, replace=False) for _ in range(40)])
    male = rater % 2
    latent = 0.4 * male + rng.normal(size=12)[item] + 0.6 * rng.normal(size=40)[rater]
    frame = pd.DataFrame(
        {
            "rater": rater,
            "item": [f"i{j:02d}" for j in item],
            "question": [f"q{j // 3}" for j in item],
            "rating": 1 + np.digitize(latent + rng.normal(size=rater.size), [-1.0, 0.0, 0.7, 1.6]),
            "gender": np.where(male, "m", "f"),
            "topic": np.where(item % 3 == 0, "home", "work"),
            "length": 1.0 + item / 10.0,
            "wave": np.where(np.arange(rater.size) % 2, "late", "early"),
        }
    )
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["topic", "length"])


RATINGS = study()
FACTS = RATINGS.frame[["item", "question", "topic", "length"]].drop_duplicates("item").sort_values("item")
TEXTS = FACTS[["item", "question"]].astype(str).assign(prompt="Why?", response=FACTS["item"].astype(str))


def fit_of(right, **options):
    """Laplace draws with no effect of raters (terms in which only ``rater`` groups)."""
    fit = ps.fit(RATINGS, f"rating ~ {right}", method="laplace", draws=DRAWS, on_problem="ignore", **options)
    sd = fit.samples.sd.copy()
    for t, grouping in enumerate(fit.design.groupings):
        if grouping.term.factors in (("rater",), ("rater", "question"), ("rater", "dimension")):
            sd[:, t] = 0.0
        elif "rater" in grouping.term.factors:
            sd[:, t] = 0.8
    return replace(fit, posterior=DrawnPosterior(fit.samples._replace(sd=sd), 1))


def predicted_answers(fit):
    """Gender -> [(share of a wave, answers of each draw as item -> (5,)), ...]: one prediction for all items."""
    waves = RATINGS.frame.groupby(["item", "wave"], observed=True).size().groupby("wave", observed=True).sum()
    waves = waves / waves.sum() if "wave" in fit.formula else pd.Series({"early": 1.0})
    draws = [replace(fit, posterior=DrawnPosterior(fit.samples.at(np.array([draw])), 1)) for draw in range(DRAWS)]
    return {
        gender: [(share, [answers_of_items(one, gender, wave) for one in draws]) for wave, share in waves.items()]
        for gender in ("f", "m")
    }


def answers_of_items(fit, gender, wave):
    """Item -> (5,) probabilities of answers."""
    answers = ps.predict(fit, FACTS.assign(gender=gender, wave=wave).reset_index(drop=True))
    return dict(zip(FACTS["item"], answers[[f"p_{k}" for k in range(1, 6)]].to_numpy(), strict=True))


def by_prediction(answers, a, b):
    """(DRAWS,) from probabilities of answers; a wave is as among the ratings of each item on average."""
    out = np.zeros(DRAWS)
    for share, draws in answers:
        for draw, answer in enumerate(draws):
            below = np.concatenate([[0.0], np.cumsum(answer[b])])
            out[draw] += share * (answer[a] * 0.5 * (below[1:] + below[:-1])).sum()
    return out


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize(
    "right",
    [
        "gender + (1 | item) + (1 | rater)",
        "gender + (1 | question) + (1 | item) + (1 | rater)",
        "gender * topic + length + (1 | item) + (1 | rater)",
        "gender:length + gender + (1 + gender | item) + (1 + gender | rater)",
        "item + gender + (1 | rater)",
        "topic + wave + (1 | item) + (1 | rater)",
        "gender + (1 | item) + (1 | gender:item) + (1 | rater)",
        "gender + (1 | item) + (1 | rater) + (1 | rater:item)",
        "(1 | gender) + (1 | item) + (1 | rater) + (1 | rater:question)",
        "topic + (1 | rater)",
    ],
)
def test_what_is_known_of_items_and_groups_is_looked_up(right, link):
    fit = fit_of(right, link=link)
    table = ps.preference_pairs(fit, TEXTS, by="gender").table
    assert len(table) == 24
    answers = predicted_answers(fit)
    for row in table.itertuples():
        p = by_prediction(answers[row.target.removeprefix("gender: ")], row.chosen_item, row.rejected_item)
        assert row.p == pytest.approx(p.mean(), abs=5e-6)
        assert row.p_sd == pytest.approx(p.std(ddof=1), abs=5e-6)


def test_slopes_of_raters_in_a_column_of_items_are_refused():
    fit = fit_of("length + (1 | item) + (1 + length | rater)")
    with pytest.raises(ps.ConfigError, match="multiplies effects of raters by a column that describes items"):
        ps.preference_pairs(fit, TEXTS)


def test_what_the_ratings_do_not_determine_is_refused():
    frame = RATINGS.frame.assign(rating=2)
    fit = ps.fit(ps.Ratings(frame, scale=(1, 5)), "rating ~ (1 | item)", method="laplace", on_problem="ignore")
    with pytest.raises(ps.DataError, match="The ratings do not determine the predictions of"):
        ps.preference_pairs(fit, TEXTS)


def test_a_demographic_without_effects_by_item_is_told():
    made = ps.preference_pairs(fit_of("gender + (1 | item) + (1 | rater)"), TEXTS, by="gender")
    assert any("has no effects of gender by item. Add (1 + gender | item)." in text for text in made.card["caveats"])
    made = ps.preference_pairs(fit_of("gender + (1 + gender | item) + (1 | rater)"), TEXTS, by="gender")
    assert not any("by item" in text for text in made.card["caveats"])


def test_fits_of_differently_prepared_ratings_are_refused():
    merged = ps.Ratings(
        RATINGS.frame.assign(rating=RATINGS.frame["rating"] + 1, gender=RATINGS.frame["gender"].astype(str) + "!"),
        scale=(1, 5),
        demographics=["gender"],
    )
    other = ps.fit(merged, "rating ~ gender + (1 | item)", method="laplace", draws=2, on_problem="ignore")
    with pytest.raises(ps.ConfigError, match="The fits do not have the same levels of 'gender'"):
        ps.preference_pairs(
            {"x": fit_of("gender + (1 | item)"), "y": other}, TEXTS, utility={"x": 1, "y": 1}, by="gender"
        )
