"""The same effects measured on scales with fewer answers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import style
from .alt import finished
from .effect_forest import draw_null, finish_axes
from .effect_rows import by_columns, contrast_groups, effect_rows, in_words, quantity
from .intervals import THICK, draw_intervals, interval_handle
from .keys import draw_key, key_height
from .panels import panel_axes
from .rows import Rows, arrange, draw_labels, draw_stripes
from .tables import DIMENSION, by_dimension, count, in_order, number
from .unique_rows import refuse_repeats

APART = ("answers", DIMENSION)
STEP_MM = 1.9  # between the marks of a row
LOOKS = ((style.REFERENCE, "o"), (style.ESTIMATE, "s"), (style.OKABE_ITO[0], "D"), (style.OKABE_ITO[2], "^"))


def scale_collapse(
    table: pd.DataFrame, *, ax: Axes | None = None, estimand: str = "latent_d", rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """Effects and intervals on 5, 3 and 2 points (or other numbers of answers), one mark for each in a row.

    Rating points of different scales do not compare; the standardised latent difference and percent of the range do.

    Parameters
    ----------
    table : DataFrame
        Tables of ``ps.effects`` under each other with a column ``answers``: demographic, level, reference, answers,
        estimand, estimate, lower, upper; used where present: lower_50, upper_50, dimension (one panel for each).
    ax : Axes, optional
        Where to draw; for one panel only.
    estimand : str
        Which rows to draw.
    rope : float
        Half-width of the band of practical equivalence in the estimand's unit.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a contrast occurs twice on a scale, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"answers": [5, 2], "demographic": "gender", "level": "male", "reference": "female",
    ...     "estimand": "latent_d", "estimate": [0.2, 0.25], "lower": [0.1, 0.1], "upper": [0.3, 0.4]})
    >>> scale_collapse(table).get_xlabel()
    'standardised latent difference d (SD units)'
    """
    rows, left_out = effect_rows(table, estimand, "scale_collapse", APART)
    refuse_repeats(rows, [*(name for name in APART if name in rows), "key"], "scale_collapse", "contrast")
    answers = list(dict.fromkeys(rows["answers"]))
    looks = {n: LOOKS[i % len(LOOKS)] for i, n in enumerate(answers)}
    parts = by_dimension(rows)
    labels = [f"{n:g} answers, {100 * prob:g}% interval" if i == 0 else f"{n:g} answers" for i, n in enumerate(answers)]
    handles = [interval_handle(*looks[n]) for n in answers]
    if {"lower_50", "upper_50"} <= set(rows.columns):
        handles.append(Line2D([], [], color=style.RULE, lw=THICK))
        labels.append("50% interval")
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        within = [name for name in by_columns(rows) if name != "answers"]
        layout = arrange(
            contrast_groups(rows, within, estimand), characters=24, slot=STEP_MM * (len(answers) + 1)
        )  # fmt: skip
        above = key_height(labels) + 2
        axes = panel_axes(list(parts), layout.height, labels=36, narrowest=23, above=above, ax=ax)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw_panel(panel, part, layout, looks)
            draw_null(panel, estimand, rope)
        finish_axes(axes, rows, estimand, None)
        draw_key(axes, handles, labels, own=ax is None)
        return finished(axes, [*_sentences(rows, estimand), left_out])


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, looks: dict) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    for i, (n, (colour, marker)) in enumerate(looks.items()):
        part = rows[rows["answers"] == n]
        y = np.array([layout.y[key] for key in part["key"]]) + STEP_MM * (i - (len(looks) - 1) / 2)
        draw_intervals(ax, y, part, colour=colour, marker=marker)


def _sentences(rows: pd.DataFrame, estimand: str) -> list[str]:
    scales = ", ".join(f"{n:g}" for n in dict.fromkeys(rows["answers"]))
    sentences = [
        f"{count(rows['key'].nunique(), 'effect')} of {', '.join(in_order(rows['demographic']))} on scales of {scales} "
        f"answers, {quantity(rows, estimand, None)}."
    ]
    for n, part in rows.groupby("answers", sort=False):
        largest = part.loc[(part["estimate"]).abs().idxmax()]
        sentences.append(
            f"{n:g} answers: the largest is {number(largest['estimate'])} (interval {number(largest['lower'])} to "
            f"{number(largest['upper'])}; {in_words(largest['key'], estimand)})."
        )
    return sentences
