"""What a figure draws: the table of an object by the public interface, its columns, and a row for each mark.

``figures.forest(ps.effects(fit))`` and ``figures.forest(fit)`` are the same figure; a mapping of names to objects, such
as a fit for each dimension of a study, gives a panel for each.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import cleandoc, signature
from textwrap import fill
from typing import Any, cast

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.errors import ConfigError, expect, nearest

from .alt import say_also
from .words import count, in_order, listed

DIMENSION = "dimension"
ESTIMATES = ("estimate", "lower", "upper")
Key = Sequence[str] | Callable[[pd.DataFrame], Sequence[str]]
Maker = Callable[..., Any]
SHARED = """
{objects}Each value of a column ``dimension`` has a panel; rows whose numbers are missing are named in the alt text. See
``pluralstats.figures`` for ``ax``, ``scale``, ``rope``, ``prob``, for what is returned and which errors are raised."""
PARAMETERS, INDENT = "\n\nParameters\n----------\n", 4 * " "


class NothingToDraw(ConfigError):
    """The table has no row that can be drawn."""


def drawn_from[F: Callable[..., Any]](
    source: str = "", columns: Sequence[str] = (), *, numbers: Sequence[str] = ESTIMATES, names: Sequence[str] = (),
    once: str = "", key: Key = (), only: str | Maker = "", stacked: str = DIMENSION, also: str = "",
    **makers: Maker,
) -> Callable[[F], F]:  # fmt: skip
    """What a figure draws: the table and its columns, and objects that such a table can be made of.

    With ``columns`` the figure gets the rows of ``checked_rows``, whose arguments these are, and what they leave out
    ends its alt text; without, it gets the table as it is.

    Parameters
    ----------
    only : str, or function from the table to a mask
        An option of the figure that chooses rows by the column of its name, None draws all; or which rows are drawn.
    stacked : str
        The column for the names of a mapping.
    also : str
        What the docstring, which names ``columns`` by itself, says of them: units, which are used where present.
    makers : name of a public class -> function of the object, or of it and of what ``only`` chooses
        Its table, or tables for several arguments.
    """

    def decorate(figure: F) -> F:
        parameters = signature(figure).parameters
        first = next(iter(parameters))

        @wraps(figure)
        def draw(*given: Any, **options: Any) -> Any:
            what, *more = given or (options.pop(first, None),)  # by its name, or missing: `checked_rows` says so
            wanted = options.get(only, parameters[only].default) if isinstance(only, str) and only else None
            tables = _tables(what, makers, stacked, wanted)
            if not columns:
                several = tables if isinstance(tables, tuple) else (tables,)
                expect(
                    several[0], (pd.DataFrame, Mapping), f"`{figure.__name__}` needs {source or 'a pandas DataFrame'}"
                )
                return figure(*several, *more, **options)
            rows, left_out = checked_rows(
                tables, columns, figure.__name__, source, numbers=numbers, names=names, once=once, key=key,
                only=only if callable(only) else None if wanted is None else (only, wanted),
            )  # fmt: skip
            drawn = figure(rows, *more, **options)
            say_also(drawn, left_out)
            return drawn

        kinds = " or ".join(f"a ``{name}``" for name in makers)
        objects = f"Takes {kinds} (or a mapping of each ``{stacked}`` to one) as well as a table.\n" if kinds else ""
        table = f"Columns {', '.join(columns)}: {source.replace('`', '``')}. {' '.join(also.split())}"
        table = f"{first} : DataFrame\n{fill(table, 116, initial_indent=INDENT, subsequent_indent=INDENT)}"
        draw.__doc__ = _completed(cleandoc(figure.__doc__ or ""), SHARED.format(objects=objects), table)
        return cast(F, draw)

    return decorate


def _completed(text: str, shared: str, table: str) -> str:
    """The docstring with what all figures share and, where it does not tell of it, the table as first parameter."""
    if PARAMETERS not in text:
        head, line, rest = text.partition("\n\nReferences\n" if "\n\nReferences\n" in text else "\n\nExamples\n")
        return f"{head}\n{shared}{PARAMETERS}{table}{line}{rest}"
    head, _, rest = text.partition(PARAMETERS)
    told = rest.startswith("table")
    return f"{head}\n{shared}{PARAMETERS}{'' if told else table + chr(10)}{rest}"


def _tables(source: Any, makers: Mapping[str, Maker], stacked: str, wanted: Any) -> Any:
    """The table of an object, those of a mapping under each other with a column of names; a table as it is."""
    for name, make in makers.items():
        if isinstance(source, getattr(ps, name)):
            return make(*(source, wanted)[: len(signature(make).parameters)])
    if isinstance(source, Mapping) and source:
        found = {str(name): _tables(one, makers, stacked, wanted) for name, one in source.items()}
        return _under_each_other(found, stacked)
    return source


def _under_each_other(found: Mapping[str, Any], stacked: str) -> Any:
    parts = list(found.values())
    if all(isinstance(part, pd.DataFrame) for part in parts):
        return pd.concat([part.assign(**{stacked: name}) for name, part in found.items()], ignore_index=True)
    if all(isinstance(part, tuple) for part in parts):
        columns = zip(*parts, strict=True)
        return tuple(_under_each_other(dict(zip(found, column, strict=True)), stacked) for column in columns)
    return dict(found)


def checked_rows(
    table: pd.DataFrame, columns: Sequence[str], figure: str, source: str, *, numbers: Sequence[str] = ESTIMATES,
    names: Sequence[str] = (), once: str = "", key: Key = (),
    only: tuple[str, str] | Callable[[pd.DataFrame], pd.Series] | None = None,
) -> tuple[pd.DataFrame, str]:  # fmt: skip
    """The rows that can be drawn, and a sentence on those left out ("" when none is).

    Parameters
    ----------
    columns, figure, source
        What the table must have; for messages the name of the figure, and where such a table comes from.
    numbers, names : sequence of str
        Columns that must be finite in a row that is drawn, and those that name a row, where the table has them.
    once : str
        What is drawn once ("group"): rows that repeat names and key are refused.
    key : sequence of str, or function of the table
        Columns whose values as texts become the column ``key``, which places the row; none by default.
    only : (column, value), or function from the table to a mask, optional
        Which rows to draw of the table, such as those of one estimand.

    Raises
    ------
    ConfigError
        Columns are missing, rows repeat their names, or (NothingToDraw) no row is left: no panel is ever empty.
    """
    check_columns(table, columns, figure, source)
    if only is not None:
        table = table[only(table)] if callable(only) else rows_of(table, *only, figure)
    key = key(table) if callable(key) else key
    known = [name for name in (DIMENSION, *names) if name in table]
    rows, left_out = rows_with_numbers(table, numbers, known, figure)
    if once:
        refuse_repeats(rows, list(dict.fromkeys([*known, *key])), figure, once)
    return (with_key(rows, key) if key else rows), left_out


def check_columns(table: pd.DataFrame, columns: Sequence[str], figure: str, source: str) -> None:
    """Raise a ConfigError that names the figure, the missing columns and where such a table comes from."""
    if not isinstance(table, pd.DataFrame):
        raise ConfigError(f"`{figure}` needs a pandas DataFrame ({source}), found {type(table).__name__}.")
    if missing := [column for column in columns if column not in table.columns]:
        raise ConfigError(
            f"`{figure}` needs the columns {', '.join(columns)}; the table lacks {', '.join(missing)} "
            f"and has {', '.join(map(str, table.columns)) or 'none'}. Pass {source}."
        )


def rows_with_numbers(
    table: pd.DataFrame, numbers: Sequence[str], names: Sequence[str], figure: str, enough: str = "all"
) -> tuple[pd.DataFrame, str]:
    """The rows whose ``numbers`` are "all" (or "any") finite, and a sentence on those left out, by their names."""
    values = table[list(numbers)].apply(pd.to_numeric, errors="coerce").astype(float)
    finite = getattr(np.isfinite(values), enough)(axis=1).to_numpy()
    if not finite.any():
        raise NothingToDraw(
            f"`{figure}` found no row to draw: {len(table)} rows, none with finite {', '.join(numbers)}. "
            "Check how the table was filtered."
        )
    lost = [" ".join(map(str, row)) for row in table.loc[~finite, list(names)].itertuples(index=False)]
    rows = table.assign(**{name: values[name] for name in values})[finite].reset_index(drop=True)
    return rows, f"Left out because a number is missing: {count(len(lost), 'row')} ({listed(lost, 4)})." if lost else ""


def refuse_repeats(rows: pd.DataFrame, names: Sequence[str], figure: str, what: str) -> None:
    """Raise a ConfigError where several rows have the same ``names`` although one mark is drawn."""
    repeated = rows.loc[rows.duplicated(list(names)), list(names)]
    if len(repeated):
        raise ConfigError(
            f"`{figure}` draws each {what} once, but {count(len(repeated), 'row')} repeat one (first: "
            f"{', '.join(map(str, repeated.iloc[0]))}). Filter the table, or tell the rows apart by a column "
            f"`{DIMENSION}`."
        )


def rows_of(table: pd.DataFrame, column: str, wanted: str, figure: str) -> pd.DataFrame:
    """The rows of one estimand (bootstrap, term, target ...); an unknown one is refused with what there is."""
    found = in_order(table[column])
    if wanted not in found:
        raise ConfigError(
            f"`{figure}` found no rows with the {column} '{wanted}'; the table has "
            f"{listed(found, 12) or 'no rows'}.{nearest(wanted, found)}"
        )
    return table[table[column].astype(str) == wanted]


def with_key(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The rows with their values in some columns, as texts, in a column ``key``."""
    return rows.assign(key=list(zip(*(rows[column].astype(str) for column in columns), strict=True)))


def has(rows: pd.DataFrame, *columns: str) -> bool:
    """Whether the table has these columns, and a value in each."""
    return all(column in rows and bool(rows[column].notna().any()) for column in columns)


def by_dimension(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each dimension in order of appearance; all under "" when the table has no dimensions."""
    return {name: part for (name,), part in by_dimension_and(rows).items()}


def by_dimension_and(rows: pd.DataFrame, *columns: str) -> dict[tuple[str, ...], pd.DataFrame]:
    """The rows of each dimension ("" where the table has none) and value of other columns, in order of appearance."""
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    return dict(iter(rows.groupby([dimension, *(rows[name].astype(str) for name in columns)], sort=False)))
