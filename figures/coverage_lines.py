"""Coverage: how often intervals of a given probability hold the truth."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .calibration_lines import MODEL, Line, by_model, draw_line_key, draw_lines, key_labels, looks
from .font_weights import write_title
from .keys import DASHES, key_height
from .panels import panel_axes
from .rank_band import simultaneous_band
from .tables import check_columns, count, listed, number, rows_with_numbers, wrapped

COLUMNS = ("nominal", "observed", "n")
ABOVE_MM, BELOW_MM, FRAME_MM, TITLE_MM = 46.0, 26.0, 22.0, 7.0
MOST_COLUMNS = 3
EVERY = "intervals"  # the one line of a table without parameters


def coverage(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed against nominal coverage with the diagonal, and below it their difference.

    Central intervals are nested, so that the band holds the whole line of one parameter with probability ``prob`` when
    intervals are right; of twenty parameters one may leave it. With one nominal coverage it is the binomial interval.

    Parameters
    ----------
    table : DataFrame
        nominal and observed (probabilities 0-1), n (intervals behind ``observed``); used where present: parameter (a
        line for each), model (a column of panels for each).
    ax : Axes, optional
        Where to draw; for one model only, and without the difference.
    prob : float
        Probability of the band.

    Returns
    -------
    array of Axes (coverage, difference, for each model), or ``ax``

    Raises
    ------
    ConfigError
        Columns or rows are missing, or numbers are no probabilities.

    Examples
    --------
    >>> table = pd.DataFrame({"nominal": [0.5, 0.9], "observed": [0.52, 0.89], "n": 300})
    >>> [axes.get_ylabel() for axes in coverage(table)]
    ['observed (%)', 'less nominal']
    """
    check_columns(table, COLUMNS, "coverage", "a table of interval coverage")
    names = [name for name in (MODEL, "parameter", "nominal") if name in table]
    rows, left_out = rows_with_numbers(table, list(COLUMNS), names, "coverage")
    _refuse_impossible(rows)
    models = by_model(rows)
    panels = [_lines(part, prob) for part in models.values()]
    named, words = looks(panels), f"{100 * prob:g}% band of right intervals"
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        above = key_height(key_labels(panels, named, words), DASHES) + 2
        axes = _grid(list(models), above) if ax is None else panel_axes(list(models), 0, labels=0, narrowest=1, ax=ax)
        for i, (part, lines) in enumerate(zip(models.values(), panels, strict=True)):
            pair = axes[2 * i : 2 * i + 2] if ax is None else axes
            _draw_panels(pair, part, lines, named, prob)
        for panel in axes:
            panel.set_xlabel("nominal coverage (%)")
        _share_differences(axes[1::2])
        draw_line_key(axes, panels, named, words, own=ax is None)
        return finished(axes, [*_sentences(models, panels, prob), left_out])


def _refuse_impossible(rows: pd.DataFrame) -> None:
    shares = rows[["nominal", "observed"]]
    bad = ~(((shares >= 0) & (shares <= 1)).all(axis=1) & (rows["n"] >= 1))
    if bad.any():
        row = rows[bad].iloc[0]
        raise ConfigError(
            "`coverage` needs nominal and observed between 0 and 1 and n of at least 1; found "
            f"{count(int(bad.sum()), 'row')} without (first: nominal {row['nominal']:g}, "
            f"observed {row['observed']:g}, n {row['n']:g}). Divide percent by 100."
        )


def _lines(rows: pd.DataFrame, prob: float) -> dict[str, Line]:
    names = rows["parameter"].astype(str) if "parameter" in rows else pd.Series(EVERY, index=rows.index)
    lines = {}
    for name, part in rows.groupby(names, sort=False):
        part = part.sort_values("nominal")
        observed, (_, lower, upper) = part["observed"].to_numpy(), _band(part, prob)
        out = bool(((observed < lower - 1e-9) | (observed > upper + 1e-9)).any())
        lines[str(name)] = Line(100 * part["nominal"].to_numpy(), 100 * observed, out)
    return lines


