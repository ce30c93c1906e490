"""Tables are checked as a whole, and say with row numbers what is wrong."""

import json

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment.tables.rows import (
    TrainingTable,
    only_target,
    pair_responses,
    pair_rows,
    prompt_rows,
    read_table,
    response_rows,
)

import pluralstats as ps


@pytest.fixture
def rated():
    return pd.DataFrame(
        {"prompt": ["a", "b"], "response": ["c", "d"], "p_1": [0.2, 0.5], "p_2": [0.8, 0.5], "weight": [1.0, 3.0]}
    )


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_table_reads_the_same_from_every_format_with_the_card_beside_it(kind, pairs, tmp_path):
    path = tmp_path / f"pairs.{kind}"
    {
        "parquet": lambda: pairs.to_parquet(path),
        "csv": lambda: pairs.to_csv(path, index=False),
        "jsonl": lambda: pairs.to_json(path, orient="records", lines=True),
    }[kind]()
    (tmp_path / "pairs.card.json").write_text(json.dumps({"kind": "pairs", "licence": "CC0"}))
    frame, card = read_table(path)
    assert card == {"kind": "pairs", "licence": "CC0"}
    pd.testing.assert_frame_equal(pair_rows(frame), pair_rows(pairs))


def test_pairs_whose_card_was_not_yet_written_have_it_all_the_same(pairs, tmp_path):
    """Killed between the two renames of a save: the card is inside the Parquet file as well."""
    made = ps.Pairs.of_table(pairs)
    path = made.save(tmp_path / "pairs.parquet")
    (tmp_path / "pairs.card.json").unlink()
    assert read_table(path)[1] == made.card


@pytest.mark.parametrize("name", ["pairs.parquet", "pairs.card.json"])
def test_damaged_pairs_are_not_trained_on(name, pairs, tmp_path):
    path = ps.Pairs.of_table(pairs).save(tmp_path / "pairs.parquet")
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 3] ^= 4
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ps.DataError, match=rf"'.*{name}' (has changed|cannot be read)"):
        read_table(path)


def test_weights_have_mean_one_and_are_one_where_there_are_none(pairs):
    rows = pair_rows(pairs)
    assert rows["weight"].mean() == pytest.approx(1)
    assert rows["weight"].corr(pairs["weight"]) == pytest.approx(1)
    assert (pair_rows(pairs.drop(columns="weight"))["weight"] == 1).all()


def test_checking_twice_is_checking_once(pairs):
    pd.testing.assert_frame_equal(pair_rows(pair_rows(pairs)), pair_rows(pairs))


def test_a_target_keeps_its_rows_and_scales_their_weights_anew(pairs):
    rows = pair_rows(pairs, "liberal")
    assert len(rows) == 4
    assert rows["weight"].mean() == pytest.approx(1)
    assert only_target(rows) == "liberal"


def test_all_problems_are_in_one_error_with_row_numbers(pairs):
    bad = pairs.assign(
        p=[0.9, np.nan, 1.4, 0.5, 0.75, 0.8, -0.1, 0.9],
        weight=[1.0, -2.0, 1.0, np.nan, 1.0, 1.0, 1.0, np.inf],
        chosen=["yes", "", "the mat", "round", "no", "it is", "blue", "on it"],
        rejected=["no", "a dog", "cat", None, "no", "was", "red", "off"],
    )
    with pytest.raises(ps.DataError) as caught:
        pair_rows(bad)
    text = str(caught.value)
    for sentence in (
        "`p` is missing or no number (row 2)",
        "`p` is a probability from 0 to 1; found 1.4, -0.1 (rows 3, 7)",
        "`weight` is missing or no number (row 4)",
        "`weight` is 0 or more; found -2, inf (rows 2, 8)",
        "`chosen` is empty or no text (row 2)",
        "`rejected` is empty or no text (row 4)",
        "`chosen` and `rejected` are the same text (row 5)",
    ):
        assert sentence in text, text
    assert len(caught.value.problems) == 7


def test_missing_columns_are_named_with_those_there_are(pairs):
    with pytest.raises(ps.DataError, match="lacks the columns rejected, p; it has prompt, chosen, weight, target"):
        pair_rows(pairs.drop(columns=["rejected", "p"]))


def test_an_empty_group_is_refused_with_the_groups_there_are(pairs):
    with pytest.raises(ps.DataError, match="No row has the target 'green'; the table has conservative, liberal"):
        pair_rows(pairs, "green")
    with pytest.raises(ps.DataError, match="no column `target`"):
        pair_rows(pairs.drop(columns="target"), "liberal")


def test_weights_that_are_all_zero_are_refused(pairs):
    with pytest.raises(ps.DataError, match="All weights are 0"):
        pair_rows(pairs.assign(weight=0.0))
    with pytest.raises(ps.DataError, match="All weights are 0"):
        pair_rows(pairs.assign(weight=[1.0, 0.0] * 4), "conservative")


def test_several_targets_without_a_choice_are_refused(pairs):
    with pytest.raises(ps.DataError, match="2 targets: conservative, liberal"):
        only_target(pair_rows(pairs))


def test_no_rows_no_file_and_no_table_are_refused(pairs, tmp_path):
    with pytest.raises(ps.DataError, match="no rows"):
        pair_rows(pairs.head(0))
    with pytest.raises(ps.ConfigError, match="There is no file"):
        read_table(tmp_path / "pairs.parquet")
    with pytest.raises(ps.ConfigError, match=r"\.parquet, \.csv or \.jsonl"):
        read_table(tmp_path / "pairs.xlsx")
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    with pytest.raises(ps.DataError, match="cannot be read"):
        read_table(tmp_path / "broken.parquet")


def test_a_prompt_may_be_a_conversation(pairs, tmp_path):
    turns = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello?"}]
    talk = pairs.assign(prompt=[turns] * len(pairs))
    talk.to_parquet(tmp_path / "talk.parquet")
    assert len(pair_rows(read_table(tmp_path / "talk.parquet")[0])) == len(pairs)
    with pytest.raises(ps.DataError, match="`prompt` is empty or no text"):
        pair_rows(pairs.assign(prompt=[[{"role": "user"}]] * len(pairs)))


def test_both_responses_of_a_pair_share_its_probability(pairs):
    both = pair_responses(pair_rows(pairs))
    assert both["response"].tolist()[:4] == ["yes", "no", "a cat", "a dog sat"]
    assert both["share"].tolist()[:2] == pytest.approx([0.9, 0.1])
    assert (both["share"].to_numpy().reshape(-1, 2).sum(axis=1) == pytest.approx(np.ones(8))) is True


def test_rated_responses_need_probabilities_that_sum_to_one(rated):
    assert list(response_rows(rated)) == ["prompt", "response", "p_1", "p_2", "weight"]
    with pytest.raises(ps.DataError, match=r"do not sum to 1 \(row 2\)"):
        response_rows(rated.assign(p_2=[0.8, 0.6]))
    with pytest.raises(ps.DataError, match="p_<answer>"):
        response_rows(rated.drop(columns=["p_1", "p_2"]))


def test_prompts_keep_their_other_columns(rated):
    assert set(prompt_rows(rated)) == set(rated)


def test_the_hash_is_of_the_rows_and_their_order(pairs):
    rows = pair_rows(pairs)
    assert TrainingTable(rows, None).data_hash == TrainingTable(rows.copy(), None).data_hash
    assert TrainingTable(rows, None).data_hash != TrainingTable(rows.iloc[::-1], None).data_hash
