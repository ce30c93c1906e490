"""The sample of a simulated study: whether its design can be meant, and which rater rates which items."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.tables.frames import as_list, is_list
from pluralstats.errors import ConfigError, listed, problems_error

_FEWEST = {"n_raters": 1, "n_items": 1, "n_questions": 0, "seed": 0}
EXAMPLES = {
    "effects": '"gender[male]": 0.3',
    "item_slopes": '"gender[male]": 0.4',
    "sd_intersection": '"gender:race": 0.3',
    "disc": '"gender[male]": 0.4',
    "stretch": '"gender[male]": -0.3',
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


_RATERS_AT_ONCE = 1000  # keeps the matrix of random keys small


def drawn_raters(
    n_raters: int, demographics: Mapping[str, Mapping[str, float]], rng: np.random.Generator
) -> pd.DataFrame:
    """One row per rater, each demographic drawn independently with its level probabilities.

    Raises
    ------
    ConfigError
        When the probabilities of a demographic are negative or do not sum to 1.
    """
    columns = {}
    for name, shares in demographics.items():
        probabilities = numeric(f"demographics['{name}']", list(shares.values()))
        if (probabilities < 0).any() or not np.isclose(probabilities.sum(), 1):
            found = listed([f"{level} {share}" for level, share in shares.items()], 12)
            raise ConfigError(
                f"The level probabilities of '{name}' must be 0 or more and sum to 1; found {found}, "
                f"sum {probabilities.sum():g}."
            )
        codes = rng.choice(len(shares), size=n_raters, p=probabilities / probabilities.sum())
        columns[name] = pd.Categorical.from_codes(codes, categories=list(shares))
    return pd.DataFrame(columns, index=pd.RangeIndex(n_raters))


def drawn_events(
    n_raters: int,
    n_items: int,
    ratings_per_rater: int | Sequence[int],
    n_questions: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Who meets what: codes of "rater", "item" and, if there are any, "question", (n_events,) each.

    No rater meets an item twice; each item belongs to one question.

    Raises
    ------
    ConfigError
        When a rater is to rate fewer than one or more than all items.
    """
    counts = np.broadcast_to(np.asarray(ratings_per_rater), (n_raters,))
    if counts.dtype.kind not in "iu" or counts.min() < 1 or counts.max() > n_items:
        raise ConfigError(
            f"`ratings_per_rater` must be whole numbers from 1 to n_items = {n_items}; "
            f"found {listed(sorted({str(count) for count in counts.tolist()}))}."
        )
    if n_questions > n_items:
        raise ConfigError(f"`n_questions` must be 0 to n_items = {n_items}; found {n_questions}.")
    most = int(counts.max())
    items = _distinct_items(n_raters, n_items, most, rng)[np.arange(most) < counts[:, None]]
    events = {"rater": np.repeat(np.arange(n_raters), counts), "item": items}
    if n_questions:
        events["question"] = rng.permutation(np.arange(n_items) % n_questions)[items]
    return events


def _distinct_items(n_raters: int, n_items: int, n_each: int, rng: np.random.Generator) -> np.ndarray:
    """Random items without repetition within a rater, in random order, (n_raters, n_each)."""
    items = np.empty((n_raters, n_each), dtype=np.int64)
    for start in range(0, n_raters, _RATERS_AT_ONCE):
        part = items[start : start + _RATERS_AT_ONCE]
        keys = rng.random((len(part), n_items))
        chosen = np.argpartition(keys, n_each - 1, axis=1)[:, :n_each]
        part[:] = np.take_along_axis(chosen, np.take_along_axis(keys, chosen, axis=1).argsort(axis=1), axis=1)
    return items


def correlated_effects(sds: np.ndarray, correlation: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Normal effects of ``n`` groups on D dimensions, (n, D), with sds (D,) and correlation (D, D)."""
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return rng.standard_normal((n, len(sds))) @ root.T * sds


def correlation_matrix(name: str, correlation: float | np.ndarray, n_dimensions: int) -> np.ndarray:
    """A number for all pairs of dimensions, or a whole matrix, as a checked (D, D) correlation matrix.

    Raises
    ------
    ConfigError
        When it is no correlation matrix.
    """
    matrix = numeric(name, correlation)
    is_finite = np.isfinite(matrix).all()
    if matrix.ndim == 0:
        matrix = np.where(np.eye(n_dimensions, dtype=bool), 1.0, matrix)
    fits = is_finite and matrix.shape == (n_dimensions, n_dimensions) and np.allclose(matrix, matrix.T)
    if not fits or not np.allclose(np.diag(matrix), 1) or np.linalg.eigvalsh(matrix).min() < -1e-9:
        raise ConfigError(
            f"`{name}` must be one number or a correlation matrix of {n_dimensions} x {n_dimensions} "
            f"(symmetric, ones on the diagonal, no negative eigenvalue); found {correlation!r}."
        )
    return matrix
