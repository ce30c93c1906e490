"""Whether the design of a simulation can be meant, before anything is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pluralstats.data.tables.frames import as_list, is_list
from pluralstats.errors import ConfigError, problems_error

_FEWEST = {"n_raters": 1, "n_items": 1, "n_questions": 0, "seed": 0}
EXAMPLES = {
    "effects": '"gender[male]": 0.3',
    "item_slopes": '"gender[male]": 0.4',
    "sd_intersection": '"gender:race": 0.3',
}


def checked_design(
    sizes: Mapping[str, Any],
    ratings_per_rater: int | Sequence[int],
    dimensions: Any,
    demographics: Any,
    parameters: Mapping[str, Any],
    seed: Any,
) -> tuple[str, ...]:
    """The dimensions as a tuple, once everything about the design has been looked at.

    Parameters
    ----------
    parameters : argument -> what it holds
        Arguments that are dictionaries from a parameter to a number, or None.

    Raises
    ------
    ConfigError
        Naming every argument that cannot be meant.

    Examples
    --------
    >>> checked_design({"n_raters": 3, "n_items": 2, "n_questions": 0}, 1, ["toxicity"], {}, {"effects": None}, 1)
    ('toxicity',)
    """
    problems = [
        f"`{name}` must be a whole number of {_FEWEST[name]} or more; found {value!r}."
        for name, value in {**sizes, "seed": seed}.items()
        if not _is_whole(value) or value < _FEWEST[name]
    ]
    names = as_list(dimensions)
    if not is_list(names) or not all(isinstance(n, str) and n.strip() for n in names) or len(set(names)) < len(names):
        problems.append(f'`dimensions` must list different names, such as ["toxicity"]; found {dimensions!r}.')
    problems += [*_wrong_demographics(demographics), *_wrong_parameters(parameters)]
    problems = problems or _wrong_counts(ratings_per_rater, sizes["n_raters"])
    if problems:
        raise problems_error(ConfigError, problems)
    return tuple(names)


def _wrong_demographics(demographics: Any) -> list[str]:
    if not isinstance(demographics, Mapping):
        return [f"`demographics` must be a dictionary {{name: {{level: probability}}}}; found {demographics!r}."]
    return [
        f"`demographics` of {name!r} must be a dictionary {{level: probability}} of text and numbers; found {shares!r}."
        for name, shares in demographics.items()
        if not (isinstance(name, str) and isinstance(shares, Mapping) and shares and _are_text(shares))
    ]


def _wrong_parameters(parameters: Mapping[str, Any]) -> list[str]:
    return [
        f"`{argument}` must be a dictionary such as {{{EXAMPLES[argument]}}}; found {values!r}."
        for argument, values in parameters.items()
        if not (values is None or (isinstance(values, Mapping) and _are_text(values)))
    ]


def _wrong_counts(ratings_per_rater: Any, n_raters: int) -> list[str]:
    counts = as_list(ratings_per_rater)
    if _is_whole(counts) or (is_list(counts) and len(counts) == n_raters and all(map(_is_whole, counts))):
        return []
    found = f"a list of {len(counts)}" if is_list(counts) and all(map(_is_whole, counts)) else repr(counts)
    return [f"`ratings_per_rater` must be a whole number, or a list of {n_raters:,} (one a rater); found {found}."]


def numeric(name: str, values: Any) -> np.ndarray:
    """Values as an array of float, of any shape.

    Raises
    ------
    ConfigError
        When they are no numbers.
    """
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"`{name}` must hold numbers; found {values!r}.") from error


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _are_text(values: Mapping[Any, Any]) -> bool:
    return all(isinstance(value, str) and value.strip() for value in values)
