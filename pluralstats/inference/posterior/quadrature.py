"""Nodes and weights for integrals over effects of levels, around the mode of each."""

from collections.abc import Sequence
from itertools import product

import numpy as np

NODES = {1.0: 9, 1.5: 15, np.inf: 31}  # of the quadrature, up to this sd of the effect in residual sds
# Of a product of effects on eta (in residual sds), log s and a, 175 nodes where sds are usual: an error of 3e-5 in the
# log-likelihood of a rater with 8 ratings. With sds of 0.5 half of the raters are at 1e-3, single ones at 1e-2: an
# effect on log s has a long tail where ratings lie at both ends.
PLACE_NODES = {1.0: 7, 1.5: 9, np.inf: 15}
PART_NODES = {0.35: 5, 0.7: 7, np.inf: 9}


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
