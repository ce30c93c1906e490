"""The iterative factor against dense linear algebra, and its estimates against what they estimate."""

import numpy as np
import pytest

from pluralstats.errors import FitError
from pluralstats.inference.elimination.arrow import build_pattern, factorise
from pluralstats.inference.elimination.roots import pairs_of, root_of
from pluralstats.inference.large.deflation import along
from pluralstats.inference.large.factor import factorise_sparse
from pluralstats.inference.large.pattern import sparse_pattern
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

FORMULAS = [
    "rating ~ 1 + (1 | item) + (1 | rater)",
    "rating ~ 1 + (1 | item) + (1 | rater) + (1 | gender:politics)",
    "rating ~ 1 + (1 + gender + politics | item) + (1 | rater)",  # the term with slopes is eliminated
    "rating ~ 1 + (1 + gender | item) + (1 | rater) + (0 + politics | gender)",  # one with slopes is not
]
MANY = 4_000  # probes whose mean is nearly what it estimates


def made(small, text, probes):
    """The factor, H, the loadings of rows (n, q), and what it was made of."""
    design = build_design(small, parse_formula(text, available_columns(small)), "cumulative", "probit")
    rng = np.random.default_rng(1)
    pattern, weight = sparse_pattern(build_pattern(design), probes, 1), rng.uniform(0.1, 2.0, design.n)
    entries = rng.uniform(0.3, 1.5, len(design.groupings) + len(design.correlations))
    loading = design.Z @ root_of(entries, pairs_of(design))
    rows = np.zeros((design.n, pattern.size))
    for t in range(loading.shape[1]):
        rows[np.arange(design.n), pattern.index[:, t]] += loading[design.fixed.cell, t]
    H = np.eye(pattern.size) + rows.T @ (weight[:, None] * rows)
    return factorise_sparse(pattern, weight, loading), H, rows, weight


@pytest.fixture(params=FORMULAS)
def case(request, small):
    return made(small, request.param, MANY)


def test_solve_and_draw_are_exact(case):
    factor, H, _, _ = case
    b = np.random.default_rng(2).standard_normal((len(H), 3))
    assert factor.solve(b) == pytest.approx(np.linalg.solve(H, b), rel=1e-8, abs=1e-9)
    assert factor.solve(b[:, 0]) == pytest.approx(np.linalg.solve(H, b[:, 0]), rel=1e-8, abs=1e-9)
    root = factor.draw(np.eye(len(H)))
    assert root @ root.T == pytest.approx(np.linalg.inv(H), rel=1e-6, abs=1e-8)


def test_the_determinant_is_within_its_standard_errors(case):
    factor, H, _, _ = case
    away = factor.log_determinant - np.linalg.slogdet(H)[1]
    assert abs(away) < 4.0 * factor.determinant_error + 1e-6
    assert factor.determinant_error < 0.2


def test_entries_of_the_inverse_are_nearly_those_of_the_dense_inverse(case):
    factor, H, rows, _ = case
    inverse = np.linalg.inv(H)
    assert factor.diagonal() == pytest.approx(np.diagonal(inverse), rel=0.02)
    full, touched = rows @ inverse, factor.over_rows()
    for t in range(factor.pattern.index.shape[1]):
        expected = full[np.arange(len(rows)), factor.pattern.index[:, t]]
        assert np.abs(touched[:, t] - expected).max() < 0.06 * np.abs(expected).max()


def test_covariances_of_the_effects_of_one_level_are_nearly_blocks_of_the_dense_inverse(case):
    factor, H, _, _ = case
    inverse = np.linalg.inv(H)
    for block, found in zip(factor.pattern.blocks, factor.level_covariances(), strict=True):
        for level in range(len(found)):
            places = factor.pattern.offsets[block] + level
            expected = inverse[np.ix_(places, places)]
            assert np.abs(found[level] - expected).max() < 0.02 * np.abs(expected).max()


@pytest.mark.parametrize("text", FORMULAS)
def test_the_derivative_of_the_estimate_is_the_one_that_rows_are_given(small, text):
    # whatever the probes and the directions taken out: value and gradient of an estimated likelihood belong together
    factor, _, _, weight = made(small, text, 3)
    pattern, loading, h = factor.pattern, factor.loading, 1e-5
    change = np.random.default_rng(3).standard_normal(weight.size) * weight
    above, below = (factorise_sparse(pattern, weight + s * h * change, loading) for s in (1.0, -1.0))
    for moved in (above, below):
        moved.__dict__["deflation"] = along(moved.E, factor.deflation.U)
    slope = (above.log_determinant - below.log_determinant) / (2.0 * h)
    rows = np.einsum("it,it->i", factor.over_rows(), loading[pattern.cell])
    assert change @ rows == pytest.approx(slope, rel=1e-6, abs=1e-6)
    assert np.einsum("itm,it->i", factor.over_parts(), loading[pattern.cell]) == pytest.approx(rows, rel=1e-9)


@pytest.mark.parametrize(("text", "dense"), [*((text, False) for text in FORMULAS), (FORMULAS[0], True)])
def test_the_root_for_the_sampler_whitens_the_schur_complement_nearly(small, text, dense):
    factor, H, _, weight = made(small, text, 3)
    first = factor.pattern.n_first
    S = H[first:, first:] - H[first:, :first] @ np.linalg.solve(H[:first, :first], H[:first, first:])
    given = factorise(factor.pattern, weight, factor.loading) if dense else factor
    column, step, root, along, stretch = given.ridges()
    Q = np.zeros_like(S)
    for p in range(len(S)):
        for b in range(column[p] + 1):
            Q[p, p - (column[p] - b) * step[p]] = root[p, b]
    white = np.linalg.solve(Q.T, np.eye(len(S)) + along.T @ (stretch[:, None] * along))
    values = np.linalg.eigvalsh(white.T @ S @ white)
    assert np.abs(values - 1.0).max() < 0.45  # eigenvalues of E that are not taken out


def test_a_curvature_that_is_not_positive_definite_is_refused(small):
    factor, _, _, weight = made(small, FORMULAS[0], 3)
    with pytest.raises(FitError, match="not positive definite"):
        factorise_sparse(factor.pattern, -weight, factor.loading)
