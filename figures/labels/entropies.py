"""The entropy of each item's label against its expected rating: what people disagree about, and what is not known."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import pluralstats as ps
from pluralstats.errors import ConfigError

from .. import style
from ..disagreement.clouds import draw_hexagons
from ..disagreement.possible import answers_of
from ..parts.alt import extremes, first_of
from ..parts.chart import draw_planes
from ..parts.marks import Entry
from ..parts.names import draw_names
from ..parts.panels import set_item_limits
from ..parts.tables import by_dimension, check_columns, checked_rows, drawn_from
from ..parts.words import in_order, listed, number, on_scale, shortened, wrapped

SOURCE = "the table of `ps.label_distributions` (`labels.table`)"
PARTS = ("disagreement", "ignorance")
NUMBERS = ("expected", "entropy", *PARTS)
HEIGHT_MM = 52.0
MOST_STICKS = 300  # items; more are drawn as a density
BINS = 10  # of the expected rating, where items are a density
LEAST_IN_BIN = 10  # items, for a median that says something
NOTHING = 1e-6  # nats; not worth a name
SMALL = 0.05  # of the largest entropy: such lines could not be seen, and the dots of a fitted model lie on one curve
STICK: dict[str, Any] = {"color": style.RULE, "lw": 0.9, "zorder": 2.5, "label": "ignorance, up to the entropy"}
DARK = STICK | {"color": style.INK, "zorder": 3}
DOT: dict[str, Any] = {
    "ls": "none", "marker": "o", "mfc": style.ESTIMATE, "mec": "white", "mew": 0.3, "ms": 2.8, "zorder": 3,
}  # fmt: skip
NAMED = DOT | {"mfc": style.INK, "zorder": 3.2, "label": "named item"}
TYPICAL = DOT | {"marker": "s", "mfc": "white", "mec": style.INK, "mew": 0.7, "ms": 3.4, "zorder": 3.1}
LARGEST: dict[str, Any] = {"color": style.RULE, "lw": 0.6, "ls": (0, (4, 2)), "zorder": 2}


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
    rows, left_out, target, targets = _rows_of(table, target)
    answers = answers_of(scale, rows["expected"], "expected ratings")
    n_answers = len(answers) or _number_of_answers(table)
    top = max(rows["entropy"].max(), np.log(max(n_answers, 1))) or 1.0
    small = 0.0 < rows["ignorance"].max() <= SMALL * top
    dot, end = ("ignorance", "ignorance") if small else ("disagreement", "entropy")
    rows = rows.assign(dot=rows[dot], top=rows[end])
    parts = by_dimension(rows)
    dense = max(map(len, parts.values())) > MOST_STICKS
    whose = "\n" + wrapped(target, 40, 1) if len(targets) > 1 else ""
    words = {"xlabel": f"expected rating{on_scale(answers, 'rating points')}{whose}",
             "ylabel": f"{'ignorance about the label' if small else 'entropy of the label'} (nats)"}  # fmt: skip

    def draw(axes: list[Axes], parts: list[pd.DataFrame]) -> list[Entry]:
        for ax in axes:
            ends = answers if len(answers) else rows["expected"].to_numpy()
            set_item_limits(ax, ends, rows["top"].max() if small else top, answers)
            ax.set(**words)
        x, y = ([part[name].to_numpy() for part in parts] for name in ("expected", "dot"))
        hexagons = draw_hexagons(axes, x, y, [np.ones(len(part)) for part in parts], lightest=0.45) if dense else []
        for ax, part in zip(axes, parts, strict=True):
            (_draw_typical if dense else _draw_items)(ax, part, named, small)
            if n_answers > 1 and not small:
                ax.axhline(np.log(n_answers), **LARGEST, label=f"largest possible, ln {n_answers}")
        return hexagons

    name = partial(_name_extremes, named=named, small=small)
    sentences = [*_sentences(parts, target, targets, small), left_out]
    return draw_planes(parts, draw, name, ax=ax, height=HEIGHT_MM, sentences=sentences)


def _rows_of(table: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, str, str | None, list[str]]:
    """The labels of one target, what is left out of them, which target that is, and all of the table."""
    check_columns(table, ["item", "target", *NUMBERS], "label_entropy", SOURCE)
    _refuse_baselines(table)
    targets = in_order(table["target"])
    target = targets[0] if target is None and targets else target
    rows, left_out = checked_rows(
        table, (), "label_entropy", SOURCE, numbers=NUMBERS, names=["item"], once="item of a target",
        only=None if target is None else ("target", target),
    )  # fmt: skip
    return rows, left_out, target, targets


def _sentences(parts: dict[str, pd.DataFrame], target: str | None, targets: list[str], small: bool) -> list[str]:
    """Whose labels are drawn and whose are not, and the ends of disagreement and ignorance in each panel."""
    others = [other for other in targets if other != target]
    said = [f"Labels of the target {target}{'; not drawn: ' if others else ''}{listed(others)}."]
    said.append("Ignorance alone is drawn: disagreement follows the expected rating." if small else "")
    each = {column: f"{column} (nats)" for column in NUMBERS[1:]}
    said += first_of(
        " ".join(extremes(part, part["item"], place=f"{dimension and dimension + ', '}{words}", thing="item",
                          column=column) for column, words in each.items())
        for dimension, part in parts.items()
    )  # fmt: skip
    return said


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


def _draw_items(ax: Axes, part: pd.DataFrame, _: int, small: bool) -> None:
    """Every item as a dot with its line; the more items, the fainter."""
    alpha = 1.0 if len(part) <= 50 else 0.7
    label = "ignorance of an item" if small else "disagreement of people"
    ax.plot(part["expected"], part["dot"], **DOT, alpha=alpha, label=label)
    if not small:
        ax.vlines(part["expected"], part["dot"], part["top"], **STICK, alpha=alpha)


def _draw_typical(ax: Axes, part: pd.DataFrame, named: int, small: bool) -> None:
    """Over hexagons the median item along the expected rating, and those that are named: nobody sees where they lie."""
    middle, shown = typical_items(part), pd.concat(_extremes(part, named, small))
    ax.plot(middle["expected"], middle["dot"], **TYPICAL, label=f"median {'ignorance' if small else 'disagreement'}")
    ax.plot(shown["expected"], shown["dot"], **NAMED)
    if not small:
        ax.vlines(middle["expected"], middle["dot"], middle["dot"] + middle["ignorance"], **DARK | {"lw": 1.2})
        ax.vlines(shown["expected"], shown["dot"], shown["top"], **DARK)


def typical_items(part: pd.DataFrame) -> pd.DataFrame:
    """Medians of the expected rating, the dot and the ignorance in equal steps across with 10 items or more."""
    edges = np.linspace(part["expected"].min(), part["expected"].max(), BINS + 1)
    bins = part[["expected", "dot", "ignorance"]].groupby(np.searchsorted(edges[1:-1], part["expected"], side="right"))
    return bins.median()[bins.size() >= LEAST_IN_BIN]


def _extremes(part: pd.DataFrame, named: int, small: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The items with the most disagreement (not where it is not drawn), and those with the most ignorance."""
    torn, unsure = (part[part[name] > NOTHING].sort_values(name, ascending=False, kind="stable").head(max(named, 0))
                    for name in PARTS)  # fmt: skip
    return torn.head(0) if small else torn.drop(index=unsure.index, errors="ignore"), unsure


def _name_extremes(ax: Axes, part: pd.DataFrame, named: int, small: bool) -> None:
    """The ids of items with much disagreement and, with the number, of those with much ignorance."""
    torn, unsure = _extremes(part, named, small)
    points = np.r_[torn[["expected", "dot"]].to_numpy(), unsure[["expected", "top"]].to_numpy()]
    names = [shortened(item) for item in torn["item"]]
    names += [f"{shortened(row['item'])}\nignorance {number(row['ignorance'], 3 if small else 2)}"
              for _, row in unsure.iterrows()]  # fmt: skip
    draw_names(ax, points, names, np.ones(len(points)))
