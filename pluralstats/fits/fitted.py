"""``Fit``: a fitted rater model, the same whatever the method."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import expect
from pluralstats.fits.asking.request import submodel_settings
from pluralstats.fits.asking.submodels import part_posterior
from pluralstats.fits.datatree import drawn_model, draws_tree
from pluralstats.fits.described import Described
from pluralstats.fits.estimates import parameter_table, random_effect_table
from pluralstats.fits.folder import Parts, write_parts
from pluralstats.fits.roles import Roles, described_columns, roles_of
from pluralstats.fits.scales.one_dimension import seen_on_dimension
from pluralstats.fits.scales.one_scale import ON_SCALE, refuse_on_scale, seen_on
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.inference.posterior.split import split_samples
from pluralstats.inference.standard.designs import Standardised, standardise
from pluralstats.model.design import Design
from pluralstats.model.merging import positions
from pluralstats.model.priors import Priors, prior_table

if TYPE_CHECKING:
    from xarray import DataTree


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Described):
    """A fitted rater model.

    Attributes
    ----------
    ratings : Ratings
    formula, family, link, method, estimator : str
        ``estimator`` is "posterior" for the exact methods, else "ML", "REML" or, with priors, "MAP"; "pooled ML" of
        several completed sets, whose first one ``ratings`` then is.
    parameters : data frame
        ``kind`` (coefficient, threshold, sd, correlation, residual_sd), ``term``, ``parameter``, ``estimate``
        (posterior mean, or the maximum), ``se`` (posterior sd, or standard error), ``lower``, ``upper`` (95%);
        sampled: also ``r_hat``, ``ess_bulk``, ``ess_tail``, ``mcse`` of the mean; where demographics were imputed:
        ``between`` (share of the variance between completed sets) and ``fmi`` (fraction of missing information).
        Latent scale for cumulative and bernoulli, rating points
        for gaussian. A bernoulli model has an intercept where a cumulative one has thresholds.
    random_effects : data frame
        ``term``, ``group``, ``estimate``, ``sd``; sampled: also ``r_hat``, ``ess_bulk``, ``ess_tail``. Higher means
        higher ratings.
    loglik : float
        Maximised marginal log-likelihood by Laplace's method (gaussian: exact, and restricted with ``reml=True``);
        missing where a posterior was sampled.
    problems : tuple of str
        Finished sentences; empty when nothing was found.
    provenance : dict
        Package versions, seed, formula, data hash and settings.
    priors : Priors or None
        None for maximum likelihood, and for a graph that a user changed.
    """

    ratings: Ratings
    formula: str
    family: str
    link: str
    method: str
    estimator: str
    loglik: float
    parameters: pd.DataFrame
    random_effects: pd.DataFrame
    problems: tuple[str, ...]
    provenance: dict[str, Any]
    design: Design
    posterior: LaplacePosterior | DrawnPosterior
    priors: Priors | None = None
    _asked: Ratings | None = None

    def on_scale(self, level: str) -> "Fit":
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
        flat = self.posterior.flat_coefficients, self.posterior.flat_effects
        posterior = DrawnPosterior(seen.samples, self.chains, flat=flat[0], flat_terms=flat[1])
        return replace(self, ratings=seen.ratings, design=seen.design, posterior=posterior, _asked=seen.observed)

    def on_dimension(self, name: str) -> "Fit":
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
        ['gender[male]', 'sd(item)', 'sd(rater)']
        """
        open_ones = {"": (self.flat_coefficients, self.flat_effects)} | {
            part: (one.posterior.flat_coefficients, one.posterior.flat_effects) for part, one in self.part_fits.items()
        }
        seen = seen_on_dimension(self.ratings, self.design, self.samples, open_ones, name)
        posterior = replace(
            _drawn(self), samples=seen.samples, flat=seen.flat, flat_terms=seen.flat_terms, standard=None
        )
        tables = parameter_table(seen.design, posterior), random_effect_table(seen.design, posterior)
        if self.estimator != "posterior":  # the maximum, which draws are only around
            tables = seen.parameters(tables[0], self.parameters), seen.effects(tables[1], self.random_effects)
        formula, settings = str(seen.design.formula), self.provenance["settings"] | submodel_settings(seen.design)
        origin = {"formula": formula, "settings": settings | {"thresholds": None}, "data_hash": seen.ratings.data_hash}
        return replace(
            self,
            ratings=seen.ratings,
            formula=formula,
            loglik=math.nan,
            parameters=tables[0],
            random_effects=tables[1],
            provenance=self.provenance | origin | {"dimension": name, "joint_formula": self.formula},
            design=seen.design,
            posterior=posterior,
        )

    @cached_property
    def by_dimension(self) -> dict[str, "Fit"]:
        """``on_dimension`` of each; the fit itself, under the name "", where there are not several."""
        several = len(self.ratings.dimensions) > 1
        return {name: self.on_dimension(name) for name in self.ratings.dimensions} if several else {"": self}

    @property
    def observed(self) -> Ratings:
        """The ratings that results are held against: those on their scale."""
        return self.ratings if self._asked is None else self._asked

    @property
    def n_ratings(self) -> int:
        return self.design.n

    @property
    def chains(self) -> int:
        """Chains behind the draws; 1 where draws are independent."""
        return self.posterior.chains if isinstance(self.posterior, DrawnPosterior) else 1

    @cached_property
    def standard(self) -> Standardised:
        """The design of eta with measured covariates centred and scaled, and the way back to the units of the data."""
        return standardise(replace(self.design, merged=None, parts=()), mean_of_levels=False)

    @cached_property
    def roles(self) -> Roles:
        """What the random terms and the columns of the formula are about."""
        return roles_of(self.ratings, self.design)

    @property
    def described(self) -> tuple[str, ...]:
        """Columns of the fixed part and of slopes of eta and all submodels, and the one that thresholds differ by."""
        return described_columns(self.design)

    @cached_property
    def part_fits(self) -> dict[str, "Fit"]:
        """For every submodel a fit whose linear predictor is log s ("disc") or a ("stretch")."""
        flat = self.posterior.flat_coefficients, self.posterior.flat_effects
        made = part_posterior(self.design, self.samples, flat, self.chains) if self.design.parts else ()
        return {
            part.name: replace(self, formula=str(part), design=design, posterior=posterior, priors=None)
            for part, (design, posterior) in zip(self.design.parts, made, strict=True)
        }

    @cached_property
    def samples(self) -> Samples:
        """The posterior draws as arrays: those of eta, and of every part apart."""
        return split_samples(self.whole_samples, self.design)

    @cached_property
    def flat_coefficients(self) -> np.ndarray:
        """(p,) bool, coefficients of eta without a finite estimate."""
        return self.posterior.flat_coefficients[: self.design.fixed.X.shape[1]]

    @cached_property
    def flat_effects(self) -> np.ndarray:
        """(T,) bool, groupings of eta with an sd or correlation that the data do not determine."""
        flat = self.posterior.flat_effects
        return flat if self.design.whole.together is None else flat[positions(self.design.whole.together)[0]]

    @cached_property
    def whole_samples(self) -> Samples:
        """The draws of eta and of all parts together; for Laplace made on first use from the seed of the fit."""
        if isinstance(self.posterior, DrawnPosterior):
            return self.posterior.samples
        settings = self.provenance["settings"]
        return self.posterior.draw(settings["draws"], settings["seed"])

    @cached_property
    def draws(self) -> "DataTree":
        """The draws with all groups of ``to_datatree`` that are not large, for arviz.

        Group ``posterior``: ``threshold`` (for bernoulli too: minus the intercept of ``parameters``),
        ``coefficient``, ``sd``, ``correlation`` (of random slopes), ``residual_sd`` (gaussian) and one ``r_<effect>``
        for each random effect (``r_item``, ``r_gender[male] | item``), with level names as coordinates; ``log_prior``
        where there are priors, ``observed_data``, ``constant_data``; of sampled fits ``sample_stats`` and
        ``log_likelihood``. That and ``posterior_predictive`` are left out where ratings times draws exceed 25 million.
        """
        return self.to_datatree()

    def to_datatree(
        self, groups: str | Sequence[str] | None = None, *, draws: int | None = None, seed: int = 1
    ) -> "DataTree":
        """The draws as a DataTree with groups of your choice, made when they are asked for and saved nowhere.

        Parameters
        ----------
        groups : sequence of str, optional
            ``posterior``; ``sample_stats`` of the sampler; ``log_prior`` of all parameters together, up to a constant
            (for ``az.psense``); ``log_likelihood`` of each rating given the effects of the draw (8 bytes a draw);
            ``posterior_predictive``, a rating for each observed one, same rater and item (2 bytes); ``observed_data``;
            ``constant_data``: item, rater, columns of the formula, weight. A row with a frequency weight has the
            log-likelihood of all ratings it stands for, and one replication. Default: those of ``draws``.
        draws : int, optional
            Keep about so many draws in all groups, evenly spaced and equally many of each chain. Default: all.
        seed : int
            Of ``posterior_predictive``.

        Raises
        ------
        ConfigError
            A group that this fit cannot have, or ``draws`` that cannot be meant.

        Examples
        --------
        >>> import pluralstats as ps
        >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
        >>> fit = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", method="laplace")
        >>> dict(fit.to_datatree(["posterior_predictive"], draws=50)["posterior_predictive"].sizes)
        {'chain': 1, 'draw': 50, 'row': 400}
        """
        if self._asked is not None:
            refuse_on_scale("to_datatree")
        model = drawn_model(self.ratings, self.design, self.whole_samples, self.posterior, self.priors)
        return draws_tree(model, groups, draws, seed)

    @property
    def prior_table(self) -> pd.DataFrame:
        """``parameter``, ``prior``: what was assumed before any rating; no rows for maximum likelihood."""
        if self.priors is None:
            return pd.DataFrame({"parameter": [], "prior": []}, dtype="str")
        return prior_table(self.priors, self.design)

    def save(self, folder: str | Path) -> Path:
        """Write ratings, tables (Parquet), draws (netCDF) and a JSON card; all of it or nothing.

        ``ps.load_fit`` reads it back.

        Parameters
        ----------
        folder : path
            Must not exist, or be a fit folder written before, which is replaced.

        Raises
        ------
        ConfigError
            Another folder, a fit folder with files that are not ours, or a place that cannot be written.
        """
        if self._asked is not None:
            refuse_on_scale("save")
        return write_parts(Path(folder), parts(self))


