"""What a label is made of: for each item what people disagree about, and what is not known about them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pluralstats.errors import ConfigError, nearest

from . import style
from .alt import finished
from .keys import draw_key
from .margin_names import draw_names, panel_height
from .panels import panel_axes
from .tables import by_dimension, check_columns, count, number, rows_with_numbers, shortened

NEEDED = ("item", "target", "expected", "entropy", "disagreement")
HEIGHT_MM = 46.0
FEW_ITEMS = 300  # above, marks are smaller and let more through
ROOM = 0.06  # of an axis, around the items


def label_entropy(
    table: pd.DataFrame, *, target: str | None = None, scale: Any = None, named: int = 3, ax: Axes | None = None
) -> Axes | np.ndarray:
    """Each item's disagreement between people as a dot, and a line from there up to the entropy of its label.

    The line is the item's ignorance: what more raters would make shorter. The dots stay.

    Parameters
    ----------
    table : DataFrame
        ``ps.label_distributions(...).table``: item, target, expected (rating points), entropy, disagreement (nats);
        used where present: dimension (one panel for each).
    target : str, optional
        Whose labels; default the first in the table.
    scale : Scale or sequence of float, optional
        The answers of the rating scale, for the axis, such as ``(1, 5)``; default the range of the items.
    named : int
        Items with the longest lines that are named.
    ax : Axes, optional
        Where to draw; for one panel only.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, no such target, labels without a posterior (baselines have no ignorance), or ``ax``
        is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["i1"], "target": ["all raters"], "expected": [2.0], "entropy": [1.2],
    ...                       "disagreement": [1.1]})
    >>> label_entropy(table, scale=(1, 5)).get_ylabel()
    'entropy of the label (nats)'
    """
    rows, left_out = _rows(table, target)
    parts, ends = by_dimension(rows), _ends(scale, rows)
    key = [(Line2D([], [], **_dot(1)), "disagreement between people")]
    key.append((Line2D([], [], color=style.OKABE_ITO[0], lw=1.2), "ignorance, up to the entropy"))
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        axes = panel_axes(list(parts), HEIGHT_MM, labels=6, narrowest=80, above=9.0, own_rows=True, ax=ax)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw(panel, part, ends)
            top = _least_known(part).head(max(named, 0))
            height = panel_height(panel, None if ax else HEIGHT_MM)
            names = [shortened(item) for item in top["item"]]
            draw_names(panel, top[["expected", "entropy"]].to_numpy(), names, np.full(len(top), 1.5), height)
        draw_key(axes, *zip(*key, strict=True), own=ax is None, handlelength=1.0)
        return finished(axes, [*_sentences(parts, str(rows["target"].iloc[0])), left_out])


def _rows(table: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, str]:
    """The labels of one target that have numbers."""
    check_columns(table, list(NEEDED), "label_entropy", "the table of `ps.label_distributions`")
    targets = list(dict.fromkeys(table["target"].astype(str)))
    chosen = targets[0] if target is None else target
    if chosen not in targets:
        raise ConfigError(f"`target` is one of {', '.join(targets)}; found '{chosen}'.{nearest(chosen, targets)}")
    own = table[table["target"].astype(str) == chosen]
    if own["disagreement"].isna().all():
        raise ConfigError(
            "These labels have no `disagreement`: they come from a rule and not from a posterior. Pass the table of "
            "`ps.label_distributions`."
        )
    names = [name for name in ("dimension", "item") if name in own]
    return rows_with_numbers(own, list(NEEDED[2:]), names, "label_entropy")


def _ends(scale: Any, rows: pd.DataFrame) -> tuple[float, float]:
    """Lowest and highest answer, or expected rating where the scale is not given."""
    given = np.asarray(getattr(scale, "values", scale) if scale is not None else rows["expected"], dtype=float)
    return float(given.min()), float(given.max())


def _dot(items: int) -> dict[str, Any]:
    few = items <= FEW_ITEMS
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "ms": 3.0 if few else 1.6, "mec": "none"}
    return look | {"mfc": style.ESTIMATE, "alpha": 0.8 if few else 0.5}


def _draw(ax: Axes, part: pd.DataFrame, ends: tuple[float, float]) -> None:
    few, x = len(part) <= FEW_ITEMS, part["expected"]
    line: dict[str, Any] = {"color": style.OKABE_ITO[0], "lw": 1.2 if few else 0.7, "alpha": 1.0 if few else 0.6}
    ax.vlines(x, part["disagreement"], part["entropy"], **line, zorder=2)
    ax.plot(x, part["disagreement"], **_dot(len(part)), zorder=3)
    room, top = ROOM * (ends[1] - ends[0]) or 0.5, float(part["entropy"].max()) or 1.0
    ax.set(xlim=(ends[0] - room, ends[1] + room), ylim=(-ROOM * top, (1 + 2 * ROOM) * top))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))
    ax.set(xlabel="expected rating (rating points)", ylabel="entropy of the label (nats)")


def _least_known(part: pd.DataFrame) -> pd.DataFrame:
    line = part["entropy"] - part["disagreement"]
    return part.loc[line.sort_values(ascending=False, kind="stable").index]


def _sentences(parts: Mapping[str, pd.DataFrame], target: str) -> list[str]:
    items = sum(len(part) for part in parts.values())
    sentences = [f"Entropy of the labels of {count(items, 'item')} ({target}) against their expected ratings."]
    for dimension, part in parts.items():
        ignorance = part["entropy"] - part["disagreement"]
        sentences.append(
            f"{dimension + ': m' if dimension else 'M'}ean disagreement {number(part['disagreement'].mean())} nats, "
            f"mean ignorance {number(ignorance.mean())} nats; least known: {_least_known(part)['item'].iloc[0]}."
        )
    return sentences
