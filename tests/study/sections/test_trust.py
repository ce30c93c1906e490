"""Sentences and tables about trust: every number below is made up."""

import numpy as np
import pandas as pd
import pytest

from pluralstats.errors import FitError
from pluralstats.results.checks.power_scaling import PRIOR_DECIDES, RATINGS_DECIDE
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.methods.model import model_sentences
from pluralstats.study.sections.trust import unseen
from pluralstats.study.sections.trust.chains import convergence_sentences
from pluralstats.study.sections.trust.checks import check_problems, check_sentence
from pluralstats.study.sections.trust.priors import priors_table, sensitivity_sentences
from pluralstats.study.sections.trust.unseen import (
    compared,
    comparison_problems,
    comparison_sentences,
    comparison_table,
    left_out_sentence,
)


def compared_rows(dimension="", gap=-60.0, error=9.0, by="rater", best="main", other="items only"):
    rows = [
        {"model": best, "elpd": -900.0, "elpd_difference": 0.0, "se_difference": 0.0},
        {"model": other, "elpd": -900.0 + gap, "elpd_difference": gap, "se_difference": error},
    ]
    extra = {"by": by, "n_bad_raters": 7, "problem": ""} | ({"dimension": dimension} if dimension else {})
    return pd.DataFrame(rows).assign(**extra)


def test_dimensions_with_one_verdict_share_a_sentence():
    both = pd.concat([compared_rows("toxic"), compared_rows("kind", -80.0, 11.0)])
    assert comparison_sentences(both) == [
        "Raters left out are predicted best by 'main' on all 2 dimensions; 'items only' is behind by 60 to 80 "
        "(standard errors 9 to 11)."
    ]


def test_a_dimension_with_another_verdict_has_its_own_sentence():
    both = pd.concat([compared_rows("toxic"), compared_rows("kind", -3.0, 1.0)])
    assert comparison_sentences(both) == [
        "Raters left out are predicted best by 'main' on toxic; 'items only' is behind by 60 (standard error 9).",
        "Raters left out are predicted about as well by 'main' and 'items only' (behind by 3.0 (standard error 1.0)) "
        "on kind.",
    ]


@pytest.mark.parametrize(("gap", "error"), [(-3.9, 0.1), (-60.0, 31.0)])
def test_small_and_noisy_differences_say_little(gap: float, error: float):
    (sentence,) = comparison_sentences(compared_rows(gap=gap, error=error))
    assert "about as well" in sentence


def test_one_model_alone_is_not_compared():
    assert comparison_sentences(compared_rows().iloc[:1]) == []


def test_ratings_in_place_of_raters_are_explained():
    assert left_out_sentence(compared_rows()).startswith("By the expected log predictive density (elpd) of all ratings")
    sentence = left_out_sentence(compared_rows("toxic", by="rating"))
    assert "of single ratings left out on toxic, not of whole raters: for 7 raters" in sentence


def test_problems_of_the_comparison_name_model_and_dimension():
    rows = compared_rows("toxic").assign(problem=["", "No draws."])
    assert comparison_problems(rows) == ["items only, toxic: No draws."]


class FakeLoo:
    """What ``loo`` returns, as far as the comparison reads it."""

    def __init__(self, by: str, n_bad: int):
        self.by, self.n_bad, self.threshold, self.problems = by, n_bad, 0.7, ()
        self.table = pd.DataFrame({"elpd": np.full(100, -2.0)})
        self.elpd, self.se, self.p_loo = -200.0, 1.0, 3.0


@pytest.mark.parametrize(("n_bad", "by"), [(5, "rater"), (6, "rating")])
def test_ratings_are_left_out_where_too_many_raters_cannot_be(n_bad: int, by: str, monkeypatch):
    bad = {"rater": n_bad, "rating": 1}  # of 100; 5% is the border
    monkeypatch.setattr(unseen, "loo", lambda fit, by: FakeLoo(by, bad[by]))
    table = compared({"main": None, "items only": None})
    assert set(table["by"]) == {by}
    assert set(table["n_bad_raters"]) == {n_bad}
    assert table["problem"].str.startswith(f"For {bad[by]} of 100 {by}s left out").all()


