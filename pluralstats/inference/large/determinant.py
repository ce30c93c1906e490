"""log det(I - E) with few random probes, and the matrix that its derivatives are traces with.

On the complement of the deflated directions log(1 - x) = -x - (integral over t of x / (1 - t x) - x), t from 0 to 1.
The trace of the first part is known, that of the second is the mean of z'(..)z over probes z of 1 and -1 (Hutchinson
1990, Commun. Stat. Simul. Comput. 19, 433-450). With Gauss-Legendre nodes t of weights omega and x_t = (I - t E_)^-1 z,

    log det(I - E) = log det M - tr E_ - mean over z of sum_t omega_t (z'E_ x_t - z'E_ z),

whose derivative has the same form, without any further noise: d(z'E_ x_t) = x_t'dE_ x_t. So value and gradient of the
estimated likelihood belong together whatever the probes are, and its maximum is found as that of an exact one. As S
changes so do its blocks QQ', whose derivative dQ = Q Phi(Q^-1 d(QQ') Q'^-1), Phi the lower triangle with half the
diagonal, takes from G, in the blocks, the product of G and I - E.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from pluralstats.inference.large import inverse_loops as kernels
from pluralstats.inference.large.deflation import Deflation
from pluralstats.inference.large.krylov import Lanczos, lanczos

FEWEST_NODES, MOST_NODES = 2, 12
NODE_ERROR = 1e-8


class Determinant(NamedTuple):
    """The estimate and what its derivatives need.

    ``value``, and its standard ``error`` over probes. d log det S = tr G dS, in units of the blocks of S, with
    G = the blocks ``inside`` + ``vectors`` diag(``weights``) ``vectors``', (n, w), (n, K), (K,).
    """

    value: float
    error: float
    inside: np.ndarray
    vectors: np.ndarray
    weights: np.ndarray


class Probed(NamedTuple):
    """Probes z (n, P) in the complement, E_ z, and the basis of their Krylov spaces."""

    z: np.ndarray
    Ez: np.ndarray
    basis: Lanczos


def probed(at: Deflation, probes: np.ndarray) -> Probed:
    """The probes (n, P) taken to the complement."""
    z = at.off(probes)
    return Probed(z, at.times(z), lanczos(at.times, z))


def determinant(at: Deflation, probes: Probed) -> Determinant:
    """The estimate."""
    z, Ez, basis = probes
    t, omega = _nodes(np.abs(basis.eigenvalues).max(initial=0.0))
    x = [basis.applied(partial(_shifted, one)) for one in t]
    each = np.einsum("nk,nk->k", z, Ez)
    each -= sum(w * np.einsum("nk,nk->k", z, one - z) / node for w, one, node in zip(omega, x, t, strict=True))
    of_means = float(np.linalg.slogdet(at.M)[1]) - float(at.diagonal.sum())
    n = each.size
    weights = [np.full(n, w / n) for w in (*omega, -1.0)]
    vectors = [at.lifted(one) for one in (*x, z)]
    images_of_x = [one - (one - z) / node for one, node in zip(x, t, strict=True)]
    own, own_weights, own_images = _of_directions(at)
    V, K = np.hstack([*vectors, own]), np.concatenate([*weights, own_weights])
    images = np.hstack([*images_of_x, z - Ez, own_images])
    inside, column = np.zeros_like(at.E.root), at.E.cliques.column
    inside[np.arange(len(inside)), column] = 1.0
    kernels.products(*at.E.cliques, V, K, images, inside)
    error = float(each.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return Determinant(of_means + float(each.mean()), error, inside, V, K)


def _shifted(t: float, value: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 - t * value)


def _of_directions(at: Deflation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What log det M and tr E_ add to G, vectors and weights, and (I - E) times the vectors."""
    U, F, d = at.U, at.F, len(at.values)
    both = np.hstack([U, F])
    images = both - np.hstack([at.EU, at.E.times(F)])
    K = np.block([[at.inverse - np.eye(d) + F.T @ F, -np.eye(d)], [-np.eye(d), np.zeros((d, d))]])
    weights, Q = np.linalg.eigh(0.5 * (K + K.T))
    return both @ Q, weights, images @ Q


def _nodes(radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes on [0, 1] and their weights, enough for eigenvalues up to a radius below 1."""
    pole = 2.0 / min(max(radius, 1e-3), 0.999) - 1.0
    ellipse = pole + np.sqrt(pole**2 - 1.0)
    size = int(np.clip(np.ceil(-0.5 * np.log(NODE_ERROR) / np.log(ellipse)), FEWEST_NODES, MOST_NODES))
    at, weight = np.polynomial.legendre.leggauss(size)
    return 0.5 * (at + 1.0), 0.5 * weight
