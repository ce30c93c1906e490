"""What is wrong with sampled draws, in finished sentences: which parameter, what was found, what to do."""

import numpy as np

from pluralstats.errors import counted, listed
from pluralstats.inference.posterior.convergence import Convergence
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.sampling.exact import ENOUGH
from pluralstats.inference.sampling.turns import MOST_KICKS
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, resolve_priors

DEEPEST = 10
PRIOR_DRIVEN = 0.9  # posterior sd of a coefficient over the scale of its prior
MANY_NAMED = 4
FEWEST = 50  # draws of a chain: the 2.5% point is then nearly the lowest draw, and R-hat says little
FEWEST_FOR_R_HAT = 4  # two for each half of a chain


def sampling_problems(design: Design, posterior: DrawnPosterior, priors: Priors | None) -> tuple[str, ...]:
    """Sentences about convergence, the gravest first."""
    design = design.estimated
    return (
        *_interrupted(posterior),
        *_divergences(posterior),
        *_chains(posterior),
        *_few_draws(posterior),
        *_unjudged(design, posterior),
        *_unequal(design, posterior),
        *_few_effective(design, posterior),
        *_long_paths(posterior),
        *_prior_driven(design, posterior, priors),
    )


def _interrupted(posterior: DrawnPosterior) -> list[str]:
    if posterior.complete:
        return []
    n = len(posterior.samples.sd)
    return [f"Sampling was interrupted: these are the {n:,} draws finished until then. Fit again for all of them."]


def _divergences(posterior: DrawnPosterior) -> list[str]:
    n = int(posterior.stats["diverging"].sum()) if "diverging" in posterior.stats else 0
    if not n:
        return []
    return [
        f"{counted(n, 'transition')} of the sampler diverged: parts of the posterior may be missing. Use a tighter "
        "prior on standard deviations (`ps.Priors(sd=0.5)`) or drop a term with few levels."
    ]


def _chains(posterior: DrawnPosterior) -> list[str]:
    if posterior.chains > 1:
        return []
    return ["There is a single chain: whether others would agree with it is unknown. Use ps.Sampler(chains=4)."]


def few_draws(draws: int) -> tuple[str, ...]:
    """The sentence about independent draws, as those around a maximum, that are too few for intervals."""
    if draws >= FEWEST:
        return ()
    return (
        f"There {'is' if draws == 1 else 'are'} {counted(draws, 'draw')}, fewer than {FEWEST}: intervals of effects, "
        "contrasts and whatever else is taken from draws are too narrow and their ends are noise. Use more draws "
        "(`draws=`).",
    )


def _few_draws(posterior: DrawnPosterior) -> list[str]:
    """So few draws that R-hat and effective numbers, which would say so, cannot be computed or mean little."""
    total = len(posterior.samples.sd)
    each = total // posterior.chains
    if each >= FEWEST:
        return []
    judged = "cannot be computed" if each < FEWEST_FOR_R_HAT else "is hard to say"
    return [
        f"There {'is' if each == 1 else 'are'} {counted(each, 'draw')} a chain ({total:,} in all), fewer than {FEWEST}:"
        f" whether chains agree {judged}, intervals are too narrow and their ends are noise. Use more draws (`draws=`)."
    ]


def _unjudged(design: Design, posterior: DrawnPosterior) -> list[str]:
    """Quantities without an R-hat although there are draws enough for one."""
    if len(posterior.samples.sd) < FEWEST_FOR_R_HAT * posterior.chains:
        return []
    sentences = []
    for names, at in _worst_first(design, posterior):
        lost = [names[j] for j in np.flatnonzero(np.isnan(at.r_hat))]
        if lost:
            sentences.append(
                f"R-hat of {listed(lost, MANY_NAMED)} cannot be computed, as the draws never change or are no numbers: "
                "whether the chains agree is unknown. Use more draws (`draws=`), or a simpler formula."
            )
    return sentences


