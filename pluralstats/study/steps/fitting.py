"""The fits of a study, one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.priors import Priors
from pluralstats.printing.wording import slugs
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.jobs import Job
from pluralstats.study.steps.models import CONTESTED, Fits
from pluralstats.study.steps.running import Steps


def fit_models(todo: Sequence[Job], config: StudyConfig, step: Steps, cache: Path | None = None) -> Fits:
    """Fit them one after the other; problems are kept in each fit and told in the report.

    Parameters
    ----------
    cache : Path, optional
        A folder that keeps every finished fit, and from which fits made before are read.

    Raises
    ------
    ConfigError, FitError
        When a formula names what the ratings do not have, or a model cannot be fitted at all.
    KeyboardInterrupt
        Also when it was pressed while a chain ran, which a fit by itself answers with the draws it has.
    """
    fits = {}
    for i, job in enumerate(todo, start=1):
        step(f"Fitting model {i} of {len(todo)}: {', '.join(part for part in (job.model, job.dimension) if part)}")
        made = _fit(job, config, cache)
        if isinstance(made.posterior, DrawnPosterior) and not made.posterior.complete:
            raise KeyboardInterrupt
        fits[job.model, job.dimension] = made
    return fits


def _fit(job: Job, config: StudyConfig, cache: Path | None) -> ps.Fit:
    model, priors = config.model, job.priors
    if job.model == CONTESTED and config.structure.approximate and model.is_exact:
        model, priors = replace(model, method="laplace"), job.priors or Priors()
    return ps.fit(
        job.ratings,
        job.asked.formula,
        disc=job.asked.disc,
        stretch=job.asked.stretch,
        thresholds=job.asked.thresholds,
        family=model.family,
        link=model.link,
        method=model.method,
        priors=priors,
        reml=model.reml,
        draws=model.draws,
        seed=config.seed,
        sampler=model.sampler,
        cache=cache,
        on_problem="ignore",  # the report shows fit.problems in full
    )


def has_estimates(fit: ps.Fit) -> bool:
    """Whether every parameter has one: a coefficient may have no finite estimate."""
    return bool(np.isfinite(fit.parameters["estimate"]).all())


def save_fits(fits: Fits, folder: Path) -> None:
    """Each fit in a folder named after its model and dimension."""
    folder.mkdir()
    names = slugs([" ".join(part for part in key if part) for key in fits])
    for name, fit in zip(names, fits.values(), strict=True):
        fit.save(folder / name)
