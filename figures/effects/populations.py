"""Who rated and who was meant: shares of the sample beside the target's, and the effects under each."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.marks import DOT, Look, draw_beside, look_entry
from ..parts.rows import counts_at, draw_margin, draw_words, rater_groups
from ..parts.tables import DIMENSION, check_columns, checked_rows, refuse_repeats, rows_with_numbers, with_key
from ..parts.words import count, in_order, listed, number
from .group_rows import COLUMNS as CONTRASTS
from .group_rows import GROUP, SOURCE, contrast_key, contrast_panels, is_ratio

SHARES = ("percent_raters", "percent_target")
LOOKS = (Look(style.REFERENCE, "o"), Look(style.OKABE_ITO[0], "D"))  # sample, target


def population(
    table: pd.DataFrame, *, ax: Axes | None = None, effects: Mapping[str, pd.DataFrame] | None = None,
    estimand: str = "points", scale: Any = None, rope: float = 0.0,
) -> Axes | np.ndarray:  # fmt: skip
    """Share of each level among the raters and in the target population; beside it the effects under each.

    Parameters
    ----------
    table : DataFrame
        Of ``Population.compare``: demographic, level, percent_raters, percent_target (0-100; a level that is missing
        in one of them has no number there); used where present: n_raters.
    effects : mapping of name to DataFrame, optional
        Two tables of ``ps.effects``, averaged over the raters we had and over the target, in this order; the names
        stand in the key. Each level has its effect in its own row, so that a level may have one reference only.
    estimand : str
        Which effects to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["male", "female"], "percent_raters": [60.0, 40.0],
    ...     "percent_target": [49.0, 51.0]})
    >>> population(table).get_xlabel()
    'percent'
    """
    check_columns(table, (*GROUP, *SHARES), "population", "the table of `Population.compare`")
    rows, no_share = rows_with_numbers(table, SHARES, GROUP, "population", "any")
    refuse_repeats(rows, GROUP, "population", "level")
    rows = with_key(rows, GROUP)
    contrasts, left_out = _effect_rows(rows, effects, estimand)
    names = ("the raters we had", "target population") if effects is None else tuple(map(str, effects))
    looks, null = dict(zip(names, LOOKS, strict=True)), float(is_ratio(estimand))
    panels = [Panel(rows, "shares" if effects else "", "percent", null=None)]
    for panel in contrast_panels(contrasts, scale) if effects else ():
        panels.append(panel._replace(rows=_with_references(panel.rows, rows), title=panel.title or "effects"))

    def draw(ax: Axes, y: np.ndarray, part: pd.DataFrame) -> None:
        if "population" in part:
            draw_beside(ax, y, part, "population", looks)
            draw_words(ax, y[part["estimate"].isna().to_numpy()], null, "reference")
        else:
            _draw_shares(ax, y, part)

    entries = [look_entry(look, name) for name, look in looks.items()]
    for handle, _ in () if effects else entries:
        handle.set_linestyle("none")
    return draw_chart(
        panels, rater_groups(rows), draw, ax=ax, beside="population", thing="level", entries=entries, margin="",
        what=f"Shares of the levels of {listed(in_order(rows['demographic']))}", slot=5.0, rope=rope,
        sentences=[_farthest(rows), no_share, *left_out],
    )  # fmt: skip


def _effect_rows(
    rows: pd.DataFrame, effects: Mapping[str, pd.DataFrame] | None, estimand: str
) -> tuple[pd.DataFrame, list[str]]:
    """The two tables under each other with their ``population``, each row with the ``key`` of its level."""
    if effects is None:
        return pd.DataFrame(), []
    if not isinstance(effects, Mapping) or len(effects) != 2:
        found = f"{len(effects)} tables" if isinstance(effects, Mapping) else type(effects).__name__
        raise ConfigError(
            "`effects` needs two tables of `ps.effects` by name, such as {'the raters we had': one, 'US adults': "
            f"other}}; found {found}."
        )
    both = {str(name): checked_rows(
                table, CONTRASTS, "population", SOURCE, names=GROUP, once="contrast", key=contrast_key,
                only=("estimand", estimand),
            ) for name, table in effects.items()}  # fmt: skip
    contrasts = pd.concat([part.assign(population=name) for name, (part, _) in both.items()], ignore_index=True)
    contrasts = with_key(contrasts, GROUP)
    unknown = [key for key in dict.fromkeys(contrasts["key"]) if key not in set(rows["key"])]
    if unknown:
        raise ConfigError(
            f"`population` has effects of {count(len(unknown), 'level')} without a share (first: "
            f"{' '.join(unknown[0])}). Pass a table of shares with the demographics of the effects."
        )
    repeated = contrasts[contrasts.duplicated([name for name in (DIMENSION, "population", "key") if name in contrasts])]
    if len(repeated):
        raise ConfigError(
            f"`population` has one effect for each level, but {' '.join(repeated['key'].iloc[0])} has several. Use "
            "`comparison` with a column `model` for contrasts between all pairs or within groups."
        )
    return contrasts, list(dict.fromkeys(left_out for _, left_out in both.values()))


def _with_references(part: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The effects of a panel, and a row without an estimate for each reference level that has a share."""
    pairs = dict.fromkeys(zip(part["demographic"].astype(str), part["reference"].astype(str), strict=True))
    references = [key for key in pairs if key in set(rows["key"])]
    return pd.concat([part, pd.DataFrame({"key": references, "population": ""})], ignore_index=True)


def _draw_shares(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    sample, target = (rows[name].to_numpy() for name in SHARES)
    ax.hlines(y, sample, target, color=style.RULE, lw=1.2, zorder=2)  # the longer, the less the sample is the target
    # The larger target lies below, so that equal shares still show both.
    for values, look, size, over in zip((sample, target), LOOKS, (DOT, DOT + 2.2), (4, 3), strict=True):
        ax.plot(values, y, look.marker, ms=size, mfc=look.colour, mec="white", mew=0.4, zorder=over)
    ax.set_xlim(0, 1.06 * max(np.nanmax([sample, target]), 1.0))
    if at := counts_at(rows, "n_raters", dict(zip(rows["key"], y, strict=True))):
        draw_margin(ax, at, "raters")


def _farthest(rows: pd.DataFrame) -> str:
    away = (rows["percent_raters"] - rows["percent_target"]).abs()
    if not away.notna().any():
        return ""
    row = rows.loc[away.idxmax()]
    shares = [f"{number(row[name], 0)}% of the {who}" for name, who in zip(SHARES, ("raters", "target"), strict=True)]
    return f"Farthest apart: {' '.join(row['key'])}, {' and '.join(shares)}."
