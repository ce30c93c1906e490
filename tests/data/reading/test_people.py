"""What a second table says of the raters: joined once for each, and every rater and row without a match counted."""

import pandas as pd
import pytest

import pluralstats as ps

RATINGS = pd.DataFrame({"item": list("xyxyxy"), "rater": [1, 1, 2, 2, 10, 10], "rating": [1, 2, 3, 4, 5, 1]})
PROLIFIC = (
    "Submission id,Participant id,Status,Completion code,Age,Sex\n"
    "s1,1,APPROVED,C1,45,Female\n"
    "s2, 2,APPROVED,C1,CONSENT_REVOKED,CONSENT_REVOKED\n"
    "s9,9,RETURNED,NOCODE,30,Male\n"
    "s10,10,APPROVED,C1,DATA_EXPIRED,Male\n"
)


@pytest.fixture
def prolific(tmp_path):
    (tmp_path / "people.csv").write_text(PROLIFIC)
    return tmp_path / "people.csv"


def joined(people, **options):
    return ps.read_ratings(RATINGS, people=people, scale=(1, 5), **{"undisclosed": "level", **options})


def steps(ratings):
    return [
        (row["policy"], row["column"], row["n_rows"], row["n_raters"], row["detail"])
        for row in ratings.policies.query("step == 'people' or step == 'withheld'").to_dict("records")
    ]


def test_a_prolific_export_is_joined_by_the_id_of_the_participant(prolific):
    ratings = joined(prolific, demographics=["Sex"])
    assert ratings.raters.set_index("rater")["Sex"].astype(str).to_dict() == {
        "1": "Female",
        "2": "undisclosed",
        "10": "Male",
    }
    assert ratings.n_ratings == 6


def test_expired_data_and_revoked_consent_are_undisclosed_and_numbers_stay_numbers(prolific):
    ratings = joined(prolific, demographics=["Sex"], covariates=["Age"])
    assert steps(ratings)[:2] == [
        ("undisclosed", "Age", 0, 2, "DATA_EXPIRED 1, CONSENT_REVOKED 1"),
        ("undisclosed", "Sex", 0, 1, "CONSENT_REVOKED 1"),
    ]
    assert ratings.frame["Age"].tolist() == [45.0, 45.0]


def test_ids_of_people_are_text_as_those_of_raters(tmp_path):
    (tmp_path / "ratings.csv").write_text("item,rater,rating\na,007,1\na,7,2\na,1E1,3\n")
    (tmp_path / "people.csv").write_text("rater,sex,age\n7,m,20\n007,f,30\n1E1,x,40\n10,z,50\n")
    options = {"demographics": ["sex"], "covariates": ["age"], "scale": (1, 5)}
    ratings = ps.read_ratings(tmp_path / "ratings.csv", people=tmp_path / "people.csv", **options)
    assert dict(zip(ratings.raters["rater"], ratings.raters["sex"], strict=True)) == {"007": "f", "7": "m", "1E1": "x"}
    assert sorted(ratings.frame["age"]) == [20.0, 30.0, 40.0]


def test_both_kinds_of_no_match_are_counted_and_named():
    people = pd.DataFrame({"rater": [1, 2, 9], "sex": ["f", "m", "m"]})
    ratings = joined(people, demographics=["sex"])
    assert steps(ratings) == [
        ("raters without a row", "rater", 2, 1, "10"),
        ("rows without a rating", "rater", 0, 1, "9"),
    ]
    assert ratings.raters["sex"].tolist() == ["f", "m", "undisclosed"]


def test_raters_may_name_the_table_of_people(prolific):
    one = ps.read_ratings(RATINGS, raters=str(prolific), scale=(1, 5), demographics=["Sex"])
    assert one.data_hash == joined(prolific, undisclosed="drop", demographics=["Sex"]).data_hash
    with pytest.raises(ps.ConfigError, match="`raters` and `people` both name a table"):
        ps.read_ratings(RATINGS, raters=str(prolific), people=str(prolific))


def test_check_joins_people_and_guesses_their_demographics(prolific):
    check = ps.check(RATINGS, people=prolific, scale=(1, 5))
    assert any("Sex" in guess for guess in check.guesses)


@pytest.mark.parametrize("key", ["worker_id", "Participant id", "annotator"])
def test_the_key_is_the_raters_own_column_or_a_usual_name(key):
    people = pd.DataFrame({"age": [1, 2, 10], key: ["1", "2", "10"], "sex": ["f", "m", "f"]})
    renamed = RATINGS.rename(columns={"rater": "worker_id"})
    ratings = ps.read_ratings(
        renamed, people=people, columns={"worker_id": "rater"}, demographics=["sex"], scale=(1, 5)
    )
    assert ratings.raters["sex"].tolist() == ["f", "m", "f"]


