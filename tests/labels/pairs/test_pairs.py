"""``Pairs``: files, exports, integer copies, tables of one's own, and the command line."""

import builtins
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.cli.pairs import parse_utility
from pluralstats.storage import carded_tables

OWN = pd.DataFrame(
    {
        "prompt": ["Why?", "How?", "Who?"],
        "chosen": ["because", "so", "I"],
        "rejected": ["no", "thus", "you"],
        "p": [0.9, 0.5, 0.25],
        "weight": [2.0, 1.0, 0.0],
        "target": ["politics: left", "politics: left", "politics: right"],
    }
)


@pytest.fixture(scope="module")
def fit():
    ratings = ps.simulate(n_raters=60, n_items=20, ratings_per_rater=10, n_questions=5, seed=1)
    return ps.fit(
        ratings, "rating ~ gender + (1 | item) + (1 | rater)", method="laplace", draws=50, on_problem="ignore"
    )


@pytest.fixture(scope="module")
def responses(fit):
    rows = fit.ratings.frame[["item", "question"]].drop_duplicates().astype(str)
    return rows.assign(prompt="Prompt " + rows["question"], response="Response " + rows["item"])


def test_columns_are_those_of_the_contract(fit, responses):
    pairs = ps.preference_pairs(fit, responses, by="gender")
    assert list(pairs.table) == [
        *("question", "prompt", "chosen", "rejected", "chosen_item", "rejected_item", "p", "p_sd", "weight"),
        *("target", "policy", "rule", "dimensions", "n_raters"),
    ]
    assert pairs.table["p"].between(0.5, 1.0).all()
    assert pairs.table["weight"].mean() == pytest.approx(1.0)
    assert pairs.targets == ("gender: female", "gender: male")
    first, targets, *_ = repr(pairs).splitlines()
    assert first == "Pairs: 60 pairs under 5 prompts"
    assert targets.split(maxsplit=1) == ["targets", "gender: female | gender: male"]
    assert {"policy", "rule", "utility", "formula", "method", "population", "by", "data_hash"} <= set(pairs.card)
    assert any("no effects of gender by item" in sentence for sentence in pairs.card["caveats"])
    assert pairs.card["direction"] == "Higher ratings are preferred: no utility was given."
    assert pairs.card["caveats"][0] == pairs.card["direction"]
    stated = ps.preference_pairs(fit, responses, utility={"rating": 1.0})
    assert stated.card["caveats"][0] == "Higher ratings are preferred."


def test_baselines_have_the_same_columns(fit, responses):
    usual = ps.preference_pairs(fit, responses).table
    for policy in ("all", "shares", "majority", "mean", "median"):
        made = ps.preference_pairs(fit.ratings, responses, policy=policy).table
        assert list(made) == list(usual)
        assert (made.dtypes == usual.dtypes).all()


def test_the_same_pairs_are_kept_for_every_target(fit, responses):
    table = ps.preference_pairs(fit, responses, by="gender", max_pairs=2, seed=5).table
    sets = [
        set(map(frozenset, part[["chosen_item", "rejected_item"]].to_numpy())) for _, part in table.groupby("target")
    ]
    assert sets[0] == sets[1]
    assert len(sets[0]) == 10
    other = ps.preference_pairs(fit, responses, by="gender", max_pairs=2, seed=6).table
    assert not other["chosen_item"].equals(table["chosen_item"])


def test_a_margin_leaves_out_pairs_near_one_half(fit, responses):
    every = ps.preference_pairs(fit, responses).table
    far = ps.preference_pairs(fit, responses, min_margin=0.1).table
    assert far["p"].tolist() == every["p"][every["p"] >= 0.6].tolist()
    with pytest.raises(ps.DataError, match="No pair is left"):
        ps.preference_pairs(fit, responses, min_margin=0.5)


def test_saved_pairs_come_back_as_they_were(fit, responses, tmp_path):
    pairs = ps.preference_pairs(fit, responses, by="gender", licence="CC BY 4.0")
    path = pairs.save(tmp_path / "new" / "pairs.parquet")
    again = ps.load_pairs(path)
    pd.testing.assert_frame_equal(again.table, pairs.table)
    assert again.card == pairs.card
    assert json.loads((tmp_path / "new" / "pairs.card.json").read_text())["licence"] == "CC BY 4.0"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["pairs.card.json", "pairs.parquet"]


def test_a_full_disk_leaves_the_old_pairs(fit, responses, tmp_path, monkeypatch):
    path = ps.Pairs.of_table(OWN).save(tmp_path / "pairs.parquet")

    def full(table, where):
        Path(where).touch()
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(carded_tables.pq, "write_table", full)
    with pytest.raises(ps.ConfigError, match=r"The pairs cannot be written to .*: No space left on device"):
        ps.preference_pairs(fit, responses).save(path)
    monkeypatch.undo()
    assert len(ps.load_pairs(path).table) == 3
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["pairs.card.json", "pairs.parquet"]


