"""Colours of the house style."""

import numpy as np
from pluralstats.figures import style


def test_greyscale_tells_every_category_of_a_ramp_from_its_neighbours():
    for kind in style.RAMPS:
        for n in (2, 3, 5, 7):
            shades = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in map(rgb, style.ramp(n, kind))]
            assert np.abs(np.diff(shades)).min() > 0.04
            assert abs(shades[0] - shades[-1]) > 0.2


def rgb(colour):
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def test_ink_is_read_on_light_and_on_dark_colours():
    assert style.ink_on("#0a3565") == "white"
    assert style.ink_on("#e2e2e2") == style.INK
