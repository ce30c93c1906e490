"""Random terms in the rows of a design: levels, what their effects are multiplied by, which effects correlate.

The covariance S of a level's effects enters through z'S y, z and y the multipliers of two ratings of the same level.
Two columns that are both constant within every level are told apart by no level: of ``(1 + gender | rater)`` the
ratings know one variance for women and one for men, and not sd, sd and correlation. Columns that no level has both of,
as the two of ``(0 + gender | rater)``, have a standard deviation each and no correlation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, DataError
from pluralstats.model.formula.parsing import RandomTerm
from pluralstats.model.terms.fixed import FixedEffects, SlopeColumns, slope_columns
from pluralstats.model.terms.shared import refuse_groups, refuse_lost_slopes


@dataclass(frozen=True)
class Grouping:
    """One column of a random term in the rows of a design: an effect for every level, times a multiplier.

    An intercept has multiplier 1. A term with slopes has several groupings with the same levels. Those whose effects
    are correlated stand side by side, in a ``block``.
    """

    term: RandomTerm
    levels: np.ndarray  # (q,) names, "a:b" for crossed factors
    index: np.ndarray  # (n,) int32, level of each row
    keys: pd.DataFrame = field(repr=False)  # (q, factors) the factor values of each level
    column: str  # "Intercept", or the column of a slope, "gender[male]"
    multiplier: np.ndarray = field(repr=False)  # (n_cells,) what the effect is multiplied by
    block: int  # position of the block
    prior_weight: np.ndarray | None = field(repr=False, default=None)  # (q,) design weight of the rater of each level
    part: str = ""  # "disc" or "stretch" in a design of all parts

    @property
    def prefix(self) -> str:
        """ "disc: " for what is about the noise, "stretch: " about the use of the scale."""
        return f"{self.part}: " if self.part else ""

    @property
    def name(self) -> str:
        """ "item" for an intercept, "gender[male] | item" for a slope, "disc: rater" of a part."""
        own = self.term.name if self.column == "Intercept" else f"{self.column} | {self.term.name}"
        return self.prefix + own

    @property
    def size(self) -> int:
        return len(self.levels)


@dataclass(frozen=True)
class Block:
    """Correlated groupings of one random term, and how its multipliers follow from the columns of the formula."""

    start: int
    stop: int
    slopes: SlopeColumns = field(repr=False)

    @property
    def size(self) -> int:
        """Effects of each level."""
        return self.stop - self.start

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Positions (a, b), b < a, of the groupings that each correlation belongs to, row by row."""
        return [(self.start + a, self.start + b) for a in range(self.size) for b in range(a)]


class _Levels(NamedTuple):
    """Level names (q,), their factor values (q, factors) and the level of every row (n,)."""

    names: np.ndarray
    keys: pd.DataFrame
    code: np.ndarray


def _levels(frame: pd.DataFrame, term: RandomTerm) -> _Levels:
    """Levels that occur, named "a:b", and the level of every row."""
    for factor in term.factors:
        if pd.api.types.is_float_dtype(frame[factor].dtype):
            raise DataError(
                f"{term} groups by '{factor}', which is a number ({frame[factor].nunique()} different values). "
                "Groups are categories: use it in the fixed part, pass it as text, or name one of its levels in "
                "reference=."
            )
    keys = frame.loc[:, list(term.factors)]
    index = keys.groupby(list(term.factors), observed=True, sort=True).ngroup().to_numpy()
    _, first = np.unique(index, return_index=True)
    keys = keys.iloc[first].reset_index(drop=True)
    names = zip(*(keys[factor].astype(str) for factor in term.factors), strict=True)
    return _Levels(np.array([":".join(parts) for parts in names], dtype=object), keys, index.astype(np.int32))


class _Term(NamedTuple):
    """A random term with its levels and columns of its effects, all of them or those of one block."""

    term: RandomTerm
    levels: _Levels
    slopes: SlopeColumns


def random_part(
    frame: pd.DataFrame, random: Sequence[RandomTerm], fixed: FixedEffects, shared: Sequence[str] = ()
) -> tuple[tuple[Grouping, ...], tuple[Block, ...], np.ndarray]:
    """Groupings and blocks of random terms, that with the most effects first, and the rows sorted by its levels.

    Parameters
    ----------
    fixed : with ``cell`` (n,) of the rows of the frame
    shared : columns in which one person can have several levels

    Raises
    ------
    ConfigError
        A term with groups of such a column, or with slopes of it that no level tells apart.
    """
    terms = [part for term in random for part in _parts(frame, term, fixed, shared)]
    terms.sort(key=lambda term: -term.levels.names.size * len(term.slopes.names))
    order = np.argsort(terms[0].levels.code, kind="stable") if terms else np.arange(len(frame))
    groupings: list[Grouping] = []
    blocks = []
    for position, (term, levels, slopes) in enumerate(terms):
        index, start, weight = levels.code[order], len(groupings), _prior_weight(frame, levels.code)
        for column, multiplier in zip(slopes.names, slopes.Z.T, strict=True):
            whole = np.ascontiguousarray(multiplier)
            groupings.append(Grouping(term, levels.names, index, levels.keys, column, whole, position, weight))
        blocks.append(Block(start, len(groupings), slopes))
    _refuse_twice([grouping.name for grouping in groupings])
    return tuple(groupings), tuple(blocks), order


