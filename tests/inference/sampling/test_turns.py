"""Kicks: nodes that integrate what they are made for exactly, and few of them for a posterior that is skewed."""

import numpy as np
import pytest

from pluralstats.inference.sampling.turns import lobatto, nodes_of

ANGLES = np.pi * np.array([0.45, 0.6, 0.75])


@pytest.mark.parametrize(("kicks", "frequencies"), [(2, (1, 3)), (3, (1, 2, 3)), (4, (1, 2, 3, 4))])
def test_trigonometric_polynomials_are_integrated_exactly(kicks, frequencies):
    nodes = nodes_of(kicks, ANGLES)
    for k in frequencies:  # the integrals from 0 to the angle: sin(k t) / k and (1 - cos(k t)) / k
        np.testing.assert_allclose((nodes.share * np.cos(k * nodes.at)).sum(1), np.sin(k * ANGLES) / k, atol=1e-13)
        np.testing.assert_allclose(
            (nodes.share * np.sin(k * nodes.at)).sum(1), (1 - np.cos(k * ANGLES)) / k, atol=1e-13
        )


@pytest.mark.parametrize("kicks", [2, 3, 4])
def test_nodes_of_short_turns_are_those_of_gauss_lobatto(kicks):
    usual = lobatto(kicks)
    for angle, error in ((0.01, 1e-14), (0.25, 2e-3)):  # the second one by Newton's method
        nodes = nodes_of(kicks, np.array([angle]))
        np.testing.assert_allclose(nodes.at[0] / angle, usual.at, atol=error)
        np.testing.assert_allclose(nodes.share[0] / angle, usual.share, atol=error)


def test_panels_make_up_the_turn():
    nodes = nodes_of(9, ANGLES)
    assert (np.diff(nodes.at, axis=1) > 0.0).all()
    np.testing.assert_allclose(nodes.at[:, -1], ANGLES, rtol=1e-14)
    np.testing.assert_allclose((nodes.share * np.cos(nodes.at)).sum(1), np.sin(ANGLES), atol=1e-13)
