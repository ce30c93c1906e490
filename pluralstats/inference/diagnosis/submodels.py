"""What is wrong with submodels of noise and of use of the scale, in finished sentences (METHODS section 8).

The numbers below come from simulations with five categories, sd(item) = 0.8, sd(rater) = 0.6 and true sds of log s and
a between raters of 0.35, three or four studies of 80 raters in each cell.
"""

import numpy as np
from scipy.stats import t as student

from pluralstats.data.ratings import Ratings
from pluralstats.errors import counted, listed
from pluralstats.inference.posterior.samples import Samples
from pluralstats.inference.posterior.split import split_samples
from pluralstats.model.design import PARTS, Design, codes_of, groups_are_raters
from pluralstats.model.priors import Priors, resolve_priors

WHAT = {"disc": "noise", "stretch": "use of the scale"}

# Laplace's estimate of the sd of log s by rater over the truth, random a beside it: 0.0 with 4 ratings an item, 0.15
# with 8, 0.4 with 12, 0.6 with 20, 0.8 with 30, whether raters have 20 or 50 ratings; the exact posterior means were
# 0.7 to 1.4 times the truth in all of them. Alone: 0.5 with 4 ratings an item, 0.8 with 8, 0.95 with 15. The sd of a
# was right from 8 on (0.9 with 4), and coefficients of groups were right everywhere.
FEWEST_AN_ITEM = {True: 20, False: 8}  # whether a is random too

# Posterior and prior have this much of their area in common, where the prior is cut into 20 equal parts: 0.8 to 0.9
# with 2 ratings a rater, 0.6 to 0.75 with 4 of three categories, 0.4 to 0.6 with 8, 0.3 to 0.45 with 15.
LARGEST_OVERLAP = 0.7
PIECES = 20
FEWEST_DRAWS = 200  # a histogram of fewer overlaps less by chance

# Standard error of a coefficient of disc beside stretch, or of disc with two categories, in 200 raters x 20 ratings:
# 0.06 where the linear predictor of a rater has an sd of 0.8, 0.08 at 0.5, 0.11 at 0.3, 0.13 from 0.2 on.
LEAST_MOVEMENT = 0.3  # in sds of the latent residual


def submodel_problems(
    ratings: Ratings, design: Design, samples: Samples, priors: Priors | None, *, sampled: bool
) -> list[str]:
    """Sentences about ``disc`` and ``stretch``.

    Parameters
    ----------
    samples : posterior draws of eta and all parts together
    sampled : whether they are the exact posterior, and not normal draws around a maximum
    """
    if not design.parts:
        return []
    found = _prior_driven(ratings, design, samples, priors) if sampled else _lost_by_laplace(ratings, design)
    return [*found, *_not_told_apart(ratings, design, samples)]


def _by_rater(ratings: Ratings, design: Design, name: str) -> bool:
    part = design.part(name)
    return part is not None and any(groups_are_raters(ratings, design, g) for g in part.design.groupings)


def _lost_by_laplace(ratings: Ratings, design: Design) -> list[str]:
    """A random disc whose variance the item effects take up in Laplace's approximation."""
    both = _by_rater(ratings, design, "stretch")
    if not _by_rater(ratings, design, "disc") or not any("item" in g.term.factors for g in design.groupings):
        return []
    each = float(np.median(np.unique(codes_of(ratings, design, "item"), return_counts=True)[1]))
    if each >= FEWEST_AN_ITEM[both]:
        return []
    beside = " beside a random `stretch`" if both else ""
    return [
        f"Items have {each:.0f} ratings each (median): with fewer than {FEWEST_AN_ITEM[both]}, Laplace's method "
        f"can estimate how much raters differ in noise (sd of `disc` by rater){beside} far too small, even as 0. Use "
        "the default method='hmc', which does not approximate; coefficients of groups are not affected."
    ]


