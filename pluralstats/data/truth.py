"""What a simulation knows and an analysis has to find out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pluralstats.errors import listed
from pluralstats.printing.cards import Card, Shown


@dataclass(frozen=True, repr=False)
class Truth(Shown):
    """The parameters that made simulated ratings, on the latent scale (higher = higher rating).

    ``P(y <= k) = F((c + e^a (threshold_k - c) - eta) / s)`` with F the standard normal (probit) or logistic (logit)
    cdf, s = 1 and a = 0 where no ``disc`` and ``stretch`` were simulated; for the gaussian family the rating is
    Intercept + eta + s residual, for a slider ``ps.simulate`` says it.

    Attributes
    ----------
    family, link : str
        "cumulative" with "probit" or "logit", "gaussian" with "identity", or "ordered_beta" with "logit".
    thresholds : dict of str to ndarray, (K - 1,)
        Increasing thresholds per dimension ("all" when there is only one), of a slider its two cutpoints; empty for
        gaussian.
    coefficients : DataFrame
        dimension, parameter ("gender[male]", "gender[male]:politics[conservative]"), value. Reference levels
        are absent; levels without an effect are present with 0. "disc: gender[male]" are differences of log s,
        "stretch: gender[male]" of a.
    sds : DataFrame
        dimension, term ("rater", "item", "question", "residual", "gender:race", "gender[male] | item", "disc: rater",
        "stretch: rater"), value: standard deviations.
    random_effects : DataFrame
        dimension, term, group (id as text, "male:Black"), value: the effects drawn.
    correlations : DataFrame
        dimension, parameter ("cor(Intercept, gender[male] | item)"), value: of an item's effects; no rows without
        ``item_slopes``.
    centres : dict of str to float
        Where a ``stretch`` was simulated: c per dimension, the mean of the thresholds of the ratings as they were
        given. Ratings on a coarser scale keep it, and a fit of them, whose centre is the mean of fewer thresholds,
        has part of the stretch in its severities.
    precisions : dict of str to float
        Of sliders: the precision of the beta distribution per dimension.
    """

    family: str
    link: str
    thresholds: dict[str, np.ndarray]
    coefficients: pd.DataFrame
    sds: pd.DataFrame
    random_effects: pd.DataFrame
    correlations: pd.DataFrame = field(default_factory=lambda: _tidy({}, "parameter", ()))
    centres: dict[str, float] = field(default_factory=dict)
    precisions: dict[str, float] = field(default_factory=dict)

    def _card(self) -> Card:
        sds = [f"{row.term} {row.value:.2f}" for row in self.sds.itertuples()]
        effects = [f"{row.parameter} {row.value:+.2f}" for row in self.coefficients.itertuples()]
        facts = [(name, listed(texts)) for name, texts in (("coefficients", effects), ("sds", sds)) if texts]
        return Card(f"Truth of simulated ratings: {self.family}, {self.link} link", facts)

    def of(self, dimension: str) -> "Truth":
        """The truth about one dimension; the whole truth when the dimensions are not told apart."""
        if dimension not in set(self.sds["dimension"]):
            return self

        def own(table: pd.DataFrame) -> pd.DataFrame:
            return table[table["dimension"] == dimension].reset_index(drop=True)

        return replace(
            self,
            thresholds={name: values for name, values in self.thresholds.items() if name == dimension},
            coefficients=own(self.coefficients),
            sds=own(self.sds),
            random_effects=own(self.random_effects),
            correlations=own(self.correlations),
            centres={name: value for name, value in self.centres.items() if name == dimension},
            precisions={name: value for name, value in self.precisions.items() if name == dimension},
        )

    def collapsed(self, codes: Mapping[str, np.ndarray]) -> "Truth":
        """The truth on coarser scales, (K,) new codes by level: the thresholds that still separate two answers.

        The level "" stands for all thresholds; those of which no codes are known are left out.
        """
        kept = {name: codes.get(name, codes.get("")) for name in self.thresholds}
        thresholds = {name: self.thresholds[name][np.diff(new) > 0] for name, new in kept.items() if new is not None}
        return replace(self, thresholds=thresholds)


def truth_of(
    family: str,
    link: str,
    thresholds: Mapping[str, np.ndarray],
    coefficients: Mapping[str, np.ndarray],
    sds: Mapping[str, np.ndarray],
    random_effects: Mapping[str, pd.DataFrame],
    correlations: Mapping[str, float],
    dimensions: Sequence[str],
    centres: Mapping[str, float],
) -> Truth:
    """Truth from a number per dimension, (D,), for each parameter, and (groups, D) effects per term.

    ``correlations`` are the same on every dimension.
    """
    drawn = [
        pd.DataFrame({"dimension": dimension, "term": term, "group": effect.index, "value": effect.iloc[:, i]})
        for i, dimension in enumerate(dimensions)
        for term, effect in random_effects.items()
    ]
    return Truth(
        family,
        link,
        dict(thresholds),
        _tidy(coefficients, "parameter", dimensions),
        _tidy(sds, "term", dimensions),
        pd.concat(drawn, ignore_index=True),
        _tidy({name: np.full(len(dimensions), value) for name, value in correlations.items()}, "parameter", dimensions),
        dict(centres),
    )


def _tidy(values: Mapping[str, np.ndarray], name: str, dimensions: Sequence[str]) -> pd.DataFrame:
    rows = [
        (dimension, key, float(value[i])) for i, dimension in enumerate(dimensions) for key, value in values.items()
    ]
    return pd.DataFrame(rows, columns=["dimension", name, "value"])