def _band(rows: pd.DataFrame, prob: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nominal coverages and the lowest and highest observed ones, for the fewest intervals."""
    nominal, n = np.unique(rows["nominal"]), int(rows["n"].min())
    inner = (nominal > 0.0) & (nominal < 1.0)
    lower, upper = nominal.copy(), nominal.copy()
    least, most = simultaneous_band(n, tuple(nominal[inner].tolist()), prob)
    lower[inner], upper[inner] = least / n, most / n
    return nominal, lower, upper


def _grid(titles: list[str], above: float) -> list[Axes]:
    """Coverage above, difference below, for each model; models in reading order."""
    columns = min(len(titles), MOST_COLUMNS)
    lines = -(-len(titles) // columns)
    title = TITLE_MM if any(titles) else 0.0
    high = above + lines * (title + ABOVE_MM + BELOW_MM + FRAME_MM)
    figure = Figure(figsize=(style.width_mm() / 25.4, high / 25.4), layout="constrained")
    grid = figure.add_gridspec(2 * lines, columns, height_ratios=[ABOVE_MM, BELOW_MM] * lines)
    places = [(2 * (i // columns) + row, i % columns) for i in range(len(titles)) for row in range(2)]
    axes = [figure.add_subplot(grid[place]) for place in places]
    for panel, text in zip(axes[::2], titles, strict=True):
        write_title(panel, wrapped(text, int(style.width_mm() / columns / 2)))
    return axes


def _draw_panels(
    axes: list[Axes], rows: pd.DataFrame, lines: dict[str, Line], named: dict[str, dict[str, Any]], prob: float
) -> None:
    nominal, lower, upper = (100 * np.r_[0.0, end, 1.0] for end in _band(rows, prob))
    dots: dict[str, Any] = {"marker": "o", "ms": 2.2} if len(lines) <= 3 else {}
    for ax, sign in zip(axes, (0.0, 1.0), strict=False):
        base = sign * nominal
        ax.fill_between(nominal, lower - base, upper - base, color=style.BAND, lw=0, zorder=0.5)
        ax.plot([0, 100], [0, 100 * (1 - sign)], color=style.RULE, lw=0.8, zorder=1)
        draw_lines(ax, {name: line._replace(y=line.y - sign * line.x) for name, line in lines.items()}, named, **dots)
        ax.set_xlim(0, 100)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5 if sign == 0 else 4, steps=[1, 2, 5, 10]))
        ax.set_ylabel("less nominal" if sign else "observed (%)")
    axes[0].set_ylim(0, 100)


def _share_differences(axes: list[Axes]) -> None:
    most = max((abs(end) for ax in axes for end in ax.get_ylim()), default=0.0)
    for ax in axes:
        ax.set_ylim(-most, most)


def _sentences(models: dict[str, pd.DataFrame], panels: list[dict[str, Line]], prob: float) -> list[str]:
    sentences = [
        "Observed against nominal coverage of intervals with a simultaneous binomial band, and their difference."
    ]
    for (name, rows), lines in zip(models.items(), panels, strict=True):
        place = f" of {name}" if name else ""
        out = [parameter for parameter, line in lines.items() if line.outside]
        found = f": {listed(out)}" if out and out != [EVERY] else ""
        at = rows.loc[(rows["nominal"] - 0.95).abs().idxmin(), "nominal"]
        near = 100 * rows.loc[rows["nominal"] == at, "observed"]
        spread = f"{number(near.min(), 1)}%" + (f" to {number(near.max(), 1)}%" if len(near) > 1 else "")
        sentences.append(
            f"{len(out)} of {count(len(lines), 'line')}{place} outside the {100 * prob:g}% band{found}. "
            f"Nominal {100 * at:g}%: observed {spread}."
        )
    return sentences
