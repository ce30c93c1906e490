"""What is wrong with a fit, in finished sentences: which parameter, what was found, what to do."""

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.data.shared_items import SHARE, sharing_problems
from pluralstats.data.shares import levels_alone, shares_in
from pluralstats.errors import listed
from pluralstats.inference.diagnosis.inseparable import inseparable_levels
from pluralstats.inference.diagnosis.terms import grouping_problems, term_problems
from pluralstats.inference.diagnosis.unbounded import EXPLAINED, explained_wholly, separation_problems
from pluralstats.inference.diagnosis.weights import frequency_problems
from pluralstats.inference.laplace.maximum import LaplaceResult
from pluralstats.inference.laplace.stochastic import Stochastic
from pluralstats.inference.posterior.few_raters import MANY_COEFFICIENTS
from pluralstats.model.design import Design
from pluralstats.model.formula.misplaced import factors_of
from pluralstats.model.thresholds import ThresholdGroups

MANY_NAMED = 5
LARGEST_SHIFT = 0.1  # of an estimate, in its standard errors, by the noise of a likelihood that was estimated
OTHER_SIGN = 0.05  # probability of the other sign of a monotonic effect from which it is told
SIGN_DRAWS = 2_000  # by which that is known


def nothing_to_estimate(ratings: Ratings, design: Design) -> str:
    """Why these ratings say nothing about the model, a finished sentence; empty where they do say something."""
    if design.n == 0 or bool((design.answers == design.answers[0]).all()):
        answer = _first_answer(design) if design.n else "none"
        return (
            f"All {design.n} ratings are the same ({answer:g}): nothing can be estimated and every number is missing. "
            "Look at the rating column."
        )
    if explained_wholly(design):
        return (
            f"The formula explains all {design.n} ratings without remainder (less than {EXPLAINED:g} of their standard "
            "deviation is left): there is no residual to measure anything against, and every number is missing. Look "
            "whether the rating column holds means of items or raters, or copies; a formula without that term may do."
        )
    return ""


def _first_answer(design: Design) -> float:
    return float(design.categories[design.answers[0]] if design.family.ordered else design.points(design.y)[0])


def find_problems(
    ratings: Ratings, design: Design, result: LaplaceResult, *, with_priors: bool = False, reml: bool = False
) -> tuple[str, ...]:
    """All sentences about one fit by Laplace's method, the gravest first.

    ``with_priors`` where it had priors, ``reml`` where the likelihood was restricted.
    """
    if np.isnan(result.loglik) and (sentence := nothing_to_estimate(ratings, design)):
        return (sentence,)
    sentences = [
        *_search(result),
        *separation_problems(design, with_priors=with_priors),
        *_weak(design, result),
        *_steps_at_zero(design.estimated, result),
        *_either_sign(design.estimated, result),
        *_columns_and_scale(ratings, design),
        *term_problems(ratings, design.estimated, result),
        *grouping_problems(ratings, design),
        *_other_items(ratings, design),
        *_small_levels(ratings, design),
        *([] if reml else _many_coefficients(ratings, design)),
    ]
    return tuple(dict.fromkeys(sentences))


def data_problems(ratings: Ratings, design: Design, *, sampled: bool) -> tuple[str, ...]:
    """Sentences about ratings and formula that hold whatever the method; ``sampled`` adds those of priors."""
    sentences = [
        *(separation_problems(design, with_priors=True) if sampled else []),
        *_columns_and_scale(ratings, design),
        *grouping_problems(ratings, design),
        *_other_items(ratings, design),
        *_small_levels(ratings, design),
    ]
    return tuple(dict.fromkeys(sentences))


def _columns_and_scale(ratings: Ratings, design: Design) -> list[str]:
    return [
        *inseparable_levels(ratings, design),
        *design.fixed.aliased,
        *_unused(ratings, design),
        *frequency_problems(ratings, design),
    ]


def _search(result: LaplaceResult) -> list[str]:
    if result.converged or result.posterior.flat.any():  # what is flat has a sentence of its own
        return []
    return [
        f"The search for the maximum stopped after {result.steps} steps without converging: "
        "estimates are not final. Simplify the formula or look for levels with hardly any variation."
    ]


def estimation_problems(errors: Stochastic | None, tolerance: float) -> list[str]:
    """A sentence where a likelihood that was estimated with probes is known less well than was asked for."""
    if errors is None or (errors.loglik <= 2.0 * tolerance and errors.estimates <= LARGEST_SHIFT):
        return []
    return [
        f"The log-likelihood was estimated with {errors.probes} probes and has a standard error of {errors.loglik:.2g}:"
        f" estimates are off by up to {errors.estimates:.2g} of their standard errors. Use more probes: "
        f"solver=ps.Solver(probes={4 * errors.probes}), or kind='dense' where memory allows it."
    ]


def _weak(design: Design, result: LaplaceResult) -> list[str]:
    names = _theta_names(design.estimated)
    weak = [name for name, flat in zip(names, result.posterior.flat, strict=True) if flat]
    if not weak:
        return []
    return [
        f"The data hardly determine {listed(weak, MANY_NAMED)}: the likelihood is flat in that direction, so they have "
        "no standard error and results that need them are left empty. Merge small levels or drop a term that "
        "overlaps with another."
    ]


def _steps_at_zero(design: Design, result: LaplaceResult) -> list[str]:
    """Steps of monotonic effects that the ratings alone would have the other way."""
    steps = result.posterior.steps
    if steps is None:
        return []
    zero = set(steps.steps.columns[steps.held].tolist())
    sentences = []
    for at, term in zip(steps.steps.blocks, design.fixed.monotone_terms, strict=True):
        names = [design.fixed.names[j] for j in range(at.start, at.stop) if j in zero]
        if names:
            what = "step is" if len(names) == 1 else "steps are"
            sentences.append(
                f"{len(names)} {what} estimated as zero ({listed(names, MANY_NAMED)}): with free signs the effect of "
                f"{term} would turn back there. The estimate is the end of what is allowed, "
                "and the interval says how large the step could be; method='hmc' has the whole posterior."
            )
    return sentences


