"""The Schur complement S of the terms that are not eliminated, as an operator in units of its diagonal."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import numpy as np

from pluralstats.inference.large import loops as kernels

WORTH_THREADS = 4_000_000  # numbers of C times columns from which both cores are used: a few milliseconds


class Operator(NamedTuple):
    """E = I - S^ for S^ = Delta^-1/2 S Delta^-1/2, Delta the diagonal of S, so that E has a diagonal of zeros.

    With D = R R' of the eliminated levels, E = diag(own) - between + C'C.

    Attributes
    ----------
    pointers, columns : sparse rows of C, as in ``Pattern``
    C : (nnz, c) R^-1 C Delta^-1/2
    own : (n_rest,)
    first, second, between : (m,) places and values of B Delta^-1/2 .. off the diagonal, each for both triangles
    """

    pointers: np.ndarray
    columns: np.ndarray
    C: np.ndarray
    own: np.ndarray
    first: np.ndarray
    second: np.ndarray
    between: np.ndarray

    @property
    def size(self) -> int:
        return self.own.size

    def times(self, x: np.ndarray) -> np.ndarray:
        """E x for x (n_rest, k)."""
        x, out = np.ascontiguousarray(x), np.empty(x.shape)
        if not out.size:
            return out
        kernels.add_beside(self.own, self.first, self.second, self.between, x, out)
        levels, matrix = self.pointers.size - 1, (self.pointers, self.columns, self.C)
        if self.C.size * x.shape[1] < WORTH_THREADS or _cores() == 1:
            kernels.add_through(*matrix, 0, levels, x, out)
            return out
        cuts = np.searchsorted(self.pointers, np.linspace(0, self.columns.size, _cores() + 1)[1:-1])
        ends = [0, *cuts.tolist(), levels]
        parts = [np.zeros(x.shape) for _ in ends[1:]]
        list(_pool().map(lambda i: kernels.add_through(*matrix, ends[i], ends[i + 1], x, parts[i]), range(len(parts))))
        for part in parts:
            out += part
        return out


def _cores() -> int:
    return os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores())
