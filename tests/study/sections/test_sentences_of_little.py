"""Sentences about few contrasts, few raters, and shares or intervals that the ratings do not determine."""

import pandas as pd
import pytest

from pluralstats.study.sections.disagreement.coefficients import agreement_sentence
from pluralstats.study.sections.disagreement.shares import UNIDENTIFIED, shares_sentence
from pluralstats.study.sections.effects.clear import clarity_sentence
from pluralstats.study.sections.effects.told import contrast_sentence
from pluralstats.study.sections.findings import findings
from pluralstats.study.sections.trust.problems import problem_rows


@pytest.mark.parametrize(("n", "chance"), [(1, "fewer than 1"), (14, "fewer than 1"), (15, "about 1"), (40, "about 2")])
def test_chance_is_counted_as_it_is(effect_row, n, chance):
    assert clarity_sentence(pd.DataFrame([effect_row()] * n)).endswith(f"differed, {chance} would on average.")


def test_shares_without_a_rater_term_call_the_rest_raters_and_noise(tables):
    shares = tables["variance_shares"]
    assert "35% [33, 37] is raters and noise" in shares_sentence(shares[shares["component"] != "rater"])


@pytest.mark.parametrize("problem", UNIDENTIFIED)
def test_shares_that_the_model_cannot_tell_apart_are_no_finding(tables, problem):
    problems = problem_rows([("main", "", f"So it is: {problem}.")])
    told = [finding.text for finding in findings(tables | {"problems": problems})]
    assert not any(text.startswith("Of the latent variance") for text in told)
    others = problem_rows([("items only", "", f"So it is: {problem}.")])
    assert len(findings(tables | {"problems": others})) == len(told) + 1


def test_shares_equal_on_all_dimensions_are_no_range(tables):
    shares = pd.concat([tables["variance_shares"].assign(dimension=name) for name in ("a", "b")])
    text = findings(tables | {"variance_shares": shares})[-2].text
    assert "37% is items" in text
    assert "–" not in text


def test_the_side_of_an_end_that_would_be_rounded_away_is_visible(effect_row):
    assert "[0.003, 0.370]" in contrast_sentence(effect_row(lower=0.003))
    assert "[−0.300, −0.002]" in contrast_sentence(effect_row(estimate=-0.1, lower=-0.3, upper=-0.002))
    assert "[1.004, 1.400]" in contrast_sentence(effect_row(estimand="odds_ratio", lower=1.004, upper=1.4))


def test_a_level_of_one_rater_never_comes_before_a_group(tables):
    tables["effects"].loc[0, "n_raters"] = 1
    first = findings(tables)[0].text
    assert "Black" not in first


def test_agreement_without_an_interval_says_so():
    nothing = float("nan")
    row = {"coefficient": "percent", "bootstrap": "both", "estimate": 100.0, "lower": nothing, "upper": nothing}
    assert agreement_sentence(row).endswith("in 100% of pairs (the ratings allow no interval).")
