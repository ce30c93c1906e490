"""What is wrong with the random terms of a fit, in finished sentences."""

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.errors import counted, listed
from pluralstats.inference.elimination.roots import sds_of
from pluralstats.inference.laplace.maximum import LaplaceResult
from pluralstats.inference.posterior.intervals import SdLaw
from pluralstats.model.design import Design, groups_are_raters, is_nested
from pluralstats.model.terms.random import Grouping

FEW_LEVELS = 5
FEW_RATERS = 20
STEEP = 5.0  # residual sds from which a term's sd leaves hardly any variation within its levels


def term_problems(ratings: Ratings, design: Design, result: LaplaceResult) -> list[str]:
    """Sentences about the random terms of a fit by maximum likelihood."""
    sentences = []
    for t, grouping in enumerate(design.groupings):
        sentences += [
            *_zero(design, t, bool(result.boundary[t])),
            *_unbounded(grouping, result.posterior.laws[t], float(result.posterior.units.effect[t, t])),
            *_steep(design, result, t),
        ]
        sentences += _few_raters(ratings, design, grouping) if t == design.blocks[grouping.block].start else []
    return sentences


def grouping_problems(ratings: Ratings, design: Design) -> list[str]:
    """Sentences about the random terms of a formula that hold whatever the method."""
    sentences = []
    first = [design.groupings[block.start] for block in design.blocks]
    for t, grouping in enumerate(first):
        sentences += _sizes(design, grouping)
        sentences += [_same(grouping, other) for other in first[t + 1 :] if _identical(grouping, other)]
    return [*sentences, *_more_than_ratings(design), *_raters_ignored(ratings, design)]


def _zero(design: Design, t: int, boundary: bool) -> list[str]:
    grouping = design.groupings[t]
    if not boundary or grouping.basis is not None:  # a curve that is a straight line is nothing wrong
        return []
    if design.blocks[grouping.block].size > 1:
        return [
            f"The covariance of the effects of {grouping.term} is singular at the maximum of the likelihood: a "
            "standard deviation is zero or a correlation is 1 or -1, and intervals take that for known. Use "
            "method='hmc', whose prior keeps away from there, or fewer slopes."
        ]
    what = grouping.prefix + str(grouping.term) if grouping.column == "Intercept" else grouping.name
    return [
        f"The standard deviation of {what} is estimated as zero: the ratings show no differences "
        f"between its {grouping.size} levels beyond chance. Its interval says how large it could still be."
    ]


def _unbounded(grouping: Grouping, law: SdLaw | None, unit: float) -> list[str]:
    if law is None or not law.open:
        return []
    return [
        f"The ratings set no upper bound to the standard deviation of {grouping.term}: intervals and effects assume "
        f"that it is below {unit * law.sd[-1]:.3g}. Its levels have too few ratings; drop the term or collect more."
    ]


def _steep(design: Design, result: LaplaceResult, t: int) -> list[str]:
    """An sd so large that ratings are all but fixed within a level, for the mean and one sd of measured covariates: at
    the year 0 the effects of items differ by hundreds."""
    mode, units = result.posterior.mode, result.posterior.units.effect
    if design.groupings[t].part:
        return []
    residual = float(np.exp(mode[-1])) if design.family.has_residual else design.family.noise
    sd = float(sds_of(result.posterior.root)[t])
    if not sd > STEEP * residual:
        return []
    gaussian = design.family.has_residual
    doubt = "" if gaussian else ", where the Laplace approximation is unreliable"
    moved = not np.array_equal(units[t], np.eye(len(units))[t])
    where = " (at the mean of measured covariates, for one standard deviation of them)" if moved else ""
    return [
        f"The standard deviation of {design.groupings[t].name}{where} is {sd:.3g}, which is {sd / residual:.0f} times "
        f"that of the residual: ratings hardly vary within its levels{doubt}. "
        "Check whether ratings were copied, or leave the term out."
    ]


def _sizes(design: Design, grouping: Grouping) -> list[str]:
    term, size = grouping.term, grouping.size
    if size == design.n and design.n > 1:
        return [
            f"{term} has one rating in each of its {size} levels: its variance cannot be told "
            "from the residual. Drop the term."
        ]
    if size < FEW_LEVELS:
        return [
            f"{term} has only {size} level{'s' if size > 1 else ''}: its standard "
            "deviation is poorly known. Use it in the fixed part instead."
        ]
    return []


def _few_raters(ratings: Ratings, design: Design, grouping: Grouping) -> list[str]:
    """So few raters that how much they differ is hardly known, which intervals by Student's t allow for."""
    term, size = grouping.term, grouping.size
    # benchmarks/few_raters_coverage.py; without Student's t 82 to 85% with 6 raters
    if FEW_LEVELS <= size < FEW_RATERS and size < design.n and groups_are_raters(ratings, design, grouping):
        return [
            f"{term} has only {size} levels: how much raters differ is poorly known. 95% intervals of differences "
            "between groups of raters allow for it by Student's t and cover the truth in 94 to 98% of simulated "
            "studies; that of the standard deviation itself is rough. More raters help, more ratings of each do not."
        ]
    return []


def _identical(a: Grouping, b: Grouping) -> bool:
    same = a.size == b.size and is_nested(a.index, b.index)
    return same and np.array_equal(a.multiplier, b.multiplier)  # (0 + gender | rater) has two variances of its own


def _same(a: Grouping, b: Grouping) -> str:
    return (
        f"{a.term} and {b.term} group the ratings in the same way: only the sum of their variances is determined. "
        "Drop one of them."
    )


def _more_than_ratings(design: Design) -> list[str]:
    size = sum(grouping.size for grouping in design.groupings)
    if size < design.n or design.n < 2:
        return []
    names = listed(list(dict.fromkeys(str(grouping.term) for grouping in design.groupings)))
    return [
        f"The formula has {counted(size, 'random effect')} ({names}) for {counted(design.n, 'rating')}: hardly any "
        "repeated rating tells the terms and the residual apart. Drop a term or collect more ratings."
    ]


def _raters_ignored(ratings: Ratings, design: Design) -> list[str]:
    """Rater-level facts in the fixed part, several ratings a rater, and no rater effect."""
    about_raters = [column for column in design.formula.columns if column in ratings.demographics]
    per_rater = ratings.n_ratings / max(ratings.n_raters, 1)
    if not about_raters or per_rater < 1.5:
        return []
    if any(groups_are_raters(ratings, design, grouping) for grouping in design.groupings):
        return []
    return [
        f"The formula has {listed(about_raters)} but no (1 | rater): it treats {per_rater:.0f} ratings of one person "
        f"as {per_rater:.0f} persons, and intervals are too narrow. Add (1 | rater)."
    ]
