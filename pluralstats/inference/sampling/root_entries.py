"""Covariances of terms of several effects in the coordinates that ratings know them by.

Parameters have log sd_a and w_ab of each row a of a term's root (``covariance_roots``), in which priors are said. What
ratings tell of an effect is how it goes with the effects before it, Lambda_ab = sd_a w_ab / n_a, and, often badly, what
is left of it, Lambda_aa = sd_a / n_a: along a curve in (log sd_a, w_ab) with a constant Lambda_ab the posterior bends.
So the sampler moves in

    y_a = log Lambda_aa,        y_ab = Lambda_ab,

in which it is close to normal but for the tail of y_a where an effect may have nothing of its own (Bates et al. 2015,
J. Stat. Softw. 67(1), section 2.3, use the entries for the same reason). Back: w_ab = y_ab exp(-y_a), log sd_a = y_a +
log(n_a^2) / 2, with the determinant exp(-m_a y_a) for the m_a entries of row a. An intercept alone keeps its log sd.

Effects of a term are centred row by row, u = Lambda K w (``density``). An effect whose sd may be near 0 has a_t = 0 and
K_t = e_t: it is divided by nothing, while the others of its term may be centred. (With T = Lambda (1 - a) + Lambda_0 a
one such effect kept all others of its term from being centred.)
"""

import math

import numpy as np

from pluralstats.inference.elimination.roots import Pairs, entries_jacobian, root_at
from pluralstats.storage.compiled import kernel


def to_entries(x: np.ndarray, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """y (T + W,) of x (T + W,), and the derivatives (T + W, T + W) of y in x."""
    root, jacobian = root_at(x, pairs), entries_jacobian(x, pairs)
    diagonal = np.diagonal(root)
    jacobian[: len(root)] /= diagonal[:, None]
    return np.concatenate([np.log(diagonal), root[pairs.row, pairs.column]]), jacobian


@kernel
def from_entries(rows, x):
    """y becomes x (P,), in place."""
    terms, first, pairs = rows.offsets.size - 1, rows.n_thresholds + rows.X.shape[1], rows.pairs
    squares = np.zeros(terms)
    for k in range(pairs.row.size):
        a, at = pairs.row[k], first + terms + k
        x[at] *= math.exp(-x[first + a])
        squares[a] += x[at] * x[at]
    for a in range(terms):
        x[first + a] += 0.5 * math.log(1.0 + squares[a])


@kernel
def entries_gradient(rows, x, gx):
    """The log of the determinant of x in y; gx (P,) becomes the gradient in y, that of the determinant included."""
    terms, first, pairs = rows.offsets.size - 1, rows.n_thresholds + rows.X.shape[1], rows.pairs
    squares, of_w, entries = np.ones(terms), np.zeros(terms), np.zeros(terms)
    for k in range(pairs.row.size):
        w, a = x[first + terms + k], pairs.row[k]
        squares[a] += w * w
        of_w[a] += gx[first + terms + k] * w
        entries[a] += 1.0
    for k in range(pairs.row.size):
        at, a = first + terms + k, pairs.row[k]
        own = math.exp(x[first + a]) / math.sqrt(squares[a])
        gx[at] = (gx[at] + gx[first + a] * x[at] / squares[a]) / own
    total = 0.0
    for a in range(terms):
        total -= entries[a] * (x[first + a] - 0.5 * math.log(squares[a]))
        gx[first + a] = gx[first + a] / squares[a] - of_w[a] - entries[a]
    return total


@kernel
def relative_root(root, anchor, centred, K):
    """Fills K (c, c), lower triangular."""
    K[:] = 0.0
    for t in range(len(K)):
        share = centred[t] / root[t, t] if centred[t] > 0.0 else 0.0
        for j in range(t + 1):
            left = anchor[t, j]
            for b in range(j, t):
                left -= root[t, b] * K[b, j]
            K[t, j] = share * left
        K[t, t] += 1.0 - centred[t]


@kernel
def relative_root_gradient(root, anchor, K, to_K, along, centred, to_root):
    """Fills the gradient in Lambda from that in Lambda K, ``along``, and that in K, from the last row to the first."""
    c = len(K)
    back = to_K.copy()
    for a in range(c):
        for b in range(a + 1):
            total = 0.0
            for j in range(b + 1):
                total += along[a, j] * K[b, j]
                back[b, j] += root[a, b] * along[a, j]
            to_root[a, b] = total
    for a in range(c - 1, -1, -1):
        if centred[a] == 0.0:
            continue
        share, to_size = centred[a] / root[a, a], 0.0
        for j in range(a + 1):
            to_size += back[a, j] * (K[a, j] - (1.0 - centred[a] if j == a else 0.0))
        to_root[a, a] -= to_size / root[a, a]
        for b in range(a):
            for j in range(b + 1):
                to_root[a, b] -= share * back[a, j] * K[b, j]
                back[b, j] -= share * root[a, b] * back[a, j]
