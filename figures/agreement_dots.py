"""Agreement within groups, with the value for everybody as a line."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .intervals import draw_intervals, interval_handle, numeric_axis
from .keys import draw_key
from .panels import is_rightmost, panel_axes, share_limits
from .rows import EVERYBODY, Rows, arrange, counts_at, draw_labels, draw_margin, draw_stripes, rater_groups
from .tables import DIMENSION, check_columns, count, in_order, listed, number, rows_with_numbers, wrapped

COLUMNS = ("demographic", "level", "coefficient", "estimate", "lower", "upper")
_COEFFICIENTS = {
    "alpha_nominal": "Krippendorff’s α, nominal",
    "alpha_ordinal": "Krippendorff’s α, ordinal",
    "alpha_interval": "Krippendorff’s α, interval",
    "percent": "pairs that agree (%)",
    "ac1": "Gwet’s AC1",
    "ac2": "Gwet’s AC2",
    "fleiss": "Fleiss’ κ",
    "distance": "mean distance (points)",
    "entropy": "mean entropy (nats)",
    "polarisation": "mean polarisation (0–1)",
}
_BOOTSTRAPS = {"raters": "raters resampled", "items": "items resampled", "both": "raters and items resampled"}


def agreement(
    table: pd.DataFrame, *, ax: Axes | None = None, bootstrap: str | None = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Agreement of the raters in each group, one panel for each coefficient (and dimension).

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.agreement``: demographic, level ("all" for everybody), coefficient, estimate, lower,
        upper; used where present: bootstrap, n_raters, dimension. Rows are drawn in the order of the table.
    ax : Axes, optional
        Where to draw; for one panel only.
    bootstrap : str, optional
        Which intervals to draw; by default "both" where the table has them, else its first.
    prob : float
        Probability of lower to upper, for the key.

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
    'Krippendorff’s α, ordinal'
    """
    check_columns(table, COLUMNS, "agreement", "the table of `ps.agreement`")
    chosen, kind = _of_bootstrap(table, bootstrap)
    names = [name for name in (DIMENSION, "coefficient", "demographic", "level") if name in table]
    rows, left_out = rows_with_numbers(chosen, ["estimate", "lower", "upper"], names, "agreement")
    rows["key"] = list(zip(rows["demographic"].astype(str), rows["level"].astype(str), strict=True))
    panels = _panels(rows)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layout = arrange(rater_groups(rows), characters=24)
        titles = [dimension for dimension, _ in panels]
        axes = panel_axes(titles, layout.height, labels=36, narrowest=32, above=9, ax=ax)
        for panel, ((_, coefficient), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part, layout)
            panel.set_xlabel(wrapped(_words(coefficient), 26 if len(axes) > 1 else 50))
        for coefficient in in_order(rows["coefficient"]):  # different coefficients do not compare
            share_limits([ax for ax, (_, name) in zip(axes, panels, strict=True) if name == coefficient])
        numeric_axis(axes)
        _draw_counts(axes, rows, layout)
        if ax is None:
            _draw_key(axes, rows, prob)
        return finished(axes, _sentences(rows, kind, left_out))


def _of_bootstrap(table: pd.DataFrame, wanted: str | None) -> tuple[pd.DataFrame, str]:
    if "bootstrap" not in table or table.empty:
        return table, ""
    kinds = in_order(table["bootstrap"])
    chosen = wanted or ("both" if "both" in kinds else kinds[0])
    if chosen not in kinds:
        raise ConfigError(f"`agreement` found no rows with bootstrap '{chosen}'; the table has {', '.join(kinds)}.")
    return table[table["bootstrap"].astype(str) == chosen], chosen


def _panels(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    panels = dict(iter(rows.groupby([dimension, rows["coefficient"].astype(str)], sort=False)))
    for (_, coefficient), part in panels.items():
        repeated = part.loc[part.duplicated("key"), "key"]
        if len(repeated):
            group = " ".join(repeated.iloc[0])
            raise ConfigError(
                f"`agreement` draws each group once for a coefficient, but {count(len(repeated), 'row')} of "
                f"{coefficient} repeat one (first: {group}). Filter the table, or add a column `dimension`."
            )
    return panels


def _words(coefficient: str) -> str:
    return _COEFFICIENTS.get(coefficient, coefficient)


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    whole = (rows["demographic"].astype(str) == EVERYBODY).to_numpy()
    y = np.array([layout.y[key] for key in rows["key"]])
    for row in rows[whole].itertuples() if not whole.all() else ():
        ax.axvspan(row.lower, row.upper, color=style.BAND, lw=0, zorder=0.5)
        ax.axvline(row.estimate, color=style.RULE, lw=0.8, zorder=1)
    draw_intervals(ax, y[whole], rows[whole], colour=style.REFERENCE, marker="D")
    draw_intervals(ax, y[~whole], rows[~whole])


def _draw_counts(axes: list[Axes], rows: pd.DataFrame, layout: Rows) -> None:
    at = counts_at(rows, "n_raters", layout.y)
    for ax in axes:
        if at and is_rightmost(ax, axes):
            draw_margin(ax, at, "raters")


def _draw_key(axes: list[Axes], rows: pd.DataFrame, prob: float) -> None:
    whole = (rows["demographic"].astype(str) == EVERYBODY).to_numpy()
    entries = []
    if not whole.all():
        entries.append((interval_handle(style.ESTIMATE), f"group, {100 * prob:g}% interval"))
    if whole.any():
        entries.append((interval_handle(style.REFERENCE, "D"), f"all raters, {100 * prob:g}% interval"))
    handles, labels = zip(*entries, strict=True)
    draw_key(axes, handles, labels, own=True)


def _sentences(rows: pd.DataFrame, kind: str, left_out: str) -> list[str]:
    groups = rows[rows["demographic"].astype(str) != EVERYBODY]
    coefficients = listed([_words(name) for name in in_order(rows["coefficient"])])
    by = listed(in_order(groups["demographic"]))
    sentences = [f"Agreement within {count(groups['key'].nunique(), 'group')} of raters by {by}: {coefficients}."]
    if groups.empty:
        sentences = [f"Agreement of all raters: {coefficients}."]
    if kind:
        sentences.append(f"Intervals come from a bootstrap with {_BOOTSTRAPS.get(kind, kind)}.")
    for row in rows[rows["demographic"].astype(str) == EVERYBODY].itertuples():
        place = f" in {row.dimension}" if DIMENSION in rows else ""
        interval = f"{number(row.lower)} to {number(row.upper)}"
        sentences.append(f"All raters{place}, {_words(row.coefficient)}: {number(row.estimate)} ({interval}).")
    return [*sentences, left_out]
