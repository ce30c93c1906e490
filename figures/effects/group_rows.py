"""The forest of effects and the expected ratings of groups; rows of contrasts, and the words of their axis."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import pluralstats as ps

from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_intervals, draw_raw, draw_simultaneous, interval_entries
from ..parts.rows import Rows, counts_at, rater_groups
from ..parts.tables import DIMENSION, ESTIMATES, by_dimension, by_dimension_and, drawn_from, has
from ..parts.words import count, count_range, in_order, listed, on_scale

GROUP = ("demographic", "level")
CONTRAST = (*GROUP, "reference")
COLUMNS, SOURCE = (*CONTRAST, "estimand", *ESTIMATES), "the table of `ps.effects`"
SLOPE = "slope"  # the reference of the slope of a number
TWO_LINES = 46  # characters of a row label that are surely seen
QUANTITIES = {
    "percent": "difference in percent of the reference mean",
    "percent_of_range": "difference in percent of the scale's range",
    "odds_ratio": "odds ratio (1 = no difference)",
    "latent_d": "standardised latent difference d (SD units)",
}


def contrast_key(table: pd.DataFrame) -> tuple[str, ...]:
    """The columns that tell contrasts apart."""
    return (*CONTRAST, *by_columns(table))


def by_columns(table: pd.DataFrame, first: str = "reference") -> list[str]:
    """The columns between ``first`` and ``estimand``, where ``ps.effects(by=)`` puts its own."""
    names = list(map(str, table.columns))
    between = names[names.index(first) + 1 : names.index("estimand")]
    return [name for name in between if name not in (*COLUMNS, DIMENSION, "model", "answers", "method", "unit")]


@drawn_from(
    SOURCE, COLUMNS, names=GROUP, once="contrast", key=contrast_key, only="estimand",
    Fit=lambda fit, estimand: ps.effects(fit, estimands=estimand),
    also="""Or of ``ps.contrasts``. Used where present: lower_50, upper_50, lower_simultaneous, upper_simultaneous, raw,
    n_raters, n_raters_reference, unit. Columns between reference and estimand are those of ``by=``.""",
)  # fmt: skip
def forest(
    table: Any, *, ax: Axes | None = None, estimand: str = "points", scale: Any = None, rope: float = 0.0,
    most: int = 60, prob: float = 0.95,
) -> Axes | np.ndarray:  # fmt: skip
    """Differences between groups with their intervals, the raw difference beside each.

    Pairwise contrasts are spelt out ("Black minus White"); simultaneous intervals are hair lines with caps.

    Parameters
    ----------
    estimand : str
        Which rows to draw; estimands are never mixed.
    most : int
        The most contrasts; of more, those whose intervals are farthest from no difference, in the order of the table.
        How many are left out is said under the axis.

    Examples
    --------
    >>> names = {"demographic": ["gender"], "level": "male", "reference": "female", "estimand": "points"}
    >>> forest(pd.DataFrame(names | {"estimate": 0.2, "lower": 0.1, "upper": 0.3}), scale=(1, 5)).get_xlabel()
    'difference in rating points (scale 1–5)'
    """
    rows = _clearest(table, most)
    hidden = table["key"].nunique() - rows["key"].nunique()
    panels = contrast_panels(rows, scale)
    if hidden:
        left = f"not drawn: {count(hidden, 'contrast')} nearer to no difference"
        panels = [panel._replace(quantity=f"{panel.quantity}\n{left}") for panel in panels]
    return draw_chart(
        panels, contrast_groups(rows), _draw_marks, ax=ax, thing="effect", narrowest=23,
        what=f"Forest plot of {count(len(rows), 'effect')} of {listed(in_order(rows['demographic']))}",
        entries=interval_entries(rows, prob), margin=_counts, rope=rope,
    )  # fmt: skip


@drawn_from(
    "the table of `ps.group_means`", (*GROUP, "estimand", *ESTIMATES), names=GROUP, once="group", only="estimand",
    key=lambda table: (*GROUP, *by_columns(table, "level")),
    Fit=lambda fit: ps.group_means(fit),
    also="""Used where present: lower_50, upper_50, raw, n_raters, unit. Columns between level and estimand are those of
    ``by=``.""",
)  # fmt: skip
def group_means(
    table: Any, *, ax: Axes | None = None, estimand: str = "mean", scale: Any = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Expected ratings of groups, one row for each level.

    Parameters
    ----------
    estimand : str
        Which rows to draw.

    Examples
    --------
    >>> names = {"demographic": "gender", "level": ["female", "male"], "estimand": "mean"}
    >>> group_means(pd.DataFrame(names | {"estimate": 3.1, "lower": 3.0, "upper": 3.2}), scale=(1, 5)).get_xlabel()
    'expected rating (scale 1–5)'
    """
    words = f"expected rating{on_scale(scale)}" if estimand == "mean" else f"{estimand.replace('>=', '≥')} (percent)"
    return draw_chart(
        [Panel(part, name, words, null=None) for name, part in by_dimension(table).items()], rater_groups(table),
        _draw_marks, what=f"Groups by {listed(in_order(table['demographic']))}", thing="group",
        entries=interval_entries(table, prob, raw="mean"), narrowest=23, ax=ax,
    )  # fmt: skip


