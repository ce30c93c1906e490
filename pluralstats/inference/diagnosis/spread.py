"""Whether groups of raters spread their ratings more or less than a model with one noise for all allows.

The score test of a coefficient of ``disc`` (log s) or ``stretch`` (a) at zero (METHODS section 8), for each level of
each demographic of the formula; its column w is 1 for raters with the level, less its mean over raters. With S_i the
derivative of a row's log probability in log s or a, everything else integrated over its posterior,

    U = E[sum_i w_i S_i],   I = E[-sum_i w_i^2 dS_i] - Var[sum_i w_i S_i]

are the first derivative of the log of the marginal likelihood in the coefficient and minus the second one (Louis 1982,
J. R. Stat. Soc. B 44, 226-233, equations 3.1 and 3.2): the variance takes off what other parameters and random effects
could explain. Raters may differ in their noise whatever their group, so z = U / sqrt(max(I, sum_r (w_r E[S_r])^2)), the
second one the variance between raters.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from pluralstats.data.ratings import Ratings
from pluralstats.inference.kernels.gradients import Runs
from pluralstats.inference.kernels.rater_scores import scores_by_rater
from pluralstats.inference.marginal.rows import RowLaw
from pluralstats.inference.posterior.row_predictors import predictors_of_rows
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import DISC, STRETCH, Design, codes_of
from pluralstats.model.families.family import PART_CHUNK
from pluralstats.storage.compiled import address_of

FALSE_ALARMS = 0.01  # in a fit, whatever the number of groups tested
MOST_DRAWS = 100
DRAWS_OF_SLOPES = 5  # their sums over ratings hardly vary
FEWEST_RATERS = 5  # with the level, and without it
LEAST_INFORMATION = 0.05  # of a coefficient; below, all that the ratings say of it is noise of the draws
PARTS = {"disc": DISC, "stretch": STRETCH}


class Spread(NamedTuple):
    """What was found about one level: ``z`` of "disc" and "stretch"; positive where s, or a, is larger."""

    column: str
    level: str
    z: dict[str, float]

    @property
    def worst(self) -> str:
        """The part with the larger z."""
        return max(self.z, key=lambda part: abs(self.z[part]))

    @property
    def largest(self) -> float:
        return abs(self.z[self.worst])


def spread_problems(ratings: Ratings, design: Design, samples: Samples) -> list[str]:
    """A sentence for each demographic with a level whose spread is off; of plain models of three categories or more.

    Parameters
    ----------
    samples : posterior draws, of which about ``MOST_DRAWS`` are used
    """
    found = spread_scores(ratings, design, samples)
    tests = sum(len(one.z) for one in found)
    if not tests:
        return []
    limit = float(-ndtri(0.5 * FALSE_ALARMS / tests))
    sentences = []
    for column in dict.fromkeys(one.column for one in found):
        worst = max((one for one in found if one.column == column), key=lambda one: one.largest)
        if worst.largest > limit:
            sentences.append(_sentence(worst, limit))
    return sentences


def _sentence(found: Spread, limit: float) -> str:
    part, z = found.worst, found.z[found.worst]
    more = (z > 0.0) == (part == "disc")
    formula = f"~ {found.column}"
    other = "stretch" if part == "disc" else "disc"
    return (
        f"Ratings by raters with {found.column} '{found.level}' spread {'more' if more else 'less'} than the model "
        f"allows (score test of {part}: z = {z:.1f}, beyond {limit:.1f} in one right model of 100): differences in "
        f"rating points may come from noise or use of the scale. Fit {part}='{formula}', or {other}='{formula}', and "
        "compare the models (`ps.compare`)."
    )


def spread_scores(ratings: Ratings, design: Design, samples: Samples) -> list[Spread]:
    """z of every level that has raters enough; of two levels the second one."""
    if not _can_be_tested(ratings, design, samples):
        return []
    columns = [name for name in ratings.demographics if name in design.formula.columns]
    of_rater = ratings.frame.drop_duplicates("rater").set_index("rater").sort_index()
    scores, curvature = _by_rater(ratings, design, samples)
    found = []
    for column in columns:
        levels = of_rater[column].cat.remove_unused_categories()
        codes = levels.cat.codes.to_numpy()
        names = [str(name) for name in levels.cat.categories]
        for code in range(1 if len(names) == 2 else 0, len(names)):
            members = codes == code
            if FEWEST_RATERS <= members.sum() <= members.size - FEWEST_RATERS:
                w = members - members.mean()
                z = {name: _z(w, scores[:, part], curvature[part]) for name, part in PARTS.items()}
                found.append(
                    Spread(column, names[code], {name: value for name, value in z.items() if value is not None})
                )
    return [one for one in found if one.z]


def _can_be_tested(ratings: Ratings, design: Design, samples: Samples) -> bool:
    family = design.family.thresholds
    return (
        family is not None
        and family.parts is not None
        and design.whole.n_predictors == 1
        and min(used.size for used in design.thresholds.categories) > 2
        and "rater_weight" not in ratings.frame
        and any(name in design.formula.columns for name in ratings.demographics)
        and len(samples.sd) > 1
        and all(np.isfinite(part).all() for part in (samples.threshold, samples.coefficient, samples.sd))
    )


def _by_rater(ratings: Ratings, design: Design, samples: Samples) -> tuple[np.ndarray, np.ndarray]:
    """(D, 3, R) sums of the scores of each rater's rows in each draw, (3, R) means over draws of minus their slopes."""
    assert design.family.thresholds is not None
    kernels, groups = design.family.thresholds.parts, design.thresholds
    assert kernels is not None
    order = np.lexsort((design.y, groups.group))
    weight, rater = design.weight[order], codes_of(ratings, design, "rater")[order].astype(np.int64)
    runs, address = _runs(design, order), address_of(kernels.chunk, PART_CHUNK)
    at, n_raters = samples.at(_some(len(samples.sd), MOST_DRAWS)), ratings.n_raters
    scores = np.zeros((len(at.sd), 3, n_raters))
    for block, m in predictors_of_rows(design, at, order):
        eta, tau = np.ascontiguousarray(m[0]), np.ascontiguousarray(at.threshold[block])
        scores_by_rater(address, runs, tau, eta, weight, bool((weight == 1.0).all()), rater, scores[block])
    few = samples.at(_some(len(samples.sd), DRAWS_OF_SLOPES))
    slopes = np.zeros((3, n_raters))
    for block, m in predictors_of_rows(design, few, np.arange(design.n)):
        for s in range(m.shape[1]):
            own = np.stack([m[0, s], np.zeros(design.n), np.zeros(design.n)], axis=1)
            bend = RowLaw(design, design.family.thresholds).scores(own, few.threshold[block.start + s])[2]
            for part in PARTS.values():
                slopes[part] += np.bincount(rater, bend[order, part, part], n_raters) / len(few.sd)
    return scores, slopes


