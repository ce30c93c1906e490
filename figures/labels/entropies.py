"""The entropy of each item's label against its expected rating: what people disagree about, and what is not known."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps
from pluralstats.errors import ConfigError, nearest

from .. import style
from ..disagreement.clouds import draw_hexagons
from ..disagreement.possible import answers_of
from ..parts.alt import finished
from ..parts.marks import Entry, draw_key
from ..parts.names import draw_names
from ..parts.panels import panel_axes, set_item_limits, settle
from ..parts.sources import drawn_from
from ..parts.tables import by_dimension, check_columns, checked_rows
from ..parts.words import count, in_order, number, on_scale, shortened, wrapped

SOURCE = "the table of `ps.label_distributions` (`labels.table`)"
PARTS = ("disagreement", "ignorance")
NUMBERS = ("expected", "entropy", *PARTS)
HEIGHT_MM = 52.0
MOST_STICKS = 300  # items; more are drawn as a density
BINS = 10  # of the expected rating, where items are a density
LEAST_IN_BIN = 10  # items, for a median that says something
NOTHING = 1e-6  # nats; not worth a name
SMALL = 0.05  # of the largest entropy: such lines could not be seen, and the dots of a fitted model lie on one curve
_STICK: dict[str, Any] = {"color": style.RULE, "lw": 0.9}
_DOT: dict[str, Any] = {"ls": "none", "marker": "o", "mfc": style.ESTIMATE, "mec": "white", "mew": 0.3, "ms": 2.8}
_NAMED = _DOT | {"mfc": style.INK}
_TYPICAL: dict[str, Any] = {"ls": "none", "marker": "s", "mfc": "white", "mec": style.INK, "mew": 0.7, "ms": 3.4}
_LARGEST: dict[str, Any] = {"color": style.RULE, "lw": 0.6, "ls": (0, (4, 2))}


@drawn_from(Labels=lambda labels: labels.table, Fit=lambda fit: ps.label_distributions(fit).table)
def label_entropy(
    table: Any, *, scale: Any = None, ax: Axes | None = None, target: str | None = None, named: int = 3
) -> Axes | np.ndarray:
    """The entropy of each item's label against its expected rating, split into people and ignorance.

    Each item is a dot at what people disagree about and a line from there up to the entropy of its label: the
    ignorance, which more ratings would reduce. Where a panel has more than 300 items, hexagons show how many have how
    much disagreement, and squares with a line the median item among those with such an expected rating. Where all
    ignorance is small, disagreement follows the expected rating, and the ignorance alone is drawn, on its own axis.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.label_distributions``: item, target, expected (rating points), entropy, disagreement, ignorance (nats;
        missing for labels that are no posterior); used where present: ``p_<answer>`` (how many answers).
    target : str, optional
        Whose labels to draw, as in the column ``target``. Default: the first of the table; the alt text names those
        that are not drawn.
    named : int
        Items with the most disagreement, and items with the most ignorance, whose ids are written at the margin.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["i1", "i2"], "target": "all raters", "expected": [2.0, 3.0],
    ...     "entropy": [0.6, 1.2], "disagreement": [0.5, 1.1], "ignorance": [0.1, 0.1]})
    >>> label_entropy(table, scale=(1, 5)).get_ylabel()
    'entropy of the label (nats)'
    """
    rows, others, left_out = _checked(table, target)
    answers = answers_of(scale, rows["expected"], "expected ratings")
    n_answers = len(answers) or _number_of_answers(table)
    top = max(rows["entropy"].max(), np.log(max(n_answers, 1))) or 1.0
    small = 0.0 < rows["ignorance"].max() <= SMALL * top
    dot, end = ("ignorance", "ignorance") if small else ("disagreement", "entropy")
    parts = by_dimension(rows.assign(dot=rows[dot], top=rows[end]))
    dense = max(map(len, parts.values())) > MOST_STICKS
    words = "ignorance about the label" if small else "entropy of the label"
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        axes = panel_axes(list(parts), labels=6, narrowest=80, own_rows=True, ax=ax)
        whose = "\n" + wrapped(rows["target"].iloc[0], 40, 1) if others else ""
        ends = answers if len(answers) else rows["expected"].to_numpy()
        across = f"expected rating{on_scale(answers, 'rating points')}{whose}"
        for panel in axes:
            set_item_limits(panel, ends, rows["ignorance"].max() if small else top, answers)
            panel.set(xlabel=across, ylabel=f"{words} (nats)")
        entries = (_draw_density if dense else _draw_items)(axes, list(parts.values()), small)
        if n_answers > 1 and not small:
            entries.append((Line2D([], [], **_LARGEST), f"largest possible, ln {n_answers}"))
            for panel in axes:
                panel.axhline(np.log(n_answers), **_LARGEST, zorder=2)
        draw_key(axes, entries, own=ax is None)
        settle(axes, HEIGHT_MM, own=ax is None)
        for panel, part in zip(axes, parts.values(), strict=True):
            _name_extremes(panel, part, named, dense, small)
        settle(axes, HEIGHT_MM, own=ax is None)  # names at the margin made the panels narrower
        alone = "Ignorance alone is drawn: disagreement follows the expected rating." if small else ""
        return finished(axes, [*_sentences(parts, n_answers), alone, _target_sentence(rows, others), left_out])


def _checked(table: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, list[str], str]:
    """The rows that are drawn, the targets that are not, and a sentence about rows without numbers."""
    check_columns(table, ["item", "target", *NUMBERS], "label_entropy", SOURCE)
    rows, others = _of_target(table, target)
    _refuse_baselines(rows)
    rows, left_out = checked_rows(
        rows, (), "label_entropy", SOURCE, numbers=NUMBERS, names=("item",), once="item of a target"
    )
    return rows, others, left_out


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


def _draw_items(axes: list[Axes], parts: list[pd.DataFrame], small: bool) -> list[Entry]:
    """Every item as a dot with its line; the more items, the fainter."""
    alpha = 1.0 if max(map(len, parts)) <= 50 else 0.7
    for ax, part in zip(axes, parts, strict=True):
        ax.vlines(part["expected"], part["dot"], part["top"], **_STICK, alpha=alpha, zorder=2.5)
        ax.plot(part["expected"], part["dot"], **_DOT, alpha=alpha, zorder=3)
    dot, stick = Line2D([], [], **_DOT), (Line2D([], [], **_STICK), "ignorance, up to the entropy")
    return [(dot, "ignorance of an item")] if small else [(dot, "disagreement of people"), stick]


def _draw_density(axes: list[Axes], parts: list[pd.DataFrame], small: bool) -> list[Entry]:
    """Hexagons of the items, and the median item along the expected rating with its ignorance."""
    x, y = ([part[name].to_numpy() for part in parts] for name in ("expected", "dot"))
    hexagons = draw_hexagons(axes, x, y, [np.ones(len(part)) for part in parts], lightest=0.45)
    stick = _STICK | {"color": style.INK, "lw": 1.2}
    for ax, part in zip(axes, parts, strict=True):
        middle = typical_items(part)
        if not small:
            ends = middle["dot"], middle["dot"] + middle["ignorance"]
            ax.vlines(middle["expected"], *ends, **stick, zorder=3)
        ax.plot(middle["expected"], middle["dot"], **_TYPICAL, zorder=3.1)
    marks = {f"median {'ignorance' if small else 'disagreement'}": _TYPICAL, "named item": _NAMED}
    marks |= {} if small else {"ignorance, up to the entropy": stick}
    return [*hexagons, *((Line2D([], [], **mark), words) for words, mark in marks.items())]


def typical_items(part: pd.DataFrame) -> pd.DataFrame:
    """Medians of the expected rating, the dot and the ignorance in equal steps across with 10 items or more.

    >>> rows = pd.DataFrame({"expected": [1.0] * 20 + [5.0], "dot": 0.5, "ignorance": 0.1})
    >>> typical_items(rows).to_numpy().tolist()
    [[1.0, 0.5, 0.1]]
    """
    edges = np.linspace(part["expected"].min(), part["expected"].max(), BINS + 1)
    bins = part[["expected", "dot", "ignorance"]].groupby(np.searchsorted(edges[1:-1], part["expected"], side="right"))
    return bins.median()[bins.size() >= LEAST_IN_BIN]


def _name_extremes(ax: Axes, part: pd.DataFrame, named: int, dense: bool, small: bool) -> None:
    """The ids of the items with the most disagreement and, with the number, of those with the most ignorance."""
    unsure, torn = _most(part, "ignorance", named), _most(part, "disagreement", 0 if small else named)
    torn = torn.drop(index=unsure.index, errors="ignore")
    shown = pd.concat([torn, unsure])
    if dense:  # in a hexagon nobody sees where a single item lies
        ax.vlines(shown["expected"], shown["dot"], shown["top"], **_STICK | {"color": style.INK}, zorder=3)
        ax.plot(shown["expected"], shown["dot"], **_NAMED, zorder=3.2)
    ends = np.r_[torn["dot"].to_numpy(), unsure["top"].to_numpy()]
    names = [shortened(item) for item in torn["item"]]
    names += [
        f"{shortened(row['item'])}\nignorance {number(row['ignorance'], 3 if small else 2)}"
        for _, row in unsure.iterrows()
    ]
    draw_names(ax, np.column_stack([shown["expected"], ends]), names, np.full(len(shown), 1.0))


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
