"""The matrix of steering: groups trained for by groups that judge, and the advantage of the diagonal."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from pluralstats.errors import ConfigError

from .. import style
from ..parts.alt import extremes, figure_of, finished
from ..parts.fonts import fitted
from ..parts.panels import panel_axes, settle
from ..parts.tables import ESTIMATES, check_columns, drawn_from
from ..parts.words import in_order, number, with_interval

CELL_MM, NAME_MM = 9.0, 22.0
TEXT: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.5, "linespacing": 1.1, "zorder": 4}
FRAME: dict[str, Any] = {"facecolor": "none", "edgecolor": style.INK, "lw": 1.2, "zorder": 3}


@drawn_from(
    "the matrix of `steering_matrix`", ("target", "group", *ESTIMATES), numbers=["estimate"],
    names=("target", "group"), once="cell",
    also="Score points.",
)  # fmt: skip
def steerability(
    table: Any, *, advantage: pd.DataFrame | None = None, ax: Axes | None = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Mean scores by the group a model was trained for (rows) and the group that judges (columns).

    Cells are darker where scores are higher; the diagonal, where a group judges the model trained for it, has a frame.

    Parameters
    ----------
    advantage : DataFrame, optional
        The advantage of ``steering_matrix``: group, kind, estimate, lower, upper. Its double-centred rows stand below
        the columns.

    Examples
    --------
    >>> names = {"target": ["left", "left", "right", "right"], "group": ["left", "right"] * 2}
    >>> steerability(pd.DataFrame(names | {"estimate": [4, 3, 3.1, 3.9], "lower": 2.9, "upper": 4.1})).get_xlabel()
    'judged by'
    """
    names, judges = in_order(table["target"]), in_order(table["group"])
    groups = [*(name for name in names if name in judges), *(name for name in judges if name not in names)]
    if len(table) < len(names) * len(groups):
        raise ConfigError(
            f"`steerability` needs a score for each of {len(names)} x {len(groups)} cells; found {len(table)}."
        )
    own = None if advantage is None else _centred(advantage, groups)
    height = CELL_MM * (len(names) + (0.0 if own is None else 1.15))
    with style.drawing("one" if len(groups) <= 4 else "two", ax):
        (panel,) = panel_axes([""], labels=20, narrowest=30, own_rows=True, ax=ax)
        _draw_cells(panel, table, names, groups)
        if own is not None:
            _draw_advantages(panel, own, len(names))
        settle([panel], height, own=ax is None)
        room = panel.get_window_extent().width / figure_of(panel).dpi * 25.4 / len(groups) - 1.5  # mm, once rows stand
        panel.set_xticks(np.arange(len(groups)) + 0.5, [fitted(name, room) for name in groups])
        settle([panel], height, own=ax is None)
        cells = [f"trained for {row.target} and judged by {row.group}" for row in table.itertuples()]
        said = ["Matrix of mean scores.", extremes(table, cells, thing="cell")]
        if own is not None and np.isfinite(own["estimate"].iloc[-1]):
            words = (
                f"{with_interval(own.iloc[-1])} points more (rows and columns centred, intervals of {100 * prob:g}%)"
            )
            said.append(f"Judges give the model trained for their own group {words}.")
        return finished([panel], said)


def _centred(advantage: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """The double-centred advantage of each group and of all, by group."""
    check_columns(advantage, ("group", "kind", *ESTIMATES), "steerability", "the advantage of `steering_matrix`")
    centred = advantage[advantage["kind"] == "double-centred"]
    return centred.assign(group=centred["group"].astype(str)).set_index("group").reindex([*groups, "all"])


def _draw_cells(ax: Axes, rows: pd.DataFrame, names: list[str], groups: list[str]) -> None:
    """Coloured cells with their scores and frames, names at the left, room for names at the top, and no axis."""
    rows = rows.astype({"target": str, "group": str}).assign(words=[_in_words(row) for row in rows.itertuples()])
    scores, words = (rows.pivot_table(column, "target", "group", "first").loc[names, groups]
                     for column in ("estimate", "words"))  # fmt: skip
    sns.heatmap(
        scores, annot=words, fmt="", cmap=ListedColormap(style.ramp(9, "sequential")), cbar=False, linewidths=1.0,
        linecolor="white", annot_kws=TEXT, xticklabels=False, yticklabels=False, ax=ax,
    )  # fmt: skip
    for i, name in enumerate(names):
        if name in groups:
            ax.add_patch(Rectangle((groups.index(name) + 0.03, i + 0.03), 0.94, 0.94, **FRAME))
    ax.set_yticks(np.arange(len(names)) + 0.5, [fitted(name, NAME_MM) for name in names])
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.tick_params(length=0)
    ax.set(xlabel="judged by", ylabel="trained for")


def _in_words(row: Any, sign: str = "") -> str:
    known = np.isfinite(row.lower) and row.lower != row.upper
    return f"{sign}{number(row.estimate)}" + (f"\n[{number(row.lower)}, {number(row.upper)}]" if known else "")


def _draw_advantages(ax: Axes, own: pd.DataFrame, n: int) -> None:
    """A row of their own below the cells, under a line."""
    for j, row in enumerate(own.iloc[:-1].itertuples()):
        ax.text(j + 0.5, n + 0.65, _in_words(row, "+" if row.estimate > 0 else ""), color=style.INK, **TEXT)
    ax.plot([0, len(own) - 1], [n + 0.15] * 2, color=style.RULE, lw=0.6)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    ax.set_yticks([*ax.get_yticks(), n + 0.65], [*labels, "own less others,\ncentred twice"])
    ax.set_ylim(n + 1.15, 0)
