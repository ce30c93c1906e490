"""Training and comparing language models on labels and pairs; needs ``pip install "pluralstats[alignment]"``.

Reads the tables that ``ps.label_distributions`` and ``ps.preference_pairs`` write, never ratings or fits. The names
below load on first use.
"""

import os
from importlib import import_module
from typing import Any

import pluralstats as ps

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # TRL would tell its makers of every trainer

_HOME = {
    "Arm": "arms",
    "ArmComparison": "compare",
    "ClassifierScorer": "model_scorers",
    "DetoxifyScorer": "model_scorers",
    "Endpoint": "judge_requests",
    "ImportedScoresWarning": "evaluation_files",
    "JudgeScorer": "judges",
    "JudgeUsage": "judges",
    "JudgeWarning": "judges",
    "LexiconScorer": "scorers",
    "RewardScorer": "model_scorers",
    "RunResult": "runs",
    "RunSettings": "settings",
    "Scorer": "scorers",
    "SoftDPOTrainer": "dpo",
    "SyntheticStudy": "synthetic",
    "TrainingTable": "tables",
    "WeightedKTOTrainer": "kto",
    "WeightedSFTTrainer": "sft",
    "calibration_metrics": "calibration",
    "check_arms": "arms",
    "compare_arms": "compare",
    "distribution_distances": "distances",
    "gguf_in_wheel": "rebuilt",
    "inspect_scores": "inspect_logs",
    "joint_effects": "trade_offs",
    "judged_wins": "win_rates",
    "lm_eval_scores": "lm_eval_samples",
    "load_reward_model": "reward_models",
    "pair_accuracy": "probability_scores",
    "pair_calibration": "probability_scores",
    "pair_metrics": "held_out",
    "read_scores": "score_tables",
    "rebuild_from_gguf": "rebuilt",
    "reduction_ratios": "reductions",
    "reliability_table": "calibration",
    "run_arms": "arms",
    "sampled_responses": "generation",
    "score_table": "scorers",
    "steering_matrix": "steerability",
    "synthetic_study": "synthetic",
    "tiny_model": "tiny",
    "train_model": "runs",
    "write_summary": "summaries",
}
__all__ = [
    "Arm",
    "ArmComparison",
    "ClassifierScorer",
    "DetoxifyScorer",
    "Endpoint",
    "ImportedScoresWarning",
    "JudgeScorer",
    "JudgeUsage",
    "JudgeWarning",
    "LexiconScorer",
    "RewardScorer",
    "RunResult",
    "RunSettings",
    "Scorer",
    "SoftDPOTrainer",
    "SyntheticStudy",
    "TrainingTable",
    "WeightedKTOTrainer",
    "WeightedSFTTrainer",
    "calibration_metrics",
    "check_arms",
    "compare_arms",
    "distribution_distances",
    "gguf_in_wheel",
    "inspect_scores",
    "joint_effects",
    "judged_wins",
    "lm_eval_scores",
    "load_reward_model",
    "pair_accuracy",
    "pair_calibration",
    "pair_metrics",
    "read_scores",
    "rebuild_from_gguf",
    "reduction_ratios",
    "reliability_table",
    "run_arms",
    "sampled_responses",
    "score_table",
    "steering_matrix",
    "synthetic_study",
    "tiny_model",
    "train_model",
    "write_summary",
]
_INSTALLED_TOGETHER = ("accelerate", "datasets", "peft", "safetensors", "tokenizers", "torch", "transformers", "trl")


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'pluralstats.alignment' has no attribute '{name}'")
    try:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in _INSTALLED_TOGETHER:
            raise ps.ConfigError(
                f"`alignment.{name}` needs {error.name}, which is not installed. Run: "
                'pip install "pluralstats[alignment]"'
            ) from error
        raise


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
