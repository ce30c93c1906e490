"""One latent model seen through the answers of one wave: everybody and every item, asked with its scale.

Thresholds are what turns a place on the latent scale into an answer. Where they differ by wave, the same effects of
people and items give expected ratings, shares and differences in points on the scale of any wave.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.texts import meant
from pluralstats.errors import ConfigError, listed, nearest
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design
from pluralstats.model.thresholds import ThresholdGroups

MOST_NAMED = 12
# results that ask what people would answer, not what they did
ON_SCALE = {"predict", "effects", "contrasts", "group_means", "variance_shares", "reliability", "raters_needed", "r2"}
ON_SCALE |= {"contested_items", "intersections"}


class OneScale(NamedTuple):
    """What of a fit differs on the scale of one level.

    ``ratings`` all of them, without their answers; ``observed`` those with answers on this scale.
    """

    ratings: Ratings
    observed: Ratings
    design: Design
    samples: Samples


def seen_on(ratings: Ratings, design: Design, samples: Samples, level: str) -> OneScale:
    """The parts of a fit on the scale of one level of the column that thresholds differ by.

    Raises
    ------
    ConfigError
        Thresholds that do not differ, or no such level.
    """
    groups = design.thresholds
    if groups.column is None:
        raise ConfigError(
            "`on_scale` chooses among thresholds by wave, dimension or another column, and this fit has one set of "
            'them: its results are on the only scale. Fit with thresholds="wave" to have several.'
        )
    if groups.column == "dimension":
        raise ConfigError(
            "`on_scale` chooses among the scales of waves and questions. Results of several dimensions have a row for "
            "each dimension, on its own; fit.on_dimension(...) is a fit of one of them."
        )
    found = meant(level, groups.names)
    if len(found) != 1:
        names = listed(list(groups.names), MOST_NAMED)
        raise ConfigError(
            f"The thresholds differ by {groups.column}, and there is no {groups.column} {level!r}; there are {names}."
            f"{nearest(str(level), groups.names)}"
        )
    g = groups.names.index(found[0])
    scale = ratings.scales[found[0]] if ratings.scale_by == groups.column else ratings.scale
    unasked = ratings._changed(_scale=scale, frame=ratings.frame.drop(columns="rating"))
    unasked.__dict__["data_hash"] = ratings.data_hash  # the same data, whatever is asked of them
    own = samples._replace(threshold=np.ascontiguousarray(samples.threshold[:, groups.of_group(g)]))
    return OneScale(unasked, ratings.where(**{groups.column: found[0]}), _with_thresholds(design, g), own)


def _with_thresholds(design: Design, g: int) -> Design:
    """A design in which all rows have the thresholds of one group."""
    groups = design.thresholds
    same = np.zeros(design.n, np.int32)
    one = ThresholdGroups(None, ("",), same, (groups.categories[g],), (groups.labels[g],), groups.ordered)
    parts = tuple(replace(part, design=_with_thresholds(part.design, g)) for part in design.parts)
    merged = None if design.merged is None else _with_thresholds(design.merged, g)
    own, called = groups.categories[g], groups.labels[g]
    return replace(design, thresholds=one, categories=own, labels=called, parts=parts, merged=merged)


def refuse_on_scale(name: str) -> None:
    """Refuse what looks at the answers of all waves."""
    raise ConfigError(
        f"`{name}` is about the answers that were given, on all scales; found a fit on the scale of one. Pass the fit "
        "itself, not what fit.on_scale(...) returns."
    )
