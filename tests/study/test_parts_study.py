"""A study with submodels of noise and of use of the scale."""

from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.disagreement.raters import rater_sentences
from pluralstats.study.sections.effects.sources import divided, source_sentences

PARTS = """\
disc = "~ gender + (1 | rater)"
stretch = "~ gender"
"""


@pytest.fixture(scope="module")
def done(study_folder: Path, tmp_path_factory: pytest.TempPathFactory, drawing_only):
    text = (study_folder / "study.toml").read_text(encoding="utf-8").replace("[model]\n", f"[model]\n{PARTS}")
    with drawing_only():
        return ps.run_study(StudyConfig.from_toml(text, study_folder), out=tmp_path_factory.mktemp("out") / "results")


@pytest.fixture(scope="module")
def html(done) -> str:
    return (done.folder / "report.html").read_text(encoding="utf-8")


def test_the_main_model_has_the_parts_and_is_compared_with_the_one_without(done):
    assert [model for model, _ in done.fits] == ["main", "without disc and stretch", "items only"]
    assert set(done.fits["main", ""].part_fits) == {"disc", "stretch"}
    assert not done.fits["without disc and stretch", ""].part_fits
    assert set(done.tables["effects_by_model"]["model"]) == {name for name, _ in done.fits}


def test_what_a_difference_comes_from_stands_under_the_effects(done, html: str):
    table = done.tables["difference_sources"]
    parts = table.pivot_table(index="demographic", columns="source", values="estimate")
    sums = parts[["place", "noise", "use of the scale"]].sum(axis=1)
    assert sums.to_numpy() == pytest.approx(parts["difference"].to_numpy())
    assert set(divided(table)["demographic"]) == {"gender"}  # politics is in no part
    (sentence,) = source_sentences(table)
    assert sentence in html
    assert html.index("What the differences come from") < html.index(">Disagreement</h2>")
    assert "by Shapley values (Shapley, 1953)" in html


def test_shares_know_the_noise_of_the_main_model(done):
    pd.testing.assert_frame_equal(done.tables["variance_shares"], ps.variance_shares(done.fits["main", ""]))


def test_raters_who_stand_out_are_named_with_their_noise(done, html: str):
    table = done.tables["raters"]
    assert len(table) == 40
    assert table["noise"].notna().all()
    assert table["use_of_scale"].isna().all()  # stretch differs by group only
    first, *others = rater_sentences(table)
    assert "<h3>Which raters stand out?</h3>" in html
    assert all(sentence in html for sentence in (first, *others))
    assert first.startswith(f"{table.loc[table['note'] != '', 'rater'].nunique() or 'None'} of 40 raters")


def test_raters_are_named_with_where_and_with_the_answer_that_they_repeat():
    row = {"modal_answer": "3", "modal_percent": 90.0, "modal_percent_expected": 45.0}
    rows = [
        {**row, "rater": "R1", "dimension": "fun", "note": "lenient"},
        {**row, "rater": "R2", "dimension": "fun", "note": "severe; same answer"},
        {**row, "rater": "R2", "dimension": "hate", "note": "severe"},
        {**row, "rater": "R3", "dimension": "hate", "note": ""},
    ]
    assert rater_sentences(pd.DataFrame(rows)) == [
        "2 of 3 raters stand out.",
        "Rate lower than others: R2 (fun; hate).",
        "Rate higher than others: R1 (fun).",
        "Give one answer more often than expected: R2 (fun, 3, 90% and not 45%).",
    ]
    nobody = pd.DataFrame(rows).assign(note="")
    assert rater_sentences(nobody) == ["None of 3 raters stands out."]


def test_methods_have_the_submodels_and_their_works(html: str):
    assert "the latent residual differed by `log s ~ gender + (1 | rater)`, with s = 1 at the reference levels" in html
    assert "a use of the scale that differed by `a ~ gender`, with a = 0 at the reference levels" in html
    assert "Overcoming scale usage heterogeneity" in html
    assert "A mixed ordinal location scale model" in html
    assert "disc = &#39;~ gender + (1 | rater)&#39;" in html
    assert "which takes everybody for equally noisy and using the scale alike" in html
