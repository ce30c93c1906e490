"""The matrix of steering: groups trained for by groups that judge, and the advantage of the diagonal."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .panels import panel_axes
from .tables import check_columns, count, in_order, number, rows_with_numbers, wrapped
from .unique_rows import refuse_repeats

NUMBERS = ("estimate", "lower", "upper")
COLUMNS = ("target", "group", *NUMBERS)
CELL_MM = 9.0
NAME_CHARACTERS = 14
STEPS = 9
DOUBLE_CENTRED, EVERYBODY = "double-centred", "all"


def steerability(
    table: pd.DataFrame, *, advantage: pd.DataFrame | None = None, ax: Axes | None = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Mean scores by the group a model was trained for (rows) and the group that judges (columns).

    Cells are darker where scores are higher; the diagonal, where a group judges the model trained for it, has a frame.

    Parameters
    ----------
    table : DataFrame
        The matrix of ``steering_matrix``: target, group, estimate, lower, upper (score points).
    advantage : DataFrame, optional
        The advantage of ``steering_matrix``: group, kind, estimate, lower, upper. Its double-centred rows stand below
        the columns.
    ax : Axes, optional
        Where to draw.
    prob : float
        Probability of lower to upper, for the alt text.

    Returns
    -------
    Axes

    Raises
    ------
    ConfigError
        Columns or rows are missing, a cell occurs twice or is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"target": ["left", "left", "right", "right"], "group": ["left", "right"] * 2,
    ...     "estimate": [4.0, 3.0, 3.1, 3.9], "lower": 2.9, "upper": 4.1})
    >>> steerability(table).get_xlabel()
    'judged by'
    """
    check_columns(table, COLUMNS, "steerability", "the matrix of `steering_matrix`")
    rows = table.copy()
    rows = rows.assign(**{name: rows[name].fillna(rows["estimate"]) for name in ("lower", "upper")})
    rows, left_out = rows_with_numbers(rows, NUMBERS, ["target", "group"], "steerability")
    refuse_repeats(rows, ["target", "group"], "steerability", "cell")
    names = in_order(rows["target"])
    groups = [name for name in names if name in in_order(rows["group"])]
    groups += [name for name in in_order(rows["group"]) if name not in groups]
    if len(rows) < len(names) * len(groups):
        raise ConfigError(
            f"`steerability` needs a score for each of {len(names)} x {len(groups)} cells; found {len(rows)}."
        )
    with style.drawing("one" if len(groups) <= 4 else "two", ax):
        below = 0 if advantage is None else 1
        height = CELL_MM * (len(names) + 1.15 * below)
        (panel,) = panel_axes([""], height, labels=20, narrowest=30, above=9, own_rows=True, ax=ax)
        _draw_cells(panel, rows, names, groups)
        own = _advantages(advantage, groups)
        _draw_advantages(panel, own, len(names))
        _finish(panel, names, groups, below)
        return finished([panel], [*_sentences(rows, names, groups, own, prob), left_out])


def _advantages(advantage: pd.DataFrame | None, groups: list[str]) -> pd.DataFrame | None:
    """The double-centred advantages in the order of the columns."""
    if advantage is None:
        return None
    check_columns(advantage, ("group", "kind", *NUMBERS), "steerability", "the advantage of `steering_matrix`")
    rows = advantage[advantage["kind"] == DOUBLE_CENTRED]
    return rows.assign(group=rows["group"].astype(str)).set_index("group").reindex([*groups, EVERYBODY])


def _draw_cells(ax: Axes, rows: pd.DataFrame, names: list[str], groups: list[str]) -> None:
    colours = style.ramp(STEPS, "sequential")
    lowest = rows["estimate"].min()
    step = (rows["estimate"].max() - lowest) / STEPS or np.inf  # equal scores are all pale
    for row in rows.itertuples():
        i, j = names.index(str(row.target)), groups.index(str(row.group))
        colour = colours[min(int((row.estimate - lowest) / step), STEPS - 1)]
        ax.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, edgecolor="white", lw=1.0, zorder=2))
        place: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4, "linespacing": 1.1}
        ends = "" if row.lower == row.upper else f"\n[{number(row.lower)}, {number(row.upper)}]"
        ax.text(j + 0.5, i + 0.5, f"{number(row.estimate)}{ends}", fontsize=6.5, color=style.ink_on(colour), **place)
        if str(row.target) == str(row.group):
            frame: dict[str, Any] = {"facecolor": "none", "edgecolor": style.INK, "lw": 1.2, "zorder": 3}
            ax.add_patch(Rectangle((j + 0.03, i + 0.03), 0.94, 0.94, **frame))


def _draw_advantages(ax: Axes, own: pd.DataFrame | None, n: int) -> None:
    if own is None:
        return
    for j, row in enumerate(own.iloc[:-1].itertuples()):
        ends = f"\n[{number(row.lower)}, {number(row.upper)}]" if np.isfinite(row.lower) else ""
        text = f"{'+' if row.estimate > 0 else ''}{number(row.estimate)}{ends}"
        ax.text(j + 0.5, n + 0.65, text, ha="center", va="center", fontsize=6.5, color=style.INK, linespacing=1.1)


def _finish(ax: Axes, names: list[str], groups: list[str], below: int) -> None:
    ax.set_xlim(0, len(groups))
    ax.set_ylim(len(names) + 1.15 * below, 0)
    ax.set_xticks(np.arange(len(groups)) + 0.5, [wrapped(name, NAME_CHARACTERS) for name in groups])
    rows = [wrapped(name, NAME_CHARACTERS) for name in names]
    at = [i + 0.5 for i in range(len(names))]
    if below:
        rows.append("own less others,\ncentred twice")
        at.append(len(names) + 0.65)
    ax.set_yticks(at, rows)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.tick_params(length=0)
    ax.set_xlabel("judged by")
    ax.set_ylabel("trained for")
    for spine in ax.spines.values():
        spine.set_visible(False)
    if below:
        ax.plot([0, len(groups)], [len(names) + 0.15] * 2, color=style.RULE, lw=0.6)


def _sentences(
    rows: pd.DataFrame, names: list[str], groups: list[str], own: pd.DataFrame | None, prob: float
) -> list[str]:
    low, high = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
    sentences = [
        f"Matrix of mean scores of models trained for {count(len(names), 'group')}, judged by "
        f"{count(len(groups), 'group')}, from {number(low['estimate'])} (trained for {low['target']}, judged by "
        f"{low['group']}) to {number(high['estimate'])} (trained for {high['target']}, judged by {high['group']})."
    ]
    if own is not None and np.isfinite(own["estimate"].iloc[-1]):
        row = own.iloc[-1]
        ends = (
            f" ({100 * prob:g}% interval {number(row['lower'])} to {number(row['upper'])})"
            if np.isfinite(row["lower"])
            else ""
        )
        sentences.append(
            f"Judges prefer the model trained for their own group by {number(row['estimate'])} points{ends} on "
            "average, rows and columns centred."
        )
    return sentences
