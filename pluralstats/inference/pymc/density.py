"""The log density of a PyMC graph on the coordinates of the exact sampler, to compare the two."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pluralstats.inference.elimination.roots import Pairs, entries_jacobian, entries_of, pairs_of, root_at
from pluralstats.model.design import Design
from pluralstats.model.step_places import steps_at
from pluralstats.model.terms.monotone import contrasts

if TYPE_CHECKING:
    import pymc as pm  # seconds to load: only where a graph is wanted

type LogDensity = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray, np.ndarray]]


class Place(NamedTuple):
    """Where a value variable of the graph stands in (x, w).

    ``at``: a number for a scalar, else an array of its shape. ``block``: the first grouping of a term with slopes whose
    root this is, and their number; its sds and w stand ``at``. ``linear``: what makes its values of the numbers there,
    where they are not the values themselves.
    """

    at: Any
    block: tuple[int, int] | None = None
    linear: np.ndarray | None = None


def graph_log_density(model: "pm.Model", design: Design) -> LogDensity:
    """The graph's log density, constants and Jacobians included, on the coordinates of the exact sampler.

    Parameters
    ----------
    model : pymc.Model
        Of ``build_graph``, without further variables.

    Returns
    -------
    function
        Of x (P,) = (tau_1, log gaps, b, log sds, w of the correlations, [log residual sd]), standardised, and w (q,),
        the standard normal random effects, stacked; returns the log density and its gradients (P,) and (q,).
    """
    from pytensor.compile.mode import Mode  # seconds, which whoever has a PyMC model has spent

    design = design.estimated
    places, pairs = _places(design), pairs_of(design)
    values = model.value_vars
    outputs = [model.logp(), model.dlogp()]
    # Compiling takes a minute, a few evaluations by Python milliseconds; not even the rewrites of FAST_COMPILE pay.
    plain = Mode(linker="py", optimizer="None")
    evaluate = model.compile_fn(outputs, inputs=values, point_fn=False, mode=plain)
    parts = [places[value.name] for value in values]

    def log_density(x: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        point, out, first = np.concatenate([x, w]), np.zeros(x.size + w.size), 0
        read = [_read(point, part, pairs) for part in parts]
        value, gradient = evaluate(*(one.values for one in read))
        for part, one in zip(parts, read, strict=True):
            piece = gradient[first : first + np.size(one.values)]
            first += np.size(one.values)
            if one.jacobian is not None:
                piece = piece @ one.jacobian + one.slope
            value += one.more
            np.add.at(out, np.ravel(part.at), piece)
        return float(value), out[: x.size], out[x.size :]

    return log_density


class Read(NamedTuple):
    """What a value variable is at a point, with its Jacobian there and the log of the determinant (``more``) with its
    gradient (``slope``), where it is a function of the point."""

    values: Any
    jacobian: np.ndarray | None = None
    more: float = 0.0
    slope: np.ndarray | float = 0.0


def _read(point: np.ndarray, place: Place, pairs: Pairs) -> Read:
    if place.block:
        return _packed(point, place, pairs)
    if place.linear is None:
        return Read(point[place.at])
    values = place.linear @ np.atleast_1d(point[place.at])
    return Read(values.reshape(np.shape(place.at)), place.linear, float(np.linalg.slogdet(place.linear)[1]))


def _packed(point: np.ndarray, place: Place, pairs: Pairs) -> Read:
    """PyMC's unconstrained root.

    The root is packed row by row with logarithms on the diagonal. Given the diagonal, entry (a, b) is Lambda_aa w_ab,
    so the determinant is the product over rows of Lambda_aa to the number of entries before it.
    """
    start, size = place.block or (0, 0)
    inside = (pairs.row >= start) & (pairs.row < start + size)
    own = Pairs(pairs.row[inside] - start, pairs.column[inside] - start, pairs.size[inside], np.arange(size))
    x = point[place.at]
    entries, jacobian = entries_of(root_at(x, own), own), entries_jacobian(x, own)
    diagonal = entries[:size]
    jacobian[:size] /= diagonal[:, None]
    entries = np.concatenate([np.log(diagonal), entries[size:]])
    below = {(a, b): size + k for k, (a, b) in enumerate(zip(own.row.tolist(), own.column.tolist(), strict=True))}
    order = [a if a == b else below[a, b] for a in range(size) for b in range(a + 1)]
    before = np.arange(size)
    return Read(entries[order], jacobian[order], float(before @ entries[:size]), before @ jacobian[:size])


def _places(design: Design) -> dict[str, Place]:
    """Value variable -> where it stands in (x, w)."""
    gaussian = design.family.has_residual
    k, names = design.n_thresholds, list(design.fixed.names)
    terms, first_sd = len(design.groupings), k + len(names)
    size = first_sd + terms + len(design.correlations) + gaussian
    columns = k + np.arange(len(names))
    gaps = design.thresholds.is_gap[:k]
    groups = design.thresholds
    first: Any = 0 if groups.ordered and groups.n_groups == 1 else np.flatnonzero(~gaps)
    places: dict[str, Any] = {"threshold_first": first, "log_gap": np.flatnonzero(gaps)}
    intercept = names.index("Intercept") if not design.family.ordered and "Intercept" in names else -1
    places |= {"intercept": columns[intercept]} if intercept >= 0 else {}
    steps = steps_at(design.fixed.monotone)
    places["slope"] = k + np.setdiff1d(np.arange(len(names)), [intercept, *steps.columns])
    alone = [t for t, g in enumerate(design.groupings) if design.blocks[g.block].size == 1]
    places |= {name: first_sd + np.array(alone, int) for name in ("sd_log__", "sd_intercept_log__")}
    places |= {"residual_sd_log__": size - 1, "precision_log__": k - 1}
    places |= {
        f"z_{design.groupings[t].name}": size + design.offsets[t] + np.arange(design.groupings[t].size) for t in alone
    }
    out = {name: Place(at) for name, at in places.items()}
    for at, term in zip(steps.blocks, design.fixed.monotone_terms, strict=True):
        out |= _step_places(term, columns[at])
    for block in design.blocks:
        if block.size > 1:
            out |= _block_places(design, block.start, block.size, first_sd, size)
    return out


def _step_places(term: str, columns: np.ndarray) -> dict[str, Place]:
    """The sum of the steps of a monotonic effect, and PyMC's numbers of their shares: logarithms less their mean."""
    steps = columns.size
    return {
        f"sum_{term}": Place(columns[0], linear=np.array([[float(steps)]])),
        f"share_{term}_simplex__": Place(columns[1:], linear=contrasts(steps)[:-1]),
    }


def _block_places(design: Design, start: int, size: int, first_sd: int, first_effect: int) -> dict[str, Place]:
    """The root and the standardised effects of a term with slopes."""
    term, terms = design.groupings[start], len(design.groupings)
    own = [k for k, (a, _) in enumerate(design.correlations) if start <= a < start + size]
    at = np.concatenate([first_sd + start + np.arange(size), first_sd + terms + np.array(own, int)])
    effects = first_effect + design.offsets[start] + np.arange(size * term.size).reshape(size, -1)
    name = term.prefix + term.term.name
    return {f"root_{name}_cholesky-cov-packed__": Place(at, (start, size)), f"z_{name}": Place(effects)}
