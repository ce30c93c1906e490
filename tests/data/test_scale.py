"""Scales: the order of answers is data, and a coarser scale says where each answer went."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.saved import stored_ratings, write_ratings
from pluralstats.data.scale import Scale


@pytest.mark.parametrize(
    ("spec", "labels", "values"),
    [
        ((1, 5), ("1", "2", "3", "4", "5"), (1, 2, 3, 4, 5)),
        ([0, 1], ("0", "1"), (0, 1)),
        ((-2, 2), ("-2", "-1", "0", "1", "2"), (-2, -1, 0, 1, 2)),
        ([0, 0.33, 0.66, 1], ("0", "0.33", "0.66", "1"), (0, 0.33, 0.66, 1)),
        ([1.0, 5.0], ("1", "5"), (1, 5)),
        (["zero", "more", "all"], ("zero", "more", "all"), (1, 2, 3)),
        ("continuous", (), ()),
    ],
)
def test_each_short_form_means_what_the_docstring_says(spec, labels, values):
    scale = Scale.parse(spec)
    assert (scale.labels, scale.values) == (labels, values)


def test_labels_are_never_sorted():
    assert Scale.parse(["strongly", "agree", "bit"]).labels == ("strongly", "agree", "bit")
    assert Scale.parse(["3", "2", "1"]).code_of("3") == 0


def test_numbers_are_found_however_they_are_written():
    scale = Scale.parse([0, 0.5, 1])
    assert [scale.code_of(text) for text in ("0", "0.0", "0.5", ".5", "1.00", "2", "x")] == [0, 0, 1, 1, 2, -1, -1]


@pytest.mark.parametrize(
    ("n_answers", "n", "midpoint", "codes", "rule"),
    [  # by hand: the middle of answer k is n (k + 1/2) / K
        (5, 3, None, [0, 0, 1, 2, 2], "own"),
        (5, 2, None, [0, 0, 1, 1, 1], "up"),
        (5, 2, "down", [0, 0, 0, 1, 1], "down"),
        (7, 3, None, [0, 0, 1, 1, 1, 2, 2], "own"),
        (3, 2, "up", [0, 1, 1], "up"),
        (4, 2, None, [0, 0, 1, 1], "none"),
        (6, 3, None, [0, 0, 1, 1, 2, 2], "none"),
        (10, 5, None, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], "none"),
        (6, 4, None, [0, 0, 1, 2, 3, 3], "none"),  # borders at the middles of 2 and 5 go outwards
    ],
)
def test_a_coarser_scale_puts_each_answer_where_its_middle_lies(n_answers, n, midpoint, codes, rule):
    coarse, new_codes, used = Scale.parse((1, n_answers)).merged(n, midpoint)
    assert (new_codes.tolist(), used, coarse.values) == (codes, rule, tuple(range(1, n + 1)))


@pytest.mark.parametrize("n_answers", range(3, 12))
def test_a_coarser_scale_is_symmetric_and_uses_every_answer(n_answers):
    scale = Scale.parse((1, n_answers))
    for n in range(2, n_answers):
        if n_answers % 2 and n % 2 == 0:
            continue  # the middle answer has to go to one side
        codes = scale.merged(n)[1]
        assert set(codes) == set(range(n))
        assert (codes + codes[::-1] == n - 1).all()


def test_labels_of_a_coarser_scale_say_what_was_merged():
    assert Scale.parse((1, 5)).merged(2, "down")[0].labels == ("1-3", "4-5")
    assert Scale.parse(["no", "rather no", "unsure", "yes"]).merged(2)[0].labels == (
        "no to rather no",
        "unsure to yes",
    )


def test_a_continuous_scale_may_have_ends():
    scale = Scale.parse(("continuous", 0, 100))
    assert (scale.is_continuous, scale.ends, scale.lowest, scale.width) == (True, (0.0, 100.0), 0.0, 100.0)
    assert scale.describe() == "continuous 0 to 100"
    assert Scale.parse(["continuous", -1, 1]).lowest == -1.0
    assert (Scale.parse("continuous").lowest, Scale.parse("continuous").width) == (None, None)
    assert (Scale.parse((1, 5)).lowest, Scale.parse((1, 5)).width) == (1.0, 4.0)


@pytest.mark.parametrize("ends", [(100, 0), (0, 0), (0, float("inf"))])
def test_ends_that_are_none_are_refused(ends):
    with pytest.raises(ps.ConfigError, match="two increasing numbers"):
        Scale.parse(("continuous", *ends))


def test_ratings_beyond_the_ends_are_named_and_the_ends_are_kept_in_files(tmp_path):
    table = pd.DataFrame({"rater": list("aabb"), "item": list("xyxy"), "rating": [0.0, 30.5, 99.0, 101.0]})
    with pytest.raises(ps.DataError, match=r"outside the scale continuous 0 to 100: 101 \(row 4\)"):
        ps.Ratings(table, scale=("continuous", 0, 100))
    ratings = ps.Ratings(table.iloc[:3], scale=("continuous", 0, 100))
    assert ratings.data_hash != ps.Ratings(table.iloc[:3], scale="continuous").data_hash
    write_ratings(tmp_path, ratings)
    assert stored_ratings(tmp_path).scale == ratings.scale


@pytest.mark.parametrize(("scale", "code"), [((0, 1), 1), ((0, 4), 1), ((1, 5), -1), ([1, 2], -1)])
def test_true_is_one_only_where_false_is_nought(scale, code):
    assert Scale.parse(scale).code_of("True") == code
