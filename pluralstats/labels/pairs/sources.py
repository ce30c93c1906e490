"""What may be given to ``preference_pairs``: a fit, ratings, labels, or a dict of fits or ratings by dimension."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.labels.label_sets import Labels
from pluralstats.labels.pairs.from_fits import source_of_fits
from pluralstats.labels.pairs.from_labels import source_of_labels
from pluralstats.labels.pairs.from_ratings import source_of_ratings
from pluralstats.labels.pairs.source import Source
from pluralstats.labels.utilities import UNNAMED


def source_of(source: Any, policy: str | None) -> Source:
    """What pairs are made from, and its policy.

    Raises
    ------
    ConfigError
        Anything else, a dict of different things, or a policy that it cannot have.
    """
    if isinstance(source, Labels | pd.DataFrame):
        return source_of_labels(source, policy)
    parts = _by_dimension(source)
    if parts and all(isinstance(part, Fit) for part in parts.values()):
        return source_of_fits(parts, policy)
    if parts and all(isinstance(part, Ratings) for part in parts.values()):
        return source_of_ratings(parts, policy)
    found = f"a dict of {type(next(iter(parts.values()))).__name__}" if parts else type(source).__name__
    raise ConfigError(
        "Pairs are made from a fit, from Ratings, from labels, or from a dict such as "
        f'{{"toxicity": fit, "helpfulness": fit}}; found {found}.'
    )


def _by_dimension(source: Any) -> dict[str, Any]:
    """Dimension -> its part of a source; the same for all dimensions of one fit. Empty for anything else."""
    if isinstance(source, Fit | Ratings):
        return dict.fromkeys(_dimensions(source), source)
    if not isinstance(source, Mapping):
        return {}
    problems = [
        f"The part '{name}' has {len(_dimensions(part))} dimensions ({', '.join(_dimensions(part))}); a dict has one "
        "for each. Pass it by itself, or ratings.select(...) of it."
        for name, part in source.items()
        if isinstance(part, Fit | Ratings) and len(_dimensions(part)) > 1
    ]
    if problems and len({type(part) for part in source.values()}) == 1:
        raise problems_error(ConfigError, problems)
    return {str(name): part for name, part in source.items()}


def _dimensions(source: Fit | Ratings) -> tuple[str, ...]:
    ratings = source.ratings if isinstance(source, Fit) else source
    return ratings.dimensions or (UNNAMED,)
