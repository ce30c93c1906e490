"""Labels without a model: worked by hand, weights, ties, Dawid and Skene against another program, what is refused."""

import numpy as np
import pandas as pd
import pytest
from made_labels import study

import pluralstats as ps
from pluralstats.labels.votes import Votes, confusions, dawid_skene

P = ["p_1", "p_2", "p_3", "p_4"]
POLICIES = ["all", "shares", "majority", "mean", "median", "dawid_skene"]


def four_points(**columns):
    """Item a: 1 1 2 4; b: 1 4; c: 3. Raters u, v are f; x, y are m."""
    frame = pd.DataFrame(
        {"item": list("aaaabbc"), "rater": list("uvxyuxu"), "rating": [1, 1, 2, 4, 1, 4, 3], "g": list("ffmmfmf")}
    )
    return ps.Ratings(frame.assign(**columns), scale=(1, 4), demographics=["g"], reference={"g": "f"})


def probabilities(policy, by=None, **columns):
    return ps.aggregate(four_points(**columns), policy, by).table


# worked by hand: 1 1 2 4 has mean 2 and its middle between 1 and 2; 1 4 has mean 2.5 and its middle between 1 and 4
BY_HAND = {
    "shares": ([[0.5, 0.25, 0, 0.25], [0.5, 0, 0, 0.5], [0, 0, 1, 0]], [False, False, False]),
    "majority": ([[1, 0, 0, 0], [0.5, 0, 0, 0.5], [0, 0, 1, 0]], [False, True, False]),
    "mean": ([[0, 1, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 1, 0]], [False, False, False]),
    "median": ([[0.5, 0.5, 0, 0], [0.5, 0, 0, 0.5], [0, 0, 1, 0]], [True, True, False]),
}


@pytest.mark.parametrize("policy", BY_HAND)
def test_labels_are_those_worked_by_hand(policy):
    table, (p, tie) = probabilities(policy), BY_HAND[policy]
    assert table["item"].tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(table[P], p, atol=1e-12)
    assert table["tie"].tolist() == tie
    np.testing.assert_allclose(table["expected"], np.array(p) @ [1.0, 2.0, 3.0, 4.0])
    assert table["n_ratings"].tolist() == table["n_raters"].tolist() == [4, 2, 1]
    assert table[["expected_sd", "sd_1", "sd_4", "disagreement", "ignorance"]].isna().all().all()
    assert (table["weight"] == 1.0).all()
    assert (table["target"] == "all raters").all()
    assert (table["policy"] == policy).all()


def test_all_is_a_row_for_each_rating():
    table = probabilities("all")
    assert table["item"].tolist() == list("aaaabbc")
    assert (table[P].to_numpy() @ [1, 2, 3, 4]).tolist() == [1, 1, 2, 4, 1, 4, 3]
    assert (table["entropy"] == 0.0).all()
    assert table["n_ratings"].tolist() == [4, 4, 4, 4, 2, 2, 1]


def test_entropy_is_that_of_the_shares():
    assert probabilities("shares")["entropy"].tolist() == pytest.approx([1.5 * np.log(2), np.log(2), 0.0])


def test_groups_have_labels_by_their_own_ratings():
    table = probabilities("shares", by="g")
    assert list(table.columns[:4]) == ["item", "g", "target", "policy"]
    assert table["item"].tolist() == ["a", "b", "c", "a", "b"]  # no m rated c
    assert table["target"].tolist() == ["g: f"] * 3 + ["g: m"] * 2
    np.testing.assert_allclose(table[P], [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0.5, 0, 0.5], [0, 0, 0, 1]])
    assert (table["weight"] == 1.0).all()  # two raters in each group


@pytest.mark.parametrize("policy", BY_HAND)
def test_a_weight_of_three_is_three_equal_ratings(policy):
    weight = [1, 1, 3, 1, 1, 2, 1]
    frame = four_points().frame.assign(rating=four_points().values)
    copies = frame.loc[np.repeat(frame.index, weight)]
    copies = copies.assign(rater=np.arange(len(copies)))  # an item has one rating of a rater
    table, expected = probabilities(policy, weight=weight), ps.aggregate(ps.Ratings(copies, scale=(1, 4)), policy).table
    np.testing.assert_allclose(table[P], expected[P], atol=1e-12)


