"""Reward models and GRPO as whole runs: from a table to a folder, and from that folder into scores and GRPO."""

import json

import pandas as pd
import pytest
from pluralstats.alignment import train_model
from pluralstats.alignment.score import app as score
from pluralstats.alignment.scoring.models import RewardScorer
from pluralstats.alignment.scoring.scorers import score_table
from pluralstats.alignment.train import app
from training_steps import settings
from typer.testing import CliRunner

import pluralstats as ps


@pytest.fixture(scope="module")
def rated():
    texts = ["yes", "a cat", "round", "blue"] * 2
    answers = {"p_1": [0.1, 0.3, 0.2, 0.6] * 2, "p_2": [0.2] * 8, "p_3": [0.7, 0.5, 0.6, 0.2] * 2}
    return pd.DataFrame({"prompt": [f"Question {i}?" for i in range(8)], "response": texts} | answers)


@pytest.fixture(scope="module")
def rewards(tiny, rated, tmp_path_factory):
    """A finished run of an ordinal reward model."""
    plan = settings(tiny, tmp_path_factory.mktemp("runs") / "warmth", method="ordinal_reward")
    return train_model(plan, rated, held_out=rated)


def test_the_card_of_an_ordinal_run_reports_calibration(rewards):
    card = json.loads((rewards.folder / "card.json").read_text())
    found = card["calibration"]
    assert {row["metric"] for row in found["metrics"]} == {
        "log_loss",
        "excess_log_loss",
        "brier",
        "rating_error",
        "rating_bias",
    }
    assert found["rows"] == "held out"
    assert found["thresholds"] == sorted(found["thresholds"])
    assert card["plan"]["held_out_hash"]
    assert "held_out" not in card  # implied preferences are those of policies


def test_a_finished_run_scores_texts(rewards):
    scorer = RewardScorer.from_folder(rewards.folder)
    table = score_table([scorer], pd.DataFrame({"prompt": ["Question?"], "response": ["yes"]}))
    assert table["judge"].tolist() == ["warmth"]
    assert 1 < table["score"].item() < 3


def test_a_bradley_terry_run_reports_calibration_on_its_rows(tiny, pairs, tmp_path):
    rows = pairs[pairs["target"] == "liberal"]
    found = train_model(settings(tiny, tmp_path / "run", method="reward"), rows).card
    assert [row["metric"] for row in found["calibration"]["metrics"]] == ["log_loss", "excess_log_loss", "brier"]
    assert found["calibration"]["rows"] == "trained on"
    assert found["plan"]["target"] == "liberal"


def test_grpo_trains_on_the_finished_reward_model(tiny, pairs, rewards, tmp_path):
    plan = settings(
        tiny,
        tmp_path / "run",
        method="grpo",
        steps=2,
        reward_models=(str(rewards.folder),),
        utility=(0.0, 0.0, 1.0),
        completion_length=4,
    )
    done = train_model(plan, pairs)
    assert done.card["steps"] == 2
    assert done.metrics["reward"].between(0, 1).all()  # P(answer 3)
    assert train_model(plan, pairs).finished_before


def test_grpo_has_no_held_out_rows(tiny, pairs, rewards, tmp_path):
    plan = settings(tiny, tmp_path / "run", method="grpo", reward_models=(str(rewards.folder),))
    with pytest.raises(ps.ConfigError, match=r'reward model \(reward, ordinal_reward\); found the method "grpo"'):
        train_model(plan, pairs, held_out=pairs)


def test_a_reward_model_that_is_not_there_is_named(tiny, pairs, tmp_path):
    plan = settings(tiny, tmp_path / "run", method="grpo", reward_models=(str(tmp_path / "none"),))
    with pytest.raises(ps.ConfigError, match=r"There is no reward model in .*none"):
        train_model(plan, pairs)


def test_the_command_trains_a_reward_model_and_says_how_calibrated_it_is(tiny, rated, tmp_path):
    rated.to_parquet(tmp_path / "rated.parquet")
    options = {"model": tiny, "out": tmp_path / "run", "method": "ordinal_reward", "steps": 2, "max-length": 64}
    given = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    done = CliRunner().invoke(app, [str(tmp_path / "rated.parquet"), *given])
    assert done.exit_code == 0, done.output
    assert "Calibration on the rows trained on: log loss " in done.output
    assert f"--reward-model {tmp_path / 'run'} --out scores.parquet" in done.output
    assert "--method grpo --reward-model" in done.output


def test_the_command_passes_the_options_of_grpo(tiny, pairs, rewards, tmp_path):
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    options = [
        *("--model", tiny, "--out", tmp_path / "run", "--method", "grpo", "--steps", 1, "--max-length", 64),
        *("--reward-model", rewards.folder, "--reward-weight", -1, "--utility", 0, "--utility", 0, "--utility", 2),
        *("--generations", 2, "--completion-length", 3),
    ]
    done = CliRunner().invoke(app, [str(tmp_path / "pairs.csv"), *map(str, options)])
    assert done.exit_code == 0, done.output
    plan = json.loads((tmp_path / "run" / "card.json").read_text())["plan"]
    assert (plan["reward_weights"], plan["utility"], plan["generations"]) == ([-1], [0, 0, 2], 2)
    assert pd.read_csv(tmp_path / "run" / "metrics.csv")["reward"].between(-2, 0).all()


def test_the_command_that_scores_takes_a_finished_run(rewards, tmp_path):
    pd.DataFrame({"prompt": ["Q?", "Q?"], "response": ["yes", "no"]}).to_csv(tmp_path / "texts.csv", index=False)
    words = (tmp_path / "texts.csv", "--reward-model", rewards.folder, "--out", tmp_path / "scores.parquet")
    done = CliRunner().invoke(score, list(map(str, words)))
    assert done.exit_code == 0, done.output
    table = pd.read_parquet(tmp_path / "scores.parquet")
    assert table["judge"].tolist() == ["warmth", "warmth"]
    assert table["score"].between(1, 3).all()
