"""The alt text that travels with a figure, and its sentences about the rows that are drawn.

It is kept as the label of every Axes (``Artist.get_label``), so it survives pickling and belongs to the panel
even when the Axes sits in a caller's own figure.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from pluralstats.errors import expect

from .words import count, listed, number, shortened, with_interval

FEW, MANY = 5, 20  # rows that are all said, and of which the median is said
# Characters of the sentences on panels, and of a name: nobody wants to hear all of forty panels.
ROOM, LONGEST = 550, 50


def alt_text(figure_or_axes: Any) -> str:
    """The figure in words, for readers who cannot see it; empty for one that no function of this package has drawn.

    Parameters
    ----------
    figure_or_axes : Axes, array of Axes or Figure
        What a figure function returned, or the figure it stands in.

    Examples
    --------
    >>> alt_text(Figure().add_subplot())
    ''
    """
    texts = dict.fromkeys(str(ax.get_label()) for ax in axes_of(figure_or_axes))
    return " ".join(text for text in texts if text)


def axes_of(figure_or_axes: Any) -> list[Axes]:
    """The Axes of a figure, or of what a figure function returned."""
    if isinstance(figure_or_axes, Figure):
        return list(figure_or_axes.axes)
    axes = list(np.ravel(np.array(figure_or_axes, dtype=object)))
    for ax in axes or [figure_or_axes]:
        expect(ax, Axes, "A matplotlib Figure, Axes or an array of Axes is needed, as figure functions return")
    return axes


def figure_of(figure_or_axes: Any) -> Figure:
    """The figure that holds these Axes (a Figure is its own)."""
    if isinstance(figure_or_axes, Figure):
        return figure_or_axes
    figure = axes_of(figure_or_axes)[0].get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def finished(axes: Sequence[Axes], sentences: Iterable[str]) -> Axes | np.ndarray:
    """Attach the alt text and take every text literally; one Axes is returned bare, several as an array.

    A level "$50k-$100k" is no mathematics, neither in our own style nor in the style of the caller's Axes.
    """
    text = " ".join(" ".join(sentences).split())  # words of a key may hold line ends
    for ax in axes:
        ax.set_label(text)
        for written in ax.findobj(Text):
            if isinstance(written, Text) and "$" in written.get_text():
                written.set_parse_math(False)
    return axes[0] if len(axes) == 1 else np.array(axes, dtype=object)


def first_of(sentences: Iterable[str], what: str = "panel") -> list[str]:
    """The first sentences on panels, as many as a listener has patience for, and how many panels they leave out."""
    said = [sentence for sentence in sentences if sentence]
    shown = max(1, int((np.cumsum([len(sentence) for sentence in said]) <= ROOM).sum()))
    more = len(said) - shown
    return said if more <= 0 else [*said[:shown], f"And {count(more, f'more {what}')}."]


def extremes(
    rows: pd.DataFrame, names: Iterable[object], *, place: str = "", thing: str = "row", column: str = "estimate",
    null: float | None = None,
) -> str:  # fmt: skip
    """A sentence: how many rows, the lowest and the highest of a column, and whose intervals leave out ``null``.

    ``names`` (n,) are those of the rows, ``place`` says which panel it is. Rows without a number are not counted. Of a
    few rows without a ``null`` all are said, of many the median.
    """
    before = f"{shortened(place, 2 * LONGEST)}: " if place else ""
    if column not in rows:
        return f"{before}{count(len(rows), thing)}."
    known = rows.assign(name=[shortened(name, LONGEST) for name in names])[rows[column].notna().to_numpy()]
    if not len(known):
        return ""
    said = [f"{with_interval(row, column)} for {row['name']}" for _, row in known.iterrows()]
    if len(said) > 1 and (null is not None or len(said) > FEW):
        middle = f"median {number(known[column].median())}, " if len(known) > MANY else ""
        said = [f"{middle}from {said[known[column].argmin()]} to {said[known[column].argmax()]}"]
    if null is not None and {"lower", "upper"} <= set(rows) and known["lower"].notna().any():
        outside = known.loc[(known["lower"] > null) | (known["upper"] < null), "name"]
        said.append(f"intervals that exclude {null:g}: {listed(list(outside)) or 'none'}")
    return f"{before}{count(len(known), thing)}, {'; '.join(said)}."


def say_also(figure_or_axes: Any, sentence: str) -> None:
    """Add a sentence to the alt text."""
    for ax in axes_of(figure_or_axes) if sentence else ():
        ax.set_label(f"{ax.get_label()} {sentence}".strip())
