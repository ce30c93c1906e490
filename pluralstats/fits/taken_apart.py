"""A fit taken apart: its draws by submodel, its model on one scale or on one dimension."""

import math
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.fits.asking.request import submodel_settings
from pluralstats.fits.asking.submodels import part_posterior
from pluralstats.fits.described import Described
from pluralstats.fits.estimates import parameter_table, random_effect_table
from pluralstats.fits.scales.one_dimension import priors_of_one, seen_on_dimension
from pluralstats.fits.scales.one_scale import refuse_on_scale, seen_on
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.inference.posterior.split import known_curves, split_samples
from pluralstats.model.merging import positions
from pluralstats.model.priors import Priors


class TakenApart(Described):
    """What a fit says of a part of its model, as draws or as a fit."""

    random_effects: pd.DataFrame
    priors: Priors | None
    _asked: Ratings | None

    def _changed(self, **fields: Any) -> Self:
        """The same fit with other fields."""
        return replace(self, **fields)  # type: ignore[type-var]  # every fit is a dataclass

    def on_scale(self, level: str) -> Self:
        """The same model with results on the scale of one wave, dimension or other group of thresholds.

        Effects of people and items are those of all ratings; thresholds, answers and points are those of ``level``, and
        observed means and shares its ratings'. For results that ask what people would answer, ``ps.effects``,
        ``ps.predict`` and the like; what judges the model, such as ``ps.loo``, needs the fit itself.

        Parameters
        ----------
        level : str
            Of the column in ``thresholds=``: "2" for the scale of wave 2.

        Raises
        ------
        ConfigError
            The thresholds of the fit do not differ, or there is no such level.

        Examples
        --------
        >>> import numpy as np, pluralstats as ps
        >>> made = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
        >>> wave = np.where(np.arange(400) % 2, "1", "2")
        >>> answer = np.where(wave == "1", made.frame["rating"] + 1, np.minimum(made.frame["rating"], 2) + 1)
        >>> frame = made.frame.assign(wave=wave, rating=answer)
        >>> ratings = ps.Ratings(frame, {"wave": {"1": (1, 5), "2": (1, 3)}}, ["gender"])
        >>> fit = ps.fit(ratings, thresholds="wave", method="laplace")
        >>> [name for name in ps.predict(fit.on_scale("2"), frame.head(1)[["item", "gender"]]) if name.startswith("p_")]
        ['p_1', 'p_2', 'p_3']
        """
        if self._asked is not None:
            refuse_on_scale("on_scale")
        seen = seen_on(self.ratings, self.design, self.samples, level)
        flat, flat_terms = self.whole_flat
        posterior = DrawnPosterior(seen.samples, self.chains, flat=flat, flat_terms=flat_terms)
        return self._changed(ratings=seen.ratings, design=seen.design, posterior=posterior, _asked=seen.observed)

    def on_dimension(self, name: str) -> Self:
        """One dimension of a fit of several as a fit of its own: its ratings, its draws, a formula without the column.

        Everything that takes a fit takes it. What the other dimensions said of raters and items stays in the draws;
        correlations between dimensions, and the log-likelihood of all, are the joint fit's.

        Parameters
        ----------
        name : str
            A dimension.

        Raises
        ------
        ConfigError
            There is no such dimension, or the fit has no thresholds by dimension.

        Examples
        --------
        >>> import pluralstats as ps
        >>> both = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, dimensions=["hate", "harm"], seed=1)
        >>> fit = ps.fit(both, method="laplace", on_problem="ignore")
        >>> fit.on_dimension("harm").parameters["parameter"].tolist()[-3:]
        ['gender[male]', 'sd(rater)', 'sd(item)']
        """
        open_ones = {"": (self.flat_coefficients, self.flat_effects)} | {
            part: (one.posterior.flat_coefficients, one.posterior.flat_effects) for part, one in self.part_fits.items()
        }
        seen = seen_on_dimension(self.ratings, self.design, self.samples, open_ones, name)
        posterior = replace(self.drawn, samples=seen.samples, flat=seen.flat, flat_terms=seen.flat_terms, standard=None)
        tables = parameter_table(seen.design, posterior), random_effect_table(seen.design, posterior)
        if self.estimator != "posterior":  # the maximum, which draws are only around
            tables = seen.parameters(tables[0], self.parameters), seen.effects(tables[1], self.random_effects)
        formula, settings = str(seen.design.formula), self.provenance["settings"] | submodel_settings(seen.design)
        origin = {"formula": formula, "settings": settings | {"thresholds": None}, "data_hash": seen.ratings.data_hash}
        return self._changed(
            ratings=seen.ratings,
            formula=formula,
            loglik=math.nan,
            parameters=tables[0],
            random_effects=tables[1],
            provenance=self.provenance | origin | {"dimension": name, "joint_formula": self.formula},
            design=seen.design,
            posterior=posterior,
            priors=priors_of_one(self.priors, name, seen.design),
        )

    @cached_property
    def by_dimension(self) -> dict[str, Self]:
        """``on_dimension`` of each; the fit itself, under the name "", where there are not several."""
        several = len(self.ratings.dimensions) > 1
        return {name: self.on_dimension(name) for name in self.ratings.dimensions} if several else {"": self}

    @property
    def observed(self) -> Ratings:
        """The ratings that results are held against: those on their scale."""
        return self.ratings if self._asked is None else self._asked

    @property
    def chains(self) -> int:
        """Chains behind the draws; 1 where draws are independent."""
        return self.posterior.chains if isinstance(self.posterior, DrawnPosterior) else 1

    @property
    def drawn(self) -> DrawnPosterior:
        """The posterior as draws, also that of Laplace's method."""
        return (
            self.posterior if isinstance(self.posterior, DrawnPosterior) else DrawnPosterior(self.estimated_samples, 1)
        )

    @cached_property
    def part_fits(self) -> dict[str, Self]:
        """For every submodel a fit whose linear predictor is log s ("disc") or a ("stretch")."""
        made = part_posterior(self.design, self.samples, self.whole_flat, self.chains) if self.design.parts else ()
        return {
            part.name: self._changed(formula=str(part), design=design, posterior=posterior, priors=None)
            for part, (design, posterior) in zip(self.design.parts, made, strict=True)
        }

    @cached_property
    def samples(self) -> Samples:
        """The posterior draws as arrays: those of eta, and of every part apart."""
        return split_samples(self.whole_samples, self.design)

    @cached_property
    def flat_coefficients(self) -> np.ndarray:
        """(p,) bool, coefficients of eta without a finite estimate."""
        return self.whole_flat[0][: self.design.fixed.X.shape[1]]

    @cached_property
    def flat_effects(self) -> np.ndarray:
        """(T,) bool, groupings of eta with an sd or correlation that the data do not determine."""
        flat = self.whole_flat[1]
        return flat if self.design.whole.together is None else flat[positions(self.design.whole.together)[0]]

    @cached_property
    def whole_samples(self) -> Samples:
        """The draws of eta and of all parts together, the coefficients of smooth curves among those of columns."""
        return known_curves(self.estimated_samples, self.design)

    @cached_property
    def whole_flat(self) -> tuple[np.ndarray, np.ndarray]:
        """(p,), (T,) bool, coefficients and groupings of ``Design.whole`` that the data leave open."""
        flat, at = (self.posterior.flat_coefficients, self.posterior.flat_effects), self.design.with_smooths
        if at is None or flat[0].size == self.design.whole.fixed.X.shape[1]:
            return flat
        names = [name for name, is_flat in zip(at.fixed.names, flat[0], strict=True) if is_flat]
        return np.isin(self.design.whole.fixed.names, names), flat[1][: len(self.design.whole.groupings)]

    @cached_property
    def estimated_samples(self) -> Samples:
        """The draws of ``Design.estimated``; for Laplace made on first use from the seed of the fit."""
        if isinstance(self.posterior, DrawnPosterior):
            return self.posterior.samples
        settings = self.provenance["settings"]
        return self.posterior.draw(settings["draws"], settings["seed"])
