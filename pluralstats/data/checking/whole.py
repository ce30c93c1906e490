"""Everything that is wrong or suspicious in a file of ratings, found at once and before any analysis."""

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from pluralstats.data.batch import policy_table
from pluralstats.data.cards import check_card
from pluralstats.data.checking.design import numbers_anew, taken_apart
from pluralstats.data.checking.evidence import Advised, Columns, Evidence
from pluralstats.data.checking.guesses import guessed_demographics, guessed_scale, odd_answers
from pluralstats.data.checking.missing import missing_table, no_missing_ratings
from pluralstats.data.checking.numbers import COLUMNS as NUMBER_COLUMNS
from pluralstats.data.checking.numbers import IDS, number_table
from pluralstats.data.checking.scales import has_an_order
from pluralstats.data.checking.suspicions import suspicions
from pluralstats.data.policies.options import RatingOptions, rating_options
from pluralstats.data.preparing import begun, completed, rows_of_ratings
from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.arguments import wanted
from pluralstats.data.reading.from_file import AUTO, opened, source_of
from pluralstats.data.reading.sources import Source
from pluralstats.data.scales.by_level import answers_of
from pluralstats.data.summaries import shown_rows, summary_table
from pluralstats.data.tables.frames import NumberedTable, joined
from pluralstats.data.tables.user_missing import labelled_codes
from pluralstats.errors import ConfigError, DataError, listed, nearest, problems_error
from pluralstats.printing.cards import Card, Shown

_SUMMARY = ("column", "level", "n_raters", "n_ratings", "percent")
_SHOWN = 5  # rows


@dataclass(frozen=True, repr=False)
class Check(Shown):
    """What ``check`` found.

    Attributes
    ----------
    summary : DataFrame
        column, level, n_raters, n_ratings, percent: as ``Ratings.summary``, of what ``Ratings`` would hold.
    problems : tuple of str
        Finished sentences; first what ``Ratings`` would refuse, then what looks suspicious.
    guesses : tuple of str
        What was assumed because it was not given, as sentences.
    numbers : DataFrame
        column, n, n_different, least, mean, greatest: of every column of numbers that is no id.
    missing : DataFrame
        column ("all", "dimension", a demographic, "item"), level, n_asked, n_missing, percent: missing ratings of
        everything, of groups, and of the items that have any. No rows where none is missing.
    refused : tuple of str
        Those of the problems for which ``Ratings`` would refuse the file.
    shape : str
        The shape that the file was read in, as ``format=`` calls it; "" where it could not be read.
    options : mapping
        The options of ``Ratings`` that were used, given or guessed; not those that the file itself tells.
    rows : DataFrame
        The first rows as they will be used.
    policies : DataFrame
        step, column, policy, n_rows, n_raters, detail: as ``Ratings.policies``.
    advice : tuple
        Those of the problems that advise an option: ``sentence``, ``option`` ("na_values", "drop_ratings", "exclude"),
        ``values``, ``column``.
    """

    summary: pd.DataFrame
    problems: tuple[str, ...]
    guesses: tuple[str, ...] = ()
    numbers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(NUMBER_COLUMNS)))
    missing: pd.DataFrame = field(default_factory=no_missing_ratings)
    refused: tuple[str, ...] = ()
    shape: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    policies: pd.DataFrame = field(default_factory=lambda: policy_table([]))
    advice: tuple[Advised, ...] = ()

    def _card(self) -> Card:
        return check_card(self.summary, self.problems, self.guesses, self.shape)

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
    answers: str | Sequence[str] = (),
    people: Any = None,
    people_key: str = "",
    unfinished: str = "drop",
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
    format, dimensions, items, raters, answers, people, people_key, unfinished
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
    shape = wanted(dimensions, items, raters, options, answers, people, people_key, unfinished)
    try:
        source = source_of(frame_or_path, shape)
    except DataError as error:
        return _unreadable(error.problems)
    return check_source(source, format, options)


