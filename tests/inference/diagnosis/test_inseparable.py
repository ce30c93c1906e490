"""Levels of several demographics that the same raters have."""

import pandas as pd
import pytest

import pluralstats as ps


def fitted(n_undisclosed, gender="undisclosed", race="undisclosed"):
    frame = pd.DataFrame({"rater": [f"r{i:02d}" for i in range(24)]})
    frame["gender"] = ["f", "m"] * 12
    frame["race"] = ["a", "a", "b", "b"] * 6
    frame.loc[: n_undisclosed - 1, "gender"] = gender
    frame.loc[: n_undisclosed - 1, "race"] = race
    rows = frame.merge(pd.DataFrame({"item": [f"i{j}" for j in range(6)]}), how="cross")
    rows["rating"] = 1 + (rows.index * 7) % 5
    ratings = ps.Ratings(rows, scale=(1, 5), demographics=["gender", "race"], undisclosed="level")
    return ps.fit(ratings, "rating ~ gender + race + (1 | item)", method="laplace", draws=20, on_problem="ignore")


def told(fit):
    return [problem for problem in fit.problems if "cannot be told apart" in problem]


def test_one_rater_who_alone_has_levels_of_two_demographics_is_named_with_what_is_lost():
    fit = fitted(1)
    assert told(fit) == [
        "Only rater r00 has 'undisclosed' of gender, 'undisclosed' of race, which have effects that cannot be told "
        "apart: no contrast of gender, race is determined. undisclosed='drop', or leaving that rater out, determines "
        "them."
    ]
    assert ps.effects(fit)["estimate"].isna().all()


def test_several_raters_and_levels_that_are_stated():
    (sentence,) = told(fitted(2, gender="x", race="y"))
    assert sentence.startswith("Only the 2 raters r00, r01 have 'x' of gender, 'y' of race, which")
    assert sentence.endswith("Merging a level, or leaving those raters out, determines them.")


@pytest.mark.parametrize("race", ["a", "b"])
def test_nothing_is_said_where_levels_can_be_told_apart(race):
    assert told(fitted(1, race=race)) == []
