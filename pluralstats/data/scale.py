"""Rating scales: the ordered answers a rater could choose from, and the numbers they stand for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.tables.texts import answer_text, clean_text, meant, number_in, number_text
from pluralstats.errors import ConfigError, expect

type ScaleSpec = Scale | str | Sequence[float] | Sequence[str] | tuple[str, float, float]

CONTINUOUS = "continuous"
_EXAMPLES = (
    'Pass scale=(1, 5), a list such as ["disagree", "neutral", "agree"], scale="continuous", or '
    'scale=("continuous", 0, 100) where it has ends.'
)
_MOST_ANSWERS = 1000  # more answers are a measurement, not a choice among answers


@dataclass(frozen=True)
class Scale:
    """The answers of one rating question, lowest first.

    Attributes
    ----------
    labels : tuple of str, (K,)
        What the answers are called. Empty for a continuous scale.
    values : tuple of float, (K,)
        The number each answer stands for, in rating points; increasing. Empty for a continuous scale.
    ends : (lowest, highest), optional
        Of a continuous scale, where it has any: of a slider from 0 to 100.

    Examples
    --------
    >>> Scale.parse((1, 5)).values
    (1.0, 2.0, 3.0, 4.0, 5.0)
    >>> Scale.parse(["no", "unsure", "yes"]).code_of("yes")
    2
    """

    labels: tuple[str, ...]
    values: tuple[float, ...]
    ends: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name, given in (("labels", self.labels), ("values", self.values)):
            expect(given, tuple, f"`{name}` of a Scale is a tuple", "ps.Scale.parse((1, 5)) makes a scale from less.")
        if self.ends is not None and not (self.is_continuous and -np.inf < self.ends[0] < self.ends[1] < np.inf):
            raise ConfigError(
                f"The ends of a continuous scale are two increasing numbers; found {self.ends}. {_EXAMPLES}"
            )
        if len(self.labels) != len(self.values):
            raise ConfigError(
                f"A scale needs one value per label; found {len(self.labels)} labels and {len(self.values)} values."
            )
        if len(self.labels) == 1:
            raise ConfigError(f"`scale` needs at least 2 answers; found only {self.labels[0]!r}. {_EXAMPLES}")
        _refuse_too_many(len(self.labels))
        if repeated := sorted(label for label, n in Counter(self.labels).items() if n > 1):
            raise ConfigError(f"`scale` names an answer twice: {', '.join(repeated)}. Name each answer once.")
        if not np.isfinite(self.values).all() or (np.diff(self.values) <= 0).any():
            found = ", ".join(number_text(v) if np.isfinite(v) else str(v) for v in self.values)
            raise ConfigError(f"The values of a scale must increase; found {found}. List the lowest first.")

    @property
    def K(self) -> int:  # the name of the methods paper
        """Number of answers; 0 for a continuous scale."""
        return len(self.labels)

    @property
    def is_continuous(self) -> bool:
        """Whether any number, or any between the ends, is a possible rating."""
        return not self.labels

    @property
    def lowest(self) -> float | None:
        """The lowest rating that can be given; None where a continuous scale has no ends."""
        return self.values[0] if self.values else self.ends[0] if self.ends else None

    @property
    def width(self) -> float | None:
        """Rating points from the lowest to the highest rating; None where a continuous scale has no ends."""
        low, high = (self.values[0], self.values[-1]) if self.values else self.ends or (0.0, 0.0)
        return high - low if high > low else None

    @classmethod
    def parse(cls, spec: ScaleSpec) -> "Scale":
        """The scale a user describes in one of the four short forms.

        Parameters
        ----------
        spec : Scale, "continuous", ("continuous", low, high), pair of int, or list
            Two whole numbers, ``(1, 5)`` or ``[1, 5]``, mean every whole number from the first to the second.
            A longer list of numbers means those values, lowest first. A list of strings means those answers
            in that order, which is never changed; they stand for 1..K points. "continuous" means any number, with
            two numbers after it any number between them.

        Raises
        ------
        ConfigError
            When the description is none of these, repeats an answer, or does not increase.
        """
        if isinstance(spec, Scale):
            return spec
        if isinstance(spec, str):
            if spec == CONTINUOUS:
                return cls((), ())
            raise ConfigError(f"`scale` cannot be the word {spec!r}. {_EXAMPLES}")
        answers: list[Any] = list(spec) if isinstance(spec, Sequence | np.ndarray | pd.Index) else []
        if answers and answers[0] == CONTINUOUS and len(answers) == 3 and all(map(_is_number, answers[1:])):
            return cls((), (), (float(answers[1]), float(answers[2])))
        if answers and all(isinstance(answer, str) for answer in answers):
            return cls(tuple(map(clean_text, answers)), tuple(map(float, range(1, len(answers) + 1))))
        if not answers or not all(_is_number(answer) for answer in answers):
            raise ConfigError(f"`scale` cannot be {spec!r}. {_EXAMPLES}")
        return cls._of_numbers(answers)

    @classmethod
    def _of_numbers(cls, numbers: list[float]) -> "Scale":
        low, high = numbers[0], numbers[-1]
        if len(numbers) == 2 and high > low and not isinstance(low, float) and not isinstance(high, float):
            _refuse_too_many(int(high) - int(low) + 1)
            numbers = list(range(int(low), int(high) + 1))
        return cls(tuple(answer_text(n) if np.isfinite(n) else str(n) for n in numbers), tuple(map(float, numbers)))

    def code_of(self, answer: str) -> int:
        """Position 0..K-1 of an answer given as text (label or number), or -1 when it is not on the scale.

        A label wins over a number, so a scale ``["3", "2", "1"]`` keeps its order; quotes and hyphens count as their
        plain forms, numbers by their value.
        """
        if answer in self.labels:
            return self.labels.index(answer)
        if not self.is_numeric:
            same = meant(answer, self.labels)
            return self.labels.index(same[0]) if len(same) == 1 else -1
        truth = {"True": "1", "False": "0"} if {0.0, 1.0} <= {*self.values} else {}
        number = number_in(truth.get(answer, answer))
        near = np.nan if number is None else number
        matches = np.flatnonzero(np.isclose(self.values, near, rtol=0, atol=1e-9))
        return int(matches[0]) if len(matches) else -1

    @property
    def is_numeric(self) -> bool:
        """Whether the answers are called by their numbers."""
        return self.labels in (tuple(map(answer_text, self.values)), tuple(map(number_text, self.values)))

    def describe(self) -> str:
        """The scale in a few words, for messages.

        >>> Scale.parse((1, 5)).describe(), Scale.parse([0, 0.5, 1]).describe()
        ('1-5', '0, 0.5, 1')
        """
        if self.is_continuous:
            return f"continuous {number_text(self.ends[0])} to {number_text(self.ends[1])}" if self.ends else CONTINUOUS
        steps_of_one = np.array_equal(np.diff(self.values), np.ones(self.K - 1))
        if self.is_numeric and self.K > 2 and self.values[0] >= 0 and steps_of_one:
            return f"{self.labels[0]}-{self.labels[-1]}"
        return ", ".join(self.labels)

    def merged(self, n: int, midpoint: str | None = None) -> tuple["Scale", np.ndarray, str]:
        """A coarser scale of ``n`` answers of about equal width, and where each old answer goes.

        Old answer k covers the part (k/K, (k+1)/K) of the scale and goes to the new answer that holds its
        middle, floor(n (k + 1/2) / K). A middle that falls on the border between two new answers goes
        outwards, and the middle answer of the whole scale follows ``midpoint``.

        Parameters
        ----------
        n : int
            Number of new answers, 2 <= n < K.
        midpoint : {"up", "down", "own"}, optional
            Where the middle answer of an odd scale goes. Default: "own" when n is odd, "up" when n is even.

        Returns
        -------
        Scale
            Values 1..n, labels made of the first and last old label: "1-2", "3", "4-5".
        ndarray of int, (K,)
            New code of each old code.
        str
            The midpoint rule that was used: "up", "down", "own" or "none" (a scale without a middle answer).

        Examples
        --------
        >>> coarse, new_codes, rule = Scale.parse((1, 5)).merged(3)
        >>> coarse.labels, new_codes.tolist(), rule
        (('1-2', '3', '4-5'), [0, 0, 1, 2, 2], 'own')
        """
        rule = self._midpoint_rule(n, midpoint)
        doubled = (2 * np.arange(self.K) + 1) * n  # n (k + 1/2) / K times 2K: whole numbers, exact borders
        side = np.sign(2 * np.arange(self.K) - (self.K - 1))
        side[side == 0] = -1 if rule == "down" else 1
        codes = doubled // (2 * self.K) - ((doubled % (2 * self.K) == 0) & (side < 0))
        joiner = "-" if self.is_numeric and self.values[0] >= 0 else " to "
        groups = [[label for label, code in zip(self.labels, codes, strict=True) if code == j] for j in range(n)]
        labels = tuple(group[0] if len(group) == 1 else f"{group[0]}{joiner}{group[-1]}" for group in groups)
        return Scale(labels, tuple(map(float, range(1, n + 1)))), codes, rule

    def _midpoint_rule(self, n: int, midpoint: str | None) -> str:
        if not isinstance(n, int | np.integer) or isinstance(n, bool) or not 2 <= n < self.K:
            possible = f"Choose 2 to {self.K - 1}" if self.K > 2 else "Nothing is coarser"
            raise ConfigError(f"A scale with {self.K} answers cannot be collapsed to {n!r}. {possible}.")
        if midpoint not in (None, "up", "down", "own"):
            raise ConfigError(f'`midpoint` must be "up", "down" or "own"; found {midpoint!r}.')
        if self.K % 2 == 0:
            return "none"
        if n % 2 == 1 and midpoint in ("up", "down"):
            raise ConfigError(f"collapse({n}) keeps the middle answer apart; midpoint={midpoint!r} needs an even n.")
        if n % 2 == 0 and midpoint == "own":
            raise ConfigError(f'collapse({n}) has no middle answer; choose midpoint="up" or midpoint="down".')
        return midpoint or ("own" if n % 2 else "up")


def _is_number(answer: object) -> bool:
    return isinstance(answer, Real) and not isinstance(answer, bool)


def _refuse_too_many(n_answers: int) -> None:
    if n_answers > _MOST_ANSWERS:
        raise ConfigError(
            f"`scale` has {n_answers:,} answers; {_MOST_ANSWERS:,} are the most. "
            f'Use scale="continuous" for ratings that are measurements.'
        )