def test_a_weight_of_two_is_two_equal_ratings_for_dawid_and_skene():
    frame = crowd()
    item, rater, answer = (frame[name].to_numpy() for name in ("item", "rater", "rating"))
    weight = 1 + np.arange(300) % 2
    once = Votes(item, rater, answer - 1, weight.astype(float), 60, np.arange(1.0, 4.0))
    copies = [np.repeat(part, weight) for part in (item, rater, answer - 1)]
    np.testing.assert_allclose(
        dawid_skene(once).p, dawid_skene(Votes(*copies, np.ones(450), 60, np.arange(1.0, 4.0))).p, atol=1e-6
    )


def test_weights_of_raters_count_and_weigh_groups():
    of_rater = {"u": 2.0, "v": 2.0, "x": 1.0, "y": 1.0}
    weight = [of_rater[rater] for rater in "uvxyuxu"]
    table = probabilities("shares", rater_weight=weight)
    np.testing.assert_allclose(table[P].iloc[:2], [[4 / 6, 1 / 6, 0, 1 / 6], [2 / 3, 0, 0, 1 / 3]])
    assert probabilities("shares", by="g", rater_weight=weight)["weight"].tolist() == pytest.approx(
        [4 / 3] * 3 + [2 / 3] * 2
    )
    assert probabilities("all", rater_weight=weight)["weight"].tolist() == pytest.approx([w / 1.5 for w in weight])


def test_ties_of_weights_that_differ_by_rounding_are_ties():
    table = probabilities("majority", weight=[0.1, 0.2, 0.3, 1e-9, 1, 1, 1])  # 0.1 + 0.2 > 0.3 by 4e-17
    assert table["tie"].tolist()[0]
    np.testing.assert_allclose(table[P].iloc[0], [0.5, 0.5, 0, 0])


def test_the_mean_is_kept_on_unequal_steps():
    frame = pd.DataFrame({"item": list("aaa"), "rater": list("xyz"), "rating": [0, 10, 10]})
    table = ps.aggregate(ps.Ratings(frame, scale=[0, 1, 10]), "mean").table
    np.testing.assert_allclose(table[["p_0", "p_1", "p_10"]], [[0.0, (10 - 20 / 3) / 9, (20 / 3 - 1) / 9]])
    assert table["expected"][0] == pytest.approx(20 / 3)


def crowd():
    """60 items, 5 raters, three answers; a rater is right with probability 0.6, else answers at random."""
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 60)
    frame = pd.DataFrame({"item": np.repeat(np.arange(60), 5), "rater": np.tile(np.arange(5), 60)})
    right = rng.random(300) < 0.6
    return frame.assign(rating=1 + np.where(right, truth[frame["item"]], rng.integers(0, 3, 300)))


def test_dawid_skene_is_the_estimator_of_crowd_kit():
    """crowd-kit 1.4.2: DawidSkene(n_iter=10000, tol=0.0).fit(crowd()).probas_, items 0 to 7."""
    of_crowd_kit = [
        [0.0, 0.0, 1.0],
        [0.14333, 0.0, 0.85667],
        [0.99993, 0.0, 0.00007],
        [0.0046, 0.0, 0.9954],
        [0.05801, 0.90089, 0.0411],
        [0.0, 0.0, 1.0],
        [0.01604, 0.0, 0.98396],
        [1.0, 0.0, 0.0],
    ]
    labels = ps.aggregate(ps.Ratings(crowd(), scale=(1, 3)), "dawid_skene", smoothing=0)
    np.testing.assert_allclose(labels.table[P[:3]].iloc[:8], of_crowd_kit, atol=2e-5)


def test_dawid_skene_fits_three_raters_of_two_answers_exactly():
    """Seven parameters for seven free frequencies of patterns: the maximum of the likelihood meets every one."""
    counts = {"000": 12, "001": 4, "010": 5, "100": 3, "011": 4, "101": 3, "110": 5, "111": 9}
    patterns = [pattern for pattern, n in counts.items() for _ in range(n)]
    row, rater, answer = np.array([(i, r, int(a)) for i, p in enumerate(patterns) for r, a in enumerate(p)]).T
    votes = Votes(row, rater, answer, np.ones(row.size), 45, np.array([1.0, 2.0]))
    truth = dawid_skene(votes, smoothing=0.0).p
    confusion, frequency = confusions(votes, truth, rater, 3, 0.0), truth.mean(axis=0)
    for pattern, n in counts.items():
        each = [np.prod([confusion[r, k, int(a)] for r, a in enumerate(pattern)]) for k in range(2)]
        assert 45 * frequency @ each == pytest.approx(n, abs=1e-4)


