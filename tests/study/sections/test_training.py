"""The section on training: what its sentences say, what a summary must hold, and that it reaches the page."""

import json

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment.comparison.summaries import TABLES

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.report.page import blocks_of
from pluralstats.study.sections.order import CHAPTERS
from pluralstats.study.sections.parts import Study
from pluralstats.study.sections.training.arms import arm_sentence, bootstrap_sentence, seed_sentence
from pluralstats.study.sections.training.distances import distance_sentences
from pluralstats.study.sections.training.pairs import accuracy_sentences
from pluralstats.study.sections.training.reductions import reduction_sentences
from pluralstats.study.sections.training.scales import scale_sentences
from pluralstats.study.sections.training.steering import steering_sentence
from pluralstats.study.sections.training.summary import COLUMNS, training_tables
from pluralstats.study.sections.training.wins import win_sentences

TRAINING = next(chapter for chapter in CHAPTERS if chapter.id == "training")
STUDY = '[data]\nscale = [1, 5]\n[training]\nresults = "summary"\n'


def arm(name="dpo", **numbers):
    row = {"arm": name, "baseline": "base", "dimension": "toxicity", "unit": "score points", "estimate": -0.4}
    return row | {"lower": -0.7, "upper": -0.1, "n_seeds": 3, "n_prompts": 40, "n_judges": 2} | numbers


def test_direction_words_of_arms_follow_the_sign():
    assert "0.40 score points lower than base on toxicity" in arm_sentence(arm())
    turned = arm_sentence(arm(estimate=0.4, lower=0.1, upper=0.7))
    assert "0.40 score points higher than base on toxicity" in turned


def test_an_interval_with_zero_is_no_clear_difference_and_one_in_the_band_next_to_none():
    assert arm_sentence(arm(upper=0.1)).startswith("No clear difference between dpo and base on toxicity: −0.40")
    into = arm_sentence(arm(upper=-0.05), rope=0.1)
    assert into.startswith("dpo scores 0.40 score points lower") and "reaching into the band of ±0.1" in into
    small = arm(estimate=0.01, lower=-0.05, upper=0.06)
    assert "practically nothing" in arm_sentence(small, rope=0.1)


def test_an_effect_that_is_not_determined_is_said_so():
    assert arm_sentence(arm(lower=np.nan, upper=np.nan)).startswith("The scores do not determine the difference")


def test_the_bootstrap_is_compared_by_verdict():
    effects = pd.DataFrame([arm(), arm("grpo")])
    check = effects[["arm", "dimension", "estimate", "lower", "upper"]].assign(upper=[-0.2, 0.3])
    assert "the same verdict in 1 of 2 comparisons" in bootstrap_sentence(effects, check)
    assert bootstrap_sentence(effects, pd.DataFrame()) == ""


def blocks(tables, kind):
    """What the chapter on training shows of one kind."""
    study = Study(StudyConfig(), None, tables, findings=(), pictures=(), formulas={}, provenance={})
    return [block for block in blocks_of(TRAINING, study) if block.kind == kind]


def test_conditions_are_shown_rounded_and_counts_whole():
    conditions = pd.DataFrame([{"arm": "dpo", "steps": 12, "log_loss": 0.6621487068}])
    (shown,) = blocks({"training_conditions": conditions}, "table")
    assert [cell.text for cell in shown.table.rows[0]] == ["dpo", "12", "0.662"]


def test_few_seeds_are_named():
    table = pd.DataFrame([arm(n_seeds=1), arm("grpo")])
    line = seed_sentence(table)
    assert line == "One seed says nothing about the method: fewer than three training seeds for dpo (1 seed)."
    assert seed_sentence(table.tail(1)) == ""


def wins(group, estimate, half=5.0, **more):
    row = {"arm": "dpo", "against": "base", "group": group, "estimate": estimate, "lower": estimate - half}
    row |= {"upper": estimate + half, "tie_percent": 10.0, "position_bias": 4.0, "n_judgements": 200}
    return row | more


def test_wins_say_worst_group_ties_and_what_the_first_place_is_worth():
    (line,) = win_sentences(pd.DataFrame([wins("all", 60.0), wins("worst group", 45.0)]))
    assert (
        "in 60% of judgements, ties half: more often than not (95% interval [55, 65]; 200 judgements, 10% ties)" in line
    )
    assert "In the group where it wins least: 45% [40, 50]." in line
    assert "Being shown first is worth 4.0 percentage points." in line
    (unclear,) = win_sentences(pd.DataFrame([wins("all", 52.0, position_bias=np.nan)]))
    assert "no clear difference from 50%" in unclear
    assert "Only one order was judged" in unclear


