"""The entropy of each item's label against its expected rating: what people disagree about, and what is not known."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pluralstats.errors import ConfigError, nearest

from . import style
from .alt import finished
from .hexagons import draw_hexagons
from .keys import draw_key, key_height
from .margin_names import draw_names, panel_height
from .panels import panel_axes, set_item_limits
from .possible_values import answers_of, points_words
from .tables import (
    DIMENSION,
    by_dimension,
    check_columns,
    count,
    in_order,
    number,
    rows_with_numbers,
    shortened,
    wrapped,
)
from .unique_rows import refuse_repeats

SOURCE = "the table of `ps.label_distributions` (`labels.table`)"
PARTS = ("disagreement", "ignorance")
NUMBERS = ("expected", "entropy", *PARTS)
HEIGHT_MM = 52.0
MOST_STICKS = 300  # items; more are drawn as a density
BINS = 10  # of the expected rating, where items are a density
LEAST_IN_BIN = 10  # items, for a median that says something
NOTHING = 1e-6  # nats; not worth a name
_STICK: dict[str, Any] = {"color": style.RULE, "lw": 0.9}
_DOT: dict[str, Any] = {"ls": "none", "marker": "o", "mfc": style.ESTIMATE, "mec": "white", "mew": 0.3, "ms": 2.8}
_NAMED = _DOT | {"mfc": style.INK}
_TYPICAL: dict[str, Any] = {"ls": "none", "marker": "s", "mfc": "white", "mec": style.INK, "mew": 0.7, "ms": 3.4}
_LARGEST: dict[str, Any] = {"color": style.RULE, "lw": 0.6, "ls": (0, (4, 2))}


def label_entropy(
    table: pd.DataFrame,
    *,
    scale: Any = None,
    ax: Axes | None = None,
    target: str | None = None,
    named: int = 3,
) -> Axes | np.ndarray:
    """The entropy of each item's label against its expected rating, split into people and ignorance.

    Each item is a dot at what people disagree about and a line from there up to the entropy of its label: the
    ignorance, which more ratings would reduce. Where a panel has more than 300 items, hexagons show how many have how
    much disagreement, and squares with a line the median item among those with such an expected rating.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.label_distributions``: item, target, expected (rating points), entropy, disagreement,
        ignorance (nats); used where present: dimension (one panel for each), ``p_<answer>`` (how many answers).
    scale : Scale or sequence of float, optional
        The answers of the rating scale, such as ``labels.scale`` or ``(1, 5)``. Without it the axis spans the items.
    ax : Axes, optional
        Where to draw; for one panel only.
    target : str, optional
        Whose labels to draw, as in the column ``target``. Default: the first of the table; the alt text names those
        that are not drawn.
    named : int
        Items with the most disagreement, and items with the most ignorance, whose ids are written at the margin.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, the labels are no posterior and so have no ignorance, there is no such target, an
        item has several labels, an expected rating lies outside the scale, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["i1", "i2"], "target": "all raters", "expected": [2.0, 3.0],
    ...     "entropy": [0.6, 1.2], "disagreement": [0.5, 1.1], "ignorance": [0.1, 0.1]})
    >>> label_entropy(table, scale=(1, 5)).get_ylabel()
    'entropy of the label (nats)'
    """
    check_columns(table, ["item", "target", *NUMBERS], "label_entropy", SOURCE)
    rows, others = _of_target(table, target)
    _refuse_baselines(rows)
    names = [name for name in (DIMENSION, "item") if name in rows]
    rows, left_out = rows_with_numbers(rows, NUMBERS, names, "label_entropy")
    refuse_repeats(rows, names, "label_entropy", "item of a target")
    answers = answers_of(scale, rows["expected"], "expected ratings")
    n_answers, parts = len(answers) or _number_of_answers(table), by_dimension(rows)
    dense = max(map(len, parts.values())) > MOST_STICKS
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        above = key_height(["disagreement of people"] * (8 if dense else 3))
        axes = panel_axes(list(parts), HEIGHT_MM, labels=6, narrowest=80, above=above, own_rows=True, ax=ax)
        for panel in axes:
            _set_limits(panel, rows, answers, n_answers)
            whose = "\n" + wrapped(rows["target"].iloc[0], 40, 1) if others else ""
            panel.set(xlabel=f"{points_words('expected rating', answers)}{whose}", ylabel="entropy of the label (nats)")
        entries = (_draw_density if dense else _draw_items)(axes, list(parts.values()))
        if n_answers > 1:
            entries.append((Line2D([], [], **_LARGEST), f"largest possible, ln {n_answers}"))
            for panel in axes:
                panel.axhline(np.log(n_answers), **_LARGEST, zorder=2)
        for panel, part in zip(axes, parts.values(), strict=True):
            _name_extremes(panel, part, named, panel_height(panel, None if ax else HEIGHT_MM), dense)
        draw_key(axes, *zip(*entries, strict=True), own=ax is None)
        return finished(axes, [*_sentences(parts, n_answers), _target_sentence(rows, others), left_out])


def _of_target(table: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, list[str]]:
    """The rows of one target, and the targets that are not drawn."""
    targets = in_order(table["target"])
    if target is not None and target not in targets:
        raise ConfigError(
            f"`label_entropy` found no rows with the target {target!r}; the table has {'; '.join(targets) or 'none'}."
            f"{nearest(str(target), targets)}"
        )
    drawn = target if target is not None else targets[0] if targets else ""
    return table[table["target"].astype(str) == drawn], [name for name in targets if name != drawn]


def _refuse_baselines(rows: pd.DataFrame) -> None:
    if len(rows) and rows[list(PARTS)].isna().all(axis=None):
        policies = f" (policy {', '.join(in_order(rows['policy']))})" if "policy" in rows else ""
        raise ConfigError(
            f"`label_entropy` splits entropy into disagreement and ignorance, but both are missing in all {len(rows)} "
            f"rows of these labels{policies}: only labels from a posterior have them. Pass {SOURCE}; for fewer answers "
            "that of `ps.label_distributions(fit, collapse=...)`."
        )


def _number_of_answers(table: pd.DataFrame) -> int:
    """How many ``p_<answer>`` the table has; demographics stand before ``target``."""
    after = list(map(str, table.columns))[list(table.columns).index("target") :]
    return sum(name.startswith("p_") for name in after)


def _set_limits(ax: Axes, rows: pd.DataFrame, answers: np.ndarray, n_answers: int) -> None:
    """The whole scale across, and up from 0 to the largest possible entropy."""
    x = answers if len(answers) else rows["expected"].to_numpy()
    top = max(rows["entropy"].max(), np.log(max(n_answers, 1))) or 1.0
    set_item_limits(ax, x, top, answers)


def _draw_items(axes: list[Axes], parts: list[pd.DataFrame]) -> list[tuple[Any, str]]:
    """Every item as a dot with its line; the more items, the fainter."""
    most = max(map(len, parts))
    alpha = 1.0 if most <= 50 else 0.7
    for ax, part in zip(axes, parts, strict=True):
        ax.vlines(part["expected"], part["disagreement"], part["entropy"], **_STICK, alpha=alpha, zorder=2.5)
        ax.plot(part["expected"], part["disagreement"], **_DOT, alpha=alpha, zorder=3)
    return [
        (Line2D([], [], **_DOT), "disagreement of people"),
        (Line2D([], [], **_STICK), "ignorance, up to the entropy"),
    ]


def _draw_density(axes: list[Axes], parts: list[pd.DataFrame]) -> list[tuple[Any, str]]:
    """Hexagons of the disagreement, and the median item along the expected rating with its ignorance."""
    x, y = ([part[name].to_numpy() for part in parts] for name in ("expected", "disagreement"))
    hexagons = draw_hexagons(axes, x, y, [np.ones(len(part)) for part in parts], lightest=0.45)
    stick = _STICK | {"color": style.INK, "lw": 1.2}
    for ax, part in zip(axes, parts, strict=True):
        middle = typical_items(part)
        top = middle["disagreement"] + middle["ignorance"]
        ax.vlines(middle["expected"], middle["disagreement"], top, **stick, zorder=3)
        ax.plot(middle["expected"], middle["disagreement"], **_TYPICAL, zorder=3.1)
    return [
        *hexagons,
        (Line2D([], [], **_TYPICAL), "median disagreement"),
        (Line2D([], [], **_NAMED), "named item"),
        (Line2D([], [], **stick), "ignorance, up to the entropy"),
    ]


def typical_items(part: pd.DataFrame) -> pd.DataFrame:
    """Medians of expected, disagreement and ignorance in equal steps of the expected rating with 10 items or more.

    >>> rows = pd.DataFrame({"expected": [1.0] * 20 + [5.0], "disagreement": 0.5, "ignorance": 0.1})
    >>> typical_items(rows).to_numpy().tolist()
    [[1.0, 0.5, 0.1]]
    """
    edges = np.linspace(part["expected"].min(), part["expected"].max(), BINS + 1)
    bins = part[["expected", *PARTS]].groupby(np.searchsorted(edges[1:-1], part["expected"], side="right"))
    return bins.median()[bins.size() >= LEAST_IN_BIN]


def _name_extremes(ax: Axes, part: pd.DataFrame, named: int, height: float, dense: bool) -> None:
    """The ids of the items with the most disagreement and, with the number, of those with the most ignorance."""
    unsure = _most(part, "ignorance", named)
    torn = _most(part, "disagreement", named)
    torn = torn.drop(index=unsure.index, errors="ignore")
    shown = pd.concat([torn, unsure])
    if dense:  # in a hexagon nobody sees where a single item lies
        ax.vlines(shown["expected"], shown["disagreement"], shown["entropy"], **_STICK | {"color": style.INK}, zorder=3)
        ax.plot(shown["expected"], shown["disagreement"], **_NAMED, zorder=3.2)
    ends = np.r_[torn["disagreement"].to_numpy(), unsure["entropy"].to_numpy()]
    names = [shortened(item) for item in torn["item"]]
    names += [f"{shortened(row['item'])}\nignorance {number(row['ignorance'])}" for _, row in unsure.iterrows()]
    draw_names(ax, np.column_stack([shown["expected"], ends]), names, np.full(len(shown), 1.0), height)


def _most(part: pd.DataFrame, column: str, n: int) -> pd.DataFrame:
    return part[part[column] > NOTHING].sort_values(column, ascending=False, kind="stable").head(max(n, 0))


def _sentences(parts: Mapping[str, pd.DataFrame], n_answers: int) -> list[str]:
    items = sum(map(len, parts.values()))
    largest = f"; the largest possible entropy is {number(np.log(n_answers))} nats" if n_answers > 1 else ""
    sentences = [f"Entropy of {count(items, 'label')} against the expected rating{largest}."]
    for dimension, part in parts.items():
        said = [f"median disagreement {number(part['disagreement'].median())}"]
        said.append(f"median ignorance {number(part['ignorance'].median())} nats")
        for column in PARTS:
            most = _most(part, column, 1)
            said += [f"most {column}: {shortened(row['item'])} ({number(row[column])})" for _, row in most.iterrows()]
        text = "; ".join(said)
        sentences.append(f"{dimension}: {text}." if dimension else f"{text[0].upper()}{text[1:]}.")
    return sentences


def _target_sentence(rows: pd.DataFrame, others: list[str]) -> str:
    drawn = f"Labels of the target {rows['target'].iloc[0]}"
    return f"{drawn}; not drawn: {', '.join(others)}." if others else f"{drawn}."
