"""What the priors alone say about ratings."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri, stdtrit

import pluralstats as ps
from pluralstats.model.priors import Priors
from pluralstats.results.checks.prior_simulation import prior_predictive

FORMULA = "rating ~ gender + politics + (1 | item) + (1 | rater)"


def one(table, statistic, unit="all", category=""):
    chosen = (table["statistic"] == statistic) & (table["unit"] == unit) & (table["category"] == category)
    (row,) = table[chosen].itertuples()
    return row


def width(row):
    return row.upper - row.lower


def test_shares_of_two_categories_follow_the_prior_of_the_threshold(small):
    """Without other terms P(y = 1) = Phi(tau) with tau ~ N(0, 3): quantile q of the share is Phi(3 Phi^-1(q))."""
    table = prior_predictive(small.collapse(2), "rating ~ 1", family="bernoulli", draws=4000)
    row = one(table, "share", category="1-2")
    found = np.array([row.lower, row.lower_50, row.estimate, row.upper_50, row.upper]) / 100
    q = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
    # Back on the scale of tau, where the se of a sample quantile is sqrt(q (1 - q) / 4000) / density.
    se = 3 * np.sqrt(q * (1 - q) / 4000) / np.exp(-0.5 * ndtri(q) ** 2) * np.sqrt(2 * np.pi)
    inner = slice(1, 4)  # the outer shares are 0 or 1 of 720 ratings
    assert (np.abs(ndtri(found[inner]) - 3 * ndtri(q[inner])) < 4 * se[inner] + 0.1).all()
    assert found[[0, 4]] == pytest.approx(ndtr(3 * ndtri(q[[0, 4]])), abs=1 / 720)


def test_the_mean_of_a_gaussian_model_has_the_prior_of_its_intercept():
    """Prior predictive sd of the mean: intercept N(location, threshold x unit), residual averaged over 2,000 rows."""
    ratings = ps.simulate(family="gaussian", n_raters=100, n_items=40, ratings_per_rater=20, seed=2)
    priors = Priors(threshold=2.0, unit=0.5, location=10.0, residual=0.1)
    table = prior_predictive(ratings, "rating ~ 1", family="gaussian", priors=priors, draws=4000)
    row = one(table, "mean")
    assert row.estimate == pytest.approx(10.0, abs=4 * 1.2533 / np.sqrt(4000))  # se of the median of N(10, 1)
    assert row.upper_50 - row.lower_50 == pytest.approx(2 * ndtri(0.75), rel=0.1)
    assert row.observed == pytest.approx(ratings.values.mean())
    # The sd of one data set is half-student_t(3, 0, 0.05) but for noise of 1 / sqrt(4000).
    assert one(table, "sd").estimate == pytest.approx(0.05 * stdtrit(3, 0.75), rel=0.1)


def test_the_sd_of_item_means_follows_the_prior_of_their_sd():
    """Gaussian, 40 items with 50 ratings: a half-student_t(3, 0, 2 x 0.5) sd, its median 0.765 x 1."""
    ratings = ps.simulate(family="gaussian", n_raters=100, n_items=40, ratings_per_rater=20, seed=2)
    priors = Priors(unit=0.5, residual=0.01, terms={"sd(item)": 2.0})
    table = prior_predictive(ratings, "rating ~ 1 + (1 | item)", family="gaussian", priors=priors, draws=2000)
    median = stdtrit(3, 0.75)
    assert one(table, "sd of item means").estimate == pytest.approx(median, rel=0.1)


def test_a_narrow_prior_of_a_term_narrows_its_differences_only(small):
    wide = prior_predictive(small, FORMULA, draws=300)
    narrow = prior_predictive(small, FORMULA, draws=300, priors=Priors(sd=0.05, terms={"gender": 0.05}))
    reference = prior_predictive(small, FORMULA, draws=300, priors=Priors(sd=0.05))
    assert width(one(narrow, "difference", "gender:male")) < 0.4 * width(one(reference, "difference", "gender:male"))
    assert width(one(narrow, "difference", "politics:right")) > 0.7 * width(
        one(reference, "difference", "politics:right")
    )
    assert one(narrow, "sd of rater means").upper_50 < one(wide, "sd of rater means").estimate


def test_what_was_observed_stands_beside(small):
    table = prior_predictive(small, FORMULA, draws=20)
    means = pd.Series(small.values).groupby(small.frame["politics"].astype(str)).mean()
    row = one(table, "difference", "politics:right")
    reference = small.frame["politics"].cat.categories[0]
    assert row.reference == reference
    assert row.observed == pytest.approx(means["right"] - means[reference])
    assert row.n_ratings == (small.frame["politics"] == "right").sum()
    assert one(table, "mean").observed == pytest.approx(small.values.mean())
    assert table["unit"].tolist()[-3:] == ["gender:male", *(
        f"politics:{level}" for level in small.frame["politics"].cat.categories[1:]
    )]  # fmt: skip
    assert table.drop(columns=["category", "reference"]).notna().all(axis=None)


def test_the_unit_of_a_measured_column_does_not_matter(small):
    """The prior of age is for one sd of it: years, or cents of years shifted by 2000, say the same."""
    tables = []
    for factor, shift in ((1.0, 0.0), (100.0, 2000.0)):
        age = shift + factor * (20.0 + small.frame["rater"].cat.codes % 47)
        frame = small.frame.assign(rating=small.values.astype(int), age=age)
        ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["age"])
        tables.append(prior_predictive(ratings, "rating ~ gender + age + (1 | item)", draws=50))
    pd.testing.assert_frame_equal(*tables)


def test_the_same_seed_gives_the_same_numbers(small):
    first, second, other = (prior_predictive(small, draws=30, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, second)
    assert not np.allclose(first["estimate"], other["estimate"])


def test_ratings_are_looked_at_for_what_was_observed_only(small):
    """Another order of the same answers changes ``observed`` (and p), nothing else."""
    values = small.values.astype(int)
    frame = small.frame.assign(rating=np.random.default_rng(1).permutation(values))
    shuffled = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"])
    original = ps.Ratings(frame.assign(rating=values), scale=(1, 5), demographics=["gender", "politics"])
    one_table, another = (prior_predictive(ratings, FORMULA, draws=30) for ratings in (original, shuffled))
    simulated = ["estimate", "lower", "upper", "lower_50", "upper_50"]
    pd.testing.assert_frame_equal(one_table[simulated], another[simulated])
    assert not np.allclose(one_table["observed"], another["observed"])


@pytest.mark.parametrize(
    ("options", "message"),
    [({"priors": Priors(terms={"gendr": 1.0})}, "Did you mean 'gender'"), ({"family": "cumulativ"}, "`family` is one"),
     ({"draws": 0}, "`draws` is a positive"), ({"formula": "rating ~ gendr"}, "gendr")],
)  # fmt: skip
def test_what_fit_refuses_is_refused(small, options, message):
    with pytest.raises(ps.ConfigError, match=message):
        prior_predictive(small, **options)
