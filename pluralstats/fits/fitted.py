"""``Fit``: a fitted rater model, the same whatever the method."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import expect
from pluralstats.fits.datatree import drawn_model, draws_tree
from pluralstats.fits.folder import Parts, write_parts
from pluralstats.fits.roles import Roles, described_columns, roles_of
from pluralstats.fits.scales.one_scale import ON_SCALE, refuse_on_scale
from pluralstats.fits.taken_apart import TakenApart
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.standard.designs import Standardised, standardise
from pluralstats.model.design import Design
from pluralstats.model.prior_tables import prior_table
from pluralstats.model.priors import Priors

if TYPE_CHECKING:
    from xarray import DataTree


@dataclass(frozen=True, eq=False, repr=False)
class Fit(TakenApart):
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

    @property
    def n_ratings(self) -> int:
        return self.design.n

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
        model = drawn_model(self.ratings, self.design, self.estimated_samples, self.posterior, self.priors)
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
    return Parts(fit.ratings, fit.design, fit.drawn, fit.parameters, fit.random_effects, _card(fit))


def _card(fit: Fit) -> dict[str, Any]:
    """All of a fit that is neither ratings nor table nor draws, as plain values."""
    drawn = fit.drawn
    whole = fit.design.estimated
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
