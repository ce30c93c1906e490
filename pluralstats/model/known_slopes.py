"""Which columns of a random term the ratings can tell apart, and which of them have a correlation that can be known.

The covariance S of a level's effects enters through z'S y, z and y the multipliers of two ratings of the same level.
Two columns that are both constant within every level are told apart by no level: of ``(1 + gender | rater)`` the
ratings know one variance for women and one for men, and not sd, sd and correlation. Columns that no level has both of,
as the two of ``(0 + gender | rater)``, have a standard deviation each and no correlation.
"""

import numpy as np

from pluralstats.model.formula.parsing import RandomTerm
from pluralstats.model.terms.fixed import SlopeColumns


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
