"""When a ratio of two agreements is shown, tested and drawn: only where its denominator is clearly away from 0.

The one rule of the counting indices, of the model, of their tests, sentences and figures (METHODS sections 4 and 11): a
denominator is near 0 when it is at most ``SMALLEST_DENOMINATOR``, or when the central 95% of any distribution that is
known of it (bootstrap, permutation, posterior) begins there. Such a ratio speaks of the noise of its denominator: it
has a fat tail, no mean, and turns its sign where the denominator does. Its two numbers are shown, and no ratio.
"""

import math

import numpy as np

SMALLEST_DENOMINATOR = 0.05  # of an agreement, where 1 is full agreement and 0 chance
TAIL = 0.025  # 95% of a distribution, whatever interval the caller asked for


def near_zero(name: str, estimate: float, **distributions: np.ndarray) -> str:
    """Why there is no ratio to this denominator, as a finished sentence; empty where there is one.

    Parameters
    ----------
    name : str
        Of the denominator, as "C_X".
    estimate : float
        NaN says nothing.
    distributions : (n,) each, by what they are of
        Draws of the denominator, NaN where undefined; empty where there are none.

    Examples
    --------
    >>> near_zero("C_X", 0.3, bootstrap=np.array([0.2, 0.3, 0.4]))
    ''
    >>> near_zero("C_X", 0.06, bootstrap=np.array([0.01, 0.06, 0.1]))
    'No ratio: C_X is 0.060, and 95% of its bootstrap begins at 0.010; a ratio needs it above 0.05.'
    """
    if estimate <= SMALLEST_DENOMINATOR:
        return f"No ratio: {name} is {estimate:.3f}, and a ratio needs it above {SMALLEST_DENOMINATOR:g}."
    for what, values in distributions.items():
        lowest = lower_end(values)
        if lowest <= SMALLEST_DENOMINATOR:
            return (
                f"No ratio: {name} is {estimate:.3f}, and 95% of its {what} begins at {lowest:.3f}; a ratio needs it "
                f"above {SMALLEST_DENOMINATOR:g}."
            )
    return ""


def lower_end(values: np.ndarray) -> float:
    """Where the central 95% of the defined values begin, one of them; NaN where there are none.

    >>> lower_end(np.array([np.nan, 2.0, 1.0]))
    1.0
    """
    ordered = np.sort(values[~np.isnan(values)])
    return float(ordered[max(math.ceil(TAIL * len(ordered) - 1e-9) - 1, 0)]) if len(ordered) else math.nan