def test_a_loss_is_compared_with_the_direction_of_its_sign():
    row = {"policy": "shares", "group": "all", "metric": "log_loss", "unit": "nats", "kind": "difference"}
    row |= {"against": "posterior", "estimate": 0.08, "lower": 0.04, "upper": 0.12}
    (line,) = accuracy_sentences(pd.DataFrame([row]))
    assert line.startswith("The log-loss of shares is 0.080 nats higher than that of posterior")
    (less,) = accuracy_sentences(pd.DataFrame([row | {"estimate": -0.08, "lower": -0.12, "upper": -0.04}]))
    assert "0.080 nats lower" in less
    (none,) = accuracy_sentences(pd.DataFrame([row | {"lower": -0.04}]))
    assert none.startswith("No clear difference in log-loss between shares and posterior")


def test_a_distance_within_the_floor_cannot_be_told_from_noise():
    row = {"arm": "dpo", "target": "left", "metric": "wasserstein", "unit": "rating points", "estimate": 0.3}
    row |= {"lower": 0.2, "upper": 0.4, "floor": 0.25, "floor_lower": 0.2, "floor_upper": 0.3, "n_items": 50}
    (line,) = distance_sentences(pd.DataFrame([row, row | {"arm": "base", "estimate": 0.9}]))
    assert line.startswith("Wasserstein distance from left: least for dpo, 0.30")
    assert line.endswith("two halves of the same raters are 0.25 apart, so that this cannot be told from noise.")
    (far,) = distance_sentences(pd.DataFrame([row | {"estimate": 0.9, "lower": 0.8, "upper": 1.0}]))
    assert "noise" not in far


def test_steering_follows_the_sign_too():
    row = {"group": "all", "kind": "double-centred", "estimate": -0.4, "lower": -0.7, "upper": -0.1}
    assert "0.40 score points less" in steering_sentence(pd.DataFrame([row]))
    assert steering_sentence(pd.DataFrame([row | {"upper": 0.1}])).startswith("No clear difference")
    assert steering_sentence(pd.DataFrame([row | {"lower": np.nan, "upper": np.nan}])).startswith("No clear")


def ratio(**more):
    row = {"arm": "dpo", "against": "sft", "estimate": 1.53, "set": "between", "lower": 1.2, "upper": 2.0}
    row |= {"p_denominator_positive": 1.0, "reduction": 1.53, "reduction_lower": 1.3, "reduction_upper": 1.8}
    row |= {"reduction_against": 1.0, "reduction_against_lower": 0.8, "reduction_against_upper": 1.2}
    return pd.DataFrame([row | more])


def test_a_greater_reduction_stands_with_its_interval_and_both_reductions():
    (line,) = reduction_sentences(ratio())
    assert line == (
        "The reduction by dpo is 53% greater than that by sft (95% interval [20, 100]%; 1.53 [1.30, 1.80] against 1.00 "
        "[0.80, 1.20] score points)."
    )
    assert "40% smaller" in reduction_sentences(ratio(estimate=0.6, lower=0.4, upper=0.9))[0]
    assert reduction_sentences(ratio(lower=0.9))[0].startswith("No clear difference between the reductions")


def test_a_ratio_of_two_increases_is_of_increases_and_opposite_changes_have_none():
    turned = {"reduction": -1.53, "reduction_lower": -1.8, "reduction_upper": -1.3}
    below = {"reduction_against": -1.0, "reduction_against_lower": -1.2, "reduction_against_upper": -0.8}
    (line,) = reduction_sentences(ratio(**turned, **below, p_denominator_positive=0.0))
    assert line == (
        "The increase by dpo is 53% greater than that by sft (95% interval [20, 100]%; 1.53 [1.30, 1.80] against 1.00 "
        "[0.80, 1.20] score points)."
    )
    (gain,) = reduction_sentences(ratio(direction="up"))
    assert gain == line  # the wanted change is an increase
    negative = {"estimate": -1.53, "lower": -2.0, "upper": -1.2}  # as tables had it that were written before
    (one,) = reduction_sentences(ratio(**turned, **negative))
    assert one == (
        "dpo increases scores where sft reduces them: no percentage compares the two (increase 1.53 [1.30, 1.80], "
        "reduction 1.00 [0.80, 1.20] score points)."
    )
    (two,) = reduction_sentences(ratio(**below, **negative))
    assert two.startswith("dpo reduces scores where sft increases them: no percentage")


def test_an_unbounded_ratio_is_never_given_as_a_number():
    unclear = {"set": "everything", "lower": np.nan, "upper": np.nan, "reduction_against_lower": -0.2}
    (line,) = reduction_sentences(ratio(**unclear, p_denominator_positive=0.7))
    assert "cannot be said: the latter may be near 0 and is one with a probability of 70%" in line
    assert "53%" not in line


