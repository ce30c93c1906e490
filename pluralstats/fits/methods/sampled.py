"""Fits by samplers, and the one place that knows every method."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from pluralstats.fits.asking.request import Request
from pluralstats.fits.fitted import Fit
from pluralstats.fits.making import make_fit
from pluralstats.fits.methods.likelihood import laplace_fit
from pluralstats.inference.diagnosis.sampling import sampling_problems
from pluralstats.inference.diagnosis.sentences import data_problems, nothing_to_estimate
from pluralstats.inference.diagnosis.spread import spread_problems
from pluralstats.inference.diagnosis.submodels import submodel_problems
from pluralstats.inference.diagnosis.weights import design_weights, weight_sentences
from pluralstats.inference.posterior.split import known_curves
from pluralstats.inference.pymc.graph import sample_reference
from pluralstats.inference.sampling.exact import sample_rotations
from pluralstats.inference.sampling.no_u_turn import sample_no_u_turn
from pluralstats.inference.weights.scores import weighted_raters
from pluralstats.progress import sampling_bar


def _sampled(request: Request, sample: Callable) -> Fit:
    ratings, design, priors = request.ratings, request.design, request.priors
    if nothing_to_estimate(ratings, design):  # nothing to learn; the sentence about it is the same for every method
        return replace(laplace_fit(request), method=request.method, estimator="posterior")
    posterior = sample(design, priors, request.draws, request.seed, request.sampler, request.raters)
    known = known_curves(posterior.samples, design)
    problems = (
        *sampling_problems(design, posterior, priors),
        *data_problems(ratings, design, sampled=True),
        *spread_problems(ratings, design, known),
        *submodel_problems(ratings, design, known, priors, sampled=True),
    )
    return make_fit(
        ratings,
        design,
        posterior,
        method=request.method,
        estimator="posterior",
        problems=problems,
        settings=request.settings(),
        priors=priors,
    )


def _hmc(request: Request) -> Fit:
    sampler = request.sampler
    with sampling_bar(sampler.chains * sampler.warmup + request.draws) as tick:
        return _sampled(request, partial(sample_rotations, tick=tick, solver=request.solver))


def _nuts(request: Request) -> Fit:
    return _sampled(request, partial(sample_no_u_turn, solver=request.solver))


def _pymc(request: Request) -> Fit:
    return _sampled(request, sample_reference)


METHODS: Mapping[str, Callable[[Request], Fit]] = {"hmc": _hmc, "nuts": _nuts, "laplace": laplace_fit, "pymc": _pymc}


def make_one(request: Request) -> Fit:
    """The fit of a request."""
    return with_design_weights(METHODS[request.method](request))


def with_design_weights(made: Fit) -> Fit:
    """The fit with what unequal design weights cost, in its provenance and its problems."""
    design = made.design.estimated
    raters = weighted_raters(made.ratings, design)
    if raters is None or nothing_to_estimate(made.ratings, made.design):
        return made
    found = design_weights(design, raters, made.posterior.design_effects)
    problems = (*made.problems, *weight_sentences(design, found))
    return replace(made, problems=problems, provenance=made.provenance | {"design_weights": found})
