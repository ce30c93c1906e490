"""``prior_predictive``: what the priors say about ratings before any rating is seen."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.fits.asking.request import check_ratings, one_dimension
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.inference.elimination.roots import drawn_rows, pairs_of, root_at, stack_of, times
from pluralstats.inference.posterior.samples import moved_effects, scaled_inverse
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import default_formula, parse_formula
from pluralstats.model.priors import Priors, ResolvedPriors, resolve_priors
from pluralstats.model.terms.monotone import drawn
from pluralstats.model.thresholds import ThresholdGroups
from pluralstats.results.checks.rating_layout import arranged, group_columns
from pluralstats.results.checks.replication import (
    Drawn,
    check_replications,
    fixed_parts,
    replicated,
    sizes,
    statistics,
    summarised,
)


def prior_predictive(
    ratings: Ratings,
    formula: str | None = None,
    *,
    disc: str | None = None,
    stretch: str | None = None,
    thresholds: str | None = None,
    family: str = "cumulative",
    link: str = "probit",
    priors: Priors | None = None,
    draws: int = 500,
    seed: int = 1,
) -> pd.DataFrame:
    """Ratings that the priors alone produce, for the raters and items of a study, beside the observed ones.

    Each simulation draws all parameters from the priors, a new effect for every rater and item, and one rating for
    every observed one. Priors are weak when the intervals are wide and hold what was observed; they are wrong when
    they exclude what could have been observed. The ratings themselves are only looked at for ``observed``, for the
    categories that occur and, gaussian, for the mean and sd that the default priors are scaled by.

    Parameters
    ----------
    ratings : Ratings
        Of one dimension, as for ``ps.fit``.
    formula : str, optional
        Default: that of ``ps.fit``, all demographics, ``(1 | item)`` and ``(1 | rater)``.
    disc, stretch, thresholds, family, link : str
        As for ``ps.fit``.
    priors : Priors, optional
        Default: ``ps.Priors()``.
    draws : int
        Simulations.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    data frame
        ``statistic``: ``share`` of a category (percent, named in ``category``), ``mean``, ``sd``, ``sd of rater
        means``, ``sd of item means``, and ``difference`` of the mean ratings of a level of a demographic and its
        ``reference`` (rating points; of raters as they are, other demographics included).
        ``level``: "overall" or "group"; ``unit``: "all" or "gender:male". ``observed``; ``estimate`` median of the
        simulations, ``lower, upper`` and ``lower_50, upper_50`` their central 95% and 50%; ``p`` = P(simulated >
        observed) + P(simulated = observed) / 2; ``n_ratings``.

    Raises
    ------
    ConfigError
        Arguments that ``ps.fit`` refuses, or priors for terms that the formula does not have.
    DataError
        A column in the formula with missing values.

    References
    ----------
    Gabry et al. (2019), J. R. Stat. Soc. A 182, 389-402, section 3.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> table = prior_predictive(ratings, draws=100)
    >>> table["statistic"].unique().tolist()
    ['share', 'mean', 'sd', 'sd of rater means', 'sd of item means', 'difference']
    >>> table.loc[table["statistic"] == "difference", ["unit", "reference"]].values.tolist()
    [['gender:male', 'female']]
    """
    check_ratings(ratings)
    check_replications(draws, seed)
    link = check_family(family, link, ratings.scale)
    text = formula if formula is not None else default_formula(ratings.demographics)
    parsed = parse_formula(text, available_columns(ratings))
    one_dimension(ratings, (*parsed.columns, thresholds) if thresholds else parsed.columns)
    asked = asked_formulas(ratings, parsed, family, link, disc=disc, stretch=stretch, thresholds=thresholds)
    design = build_design(ratings, asked, family, link)
    layout = arranged(ratings, design, agreement=False)
    labels = layout.labels
    means_of_groups = (labels["level"] == "group") & (labels["statistic"] == "mean")
    keep = ((labels["level"] == "overall") | means_of_groups).to_numpy()
    values = replicated(layout, range(draws), _prior_draws(design, priors or Priors()), seed, keep)
    observed = statistics(layout, layout.answers.bin, layout.answers.value)[keep]
    demographics = group_columns(ratings, design)
    levels = {name: ratings.frame[name].cat.categories.astype(str).tolist() for name in demographics}
    return _table(labels[keep].reset_index(drop=True), levels, observed, values, sizes(layout)[keep])


def _prior_draws(design: Design, priors: Priors) -> Callable[[int, np.random.Generator], Drawn]:
    """A function that draws all parameters from the priors, which hold for the standardised design."""
    whole = design.estimated
    made, at, gaussian = standardise(whole), resolve_priors(priors, whole), whole.family.has_residual
    pairs, stack, groups = pairs_of(whole), stack_of(whole), whole.thresholds
    units = made.units._replace(prior_weights=())  # they count ratings of raters, and there are no ratings yet

    def draw_of(number: int, rng: np.random.Generator) -> Drawn:
        cuts = np.empty(0) if gaussian else groups.values(drawn_thresholds(groups, at, rng))
        b = at.steps.coefficients(drawn_numbers(at, made.units.coefficient, rng))
        sd = at.sd * np.abs(rng.standard_t(at.df, at.sd.size))
        residual = at.residual * abs(rng.standard_t(at.df)) if gaussian else 1.0
        root = root_at(np.concatenate([np.log(sd), drawn_rows(pairs, at.correlation, rng)]), pairs)
        effect = times(root, rng.standard_normal(whole.offsets[-1]), stack)
        parts = moved_effects(units, tuple(effect[low:high] for low, high in pairwise(whole.offsets)))
        fixed, rest = fixed_parts(made.design, b) + made.y_shift, [np.empty(0)]
        for grouping, part in zip(whole.groupings, parts, strict=True):
            if grouping.basis is None:
                rest.append(part)
            else:  # the layout has curves among the columns
                fixed[0] += grouping.basis @ part
        threshold = cuts if gaussian else made.design.thresholds.stacked(cuts, b)
        return Drawn(threshold, fixed, np.concatenate(rest), residual)

    return draw_of


def drawn_numbers(at: ResolvedPriors, units: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(p,) a sampler's numbers of the coefficients of standardised columns, from their priors; ``units`` (p, p) the way
    to the coefficients of the data."""
    x = scaled_inverse(units) @ at.joint.drawn(at.df, rng)
    for steps, scale in zip(at.steps.blocks, at.step_scale, strict=True):
        x[steps] = drawn(steps.stop - steps.start, at.df, float(scale), rng)
    if at.intercept >= 0:
        x[at.intercept] = rng.normal(*at.intercept_prior)
    return x


