"""One scale for each wave: every rating on the scale of its own wave, and nothing said across scales."""

import numpy as np
import pandas as pd
import pytest
from two_waves import SCALES, THIRDS, two_waves

import pluralstats as ps
from pluralstats.data.saved import stored_ratings, write_ratings


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Six raters and four items; the fifth and sixth rater answer in wave 2."""
    rater, item = np.divmod(np.arange(24), 4)
    late = rater >= 4
    rating = np.where(late, 1 + (rater + item) % 3, 1 + (2 * rater + item) % 5)
    return pd.DataFrame(
        {"item": item, "rater": rater, "rating": rating, "wave": 1 + late, "gender": np.where(rater % 2, "m", "f")}
    )


@pytest.fixture(scope="module")
def ratings(table) -> ps.Ratings:
    return ps.Ratings(table, scale=SCALES, demographics=["gender"])


def test_every_rating_is_a_code_of_the_scale_of_its_wave(table):
    words = {"1": ["never", "seldom", "often", "always"], "2": ["no", "yes"]}
    answer = np.where(
        table["wave"] == 1, np.array(words["1"])[table["rating"] % 4], np.array(words["2"])[table["item"] % 2]
    )
    ratings = ps.Ratings(table.assign(rating=answer), scale={"wave": words})
    late = ratings.frame["wave"] == "2"
    assert ratings.frame["rating"].dtype == np.int16
    assert (ratings.frame["rating"][~late] == table["rating"][~late] % 4).all()
    assert (ratings.frame["rating"][late] == table["item"][late] % 2).all()


def test_ratings_say_their_scales_and_which_each_rating_is_on(ratings, table):
    assert {level: scale.describe() for level, scale in ratings.scales.items()} == {"1": "1-5", "2": "1-3"}
    assert ratings.scale_by == "wave"
    assert (ratings.scale_of_rows == table["wave"] - 1).all()
    assert repr(ratings).startswith("Ratings: 24 ratings of 4 items by 6 raters, scale 1-5 (wave 1); 1-3 (wave 2)")
    assert "1-3 (wave 2)" in ratings._repr_html_()
    one = ratings.select(wave="1")
    assert (one.scales, one.scale_by, set(one.scale_of_rows)) == ({"": one.scale}, "", {0})


def test_the_answers_of_each_wave_are_counted_apart(ratings, table):
    summary = ratings.summary().set_index(["column", "level"])
    for wave, K in ((1, 5), (2, 3)):
        part = table[table["wave"] == wave]
        counts = [int((part["rating"] == k).sum()) for k in range(1, K + 1)]
        raters = [part["rater"][part["rating"] == k].nunique() for k in range(1, K + 1)]
        assert summary.loc[f"rating, wave {wave}", "n_ratings"].tolist() == counts
        assert summary.loc[f"rating, wave {wave}", "n_raters"].tolist() == raters
    assert list(ratings.items.columns) == ["item", "n_ratings"]  # no mean of two scales


@pytest.mark.parametrize("wave", ["1", "2"])
def test_one_wave_is_what_its_rows_alone_would_be(ratings, table, wave):
    alone = ps.Ratings(table[table["wave"] == int(wave)], scale=SCALES["wave"][wave], demographics=["gender"])
    for part in (ratings.select(wave=wave), ratings.where(wave=wave), ratings.where(ratings.frame["wave"] == wave)):
        assert part.scale == alone.scale
        assert part.data_hash == alone.data_hash
        pd.testing.assert_frame_equal(part.frame, alone.frame)


ACROSS = {
    "scale": lambda r: r.scale,
    "values": lambda r: r.values,
    "agreement": ps.agreement,
    "cohesion": lambda r: ps.cohesion(r, "gender"),
    "item_disagreement": ps.item_disagreement,
    "label_differences": lambda r: ps.label_differences(r, "gender"),
    "aggregate": lambda r: ps.aggregate(r, "majority"),
    "fit": lambda r: ps.fit(r, "rating ~ gender + (1 | rater)"),
    "gaussian": lambda r: ps.fit(r, "rating ~ gender + (1 | rater)", family="gaussian"),
}


@pytest.mark.parametrize("function", ACROSS.values(), ids=ACROSS.keys())
def test_what_has_no_meaning_across_scales_is_refused_with_the_waves(ratings, function):
    with pytest.raises(ps.DataError) as error:
        function(ratings)
    said = str(error.value)
    assert "1-5 (wave 1); 1-3 (wave 2)" in said
    assert 'ratings.select(wave="1")' in said


def test_an_answer_is_checked_against_the_scale_of_its_own_wave(table):
    with pytest.raises(ps.DataError) as error:
        ps.Ratings(table.assign(rating=np.where(table.index == 20, 4, table["rating"])), scale=SCALES)
    assert "`rating` has 1 value outside the scale 1-3 of wave 2: 4 (row 21)." in str(error.value)
    with pytest.raises(
        ps.DataError, match=r"no answers for wave 2 \(rows 17, 18, 19, 20, 21 and 3 more\); it names 1\."
    ):
        ps.Ratings(table, scale={"wave": {"1": (1, 5)}})
    with pytest.raises(ps.DataError, match="Column 'dimension' is missing"):
        ps.Ratings(table, scale={"dimension": {"1": (1, 5)}})


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        ({"1": (1, 5), "2": (1, 3)}, "is written"),
        ({"wave": (1, 5)}, "is written"),
        ({}, "is written"),
        ({"wave": {}}, "names no wave"),
        ({"gender": {"f": (1, 5)}}, "can differ by wave, dimension, question; found 'gender'"),
        ({"wave": {"1": (1, 5), "2": "continuous"}}, "that of wave 2 is continuous"),
        ({"wave": {"1": (1, 5), "2": (1, 1)}}, "cannot be|at least 2|names an answer twice"),
    ],
)
def test_a_scale_by_wave_that_cannot_be_meant(table, scale, said):
    with pytest.raises(ps.ConfigError, match=said):
        ps.Ratings(table, scale=scale)


def test_equal_scales_are_one_scale_and_names_are_meant_as_elsewhere(table):
    early = table[table["wave"] == 1].assign(wave=np.where(table["item"][table["wave"] == 1] % 2, 1.0, 2.0))
    assert ps.Ratings(early, scale={"wave": {1: (1, 5), "2.0": (1, 5)}}).scale.describe() == "1-5"
    assert ps.Ratings(early, scale={"wave": {1: (1, 5), "2.0": [1, 2, 3, 4, 5, 7]}}).scale_by == "wave"


def test_numbers_written_in_other_ways_are_answers_of_their_scale(table, ratings):
    texts = table["rating"].map(lambda k: {1: "1 - no", 2: "2.0", 3: " 3"}.get(k, str(k)))
    assert ps.Ratings(table.assign(rating=texts), scale=SCALES, demographics=["gender"]).data_hash == ratings.data_hash


def test_answers_are_chosen_on_either_scale(ratings, table):
    chosen = ratings.where(rating=[3, 5])
    assert chosen.n_ratings == int(table["rating"].isin([3, 5]).sum())
    assert ratings.where(rating=5).scale.describe() == "1-5"
    with pytest.raises(ps.ConfigError, match="no level '6'"):
        ratings.where(rating=6)


def test_select_takes_a_wave_and_a_dimension(table):
    both = pd.concat([table.assign(dimension=name) for name in ("rude", "funny")])
    scales = {"dimension": {"rude": (1, 5), "funny": (1, 6)}}
    ratings = ps.Ratings(both, scale=scales)
    assert ratings.select("rude").scale.K == 5
    assert ratings.select("funny", wave="2").n_ratings == 8
    assert ratings.select(wave="2").scale_by == "dimension"
    assert ratings.select("funny", wave="2").policies["step"].tolist()[-2:] == ["select", "select"]
    for asked, said in (({"wave": "3"}, "There is no wave '3'; the ratings have 1, 2."), ({}, "There is no dimension")):
        with pytest.raises(ps.ConfigError) as error:
            ratings.select(**asked)
        assert said in str(error.value)


def test_dimensions_of_two_scales_are_taken_one_by_one(table):
    both = pd.concat([table.assign(dimension=name) for name in ("rude", "funny")])
    ratings = ps.Ratings(both, scale={"dimension": {"rude": (1, 5), "funny": (1, 6)}})
    with pytest.raises(ps.DataError) as error:
        ps.aggregate(ratings, "majority")
    assert str(error.value).endswith('Choose a dimension, as in ratings.select(dimension="funny").')
    assert ps.aggregate(ratings.select("rude"), "majority").scale.K == 5


def test_select_needs_to_be_told_what(ratings):
    with pytest.raises(ps.ConfigError, match="`select` needs a dimension, wave or question"):
        ratings.select()


def test_collapsing_takes_each_scale_and_leaves_one_that_is_coarse_enough(ratings):
    three = ratings.collapse(3)
    late = ratings.frame["wave"].to_numpy() == "2"
    before = ratings.frame["rating"].to_numpy()
    assert (three.frame["rating"].to_numpy() == np.where(late, before, THIRDS[before])).all()
    assert three.scale_text == "1-2, 3, 4-5 (wave 1); 1-3 (wave 2)"
    assert three.policies.iloc[-1]["policy"] == "3 answers, midpoint own (wave 1)"
    two = ratings.collapse(2, midpoint="down")
    for wave in ("1", "2"):
        pd.testing.assert_frame_equal(two.select(wave=wave).frame, ratings.select(wave=wave).collapse(2, "down").frame)
    with pytest.raises(ps.ConfigError, match="3 answers cannot be collapsed to 4"):
        ratings.collapse(4)


def test_a_truth_keeps_the_thresholds_that_separate_answers_of_each_wave():
    made = two_waves()
    cuts = made.truth.thresholds["1"]
    assert made.truth.thresholds["2"].tolist() == cuts[[1, 2]].tolist()
    collapsed = made.collapse(2, midpoint="up").truth.thresholds
    assert [collapsed[wave].tolist() for wave in ("1", "2")] == [[cuts[1]], [cuts[1]]]


def test_stored_ratings_come_back_equal(ratings, tmp_path):
    write_ratings(tmp_path, ratings)
    back = stored_ratings(tmp_path)
    assert (back.scales, back.scale_by, back.data_hash) == (ratings.scales, "wave", ratings.data_hash)
    pd.testing.assert_frame_equal(back.frame, ratings.frame)


def test_the_hash_is_of_rows_in_any_order_and_of_the_scales(ratings, table):
    shuffled = table.sample(frac=1, random_state=2)
    assert ps.Ratings(shuffled, scale=SCALES, demographics=["gender"]).data_hash == ratings.data_hash
    other = ps.Ratings(table, scale={"wave": {"1": (1, 5), "2": (1, 4)}}, demographics=["gender"])
    assert other.data_hash != ratings.data_hash


def test_a_file_is_read_and_checked_with_scales_by_wave(ratings, table, tmp_path):
    path = tmp_path / "ratings.csv"
    table.to_csv(path, index=False)
    options = {"scale": SCALES, "demographics": ["gender"]}
    assert ps.read_ratings(path, **options).data_hash == ratings.data_hash
    check = ps.check(path, **options)
    assert not check.refused
    pd.testing.assert_frame_equal(check.summary, ratings.summary())
    assert check.rows["rating"].tolist() == table["rating"].head(5).astype(str).tolist()
    wrong = ps.check(table.assign(rating=table["rating"] + (table["wave"] == 2)), **options)
    assert "outside the scale 1-3 of wave 2: 4" in wrong.refused[0]


def test_check_says_how_to_name_the_scales_of_waves():
    made = two_waves()
    frame = made.frame.assign(rating=made.frame["rating"] + 1)
    (problem,) = [text for text in ps.check(frame, scale=(1, 5)).problems if "have different answers" in text]
    assert 'pass scale={"wave": {"1": [1, 5], "2": [1, 3]}}' in problem
    named = ps.check(frame, scale={"wave": {"1": [1, 5], "2": [1, 3]}})
    assert not any("different answers" in text for text in named.problems)
    assert [row for row in named.summary["column"].unique() if row.startswith("rating")] == [
        "rating, wave 1",
        "rating, wave 2",
    ]


def test_a_missing_answer_at_the_end_of_one_scale_is_found_in_its_wave():
    """On three points the highest answer is given to the items that others rate low."""
    rng = np.random.default_rng(3)
    rater, item = np.divmod(np.arange(2400), 40)
    wave = 1 + (rater % 2)
    level = np.clip(np.round(1 + item / 10 + rng.normal(0, 0.5, 2400)), 1, 5)
    thirds = np.where((item < 10) & (rng.random(2400) < 0.5), 3, np.where(level > 3, 2, 1))
    frame = pd.DataFrame({"item": item, "rater": rater, "rating": np.where(wave == 1, level, thirds), "wave": wave})
    found = [text for text in ps.check(frame, scale=SCALES).problems if "does not behave like" in text]
    assert len(found) == 1
    assert "highest of the scale of wave 2" in found[0]
