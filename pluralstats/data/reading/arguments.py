"""What the arguments of ``read_ratings`` say about the shape of a file, checked before it is opened."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from pluralstats.data.reading.column_patterns import NamesLike
from pluralstats.data.reading.sources import Wanted
from pluralstats.data.reading.tables import READERS, STATISTICAL
from pluralstats.data.scales.by_level import answers_of, parsed
from pluralstats.data.tables.frames import as_list, is_list
from pluralstats.data.tables.wide import dimension_names
from pluralstats.errors import ConfigError


def wanted(
    dimensions: Sequence[str] | None,
    items: Any,
    raters: Any,
    options: Mapping[str, Any],
    answers: Any = (),
    people: Any = None,
    people_key: str = "",
    unfinished: str = "drop",
) -> Wanted:
    """What the user said about the shape, checked.

    Raises
    ------
    ConfigError
        When columns of ratings are named in two ways, or an argument is none of its choices.
    """
    names = dimension_names(dimensions)
    columns = options.get("columns")
    columns = columns if isinstance(columns, Mapping) else {}
    if is_table(raters):
        if people is not None:
            raise ConfigError("`raters` and `people` both name a table of people. Name it once, as `people`.")
        people, raters = raters, ()
    ratings = {"dimensions": names, "items": items, "raters": raters, "answers": answers}
    patterns = {name: _patterns(name, given) for name, given in ratings.items()}
    if len(given := [f"`{name}`" for name, found in patterns.items() if found]) > 1:
        raise ConfigError(
            f"{' and '.join(given)} both name the columns of ratings. Name them once; a pattern such as "
            f'items="{{item}}_{{dimension}}" has two parts.'
        )
    if unfinished not in ("drop", "keep"):
        raise ConfigError(f'`unfinished` is "drop" or "keep"; found {unfinished!r}.')
    return Wanted(
        **patterns,
        columns=columns,
        codes_of=_without_labels(NamesLike(tuple(name for of in patterns.values() for name in of)), options, columns),
        others=_others(options, columns),
        people=people,
        people_key=people_key,
        unfinished=unfinished,
    )


def _others(options: Mapping[str, Any], columns: Mapping[str, str]) -> frozenset[str]:
    """Columns that are no ratings, because the user gave them another meaning."""
    named = (options.get("demographics"), options.get("covariates"), list(columns))
    lists = [as_list(given) for given in named if is_list(as_list(given))]
    return frozenset(name for given in lists for name in given if isinstance(name, str))


def is_table(given: Any) -> bool:
    """Whether ``raters`` is a table of people rather than names of columns."""
    if isinstance(given, str):
        return given.casefold().endswith((*READERS, *STATISTICAL))
    return not isinstance(given, Real | Mapping | None) and not is_list(as_list(given))


def _patterns(name: str, given: Any) -> tuple[str, ...]:
    listed_so = (given,) if isinstance(given, str) else as_list(() if given is None else given)
    patterns = tuple(listed_so) if is_list(listed_so) else (None,)
    if not all(isinstance(pattern, str) and pattern for pattern in patterns):
        raise ConfigError(f'`{name}` lists columns or patterns, such as ["Q1_*"]; found {given!r}.')
    return patterns


def _without_labels(rated: NamesLike, options: Mapping[str, Any], columns: Mapping[str, str]) -> NamesLike:
    """The columns of the file whose value labels are not wanted, because the scale is one of numbers."""
    scale = options.get("scale")
    if scale is not None and not answers_of(parsed(scale)).is_numeric:
        return NamesLike()
    return NamesLike((*rated, *(old for old, new in columns.items() if new == "rating"), "rating"))