def drawn_thresholds(groups: ThresholdGroups, at: ResolvedPriors, rng: np.random.Generator) -> np.ndarray:
    """(k,) x of the thresholds of all groups from their priors."""
    gaps = groups.is_gap
    x = rng.normal(*at.log_gap, groups.n_free)
    x[~gaps] = rng.normal(*at.threshold, groups.n_free - int(gaps.sum()))
    if groups.others:  # the logarithm of a precision
        x[-1] = np.log(at.precision * abs(rng.standard_t(at.df)))
    return x


def _table(
    labels: pd.DataFrame,
    levels: Mapping[str, Sequence[str]],
    observed: np.ndarray,
    values: np.ndarray,
    n_ratings: np.ndarray,
) -> pd.DataFrame:
    """The statistics of everybody, then the differences between the means of levels and their reference."""
    groups = np.flatnonzero(labels["level"] == "group")
    rest = np.flatnonzero(labels["level"] == "overall")
    place = dict(zip(labels["unit"].iloc[groups], groups, strict=True))
    pairs = [(f"{name}:{level}", f"{name}:{first}", first) for name, (first, *more) in levels.items() for level in more]
    at, against = ([place[pair[side]] for pair in pairs] for side in (0, 1))
    differences = pd.DataFrame(
        {
            "statistic": "difference",
            "level": "group",
            "unit": [unit for unit, _, _ in pairs],
            "category": "",
            "reference": [reference for _, _, reference in pairs],
        }
    )
    order = [*rest, *at]
    rows = pd.concat([labels.iloc[rest].assign(reference=""), differences], ignore_index=True)
    minus = np.zeros((len(labels), len(order)))
    minus[order, np.arange(len(order))] = 1.0
    minus[against, np.arange(len(rest), len(order))] = -1.0
    return summarised(rows, observed @ minus, values @ minus, n_ratings[order])