def _names(design: Design) -> list[str]:
    thresholds = [f"threshold {name}" for name in design.boundaries] if design.n_thresholds else []
    residual = ["sd(residual)"] if design.family.has_residual else []
    scales = [*(f"sd({g.name})" for g in design.groupings), *design.correlation_names]
    return [*thresholds, *design.fixed.names, *scales, *residual]


def _effect_names(design: Design) -> list[str]:
    return [f"{grouping.name}[{level}]" for grouping in design.groupings for level in grouping.levels]


def _worst_first(design: Design, posterior: DrawnPosterior) -> list[tuple[list[str], Convergence]]:
    return [
        (_names(design), posterior.judged.parameter_convergence),
        (_effect_names(design), posterior.judged.effect_convergence),
    ]


def _unequal(design: Design, posterior: DrawnPosterior) -> list[str]:
    """Chains that have not found the same distribution."""
    sentences, highest = [], posterior.highest_r_hat
    for names, at in _worst_first(design, posterior):
        bad = np.flatnonzero(at.r_hat > highest)
        bad = bad[np.argsort(-at.r_hat[bad])]
        if bad.size:
            named = listed([names[j] for j in bad], MANY_NAMED)
            sentences.append(
                f"R-hat of {named} is above {highest:.4g} (highest {at.r_hat[bad[0]]:.4f}): the chains do not agree "
                "yet. Use more draws (`draws=`), a longer warm-up (`ps.Sampler(warmup=)`), or a simpler formula."
            )
    return sentences


def _few_effective(design: Design, posterior: DrawnPosterior) -> list[str]:
    sentences = []
    for names, at in _worst_first(design, posterior):
        size = np.fmin(at.ess_bulk, at.ess_tail)
        few = np.flatnonzero(size < ENOUGH)
        few = few[np.argsort(size[few])]
        if few.size:
            named = listed([names[j] for j in few], MANY_NAMED)
            sentences.append(
                f"The effective number of draws of {named} is below {ENOUGH} (lowest {size[few[0]]:.0f} of "
                f"{len(posterior.samples.sd):,}): their interval ends are noisy. Use more draws (`draws=`)."
            )
    return sentences


def _long_paths(posterior: DrawnPosterior) -> list[str]:
    depth, steps = posterior.stats.get("tree_depth"), posterior.stats.get("n_steps")
    if depth is not None and (depth >= DEEPEST).any():
        return [
            f"{counted(int((depth >= DEEPEST).sum()), 'draw')} reached the largest tree depth ({DEEPEST}): the sampler "
            "moves slowly. Simplify the formula or tighten the priors."
        ]
    if depth is None and steps is not None and steps.size and steps.max() >= MOST_KICKS:
        return [
            f"The sampler needed its largest number of steps ({MOST_KICKS}) for a draw: the posterior is far from "
            "normal. Use tighter priors or drop a term with few levels."
        ]
    return []


def _prior_driven(design: Design, posterior: DrawnPosterior, priors: Priors | None) -> list[str]:
    """Coefficients of which the ratings say hardly more than the prior."""
    if priors is None or not design.fixed.names:
        return []
    at = resolve_priors(priors, design)
    driven = posterior.samples.coefficient.std(axis=0) > PRIOR_DRIVEN * at.joint.scale
    driven[at.steps.columns] = False
    names = [name for j, name in enumerate(design.fixed.names) if driven[j] and j != at.intercept]
    for steps, scale, term in zip(at.steps.blocks, at.step_scale, design.fixed.monotone_terms, strict=True):
        if posterior.samples.coefficient[:, steps].sum(axis=1).std() > PRIOR_DRIVEN * scale:
            names.append(term)
    if not names:
        return []
    return [
        f"The ratings say hardly more about {listed(names, MANY_NAMED)} than the prior does: estimates and intervals "
        "there are those of the prior. Merge small levels or drop a term that overlaps with another."
    ]