@pytest.mark.parametrize("name", ["pairs.parquet", "pairs.card.json"])
def test_a_flipped_bit_of_pairs_is_found(tmp_path, name):
    path = ps.Pairs.of_table(OWN).save(tmp_path / "pairs.parquet")
    file = tmp_path / name
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 3] ^= 4
    file.write_bytes(damaged)
    with pytest.raises(ps.DataError, match=rf"'.*{name}' (has changed|cannot be read).*Take it from a backup"):
        ps.load_pairs(path)


def test_files_that_hold_no_pairs_are_refused(tmp_path):
    with pytest.raises(ps.ConfigError, match="There is no file"):
        ps.load_pairs(tmp_path / "pairs.parquet")
    (tmp_path / "pairs.parquet").write_text("no")
    with pytest.raises(ps.DataError, match="cannot be read as Parquet"):
        ps.load_pairs(tmp_path / "pairs.parquet")
    with pytest.raises(ps.ConfigError, match=r"Pairs are saved as Parquet; found 'pairs\.csv'"):
        ps.Pairs.of_table(OWN).save(tmp_path / "pairs.csv")
    pd.DataFrame({"prompt": ["a"]}).to_parquet(tmp_path / "pairs.parquet")
    with pytest.raises(ps.ConfigError, match="holds no pairs of pluralstats"):
        ps.load_pairs(tmp_path / "pairs.parquet")


def test_exports_have_the_columns_that_trainers_read(tmp_path):
    pairs = ps.Pairs.of_table(OWN)
    assert list(pairs.to_trl()) == ["prompt", "chosen", "rejected", "p", "weight"]
    table = pairs.to_trl(margin=True, target=True)
    assert table["margin"].tolist() == pytest.approx([np.log(9.0), 0.0, -np.log(3.0)])  # log(p / (1 - p))
    assert list(table)[-2:] == ["target", "margin"]
    certain = ps.Pairs.of_table(OWN.assign(p=1.0)).to_trl(margin=True, clip=0.01)["margin"]
    assert certain.tolist() == pytest.approx([np.log(99.0)] * 3)
    lines = pairs.to_jsonl(tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0]) == {"prompt": "Why?", "chosen": "because", "rejected": "no", "p": 0.9, "weight": 2.0}
    assert len(lines) == 3


def test_a_data_set_has_the_same_rows():
    pytest.importorskip("datasets", reason="needs the extra alignment")
    made = ps.Pairs.of_table(OWN).to_dataset(target=True)
    assert made.column_names == ["prompt", "chosen", "rejected", "p", "weight", "target"]
    assert made[0]["p"] == 0.9


def test_without_datasets_the_package_to_install_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "datasets":
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ps.ConfigError) as error:
        ps.Pairs.of_table(OWN).to_dataset()
    assert str(error.value) == "A data set needs the package datasets: pip install 'pluralstats[alignment]'"


def test_copies_are_as_many_as_p_says():
    """10 copies: p = 0.9 gives 9 in order, 0.5 gives 5, 0.25 gives floor(2.5 + 0.5) = 3."""
    made = ps.Pairs.of_table(OWN).duplicated(10).table
    in_order = [(made["chosen"] == first).sum() for first in OWN["chosen"]]
    assert in_order == [9, 5, 3]
    assert (made["p"] == 1.0).all()
    assert made["weight"].mean() == pytest.approx(1.0)
    turned = made[made["chosen"] == "no"]
    assert turned["rejected"].tolist() == ["because"]


def test_the_mean_loss_of_copies_is_that_of_the_soft_label():
    """-p log s(m) - (1 - p) log s(-m) for a margin m; exact where n p is whole (n = 20)."""
    pairs, margins = ps.Pairs.of_table(OWN), {"because": 1.3, "so": -0.4, "I": 0.2}
    margins |= {"no": -1.3, "thus": 0.4, "you": -0.2}  # the margin of the pair when that one is chosen
    m = pairs.table["chosen"].map(margins)
    soft = pairs.table["weight"] * (
        np.logaddexp(0, -m) * pairs.table["p"] + np.logaddexp(0, m) * (1 - pairs.table["p"])
    )
    copies = pairs.duplicated(20).table
    hard = copies["weight"] * np.logaddexp(0, -copies["chosen"].map(margins))
    assert hard.mean() == pytest.approx(soft.mean(), abs=1e-12)


@pytest.mark.parametrize("n", [0, -1, 1.5, True])
def test_copies_are_a_whole_number(n):
    with pytest.raises(ps.ConfigError, match="`n` is a whole number of copies of each pair, at least 1"):
        ps.Pairs.of_table(OWN).duplicated(n)


def test_one_target_can_be_taken_out():
    pairs = ps.Pairs.of_table(OWN)
    left = pairs.select("politics: left")
    assert left.table["weight"].tolist() == pytest.approx([4 / 3, 2 / 3])  # 2 and 1, mean 1
    with pytest.raises(ps.ConfigError) as error:
        pairs.select("politics: centre")
    assert str(error.value).startswith(
        "There are no pairs of the target 'politics: centre'; there are those of politics: left, politics: right."
    )


