"""Design weights of raters: one positive number a rater, mean 1, never beside frequency weights."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.saved import stored_ratings, write_ratings


def table(**changes):
    """Three raters, two ratings each."""
    columns = {"item": list("ababab"), "rater": [1, 1, 2, 2, 3, 3], "rating": [1, 2, 1, 2, 2, 1]}
    return pd.DataFrame(columns | {"rater_weight": [2, 2, 4, 4, 6, 6]} | changes)


def weights_of(ratings):
    return dict(ratings.frame[["rater", "rater_weight"]].drop_duplicates().itertuples(index=False, name=None))


def test_weights_have_mean_one_over_raters_and_keep_their_ratios():
    assert weights_of(ps.Ratings(table(), scale=(1, 2))) == pytest.approx({"1": 0.5, "2": 1.0, "3": 1.5})


def test_a_rater_with_more_ratings_does_not_move_the_mean():
    more = pd.concat([table(), pd.DataFrame({"item": ["c"], "rater": [3], "rating": [1], "rater_weight": [6]})])
    assert weights_of(ps.Ratings(more, scale=(1, 2))) == pytest.approx({"1": 0.5, "2": 1.0, "3": 1.5})


def test_raters_who_are_left_out_have_no_part_in_the_mean():
    frame = table(gender=["f", "f", "m", "m", None, None])
    ratings = ps.Ratings(frame, scale=(1, 2), demographics=["gender"])
    assert weights_of(ratings) == pytest.approx({"1": 2 / 3, "2": 4 / 3})


def test_the_ratings_of_one_dimension_have_mean_one_again():
    frame = table(dimension=["x", "x", "x", "x", "y", "y"])
    assert weights_of(ps.Ratings(frame, scale=(1, 2)).select("x")) == pytest.approx({"1": 2 / 3, "2": 4 / 3})


def test_what_was_done_is_recorded():
    policies = ps.Ratings(table(), scale=(1, 2)).policies.set_index("step").loc["rater_weight"]
    assert policies["policy"] == "divided by the mean over raters"
    # Kish: (2 + 4 + 6)^2 / (4 + 16 + 36) = 144 / 56
    assert policies["detail"] == "found from 2 to 6, as good as 2.57 of 3 raters with equal weights"
    assert policies["n_raters"] == 3


def test_the_hash_of_the_data_knows_the_weights_and_not_the_order_of_rows():
    rng = np.random.default_rng(1)
    weight = rng.lognormal(size=60)[np.repeat(np.arange(60), 2)]
    columns = {"item": list("ab") * 60, "rater": np.repeat(np.arange(60), 2), "rating": [1, 2] * 60}
    frame = pd.DataFrame(columns | {"rater_weight": weight})
    first = ps.Ratings(frame, scale=(1, 2)).data_hash
    assert ps.Ratings(frame.sample(frac=1.0, random_state=3), scale=(1, 2)).data_hash == first
    assert ps.Ratings(frame.drop(columns="rater_weight"), scale=(1, 2)).data_hash != first


def test_check_says_what_unequal_weights_cost():
    weights = np.repeat([1.0, 1.0, 10.0], 2)
    (said,) = [p for p in ps.check(table(rater_weight=weights), scale=(1, 2)).problems if p.startswith("Design")]
    # (1 + 1 + 10)^2 / (1 + 1 + 100) = 1.41, and 3 / 1.41 = 2.1
    assert "3 raters are worth 1 with equal weights (Kish's effective number; design effect 2.1)" in said
    even = ps.check(table(rater_weight=np.repeat([1.0, 1.0, 1.2], 2)), scale=(1, 2))
    assert not any("Design weights" in problem for problem in even.problems)


def test_a_rater_with_more_ratings_has_no_more_part_in_the_effective_number():
    more = pd.concat(
        [table()] + [pd.DataFrame({"item": [c], "rater": [3], "rating": [1], "rater_weight": [6]}) for c in "cde"]
    )
    assert (
        "as good as 2.57 of 3"
        in ps.Ratings(more, scale=(1, 2)).policies.set_index("step").loc["rater_weight", "detail"]
    )


def test_frequency_and_design_weights_are_refused_together():
    with pytest.raises(ps.DataError, match=r"`weight` \(how many equal.*`rater_weight` .* are not used together"):
        ps.Ratings(table(weight=1.0), scale=(1, 2))


WRONG = [
    ([2, 3, 4, 4, 6, 6], r"it differs for 1 rater \(rows 1, 2\). The first is 1 \(2 in row 1, 3 in row 2\)"),
    ([2, 2, 4, 4, 6, None], r"must be a positive number; found 1 other value: missing \(row 6\). Drop raters without"),
    ([2, 2, 0, 0, 6, 6], r"must be a positive number; found 2 other values: 0 \(rows 3, 4\)"),
    ([2, 2, -1, -1, "x", "x"], r"found 4 other values: -1, x \(rows 3, 4, 5, 6\)"),
    ([True, True, False, False, True, True], "found true and false. Rename or drop the column"),
]


@pytest.mark.parametrize(("weight", "sentence"), WRONG, ids=[row[1] for row in WRONG])
def test_what_is_no_weight_of_a_rater_is_refused(weight, sentence):
    with pytest.raises(ps.DataError, match=sentence):
        ps.Ratings(table(rater_weight=weight), scale=(1, 2))


def test_check_finds_the_same_and_takes_weights_for_no_demographic():
    found = ps.check(table(rater_weight=[2, 3, 4, 4, 6, 6]), scale=(1, 2))
    assert any("`rater_weight` must be the same in all rows of a rater" in problem for problem in found.problems)
    assert any("columns that describe raters: none" in guess for guess in found.guesses)


def test_a_weight_is_no_demographic():
    with pytest.raises(ps.ConfigError, match="'rater_weight' has its own meaning in ratings"):
        ps.Ratings(table(), scale=(1, 2), demographics=["rater_weight"])


def test_weights_survive_a_folder(tmp_path):
    ratings = ps.Ratings(table(), scale=(1, 2))
    write_ratings(tmp_path, ratings)
    pd.testing.assert_frame_equal(stored_ratings(tmp_path).frame, ratings.frame)
