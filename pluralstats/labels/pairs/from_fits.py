"""Pairs from fits, one for all dimensions or one for each: probabilities by the posterior."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from pluralstats.errors import ConfigError, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.labels.caveats import absent_levels, has_item_effects, of_simulation
from pluralstats.labels.pairs.baselines import counted_raters, rows_of_pairs
from pluralstats.labels.pairs.posterior.kinds import pair_model
from pluralstats.labels.pairs.posterior.layout import Dimension, dimension_layout
from pluralstats.labels.pairs.posterior.model import pair_probabilities
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.source import (
    POSTERIOR,
    Asked,
    PairRows,
    Source,
    chosen_policy,
    of_dimension,
    rated_on,
)
from pluralstats.labels.pairs.targets import groups_of, raters_within, targets_of
from pluralstats.results.averaging.manners import columns_of_manners


def source_of_fits(parts: Mapping[str, Fit], policy: str | None) -> Source:
    """The source that fits are; ``parts`` are dimension -> its fit, the same one where it has several."""
    fits = list(dict.fromkeys(parts.values()))
    return Source(
        policy=chosen_policy(policy, (POSTERIOR,), "a fit"),
        items={name: rated_on(fit.ratings.frame, name) for name, fit in parts.items()},
        answers={name: fit.ratings.scale.labels for name, fit in parts.items()},
        rows=partial(_rows, parts),
        caveats=partial(_caveats, parts),
        facts={
            "formula": "; ".join(dict.fromkeys(fit.formula for fit in fits)),
            "method": "; ".join(dict.fromkeys(fit.method for fit in fits)),
            "data_hash": " ".join(sorted({fit.ratings.data_hash for fit in fits})),
        },
    )


def _rows(parts: Mapping[str, Fit], asked: Asked, candidates: Candidates) -> dict[str, PairRows]:
    dimensions = [
        Dimension(name, worth, parts[name], _level(parts[name], name)) for name, worth in asked.utility.items()
    ]
    fits = [dimension.fit for dimension in dimensions]
    _refuse_different(fits)
    groups = groups_of(fits[0].ratings, asked.by, asked.population)
    targets = targets_of(fits, groups, asked.population)
    layouts = [dimension_layout(dimension, targets.profiles, candidates.items) for dimension in dimensions]
    found = pair_probabilities(pair_model(layouts, targets.share), candidates, asked.rule, asked.seed)
    out = {}
    for g, (target, levels) in enumerate(groups.items()):
        rated = [raters_within(of_dimension(d.fit.ratings.frame, d.name), levels) for d in dimensions]
        out[target] = rows_of_pairs(found.mean[g], counted_raters(candidates, rated), found.sd[g])
    return out


def _level(fit: Fit, name: str) -> str | None:
    """The level of ``dimension`` in a fit whose formula tells several apart."""
    return name if len(fit.ratings.dimensions) > 1 else None


def _refuse_different(fits: Sequence[Fit]) -> None:
    kinds = {_kind(fit) for fit in fits}
    if len(kinds) > 1:
        raise ConfigError(f"One utility cannot add up {' and '.join(sorted(kinds))}. Fit alike.")
    first = fits[0].ratings
    problems = [
        f"The fits do not have the same levels of '{name}' ({', '.join(first.frame[name].cat.categories)}; "
        f"{', '.join(fit.ratings.frame[name].cat.categories)}). Fit them to ratings prepared alike."
        for fit in fits[1:]
        for name in first.demographics
        if name in fit.ratings.frame
        and set(fit.ratings.frame[name].cat.categories) != set(first.frame[name].cat.categories)
    ]
    if problems:
        raise problems_error(ConfigError, list(dict.fromkeys(problems)))


def _kind(fit: Fit) -> str:
    """What ratings are, in words."""
    family = fit.design.family
    return "answers on a scale" if family.ordered else f"ratings of the {family.name} family"


def _caveats(parts: Mapping[str, Fit], asked: Asked) -> Iterator[str]:
    """What a user of the pairs must know."""
    fits = [parts[name] for name in asked.utility]
    if len({id(fit) for fit in fits}) > 1:
        yield "Dimensions come from separate fits: draws and effects of a rater are independent between dimensions."
    if len(fits) > 1 and asked.rule == "rater":
        of_sliders = fits[0].design.family.bounded is not None
        drawn, error = ("Raters and their answers", 0.001) if of_sliders else ("Raters", 0.0003)
        yield f"{drawn} are drawn anew in every posterior draw: p is right to about {error:g}."
    names = [asked.by] if isinstance(asked.by, str) else list(asked.by or ())
    for name in names:
        for fit in dict.fromkeys(fits):
            if not has_item_effects(fit.design.formula, name) and name not in columns_of_manners(fit):
                yield (
                    f"Groups by {name} differ by their mix of profiles only, by constant shifts on the latent scale: "
                    f"'{fit.formula}' has no effects of {name} by item. Add (1 + {name} | item)."
                )
    yield from (f"The fit has a problem: {problem}" for fit in dict.fromkeys(fits) for problem in fit.problems)
    yield from absent_levels(fits[0].ratings, names, asked.population)
    yield from (asked.population.notes if asked.population is not None else ())
    yield from of_simulation(fits[0].ratings)