def test_a_key_of_another_name_is_asked_for():
    people = pd.DataFrame({"code": [1, 2, 10], "sex": ["f", "m", "f"]})
    with pytest.raises(ps.DataError, match=r"no column in which the raters.*Name the column with people_key="):
        joined(people)
    assert joined(people, people_key="code", demographics=["sex"]).raters["sex"].tolist() == ["f", "m", "f"]
    with pytest.raises(ps.DataError, match=r"has no column 'cod'. Did you mean 'code'"):
        joined(people, people_key="cod")


def test_two_columns_with_ids_of_raters_are_not_guessed_between():
    people = pd.DataFrame({"user_id": [2, 1, 10], "worker_id": [1, 2, 10], "sex": ["f", "m", "f"]})
    with pytest.raises(ps.DataError, match=r"ids of raters in 2 columns: worker_id, user_id\. Name the one"):
        joined(people)
    own = ps.read_ratings(
        RATINGS.rename(columns={"rater": "user_id"}), people=people, columns={"user_id": "rater"}, scale=(1, 5)
    )
    assert own.n_raters == 3
    numbers = pd.DataFrame({"id": [1, 2, 3], "code": [10, 2, 1], "sex": ["f", "m", "f"]})
    with pytest.raises(ps.DataError, match="no column in which the raters"):
        joined(numbers)  # row numbers are no raters, though they are like them


def test_equal_rows_are_one_and_different_ones_are_refused_by_name():
    people = pd.DataFrame({"rater": [1, 1, 2, 10, 10], "sex": ["f", "f", "m", "f", "f"], "day": [1, 1, 2, 3, 4]})
    with pytest.raises(ps.DataError, match="several rows that differ for 1 rater: 10"):
        joined(people)
    ratings = joined(people, demographics=["sex"])  # the days differ, and nobody asked for them
    assert steps(ratings)[0] == ("one row a rater", "rater", 0, 0, "2 equal rows more")
    assert ratings.n_ratings == 6
    with pytest.raises(ps.DataError, match=r"several rows that differ for 1 rater: 1. Keep one row"):
        joined(people.assign(sex=["f", "m", "m", "f", "f"]), demographics=["sex"])


def test_a_column_in_both_tables_must_say_the_same():
    ratings, people = RATINGS.assign(sex=list("ffmmff")), pd.DataFrame({"rater": [1, 2, 10], "sex": ["f", "m", "f"]})
    same = ps.read_ratings(ratings, people=people, scale=(1, 5), demographics=["sex"])
    assert same.raters["sex"].tolist() == ["f", "m", "f"]
    with pytest.raises(ps.DataError, match="both have a column 'sex', which differs for 1 rater: 2"):
        ps.read_ratings(ratings, people=people.assign(sex=["f", "f", "f"]), scale=(1, 5))


def test_no_match_at_all_and_ratings_without_raters_are_refused():
    people = pd.DataFrame({"rater": ["a", "b"], "sex": ["f", "m"]})
    with pytest.raises(ps.DataError, match="No rater has a row in `people`: raters are 1, 2, 10, its 'rater' has a, b"):
        joined(people, people_key="rater")
    with pytest.raises(ps.DataError, match="the ratings have no column 'rater'"):
        ps.read_ratings(RATINGS.drop(columns="rater"), people=people)


def test_the_order_of_people_does_not_matter_and_nothing_given_is_changed(prolific):
    people = pd.DataFrame({"rater": [10, 2, 1], "sex": ["x", "y", "z"]})
    before = people.copy(), RATINGS.copy()
    one = joined(people, demographics=["sex"])
    assert one.data_hash == joined(people[::-1], demographics=["sex"]).data_hash
    pd.testing.assert_frame_equal(people, before[0])
    pd.testing.assert_frame_equal(RATINGS, before[1])


def test_codes_of_prolific_in_one_file_are_undisclosed_by_default():
    frame = RATINGS.assign(sex=["DATA_EXPIRED"] * 2 + ["m"] * 4)
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["sex"])
    assert ratings.raters["rater"].tolist() == ["2", "10"]
    assert not any("code for missing" in problem for problem in ps.check(frame, scale=(1, 5)).problems)


@pytest.mark.parametrize(
    "facts",
    [[9007199254740993, 9007199254740992], ["007", "7"], ["1.10", "1.1"]],
    ids=["beyond floats", "zeros", "decimals"],
)
@pytest.mark.parametrize("third", [None, "DATA_EXPIRED"], ids=["without a row", "withheld"])
def test_facts_of_people_are_not_changed_by_people_without_any(facts, third):
    people = pd.DataFrame({"rater": [1, 2], "household": facts})
    if third:
        people = pd.DataFrame({"rater": [1, 2, 10], "household": pd.Series([*facts, third], dtype=object)})
    found = joined(people, demographics=["household"]).raters.set_index("rater")["household"]
    assert found.astype(str).to_dict() == {"1": str(facts[0]), "2": str(facts[1]), "10": "undisclosed"}