def check_source(source: Source, format: str, options: Mapping[str, Any]) -> Check:
    """What ``check`` finds in a file that was opened already; ``options`` are those of ``Ratings``."""
    try:
        found = opened(source, format)
        given, options = frozenset(options), {**found.options, **options}
        arguments = _arguments(options)
        numbered = rows_of_ratings(found.numbered, rating_options(**arguments))
    except DataError as error:
        return _unreadable(error.problems)
    columns = Columns(numbered.table.apply(joined, separator=arguments["separator"]), found.asked)
    no_answers = tuple(labelled_codes(numbered.policies))
    handled = (*arguments["drop_ratings"], *arguments["na_values"], *arguments["recode"].get("rating", {}), *no_answers)
    odd = odd_answers(columns, None if arguments["scale"] is None else answers_of(arguments["scale"]), handled)
    if odd and arguments["scale"] is None:
        return _unreadable(tuple(odd))
    arguments, guesses = _completed(columns, arguments, options, no_answers)
    guesses = (*found.notes, *guesses)
    if arguments["scale"] is None and not has_an_order(columns.table["rating"]):
        problem = "The ratings have fewer than two different answers, so no scale can be guessed; pass scale=."
        return _unreadable((problem,), guesses)
    evidence = _evidence(numbered, columns, rating_options(**arguments), frozenset(options))
    used = _used(arguments, given, found.options)
    return replace(_found(evidence, odd, guesses), shape=found.shape, options=used)


def _unreadable(problems: tuple[str, ...], guesses: tuple[str, ...] = ()) -> Check:
    return Check(pd.DataFrame(columns=list(_SUMMARY)), problems, guesses)


def _evidence(numbered: NumberedTable, columns: Columns, options: RatingOptions, given: frozenset[str]) -> Evidence:
    """What ``Ratings`` would make of the rows, and what it would where raters without demographics stay.

    These shall not hide other problems.
    """
    names = [name for name in (*IDS, *options.demographics) if name in columns.table]
    read = {name: columns.level(name) for name in names}  # each column is taken apart once
    started = begun(replace(numbered, table=numbered.table.assign(**read)), options)
    used = everybody = completed(started, options).batch
    if any(record["step"] == "undisclosed" and record["n_rows"] for record in used.policies):
        everybody = completed(started, replace(options, undisclosed="level")).batch
    return Evidence(columns, numbered.rows, started.asked, everybody, used, started.scale, options, given)


def _found(evidence: Evidence, odd: list[str], guesses: tuple[str, ...]) -> Check:
    demographics = evidence.options.demographics
    suspected = suspicions(evidence)
    problems = (*evidence.used.problems, *odd, *map(str, suspected))
    summary = summary_table(evidence.used.table, evidence.scale, demographics)
    guesses = (*guesses, *taken_apart(evidence), *numbers_anew(evidence))
    return Check(
        summary,
        problems,
        guesses,
        number_table(evidence),
        missing_table(evidence.asked, demographics),
        refused=tuple(evidence.used.problems),
        rows=shown_rows(evidence.used.table.head(_SHOWN), evidence.scale),
        policies=policy_table(evidence.used.policies),
        advice=tuple(found for found in suspected if isinstance(found, Advised)),
    )


def _used(arguments: Mapping[str, Any], given: Collection[str], told: Collection[str]) -> dict[str, Any]:
    """The arguments that were given, or guessed because nobody gave them and the file does not tell."""
    guessed = {"scale", "demographics"}.difference(told)
    names = [name for name in arguments if name in given or name in guessed]
    return {name: arguments[name] for name in names if arguments[name] not in (None, (), [], {})}


def _arguments(options: Mapping[str, Any]) -> dict[str, Any]:
    """Every argument of ``Ratings`` that is about data: the given ones, else the defaults."""
    parameters = inspect.signature(Ratings).parameters
    known = {name: parameters[name].default for name in parameters if name in RatingOptions.__dataclass_fields__}
    if unknown := [name for name in options if name not in parameters or name == "frame"]:
        raise problems_error(
            ConfigError, [f"`{name}` is no option of Ratings.{nearest(name, known)}" for name in unknown]
        )
    given = {name: value for name, value in options.items() if name in known}
    if not given.get("demographics"):
        known |= {"undisclosed": "level"}  # where nobody named demographics, nobody is left out for lack of one
    checked = rating_options(**known | given)
    return {name: getattr(checked, name) for name in known}


def _completed(
    columns: Columns, arguments: dict[str, Any], options: Mapping[str, Any], no_answers: Sequence[str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    guesses = []
    if arguments["scale"] is None:
        left_out = [*arguments["drop_ratings"], *arguments["na_values"], *no_answers]
        scale, sentence = guessed_scale(columns, left_out)
        arguments = arguments | {"scale": scale}
        guesses += [sentence] if sentence else []
    if "demographics" not in options:
        names = guessed_demographics(columns, arguments["covariates"])
        arguments = arguments | {"demographics": names}
        guesses.append(f"`demographics` was not given; columns that describe raters: {listed(names, 20) or 'none'}.")
    return arguments, tuple(guesses)
