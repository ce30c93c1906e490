"""Bradley-Terry reward models: what p and weights do to training, saving and loading, calibration, bad input."""

import copy

import pandas as pd
import pytest
import torch
from pluralstats.alignment import RunSettings, tiny_model
from pluralstats.alignment.rewards.networks import load_reward_model
from pluralstats.alignment.tables.rows import pair_rows
from pluralstats.alignment.trainers.reward import calibration as pair_calibration
from pluralstats.alignment.trainers.reward import make_trainer as make_reward_trainer

import pluralstats as ps

TEXTS = ["you are kind and good", "you are bad and stupid", "what is this?", "say it", "good kind nice", "bad awful"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny_model(tmp_path_factory.mktemp("tiny") / "model", TEXTS, width=32, layers=1))


def pairs(n=4, **columns):
    rows = {
        "prompt": [f"what is this? {i}" for i in range(n)],
        "chosen": [f"good {i}" for i in range(n)],
        "rejected": [f"bad awful {i}" for i in range(n)],
        "p": [0.9] * n,
        "weight": [1.0] * n,
    }
    return pd.DataFrame(rows | columns)


def settings(model, tmp_path, **options):
    chosen = {"method": "reward", "steps": 2, "batch_size": 4, "learning_rate": 1e-3, "save_every": 50}
    return RunSettings(model=model, out=tmp_path / "run", **(chosen | options))


def gradient(trainer):
    """Of the loss of the first batch, as one vector."""
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.train()
    trainer.model.zero_grad()
    trainer.compute_loss(trainer.model, batch).backward()
    return torch.cat([p.grad.flatten() for p in trainer.model.parameters() if p.grad is not None])


def test_certain_preferences_of_equal_weight_train_like_trl(model, tmp_path):
    trainer = make_reward_trainer(settings(model, tmp_path), pairs(p=[1.0] * 4))
    batch = next(iter(trainer.get_train_dataloader()))
    own = trainer.compute_loss(trainer.model, batch)
    batch = {name: values for name, values in batch.items() if name not in ("p", "weight")}
    torch.testing.assert_close(own, super(type(trainer), trainer).compute_loss(trainer.model, batch))


def test_weights_change_the_gradient_and_a_weight_of_zero_drops_the_row(model, tmp_path):
    equal = gradient(make_reward_trainer(settings(model, tmp_path), pairs(2)))
    unequal = gradient(make_reward_trainer(settings(model, tmp_path), pairs(2, weight=[1.5, 0.5])))
    assert not torch.allclose(equal, unequal)
    zero = gradient(make_reward_trainer(settings(model, tmp_path), pairs(2, weight=[1.0, 0.0])))
    dropped = gradient(make_reward_trainer(settings(model, tmp_path), pairs(1)))
    torch.testing.assert_close(zero, dropped, rtol=1e-3, atol=1e-7)


def test_a_soft_preference_is_both_orders_with_its_weights(model, tmp_path):
    soft = gradient(make_reward_trainer(settings(model, tmp_path), pairs(1, p=[0.7])))
    both = pd.concat([pairs(1), pairs(1).rename(columns={"chosen": "rejected", "rejected": "chosen"})])
    both = both.assign(p=1.0, weight=[0.7, 0.3])
    torch.testing.assert_close(
        gradient(make_reward_trainer(settings(model, tmp_path), both)), soft, rtol=1e-3, atol=1e-7
    )


def test_two_micro_batches_are_one_batch(model, tmp_path):
    table = pairs(4, p=[0.9, 0.6, 0.7, 1.0], weight=[1, 2, 0.5, 0.5])
    weights = []
    for batch, accumulation in ((4, 1), (2, 2)):
        trainer = make_reward_trainer(
            settings(model, tmp_path, batch_size=batch, accumulation=accumulation, steps=1), table
        )
        trainer.train()
        weights.append(trainer.model.score.weight.detach().clone())
    torch.testing.assert_close(*weights, rtol=1e-3, atol=1e-5)


def test_training_learns_the_preferred_side_and_the_saved_model_scores_the_same(model, tmp_path):
    table = pairs(8)
    trainer = make_reward_trainer(settings(model, tmp_path, steps=30, learning_rate=5e-3), table)
    trainer.train()
    found = pair_calibration(trainer.model, trainer.processing_class, pair_rows(table), settings(model, tmp_path))
    values = {row["metric"]: row["value"] for row in found["metrics"]}
    assert set(values) == {"log_loss", "excess_log_loss", "brier"}
    assert values["excess_log_loss"] < 0.05  # .368 (log 2 minus the entropy of .9) where nothing is learnt
    trainer.model.save_pretrained(tmp_path / "model")
    trainer.processing_class.save_pretrained(tmp_path / "model")
    loaded = load_reward_model(tmp_path)
    assert not loaded.ordinal
    again = pair_calibration(loaded.network, loaded.tokenizer, pair_rows(table), settings(model, tmp_path))
    assert again["metrics"] == found["metrics"]


