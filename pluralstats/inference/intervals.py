"""What every posterior says of its parameters."""

from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """Estimate, standard error and interval ends, each (P,)."""

    estimate: np.ndarray
    se: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
