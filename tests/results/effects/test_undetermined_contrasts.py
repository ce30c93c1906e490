"""Contrasts that the data do not determine are left empty, all of their numbers, and only those.

Maximum likelihood also leaves empty what has no finite maximum; with a prior such a contrast has a distribution.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

NUMBERS = ["estimate", "lower", "upper", "lower_50", "upper_50", "p_direction", "p_rope"]


def ratings_of(group, *, n_raters=60, n_items=10, rating=None):
    """Every rater rates every item; ``group`` is a dictionary of demographics, rater -> level."""
    rng = np.random.default_rng(0)
    rater, item = np.repeat(np.arange(n_raters), n_items), np.tile(np.arange(n_items), n_raters)
    data = {"item": item, "rater": rater, "rating": rng.integers(1, 6, rater.size)}
    data |= {name: [level(r) for r in rater] for name, level in group.items()}
    data |= {"rating": rating(rater, data["rating"])} if rating else {}
    reference = dict.fromkeys(group, "a")
    return ps.Ratings(pd.DataFrame(data), scale=(1, 5), demographics=list(group), reference=reference)


def effects_of(ratings, fixed, demographics=None, **options):
    formula = f"rating ~ {fixed} + (1 | item) + (1 | rater)"
    fit = ps.fit(ratings, formula, method="laplace", draws=50, on_problem="ignore")
    return ps.effects(fit, demographics, rope=0.1, **options)


def empty(rows):
    """Whether each row has none of its numbers; a row with some of them is neither."""
    missing = rows[NUMBERS].isna()
    assert (missing.all(axis=1) == missing.any(axis=1)).all()
    return missing.all(axis=1).tolist()


def three(r):
    return "abc"[r % 3]


def two(r):
    return "ab"[(r // 3) % 2]


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_neither_of_two_demographics_that_never_differ_has_an_effect(method):
    """It was all given to the one that stood first in the formula."""
    ratings = ratings_of({"one": three, "two": three, "other": two})
    fit = ps.fit(ratings, method=method, draws=50, on_problem="ignore")
    assert any("two[b] cannot be estimated: the data determine it from one[b]" in problem for problem in fit.problems)
    table = ps.effects(fit, rope=0.1).set_index("demographic")
    assert empty(table.loc["one"]) == [True, True]
    assert empty(table.loc["two"]) == [True, True]
    assert empty(table.loc[["other"]]) == [False]
    assert table["raw"].notna().all()


@pytest.mark.parametrize("fixed", ["one * two", "two * one"])
def test_a_cell_that_nobody_is_in_has_no_effect_and_the_others_do(fixed):
    """With g * p and nobody in (b, c) the effect within c was that within a, by the accident of which column left."""
    ratings = ratings_of({"one": lambda r: "a" if three(r) == "c" else two(r), "two": three})
    assert empty(effects_of(ratings, fixed, "one", by="two")) == [False, False, True]
    assert empty(effects_of(ratings, fixed, "one")) == [True]
    assert empty(effects_of(ratings, "one + two", "one", by="two")) == [False, False, False]


def test_a_full_interaction_has_all_its_effects():
    ratings = ratings_of({"one": two, "two": three})
    assert empty(effects_of(ratings, "one * two", by="two", demographics="one")) == [False] * 3


def test_estimable_rows_are_those_of_the_data_and_what_follows_from_them():
    ratings = ratings_of({"one": lambda r: "a" if three(r) == "c" else two(r), "two": three})
    fit = ps.fit(ratings, "rating ~ one * two + (1 | rater)", method="laplace", draws=20, on_problem="ignore")
    fixed = fit.design.fixed
    assert fixed.estimable(fixed.frame).all()
    cells = pd.DataFrame({"one": ["a", "b", "b"], "two": ["c", "b", "c"]})
    for column in cells:
        cells[column] = cells[column].astype(fixed.frame[column].dtype)
    assert fixed.estimable(cells).tolist() == [True, True, False]


def all_low(*levels):
    def rating(rater, drawn):
        return np.where([three(r) in levels for r in rater], 1, drawn)

    return rating


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_a_level_rated_at_one_end_only_has_no_effect(link):
    """Its coefficient stopped somewhere on the way to infinity, and its interval was a number like any other."""
    ratings = ratings_of({"one": three, "other": two}, rating=all_low("b"))
    fit = ps.fit(ratings, link=link, method="laplace", draws=50, on_problem="ignore")
    table = ps.effects(fit, rope=0.1)
    assert dict(zip(table["level"] + " of " + table["demographic"], empty(table), strict=True)) == {
        "b of one": True,
        "c of one": False,
        "b of other": False,
    }


def test_with_a_prior_a_level_rated_at_one_end_only_has_an_effect_and_a_sentence():
    ratings = ratings_of({"one": three, "other": two}, rating=all_low("b"))
    fit = ps.fit(ratings, draws=400, on_problem="ignore")
    table = ps.effects(fit, rope=0.1)
    assert empty(table) == [False, False, False]
    assert table["upper"][0] < table["lower"][1]  # b of one far below c of one: all its ratings are the lowest
    assert any(
        problem.startswith(
            "All 200 ratings of one[b] are '1': how far its coefficient lies from 0 is said by the prior"
        )
        for problem in fit.problems
    )


def test_no_level_has_an_effect_against_a_reference_rated_at_one_end_only():
    table = effects_of(ratings_of({"one": three, "other": two}, rating=all_low("a")), "one + other")
    assert empty(table) == [True, True, False]


def test_a_contrast_is_empty_when_its_coefficient_is_flat_and_not_otherwise():
    fit = ps.fit(ratings_of({"one": three, "other": two}), method="laplace", draws=50, on_problem="ignore")
    flat = np.zeros(fit.posterior.mode.size, bool)
    flat[fit.posterior.n_thresholds + fit.design.fixed.names.index("one[c]")] = True
    stub = replace(fit, posterior=replace(fit.posterior, flat=flat))
    assert empty(ps.effects(fit, rope=0.1)) == [False, False, False]
    assert empty(ps.effects(stub, rope=0.1)) == [False, True, False]
