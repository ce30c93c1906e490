"""Draws of P(rating >= k) for every item, by new raters of a group, with all that draws share laid out once.

A row j of the table met by people c with shares w_c has, in one draw, P(y <= k) = sum_c w_c K(tau_k - x_c'b - o_j),
K the distribution of the residual plus a new rater and o_j all that is the row's own: its effects, and what its facts
add to the linear predictor of everybody alike. ``results.item_expectations`` convolves people with K once a draw, and
the rows look the result up. Rows whose facts have interactions with those of people are a part of their own; people for
whom the row's effects have other multipliers are a kind of their own.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design
from pluralstats.model.families.family import Family
from pluralstats.results.averaging.averages import Company, cumulative_averages
from pluralstats.results.averaging.curves import Curves, grid_steps, new_rater_curves
from pluralstats.results.averaging.lookups import levels_of
from pluralstats.results.averaging.manners import Manners, manners_of, thresholds_at
from pluralstats.results.averaging.multipliers import multipliers, variance_at
from pluralstats.results.averaging.people import Setting
from pluralstats.results.new_rows import alike
from pluralstats.results.row_draws import determined, kinds_of, members_of, without_raters
from pluralstats.results.structure.item_predictions import add_below


class Meeting(NamedTuple):
    """Rows (M of them) met by one kind of people: ``at`` (m,) which, ``kind``, ``Z`` (T,) of what is integrated.

    ``way`` the way that they rate, of several.
    """

    at: np.ndarray
    kind: int
    Z: np.ndarray
    way: int


class Part(NamedTuple):
    """n rows of a table, each met by G kinds of people: M = n G meetings, row by row.

    ``rows`` (n,) positions in the table; ``own`` (n, p) design rows beyond those of the first, ``own_offset`` (n,) the
    same of an offset; ``levels`` (T, M) of effects that are looked up, -1 for none, times ``Z`` (M, T); ``X`` (P, p)
    and ``offset`` (P,) of people; ``members`` (G, J) and their ``shares`` within the kind; ``share`` (M,) of the kind;
    ``determined, pooled`` of all rows.
    """

    rows: np.ndarray
    own: np.ndarray
    own_offset: np.ndarray
    levels: np.ndarray
    Z: np.ndarray
    X: np.ndarray
    offset: np.ndarray
    members: np.ndarray
    shares: np.ndarray
    share: np.ndarray
    meetings: list[Meeting]
    determined: bool
    pooled: bool
    manners: Manners | None


class Kernel(NamedTuple):
    """K of every threshold on a grid, for the ``sd`` (S,) of new raters."""

    sd: np.ndarray
    curves: Curves


def parts_of(fit: Fit, table: pd.DataFrame, people: Setting) -> list[Part]:
    """The rows of a table by their interactions with people."""
    return [_part(fit, table, rows, people) for rows in alike(table, _interacting(fit, table, people))]


def _interacting(fit: Fit, table: pd.DataFrame, people: Setting) -> list[str]:
    """Facts about rows that do not simply add to the linear predictor of everybody.

    All of them, where the data leave coefficients open: whether a row is determined is then seen in each combination.
    """
    fixed, about_people = fit.design.fixed, set(people.profiles)
    facts = [name for name in fit.described if name in table]
    if fixed.relations.left_out.size or fit.flat_coefficients.any():
        return facts
    terms = [term for term in fixed.columns_of_terms() if term & about_people]
    return [name for name in facts if any(name in term for term in terms)]


def _part(fit: Fit, table: pd.DataFrame, rows: np.ndarray, people: Setting) -> Part:
    n, n_people = len(rows), len(people.share)
    first = table.iloc[np.repeat(rows[:1], n_people)].reset_index(drop=True)
    whole = pd.concat([first, people.profiles], axis=1)
    kind, one = kinds_of(fit, whole, people)
    shares, members = np.bincount(kind, weights=people.share), members_of(kind)
    met = pd.concat(
        [
            table.iloc[np.repeat(rows, len(one))].reset_index(drop=True),
            people.profiles.iloc[np.tile(one, n)].reset_index(drop=True),
        ],
        axis=1,
    )
    levels, Z = _levels(fit.design, met), multipliers(fit.design, met)
    X, offset = fit.design.fixed.rows_for(whole), fit.design.fixed.offset_for(whole)
    manners = manners_of(fit, met)
    way = np.zeros(len(met), int) if manners is None else manners.way
    each = met.iloc[:: len(one)]
    return Part(
        rows=rows,
        own=fit.design.fixed.rows_for(each) - X[one[0]],
        own_offset=fit.design.fixed.offset_for(each) - offset[one[0]],
        levels=levels,
        Z=Z,
        X=X,
        offset=offset,
        members=np.maximum(members, members[:, :1]),
        shares=np.where(members >= 0, people.share[members], 0.0) / shares[:, None],
        share=np.tile(shares, n),
        meetings=_meetings(np.tile(np.arange(len(one)), n), way, np.where(levels.T >= 0, 0.0, Z)),
        determined=bool(determined(fit, whole).all()),
        pooled=bool(without_raters(fit, whole).any()),
        manners=manners,
    )


def _levels(design: Design, table: pd.DataFrame) -> np.ndarray:
    """(T, M) level of each effect that is looked up, -1 where it is integrated over."""
    out = np.full((len(design.groupings), len(table)), -1)
    for block in design.blocks:
        out[block.start : block.stop] = levels_of(table, design.groupings[block.start].keys)
    return out


def _meetings(kind: np.ndarray, way: np.ndarray, integrated: np.ndarray) -> list[Meeting]:
    """Meetings by the kind of people, by how they rate and by what is integrated over."""
    distinct, group = np.unique(np.column_stack([kind, way, integrated]), axis=0, return_inverse=True)
    return [
        Meeting(np.flatnonzero(group.ravel() == d), int(numbers[0]), numbers[2:], int(numbers[1]))
        for d, numbers in enumerate(distinct)
    ]


def part_draws(fit: Fit, draws: slice, part: Part, last: Kernel | None) -> tuple[np.ndarray, Kernel | None]:
    """(S, n, C - 1) P(rating >= c) of a part's rows, and the kernel it ended with, for the next part.

    Parameters
    ----------
    draws : slice
        A block of draws.
    last : Kernel, optional
        Of these draws, used again where it fits.
    """
    design, samples = fit.design, fit.samples.at(np.arange(draws.start, draws.stop))
    linear, own = samples.coefficient @ part.X.T + part.offset, _own(samples, part)
    if part.manners is not None or design.family.bounded is not None:
        return _in_ways(fit, draws, part, linear, own), last
    tau, n = samples.threshold, len(part.rows)
    at_least = np.full((len(tau), n, tau.shape[1]), np.nan)
    if not all(np.isfinite(numbers).all() for numbers in (linear, own, tau, samples.sd)):
        return at_least, last
    below = np.zeros((tau.shape[1], *own.shape))
    for meeting in part.meetings:
        points, offsets = linear[:, part.members[meeting.kind]], np.ascontiguousarray(own[:, meeting.at])
        sd = np.sqrt(variance_at(design, samples, range(len(part.levels)), meeting.Z[None]))[:, 0]
        last = _kernel(design.family, tau, sd, np.ptp(tau, axis=1) + _reach(points) + _reach(offsets), last)
        for c, found in enumerate(below):
            out, curves = np.zeros_like(offsets), last.curves
            cut, share = np.ascontiguousarray(curves.cut[:, c : c + 1]), part.shares[meeting.kind]
            add_below(cut, np.ones(1), np.ascontiguousarray(points), share, offsets, curves.of(c), curves.step, out)
            found[:, meeting.at] = out
    averages = (below * part.share).reshape(*below.shape[:2], n, -1).sum(axis=3)
    return np.clip(1.0 - np.moveaxis(averages, 0, 2), 0.0, 1.0), last


def _in_ways(fit: Fit, draws: slice, part: Part, linear: np.ndarray, own: np.ndarray) -> np.ndarray:
    """P(rating >= c) where noise or thresholds differ, and of bins; rows take the place of people in the averages."""
    meetings, n = part.meetings, len(part.rows)
    kind = np.empty(part.share.size, int)
    for c, meeting in enumerate(meetings):
        kind[meeting.at] = c
    of_people, way = (np.array([getattr(meeting, name) for meeting in meetings]) for name in ("kind", "way"))
    starts = np.arange(len(meetings) + 1) * part.shares.shape[1]
    rows = np.repeat(np.arange(n), part.share.size // n)
    weight = csr_array((part.share, rows, np.arange(part.share.size + 1)), (part.share.size, n))
    company = Company(kind, np.arange(len(meetings)), starts, part.shares[of_people].ravel(), weight, way)
    every = range(len(fit.design.groupings))
    Z = np.stack([meeting.Z for meeting in meetings])
    sd = np.sqrt(variance_at(fit.design, fit.samples, every, Z, draws))
    points = linear[:, part.members[of_people]].reshape(len(linear), -1)
    ways = thresholds_at(fit, part.manners, draws, sd)
    return 1.0 - cumulative_averages(fit.design.family, ways, own, sd, points, company)


def _own(samples: Samples, part: Part) -> np.ndarray:
    """(S, M) what is each row's own: its facts and its effects."""
    own = np.repeat(samples.coefficient @ part.own.T + part.own_offset, part.share.size // len(part.rows), axis=1)
    for effects, level, z in zip(samples.effects, part.levels, part.Z.T, strict=True):
        at = np.flatnonzero((level >= 0) & (z != 0.0))
        if at.size == level.size:
            own += effects[:, level] * z
        elif at.size:
            own[:, at] += effects[:, level[at]] * z[at]
    return own


def _kernel(family: Family, tau: np.ndarray, sd: np.ndarray, span: np.ndarray, last: Kernel | None) -> Kernel:
    """Of one block of draws, so that ``last`` has the same thresholds."""
    step = grid_steps(family, tau, sd, span)
    if last is not None and np.array_equal(last.sd, sd) and np.array_equal(last.curves.step, step):
        return last
    return Kernel(sd, new_rater_curves(family, tau, sd, step))


def _reach(numbers: np.ndarray) -> np.ndarray:
    return np.ptp(numbers, axis=1)
