"""Training and comparing language models on labels and pairs; needs ``pip install "pluralstats[alignment]"``.

Reads the tables that ``ps.label_distributions`` and ``ps.preference_pairs`` write, never ratings or fits. The names
below load on first use.
"""

from importlib import import_module
from typing import Any

import pluralstats as ps

_HOME = {
    "ArmComparison": "compare",
    "RunResult": "runs",
    "RunSettings": "settings",
    "SoftDPOTrainer": "dpo",
    "SyntheticStudy": "synthetic",
    "TrainingTable": "tables",
    "WeightedKTOTrainer": "kto",
    "WeightedSFTTrainer": "sft",
    "compare_arms": "compare",
    "distribution_distances": "distances",
    "joint_effects": "trade_offs",
    "judged_wins": "win_rates",
    "pair_accuracy": "probability_scores",
    "pair_calibration": "probability_scores",
    "pair_metrics": "held_out",
    "reduction_ratios": "reductions",
    "steering_matrix": "steerability",
    "synthetic_study": "synthetic",
    "tiny_model": "tiny",
    "train_model": "runs",
    "write_summary": "summaries",
}
__all__ = [
    "ArmComparison",
    "RunResult",
    "RunSettings",
    "SoftDPOTrainer",
    "SyntheticStudy",
    "TrainingTable",
    "WeightedKTOTrainer",
    "WeightedSFTTrainer",
    "compare_arms",
    "distribution_distances",
    "joint_effects",
    "judged_wins",
    "pair_accuracy",
    "pair_calibration",
    "pair_metrics",
    "reduction_ratios",
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
