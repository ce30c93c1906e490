"""``variance_shares``: how much of the spread of ratings is item, group, person or noise (METHODS section 4)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.roles import rater_columns
from pluralstats.model.formula.parsing import RandomTerm
from pluralstats.population.targets import Population
from pluralstats.results.averaging.crossings import crossing_of
from pluralstats.results.averaging.multipliers import open_multipliers, sloping, variance_at
from pluralstats.results.averaging.people import check_population
from pluralstats.results.averaging.scenes import Scene, by_dimension, circumstances, crowd_of, observed_people
from pluralstats.results.variance.design_moments import design_covariance
from pluralstats.results.variance.noise import refuse_no_noise, residual_variance


def variance_shares(fit: Fit, *, prob: float = 0.95, population: Population | None = None) -> pd.DataFrame:
    """Shares of the latent variance, which sum to 100 within every draw.

    ``demographics`` is the variance of x'b over raters (``fixed effects`` where the formula also has columns that
    vary within raters); ``item``, ``rater`` and every other random term have their variance; ``residual`` is 1
    (probit), pi^2 / 3 (logit), pi^2 / 6 (cloglog) or sigma^2 (gaussian, in squared rating points). Sequential and
    adjacent-category families have that noise in every step or comparison. With a submodel of the noise (``disc``) it
    is that number times the mean of s^2 over raters and what they rate, new raters included: exp(2 w'zeta + 2 Var v).
    ``stretch`` and thresholds of their own say how the latent scale is cut, not how wide it is: shares do not move.

    The variance of x'b is corrected for estimation. A square is never negative, so the noise of coefficients looks
    like variance: once because the estimate b^ differs from b, and once more because draws differ from b^. With V the
    posterior covariance of the coefficients and S the covariance of x over raters, each adds trace(V S) on average,
    so every draw has max(0, b' S b - 2 trace(V S)). Without an effect the share is then near 0 and its interval
    reaches 0.

    A term with slopes, as (1 + gender | item), adds z'u to the linear predictor, z = (1, male) and u ~ N(0, C). Its
    mean variance over raters, E[z' C z] (Johnson 2014), has two parts, the same whatever the reference level is:
    ``item``, m' C m with m = E[z], is how far items differ for the average rater; ``gender x item``,
    E[(z - m)' C (z - m)], is how far groups differ in what they say of an item beyond their overall difference. The
    variance at the reference level alone is the square of sd(item) in ``fit.parameters``.

    Where maximum likelihood leaves the sd or a correlation of a term open (``fit.problems`` names it), the variance of
    that term is missing, and so are all shares: they are shares of a total with it.

    Parameters
    ----------
    fit : Fit
    prob : float
        Probability of the interval, quantiles over draws.
    population : Population, optional
        Whom x and z are distributed as; default the raters, each once (by ``rater_weight``, where they have one).

    Returns
    -------
    data frame
        [``dimension``], ``component``, ``percent`` (posterior mean, that is the mean over draws, 0-100), ``lower``,
        ``upper``, ``sd`` (square root of the mean variance, latent scale). In the order item terms, demographics,
        rater, other terms, residual; the part of slopes follows its term.

    Raises
    ------
    ConfigError
        A ``prob`` that is no probability.
    DataError
        A population with a demographic or level that the ratings do not have.

    Warns
    -----
    PopulationWarning
        The population has combinations of levels that no rater has.

    References
    ----------
    Johnson (2014), Methods in Ecology and Evolution 5, 944-946 (mean random effect variance, tr(Z C Z') / n).

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> shares = ps.variance_shares(ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)"))
    >>> float(round(shares["percent"].sum(), 6))
    100.0
    """
    refuse_no_fit(fit, "variance_shares")
    if problems := probability_problem(prob):
        raise problems_error(ConfigError, problems)
    check_population(fit.ratings, fit.roles.columns, population)
    return by_dimension(fit, lambda dimension: _table(component_variances(fit, population, dimension), prob))


def _table(components: dict[str, np.ndarray], prob: float) -> pd.DataFrame:
    variances = np.stack(list(components.values()), axis=1)
    shares = 100.0 * variances / variances.sum(axis=1, keepdims=True)
    lower, upper = np.quantile(shares, [0.5 - prob / 2.0, 0.5 + prob / 2.0], axis=0)
    return pd.DataFrame(
        {
            "component": list(components),
            "percent": shares.mean(axis=0),
            "lower": lower,
            "upper": upper,
            "sd": np.sqrt(variances.mean(axis=0)),
        }
    )


def component_variances(
    fit: Fit, population: Population | None = None, dimension: str | None = None
) -> dict[str, np.ndarray]:
    """(S,) draws of the variance of each component of ``variance_shares``, in its order, latent scale."""
    refuse_no_noise(fit.design.family, "A share of variance")
    one = Scene(observed_people(fit, population=population), {}, circumstances(fit, dimension))
    terms = _term_variances(fit, one)
    nothing = np.full(len(fit.samples.sd), np.nan)
    terms |= dict.fromkeys([name for name in _undetermined(fit, one) if name in terms], nothing)
    out = {name: terms.pop(name) for name in sorted(terms, key=_position) if _position(name) < 2}
    if set(fit.design.formula.columns) - _constant(fit, dimension):
        out[fixed_name(fit, dimension)] = fixed_variance(fit, one)
    return out | terms | {"residual": residual_variance(fit, one)}


def _constant(fit: Fit, dimension: str | None) -> set[str]:
    """Columns that do not vary where a single dimension is looked at."""
    return set() if dimension is None else {"dimension"}


def _term_variances(fit: Fit, scene: Scene) -> dict[str, np.ndarray]:
    """(S,) draws of the variance of each random term, and of the part of its slopes, "gender x item"."""
    design = fit.design
    out: dict[str, np.ndarray] = {}
    Z, share = crossing_of(fit, crowd_of([scene]), scene.around).multipliers_met()
    nothing = np.zeros(len(fit.samples.sd))
    for block in design.blocks:
        terms, name = range(block.start, block.stop), design.groupings[block.start].term.name
        if not sloping(design, terms):
            out[name] = out.get(name, nothing) + fit.samples.sd[:, block.start] ** 2
            continue
        mean = share @ Z
        out[name] = out.get(name, nothing) + variance_at(design, fit.samples, terms, mean[None])[:, 0]
        rows, group = np.unique((Z - mean)[:, list(terms)], axis=0, return_inverse=True)
        if len(rows) == 1:
            continue  # its columns are the same in all that is looked at, as slopes by dimension on one of them
        moved = np.zeros((len(rows), Z.shape[1]))
        moved[:, list(terms)] = rows
        of_slopes = variance_at(design, fit.samples, terms, moved) @ np.bincount(group.ravel(), weights=share)
        slopes = _slopes_name(design.groupings[block.start].term)
        out[slopes] = out.get(slopes, nothing) + of_slopes
    return out


def _undetermined(fit: Fit, scene: Scene) -> list[str]:
    """Components that rest on an sd or correlation that the data do not determine, for anybody in the scene."""
    Z, _ = crossing_of(fit, crowd_of([scene]), scene.around).multipliers_met()
    out = []
    for block in fit.design.blocks:
        if open_multipliers(fit, Z, range(block.start, block.stop)).any():
            term = fit.design.groupings[block.start].term
            out += [term.name, _slopes_name(term)]
    return out


def _slopes_name(term: RandomTerm) -> str:
    return f"{' + '.join(term.columns)} x {term.name}"


def _position(name: str) -> int:
    """Items first, then what items are nested in; the part of slopes after its term."""
    return {"item": 0, "question": 1}.get(name.rpartition(" x ")[2], 2)


def fixed_name(fit: Fit, dimension: str | None = None) -> str:
    """What the component of the fixed part is called."""
    columns = [name for name in fit.design.formula.columns if name not in _constant(fit, dimension)]
    return "demographics" if len(rater_columns(fit.ratings, columns)) == len(columns) else "fixed effects"


def fixed_variance(fit: Fit, scene: Scene, between: Sequence[str] = ()) -> np.ndarray:
    """(S,) variance of x'b and the offset over people and what they meet, less what noise adds to it on average.

    Parameters
    ----------
    between : columns
        Only what differs between their values, averaged over everything else.
    """
    b = fit.samples.coefficient
    if fit.flat_coefficients.any():  # a coefficient without an estimate
        return np.full(len(b), np.nan)
    of_design = design_covariance(fit, scene, between)
    b = np.column_stack([b, np.ones((len(b), len(of_design) - b.shape[1]))])  # an offset has the coefficient 1
    noise = np.einsum("sp,pq,sq->s", b - b.mean(axis=0), of_design, b - b.mean(axis=0), optimize=True)
    # the mean of noise is trace(V S), V the covariance of the draws
    return np.maximum(np.einsum("sp,pq,sq->s", b, of_design, b, optimize=True) - 2.0 * noise.mean(), 0.0)
