"""A fit on disk: ratings, tables, draws and a card in one folder, written whole or not at all.

``ratings.parquet``, ``ratings.json``, ``parameters.parquet``, ``random_effects.parquet``, ``draws.nc`` (netCDF) and
``fit.json``, the card, which has the SHA-256 of every other file and of itself. Nothing is pickled.
"""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluralstats.data.saved import NOTES, TABLE, write_ratings
from pluralstats.errors import ConfigError
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.files import write_draws
from pluralstats.storage.contents import card_sum, file_sum, named, refuse_strangers, remove_files
from pluralstats.storage.folders import replaced_whole

if TYPE_CHECKING:
    from pluralstats.fits.fitted import Fit

CARD = "fit.json"
PARAMETERS, RANDOM_EFFECTS, DRAWS = "parameters.parquet", "random_effects.parquet", "draws.nc"
NAMES = frozenset({CARD, TABLE, NOTES, PARAMETERS, RANDOM_EFFECTS, DRAWS})  # all that a fit folder of ours holds
FORMAT = 2  # 1 had no ratings and could not be read back


def save_fit(folder: Path, fit: "Fit", *, cache_key: str | None = None) -> Path:
    """Write a fit next to ``folder``, then move it in place.

    Whenever the program is killed, ``folder`` is what it was before or the new fit, whole. What a killed run wrote
    beside it (``.<name>.partial-...``) is deleted when the same folder is saved again.

    Parameters
    ----------
    cache_key : str, optional
        Of a fit in the cache, so that it is never taken for another. A broken entry, without a card, is replaced then.

    Raises
    ------
    ConfigError
        If ``folder`` exists and is not a fit folder, holds other files as well, or cannot be written.
    """
    with replaced_whole(folder, _refuse_foreign if cache_key is None else _refuse_strangers) as made:
        write_ratings(made, fit.ratings)
        fit.parameters.to_parquet(made / PARAMETERS, index=False)
        fit.random_effects.to_parquet(made / RANDOM_EFFECTS, index=False)
        write_draws(made / DRAWS, fit.design, _drawn(fit))
        card = _card(fit) | {"cache_key": cache_key}
        card["files"] = {path.name: file_sum(path) for path in sorted(made.iterdir())}
        card["sha256"] = card_sum(card)
        (made / CARD).write_text(json.dumps(card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return folder


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
    return json.loads(json.dumps(card, allow_nan=False, default=lambda number: number.item()))


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not (folder / CARD).is_file():
        raise ConfigError(f"'{folder}' exists and holds no fit ({CARD} is missing). Choose another folder.")
    _refuse_strangers(folder)


def _refuse_strangers(folder: Path) -> None:
    """Files of our names are replaced whatever is in them: saving again is how a damaged fit is mended."""
    refuse_strangers(folder, named(NAMES), "a fit", "Move those elsewhere, or choose another folder.")


def remove_fit(folder: Path) -> None:
    """Delete the files of a fit, and the folder where nothing else is in it."""
    remove_files(folder, [*sorted(NAMES - {CARD}), CARD])  # last: what has a card is tried again
