"""Populations: cells with shares that sum to 1, whose words are the raters' words, compared with the sample."""

from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pluralstats as ps
from pluralstats.population.matching import counted_cells, target_profiles, without_raters

PEOPLE = [("f", "DE", "left")] * 3 + [("f", "US", "left")] + [("m", "DE", "right")] * 2 + [("m", "US", "left")] * 4
NAMES = ["gender", "country", "politics"]


def ratings_of(people=PEOPLE, names=NAMES, **columns):
    """Two ratings by each rater."""
    frame = pd.DataFrame(people, columns=names).assign(rater=np.arange(len(people)), rating=1, **columns)
    frame = pd.concat([frame.assign(item="a"), frame.assign(item="b")])
    return ps.Ratings(frame, scale=(1, 2), demographics=names, covariates=[c for c in columns if c != "rater_weight"])


RATINGS = ratings_of()


def shares_of(population, *names):
    return population.cells.groupby(list(names), observed=True)["share"].sum().to_dict()


def test_cells_are_normalised_and_count_their_raters():
    table = pd.DataFrame({"gender": ["f", "m"], "share": [60, 40]})
    found = ps.Population.from_cells(table, ratings=RATINGS)
    assert list(found.cells) == ["gender", "share", "n_raters"]
    assert found.cells["share"].tolist() == [0.6, 0.4]
    assert found.cells["n_raters"].tolist() == [4, 6]
    assert found.source == "Shares of 2 cells of gender as given."
    assert ps.Population.from_cells(table).cells["n_raters"].isna().all()


def test_repeated_combinations_are_added_up_and_empty_ones_left_out():
    table = pd.DataFrame({"gender": ["f", "m", "f", "m"], "country": ["DE", "DE", "DE", "US"], "n": [10, 20, 30, 0]})
    found = ps.Population.from_cells(table, "n")
    assert shares_of(found, "gender", "country") == pytest.approx({("f", "DE"): 2 / 3, ("m", "DE"): 1 / 3})
    assert found.notes == ("3 rows were added up to 2 cells.",)


def test_any_data_frame_and_any_order_of_rows_is_the_same_population():
    table = pd.DataFrame({"gender": ["f", "m", "m"], "country": ["US", "US", "DE"], "share": [0.5, 0.25, 0.25]})
    one = ps.Population.from_cells(table, ratings=RATINGS).cells
    for other in (pl.from_pandas(table), table.iloc[::-1], one):
        pd.testing.assert_frame_equal(ps.Population.from_cells(other, ratings=RATINGS).cells, one)


def test_a_population_is_frozen_and_its_table_is_not_changed():
    table = pd.DataFrame({"gender": ["f", "m"], "share": [0.6, 0.4]})
    before = table.copy(deep=True)
    found = ps.Population.from_cells(table, ratings=RATINGS)
    with pytest.raises(FrozenInstanceError):
        found.source = ""
    pd.testing.assert_frame_equal(table, before)


WRONG = [
    ({"gender": ["f", "m"], "share": [0.5, 0.3]}, "`share` adds up to 0.8. Shares add up to 1"),
    ({"gender": ["f", "m"], "share": [0.5, -0.5]}, "must be a number, 0 or more; found -0.5 (row 2)"),
    ({"gender": ["f", None], "share": [0.5, 0.5]}, "'gender' is missing in 1 cell (row 2)"),
    ({"gender": ["f", "m"], "part": [0.5, 0.5]}, "Column 'share' is missing; the data have 'gender', 'part'"),
    ({"share": [0.5, 0.5]}, "needs a column for each demographic"),
    ({"gendr": ["f", "m"], "share": [0.5, 0.5]}, "no demographic of the ratings (gender, country, politics). Did you"),
    ({"gender": ["f", "d"], "share": [0.9, 0.1]}, "The population has 10% 'd' of 'gender', which no rater is (m, f)"),
    ({"country": ["DE", "USA"], "share": [0.5, 0.5]}, "which no rater is (DE, US). Did you mean 'US'?"),
]


@pytest.mark.parametrize(("columns", "sentence"), WRONG, ids=[row[1] for row in WRONG])
def test_wrong_cells_are_refused_in_sentences(columns, sentence):
    with pytest.raises(ps.DataError) as error:
        ps.Population.from_cells(pd.DataFrame(columns), ratings=RATINGS)
    assert sentence in str(error.value)


def test_all_problems_of_a_table_are_found_at_once():
    table = pd.DataFrame({"gendr": ["f", None], "share": ["much", 0.5]})
    with pytest.raises(ps.DataError) as error:
        ps.Population.from_cells(table, ratings=RATINGS)
    assert len(error.value.problems) == 2


def test_the_raters_as_they_are_count_once_each():
    found = ps.Population.of_raters(RATINGS)
    assert found.cells["n_raters"].sum() == 10
    assert found.cells["share"].tolist() == pytest.approx((found.cells["n_raters"] / 10).tolist())
    assert found.demographics == ("gender", "country", "politics")
    assert shares_of(ps.Population.of_raters(RATINGS, ["country"]), "country") == pytest.approx({"DE": 0.5, "US": 0.5})


def test_design_weights_are_the_shares_of_raters():
    weighted = ratings_of(rater_weight=[1, 1, 1, 5, 2, 2, 2, 2, 2, 2])
    found = ps.Population.of_raters(weighted, ["gender"])
    assert shares_of(found, "gender") == pytest.approx({"f": 0.4, "m": 0.6})
    assert found.cells.set_index("gender")["n_raters"].to_dict() == {"f": 4, "m": 6}


