"""Codes for missing values among numbers are named; numbers that are far by nature are not."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.checking.evidence import Numbers
from pluralstats.data.checking.numbers import far_codes


def slider(codes, n_codes=6):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"item": np.tile(np.arange(20), 30), "rater": np.repeat(np.arange(30), 20), "rating": rng.integers(0, 101, 600)}
    )
    for i, code in enumerate(codes):
        frame.loc[i * n_codes : (i + 1) * n_codes - 1, "rating"] = code
    return frame


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("scale", [None, "continuous"])
def test_codes_of_a_slider_are_named_and_least_mean_and_greatest_are_said(scale, as_text):
    frame = slider([-99, 999])
    given = frame.assign(rating=frame["rating"].astype(str)) if as_text else frame
    check = ps.check(given, scale=scale)
    (sentence,) = [problem for problem in check.problems if "look like codes" in problem]
    assert "-99 (6 rows), 999 (6 rows); the others lie between 0 and 100" in sentence
    assert "na_values=[-99, 999]" in sentence
    row = check.numbers.set_index("column").loc["rating"]
    assert (row["n"], row["least"], row["greatest"]) == (600, -99, 999)
    assert row["mean"] == pytest.approx(frame["rating"].mean())
    cleaned = ps.check(given, scale=scale, na_values=[-99, 999])
    assert not any("look like codes" in problem for problem in cleaned.problems)


def test_codes_of_a_covariate_are_named():
    age = np.where(np.arange(600) % 50 == 0, 99, 20 + np.arange(600) % 45)
    check = ps.check(slider([]).assign(age=age), scale="continuous", covariates=["age"])
    assert any("'age' has 1 number far from all others" in problem and "99" in problem for problem in check.problems)


def test_nine_and_99_are_codes_and_answer_1_is_none():
    rng = np.random.default_rng(1)
    frame = slider([]).assign(rating=rng.choice([1, 2, 3, 4, 5, 9, 99], 600, p=[0.18] * 5 + [0.05] * 2))
    check = ps.check(frame)
    assert check.guesses[0] == "`scale` was not given; the answers found are assumed: 1, 2, 3, 4, 5 (without 9, 99)."
    assert any("look like codes for missing: 9 (" in problem for problem in check.problems)
    assert not any("does not behave" in problem for problem in check.problems)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 2, 3, 4, 5, 8, 9], [8, 9]),
        ([-9, 1, 2, 3, 4, 5], [-9]),
        ([-99, -98, 1, 2, 3], [-99, -98]),
        ([-1, 0, 1], []),  # a scale of three
        ([-2, -1, 0, 1, 2], []),
        ([0, 25, 50, 75, 100], []),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], []),
        ([1, 3, 5, 7, 9], []),
        ([0, 1], []),
        ([*range(101)], []),
        ([*range(-1, 101)], [-1]),
    ],
)
def test_usual_codes_far_from_the_others(values, codes):
    assert far_codes(Numbers(np.array(values, float), np.full(len(values), 10))) == codes


def test_single_outliers_and_long_tails_are_no_codes():
    values = np.sort(np.random.default_rng(0).lognormal(3, 1, 500))
    assert far_codes(Numbers(values, np.ones(500, int))) == []
    assert far_codes(Numbers(np.array([1.0, 2, 3, 5000]), np.array([9, 9, 9, 1]))) == []


def test_answers_that_are_no_position_are_named_and_left_out_of_the_guessed_scale():
    answers = ["agree", "neutral", "disagree", "don't know"]
    frame = slider([]).assign(rating=np.resize(answers, 600))
    check = ps.check(frame)
    assert "agree, disagree, neutral, in unknown order" in check.guesses[0]
    assert any('drop_ratings=["don\'t know"]' in problem for problem in check.problems)
