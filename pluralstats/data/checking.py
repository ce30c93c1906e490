"""Everything that is wrong or suspicious in a file of ratings, found at once and before any analysis."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pluralstats.data.batch import listed
from pluralstats.data.evidence import Evidence
from pluralstats.data.frames import (
    ID_COLUMNS,
    REQUIRED,
    joined,
    levels,
    missing_columns,
    renamed,
)
from pluralstats.data.guesses import guessed_demographics, guessed_scale, odd_answers
from pluralstats.data.options import RatingOptions, rating_options
from pluralstats.data.preparation import prepared
from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.from_file import AUTO, opened, wanted
from pluralstats.data.reading.sources import Source, Wanted
from pluralstats.data.summaries import summary_table
from pluralstats.data.suspicions import suspicions
from pluralstats.errors import ConfigError, DataError, nearest, problems_error

_SUMMARY = ("column", "level", "n_raters", "n_ratings", "percent")


@dataclass(frozen=True)
class Check:
    """What ``check`` found.

    Attributes
    ----------
    summary : DataFrame
        column, level, n_raters, n_ratings, percent: as ``Ratings.summary``, of all rows that could be read.
    problems : tuple of str
        Finished sentences; first what ``Ratings`` would refuse, then what looks suspicious.
    guesses : tuple of str
        What was assumed because it was not given, as sentences.
    """

    summary: pd.DataFrame
    problems: tuple[str, ...]
    guesses: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def check(
    frame_or_path: Any,
    *,
    format: str = AUTO,
    dimensions: Sequence[str] = (),
    items: str | Sequence[str] = (),
    raters: str | Sequence[str] = (),
    **options: Any,
) -> Check:
    """Every problem of a file or frame of ratings, without stopping at the first.

    Also tells what policies of ``Ratings`` would mend: repeated ratings, contradictory or missing
    demographics, answers that look like "don't know", codes for missing values, free text, levels with one
    rater, raters and items whose ratings are all the same. Scale and demographics are guessed when not
    given.

    Parameters
    ----------
    frame_or_path : data frame or path
        As for ``Ratings`` or ``read_ratings``.
    format, dimensions, items, raters
        As for ``read_ratings``.
    **options
        As for ``Ratings``; policies that are given are applied before looking.

    Returns
    -------
    Check

    Raises
    ------
    ConfigError
        When an option cannot be meant. Problems of the data are returned, not raised.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"item": ["a", "b"], "rater": [1, 1], "rating": [1, 9]})
    >>> check(table, scale=(1, 5)).problems[0][:56]
    '`rating` has 1 value outside the scale 1-5: 9 (row 2). R'
    """
    shape = wanted(dimensions, items, raters, options)
    try:
        found = opened(_source(frame_or_path, shape), format)
        options = {**found.options, **options}
        arguments, numbered = _arguments(options), found.numbered
        table = renamed(numbered.table, arguments["columns"])
        table = table.apply(joined, separator=arguments["separator"])
        if problems := missing_columns(table, (*REQUIRED, *arguments["demographics"], *arguments["covariates"])):
            raise problems_error(DataError, problems)
    except DataError as error:
        return Check(pd.DataFrame(columns=list(_SUMMARY)), error.problems)
    handled = (*arguments["drop_ratings"], *arguments["na_values"], *arguments["recode"].get("rating", {}))
    odd = odd_answers(table["rating"], arguments["scale"], handled)
    if odd and arguments["scale"] is None:
        return Check(pd.DataFrame(columns=list(_SUMMARY)), tuple(odd))
    arguments, guesses = _completed(table, arguments, options)
    if arguments["scale"] is None and not getattr(table["rating"].dtype, "ordered", False):
        problem = "The ratings have fewer than two different answers, so no scale can be guessed; pass scale=."
        return Check(pd.DataFrame(columns=list(_SUMMARY)), (problem,), guesses)
    used = rating_options(**arguments)
    known = {name: levels(table[name]) for name in (*_ids(table), *used.demographics)}
    result = prepared(replace(numbered, table=_with_levels(numbered.table, known, used.columns)), used)
    odd += suspicions(Evidence(table, numbered.rows, result.batch, result.scale, used, frozenset(options), known))
    summary = summary_table(result.batch.table, result.scale, used.demographics)
    return Check(summary, (*result.batch.problems, *odd), guesses)


def _ids(table: pd.DataFrame) -> list[str]:
    return [name for name in ID_COLUMNS if name in table]


def _with_levels(table: pd.DataFrame, known: Mapping[str, pd.Categorical], columns: Mapping[str, str]) -> pd.DataFrame:
    """The table, its columns not yet renamed, with those of known levels as levels, so that none is made twice."""
    old = {new: name for name, new in columns.items()}
    return table.assign(**{old.get(name, name): level for name, level in known.items()})


def _arguments(options: Mapping[str, Any]) -> dict[str, Any]:
    """Every argument of ``Ratings`` that is about data: the given ones, else the defaults."""
    parameters = inspect.signature(Ratings).parameters
    known = {name: parameters[name].default for name in parameters if name in RatingOptions.__dataclass_fields__}
    if unknown := [name for name in options if name not in parameters or name == "frame"]:
        raise problems_error(
            ConfigError, [f"`{name}` is no option of Ratings.{nearest(name, known)}" for name in unknown]
        )
    given = {name: value for name, value in options.items() if name in known}
    arguments = known | {"undisclosed": "level"} | given  # raters without demographics shall not hide other problems
    checked = rating_options(**arguments)
    return {name: getattr(checked, name) for name in known}


def _source(frame_or_path: Any, shape: Wanted) -> Source:
    if isinstance(frame_or_path, str | Path):
        return Source(Path(frame_or_path), shape)
    return Source(None, shape, frame_or_path)


def _completed(
    table: pd.DataFrame, arguments: dict[str, Any], options: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    guesses = []
    if arguments["scale"] is None:
        left_out = [*arguments["drop_ratings"], *arguments["na_values"]]
        scale, sentence = guessed_scale(table["rating"], left_out)
        arguments = arguments | {"scale": scale}
        guesses += [sentence] if sentence else []
    if "demographics" not in options:
        names = guessed_demographics(table, arguments["covariates"])
        arguments = arguments | {"demographics": names}
        guesses.append(f"`demographics` was not given; columns that describe raters: {listed(names, 20) or 'none'}.")
    return arguments, tuple(guesses)
