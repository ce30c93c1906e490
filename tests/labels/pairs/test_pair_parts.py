"""Parts of pairs keep the card, and what the card says of rows is about these rows."""

import json

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment.tables.rows import read_table

import pluralstats as ps


@pytest.fixture(scope="module")
def pairs():
    """40 pairs of 10 questions for each of two genders, with a licence."""
    ratings = ps.simulate(n_raters=60, n_items=20, ratings_per_rater=10, n_questions=10, seed=1)
    rows = ratings.frame[["item", "question"]].drop_duplicates().astype(str)
    rows = rows.assign(prompt="Prompt " + rows["question"], response="Response " + rows["item"])
    return ps.preference_pairs(ratings, rows, policy="majority", by="gender", licence="CC BY 4.0")


def near(table, target):
    return int((np.abs(table["p"] - 0.5) <= 0.05 + 1e-12)[table["target"] == target].sum())


def test_a_split_by_questions_shares_none_and_keeps_the_card(pairs, tmp_path):
    train, held = pairs.split(held_out=0.3, seed=4)
    assert set(train.table["question"]) & set(held.table["question"]) == set()
    assert held.table["question"].nunique() == 3
    assert len(train.table) + len(held.table) == len(pairs.table)
    for part in (train, held):
        assert {name: part.card[name] for name in ("licence", "data_hash", "policy", "direction")} == {
            name: pairs.card[name] for name in ("licence", "data_hash", "policy", "direction")
        }
        assert part.card["near_half"] == {target: near(part.table, target) for target in part.targets}
        for target in part.targets:
            p = part.table.loc[part.table["target"] == target, "p"]
            said = [text for text in part.card["caveats"] if text.startswith(target) and "exactly 1/2" in text]
            assert len(said) == bool((p == 0.5).any())
            assert all(f" {(p == 0.5).sum()} pair" in text and f" of {len(p)} with p" in text for text in said)
        assert part.table["weight"].mean() == pytest.approx(1.0)
    assert held.card["part"].endswith("pairs (3 of 10 values of `question` held out, seed 4)")
    again = ps.load_pairs(held.save(tmp_path / "held.parquet"))
    assert again.card == json.loads(json.dumps(held.card))


def test_the_same_questions_are_held_out_of_other_pairs_about_them(pairs):
    fewer = pairs.where(target="gender: male")
    assert set(fewer.split(seed=7)[1].table["question"]) == set(pairs.split(seed=7)[1].table["question"])
    drawn = {tuple(sorted(pairs.split(seed=seed)[1].table["question"].unique())) for seed in range(6)}
    assert len(drawn) > 1


def test_one_target_has_no_caveats_of_the_other(pairs):
    assert any(text.startswith("gender: male: ") for text in pairs.card["caveats"])
    women = pairs.select("gender: female")
    assert not any(text.startswith("gender: male: ") for text in women.card["caveats"])
    assert list(women.card["near_half"]) == ["gender: female"]
    assert women.card["selected"] == "gender: female"


def test_rows_are_chosen_by_a_mask_or_by_columns(pairs):
    some = list(pairs.table["question"].unique()[:2])
    by_mask, by_column = pairs.where(pairs.table["question"].isin(some)), pairs.where(question=some)
    pd.testing.assert_frame_equal(by_mask.table, by_column.table)
    assert by_mask.card == by_column.card
    assert by_mask.card["part"].startswith(f"{len(by_mask.table)} of {len(pairs.table)} pairs")
    inner = by_mask.where(question=some[0])
    assert inner.card["part"] == f"{by_mask.card['part']}; of these, 2 of 4 pairs"


@pytest.mark.parametrize(
    ("choose", "said"),
    [
        (lambda pairs: pairs.where(), "Say which rows"),
        (lambda pairs: pairs.where([True]), "True or False for each of"),
        (lambda pairs: pairs.where(pairs.table["p"]), "found float64"),
        (lambda pairs: pairs.where(quesion="q"), r"no column 'quesion'.*Did you mean 'question'"),
        (lambda pairs: pairs.where(target="gender: mal"), r"'target' has no gender: mal"),
        (lambda pairs: pairs.where(pairs.table["p"] > 2), "No pair is left"),
        (lambda pairs: pairs.split("quest"), "`by` is a column"),
        (lambda pairs: pairs.split(held_out=20), "`held_out` is a share between 0 and 1"),
        (lambda pairs: pairs.split("policy"), "none can be held out"),
    ],
)
def test_a_part_that_cannot_be_meant_is_refused(pairs, choose, said):
    with pytest.raises(ps.ConfigError, match=said):
        choose(pairs)


def test_json_lines_have_the_card_beside_them_and_training_reads_it(pairs, tmp_path):
    path = pairs.select("gender: female").to_jsonl(tmp_path / "women.jsonl", target=True)
    table, card = read_table(path)
    assert len(table) == len(pairs.select("gender: female").table)
    assert (card["licence"], card["selected"]) == ("CC BY 4.0", "gender: female")
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(ps.DataError, match=r"saved with another 'women\.jsonl'"):
        read_table(path)


def test_a_file_that_is_no_card_is_left_alone_by_json_lines(pairs, tmp_path):
    (tmp_path / "x.card.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ps.ConfigError, match="is no card of pairs"):
        pairs.to_jsonl(tmp_path / "x.jsonl")
    assert (tmp_path / "x.card.json").read_text(encoding="utf-8") == "{}"
    assert not (tmp_path / "x.jsonl").exists()
