"""Averages of cumulative probabilities over people, what they meet and new raters, one posterior draw at a time.

People who meet the same items with the same effects, and differ in their linear predictor x'b only, are of one kind.
In one draw let G(c) be the sum, over the items i that a kind meets, of their share p_i times the average over a new
rater's effect with standard deviation s of P(latent <= c), o_i all that item i adds:

    probit  G(c) = sum_i p_i Phi((c - o_i) / sqrt(1 + s^2))                               (closed form)
    logit   G(c) = sum_h w_h sum_i p_i F(c - o_i - s z_h), 20 Gauss-Hermite nodes z_h     (s <= 1.5)
            G(c) = sum_h w_h sum_i p_i Phi((c - o_i - l_h) / s), l_h evenly spaced        (s > 1.5)

Seen from a rater whose effect is large the logistic F is a step, which no Gauss-Hermite rule of moderate size follows
(20 nodes are wrong by 0.03 at s = 10, 121 nodes by 0.0005). The second form exchanges the two distributions: the
normal one is exact and the sum runs over the logistic density, where evenly spaced nodes converge exponentially.
Against adaptive quadrature both are right to 2e-7 on their side of 1.5.

Then P(y <= k) of a person with linear predictor x'b is G(tau_k - x'b). A cell is a kind of people with those of their
items for which s is the same. G is smooth, so it is tabulated with its derivatives a quarter (logit: an eighth) of a
latent unit apart, wider where s is large, and interpolated by quintic Hermite polynomials, which agree with direct
evaluation to 1e-7. Nothing of the size of people times items is ever formed. The table ends where G is 0 or its sum
of shares to the last digit, so a wild draw costs no more than another. Other families have tables of ``mixtures``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array, eye_array

from pluralstats.inference.kernels.rows import LINKS, PROBIT
from pluralstats.model.families.family import PROBABILITIES, Family, Thresholds, addresses
from pluralstats.results.averaging.mixtures import add_cell
from pluralstats.results.averaging.smooth_tables import (
    HERMITE,
    LOGISTIC,
    extent_of,
    fill_polynomials,
    fill_table,
    split_of,
    value_at,
)
from pluralstats.storage.compiled import address_of, kernel


@kernel
def _ends(tau, linear, people):
    """The smallest and largest tau - linear of some people."""
    smallest, largest = linear[people[0]], linear[people[0]]
    for r in people:
        smallest, largest = min(smallest, linear[r]), max(largest, linear[r])
    return tau[0] - largest, tau[-1] - smallest


@kernel
def _add_people(tau, linear, people, polynomials, low, step, least, most, total, values):
    """Add G(tau_k - linear_r) of some people to values (R, K - 1)."""
    per_step = 1.0 / step
    for r in people:
        for k in range(tau.size):
            values[r, k] += value_at(polynomials, low, per_step, least, most, total, tau[k] - linear[r])


@kernel
def _weigh(values, weight_starts, setting, weight, out):
    """Add the values (R, K - 1) of people to the averages (A, K - 1) of the settings that they are in."""
    for r in range(values.shape[0]):
        for m in range(weight_starts[r], weight_starts[r + 1]):
            for k in range(values.shape[1]):
                out[setting[m], k] += weight[m] * values[r, k]


@kernel
def average_cumulative(link, tau, linear, kinds, cells, sd_new, offsets, share, weights, rules, out):
    """P(y <= k) for every setting and draw: one table of G for each draw and cell.

    Parameters
    ----------
    tau : (S, K - 1) thresholds
    linear : (S, R) linear predictors of people
    kinds : (R,) people sorted by kind, and (G + 1,) the first of each kind in that order
    cells : (C,) kind of the people of each cell, and (C + 1,) its first item among ``offsets``
    sd_new : (S, C) standard deviation of everything integrated over
    offsets : (S, N) effects of the items of all cells, one cell after another
    share : (N,) of the item among all that the kind meets
    weights : (R + 1,), (M,), (M,): where the settings of each person start, the settings, the person's share in them
    rules : two (2, H) arrays, nodes and weights of Gauss-Hermite and of the sum over the logistic density
    out : (S, A, K - 1) zeros, to which the averages are added
    """
    order, kind_starts = kinds
    kind_of, cell_starts = cells
    for s in range(tau.shape[0]):
        values = np.zeros((linear.shape[1], tau.shape[1]))
        for g in range(kind_of.size):
            people = order[kind_starts[kind_of[g]] : kind_starts[kind_of[g] + 1]]
            items = offsets[s, cell_starts[g] : cell_starts[g + 1]]
            shares = share[cell_starts[g] : cell_starts[g + 1]]
            kernel, scale, factor, far = split_of(link, sd_new[s, g])
            least, most = items.min() - far, items.max() + far
            step = max(0.25 if link == PROBIT else 0.125, scale / 16.0)
            first, last = _ends(tau[s], linear[s], people)
            low, step, n_rows = extent_of(first, last, least, most, step)
            table, polynomials = np.empty((n_rows, 4)), np.empty((n_rows - 1, 6))
            rule = rules[0] if kernel == 1 else rules[1]
            fill_table(kernel, scale, items, shares, low, step, factor, rule[0], rule[1], table)
            fill_polynomials(table, step, polynomials)
            _add_people(tau[s], linear[s], people, polynomials, low, step, least, most, shares.sum(), values)
        _weigh(values, *weights, out[s])


@kernel
def average_any(address, shifts, tau, linear, kinds, cells, sd_new, offsets, share, weights, unit, out):
    """As ``average_cumulative`` for any family, see ``add_cell``; ``unit`` (S,) of each draw."""
    order, kind_starts = kinds
    kind_of, cell_starts = cells
    for s in range(tau.shape[0]):
        values = np.zeros((linear.shape[1], tau.shape[1]))
        for g in range(kind_of.size):
            people = order[kind_starts[kind_of[g]] : kind_starts[kind_of[g] + 1]]
            items = offsets[s, cell_starts[g] : cell_starts[g + 1]]
            shares = share[cell_starts[g] : cell_starts[g + 1]]
            add_cell(address, shifts, unit[s], tau[s], linear[s], people, items, shares, sd_new[s, g], values)
        _weigh(values, *weights, out[s])


class Company(NamedTuple):
    """People, what they meet and the settings that they are in, as arrays; see :func:`average_cumulative`.

    ``kind`` (R,) of each person, from 0 to G - 1; ``cell_kind`` (C,) and ``cell_starts`` (C + 1,); ``share`` (N,) of
    items; ``weight`` (R, A) share of each person in each setting.
    """

    kind: np.ndarray
    cell_kind: np.ndarray
    cell_starts: np.ndarray
    share: np.ndarray
    weight: csr_array


def cumulative_averages(
    family: Family, tau: np.ndarray, linear: np.ndarray, sd_new: np.ndarray, offsets: np.ndarray, company: Company
) -> np.ndarray:
    """(S, A, K - 1) averages of P(y <= k) for every setting; missing draws give missing averages.

    Parameters
    ----------
    family : of ordered answers
    tau : (S, K - 1)
    linear : (S, R)
    sd_new : (S, C)
    offsets : (S, N)
    company : Company
    """

    def average(*given: Any) -> None:
        if family.averaged in LINKS:
            average_cumulative(LINKS[family.averaged], *given[:-1], (HERMITE, LOGISTIC), given[-1])
        else:
            at = thresholds_of(family)
            average_any(addresses(family).probabilities, at.shifts, *given[:-1], at.strip(tau), given[-1])

    return _averages(average, tau, linear, sd_new, offsets, company)


def bounded_averages(
    family: Family, own: np.ndarray, linear: np.ndarray, sd_new: np.ndarray, offsets: np.ndarray, company: Company
) -> np.ndarray:
    """(S, A, 3) averages of P(y = 0), E y and P(y = 1) for every setting, of numbers between 0 and 1.

    Parameters
    ----------
    family : with both ends
    own : (S, 3) cutpoints and precision
    linear, sd_new, offsets, company : as above
    """
    assert family.bounded is not None
    address, cuts = address_of(family.bounded.masses, PROBABILITIES), own[:, [0, 2, 1]]
    cuts[:, 1] = 0.0

    def average(*given: Any) -> None:
        average_any(address, False, *given[:-1], np.ones(len(own)), given[-1])

    found = _averages(average, cuts, linear, sd_new, offsets, company)
    return np.concatenate([found[:, :, :1], 1.0 - found[:, :, 1:]], axis=2)


def _averages(
    average: Callable[..., None],
    tau: np.ndarray,
    linear: np.ndarray,
    sd_new: np.ndarray,
    offsets: np.ndarray,
    company: Company,
) -> np.ndarray:
    """What a function fills, or missing numbers where draws are."""
    out = np.zeros((len(tau), company.weight.shape[1], tau.shape[1]))
    if not (tau.shape[1] and all(np.isfinite(part).all() for part in (tau, linear, sd_new, offsets))):
        return np.full_like(out, np.nan)
    order = np.argsort(company.kind, kind="stable")
    kind_starts = np.searchsorted(company.kind[order], np.arange(company.cell_kind.max() + 2))
    weights = (company.weight.indptr, company.weight.indices, company.weight.data)
    parts = np.ascontiguousarray(linear), (order, kind_starts), (company.cell_kind, company.cell_starts)
    average(tau, *parts, sd_new, np.ascontiguousarray(offsets), company.share, weights, out)
    return np.clip(out, 0.0, 1.0)


def thresholds_of(family: Family) -> Thresholds:
    """What a family of ordered answers says of its thresholds."""
    assert family.thresholds is not None
    return family.thresholds


def one_by_one(family: Family, tau: np.ndarray, linear: np.ndarray, sd_new: np.ndarray) -> np.ndarray:
    """(S, R, K - 1) P(y <= k) of people who meet one item without effect and are not averaged.

    Parameters
    ----------
    tau : (S, K - 1)
    linear : (S, R)
    sd_new : (S,)
    """
    n = linear.shape[1]
    company = Company(np.zeros(n, int), np.zeros(1, int), np.array([0, 1]), np.ones(1), eye_array(n, format="csr"))
    return cumulative_averages(family, tau, linear, sd_new[:, None], np.zeros((len(tau), 1)), company)
