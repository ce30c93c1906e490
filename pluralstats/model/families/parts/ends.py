"""Rows of cumulative families whose noise and use of the scale differ (METHODS section 8).

The answer y has probability F(z_h) - F(z_l), z = (c + e^a (tau - c) - eta) e^-sigma at the thresholds above and below
it, c the mean of the thresholds. So log P is a function of the two z, whose derivatives a ``Latent`` knows, and each z
one of m = (eta, sigma, a) and of its threshold and c:

    dz = -e^-sigma, -z, p;  e^(a - sigma), (1 - e^a) e^-sigma            p = e^(a - sigma) (tau - c)
    d2z/d(eta, sigma) = e^-sigma,  d2z/dsigma2 = z,  d2z/d(sigma, a) = -p,  d2z/da2 = p,  all others in m zero

Third derivatives are needed against the posterior covariance Q of a row's m only, for the gradient of log det H. With
A_ij = sum_uv Q_uv (dz_i/du)(dz_j/dv) and B_i = sum_uv Q_uv d2z_i/dudv the curvature's part is
G = sum_ij L_ij A_ij + sum_i L_i B_i, L the derivatives of log P in the two z, and its derivative in any number is taken
term by term (Faa di Bruno).
"""

import math

from pluralstats.storage.compiled import kernel


@kernel
def end(tau, c, eta, sigma, a):
    """z at a threshold with its derivatives in eta, in a (p), in the threshold and in c."""
    scale, stretch = math.exp(-sigma), math.exp(a)
    p = stretch * scale * (tau - c)
    return (c - eta) * scale + p, -scale, p, stretch * scale, (1.0 - stretch) * scale


@kernel
def slopes_of_end(z, d_eta, p, out):
    """Fills out (3,) with dz/dm."""
    out[0], out[1], out[2] = d_eta, -z, p


@kernel
def bends_of_end(z, d_eta, p, out):
    """Fills out (3, 3) with d2z/dm2."""
    out[:] = 0.0
    out[0, 1] = out[1, 0] = -d_eta
    out[1, 1] = z
    out[1, 2] = out[2, 1] = -p
    out[2, 2] = p


@kernel
def pair(ru, ru1, rl, rl1, L, LL):
    """Fills L (2,) and LL (2, 2), first and second derivatives of log P in z_h and z_l."""
    L[0], L[1] = ru, -rl
    LL[0, 0], LL[1, 1] = ru1 - ru * ru, -rl1 - rl * rl
    LL[0, 1] = LL[1, 0] = ru * rl


@kernel
def third(ru, ru1, ru2, rl, rl1, rl2, out):
    """Fills out (2, 2, 2) with the third derivatives of log P in z_h and z_l."""
    uuu = ru2 - 3.0 * ru * ru1 + 2.0 * ru**3
    uul = ru1 * rl - 2.0 * ru * ru * rl
    ull = ru * rl1 + 2.0 * ru * rl * rl
    out[0, 0, 0] = uuu
    out[0, 0, 1] = out[0, 1, 0] = out[1, 0, 0] = uul
    out[0, 1, 1] = out[1, 0, 1] = out[1, 1, 0] = ull
    out[1, 1, 1] = -rl2 - 3.0 * rl * rl1 - 2.0 * rl**3


@kernel
def ends_of(tau, y, m, z, d_eta, p, d_tau, d_c):
    """Fills the numbers of both ends (2,) of a row; those of an open end are zero, its z infinite."""
    c = tau.mean()
    for i in range(2):
        k = y - i
        if 0 <= k < tau.size:
            z[i], d_eta[i], p[i], d_tau[i], d_c[i] = end(tau[k], c, m[0], m[1], m[2])
        else:
            z[i] = math.inf if i == 0 else -math.inf
            d_eta[i], p[i], d_tau[i], d_c[i] = 0.0, 0.0, 0.0, 0.0
