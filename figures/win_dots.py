"""Win rates of arms against the base: everybody, each group of judges, the worst group."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .intervals import draw_intervals, interval_handle, numeric_axis
from .keys import draw_key, key_height
from .panels import panel_axes
from .rows import arrange, count_range, draw_labels, draw_margin, draw_stripes
from .tables import check_columns, count, in_order, number, rows_with_numbers
from .unique_rows import refuse_repeats

COLUMNS = ("arm", "against", "group", "estimate", "lower", "upper")
EVERYBODY = "all"
WORDS = {EVERYBODY: "all judges"}


def win_rates(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """How often each arm's answers win, in percent, with the line of no difference at 50.

    Parameters
    ----------
    table : DataFrame
        The table of ``judged_wins``: arm, against, group, estimate, lower, upper (percent); used where present:
        n_judgements (at the margin).
    ax : Axes, optional
        Where to draw.
    prob : float
        Probability of the intervals, for the key.

    Returns
    -------
    Axes

    Raises
    ------
    ConfigError
        Columns or rows are missing, or a group occurs twice.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "against": "base", "group": "all", "estimate": [60.0], "lower": [52.0],
    ...     "upper": [68.0]})
    >>> win_rates(table).get_xlabel()
    'wins against base, ties half (percent)'
    """
    check_columns(table, COLUMNS, "win_rates", "the table of `judged_wins`")
    rows, left_out = rows_with_numbers(table, COLUMNS[3:], ["arm", "group"], "win_rates")
    refuse_repeats(rows, ["arm", "against", "group"], "win_rates", "group")
    rows["key"] = list(zip(rows["arm"].astype(str), rows["group"].astype(str), strict=True))
    labels = [f"wins, {100 * prob:g}% interval"]
    with style.drawing("one", ax):
        layout = arrange(_groups(rows), characters=24)
        (panel,) = panel_axes([""], layout.height, labels=36, narrowest=40, above=key_height(labels) + 5, ax=ax)
        draw_labels(panel, layout)
        draw_stripes(panel, layout)
        panel.axvline(50.0, color=style.RULE, lw=0.8, zorder=1)
        draw_intervals(panel, np.array([layout.y[key] for key in rows["key"]]), rows)
        if "n_judgements" in rows:
            counts = {layout.y[key]: part.to_numpy(float) for key, part in rows.groupby("key")["n_judgements"]}
            draw_margin(panel, {y: count_range(n) for y, n in counts.items()}, "judgements")
        numeric_axis([panel])
        base = ", ".join(in_order(rows["against"]))
        panel.set_xlabel(f"wins against {base}, ties half (percent)")
        draw_key([panel], [interval_handle(style.ESTIMATE)], labels, own=ax is None)
        return finished([panel], [*_sentences(rows, base), left_out])


def _groups(rows: pd.DataFrame) -> dict:
    """Header -> key -> label: arms as headers where groups judged, else as labels."""
    if len(in_order(rows["group"])) == 1:
        return {"": {key: key[0] for key in rows["key"]}}
    groups: dict[str, dict] = {}
    for arm, group in rows["key"]:
        groups.setdefault(arm, {})[arm, group] = WORDS.get(group, group)
    return groups


def _sentences(rows: pd.DataFrame, base: str) -> list[str]:
    sentences = [f"Win rates of {count(rows['arm'].nunique(), 'arm')} against {base} in percent, ties counted half."]
    for arm, part in rows.groupby(rows["arm"].astype(str), sort=False):
        low, high = part.loc[part["estimate"].idxmin()], part.loc[part["estimate"].idxmax()]
        spread = f"{number(low['estimate'], 0)}% ({WORDS.get(low['group'], low['group'])})"
        if len(part) > 1:
            spread = f"from {spread} to {number(high['estimate'], 0)}% ({WORDS.get(high['group'], high['group'])})"
        sentences.append(f"{arm}: {spread}.")
    return sentences
