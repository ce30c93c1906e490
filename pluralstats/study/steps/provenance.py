"""What is needed to repeat a study: versions, seed, formulas, data hash and every setting."""

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pluralstats.data.ratings import Ratings
from pluralstats.fits.fitted import Fit
from pluralstats.fits.making import VERSIONS
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.output import PROGRAM

PACKAGES = (*VERSIONS, "krippendorff", "matplotlib")
OF_METHOD = {"nuts": ("nutpie",), "pymc": ("pymc", "nutpie")}  # further packages that sample


def versions(method: str) -> dict[str, str]:
    """Python and the packages whose versions can move a number or a picture."""
    packages = (*PACKAGES, *OF_METHOD.get(method, ()))
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def command(config: StudyConfig, data: Path | None) -> str:
    """The command line that repeats a study from inside the folder with the ratings and the study file.

    >>> command(StudyConfig.builtin(), None)
    'pluralstats study --seed 1 --out results'
    """
    parts = ["pluralstats study"]
    if config.source:
        parts.append("study.toml")
    if data is not None:
        parts.append(f"--data {_quoted(data.name)}")
    if config.model.method != config.written_method:
        parts.append(f"--method {config.model.method}")
    return " ".join([*parts, f"--seed {config.seed}", "--out results"])


def _quoted(name: str) -> str:
    return name if name.replace(".", "").replace("_", "").replace("-", "").isalnum() else f"'{name}'"


def provenance(
    config: StudyConfig, ratings: Ratings, fits: Mapping[tuple[str, str], Fit], data: Path | None
) -> dict[str, Any]:
    """Everything about a run that JSON can hold; no paths of this machine.

    Parameters
    ----------
    fits : mapping from (model, dimension) to Fit
    data : Path or None
        The file with the ratings; only its name is kept.
    """
    settings = asdict(config)
    settings = {key: value for key, value in settings.items() if key not in ("source", "folder")}
    return {
        "program": PROGRAM,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command(config, data),
        "versions": versions(config.model.method),
        "seed": config.seed,
        "settings": settings,
        "data": {
            "file": data.name if data else "built-in simulation",
            "sha256": ratings.data_hash,
            "simulated": ratings.simulated,
            "n_ratings": ratings.n_ratings,
            "n_raters": ratings.n_raters,
            "n_items": ratings.n_items,
        },
        "fits": [_fit_entry(model, dimension, fit) for (model, dimension), fit in fits.items()],
    }


def _fit_entry(model: str, dimension: str, fit: Fit) -> dict[str, Any]:
    return {
        "model": model,
        "dimension": dimension,
        "formula": str(fit.formula),
        "family": fit.family,
        "link": fit.link,
        "method": fit.method,
        "loglik": None if math.isnan(fit.loglik) else float(fit.loglik),
        "n_ratings": int(fit.n_ratings),
        "problems": list(fit.problems),
        "provenance": dict(fit.provenance),
    }


def as_json(document: Mapping[str, object]) -> str:
    """The document as indented JSON; numpy numbers and paths are written as plain ones."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else list(value) if isinstance(value, set | tuple) else str(value)
