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

DENSE_UP_TO = 1_500  # effects of all terms but the largest that have a dense factor anyway
LARGEST_DENSE = 12_000  # 1.2 GB
PILOT = 8  # probes that tell how many are needed, and the fewest
FEW, MOST = 64, 512  # probes up to which iterations are chosen where a dense factor fits, and at all


def curvature_pattern(design: Design, solver: Solver) -> Pattern:
    """The elimination pattern of a design; a ``SparsePattern`` where its factor is to be iterative.

    Raises
    ------
    FitError
        No solver that may be used can do it, in memory or with the wanted error.
    """
    pattern = build_pattern(design)
    if pattern.n_rest == 0 or solver.kind == "dense" or (solver.kind == "auto" and pattern.n_rest <= DENSE_UP_TO):
        return _dense(pattern)
    probes = solver.probes or _probes(sparse_pattern(pattern, PILOT, solver.seed), design, solver.tolerance)
    if solver.kind == "auto" and pattern.n_rest <= LARGEST_DENSE and probes > FEW:
        return pattern
    if solver.probes is None and probes > MOST:
        raise FitError(
            f"All random terms but the largest have {pattern.n_rest:,} effects together, and many of them can hardly "
            f"be told apart: a log-likelihood known to {solver.tolerance:g} would take {probes:,} probes. "
            "Drop one of the terms that overlap, write (1 + x || item) for (1 + x | item), or accept a larger error: "
            f"solver=ps.Solver(tolerance={solver.tolerance * (probes / FEW) ** 0.5:.2g})."
        )
    return sparse_pattern(pattern, probes, solver.seed)


def _dense(pattern: Pattern) -> Pattern:
    """The pattern, if a dense factor of it fits in memory."""
    if pattern.n_rest <= LARGEST_DENSE:
        return pattern
    raise FitError(
        f"All random terms but the largest have {pattern.n_rest:,} effects together, and at most {LARGEST_DENSE:,} "
        f"have a dense factor (it would take {2.5 * 8e-9 * pattern.n_rest**2:.1f} GB here). Use "
        "ps.Solver(kind='iterative'), or drop a random term."
    )


def _probes(pilot: SparsePattern, design: Design, tolerance: float) -> int:
    """How many probes give the log-likelihood the wanted standard error, by a pilot where every sd is that of the
    noise: effects are known better then, and their curvature is further from diagonal, than in most data."""
    error = 0.5 * factorise_sparse(pilot, design.weight, design.Z).determinant_error
    return max(int(np.ceil(PILOT * (error / tolerance) ** 2)), PILOT)


def factor_of(pattern: Pattern, weight: np.ndarray, loading: np.ndarray) -> Curvature:
    """The factor that the pattern was chosen for; arguments and errors as those of ``arrow.factorise``."""
    if isinstance(pattern, SparsePattern):
        return factorise_sparse(pattern, weight, loading)
    return factorise(pattern, weight, loading)


def other_probes(pattern: SparsePattern, probes: np.ndarray) -> SparsePattern:
    """The pattern with other probes (n_rest, P)."""
    return replace(pattern, probes=probes)