def _clearest(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The contrasts farthest from no difference in half widths of their intervals, on any dimension."""
    if rows["key"].nunique() <= most:
        return rows
    ratio = rows["estimand"].map(is_ratio).to_numpy(bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, lower, upper = (
            np.where(ratio, np.log(values), values) for values in rows[list(ESTIMATES)].to_numpy(float).T
        )
        distance = pd.Series(np.abs(estimate) / (upper - lower), rows.index).fillna(0.0)
    farthest = distance.groupby(rows["key"]).max().sort_values(ascending=False, kind="stable").index[: max(most, 1)]
    return rows[rows["key"].isin(set(farthest))].reset_index(drop=True)


def _draw_marks(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    draw_intervals(ax, y, rows)
    draw_simultaneous(ax, y, rows)
    draw_raw(ax, y, rows)


def _counts(rows: pd.DataFrame, layout: Rows) -> dict[float, str]:
    """The raters of each level, and those of its reference in the header or, between all pairs, beside them."""
    at = counts_at(rows, "n_raters", layout.y)
    headers = dict(zip(in_order(rows["demographic"]), layout.headers.values(), strict=True))
    for name, part in rows.groupby(rows["demographic"].astype(str)) if has(rows, "n_raters_reference") else ():
        references = in_order(part["reference"])
        if len(references) > 1:
            others = counts_at(part, "n_raters_reference", layout.y)
            at |= {y: f"{at.get(y, '')} / {n}" for y, n in others.items()}
        elif references != [SLOPE]:
            at[headers[name]] = f"ref. {count_range(part['n_raters_reference'].to_numpy(float))}"
    return at


def contrast_panels(rows: pd.DataFrame, scale: Any) -> list[Panel]:
    """A panel for each estimand and dimension, with the line of no difference; estimands after each other."""
    estimands = in_order(rows["estimand"])
    parts = sorted(by_dimension_and(rows, "estimand").items(), key=lambda item: estimands.index(item[0][1]))
    return [
        Panel(part, dimension, quantity(part, name, scale), float(is_ratio(name)), is_ratio(name))
        for (dimension, name), part in parts
    ]


def contrast_groups(rows: pd.DataFrame) -> dict[str, dict[Hashable, str]]:
    """Header -> key -> label, in the order of the table.

    A demographic with one contrast spells it out ("male minus female"); one with several against the same
    reference, or with names too long for that, names it in the header ("race, minus White").
    """
    minus = "against" if any(map(is_ratio, in_order(rows["estimand"]))) else "minus"  # "minus" is wrong for ratios
    groups: dict[str, dict[Hashable, str]] = {}
    for demographic, part in rows.groupby("demographic", sort=False, observed=True):
        keys: list[Any] = list(dict.fromkeys(part["key"]))
        references, title = {key[2] for key in keys}, " by ".join([str(demographic), *by_columns(rows)])
        long = max(len(_label(key, minus)) for key in keys) > TWO_LINES
        if references == {SLOPE}:
            minus_one, header = "", title
        elif len(references) == 1 and (long or len({key[:2] for key in keys}) > 1):
            minus_one, header = "", f"{title}, {minus} {keys[0][2]}"
        else:
            minus_one, header = minus, title
        groups[header] = {key: _label(key, minus_one) for key in keys}
    return groups


def quantity(rows: pd.DataFrame, estimand: str, scale: Any) -> str:
    """The words on the axis: quantity and unit."""
    if estimand == "points":
        return f"difference in rating points{on_scale(scale)}"
    name, unit = estimand.replace(">=", "≥"), f" ({rows['unit'].iloc[0]})" if "unit" in rows else ""
    other = f"{name.replace('_', ' ')} (1 = no difference)" if is_ratio(estimand) else f"difference in {name}{unit}"
    return QUANTITIES.get(estimand, other)


def is_ratio(estimand: str) -> bool:
    """Whether no difference is 1 and the axis logarithmic."""
    return estimand.endswith("ratio")


def _label(key: Sequence[str], minus: str) -> str:
    """The level, and the reference after ``minus`` unless that is empty; then what ``by=`` added."""
    return ", ".join([f"{key[1]} {minus} {key[2]}" if minus else key[1], *key[3:]])
