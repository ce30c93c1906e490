"""Training and comparing language models on labels and pairs; needs ``pip install "pluralstats[alignment]"``.

Reads the tables that ``ps.label_distributions`` and ``ps.preference_pairs`` write, never ratings or fits. The names
below load on first use.
"""

from importlib import import_module
from typing import Any

import pluralstats as ps

_HOME = {
    "ClassifierScorer": "model_scorers",
    "DetoxifyScorer": "model_scorers",
    "Endpoint": "judge_requests",
    "JudgeScorer": "judges",
    "JudgeUsage": "judges",
    "JudgeWarning": "judges",
    "LexiconScorer": "scorers",
    "RewardScorer": "model_scorers",
    "RunResult": "runs",
    "RunSettings": "settings",
    "Scorer": "scorers",
    "SoftDPOTrainer": "dpo",
    "TrainingTable": "tables",
    "WeightedKTOTrainer": "kto",
    "WeightedSFTTrainer": "sft",
    "calibration_metrics": "calibration",
    "inspect_scores": "importers",
    "lm_eval_scores": "importers",
    "load_reward_model": "reward_models",
    "pair_metrics": "held_out",
    "reliability_table": "calibration",
    "score_table": "scorers",
    "tiny_model": "tiny",
    "train_model": "runs",
}
__all__ = [
    "ClassifierScorer",
    "DetoxifyScorer",
    "Endpoint",
    "JudgeScorer",
    "JudgeUsage",
    "JudgeWarning",
    "LexiconScorer",
    "RewardScorer",
    "RunResult",
    "RunSettings",
    "Scorer",
    "SoftDPOTrainer",
    "TrainingTable",
    "WeightedKTOTrainer",
    "WeightedSFTTrainer",
    "calibration_metrics",
    "inspect_scores",
    "lm_eval_scores",
    "load_reward_model",
    "pair_metrics",
    "reliability_table",
    "score_table",
    "tiny_model",
    "train_model",
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
