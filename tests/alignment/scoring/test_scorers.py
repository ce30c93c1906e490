"""Scorers without models: the lexicon, the score table, and what they say about bad input."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment.scoring.scorers import SCORE_COLUMNS, LexiconScorer, score_table

import pluralstats as ps


class Length:
    name = "length"
    dimension = "characters"

    def score(self, prompts, responses):
        return np.array([len(text) for text in responses])


def texts(**columns):
    return pd.DataFrame({"prompt": ["p", "q"], "response": ["aa", "b"], **columns})


def test_a_lexicon_counts_listed_words_whatever_case_or_punctuation():
    scorer = LexiconScorer(frozenset({"damn", "idiot*"}))
    found = scorer.score([""] * 4, ["DAMN!", "Idiotic, isn't it? No.", "damnation", ""])
    np.testing.assert_allclose(found, [100, 25, 0, 0])  # by hand: 1 of 1, 1 of 4, 0 of 1, no words


def test_a_lexicon_file_may_have_comments_and_empty_lines(tmp_path):
    (tmp_path / "rude.txt").write_text("# rude words\nDamn\n\nidiot*\n", encoding="utf-8")
    scorer = LexiconScorer.from_file(tmp_path / "rude.txt", "toxicity")
    assert scorer == LexiconScorer(frozenset({"damn", "idiot*"}), "rude", "toxicity")
    assert LexiconScorer.from_file(tmp_path / "rude.txt").dimension == "rude"  # what the list is called, not "lexicon"


def test_an_empty_or_missing_lexicon_is_refused(tmp_path):
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(ps.ConfigError, match="A lexicon needs at least one word; found none"):
        LexiconScorer.from_file(tmp_path / "empty.txt")
    with pytest.raises(ps.ConfigError, match="one word on each line"):
        LexiconScorer.from_file(tmp_path / "nothing.txt")


def test_the_table_has_a_row_for_every_text_and_scorer_with_the_columns_compare_reads():
    table = score_table([Length(), LexiconScorer(frozenset({"b"}))], texts(arm=["base", "dpo"], seed=[1, 2]))
    assert tuple(table) == SCORE_COLUMNS
    assert table["score"].tolist() == [2, 1, 0, 100]
    assert table["judge"].tolist() == ["length", "length", "lexicon", "lexicon"]
    assert table["seed"].tolist() == [1, 2, 1, 2]


def test_texts_alone_are_the_base_arm_and_prompts_name_themselves():
    table = score_table([Length()], texts())
    assert table["arm"].tolist() == ["base", "base"]
    assert table["prompt_id"].tolist() == ["p", "q"]


def test_the_target_trained_for_is_kept():
    assert score_table([Length()], texts(target=["all", "left"]))["target"].tolist() == ["all", "left"]


def test_the_order_of_texts_does_not_change_their_scores():
    forward = score_table([Length()], texts())
    backward = score_table([Length()], texts().iloc[::-1])
    assert backward.iloc[::-1].reset_index(drop=True).equals(forward)


def test_no_scorers_give_an_empty_table_with_its_columns():
    assert tuple(score_table([], texts())) == SCORE_COLUMNS


def test_everything_wrong_with_the_texts_is_said_at_once():
    with pytest.raises(ps.DataError) as error:
        score_table([Length()], pd.DataFrame({"response": ["a", None, 3.0]}))
    assert str(error.value).splitlines() == [
        "The texts have no column `prompt`; found response.",
        "`response` has 2 values that are no text (rows 2, 3). Fill or drop them.",
    ]
    with pytest.raises(ps.DataError, match="the table has no rows"):
        score_table([Length()], texts().iloc[:0])


def test_two_scorers_of_one_name_and_a_scorer_of_the_wrong_length_are_refused():
    with pytest.raises(ps.ConfigError, match=r"found twice: length \(characters\)"):
        score_table([Length(), Length()], texts())

    class Short(Length):
        def score(self, prompts, responses):
            return np.zeros(1)

    with pytest.raises(ps.ConfigError, match=r"shape \(2,\); found shape \(1,\)"):
        score_table([Short()], texts())
