"""The exact posterior once more, as a PyMC graph: readable, changeable, and the check of the fast samplers.

The graph has the model and the priors of METHODS section 1 in the standardised design, and random effects in the
non-centred form u = sd z. What a result needs is there in the units of the data, under the names of ``Fit.draws``:
``threshold``, ``coefficient``, ``sd``, ``residual_sd`` and one ``r_<term>`` for each random term. Ratings stand in the
order of ``Ratings.frame``.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pluralstats.errors import ConfigError
from pluralstats.inference.drawn import DrawnPosterior
from pluralstats.inference.graph_draws import import_pymc, sample_graph
from pluralstats.inference.graph_rows import DRAW, LOG_DENSITY
from pluralstats.inference.sampler import Sampler
from pluralstats.inference.standardise import Standardised, standardise
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, ResolvedPriors, resolve_priors

if TYPE_CHECKING:
    import pymc as pm

ROWS, BOUNDARIES, INNER = "rating_row", "boundary", "inner_category"
PARAMETERS, COLUMNS, TERMS = "parameter", "column", "term"
LEAST_WARMUP = 800
DIMS = (ROWS, BOUNDARIES, INNER, PARAMETERS, COLUMNS, TERMS)

type LogDensity = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray, np.ndarray]]


def build_graph(design: Design, priors: ResolvedPriors, added: Callable[[], Any] | None = None) -> "pm.Model":
    """The model of a design as a PyMC graph.

    P(y <= k) = F(tau_k - eta) or y ~ normal(eta, sigma^2), eta = X b + the sum of r_t[level of the row].

    Parameters
    ----------
    design : Design
        In the units of the data; it is standardised here.
    priors : ResolvedPriors
        ``resolve_priors(priors, design)``.
    added : function, optional
        Called inside the model; returns what is added to eta, (n,) in the order of ``Ratings.frame``.

    Returns
    -------
    pymc.Model
        Free: ``threshold_first`` and ``log_gap`` (dim inner_category: the gap is the width of that category),
        ``slope`` (dim column; per sd of measured columns), ``intercept`` and ``residual_sd`` (gaussian), ``sd`` (dim
        term), ``z_<term>`` (dim <term>). In the units of the data: ``threshold`` (dim boundary), ``coefficient`` (dim
        parameter), ``r_<term>``. Observed: ``rating`` (dim rating_row).

    Raises
    ------
    ConfigError
        PyMC is not installed, or a random term has the name of another dimension.
    """
    pm, made, priors = import_pymc(), standardise(design), _in_double_precision(priors)
    order = np.argsort(design.rows)
    with pm.Model(coords=graph_coords(design)) as model:
        b = _coefficients(made, priors)
        eta = (made.design.fixed.X @ b)[design.fixed.cell[order]] if b is not None else np.zeros(design.n)
        for grouping, effects in zip(design.groupings, _random_effects(design, priors), strict=True):
            eta = eta + effects[grouping.index[order]]
        if added is not None:
            eta = eta + added()
        if design.family == "gaussian":
            _gaussian_ratings(made.design, priors, eta, order)
        else:
            _ordered_ratings(made, priors, b, eta, order)
    return model


def _in_double_precision(priors: ResolvedPriors) -> ResolvedPriors:
    """The same numbers as arrays: PyTensor takes a bare 3.0 for a 32-bit number, and its logarithm has 7 digits."""
    numbers: dict[str, Any] = {name: np.asarray(value, float) for name, value in priors._asdict().items()}
    return ResolvedPriors(**(numbers | {"intercept": priors.intercept}))


def graph_coords(design: Design) -> dict[str, Any]:
    """Dimension -> names along it."""
    taken = [g.name for g in design.groupings if g.name in DIMS]
    if taken:
        raise ConfigError(
            f"The random term {taken[0]} has the name of a dimension of the PyMC graph ({', '.join(DIMS)}). "
            "Rename that column of the ratings, or use another `method`."
        )
    names = design.fixed.names
    coords: dict[str, Any] = {ROWS: np.arange(1, design.n + 1), PARAMETERS: list(names)}
    coords[COLUMNS] = [name for name in names if design.family != "gaussian" or name != "Intercept"]
    coords[TERMS] = [g.name for g in design.groupings]
    if design.family != "gaussian":
        coords |= {BOUNDARIES: design.boundaries, INNER: list(design.labels[1:-1])}
    return coords | {g.name: g.levels.astype(str) for g in design.groupings}


def _coefficients(made: Standardised, priors: ResolvedPriors) -> Any:
    """(p,) coefficients of the standardised columns, None without any; those of the data as ``coefficient``."""
    import pymc as pm
    import pytensor.tensor as pt

    size, at = priors.coefficient.size, priors.intercept
    if size == 0:
        return None
    rest, b = np.delete(np.arange(size), max(at, 0)) if at >= 0 else np.arange(size), pt.zeros(size)
    if rest.size:
        b = b[rest].set(pm.StudentT("slope", nu=priors.df, mu=0.0, sigma=priors.coefficient[rest], dims=COLUMNS))
    if at >= 0:
        b = b[at].set(pm.Normal("intercept", *priors.intercept_prior))
    of_data = b / made.scale
    if "Intercept" in made.design.fixed.names and made.design.family == "gaussian":
        of_data = of_data[at].inc(made.y_shift - pt.dot(made.shift, of_data))
    pm.Deterministic("coefficient", of_data, dims=PARAMETERS)
    return b


def _random_effects(design: Design, priors: ResolvedPriors) -> list[Any]:
    """For each random term its effects (q_t,), sd times a standard normal."""
    import pymc as pm

    if not design.groupings:
        return []
    sd = pm.HalfStudentT("sd", nu=priors.df, sigma=priors.sd, dims=TERMS)
    names = [g.name for g in design.groupings]
    return [pm.Deterministic(f"r_{t}", sd[i] * pm.Normal(f"z_{t}", dims=t), dims=t) for i, t in enumerate(names)]


def _gaussian_ratings(design: Design, priors: ResolvedPriors, eta: Any, order: np.ndarray) -> None:
    """Numeric ratings around eta; a weight of 2 counts a rating twice."""
    import pymc as pm

    sigma = pm.HalfStudentT("residual_sd", nu=priors.df, sigma=priors.residual)
    pm.CustomDist(
        "rating",
        eta,
        sigma,
        design.weight[order],
        logp=LOG_DENSITY[design.link],
        dist=DRAW[design.link],
        observed=design.y[order],
        dims=ROWS,
    )


def _ordered_ratings(made: Standardised, priors: ResolvedPriors, b: Any, eta: Any, order: np.ndarray) -> None:
    """Categories between ordered thresholds on the latent scale; a weight of 2 counts a rating twice."""
    import pymc as pm
    import pytensor.tensor as pt

    first = pm.Normal("threshold_first", *priors.threshold)
    threshold = pt.atleast_1d(first)
    if made.design.categories.size > 2:
        gap = pm.Normal("log_gap", *priors.log_gap, dims=INNER)
        threshold = first + pt.concatenate([[0.0], pt.cumsum(pt.exp(gap))])
    of_data = threshold if b is None else threshold + pt.dot(made.shift / made.scale, b)
    pm.Deterministic("threshold", of_data, dims=BOUNDARIES)

    pm.CustomDist(
        "rating",
        eta,
        threshold,
        made.design.weight[order],
        logp=LOG_DENSITY[made.design.link],
        dist=DRAW[made.design.link],
        signature="(),(k),()->()",
        observed=made.design.y[order],
        dims=ROWS,
    )


def graph_log_density(model: "pm.Model", design: Design) -> LogDensity:
    """The graph's log density, constants and Jacobians included, on the coordinates of the exact sampler.

    Parameters
    ----------
    model : pymc.Model
        Of ``build_graph``, without further variables.

    Returns
    -------
    function
        Of x (P,) = (tau_1, log gaps, b, log sds, [log residual sd]), standardised, and w (q,), the standard normal
        random effects stacked by term; returns the log density and its gradients (P,) and (q,).
    """
    places = _places(design)
    values = model.value_vars
    outputs = [model.logp(), model.dlogp()]
    # Compiling takes a minute, a few evaluations by Python milliseconds.
    evaluate = model.compile_fn(outputs, inputs=values, point_fn=False, mode="FAST_COMPILE")
    parts = [places[value.name] for value in values]
    everything = np.concatenate([np.atleast_1d(part) for part in parts])

    def log_density(x: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        point = np.concatenate([x, w])
        value, gradient = evaluate(*(point[part] for part in parts))
        out = np.empty(point.size)
        out[everything] = gradient
        return float(value), out[: x.size], out[x.size :]

    return log_density


def _places(design: Design) -> dict[str, Any]:
    """Value variable -> where it stands in (x, w): a number for a scalar, an array for a vector."""
    gaussian = design.family == "gaussian"
    k, names = (0 if gaussian else design.categories.size - 1), list(design.fixed.names)
    size = k + len(names) + len(design.groupings) + gaussian
    columns = k + np.arange(len(names))
    places: dict[str, Any] = {"threshold_first": 0, "log_gap": np.arange(1, k), "slope": columns}
    if gaussian and "Intercept" in names:
        places |= {
            "intercept": columns[names.index("Intercept")],
            "slope": np.delete(columns, names.index("Intercept")),
        }
    places["sd_log__"] = k + len(names) + np.arange(len(design.groupings))
    places["residual_sd_log__"] = size - 1
    starts = zip(design.groupings, design.offsets, strict=False)
    return places | {f"z_{g.name}": size + start + np.arange(g.size) for g, start in starts}


def sample_reference(design: Design, priors: Priors, draws: int, seed: int, sampler: Sampler) -> DrawnPosterior:
    """Draws of the graph by nutpie; parameters are those of ``sample_rotations``.

    Its warm-up learns from nothing what the other methods know from the curvature, and is at least 800 transitions.
    """
    model = build_graph(design, resolve_priors(priors, design))
    warmup = max(sampler.warmup, LEAST_WARMUP)
    drawn = sample_graph(
        model, design, draws=draws, tune=warmup, chains=sampler.chains, seed=seed, cores=sampler.at_once
    )
    if sampler.single_precision:
        effects = tuple(term.astype(np.float32) for term in drawn.samples.effects)
        return replace(drawn, samples=drawn.samples._replace(effects=effects))
    return drawn
