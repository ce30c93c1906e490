"""The columns of a random term that ratings can tell apart.

The covariance S of a level's effects enters through z'S y, z and y the multipliers of two ratings of the same level.
Two columns that are both constant within every level are told apart by no level: of ``(1 + gender | rater)`` the
ratings know one variance for women and one for men, and not sd, sd and correlation. Columns that no level has both of,
as the two of ``(0 + gender | rater)``, have a standard deviation each and no correlation. Of ``(1 + gender || item)``
every column has one by itself, as in brms: lme4 keeps the columns of a factor correlated there.

A demographic of shares cannot stand everywhere: its levels are no groups of raters.
"""

from collections.abc import Sequence

import numpy as np

from pluralstats.errors import ConfigError
from pluralstats.model.formula.parsing import RandomTerm
from pluralstats.model.terms.fixed import SlopeColumns

SAME_SQUARES = 1e-8  # how far the squares of a column may be from a sum of other columns'


def known_parts(term: RandomTerm, slopes: SlopeColumns, level: np.ndarray, cell: np.ndarray) -> list[SlopeColumns]:
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
    >>> [part.names for part in known_parts(term, columns, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))]
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


def known_columns(term: RandomTerm, slopes: SlopeColumns, level: np.ndarray, cell: np.ndarray) -> list[SlopeColumns]:
    """The columns of a term without correlations that ratings can tell apart, each by itself.

    Columns that are constant within every level enter through the variance of the level's sum only, by their squares.

    >>> from pluralstats.model.formula.parsing import parse_formula
    >>> term = parse_formula("rating ~ (1 + gender || rater)", ("gender", "rater")).random[0]
    >>> columns = SlopeColumns(("Intercept", "contrast"), np.array([[1.0, -1.0], [1.0, 1.0]]), (), None, np.arange(2))
    >>> [part.names for part in known_columns(term, columns, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))]
    [('Intercept',)]
    """
    size, squares = int(level.max(initial=-1)) + 1, np.empty((int(level.max(initial=-1)) + 1, 0))
    kept: list[int] = []
    sentences = []
    for j, name in enumerate(slopes.names):
        z, one = slopes.Z[cell, j], np.zeros(size)
        if _constant(z, level, size):
            one[level] = z**2
            more = np.column_stack([squares, one / max(one.max(), np.finfo(float).tiny)])
            if np.linalg.matrix_rank(more, tol=SAME_SQUARES * np.sqrt(size)) == squares.shape[1]:
                sentences.append(
                    f"In {term}: {name} only adds to the variance of every {term.name} what other columns add, so that "
                    "its standard deviation cannot be known. It was left out."
                )
                continue
            squares = more
        kept.append(j)
    return [slopes.only([j])._replace(aliased=() if i else (*slopes.aliased, *sentences)) for i, j in enumerate(kept)]


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


def refuse_groups(term: RandomTerm, shared: Sequence[str]) -> None:
    """Refuse groups of a column in which one rater can have several levels.

    Raises
    ------
    ConfigError
    """
    for factor in (factor for factor in term.factors if factor in shared):
        raise ConfigError(
            f"{term} makes groups of '{factor}', of which a rater has shares in several levels "
            f"(multi_select='share'), and a group has each rater once. Name '{factor}' in the fixed part or as a "
            f"slope, such as (1 + {factor} | item), or pass multi_select={{'{factor}': 'multiracial'}}."
        )


def refuse_lost_slopes(term: RandomTerm, shared: Sequence[str], names: Sequence[str], kept: Sequence[str]) -> None:
    """Refuse slopes of such a column that no level of the term tells apart, as of (0 + race | rater).

    Parameters
    ----------
    names, kept : of the columns of the term, and of those that were not left out

    Raises
    ------
    ConfigError
    """
    for column in (column for column in term.columns if column in shared):
        if any(name not in kept for name in names if f"{column}[" in name):
            raise ConfigError(
                f"{term} needs a standard deviation of raters for each level of '{column}', of which a rater has "
                f"shares in several (multi_select='share'), so that no {term.name} tells them apart. Write "
                f"(1 | {term.name}), or pass multi_select={{'{column}': 'multiracial'}}."
            )
