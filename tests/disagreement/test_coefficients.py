"""agreement(): estimates, intervals, groups, degenerate inputs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

import pluralstats as ps
from pluralstats.disagreement import coefficients as module
from pluralstats.disagreement.coefficients import COEFFICIENTS
from pluralstats.disagreement.resampling import BOOTSTRAPS

DATA = Path(__file__).parents[2].parent / "shared" / "data"
NUMBERS = ["estimate", "lower", "upper", "n_raters", "n_items", "n_ratings"]
COUNTRIES = ["Australia", "Singapore", "South Africa", "United Kingdom", "United States"]

needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the development data (../shared/data) are not here"
)


def people(seed=1, n_raters=24, n_items=15, share=0.7):
    """A table of ratings 1-5; gender is crossed with country."""
    generator = np.random.default_rng(seed)
    rater, item = np.nonzero(generator.random((n_raters, n_items)) < share)
    latent = generator.normal(size=n_items)[item] + generator.normal(size=n_raters)[rater]
    latent = latent + generator.normal(size=len(item))
    return pd.DataFrame(
        {
            "item": [f"i{i}" for i in item],
            "rater": [f"r{r}" for r in rater],
            "rating": np.clip(np.round(3 + latent), 1, 5).astype(int),
            "gender": np.where(rater % 2, "female", "male"),
            "country": np.where(rater // 2 % 3, "US", "DE"),
        }
    )


def made(frame, **options):
    return ps.Ratings(frame, **{"scale": (1, 5), "demographics": ["gender", "country"]} | options)


def small(item, rater, rating, **options):
    frame = pd.DataFrame({"item": list(item), "rater": list(rater), "rating": rating})
    return ps.Ratings(frame, **{"scale": (1, 5)} | options)


def crehate():
    return pd.read_csv(DATA / "crehate_ratings.csv.gz", usecols=["item", "rater", "rating", "country"])


def estimates(table):
    """Estimates by level and coefficient."""
    return table.drop_duplicates(["level", "coefficient"]).set_index(["level", "coefficient"])["estimate"]


def without_intervals(ratings, **options):
    return ps.agreement(ratings, bootstrap=[], **options)


# ---------------------------------------------------------------- published and computed numbers


@needs_data
def test_popquorn_alphas_equal_the_reference():
    # computed independently for the project: oracles.json, popquorn_offensiveness.alpha (13,036 rows, all raters)
    ratings = ps.read_ratings(DATA / "popquorn_offensiveness.csv.gz", scale=(1, 5))
    found = estimates(without_intervals(ratings, coefficients=COEFFICIENTS[:3])).to_numpy()
    np.testing.assert_allclose(found, [0.1339, 0.2865, 0.2872], atol=5e-5)


@needs_data
def test_sbic_alphas_equal_the_reference():
    # oracles.json, sbic_dev.alpha_offensive; the 241 rows without a rating are left out
    frame = pd.read_csv(DATA / "sbic_dev_ratings.csv.gz").dropna(subset="offensive")
    ratings = ps.Ratings(frame, scale=[0, 0.5, 1], columns={"offensive": "rating"})
    found = estimates(without_intervals(ratings, coefficients=["alpha_nominal", "alpha_interval"])).to_numpy()
    np.testing.assert_allclose(found, [0.5841, 0.7154], atol=5e-5)


@needs_data
def test_crehate_alphas_equal_the_reference_with_the_mean_of_repeated_answers():
    # oracles.json, crehate.alpha_nominal_without_dontknow. Its preparation, found by trying all: drop "don't know",
    # then the mean of a rater's repeated answers to an item, whatever is neither 0 nor 1 being a category of its own.
    frame = crehate()
    frame = frame[frame["rating"] < 2].groupby(["item", "rater", "country"], as_index=False)["rating"].mean()
    ratings = ps.Ratings(frame, scale=sorted(frame["rating"].unique()), demographics=["country"])
    found = estimates(without_intervals(ratings, by="country", coefficients="alpha_nominal"))
    expected = [0.3731, 0.4081, 0.3433, 0.3513, 0.4246, 0.4623]
    np.testing.assert_allclose([found[level].item() for level in ["all", *COUNTRIES]], expected, atol=5e-5)


@needs_data
def test_crehate_alphas_with_the_first_of_repeated_answers_differ_by_a_ten_thousandth():
    ratings = ps.Ratings(
        crehate(), scale=(0, 1), demographics=["country"], drop_ratings=[2], duplicates="first"
    )
    found = estimates(without_intervals(ratings, by="country", coefficients="alpha_nominal"))
    expected = [0.3731, 0.4081, 0.3433, 0.3513, 0.4246, 0.4623]  # as above: mean of repeated answers
    np.testing.assert_allclose([found[level].item() for level in ["all", *COUNTRIES]], expected, atol=1.5e-4)


@needs_data
def test_crehate_alpha_of_three_answers_equals_the_reference():
    # oracles.json, crehate.alpha_nominal_3cat: "don't know" as a third answer (0.3026 with any rule for repeats)
    ratings = ps.Ratings(crehate(), scale=(0, 2), duplicates="first")
    found = without_intervals(ratings, coefficients="alpha_nominal")["estimate"].item()
    assert found == pytest.approx(0.3026, abs=5e-5)


# ---------------------------------------------------------------- the table


def test_the_table_has_a_row_for_every_group_coefficient_and_bootstrap():
    table = ps.agreement(made(people()), by=["gender", "country"], replicates=20)
    assert list(table.columns) == [
        *("demographic", "level", "coefficient", "bootstrap"),
        *("estimate", "lower", "upper", "n_raters", "n_items", "n_ratings", "note"),
    ]
    groups = table[["demographic", "level"]].drop_duplicates().itertuples(index=False, name=None)
    assert sorted(groups) == sorted(
        [("all", "all"), ("gender", "female"), ("gender", "male"), ("country", "DE"), ("country", "US")]
    )
    assert len(table) == 5 * len(COEFFICIENTS) * len(BOOTSTRAPS)
    assert (table["note"] == "").all()
    assert ((table["lower"] < table["estimate"]) & (table["estimate"] < table["upper"])).all()


def test_a_group_has_the_numbers_of_its_rows_alone():
    frame = people()
    table = estimates(without_intervals(made(frame), by="gender"))
    alone = estimates(without_intervals(made(frame[frame["gender"] == "male"], demographics=[])))
    np.testing.assert_allclose(table["male"], alone["all"], rtol=1e-13)


def test_percent_agreement_is_in_percent_and_alpha_is_not():
    table = without_intervals(small("aabb", "xyxy", [1, 1, 2, 2])).set_index("coefficient")["estimate"]
    assert table.to_dict() == dict.fromkeys(COEFFICIENTS[:3], 1.0) | {"percent": 100.0}


def test_counts_are_of_the_group_and_items_are_those_with_two_ratings():
    row = without_intervals(small("aabbc", "xyxyz", [1, 2, 2, 2, 5]), coefficients="percent").iloc[0]
    assert (row["n_raters"], row["n_items"], row["n_ratings"]) == (3, 2, 5)


def test_own_sums_replace_the_package_where_it_would_need_much_memory(monkeypatch):
    ratings = made(people())
    with_package = without_intervals(ratings)
    monkeypatch.setattr(module, "_LARGEST_CUBE", 0)
    monkeypatch.setattr(module.krippendorff, "alpha", None)
    pd.testing.assert_frame_equal(without_intervals(ratings), with_package, rtol=1e-12)


# ---------------------------------------------------------------- what numbers depend on


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    ratings = made(people())
    first, again, other = (ps.agreement(ratings, replicates=50, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["lower"] != other["lower"]).all()
    assert (first["estimate"] == other["estimate"]).all()


def test_the_numbers_of_a_group_do_not_depend_on_what_else_is_asked_for():
    ratings = made(people())
    everything = ps.agreement(ratings, by=["gender", "country"], replicates=40)
    part = ps.agreement(ratings, "country", coefficients=["percent"], bootstrap="both", replicates=40)
    keys = ["demographic", "level", "coefficient", "bootstrap"]
    merged = part.merge(everything, on=keys, suffixes=("", "_all"), validate="one_to_one")
    assert len(merged) == len(part) == 3
    for column in NUMBERS:
        assert (merged[column] == merged[f"{column}_all"]).all()


def test_the_order_of_rows_does_not_move_a_number():
    frame = people()
    shuffled = frame.sample(frac=1, random_state=3)
    tables = [ps.agreement(made(f), by="gender", replicates=40) for f in (frame, shuffled)]
    tables = [t.sort_values(["level", "coefficient", "bootstrap"], ignore_index=True) for t in tables]
    pd.testing.assert_frame_equal(*tables, rtol=1e-12)


def test_renaming_raters_moves_no_estimate_and_intervals_only_by_simulation_error():
    frame = people()
    names = dict(zip(frame["rater"].unique(), np.random.default_rng(4).permutation(24), strict=True))
    renamed = frame.assign(rater=frame["rater"].map(names).astype(str))
    one, two = (ps.agreement(made(f), replicates=2000) for f in (frame, renamed))
    np.testing.assert_allclose(two["estimate"], one["estimate"], rtol=1e-12)
    width = (one["upper"] - one["lower"]).to_numpy()
    for end in ("lower", "upper"):
        assert (np.abs(one[end] - two[end]).to_numpy() < 0.1 * width).all()


def test_threads_give_the_numbers_of_one_process():
    ratings = made(people())
    alone = ps.agreement(ratings, by="gender", replicates=30)
    with parallel_config(n_jobs=2):
        pd.testing.assert_frame_equal(ps.agreement(ratings, by="gender", replicates=30), alone)


def test_relabelling_the_scale_moves_only_what_depends_on_points():
    frame = people()
    words = ["never", "rarely", "at times", "often", "always"]
    worded = frame.assign(rating=frame["rating"].map(dict(enumerate(words, start=1))))
    stretched = frame.assign(rating=frame["rating"].map({1: 1, 2: 2, 3: 3, 4: 4, 5: 50}))
    base = estimates(without_intervals(made(frame)))["all"]
    pd.testing.assert_series_equal(estimates(without_intervals(made(worded, scale=words)))["all"], base)
    far = estimates(without_intervals(made(stretched, scale=[1, 2, 3, 4, 50])))["all"]
    moved = ~np.isclose(far, base)
    assert dict(zip(far.index, moved, strict=True)) == dict.fromkeys(COEFFICIENTS, False) | {
        "alpha_interval": True
    }


def test_a_wider_probability_gives_a_wider_interval():
    ratings = made(people())
    narrow, wide = (ps.agreement(ratings, prob=prob, replicates=200) for prob in (0.5, 0.95))
    assert (wide["lower"] < narrow["lower"]).all()
    assert (wide["upper"] > narrow["upper"]).all()


def test_ratings_are_not_changed():
    ratings = made(people())
    before = ratings.frame.copy()
    ps.agreement(ratings, by="gender", replicates=5)
    pd.testing.assert_frame_equal(ratings.frame, before)


def test_a_rater_who_rated_an_item_in_two_waves_counts_with_both_ratings():
    frame = pd.DataFrame({"item": list("aaabb"), "rater": list("xxyxy"), "rating": [1, 2, 1, 3, 3]})
    frame["wave"] = ["1", "2", "1", "1", "1"]
    row = without_intervals(ps.Ratings(frame, scale=(1, 5)), coefficients="percent").iloc[0]
    assert row["estimate"] == pytest.approx(
        100 * (1 / 3 + 1) / 2
    )  # item a: 1 of 3 pairs equal; item b: 1 of 1
    assert row["n_ratings"] == 5


# ---------------------------------------------------------------- too little to say anything


@pytest.mark.parametrize(
    ("item", "rater", "rating", "coefficient", "note"),
    [
        ("abc", "xyz", [1, 2, 3], "percent", "No item has two ratings, so there is nothing to compare."),
        (
            *("aabb", "xyxy", [4, 4, 4, 4], "alpha_nominal"),
            "All ratings of items with two or more are 4, so alpha is undefined (0 / 0).",
        ),
    ],
)
def test_an_undefined_coefficient_is_missing_and_says_why(item, rater, rating, coefficient, note):
    table = ps.agreement(small(item, rater, rating), coefficients=coefficient, replicates=5)
    assert table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {note}


def test_one_rater_has_nobody_to_agree_with():
    frame = pd.DataFrame({"item": list("aabb"), "rater": "x", "rating": [1, 2, 3, 3], "wave": ["1", "2"] * 2})
    table = ps.agreement(ps.Ratings(frame, scale=(1, 5)), replicates=5)
    assert table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {
        "Only one rater rated items twice or more, so there is nobody to agree with."
    }


def test_constant_ratings_agree_fully_but_have_no_interval():
    table = ps.agreement(small("aaabbbccc", "xyz" * 3, [4] * 9), coefficients="percent", replicates=5)
    assert (table["estimate"] == 100).all()
    assert table[["lower", "upper"]].isna().all(axis=None)
    assert set(table["note"]) == {"All ratings are equal, so resampling them cannot show any uncertainty."}


def test_two_raters_have_an_estimate_but_no_interval_over_raters():
    ratings = small("aabbccdd", "xyxyxyxy", [1, 1, 2, 3, 4, 4, 5, 3])
    table = ps.agreement(ratings, coefficients="alpha_ordinal", replicates=50).set_index("bootstrap")
    assert table["estimate"].notna().all()
    assert table["lower"].notna().to_dict() == {"raters": False, "items": True, "both": False}
    assert table.loc["both", "note"] == "An interval over raters needs 3 of them; found 2."


def test_one_item_has_an_estimate_but_no_interval_over_items():
    table = ps.agreement(small("aaaaaa", "uvwxyz", [1, 2, 3, 4, 5, 5]), coefficients="percent", replicates=50)
    table = table.set_index("bootstrap")
    assert table["lower"].notna().to_dict() == {"raters": True, "items": False, "both": False}
    assert table.loc["items", "note"] == "An interval over items needs 3 of them with two ratings; found 1."


def test_undefined_replicates_are_counted_in_the_note():
    ratings = small("aaabbbcccddd", "xyz" * 4, [1] * 11 + [2])
    row = ps.agreement(ratings, coefficients="alpha_nominal", bootstrap="items", replicates=400).iloc[0]
    assert row["note"].endswith("of 400 replicates were undefined (ratings all equal, or no pairs left).")
    share = int(row["note"].split()[0]) / 400
    assert share == pytest.approx(0.75**4, abs=0.08)  # item d, the only one that varies, is drawn 0 times
    assert np.isfinite(row["lower"])


def test_a_small_group_does_not_stop_the_others():
    frame = people()
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
            "`coefficients` has 'alpha_nominl'; it can have alpha_nominal, alpha_ordinal, alpha_interval, percent. "
            "Did you mean 'alpha_nominal'?",
        ),
        ({"bootstrap": "rows"}, "`bootstrap` has 'rows'; it can have raters, items, both."),
        ({"replicates": 0}, "`replicates` must be a whole number of at least 1; found 0."),
        ({"prob": 95}, "`prob` must lie between 0 and 1, such as 0.95; found 95."),
        ({"seed": -1}, "`seed` must be a whole number of at least 0; found -1."),
    ],
)
def test_a_wrong_argument_gets_a_sentence(options, message):
    with pytest.raises(ps.ConfigError) as error:
        ps.agreement(made(people()), **options)
    assert str(error.value) == message


def test_all_wrong_arguments_come_in_one_error():
    with pytest.raises(
        ps.ConfigError, match=r"3 problems were found:\n- `coefficients`.*\n- `repl.*\n- `prob`"
    ):
        ps.agreement(made(people()), coefficients="kappa", replicates=2.5, prob=0)


def test_several_dimensions_are_refused_with_the_way_out():
    frame = pd.concat([people().assign(dimension=name) for name in ("toxicity", "helpfulness")])
    ratings = made(frame)
    with pytest.raises(ps.ConfigError, match=r"one dimension; found 2: .*ratings\.select\(dimension='"):
        ps.agreement(ratings)
    assert len(without_intervals(ratings.select(dimension="toxicity"))) == len(COEFFICIENTS)