def _some(total: int, wanted: int) -> np.ndarray:
    """Positions of at most ``wanted`` draws, evenly spaced."""
    return np.unique(np.linspace(0, total - 1, wanted).round().astype(int))


def _runs(design: Design, order: np.ndarray) -> Runs:
    """Rows in this order, by group of thresholds and category."""
    groups = design.thresholds
    keys = np.stack([groups.group[order], design.y[order]], axis=1)
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(keys, axis=0) != 0).any(axis=1)]))
    group, category = keys[starts].T
    cuts = np.stack([groups.starts[group], groups.starts[group + 1]], axis=1)
    return Runs(np.append(starts, design.n), category.astype(np.int64), cuts)


def _z(w: np.ndarray, scores: np.ndarray, curvature: np.ndarray) -> float | None:
    """z of one coefficient, from the scores (D, R) of raters and minus their slopes (R,); None where it is unknown."""
    of_draws, means = scores @ w, scores.mean(axis=0)
    complete = float(w**2 @ curvature)
    with np.errstate(over="ignore", invalid="ignore"):  # draws of a coefficient without a finite estimate
        information = complete - float(np.var(of_draws, ddof=1))
        between = float(w**2 @ means**2)
    if not information > LEAST_INFORMATION * complete or complete <= 0.0:
        return None
    return float(of_draws.mean() / np.sqrt(max(information, between)))
