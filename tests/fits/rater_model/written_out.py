"""The general rater model written once more from METHODS section 8, with numpy and scipy only.

P(y <= k) = F((theta_k - eta) / s), theta_k = c + e^a (tau_k - c), c the mean of tau. Derivatives are taken by complex
steps, which are exact to rounding, so that nothing here shares a formula with the package.
"""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import erfc, logsumexp
from scipy.stats import multivariate_t

STEP = 1e-25
FAR = 40.0  # where the outer thresholds stand: beyond all that a float can tell
type Array = np.ndarray


class Maximum(NamedTuple):
    """Estimates and standard errors in the order (thresholds of each group, then the coefficients given)."""

    loglik: float
    estimate: Array
    se: Array


def distribution(x: Array, link: str) -> Array:
    """F of real or complex x."""
    if link == "probit":
        return 0.5 * erfc(-x / np.sqrt(2.0))
    return 1.0 / (1.0 + np.exp(-x)) if link == "logit" else -np.expm1(-np.exp(x))


def log_probability(y: Array, tau: Array, eta: Array, log_s: Array, a: Array, link: str = "probit") -> Array:
    """log P of codes y (n,) with thresholds tau (..., n, K - 1); the others are (..., n)."""
    centre = tau.mean(axis=-1, keepdims=True)
    theta = centre + np.exp(a)[..., None] * (tau - centre)
    z = (theta - eta[..., None]) / np.exp(log_s)[..., None]
    z = np.concatenate([np.full_like(z[..., :1], -FAR), z, np.full_like(z[..., :1], FAR)], axis=-1)
    at = np.broadcast_to(y[:, None], (*z.shape[:-1], 1))
    low, high = (np.take_along_axis(z, at + k, axis=-1)[..., 0] for k in (0, 1))
    if link != "cloglog":  # in the lower tail of a symmetric distribution nothing cancels
        right = (low + high).real > 0.0
        low, high = np.where(right, -high, low), np.where(right, -low, high)
    with np.errstate(divide="ignore"):  # far out, where nothing of the integral is, it may be log 0
        return np.log(distribution(high, link) - distribution(low, link))


def log_step(y: Array, tau: Array, eta: Array, log_s: Array, family: str, link: str) -> Array:
    """log P of codes y (n,) in a family of steps between categories, z_k = (tau_k - eta) / s.

    acat: P(k + 1) / P(k) = exp(-z_k); sratio and cratio, the same with symmetric links: P(y = k | y >= k) = F(z_k).
    """
    z = (tau - eta[..., None]) / np.exp(log_s)[..., None]
    k = np.arange(z.shape[-1])
    if family == "acat":
        score = np.concatenate([np.zeros_like(z[..., :1]), np.cumsum(-z, axis=-1)], axis=-1)
        own = np.take_along_axis(score, np.broadcast_to(y[:, None], (*z.shape[:-1], 1)), axis=-1)[..., 0]
        return own - np.log(np.exp(score).sum(axis=-1))
    passed, stopped = np.log(distribution(-z, link)), np.log(distribution(z, link))
    return np.where(k < y[:, None], passed, np.where(k == y[:, None], stopped, 0.0)).sum(axis=-1)


def gradient(function: Callable[[Array], Array], at: Array) -> Array:
    """(..., m) derivatives of a function of the last axis of ``at`` (..., m), (...) in value."""
    steps = np.moveaxis(at[..., None, :] + 1j * STEP * np.eye(at.shape[-1]), -2, 0)
    return np.stack([function(step).imag for step in steps], axis=-1) / STEP


def hessian(function: Callable[[Array], Array], at: Array, h: float = 1e-5) -> Array:
    """(..., m, m) second derivatives: central differences of exact gradients."""
    rows = [gradient(function, at + step) - gradient(function, at - step) for step in h * np.eye(at.shape[-1])]
    second = np.stack(rows, axis=-2) / (2.0 * h)
    return 0.5 * (second + np.swapaxes(second, -1, -2))


def maximum(
    y: Array, X: Array, *, W: Array | None = None, A: Array | None = None, group: Array | None = None, link="probit"
) -> Maximum:
    """The maximum of the likelihood without random effects: eta = X b, log s = W c, a = A d, thresholds by group."""
    group = np.zeros(y.size, int) if group is None else group
    columns = [np.zeros((y.size, 0)) if M is None else np.reshape(M, (y.size, -1)) for M in (X, W, A)]
    groups, cuts = group.max() + 1, y.max()
    ends = np.cumsum([groups * cuts, *(M.shape[1] for M in columns)])

    def loglik(x: Array) -> Array:
        tau, b, c, d = np.split(x, ends[:-1])
        eta, log_s, a = (M @ v for M, v in zip(columns, (b, c, d), strict=True))
        return log_probability(y, tau.reshape(groups, cuts)[group], eta, log_s, a, link).sum()

    def ordered(x: Array) -> Array:
        first, gaps = np.split(x[: ends[0]].reshape(groups, cuts), [1], axis=1)
        tau = first + np.concatenate([np.zeros((groups, 1)), np.cumsum(np.exp(gaps), axis=1)], axis=1)
        return np.concatenate([tau.ravel(), x[ends[0] :]])

    def loss(x: Array) -> Array:
        return -loglik(ordered(x)) / y.size

    start = np.zeros(ends[-1])
    start[: ends[0] : cuts] = -1.0
    estimate = ordered(minimize(loss, start, jac=lambda x: gradient(loss, x), options={"gtol": 1e-6}).x)
    for _ in range(3):
        estimate = estimate - np.linalg.solve(hessian(loglik, estimate), gradient(loglik, estimate))
    se = np.sqrt(np.diag(np.linalg.inv(-hessian(loglik, estimate))))
    return Maximum(float(loglik(estimate)), estimate, se)


