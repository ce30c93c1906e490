"""Posterior draws on disk: netCDF with the groups, variables and dimensions of ``Fit.draws``; arviz opens it too.

Written without arviz, so that any column name can be kept: a netCDF name has no slash, and no dimension can have the
name of another variable.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design

POSTERIOR, STATS, BOTH = "posterior", "sample_stats", ("chain", "draw")
RESERVED = (*BOTH, "boundary", "parameter", "term", "threshold", "coefficient", "sd", "residual_sd")


class Axis(NamedTuple):
    """A variable of the file: its name, the dimension behind chain and draw, and what stands along it."""

    variable: str
    dimension: str
    names: list[str]


class StoredDraws(NamedTuple):
    """Samples (S = chains * draws), chains and sampler statistics, each (chains, draws)."""

    samples: Samples
    chains: int
    stats: dict[str, np.ndarray]


def axes(design: Design) -> list[Axis]:
    """Threshold, coefficient, sd, correlation and every random effect, in this order."""
    boundaries = [] if design.family.has_residual else design.boundaries
    groupings = design.groupings
    taken = set(RESERVED)
    terms = {name: _free(name, taken) for name in dict.fromkeys(grouping.term.name for grouping in groupings)}
    variables = [_free(f"r_{grouping.name}", taken) for grouping in groupings]
    return [
        Axis("threshold", "boundary", boundaries),
        Axis("coefficient", "parameter", list(design.fixed.names)),
        Axis("sd", "term", [grouping.name for grouping in groupings]),
        Axis("correlation", "pair", design.correlation_names),
        *(Axis(v, terms[g.term.name], list(map(str, g.levels))) for v, g in zip(variables, groupings, strict=True)),
    ]


def _free(name: str, taken: set[str]) -> str:
    """The name without slashes, and with underscores behind it until no other has it."""
    name = name.replace("/", "_")
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def write_draws(path: Path, design: Design, drawn: DrawnPosterior) -> None:
    """Write samples and sampler statistics; 32-bit numbers stay 32-bit numbers."""
    import h5netcdf  # a third of a second that a fit which is never saved does not need

    samples = drawn.samples
    with h5netcdf.File(path, "w") as file:
        group = _new_group(file, POSTERIOR, drawn.chains, len(samples.sd) // drawn.chains)
        values = (samples.threshold, samples.coefficient, samples.sd, samples.correlation, *samples.effects)
        for axis, draws in zip(axes(design), values, strict=True):
            if draws.size:  # netCDF takes a dimension of length 0 for one without end
                if axis.dimension not in group.dimensions:
                    group.dimensions[axis.dimension] = len(axis.names)
                    _write_text(group, axis.dimension, axis.names)
                group.create_variable(axis.variable, (*BOTH, axis.dimension), data=drawn.by_chain(draws))
        if samples.residual_sd is not None:
            group.create_variable("residual_sd", BOTH, data=drawn.by_chain(samples.residual_sd))
        if drawn.stats:
            first = next(iter(drawn.stats.values()))
            _write_stats(_new_group(file, STATS, *first.shape), drawn.stats)


def _new_group(file: Any, name: str, chains: int, draws: int) -> Any:
    group = file.create_group(name)
    group.dimensions = {"chain": chains, "draw": draws}
    for dimension, size in group.dimensions.items():
        group.create_variable(dimension, (dimension,), data=np.arange(size.size))
    return group


def _write_text(group: Any, name: str, texts: Sequence[str]) -> None:
    import h5py  # a fifth of a second that only saved fits need

    group.create_variable(name, (name,), h5py.string_dtype(), data=np.array(texts, object))


def _write_stats(group: Any, stats: dict[str, np.ndarray]) -> None:
    for name, values in stats.items():
        if values.dtype == bool:  # netCDF has none; xarray's convention
            group.create_variable(name, BOTH, data=values.astype(np.int8)).attrs["dtype"] = "bool"
        else:
            group.create_variable(name, BOTH, data=values)


def read_draws(path: Path, design: Design) -> StoredDraws:
    """What ``write_draws`` wrote, equal in every bit.

    Raises
    ------
    ValueError
        The draws are of other parameters than those of ``design``.
    """
    import h5netcdf  # see above

    with h5netcdf.File(path, "r") as file:
        group = file[POSTERIOR]
        chains, draws = (group.dimensions[name].size for name in BOTH)
        values = list(_read_values(group, axes(design), chains * draws))
        residual = group["residual_sd"][...].reshape(-1) if design.family.has_residual else None
        stats = dict(_read_stats(file[STATS])) if STATS in file.groups else {}
    threshold, coefficient, sd, correlation, *effects = values
    samples = Samples(threshold, coefficient, sd, residual, tuple(effects), correlation)
    return StoredDraws(samples, chains, stats)


def _read_values(group: Any, expected: Sequence[Axis], n: int) -> Iterator[np.ndarray]:
    """(S, names) draws of each axis."""
    for axis in expected:
        found = [_text(name) for name in group[axis.dimension][...]] if axis.variable in group.variables else []
        if found != axis.names:
            raise ValueError(f"its {axis.variable} has {_some(found)}, and the formula gives {_some(axis.names)}")
        yield group[axis.variable][...].reshape(n, len(found)) if found else np.empty((n, 0))


def _read_stats(group: Any) -> Iterator[tuple[str, np.ndarray]]:
    for name, variable in group.variables.items():
        if name not in BOTH:
            yield name, variable[...].astype(bool) if variable.attrs.get("dtype") == "bool" else variable[...]


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return (", ".join(names[:4]) or "nothing") + more
