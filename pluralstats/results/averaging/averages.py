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

Where the noise s and the thresholds differ between meetings, every cell has its own, at each node of the quadrature
over new raters: all of it divided by s, the same G again (``Ways``). A table that would be longer than what it is
looked up for is left out.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array, eye_array

from pluralstats.inference.kernels.rows import LINKS
from pluralstats.model.families.family import PROBABILITIES, Family, Thresholds, addresses
from pluralstats.results.averaging.cells import average_any, average_cumulative, average_ways
from pluralstats.results.averaging.smooth_tables import HERMITE, LOGISTIC
from pluralstats.storage.compiled import address_of


class Company(NamedTuple):
    """People, what they meet and the settings that they are in, as arrays; see ``cells.average_cumulative``.

    ``kind`` (R,) of each person, from 0 to G - 1; ``cell_kind`` (C,) and ``cell_starts`` (C + 1,); ``share`` (N,) of
    items; ``weight`` (R, A) share of each person in each setting; ``way`` (C,) to rate in each cell, of several.
    """

    kind: np.ndarray
    cell_kind: np.ndarray
    cell_starts: np.ndarray
    share: np.ndarray
    weight: csr_array
    way: np.ndarray | None = None


class Ways(NamedTuple):
    """U ways to rate, at each of H nodes of what new raters differ by: their noises and thresholds.

    ``noise`` (S, U, H), ``tau`` (S, U, H, K - 1), ``weight`` (H,) of the nodes, sum 1.
    """

    noise: np.ndarray
    tau: np.ndarray
    weight: np.ndarray


def cumulative_averages(
    family: Family,
    tau: np.ndarray | Ways,
    linear: np.ndarray,
    sd_new: np.ndarray,
    offsets: np.ndarray,
    company: Company,
) -> np.ndarray:
    """(S, A, K - 1) averages of P(y <= k) for every setting; missing draws give missing averages.

    Parameters
    ----------
    family : of ordered answers
    tau : (S, K - 1), or the ways to rate that ``company`` names for its cells
    linear : (S, R)
    sd_new : (S, C)
    offsets : (S, N)
    company : Company
    """
    link, rules = LINKS.get(family.averaged or ""), (HERMITE, LOGISTIC)

    def average(*given: Any) -> None:
        if link is None:
            ways = _as_ways(tau)
            address, unit = addresses(family).probabilities, _strips(family, ways)
            average_any(address, thresholds_of(family).shifts, unit, _of_cells(ways, company), *given)
        elif isinstance(tau, Ways):
            average_ways(link, *_of_cells(tau, company), *given[:-1], rules, given[-1])
        else:
            average_cumulative(link, _plain(tau), *given[:-1], rules, given[-1])

    own = (tau.tau, tau.noise) if isinstance(tau, Ways) else (tau,)
    return _averages(average, own, linear, sd_new, offsets, company)


def _as_ways(tau: np.ndarray | Ways) -> Ways:
    """The same thresholds for all are one way to rate."""
    if isinstance(tau, Ways):
        return tau
    return Ways(np.ones((len(tau), 1, 1)), np.ascontiguousarray(tau[:, None, None]), np.ones(1))


def _of_cells(ways: Ways, company: Company) -> tuple[np.ndarray, ...]:
    """Thresholds, noises, weights of nodes and the way of each cell."""
    way = company.way
    if way is None:
        assert ways.noise.shape[1] == 1, "cells name their way to rate"
        way = np.zeros(len(company.cell_kind), int)
    return _plain(ways.tau), _plain(ways.noise), _plain(ways.weight), _plain(way, int)


def _strips(family: Family, ways: Ways) -> np.ndarray:
    """(S, U, H) half-widths of the strip in units of the noise, over pi."""
    scaled = (ways.tau / ways.noise[..., None]).reshape(-1, ways.tau.shape[3])
    return thresholds_of(family).strip(scaled).reshape(ways.noise.shape)


def bounded_averages(
    family: Family,
    own: np.ndarray | Ways,
    linear: np.ndarray,
    sd_new: np.ndarray,
    offsets: np.ndarray,
    company: Company,
) -> np.ndarray:
    """(S, A, 3) averages of P(y = 0), E y and P(y = 1) for every setting, of numbers between 0 and 1.

    Parameters
    ----------
    family : with both ends
    own : (S, 3) cutpoints and log precision; there is one way to rate
    linear, sd_new, offsets, company : as above
    """
    assert family.bounded is not None and isinstance(own, np.ndarray)
    address, cuts = address_of(family.bounded.masses, PROBABILITIES), own[:, [0, 2, 1]]
    cuts[:, 1] = 0.0
    ways = _as_ways(cuts)

    def average(*given: Any) -> None:
        average_any(address, False, ways.noise, _of_cells(ways, company), *given)

    found = _averages(average, (cuts,), linear, sd_new, offsets, company)
    return np.concatenate([found[:, :, :1], 1.0 - found[:, :, 1:]], axis=2)


def _averages(
    average: Callable[..., None],
    own: Sequence[np.ndarray],
    linear: np.ndarray,
    sd_new: np.ndarray,
    offsets: np.ndarray,
    company: Company,
) -> np.ndarray:
    """What a function fills, or missing numbers where draws are; ``own`` thresholds (S, ..., K - 1) and noises."""
    out = np.zeros((len(linear), company.weight.shape[1], own[0].shape[-1]))
    if not (out.shape[2] and all(np.isfinite(part).all() for part in (*own, linear, sd_new, offsets))):
        return np.full_like(out, np.nan)
    order = np.argsort(company.kind, kind="stable")
    kind_starts = np.searchsorted(company.kind[order], np.arange(company.cell_kind.max() + 2))
    weights = (_plain(company.weight.indptr, int), _plain(company.weight.indices, int), _plain(company.weight.data))
    cells = (_plain(company.cell_kind, int), _plain(company.cell_starts, int))
    parts = _plain(linear), (order, kind_starts), cells, _plain(sd_new), _plain(offsets), _plain(company.share)
    average(*parts, weights, out)
    return np.clip(out, 0.0, 1.0)


def _plain(values: np.ndarray, kind: type = float) -> np.ndarray:
    """As loops are compiled for: every other layout or width of numbers would be compiled anew, for seconds each."""
    return np.require(values, kind, ("C", "W"))


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
