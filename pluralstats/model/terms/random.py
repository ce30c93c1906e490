"""Random terms in the rows of a design: levels, what their effects are multiplied by, which effects correlate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, DataError
from pluralstats.model.formula.parsing import RandomTerm
from pluralstats.model.terms.fixed import FixedEffects, SlopeColumns, slope_columns
from pluralstats.model.terms.known_columns import known_columns, known_parts, refuse_groups, refuse_lost_slopes


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
    basis: np.ndarray | None = field(repr=False, default=None)  # (n_cells, q) of a smooth curve: rows have all effects

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
    told_apart = known_parts if term.correlated else known_columns
    known = told_apart(term, slopes, levels.code, fixed.cell)
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
