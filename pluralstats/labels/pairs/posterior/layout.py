"""A fit laid out for pairs: profiles of raters, what items add for each kind of them, and what raters share.

The linear predictor of item j for a rater with profile c on dimension d is split into

    l_cd   x'b and demographic random terms of the profile, at the first item,
    o_jd   what item j adds to that: its random terms, its covariates; the same for all profiles of one kind,
    u_d    random terms of the rater, the same for both responses of a pair,
    e_jd   random terms of rater and item together (rater:item), of each response by itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.tables.columns import constant_within
from pluralstats.errors import ConfigError, DataError
from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import rater_columns, term_factors
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.lookups import known_effects
from pluralstats.results.averaging.manners import columns_of_manners
from pluralstats.results.averaging.multipliers import multipliers, term_covariance
from pluralstats.results.row_draws import determined

NEVER_OF_RATERS = ("item", "question", "dimension")  # also where every rater meets only one


class Dimension(NamedTuple):
    """One dimension of a utility: the fit it is in, and its level where a fit has several."""

    name: str
    worth: float
    fit: Fit
    level: str | None


class Blocks(NamedTuple):
    """The random terms of a fit by what they are about."""

    profile: list[Block]
    item: list[Block]
    shared: list[Block]
    own: list[Block]


class DimensionLayout(NamedTuple):
    """One dimension: ``X`` (P, p) design rows and ``offset`` (P,) of profiles at the first item.

    ``profiles`` and ``items`` have all columns of the model.
    """

    dimension: Dimension
    blocks: Blocks
    X: np.ndarray
    offset: np.ndarray
    profiles: pd.DataFrame
    items: pd.DataFrame


def needed_columns(fit: Fit) -> list[str]:
    """Columns of the fixed part, of slopes and of random terms but ``rater``."""
    factors = [name for grouping in fit.design.groupings for name in grouping.term.factors]
    of_parts = sorted(term_factors(fit.design) - set(factors))
    return [name for name in dict.fromkeys([*fit.described, *factors, *of_parts]) if name != "rater"]


def rater_facts(fit: Fit) -> list[str]:
    """Those of them that describe raters: constant within every rater."""
    return rater_columns(fit.ratings, [name for name in needed_columns(fit) if name not in NEVER_OF_RATERS])


def item_columns(fit: Fit) -> list[str]:
    """Those of them that describe items: constant within every item and not within every rater."""
    columns = [name for name in needed_columns(fit) if name not in ("item", "dimension", *rater_facts(fit))]
    return [name for name in columns if name == "question" or constant_within(fit.ratings.frame, "item", [name])]


def circumstances(fit: Fit) -> list[str]:
    """Columns of the fixed part and of slopes that describe neither raters nor items, such as a wave."""
    others = {"item", "dimension", *rater_facts(fit), *item_columns(fit)}
    return [name for name in fit.described if name not in others]


def blocks_of(fit: Fit, profile_columns: Sequence[str]) -> Blocks:
    """Sort the random terms of a fit."""
    of_items = {"item", *item_columns(fit)}
    of_profiles = {*profile_columns, *rater_facts(fit), "dimension"}
    out = Blocks([], [], [], [])
    for block in fit.design.blocks:
        factors = set(fit.design.groupings[block.start].term.factors)
        if factors <= of_profiles:
            out.profile.append(block)
        elif factors <= of_items | of_profiles:
            out.item.append(block)
        elif factors & (of_items - {"question"}):
            out.own.append(block)
        else:
            out.shared.append(block)
    return out


def dimension_layout(dimension: Dimension, profiles: pd.DataFrame, items: Sequence[str]) -> DimensionLayout:
    """The layout of one dimension for profiles (P rows) and items.

    Raises
    ------
    ConfigError
        A formula in which items do not differ, or that multiplies raters' effects by a column of items.
    DataError
        Predictions that the data do not determine.
    """
    fit, frame = dimension.fit, dimension.fit.ratings.frame
    columns = ["item", *item_columns(fit)]
    of_items = frame[columns].drop_duplicates("item").set_index("item", drop=False).loc[list(items)]
    typed = {name: profiles[name].astype(frame[name].dtype) for name in profiles if name in frame}
    own = profiles[list(typed)].assign(**typed)
    if dimension.level is not None:
        levels = frame["dimension"].cat.categories
        own["dimension"] = pd.Categorical([dimension.level] * len(own), categories=levels)
    layout = DimensionLayout(
        dimension, blocks_of(fit, list(own)), np.empty((0, 0)), np.empty(0), own, of_items.reset_index(drop=True)
    )
    _refuse(layout)
    at_first = whole_rows(own, layout.items.iloc[[0]])
    return layout._replace(X=fit.design.fixed.rows_for(at_first), offset=fit.design.fixed.offset_for(at_first))


def whole_rows(profiles: pd.DataFrame, item: pd.DataFrame) -> pd.DataFrame:
    """The columns of a model for profiles at one item, or for one profile at items: the shorter is repeated."""
    n = max(len(profiles), len(item))
    longer = [part.iloc[np.arange(n) % len(part)].reset_index(drop=True) for part in (profiles, item)]
    return pd.concat(longer, axis=1)


def _refuse(layout: DimensionLayout) -> None:
    fit, items = layout.dimension.fit, layout.items
    of_items = item_columns(fit)
    if not layout.blocks.item and not {"item", *of_items} & set(fit.design.formula.columns):
        raise ConfigError(
            f"In the formula '{fit.formula}' all items are alike: every pair would have p = 1/2. Add (1 | item)."
        )
    if any(set(of_items) & set(fit.design.groupings[b.start].term.columns) for b in layout.blocks.shared):
        raise ConfigError(
            f"The formula '{fit.formula}' multiplies effects of raters by a column that describes items "
            f"({', '.join(of_items)}), which pairs do not support. Leave that slope out."
        )
    rows = pd.concat([whole_rows(layout.profiles, items.iloc[[0]]), whole_rows(layout.profiles.iloc[[0]], items)])
    if not determined(fit, rows.reset_index(drop=True)).all():
        raise DataError(
            f"The ratings do not determine the predictions of '{fit.formula}' that pairs need"
            f"{_of(layout.dimension)}; see `fit.problems`. Merge levels, drop a term, or use priors."
        )


def _of(dimension: Dimension) -> str:
    return f" for '{dimension.name}'" if dimension.level is not None else ""


def kind_keys(layout: DimensionLayout) -> pd.DataFrame:
    """(P, columns) what makes profiles different in more than l_c: multipliers, crossed terms, interactions."""
    fit, profiles = layout.dimension.fit, layout.profiles
    first = whole_rows(profiles, layout.items.iloc[[0]])
    keys = pd.DataFrame(multipliers(fit.design, first)).add_prefix("z")
    for block in [*layout.blocks.item, *layout.blocks.own]:
        for name in fit.design.groupings[block.start].term.factors:
            if name in profiles:
                keys[name] = profiles[name].astype(str).to_numpy()
    for name in columns_of_manners(fit):
        if name in profiles:
            keys[name] = profiles[name].astype(str).to_numpy()
    classes = layout.items[[c for c in layout.items if c in fit.design.formula.columns]].drop_duplicates()
    for q in range(1, len(classes) if len(classes.columns) else 0):
        gap = fit.design.fixed.rows_for(whole_rows(profiles, layout.items.loc[[classes.index[q]]])) - layout.X
        keys[f"q{q}"] = np.unique(gap.round(12), axis=0, return_inverse=True)[1].ravel()
    return keys


def profile_predictors(layout: DimensionLayout, draws: slice) -> np.ndarray:
    """(S, P) l of every profile."""
    fit = layout.dimension.fit
    linear = fit.samples.coefficient[draws] @ layout.X.T + layout.offset
    if layout.blocks.profile:
        rows = whole_rows(layout.profiles, layout.items.iloc[[0]])
        linear += known_effects(fit, rows, layout.blocks.profile, draws)[0]
    return linear


def item_offsets(layout: DimensionLayout, profile: int, draws: slice) -> np.ndarray:
    """(S, J) o of every item for the kind of one profile; a combination that was never rated adds 0."""
    fit = layout.dimension.fit
    rows = whole_rows(layout.profiles.iloc[[profile]], layout.items)
    gap = fit.design.fixed.rows_for(rows) - layout.X[profile]
    linear = fit.samples.coefficient[draws] @ gap.T + (fit.design.fixed.offset_for(rows) - layout.offset[profile])
    return linear + known_effects(fit, rows, layout.blocks.item, draws)[0]


def shared_covariance(layouts: Sequence[DimensionLayout], profile: int, draws: slice) -> np.ndarray:
    """(S, D, D) covariance of raters' effects across dimensions for the kind of one profile; 0 between fits."""
    n_draws, n = len(layouts[0].dimension.fit.samples.sd[draws]), len(layouts)
    out = np.zeros((n_draws, n, n))
    z = [multipliers(at.dimension.fit.design, _first_row(at, profile))[0] for at in layouts]
    for i, a in enumerate(layouts):
        for j, b in enumerate(layouts[: i + 1]):
            if a.dimension.fit is b.dimension.fit:
                out[:, i, j] = out[:, j, i] = _covariance(a, a.blocks.shared, z[i], z[j], i == j, draws)
    return out


def own_variance(layout: DimensionLayout, profile: int, draws: slice) -> np.ndarray:
    """(S,) variance of what each response has by itself for the kind of one profile."""
    z = multipliers(layout.dimension.fit.design, _first_row(layout, profile))[0]
    return _covariance(layout, layout.blocks.own, z, z, True, draws)


def _first_row(layout: DimensionLayout, profile: int) -> pd.DataFrame:
    return whole_rows(layout.profiles.iloc[[profile]], layout.items.iloc[[0]])


def _covariance(
    layout: DimensionLayout, blocks: Sequence[Block], z: np.ndarray, other: np.ndarray, same: bool, draws: slice
) -> np.ndarray:
    """(S,) sum over random terms of z'S z'; a term grouped by dimension is independent between dimensions."""
    fit = layout.dimension.fit
    position = {block.start: k for k, block in enumerate(fit.design.blocks)}
    out = np.zeros(len(fit.samples.sd[draws]))
    for block in blocks:
        if same or "dimension" not in fit.design.groupings[block.start].term.factors:
            S = term_covariance(fit.design, fit.samples, position[block.start], draws)
            at = slice(block.start, block.stop)
            out += np.einsum("i,sij,j->s", z[at], S, other[at])
    return out