def parts(fit: Fit) -> Parts:
    """A fit taken apart for its folder; a posterior by Laplace's method as draws."""
    return Parts(fit.ratings, fit.design, _drawn(fit), fit.parameters, fit.random_effects, _card(fit))


def _drawn(fit: Fit) -> DrawnPosterior:
    """The posterior as draws, also that of Laplace's method."""
    posterior = fit.posterior
    return posterior if isinstance(posterior, DrawnPosterior) else DrawnPosterior(fit.whole_samples, 1)


def _card(fit: Fit) -> dict[str, Any]:
    """All of a fit that is neither ratings nor table nor draws, as plain values."""
    drawn = _drawn(fit)
    whole = fit.design.whole
    flat = zip(whole.fixed.names, fit.posterior.flat_coefficients.tolist(), strict=True)
    groupings = zip(whole.groupings, fit.posterior.flat_effects.tolist(), strict=True)
    card = {
        "formula": fit.formula,
        "family": fit.family,
        "link": fit.link,
        "method": fit.method,
        "estimator": fit.estimator,
        "loglik": fit.loglik if math.isfinite(fit.loglik) else None,
        "n_ratings": fit.n_ratings,
        "problems": fit.problems,
        "priors": fit.priors.as_dict() if fit.priors else None,
        "chains": drawn.chains,
        "draws": len(drawn.samples.sd),
        "complete": drawn.complete,
        "thinned": drawn.thinned,
        "flat_coefficients": [name for name, is_flat in flat if is_flat],
        "flat_terms": [grouping.name for grouping, is_flat in groupings if is_flat],
        "provenance": fit.provenance,
    }
    return json.loads(json.dumps(card, allow_nan=False, default=lambda number: number.item()))


def refuse_no_fit(fit: object, name: str) -> None:
    """Refuse ratings or anything else that was not fitted; ``name`` is the public function that was given it."""
    expect(fit, Fit, f"`ps.{name}` needs a fit", "Make one with ps.fit(ratings).")
    if isinstance(fit, Fit) and fit._asked is not None and name not in ON_SCALE:
        refuse_on_scale(f"ps.{name}")
