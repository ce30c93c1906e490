"""Labels as objects and on disk: cards, collapsing, texts, and nothing half-written when a program is killed."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_fits import fit_with, some_samples
from made_labels import study

import pluralstats as ps
from pluralstats.labels.label_sets import stacked_labels
from pluralstats.storage.carded_tables import card_path

SLOPES = "rating ~ gender + (1 + gender | item) + (1 | rater)"


@pytest.fixture(scope="module")
def posterior():
    return ps.label_distributions(fit_with(study(), SLOPES, some_samples(5)), by="gender", licence="CC BY 4.0")


@pytest.fixture(scope="module")
def shares():
    return ps.aggregate(study(), "shares")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_card_says_what_the_labels_are(posterior):
    card = dict(posterior.card)
    assert set(card.pop("versions")) == {"pluralstats", "numpy", "pandas", "pyarrow"}
    assert card == {
        "kind": "labels",
        "policy": "posterior",
        "scale": {"labels": ["1", "2", "3", "4", "5"], "values": [1.0, 2.0, 3.0, 4.0, 5.0]},
        "collapsed": "",
        "formula": SLOPES,
        "method": "hmc",
        "population": {"name": "all raters", "source": "The 30 raters as they are."},
        "by": ["gender"],
        "data_hash": study().data_hash,
        "licence": "CC BY 4.0",
        "caveats": [],
        "seed": None,
    }


def test_labels_of_simulated_ratings_say_so():
    labels = ps.aggregate(ps.simulate(n_raters=10, n_items=5, ratings_per_rater=3, seed=1), "shares")
    assert labels.caveats == ("The ratings are simulated: no person made them.",)
    assert labels.card["licence"] == "not stated"


def test_what_is_read_back_is_what_was_saved(posterior, tmp_path):
    path = posterior.save(tmp_path / "new" / "labels.parquet")
    again = ps.load_labels(path)
    pd.testing.assert_frame_equal(again.table, posterior.table, check_exact=True)
    assert again.card == posterior.card
    beside = json.loads((tmp_path / "new" / "labels.card.json").read_text(encoding="utf-8"))
    saved = beside.pop("saved")
    assert beside == posterior.card
    assert saved["file"] == "labels.parquet"
    assert saved["file_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert names(tmp_path / "new") == ["labels.card.json", "labels.parquet"]


def test_a_file_that_was_moved_still_has_its_card(posterior, tmp_path):
    path = posterior.save(tmp_path / "labels.parquet")
    moved = path.rename(tmp_path / "moved.parquet")
    assert ps.load_labels(moved).card == posterior.card


def test_every_flipped_bit_of_labels_is_found(shares, tmp_path):
    """Of the table and of its card: 60 places of each, spread over the file, a different bit in each."""
    path = shares.save(tmp_path / "labels.parquet")
    for file in (path, card_path(path)):
        whole = file.read_bytes()
        for i, place in enumerate(np.linspace(0, len(whole) - 1, 60).astype(int)):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << i % 8
            file.write_bytes(damaged)
            with pytest.raises(ps.DataError, match=rf"'.*{file.name}'.* (Take it from a backup|Make it and save it)"):
                ps.load_labels(path)
        file.write_bytes(whole)
    assert ps.load_labels(path).card == shares.card


def test_the_card_of_another_file_is_not_believed(posterior, shares, tmp_path):
    path, other = posterior.save(tmp_path / "labels.parquet"), shares.save(tmp_path / "other" / "labels.parquet")
    shutil.copy(other, path)
    with pytest.raises(ps.DataError, match=r"was saved with another 'labels\.parquet' than the one there"):
        ps.load_labels(path)
    card_path(path).unlink()
    assert ps.load_labels(path).card == shares.card


@pytest.mark.parametrize("name", ["labels.parquet", "labels.card.json"])
def test_a_file_that_somebody_saves_there_meanwhile_is_not_lost(name, shares, tmp_path, monkeypatch):
    write = pq.write_table

    def slowly(table, path):
        write(table, path)
        (tmp_path / name).write_text("mine")

    monkeypatch.setattr(pq, "write_table", slowly)
    with pytest.raises(ps.ConfigError, match=rf"{name}' exists and .* It is left alone"):
        shares.save(tmp_path / "labels.parquet")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: "mine"}


@pytest.mark.parametrize("card", ["", "[1]", "null", "[" * 100_000, '{"kind": Infinity, "saved": {"sha256": "a"}}'])
def test_a_card_that_is_none_is_named_and_left_alone(card, shares, tmp_path):
    path = shares.save(tmp_path / "labels.parquet")
    card_path(path).write_text(card)
    with pytest.raises(ps.DataError, match=r"The card '.*labels\.card\.json' (cannot be read|has changed)"):
        ps.load_labels(path)
    with pytest.raises(ps.ConfigError, match=r"is no card of labels\. It is left alone"):
        shares.save(path)
    assert card_path(path).read_text() == card


def test_labels_of_a_version_without_checksums_are_read_with_a_warning(shares, tmp_path):
    path = tmp_path / "labels.parquet"
    made = pa.Table.from_pandas(shares.table, preserve_index=False)
    card = {b"pluralstats_card": json.dumps(shares.card).encode()}
    pq.write_table(made.replace_schema_metadata({**made.schema.metadata, **card}), path)
    card_path(path).write_text(json.dumps(shares.card))
    with pytest.warns(UserWarning, match=r"was saved by an earlier pluralstats, without a checksum, .*Save it again"):
        assert ps.load_labels(path).card == shares.card


def test_the_same_labels_are_the_same_bytes(shares, tmp_path):
    one, other = (shares.save(tmp_path / name / "labels.parquet") for name in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()
    assert card_path(one).read_bytes() == card_path(other).read_bytes()


def test_labels_replace_labels_and_nothing_else(posterior, shares, tmp_path):
    path = posterior.save(tmp_path / "labels.parquet")
    shares.save(path)
    assert ps.load_labels(path).card["policy"] == "shares"
    other = tmp_path / "ratings.parquet"
    study().frame.to_parquet(other)
    before = other.read_bytes()
    with pytest.raises(ps.ConfigError) as caught:
        shares.save(other)
    assert (
        str(caught.value)
        == f"'{other}' exists and holds no labels of pluralstats. It is left alone; choose another name."
    )
    assert other.read_bytes() == before
    (tmp_path / "x.card.json").write_text("{}")
    with pytest.raises(ps.ConfigError, match=r"x\.card\.json' exists and is no card of labels\. It is left alone"):
        shares.save(tmp_path / "x.parquet")
    with pytest.raises(ps.ConfigError) as caught:
        shares.save(tmp_path / "labels.csv")
    assert str(caught.value) == "Labels are saved as Parquet; found 'labels.csv'. Let the name end in .parquet."


def test_what_holds_no_labels_is_not_read(shares, tmp_path):
    with pytest.raises(ps.ConfigError, match=r"There is no file '.*none\.parquet'"):
        ps.load_labels(tmp_path / "none.parquet")
    study().frame.to_parquet(tmp_path / "ratings.parquet")
    with pytest.raises(ps.ConfigError, match=r"holds no labels of pluralstats \(it has no card\)"):
        ps.load_labels(tmp_path / "ratings.parquet")
    path = shares.save(tmp_path / "labels.parquet")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ps.DataError, match=r"cannot be read as Parquet .*Make it and save it again"):
        ps.load_labels(path)


def test_a_place_that_cannot_be_written_is_named(shares, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ps.ConfigError, match=r"The labels cannot be written to .*Choose another place\."):
        shares.save(tmp_path / "file" / "labels.parquet")


def test_a_failed_write_leaves_the_old_labels(posterior, shares, tmp_path, monkeypatch):
    path = posterior.save(tmp_path / "labels.parquet")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(ps.ConfigError, match="No space left on device"):
        shares.save(path)
    assert ps.load_labels(path).card == posterior.card
    assert names(tmp_path) == ["labels.card.json", "labels.parquet"]


KILLED = """
import pathlib, sys
import pluralstats as ps
labels = ps.aggregate(ps.simulate(n_raters=10, n_items=5, ratings_per_rater=3, seed=1), "shares")
replace, left = pathlib.Path.replace, int(sys.argv[2])
def wait(self, target):
    global left
    left -= 1
    if left < 0:
        print("here", flush=True)
        sys.stdin.read()  # until it is killed, or nobody is there any more to do so
    return replace(self, target)
