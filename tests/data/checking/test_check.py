"""check: what is wrong with a file, all at once, with the policy that would mend it."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps


def found(check: ps.Check, *words: str) -> bool:
    """Whether one problem has all these words."""
    return any(all(word in problem for word in words) for problem in check.problems)


def test_good_ratings_have_no_problems():
    ratings = ps.simulate(60, 20, 8, seed=2)
    frame = ratings.frame.assign(rating=ratings.values)
    check = ps.check(frame, scale=(1, 5), demographics=["gender"], reference={"gender": "female"})
    assert check.ok, check.problems
    pd.testing.assert_frame_equal(check.summary, ratings.summary())


def test_scale_and_demographics_are_guessed_and_said():
    ratings = ps.simulate(60, 20, 8, seed=2)
    check = ps.check(ratings.frame.assign(rating=ratings.values, age=range(480)))
    assert check.guesses == (
        "`scale` was not given; the answers found are assumed: 1, 2, 3, 4, 5.",
        "`demographics` was not given; columns that describe raters: gender.",
    )


def test_a_dont_know_code_at_the_end_of_the_scale_is_suspected_and_a_true_answer_is_not():
    ratings = ps.simulate(200, 50, 20, scale=(0, 2), seed=3)
    values = ratings.values
    assert not found(ps.check(ratings.frame.assign(rating=values)), "does not behave")
    rng = np.random.default_rng(1)
    unsure = np.where(rng.random(len(values)) < 0.1, 3, values)
    check = ps.check(ratings.frame.assign(rating=unsure))
    assert found(check, "Answer '3'", "does not behave like the highest", 'drop_ratings=["3"]')
    assert not found(check, "Answer '0'")


def test_everything_that_policies_mend_is_found_at_once():
    frame = pd.DataFrame(
        {
            "item": [*"abcdefghijkl", "a", "b", "c"],
            "rater": ["r1"] * 12 + ["r2", "r3", "r4"],
            "rating": [3] * 12 + [1, 2, 7],
            "gender": ["f"] * 11 + ["m", "n/a", "F ", None],
        }
    )
    check = ps.check(frame, scale=(1, 5), demographics=["gender"])
    assert found(check, "outside the scale", "7 (row 15)")
    assert found(check, "'gender' must be the same", "r1 (f in row 1, m in row 12)")
    assert found(check, "code for missing", '"n/a"')
    assert found(check, "missing in 1 row of 1 rater", "r4")
    assert found(check, "capitals", "'F'")
    assert found(check, "with one rater")
    assert found(check, "1 rater has the same answer", "r1")


def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash(tmp_path):
    check = ps.check(tmp_path / "ratings.csv")
    assert check.problems == (f"There is no file {tmp_path / 'ratings.csv'}.",)
    assert check.summary.empty


def test_missing_columns_are_all_named():
    check = ps.check(pd.DataFrame({"worker": [1]}))
    assert [problem.split(";")[0] for problem in check.problems] == [
        "Column 'item' is missing",
        "Column 'rater' is missing",
        "Column 'rating' is missing",
    ]


def test_constant_ratings_cannot_tell_their_scale():
    check = ps.check(pd.DataFrame({"item": [1, 2], "rater": [1, 1], "rating": [3, 3]}))
    assert found(check, "fewer than two different answers")


def test_words_among_numbers_are_outside_the_guessed_scale():
    frame = pd.DataFrame({"item": list("abcd"), "rater": 1, "rating": ["1", "2", "3", "don't know"]})
    assert found(ps.check(frame), "1 value outside the scale 1-3: don't know (row 4)")


def test_problems_that_stop_the_reading_come_one_by_one():
    check = ps.check(pd.DataFrame({"text": ["one\n- two"]}), demographics=["gender"])
    assert [problem.split(";")[0] for problem in check.problems] == [
        f"Column '{name}' is missing" for name in ("item", "rater", "rating", "gender")
    ]


def test_lists_of_choices_do_not_stop_the_check():
    frame = pd.DataFrame({"item": ["a", "b"], "rater": [1, 2], "rating": [1, 2], "race": [["x", "y"], ["x"]]})
    assert found(ps.check(frame, scale=(1, 5), demographics=["race"]), "one rater: x, x;y")


def test_items_under_two_questions_are_found():
    frame = pd.DataFrame({"item": ["a", "a"], "rater": [1, 2], "rating": [1, 2], "question": ["p", "q"]})
    assert found(ps.check(frame, scale=(1, 5)), "1 item stands under several questions: a")


def test_the_dirt_of_crehate_is_found(shared_data):
    check = ps.check(shared_data / "crehate_ratings.csv.gz")
    # counted independently with groupby in pandas; shared/FIELD.md tells the same story
    assert found(check, "Answer '2' (3,060 ratings) does not behave", "don't know")
    assert found(check, "14 combinations of rater, item", "19 rows too many; 5 with different ratings")
    assert found(check, "'gender', 'ethnicity', 'politics', 'education'", "150 rows of 2 raters")
    assert found(check, "'gender' must be the same", "1 rater: R0647 (missing in row 18628, male in row 39354)")
    assert found(check, "'politics' must be the same", "1 rater: R0647")
    assert found(check, "'ethnicity' looks like free text: 34 of 38 answers")


def test_policies_clean_crehate(shared_data):
    ratings = ps.read_ratings(
        shared_data / "crehate_ratings.csv.gz",
        scale=(0, 1),
        demographics=["gender", "politics", "country"],
        covariates=["age"],
        recode={"gender": {"non-binary": None}},
        drop_ratings=[2],
        duplicates="first",
        contradictions="first",
    )
    main = ["Liberal/Progressive", "Independent", "Moderate_liberal", "Moderate_conservative", "Conservative"]
    kept = ratings.frame["politics"].isin(main)
    # rows and raters of the lme4 fit in shared/reference/oracles.json, crehate
    assert (kept.sum(), ratings.frame["rater"][kept].nunique()) == (38_193, 1_026)


def test_policies_clean_popquorn(shared_data):
    others = ["Native American", "Hispanic or Latino", "Arab American"]
    ratings = ps.read_ratings(
        shared_data / "popquorn_offensiveness.csv.gz",
        scale=(1, 5),
        demographics=["gender", "race", "age"],
        recode={"gender": {"Non-binary": None}, "race": dict.fromkeys(others)},
    )
    # shared/reference/oracles.json, popquorn_offensiveness
    assert (ratings.n_ratings, ratings.n_raters) == (12_088, 243)


def test_popquorn_is_nearly_clean(shared_data):
    check = ps.check(shared_data / "popquorn_offensiveness.csv.gz")
    assert len(check.problems) == 3, check.problems
    assert found(check, "'occupation' is withheld by 1 rater in 50 rows: 'Prefer not to disclose'")
    assert found(check, "'race' has 1 level with one rater: Arab American")


def test_the_three_outcomes_of_sbic_are_read_as_dimensions(shared_data):
    check = ps.check(shared_data / "sbic_dev_ratings.csv.gz", dimensions=["offensive", "intent", "lewd"])
    assert found(check, "different answers: offensive 0, 0.5, 1; intent 0, 0.33, 0.66, 1; lewd 0, 0.5, 1")
    assert found(check, "'politics' must be the same", "5 raters")
    assert found(check, "'gender' has 125 rows with what looks like a code for missing")


MANY = pd.DataFrame({"item": "a", "rater": range(60), "rating": [1, 2, 3] * 20, "age": range(20, 80)})


def test_a_measure_is_no_demographic():
    problems = ps.check(MANY, demographics=["age"]).problems
    assert problems == ("'age' is a number with 60 different values; bin it with recode= or use covariates=.",)


@pytest.mark.parametrize("scale", [None, (1, 5), "continuous"])
def test_commas_that_may_part_thousands_are_named(scale):
    problem = (
        "`rating` has commas that may part thousands or decimals: '2,500', '3,000'. Write the numbers with points."
    )
    assert problem in ps.check(MANY.assign(rating=["3,000", "2,500"] * 30), scale=scale).problems


def test_ratings_that_people_typed_are_no_scale():
    typed = MANY.assign(rating=[f"word {i}" for i in range(60)])
    (problem,) = ps.check(typed).problems
    assert problem == (
        "`rating` has 60 different texts, such as 'word 0', 'word 1', 'word 2', 'word 3'; answers of a scale are "
        "fewer. Is it the right column? Else name the answers in their order with scale=."
    )
    assert ps.check(typed, scale=list(typed["rating"])).ok
