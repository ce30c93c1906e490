"""A fit on disk: ratings, tables, draws and a card in one folder, written whole or not at all.

``ratings.parquet``, ``ratings.json``, ``parameters.parquet``, ``random_effects.parquet``, ``draws.nc`` (netCDF) and
``fit.json``, the card, which has the SHA-256 of every other file and of itself. Nothing is pickled.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.saved import NOTES, TABLE, write_ratings
from pluralstats.errors import ConfigError, DataError
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.files import write_draws
from pluralstats.model.design import Design
from pluralstats.storage.contents import card_sum, changes, file_sum, named, refuse_strangers, remove_files
from pluralstats.storage.folders import replaced_whole

CARD = "fit.json"
PARAMETERS, RANDOM_EFFECTS, DRAWS = "parameters.parquet", "random_effects.parquet", "draws.nc"
NAMES = frozenset({CARD, TABLE, NOTES, PARAMETERS, RANDOM_EFFECTS, DRAWS})  # all that a fit folder of ours holds
ADVICE = "Take it from a backup, or fit and save again."
FORMAT = 2  # 1 had no ratings and could not be read back


class Parts(NamedTuple):
    """A fit taken apart: what its folder holds, each in a file of its own."""

    ratings: Ratings
    design: Design
    drawn: DrawnPosterior
    parameters: pd.DataFrame
    random_effects: pd.DataFrame
    card: dict[str, Any]


def write_parts(folder: Path, fit: Parts, *, cache_key: str | None = None) -> Path:
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
        write_draws(made / DRAWS, fit.design.estimated, fit.drawn)
        card = fit.card | {"format": FORMAT, "cache_key": cache_key}
        card["files"] = {path.name: file_sum(path) for path in sorted(made.iterdir())}
        card["sha256"] = card_sum(card)
        (made / CARD).write_text(json.dumps(card, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return folder


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


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a fit folder all of whose files are there and unchanged; raises as ``load_fit`` does."""
    path = folder / CARD
    if not folder.exists():
        raise ConfigError(f"There is no folder '{folder}'. Pass the folder that `fit.save` wrote.")
    if not path.is_file():
        raise ConfigError(f"'{folder}' holds no fit ({CARD} is missing). Pass the folder that `fit.save` wrote.")
    with readable(path):
        card = json.loads(path.read_text(encoding="utf-8"))
        written = card["format"]
    if written != FORMAT:
        raise ConfigError(_other_format(folder, written))
    problems = list(_changes(folder, card))
    if problems:
        raise DataError(f"The fit in '{folder}' is damaged: {'; '.join(problems)}. {ADVICE}", problems)
    return card


def _other_format(folder: Path, written: object) -> str:
    if isinstance(written, int) and written > FORMAT:
        return (
            f"'{folder}' was written by a newer pluralstats: format {written}, this one reads up to {FORMAT}. "
            "Upgrade pluralstats."
        )
    return (
        f"'{folder}' was written by an older pluralstats: format {written}, which has no ratings and cannot become a "
        f"fit again (this one reads format {FORMAT}). Its tables (Parquet) and draws (netCDF) can be opened by "
        "themselves; for the whole fit, fit and save again."
    )


def _changes(folder: Path, card: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the files that a card names."""
    if card.get("sha256") != card_sum(card):
        yield f"{CARD} has changed since it was saved"
    with readable(folder):
        yield from changes(folder, card.get("files", {}))


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside is about a file that cannot be read."""
    try:
        yield
    except Exception as error:  # readers of Parquet, netCDF and JSON raise errors of their own, of many kinds
        reason = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
        raise DataError(f"'{path}' cannot be read ({reason}). {ADVICE}") from error
