"""What every factorised curvature of random effects answers, dense (``arrow``) or iterative (``large``)."""

from typing import Protocol

import numpy as np

from pluralstats.inference.elimination.arrow import Pattern
from pluralstats.inference.elimination.cliques import Ridges


class Curvature(Protocol):
    """H = I + sum of w l l' over rows; shapes and meaning as in ``arrow.Factor``."""

    @property
    def pattern(self) -> Pattern: ...

    @property
    def loading(self) -> np.ndarray: ...

    @property
    def D(self) -> np.ndarray: ...

    @property
    def C(self) -> np.ndarray: ...

    @property
    def log_determinant(self) -> float: ...

    @property
    def determinant_error(self) -> float: ...

    def solve(self, b: np.ndarray) -> np.ndarray: ...

    def draw(self, noise: np.ndarray) -> np.ndarray: ...

    def over_rows(self) -> np.ndarray: ...

    def over_parts(self) -> np.ndarray: ...

    def diagonal(self) -> np.ndarray: ...

    def level_covariances(self) -> list[np.ndarray]: ...

    def ridges(self) -> Ridges: ...
