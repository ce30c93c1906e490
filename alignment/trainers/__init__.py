"""Training methods: one module and one line of ``METHODS`` each.

The module of a method has the method's name and a function ``make_trainer(settings, table)``; that of a reward model
has ``calibration(network, tokenizer, rows, settings)`` as well. It loads when it is used: TRL takes seconds.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

import pandas as pd

from ..tables.rows import pair_rows, prompt_rows, response_rows

PREFERENCES, CALIBRATION = "preferences", "calibration"


class Method(NamedTuple):
    """What has to be known of a method before it is loaded.

    ``rows`` checks its table. ``held_out`` is what held-out rows tell of it: the preferences that a trained policy
    implies, the calibration of a reward model, or nothing. ``several_targets``: it trains on rows of several groups.
    """

    rows: Callable[..., pd.DataFrame]
    held_out: str | None
    several_targets: bool = False


METHODS = {
    "dpo": Method(pair_rows, PREFERENCES),
    "robust_dpo": Method(pair_rows, PREFERENCES, several_targets=True),
    "kto": Method(pair_rows, PREFERENCES),
    "sft": Method(pair_rows, PREFERENCES),
    "reward": Method(pair_rows, CALIBRATION),
    "ordinal_reward": Method(response_rows, CALIBRATION),
    "grpo": Method(prompt_rows, None, several_targets=True),
}


def module_of(method: str) -> ModuleType:
    """The module of a method, loaded now."""
    return import_module(f".{method}", __name__)


def methods_with(held_out: str) -> str:
    """The names of the methods of which held-out rows tell ``PREFERENCES``, or ``CALIBRATION``, with commas."""
    return ", ".join(name for name, method in METHODS.items() if method.held_out == held_out)
