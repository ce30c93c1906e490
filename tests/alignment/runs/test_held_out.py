"""Held-out pairs: our log-probabilities are those that TRL trains on, and metrics have closed forms."""

import numpy as np
import pandas as pd
import pytest
import torch
from pluralstats.alignment import pair_metrics
from pluralstats.alignment.runs.held_out import response_differences
from pluralstats.alignment.tables.rows import pair_rows
from pluralstats.alignment.trainers.dpo import make_trainer as make_dpo_trainer
from training_steps import settings


@pytest.mark.parametrize("thinking", ["keep", "drop"])
@pytest.mark.parametrize("chat", [True, False])
def test_held_out_pairs_are_scored_on_the_tokens_that_trl_trains_on(chat, thinking, tiny, plain, pairs, tmp_path):
    thoughtful = pairs.assign(chosen=["<think>cat</think>yes", *pairs["chosen"][1:]])
    chosen = settings(tiny if chat else plain, tmp_path / "run", thinking=thinking, batch_size=3)
    trainer = make_dpo_trainer(chosen, thoughtful)
    columns = trainer.train_dataset
    theirs = torch.tensor(columns["ref_chosen_logps"]) - torch.tensor(columns["ref_rejected_logps"])
    ours = response_differences(trainer.model, trainer.processing_class, pair_rows(thoughtful), chosen)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-4)


def test_metrics_of_implied_preferences_in_closed_form():
    pairs = pd.DataFrame({"p": [1.0, 0.5, 0.8], "weight": [1.0, 2.0, 0.0], "target": ["a", "b", "b"]})
    found = pair_metrics(np.array([np.log(3), 0.0, -50.0]), pairs).set_index("group")
    # group a: s(log 3) = 3/4, so -log(3/4), floor 0, (1/4)^2
    assert found.loc["a", ["n", "log_loss", "floor", "brier", "accuracy"]].tolist() == pytest.approx(
        [1, -np.log(0.75), 0.0, 0.0625, 1.0]
    )
    # group b: the weightless row counts for nothing, the other is as divided as the model: all of its loss is floor
    assert found.loc["b", ["log_loss", "floor", "excess", "brier"]].tolist() == pytest.approx([np.log(2)] * 2 + [0, 0])
    assert np.isnan(found.loc["b", "accuracy"])
    assert found.loc["all rows", "brier"] == pytest.approx(0.0625 / 3)
