"""Vectorised exp, normal tails and logs against scipy and exact identities."""

import math

import numpy as np
import pytest
from scipy.special import erfcx, log_ndtr

from pluralstats.model.families.vector_math import (
    FARTHEST,
    density_and_tail,
    exponential,
    exponential_less_one,
    sum_of_logs,
)


def test_exponential_is_within_two_units_in_the_last_place():
    for x in np.concatenate([np.linspace(-700, 700, 1403), np.linspace(-1, 1, 401)]):
        assert abs(exponential(x) / math.exp(x) - 1.0) < 5e-16


def test_exponential_less_one_keeps_its_digits_near_zero():
    near = np.geomspace(1e-300, 0.5, 400)
    for x in np.concatenate([np.linspace(-700, 700, 1403), np.linspace(-2, 2, 801), near, -near]):
        assert exponential_less_one(x) == pytest.approx(math.expm1(x), rel=8e-16)


def test_tails_keep_twelve_digits_as_far_as_doubles_go():
    # Q(x) = phi(x) R(x); Mills' ratio R by scipy's scaled complementary error function, density by math.exp
    for x in np.linspace(0.0, FARTHEST - 1.5, 2001):
        density, tail = density_and_tail(x)
        exact = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
        mills = math.sqrt(0.5 * math.pi) * erfcx(x / math.sqrt(2.0))
        assert density == pytest.approx(exact, rel=1e-15)
        assert tail == pytest.approx(exact * mills, rel=1e-13)


def test_both_signs_have_the_same_tail_and_beyond_the_farthest_nothing_overflows():
    assert density_and_tail(-2.5) == density_and_tail(2.5)
    assert np.log(density_and_tail(-5.0)[1]) == pytest.approx(log_ndtr(-5.0), rel=1e-13)
    assert all(0.0 <= value < 1e-290 for value in density_and_tail(1e6))


def test_logs_of_many_tiny_numbers_are_summed_without_underflow():
    p = np.geomspace(1e-300, 1.0, 500)
    assert sum_of_logs(p, 500) == pytest.approx(math.fsum(map(math.log, p)), rel=1e-14)
    assert sum_of_logs(p, 3) == pytest.approx(math.fsum(map(math.log, p[:3])), rel=1e-14)
