"""Degenerate ratings end in a sentence, never in a crash or a silent number.

Maximum likelihood where nothing else is said; sentences about draws are in test_sampling_problems.
"""

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
    return ps.fit(ratings, formula, method="laplace", draws=50, on_problem="ignore", **options).problems


@pytest.mark.parametrize("method", ["laplace", "hmc", "nuts", "pymc"])
@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_constant_ratings_give_missing_numbers_and_one_sentence(family, method):
    ratings = ratings_of(rating=lambda r, i, g: np.full(r.size, 3), gender=half)
    fit = ps.fit(ratings, family=family, method=method, draws=20, on_problem="ignore")
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
        fit = ps.fit(ratings, family=family, method="laplace", on_problem="ignore")
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
    fit = ps.fit(without, method="laplace", draws=20, on_problem="ignore")
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


@pytest.mark.parametrize("method", ["laplace", "hmc"])
@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
@pytest.mark.parametrize(("n_raters", "n_items"), [(2, 10), (12, 2), (1, 15), (15, 1)])
def test_tiny_studies_end_in_an_answer(family, n_raters, n_items, method):
    ratings = ratings_of(n_raters, n_items, rating=any_rating)
    fit = ps.fit(ratings, family=family, method=method, draws=20, on_problem="ignore")
    assert fit.problems
    assert np.isfinite(fit.loglik) or method == "hmc"
    assert fit.parameters["estimate"].notna().all()


def test_on_problem_raise_says_everything():
    with pytest.raises(ps.FitError, match=r"no \(1 \| rater\)"):
        ps.fit(
            ratings_of(rating=any_rating, gender=half),
            "rating ~ gender + (1 | item)",
            method="laplace",
            on_problem="raise",
        )


def test_on_problem_warn_warns_once_a_sentence():
    with pytest.warns(ps.FitWarning, match=r"no \(1 \| rater\)") as caught:
        ps.fit(ratings_of(rating=any_rating, gender=half), "rating ~ gender + (1 | item)", method="laplace")
    assert len(caught) == 1


def with_columns(ratings, **columns):
    """The same ratings with more columns, covariates unless they have a meaning of their own."""
    data = ratings.frame.assign(rating=ratings.values.astype(int), **columns)
    demographics = list(ratings.demographics)
    covariates = [name for name in columns if name != "weight"]
    return ps.Ratings(data, scale=(1, 5), demographics=demographics, covariates=covariates)


def test_raters_nested_in_sites_are_raters():
    """(1 | site/rater) has a level for each rater; it was told to add (1 | rater)."""
    ratings = ratings_of(rating=any_rating, n_raters=24, gender=half)
    sites = with_columns(ratings, site=[f"s{int(r[1:]) % 6}" for r in ratings.frame["rater"]])
    assert not any("no (1 | rater)" in problem for problem in problems_of(sites, "rating ~ gender + (1 | site/rater)"))
    assert any("no (1 | rater)" in problem for problem in problems_of(sites, "rating ~ gender + (1 | site)"))
    crossed = problems_of(sites, "rating ~ gender + (1 | rater:item)")  # each level is of one rater, and has one rating
    assert any("no (1 | rater)" in problem for problem in crossed)


def test_five_to_nineteen_raters_are_few():
    few = [p for p in problems_of(ratings_of(rating=any_rating, n_raters=12)) if p.startswith("(1 | rater) has only")]
    assert few == [
        "(1 | rater) has only 12 levels: how much raters differ is poorly known. 95% intervals of differences between "
        "groups of raters allow for it by Student's t and cover the truth in 94 to 98% of simulated studies; that of "
        "the standard deviation itself is rough. More raters help, more ratings of each do not."
    ]
    for n_raters, found in ((5, True), (19, True), (20, False)):
        problems = problems_of(ratings_of(rating=any_rating, n_raters=n_raters))
        assert any("how much raters differ is poorly known" in problem for problem in problems) == found
    (poor,) = [p for p in problems_of(ratings_of(rating=any_rating, n_raters=4)) if p.startswith("(1 | rater) has")]
    assert "only 4 levels: its standard deviation is poorly known" in poor


WEIGHTS = [
    ("fractions", lambda k: 0.5 + k % 2, "120 of 120 weights are not whole numbers: a weight counts", "enter as 120 "),
    ("fractions of 100", lambda k: 100.5 - k % 2, "120 of 120 weights are not whole numbers and their mean is 100", ""),
    ("thousands", lambda k: 1000.0, "The weights have a mean of 1e+03: a weight counts", "enter as 120,000 "),
    ("frequencies", lambda k: 1.0 + k % 3, None, ""),
]


@pytest.mark.parametrize(("weight", "start", "inside"), [row[1:] for row in WEIGHTS], ids=[row[0] for row in WEIGHTS])
def test_weights_that_are_no_frequencies_are_named(weight, start, inside):
    ratings = with_columns(ratings_of(rating=any_rating), weight=[weight(k) for k in range(120)])
    found = [problem for problem in problems_of(ratings) if "a weight counts how often" in problem]
    assert [problem.startswith(start) and inside in problem for problem in found] == ([True] if start else [])


def copied(rater, item, rng):
    """Everybody gives an item the same rating, but for a few."""
    return np.where(rng.random(rater.size) < 0.02, 3, 1 + (item * 3) % 5)


@pytest.mark.parametrize("options", [{}, {"link": "logit"}, {"family": "gaussian"}], ids=str)
def test_a_term_that_fixes_ratings_is_named(options):
    ratings = ratings_of(n_raters=30, rating=copied)
    (sentence,) = [p for p in problems_of(ratings, **options) if "ratings hardly vary within its levels" in p]
    assert sentence.startswith("The standard deviation of item is ")
    assert ("Laplace approximation is unreliable" in sentence) == ("family" not in options)
    ordinary = problems_of(ratings_of(n_raters=30, rating=any_rating), **options)
    assert not any("hardly vary" in problem for problem in ordinary)


def test_as_many_random_effects_as_ratings_are_named():
    ratings = ratings_of(n_raters=30, rating=any_rating)
    once = ratings.frame.assign(rating=ratings.values.astype(int)).drop_duplicates("rater")
    few = ps.Ratings(once[["item", "rater", "rating"]], scale=(1, 5))
    assert any(
        p.startswith("The formula has 31 random effects ((1 | rater), (1 | item)) for 30 ratings: hardly any repeated")
        for p in problems_of(few)
    )
    assert not any("random effects" in problem for problem in problems_of(ratings))


def test_an_ordinary_study_has_no_problem(small_fit):
    assert small_fit.problems == ()


def test_more_demographics_than_raters_can_bear_are_said_so():
    """Null simulations of 25 three-level demographics among 150 raters: 35 of 300 intervals (ML), 16 of 300 (REML)
    excluded zero."""

    def bit(k):
        return lambda rater, item, rng: np.where((rater >> k) % 2, "b", "a")

    columns = {f"d{k}": bit(k) for k in range(3)}
    problems = problems_of(ratings_of(n_raters=24, rating=any_rating, **columns))
    assert any(problem.startswith("The formula has 3 coefficients about raters for 24 raters") for problem in problems)


def test_restricted_likelihood_is_not_warned_of_what_it_mends():
    ratings = ps.simulate(n_raters=8, n_items=20, ratings_per_rater=10, seed=1)
    said = {
        reml: ps.fit(ratings, family="gaussian", method="laplace", reml=reml, on_problem="ignore").problems
        for reml in (False, True)
    }
    assert any("coefficients about raters" in problem for problem in said[False])
    assert not any("coefficients about raters" in problem for problem in said[True])
