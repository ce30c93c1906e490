"""A chart of rows, with panels beside each other and a mark in each row; and panels of points in a plane."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .. import style
from .alt import extremes, finished, first_of
from .marks import Entry, draw_key, labelled, numeric_axis
from .panels import is_rightmost, label_x, panel_axes, settle, share_limits
from .rows import Groups, Rows, arrange, counts_at, draw_labels, draw_margin
from .words import band_sentence, in_order, joined

Margin = str | Callable[[pd.DataFrame, Rows], Mapping[float, str]]  # a column of counts, or texts by y
Marks = Callable[[Axes, np.ndarray, pd.DataFrame], None]  # draws the rows of a panel at y (mm)
MOST_SAID = 3  # sentences on panels in an alt text, where fewer would do
MARGIN_MM = 12.0  # for numbers and the ends of ticks at the right


class Panel(NamedTuple):
    """The rows of one panel, each placed by its ``key``; panels of one quantity share their limits."""

    rows: pd.DataFrame
    title: str = ""
    quantity: str = ""
    null: float | None = 0.0  # where the line of no difference stands
    ratio: bool = False  # on a logarithmic axis


def draw_chart(
    panels: Sequence[Panel], groups: Groups | Rows | Callable[[pd.DataFrame], Groups], marks: Marks, *,
    ax: Axes | None, what: str = "", beside: str = "", thing: str = "row",
    entries: Sequence[Entry] | None = (), sentences: Sequence[str] = (), margin: Margin = "n_raters",
    margin_title: str = "raters", margins_everywhere: bool = False, slot: float = 4.4, narrowest: float = 30.0,
    rope: float = 0.0, stripes: bool = True, room: float | None = None, width: str | None = None,
) -> Axes | np.ndarray:  # fmt: skip
    """Draw panels of rows, with labels, limits, ticks, quantities, a key and the alt text.

    Parameters
    ----------
    groups : mapping of header to (key -> label), Rows, or a function from the rows of a panel to a mapping
        The rows of all panels, as they are or to be arranged, or those of each.
    marks : function of (Axes, y, rows)
        Draws what is particular to the figure.
    what, thing, beside : str
        The alt text says what is drawn, then of each panel how many things it has, the lowest and the highest estimate,
        and which intervals exclude the line of no difference; of each value of a column ``beside`` for itself, where
        several marks stand in a row.
    entries, sentences
        The key as (handle, words), beside the marks drawn with a ``label`` (None: no key); more for the alt text.
    margin, margin_title : str, or function of (rows, layout), and str
        What stands at the right: a column of counts, where the table has it (several values of a row become a range),
        or what the function says; once for panels that share rows, unless ``margins_everywhere``.
    slot, narrowest, room : float
        Least height of a row and least width of a panel in mm; the share of the width that labels may fill.
    rope : float
        Half-width of the band around no difference, in log units for ratios.
    width : {"one", "two"}, optional
        Columns of the page; by default two for several panels.
    """
    several = callable(groups)
    with style.drawing(width or ("one" if len(panels) == 1 else "two"), ax):
        mm = None if room is None else room * style.width_mm()
        each = [groups(panel.rows) for panel in panels] if callable(groups) else [groups]
        layouts = [some if isinstance(some, Rows) else arrange(some, slot=slot, room=mm) for some in each]
        height = max(layout.height for layout in layouts)
        layouts = [layout.of_height(height) for layout in (layouts if several else layouts * len(panels))]
        labels = 0.0 if several else layouts[0].width() + MARGIN_MM
        titles = [panel.title for panel in panels]
        axes = panel_axes(titles, labels=labels, narrowest=narrowest, own_rows=several, ax=ax)
        for at, panel, layout in zip(axes, panels, layouts, strict=True):
            draw_labels(at, layout, stripes=stripes)
            _draw_null(at, panel, rope)
            marks(at, layout.at(panel.rows), panel.rows)
            if several or margins_everywhere or is_rightmost(at, axes):
                own = several or margins_everywhere
                rows = panel.rows if own else pd.concat([panel.rows for panel in panels])
                texts = margin(rows, layout) if callable(margin) else counts_at(rows, margin, layout.y)
                if texts:
                    draw_margin(at, texts, margin_title)
        _finish_axes(axes, panels)
        entries = () if entries is None else [*entries, *labelled(axes)]
        draw_key(axes, entries, own=ax is None)
        settle(axes, height, own=ax is None)
        said = _sentences(panels, layouts, what, beside, thing) if what else []
        said += [f"Marks: {'; '.join(words for _, words in entries)}."] if what and entries else []
        return finished(axes, [*said, band_sentence(rope) if what else "", *sentences])


def draw_planes(
    parts: Mapping[str, Any], draw: Callable[[list[Axes], list[Any]], Sequence[Entry] | None],
    name: Callable[[Axes, Any], Any] | None = None, *, ax: Axes | None, height: float,
    sentences: Sequence[str], narrowest: float = 80.0, **key: Any,
) -> Axes | np.ndarray:  # fmt: skip
    """Panels of points in a plane by their titles, ``height`` mm high, with a key and the alt text.

    ``draw`` gets all Axes and all parts, sets limits and labels and returns what the key (with the options ``key``)
    says beside the marks drawn with a ``label``; ``name`` writes names at the margin of a panel once it stands.
    """
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        axes = panel_axes(list(parts), labels=6, narrowest=narrowest, own_rows=True, ax=ax)
        more = draw(axes, list(parts.values())) or ()
        draw_key(axes, [*more, *labelled(axes)], own=ax is None, **key)
        settle(axes, height, own=ax is None)
        if name is not None:
            for panel, part in zip(axes, parts.values(), strict=True):
                name(panel, part)
            settle(axes, height, own=ax is None)  # names at the margin made the panels narrower
        return finished(axes, sentences)


def _sentences(panels: Sequence[Panel], layouts: Sequence[Rows], what: str, beside: str, thing: str) -> list[str]:
    """What is drawn, then what each panel shows, each value of a column ``beside`` for itself unless these are many."""
    quantities = in_order(panel.quantity for panel in panels)
    shared = quantities[0] if len(quantities) == 1 else ""
    sentences = []
    values = [panel.rows[beside].astype(str) if beside in panel.rows else None for panel in panels]
    many = sum(1 if value is None else value.nunique() for value in values) > MOST_SAID
    for panel, layout, value in zip(panels, layouts, values, strict=True):
        found = [layout.names.get(key) or ", ".join(key) for key in panel.rows["key"]]
        names, things = pd.Series(found, panel.rows.index, dtype=str), thing
        if value is not None and many:
            names, value, things = names + ", " + value, None, "estimate"
        said = []
        for name, rows in [("", panel.rows)] if value is None else panel.rows.groupby(value, sort=False):
            place = joined(panel.title, "" if shared else panel.quantity, name)
            said.append(extremes(rows, names[rows.index], place=place, thing=things, null=panel.null))
        sentences.append(" ".join(filter(None, said)))
    return [f"{what}: {shared}." if shared else f"{what}.", *first_of(sentences)]


def _draw_null(ax: Axes, panel: Panel, rope: float) -> None:
    """The line of no difference and, around it, the band of practical equivalence."""
    if panel.ratio:
        ax.set_xscale("log")
    if panel.null is None:
        return
    ax.axvline(panel.null, color=style.RULE, lw=0.8, zorder=1)
    if rope > 0:
        ends = panel.null * np.exp([-rope, rope]) if panel.ratio else panel.null + np.array([-rope, rope])
        ax.axvspan(*ends, color=style.BAND, lw=0, zorder=0.5)


def _finish_axes(axes: list[Axes], panels: Sequence[Panel]) -> None:
    """Panels of one quantity have the same limits; the quantity is written once where all have the same."""
    quantities = in_order(panel.quantity for panel in panels)
    for quantity in quantities:
        same = [ax for ax, panel in zip(axes, panels, strict=True) if panel.quantity == quantity]
        share_limits(same)
        numeric_axis(same, ratio=any(panel.ratio for panel in panels if panel.quantity == quantity))
        for some in [same] if len(quantities) == 1 else [[ax] for ax in same]:
            label_x(some, quantity)
