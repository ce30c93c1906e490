"""The draws of a fit as an arviz DataTree: which groups there are, and what stands in each.

arviz finds what it needs by the names of groups: ``summary`` and ``plot_forest`` read ``posterior``, ``loo``
``log_likelihood``, ``psense`` ``log_prior`` too, ``plot_ppc_dist`` ``posterior_predictive`` and ``observed_data``, and
``plot_loo_pit`` all of the last three.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, nearest
from pluralstats.inference.posterior.answers import among_all, drawn_answers
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.files import axes
from pluralstats.inference.posterior.pointwise import rating_log_likelihood
from pluralstats.inference.posterior.row_predictors import predictors_of_rows
from pluralstats.inference.posterior.samples import Samples, evenly_spaced
from pluralstats.inference.posterior.split import known_curves
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.standard.log_prior import log_prior_density
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, resolve_priors

if TYPE_CHECKING:
    from xarray import DataTree

MOST_NUMBERS = 25_000_000  # ratings times draws up to which a group of that size is made unasked: 200 MB
OF_EVERY_RATING = ("log_likelihood", "posterior_predictive")


@dataclass(frozen=True, eq=False)
class DrawnModel:
    """What the groups are made of; ``samples`` of ``Design.estimated``, ``stats`` (chains, draws) each."""

    ratings: Ratings
    design: Design
    samples: Samples
    chains: int
    stats: Mapping[str, np.ndarray]
    priors: Priors | None

    @property
    def whole_samples(self) -> Samples:
        """The draws of ``Design.whole``."""
        return known_curves(self.samples, self.design)

    def by_chain(self, values: np.ndarray) -> np.ndarray:
        """(chains, draws, ...) of stacked (S, ...)."""
        return values.reshape(self.chains, -1, *values.shape[1:])

    def thinned(self, draws: int) -> "DrawnModel":
        """With about so many draws, evenly spaced and equally many of each chain."""
        rows = evenly_spaced(len(self.samples.sd), self.chains, draws)
        within = rows[: rows.size // self.chains]
        stats = {name: values[:, within] for name, values in self.stats.items()}
        return DrawnModel(self.ratings, self.design, self.samples.at(rows), self.chains, stats, self.priors)


def drawn_model(
    ratings: Ratings, design: Design, samples: Samples, posterior: object, priors: Priors | None
) -> DrawnModel:
    """The draws of a fit, in the chains that they came from; those of Laplace are one chain."""
    drawn = posterior if isinstance(posterior, DrawnPosterior) else DrawnPosterior(samples, 1)
    return DrawnModel(ratings, design, samples, drawn.chains, drawn.stats, priors)


def usual_groups(model: DrawnModel) -> list[str]:
    """What a tree has unasked: all groups, without those that do not exist or would be large.

    Leaving one out takes draws of the exact posterior, and from others arviz would return numbers without a word.
    """
    large = model.design.n * len(model.samples.sd) > MOST_NUMBERS
    without = set(OF_EVERY_RATING) if large else set() if model.stats else {"log_likelihood"}
    without |= set() if model.stats else {"sample_stats"}
    without |= set() if model.priors is not None and _are_finite(model.samples) else {"log_prior"}
    return [name for name in GROUPS if name not in without]


def _are_finite(samples: Samples) -> bool:
    return bool(np.isfinite(samples.parameters).all())


def draws_tree(model: DrawnModel, groups: Sequence[str] | None, draws: int | None, seed: int) -> "DataTree":
    """The tree of ``Fit.to_datatree``, whose arguments and groups are described there."""
    if draws is not None and (not isinstance(draws, int) or isinstance(draws, bool) or draws < 1):
        raise ConfigError(f"`draws` is a positive whole number, or None for all; found {draws!r}.")
    if draws is not None and draws < len(model.samples.sd):
        model = model.thinned(draws)
    wanted = usual_groups(model) if groups is None else _asked_for(groups, model)
    along = axes(model.design.estimated)
    dims = {axis.variable: [axis.dimension] for axis in along} | {"rating": ["row"]}
    coords: dict[str, Any] = {axis.dimension: axis.names for axis in along if axis.names}
    coords["row"] = np.arange(model.design.n)
    made: dict[str, Any] = {name: GROUPS[name](model, seed) for name in wanted}
    import arviz_base  # half a second and 10 MB that a fit without draws does not need

    with warnings.catch_warnings():
        # a draw or two of each of four chains are what was asked for, not a mix-up of dimensions
        warnings.filterwarnings("ignore", message="Found chain dimension to be longer than draw dimension")
        constant = made.pop("constant_data", None)
        tree = arviz_base.from_dict(made, dims=dims, coords=coords)
        if constant is not None:  # apart: a column may have the name of a parameter, whose dimensions are others
            of_rows = {column: ["row"] for column in constant}
            alone = arviz_base.from_dict({"constant_data": constant}, dims=of_rows, coords={"row": coords["row"]})
            tree["constant_data"] = alone["constant_data"]
        return tree


def _asked_for(groups: Sequence[str], model: DrawnModel) -> list[str]:
    """The names in the order of ``GROUPS``."""
    names = [groups] if isinstance(groups, str) else list(groups)
    for name in names:
        if name not in GROUPS:
            raise ConfigError(f"`groups` may hold {', '.join(GROUPS)}; found {name!r}.{nearest(str(name), GROUPS)}")
    if "log_prior" in names and model.priors is None:
        raise ConfigError(
            "`log_prior` needs a fit with priors, and this one is maximum likelihood or a changed graph. Fit with the "
            "default method, or with `priors=ps.Priors()`."
        )
    if "sample_stats" in names and not model.stats:
        raise ConfigError("`sample_stats` are those of a sampler, and nothing was sampled for this fit.")
    return [name for name in GROUPS if name in names]


def _posterior(model: DrawnModel, seed: int) -> dict[str, np.ndarray]:
    at = model.samples
    values = (at.threshold, at.coefficient, at.sd, at.correlation, *at.effects)
    variables = {
        axis.variable: model.by_chain(v) for axis, v in zip(axes(model.design.estimated), values, strict=True) if v.size
    }
    if at.residual_sd is not None:
        variables["residual_sd"] = model.by_chain(at.residual_sd)
    return variables


def _sample_stats(model: DrawnModel, seed: int) -> dict[str, np.ndarray]:
    return dict(model.stats)


def _log_prior(model: DrawnModel, seed: int) -> dict[str, np.ndarray]:
    """Of thresholds, coefficients, sds and correlations together, up to a constant."""
    assert model.priors is not None
    priors = resolve_priors(model.priors, model.design)
    density = log_prior_density(model.samples, standardise(model.design.estimated), priors)
    return {"parameters": model.by_chain(density)}


def _log_likelihood(model: DrawnModel, seed: int) -> dict[str, np.ndarray]:
    return {"rating": model.by_chain(rating_log_likelihood(model.design.whole, model.whole_samples))}


def _posterior_predictive(model: DrawnModel, seed: int) -> dict[str, np.ndarray]:
    return {"rating": model.by_chain(np.concatenate(list(_replications(model, np.random.default_rng(seed)))))}


def _replications(model: DrawnModel, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """(D, n) ratings of the same raters and items in blocks of draws, in the order of the ratings."""
    design, at = model.design.whole, model.whole_samples
    order, weight = np.argsort(design.rows), np.ones(design.n)
    groups = design.thresholds.with_rows(design.thresholds.group[order])
    answers = _small(design.categories) if design.family.ordered else None
    own = groups.stacked(at.threshold, at.coefficient) if at.residual_sd is None else at.residual_sd[:, None]
    for block, m in predictors_of_rows(design, at, order):
        made = np.empty(m.shape[1:], float if answers is None else answers.dtype)
        for s in range(m.shape[1]):
            drawn = drawn_answers(design.family, groups, m[:, s].T, own[block.start + s], weight, rng)
            made[s] = design.points(drawn) if answers is None else answers[among_all(groups, design.categories, drawn)]
        yield made


def _small(values: np.ndarray) -> np.ndarray:
    """Whole rating points as short integers, which arviz takes for discrete."""
    return values.astype(np.int16) if (values == values.astype(np.int16)).all() else values


def _observed_data(model: DrawnModel, seed: int) -> dict[str, np.ndarray]:
    design = model.design
    values = _small(design.categories)[design.answers] if design.family.ordered else design.points(design.y)
    return {"rating": np.asarray(values)[np.argsort(design.rows)]}


def _constant_data(model: DrawnModel, seed: int) -> dict[str, np.ndarray]:
    """Who rated what, the columns of the formula, and the weights: a row of frequency 3 is drawn once, not thrice."""
    frame = model.ratings.frame
    columns = {name: frame[name] for name in _columns(model)}
    named = {name.replace("/", "_"): column for name, column in columns.items()}  # no variable of a tree has a slash
    return {n: c.astype(str).to_numpy(str) if c.dtype.kind not in "iufb" else c.to_numpy() for n, c in named.items()}


def _columns(model: DrawnModel) -> list[str]:
    formula = model.design.formula
    factors = [factor for term in formula.random for factor in term.factors]
    names = dict.fromkeys(["item", "rater", *formula.described, *factors, "weight"])
    return [name for name in names if name in model.ratings.frame]


GROUPS: Mapping[str, Callable[[DrawnModel, int], dict[str, np.ndarray]]] = {
    "posterior": _posterior,
    "sample_stats": _sample_stats,
    "log_prior": _log_prior,
    "log_likelihood": _log_likelihood,
    "posterior_predictive": _posterior_predictive,
    "observed_data": _observed_data,
    "constant_data": _constant_data,
}
