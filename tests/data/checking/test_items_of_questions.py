"""Items numbered anew inside each question are different items, through to pairs, labels and predictions."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.policies.items import as_rated


@pytest.fixture(scope="module")
def nested():
    """30 raters, 6 passages of 5 items each, numbered 1 to 5 in each passage."""
    rng = np.random.default_rng(3)
    effects = {(q, i): rng.normal(0, 1.2) for q in range(1, 7) for i in range(1, 6)}
    rows = [
        (q, i, f"p{r}", int(np.clip(np.round(3 + effects[q, i] + rng.normal(0, 0.8)), 1, 5)))
        for r in range(30)
        for q, i in effects
    ]
    return pd.DataFrame(rows, columns=["question", "item", "rater", "rating"])


@pytest.fixture(scope="module")
def fit(nested):
    return ps.fit(ps.Ratings(nested, scale=(1, 5)), method="laplace", on_problem="ignore")


@pytest.fixture
def texts(nested):
    responses = nested[["question", "item"]].drop_duplicates()
    return responses.assign(
        prompt="prompt " + responses["question"].astype(str),
        response="response " + responses["question"].astype(str) + "-" + responses["item"].astype(str),
    )


def test_numbers_used_anew_in_each_question_are_items_of_their_own(nested):
    ratings = ps.Ratings(nested, scale=(1, 5))
    assert (ratings.n_items, ratings.n_ratings) == (30, 900)
    assert list(ratings.frame["item"].cat.categories[:6]) == ["1 / 1", "1 / 2", "1 / 3", "1 / 4", "1 / 5", "2 / 1"]
    (record,) = ratings.policies.query("step == 'questions'").to_dict("records")
    assert (record["policy"], record["n_rows"]) == ("nested", 900)
    assert "30 items, not 5" in record["detail"]


def test_the_same_data_with_names_of_their_own_are_the_same(nested):
    named = nested.assign(item=nested["question"].astype(str) + " / " + nested["item"].astype(str))
    assert ps.Ratings(named, scale=(1, 5)).data_hash == ps.Ratings(nested, scale=(1, 5)).data_hash


def test_check_says_what_it_took_for_an_item_and_finds_no_problem_in_it(nested):
    check = ps.check(nested, scale=(1, 5))
    assert any("30 items, not 5" in guess and 'questions="crossed"' in guess for guess in check.guesses)
    assert not any("more than one rating" in problem or "several questions" in problem for problem in check.problems)


def test_crossed_items_stay_one_item_and_no_rating_is_a_repeat(nested):
    ratings = ps.Ratings(nested, scale=(1, 5), questions="crossed")
    assert (ratings.n_items, ratings.n_ratings) == (5, 900)
    shuffled = ps.Ratings(nested.sample(frac=1, random_state=1), scale=(1, 5), questions="crossed")
    assert shuffled.data_hash == ratings.data_hash


def test_items_named_once_keep_their_names(nested):
    one = nested[nested["question"] == 1]
    ratings = ps.Ratings(one, scale=(1, 5))
    assert list(ratings.frame["item"].cat.categories) == ["1", "2", "3", "4", "5"]
    assert "questions" not in set(ratings.policies["step"])


def test_repeats_that_a_column_parts_are_not_advised_away(nested):
    check = ps.check(nested.rename(columns={"question": "passage"}), scale=(1, 5))
    assert any('columns={"passage": "question"} instead of leaving ratings out' in text for text in check.problems)


def test_predictions_find_items_by_question_and_number(fit, nested):
    rows = nested[["question", "item", "rater"]].iloc[:3]
    table = ps.predict(fit, rows)
    assert table["seen_item"].all()
    named = rows.assign(item=rows["question"].astype(str) + " / " + rows["item"].astype(str))
    assert table["estimate"].tolist() == ps.predict(fit, named)["estimate"].tolist()


def test_pairs_and_labels_find_their_texts_by_question_and_number(fit, texts):
    pairs = ps.preference_pairs(fit, texts).table
    assert len(pairs) == 6 * 10
    same = pairs["prompt"].str[-1] + "-" + pairs["chosen_item"].str[-1]
    assert (pairs["chosen"] == "response " + same).all()
    labelled = ps.label_distributions(fit).with_texts(texts)
    assert labelled["response"].tolist()[5] == "response 2-1"


@pytest.mark.parametrize(
    ("questions", "items"), [(["a", "a / b"], ["b / c", "c"]), (["x /", "x"], ["y", "/ y"]), (["1", "2"], ["1", "1"])]
)
def test_names_are_never_shared(questions, items):
    frame = pd.DataFrame({"question": questions * 2, "item": [*items, *items[::-1]], "rater": list("rrss")})
    ratings = ps.Ratings(
        frame.drop_duplicates(["question", "item"]).assign(
            rating=[1, 2, 3, 1][: len(frame.drop_duplicates(["question", "item"]))]
        ),
        scale=(1, 3),
    )
    assert ratings.n_items == len(frame.drop_duplicates(["question", "item"]))


def test_items_that_are_rated_under_their_own_name_keep_it():
    assert as_rated(["a", "9"], ["q", "q"], ["a", "q / 9"]) == ["a", "q / 9"]
