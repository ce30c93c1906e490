"""Every rater with every item: the rows whose predictions say how raters differ, whatever items each of them met."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import rater_columns, term_factors
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import evenly_spaced
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.lookups import known_effects
from pluralstats.results.averaging.scenes import circumstances
from pluralstats.results.row_draws import single_rows

MOST_ITEMS = 100  # more are represented by this many, evenly spaced by their mean rating
ROWS_AT_ONCE = 4_000
DIMENSION = "dimension"


class Meetings(NamedTuple):
    """Raters and what all of them meet: ``raters`` (R, columns about raters), ``items`` (J, others), ``share`` (J,)."""

    raters: pd.DataFrame
    items: pd.DataFrame
    share: np.ndarray

    def tables(self) -> Iterator[tuple[slice, pd.DataFrame]]:
        """Some raters at a time, and their rows: each with all items."""
        n, at_once = len(self.items), max(1, ROWS_AT_ONCE // len(self.items))
        for start in range(0, len(self.raters), at_once):
            some = slice(start, min(start + at_once, len(self.raters)))
            who = np.repeat(np.arange(some.start, some.stop), n)
            what = np.tile(np.arange(n), some.stop - some.start)
            rows = [self.raters.iloc[who].reset_index(drop=True), self.items.iloc[what].reset_index(drop=True)]
            yield some, pd.concat(rows, axis=1)


class RaterDraws(NamedTuple):
    """Draws (S, R): expected rating, linear predictor, and of that what stands in effects of raters."""

    expected: np.ndarray
    linear: np.ndarray
    own: np.ndarray


def with_draws(fit: Fit, draws: int) -> Fit:
    """The fit with about so many of its draws."""
    samples, posterior = fit.estimated_samples, fit.posterior
    some = samples.at(evenly_spaced(len(samples.sd), fit.chains, draws))
    flat = posterior.flat_coefficients, posterior.flat_effects
    return replace(fit, posterior=DrawnPosterior(some, fit.chains, flat=flat[0], flat_terms=flat[1]))


def meetings(fit: Fit, raters: pd.Series, dimension: str | None) -> Meetings:
    """``raters`` (R,) with the items of a dimension."""
    frame = fit.ratings.frame
    needed = dict.fromkeys(["rater", *fit.described, *sorted(term_factors(fit.design)), "item"])
    about = rater_columns(fit.ratings, [name for name in needed if name not in ("item", DIMENSION)])
    at = circumstances(fit, dimension)
    items = frame.iloc[fit.design.rows[at.row]].reset_index(drop=True)
    items = items.assign(**{name: at.facts[name].array for name in at.facts})
    others = [name for name in needed if name not in about]
    some = _some(_mean_rating(fit, dimension, items["item"]))
    share = at.share[some]
    first = frame.drop_duplicates("rater").set_index("rater", drop=False).loc[raters.astype(str), about]
    return Meetings(first.reset_index(drop=True), items[others].iloc[some].reset_index(drop=True), share / share.sum())


def _mean_rating(fit: Fit, dimension: str | None, item: pd.Series) -> np.ndarray:
    """(J,) mean rating of each item."""
    frame, values = fit.ratings.frame, fit.ratings.values
    keep = np.ones(len(frame), bool) if dimension is None else (frame[DIMENSION] == dimension).to_numpy()
    return pd.Series(values[keep]).groupby(frame["item"].to_numpy()[keep]).mean().reindex(item.astype(str)).to_numpy()


def _some(order: np.ndarray) -> np.ndarray:
    """Positions of all items or, of many, of as many as stand for them."""
    if len(order) <= MOST_ITEMS:
        return np.arange(len(order))
    chosen = ((np.arange(MOST_ITEMS) + 0.5) * len(order) / MOST_ITEMS).astype(int)
    return np.sort(np.argsort(order, kind="stable")[chosen])


def of_items_or_raters(fit: Fit) -> list[Block]:
    """Random terms that are looked up: not what single sittings add, (1 | rater:item), which is integrated over."""
    return [block for block in fit.design.blocks if block.start not in fit.roles.new or _is_trait(fit, block)]


def of_raters(fit: Fit) -> list[Block]:
    """Random terms whose effects are a rater's own, the same for all items."""
    return [block for block in fit.design.blocks if block.start in fit.roles.rater and _is_trait(fit, block)]


def _is_trait(fit: Fit, block: Block) -> bool:
    factors = [name for name in fit.design.groupings[block.start].term.factors if name not in ("rater", DIMENSION)]
    return "item" not in factors and set(rater_columns(fit.ratings, factors)) == set(factors)


def predicted(fit: Fit, met: Meetings) -> RaterDraws:
    """What raters would answer, averaged over the items; missing where the data do not determine it."""
    out = RaterDraws(*(np.full((len(fit.samples.sd), len(met.raters)), np.nan) for _ in range(3)))
    for some, table in met.tables():
        rows = single_rows(fit, table, of_items_or_raters(fit))
        expected = np.where(rows.determined, rows.expected, np.nan)
        out.expected[:, some] = _averaged(expected, met.share)
        out.linear[:, some], out.own[:, some] = linear(fit, met, table)
    return out


def linear(fit: Fit, met: Meetings, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(S, some raters) linear predictors averaged over items, and the part of them that is the raters' own effects."""
    fixed = fit.design.fixed.linear_for(table, fit.samples.coefficient)
    known, _ = known_effects(fit, table, of_items_or_raters(fit))
    own, _ = known_effects(fit, table, of_raters(fit))
    return _averaged(fixed + known, met.share), _averaged(own, met.share)


def _averaged(rows: np.ndarray, share: np.ndarray) -> np.ndarray:
    return rows.reshape(len(rows), -1, share.size) @ share
