"""agreement() against alphas computed elsewhere for real data."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.disagreement.estimates import PAIRWISE

COUNTRIES = ["Australia", "Singapore", "South Africa", "United Kingdom", "United States"]


def estimates(table):
    """Estimates by level and coefficient."""
    return table.drop_duplicates(["level", "coefficient"]).set_index(["level", "coefficient"])["estimate"]


def without_intervals(ratings, **options):
    return ps.agreement(ratings, bootstrap=[], **options)


def test_popquorn_alphas_equal_the_reference(shared_data):
    # computed independently for the project: oracles.json, popquorn_offensiveness.alpha (13,036 rows)
    ratings = ps.read_ratings(shared_data / "popquorn_offensiveness.csv.gz", scale=(1, 5))
    found = estimates(without_intervals(ratings, coefficients=PAIRWISE[:3])).to_numpy()
    np.testing.assert_allclose(found, [0.1339, 0.2865, 0.2872], atol=5e-5)


def test_sbic_alphas_equal_the_reference(shared_data):
    # oracles.json, sbic_dev.alpha_offensive; the 241 rows without a rating are left out
    frame = pd.read_csv(shared_data / "sbic_dev_ratings.csv.gz").dropna(subset="offensive")
    ratings = ps.Ratings(frame, scale=[0, 0.5, 1], columns={"offensive": "rating"})
    found = estimates(without_intervals(ratings, coefficients=["alpha_nominal", "alpha_interval"])).to_numpy()
    np.testing.assert_allclose(found, [0.5841, 0.7154], atol=5e-5)


def test_crehate_alphas_equal_the_reference_with_the_mean_of_repeated_answers(crehate):
    # oracles.json, crehate.alpha_nominal_without_dontknow. Its preparation, found by trial: drop "don't
    # know", then take the mean of a rater's repeated answers to an item; 1/2 and 2/3 are categories of their own.
    frame = crehate[crehate["rating"] < 2].groupby(["item", "rater", "country"], as_index=False)["rating"].mean()
    ratings = ps.Ratings(frame, scale=sorted(frame["rating"].unique()), demographics=["country"])
    found = estimates(without_intervals(ratings, by="country", coefficients="alpha_nominal"))
    expected = [0.3731, 0.4081, 0.3433, 0.3513, 0.4246, 0.4623]
    np.testing.assert_allclose([found[level].item() for level in ["all", *COUNTRIES]], expected, atol=5e-5)


def test_crehate_alphas_with_the_first_of_repeated_answers_differ_by_a_ten_thousandth(crehate):
    ratings = ps.Ratings(crehate, scale=(0, 1), demographics=["country"], drop_ratings=[2], duplicates="first")
    found = estimates(without_intervals(ratings, by="country", coefficients="alpha_nominal"))
    expected = [0.3731, 0.4081, 0.3433, 0.3513, 0.4246, 0.4623]  # as above: mean of repeated answers
    np.testing.assert_allclose([found[level].item() for level in ["all", *COUNTRIES]], expected, atol=1.5e-4)


def test_crehate_alpha_of_three_answers_equals_the_reference(crehate):
    # oracles.json, crehate.alpha_nominal_3cat: "don't know" as third answer (any rule for repeats)
    ratings = ps.Ratings(crehate, scale=(0, 2), duplicates="first")
    found = without_intervals(ratings, coefficients="alpha_nominal")["estimate"].item()
    assert found == pytest.approx(0.3026, abs=5e-5)


def test_crehate_cohesion_within_countries_has_the_reference_alphas(crehate):
    ratings = ps.Ratings(crehate, scale=(0, 1), demographics=["country"], drop_ratings=[2], duplicates="first")
    table = ps.cohesion(ratings, "country", permutations=0, replicates=0)
    found = table[table["metric"] == "irr"].set_index("level")["estimate"]
    expected = [0.4081, 0.3433, 0.3513, 0.4246, 0.4623]  # as above: mean of repeated answers
    np.testing.assert_allclose([found[level] for level in COUNTRIES], expected, atol=1.5e-4)
