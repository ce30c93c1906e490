"""Soft DPO: what must hold between tables, whatever the model."""

import pandas as pd
import pytest
import torch
from pluralstats.alignment.models.loading import load_tokenizer
from pluralstats.alignment.models.texts import example_columns
from pluralstats.alignment.trainers.dpo import SoftDPOTrainer
from pluralstats.alignment.trainers.dpo import make_trainer as make_dpo_trainer
from pluralstats.alignment.trainers.starting import base_model, training_arguments, training_dataset
from training_steps import assert_different, assert_same, gradient, settings
from trl import DPOConfig, DPOTrainer

import pluralstats as ps


@pytest.fixture(scope="module")
def step(tiny, tmp_path_factory):
    """Gradient of a table under soft DPO, all of its rows in one batch; tests that ask for the same share it."""
    folder, known = tmp_path_factory.mktemp("steps"), {}

    def of(table, **changes):
        asked = (table.to_json(orient="split"), *changes.items())
        if asked not in known:
            given = {"batch_size": len(table)} | changes
            known[asked] = gradient(make_dpo_trainer(settings(tiny, folder / "run", **given), table))
        return known[asked]

    return of


def trl_trainer(chosen, table):
    """TRL's own trainer on the pairs, as if all of them were certain."""
    tokenizer, model = load_tokenizer(chosen.model), base_model(chosen)
    columns = example_columns(table, ("chosen", "rejected"), tokenizer)
    arguments = training_arguments(chosen, model)
    return DPOTrainer(
        model=model,
        args=DPOConfig(**arguments, beta=chosen.beta, max_length=chosen.max_length, precompute_ref_log_probs=True),
        train_dataset=training_dataset(columns, chosen.out),
        processing_class=tokenizer,
    )


@pytest.mark.parametrize("loss", ["calibrated", "geometric"])
def test_certain_pairs_of_equal_weight_have_the_gradient_of_trl(loss, tiny, pairs, step, tmp_path):
    certain = pairs.assign(p=1.0, weight=1.0)
    assert_same(step(certain, loss=loss), gradient(trl_trainer(settings(tiny, tmp_path / "trl"), certain)))


def test_certain_pairs_train_to_the_weights_of_trl(tiny, pairs, tmp_path):
    certain = pairs.assign(p=1.0, weight=1.0)
    ours, theirs = settings(tiny, tmp_path / "ours", batch_size=2), settings(tiny, tmp_path / "trl", batch_size=2)
    trainers = make_dpo_trainer(ours, certain), trl_trainer(theirs, certain)
    for trainer in trainers:
        trainer.train()
    one, other = (trainer.model.state_dict() for trainer in trainers)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", ["calibrated", "geometric"])
def test_exchanged_responses_with_the_complement_of_p_are_the_same_pairs(loss, pairs, step):
    exchanged = pairs.assign(chosen=pairs["rejected"], rejected=pairs["chosen"], p=1 - pairs["p"])
    assert_same(step(pairs, loss=loss), step(exchanged, loss=loss))


def test_a_soft_pair_is_both_orders_with_their_probabilities_as_weights(pairs, step):
    forward = pairs.assign(p=1.0, weight=pairs["weight"] * pairs["p"])
    backward = pairs.assign(
        chosen=pairs["rejected"], rejected=pairs["chosen"], p=1.0, weight=pairs["weight"] * (1 - pairs["p"])
    )
    assert_same(step(pairs), step(pd.concat([forward, backward])))


def test_a_weight_of_zero_is_a_dropped_row(pairs, step):
    assert_same(step(pairs.assign(weight=[0.0, *pairs["weight"][1:]])), step(pairs.iloc[1:]))


def test_a_whole_weight_is_a_repeated_row(pairs, step):
    doubled = pairs.assign(weight=[2.0] + [1.0] * 7)
    assert_same(step(doubled), step(pd.concat([pairs.head(1), pairs]).assign(weight=1.0)))


def test_weights_probabilities_and_the_form_of_the_loss_change_the_gradient(pairs, step):
    plain = step(pairs)
    assert_different(plain, step(pairs.assign(weight=1.0)))
    assert_different(plain, step(pairs.assign(p=1.0)))
    assert_different(plain, step(pairs, loss="geometric"))


def test_accumulated_batches_have_the_weights_of_one_large_one(tiny, pairs, tmp_path):
    """Also where some micro-batches are light: weights are normalised once over the data set."""
    found = []
    for name, size, accumulation in (("one", 8, 1), ("four", 2, 4)):
        chosen = settings(tiny, tmp_path / name, batch_size=size, accumulation=accumulation, steps=2)
        trainer = make_dpo_trainer(chosen, pairs)
        trainer.train()
        found.append(trainer.model.state_dict())
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


def test_only_the_adapter_changes_under_lora(tiny, pairs, tmp_path):
    trainer = make_dpo_trainer(settings(tiny, tmp_path / "run", lora_rank=4, steps=2), pairs)
    before = {name: weights.clone() for name, weights in trainer.model.named_parameters()}
    trainer.train()
    changed = {name for name, weights in trainer.model.named_parameters() if not torch.equal(weights, before[name])}
    assert changed
    assert all("lora_" in name for name in changed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loss_type", ["ipo"]),
        ("label_smoothing", 0.1),
        ("f_divergence_type", "forward_kl"),
        ("ld_alpha", 0.5),
        ("use_weighting", True),
        ("precompute_ref_log_probs", False),
    ],
)
def test_settings_that_would_change_the_loss_are_refused(name, value, tmp_path):
    given = {"output_dir": str(tmp_path), "precompute_ref_log_probs": True, "bf16": False, "use_cpu": True} | {
        name: value
    }
    with pytest.raises(ps.ConfigError, match=f"`{name}` must be"):
        SoftDPOTrainer(objective=None, args=DPOConfig(**given), processing_class=None)


def test_thinking_counts_in_no_loss_but_is_read(tiny, pairs, step):
    """Another thought of the same length changes the context of the answer; with "keep" it is part of the answer."""
    thoughtful = pairs.assign(chosen="<think>cat cat</think>" + pairs["chosen"])
    kept, dropped = step(thoughtful, thinking="keep"), step(thoughtful, thinking="drop")
    assert_different(kept, dropped)
    assert_different(dropped, step(pairs))


def test_the_log_probabilities_of_thinking_are_left_out(tiny, pairs, tmp_path):
    thoughtful = pairs.assign(chosen="<think>cat</think>" + pairs["chosen"])
    found = {}
    for thinking in ("keep", "drop"):
        trainer = make_dpo_trainer(settings(tiny, tmp_path / thinking, thinking=thinking), thoughtful)
        found[thinking] = torch.tensor(trainer.train_dataset["ref_chosen_logps"])
    # every token of a random model of 300 words costs about log 300 nats, and the thought has 18 tokens or more
    assert (found["drop"] - found["keep"] > 50).all()
