"""The plane of two effects: better is up and right, and regions hold what they say."""

import numpy as np
import pandas as pd
import pytest
import training_tables
from matplotlib.path import Path
from pluralstats.figures.training.plane import outline

from pluralstats import figures
from pluralstats.errors import ConfigError


def test_less_is_better_turns_the_axis_so_that_better_is_right():
    ax = figures.trade_off(training_tables.trade_offs())
    assert ax.xaxis_inverted()
    assert not ax.yaxis_inverted()
    assert ax.get_xlabel() == "toxicity less base, less is better →"
    assert not figures.trade_off(training_tables.trade_offs(better_x="up")).xaxis_inverted()


def test_the_region_of_effects_without_correlation_ends_at_the_quantile_of_chi_squared():
    row = pd.Series({"x": 1.0, "y": 0.0, "sd_x": 1.0, "sd_y": 2.0, "correlation": 0.0})
    assert outline(row, 0.95).max(axis=0) == pytest.approx([1.0 + 5.991**0.5, 2 * 5.991**0.5], abs=1e-3)


def test_the_region_of_two_effects_holds_as_many_draws_as_it_says():
    row = pd.Series({"x": 1.0, "y": -2.0, "sd_x": 0.5, "sd_y": 2.0, "correlation": 0.7})
    root = np.linalg.cholesky([[0.25, 0.7], [0.7, 4.0]])
    draws = [1.0, -2.0] + np.random.default_rng(1).standard_normal((20_000, 2)) @ root.T

    inside = Path(outline(row, 0.9)).contains_points(draws).mean()
    assert inside == pytest.approx(0.9, abs=0.01)  # standard error 0.002; a polygon of 100 corners loses 0.001


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.trade_off(training_tables.trade_offs(better_x="left")),
         "`better_x` and `better_y` are 'up' or 'down'; found 'left', 'up'."),
        (lambda: figures.trade_off(training_tables.trade_offs().assign(dimension_x=["a", "b", "a", "b"])),
         "`trade_off` draws one plane, but `dimension_x` has a, b. Filter the table."),
    ],
)  # fmt: skip
def test_errors_say_what_was_expected_and_found(call, message):
    with pytest.raises(ConfigError) as caught:
        call()
    assert message in str(caught.value)
