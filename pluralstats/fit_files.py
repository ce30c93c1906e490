"""A fit on disk: ratings, tables, draws and a card in one folder, written whole or not at all.

``ratings.parquet``, ``ratings.json``, ``parameters.parquet``, ``random_effects.parquet``, ``draws.nc`` (netCDF) and
``fit.json``, the card, which has the SHA-256 of every other file and of itself. Nothing is pickled.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluralstats.data.rating_files import write_ratings
from pluralstats.errors import ConfigError
from pluralstats.folders import replaced_whole
from pluralstats.inference.draw_files import write_draws
from pluralstats.inference.drawn import DrawnPosterior

if TYPE_CHECKING:
    from pluralstats.fitted import Fit

CARD = "fit.json"
PARAMETERS, RANDOM_EFFECTS, DRAWS = "parameters.parquet", "random_effects.parquet", "draws.nc"
FORMAT = 2  # 1 had no ratings and could not be read back


def save_fit(folder: Path, fit: "Fit", *, cache_key: str | None = None) -> Path:
    """Write a fit next to ``folder``, then move it in place.

    Whenever the program is killed, ``folder`` is what it was before or the new fit, whole. What a killed run wrote
    beside it (``.<name>.partial-...``) is deleted when the same folder is saved again.

    Parameters
    ----------
    cache_key : str, optional
        Of a fit in the cache, so that it is never taken for another. Whatever stands at ``folder`` is replaced then.

    Raises
    ------
    ConfigError
        If ``folder`` exists and is not a fit folder, or cannot be written.
    """
    with replaced_whole(folder, _refuse_foreign if cache_key is None else _refuse_nothing) as made:
        write_ratings(made, fit.ratings)
        fit.parameters.to_parquet(made / PARAMETERS, index=False)
        fit.random_effects.to_parquet(made / RANDOM_EFFECTS, index=False)
        write_draws(made / DRAWS, fit.design, _drawn(fit))
        card = _card(fit) | {"cache_key": cache_key}
        card["files"] = {path.name: file_sum(path) for path in sorted(made.iterdir())}
        card["sha256"] = card_sum(card)
        (made / CARD).write_text(json.dumps(card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return folder


def file_sum(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def card_sum(card: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a card without the sum it has of itself, in whatever way its text is laid out."""
    content = {key: value for key, value in card.items() if key != "sha256"}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Mapping[str, Any]) -> str:
    """One text for equal plain values: JSON with sorted keys, numbers of numpy as plain ones."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(number: Any) -> Any:
    return number.item()


def _drawn(fit: "Fit") -> DrawnPosterior:
    """The posterior as draws, also that of Laplace's method."""
    posterior = fit.posterior
    return posterior if isinstance(posterior, DrawnPosterior) else DrawnPosterior(fit.samples, 1)


def _card(fit: "Fit") -> dict[str, Any]:
    """All of a fit that is neither ratings nor table nor draws, as plain values."""
    drawn = _drawn(fit)
    flat = zip(fit.design.fixed.names, fit.posterior.flat_coefficients.tolist(), strict=True)
    groupings = zip(fit.design.groupings, fit.posterior.flat_effects.tolist(), strict=True)
    card = {
        "format": FORMAT,
        "formula": fit.formula,
        "family": fit.family,
        "link": fit.link,
        "method": fit.method,
        "estimator": fit.estimator,
        "loglik": fit.loglik if math.isfinite(fit.loglik) else None,
        "n_ratings": fit.n_ratings,
        "problems": fit.problems,
        "priors": fit.priors.as_dict() if fit.priors else None,
        "chains": drawn.chains,
        "draws": len(drawn.samples.sd),
        "complete": drawn.complete,
        "thinned": drawn.thinned,
        "flat_coefficients": [name for name, is_flat in flat if is_flat],
        "flat_terms": [grouping.name for grouping, is_flat in groupings if is_flat],
        "provenance": fit.provenance,
    }
    return json.loads(json.dumps(card, allow_nan=False, default=_plain))


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not (folder / CARD).is_file():
        raise ConfigError(f"'{folder}' exists and holds no fit ({CARD} is missing). Choose another folder.")


def _refuse_nothing(folder: Path) -> None:
    """A broken entry of the cache may lack any file."""