def test_a_group_is_its_raters_and_nobody_else():
    found = ps.Population.group(RATINGS, gender="m", country=["DE", "US"])
    assert shares_of(found, "gender", "country") == pytest.approx({("m", "DE"): 1 / 3, ("m", "US"): 2 / 3})
    assert found.source == "The 6 raters with gender m and country DE or US, as they are."


@pytest.mark.parametrize(
    ("levels", "error", "sentence"),
    [
        ({"politics": "rigth"}, ps.ConfigError, "'rigth' is no level of 'politics'.*Did you mean 'right'"),
        ({"party": "x"}, ps.ConfigError, "'party' is no demographic of the ratings"),
        ({}, ps.ConfigError, "needs a demographic"),
        ({"gender": "f", "politics": "right"}, ps.DataError, "No rater is gender f and politics right"),
    ],
)
def test_a_group_that_nobody_is_in_is_refused(levels, error, sentence):
    with pytest.raises(error, match=sentence):
        ps.Population.group(RATINGS, **levels)


def test_equal_countries_keep_the_people_within_each():
    found = ps.Population.equal_shares(ratings_of(PEOPLE[:7]), "country")  # 5 of 7 are DE
    assert shares_of(found, "country") == pytest.approx({"DE": 0.5, "US": 0.5})
    assert shares_of(found, "country", "gender")[("DE", "f")] == pytest.approx(0.5 * 3 / 5)


def test_ratings_without_demographics_have_no_population():
    with pytest.raises(ps.ConfigError, match="needs a demographic that its cells differ in; the ratings have none"):
        ps.Population.of_raters(plain())


def plain():
    return ps.Ratings(pd.DataFrame({"item": ["a", "b"], "rater": [1, 1], "rating": [1, 2]}), scale=(1, 2))


def test_compare_puts_sample_and_target_side_by_side():
    target = ps.Population.from_cells(pd.DataFrame({"country": ["DE", "US"], "share": [0.8, 0.2]}))
    found = target.compare(RATINGS)
    assert list(found) == ["demographic", "level", "n_raters", "percent_raters", "percent_target"]
    at = found.set_index(["demographic", "level"])
    assert at.loc[("country", "DE")].tolist() == pytest.approx([5, 50.0, 80.0])
    # of the 5 raters from DE 3 are f, of the 5 from the US 1 is: 0.8 * 0.6 + 0.2 * 0.2
    assert at.loc[("gender", "f"), "percent_target"] == pytest.approx(52.0)
    assert found.groupby("demographic")["percent_target"].sum().tolist() == pytest.approx([100.0] * 3)


def test_the_raters_are_no_different_from_themselves():
    found = ps.Population.of_raters(RATINGS).compare(RATINGS)
    assert found["percent_target"].tolist() == pytest.approx(found["percent_raters"].tolist())


def profiles_of(table, columns, ratings=RATINGS):
    population = ps.Population.from_cells(table, ratings=ratings)
    profiles, share = target_profiles(counted_cells(population.cells, ratings), ratings, columns)
    return dict(zip(profiles.itertuples(index=False, name=None), share, strict=True))


def test_what_the_cells_lack_is_taken_from_their_raters():
    table = pd.DataFrame({"gender": ["f", "m"], "share": [0.5, 0.5]})
    found = profiles_of(table, ["gender", "country"])
    expected = {("f", "DE"): 3 / 8, ("f", "US"): 1 / 8, ("m", "DE"): 1 / 6, ("m", "US"): 1 / 3}
    assert found == pytest.approx(expected)


def test_in_a_cell_without_raters_it_is_taken_from_all_raters():
    table = pd.DataFrame({"gender": ["f", "m"], "politics": ["right", "left"], "share": [0.5, 0.5]})
    found = profiles_of(table, ["gender", "country"])
    # nobody is f and right; of all raters half are from DE; the m who are left are all from the US
    assert found == pytest.approx({("f", "DE"): 0.25, ("f", "US"): 0.25, ("m", "US"): 0.5})


def test_numbers_about_raters_follow_their_cell():
    ratings = ratings_of(age=[20.0, 30.0, 40.0, 50.0, *[60.0] * 6])
    table = pd.DataFrame({"gender": ["f", "m"], "share": [0.8, 0.2]})
    found = profiles_of(table, ["age"], ratings)
    assert found == pytest.approx({(20.0,): 0.2, (30.0,): 0.2, (40.0,): 0.2, (50.0,): 0.2, (60.0,): 0.2})


def test_combinations_without_raters_are_counted_among_the_columns_that_matter():
    table = pd.DataFrame({"gender": ["f", "f", "m"], "politics": ["right", "left", "left"], "share": [0.1, 0.5, 0.4]})
    cells = ps.Population.from_cells(table, ratings=RATINGS).cells
    assert without_raters(cells, RATINGS, ["gender", "politics"]).startswith(
        "1 combination of gender, politics in the population (f:right; 10% of the population) has no raters."
    )
    assert without_raters(cells, RATINGS, ["gender", "country"]) == ""


def test_a_categorical_fact_about_raters_may_be_a_demographic_of_the_population():
    ratings = ratings_of(PEOPLE, degree=["ba", "ma"] * 5)
    table = pd.DataFrame({"degree": ["ba", "ma"], "share": [0.9, 0.1]})
    assert ps.Population.from_cells(table, ratings=ratings).cells["n_raters"].tolist() == [5, 5]
