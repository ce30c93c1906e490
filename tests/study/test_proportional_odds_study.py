"""A study that asks whether groups differ in more than their place, and what the report says of the answer."""

from pathlib import Path

import pandas as pd
import pytest
from markupsafe import escape

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.effects.proportional_odds import (
    HEADING,
    NOT_TESTED,
    model_to_fit,
    proportional_odds_sentences,
)
from pluralstats.study.sections.order import SECTIONS, methods_of
from pluralstats.study.sections.parts import Study


@pytest.fixture(scope="module")
def done(study_folder: Path, tmp_path_factory: pytest.TempPathFactory, drawing_only):
    text = (study_folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("[effects]\n", "[effects]\nproportional_odds = true\n")
    with drawing_only():
        return ps.run_study(StudyConfig.from_toml(text, study_folder), out=tmp_path_factory.mktemp("out") / "results")


def test_a_study_that_asks_has_the_tests_the_sentences_and_the_methods(done):
    table, html = done.tables["proportional_odds"], (done.folder / "report.html").read_text(encoding="utf-8")
    own = ps.proportional_odds_tests(done.fits["main", ""], "politics")
    assert table["demographic"].tolist() == ["gender"] * 3 + ["politics"] * 3
    pd.testing.assert_frame_equal(table[3:].drop(columns="p_adjusted").reset_index(drop=True), own)
    # Benjamini-Hochberg by hand: the largest of six p is what it was
    assert table["p_adjusted"].max() == pytest.approx(table["p"].max())
    assert f"<h3>{HEADING}</h3>" in html
    assert escape(proportional_odds_sentences(table)[0]) in html
    assert html.index(HEADING) < html.index(">Disagreement</h2>")
    assert 'download="proportional_odds.csv"' in html
    assert "Partial proportional odds models for ordinal response variables" in html


def test_a_study_that_does_not_ask_has_none(finished):
    assert "proportional_odds" not in finished.tables
    assert HEADING not in (finished.folder / "report.html").read_text(encoding="utf-8")


def test_a_study_that_asks_of_two_answers_is_told_what_the_tests_need(finished, small: ps.Ratings):
    config = StudyConfig.from_toml("[effects]\nproportional_odds = true\n")
    (section,) = [one for one in SECTIONS if one.heading == HEADING]
    study = Study(config, small, {}, (), (), {"main": "rating ~ 1"}, {})
    assert [block.text for block in section.show(study)] == [NOT_TESTED]
    assert not methods_of(config, {"proportional_odds": pd.DataFrame()})


NOISE = {"demographic": "gender", "test": "noise", "level": "male", "reference": "female", "unit": "ratio of s"}
NOISE |= {"estimate": 1.25, "lower": 1.09, "upper": 1.42, "p": 0.002, "p_adjusted": 0.004, "note": ""}
NOISE |= {"change": -3.21, "change_at": "male: P(rating >= 4)"}
SCALE = NOISE | {"test": "use of the scale", "unit": "ratio of e^a", "p": 0.001, "p_adjusted": 0.003}
THRESHOLD = NOISE | {
    "test": "thresholds",
    "unit": "latent shift of 2|3",
    "estimate": -0.2,
    "lower": -0.3,
    "upper": -0.1,
}
UNKNOWN = float("nan")


def said(*rows):
    return proportional_odds_sentences(pd.DataFrame(rows))


def test_nothing_found_is_said_with_the_smallest_p_and_the_largest_change():
    first, other = NOISE | {"p_adjusted": 0.21}, NOISE | {"demographic": "race", "p_adjusted": 0.6, "change": 4.12}
    assert said(first, other) == [
        "None of 2 demographics clearly differs in more than its place (2 tests, smallest adjusted p 0.210). The "
        "largest change that a larger model makes to a group's share of answers is 4.1 percentage points."
    ]
    assert model_to_fit(pd.DataFrame([first, other]), raters=True) == ""


def test_what_was_found_is_told_by_size_and_by_what_it_comes_to():
    ending = "Shares of answers move by up to 3.2 percentage points (male: P(rating >= 4))."
    rows = [
        NOISE | {"dimension": "harm"},
        SCALE | {"dimension": "hate", "estimate": 0.8, "lower": 0.7, "upper": 0.9},
        THRESHOLD | {"dimension": "fun", "p": 0.003},
        NOISE | {"dimension": "fun", "demographic": "race", "p_adjusted": 0.6},
    ]
    first, *others = said(*rows)
    assert first == "1 of 2 demographics differs in more than its place (4 tests, adjusted p below 0.05)."
    assert others == [
        "male − female (gender; hate): 0.80 [0.70, 0.90] times the distance between thresholds: answers nearer to the "
        f"ends of the scale; adjusted p 0.003. {ending}",
        "male − female (gender; harm): 1.25 [1.09, 1.42] times the noise: less consistent answers; adjusted p "
        f"0.004. {ending}",
        "male − female (gender; fun): the threshold 2|3 is moved by −0.20 [−0.30, −0.10] beyond what the others are; "
        f"adjusted p 0.004. {ending}",
    ]


def test_one_difference_that_several_tests_find_is_told_once_by_the_clearest():
    _, line = said(NOISE, SCALE, THRESHOLD)
    assert line.startswith("male − female (gender): 1.25 [1.09, 1.42] times the distance between thresholds")
    assert line.endswith(" Also found by the tests of noise and thresholds.")


def test_tests_that_could_not_be_made_are_counted_and_sizes_that_are_missing_left_out():
    noted = NOISE | {"p": UNKNOWN, "p_adjusted": UNKNOWN, "estimate": UNKNOWN, "note": "One rater.", "change_at": ""}
    assert said(noted) == ["1 test could not be made; the table says why."]
    nothing = dict.fromkeys(("estimate", "lower", "upper", "change"), UNKNOWN)
    sizeless = THRESHOLD | nothing | {"level": UNKNOWN, "change_at": ""}
    assert said(sizeless)[1] == "Thresholds of the levels of gender differ; adjusted p 0.004."
    assert said(*[NOISE | {"demographic": f"d{i}"} for i in range(8)])[-1] == "2 more differences are in the table."


def test_the_model_to_fit_has_the_likelier_part_of_each_demographic():
    other = NOISE | {"demographic": "political views"}
    table = pd.DataFrame([NOISE, SCALE, other])
    start = "A model that allows for it has this under [model] of the study file, and no proportional_odds:"
    assert model_to_fit(table, raters=True) == (
        f'{start} disc = "~ `political views` + (1 | rater)" and stretch = "~ gender + (1 | rater)".'
    )
    assert model_to_fit(pd.DataFrame([SCALE]), raters=False) == f'{start} stretch = "~ gender".'
    thresholds = pd.DataFrame([THRESHOLD])
    assert model_to_fit(thresholds, raters=True) == f'{start} thresholds = "gender".'
    assert model_to_fit(thresholds.assign(dimension="toxicity"), raters=True).endswith(
        'thresholds = "gender" and dimensions = "separate".'
    )
