"""A folder of fits that were made before, found again by what they were made of."""

import hashlib
import logging
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from pluralstats.errors import ConfigError, PluralstatsError
from pluralstats.fits.asking.request import Request
from pluralstats.fits.fitted import Fit, parts
from pluralstats.fits.folder import FORMAT, read_card, write_parts
from pluralstats.fits.loading import read_fit
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.storage.contents import canonical
from pluralstats.storage.folders import locked, standing
from pluralstats.storage.whole_files import remove_abandoned

CACHE = 3  # raised when the same key would have to give another fit
LONGEST = 60  # characters of the formula in the name of an entry
log = logging.getLogger("pluralstats")


class CacheWarning(UserWarning):
    """A cached fit could not be read, or a new one not kept; the fit that was asked for is returned all the same."""


def cached_fit(folder: Path, request: Request, make: Callable[[Request], Fit]) -> Fit:
    """The fit that was asked for, from the cache where it is there and whole.

    Every entry is a folder as ``fit.save`` writes it, so ``ps.load_fit`` reads it too. ``fit.provenance["cache"]`` has
    its name and whether the fit came from there, and the logger "pluralstats" says the same (level INFO). The ratings
    of the result are always those of the request. A fit that was interrupted is returned and not kept.

    Parameters
    ----------
    folder : Path
        Made where it does not exist. Several programs may use it at the same time.
    make : callable
        Fits when nothing usable is found.

    Raises
    ------
    ConfigError
        ``folder`` cannot be a folder. Nothing was fitted then.

    Warns
    -----
    CacheWarning
        An entry is damaged: it is made anew and replaced. Or the new fit could not be written.
    """
    found = cached_in(folder, request)
    return kept_in(folder, request, make(request)) if found is None else found


def cached_in(folder: Path, request: Request) -> Fit | None:
    """The fit that was asked for where the cache has it; the folder is made. Raises and warns as ``cached_fit``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"`cache` cannot be the folder '{folder}': {error.strerror}. Choose another one.") from error
    key = cache_key(request)
    entry = folder / entry_name(request.design.formula, key)
    found = _stored(entry, key, request)
    if found is None:
        return None
    log.info("Read from the cache, not fitted again: %s", entry)
    return _marked(found, entry, hit=True)


def kept_in(folder: Path, request: Request, made: Fit) -> Fit:
    """A new fit, kept where it is complete."""
    if isinstance(made.posterior, DrawnPosterior) and not made.posterior.complete:
        return made
    key = cache_key(request)
    entry = folder / entry_name(request.design.formula, key)
    return _marked(made, entry, hit=False) if _kept(entry, key, made) else made


def cache_key(request: Request) -> str:
    """SHA-256 (hex) of everything that a fit depends on; the same for any order of the rows.

    The data hash covers scale, columns, levels in their order (the first is the reference) and every value.
    """
    ratings, design = request.ratings, request.design
    content = {
        "format": [FORMAT, CACHE],
        "data": ratings.data_hash,
        "demographics": ratings.demographics,
        "covariates": ratings.covariates,
        "formula": str(design.formula),
        "settings": request.settings(),
        "pluralstats": version("pluralstats"),
    }
    if design.fixed.monotone:
        content["orders"] = dict(ratings.orders)  # of levels; the data hash knows which is the reference only
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def entry_name(formula: object, key: str) -> str:
    """A folder's name that people recognise and no other key has.

    >>> entry_name("rating ~ gender + (1 | item)", "0123456789abcdef0123")
    'rating-gender-1-item-0123456789abcdef'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", str(formula).lower())[:LONGEST].strip("-")
    return f"{slug}-{key[:16]}"


def _stored(entry: Path, key: str, request: Request) -> Fit | None:
    with locked(entry.parent, shared=True):
        where = standing(entry)
        if not where.exists():
            return None
        try:
            card = read_card(where)
            if card["cache_key"] == key:
                return read_fit(where, card, request.ratings, request.design)
            reason = "It is a fit of something else."
        except PluralstatsError as error:
            reason = str(error)
    message = f"The cached fit '{entry.name}' is not used and is made anew. {reason}"
    warnings.warn(message, CacheWarning, stacklevel=6)
    return None


def _kept(entry: Path, key: str, fit: Fit) -> bool:
    """Whether the fit could be written. It is hours of work, perhaps: no trouble in writing may lose it."""
    try:
        remove_abandoned(entry.parent)
        write_parts(entry, parts(fit), cache_key=key)
    except Exception as error:
        message = f"The fit could not be kept in the cache and is returned all the same. {error}"
        warnings.warn(message, CacheWarning, stacklevel=6)
        return False
    log.info("Fitted and kept in the cache: %s", entry)
    return True


def _marked(fit: Fit, entry: Path, *, hit: bool) -> Fit:
    """With a note of where it is kept; no place of this machine, because provenance is published."""
    return replace(fit, provenance=fit.provenance | {"cache": {"entry": entry.name, "hit": hit}})
