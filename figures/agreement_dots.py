"""Agreement within groups, with the value for everybody as a line."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from . import style
from .intervals import draw_intervals, numeric_axis
from .panels import finished, is_leftmost, is_rightmost, panel_axes
from .rows import Rows, arrange, count_range, draw_labels, draw_margin, draw_stripes
from .tables import DIMENSION, check_columns, count, in_order, listed, number, rows_with_numbers, wrapped

COLUMNS = ("demographic", "level", "coefficient", "estimate", "lower", "upper")
EVERYBODY = "all"
_COEFFICIENTS = {
    "alpha_nominal": "Krippendorff's α, nominal",
    "alpha_ordinal": "Krippendorff's α, ordinal",
    "alpha_interval": "Krippendorff's α, interval",
    "percent": "pairs that agree (%)",
}
_BOOTSTRAPS = {"raters": "raters resampled", "items": "items resampled", "both": "raters and items resampled"}


def agreement(table: pd.DataFrame, *, ax: Axes | None = None, bootstrap: str | None = None) -> Any:
    """Agreement of the raters in each group, one panel for each coefficient (and dimension).

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.agreement``: demographic, level ("all" for everybody), coefficient, estimate, lower, upper;
        used where present: bootstrap, n_raters, dimension. Rows are drawn in the order of the table.
    ax : Axes, optional
        Where to draw; for one panel only.
    bootstrap : str, optional
        Which intervals to draw; by default "both" where the table has them, else its first.

    Returns
    -------
    Axes, or array of Axes when there are several coefficients or dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a group occurs twice in a panel, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": ["all", "gender"], "level": ["all", "male"],
    ...     "coefficient": "alpha_ordinal", "estimate": [0.3, 0.4], "lower": [0.2, 0.3], "upper": [0.4, 0.5]})
    >>> agreement(table).get_xlabel()
    "Krippendorff's α, ordinal"
    """
    check_columns(table, COLUMNS, "agreement", "the table of `ps.agreement`")
    chosen, kind = _of_bootstrap(table, bootstrap)
    names = [name for name in (DIMENSION, "coefficient", "demographic", "level") if name in table]
    rows, left_out = rows_with_numbers(chosen, ["estimate", "lower", "upper"], names, "agreement")
    rows["key"] = list(zip(rows["demographic"].astype(str), rows["level"].astype(str), strict=True))
    panels = _panels(rows)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layout = arrange(_groups(rows), characters=22)
        axes = panel_axes(
            len(panels), layout.height + 15, width=style.width_mm(), labels=36, narrowest=32, ax=ax
        )
        for panel, ((dimension, coefficient), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part, layout)
            panel.set_xlabel(
                wrapped(_COEFFICIENTS.get(coefficient, coefficient), 26 if len(axes) > 1 else 50)
            )
            panel.set_title(wrapped(dimension, 24))
        _draw_counts(axes, rows, layout)
        numeric_axis(axes, ticks=4)
        return finished(axes, _sentences(rows, kind, left_out))


def _of_bootstrap(table: pd.DataFrame, wanted: str | None) -> tuple[pd.DataFrame, str]:
    if "bootstrap" not in table or table.empty:
        return table, ""
    kinds = in_order(table["bootstrap"])
    chosen = wanted or ("both" if "both" in kinds else kinds[0])
    if chosen not in kinds:
        raise ConfigError(
            f"`agreement` found no rows with bootstrap '{chosen}'; the table has {', '.join(kinds)}."
        )
    return table[table["bootstrap"].astype(str) == chosen], chosen


def _panels(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    panels = dict(iter(rows.groupby([dimension, rows["coefficient"].astype(str)], sort=False)))
    for (_, coefficient), part in panels.items():
        repeated = part.loc[part.duplicated("key"), "key"]
        if len(repeated):
            raise ConfigError(
                f"`agreement` draws each group once for a coefficient, but {' '.join(repeated.iloc[0])} occurs again "
                f"in {len(repeated)} rows of {coefficient}. Filter the table, or add a column `dimension`."
            )
    return panels


def _groups(rows: pd.DataFrame) -> dict[str, dict[Any, str]]:
    groups: dict[str, dict[Any, str]] = {}
    for demographic, level in dict.fromkeys(rows["key"]):
        everybody = demographic == EVERYBODY
        header = "" if everybody else demographic
        groups.setdefault(header, {})[demographic, level] = "all raters" if everybody else level
    return groups


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    draw_labels(ax, layout, visible=is_leftmost(ax))
    draw_stripes(ax, layout)
    whole = (rows["demographic"].astype(str) == EVERYBODY).to_numpy()
    y = np.array([layout.y[key] for key in rows["key"]])
    for row in rows[whole].itertuples() if not whole.all() else ():
        ax.axvspan(row.lower, row.upper, color=style.BAND, lw=0, zorder=0.5)
        ax.axvline(row.estimate, color=style.RULE, lw=0.8, zorder=1)
    draw_intervals(ax, y[whole], rows[whole], colour=style.REFERENCE)
    draw_intervals(ax, y[~whole], rows[~whole])


def _draw_counts(axes: list[Axes], rows: pd.DataFrame, layout: Rows) -> None:
    if "n_raters" not in rows:
        return
    at = {layout.y[key]: count_range(part.to_numpy(float)) for key, part in rows.groupby("key")["n_raters"]}
    for ax in axes:
        if is_rightmost(ax, axes):
            draw_margin(ax, at, "raters")


def _sentences(rows: pd.DataFrame, kind: str, left_out: str) -> list[str]:
    groups = rows[rows["demographic"].astype(str) != EVERYBODY]
    coefficients = [_COEFFICIENTS.get(name, name) for name in in_order(rows["coefficient"])]
    sentences = [
        f"Agreement ({listed(coefficients)}) of {count(groups['key'].nunique(), 'group')} of raters by "
        f"{listed(in_order(groups['demographic']))}." if len(groups) else f"Agreement ({listed(coefficients)}) of all raters.",
        f"Intervals come from a bootstrap with {_BOOTSTRAPS.get(kind, kind)}." if kind else "",
    ]  # fmt: skip
    for row in rows[rows["demographic"].astype(str) == EVERYBODY].itertuples():
        place = f" in {getattr(row, DIMENSION)}" if DIMENSION in rows else ""
        name = _COEFFICIENTS.get(row.coefficient, row.coefficient)
        sentences.append(
            f"All raters{place}, {name}: {number(row.estimate)} ({number(row.lower)} to {number(row.upper)})."
        )
    return [*sentences, left_out]
