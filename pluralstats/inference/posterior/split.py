"""Draws of a whole model taken apart: those of eta, and of every submodel."""

import numpy as np

from pluralstats.inference.posterior.samples import PartSamples, Samples
from pluralstats.model.design import Design
from pluralstats.model.merging import positions


def known_curves(samples: Samples, design: Design) -> Samples:
    """Draws of ``design.estimated`` as those of ``design.whole``.

    There coefficients of smooth curves are those of columns and not effects of random terms; their sds are left out.
    """
    if design.with_smooths is None or samples.coefficient.shape[1] == design.whole.fixed.X.shape[1]:
        return samples
    of, names = design.with_smooths, list(design.whole.fixed.names)
    coefficient = np.empty((len(samples.coefficient), len(names)))
    coefficient[:, [names.index(name) for name in of.fixed.names]] = samples.coefficient
    kept = [t for t, grouping in enumerate(of.groupings) if grouping.basis is None]
    for grouping, effects in zip(of.groupings, samples.effects, strict=True):
        if grouping.basis is not None:
            own = [names.index(f"{grouping.name}[{level}]") for level in grouping.levels]
            coefficient[:, own] = effects
    rest = tuple(samples.effects[t] for t in kept)
    return samples._replace(coefficient=coefficient, sd=samples.sd[:, kept], effects=rest)


def split_samples(samples: Samples, design: Design) -> Samples:
    """Draws of ``design.whole`` as those of eta with ``parts``; those of a plain model as they are."""
    how = design.whole.together
    if how is None or samples.parts:
        return samples
    places, whole = positions(how), design.whole
    first = np.cumsum([0, *(one.fixed.X.shape[1] for one in how.designs)])
    made = []
    for s, (one, at) in enumerate(zip(how.designs, places, strict=True)):
        pairs = [whole.correlations.index((int(at[a]), int(at[b]))) for a, b in one.correlations]
        effects = tuple(samples.effects[t] for t in at)
        coefficient = samples.coefficient[:, first[s] : first[s + 1]]
        made.append(PartSamples(coefficient, samples.sd[:, at], effects, samples.correlation[:, pairs]))
    eta, parts = made[0], {part.name: one for part, one in zip(design.parts, made[1:], strict=True)}
    return Samples(samples.threshold, eta.coefficient, eta.sd, samples.residual_sd, eta.effects, eta.correlation, parts)


def joined_samples(samples: Samples, design: Design) -> Samples:
    """The way back: draws of ``design.whole`` from those of eta with ``parts``."""
    how = design.whole.together
    if how is None:
        return samples
    apart = [
        PartSamples(samples.coefficient, samples.sd, samples.effects, samples.correlation),
        *(samples.parts[part.name] for part in design.parts),
    ]
    T, whole = len(design.whole.groupings), design.whole
    sd = np.empty((len(samples.sd), T))
    effects: dict[int, np.ndarray] = {}
    correlation = np.empty((len(sd), len(whole.correlations)))
    for one, own, at in zip(apart, how.designs, positions(how), strict=True):
        sd[:, at] = one.sd
        effects |= dict(zip(at.tolist(), one.effects, strict=True))
        pairs = [whole.correlations.index((int(at[a]), int(at[b]))) for a, b in own.correlations]
        correlation[:, pairs] = one.correlation
    coefficient = np.concatenate([one.coefficient for one in apart], axis=1)
    of_terms = tuple(effects[t] for t in range(T))
    return Samples(samples.threshold, coefficient, sd, samples.residual_sd, of_terms, correlation)
