"""One scale for each wave: the same study asked with five answers in one month and with three in another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.data.tables.texts import cell_text, meant
from pluralstats.errors import ConfigError, DataError, listed

COLUMNS = ("wave", "dimension", "question")  # of which each level may have its own scale
EXAMPLE = 'scale={"wave": {"1": (1, 5), "2": (1, 3)}}'
_MOST_NAMED = 6


@dataclass(frozen=True)
class Scales:
    """The scales of ratings that have one for each level of a column.

    Attributes
    ----------
    column : {"wave", "dimension", "question"}
    of : dict, level -> Scale
        In the order of the levels of the column, once the data are known.
    """

    column: str
    of: dict[str, Scale]

    def __post_init__(self) -> None:
        if self.column not in COLUMNS:
            raise ConfigError(
                f"`scale` can differ by {listed(COLUMNS, 3)}; found {self.column!r}. Write {EXAMPLE}, and rename your "
                f'column, such as columns={{"{self.column}": "wave"}}.'
            )
        if not self.of:
            raise ConfigError(f"`scale` by {self.column} names no {self.column}. Write {EXAMPLE}.")
        if open_ones := [level for level, scale in self.of.items() if scale.is_continuous]:
            raise ConfigError(
                f"`scale` by {self.column} needs a list of answers each; that of {self.column} {listed(open_ones)} is "
                "continuous. Ratings of both kinds have no common model: read them apart."
            )

    @classmethod
    def parse(cls, spec: Mapping[Any, Any]) -> "Scales":
        """The scales that ``{column: {level: scale}}`` describes.

        Raises
        ------
        ConfigError
            When it has not this form, or a scale is none.

        Examples
        --------
        >>> Scales.parse({"wave": {"1": (1, 5), "2": (1, 3)}}).describe()
        '1-5 (wave 1); 1-3 (wave 2)'
        """
        column, scales = next(iter(spec.items()), (None, None))
        if len(spec) != 1 or not isinstance(scales, Mapping):
            found = listed(list(map(str, spec)))
            raise ConfigError(f"`scale` by a column is written {EXAMPLE}; found a dictionary with the keys {found}.")
        return cls(str(column), {cell_text(level): Scale.parse(scale) for level, scale in scales.items()})

    @property
    def union(self) -> Scale:
        """Every answer of any of the scales, for what is looked up before rows are told apart."""
        scales = list(self.of.values())
        if all(scale.is_numeric for scale in scales):
            return Scale.parse(sorted({value for scale in scales for value in scale.values}))
        labels = tuple(dict.fromkeys(label for scale in scales for label in scale.labels))
        return Scale(labels, tuple(map(float, range(1, len(labels) + 1))))

    def describe(self) -> str:
        """The scales in a few words, for messages."""
        words = [f"{scale.describe()} ({self.column} {level})" for level, scale in self.of.items()]
        more = [f"{len(words) - _MOST_NAMED} more"] if len(words) > _MOST_NAMED else []
        return "; ".join([*words[:_MOST_NAMED], *more])

    def meant_by(self, levels: Sequence[str]) -> "Scales":
        """The same scales under the names that the data have, in their order; levels without a scale are left out."""
        named = {found: scale for level, scale in self.of.items() for found in meant(level, levels)}
        return Scales(self.column, {level: named[level] for level in levels if level in named} or self.of)

    def settled(self, frame: pd.DataFrame) -> "Scale | Scales":
        """The scales of the levels that ``frame`` has; where these have one and the same, that scale."""
        there = set(frame[self.column].unique()) if len(frame) else set(self.of)
        left = {level: scale for level, scale in self.of.items() if level in there} or self.of
        first = next(iter(left.values()))
        return first if all(scale == first for scale in left.values()) else Scales(self.column, left)

    def rows(self, frame: pd.DataFrame) -> np.ndarray:
        """Which scale each row has, (n,) int: its place in ``of``, -1 where the level has none."""
        place = {level: i for i, level in enumerate(self.of)}
        level = frame[self.column].array
        return np.array([place.get(name, -1) for name in level.categories], dtype=int)[level.codes]

    def parts(self, frame: pd.DataFrame) -> Iterator[tuple[str, Scale, np.ndarray]]:
        """Each level with its scale and its rows, (n,) bool."""
        at = self.rows(frame)
        for i, (level, scale) in enumerate(self.of.items()):
            yield level, scale, at == i

    def needs_one(self) -> DataError:
        """Refuses what has no meaning across scales."""
        first = next(iter(self.of))
        said = f"This needs ratings on one scale; found {self.describe()}. Choose a {self.column}, as in "
        said += f'ratings.select({self.column}="{first}")'
        if self.column == "dimension":
            return DataError(f"{said}.")
        return DataError(
            f'{said}; a model of all on one latent scale has thresholds="{self.column}", and results on each of them: '
            f'fit.on_scale("{first}").'
        )


def parsed(spec: Any) -> Scale | Scales:
    """The scale, or the scales by level, that a user describes."""
    if isinstance(spec, Scales):
        return spec
    return Scales.parse(spec) if isinstance(spec, Mapping) else Scale.parse(spec)


def scale_parts(scale: Scale | Scales, frame: pd.DataFrame) -> list[tuple[str, Scale, np.ndarray]]:
    """Each scale with the level that has it ("" where there is one scale) and its rows, (n,) bool."""
    if isinstance(scale, Scales):
        return list(scale.parts(frame))
    return [("", scale, np.ones(len(frame), dtype=bool))]


def answers_of(scale: Scale | Scales) -> Scale:
    """The scale itself, or one of all answers of any."""
    return scale.union if isinstance(scale, Scales) else scale
