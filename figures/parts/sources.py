"""From an object to the table that a figure draws, by the public interface; and what all figures have in common.

``figures.forest(ps.effects(fit))`` and ``figures.forest(fit)`` are the same figure; a mapping of names to objects, such
as a fit for each dimension of a study, gives a panel for each.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import cleandoc, signature
from textwrap import fill
from typing import Any, cast

import pandas as pd

import pluralstats as ps

from .alt import say_also
from .tables import DIMENSION, ESTIMATES, Key, checked_rows

Maker = Callable[..., Any]
SHARED = """
{objects}Each value of a column ``dimension`` has a panel; rows whose numbers are missing are named in the alt text. See
``pluralstats.figures`` for ``ax``, ``scale``, ``rope``, ``prob``, for what is returned and which errors are raised."""
PARAMETERS, INDENT = "\n\nParameters\n----------\n", 4 * " "


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
                return figure(*(tables if isinstance(tables, tuple) else (tables,)), *more, **options)
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
