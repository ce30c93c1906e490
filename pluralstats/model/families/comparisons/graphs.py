"""What families of ordered answers share in PyMC graphs."""

from typing import Any


def drawn_category(above: Any, size: Any) -> Any:
    """Draws of answers in a graph.

    Parameters
    ----------
    above : (..., K - 1) P(y > k) of every category but the highest
    size : of the draws
    """
    import pymc as pm  # takes seconds, and only graphs need it
    import pytensor.tensor as pt  # as above

    return pt.lt(pm.Uniform.dist(0.0, 1.0, size=size)[..., None], above).sum(axis=-1)
