"""cohesion() where there is too little to compare, or the arguments are wrong."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.disagreement.cohesion.rows import permutation_test

DRAWN = ["lower", "upper", "null_median", "null_lower", "null_upper", "p", "p_bh", "p_two_sided", "p_two_sided_bh"]


@pytest.fixture
def small():
    """small(item, rater, group, rating): cohesion by group, indexed by level and metric; answers 1 to 3."""

    def build(item, rater, group, rating, **options):
        frame = pd.DataFrame({"item": list(item), "rater": list(rater), "group": list(group), "rating": rating})
        ratings = ps.Ratings(frame, scale=(1, 3), demographics=["group"])
        table = ps.cohesion(ratings, "group", **{"permutations": 30, "replicates": 30} | options)
        return table.set_index(["level", "metric"])

    return build


def test_one_rater_has_no_cohesion_but_can_be_compared_with_others(small):
    table = small("aaabbbccc", "xyzxyzxyz", "GRRGRRGRR", [1, 1, 1, 2, 2, 3, 3, 3, 3])
    group = table.loc["G"]
    expected = "In-group cohesion needs an item with 2 ratings of the group; found none (1 rater, 3 ratings)."
    assert set(group.loc[["irr", "plurality_size", "negentropy", "gai_voting"], "note"]) == {expected}
    assert group.loc[["irr", "gai_reliability"], ["estimate", *DRAWN]].isna().all(axis=None)
    assert group.loc[["xrr", "voting_agreement", "cross_negentropy"], "estimate"].notna().all()
    assert group.loc["xrr", "note"] == "An interval needs 3 raters in the group; found 1."


def test_a_single_group_has_nobody_to_be_compared_with_and_nothing_to_permute(small):
    table = small("aabbcc", "xyxyxy", "G" * 6, [1, 1, 2, 3, 3, 3]).loc["G"]
    outside = "All raters are in this group; a comparison needs raters outside it."
    assert set(table.loc[table["kind"] != "in_group", "note"]) == {outside}
    assert table.loc["irr", "note"].endswith("No permutation changes the value, so there is nothing to test.")
    assert table[["p", "p_two_sided"]].isna().all(axis=None)
    assert np.isfinite(table.loc["irr", "estimate"])


def test_one_rater_an_item_leaves_nothing_to_compare(small):
    table = small("abcdef", "uvwxyz", "GGGRRR", [1, 2, 3, 1, 2, 3]).loc["G"]
    assert table[["estimate", *DRAWN]].isna().all(axis=None)
    assert table.loc["xrr", "note"] == (
        "A comparison needs an item rated by the group and by others; found none (3 raters, 3 ratings)."
    )


def test_constant_ratings_have_shares_and_no_alphas(small):
    table = small("aaaabbbbcccc", "wxyz" * 3, "GGRR" * 3, [2] * 12).loc["G"]
    for name in ("irr", "xrr", "voting_agreement"):
        assert np.isnan(table.loc[name, "estimate"])
        assert table.loc[name, "note"] == f"All answers that {name} compares are equal, so it is undefined (0 / 0)."
    assert table.loc["gai_reliability", "note"] == "C_I / C_X is undefined because C_I or C_X is."
    assert table.loc["plurality_size", "estimate"] == 1
    assert table.loc["negentropy", "estimate"] == pytest.approx(np.log(3))


def test_a_single_item_has_shares_and_no_alphas(small):
    table = small("aaaaaa", "uvwxyz", "GGGRRR", [1, 1, 2, 1, 2, 3]).loc["G"]
    for name in ("irr", "xrr", "voting_agreement"):
        message = f"{name} compares ratings of one item with those of others: it needs 2 items, found 1."
        assert (np.isnan(table.loc[name, "estimate"]), table.loc[name, "note"]) == (True, message)
    assert table.loc["plurality_size", "estimate"] == pytest.approx(2 / 3)
    assert table.loc["plurality_size", "note"] == "An interval needs 3 such items; found 1."


def test_a_ratio_to_disagreement_across_is_refused(small):
    # by hand: the groups always say the opposite: xrr = -1
    table = small("aaaaaabbbbbb", "uvwxyz" * 2, "GGGRRR" * 2, [1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1]).loc["G"]
    assert table.loc["xrr", "estimate"] == pytest.approx(-1)
    assert np.isnan(table.loc["gai_reliability", "estimate"])
    assert table.loc["gai_reliability", "note"] == ("No ratio: C_X is -1.000, and a ratio needs it above 0.05.")


def noise(n_items=15):
    """Three answers by chance alone: no rater agrees with another, in the group or outside it."""
    generator = np.random.default_rng(7)  # and by chance C_X is above 0.05
    item, rater = np.repeat(np.arange(n_items), 8), np.tile(np.arange(8), n_items)
    frame = pd.DataFrame({"item": item, "rater": rater, "rating": generator.integers(1, 4, 8 * n_items)})
    return ps.Ratings(frame.assign(group=np.where(rater < 4, "G", "R")), scale=(1, 3), demographics=["group"])


def test_a_ratio_to_what_may_be_nothing_is_no_number_has_no_test_and_no_rank():
    table = ps.cohesion(noise(), "group", permutations=100, replicates=200)
    rows = table.set_index(["level", "metric"])
    assert rows.loc[("G", "xrr"), "estimate"] > 0.05
    row = rows.loc[("G", "gai_reliability")]
    assert row[["estimate", *DRAWN]].isna().all()
    assert row["n_permutations"] == 0
    across = rows.loc[("G", "xrr"), "estimate"]
    assert row["note"].startswith(f"No ratio: C_X is {across:.3f}, and 95% of its bootstrap begins at -")
    found = ps.diversity_sensitivity(table).set_index("pair").loc["reliability"]
    assert (np.isnan(found["dsi"]), found["level"], found["note"]) == (
        True,
        "",
        "2 of 2 groups have no GAI (irr / xrr).",
    )


@pytest.mark.parametrize("draws", [{"permutations": 100, "replicates": 0}, {"permutations": 0, "replicates": 100}])
def test_either_distribution_of_the_denominator_is_enough_to_refuse_a_ratio(draws):
    name = "permutations" if draws["permutations"] else "bootstrap"
    row = ps.cohesion(noise(), "group", **draws).set_index(["level", "metric"]).loc[("G", "gai_reliability")]
    assert np.isnan(row["estimate"])
    assert f"95% of its {name} begins at" in row["note"]


def test_p_counts_permutations_with_a_value_only_and_says_how_many():
    observed, permuted = 2.0, np.array([1.0, 3.0, np.nan, 1.5, np.nan, 0.5])
    # by hand: of four values one is at least 2, so 2 (1 + 1) / (4 + 1), where six would have given 2 (1 + 1) / 7
    found = permutation_test(observed, permuted, 0.95)
    assert (found["p_two_sided"], found["n_permutations"]) == (pytest.approx(0.8), 4)
    assert found["test_note"] == "2 of 6 permutations were undefined."


def test_two_raters_have_an_estimate_but_no_interval(small):
    rating = [1, 1, 1, 2, 2, 2, 3, 2, 3, 3, 3, 3, 1, 2, 1, 1, 2, 2, 2, 2]
    table = small("aaaabbbbccccddddeeee", "wxyz" * 5, "GGRR" * 5, rating).loc["G"]
    assert table.loc[table["kind"] != "association", "estimate"].notna().all()
    assert table[["lower", "upper"]].isna().all(axis=None)
    basic = table[table["kind"] != "association"]
    assert basic["note"].str.startswith("An interval needs 3 raters in the group; found 2.").all()
    assert table.loc[["irr", "xrr"], "p_two_sided"].notna().all()


def test_zero_replicates_and_permutations_give_estimates_alone(small):
    rating = [1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3]
    table = small("aaaabbbbcccc", "wxyz" * 3, "GGRR" * 3, rating, permutations=0, replicates=0)
    assert table["estimate"].notna().all()
    assert table[DRAWN].isna().all(axis=None)
    assert (table["note"] == "").all()


def test_a_group_that_rated_more_is_told_that_permuted_groups_did_not(crowd, made):
    # men rated 8 of the 20 items: women gave about twice as many ratings each
    few = crowd[(crowd["gender"] == "female") | (crowd["item"].isin(["i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7"]))]
    table = ps.cohesion(made(few), "gender", permutations=50, replicates=0).set_index(["level", "metric"])["note"]
    women = few[few["gender"] == "female"].groupby("rater").size().mean()
    expected = (
        f"Raters of the group gave {women:.1f} ratings each, all raters {few.groupby('rater').size().mean():.1f}: "
    )
    assert table["female"].drop(["irr", "xrr", "gai_reliability"]).str.startswith(expected).all()
    assert (table["female"][["irr", "xrr", "gai_reliability"]] == "").all()
    assert (ps.cohesion(made(crowd), "gender", permutations=50, replicates=0)["note"] == "").all()


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (
            "gendr",
            "`by` has 'gendr', which is not a demographic of these ratings; they have: gender, country. "
            "Did you mean 'gender'?",
        ),
        ([("gender", "gender")], "`by` crosses 'gender' with itself."),
        (None, "`by` must be a demographic or a list of demographics and tuples of them; found None."),
        ([], "`by` must be a demographic or a list of demographics and tuples of them; found []."),
        ([5], "`by` must hold names of demographics and tuples of names; found 5."),
        ([("gender", 5)], "`by` must hold names of demographics and tuples of names; found ('gender', 5)."),
    ],
)
def test_a_wrong_axis_gets_a_sentence(people, made, by, message):
    with pytest.raises(ps.ConfigError) as error:
        ps.cohesion(made(people), by)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"permutations": -1}, "`permutations` must be a whole number of at least 0; found -1."),
        ({"replicates": 2.5}, "`replicates` must be a whole number of at least 0; found 2.5."),
        ({"prob": 95}, "`prob` is a probability between 0 and 1; found 95. The default is 0.95."),
        ({"seed": "a"}, "`seed` must be a whole number of at least 0; found 'a'."),
        ({"distance": "ordinal"}, "`distance` must be one of nominal, interval; found 'ordinal'."),
    ],
)
def test_a_wrong_number_gets_a_sentence(people, made, options, message):
    with pytest.raises(ps.ConfigError) as error:
        ps.cohesion(made(people), "gender", **options)
    assert str(error.value) == message


def test_continuous_ratings_and_several_dimensions_are_refused(people, made):
    with pytest.raises(ps.DataError, match=r"`cohesion` needs a scale of answers; found continuous ratings\."):
        ps.cohesion(made(people, scale="continuous"), "gender")
    both = made(pd.concat([people.assign(dimension=name) for name in ("toxicity", "helpfulness")]))
    with pytest.raises(ps.ConfigError, match=r"`cohesion` needs ratings of one dimension; found 2"):
        ps.cohesion(both, "gender")
    with pytest.raises(ps.ConfigError, match=r"`cohesion` needs Ratings; found DataFrame"):
        ps.cohesion(people, "gender")