def _prior_driven(ratings: Ratings, design: Design, samples: Samples, priors: Priors | None) -> list[str]:
    """Sds of random terms of submodels of which the ratings say hardly more than the prior."""
    whole = design.whole
    if priors is None or len(samples.sd) < FEWEST_DRAWS:
        return []
    at = resolve_priors(priors, whole)
    shared = {
        t: overlap(samples.sd[:, t], at.sd[t], at.df) for t, grouping in enumerate(whole.groupings) if grouping.part
    }
    driven = [t for t, share in shared.items() if share > LARGEST_OVERLAP]
    if not driven:
        return []
    names = listed([f"sd({whole.groupings[t].name})" for t in driven])
    most = max(shared[t] for t in driven)
    each = float(np.median(np.unique(codes_of(ratings, design, "rater"), return_counts=True)[1]))
    several = len(driven) > 1
    return [
        f"The posterior of {names} is hardly more than {'their priors' if several else 'its prior'} (they have "
        f"{100.0 * most:.0f}% of their area in common): {counted(round(each), 'rating')} a rater (median) do not tell "
        f"how much raters differ there, and {'these estimates are' if several else 'this estimate is'} the prior's. "
        "About 15 ratings a rater or more, of four categories or more, do; with fewer leave the random term out."
    ]


def overlap(draws: np.ndarray, scale: float, df: float) -> float:
    """Share of the area that draws of an sd have in common with half-student_t(df, 0, scale).

    >>> prior = 0.5 * student.ppf(0.5 + np.linspace(0.0005, 0.9995, 1000) / 2.0, 3.0)
    >>> overlap(prior, 0.5, 3.0), overlap(np.full(100, 0.3), 0.5, 3.0)
    (1.0, 0.05)
    """
    below = 2.0 * student.cdf(draws / scale, df) - 1.0
    share = np.histogram(below, bins=PIECES, range=(0.0, 1.0))[0] / len(draws)
    return round(float(np.minimum(share, 1.0 / PIECES).sum()), 12)


def _not_told_apart(ratings: Ratings, design: Design, samples: Samples) -> list[str]:
    """Nothing moves eta within raters: s, a and place then move the thresholds of a rater in two ways only."""
    if design.thresholds.n_groups > 1 or not np.isfinite(samples.coefficient).all():
        return []
    moved = _movement_within_raters(ratings, design, samples) / design.family.noise
    names = [part.name for part in design.parts]
    if not moved < LEAST_MOVEMENT:
        return []
    if len(design.categories) == 2:
        what = "how noisy a group is can hardly be told from how far its raters are from the threshold"
    elif len(names) == 2:
        what = "noise and use of the scale can hardly be told apart"
    else:
        other = WHAT[next(name for name in PARTS if name != names[0])]
        what = f"the {WHAT[names[0]]} that `{names[0]}` estimates could as well be {other}"
    return [
        f"Hardly anything in the formula moves the ratings of one rater (their linear predictor has an sd of "
        f"{moved:.2f} residual sds, and {LEAST_MOVEMENT:g} is little): {what}. Add (1 | item) or a covariate that "
        "matters" + (", or leave one of the two out." if len(names) == 2 else ".")
    ]


def _movement_within_raters(ratings: Ratings, design: Design, samples: Samples) -> float:
    """Sd of eta among the ratings of a rater: of its fixed part, and of random terms that differ among them."""
    own = split_samples(samples, design)
    rater, n_raters = codes_of(ratings, design, "rater"), ratings.n_raters
    fixed = design.fixed.linear(own.coefficient.mean(axis=0))[design.fixed.cell]
    means = np.bincount(rater, fixed, n_raters) / np.maximum(np.bincount(rater, minlength=n_raters), 1)
    variance = float(np.mean((fixed - means[rater]) ** 2))
    for t, grouping in enumerate(design.groupings):
        met = np.unique(np.stack([rater, grouping.index]), axis=1).shape[1]
        if met > n_raters:  # raters meet several levels
            variance += float(np.mean(own.sd[:, t] ** 2) * np.mean(grouping.multiplier[design.fixed.cell] ** 2))
    return float(np.sqrt(variance))
