"""What a simulation knows and an analysis has to find out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Truth:
    """The parameters that made simulated ratings, on the latent scale (higher = higher rating).

    ``P(y <= k) = F(threshold_k - eta)`` with F the standard normal (probit) or logistic (logit) cdf; for
    ``link="gaussian"`` the rating is Intercept + eta + residual.

    Attributes
    ----------
    link : str
        "probit", "logit" or "gaussian".
    thresholds : dict of str to ndarray, (K - 1,)
        Increasing thresholds per dimension ("all" when there is only one); empty for gaussian.
    coefficients : DataFrame
        dimension, parameter ("gender[male]", "gender[male]:politics[conservative]"), value. Reference levels
        are absent; levels without an effect are present with 0.
    sds : DataFrame
        dimension, term ("rater", "item", "question", "residual"), value: standard deviations.
    random_effects : DataFrame
        dimension, term, group (id as text), value: the effects drawn.
    """

    link: str
    thresholds: dict[str, np.ndarray]
    coefficients: pd.DataFrame
    sds: pd.DataFrame
    random_effects: pd.DataFrame

    def of(self, dimension: str) -> "Truth":
        """The truth about one dimension; the whole truth when the dimensions are not told apart."""
        if dimension not in set(self.sds["dimension"]):
            return self
        tables = (self.coefficients, self.sds, self.random_effects)
        coefficients, sds, random_effects = (
            table[table["dimension"] == dimension].reset_index(drop=True) for table in tables
        )
        thresholds = {name: values for name, values in self.thresholds.items() if name == dimension}
        return Truth(self.link, thresholds, coefficients, sds, random_effects)
