"""From an object to the table that a figure draws, by the public interface; and what all figures have in common.

``figures.forest(ps.effects(fit))`` and ``figures.forest(fit)`` are the same figure; a mapping of names to objects, such
as a fit for each dimension of a study, gives a panel for each.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import cleandoc, signature
from typing import Any, cast

import pandas as pd

import pluralstats as ps

from .alt import say_also
from .tables import DIMENSION, ESTIMATES, checked_rows

Maker = Callable[[Any], Any]
SHARED = """
{objects}Each value of a column ``dimension`` has a panel; rows whose numbers are missing are named in the alt text. See
``pluralstats.figures`` for ``ax``, ``scale``, ``rope``, ``prob``, for what is returned and which errors are raised.
"""


def drawn_from[F: Callable[..., Any]](
    source: str = "", columns: Sequence[str] = (), *, numbers: Sequence[str] = ESTIMATES, names: Sequence[str] = (),
    once: str = "", key: Sequence[str] = (), only: str | Maker = "", **makers: Maker,
) -> Callable[[F], F]:  # fmt: skip
    """What a figure draws: the table and its columns, and objects that such a table can be made of.

    With ``columns`` the figure gets the rows of ``checked_rows``, whose arguments these are, and what they leave out
    ends its alt text; without, it gets the table as it is.

    Parameters
    ----------
    only : str, or function from the table to a mask
        An option of the figure that chooses rows by the column of its name, None draws all; or which rows are drawn.
    makers : name of a public class -> function
        Its table, or tables for several arguments.
    """

    def decorate(figure: F) -> F:
        parameters = signature(figure).parameters
        first = next(iter(parameters))

        @wraps(figure)
        def draw(*given: Any, **options: Any) -> Any:
            what, *more = given or (options.pop(first, None),)  # by its name, or missing: `checked_rows` says so
            tables = tables_of(what, makers)
            if not columns:
                return figure(*(tables if isinstance(tables, tuple) else (tables,)), *more, **options)
            chosen: Any = only or None
            if isinstance(chosen, str):
                wanted = options.get(chosen, parameters[chosen].default)
                chosen = None if wanted is None else (chosen, wanted)
            rows, left_out = checked_rows(
                tables, columns, figure.__name__, source, numbers=numbers, names=names, once=once, key=key,
                only=chosen,
            )  # fmt: skip
            drawn = figure(rows, *more, **options)
            say_also(drawn, left_out)
            return drawn

        kinds = " or ".join(f"a ``{name}``" for name in makers)
        objects = f"Takes {kinds} (or a mapping of dimensions to such) as well as the table.\n" if kinds else ""
        head, line, rest = cleandoc(figure.__doc__ or "").partition("\n\nParameters\n")
        draw.__doc__ = f"{head}\n{SHARED.format(objects=objects)}\n{line.lstrip()}{rest}"
        return cast(F, draw)

    return decorate


def tables_of(source: Any, makers: Mapping[str, Maker]) -> Any:
    """The table of an object, those of a mapping under each other with a column ``dimension``; a table as it is."""
    for name, make in makers.items():
        if isinstance(source, getattr(ps, name)):
            return make(source)
    if isinstance(source, Mapping) and source:
        return _stacked({str(name): tables_of(one, makers) for name, one in source.items()})
    return source


def _stacked(found: Mapping[str, Any]) -> Any:
    parts = list(found.values())
    if all(isinstance(part, pd.DataFrame) for part in parts):
        return pd.concat([part.assign(**{DIMENSION: name}) for name, part in found.items()], ignore_index=True)
    if all(isinstance(part, tuple) for part in parts):
        return tuple(_stacked(dict(zip(found, column, strict=True))) for column in zip(*parts, strict=True))
    return dict(found)
