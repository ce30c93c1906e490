"""Block elimination against dense linear algebra."""

import numpy as np
import pytest

from pluralstats.inference.elimination.arrow import build_pattern, factorise
from pluralstats.inference.elimination.roots import pairs_of, root_of
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

FORMULAS = [
    "rating ~ 1 + (1 | rater)",
    "rating ~ 1 + (1 | item) + (1 | rater)",
    "rating ~ 1 + (1 | item) + (1 | rater) + (1 | gender:politics)",
    "rating ~ 1 + (1 + gender + politics | item) + (1 | rater)",  # the term with slopes is eliminated
    "rating ~ 1 + (1 + gender | item) + (1 | rater) + (0 + politics | gender)",  # one with slopes is not
]


@pytest.fixture(params=FORMULAS)
def case(request, small):
    design = build_design(small, parse_formula(request.param, available_columns(small)), "cumulative", "probit")
    rng = np.random.default_rng(1)
    pattern, weight = build_pattern(design), rng.uniform(0.1, 2.0, design.n)
    entries = rng.uniform(0.3, 1.5, len(design.groupings) + len(design.correlations))
    loading = design.Z @ root_of(entries, pairs_of(design))
    rows = np.zeros((design.n, pattern.size))
    for t in range(loading.shape[1]):
        rows[np.arange(design.n), pattern.index[:, t]] += loading[design.fixed.cell, t]
    H = np.eye(pattern.size) + rows.T @ (weight[:, None] * rows)
    return factorise(pattern, weight, loading), H, rows, pattern


def test_solve_and_determinant_are_those_of_the_dense_matrix(case):
    factor, H, _, _ = case
    b = np.random.default_rng(2).standard_normal((len(H), 3))
    assert factor.solve(b) == pytest.approx(np.linalg.solve(H, b), rel=1e-9, abs=1e-12)
    assert factor.solve(b[:, 0]) == pytest.approx(np.linalg.solve(H, b[:, 0]), rel=1e-9, abs=1e-12)
    assert factor.log_determinant == pytest.approx(np.linalg.slogdet(H)[1], rel=1e-12)


def test_entries_of_the_inverse_are_those_of_the_dense_inverse(case):
    factor, H, rows, pattern = case
    inverse = np.linalg.inv(H)
    assert factor.diagonal() == pytest.approx(np.diagonal(inverse), rel=1e-9)
    touched = factor.over_rows()
    full = rows @ inverse
    for t in range(pattern.index.shape[1]):
        expected = full[np.arange(len(rows)), pattern.index[:, t]]
        assert touched[:, t] == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_covariances_of_the_effects_of_one_level_are_blocks_of_the_dense_inverse(case):
    factor, H, _, pattern = case
    inverse = np.linalg.inv(H)
    for block, found in zip(pattern.blocks, factor.level_covariances(), strict=True):
        starts = pattern.offsets[block]
        for level in range(len(found)):
            places = starts + level
            assert found[level] == pytest.approx(inverse[np.ix_(places, places)], rel=1e-8, abs=1e-12)


def test_drawing_is_a_square_root_of_the_inverse(case):
    factor, H, _, _ = case
    root = factor.draw(np.eye(len(H)))
    assert root @ root.T == pytest.approx(np.linalg.inv(H), rel=1e-8, abs=1e-11)