def _either_sign(design: Design, result: LaplaceResult) -> list[str]:
    """Monotonic effects that may rise or fall, with the probability of it.

    Draws have both signs where the likelihood is normal from one to the other; where its maxima with either are far
    apart they keep to one, and the ratio of both likelihoods says what they do not.
    """
    posterior, steps = result.posterior, result.posterior.steps
    if steps is None:
        return []
    drawn = posterior.draw(SIGN_DRAWS, 1, effects=False).coefficient
    what = "steps of draws with the other sign are divided as at the mode" if steps.under_priors else "draws have both"
    found = []
    for at, term in zip(steps.steps.blocks, design.fixed.monotone_terms, strict=True):
        rises = float((drawn[:, at].sum(axis=1) > 0.0).mean())
        if OTHER_SIGN <= rises <= 1.0 - OTHER_SIGN:
            found.append(
                f"The ratings leave open whether {term} rises or falls: it rises with probability {rises:.2f}, {what}"
            )
    other = 1.0 / (1.0 + np.exp(min(steps.ahead, 50.0)))
    if not found and other >= OTHER_SIGN:
        terms = listed(list(design.fixed.monotone_terms), MANY_NAMED)
        found.append(
            f"The ratings leave open whether {terms} rises or falls: with the other sign the log-likelihood is "
            f"{steps.ahead:.2g} lower at most, which gives it a probability of about {other:.2f}, and draws keep to one"
        )
    return [f"{one}. Use method='hmc', which has the whole posterior, or the levels without mo()." for one in found]


def _theta_names(design: Design) -> list[str]:
    thresholds = [f"threshold {boundary}" for boundary in design.boundaries]
    tail = ["the residual sd"] if design.family.has_residual else []
    scales = [*(f"sd({g.name})" for g in design.groupings), *design.correlation_names]
    return [*thresholds, *design.fixed.names, *scales, *tail]


def _unused(ratings: Ratings, design: Design) -> list[str]:
    if not design.family.ordered:
        return []
    if design.thresholds.column is not None:
        return _unused_in_groups(ratings, design.thresholds)
    unused = [label for label in ratings.scale.labels if label not in design.labels]
    if not unused:
        return []
    what = "category was" if len(unused) == 1 else "categories were"
    return [
        f"{len(unused)} {what} never used ({listed(unused, MANY_NAMED)}): no threshold is estimated there and the "
        "predicted probability is 0. Collapse the scale if that is not what you expect."
    ]


def _unused_in_groups(ratings: Ratings, groups: ThresholdGroups) -> list[str]:
    sentences = []
    for g, (name, labels) in enumerate(zip(groups.names, groups.labels, strict=True)):
        if len(labels) == 1:
            sentences.append(
                f"All {(groups.group == g).sum():,} ratings of {groups.column} '{name}' are '{labels[0]}': nothing can "
                f"be estimated about them, and numbers that name '{name}' mean nothing. Leave these ratings out."
            )
            continue
        scale = ratings.scales[name] if ratings.scale_by == groups.column else ratings.scale
        unused = [label for label in scale.labels if label not in labels]
        if unused:
            what = "category was" if len(unused) == 1 else "categories were"
            sentences.append(
                f"{len(unused)} {what} never used in ratings of {groups.column} '{name}' "
                f"({listed(unused, MANY_NAMED)}): no threshold is estimated there and the predicted probability is 0. "
                "Collapse the scale if that is not what you expect."
            )
    return sentences


def _small_levels(ratings: Ratings, design: Design) -> list[str]:
    sentences = []
    for column in design.formula.columns:
        if column not in ratings.demographics:
            continue
        of_rater, sets = ratings.frame.drop_duplicates("rater")[column], ratings.shares.get(column, {})
        counts = {level: np.count_nonzero(shares_in(of_rater, level, sets)) for level in levels_alone(of_rater, sets)}
        alone = [f"{column}[{level}]" for level, n in counts.items() if n == 1]
        if alone:
            what = "level has" if len(alone) == 1 else "levels have"
            sentences.append(
                f"{len(alone)} {what} a single rater ({listed(alone, MANY_NAMED)}): that effect is the effect of one "
                "person. Lump rare levels (`lump=`)."
            )
    return sentences


def _other_items(ratings: Ratings, design: Design) -> list[str]:
    """Groups that rated other items, where effects of items are taken as independent of who rates them."""
    if not any("item" in grouping.term.factors for grouping in design.groupings):
        return []
    named = [name for name in ratings.demographics if name in design.formula.columns]
    shares = [name for name in design.formula.columns if name.startswith(SHARE)]
    return [] if shares else sharing_problems(ratings.frame, named)


def _many_coefficients(ratings: Ratings, design: Design) -> list[str]:
    """So many coefficients about raters that maximum likelihood underestimates how much raters differ."""
    about_raters = set(ratings.demographics)
    n = sum(factors_of(term) <= about_raters for term in design.fixed.terms)
    if n <= MANY_COEFFICIENTS * ratings.n_raters:
        return []
    return [
        f"The formula has {n} coefficients about raters for {ratings.n_raters} raters: maximum likelihood then takes "
        "raters for more alike than they are. Intervals of coefficients and effects are widened for that, standard "
        "errors and sd(rater) are too small. Drop or merge demographics, or compare with family='gaussian', "
        "method='laplace', reml=True."
    ]