class Latent(NamedTuple):
    """Ratings given standard normal random effects u (q,): (eta, log s, a) of row i are offset[i] + Z[i] u."""

    y: Array  # (n,) codes
    tau: Array  # (n, K - 1) thresholds of each row
    offset: Array  # (n, 3)
    Z: Array  # (n, 3, q)
    link: str = "probit"
    family: str = "cumulative"

    def rows(self, v: Array) -> Array:
        """(..., n) log P of every rating at v (..., n, 3)."""
        if self.family != "cumulative":
            return log_step(self.y, self.tau, v[..., 0], v[..., 1], self.family, self.link)
        return log_probability(self.y, self.tau, v[..., 0], v[..., 1], v[..., 2], self.link)

    def at(self, u: Array) -> Array:
        return self.offset + np.tensordot(u, self.Z, axes=(-1, -1))

    def joint(self, u: Array) -> Array:
        """(...) log p(y, u)."""
        return self.rows(self.at(u)).sum(axis=-1) + log_normal(u).sum(axis=-1)


def log_normal(u: Array) -> Array:
    return -0.5 * (u**2 + np.log(2.0 * np.pi))


def mode(latent: Latent) -> tuple[Array, Array]:
    """The most likely u (q,), and the curvature (q, q) of -log p(y, u) there: damped Newton steps."""
    u = np.zeros(latent.Z.shape[-1])
    for _ in range(50):
        slope = np.einsum("ni,niq->q", gradient(latent.rows, latent.at(u)), latent.Z) - u
        curvature = curvature_at(latent, u)
        step = np.linalg.solve(curvature + np.eye(u.size) * max(0.0, 0.1 - np.linalg.eigvalsh(curvature)[0]), slope)
        while latent.joint(u + step) < latent.joint(u) - 1e-9:
            step = 0.5 * step
        u = u + step
        if np.abs(step).max() < 1e-10:
            break
    return u, curvature_at(latent, u)


def curvature_at(latent: Latent, u: Array) -> Array:
    second = np.einsum("nip,nij->njp", latent.Z, hessian(latent.rows, latent.at(u)), optimize=True)
    return np.eye(u.size) - np.einsum("njp,njq->pq", second, latent.Z, optimize=True)


def laplace(latent: Latent) -> float:
    """log p(y) by Laplace's approximation."""
    u, curvature = mode(latent)
    return float(latent.joint(u) + 0.5 * u.size * np.log(2.0 * np.pi) - 0.5 * np.linalg.slogdet(curvature)[1])


def quadrature(latent: Latent, groups: int, nodes: int) -> float:
    """log p(y) of groups that share nothing: adaptive Gauss-Hermite with ``nodes`` for each effect of a group.

    Rows and effects are sorted by group, as many for each. One node is Laplace's approximation.
    """
    u, curvature = mode(latent)
    m = u.size // groups
    own = np.arange(groups)
    root = np.linalg.cholesky(curvature.reshape(groups, m, groups, m)[own, :, own])
    x, w = np.polynomial.hermite.hermgauss(nodes)
    spread = np.sqrt(2.0) * np.swapaxes(np.linalg.inv(root), -1, -2)
    values = []
    for where in product(range(nodes), repeat=m):
        z = x[list(where)]
        there = u.reshape(groups, m) + spread @ z
        of_rows = latent.rows(latent.at(there.ravel())).reshape(groups, -1).sum(axis=1)
        values.append(of_rows + log_normal(there).sum(axis=1) + z @ z + np.log(w[list(where)]).sum())
    return float((logsumexp(values, axis=0) + np.linalg.slogdet(spread)[1]).sum())


def importance(latent: Latent, draws: int = 20_000, df: float = 30.0, seed: int = 1) -> tuple[float, float]:
    """log p(y) and its Monte Carlo error, by antithetic draws of a multivariate t around the mode."""
    u, curvature = mode(latent)
    root, rng = np.linalg.cholesky(curvature), np.random.default_rng(seed)
    z = rng.standard_normal((draws // 2, u.size)) / np.sqrt(rng.chisquare(df, (draws // 2, 1)) / df)
    z = np.concatenate([z, -z])
    density = multivariate_t(np.zeros(u.size), np.eye(u.size), df).logpdf(z) + np.log(np.diag(root)).sum()
    there = u + np.linalg.solve(root.T, z.T).T
    ratio = np.concatenate([latent.joint(part) for part in np.array_split(there, 200)]) - density
    total = logsumexp(ratio) - np.log(draws)
    pairs = np.exp(ratio - total).reshape(2, -1).mean(axis=0)
    return float(total), float(pairs.std() / np.sqrt(pairs.size))
