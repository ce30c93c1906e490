"""Sentences and tables of demographic structure, cohesion and populations: what the tables say, and nothing more."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study import structure_sentences as sentences
from pluralstats.study.config import StudyConfig
from pluralstats.study.fitting import CONTESTED, INTERSECTIONS, formulas
from pluralstats.study.methods_structure import structure_sentences

DATA = "[data]\nscale = [1, 5]\ndemographics = ['gender', 'politics']\n"


def gap(item, rank, p_exceeds, false_sign, **more):
    row = {"item": item, "demographic": "gender", "level": "male", "reference": "female", "rank": rank}
    return row | {"p_exceeds": p_exceeds, "p_within": 1.0 - p_exceeds, "expected_false_sign": false_sign} | more


def test_contested_items_are_counted_with_the_signs_to_be_expected_wrong():
    table = pd.DataFrame([gap("a", 1, 0.99, 0.001), gap("b", 2, 0.96, 0.004), gap("c", 3, 0.02, 0.2)])
    (line,) = sentences.contested_sentences(table)
    assert "2 items of 3 split them by more than the margin with 95% probability, 0.4% of these signs" in line
    assert "on 1 item the gap is within the margin" in line


def test_no_contested_item_is_said_so():
    (line,) = sentences.contested_sentences(pd.DataFrame([gap("a", 1, 0.5, 0.1)]))
    assert line.startswith("Male and female raters (gender): no item of 1 splits them")


def association(level, estimate, p, **more):
    row = {"demographic": "gender", "level": level, "pair": "reliability", "kind": "association"}
    return row | {"estimate": estimate, "null_lower": 0.9, "null_upper": 1.1, "p_two_sided_bh": p} | more


def test_a_group_is_named_only_when_its_adjusted_p_is_small_and_always_with_its_null():
    (line,) = sentences.cohesion_sentences(
        pd.DataFrame([association("male", 1.5, 0.004), association("female", 1.0, 0.8)])
    )
    assert "1 group of 2: male (gender; 1.50 where shuffled raters have [0.90, 1.10], adjusted p 0.004)" in line
    (line,) = sentences.cohesion_sentences(pd.DataFrame([association("male", 1.05, 0.4)]))
    assert line.startswith("No group of 1 agrees within itself more or less")


def test_a_cohesion_without_tests_says_nothing():
    assert sentences.cohesion_sentences(pd.DataFrame([association("male", 1.5, float("nan"))])) == []


def test_pairs_are_clear_by_their_simultaneous_interval_and_not_by_the_single_one():
    row = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points", "p_adjusted": 0.2}
    row |= {"lower": 0.01, "upper": 0.4, "lower_simultaneous": -0.05, "upper_simultaneous": 0.46}
    assert "1 comparison of two levels, 0 have" in sentences.pairwise_sentence(pd.DataFrame([row]))
    ratio = row | {"estimand": "odds_ratio", "lower_simultaneous": 0.5, "upper_simultaneous": 0.9}
    assert "1 has a simultaneous 95% interval without 1" in sentences.pairwise_sentence(pd.DataFrame([ratio]))


def test_intersections_that_differ_are_named_with_interval():
    shares = pd.DataFrame({"quantity": ["not_additive"], "percent": [30.0], "lower": [10.0], "upper": [60.0]})
    cells = pd.DataFrame(
        {
            "group": ["male:left", "male:right"],
            "difference": [0.4, 0.0],
            "difference_lower": [0.1, -0.2],
            "difference_upper": [0.7, 0.2],
        }
    )
    (line,) = sentences.intersection_sentences(shares, cells)
    assert "30% [10, 60] is not the sum of main effects" in line
    assert "1 combination of 2 differs clearly from that sum: male:left by 0.40 [0.10, 0.70] rating points" in line


def test_a_share_that_could_be_anything_is_said_to_be_unknown():
    shares = pd.DataFrame({"quantity": ["not_additive"], "percent": [25.0], "lower": [0.1], "upper": [100.0]})
    cells = pd.DataFrame({"group": ["a"], "difference": [0.0], "difference_lower": [-0.2], "difference_upper": [0.2]})
    (line,) = sentences.intersection_sentences(shares, cells)
    assert line.startswith("The ratings do not tell how much")


def test_verdicts_that_change_with_the_population_are_counted(effect_row):
    had = pd.DataFrame([effect_row("Black", lower=0.02, upper=0.4), effect_row("Asian", lower=-0.1, upper=0.3)])
    target = pd.DataFrame([effect_row("Black", estimate=0.1, lower=-0.05, upper=0.3), effect_row("Asian", lower=-0.1)])
    line = sentences.population_sentence(had, target, "US adults")
    assert "Averaged over US adults instead of the raters, 1 of 2 contrasts gets another verdict" in line
    assert "0.09 rating points" in line


def test_structure_adds_models_that_are_read_from_the_main_formula(small):
    config = StudyConfig.from_toml(DATA + "[structure]\nintersections = ['gender', 'politics']\ncontested = 'gender'\n")
    found = formulas(small, config)
    assert found[INTERSECTIONS].endswith("(1 | item) + (1 | rater) + (1 | gender:politics)")
    assert found[CONTESTED] == "rating ~ gender + politics + (1 + gender | item) + (1 | rater)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[structure]\nintersections = ['gender']", "needs two of them or more"),
        ("[structure]\nmargin = 0.1", "belongs to `structure.contested`"),
        ("[population]\nname = 'x'", "found none of them"),
        ("[population]\nequal = 'gender'\nmargins.gender = {a = 1}", "found `margins` and `equal`"),
        ("[effects]\nadjust = 'tukey'", "`effects.adjust` should be"),
        ("[population]\nmargins.gender = {a = -1}", "`population.margins` should be a table of shares"),
        ("[cohesion]\nby = ['sex']", "`cohesion.by` names 'sex'"),
    ],
)
def test_what_a_study_file_says_wrongly_of_structure_is_answered(text, message):
    with pytest.raises(ps.ConfigError) as caught:
        StudyConfig.from_toml(DATA + text)
    assert message in str(caught.value)


def test_methods_are_told_of_what_was_done_only():
    config = StudyConfig.from_toml(DATA + "[structure]\ncontested = 'gender'\n")
    assert structure_sentences(config, {"contested_items": pd.DataFrame(), "pairwise": pd.DataFrame()}) == ""
    told = structure_sentences(config, {"contested_items": pd.DataFrame({"item": ["a"]})})
    assert "gender was allowed to differ by item" in told
    assert "Stephens, 2017" in told
