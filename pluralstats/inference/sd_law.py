"""The law of a standard deviation near zero."""

from typing import NamedTuple

import numpy as np


class SdLaw(NamedTuple):
    """The law of a standard deviation that the data hardly determine, tabulated from its profile likelihood.

    ``sd`` (G,) increasing from 0 with the probability ``below`` (G,) of smaller values; ``search`` (G,) the same
    points as the search sees them (gaussian: ratios to the residual sd). ``from_zero`` where the ratings do not
    exclude zero; ``open`` where they set no upper bound and the law was cut.
    """

    sd: np.ndarray
    search: np.ndarray
    below: np.ndarray
    from_zero: bool
    open: bool

    def quantile(self, p: np.ndarray | float) -> np.ndarray:
        return np.interp(p, self.below, self.sd)

    @property
    def spread(self) -> float:
        """The standard deviation of the law, from its quantiles."""
        return float(self.quantile((np.arange(400) + 0.5) / 400.0).std())
