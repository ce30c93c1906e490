"""From a mode and its curvature to coordinates in which the posterior is nearly standard normal."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from scipy.linalg import solve_triangular

from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.inference.elimination.arrow import Factor
from pluralstats.inference.elimination.cliques import Ridges
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import Pairs, by_block, entries_jacobian, pairs_of, root_at, root_of
from pluralstats.inference.kernels.gradients import Runs
from pluralstats.inference.laplace.empirical import Empirical
from pluralstats.inference.sampling.affine_map import (
    Whitening,
    divided,
    divided_transposed,
    noise_to_effects,
    stretched,
)
from pluralstats.inference.sampling.density import Rows
from pluralstats.inference.sampling.nests import find_nests
from pluralstats.inference.sampling.root_entries import to_entries
from pluralstats.inference.sampling.shared import shared_numbers
from pluralstats.model.category_rows import no_categories
from pluralstats.model.design import Design
from pluralstats.model.families.family import CHUNK, PART_CHUNK, SINGLE_CHUNK
from pluralstats.model.step_places import steps_at
from pluralstats.storage.compiled import address_of

HARDLY_KNOWN = 0.2  # sd of the log of Lambda_aa from which an effect of a term of several is not centred
SMALL_ROOT = 500  # levels up to which a whole root costs nothing beside the rows
MISSED = 1e-3  # of each level, with which two kicks are accepted as often as with the whole root
PROBES = 16
LARGEST_ROOT = 4_000  # levels of all terms but the largest up to which their whole Schur complement whitens


def whitening(at: Empirical, design: Design, centring: Mapping[str, float]) -> Whitening:
    """The map from z to parameters and random effects.

    Parameters
    ----------
    centring : mapping from term to number in [0, 1]
        How far a random effect is centred; those that are not named are centred by the share of their variance
        that the ratings explain (Papaspiliopoulos, Roberts & Skoeld 2007, Statist. Sci. 22, 59-73, section 3).

    Raises
    ------
    ConfigError
        ``centring`` names what is no random effect, or a number outside 0 to 1.
    """
    _refuse_centring(centring, design)
    p, factor = at.factor.pattern, at.factor
    centred, names = _centred(at, design, centring), [g.name for g in design.groupings]
    gaussian = design.family.has_residual
    first_sd = at.x.size - len(names) - len(design.correlations) - gaussian
    log_sd = at.x[first_sd : first_sd + len(names)]
    moves = np.ascontiguousarray(at.moves.T)
    scales = slice(first_sd, first_sd + len(names) + len(design.correlations))
    root, pairs = root_at(at.x[scales], pairs_of(design)), pairs_of(design)
    _move_centred(moves[scales], at, root, entries_jacobian(at.x[scales], pairs), pairs, centred)
    L, near = _rest_root(factor)
    x = at.x.copy()
    x[scales], change = to_entries(at.x[scales], pairs)
    spread = at.covariance.copy()
    spread[scales] = change @ spread[scales]
    spread[:, scales] = spread[:, scales] @ change.T
    moves[scales] = np.linalg.solve(change.T, moves[scales])
    return Whitening(
        x=x,
        root=np.ascontiguousarray(np.linalg.cholesky(spread)),
        w=at.v,
        moves=moves.astype(np.float32),
        scale=np.ones(at.v.size),
        centred=centred,
        log_sd=log_sd.copy(),
        anchor=root,
        D=factor.D,
        pointers=p.pointers.astype(np.uint32),
        columns=p.columns.astype(np.uint32),  # places without a sign are found in half the time
        values=np.ascontiguousarray(factor.C.T, np.float32),
        L=L,
        near=near,
        nests=find_nests(design, at.v, first_sd),
    )


def _move_centred(
    moves: np.ndarray, at: Empirical, root: np.ndarray, jacobian: np.ndarray, pairs: Pairs, centred: np.ndarray
) -> None:
    """Adds to the derivatives of effects v in log sds and w, (T + W, q), what centring makes of them.

    w = K^-1 v, and around the mode dK_t = -a_t (dLambda_t + sum_{b < t} Lambda_tb dK_b) / Lambda_tt.
    """
    p, stack = at.factor.pattern, by_block(at.v, at.factor.pattern)
    for k, change in enumerate(jacobian.T):
        of_root = root_of(change, pairs)
        for block, v in zip(p.blocks, stack, strict=True):
            own = of_root[block, block]
            if own.any():
                turned, at_mode, shares = own.copy(), root[block, block], centred[block]
                for t in range(len(own)):  # -dK
                    turned[t] = shares[t] * (own[t] - at_mode[t, :t] @ turned[:t]) / at_mode[t, t]
                rows = slice(int(p.offsets[block.start]), int(p.offsets[block.stop]))
                moves[k, rows] += (turned @ v).ravel()


def _centred(at: Empirical, design: Design, centring: Mapping[str, float]) -> np.ndarray:
    """(T,) how far each grouping is centred."""
    learnt = 1.0 - at.factor.diagonal()
    shares = [float(np.clip(learnt[s].mean(), 0.0, 1.0)) for s in at.factor.pattern.slices]
    first_sd = design.n_thresholds + design.fixed.X.shape[1]
    scales, pairs = slice(first_sd, first_sd + len(shares) + len(design.correlations)), pairs_of(design)
    change = to_entries(at.x[scales], pairs)[1][: len(shares)]
    spread = np.sqrt(np.einsum("ij,jk,ik->i", change, at.covariance[scales, scales], change))
    for block in design.blocks:  # T is far from the root of small sds, which such effects may have
        for t in range(block.start, block.stop):
            if block.size > 1 and spread[t] > HARDLY_KNOWN:
                shares[t] = 0.0
    wanted = zip((g.name for g in design.groupings), shares, strict=True)
    return np.array([float(centring.get(name, share)) for name, share in wanted])


def corrected(
    at: Whitening, z: np.ndarray, others: list[np.ndarray], offsets: np.ndarray
) -> tuple[Whitening, list[np.ndarray]]:
    """The map in which draws z (S, P + q) would have mean 0 and variance 1, as far as they tell it from the old one.

    Parameters and random effects get new means and scales, and parameters new correlations, each shrunk towards the
    old map by what of its differences is the noise of S draws. Chains that stood still tell nothing, and their few
    points have a covariance without a root: the map stays. ``others`` are points of the old map, returned in the
    coordinates of the new one; ``offsets`` (T + 1,) of groupings among the effects.
    """
    size = at.x.size
    if len(np.unique(z[:, :size], axis=0)) <= size:
        return at, others
    of_x = shrunk_mean(z[:, :size])
    root = np.linalg.cholesky(shrunk_covariance(z[:, :size]))
    groups = [slice(size + int(low), size + int(high)) for low, high in pairwise(offsets)]
    mean = np.concatenate([of_x, *(shrunk_mean(z[:, group]) for group in groups)])
    sd = np.sqrt(np.concatenate([np.empty(0), *(shrunk_variances(z[:, group]) for group in groups)]))
    step = at.root @ mean[:size]
    noise = at.scale * mean[size:]
    noise_to_effects(at, noise)
    new = at._replace(
        x=at.x + step, root=np.ascontiguousarray(at.root @ root), w=at.w + step @ at.moves + noise, scale=at.scale * sd
    )
    centred = [other - mean for other in others]
    return new, [np.concatenate([solve_triangular(root, c[:size], lower=True), c[size:] / sd]) for c in centred]


def shrunk_mean(z: np.ndarray) -> np.ndarray:
    """(m,) means of draws z (S, m), of which each has the variance var / S by chance (James & Stein 1961)."""
    mean = z.mean(axis=0)
    by_chance = z.var(axis=0).mean() / len(z)
    return mean * max(0.0, 1.0 - by_chance / max((mean**2).mean(), 1e-300))


def shrunk_variances(z: np.ndarray) -> np.ndarray:
    """(m,) variances of draws z (S, m) towards their mean, as far as they differ by the 2 / S of normal draws, and that
    towards 1, as far as it differs by the 1 / S that draws that are not independent bias it by: of 10,000 effects all
    variances off by 1% in the same direction cost more kicks than the correction of single ones saves."""
    variance, n = z.var(axis=0, ddof=1), len(z)
    usual = variance.mean()
    usual = 1.0 + (usual - 1.0) * max(
        0.0, 1.0 - (1.0 / n**2 + 2.0 / (n * variance.size)) / max((usual - 1.0) ** 2, 1e-300)
    )
    by_chance = 2.0 * usual**2 / n
    return usual + (variance - usual) * max(0.0, 1.0 - by_chance / max(variance.var(), 1e-300))


def shrunk_covariance(z: np.ndarray) -> np.ndarray:
    """(m, m) covariance of draws z (S, m) towards the identity by its mean squared error (Ledoit & Wolf 2004, J.
    Multivar. Anal. 88, 365-411, with a target that is known)."""
    centred, n = z - z.mean(axis=0), len(z)
    found = centred.T @ centred / n
    distance = ((found - np.eye(len(found))) ** 2).sum()
    error = (((centred**2).sum(axis=1) ** 2).sum() / n - (found**2).sum()) / n
    trust = max(0.0, 1.0 - error / max(distance, 1e-300))
    return trust * found + (1.0 - trust) * np.eye(len(found))


def _rest_root(factor: Curvature) -> tuple[np.ndarray, Ridges]:
    """The root of the Schur complement, whole or as small blocks with a few stretched directions."""
    if isinstance(factor, Factor) and factor.pattern.n_rest <= LARGEST_ROOT:
        nothing = np.empty(0, np.int64)
        whole = np.ascontiguousarray(np.tril(factor.L), np.float32)
        if len(whole) <= SMALL_ROOT or _missed(whole, factor.ridges()) > MISSED:
            return whole, Ridges(nothing, nothing, np.empty((0, 0)), np.empty((0, 0)), np.empty(0))
    return np.empty((0, 0), np.float32), factor.ridges()


def _missed(L: np.ndarray, near: Ridges) -> float:
    """Mean sum of squares of a row of S = L L', whitened by what is ``near`` it, less the identity: from products with
    few random vectors, of which the square has it as its mean."""
    total, rng = 0.0, np.random.default_rng(0)
    for _ in range(PROBES):
        at = rng.standard_normal(len(L))
        moved = at.copy()
        stretched(near, moved)
        divided_transposed(near, moved)
        moved = (L @ (L.T @ moved.astype(np.float32))).astype(float)
        divided(near, moved)
        stretched(near, moved)
        total += float(((moved - at) ** 2).mean()) / PROBES
    return total


def _refuse_centring(centring: Mapping[str, float], design: Design) -> None:
    names = [g.name for g in design.groupings]
    problems = [
        f"`centring` names '{name}', which is no random effect; the formula has "
        f"{', '.join(names) or 'none'}.{nearest(name, names)}"
        for name in centring
        if name not in names
    ]
    problems += [
        f"`centring` of '{name}' is a number from 0 (non-centred) to 1 (centred); found {value!r}."
        for name, value in centring.items()
        if not 0.0 <= value <= 1.0
    ]
    if problems:
        raise problems_error(ConfigError, problems)


def kernel_rows(design: Design, *, single: bool = False) -> Rows:
    """The rows of a standardised design in the order of the kernels: by group, category, then as in the design;
    ``single`` precision within chunks where the family has it."""
    at, family = design.thresholds, design.family
    order = np.arange(design.n) if family.has_residual else np.lexsort((_category(design), at.group))
    weight = design.weight[order].astype(float)
    thresholds = design.family.thresholds
    parts = None if thresholds is None else thresholds.parts
    return Rows(
        chunk=address_of(design.family.chunk, CHUNK),
        single_chunk=address_of(family.single_chunk, SINGLE_CHUNK) if single and family.single_chunk else 0,
        part_chunk=address_of(parts.chunk, PART_CHUNK) if parts is not None and design.n_predictors > 1 else 0,
        unweighted=bool((weight == 1.0).all()),
        runs=_runs(design, order),
        y=np.empty(0) if family.ordered else design.y[order].astype(float),
        weight=weight,
        at=shared_numbers(design, order),
        X=np.ascontiguousarray(design.fixed.X, dtype=float),
        part=design.column_parts,
        n_predictors=design.n_predictors,
        known=np.ascontiguousarray(design.fixed.offset, dtype=float),
        offsets=design.offsets,
        blocks=np.array([0, *(block.stop for block in design.blocks)], np.int64),
        pairs=pairs_of(design),
        cuts=at.free_starts,
        ordered=at.ordered,
        n_thresholds=design.n_thresholds,
        category=at.category or no_categories(),
        steps=steps_at(design.fixed.monotone),
    )


def _category(design: Design) -> np.ndarray:
    """(n,) codes; of numbers between two ends those of the lower end, between, and the upper end."""
    if design.family.ordered:
        return design.y
    return np.where(design.y <= 0.0, 0, np.where(design.y >= 1.0, 2, 1))


def _runs(design: Design, order: np.ndarray) -> Runs:
    """Runs of rows of one group and category; of answers that are numbers a single one."""
    at = design.thresholds
    if design.family.has_residual:
        return Runs(np.array([0, design.n], np.int64), np.zeros(1, np.int64), np.array([[0, 1]], np.int64))
    each = [(g, k) for g in range(at.n_groups) for k in range(at.categories[g].size)]
    widest = max(one.size for one in at.categories)
    keys = at.group[order].astype(np.int64) * widest + _category(design)[order]
    starts = np.searchsorted(keys, [g * widest + k for g, k in each])
    cuts = np.array([(at.starts[g], at.starts[g + 1]) for g, _ in each], np.int64)
    category = np.array([k for _, k in each], np.int64)
    return Runs(np.append(starts, design.n).astype(np.int64), category, cuts)
