"""The rows of pairs of every target: everybody, a population, groups of raters."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.labels.pairs.baselines import (
    PairRows,
    counted_raters,
    label_probabilities,
    rating_rows,
    rows_of_pairs,
    table_labels,
)
from pluralstats.labels.pairs.layout import Dimension, circumstances, dimension_layout, rater_facts
from pluralstats.labels.pairs.posterior import pair_model, pair_probabilities
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.sources import Asked, Source, of_dimension
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import Setting, check_population, crossed, distribution, people_of
from pluralstats.results.averaging.roles import profile_columns

ALL, POPULATION = "all raters", "population"


class Targets(NamedTuple):
    """``profiles`` (P rows) and their ``share`` (G, P) in each target."""

    profiles: pd.DataFrame
    share: np.ndarray


def groups_of(ratings: Ratings, by: str | Sequence[str] | None, population: Population | None) -> dict[str, dict]:
    """Name of each target -> the levels of demographics that its people have.

    Raises
    ------
    ConfigError
        ``by`` names something that is no demographic.

    Examples
    --------
    >>> import pluralstats as ps
    >>> groups_of(ps.simulate(n_raters=20, seed=1), "gender", None)
    {'gender: female': {'gender': 'female'}, 'gender: male': {'gender': 'male'}}
    """
    names = [by] if isinstance(by, str) else list(by or ())
    known = ratings.demographics
    if problems := [
        f"`by` has '{name}', which is no demographic of the ratings ({', '.join(known) or 'there are none'})."
        + nearest(str(name), known)
        for name in names
        if name not in known
    ]:
        raise problems_error(ConfigError, problems)
    if not names:
        return {ALL if population is None else POPULATION: {}}
    rows = ratings.frame[names].drop_duplicates()
    combinations = product(*(ratings.frame[name].cat.categories for name in names))
    seen = set(rows.itertuples(index=False, name=None))
    there = {} if population is None else _levels_in(population, names)
    levels = [dict(zip(names, combination, strict=True)) for combination in combinations if combination in seen]
    levels = [group for group in levels if all(group[name] in some for name, some in there.items())]
    return {", ".join(f"{name}: {level}" for name, level in group.items()): group for group in levels}


def _levels_in(population: Population, names: Sequence[str]) -> dict[str, set[str]]:
    """The levels that somebody in the population has, of the demographics that it knows."""
    cells = population.cells[population.cells["share"] > 0.0]
    return {name: set(cells[name].astype(str)) for name in names if name in cells}


def targets_of(fits: Sequence[Fit], groups: Mapping[str, dict], population: Population | None) -> Targets:
    """The profiles that any of the fits needs, crossed with circumstances (a wave), and their shares in each group."""
    ratings, settings = fits[0].ratings, []
    columns = list(dict.fromkeys(name for fit in fits for name in rater_facts(fit)))
    check_population(ratings, [name for fit in fits for name in profile_columns(fit)], population)
    around = list(dict.fromkeys(name for fit in fits for name in circumstances(fit)))
    for levels in groups.values():
        people = Setting(pd.DataFrame(index=[0]), np.ones(1))
        if columns:
            people = people_of(ratings, columns, levels, population)
        settings.append(crossed(people, distribution(ratings.frame, "item", around)) if around else people)
    if not columns and not around:
        return Targets(settings[0].profiles, np.ones((len(groups), 1)))
    every = pd.concat([setting.profiles.assign(_g=g, _w=setting.share) for g, setting in enumerate(settings)])
    profile = every.groupby([*columns, *around], observed=True, sort=False).ngroup().to_numpy()
    share = np.zeros((len(groups), profile.max() + 1))
    np.add.at(share, (every["_g"].to_numpy(), profile), every["_w"].to_numpy())
    first = np.unique(profile, return_index=True)[1]
    return Targets(every[[*columns, *around]].iloc[first].reset_index(drop=True), share)


def rows_by_target(source: Source, asked: Asked, candidates: Candidates) -> dict[str, PairRows]:
    """Target -> the rows of its pairs."""
    if isinstance(source.first, Fit):
        return _rows_of_fits(source, asked, candidates)
    if isinstance(source.first, Ratings):
        groups = groups_of(source.first, asked.by, None)
        parts = {name: _one_dimension(source.parts[name], name) for name in asked.utility}
        return {
            target: rating_rows(parts, asked.utility, asked.policy, levels, candidates)
            for target, levels in groups.items()
        }
    return _rows_of_labels(source, asked, candidates)


def _one_dimension(ratings: Ratings, name: str) -> Ratings:
    return ratings.select(name) if len(ratings.dimensions) > 1 else ratings


def _rows_of_fits(source: Source, asked: Asked, candidates: Candidates) -> dict[str, PairRows]:
    dimensions = [
        Dimension(name, worth, source.parts[name], _level(source.parts[name], name))
        for name, worth in asked.utility.items()
    ]
    fits = [dimension.fit for dimension in dimensions]
    _refuse_different(fits)
    groups = groups_of(fits[0].ratings, asked.by, asked.population)
    targets = targets_of(fits, groups, asked.population)
    layouts = [dimension_layout(dimension, targets.profiles, candidates.items) for dimension in dimensions]
    found = pair_probabilities(pair_model(layouts, targets.share), candidates, asked.rule, asked.seed)
    out = {}
    for g, (target, levels) in enumerate(groups.items()):
        parts = [_raters_within(of_dimension(d.fit.ratings.frame, d.name), levels) for d in dimensions]
        out[target] = rows_of_pairs(found.mean[g], counted_raters(candidates, parts), found.sd[g])
    return out


def _raters_within(frame: pd.DataFrame, levels: Mapping[str, str]) -> pd.DataFrame:
    for name, level in levels.items():
        frame = frame[frame[name] == level]
    return frame


def _level(fit: Fit, name: str) -> str | None:
    """The level of ``dimension`` in a fit whose formula tells several apart."""
    return name if len(fit.ratings.dimensions) > 1 else None


def _refuse_different(fits: Sequence[Fit]) -> None:
    families = {fit.family == "gaussian" for fit in fits}
    if len(families) > 1:
        raise ConfigError("One utility cannot add up answers on a scale and ratings of the gaussian family. Fit alike.")
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


def _rows_of_labels(source: Source, asked: Asked, candidates: Candidates) -> dict[str, PairRows]:
    table, answers, out = source.first, source.answers or {}, {}
    for target in table["target"].unique():
        rows = table[table["target"] == target]
        parts = [of_dimension(rows, name) for name in asked.utility]
        labels = [table_labels(part, answers, candidates.items) for part in parts]
        p = label_probabilities(labels, list(asked.utility.values()), asked.policy, candidates)
        out[str(target)] = rows_of_pairs(p, _labelled_raters(parts[0], candidates))
    return out


def _labelled_raters(part: pd.DataFrame, candidates: Candidates) -> np.ndarray:
    """(R,) the larger of the two numbers of raters: a table of labels does not say who they were."""
    if "n_raters" not in part:
        return np.zeros(candidates.first.size, int)
    n = part.set_index(part["item"].astype(str))["n_raters"].reindex(candidates.items).fillna(0).to_numpy(int)
    return np.maximum(n[candidates.first], n[candidates.second])
