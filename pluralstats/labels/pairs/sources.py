"""What pairs are made from: fits, ratings or a table of labels, and what may be asked of each."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.labels.label_sets import Labels
from pluralstats.labels.pairs.baselines import OF_RATINGS
from pluralstats.labels.pairs.posterior import RULES
from pluralstats.labels.utilities import UNNAMED
from pluralstats.population.targets import Population

POSTERIOR = "posterior"
LABEL_COLUMNS = ("item", "target", "policy", "expected")


class Asked(NamedTuple):
    """The request behind pairs, checked."""

    utility: dict[str, float]
    rule: str
    policy: str
    by: str | Sequence[str] | None
    population: Population | None
    seed: int


class Source(NamedTuple):
    """``parts``: dimension -> Fit or Ratings (the same one for all dimensions that it has), or the one label table.

    ``answers`` of a label table -> points; ``card`` of labels.
    """

    parts: dict[str, Any]
    answers: dict[str, float] | None = None
    card: Mapping[str, Any] | None = None

    @property
    def dimensions(self) -> list[str]:
        return list(self.parts)

    @property
    def first(self) -> Any:
        return next(iter(self.parts.values()))


def source_of(source: Any) -> Source:
    """A fit, ratings, a label table, or a dict of fits or ratings by dimension.

    Raises
    ------
    ConfigError
        Anything else, or a dict of different things.
    """
    if isinstance(source, Fit | Ratings):
        return Source(dict.fromkeys(_dimensions(source), source))
    if isinstance(source, Labels):
        answers = dict(zip(source.scale.labels, source.scale.values, strict=True))
        return _label_source(source.table, answers)._replace(card=source.card)
    if isinstance(source, pd.DataFrame):
        return _label_source(source, _numbers(source))
    if isinstance(source, Mapping) and source:
        parts = list(source.values())
        if all(isinstance(part, Fit) for part in parts) or all(isinstance(part, Ratings) for part in parts):
            _refuse_several(source)
            return Source({str(name): part for name, part in source.items()})
    found = f"a dict of {type(next(iter(source.values()))).__name__}" if _filled(source) else type(source).__name__
    raise ConfigError(
        "Pairs are made from a fit, from Ratings, from labels, or from a dict such as "
        f'{{"toxicity": fit, "helpfulness": fit}}; found {found}.'
    )


def _filled(source: object) -> bool:
    return isinstance(source, Mapping) and bool(source)


def _dimensions(source: Fit | Ratings) -> tuple[str, ...]:
    ratings = source.ratings if isinstance(source, Fit) else source
    return ratings.dimensions or (UNNAMED,)


def _refuse_several(source: Mapping[str, Fit | Ratings]) -> None:
    problems = [
        f"The part '{name}' has {len(_dimensions(part))} dimensions ({', '.join(_dimensions(part))}); a dict has one "
        "for each. Pass it by itself, or ratings.select(...) of it."
        for name, part in source.items()
        if len(_dimensions(part)) > 1
    ]
    if problems:
        raise problems_error(ConfigError, problems)


def _numbers(table: pd.DataFrame) -> dict[str, float]:
    """The answers of a label table and their numbers; answers without a number count 1, 2, 3 ..."""
    answers = [name.removeprefix("p_") for name in map(str, table.columns) if name.startswith("p_")]
    numbers = pd.to_numeric(pd.Series(answers, dtype=object), errors="coerce").to_numpy(float)
    values = numbers if np.isfinite(numbers).all() else np.arange(1.0, len(answers) + 1.0)
    return dict(zip(answers, values.tolist(), strict=True))


def _label_source(table: pd.DataFrame, answers: dict[str, float]) -> Source:
    missing = [name for name in LABEL_COLUMNS if name not in table]
    if missing or not len(table):
        raise ConfigError(
            f"A table of labels has the columns {', '.join(LABEL_COLUMNS)} and p_<answer>; found "
            f"{', '.join(map(str, table.columns)) or 'none'}. For ratings pass ps.Ratings."
        )
    names = table["dimension"].astype(str).unique().tolist() if "dimension" in table else [UNNAMED]
    return Source(dict.fromkeys(names, table), answers)


def policy_of(source: Source, policy: str | None) -> str:
    """The policy, which a fit and a label table bring along and ratings do not.

    Raises
    ------
    ConfigError
    """
    if isinstance(source.first, Fit):
        known: tuple[str, ...] = (POSTERIOR,)
    elif isinstance(source.first, Ratings):
        known = OF_RATINGS
    else:
        known = tuple(source.first["policy"].astype(str).unique())
        if len(known) > 1:
            raise ConfigError(f"The table has labels of several policies ({', '.join(known)}). Pass those of one.")
        if known == ("all",):
            raise ConfigError("Labels of the policy 'all' do not say who rated both. Pass the Ratings, policy='all'.")
    if policy is None and len(known) == 1:
        return known[0]
    if policy not in known:
        kind = {Fit: "a fit", Ratings: "Ratings"}.get(type(source.first), "this table of labels")
        raise ConfigError(
            f"`policy` for pairs from {kind} is one of {', '.join(known)}; found {policy!r}."
            + nearest(str(policy), known)
        )
    return policy


def rated_items(source: Source, utility: Mapping[str, float]) -> list[str]:
    """Items that every dimension has ratings or labels of."""
    found: list[list[str]] = []
    for name in utility:
        part = source.parts[name]
        if isinstance(part, pd.DataFrame):
            found.append(of_dimension(part, name)["item"].astype(str).unique().tolist())
            continue
        frame = part.ratings.frame if isinstance(part, Fit) else part.frame
        found.append(list(of_dimension(frame, name)["item"].astype(str).unique()))
    others = [set(items) for items in found[1:]]
    return [item for item in found[0] if all(item in some for some in others)]


def of_dimension(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one dimension; all rows of a table that has one only, whatever it is called there."""
    if "dimension" not in table or table["dimension"].nunique() < 2:
        return table
    return table[table["dimension"] == name]


def check_request(source: Source, rule: str, by: object, population: object, policy: str) -> None:
    """Refuse what does not go together, all at once."""
    problems = []
    if rule not in RULES:
        problems.append(f"`rule` is one of {', '.join(RULES)}; found {rule!r}.{nearest(str(rule), RULES)}")
    if policy != POSTERIOR and population is not None:
        problems.append(f"policy='{policy}' counts ratings as they are; only a fit can be held against a `population`.")
    if isinstance(source.first, pd.DataFrame) and by is not None:
        problems.append("A table of labels has its targets already: leave out `by`.")
    if problems:
        raise problems_error(ConfigError, problems)
