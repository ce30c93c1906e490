"""Training and comparing language models on labels and pairs; needs ``pip install "pluralstats[alignment]"``.

Reads the tables that ``ps.label_distributions`` and ``ps.preference_pairs`` write, never ratings or fits. The names
in ``__init__.pyi`` load on first use.
"""

import os
from typing import Any

import lazy_loader

import pluralstats as ps

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # TRL would tell its makers of every trainer

_INSTALLED_TOGETHER = ("accelerate", "datasets", "peft", "safetensors", "tokenizers", "torch", "transformers", "trl")
_loaded, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    try:
        return _loaded(name)
    except ModuleNotFoundError as error:  # lazy_loader knows no extras of ours, and would show a traceback
        if error.name and error.name.partition(".")[0] in _INSTALLED_TOGETHER:
            raise ps.ConfigError(
                f"`alignment.{name}` needs {error.name}, which is not installed. Run: "
                'pip install "pluralstats[alignment]"'
            ) from error
        raise
