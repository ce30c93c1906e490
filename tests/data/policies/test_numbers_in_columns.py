"""Numbers stand where the role of a column is one, whatever the cells are made of; what was converted is said."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pluralstats as ps

BASE = {"item": list("abcd"), "rater": [1, 1, 2, 2], "rating": [1, 2, 3, 4]}
AGES = [20.5, 7.0, 31.25, 40.0]


def _converted(ratings: ps.Ratings) -> dict[str, str]:
    records = ratings.policies.query("step == 'converted'")
    return dict(zip(records["column"], records["detail"], strict=True))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["20.5", "7", "31.25", "40"], "text"),
        (["20,5", "7", "31,25", "40"], "text with decimal commas"),
        ([Decimal("20.5"), Decimal(7), Decimal("31.25"), Decimal(40)], "decimals"),
        (pd.Series([20.5, np.int64(7), "31.25", 40], dtype=object), "objects"),
        (pl.Series([Decimal("20.5"), Decimal(7), Decimal("31.25"), Decimal(40)]).to_arrow().to_pandas(), "decimals"),
    ],
)
def test_covariates_whose_cells_are_all_numbers_are_numbers(cells, said):
    ratings = ps.Ratings(pd.DataFrame(BASE).assign(age=cells), scale=(1, 5), covariates=["age"])
    assert ratings.frame["age"].tolist() == AGES
    assert _converted(ratings).get("age", "") in (said, "text and numbers")


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["007", "8", "9", "10"], {}),
        (["20.5", "7", "x", "40"], {}),
        (["1", "2", "1", "2"], {"reference": {"age": 1}}),
        (["1", "2", "1", "2"], {"recode": {"age": {2: 3}}}),
        (pd.Categorical(["1", "2", "1", "2"]), {}),
        (["1", "2", None, "2"], {}),
        (pd.Series(["1", "2", "1", "2"], dtype=object), {}),
    ],
)
def test_codes_words_and_what_is_used_as_categories_stay_categories(cells, options):
    ratings = ps.Ratings(pd.DataFrame(BASE).assign(age=cells), scale=(1, 5), covariates=["age"], **options)
    assert isinstance(ratings.frame["age"].dtype, pd.CategoricalDtype)


def test_whole_numbers_are_categories_where_somebody_made_text_of_them_and_numbers_where_a_file_is_text(tmp_path):
    table = pd.DataFrame(BASE).assign(dept=["1", "2", "1", "2"])
    table.to_csv(tmp_path / "r.csv", index=False)
    options = {"scale": (1, 5), "covariates": ["dept"]}
    wide = table.rename(columns={"rating": "toxic"})
    assert ps.Ratings(table, **options).frame["dept"].cat.categories.tolist() == ["1", "2"]
    assert ps.Ratings.from_wide(wide, ["toxic"], **options).frame["dept"].cat.categories.tolist() == ["1", "2"]
    assert ps.read_ratings(table, **options).frame["dept"].cat.categories.tolist() == ["1", "2"]
    table.to_parquet(tmp_path / "r.parquet")
    assert ps.read_ratings(tmp_path / "r.parquet", **options).frame["dept"].cat.categories.tolist() == ["1", "2"]
    assert ps.read_ratings(tmp_path / "r.csv", **options).frame["dept"].tolist() == [1.0, 2.0, 1.0, 2.0]
    named = ps.read_ratings(tmp_path / "r.csv", **options, reference={"dept": 1})
    assert named.frame["dept"].cat.categories.tolist() == ["1", "2"]


def test_commas_that_may_part_thousands_are_a_sentence():
    table = pd.DataFrame(BASE).assign(income=["20,500", "7,000", "31,250", "900"])
    with pytest.raises(ps.DataError, match="commas may part thousands or decimals: '7,000', '20,500', '31,250'"):
        ps.Ratings(table, scale=(1, 5), covariates=["income"])


@pytest.mark.parametrize("scale", [(1, 5), [1.0, 1.5, 2.0, 3.0, 4.0], "continuous"])
def test_ratings_are_matched_by_their_value(scale):
    table = pd.DataFrame(BASE).assign(rating=["1", "2.0", "+3", "4e0"])
    assert ps.Ratings(table, scale=scale).values.tolist() == [1, 2, 3, 4]


def test_decimal_commas_of_ratings_and_weights_are_read_and_said():
    table = pd.DataFrame(BASE).assign(rating=["1,0", "2,5", "3", "4"], weight=["1,5", "2", "1", "1"])
    ratings = ps.Ratings(table, scale=[1, 2.5, 3, 4])
    assert ratings.values.tolist() == [1, 2.5, 3, 4]
    assert ratings.frame["weight"].tolist() == [1.5, 2, 1, 1]
    assert _converted(ratings) == {"rating": "1,0 -> 1, 2,5 -> 2.5", "weight": "text with decimal commas"}


@pytest.mark.parametrize("named", [5, 5.0, "5"])
def test_numbers_of_options_mean_levels_that_write_the_number(named):
    table = pd.DataFrame(BASE).assign(group=["5.0", "5.0", "6.0", "6.0"], rating=["1.0", "5.0", "2.0", "9.0"])
    ratings = ps.Ratings(table, scale=(1, 5), demographics=["group"], drop_ratings=[9], na_values=[named])
    assert ratings.n_ratings == 1  # the answer 5 and everybody of group 5 are missing, 9 is left out


def test_a_reference_given_as_a_number_is_found_among_texts():
    table = pd.DataFrame(BASE).assign(group=["5.0", "5.0", "6.0", "6.0"])
    ratings = ps.Ratings(table, scale=(1, 5), demographics=["group"], reference={"group": 6})
    assert list(ratings.frame["group"].cat.categories) == ["6.0", "5.0"]


@pytest.mark.parametrize(
    "labels",
    [
        ["1 - not at all", "2 - a little", "3 - somewhat", "4 - very"],
        ["1 (not at all)", "2", "3", "4 (very)"],
        ["1: not at all", "2 = a little", "3. somewhat", "4) very"],
    ],
)
def test_numbered_labels_are_answers_of_a_scale_of_numbers(labels):
    table = pd.DataFrame(BASE).assign(rating=labels)
    assert ps.Ratings(table, scale=(1, 5)).values.tolist() == [1, 2, 3, 4]
    assert ps.Ratings(table, scale=labels).values.tolist() == [1, 2, 3, 4]
    assert ps.check(table).guesses[0].endswith(f"the answers found are assumed: {', '.join(labels)}.")


TYPED = (["1-2 times", "2", "3", "4"], ["1 - never", "1 - seldom", "3", "4"], ["1 or 2", "2", "3", "4"])


@pytest.mark.parametrize("typed", TYPED)
def test_typed_text_is_no_numbered_label(typed):
    with pytest.raises(ps.DataError, match="outside the scale 1-5"):
        ps.Ratings(pd.DataFrame(BASE).assign(rating=typed), scale=(1, 5))


def test_curly_apostrophes_and_no_break_spaces_count_as_plain_ones():
    table = pd.DataFrame(BASE).assign(rating=["Don\u2019t agree", "Neutral", "Strongly\u00a0agree", "Don't agree"])
    ratings = ps.Ratings(table, scale=["Don't agree", "Neutral", "Strongly agree"])
    assert ratings.values.tolist() == [1, 2, 3, 1]


def test_answers_are_called_without_the_last_digits_of_arithmetic():
    table = pd.DataFrame(BASE).assign(rating=[1 + 0.8 * i for i in range(4)])
    assert ps.check(table).guesses[0] == "`scale` was not given; the answers found are assumed: 1, 1.8, 2.6, 3.4."
    with pytest.raises(ps.DataError, match=r"outside the scale 1-5: 1\.8, 2\.6, 3\.4 \("):
        ps.Ratings(table, scale=(1, 5))