def test_a_model_that_cannot_be_compared_stays_in_the_table(monkeypatch):
    def only_main(fit: str, by: str) -> FakeLoo:
        if fit == "broken":
            raise FitError("No estimates.")
        return FakeLoo(by, 0)

    monkeypatch.setattr(unseen, "loo", only_main)
    table = compared({"main": "fine", "other": "broken"})
    assert table["problem"].tolist() == ["", "No estimates."]
    assert comparison_table(table).rows[1][1].text == "–"


def check_rows(p, statistic="mean", unit="gender:male"):
    numbers = {"observed": 3.5, "estimate": 3.0, "lower": 2.9, "upper": 3.1, "p": p}
    return {"statistic": statistic, "level": "group", "unit": unit, "category": ""} | numbers


@pytest.mark.parametrize(("ps_", "words"), [((0.5,), "none lies"), ((0.0, 0.5), "1 lies"), ((0.0, 1.0), "2 lie")])
def test_failed_checks_are_counted(ps_, words: str):
    assert f", {words} outside the central 99%" in check_sentence(pd.DataFrame([check_rows(p) for p in ps_]))


def test_failed_checks_come_with_their_dimension():
    table = pd.DataFrame([check_rows(0.0), check_rows(0.5)]).assign(dimension=["toxic", "kind"])
    ((dimension, sentence),) = check_problems(table)
    assert dimension == "toxic"
    assert sentence.startswith("The mean rating by raters with gender 'male' is higher than the model says")


def test_divergences_and_the_dimension_of_the_worst_are_told():
    row = {"model": "main", "chains": 4, "draws": 2000, "diverging": 0, "r_hat": 1.001, "r_hat_of": "a"}
    row |= {"ess_bulk": 900.0, "ess_bulk_of": "b", "ess_tail": 800.0, "ess_tail_of": "c", "dimension": "toxic"}
    worse = row | {"dimension": "kind", "r_hat": 1.02, "diverging": 1}
    (line,) = convergence_sentences(pd.DataFrame([row, worse]))
    assert "R-hat at most 1.020 (kind: a)" in line
    assert line.endswith("of 2,000 in 4 chains; 1 transition diverged.")


def test_sensitivity_is_a_sentence_unless_the_prior_matters():
    table = pd.DataFrame({"parameter": ["a", "b"], "prior": [0.01, 0.02], "diagnosis": RATINGS_DECIDE})
    (sentence,) = sensitivity_sentences(table)
    assert sentence.startswith("The ratings, not the priors, decide on all 2 parameters")
    table.loc[1, "diagnosis"] = PRIOR_DECIDES
    assert sensitivity_sentences(table) == ["The ratings say little: the prior decides: b."]
    assert sensitivity_sentences(table.iloc[:0]) == []


def test_priors_that_are_the_same_on_all_dimensions_stand_once():
    table = pd.DataFrame({"dimension": ["x", "y"], "parameter": "sd(rater)", "prior": "half-student_t(3, 0, 1)"})
    assert len(priors_table(table).rows) == 1
    table["prior"] = ["half-student_t(3, 0, 1)", "half-student_t(3, 0, 2)"]
    assert [row[0].text for row in priors_table(table).rows] == ["x", "y"]


def test_the_mode_of_a_posterior_is_not_called_maximum_likelihood():
    text = "[model]\nmethod = 'laplace'\n[model.priors]\nsd = 2.0"
    sentences = model_sentences(StudyConfig.from_toml(text), "rating ~ 1", "probit", {})
    assert "at the mode of its posterior" in sentences
    assert "maximum likelihood" not in sentences