def scales():
    rows = [(n, level, 0.3, low, 0.6) for n, low in ((5, 0.1), (2, -0.1)) for level in ("male",)]
    table = pd.DataFrame(rows, columns=["answers", "level", "estimate", "lower", "upper"])
    return table.assign(demographic="gender", reference="female", estimand="latent_d")


def test_scales_say_how_many_effects_stay_clear_and_how_intervals_widen():
    assert scale_sentences(scales()) == [
        "On 5 answers 1 of 1 effect is clear (standardised latent difference).",
        "On 2 answers 0 of these point the same way and clearly; intervals are 1.40 times as wide (median).",
    ]


def test_no_sentence_says_significant():
    lines = [arm_sentence(arm()), *reduction_sentences(ratio()), *scale_sentences(scales())]
    lines += win_sentences(pd.DataFrame([wins("all", 60.0)]))
    assert not any("significant" in line.lower() for line in lines)


def summary(folder, tables, **card):
    folder.mkdir()
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "card.json").write_text(json.dumps({"kind": "training summary"} | card), encoding="utf-8")


def config(folder):
    return StudyConfig.from_toml(STUDY, folder=folder)


def test_a_study_without_training_has_no_section():
    assert training_tables(StudyConfig.from_toml("[data]\nscale = [1, 5]\n")) == {}
    assert blocks_of(TRAINING, Study(StudyConfig(), None, {}, (), (), {}, {})) == []


def test_a_summary_becomes_parts_of_the_page(tmp_path):
    summary(
        tmp_path / "summary",
        {"arm_effects": pd.DataFrame([arm()]), "reductions": ratio()},
        problems=["Beware."],
        simulated=True,
    )
    tables = training_tables(config(tmp_path))
    headings = [block.text for block in blocks(tables, "heading")]
    assert headings == ["What training changed", "How much larger is a reduction?"]
    assert [block.text for block in blocks(tables, "problem")] == ["Beware."]
    assert "The training data are simulated" in blocks(tables, "text")[0].text


def test_parquet_comes_before_csv(tmp_path):
    summary(tmp_path / "summary", {"arm_effects": pd.DataFrame([arm("old")])})
    pd.DataFrame([arm("new")]).to_parquet(tmp_path / "summary" / "arm_effects.parquet", index=False)
    assert training_tables(config(tmp_path))["arm_effects"]["arm"].tolist() == ["new"]


def test_a_summary_that_cannot_be_used_is_refused_before_anything_is_fitted(tmp_path):
    with pytest.raises(ps.ConfigError, match=r"summary does not exist\. Make it with `alignment.write_summary`"):
        training_tables(config(tmp_path))
    summary(tmp_path / "summary", {"arm_effects": pd.DataFrame([arm()]).drop(columns=["lower", "n_seeds"])})
    with pytest.raises(ps.ConfigError, match=r"arm_effects.csv lacks the columns lower, n_seeds\."):
        training_tables(config(tmp_path))
    (tmp_path / "summary" / "arm_effects.csv").unlink()
    with pytest.raises(ps.ConfigError, match="has a card and no table of a training summary"):
        training_tables(config(tmp_path))
    (tmp_path / "summary" / "card.json").write_text("{", encoding="utf-8")
    with pytest.raises(ps.ConfigError, match="is not JSON"):
        training_tables(config(tmp_path))
    (tmp_path / "summary" / "card.json").write_text('{"kind": "labels"}', encoding="utf-8")
    with pytest.raises(ps.ConfigError, match="does not say that it is one"):
        training_tables(config(tmp_path))


def test_the_tables_that_alignment_writes_are_those_that_the_study_reads():
    assert set(TABLES) == set(COLUMNS)


def test_the_section_reaches_the_page_with_its_figures(tmp_path, drawing_only):
    ratings = ps.simulate(n_raters=30, n_items=12, ratings_per_rater=6, seed=1)
    ratings.frame.assign(rating=ratings.values).to_parquet(tmp_path / "ratings.parquet")
    summary(
        tmp_path / "summary", {"arm_effects": pd.DataFrame([arm(), arm("grpo")]), "reductions": ratio()}, simulated=True
    )
    text = (
        STUDY
        + '[model]\nmethod = "laplace"\n[agreement]\nreplicates = 20\n[cohesion]\npermutations = 20\nreplicates = 20\n'
    )
    study = StudyConfig.from_toml(text, folder=tmp_path)
    with drawing_only("training_arms", "training_reductions"):
        result = ps.run_study(study, tmp_path / "ratings.parquet", tmp_path / "results")
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert '<li><a href="#training">Training</a></li>' in page
    assert page.index('<section id="training"') < page.index('<section id="trust"')
    assert "dpo scores 0.40 score points lower than base on toxicity" in page
    assert "The training data are simulated" in page
    assert 'id="figure-training-arms"' in page and 'id="figure-training-reductions"' in page
    assert (result.folder / "tables" / "arm_effects.parquet").is_file()
