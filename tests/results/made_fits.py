"""Fits with draws made by hand, so that every number of a table can be computed without the package."""

import math

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula


def fit_with(ratings, formula, samples_of, family="cumulative", link="probit", flat=None, **submodels):
    """A Fit whose posterior is ``samples_of(design)``, ``design`` that of eta and of all ``submodels`` together."""
    link = "identity" if family == "gaussian" else link
    parsed = parse_formula(formula, available_columns(ratings))
    design = build_design(ratings, asked_formulas(ratings, parsed, family, link, **submodels), family, link)
    return ps.Fit(
        ratings=ratings,
        formula=str(design.formula),
        family=family,
        link=link,
        method="hmc",
        estimator="posterior",
        loglik=math.nan,
        parameters=pd.DataFrame(),
        random_effects=pd.DataFrame(),
        problems=(),
        provenance={},
        design=design,
        posterior=DrawnPosterior(samples_of(design.whole), 1, flat=flat),
    )


def some_samples(n_draws=4, seed=1, sd_rater=0.6, spread=0.5):
    """Draws of everything from normal distributions, whatever the ratings are."""

    def samples_of(design):
        rng = np.random.default_rng(seed)
        names = [grouping.name for grouping in design.groupings]
        sd = np.abs(rng.normal(spread, 0.1, (n_draws, len(names))))
        if "rater" in names:
            sd[:, names.index("rater")] = sd_rater
        gaussian = not design.family.ordered
        threshold = rng.normal(0.0, 1.0, (n_draws, 0 if gaussian else design.n_thresholds))
        for g in range(design.thresholds.n_groups):
            threshold[:, design.thresholds.of_group(g)].sort(axis=1)
        return Samples(
            threshold=threshold,
            coefficient=rng.normal(0.0, spread, (n_draws, len(design.fixed.names))),
            sd=sd,
            residual_sd=np.full(n_draws, 0.8) if gaussian else None,
            correlation=rng.uniform(-0.5, 0.5, (n_draws, len(design.correlations))),
            effects=tuple(rng.normal(size=(n_draws, g.size)) * sd[:, [t]] for t, g in enumerate(design.groupings)),
        )

    return samples_of
