"""Block elimination against dense linear algebra."""

import numpy as np
import pytest

from pluralstats.inference.arrow import build_pattern, factorise
from pluralstats.model.design import available_columns, build_design
from pluralstats.model.formula import parse_formula

FORMULAS = [
    "rating ~ 1 + (1 | rater)",
    "rating ~ 1 + (1 | item) + (1 | rater)",
    "rating ~ 1 + (1 | item) + (1 | rater) + (1 | gender:politics)",
]


@pytest.fixture(params=FORMULAS)
def case(request, small):
    design = build_design(small, parse_formula(request.param, available_columns(small)), "cumulative", "probit")
    rng = np.random.default_rng(1)
    pattern, weight = build_pattern(design), rng.uniform(0.1, 2.0, design.n)
    sd = rng.uniform(0.3, 1.5, len(design.groupings))
    Z = np.zeros((design.n, pattern.size))
    for t in range(sd.size):
        Z[np.arange(design.n), pattern.index[:, t]] = 1.0
    ZS = Z * pattern.spread(sd)
    H = np.eye(pattern.size) + ZS.T @ (weight[:, None] * ZS)
    return factorise(pattern, weight, sd), H, Z, ZS, pattern


def test_solve_and_determinant_are_those_of_the_dense_matrix(case):
    factor, H, _, _, _ = case
    b = np.random.default_rng(2).standard_normal((len(H), 3))
    assert factor.solve(b) == pytest.approx(np.linalg.solve(H, b), rel=1e-9, abs=1e-12)
    assert factor.solve(b[:, 0]) == pytest.approx(np.linalg.solve(H, b[:, 0]), rel=1e-9, abs=1e-12)
    assert factor.log_determinant == pytest.approx(np.linalg.slogdet(H)[1], rel=1e-12)


def test_entries_of_the_inverse_are_those_of_the_dense_inverse(case):
    factor, H, Z, ZS, pattern = case
    inverse = np.linalg.inv(H)
    assert factor.diagonal() == pytest.approx(np.diagonal(inverse), rel=1e-9)
    touched = factor.over_rows()
    full = ZS @ inverse
    for t in range(pattern.index.shape[1]):
        expected = full[np.arange(len(Z)), pattern.index[:, t]]
        assert touched[:, t] == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_drawing_is_a_square_root_of_the_inverse(case):
    factor, H, _, _, _ = case
    root = factor.draw(np.eye(len(H)))
    assert root @ root.T == pytest.approx(np.linalg.inv(H), rel=1e-8, abs=1e-11)
