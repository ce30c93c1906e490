"""Scores of raters in the noise and in the use of the scale, for many draws of a plain model."""

import numpy as np

from pluralstats.inference.kernels.gradients import CHUNK
from pluralstats.model.families.family import part_chunk_at
from pluralstats.storage.compiled import kernel


@kernel
def scores_by_rater(address, runs, tau, eta, weight, unweighted, rater, out):
    """Adds to out (D, 3, R) the derivatives of the log-likelihood in eta, log s and a, summed over each rater's rows.

    Parameters
    ----------
    address : of the ``chunk`` of ``PartRows``
    runs : ``Runs`` of the n rows
    tau : (D, m) thresholds of all groups
    eta : (D, n)
    weight, unweighted : (n,), and whether all of them are 1
    rater : (n,) codes
    """
    chunk, last_rows = part_chunk_at(address), runs.starts[-1]
    nothing, work, scores, to_own = np.zeros(CHUNK), np.empty((4, CHUNK)), np.empty((3, CHUNK)), np.empty(tau.shape[1])
    for d in range(eta.shape[0]):
        for r in range(runs.category.size):
            own = tau[d, runs.cuts[r, 0] : runs.cuts[r, 1]]
            for first in range(runs.starts[r], runs.starts[r + 1], CHUNK):
                size = min(CHUNK, runs.starts[r + 1] - first)
                at, w = eta[d, first : min(first + CHUNK, last_rows)], weight[first : first + size]
                chunk(
                    runs.category[r], size, unweighted, own, at, nothing, nothing, w, work, scores, to_own[: own.size]
                )
                for i in range(size):
                    for m in range(3):
                        out[d, m, rater[first + i]] += scores[m, i]
