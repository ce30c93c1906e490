"""The Schur complement S of the terms that are not eliminated, as an operator in units of its diagonal blocks."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination import cliques as of_cliques
from pluralstats.inference.elimination.cliques import Cliques
from pluralstats.inference.large import loops as kernels
from pluralstats.inference.large.pattern import Pairs

WORTH_THREADS = 4_000_000  # numbers of C times columns from which both cores are used: a few milliseconds


class Operator(NamedTuple):
    """E = I - Q^-1 S Q'^-1, Q Q' the blocks of S for each level of a term, so that these blocks of E are zero.

    With D = R R' of the eliminated levels, E = own - between + C'C.

    Attributes
    ----------
    pointers, columns : sparse rows of C, as in ``Pattern``
    C : (nnz, c) R^-1 C Q'^-1
    cliques, root : which effects are a block, and Q (n_rest, w)
    own : (n_rest, w) minus the blocks of C'C
    pairs, between : (m,) places and values of Q^-1 B Q'^-1 off the blocks, each for both triangles
    """

    pointers: np.ndarray
    columns: np.ndarray
    C: np.ndarray
    cliques: Cliques
    root: np.ndarray
    own: np.ndarray
    pairs: Pairs
    between: np.ndarray

    @property
    def size(self) -> int:
        return len(self.own)

    def times(self, x: np.ndarray) -> np.ndarray:
        """E x for x (n_rest, k)."""
        x, out = np.ascontiguousarray(x), np.empty(x.shape)
        if not out.size:
            return out
        kernels.add_beside(*self.cliques, self.own, self.pairs.first, self.pairs.second, self.between, x, out)
        levels, matrix = self.pointers.size - 1, (self.pointers, self.columns, self.C)
        if self.C.size * x.shape[1] < WORTH_THREADS or _cores() == 1:
            kernels.add_through(*matrix, 0, levels, x, out)
            return out
        cuts = np.searchsorted(self.pointers, np.linspace(0, self.columns.size, _cores() + 1)[1:-1])
        ends = [0, *cuts.tolist(), levels]
        parts = [np.zeros(x.shape) for _ in ends[1:]]
        with ThreadPoolExecutor(_cores()) as pool:  # one that is kept would be lost in a forked process
            list(pool.map(lambda i: kernels.add_through(*matrix, ends[i], ends[i + 1], x, parts[i]), range(len(parts))))
        for part in parts:
            out += part
        return out

    def divided(self, x: np.ndarray, transposed: bool = False) -> None:
        """x (n_rest, k) becomes Q^-1 x, or Q'^-1 x."""
        (of_cliques.solve_blocks_transposed if transposed else of_cliques.solve_blocks)(*self.cliques, self.root, x)


def _cores() -> int:
    return os.cpu_count() or 1
