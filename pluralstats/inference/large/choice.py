"""Dense or iterative: chosen once for a design, by the number of effects beside the largest term."""

from dataclasses import replace

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination.arrow import Pattern, build_pattern, factorise
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.large.factor import factorise_sparse
from pluralstats.inference.large.pattern import SparsePattern, sparse_pattern
from pluralstats.inference.large.solver import Solver
from pluralstats.model.design import Design

DENSE_UP_TO = 3_000  # effects of all terms but the largest that have a dense Schur complement unless asked otherwise
LARGEST_DENSE = 12_000  # 1.2 GB
PILOT = 8  # probes that tell how many are needed, and the fewest
MOST_PROBES = 256


def curvature_pattern(design: Design, solver: Solver) -> Pattern:
    """The elimination pattern of a design; a ``SparsePattern`` where its factor is to be iterative.

    Raises
    ------
    FitError
        A dense factor was asked for, and does not fit in memory.
    """
    pattern = build_pattern(design)
    if solver.kind == "dense" and pattern.n_rest > LARGEST_DENSE:
        raise FitError(
            f"All random terms but the largest have {pattern.n_rest:,} effects together, and at most {LARGEST_DENSE:,} "
            f"have a dense factor ({8e-9 * pattern.n_rest**2:.1f} GB here). Use ps.Solver(kind='iterative'), or drop a "
            "random term."
        )
    iterative = solver.kind == "iterative" or (solver.kind == "auto" and pattern.n_rest > DENSE_UP_TO)
    if not iterative or pattern.n_rest == 0:
        return pattern
    probes = solver.probes or _probes(sparse_pattern(pattern, PILOT, solver.seed), design, solver.tolerance)
    return sparse_pattern(pattern, probes, solver.seed)


def _probes(pilot: SparsePattern, design: Design, tolerance: float) -> int:
    """How many probes give the log-likelihood the wanted standard error: by a pilot where every sd is that of the noise,
    so that effects are known better, and their curvature is further from diagonal, than in most data."""
    error = 0.5 * factorise_sparse(pilot, design.weight, design.Z).determinant_error
    return int(np.clip(np.ceil(PILOT * (error / tolerance) ** 2), PILOT, MOST_PROBES))


def factor_of(pattern: Pattern, weight: np.ndarray, loading: np.ndarray) -> Curvature:
    """The factor that the pattern was chosen for; arguments and errors as those of ``arrow.factorise``."""
    sparse = isinstance(pattern, SparsePattern)
    return factorise_sparse(pattern, weight, loading) if sparse else factorise(pattern, weight, loading)


def other_probes(pattern: SparsePattern, probes: np.ndarray) -> SparsePattern:
    """The pattern with other probes (n_rest, P)."""
    return replace(pattern, probes=probes)
