"""Pairs without a model: every policy by hand, groups, and what cannot be asked."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.labels.pairs.baselines import weighted_median

TEXTS = pd.DataFrame(
    {"item": ["a", "b", "c"], "question": ["q"] * 3, "prompt": ["Why?"] * 3, "response": ["A", "B", "C"]}
)
#        rater: 1  2  3  4
RATED = {"a": [1, 1, 4, 5], "b": [3, 1, 2, None], "c": [3, 3, 3, 1]}
WHO = ["f", "f", "m", "m"]


def ratings(**options):
    rows = [
        {"item": item, "rater": r + 1, "rating": value, "gender": WHO[r]}
        for item, values in RATED.items()
        for r, value in enumerate(values)
        if value is not None
    ]
    return ps.Ratings(pd.DataFrame(rows), scale=(1, 5), demographics=["gender"], **options)


def rows(policy, **options):
    """(target,) chosen, rejected, p."""
    table = ps.preference_pairs(ratings(), TEXTS, policy=policy, **options).table
    return [tuple(row) for row in table[["target", "chosen", "rejected", "p"]].to_numpy()]


def test_all_ratings_give_a_row_for_every_rater_of_both():
    """a-b: rater 1 says 1 < 3, rater 2 1 = 1, rater 3 4 > 2, rater 4 never rated b; and so on, by hand."""
    table = ps.preference_pairs(ratings(), TEXTS, policy="all").table
    assert table[["chosen", "rejected", "p"]].to_numpy().tolist() == [
        ["B", "A", 1.0],
        ["A", "B", 0.5],
        ["A", "B", 1.0],
        ["C", "A", 1.0],
        ["C", "A", 1.0],
        ["A", "C", 1.0],
        ["A", "C", 1.0],
        ["B", "C", 0.5],
        ["C", "B", 1.0],
        ["C", "B", 1.0],
    ]
    assert (table["n_raters"] == 1).all()
    assert table["p_sd"].isna().all()


def test_shares_are_two_independent_raters():
    """a: 1/2 on 1, 1/4 on 4 and 5; b: 1/3 on 1, 2, 3; c: 1/4 on 1, 3/4 on 3.
    a over b: 1/2 (1/3) / 2 + 1/2 = 7/12. a over c: 1/2 (1/4) / 2 + 1/2 = 9/16.
    b over c: 1/3 (1/8) + 1/3 (1/4) + 1/3 (1/4 + 3/8) = 1/3, so that c is chosen with 2/3."""
    found = rows("shares")
    assert [row[:3] for row in found] == [("all raters", *pair) for pair in ("AB", "AC", "CB")]
    assert [row[3] for row in found] == pytest.approx([7 / 12, 9 / 16, 2 / 3])


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("mean", ["AB", "AC", "CB"]),  # 11/4, 2, 10/4
        ("median", ["AB", "CA", "CB"]),  # 5/2, 2, 3
        ("majority", ["BA", "CA", "CB"]),  # 1; 1, 2, 3 are tied: 2; 3
    ],
)
def test_policies_of_one_number_prefer_the_higher(policy, wanted):
    assert [row[1] + row[2] for row in rows(policy)] == wanted
    assert {row[3] for row in rows(policy)} == {1.0}


def test_equal_labels_are_a_tie_in_the_order_of_items():
    """Men: a has 4 and 5, b has 2, c has 3 and 1, mean 2."""
    found = [row for row in rows("mean", by="gender") if row[0] == "gender: m"]
    assert found == [("gender: m", "A", "B", 1.0), ("gender: m", "A", "C", 1.0), ("gender: m", "B", "C", 0.5)]
    pairs = ps.preference_pairs(ratings(), TEXTS, policy="mean", by="gender")
    assert any("gender: m: 1 pair of 3 with p of exactly 1/2" in sentence for sentence in pairs.card["caveats"])
    assert len(rows("mean", by="gender", min_margin=0.1)) == len(rows("mean", by="gender")) - 1


def test_pairs_nobody_of_a_group_rated_are_left_out_and_counted():
    few = ratings().frame.assign(rating=lambda f: f["rating"] + 1)
    few = few[(few["gender"] == "f") | (few["item"] == "a")]
    made = ps.preference_pairs(
        ps.Ratings(few, scale=(1, 5), demographics=["gender"]), TEXTS, policy="shares", by="gender"
    )
    assert made.table["target"].unique().tolist() == ["gender: f"]
    assert "gender: m: 3 pairs without ratings by the target left out." in made.card["caveats"]


def test_n_raters_are_those_who_rated_either_response():
    table = ps.preference_pairs(ratings(), TEXTS, policy="shares", by="gender").table
    assert table["n_raters"].tolist() == [2] * 6


def test_the_weight_of_raters_counts():
    """Rater 1 counts three times: a has mean (3 + 1 + 4 + 5) / 6, c has (9 + 3 + 3 + 1) / 6."""
    frame = ratings().frame.assign(
        rating=lambda f: f["rating"] + 1, rater_weight=lambda f: 1.0 + 2.0 * (f["rater"] == "1")
    )
    made = ps.preference_pairs(ps.Ratings(frame, scale=(1, 5)), TEXTS, policy="mean").table
    assert "CA" in (made["chosen"] + made["rejected"]).tolist()
    every = ps.preference_pairs(ps.Ratings(frame, scale=(1, 5)), TEXTS, policy="all").table
    assert every["weight"].mean() == pytest.approx(1.0)
    assert every["weight"].max() == pytest.approx(3.0 * every["weight"].min())


def test_several_dimensions_add_up():
    wide = pd.DataFrame({"item": list("aabb"), "rater": [1, 2] * 2, "bad": [1, 2, 2, 2], "good": [2, 2, 1, 2]})
    made = ps.preference_pairs(
        ps.Ratings.from_wide(wide, ["bad", "good"], scale=(1, 2)),
        TEXTS[:2],
        utility={"bad": -1, "good": 1},
        policy="all",
    ).table
    assert made[["chosen", "p"]].to_numpy().tolist() == [["A", 1.0], ["A", 0.5]]  # 1 against -1; 0 against 0
    shares = ps.preference_pairs(
        ps.Ratings.from_wide(wide, ["bad", "good"], scale=(1, 2)),
        TEXTS[:2],
        utility={"bad": -1, "good": 1},
        policy="shares",
    ).table
    # a: good 2, bad 1 or 2: utility 1 or 0; b: bad 2, good 1 or 2: utility -1 or 0; ties with 1/4
    assert shares["p"].tolist() == [1.0 - 0.25 / 2]


def label_table(**columns):
    rows = pd.DataFrame(
        {
            "item": ["a", "b"],
            "target": "all raters",
            "policy": "shares",
            "p_1": [0.5, 1.0],
            "p_2": [0.5, 0.0],
            "expected": [1.5, 1.0],
            "n_raters": [4, 7],
        }
    )
    return rows.assign(**columns)


def test_a_table_of_labels_gives_the_pairs_of_its_policy():
    made = ps.preference_pairs(label_table(), TEXTS[:2]).table
    assert made[["chosen", "p", "n_raters", "policy"]].to_numpy().tolist() == [["A", 0.75, 7, "shares"]]
    made = ps.preference_pairs(label_table(policy="majority"), TEXTS[:2]).table
    assert made["p"].tolist() == [1.0]


@pytest.mark.parametrize("policy", ["shares", "mean", "median", "majority"])
def test_labels_give_the_pairs_of_their_ratings(policy):
    by_labels = ps.preference_pairs(ps.aggregate(ratings(), policy, by="gender"), TEXTS).table
    by_ratings = ps.preference_pairs(ratings(), TEXTS, policy=policy, by="gender").table
    columns = ["target", "chosen", "rejected", "policy", "rule"]
    assert by_labels[columns].to_numpy().tolist() == by_ratings[columns].to_numpy().tolist()
    assert by_labels["p"].tolist() == pytest.approx(by_ratings["p"].tolist())


def test_a_weighted_median_lies_in_the_middle():
    assert weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 5.0])) == 9.0
    assert weighted_median(np.array([4.0, 1.0, 2.0, 3.0]), np.ones(4)) == 2.5


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (ratings, {}, "`policy` for pairs from Ratings is one of all, shares, majority, mean, median; found None."),
        (
            ratings,
            {"policy": "meen"},
            "`policy` for pairs from Ratings is one of all, shares, majority, mean, median; found 'meen'. "
            "Did you mean 'mean'?",
        ),
        (
            ratings,
            {"policy": "mean", "by": "sex"},
            "`by` has 'sex', which is no demographic of the ratings (gender).",
        ),
        (
            lambda: 3,
            {},
            "Pairs are made from a fit, from Ratings, from labels, or from a dict such as "
            '{"toxicity": fit, "helpfulness": fit}; found int.',
        ),
        (label_table, {"by": "gender"}, "A table of labels has its targets already: leave out `by`."),
        (
            lambda: label_table(policy="all"),
            {},
            "Labels of the policy 'all' do not say who rated both. Pass the Ratings, policy='all'.",
        ),
        (
            ratings,
            {"policy": "mean", "rule": "median"},
            "`rule` is one of rater, mean; found 'median'. Did you mean 'mean'?",
        ),
        (
            ratings,
            {"policy": "mean", "min_margin": 0.7, "max_pairs": 0},
            "2 problems were found:\n- `min_margin` is a distance of p from 1/2, 0 to 0.5; found 0.7.\n"
            "- `max_pairs` is a whole number of pairs per question, at least 1; found 0.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(source, options, message):
    with pytest.raises(ps.ConfigError) as error:
        ps.preference_pairs(source(), TEXTS[:2], **options)
    assert str(error.value) == message


def test_all_problems_of_responses_are_told_at_once():
    bad = pd.DataFrame(
        {
            "item": ["a", "a", "b", "zz"],
            "question": ["q", "q", "q", "r"],
            "prompt": ["Why?", "Why?", "How?", "Why?"],
            "response": ["A", "A", None, "Z"],
        }
    )
    with pytest.raises(ps.DataError) as error:
        ps.preference_pairs(ratings(), bad, policy="mean")
    assert error.value.problems == (
        "'response' of `responses` is missing or no text in 1 row (row 3). Fill it in or drop them.",
        "`responses` has one row an item; found several of 'a' (rows 1, 2). Keep one of each.",
        "1 item of `responses` ('zz'; row 4) has no ratings. Drop these rows.",
        "1 question of `responses` ('q'; rows 1, 2, 3) has different prompts. Responses are compared under one prompt: "
        "correct it, or make questions of their own.",
    )


def test_missing_columns_and_lonely_responses_are_refused():
    with pytest.raises(ps.DataError, match="Column 'question' is missing"):
        ps.preference_pairs(ratings(), TEXTS.drop(columns="question"), policy="mean")
    with pytest.raises(ps.DataError, match="No question has two responses, so there are no pairs"):
        ps.preference_pairs(ratings(), TEXTS.assign(question=["q", "r", "s"]), policy="mean")


def test_a_model_in_which_items_are_alike_is_refused():
    made = ps.simulate(n_raters=20, n_items=4, ratings_per_rater=4, seed=1)
    fit = ps.fit(made, "rating ~ gender + (1 | rater)", method="laplace", on_problem="ignore")
    texts = TEXTS.assign(item=["I1", "I2", "I3"])
    with pytest.raises(ps.ConfigError, match="all items are alike: every pair would have p = 1/2"):
        ps.preference_pairs(fit, texts)
    with pytest.raises(ps.ConfigError) as error:
        ps.preference_pairs(fit, texts, policy="mean")
    assert str(error.value) == "`policy` for pairs from a fit is one of posterior; found 'mean'."