def test_all_problems_of_a_table_are_told_at_once():
    bad = OWN.assign(
        p=[None, 1.5, -0.1], weight=[-1.0, 1.0, None], target=["a", " ", None], chosen=["x", "", "y"]
    ).drop(columns="rejected")
    with pytest.raises(ps.DataError) as error:
        ps.Pairs.of_table(bad)
    assert error.value.problems == (
        "Column 'rejected' is missing; the pairs have 'prompt', 'chosen', 'p', 'weight', 'target'.",
        "`chosen` is missing or no text in 1 row (row 2). Fill it in or drop them.",
        "`p` is missing in 1 row (row 1). Fill it in or drop them.",
        "`p` must be a probability, 0 to 1; found 1.5, -0.1 (rows 2, 3). Correct these rows.",
        "`weight` is missing in 1 row (row 3). Fill it in or drop them.",
        "`weight` must be a number, 0 or more; found -1.0 (row 1). Correct these rows.",
        "`target` names no group in 2 rows (rows 2, 3). Fill it in or drop them.",
    )


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(ps.DataError) as error:
        ps.Pairs.of_table(OWN.assign(weight=0.0))
    assert str(error.value) == (
        "`weight` is 0 in all rows, so that nothing would be learnt. Give the pairs that count 1."
    )


def test_pairs_without_p_are_refused_with_what_p_is():
    with pytest.raises(ps.DataError) as error:
        ps.Pairs.of_table(OWN.drop(columns="p"))
    assert str(error.value) == (
        "Column 'p' is missing; the pairs have 'prompt', 'chosen', 'rejected', 'weight', 'target'. It is the "
        "probability that the chosen response is preferred: 1 for a pair that is certain."
    )


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_writes_the_pairs_of_a_saved_fit(fit, responses, tmp_path):
    fit.save(tmp_path / "fit")
    responses.to_csv(tmp_path / "responses.csv", index=False)
    arguments = ("pairs", tmp_path / "fit", "--responses", tmp_path / "responses.csv", "--out", tmp_path / "p.parquet")
    done = call(*arguments, "--by", "gender", "--utility", "rating=-1")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Pairs: 60 pairs under 5 prompts\n")
    assert "gender: female | gender: male\n" in done.stdout
    caveats = ps.load_pairs(tmp_path / "p.parquet").card["caveats"]
    assert [line[4:34] for line in done.stdout.splitlines() if line.startswith("  - ")] == [c[:30] for c in caveats]
    same = ps.preference_pairs(fit, responses, by="gender", utility={"rating": -1})
    assert np.allclose(ps.load_pairs(tmp_path / "p.parquet").table["p"], same.table["p"], rtol=0, atol=1e-12)
    done = call(*arguments, "--policy", "shares")
    assert done.exit_code == 0, done.output
    assert set(ps.load_pairs(tmp_path / "p.parquet").table["policy"]) == {"shares"}


def test_the_command_reads_the_fits_of_a_study(tmp_path):
    ratings = ps.simulate(
        n_raters=40, n_items=12, ratings_per_rater=8, n_questions=3, dimensions=["bad", "good"], seed=1
    )
    entries = []
    for name in ratings.dimensions:
        fit = ps.fit(ratings.select(name), "rating ~ (1 | item) + (1 | rater)", method="laplace", on_problem="ignore")
        fit.save(tmp_path / "fits" / f"main-{name}")
        entries.append({"model": "main", "dimension": name, "formula": fit.formula})
    (tmp_path / "provenance.json").write_text(json.dumps({"program": "pluralstats", "fits": entries}))
    rows = ratings.frame[["item", "question"]].drop_duplicates().astype(str)
    rows.assign(prompt=rows["question"], response=rows["item"]).to_csv(tmp_path / "responses.csv", index=False)
    arguments = ("pairs", tmp_path, "--responses", tmp_path / "responses.csv", "--out", tmp_path / "p.parquet")
    done = call(*arguments, "--utility", "bad=-1,good=1")
    assert done.exit_code == 0, done.output
    assert set(ps.load_pairs(tmp_path / "p.parquet").table["dimensions"]) == {"bad:-1, good:1"}
    done = call(*arguments, "--utility", "bad=-1,good=1", "--model", "other")
    assert (done.exit_code, done.stderr.strip()) == (2, "The study has no model 'other'; it has main.")
    done = call(*arguments)
    assert done.exit_code == 2
    assert "`--utility` says what a higher rating on each dimension (bad, good) is worth" in done.stderr


def test_a_folder_of_something_else_is_refused(tmp_path):
    done = call("pairs", tmp_path, "--responses", tmp_path / "responses.csv")
    assert done.exit_code == 2
    assert "holds neither results of a study (provenance.json) nor a fit (fit.json)" in done.stderr


@pytest.mark.parametrize("text", ["toxicity", "toxicity=", "toxicity=bad", "=1"])
def test_utilities_on_the_command_line_are_name_and_weight(text):
    with pytest.raises(ps.ConfigError, match="--utility should be name=weight pairs such as toxicity=-1, but has"):
        parse_utility(text)
