"""From the table of cohesion to rows of groups: shared by the figure of values and the figure of associations."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from . import style
from .panels import is_rightmost
from .rows import counts_at, draw_margin
from .tables import DIMENSION, check_columns, count, in_order, rows_with_numbers

COLUMNS = ("demographic", "level", "pair", "kind", "estimate")
NULL_BAND = "#d2d2d2"
NULL_COLUMNS = ("null_lower", "null_upper")


def cohesion_rows(table: pd.DataFrame, kinds: Sequence[str], figure: str) -> tuple[pd.DataFrame, str]:
    """The rows of some kinds (in_group, cross_group, association) with a ``key``, groups sorted, and what is left out.

    Demographics keep their order, groups go by the first of ``kinds`` in the first panel, largest first.

    Raises
    ------
    ConfigError
        Columns are missing, no row is left, or a group occurs twice where one mark is drawn.
    """
    if "pair" not in table and {"scale", "other"} <= set(table.columns):
        table = _of_model(table)
    check_columns(table, COLUMNS, figure, "the table of `ps.cohesion` or `ps.model_cohesion`")
    chosen = table[table["kind"].isin(kinds).to_numpy()]
    names = [name for name in (DIMENSION, "demographic", "level", "pair") if name in table]
    rows, left_out = rows_with_numbers(chosen, ["estimate"], names, figure)
    rows["key"] = list(zip(rows["demographic"].astype(str), rows["level"].astype(str), strict=True))
    where = [name for name in (DIMENSION, "pair", "kind") if name in rows]
    repeated = rows.loc[rows.duplicated([*where, "key"]), "key"]
    if len(repeated):
        raise ConfigError(
            f"`{figure}` draws each group once for a pair, but {count(len(repeated), 'row')} repeat one (first: "
            f"{' '.join(repeated.iloc[0])}). Filter the table, or tell the rows apart by a column `dimension`."
        )
    return _sorted(rows, kinds[0]), left_out


def _of_model(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``ps.model_cohesion`` about a group and the rest, its scales as pairs of metrics."""
    kept = table["other"].astype(str).isin(["rest"]) | (table["kind"] == "in_group")
    return table[kept.to_numpy()].rename(columns={"scale": "pair"})


def _sorted(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    first = next(iter(cohesion_panels(rows).values()))
    first = first[(first["kind"] == kind).to_numpy()]
    value = dict(zip(first["key"], first["estimate"], strict=True))
    demographic = {name: i for i, name in enumerate(in_order(rows["demographic"]))}
    order = pd.DataFrame({
        "demographic": rows["demographic"].astype(str).map(demographic),
        "value": [-value.get(key, -np.inf) for key in rows["key"]],
    })  # fmt: skip
    return rows.loc[order.sort_values(["demographic", "value"], kind="stable").index].reset_index(drop=True)


def cohesion_panels(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The rows of each dimension and pair, pairs in the order of the methods whatever the groups' order."""
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    panels = dict(iter(rows.groupby([dimension, rows["pair"].astype(str)], sort=False)))
    known = {"reliability": 0, "voting": 1, "distribution": 2, "latent": 0, "ratings": 1}
    dimensions = {name: i for i, name in enumerate(in_order(dimension))}
    return dict(sorted(panels.items(), key=lambda item: (dimensions[item[0][0]], known.get(item[0][1], len(known)))))


def has_null(rows: pd.DataFrame) -> np.ndarray:
    """(n,) bool, for which rows the interval of the permutation null is known."""
    if not set(NULL_COLUMNS) <= set(rows.columns):
        return np.zeros(len(rows), dtype=bool)
    return np.isfinite(rows[list(NULL_COLUMNS)].to_numpy(float, na_value=np.nan)).all(axis=1)


def draw_null_bands(ax: Axes, y: np.ndarray, rows: pd.DataFrame, height: float) -> None:
    """Grey bars over the intervals of the permutation null, a line at its median where it is known."""
    known = has_null(rows)
    part, at = rows[known], y[known]
    low, high = (part[name].to_numpy(float) for name in NULL_COLUMNS) if known.any() else (at, at)
    for bar in ax.barh(at, high - low, left=low, height=height, color=NULL_BAND, lw=0, zorder=1.5):
        bar.sticky_edges.x.clear()  # a bar would end the panel where it ends
    if "null_median" in part:
        median = part["null_median"].to_numpy(float, na_value=np.nan)
        ax.vlines(median, at - height / 2, at + height / 2, color=style.RULE, lw=0.8, zorder=1.6)


def draw_rater_counts(axes: Sequence[Axes], rows: pd.DataFrame, y: Mapping[Hashable, float]) -> None:
    """The raters of each group at the margin of the last panel of a line."""
    at = counts_at(rows, "n_raters", y)
    for ax in axes:
        if at and is_rightmost(ax, axes):
            draw_margin(ax, at, "raters")
