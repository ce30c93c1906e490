"""cohesion() and diversity_sensitivity(): the tables, and what their numbers depend on."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

import pluralstats as ps
from pluralstats.disagreement.cohesion.rows import PAIRS

COLUMNS = [
    *("demographic", "level", "pair", "metric", "kind", "estimate", "lower", "upper"),
    *("null_median", "null_lower", "null_upper", "p", "p_bh", "p_two_sided", "p_two_sided_bh", "n_permutations"),
    *("n_raters", "n_items", "n_ratings", "note"),
]
KEYS = ["demographic", "level", "metric"]
BY_METRIC = [column for column in COLUMNS if column not in ("p_bh", "p_two_sided_bh")]


@pytest.fixture(scope="module")
def few():
    """few(ratings, by, **options): cohesion with 40 permutations and replicates."""
    return lambda ratings, by, **options: ps.cohesion(ratings, by, **{"permutations": 40, "replicates": 40} | options)


def estimates(table):
    return table.set_index(KEYS)["estimate"]


# ---------------------------------------------------------------- the table


def test_the_table_has_nine_rows_for_every_group(crowd, made, few):
    table = few(made(crowd), ["gender", "country", ("gender", "country")])
    assert list(table.columns) == COLUMNS
    groups = list(dict.fromkeys(table[["demographic", "level"]].itertuples(index=False, name=None)))
    assert groups == [
        *(("gender", "female"), ("gender", "male"), ("country", "US"), ("country", "DE")),
        *(("gender:country", f"{g}:{c}") for g in ("female", "male") for c in ("US", "DE")),
    ]
    assert len(table) == 9 * len(groups)
    for _, part in table.groupby(["demographic", "level"]):
        assert part["metric"].tolist() == [name for names in PAIRS.values() for name in names]
        assert part["kind"].tolist() == ["in_group", "cross_group", "association"] * 3
    known = table[table["estimate"].notna()]
    assert known["metric"].nunique() == 9
    assert set(table.loc[table["estimate"].isna(), "kind"]) == {"association"}  # groups of 6 raters allow few ratios
    assert (known["note"] == "").all()
    assert (known["lower"] <= known["estimate"]).all()
    assert (known["estimate"] <= known["upper"]).all()
    p = known[["p", "p_bh", "p_two_sided", "p_two_sided_bh"]].to_numpy()
    assert ((p >= 0) & (p <= 1)).all()
    assert (known["n_permutations"] == known["n_permutations"].max()).all()


def test_counts_are_of_the_group_and_of_the_items_in_the_metric():
    # G rates a twice, b twice and c once; the rest rates a and c. In-group: a, b; cross: a, c; both: a.
    item, rater, group = "aabbcac", "uvuvuxx", "GGGGGRR"
    frame = pd.DataFrame(
        {"item": list(item), "rater": list(rater), "group": list(group), "rating": [1, 2, 1, 1, 2, 1, 2]}
    )
    ratings = ps.Ratings(frame, scale=(1, 2), demographics=["group"])
    table = ps.cohesion(ratings, "group", permutations=0, replicates=0)
    part = table[(table["level"] == "G") & (table["pair"] == "voting")].set_index("kind")
    assert part["n_items"].to_dict() == {"in_group": 2, "cross_group": 2, "association": 1}
    assert (part["n_raters"] == 2).all()
    assert (part["n_ratings"] == 5).all()


def test_in_group_reliability_is_the_alpha_of_agreement(crowd, made, few):
    ratings = made(crowd)
    alphas = ps.agreement(ratings, "gender", coefficients="alpha_nominal", bootstrap=[]).set_index("level")["estimate"]
    table = few(ratings, "gender").query("metric == 'irr'").set_index("level")["estimate"]
    for level in ("male", "female"):
        assert table[level] == pytest.approx(alphas[level], rel=1e-12)


def test_a_ratio_is_in_group_over_cross_group(crowd, made, few):
    table = few(made(crowd), "country").pivot_table("estimate", index="level", columns="metric")
    for inside, across, ratio in PAIRS.values():
        np.testing.assert_allclose(table[ratio], table[inside] / table[across], rtol=1e-13)


def test_adjusted_p_values_are_of_one_metric_over_all_groups(crowd, made, few):
    # Benjamini-Hochberg by hand: the largest of n p values stays, each other one is at most p n / rank
    table = few(made(crowd), ["gender", ("gender", "country")])
    for _, part in table.groupby("metric"):
        for p, adjusted in (("p", "p_bh"), ("p_two_sided", "p_two_sided_bh")):
            ordered = part[part[p].notna()].sort_values(p)
            steps = ordered[p].to_numpy() * len(ordered) / np.arange(1, len(ordered) + 1)
            expected = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1)
            np.testing.assert_allclose(ordered[adjusted], expected, rtol=1e-12)


# ---------------------------------------------------------------- what numbers depend on


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(crowd, made, few):
    ratings = made(crowd)
    first, again, other = (few(ratings, "gender", seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["lower"] != other["lower"]).all()
    assert (first["null_median"] != other["null_median"]).all()
    assert (first["estimate"] == other["estimate"]).all()


def test_the_numbers_of_a_group_do_not_depend_on_what_else_is_asked_for(crowd, made, few):
    ratings = made(crowd)
    everything = few(ratings, ["gender", "country", ("gender", "country")])
    part = few(ratings, "country")
    same = everything[everything["demographic"] == "country"].reset_index(drop=True)
    pd.testing.assert_frame_equal(part[BY_METRIC], same[BY_METRIC])


def test_the_order_of_rows_does_not_move_a_number(crowd, made, few):
    shuffled = crowd.sample(frac=1, random_state=3)
    options = {"reference": {"gender": "female", "country": "US"}}
    pd.testing.assert_frame_equal(*(few(made(f, **options), "gender") for f in (crowd, shuffled)), rtol=1e-12)


def test_renaming_raters_moves_no_estimate_and_draws_only_by_simulation_error(crowd, made):
    names = dict(zip(crowd["rater"].unique(), np.random.default_rng(4).permutation(36), strict=True))
    renamed = crowd.assign(rater=crowd["rater"].map(names).astype(str))
    options = {"permutations": 1000, "replicates": 1000}
    one, two = (ps.cohesion(made(f), "gender", **options) for f in (crowd, renamed))
    np.testing.assert_allclose(two["estimate"], one["estimate"], rtol=1e-12)
    for low, high in (("lower", "upper"), ("null_lower", "null_upper")):
        width = (one[high] - one[low]).to_numpy()
        for end in (low, high):
            assert (np.abs(one[end] - two[end]).to_numpy() < 0.2 * width).all()
    assert np.abs(one["p_two_sided"] - two["p_two_sided"]).max() < 0.15


def test_relabelled_levels_move_no_estimate(crowd, made, few):
    relabelled = crowd.assign(gender=crowd["gender"].map({"male": "a", "female": "b"}))
    options = {"reference": {"gender": "a"}}, {"reference": {"gender": "male"}}
    one, two = (few(made(f, **o), "gender") for f, o in zip((relabelled, crowd), options, strict=True))
    np.testing.assert_allclose(one["estimate"], two["estimate"], rtol=1e-13)


def test_answers_with_other_names_move_nothing_and_the_interval_distance_sees_points(crowd, made, few):
    far = crowd.assign(rating=crowd["rating"].map({1: 1, 2: 2, 3: 3, 4: 4, 5: 50}))
    stretched = made(far, scale=[1, 2, 3, 4, 50])
    pd.testing.assert_frame_equal(few(stretched, "gender"), few(made(crowd), "gender"))
    moved = ~np.isclose(*(few(r, "gender", distance="interval")["estimate"] for r in (stretched, made(crowd))))
    metrics = set(few(stretched, "gender")["metric"][moved])
    assert metrics == {"irr", "xrr", "gai_reliability", "voting_agreement", "gai_voting"}


def test_reversing_the_scale_changes_nothing(crowd, made, few):
    reversed_ = crowd.assign(rating=6 - crowd["rating"])
    for distance in ("nominal", "interval"):
        tables = [few(made(f), "gender", distance=distance) for f in (crowd, reversed_)]
        pd.testing.assert_frame_equal(*tables, rtol=1e-10)


def test_an_item_that_one_rater_rated_changes_nothing(crowd, made, few):
    more = pd.concat([crowd, crowd.head(1).assign(item="alone")])
    one, two = (few(made(f), "gender", replicates=0) for f in (crowd, more))
    same = [column for column in COLUMNS if column != "n_ratings"]
    pd.testing.assert_frame_equal(one[same], two[same])


def test_threads_give_the_numbers_of_one_process(crowd, made, few):
    ratings = made(crowd)
    alone = few(ratings, ["gender", "country"], permutations=120, replicates=120)
    with parallel_config(n_jobs=2):
        both = few(ratings, ["gender", "country"], permutations=120, replicates=120)
    pd.testing.assert_frame_equal(both, alone)


def test_ratings_are_not_changed(crowd, made, few):
    ratings = made(crowd)
    before = ratings.frame.copy()
    few(ratings, "gender")
    pd.testing.assert_frame_equal(ratings.frame, before)


def test_the_first_permutations_are_those_of_a_shorter_run(crowd, made):
    # null quantiles of 50 and of 100 permutations: the first 50 are the same ones
    from pluralstats.disagreement.cohesion.axes import axes_of
    from pluralstats.disagreement.cohesion.metrics import permuted
    from pluralstats.disagreement.cohesion.of_groups import _answers

    ratings = made(crowd)
    table, (axis,) = _answers(ratings), axes_of(ratings, "gender")
    short, long = (permuted(table, 1 - np.eye(5), axis, n, 1) for n in (50, 100))
    np.testing.assert_array_equal(long[:50], short)


def test_all_axes_meet_the_same_permutations_of_whole_profiles(crowd, made, few):
    # a copy of an axis under another name has the same null distribution
    ratings = made(crowd.assign(sex=crowd["gender"]), demographics=["gender", "sex"])
    table = few(ratings, ["gender", "sex"])
    columns = ["null_median", "null_lower", "null_upper", "p", "p_two_sided"]
    gender, sex = (
        table.loc[table["demographic"] == name, columns].reset_index(drop=True) for name in ("gender", "sex")
    )
    pd.testing.assert_frame_equal(gender, sex)


def test_a_wider_probability_gives_wider_intervals(crowd, made):
    ratings = made(crowd)
    narrow, wide = (ps.cohesion(ratings, "gender", prob=prob, replicates=200, permutations=200) for prob in (0.5, 0.95))
    for low, high in (("lower", "upper"), ("null_lower", "null_upper")):
        assert (wide[low] < narrow[low]).all()
        assert (wide[high] > narrow[high]).all()


# ---------------------------------------------------------------- diversity_sensitivity


def test_the_index_is_the_largest_ratio_of_each_demographic_and_pair(crowd, made, few):
    table = few(made(crowd), ["gender", ("gender", "country")])
    found = ps.diversity_sensitivity(table)
    assert list(found.columns) == ["demographic", "pair", "dsi", "level", "p_bh", "note"]
    assert found[["demographic", "pair"]].to_numpy().tolist() == [
        [axis, pair] for axis in ("gender", "gender:country") for pair in PAIRS
    ]
    for row in found.itertuples():
        part = table.query("demographic == @row.demographic and pair == @row.pair and kind == 'association'")
        known = part[part["estimate"].notna()].sort_values("estimate")
        top, left_out = known.iloc[-1], len(part) - len(known)
        assert (row.dsi, row.level, row.p_bh) == (top["estimate"], top["level"], top["p_bh"])
        assert row.note.startswith(f"{left_out} of {len(part)} groups have no GAI" if left_out else "")


def test_groups_without_a_ratio_are_counted(crowd, made, few):
    table = few(made(crowd), "gender")
    missing = (table["level"] == "male") & (table["metric"] == "gai_reliability")
    found = ps.diversity_sensitivity(table.assign(estimate=table["estimate"].mask(missing))).iloc[0]
    assert (found["level"], found["note"]) == ("female", "1 of 2 groups have no GAI (irr / xrr).")
    nothing = ps.diversity_sensitivity(table.assign(estimate=np.nan))
    assert nothing["dsi"].isna().all()
    assert (nothing["level"] == "").all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns=["p_bh", "pair"]), r"`table` has no column pair, p_bh; pass what ps\.cohesion\(\)"),
        (lambda t: t[t["kind"] == "in_group"], r'`table` has no rows of kind "association"; pass .* all of it\.'),
    ],
)
def test_another_table_is_refused(crowd, made, few, change, message):
    with pytest.raises(ps.DataError, match=message):
        ps.diversity_sensitivity(change(few(made(crowd), "gender", permutations=0, replicates=0)))
