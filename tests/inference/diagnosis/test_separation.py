"""Levels, the reference among them, and cells rated at one end of the scale only are named, each once."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps


def ratings_of(ends, **columns):
    """24 raters x 10 items with two demographics; ``ends`` (one, two) -> the only rating of that cell, or None."""
    rng = np.random.default_rng(2)
    rater, item = np.repeat(np.arange(24), 10), np.tile(np.arange(10), 24)
    one, two = np.array(list("abc"))[rater % 3], np.array(list("xy"))[(rater // 3) % 2]
    drawn = rng.integers(1, 6, rater.size)
    rating = [ends(a, b) or int(d) for a, b, d in zip(one, two, drawn, strict=True)]
    data = {"rater": rater, "item": item, "rating": rating, "one": one, "two": two} | columns
    reference = {"one": "a", "two": "x"}
    frame = pd.DataFrame(data)
    return ps.Ratings(frame, scale=(1, 5), demographics=["one", "two"], covariates=list(columns), reference=reference)


def named(ratings, fixed, **options):
    options = {"method": "laplace", "draws": 20, "on_problem": "ignore"} | options
    fit = ps.fit(ratings, f"rating ~ {fixed} + (1 | item) + (1 | rater)", **options)
    return [problem.split(": ")[0] for problem in fit.problems if "no finite maximum" in problem]


CASES = [
    ("a level", lambda a, b: 1 if a == "b" else None, "one + two", ["All 80 ratings of one[b] are '1'"]),
    ("the reference", lambda a, b: 5 if a == "a" else None, "one + two", ["All 80 ratings of one[a] are '5'"]),
    ("a cell", lambda a, b: 1 if a + b == "by" else None, "one * two", ["All 40 ratings of one[b]:two[y] are '1'"]),
    ("the first cell", lambda a, b: 1 if a + b == "ax" else None, "one * two", ["All 40 ratings of one[a]:two[x] are '1'"]),  # noqa: E501
    ("a cell that is no term", lambda a, b: 1 if a + b == "by" else None, "one + two", []),
    ("a level and its cells", lambda a, b: 1 if a == "b" else None, "one * two", ["All 80 ratings of one[b] are '1'"]),
    ("not at an end", lambda a, b: 3 if a == "b" else None, "one * two", []),
    ("as C(one)", lambda a, b: 1 if a == "a" else None, "C(one) + two", ["All 80 ratings of one[a] are '1'"]),
]  # fmt: skip


@pytest.mark.parametrize(("ends", "fixed", "sentences"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_groups_at_one_end_are_named_once(ends, fixed, sentences):
    assert named(ratings_of(ends), fixed) == sentences


def test_a_column_of_0_and_1_is_named_where_it_is_1():
    ratings = ratings_of(lambda a, b: 1 if a == "b" else None, dummy=((np.arange(240) // 10) % 3 == 1).astype(float))
    assert named(ratings, "dummy + two") == ["All 80 ratings of dummy are '1'"]


WITH_PRIORS = [
    ("one", "All 80 ratings of one[b] are '1': how far its coefficient lies from 0 is said by the prior alone. "
     "Merge the level with another (`recode=`) or leave it out."),
    ("team", "In each of 8 cells all ratings lie at one end of the scale (team[t01], team[t04], team[t07], team[t10], "
     "team[t13] and 3 more): how far their coefficients lie from 0 is said by the prior alone. "
     "Merge levels (`recode=`) or leave the term out."),
]  # fmt: skip


@pytest.mark.parametrize("method", ["laplace", "hmc"])
@pytest.mark.parametrize(("fixed", "sentence"), WITH_PRIORS, ids=["a level", "many cells"])
def test_with_a_prior_it_is_said_what_the_estimate_rests_on(method, fixed, sentence):
    """The mode under priors was said to have no finite maximum, as that of the likelihood."""
    ratings = ratings_of(lambda a, b: 1 if a == "b" else None, team=[f"t{r:02d}" for r in np.repeat(np.arange(24), 10)])
    formula = f"rating ~ {fixed} + (1 | item) + (1 | rater)"
    problems = ps.fit(ratings, formula, method=method, priors=ps.Priors(), draws=20, on_problem="ignore").problems
    assert [problem for problem in problems if "said by the prior" in problem] == [sentence]
    assert not any("no finite maximum" in problem for problem in problems)


def test_the_gaussian_family_has_no_ends():
    assert named(ratings_of(lambda a, b: 1 if a == "b" else None), "one", family="gaussian") == []


def test_many_cells_at_one_end_share_a_sentence():
    rater = np.repeat(np.arange(24), 10)
    ratings = ratings_of(lambda a, b: None, team=[f"t{r:02d}" for r in rater])
    frame = ratings.frame.assign(rating=np.where(rater < 8, 1, ratings.values.astype(int)))
    teams = ps.Ratings(frame, scale=(1, 5), covariates=["team"])
    assert named(teams, "team") == [
        "In each of 8 cells all ratings lie at one end of the scale "
        "(team[t00], team[t01], team[t02], team[t03], team[t04] and 3 more)"
    ]
