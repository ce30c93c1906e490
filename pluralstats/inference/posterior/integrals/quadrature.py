"""Nodes and weights for integrals over effects of levels, around the mode of each."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

NODES = {1.0: 9, 1.5: 15, np.inf: 31}  # of the quadrature, up to this sd of the effect in residual sds
# Of a product of effects on eta (in residual sds), log s and a, 175 nodes where sds are usual: an error of 3e-5 in the
# log-likelihood of a rater with 8 ratings. With sds of 0.5 half of the raters are at 1e-3, single ones at 1e-2: an
# effect on log s has a long tail where ratings lie at both ends.
PLACE_NODES = {1.0: 7, 1.5: 9, np.inf: 15}
PART_NODES = {0.35: 5, 0.7: 7, np.inf: 9}

FEW_EFFECTS, FEW_NODES = 2, {1.0: 9, np.inf: 15}  # up to so many effects at once a product of so many nodes each
# Of more effects. Of 40 raters with 25 ratings on five dimensions (logit, sds of a residual sd, 100 draws) errors of
# log densities have sd 0.003 and mean -0.0005 with 5 effects, 0.004 and -0.0006 with 10; log densities vary by 2 from
# draw to draw. Without REACH the means are -0.005 and -0.004: nodes of a normal density do not see longer tails.
MANY_NODES, REACH = 128, 1.1


def quadrature(sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and log weights for the density exp(-z^2 / 2), enough for effects with these sds (in residual sds).

    The larger the sd, the more the density of an effect, given ratings that are all at one end of the scale, looks
    like a normal density cut off; that takes more nodes. A test compares with a dense grid.
    """
    large = np.quantile(sd, 0.95)
    nodes, weights = np.polynomial.hermite_e.hermegauss(next(n for most, n in NODES.items() if large <= most))
    return nodes, np.log(weights) + 0.5 * nodes**2


def product_quadrature(sds: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (Q, 3) and log weights (Q,) for the density exp(-z'z / 2) of effects on eta, log s and a with these sds.

    An effect whose sd is zero in all draws has the node 0 alone.
    """
    one_by_one = []
    for sd, numbers in zip(sds, (PLACE_NODES, PART_NODES, PART_NODES), strict=True):
        large = float(np.quantile(sd, 0.95))
        wanted = next(n for most, n in numbers.items() if large <= most) if sd.any() else 1
        one_by_one.append(np.polynomial.hermite_e.hermegauss(wanted))
    nodes = np.array(list(product(*(at for at, _ in one_by_one))))
    weight = np.array([np.prod(w) for w in product(*(w for _, w in one_by_one))])
    return nodes, np.log(weight) + 0.5 * (nodes**2).sum(axis=1)


def nodes_together(effects: int, sd: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Nodes (Q, k) and log weights (Q,) for means over N(0, I) of k effects at once, and how far out nodes are moved.

    Of one or two effects a product rule, for this largest sd in residual sds; of more a scrambled Sobol sequence with
    its mirror image, turned so that its second moments are those of N(0, I): means of polynomials up to the third
    degree are exact.
    """
    if effects <= FEW_EFFECTS:
        number = next(n for most, n in FEW_NODES.items() if sd <= most)
        one, weight = np.polynomial.hermite_e.hermegauss(number)
        weights = [np.prod(w) for w in product(weight / weight.sum(), repeat=effects)]
        return np.array(list(product(one, repeat=effects))), np.log(weights), 1.0
    half = max(MANY_NODES // 2, 1 << math.ceil(math.log2(2 * effects)))
    one_side = ndtri(qmc.Sobol(effects, rng=np.random.default_rng(1)).random(half))
    turned = np.linalg.solve(np.linalg.cholesky(one_side.T @ one_side / half), one_side.T).T
    nodes = np.ascontiguousarray(np.concatenate([turned, -turned]))  # as of few effects: one kernel for both
    return nodes, np.full(2 * half, -math.log(2.0 * half)), REACH


def mirrored(effects: int, draws: int) -> np.ndarray:
    """(k, D) signs: each draw has the nodes mirrored in its own way, so that errors of draws do not add up."""
    return np.random.default_rng(2).choice([-1.0, 1.0], (effects, draws))
