"""Sentences and tables of demographic structure, cohesion and populations: what the tables say, and nothing more."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.disagreement.counted_cohesion import (
    cohesion_sentences,
    common_items,
    counted_cohesion,
    counts_cohesion,
)
from pluralstats.study.sections.disagreement.modelled_cohesion import model_cohesion_sentences, modelled_cohesion
from pluralstats.study.sections.effects.pairwise import pairwise_sentence
from pluralstats.study.sections.order import methods_of
from pluralstats.study.sections.populations import population_sentence
from pluralstats.study.sections.structure.combinations import intersection_sentences
from pluralstats.study.sections.structure.contested import contested_sentences
from pluralstats.study.steps.models import CONTESTED, INTERSECTIONS, formulas

DATA = "[data]\nscale = [1, 5]\ndemographics = ['gender', 'politics']\n"


def gap(item, rank, p_exceeds, false_sign, **more):
    row = {"item": item, "demographic": "gender", "level": "male", "reference": "female", "rank": rank}
    return row | {"p_exceeds": p_exceeds, "p_within": 1.0 - p_exceeds, "expected_false_sign": false_sign} | more


def test_contested_items_are_counted_with_the_signs_to_be_expected_wrong():
    table = pd.DataFrame([gap("a", 1, 0.99, 0.001), gap("b", 2, 0.96, 0.004), gap("c", 3, 0.02, 0.2)])
    (line,) = contested_sentences(table)
    assert "2 items of 3 split them by more than the margin with 95% probability, 0.4% of these signs" in line
    assert "on 1 item the gap is within the margin" in line


def test_no_contested_item_is_said_so():
    (line,) = contested_sentences(pd.DataFrame([gap("a", 1, 0.5, 0.1)]))
    assert line.startswith("Male and female raters (gender): no item of 1 splits them")


def association(level, estimate, p, **more):
    row = {"demographic": "gender", "level": level, "pair": "reliability", "kind": "association"}
    return row | {"estimate": estimate, "null_lower": 0.9, "null_upper": 1.1, "p_two_sided_bh": p} | more


def test_a_group_is_named_only_when_its_adjusted_p_is_small_and_always_with_its_null():
    (line,) = cohesion_sentences(pd.DataFrame([association("male", 1.5, 0.004), association("female", 1.0, 0.8)]))
    assert "1 group of 2: male (gender; 1.50 where shuffled raters have [0.90, 1.10], adjusted p 0.004)" in line
    (line,) = cohesion_sentences(pd.DataFrame([association("male", 1.05, 0.4)]))
    assert line.startswith("No group of 1 agrees within itself more or less")


def by_model(level, ratio, p):
    """Three rows of a group against the rest; ``ratio`` is (estimate, lower, upper)."""
    first = {"dimension": "toxicity", "demographic": "gender", "level": level, "scale": "latent", "n_raters": 30}
    first |= {"n_pairs": 90, "note": "", "p_two_sided_bh": float("nan")}
    numbers = {"in_group": (0.3, 0.2, 0.4), "cross_group": (0.2, 0.15, 0.25), "association": ratio}
    rows = []
    for kind, (estimate, lower, upper) in numbers.items():
        row = first | {"kind": kind, "other": level if kind == "in_group" else "rest", "estimate": estimate}
        row |= {"p_two_sided_bh": p} if kind == "association" else {}
        rows.append(row | {"lower": lower, "upper": upper})
    return rows


NO_RATIO = (float("nan"),) * 3


def by_model_table(*groups):
    rows = []
    for level, ratio, p in groups:
        rows += by_model(level, ratio, p)
    return pd.DataFrame(rows)


def test_a_group_is_cohesive_where_p_is_small_and_the_ratio_lies_beside_one():
    table = by_model_table(
        ("male", (1.5, 1.2, 1.9), 0.004), ("female", (1.3, 0.9, 1.9), 0.004), ("other", (1.5, 1.2, 1.9), 0.2)
    )
    (line,) = model_cohesion_sentences(table)
    assert line == (
        "Raters of male (gender; toxicity) agree more among themselves than with others: two new ones of them by 0.30 "
        "[0.20, 0.40], one of them and another by 0.20 [0.15, 0.25], 1.50 [1.20, 1.90] times as much (correlation of "
        "what two raters think of an item; adjusted p 0.004)."
    )


def test_groups_without_a_ratio_are_counted_and_never_a_finding():
    lines = model_cohesion_sentences(by_model_table(("male", NO_RATIO, float("nan")), ("female", (1, 0.8, 1.2), 0.6)))
    assert lines[0].startswith("No group of 1 agrees more or less among its own raters than with all others")
    assert lines[1].startswith("1 group of 2 agrees so little, or so uncertainly, with others that a ratio would")


def test_cohesion_is_counted_where_raters_share_many_items_and_modelled_where_few():
    crossed = ps.simulate(n_raters=12, n_items=12, ratings_per_rater=12, seed=1)
    sparse = ps.simulate(n_raters=40, n_items=30, ratings_per_rater=5, seed=1)
    # by hand: everybody rated all 12; of 30 items two raters with 5 each share 5 x 5 / 30 = 0.8 on average
    assert common_items(crossed) == 12
    assert common_items(sparse) in (0, 1)
    config = ps.StudyConfig.from_toml("[data]\nscale = [1, 5]")
    assert counts_cohesion(crossed, config)
    assert not counts_cohesion(sparse, config)
    for method, counts in (("counting", True), ("model", False)):
        chosen = ps.StudyConfig.from_toml(f"[data]\nscale = [1, 5]\n[cohesion]\nmethod = '{method}'")
        assert counts_cohesion(crossed, chosen) is counts_cohesion(sparse, chosen) is counts


def test_p_of_the_model_are_adjusted_over_groups_and_dimensions():
    study = ps.simulate(n_raters=60, n_items=20, ratings_per_rater=6, sd_item=1.5, dimensions=("a", "b"), seed=2)
    config = ps.StudyConfig.from_toml("[data]\nscale = [1, 5]\n[cohesion]\nmethod = 'model'")
    table = modelled_cohesion(study, config)
    assert counted_cohesion(study, config).empty
    p = table.loc[table["scale"] == "latent", ["p_two_sided", "p_two_sided_bh"]].dropna().sort_values("p_two_sided")
    assert len(p) == 4
    # Benjamini-Hochberg by hand over the four of both dimensions
    steps = p["p_two_sided"].to_numpy() * 4 / np.arange(1, 5)
    np.testing.assert_allclose(p["p_two_sided_bh"], np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1))


def test_a_cohesion_without_tests_says_nothing():
    assert cohesion_sentences(pd.DataFrame([association("male", 1.5, float("nan"))])) == []


def test_pairs_are_clear_by_their_simultaneous_interval_and_not_by_the_single_one():
    row = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points", "p_adjusted": 0.2}
    row |= {"lower": 0.01, "upper": 0.4, "lower_simultaneous": -0.05, "upper_simultaneous": 0.46}
    assert "1 comparison of two levels, 0 have" in pairwise_sentence(pd.DataFrame([row]))
    ratio = row | {"estimand": "odds_ratio", "lower_simultaneous": 0.5, "upper_simultaneous": 0.9}
    assert "1 has a simultaneous 95% interval without 1" in pairwise_sentence(pd.DataFrame([ratio]))


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
    (line,) = intersection_sentences(shares, cells)
    assert "30% [10, 60] is not the sum of main effects" in line
    assert "1 combination of 2 differs clearly from that sum: male:left by 0.40 [0.10, 0.70] rating points" in line


def test_a_share_that_could_be_anything_is_said_to_be_unknown():
    shares = pd.DataFrame({"quantity": ["not_additive"], "percent": [25.0], "lower": [0.1], "upper": [100.0]})
    cells = pd.DataFrame({"group": ["a"], "difference": [0.0], "difference_lower": [-0.2], "difference_upper": [0.2]})
    (line,) = intersection_sentences(shares, cells)
    assert line.startswith("The ratings do not tell how much")


def test_verdicts_that_change_with_the_population_are_counted(effect_row):
    had = pd.DataFrame([effect_row("Black", lower=0.02, upper=0.4), effect_row("Asian", lower=-0.1, upper=0.3)])
    target = pd.DataFrame([effect_row("Black", estimate=0.1, lower=-0.05, upper=0.3), effect_row("Asian", lower=-0.1)])
    line = population_sentence(had, target, "US adults")
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
    assert methods_of(config, {"contested_items": pd.DataFrame(), "pairwise": pd.DataFrame()}) == []
    (told,) = methods_of(config, {"contested_items": pd.DataFrame({"item": ["a"]})})
    assert "gender was allowed to differ by item" in told
    assert "Stephens, 2017" in told