def test_dawid_skene_with_hundreds_of_ratings_does_not_underflow():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"item": np.tile(["a", "b"], 3000), "rater": np.repeat(np.arange(3000), 2)})
    frame["rating"] = np.where(rng.random(6000) < 0.55, np.where(frame["item"] == "a", 1, 2), 3)
    table = ps.aggregate(ps.Ratings(frame, scale=(1, 3)), "dawid_skene").table
    assert np.isfinite(table[["p_1", "p_2", "p_3"]]).all().all()
    np.testing.assert_allclose(table[["p_1", "p_2", "p_3"]].sum(axis=1), 1.0)


def test_smoothing_keeps_raters_of_few_ratings_from_certainty_and_says_so():
    """A rater who always said 1 would rule out every item where she did not."""
    frame = crowd()
    few = pd.DataFrame({"item": [0, 1], "rater": [9, 9], "rating": [1, 2]})
    ratings = ps.Ratings(pd.concat([frame, few]), scale=(1, 3))
    exact, smooth = (ps.aggregate(ratings, "dawid_skene", smoothing=s) for s in (0, 1))
    assert smooth.caveats[-1] == (
        "1 rater of 6 gave fewer than 10 ratings: their confusion matrices lean on the pooled one of all raters, which "
        "has the weight of 1 against their ratings of each true answer."
    )
    assert len(exact.caveats) == 1
    assert smooth.table["entropy"].mean() > exact.table["entropy"].mean()


def test_each_dimension_is_aggregated_by_itself():
    ratings = ps.simulate(n_raters=20, n_items=6, ratings_per_rater=4, dimensions=["toxic", "kind"], seed=1)
    for policy in POLICIES:
        table = ps.aggregate(ratings, policy).table
        for dimension in ratings.dimensions:
            own = ps.aggregate(ratings.select(dimension), policy).table
            part = table[table["dimension"] == dimension].reset_index(drop=True)
            pd.testing.assert_frame_equal(part, own)


@pytest.mark.parametrize("policy", POLICIES)
def test_order_of_rows_and_names_of_raters_change_nothing(policy):
    ratings = study()
    frame = ratings.frame.assign(rating=ratings.values)
    shuffled = frame.sample(frac=1.0, random_state=3).assign(rater=lambda f: "r" + f["rater"].astype(str))
    options = {"scale": (1, 5), "demographics": ["gender", "politics"]}
    one, other = (ps.aggregate(ps.Ratings(part, **options), policy, "gender") for part in (frame, shuffled))
    pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-6)


@pytest.mark.parametrize("policy", POLICIES)
def test_probabilities_sum_to_one_and_columns_are_those_of_posterior_labels(policy):
    from made_fits import fit_with, some_samples

    ratings = study()
    fit = fit_with(ratings, "rating ~ gender + (1 + gender | item) + (1 | rater)", some_samples(2))
    table = ps.aggregate(ratings, policy, "gender").table
    posterior = ps.label_distributions(fit, by="gender").table
    assert table.dtypes.to_dict() == posterior.dtypes.to_dict()
    assert list(table.columns) == list(posterior.columns)
    assert (table.filter(like="p_").sum(axis=1) - 1.0).abs().max() < 1e-12


@pytest.mark.parametrize("policy", POLICIES)
def test_one_rater_and_constant_ratings_are_labels_too(policy):
    frame = pd.DataFrame({"item": list("ab"), "rater": list("xx"), "rating": [2, 2]})
    table = ps.aggregate(ps.Ratings(frame, scale=(1, 3)), policy).table
    np.testing.assert_allclose(table[["p_1", "p_2", "p_3"]], [[0, 1, 0]] * 2, atol=1e-12)


def test_what_cannot_be_meant_is_refused_at_once():
    continuous = ps.Ratings(pd.DataFrame({"item": ["a"], "rater": [1], "rating": [0.5]}), scale="continuous")
    with pytest.raises(ps.ConfigError) as caught:
        ps.aggregate(continuous, "majorty", smoothing=-1)
    assert caught.value.problems == (
        "`policy` is one of all, shares, majority, mean, median, dawid_skene; found 'majorty'. Did you mean "
        "'majority'?",
        "`smoothing` is a number of ratings, 0 or more; found -1. The default is 1.",
        "Labels are probabilities of answers, and continuous ratings have none. Pass a `scale` of answers to "
        "ps.Ratings, or one with ends, such as ('continuous', 0, 100), which is cut into bins.",
    )
    with pytest.raises(ps.ConfigError, match="`aggregate` needs Ratings; found DataFrame"):
        ps.aggregate(four_points().frame, "shares")
    with pytest.raises(ps.ConfigError, match="`by` has 'gender', which is not a demographic"):
        ps.aggregate(four_points(), "shares", "gender")
