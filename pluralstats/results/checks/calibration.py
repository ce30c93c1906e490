"""``calibration_ranks``: whether the sampler finds the truth as often as it says (simulation-based calibration)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from pluralstats.cluster.spreading import spread
from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, expect
from pluralstats.fits.asking.request import check_ratings, one_dimension
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.inference.elimination.roots import drawn_rows, pairs_of, root_at, stack_of, times
from pluralstats.inference.posterior.answers import drawn_answers
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.pointwise import Pointwise, single_ratings, total_log_likelihood
from pluralstats.inference.posterior.row_predictors import predictors
from pluralstats.inference.posterior.samples import Samples
from pluralstats.inference.sampling.exact import of_data, sample_rotations, standard_samples
from pluralstats.inference.sampling.no_u_turn import sample_no_u_turn
from pluralstats.inference.sampling.options import Sampler
from pluralstats.inference.standard.designs import Standardised, standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import default_formula, parse_formula
from pluralstats.model.merging import with_answers
from pluralstats.model.priors import Priors, ResolvedPriors, rating_moments, resolve_priors
from pluralstats.model.thresholds import ThresholdGroups
from pluralstats.results.checks.prior_simulation import drawn_numbers, drawn_thresholds

MOST_TRIES = 1000  # simulations in a row that leave a category without ratings
SAMPLERS: dict[str, Callable[..., DrawnPosterior]] = {"hmc": sample_rotations, "nuts": sample_no_u_turn}


def calibration_ranks(
    ratings: Ratings,
    formula: str | None = None,
    *,
    disc: str | None = None,
    stretch: str | None = None,
    thresholds: str | None = None,
    family: str = "cumulative",
    link: str = "probit",
    priors: Priors | None = None,
    method: str = "hmc",
    simulations: int = 100,
    ranks: int = 100,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Ranks of the truth among posterior draws, in studies simulated from the priors.

    Each simulation draws parameters from the priors and ratings for the raters and items of ``ratings`` (whose own
    answers are not used), samples the posterior, and counts how many of ``ranks`` - 1 draws lie below the truth. If
    the sampler is right, every rank is equally likely. Simulations in which a category of the scale has no rating are
    drawn anew; ranks stay uniform, because that can be seen in the ratings.

    Parameters
    ----------
    ratings : Ratings
        Gives the design: who rated what, and the demographics.
    formula, disc, stretch, thresholds, family, link, priors : as for ``ps.fit``
    method : {"hmc", "nuts"}
    simulations : int
    ranks : int
        Number of possible ranks; draws are thinned to one fewer.
    draws : int
        Posterior draws of each simulation.
    seed : int

    Returns
    -------
    data frame
        ``simulation``, ``parameter`` (thresholds, coefficients, sds, the first level of each random term, and the
        log-likelihood of the ratings), ``rank`` (0 to ``ranks`` - 1), ``n_ranks``, ``truth``.

    Raises
    ------
    ConfigError
        As ``ps.fit``; or priors under which a category hardly ever has a rating.

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788; Modrak et al. (2023), Bayesian Analysis (the log-likelihood as a quantity).

    Examples
    --------
    >>> import pluralstats as ps
    >>> design = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=8, seed=1)
    >>> table = ps.calibration_ranks(design, "rating ~ 1 + (1 | item)", simulations=2, ranks=20)
    >>> table["parameter"].unique().tolist()
    ['1|2', '2|3', '3|4', '4|5', 'sd(item)', 'item[I01]', 'log-likelihood']
    """
    check_ratings(ratings)
    if method not in SAMPLERS:
        raise ConfigError(f"`method` is one of {', '.join(SAMPLERS)}; found '{method}'.")
    link = check_family(family, link, ratings.scale)
    text = formula if formula is not None else default_formula(ratings.demographics)
    parsed = parse_formula(text, available_columns(ratings))
    one_dimension(ratings, (*parsed.columns, thresholds) if thresholds else parsed.columns)
    asked = asked_formulas(ratings, parsed, family, link, disc=disc, stretch=stretch, thresholds=thresholds)
    design = build_design(ratings, asked, family, link).estimated
    fixed = _fixed_priors(priors or Priors(), design)
    origin = _Origin(design, resolve_priors(fixed, design), standardise(design))
    streams = np.random.SeedSequence(seed).spawn(simulations)
    tasks = [(origin, fixed, SAMPLERS[method], np.random.default_rng(s), ranks, draws) for s in streams]
    tables = spread(_simulation, tasks, [origin])
    return pd.concat([table.assign(simulation=i) for i, table in enumerate(tables)], ignore_index=True)


