"""What a likelihood hardly knows: flat directions, and standard deviations near zero by their profile likelihood.

A variance at or near zero has no normal distribution on any scale, and the second derivative at zero says nothing
about how large it could be. So it is held at a grid of values, everything else is maximised again at each of them,
and the likelihoods found are its law. Draws then come from a few leaves, each with the mode and curvature that
belong to its value (the small grid in h of METHODS section 2).
"""

from collections.abc import Callable
from itertools import product

import numpy as np

from pluralstats.inference.laplace.search import Maximum, Objective, Point, climb, scaled_curvature
from pluralstats.inference.marginal.cumulative import CumulativeModel
from pluralstats.inference.posterior.intervals import WELL_DETERMINED, SdLaw
from pluralstats.inference.posterior.normal import LaplacePosterior, Leaf
from pluralstats.model.design import Design

WEAK = 1e-7  # smallest eigenvalue of the scaled information at which a direction counts as determined
ENDLESS = 10.0  # standard error, in latent units over the range of a column, at which a coefficient has no estimate


def alone(design: Design) -> np.ndarray:
    """(T,) bool, groupings whose term has no other effect."""
    return np.array([design.blocks[g.block].size == 1 for g in design.groupings], bool)


def whole(values: np.ndarray, size: int, at: slice) -> np.ndarray:
    """(size,) bool, the values in their place and False elsewhere."""
    out = np.zeros(size, bool)
    out[at] = values
    return out


def hardly_known(best: Maximum, sds: slice, boundary: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """(P,) standard deviations that are zero or, of random intercepts, not well determined."""
    scale, values, vectors = scaled_curvature(best.information)
    variance = ((vectors / np.maximum(values, WEAK)) * vectors).sum(axis=1) / scale**2
    weak = ~(np.sqrt(variance[sds]) < WELL_DETERMINED * best.x[sds])
    return whole(boundary | (weak & alone), best.x.size, sds)


def ranges(model: CumulativeModel) -> np.ndarray:
    """(P,) how far each parameter moves its predictor: the range of a column, 1 for thresholds and sds."""
    ranges = np.ones(model.n_parameters)
    p = model.design.fixed.X.shape[1]
    ranges[model.n_thresholds : model.n_thresholds + p] = np.ptp(model.design.fixed.values, axis=0)
    return ranges


def flat_directions(best: Maximum, held: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """(P,) parameters without a finite estimate: separated levels and directions in which nothing changes."""
    flat = np.zeros(best.x.size, bool)
    for _ in range(best.x.size):
        free = ~(held | flat)
        scale, values, vectors = scaled_curvature(best.information[np.ix_(free, free)])
        se = np.sqrt(((vectors / np.maximum(values, WEAK)) * vectors).sum(axis=1)) / scale
        endless = se * ranges[free] > ENDLESS
        endless |= (vectors[:, values < WEAK] ** 2).sum(axis=1) > 0.1
        if not endless.any():
            break
        flat[np.flatnonzero(free)[endless]] = True
    return flat


def inverse_without(information: np.ndarray, held: np.ndarray) -> np.ndarray:
    """(P, P) inverse over the parameters that are not held; zero elsewhere."""
    out = np.zeros_like(information)
    free = np.flatnonzero(~held)
    scale, values, vectors = scaled_curvature(information[np.ix_(free, free)])
    out[np.ix_(free, free)] = (vectors / np.maximum(values, WEAK)) @ vectors.T / np.outer(scale, scale)
    return out


NEGLIGIBLE = 7.0  # a drop of the log-likelihood beyond which a value is left out: 0.09% of the density at the top
BOUNDED = 1.92  # drop of the log-likelihood that excludes an end of the law: half the 95% point of chi2(1)
GRID = 9
FINE = 400
LEAVES = {1: 6, 2: 3, 3: 2}  # leaves per term by the number of terms; one for more

type Rebuild = Callable[..., LaplacePosterior]  # (theta, held (P,) bool, [information (P, P)]) -> posterior given held


def maximise_given(objective: Objective, best: Maximum, held: dict[int, float]) -> Point:
    """The maximum over all parameters but those held at a value."""
    x = best.x.copy()
    x[list(held)] = list(held.values())
    free = np.ones(x.size, bool)
    free[list(held)] = False

    def reduced(part: np.ndarray) -> tuple[float, np.ndarray]:
        full = x.copy()
        full[free] = part
        value, gradient = objective(full)
        return value, gradient[free]

    start = Point(x[free], *reduced(x[free]))
    found, _ = climb(reduced, start, best.information[np.ix_(free, free)]) if free.any() else (start, 0)
    x[free] = found.x
    return Point(x, found.value, found.gradient)


def profile_law(
    objective: Objective, best: Maximum, j: int, sd_of: Callable[[np.ndarray], float], most: float
) -> SdLaw:
    """The law of parameter ``j``, a standard deviation in search units, with a flat prior on it.

    Parameters
    ----------
    sd_of : theta (P,) -> the standard deviation in the units of the data
    most : where the law ends at the latest; ratings that do not bound an sd leave it open there
    """
    top = _upper_end(objective, best, j, max(most, 2.0 * best.x[j]))
    points = [maximise_given(objective, best, {j: value}) for value in np.linspace(0.0, top, GRID)]
    grid = np.array([point.x[j] for point in points])
    from scipy.interpolate import PchipInterpolator  # 17 MB that hardly any fit needs

    values = np.array([point.value for point in points]) - max(point.value for point in points)
    height = PchipInterpolator(grid, np.maximum(values, -100.0 * NEGLIGIBLE))
    fine = np.linspace(0.0, top, FINE)
    density = np.exp(height(fine))
    below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    sd = PchipInterpolator(grid, [sd_of(point.x) for point in points])(fine)
    return SdLaw(sd, fine, below / below[-1], bool(values[0] > -BOUNDED), bool(values[-1] > -BOUNDED))


def _upper_end(objective: Objective, best: Maximum, j: int, most: float) -> float:
    """Where the profile has fallen by NEGLIGIBLE, to a few percent, by doubling and bisection; at most ``most``."""
    low, high = max(best.x[j], 0.0), min(max(2.0 * best.x[j], 0.25), most)
    while not _fallen(objective, best, j, high):
        if high >= most:
            return most
        low, high = high, min(2.0 * high, most)
    for _ in range(5):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if _fallen(objective, best, j, middle) else (middle, high)
    return high


def _fallen(objective: Objective, best: Maximum, j: int, value: float) -> bool:
    return best.value - maximise_given(objective, best, {j: value}).value > NEGLIGIBLE


def build_leaves(objective: Objective, best: Maximum, laws: dict[int, SdLaw], rebuild: Rebuild) -> tuple[Leaf, ...]:
    """Equally likely parts of the joint law (laws are independent), each with the posterior of everything else."""
    each = LEAVES.get(len(laws), 1)
    cuts = np.linspace(0.0, 1.0, each + 1)
    held = np.zeros(best.x.size, bool)
    held[list(laws)] = True
    leaves = []
    for cell in product(range(each), repeat=len(laws)):
        middle = {
            j: float(np.interp((cell[i] + 0.5) / each, law.below, law.search))
            for i, (j, law) in enumerate(laws.items())
        }
        theta = maximise_given(objective, best, middle).x
        between = np.array([[cuts[i], cuts[i + 1]] for i in cell])
        leaves.append(Leaf(between, rebuild(theta, held)))
    return tuple(leaves)
