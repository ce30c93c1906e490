"""agreement() with Gwet's coefficients, Fleiss' kappa, distance, entropy and polarisation."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.disagreement.counting.answers import STATISTICS
from pluralstats.disagreement.estimates import EVERY_COEFFICIENT, PAIRWISE


def estimates(table):
    return table.drop_duplicates(["level", "coefficient"]).set_index(["level", "coefficient"])["estimate"]


def test_the_default_coefficients_are_alpha_and_percent(people, made):
    table = ps.agreement(made(people), bootstrap=[])
    assert tuple(table["coefficient"]) == PAIRWISE


def test_asking_for_more_moves_no_number(people, made):
    ratings = made(people)
    keys = ["demographic", "level", "coefficient", "bootstrap"]
    everything = ps.agreement(ratings, "gender", coefficients=EVERY_COEFFICIENT, replicates=30).set_index(keys)
    for part in (PAIRWISE, STATISTICS, ["entropy"], ["percent", "ac2"]):
        table = ps.agreement(ratings, "gender", coefficients=part, replicates=30).set_index(keys)
        pd.testing.assert_frame_equal(everything.loc[table.index], table)


def test_every_interval_holds_its_estimate_and_stays_in_the_range_of_the_coefficient(people, made):
    table = ps.agreement(made(people), coefficients=EVERY_COEFFICIENT, replicates=200)
    assert (table["note"] == "").all()
    assert ((table["lower"] < table["estimate"]) & (table["estimate"] < table["upper"])).all()
    rows = table.set_index("coefficient")
    assert (rows.loc[["distance", "entropy", "polarisation"], "lower"] >= 0).all()
    assert (rows.loc["polarisation", "upper"] <= 1).all()
    assert (rows.loc["entropy", "upper"] <= np.log(5)).all()


def test_drawing_raters_twice_moves_no_interval_off_its_estimate(by_hand):
    # Four raters an item: copies alone would lower the entropy of replicates by about a third.
    generator = np.random.default_rng(3)
    ratings = by_hand(np.repeat([f"i{i}" for i in range(60)], 4), list("wxyz") * 60, generator.integers(1, 6, 240))
    table = ps.agreement(ratings, coefficients=STATISTICS, bootstrap="raters", replicates=400)
    middle = (table["lower"] + table["upper"]) / 2
    width = table["upper"] - table["lower"]
    assert (np.abs(middle - table["estimate"]) < 0.35 * width).all()


def test_the_weights_of_ac2_are_ordinal_unless_said_otherwise(people, made):
    ratings = made(people)
    found = {
        kind: ps.agreement(ratings, coefficients="ac2", bootstrap=[], weights=kind)["estimate"].item()
        for kind in ("ordinal", "linear", "quadratic")
    }
    assert ps.agreement(ratings, coefficients="ac2", bootstrap=[])["estimate"].item() == found["ordinal"]
    assert len(set(found.values())) == 3


def test_only_ac2_linear_and_distance_see_the_points_of_the_scale(people, made):
    stretched = people.assign(rating=people["rating"].map({1: 1, 2: 2, 3: 3, 4: 4, 5: 50}))
    options = {"coefficients": STATISTICS, "bootstrap": []}
    ratings, far = made(people), made(stretched, scale=[1, 2, 3, 4, 50])
    one, two = (estimates(ps.agreement(r, **options))["all"] for r in (ratings, far))
    assert set(one.index[~np.isclose(one, two)]) == {"distance"}
    one, two = (estimates(ps.agreement(r, **options, weights="linear"))["all"] for r in (ratings, far))
    assert set(one.index[~np.isclose(one, two)]) == {"distance", "ac2"}


def test_answers_of_the_scale_that_nobody_gave_count_in_ac(people, made):
    wide = made(people, scale=(1, 7))
    one, two = (estimates(ps.agreement(r, coefficients=STATISTICS, bootstrap=[]))["all"] for r in (made(people), wide))
    assert set(one.index[~np.isclose(one, two)]) == {"ac1", "ac2"}
    assert two["ac1"] > one["ac1"]  # more answers, less agreement by chance


def test_a_group_has_the_numbers_of_its_rows_alone(people, made):
    table = estimates(ps.agreement(made(people), "gender", coefficients=STATISTICS, bootstrap=[]))
    alone = made(people[people["gender"] == "male"], demographics=[])
    expected = estimates(ps.agreement(alone, coefficients=STATISTICS, bootstrap=[]))
    np.testing.assert_allclose(table["male"], expected["all"], rtol=1e-13)


@pytest.mark.parametrize(
    ("item", "rater", "rating", "coefficient", "note"),
    [
        ("abc", "xyz", [1, 2, 3], "ac1", "No item has two ratings, so there is nothing to compare."),
        (
            *("aabb", "xyxy", [4, 4, 4, 4], "fleiss"),
            "All ratings of items with two or more are 4, so Fleiss' kappa is undefined (0 / 0).",
        ),
    ],
)
def test_an_undefined_coefficient_is_missing_and_says_why(by_hand, item, rater, rating, coefficient, note):
    table = ps.agreement(by_hand(item, rater, rating), coefficients=coefficient, replicates=5)
    assert table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {note}


def test_one_rater_has_nobody_to_agree_with():
    frame = pd.DataFrame({"item": list("aabbccdd"), "rater": "x", "rating": [1, 2, 3, 3] * 2, "wave": ["1", "2"] * 4})
    table = ps.agreement(ps.Ratings(frame, scale=(1, 5)), coefficients=STATISTICS, replicates=5)
    assert table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {"Only one rater rated items twice or more, so there is nobody to agree with."}


def test_constant_ratings_agree_fully_but_have_no_interval(by_hand):
    table = ps.agreement(by_hand("aaabbbccc", "xyz" * 3, [4] * 9), coefficients=STATISTICS, replicates=5)
    table = table[table["coefficient"] != "fleiss"]
    found = estimates(table)["all"].to_dict()
    assert found == {"ac1": 1, "ac2": 1, "distance": 0, "entropy": 0, "polarisation": 0}
    assert set(table["note"]) == {"All ratings are equal, so resampling them cannot show any uncertainty."}


def test_continuous_ratings_have_a_distance():
    generator = np.random.default_rng(1)
    item = np.repeat(np.arange(40), 5)
    frame = pd.DataFrame({"item": item, "rater": np.tile(np.arange(5), 40), "rating": generator.normal(size=200)})
    table = ps.agreement(ps.Ratings(frame, scale="continuous"), coefficients=STATISTICS, replicates=20)
    defined = table.groupby("coefficient")["estimate"].agg(lambda x: x.notna().all()).to_dict()
    assert defined == {name: name == "distance" for name in STATISTICS}
    row = table[table["coefficient"] == "distance"].iloc[0]
    # two standard normals are 2 / sqrt(pi) apart on average
    assert row["estimate"] == pytest.approx(2 / np.sqrt(np.pi), abs=0.15)
    assert row["lower"] < row["estimate"] < row["upper"]


def test_polarisation_needs_three_answers(people, made):
    ratings = made(people).collapse(2)
    table = ps.agreement(ratings, coefficients=["polarisation", "entropy"], replicates=5)
    assert table["estimate"].notna().groupby(table["coefficient"]).all().to_dict() == {
        "entropy": True,
        "polarisation": False,
    }
    note = "polarisation needs a scale of 3 answers or more: between two answers there is no valley."
    assert set(table.loc[table["coefficient"] == "polarisation", "note"]) == {note}


def test_unknown_weights_get_a_sentence(people, made):
    with pytest.raises(ps.ConfigError) as error:
        ps.agreement(made(people), weights="linar")
    assert str(error.value) == "`weights` has 'linar'; it can have ordinal, linear, quadratic. Did you mean 'linear'?"
