"""Levels called None or NA are levels where a table is one of levels: cells of populations, training summaries."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.reading.formats.text import EMPTY_ONLY
from pluralstats.data.reading.tables import read_table
from pluralstats.study.sections.training.summary import _csv

RATINGS = pd.DataFrame(
    {"item": list("abcd"), "rater": [1, 2, 3, 4], "rating": [1, 2, 3, 4], "religion": ["Christian", "None", "NA", "01"]}
)


def _cells(tmp_path, text: str) -> ps.Population:
    path = tmp_path / "cells.csv"
    path.write_text(text)
    ratings = ps.Ratings(RATINGS, scale=(1, 5), demographics=["religion"])
    return ps.Population.from_cells(read_table(path, missing=EMPTY_ONLY), ratings=ratings)


def test_cells_of_a_population_keep_levels_called_none_and_na(tmp_path):
    made = _cells(tmp_path, "religion,share\nChristian,0.3\nNone,0.4\nNA,0.2\n01,0.1\n")
    shares = dict(zip(made.cells["religion"].astype(str), made.cells["share"], strict=True))
    assert shares == pytest.approx({"Christian": 0.3, "None": 0.4, "NA": 0.2, "01": 0.1})


def test_shares_with_decimal_commas_are_shares(tmp_path):
    made = _cells(tmp_path, "religion;share\nChristian;0,25\nNone;0,75\n")
    assert made.cells["share"].tolist() == [0.25, 0.75]


def test_a_training_summary_keeps_the_names_of_its_groups(tmp_path):
    path = tmp_path / "pair_accuracy.csv"
    path.write_text("policy,group,metric,estimate,n\n007,None,accuracy,0.5,12\n7,NA,accuracy,,13\n")
    table = _csv(path)
    assert table["policy"].tolist() == ["007", "7"]
    assert table["group"].tolist() == ["None", "NA"]
    assert table["estimate"].isna().tolist() == [False, True]
    assert table["n"].sum() == 25
