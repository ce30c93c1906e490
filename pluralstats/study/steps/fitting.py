"""The fits of a study, one after the other or on a cluster."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import pluralstats as ps
from pluralstats.cluster.spreading import is_elsewhere
from pluralstats.fits.asking.several import Planned, as_made
from pluralstats.fits.fitting import planned
from pluralstats.fits.methods.sampled import make_one
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.priors import Priors
from pluralstats.printing.wording import slugs
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.jobs import Job
from pluralstats.study.steps.models import CONTESTED, Fits
from pluralstats.study.steps.running import Steps


def fit_models(todo: Sequence[Job], config: StudyConfig, step: Steps, cache: Path | None = None) -> Fits:
    """Fit them, one after the other here, or all at once on a cluster; problems are kept in each fit and told in the
    report.

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
    fits: dict[int, ps.Fit] = {}
    plans = [_planned(job, config) for job in todo]
    step(_progress(todo, 0))
    for i, made in as_made(plans, make_one, cache):
        if isinstance(made.posterior, DrawnPosterior) and not made.posterior.complete:
            raise KeyboardInterrupt
        fits[i] = made
        if len(fits) < len(todo):
            step(_progress(todo, len(fits)))
    return {(todo[i].model, todo[i].dimension): fits[i] for i in range(len(todo))}


def _progress(todo: Sequence[Job], done: int) -> str:
    if is_elsewhere():
        return f"Fitting {len(todo)} models on the cluster: {done} are done"
    job = todo[done]
    return f"Fitting model {done + 1} of {len(todo)}: {', '.join(part for part in (job.model, job.dimension) if part)}"


def _planned(job: Job, config: StudyConfig) -> Planned:
    model, priors = config.model, job.priors
    if job.model == CONTESTED and config.structure.approximate and model.is_exact:
        model, priors = replace(model, method="laplace"), job.priors or Priors()
    return planned(
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
