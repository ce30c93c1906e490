"""The joint prior of coefficients in a PyMC graph: PyMC's own multivariate student_t, once for each part."""

from typing import Any

import numpy as np


def joint_coefficients(name: str, spread: np.ndarray, starts: np.ndarray, df: Any, dim: str) -> Any:
    """Coefficients b = spread e (p,), of which entries ``starts[g]`` to ``starts[g + 1]`` of e are a student_t.

    Parameters
    ----------
    spread : (p, p) array
    starts : (G + 1,) integers
    """
    import pymc as pm
    import pytensor.tensor as pt

    root, volume = np.linalg.inv(spread), np.linalg.slogdet(spread)[1]
    bounds = list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))

    def part(size: int, df: Any) -> Any:
        return pm.MvStudentT.dist(nu=df, mu=np.zeros(size), chol=np.eye(size))

    def log_density(value: Any, df: Any) -> Any:
        e = pt.dot(root, value)
        return pt.add(*(pm.logp(part(v - u, df), e[u:v]) for u, v in bounds), -volume)

    def draw(df: Any, size: Any) -> Any:
        del size  # the coefficients of one model
        return pt.dot(spread, pt.concatenate([part(v - u, df) for u, v in bounds]))

    return pm.CustomDist(name, df, logp=log_density, dist=draw, signature="()->(p)", dims=dim)
