"""Rows that a study excludes: left out everywhere, and their effect shown beside."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.sections.trust.exclusions import exclusion_sentences

STUDY = """
[data]
scale = [1, 5]
demographics = ["gender"]
exclude = {attention = ["failed"]}
[model]
method = "laplace"
[agreement]
replicates = 20
[cohesion]
permutations = 20
replicates = 20
"""


@pytest.fixture(scope="module")
def frame():
    """Every sixth rater failed, and the men among them gave nothing but the highest answer."""
    made = ps.simulate(
        n_raters=60, n_items=12, ratings_per_rater=8, demographics={"gender": {"female": 0.5, "male": 0.5}}, seed=1
    )
    failed = made.frame["rater"].cat.codes % 6 == 0
    loud = failed & (made.frame["gender"] == "male")
    rating = np.where(loud, 5, made.values.astype(int))
    return made.frame.assign(rating=rating, attention=np.where(failed, "failed", "passed"))


@pytest.fixture(scope="module")
def result(frame, tmp_path_factory, drawing_only):
    folder = tmp_path_factory.mktemp("exclusions")
    frame.to_csv(folder / "ratings.csv", index=False)
    with drawing_only("exclusions"):
        return ps.run_study(ps.StudyConfig.from_toml(STUDY), folder / "ratings.csv", folder / "results")


def test_the_study_is_about_the_others(result, frame):
    n = int((frame["attention"] == "passed").sum())
    assert result.fits["main", ""].n_ratings == n
    assert {model for model, _ in result.fits} == {"main", "items only"}


def test_the_same_contrasts_with_and_without(result, frame):
    table = result.tables["effects_exclusions"]
    main, whole = (table[table["model"] == name].reset_index(drop=True) for name in ("main", "nothing excluded"))
    effects = result.tables["effects"]
    first = effects[effects["estimand"] == "points"].reset_index(drop=True)
    assert main["estimate"].equals(first["estimate"])
    reference = {"gender": str(first["reference"].iloc[0])}
    everybody = ps.Ratings(frame, (1, 5), ["gender"], reference=reference)
    fit = ps.fit(everybody, method="laplace", on_problem="ignore")
    expected = ps.effects(fit, estimands="points")
    assert whole["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy(), abs=1e-8)
    assert whole["reference"].equals(expected["reference"].astype(whole["reference"].dtype))


def test_the_report_says_so_where_the_sample_is_told_and_where_trust_is(result):
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("80 rows of 10 raters are excluded by attention (failed).") == 2
    assert "What the excluded rows change" in page
    assert (result.folder / "figures" / "exclusions.svg").is_file()


def rows(*numbers):
    names = ["main", "nothing excluded"]
    common = {"demographic": "gender", "level": "male", "reference": "female", "estimand": "points"}
    return pd.DataFrame(
        [
            {"model": name, **common, "estimate": estimate, "lower": lower, "upper": upper}
            for name, (estimate, lower, upper) in zip(names, numbers, strict=True)
        ]
    )


LARGEST = "The largest change of an estimate is {} rating points: male − female (gender)."


def test_sentences_name_each_contrast_whose_verdict_changes():
    same = exclusion_sentences(rows((0.2, 0.1, 0.3), (0.25, 0.12, 0.4)))
    assert same == ["None of 1 difference would get another verdict with those rows.", LARGEST.format("0.05")]
    changed = exclusion_sentences(rows((0.05, -0.1, 0.2), (0.25, 0.12, 0.4)))
    assert changed == [
        "1 of 1 difference would get another verdict with those rows.",
        "male − female (gender): 0.25 [0.12, 0.40] rating points with the excluded rows, "
        "0.05 [−0.10, 0.20] without them.",
        LARGEST.format("0.20"),
    ]


def test_an_interval_that_moves_across_zero_changes_a_verdict_under_a_band_too():
    told = exclusion_sentences(rows((0.15, -0.07, 0.37), (0.27, 0.06, 0.48)), rope=0.1)
    assert told[0] == "1 of 1 difference would get another verdict with those rows."


def test_the_slope_for_one_sd_is_compared_although_the_sds_differ():
    both = rows((0.2, 0.1, 0.3), (0.05, -0.1, 0.2)).assign(demographic="age", reference="slope")
    told = exclusion_sentences(both.assign(level=["+1 sd (15.3)", "+1 sd (15.6)"]))
    assert told[0] == "1 of 1 difference would get another verdict with those rows."


def test_a_study_that_excludes_nothing_has_no_such_table(frame, tmp_path, undrawn):
    frame.assign(attention="passed").to_csv(tmp_path / "ratings.csv", index=False)
    with pytest.warns(ps.ExclusionWarning, match="never occurs: failed"):
        result = ps.run_study(ps.StudyConfig.from_toml(STUDY), tmp_path / "ratings.csv", tmp_path / "results")
    assert "effects_exclusions" not in result.tables
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "What the excluded rows change" not in page and "failed (not found; there are passed)" in page
    assert "names a value that never occurs" in page


def test_a_study_file_may_exclude_blank_cells_and_call_them_missing():
    text = '[data]\nexclude = {Q4 = ["Disagree", ""], bot = ""}\nna_values = ["", 99]\ndrop_ratings = [""]\n'
    assert ps.StudyConfig.from_toml(text).data["exclude"] == {"Q4": ["Disagree", ""], "bot": ""}


def test_empty_text_where_a_name_is_needed_is_named_as_what_is_wrong():
    with pytest.raises(ps.ConfigError, match="Empty text in it names nothing; leave it out"):
        ps.StudyConfig.from_toml('[data]\nreference = {race = ""}\n')


@pytest.mark.parametrize("value", ['"failed"', "5", "{attention = []}", "{attention = {failed = 1}}"])
def test_a_study_file_with_something_else_is_refused(value):
    with pytest.raises(ps.ConfigError, match=r"`data\.exclude` should be a table from column to values to leave out"):
        ps.StudyConfig.from_toml(f"[data]\nexclude = {value}\n")
