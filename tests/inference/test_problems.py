"""Degenerate ratings end in a sentence, never in a crash or a silent number."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps


def ratings_of(n_raters=12, n_items=10, scale=(1, 5), **columns):
    """Every rater rates every item; ``columns`` are functions of (rater, item, rng) or plain values."""
    rng = np.random.default_rng(7)
    rater, item = np.repeat(np.arange(n_raters), n_items), np.tile(np.arange(n_items), n_raters)
    made = {name: make(rater, item, rng) if callable(make) else make for name, make in columns.items()}
    data = {"rater": [f"r{r}" for r in rater], "item": [f"i{i}" for i in item]} | made
    demographics = [name for name in made if name not in ("rating", "item", "rater")]
    reference = dict.fromkeys(demographics, "a")
    return ps.Ratings(pd.DataFrame(data), scale=scale, demographics=demographics, reference=reference)


def any_rating(rater, item, rng):
    person, thing = rng.normal(0, 0.7, rater.max() + 1), rng.normal(0, 0.7, item.max() + 1)
    return 1 + np.digitize(person[rater] + thing[item] + rng.normal(size=rater.size), [-1.2, -0.3, 0.4, 1.3])


def half(rater, item, rng):
    return np.where(rater % 2, "b", "a")


def problems_of(ratings, formula=None, **options):
    return ps.fit(ratings, formula, draws=50, on_problem="ignore", **options).problems


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_constant_ratings_give_missing_numbers_and_one_sentence(family):
    ratings = ratings_of(rating=lambda r, i, g: np.full(r.size, 3), gender=half)
    fit = ps.fit(ratings, family=family, draws=20, on_problem="ignore")
    assert fit.problems == (
        "All 120 ratings are the same (3): nothing can be estimated and every number is missing. "
        "Look at the rating column.",
    )
    assert fit.parameters["estimate"].isna().all()
    assert np.isnan(fit.loglik)
    assert ps.effects(fit)["estimate"].isna().all()
    assert ps.variance_shares(fit)["percent"].isna().all()


def test_a_level_rated_at_one_end_only_is_named():
    def rating(rater, item, rng):
        return np.where(rater % 4 == 1, 1, any_rating(rater, item, rng))

    ratings = ratings_of(rating=rating, group=lambda r, i, g: np.where(r % 4 == 1, "b", "a"))
    (sentence,) = [p for p in problems_of(ratings) if "no finite maximum" in p]
    assert sentence == (
        "All 30 ratings of group[b] are '1': its coefficient has no finite maximum and its estimate is arbitrary. "
        "Merge the level with another (`recode=`) or leave it out."
    )


def test_a_variance_of_zero_is_named_and_keeps_an_honest_interval():
    def rating(rater, item, rng):
        return 1 + np.digitize(rng.normal(size=rater.size), [-1, 0, 1])

    ratings = ratings_of(rating=rating, scale=(1, 4), n_raters=40)
    for family in ("cumulative", "gaussian"):
        fit = ps.fit(ratings, family=family, on_problem="ignore")
        sds = fit.parameters[fit.parameters["kind"] == "sd"].set_index("term")
        zero = [term for term in sds.index if sds.loc[term, "estimate"] == 0.0]
        assert zero
        for term in zero:
            assert any(f"(1 | {term}) is estimated as zero" in problem for problem in fit.problems)
            assert sds.loc[term, "lower"] == 0.0
            assert 0.02 < sds.loc[term, "upper"] < 0.5
            shares = ps.variance_shares(fit).set_index("component")
            assert shares.loc[term, "upper"] > 0.0


def test_an_unused_category_is_named():
    ratings = ratings_of(rating=lambda r, i, g: np.where(any_rating(r, i, g) == 3, 4, any_rating(r, i, g)))
    data = ratings.frame.assign(rating=np.where(ratings.values == 3, 4, ratings.values).astype(int))
    without = ps.Ratings(data[["item", "rater", "rating"]], scale=(1, 5))
    fit = ps.fit(without, draws=20, on_problem="ignore")
    assert fit.problems[0].startswith("1 category was never used (3): no threshold is estimated there")
    assert fit.parameters["parameter"].tolist()[:3] == ["1|2", "2|4", "4|5"]


def test_raters_left_out_of_the_formula_are_missed():
    (sentence,) = problems_of(ratings_of(rating=any_rating, gender=half), "rating ~ gender + (1 | item)")
    assert sentence == (
        "The formula has gender but no (1 | rater): it treats 10 ratings of one person as 10 persons, "
        "and intervals are too narrow. Add (1 | rater)."
    )


def test_two_terms_that_group_alike_are_named():
    ratings = ratings_of(rating=any_rating, n_raters=8)
    data = ratings.frame.assign(rating=ratings.values.astype(int), twin="t" + ratings.frame["item"].astype(str))
    twins = ps.Ratings(data[["item", "rater", "rating", "twin"]], scale=(1, 5), covariates=["twin"])
    problems = problems_of(twins, "rating ~ 1 + (1 | item) + (1 | twin) + (1 | rater)")
    assert any("group the ratings in the same way" in problem for problem in problems)


def test_few_levels_and_single_raters_are_named():
    ratings = ratings_of(rating=any_rating, group=lambda r, i, g: np.where(r == 3, "b", "a"))
    problems = problems_of(ratings, "rating ~ group + (1 | item) + (1 | rater)")
    assert any("1 level has a single rater (group[b])" in problem for problem in problems)
    problems = problems_of(ratings, "rating ~ 1 + (1 | item) + (1 | rater) + (1 | group)")
    assert any(problem.startswith("(1 | group) has only 2 levels") for problem in problems)


def test_one_rating_a_level_is_named():
    ratings = ratings_of(rating=any_rating)
    data = ratings.frame.assign(rating=ratings.values.astype(int), row=[f"x{k}" for k in range(120)])
    rows = ps.Ratings(data[["item", "rater", "rating", "row"]], scale=(1, 5), covariates=["row"])
    problems = problems_of(rows, "rating ~ 1 + (1 | row)", family="gaussian")
    assert any("its variance cannot be told from the residual" in problem for problem in problems)


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
@pytest.mark.parametrize(("n_raters", "n_items"), [(2, 10), (12, 2), (1, 15), (15, 1)])
def test_tiny_studies_end_in_an_answer(family, n_raters, n_items):
    fit = ps.fit(ratings_of(n_raters, n_items, rating=any_rating), family=family, draws=20, on_problem="ignore")
    assert fit.problems
    assert np.isfinite(fit.loglik)
    assert fit.parameters["estimate"].notna().all()


def test_on_problem_raise_says_everything():
    with pytest.raises(ps.FitError, match=r"no \(1 \| rater\)"):
        ps.fit(ratings_of(rating=any_rating, gender=half), "rating ~ gender + (1 | item)", on_problem="raise")


def test_on_problem_warn_warns_once_a_sentence():
    with pytest.warns(ps.FitWarning, match=r"no \(1 \| rater\)") as caught:
        ps.fit(ratings_of(rating=any_rating, gender=half), "rating ~ gender + (1 | item)")
    assert len(caught) == 1
