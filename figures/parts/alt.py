"""The alt text that travels with a figure.

It is kept as the label of every Axes (``Artist.get_label``), so it survives pickling and belongs to the panel
even when the Axes sits in a caller's own figure.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text


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
    return list(np.ravel(np.array(figure_or_axes, dtype=object)))


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
    text = " ".join(sentence for sentence in sentences if sentence)
    for ax in axes:
        ax.set_label(text)
        for written in ax.findobj(Text):
            if isinstance(written, Text) and "$" in written.get_text():
                written.set_parse_math(False)
    return axes[0] if len(axes) == 1 else np.array(axes, dtype=object)
