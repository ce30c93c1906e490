"""The restricted likelihood of scores of arms, for many values of the variances at once.

score = arm (+ judge) + prompt + arm:prompt + response + residual + run + judge + judge:arm. The first four random terms
are nested (a response belongs to a run's answer to one prompt, an arm's answers to a prompt to that prompt), so that
they leave by one division each; what is crossed with them (runs, judges, judges by arms) has few levels and is one
small dense matrix. ``ps.fit`` maximises the same likelihood; here it is needed away from its maximum.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

TERMS = ("residual", "response", "cell", "item", "run", "judge", "judge_arm")
CROSSED = TERMS[4:]
FIXED_JUDGE = "fixed judge"
BYTES = 32e6  # of temporaries


class ArmDesign(NamedTuple):
    """Sums over scores, with columns (k) = fixed effects (p), score, and an indicator of each crossed level.

    ``gram`` (k, k); ``sizes`` (N,) numbers of scores that a response may have, with ``n_responses`` (N,) responses of
    each, their ``squares`` (N, k, k) of sums, and by arm and prompt ``sums`` (N, C, k) and ``counts`` (N, C) of
    responses; ``first`` (P,) is where each prompt's cells begin. ``slices`` are the levels of the crossed terms.
    """

    p: int
    gram: np.ndarray
    sizes: np.ndarray
    n_responses: np.ndarray
    squares: np.ndarray
    sums: np.ndarray
    counts: np.ndarray
    first: np.ndarray
    slices: dict[str, slice]


class Likelihood(NamedTuple):
    """At M values of the variances: log-likelihood (M,), coefficients (M, p) and their covariance (M, p, p)."""

    loglik: np.ndarray
    coefficient: np.ndarray
    covariance: np.ndarray


def arm_design(frame: pd.DataFrame, score: np.ndarray, terms: Sequence[str], arms: Sequence[str]) -> ArmDesign:
    """Sums of one dimension.

    Parameters
    ----------
    frame : data frame
        Of ``arm_ratings``: item, arm, run, trained, judge, judge_arm, cell, response.
    score : (n,)
    terms : list of str
        Random terms of ``TERMS`` that the model has, and ``FIXED_JUDGE`` where judges are fixed effects.
    arms : list of str
        The base first; the others have the coefficients 1, 2, ...
    """
    frame = frame.sort_values(["item", "cell"], kind="stable").reset_index()
    score = score[frame.pop("index").to_numpy()]
    columns, slices = _crossed(frame, terms, 1 + len(arms) + (_n(frame["judge"]) - 1) * (FIXED_JUDGE in terms))
    fixed = [np.ones(len(frame)), *(frame["arm"].astype(str).to_numpy() == arm for arm in arms[1:])]
    if FIXED_JUDGE in terms:
        fixed += [frame["judge"].to_numpy() == judge for judge in frame["judge"].unique()[1:]]
    rows = np.column_stack([*fixed, score - score.mean(), columns]).astype(float)
    own = frame["response"] if "response" in terms else pd.Series(np.arange(len(frame)))
    by_response = pd.DataFrame(rows).groupby(own.to_numpy(), sort=False)
    sums, size = by_response.sum().to_numpy(), by_response.size().to_numpy()
    cell = pd.factorize(frame["cell"])[0][np.unique(pd.factorize(own)[0], return_index=True)[1]]
    of_cell = frame.drop_duplicates("cell")["item"]
    sizes = np.unique(size)
    by_size = [(sums[size == n], cell[size == n]) for n in sizes]
    return ArmDesign(
        len(fixed),
        rows.T @ rows,
        sizes.astype(float),
        np.array([len(part) for part, _ in by_size], float),
        np.stack([part.T @ part for part, _ in by_size]),
        np.stack([_by_level(part, at, len(of_cell)) for part, at in by_size]),
        np.stack([np.bincount(at, minlength=len(of_cell)).astype(float) for _, at in by_size]),
        np.flatnonzero((of_cell != of_cell.shift()).to_numpy()),
        slices,
    )


def restricted_likelihood(design: ArmDesign, variances: np.ndarray) -> Likelihood:
    """At ``variances`` (M, terms of ``TERMS``), 0 for a term that there is not."""
    at_once = max(1, int(BYTES / (8 * design.sums[0].size)))
    parts = [_likelihood(design, variances[i : i + at_once]) for i in range(0, len(variances), at_once)]
    return Likelihood(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _likelihood(design: ArmDesign, variances: np.ndarray) -> Likelihood:
    """Crossed effects leave by S = W'V^-1W = M - M_U D^(1/2) K^-1 D^(1/2) M_U', K = I + D^(1/2) M_UU D^(1/2)."""
    p = design.p
    solved, log_determinant = _without_nested(design, variances[:, :4])
    if design.slices:
        sds = [np.sqrt(variances[:, [TERMS.index(name)] * (at.stop - at.start)]) for name, at in design.slices.items()]
        root = np.concatenate(sds, axis=1)
        scaled = root[:, :, None] * solved[:, p + 1 :]
        cholesky = np.linalg.cholesky(np.eye(root.shape[1]) + scaled[:, :, p + 1 :] * root[:, None, :])
        half = np.linalg.solve(cholesky, scaled[:, :, : p + 1])
        solved = solved[:, : p + 1, : p + 1] - half.transpose(0, 2, 1) @ half
        log_determinant = log_determinant + 2.0 * _log_diagonal(cholesky)
    gram, right = solved[:, :p, :p], solved[:, :p, p]
    inverse = np.linalg.inv(gram)
    coefficient = (inverse @ right[:, :, None])[:, :, 0]
    squares = solved[:, p, p] - (right * coefficient).sum(axis=1)
    return Likelihood(-0.5 * (log_determinant + np.linalg.slogdet(gram)[1] + squares), coefficient, inverse)


def _without_nested(design: ArmDesign, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W'V^-1W (M, k, k) and log det V (M,) with V of residual, responses, cells and prompts.

    One after the other, by (D + s 11')^-1 = D^-1 - s D^-1 11' D^-1 / (1 + s 1'D^-1 1).
    """
    residual, response, cell, item = (column[:, None] for column in variances.T)
    total = residual + design.sizes * response  # (M, N) variance of the sum of a response over its size
    inner = design.gram / residual[:, :, None] - np.tensordot(response / (residual * total), design.squares, axes=1)
    log_determinant = ((design.sizes - 1.0) * np.log(residual) + np.log(total)) @ design.n_responses
    sums = np.tensordot(1.0 / total, design.sums, axes=1)
    known = (design.sizes / total) @ design.counts
    for variance in (cell, item):
        left = 1.0 + variance * known
        inner -= (sums * (variance / left)[:, :, None]).transpose(0, 2, 1) @ sums
        log_determinant += np.log(left).sum(axis=1)
        if variance is cell:
            sums = np.add.reduceat(sums / left[:, :, None], design.first, axis=1)
            known = np.add.reduceat(known / left, design.first, axis=1)
    return inner, log_determinant


def _log_diagonal(cholesky: np.ndarray) -> np.ndarray:
    return np.log(np.diagonal(cholesky, axis1=1, axis2=2)).sum(axis=1)


def _crossed(frame: pd.DataFrame, terms: Sequence[str], start: int) -> tuple[np.ndarray, dict[str, slice]]:
    """(n, levels) indicators; the base's run has none, because the base was not trained."""
    parts, slices = [np.empty((len(frame), 0))], {}
    for name in CROSSED:
        if name not in terms:
            continue
        levels = pd.get_dummies(frame[name].where(frame["trained"] > 0) if name == "run" else frame[name])
        parts.append(levels.to_numpy(float))
        slices[name] = slice(start, start + levels.shape[1])
        start += levels.shape[1]
    return np.concatenate(parts, axis=1), slices


def _n(values: pd.Series) -> int:
    return int(values.nunique())


def _by_level(values: np.ndarray, level: np.ndarray, n: int) -> np.ndarray:
    out = np.zeros((n, values.shape[1]))
    np.add.at(out, level, values)
    return out
