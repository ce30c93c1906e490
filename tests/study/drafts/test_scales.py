"""The scale that answers suggest: what is sure, what is said to be confirmed, what only a person can say."""

import pandas as pd
import pytest

from pluralstats.study.drafts.entries import active_options
from pluralstats.study.drafts.scales import scale_entries

SURE = {
    "whole numbers": ([1, 2, 3, 4, 5], {"scale": [1, 5]}),
    "an answer never given": ([1, 2, 5, 4], {"scale": [1, 5]}),
    "two answers": ([0, 1], {"scale": [0, 1]}),
    "negative ones": ([-2, -1, 0, 1, 2], {"scale": [-2, 2]}),
    "nothing in between": ([0, 50, 100], {"scale": [0, 50, 100]}),
    "both ends only": ([1, 5], {"scale": [1, 5]}),
    "two answers far apart": ([0, 100], {"scale": [0.0, 100.0]}),
    "halves": ([0, 0.5, 1], {"scale": [0, 0.5, 1]}),
    "a 9 among 0 to 10": ([*range(11)], {"scale": [0, 10]}),
    "a slider that may have ended anywhere": ([*range(0, 100, 3)], {"scale": "continuous"}),
    "a slider with answers at both ends": ([*range(0, 101, 4)], {"scale": ["continuous", 0, 100]}),
    "numbers with labels": (["1 - not at all", "2", "3", "4", "5 (very)"], {"scale": [1, 5]}),
    "decimal commas": (["0,5", "1", "1,5"], {"scale": [0.5, 1, 1.5]}),
    "numbers as text": (["1", "2", "3"], {"scale": [1, 3]}),
    "don't know beside numbers": (
        ["1", "2", "3", "Don't know"],
        {"scale": [1, 3], "drop_ratings": ["Don't know"]},
    ),
    "words in a usual order": (
        ["Agree", "Disagree", "Neutral", "No opinion"],
        {"scale": ["Disagree", "Neutral", "Agree"], "drop_ratings": ["No opinion"]},
    ),
    "a middle answer that is unsure": (["yes", "no", "unsure"], {"scale": ["no", "unsure", "yes"]}),
    "truth": ([True, False], {"scale": ["False", "True"]}),
}


@pytest.mark.parametrize("case", SURE)
def test_a_sure_scale_needs_nobody(case: str):
    answers, wanted = SURE[case]
    entries = scale_entries(pd.Series(answers))
    assert active_options(entries) == wanted
    assert not any(entry.confirm for entry in entries)


@pytest.mark.parametrize("code", [9, 99, -9, -99, 999, -1])
def test_a_code_that_stands_apart_is_taken_for_missing_and_asked_about(code: int):
    entries = scale_entries(pd.Series([1, 2, 3, 4, 5, code]))
    assert active_options(entries) == {"scale": [1, 5], "na_values": [code]}
    assert [entry.key for entry in entries if entry.confirm] == ["na_values"]


def test_an_answer_that_was_never_given_is_named():
    (entry,) = scale_entries(pd.Series([1, 2, 5, 4]))
    assert "3 was never given" in entry.why


@pytest.mark.parametrize("answers", [["red", "green", "blue"], ["never", "agree"], [1, 1, 1], []])
def test_an_order_that_only_a_person_knows_is_left_open(answers: list[object]):
    (entry,) = scale_entries(pd.Series(answers, dtype=object))
    assert not entry.active
    assert entry.confirm.endswith(".")


def test_the_order_of_value_labels_is_kept_and_of_the_alphabet_is_not():
    labels = ["never heard", "a bit", "all of it"]
    assert active_options(scale_entries(pd.Series(pd.Categorical(labels, categories=labels)))) == {"scale": labels}
    assert active_options(scale_entries(pd.Series(pd.Categorical(labels)))) == {}
