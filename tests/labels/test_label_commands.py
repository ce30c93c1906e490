"""``pluralstats labels``: from a study's results or a saved fit to a table and its card."""

import json

import pandas as pd
import pytest
from made_fits import fit_with, some_samples
from made_labels import study
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.study.steps.saved_labels import saved_fits

SLOPES = "rating ~ gender + (1 + gender | item) + (1 | rater)"
STUDY = """
[data]
scale = [1, 5]
demographics = ["gender"]
dimensions = ["toxic", "kind"]
[model]
formula = "rating ~ gender + (1 | item) + (1 | rater)"
method = "laplace"
[structure]
contested = "gender"
[population]
name = "half and half"
equal = "gender"
[agreement]
replicates = 20
"""


def call(*arguments):
    return CliRunner().invoke(app, ["labels", *map(str, arguments)])


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return fit_with(study(), SLOPES, some_samples(4)).save(tmp_path_factory.mktemp("fits") / "fit")


@pytest.fixture(scope="module")
def results(tmp_path_factory, drawing_only):
    """The results of a study of two dimensions, with a model in which the groups differ by item."""
    folder = tmp_path_factory.mktemp("study")
    ratings = ps.simulate(
        n_raters=40,
        n_items=12,
        ratings_per_rater=6,
        dimensions=["toxic", "kind"],
        item_slopes={"gender[male]": 0.8},
        seed=2,
    )
    wide = ratings.frame.assign(rating=ratings.values).pivot_table(
        index=["item", "rater", "gender"], columns="dimension", values="rating", observed=True
    )
    wide.astype(int).reset_index().to_csv(folder / "ratings.csv", index=False)
    (folder / "study.toml").write_text(STUDY)
    config = ps.StudyConfig.read(folder / "study.toml")
    with drawing_only():
        return ps.run_study(config, folder / "ratings.csv", folder / "results").folder


def test_labels_of_a_saved_fit_are_those_of_the_function(saved, tmp_path):
    out = tmp_path / "labels.parquet"
    done = call(saved, "--by", "gender, ", "--out", out, "--licence", "CC0", "--collapse", 2, "--midpoint", "down")
    assert done.exit_code == 0, done.stderr
    first, targets, *_, last = done.stdout.splitlines()
    assert first == "Labels (posterior): 18 rows, 9 items, scale 1-3, 4-5"
    assert targets.split(maxsplit=1) == ["targets", "gender: f | gender: m"]
    assert "  licence     CC0" in done.stdout and last == f"Labels: {out}"
    direct = ps.label_distributions(ps.load_fit(saved), by="gender", collapse=2, midpoint="down", licence="CC0")
    made = ps.load_labels(out)
    pd.testing.assert_frame_equal(made.table, direct.table)
    assert made.card == direct.card


@pytest.mark.parametrize("policy", ["all", "shares", "majority", "mean", "median", "dawid_skene"])
def test_baselines_come_from_the_ratings_of_the_fit(policy, saved, tmp_path):
    out = tmp_path / "labels.parquet"
    assert call(saved, "--policy", policy, "--collapse", 3, "--out", out).exit_code == 0
    direct = ps.aggregate(study().collapse(3), policy)
    pd.testing.assert_frame_equal(ps.load_labels(out).table, direct.table)


def test_a_study_has_all_dimensions_in_one_table_from_the_model_that_lets_groups_differ(results, tmp_path):
    out = tmp_path / "labels.parquet"
    done = call(results, "--by", "gender", "--out", out)
    assert done.exit_code == 0, done.stderr
    labels = ps.load_labels(out)
    assert labels.table.groupby("dimension")["item"].nunique().to_dict() == {"toxic": 12, "kind": 12}
    assert labels.card["formula"] == SLOPES
    assert not any("constant shift" in text for text in labels.caveats)
    main = call(results, "--by", "gender", "--model", "main", "--out", out)
    assert "- Groups by gender differ by one constant shift on the latent scale" in main.stdout
    whole = call(results, "--out", out)
    assert whole.exit_code == 0
    assert ps.load_labels(out).card["formula"] == "rating ~ gender + (1 | item) + (1 | rater)"


def test_populations_come_from_the_study_or_a_file(results, tmp_path):
    out = tmp_path / "labels.parquet"
    assert call(results, "--population", "study", "--out", out).exit_code == 0
    labels = ps.load_labels(out)
    assert set(labels.table["target"]) == {"half and half"}
    fit = ps.load_fit(next(saved.folder for saved in saved_fits(results)))
    population = ps.Population.equal_shares(fit.ratings, "gender")
    direct = ps.label_distributions(fit, population=population, target="half and half").table
    part = labels.table[labels.table["dimension"] == "toxic"].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, direct)
    cells = tmp_path / "adults.csv"
    cells.write_text("gender,share\nfemale,0.5\nmale,0.5\n")
    assert call(results, "--population", cells, "--out", out).exit_code == 0
    of_file = ps.load_labels(out).table
    assert set(of_file["target"]) == {"adults"}
    pd.testing.assert_frame_equal(of_file.drop(columns="target"), labels.table.drop(columns="target"))
    assert call(results, "--population", cells, "--target", "everybody", "--out", out).exit_code == 0
    assert set(ps.load_labels(out).table["target"]) == {"everybody"}


REFUSED = {
    "no folder": (["nowhere"], "'nowhere' holds neither results of a study (provenance.json) nor a fit (fit.json)."),
    "policy": (["FIT", "--policy", "share"], "`--policy` is one of all, shares, majority,"),
    "model": (["FIT", "--model", "mian"], "The study has no model 'mian'; it has main. Did you mean 'main'?"),
    "by": (["FIT", "--by", "age"], "`--by` has 'age', which is not a demographic of these ratings"),
    "ending": (["FIT", "--out", "labels.csv"], "Labels are saved as Parquet; found 'labels.csv'."),
    "useless": (
        ["FIT", "--policy", "shares", "--population", "study", "--target", "x"],
        "--population and --target go with --policy posterior only; 'shares' uses no model.",
    ),
    "no study": (
        ["FIT", "--population", "study"],
        "'FIT' has no study file with a section [population]. Pass a file of cells instead.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_ends_with_a_message_and_no_file(case, saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, message = REFUSED[case]
    done = call(*(str(saved) if argument == "FIT" else argument for argument in arguments))
    assert done.exit_code == 2
    assert done.stderr.startswith(message.replace("FIT", str(saved)))
    assert not list(tmp_path.iterdir())


def test_results_whose_list_of_fits_is_broken_are_refused(tmp_path):
    (tmp_path / "provenance.json").write_text(json.dumps({"program": "pluralstats"}))
    done = call(tmp_path)
    assert done.exit_code == 2
    assert "holds neither results of a study" in done.stderr