def _parts(frame: pd.DataFrame, term: RandomTerm, fixed: FixedEffects, shared: Sequence[str]) -> list[_Term]:
    """A random term; several with the same levels where groups of its columns have no correlation."""
    refuse_groups(term, shared)
    levels, slopes = _levels(frame, term), slope_columns(term, fixed.frame, fixed.learnt)
    known = _known_parts(term, slopes, levels.code, fixed.cell)
    refuse_lost_slopes(term, shared, slopes.names, [name for part in known for name in part.names])
    return [_Term(term, levels, part) for part in known]


def _prior_weight(frame: pd.DataFrame, index: np.ndarray) -> np.ndarray | None:
    """(q,) design weights of the raters that levels belong to; None without weights or where a level has several."""
    if "rater_weight" not in frame:
        return None
    pairs = pd.DataFrame({"level": index, "rater": frame["rater"].cat.codes}).drop_duplicates()
    if pairs["level"].duplicated().any():
        return None
    _, first = np.unique(index, return_index=True)
    return frame["rater_weight"].to_numpy(float)[first]


def _refuse_twice(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(
            f"The random effect of {', '.join(twice)} stands in two terms of the formula. Keep it in one of them: "
            "'(1 + gender | item)' has the intercept of 'item' already."
        )


def _known_parts(term: RandomTerm, slopes: SlopeColumns, level: np.ndarray, cell: np.ndarray) -> list[SlopeColumns]:
    """The columns of a term that ratings can tell apart, in groups that are not correlated with each other.

    Parameters
    ----------
    level, cell : (n,) of each rating

    Examples
    --------
    >>> from pluralstats.model.formula.parsing import parse_formula
    >>> term = parse_formula("rating ~ (0 + gender | rater)", ("gender", "rater")).random[0]
    >>> Z = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> columns = SlopeColumns(("gender[f]", "gender[m]"), Z, (), None, np.arange(2))
    >>> [part.names for part in _known_parts(term, columns, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))]
    [('gender[f]',), ('gender[m]',)]
    """
    if len(slopes.names) < 2:
        return [slopes]
    size = int(level.max()) + 1
    columns = [slopes.Z[cell, j] for j in range(len(slopes.names))]
    constant = np.array([_constant(z, level, size) for z in columns])
    there = np.array([np.bincount(level[z != 0.0], minlength=size) > 0 for z in columns])  # (c, q)
    kept: list[int] = []
    sentences = []
    for j in range(len(columns)):
        same = [k for k in kept if constant[j] and constant[k] and (there[j] & there[k]).any()]
        if same:
            sentences.append(_left_out(term, slopes, j, same[0]))
        else:
            kept.append(j)
    together = there[kept].astype(float) @ there[kept].T > 0.0
    parts = _components(together)
    sentences += [
        _never(term, slopes, kept, part, together) for part in parts if not together[np.ix_(part, part)].all()
    ]
    found = [slopes.only([kept[i] for i in part]) for part in parts]
    return [
        found[0]._replace(aliased=(*slopes.aliased, *sentences)),
        *(part._replace(aliased=()) for part in found[1:]),
    ]


def _constant(z: np.ndarray, level: np.ndarray, size: int) -> bool:
    """Whether a multiplier is the same in all ratings of every level."""
    one = np.zeros(size)
    one[level] = z
    return bool((z == one[level]).all())


def _components(together: np.ndarray) -> list[list[int]]:
    """Positions that are linked, directly or through others, in order."""
    parts: list[list[int]] = []
    left = list(range(len(together)))
    while left:
        part, front = [], [left[0]]
        while front:
            i = front.pop()
            part.append(i)
            left.remove(i)
            front += [j for j in left if together[i, j] and j not in front]
        parts.append(sorted(part))
    return parts


def _left_out(term: RandomTerm, slopes: SlopeColumns, j: int, other: int) -> str:
    instead = ""
    if np.isin(slopes.Z[:, j], (0.0, 1.0)).all() and slopes.names[other] == "Intercept":
        columns = " + ".join(term.columns)
        instead = f" For a standard deviation in each group write (0 + {columns} | {term.name})."
    return (
        f"In {term}: {slopes.names[j]} is the same in all ratings of every {term.name}, as {slopes.names[other]} is, "
        "so that no level tells the two apart, and neither its standard deviation nor its correlation can be known. "
        f"It was left out.{instead}"
    )


def _never(term: RandomTerm, slopes: SlopeColumns, kept: list[int], part: list[int], together: np.ndarray) -> str:
    apart = [(a, b) for i, a in enumerate(part) for b in part[i + 1 :] if not together[a, b]]
    a, b = (slopes.names[kept[i]] for i in apart[0])
    more = f" (and {len(apart) - 1} more pairs)" if len(apart) > 1 else ""
    return (
        f"In {term}: no {term.name} has ratings with {a} and with {b}{more}, so that their correlation is unknown: the "
        "number printed for it comes from the others and the prior. Write them as terms of their own."
    )
