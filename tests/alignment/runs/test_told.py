"""The end of a run says what was learnt, beside what nothing and what the best would give, and what to type next."""

from pathlib import Path

import pytest
from pluralstats.alignment.runs.told import told
from pluralstats.alignment.trainers import METHODS

ROW = {"group": "all rows", "n": 1200, "log_loss": 0.6123, "floor": 0.52, "excess": 0.0923, "accuracy": 0.708}
CARD = {"steps": 60, "tokens": 3840, "rows": 48}


def sentences(method="dpo", **found):
    return told(CARD | {"plan": {"method": method}} | found, Path("runs/a b"), Path("runs/a b/model"))


def test_held_out_pairs_are_told_beside_nothing_and_the_best():
    said = sentences(held_out=[ROW], worst_group=ROW | {"group": "politics: liberal", "accuracy": None})
    assert said[1] == (
        "1,200 held-out pairs of all rows: 71% in the order of the raters; log loss 0.612, 0.693 of a model that "
        "prefers neither, 0.520 at best."
    )
    assert said[2].startswith("Worst group: 1,200 held-out pairs of politics: liberal: log loss 0.612")
    assert not any("--held-out" in sentence for sentence in said)


def test_a_run_without_held_out_pairs_hears_how_to_learn_more():
    assert any("--held-out PAIRS" in sentence for sentence in sentences())


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_next_command(method):
    last = sentences(method)[-1]
    assert "python -m pluralstats.alignment." in last and "--out" in last
    is_reward = METHODS[method].held_out == "calibration"
    assert ("--reward-model 'runs/a b'" in last) == is_reward
    assert ("sampled_responses('runs/a b/model', prompts)" in last) != is_reward


def test_calibration_is_told_in_words():
    found = {
        "rows": "held out",
        "metrics": [{"metric": "log_loss", "value": 1.2345}, {"metric": "brier", "value": 0.2}],
    }
    assert "Calibration on the rows held out: log loss 1.234, brier 0.200." in sentences("reward", calibration=found)
