"""GRPO: weights of prompts act on advantages, rewards are expected utilities, several objectives, bad input."""

import numpy as np
import pandas as pd
import pytest
import torch
from pluralstats.alignment import RunSettings, tiny_model
from pluralstats.alignment.scoring.models import RewardScorer
from pluralstats.alignment.trainers.grpo import drawn_prompts, expected_utility
from pluralstats.alignment.trainers.grpo import make_trainer as make_grpo_trainer
from pluralstats.alignment.trainers.ordinal_reward import make_trainer as make_ordinal_trainer
from pluralstats.alignment.trainers.reward import make_trainer as make_reward_trainer

import pluralstats as ps

TEXTS = ["say a word", "good kind words", "bad words"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(tiny_model(tmp_path_factory.mktemp("tiny") / "model", TEXTS, width=32, layers=1))


@pytest.fixture(scope="module")
def rewarders(model, tmp_path_factory):
    """An ordinal reward model of three answers and a Bradley-Terry one, as they start: any rewards will do."""
    folder = tmp_path_factory.mktemp("rewards")
    rated = pd.DataFrame({"prompt": ["p"], "response": ["r"], "p_1": [0.2], "p_2": [0.3], "p_3": [0.5]})
    pair = pd.DataFrame({"prompt": ["p"], "chosen": ["a"], "rejected": ["b"], "p": [0.8]})
    ordinal = make_ordinal_trainer(RunSettings(model=model, out=folder / "o"), rated)
    scalar = make_reward_trainer(RunSettings(model=model, out=folder / "s", seed=2), pair)
    ordinal.model.answers.shift.data -= 2.0  # in the middle of the scale, where ratings can move both ways
    for name, trainer in (("ordinal", ordinal), ("scalar", scalar)):
        trainer.model.score.weight.data *= 30  # rewards that differ between texts
        trainer.model.save_pretrained(folder / name / "model")
        trainer.processing_class.save_pretrained(folder / name / "model")
    return str(folder / "ordinal"), str(folder / "scalar")


def settings(model, tmp_path, rewarders, **options):
    chosen = {
        "method": "grpo",
        "steps": 1,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "generations": 4,
        "completion_length": 6,
        "reward_models": tuple(rewarders),
    }
    return RunSettings(model=model, out=tmp_path / "run", **(chosen | options))


def prompts(**columns):
    return pd.DataFrame({"prompt": ["say a word", "another word"]} | columns)


def first_batch(trainer):
    """The completions of the first step with their advantages, the same for the same seed."""
    torch.manual_seed(1)
    trainer.model.train()
    return trainer._prepare_inputs(next(iter(trainer.get_train_dataloader())))


def gradient(trainer):
    batch = first_batch(trainer)
    trainer.current_gradient_accumulation_steps = 1  # what training itself would set
    trainer.model.zero_grad()
    trainer.compute_loss(trainer.model, batch).backward()
    return torch.cat([p.grad.flatten() for p in trainer.model.parameters() if p.grad is not None])


def test_a_weight_of_a_prompt_multiplies_its_advantages_and_nothing_else(model, tmp_path, rewarders):
    plan = settings(model, tmp_path, rewarders[:1])
    weighted = first_batch(make_grpo_trainer(plan, prompts(weight=[1.5, 0.5])))
    plain = first_batch(make_grpo_trainer(plan, prompts(weight=[1.0, 1.0])))
    torch.testing.assert_close(weighted["completion_ids"], plain["completion_ids"])
    ratio = (weighted["advantages"] / plain["advantages"]).round(decimals=4)
    moving = plain["advantages"].abs() > 1e-3
    assert set(ratio[moving].tolist()) == {0.5, 1.5}


def test_weights_of_prompts_change_the_gradient(model, tmp_path, rewarders):
    plan = settings(model, tmp_path, rewarders[:1])
    equal, unequal = (gradient(make_grpo_trainer(plan, prompts(weight=w))) for w in ([1.0, 1.0], [1.9, 0.1]))
    assert equal.abs().max() > 0
    assert not torch.allclose(equal, unequal)


def test_a_factor_on_rewards_would_cancel(model, tmp_path, rewarders):
    """Why weights act on advantages: TRL divides the rewards of a prompt by their standard deviation."""
    one, ten = (
        first_batch(make_grpo_trainer(settings(model, tmp_path, rewarders[:1], reward_weights=(w,)), prompts()))
        for w in (1.0, 10.0)
    )
    torch.testing.assert_close(one["advantages"], ten["advantages"], rtol=0.05, atol=0.02)


def test_the_reward_is_the_expected_utility_of_the_answer(rewarders):
    scorer = RewardScorer.from_folder(rewarders[0])
    mean = scorer.score(["p", "q"], ["good", "bad words"])
    assert ((mean > 1) & (mean < 3)).all()
    top = RewardScorer.from_folder(rewarders[0], utility=(0.0, 0.0, 1.0)).score(["p", "q"], ["good", "bad words"])
    low = RewardScorer.from_folder(rewarders[0], utility=(1.0, 0.0, 0.0)).score(["p", "q"], ["good", "bad words"])
    # by hand: the expected rating is 1 P(1) + 2 (1 - P(1) - P(3)) + 3 P(3)
    np.testing.assert_allclose(mean, 2 + top - low, atol=1e-6)
    reward = expected_utility(scorer, "kindness")
    assert reward.__name__ == "kindness"
    said = [[{"role": "assistant", "content": "good"}], [{"role": "assistant", "content": "bad words"}]]
    np.testing.assert_allclose(reward(completions=said, asked=["p", "q"], weight=[1, 1]), mean)


def test_several_objectives_train_together_and_one_can_count_against(model, tmp_path, rewarders):
    plan = settings(model, tmp_path, rewarders, reward_weights=(1.0, -0.5))
    trainer = make_grpo_trainer(plan, prompts())
    before = trainer.model.lm_head.weight.detach().clone()
    trainer.train()
    logged = trainer.state.log_history[0]
    assert {"rewards/reward 1/mean", "rewards/reward 2/mean"} <= set(logged)
    total = logged["rewards/reward 1/mean"] - 0.5 * logged["rewards/reward 2/mean"]
    assert logged["reward"] == pytest.approx(total, abs=1e-4)
    assert not torch.equal(trainer.model.lm_head.weight, before)


def test_training_moves_the_expected_rating_the_way_its_weight_says(model, tmp_path, rewarders):
    options = {"steps": 12, "batch_size": 16, "generations": 8, "learning_rate": 5e-2, "beta": 0.001}
    ended = []
    for weight in (1.0, -1.0):
        plan = settings(model, tmp_path, rewarders[:1], reward_weights=(weight,), **options)
        trainer = make_grpo_trainer(plan, prompts())
        trainer.train()
        rating = [row["rewards/reward 1/mean"] for row in trainer.state.log_history if "reward" in row]
        ended.append(np.mean(rating[-5:]))
    assert ended[0] - ended[1] > 0.2  # points of a scale from 1 to 3


def test_the_same_seed_gives_the_same_weights(model, tmp_path, rewarders):
    found = []
    for run in ("a", "b"):
        trainer = make_grpo_trainer(settings(model, tmp_path / run, rewarders[:1]), prompts())
        trainer.train()
        found.append(trainer.model.lm_head.weight.detach())
    assert torch.equal(*found)


def test_a_killed_run_goes_on_to_the_same_weights(model, tmp_path, rewarders):
    plan = settings(model, tmp_path, rewarders[:1], steps=4, save_every=2, batch_size=4, accumulation=2)
    whole = make_grpo_trainer(plan, prompts())
    whole.train()
    again = make_grpo_trainer(plan, prompts())
    again.train(resume_from_checkpoint=str(tmp_path / "run" / "checkpoints" / "checkpoint-2"))
    assert torch.equal(again.model.lm_head.weight, whole.model.lm_head.weight)


def test_an_adapter_alone_can_be_trained(model, tmp_path, rewarders):
    trainer = make_grpo_trainer(settings(model, tmp_path, rewarders[:1], lora_rank=2), prompts())
    trainer.train()
    assert all("lora_" in name for name, p in trainer.model.named_parameters() if p.requires_grad)


def test_a_pair_table_serves_as_prompts(model, tmp_path, rewarders):
    table = pd.DataFrame(
        {
            "prompt": ["a", "b", "a"],
            "chosen": ["x", "y", "z"],
            "rejected": ["u", "v", "w"],
            "p": [1.0, 0.6, 0.7],
            "weight": [3.0, 1.0, 1.0],
        }
    )
    found = make_grpo_trainer(settings(model, tmp_path, rewarders[:1]), table).train_dataset
    assert dict(zip(found["asked"], found["weight"], strict=True)) == pytest.approx({"a": 4 / 3, "b": 2 / 3})


def test_every_prompt_comes_once_before_any_comes_again(model, tmp_path, rewarders):
    plan = settings(model, tmp_path, rewarders[:1], steps=6)  # two prompts a step
    drawn = drawn_prompts(4, plan).reshape(3, 4)
    assert [sorted(row) for row in drawn] == [[0, 1, 2, 3]] * 3
    assert len({tuple(row) for row in drawn}) > 1
    assert drawn_prompts(1, plan).tolist() == [0] * 12


def test_everything_that_does_not_fit_is_said_at_once(model, tmp_path, rewarders):
    with pytest.raises(ps.ConfigError) as error:
        make_grpo_trainer(settings(model, tmp_path, (), reward_weights=(1.0,), batch_size=6), prompts())
    assert error.value.problems == (
        'GRPO needs `reward_models`: folders of runs with method "reward" or "ordinal_reward".',
        "`reward_weights` has a number for each of the 0 reward models; found 1.",
        "A step has 6 completions (`batch_size` times `accumulation` times processes), which is no multiple of the 4 "
        "`generations` of a prompt. Change one of them.",
    )


def test_utilities_that_do_not_fit_the_reward_model_are_refused(model, tmp_path, rewarders):
    with pytest.raises(ps.ConfigError, match="the reward model ordinal has 3 answers, found 2 numbers"):
        make_grpo_trainer(settings(model, tmp_path, rewarders[:1], utility=(0.0, 1.0)), prompts())
    with pytest.raises(ps.ConfigError, match="scalar is no ordinal one and has no answers, found 3 numbers"):
        make_grpo_trainer(settings(model, tmp_path, rewarders[1:], utility=(0.0, 1.0, 2.0)), prompts())