pathlib.Path.replace = wait
labels.save(sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize(("moved", "policy"), [(0, "posterior"), (1, "shares")])
def test_a_killed_save_leaves_whole_labels_and_no_card_of_others(moved, policy, posterior, tmp_path):
    """Killed before the table is moved into place, and before its card is."""
    path = posterior.save(tmp_path / "labels.parquet")
    command = [sys.executable, "-c", KILLED, str(path), str(moved)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "here\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert ps.load_labels(path).card["policy"] == policy
    assert not card_path(path).exists()
    posterior.save(path)
    assert ps.load_labels(path).card == posterior.card
    assert names(tmp_path) == ["labels.card.json", "labels.parquet"]


def test_collapsed_shares_are_the_shares_of_collapsed_ratings(shares):
    ratings = study()
    for n, midpoint in ((3, None), (2, "up"), (2, "down"), (4, None)):
        merged, direct = shares.collapse(n, midpoint), ps.aggregate(ratings.collapse(n, midpoint), "shares")
        pd.testing.assert_frame_equal(merged.table, direct.table)
        assert merged.scale == direct.scale


def test_collapsed_posterior_labels_are_those_from_draws_but_for_the_sds(posterior):
    fit = fit_with(study(), SLOPES, some_samples(5))
    from_draws, summed = ps.label_distributions(fit, by="gender", collapse=3), posterior.collapse(3)
    lost = ["expected_sd", "disagreement", "ignorance", *(f"sd_{answer}" for answer in ("1-2", "3", "4-5"))]
    pd.testing.assert_frame_equal(summed.table.drop(columns=lost), from_draws.table.drop(columns=lost))
    assert summed.table[lost].isna().all().all()
    assert from_draws.table[lost].notna().all().all()
    assert summed.card["collapsed"] == from_draws.card["collapsed"] == "1-5 to 1-2 | 3 | 4-5, midpoint own"
    assert summed.caveats == (
        "The scale was collapsed after the draws were summed up, so that posterior sds and the split of the entropy "
        "are missing; ps.label_distributions(fit, collapse=...) has them.",
    )


def test_a_tie_between_answers_that_are_merged_is_none():
    frame = pd.DataFrame({"item": list("aabb"), "rater": list("xyxy"), "rating": [1, 2, 1, 5]})
    labels = ps.aggregate(ps.Ratings(frame, scale=(1, 5)), "majority")
    assert labels.table["tie"].tolist() == [True, True]
    assert labels.collapse(3).table["tie"].tolist() == [False, True]


def test_labels_of_several_fits_make_one_table(posterior, shares):
    both = stacked_labels([posterior, posterior])
    assert len(both.table) == 2 * len(posterior.table)
    assert both.card == posterior.card
    with pytest.raises(ps.ConfigError, match="Labels of different scales make no table: 1-5; 1-2, 3, 4-5"):
        stacked_labels([shares, shares.collapse(3)])


def texts(items):
    return pd.DataFrame(
        {"item": items, "prompt": [f"ask {item}" for item in items], "response": [f"say {item}" for item in items]}
    )


def test_texts_make_the_training_table_of_a_reward_model(posterior):
    items = sorted(posterior.table["item"].unique(), reverse=True)
    table = posterior.with_texts(texts([*items, "another"]))
    assert list(table.columns) == ["prompt", "response", "p_1", "p_2", "p_3", "p_4", "p_5", "weight", "target"]
    assert table["response"].tolist() == [f"say {item}" for item in posterior.table["item"]]
    np.testing.assert_array_equal(table["p_4"], posterior.table["p_4"])
    assert set(table["target"]) == {"gender: f", "gender: m"}


def test_all_that_is_wrong_with_texts_is_said_at_once(shares):
    given = texts(["i0", "i1", "i2", "i3", "i3", "i4", "i5", "i6"])
    given.loc[1, "response"] = " "
    given.loc[2, "prompt"] = None
    with pytest.raises(ps.DataError) as caught:
        shares.with_texts(given)
    assert caught.value.problems == (
        "`responses` has an item twice: i3 (row 5). Keep one row for each item.",
        "'prompt' of `responses` has no text in 1 row (row 3). Fill it in or drop the rows.",
        "'response' of `responses` has no text in 1 row (row 2). Fill it in or drop the rows.",
        "2 labelled items have no row in `responses`: i7, i8. Add their texts, or leave them out of the labels.",
    )
    with pytest.raises(ps.DataError) as caught:
        shares.with_texts(given.drop(columns="prompt"))
    assert str(caught.value) == "`responses` has no column 'prompt'; it has item, response."


def test_a_reward_model_learns_one_dimension():
    ratings = ps.simulate(n_raters=20, n_items=6, ratings_per_rater=4, dimensions=["toxic", "kind"], seed=1)
    labels = ps.aggregate(ratings, "shares")
    given = texts(list(labels.table["item"].unique()))
    with pytest.raises(ps.ConfigError) as caught:
        labels.with_texts(given)
    assert str(caught.value) == (
        "The labels are of 2 dimensions (toxic, kind), and a reward model learns one: pass dimension='toxic'."
    )
    assert len(labels.with_texts(given, dimension="kind")) == 6
    with pytest.raises(ps.ConfigError, match=r"no labels of dimension 'knd'; they are of toxic, kind\. Did you mean"):
        labels.with_texts(given, dimension="knd")


def test_a_representation_names_some_targets(posterior):
    first, targets, *_ = repr(posterior).splitlines()
    assert first == "Labels (posterior): 18 rows, 9 items, scale 1-5"
    assert targets.split(maxsplit=1) == ["targets", "gender: f | gender: m"]


def test_the_folder_of_a_path_may_be_text(shares, tmp_path):
    assert shares.save(str(tmp_path / "labels.parquet")) == Path(tmp_path / "labels.parquet")
