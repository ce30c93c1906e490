"""Straight-lining: counts by pandas, what a model expects by simulation by hand, and raters who do it."""

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with, some_samples
from made_parts import ByHand, some_ratings

import pluralstats as ps
from pluralstats.results.raters.same_answers import longest_runs

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


def test_observed_shares_and_runs_are_those_of_the_rows():
    ratings = some_ratings()
    table = ps.rater_table(fit_with(ratings, FORMULA, some_samples()), order="rows", draws=4).set_index("rater")
    for rater, own in ratings.frame.groupby("rater", observed=True):
        counts = own["rating"].value_counts(sort=False)
        values = np.array(ratings.scale.values)[own["rating"].to_numpy()]
        runs = pd.Series(values).groupby((pd.Series(values).diff() != 0).cumsum()).size()
        assert table.loc[rater, "modal_percent"] == pytest.approx(100.0 * counts.max() / len(own))
        assert table.loc[rater, "longest_run"] == runs.max()
        share = np.mean(values == float(table.loc[rater, "modal_answer"]))
        assert 100.0 * share == pytest.approx(table.loc[rater, "modal_percent"])


def test_the_order_may_be_a_column():
    """Answers 1 2 1 2 1 2 in the order of rows are 1 1 1 2 2 2 by the clock."""
    frame = pd.DataFrame(
        {"rater": list("aaaaaabbbbbb"), "item": list("uvwxyz") * 2, "rating": [1, 2] * 6, "gender": "f"}
    ).assign(clock=[1.0, 4.5, 2.0, 5.5, 3.0, 6.5, 1.0, 2.5, 3.0, 4.5, 5.0, 6.5])
    ratings = ps.Ratings(frame, (1, 2), ["gender"], covariates=["clock"])
    fit = fit_with(ratings, "rating ~ (1 | item) + (1 | rater)", some_samples())
    assert ps.rater_table(fit, order="rows", draws=4)["longest_run"].tolist() == [1.0, 1.0]
    assert ps.rater_table(fit, order="clock", draws=4)["longest_run"].tolist() == [3.0, 1.0]
    assert "longest_run" not in ps.rater_table(fit, draws=4)


def test_runs_end_where_raters_change():
    rater, answer = np.array([0, 0, 1, 1, 1, 3]), np.array([1, 1, 1, 0, 0, 0])
    assert longest_runs(rater, answer, 4).tolist() == [2.0, 2.0, 0.0, 1.0]
    assert longest_runs(np.empty(0, int), np.empty(0, int), 1).tolist() == [0.0]


def test_what_is_expected_is_drawn_from_the_model_with_all_effects_known():
    """One draw many times: shares and runs of ratings drawn by numpy from the probabilities of each row by hand."""
    fit = fit_with(some_ratings(), FORMULA, lambda design: _repeated(some_samples(1)(design), 3000))
    table = ps.rater_table(fit, order="rows", draws=3000)
    at, rng = ByHand(fit, 0), np.random.default_rng(8)
    for i, (_, own) in enumerate(fit.ratings.frame.groupby("rater", observed=True)):
        rows = own.to_dict("records")
        u = rng.random((6000, len(rows)))
        cuts = np.stack([np.cumsum(at.answers(row)) for row in rows])
        drawn = (u[:, :, None] > cuts).sum(axis=2)
        modal = 100.0 * np.max([(drawn == k).mean(axis=1) for k in range(5)], axis=0)
        runs = longest_runs(np.repeat(np.arange(6000), len(rows)), drawn.ravel(), 6000)
        error = 4.0 * np.sqrt(1 / 3000 + 1 / 6000)  # four standard errors of the difference of the two simulations
        assert table.loc[i, "modal_percent_expected"] == pytest.approx(modal.mean(), abs=error * modal.std())
        assert table.loc[i, "longest_run_expected"] == pytest.approx(runs.mean(), abs=error * runs.std())
        seen = table.loc[i, "modal_percent"]
        p = np.mean(modal > seen + 1e-9) + 0.5 * np.mean(np.abs(modal - seen) < 1e-9)
        assert table.loc[i, "p_modal"] == pytest.approx(p, abs=0.5 * error)


def _repeated(samples, n):
    return samples.at(np.zeros(n, int))


@pytest.fixture(scope="module")
def careless():
    """Forty raters, the first three of whom answer 3 whatever the item."""
    ratings = ps.simulate(n_raters=40, n_items=30, ratings_per_rater=30, sd_item=1.0, seed=3)
    three = ratings.scale.labels.index("3")
    frame = ratings.frame.copy()
    frame.loc[frame["rater"].isin(["R01", "R02", "R03"]), "rating"] = three
    frame["rating"] += 1
    return ps.rater_table(ps.fit(ps.Ratings(frame, (1, 5), ["gender"]), method="laplace"), order="rows")


def test_raters_who_answer_alike_throughout_stand_out(careless):
    lining = careless["note"].str.contains("same answer")
    assert careless.loc[lining, "rater"].tolist() == ["R01", "R02", "R03"]
    first = careless.iloc[0]
    assert (first["modal_answer"], first["modal_percent"], first["longest_run"]) == ("3", 100.0, 30.0)
    assert first["modal_percent_expected"] < 60.0 and first["longest_run_expected"] < 10.0


def test_others_are_as_expected(careless):
    """A right model's p is nearer to a half than uniform, as the ratings are used twice."""
    others = careless.iloc[3:]
    assert 0.4 < others["p_modal"].mean() < 0.6 and 0.4 < others["p_run"].mean() < 0.6


def test_scales_without_answers_that_repeat_have_none():
    frame = some_ratings().frame.assign(rating=np.random.default_rng(1).normal(size=60))
    ratings = ps.Ratings(frame, "continuous", ["gender"])
    table = ps.rater_table(fit_with(ratings, FORMULA, some_samples(), "gaussian"), order="rows", draws=4)
    assert "modal_answer" not in table and (table["note"].str.contains("same") == False).all()  # noqa: E712
