"""Sentences follow the numbers: signs, intervals, estimands."""

import pandas as pd
import pytest

from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import digits_for, interval, number, slugs
from pluralstats.study.sections.disagreement.coefficients import (
    agreement_range_sentence,
    agreement_sentence,
    main_bootstrap,
)
from pluralstats.study.sections.disagreement.shares import shares_sentence
from pluralstats.study.sections.effects.clear import clarity_sentence, clear_finding
from pluralstats.study.sections.effects.told import contrast_sentence, what_would_change
from pluralstats.study.sections.findings import findings
from pluralstats.study.sections.trust.other_models import change_sentences
from pluralstats.study.writing.verdicts import rope_of, row_verdict, verdict

SENTENCES = {
    "higher": (
        {},
        "Black raters rated 0.19 rating points higher than White raters (race; 95% interval [0.02, 0.37]).",
    ),
    "lower": (
        {"estimate": -0.19, "lower": -0.37, "upper": -0.02},
        "Black raters rated 0.19 rating points lower than White raters (race; 95% interval [−0.37, −0.02]).",
    ),
    "crosses zero": (
        {"estimate": 0.05, "lower": -0.1, "upper": 0.2},
        "No clear difference between Black and White raters (race): 0.05 rating points, 95% interval [−0.10, 0.20].",
    ),
    "touches zero": (
        {"lower": 0.0},
        "No clear difference between Black and White raters (race): 0.19 rating points, 95% interval [0.00, 0.37].",
    ),
    "percent": (
        {"estimand": "percent", "estimate": 12.3, "lower": 5.2, "upper": 19.9},
        "Black raters rated 12 percent of the reference group's mean rating higher than White raters "
        "(race; 95% interval [5, 20]).",
    ),
    "range": (
        {"estimand": "percent_of_range", "estimate": 4.9, "lower": 1.2, "upper": 8.8},
        "Black raters rated 4.9 percent of the scale's range higher than White raters (race; 95% interval [1.2, 8.8]).",
    ),
    "probability": (
        {"estimand": "P(rating >= 4)", "estimate": -6.0, "lower": -9.0, "upper": -3.0},
        "Black raters chose 4 or higher 6.0 percentage points less often than White raters "
        "(race; 95% interval [−9.0, −3.0]).",
    ),
    "odds": (
        {"estimand": "odds_ratio", "estimate": 0.8, "lower": 0.7, "upper": 0.9},
        "Black raters rated lower than White raters: odds ratio, given rater and item 0.80 "
        "(race; 95% interval [0.70, 0.90]).",
    ),
    "odds around one": (
        {"estimand": "odds_ratio", "estimate": 1.05, "lower": 0.9, "upper": 1.2},
        "No clear difference between Black and White raters (race): 1.05 odds ratio, given rater and item, "
        "95% interval [0.90, 1.20].",
    ),
    "latent": (
        {"estimand": "latent_d", "estimate": 0.3, "lower": 0.1, "upper": 0.5},
        "Black raters rated higher than White raters: standardised latent difference 0.30 "
        "(race; 95% interval [0.10, 0.50]).",
    ),
    "dimension": (
        {"dimension": "toxicity"},
        "Black raters rated 0.19 rating points higher than White raters on toxicity (race; 95% interval [0.02, 0.37]).",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_a_contrast_has_its_exact_sentence(case, effect_row):
    changes, sentence = SENTENCES[case]
    assert contrast_sentence(effect_row(**changes)) == sentence


def test_an_interval_inside_the_band_is_called_alike(effect_row):
    row = effect_row(estimate=0.01, lower=-0.04, upper=0.06)
    assert contrast_sentence(row, rope=0.1) == (
        "Black and White raters rate practically alike: the difference lies within ±0.1 rating points "
        "(race; 95% interval [−0.04, 0.06])."
    )


def test_an_interval_that_holds_zero_and_more_than_the_band_is_not_clear(effect_row):
    row = effect_row(lower=-0.02)
    assert contrast_sentence(row, rope=0.05).startswith("No clear difference between Black and White raters")


def test_an_interval_without_zero_that_reaches_into_the_band_says_both(effect_row):
    row, end = effect_row(estimate=0.27, lower=0.06, upper=0.48), "which reaches into the band of ±0.1 that counts as"
    assert contrast_sentence(row, rope=0.1) == (
        "Black raters rated 0.27 rating points higher than White raters "
        f"(race; 95% interval [0.06, 0.48], {end} no difference)."
    )
    assert "the distance of the interval from 0; more raters" in what_would_change(row, rope=0.1)
    slope = effect_row("+1 sd", "slope", "age", estimate=-0.27, lower=-0.48, upper=-0.06)
    assert contrast_sentence(slope, rope=0.1).startswith("Ratings are lower with more age: +1 sd of age goes with")


@pytest.mark.parametrize("null, rope", [(0.0, 0.0), (0.0, 0.1), (1.0, 0.0)])
def test_no_clear_difference_is_said_only_where_the_interval_holds_no_difference(null, rope):
    ends = [i / 20 for i in range(-10, 41)]
    for lower, upper in ((a, b) for a in ends for b in ends if a <= b):
        if verdict(lower, upper, null, rope) == "unclear":
            assert lower <= null <= upper


@pytest.mark.parametrize("rope", [0.0, 0.05, 0.2])
def test_verdict_flips_with_the_sign(rope):
    mirrored = {"higher": "lower", "lower": "higher", "unclear": "unclear", "equivalent": "equivalent"}
    mirrored |= {"higher into band": "lower into band", "lower into band": "higher into band"}
    for lower, upper in [(0.1, 0.3), (-0.1, 0.3), (-0.01, 0.02), (0.2, 0.2), (0.0, 0.5)]:
        assert verdict(-upper, -lower, rope=rope) == mirrored[verdict(lower, upper, rope=rope)]


def test_the_band_is_in_points_and_leaves_other_estimands_alone(effect_row):
    assert row_verdict(effect_row(estimand="percent"), rope=0.5) == "higher"
    assert row_verdict(effect_row(estimand="points"), rope=0.5) == "equivalent"


def test_what_would_change_says_raters_gap_and_other_model(effect_row):
    other = effect_row(estimate=0.21, lower=0.15, upper=0.27)
    assert what_would_change(effect_row(), other, "items only") == (
        "What would change it: a bias of 0.02 rating points or more would take the interval to 0; it rests on 34 "
        "raters (Black) and 197 (White); under 'items only' it is 0.21 [0.15, 0.27]."
    )


def test_findings_are_three_to_five_and_name_the_estimand(tables):
    found = findings(tables)
    assert 3 <= len(found) <= 5
    assert all("rating points" in finding.text for finding in found[:-2])
    assert not any("significant" in (finding.text + finding.note).lower() for finding in found)


def test_a_lumped_level_never_comes_before_a_group(tables):
    first = findings(tables)[0].text  # "other" has the larger difference
    assert first.startswith("Black raters")


def test_findings_without_demographics_keep_disagreement(tables):
    empty = tables | {"effects": tables["effects"].iloc[:0], "effects_by_model": tables["effects_by_model"].iloc[:0]}
    assert [finding.text[:9] for finding in findings(empty)] == ["Of the la", "Raters of"]


def test_clear_contrasts_are_counted_under_both_models_and_listed(tables):
    finding = findings(tables)[2]
    assert finding.text == (
        "1 of 3 contrasts in rating points is clear when their number is allowed for (Holm's method)."
    )
    assert finding.lines == ["other − White (race): −0.50 [−0.80, −0.30]"]
    assert finding.note == (
        "2 have 95% intervals that leave out 0; if no groups differed, fewer than 1 would on average. "
        "Under 'items only', 3 of 3 contrasts have 95% intervals that leave out 0."
    )


def test_contrasts_without_a_number_are_counted_and_never_look_clear(tables):
    unknown = {name: float("nan") for name in ("estimate", "lower", "upper")}
    for name in ("effects", "effects_by_model"):
        table = tables[name]
        tables[name] = table.assign(**{c: table[c].mask(table["level"] == "Asian", v) for c, v in unknown.items()})
    assert findings(tables)[2].note.endswith(
        "Under 'items only', 2 of 2 contrasts have 95% intervals that leave out 0. "
        "The ratings do not determine 1 more contrast."
    )


def test_a_long_list_of_clear_contrasts_ends_with_their_number(effect_row):
    rows = pd.DataFrame([effect_row(f"group {i}", lower=0.18, upper=0.2) for i in range(15)])
    finding = clear_finding(rows, rows.assign(model="main"), 0.0, "holm")
    assert finding.text.startswith("15 of 15 contrasts in rating points are clear")
    assert [len(finding.lines), finding.lines[-1]] == [13, "and 3 more"]


def test_what_a_claim_holds_is_what_the_sentence_says(tables):
    (first, _, clear, *_) = findings(tables)
    assert first.claim.table["level"].tolist() == ["Black", "Asian", "other"]  # the other levels stand beside it
    assert clear.claim.printed["level"].tolist() == ["other"]
    # by hand: p of (0.19, 0.02, 0.37) is 2 * Phi(-0.19 / (0.17 / 1.96)) = 0.02848, the second smallest of three
    p = clear.claim.table["p_adjusted"].tolist()
    assert p[0] == pytest.approx(2 * 0.02848, abs=2e-4)


def test_one_clear_contrast_is_singular(effect_row):
    assert "1 has a 95% interval that leaves out 0;" in clarity_sentence(pd.DataFrame([effect_row()]))


def test_intervals_that_reach_into_the_band_are_counted(effect_row):
    rows = pd.DataFrame([effect_row(lower=0.06), effect_row("Asian", lower=-0.1), effect_row("other", lower=0.2)])
    assert clarity_sentence(rows, 0.1).startswith(
        "1 has a 95% interval wholly beyond ±0.1, 1 more without 0 that reaches into this band; if no groups differed, "
    )


def test_the_slopes_of_one_number_count_once_under_every_model(effect_row, tables):
    slopes = pd.DataFrame([effect_row("+1", "slope", "age"), effect_row("+1 sd", "slope", "age")])
    by_model = pd.concat([slopes.assign(model="main"), slopes.assign(model="no age curve")], ignore_index=True)
    both = tables | {"effects": slopes, "effects_by_model": by_model}
    assert "1 of 1 contrast has a 95%" in findings(both)[1].note
    assert change_sentences(by_model, {})[0].endswith("none of 1 contrast gets another verdict.")


def test_contrasts_with_another_verdict_are_named_and_others_not(tables):
    assert change_sentences(tables["effects_by_model"], {"items only": True}) == [
        "Under 'items only', which ignores who gave which rating, 1 of 3 contrasts gets another verdict: "
        "Asian − White (race)."
    ]
    (sentence,) = change_sentences(tables["effects_by_model"], {}, rope=0.05)
    # Black leaves the band, in which its interval ended; Asian leaves 0 and still ends in the band
    assert sentence == (
        "Under 'items only', 2 of 3 contrasts get another verdict: Black − White (race); Asian − White (race)."
    )


def test_no_other_verdict_is_said(tables):
    same = tables["effects_by_model"][tables["effects_by_model"]["level"] == "other"]
    (sentence,) = change_sentences(same, {"items only": True})
    assert sentence.endswith("none of 1 contrast gets another verdict.")


def test_groups_of_numbers_are_no_adjectives(effect_row):
    row = effect_row("60-64", "54-59", "age")
    assert contrast_sentence(row).startswith("Raters of 60-64 rated 0.19 rating points higher than raters of 54-59 (")


def test_shares_are_told_from_the_largest(tables):
    assert shares_sentence(tables["variance_shares"]) == (
        "Of the latent variance of the ratings, 37% [34, 40] is items, 35% [33, 37] is noise within raters, "
        "24% [20, 27] is raters beyond their demographics and 4% [2, 6] is raters' demographics."
    )


def test_agreement_says_what_one_and_zero_mean(tables):
    assert agreement_sentence(tables["agreement"].to_dict("records")[0]) == (
        "Raters of one item agree with Krippendorff's alpha (ordinal) 0.29 (95% interval [0.25, 0.33], raters and "
        "items resampled); 1 is full agreement, 0 is chance."
    )


def test_agreement_of_dimensions_names_the_ends(tables):
    row = tables["agreement"].to_dict("records")[0]
    sentence = agreement_range_sentence(row | {"dimension": "a"}, row | {"dimension": "b", "estimate": 0.4})
    assert sentence.startswith("Krippendorff's alpha (ordinal) goes from 0.29 [0.25, 0.33] on a to 0.40")


@pytest.mark.parametrize("estimand", ["points", "percent", "percent_of_range", "odds_ratio", "marginal_odds_ratio"])
def test_every_estimand_has_its_own_words(estimand):
    others = {"points", "percent", "percent_of_range", "odds_ratio", "marginal_odds_ratio", "latent_d"} - {estimand}
    assert unit_of(estimand) not in {unit_of(other) for other in others}


def test_numbers_have_the_digits_their_interval_supports():
    assert [digits_for(0, width) for width in (100, 12, 1.5, 0.4, 0.03)] == [0, 0, 1, 2, 3]
    assert interval(-0.04, 0.36) == "[−0.04, 0.36]"
    assert number(-0.0001, 2) == "0.00"


def test_file_names_never_collide():
    assert len(set(slugs(["a b", "a-b", "a_b", "A B", "", "?"]))) == 6
    assert slugs(["a 2", "a", "A"]) == ["a-2", "a", "a-3"]


@pytest.mark.parametrize("name", ["../up", "a/b\\c", "50%: <b>", "x" * 300, "語" * 300, ".", "a\n\0b"])
def test_file_names_are_safe_on_every_system(name):
    (slug,) = slugs([name])
    assert all(character.isalnum() or character == "-" for character in slug)
    assert 0 < len(slug.encode()) < 240


def test_both_raters_and_items_are_the_bootstrap_that_is_shown():
    table = pd.DataFrame({"bootstrap": ["raters", "items", "both"]})
    assert main_bootstrap(table) == "both"
    assert main_bootstrap(table.iloc[:2]) == "raters"


def test_the_band_belongs_to_points():
    assert (rope_of("points", 0.2), rope_of("odds_ratio", 0.2)) == (0.2, 0.0)


def test_what_one_rater_keeps_from_being_computed_is_the_first_finding(tables):
    reason = "Only rater r1 has 'x' of race, 'y' of gender, which have effects that cannot be told apart: ..."
    effects = tables["effects"].assign(estimate=lambda rows: rows["estimate"].where(rows["level"] != "Asian"))
    problems = pd.DataFrame({"model": ["main"], "dimension": [""], "problem": [reason]})
    (first, *_) = findings({**tables, "effects": effects, "problems": problems})
    n, empty = len(effects[effects["estimand"] == "points"]), effects.query("estimand == 'points'")["estimate"].isna()
    assert first.text == f"{empty.sum()} of {n} contrasts could not be computed. {reason}"


def test_the_surest_contrast_comes_first_and_the_largest_second(tables, effect_row):
    """By hand, z: 0.30 / 0.05 = 6 of level sure, 0.9 / 0.26 = 3.5 of level large, which lies 0.4 from 0."""
    sure = {"level": "sure", "estimate": 0.3, "lower": 0.3 - 0.098, "upper": 0.3 + 0.098, "p_direction": 1.0}
    large = {"level": "large", "estimate": 0.9, "lower": 0.4, "upper": 1.4, "p_direction": 1.0}
    effects = pd.DataFrame([effect_row(**large), effect_row(**sure), effect_row()])
    first, second, *_ = findings({**tables, "effects": effects})
    assert (first.text.split()[0], second.text.split()[0]) == ("Sure", "Large")


def test_what_is_drawn_of_clear_contrasts_are_the_clear_ones_and_a_headline_names_its_dimension(tables, effect_row):
    sure = {"estimate": 0.3, "lower": 0.2, "upper": 0.4, "p_direction": 1.0}
    rows = [effect_row(**sure) | {"dimension": "a"}, effect_row(lower=-0.1) | {"dimension": "b"}]
    effects = pd.DataFrame(rows)
    headline, clear, *_ = findings({**tables, "effects": effects, "effects_by_model": effects.assign(model="main")})
    assert clear.claim.drawn["dimension"].tolist() == ["a"]
    assert headline.claim.drawn["dimension"].tolist() == ["a"]
