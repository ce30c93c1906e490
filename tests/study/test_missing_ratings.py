"""Missing ratings stand in the report by group, and sentences of the check speak of study-file keys."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.study.configuration.arguments import in_study_words

STUDY = """\
[data]
path = "ratings.csv"
scale = [1, 5]
demographics = ["gender"]

[model]
method = "laplace"
draws = 200

[agreement]
replicates = 20
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory, drawing_only):
    """A study of ratings of which half of the men's are missing."""
    folder = tmp_path_factory.mktemp("missing")
    ratings = ps.simulate(n_raters=40, n_items=12, ratings_per_rater=6, seed=2)
    frame = ratings.frame.assign(rating=ratings.values)
    gone = (frame["gender"] == "male") & (np.random.default_rng(1).random(len(frame)) < 0.5)
    frame.assign(rating=frame["rating"].mask(gone)).to_csv(folder / "ratings.csv", index=False)
    (folder / "study.toml").write_text(STUDY)
    with drawing_only():
        return ps.run_study(ps.StudyConfig.read(folder / "study.toml"), out=folder / "results"), frame, gone


def test_the_report_counts_missing_ratings_by_group(result):
    study, frame, gone = result
    table = study.tables["missing_ratings"].set_index(["column", "level"])
    assert table.loc[("gender", "male"), "n_missing"] == gone.sum()
    assert table.loc[("gender", "female"), "n_missing"] == 0
    assert table.loc[("all", "all"), ["n_asked", "n_missing"]].tolist() == [len(frame), gone.sum()]
    page = (study.folder / "report.html").read_text(encoding="utf-8")
    assert "Ratings that are missing" in page
    assert "lack ratings unequally" in page
    share = 100 * gone.sum() / (frame["gender"] == "male").sum()
    opening = f"{gone.sum()} of 240 ratings are missing in the file ({100 * gone.mean():.0f}%); by gender from 0% "
    assert f"{opening}(female) to {share:.0f}% (male)." in page


def test_a_study_without_missing_ratings_has_no_such_section(finished):
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert finished.tables["missing_ratings"].empty
    assert "Ratings that are missing" not in page


FLAGS = {"scale": "--scale", "columns": "--columns"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Pass duplicates="first" or "last".', 'Pass [data] duplicates = "first" or "last".'),
        ("Pass scale=(1, 5).", "Pass --scale 1,5."),
        ('such as ["no", "yes"], scale="continuous"', 'such as ["no", "yes"], --scale continuous'),
        ('scale=("continuous", 0, 100)', "--scale continuous,0,100"),
        ('Use columns={"my id": "rater"} here.', "Use --columns 'my id=rater' here."),
        (
            "(recode=, drop_ratings=), or pass another `scale=`.",
            "([data] recode, [data] drop_ratings), or pass another `--scale`.",
        ),
        ("`scale` was not given", "`--scale` was not given"),
        ('multi_select={"race a": "first"}', '[data] multi_select = {"race a" = "first"}'),
        ("`lump=40` would", "`[data] lump = 40` would"),
        ('Compare ps.effects(fit, "g", duplicates="x").', 'Compare ps.effects(fit, "g", duplicates="x").'),
        ('table.assign(scale=table["x"])', 'table.assign(scale=table["x"])'),
        ("the scale 1-5: 9", "the scale 1-5: 9"),
        ("`rating` has 3 values", "`rating` has 3 values"),
        ("undisclosed_label='x'", '[data] undisclosed_label = "x"'),
    ],
)
def test_arguments_become_flags_and_keys(text, said):
    assert in_study_words(text, FLAGS) == said
