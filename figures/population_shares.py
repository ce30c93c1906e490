"""Who rated and who was meant: shares of the sample beside the target's, and the effects under each."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .effect_forest import described, draw_null
from .effect_rows import effect_rows, is_ratio, quantity
from .intervals import DOT, draw_intervals, interval_handle, numeric_axis
from .keys import draw_key
from .panels import label_panel, panel_axes, share_limits
from .rows import Rows, arrange, counts_at, draw_labels, draw_margin, draw_stripes, draw_words, rater_groups
from .tables import DIMENSION, NothingToDraw, by_dimension, check_columns, count, in_order, number

COLUMNS = ("demographic", "level", "percent_raters", "percent_target")
NAMES = ("the raters we had", "target population")
OFFSET_MM = 0.95
_MARKS = ((style.REFERENCE, "o"), (style.OKABE_ITO[0], "D"))  # sample, target


def population(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    effects: Mapping[str, pd.DataFrame] | None = None,
    estimand: str = "points",
    scale: Any = None,
    rope: float = 0.0,
) -> Axes | np.ndarray:
    """Share of each level among the raters and in the target population; beside it the effects under each.

    Parameters
    ----------
    table : DataFrame
        The table of ``Population.compare``: demographic, level, percent_raters, percent_target (0-100; a level that
        is missing in one of them has no number there); used where present: n_raters. Rows keep the order of the table.
    ax : Axes, optional
        Where to draw; for the shares alone.
    effects : mapping of name to DataFrame, optional
        Two tables of ``ps.effects``, averaged over the raters we had and over the target, in this order; the names
        stand in the key. Each level has its effect in its own row, so that a level may have one reference only.
    estimand, scale, rope
        As in ``forest``, for the effects.

    Returns
    -------
    Axes, or array of Axes with the shares first when there are effects

    Raises
    ------
    ConfigError
        Columns or rows are missing, a level occurs twice, ``effects`` are not two tables or compare levels that the
        shares do not have, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["male", "female"], "percent_raters": [60.0, 40.0],
    ...     "percent_target": [49.0, 51.0]})
    >>> population(table).get_xlabel()
    'percent'
    """
    rows = _checked(table)
    contrasts, left_out = _effects(rows, effects, estimand)
    parts = {} if contrasts is None else by_dimension(contrasts)
    names = NAMES if effects is None else tuple(effects)
    with style.drawing("two" if parts else "one", ax):
        layout = arrange(rater_groups(rows), characters=28 if style.width_mm() > 120 else 22, slot=5.0)
        titles = ["shares" if parts else "", *(name or "effects" for name in parts)]
        axes = panel_axes(titles, layout.height, labels=46 if parts else 34, narrowest=34, above=9, ax=ax)
        _draw_shares(axes[0], rows, layout)
        for panel, part in zip(axes[1:], parts.values(), strict=True):
            _draw_effects(panel, part, layout, names, estimand, rope)
            label_panel(panel, quantity(part, estimand, scale), 55)
        numeric_axis(axes[:1])
        if parts:
            share_limits(axes[1:])
            numeric_axis(axes[1:], ratio=is_ratio(estimand))
            _name_references(axes[1:], list(parts.values()), layout, is_ratio(estimand))
        handles = [interval_handle(*mark) if parts else _dot(*mark) for mark in _MARKS]
        draw_key(axes, handles, names, own=ax is None)
        return finished(axes, [*_sentences(rows, contrasts, names, estimand), *left_out])


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    check_columns(table, COLUMNS, "population", "the table of `Population.compare`")
    shares = table[list(COLUMNS[2:])].apply(pd.to_numeric, errors="coerce").astype(float)
    known = np.isfinite(shares).any(axis=1).to_numpy()
    if not known.any():
        raise NothingToDraw(
            f"`population` found no row to draw: {len(table)} rows, none with percent_raters or percent_target. "
            "Check how the table was filtered."
        )
    rows = table.assign(**{name: shares[name] for name in shares})[known].reset_index(drop=True)
    rows["key"] = list(zip(rows["demographic"].astype(str), rows["level"].astype(str), strict=True))
    repeated = rows.loc[rows.duplicated("key"), "key"]
    if len(repeated):
        raise ConfigError(
            f"`population` draws each level once, but {count(len(repeated), 'row')} repeat one (first: "
            f"{' '.join(repeated.iloc[0])}). Filter the table."
        )
    return rows


def _effects(
    rows: pd.DataFrame, effects: Mapping[str, pd.DataFrame] | None, estimand: str
) -> tuple[pd.DataFrame | None, list[str]]:
    """The two tables under each other with the ``population`` and the ``row`` of the shares they belong to."""
    if effects is None:
        return None, []
    if not isinstance(effects, Mapping) or len(effects) != 2:
        found = f"{len(effects)} tables" if isinstance(effects, Mapping) else type(effects).__name__
        raise ConfigError(
            "`effects` needs two tables of `ps.effects` by name, such as {'the raters we had': one, 'US adults': "
            f"other}}; found {found}."
        )
    parts, sentences = [], []
    for name, table in effects.items():
        part, left_out = effect_rows(table, estimand, "population", [DIMENSION])
        parts.append(part.assign(population=str(name), row=[key[:2] for key in part["key"]]))
        sentences.append(left_out)
    contrasts = pd.concat(parts, ignore_index=True)
    _refuse_other_rows(rows, contrasts)
    return contrasts, list(dict.fromkeys(sentences))


def _refuse_other_rows(rows: pd.DataFrame, contrasts: pd.DataFrame) -> None:
    unknown = [key for key in dict.fromkeys(contrasts["row"]) if key not in set(rows["key"])]
    if unknown:
        raise ConfigError(
            f"`population` has effects of {count(len(unknown), 'level')} without a share (first: "
            f"{' '.join(unknown[0])}). Pass a table of shares with the demographics of the effects."
        )
    where = [name for name in (DIMENSION, "population", "row") if name in contrasts]
    repeated = contrasts[contrasts.duplicated(where)]
    if len(repeated):
        raise ConfigError(
            f"`population` has one effect for each level, but {' '.join(repeated['row'].iloc[0])} has several. Use "
            "`comparison` with a column `model` for contrasts between all pairs or within groups."
        )


def _draw_shares(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    y = np.array([layout.y[key] for key in rows["key"]])
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    sample, target = (rows[name].to_numpy() for name in COLUMNS[2:])
    ax.hlines(y, sample, target, color=style.RULE, lw=1.2, zorder=2)  # the longer, the less the sample is the target
    # The larger target lies below, so that equal shares still show both.
    for values, (colour, marker), over in zip((sample, target), _MARKS, (1.0, 0.0), strict=True):
        size = DOT + 2.2 * (1.0 - over)
        ax.plot(values, y, marker, ms=size, mfc=colour, mec="white", mew=0.4, zorder=3 + over)
    ax.set_xlim(0, 1.06 * max(np.nanmax([sample, target]), 1.0))
    ax.set_xlabel("percent")
    at = counts_at(rows, "n_raters", layout.y)
    if at:
        draw_margin(ax, at, "raters")


def _draw_effects(
    ax: Axes, contrasts: pd.DataFrame, layout: Rows, names: tuple[str, ...], estimand: str, rope: float
) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout, set(contrasts["row"]))
    draw_null(ax, estimand, rope)
    for name, (colour, marker), sign in zip(names, _MARKS, (-1.0, 1.0), strict=True):
        part = contrasts[(contrasts["population"] == str(name)).to_numpy()]
        y = np.array([layout.y[key] for key in part["row"]]) + sign * OFFSET_MM
        draw_intervals(ax, y, part, colour=colour, marker=marker)


def _name_references(axes: list[Axes], parts: list[pd.DataFrame], layout: Rows, ratio: bool) -> None:
    for ax, part in zip(axes, parts, strict=True):
        references = {(str(row.demographic), str(row.reference)) for row in part.itertuples()}
        at = [y for key, y in layout.y.items() if key in references]
        draw_words(ax, at, 1.0 if ratio else 0.0, "reference")


def _dot(colour: str, marker: str) -> Any:
    handle = interval_handle(colour, marker)
    handle.set_linestyle("none")
    return handle


def _sentences(rows: pd.DataFrame, contrasts: pd.DataFrame | None, names: tuple[str, ...], estimand: str) -> list[str]:
    away = (rows["percent_raters"] - rows["percent_target"]).abs()
    demographics = ", ".join(in_order(rows["demographic"]))
    sentences = [f"Shares of {count(len(rows), 'level')} of {demographics}: {names[0]} and {names[1]}."]
    if away.notna().any():
        row = rows.loc[away.idxmax()]
        sentences.append(
            f"Farthest apart: {' '.join(row['key'])}, {number(row['percent_raters'], 0)}% of the raters and "
            f"{number(row['percent_target'], 0)}% of the target."
        )
    if contrasts is None:
        return sentences
    for name in names:
        part = contrasts[(contrasts["population"] == str(name)).to_numpy()]
        widest = part.loc[part["estimate"].abs().idxmax()]
        sentences.append(f"The largest effect for {name} is {described(widest, estimand)}.")
    return sentences
