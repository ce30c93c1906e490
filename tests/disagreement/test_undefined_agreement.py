"""agreement() where there is too little to say anything, or the arguments are wrong."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

# ---------------------------------------------------------------- too little to say anything


@pytest.mark.parametrize(
    ("item", "rater", "rating", "coefficient", "note"),
    [
        (
            *("aaaa", "wxyz", [1, 2, 3, 3], "alpha_ordinal"),
            "Alpha is not defined over a single item: pairs of ratings of other items are what it compares with.",
        ),
        ("abc", "xyz", [1, 2, 3], "percent", "No item has two ratings, so there is nothing to compare."),
        (
            *("aabb", "xyxy", [4, 4, 4, 4], "alpha_nominal"),
            "All ratings of items with two or more are 4, so alpha is undefined (0 / 0).",
        ),
    ],
)
def test_an_undefined_coefficient_is_missing_and_says_why(by_hand, item, rater, rating, coefficient, note):
    table = ps.agreement(by_hand(item, rater, rating), coefficients=coefficient, replicates=5)
    assert table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {note}


def test_one_rater_has_nobody_to_agree_with():
    frame = pd.DataFrame({"item": list("aabb"), "rater": "x", "rating": [1, 2, 3, 3], "wave": ["1", "2"] * 2})
    table = ps.agreement(ps.Ratings(frame, scale=(1, 5)), replicates=5)
    assert table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {"Only one rater rated items twice or more, so there is nobody to agree with."}


def test_constant_ratings_agree_fully_but_have_no_interval(by_hand):
    table = ps.agreement(by_hand("aaabbbccc", "xyz" * 3, [4] * 9), coefficients="percent", replicates=5)
    assert (table["estimate"] == 100).all()
    assert table[["lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {"All ratings are equal, so resampling them cannot show any uncertainty."}


def test_two_raters_have_an_estimate_but_no_interval_over_raters(by_hand):
    ratings = by_hand("aabbccdd", "xyxyxyxy", [1, 1, 2, 3, 4, 4, 5, 3])
    table = ps.agreement(ratings, coefficients="alpha_ordinal", replicates=50).set_index("bootstrap")
    assert table["estimate"].notna().all()
    assert table["lower"].notna().to_dict() == {"raters": False, "items": True, "both": False}
    assert table.loc["both", "note"] == "An interval over raters needs 3 of them; found 2."


def test_one_item_has_an_estimate_but_no_interval_over_items(by_hand):
    table = ps.agreement(by_hand("aaaaaa", "uvwxyz", [1, 2, 3, 4, 5, 5]), coefficients="percent", replicates=50)
    table = table.set_index("bootstrap")
    assert table["lower"].notna().to_dict() == {"raters": True, "items": False, "both": False}
    assert table.loc["items", "note"] == "An interval over items needs 3 of them with two ratings; found 1."


def test_undefined_replicates_are_counted_in_the_note(by_hand):
    ratings = by_hand("aaabbbcccddd", "xyz" * 4, [1] * 11 + [2])
    row = ps.agreement(ratings, coefficients="alpha_nominal", bootstrap="items", replicates=400).iloc[0]
    assert row["note"].endswith("of 400 replicates were undefined (ratings all equal, or no pairs left).")
    share = int(row["note"].split()[0]) / 400
    assert share == pytest.approx(0.75**4, abs=0.08)  # item d, the only one that varies, is drawn 0 times
    assert np.isfinite(row["lower"])


def test_a_small_group_does_not_stop_the_others(people, made):
    frame = people.copy()
    frame.loc[frame["rater"] == "r0", "country"] = "NZ"
    table = ps.agreement(made(frame), by="country", replicates=20)
    lonely = table[table["level"] == "NZ"]
    assert lonely["estimate"].isna().all()
    assert (lonely["note"] == "No item has two ratings, so there is nothing to compare.").all()
    assert table.loc[table["level"] != "NZ", "estimate"].notna().all()


def test_continuous_ratings_have_the_alphas_that_make_sense():
    generator = np.random.default_rng(1)
    item = np.repeat(np.arange(40), 5)
    rating = generator.normal(size=40)[item] + generator.normal(size=200)
    frame = pd.DataFrame({"item": item, "rater": np.tile(np.arange(5), 40), "rating": rating})
    table = ps.agreement(ps.Ratings(frame, scale="continuous"), bootstrap="items", replicates=20)
    table = table.set_index("coefficient")
    defined = {"alpha_nominal": False, "alpha_ordinal": True, "alpha_interval": True, "percent": False}
    assert table["estimate"].notna().to_dict() == defined
    assert table.loc["alpha_interval", "estimate"] == pytest.approx(0.5, abs=0.15)  # 1 / (1 + 1) in truth
    assert table.loc["percent", "note"] == (
        "percent compares answers of a fixed scale; these ratings are continuous. Use alpha_interval."
    )


# ---------------------------------------------------------------- wrong arguments


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"by": "gendr"},
            "`by` has 'gendr', which is not a demographic of these ratings; they have: gender, country. "
            "Did you mean 'gender'?",
        ),
        (
            {"coefficients": ["alpha_nominl"]},
            "`coefficients` has 'alpha_nominl'; it can have alpha_nominal, alpha_ordinal, alpha_interval, "
            "percent, ac1, ac2, fleiss, distance, entropy, polarisation. "
            "Did you mean 'alpha_nominal'?",
        ),
        ({"bootstrap": "rows"}, "`bootstrap` has 'rows'; it can have raters, items, both."),
        ({"replicates": 0}, "`replicates` must be a whole number of at least 1; found 0."),
        ({"prob": 95}, "`prob` is a probability between 0 and 1; found 95. The default is 0.95."),
        ({"by": 5}, "`by` must be a name or a list of names; found 5."),
        ({"coefficients": None}, "`coefficients` must be a name or a list of names; found None."),
        ({"bootstrap": None}, "`bootstrap` must be a name or a list of names; found None."),
        ({"seed": -1}, "`seed` must be a whole number of at least 0; found -1."),
    ],
)
def test_a_wrong_argument_gets_a_sentence(people, made, options, message):
    with pytest.raises(ps.ConfigError) as error:
        ps.agreement(made(people), **options)
    assert str(error.value) == message


def test_all_wrong_arguments_come_in_one_error(people, made):
    with pytest.raises(ps.ConfigError, match=r"3 problems were found:\n- `coefficients`.*\n- `repl.*\n- `prob`"):
        ps.agreement(made(people), coefficients="kappa", replicates=2.5, prob=0)


def test_several_dimensions_are_refused_with_the_way_out(people, made):
    frame = pd.concat([people.assign(dimension=name) for name in ("toxicity", "helpfulness")])
    ratings = made(frame)
    with pytest.raises(ps.ConfigError, match=r"one dimension; found 2: .*ratings\.select\(dimension='"):
        ps.agreement(ratings)
    assert len(ps.agreement(ratings.select(dimension="toxicity"), bootstrap=[])) == 4


@pytest.mark.parametrize("function", ["agreement", "label_differences"])
def test_a_frame_is_to_be_wrapped_first(people, function):
    message = rf"^`{function}` needs Ratings; found DataFrame\. Wrap the data: ps\.Ratings\(frame, scale=\.\.\.\)\.$"
    with pytest.raises(ps.ConfigError, match=message):
        getattr(ps, function)(people, by="gender")