def interval_coverage(table: pd.DataFrame, nominal: tuple[float, ...] = (0.5, 0.8, 0.9, 0.95)) -> pd.DataFrame:
    """Share of simulations whose central intervals hold the truth, from the ranks of ``calibration_ranks``.

    Returns
    -------
    data frame
        ``parameter``, ``nominal`` and ``observed`` (percent), ``n`` simulations.
    """
    _check_table(table, "interval_coverage")
    rows = []
    for parameter, part in table.groupby("parameter", sort=False):
        # the truth lies between two draws; ranks 0 .. n - 1 are equally likely
        depth = np.minimum(part["rank"], part["n_ranks"] - 1 - part["rank"])
        for level in nominal:
            cut = np.round((1.0 - level) / 2.0 * part["n_ranks"], 9)
            whole = np.floor(cut)  # an end between two ranks counts in parts, so that ``level`` is what is expected
            share = (whole + 1.0 - cut) * (depth >= whole) + (cut - whole) * (depth > whole)
            rows.append((parameter, 100.0 * level, 100.0 * float(share.mean()), len(part)))
    return pd.DataFrame(rows, columns=["parameter", "nominal", "observed", "n"])


def rank_uniformity(table: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Whether ranks are uniform: Pearson's chi-squared over equal bins, for each parameter.

    Returns
    -------
    data frame
        ``parameter``, ``chi_squared`` on ``bins`` - 1 degrees of freedom, ``p``, ``p_bonferroni`` (times the number
        of parameters, which are correlated, so that it errs on the side of calling ranks uniform).
    """
    _check_table(table, "rank_uniformity")
    rows = []
    for parameter, part in table.groupby("parameter", sort=False):
        expected = len(part) / bins
        counts = np.bincount(part["rank"] * bins // part["n_ranks"], minlength=bins)
        statistic = float(((counts - expected) ** 2 / expected).sum())
        rows.append((parameter, statistic, float(chdtrc(bins - 1, statistic))))
    made = pd.DataFrame(rows, columns=["parameter", "chi_squared", "p"])
    return made.assign(p_bonferroni=np.minimum(1.0, made["p"] * len(made)))


def _fixed_priors(priors: Priors, design: Design) -> Priors:
    """Priors that do not move with the simulated ratings, as the default unit of the gaussian family would."""
    if not design.family.has_residual:
        return replace(priors, unit=priors.unit or design.family.noise)
    mean, spread = rating_moments(design)
    return replace(priors, unit=priors.unit or spread, location=mean if priors.location is None else priors.location)


@dataclass(frozen=True, eq=False)
class _Origin:
    """What studies are simulated from: the same for all of them, so that it is worked out once."""

    design: Design
    at: ResolvedPriors
    made: Standardised


def _simulation(
    origin: _Origin,
    priors: Priors,
    sample: Callable[..., DrawnPosterior],
    rng: np.random.Generator,
    ranks: int,
    draws: int,
) -> pd.DataFrame:
    """The ranks of one simulated study."""
    truth, simulated = _simulated(origin, rng)
    posterior = sample(simulated, priors, draws, int(rng.integers(2**31)), Sampler())
    kept = np.linspace(0, len(posterior.samples.sd) - 1, ranks - 1).round().astype(int)
    found = _quantities(simulated, posterior.samples)
    true = _quantities(simulated, truth)
    rows = [(name, int((values[kept] < true[name][0]).sum()), ranks, true[name][0]) for name, values in found.items()]
    return pd.DataFrame(rows, columns=["parameter", "rank", "n_ranks", "truth"])


def _simulated(origin: _Origin, rng: np.random.Generator) -> tuple[Samples, Design]:
    """Parameters from the priors, as one draw in the units of the data, and the design with ratings they made."""
    design, at, made = origin.design, origin.at, origin.made
    numbers = not design.family.ordered
    for _ in range(MOST_TRIES):
        x, effects = _prior_draw(origin, rng)
        truth = of_data(made, x[None], standard_samples(made.design, x[None], effects[None]))
        y = _ratings(design, truth, rng)
        if numbers or _all_used(design.thresholds, y):
            return truth, with_answers(design, y)
    gaps = f", log gap {at.log_gap[1]:.3g}" if design.thresholds.is_gap.any() else ""
    raise ConfigError(
        f"{MOST_TRIES} simulated studies in a row left a category of the scale without a rating: the priors "
        f"(threshold {at.threshold[1]:.3g}{gaps}) are too wide for these {design.n} ratings. Use narrower ones."
    )


def _prior_draw(origin: _Origin, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(P,) parameters x of the standardised design and (q,) random effects."""
    design, at, made = origin.design, origin.at, origin.made
    gaussian = design.family.has_residual
    cuts = np.empty(0) if gaussian else drawn_thresholds(design.thresholds, at, rng)
    b = drawn_numbers(at, made.units.coefficient, rng)
    scales = np.append(at.sd, at.residual) if gaussian else at.sd
    sd = scales * np.abs(rng.standard_t(at.df, scales.size))
    pairs, terms = pairs_of(design), len(design.groupings)
    w = drawn_rows(pairs, at.correlation, rng)
    scales = np.concatenate([np.log(sd[:terms]), w])
    effects = times(root_at(scales, pairs), rng.standard_normal(design.offsets[-1]), stack_of(design))
    return np.concatenate([cuts, b, scales, np.log(sd[terms:])]), effects


def _all_used(groups: ThresholdGroups, y: np.ndarray) -> bool:
    """Whether every category of every group has a rating; of all rows where groups are rows of ``cs()``."""
    each = groups.rows_by_group() if groups.category is None else [np.arange(y.size)]
    sizes = zip(each, groups.categories, strict=False)
    return all(np.unique(y[rows]).size == used.size for rows, used in sizes)


def _ratings(design: Design, at: Samples, rng: np.random.Generator) -> np.ndarray:
    groups = design.thresholds
    own = groups.stacked(at.threshold[0], at.coefficient[0]) if at.residual_sd is None else at.residual_sd[:1]
    m = predictors(design, at, np.arange(design.n), slice(0, 1), ())[:, :, 0].T
    return drawn_answers(design.family, groups, m, own, design.weight, rng)


def _quantities(design: Design, at: Samples) -> dict[str, np.ndarray]:
    """Name -> (S,) draws of every parameter, the first level of each term, and the log-likelihood."""
    out = {name: at.threshold[:, k] for k, name in enumerate(design.boundaries)} if at.threshold.shape[1] else {}
    out |= {name: at.coefficient[:, j] for j, name in enumerate(design.fixed.names)}
    out |= {f"sd({g.name})": at.sd[:, t] for t, g in enumerate(design.groupings)}
    out |= {name: at.correlation[:, k] for k, name in enumerate(design.correlation_names)}
    out |= {} if at.residual_sd is None else {"sd(residual)": at.residual_sd}
    out |= {f"{g.name}[{g.levels[0]}]": at.effects[t][:, 0] for t, g in enumerate(design.groupings)}
    return out | {"log-likelihood": total_log_likelihood(Pointwise(design, at, single_ratings(design)))}


def _check_table(table: object, name: str) -> None:
    expect(table, pd.DataFrame, f"`ps.{name}` needs the table of ps.calibration_ranks")
    if missing := [column for column in ("parameter", "rank", "n_ranks") if column not in pd.DataFrame(table)]:
        raise ConfigError(f"`ps.{name}` needs the table of ps.calibration_ranks; it lacks {', '.join(missing)}.")