def test_an_adapter_alone_is_trained_and_loads_onto_its_base(model, tmp_path):
    plan = settings(model, tmp_path, lora_rank=2, steps=3, learning_rate=1e-2)
    trainer = make_reward_trainer(plan, pairs())
    base = copy.deepcopy(trainer.model.base_model.model.model.embed_tokens.weight)
    trainer.train()
    torch.testing.assert_close(trainer.model.base_model.model.model.embed_tokens.weight, base)
    trainer.model.save_pretrained(tmp_path / "adapter")
    trainer.processing_class.save_pretrained(tmp_path / "adapter")
    loaded = load_reward_model(tmp_path)
    found, again = (
        pair_calibration(network, trainer.processing_class, pair_rows(pairs()), plan)["metrics"]
        for network in (trainer.model, loaded.network)
    )
    assert again == found


def test_the_same_seed_gives_the_same_head_and_another_seed_another(model, tmp_path):
    one, two, three = (
        make_reward_trainer(settings(model, tmp_path, seed=seed), pairs()).model.score.weight for seed in (1, 1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, three)


def test_calibration_looks_at_both_sides_of_a_pair(model, tmp_path):
    trainer = make_reward_trainer(settings(model, tmp_path), pairs(6, p=[1.0] * 6))
    table = pair_calibration(
        trainer.model, trainer.processing_class, pair_rows(pairs(6, p=[1.0] * 6)), trainer_plan(model)
    )
    labelled = [row["labelled"] for row in table["reliability"]]
    assert min(labelled) < 0.5 < max(labelled) or labelled == [0.5]


def trainer_plan(model):
    return RunSettings(model=model, out="unused", method="reward")


def test_thinking_is_not_rated_unless_it_is_kept(model, tmp_path):
    thought = pairs(2, chosen=["<think>bad</think>good 0", "good 1"])
    dropped, kept = (
        make_reward_trainer(settings(model, tmp_path, thinking=thinking), thought).train_dataset["chosen_ids"]
        for thinking in ("drop", "keep")
    )
    plain = make_reward_trainer(settings(model, tmp_path), pairs(2)).train_dataset["chosen_ids"]
    assert list(dropped) == list(plain)
    assert len(kept[0]) > len(plain[0])


def test_a_prompt_that_fills_all_tokens_is_refused_with_its_row(model, tmp_path):
    with pytest.raises(ps.DataError) as error:
        make_reward_trainer(settings(model, tmp_path, max_length=16), pairs(2, prompt=["x" * 100, "?"]))
    assert str(error.value) == (
        "The prompt alone fills all 16 tokens that the model reads (`max_length`) (row 1). Repair or drop it."
    )


def test_long_pairs_are_cut_and_kept(model, tmp_path):
    trainer = make_reward_trainer(settings(model, tmp_path, max_length=24), pairs(2, chosen=["good " * 50, "good"]))
    assert len(trainer.train_dataset) == 2
    assert max(map(len, trainer.train_dataset["chosen_ids"])) == 24


def test_a_language_model_is_no_reward_model(model, tmp_path):
    with pytest.raises(ps.ConfigError, match="is no reward model: it has no head for scores"):
        load_reward_model(model)
    with pytest.raises(ps.ConfigError, match="There is no reward model in"):
        load_reward_model(tmp_path)


def test_settings_of_trl_that_change_the_loss_are_refused(model, tmp_path):
    trainer = make_reward_trainer(settings(model, tmp_path), pairs())
    trainer.args.center_rewards_coefficient = 0.1
    with pytest.raises(ps.ConfigError, match=r"`center_rewards_coefficient` must be None"):
        type(trainer)(
            model=trainer.model, args=trainer.args, processing_class=trainer.processing_class, train_dataset=None
        )


def test_pairs_without_p_are_refused(model, tmp_path):
    with pytest.raises(ps.DataError, match="The table lacks the column p"):
        make_reward_trainer(settings(model, tmp_path), pairs().drop(columns="p"))


def test_intervals_come_from_prompts(model, tmp_path):
    trainer = make_reward_trainer(settings(model, tmp_path), pairs())
    table = pair_rows(pairs(4, prompt=["one prompt"] * 4))
    found = pair_calibration(trainer.model, trainer.processing_class, table, trainer_plan(model))
    assert all(row["lower"] is None for row in found["metrics"])
