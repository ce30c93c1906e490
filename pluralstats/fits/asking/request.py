"""What ``fit`` is asked for, and what it refuses before it starts."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.inference.large.solver import Solver
from pluralstats.inference.sampling.options import Sampler
from pluralstats.inference.weights.scores import weighted_raters
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors

DRAWS = {"hmc": 2000, "nuts": 4000, "laplace": 1000, "pymc": 4000}  # method -> draws by default
ON_PROBLEM = ("warn", "raise", "ignore")


class Request(NamedTuple):
    """What ``fit`` was asked for, checked."""

    ratings: Ratings
    design: Design
    method: str
    reml: bool
    priors: Priors | None
    draws: int
    seed: int
    sampler: Sampler
    solver: Solver

    @property
    def raters(self) -> np.ndarray | None:
        """(n,) whose the rows of the design are, where design weights differ."""
        return weighted_raters(self.ratings, self.design.estimated)

    def settings(self) -> dict[str, Any]:
        """The options as plain values, for provenance and for the key of the cache."""
        design, sampled = self.design, self.method != "laplace"
        return {
            "family": design.family.name,
            "link": design.link,
            "method": self.method,
            "reml": self.reml,
            "draws": self.draws,
            "seed": self.seed,
            "priors": self.priors.as_dict() if self.priors else None,
            "sampler": self.sampler.as_dict() if sampled else None,
            "solver": self.solver.as_dict(),
            **submodel_settings(design),
        }


def submodel_settings(design: Design) -> dict[str, str | None]:
    """``disc``, ``stretch`` and ``thresholds`` as ``fit`` takes them; nothing for a plain model."""
    texts = {part.name: str(part.design.formula).removeprefix("rating ") for part in design.parts}
    groups = {} if design.thresholds.column is None else {"thresholds": design.thresholds.column}
    return {**texts, **groups}


def check_ratings(ratings: object) -> None:
    """Refuse anything but Ratings, a data frame above all."""
    if not isinstance(ratings, Ratings):
        raise ConfigError(
            f"`ps.fit` needs Ratings; found {type(ratings).__name__}. Wrap the data: "
            "ps.Ratings(frame, scale=(1, 5), demographics=[...])."
        )


def check_options(
    ratings: Ratings,
    family: str,
    method: str,
    reml: bool,
    priors: object,
    draws: int,
    seed: int,
    sampler: object,
    on_problem: str,
    solver: object = None,
) -> None:
    """Refuse options of ``fit`` that cannot be meant, all at once."""
    problems = [
        *_unknown("method", method, DRAWS),
        *_unknown("on_problem", on_problem, ON_PROBLEM),
        *_wrong_objects(priors, sampler, solver),
    ]
    if reml and family != "gaussian":
        problems.append(f"`reml=True` goes with the gaussian family only; found family '{family}'. Leave it out.")
    elif reml and (method != "laplace" or priors is not None):
        problems.append("`reml=True` goes with method='laplace' and no priors: a posterior needs no correction.")
    if not isinstance(draws, Integral) or draws < 1:
        problems.append(f"`draws` is a positive whole number of posterior draws; found {draws!r}.{_default(method)}")
    if not isinstance(seed, Integral) or seed < 0:
        problems.append(f"`seed` is a whole number of at least 0; found {seed!r}. The default is 1.")
    if ratings.n_ratings == 0:
        problems.append("There are no ratings to fit.")
    if problems:
        raise problems_error(ConfigError, problems)


def _default(method: str) -> str:
    return f" The default of method='{method}' is {DRAWS[method]}." if method in DRAWS else ""


def _unknown(name: str, value: str, known: tuple[str, ...] | dict[str, int]) -> list[str]:
    if value in known:
        return []
    return [f"`{name}` is one of {', '.join(known)}; found '{value}'.{nearest(value, known)}"]


def _wrong_objects(priors: object, sampler: object, solver: object) -> list[str]:
    problems = []
    if priors is not None and not isinstance(priors, Priors):
        problems.append(f"`priors` is a ps.Priors(...); found {type(priors).__name__}.")
    if sampler is not None and not isinstance(sampler, Sampler):
        problems.append(f"`sampler` is a ps.Sampler(...); found {type(sampler).__name__}.")
    if solver is not None and not isinstance(solver, Solver):
        problems.append(f"`solver` is a ps.Solver(...); found {type(solver).__name__}.")
    return problems


def one_dimension(ratings: Ratings, columns: tuple[str, ...]) -> None:
    """Refuse several dimensions unless the formula tells them apart."""
    dimensions = ratings.dimensions
    if len(dimensions) > 1 and "dimension" not in columns:
        raise ConfigError(
            f"The ratings have {len(dimensions)} dimensions ({', '.join(dimensions)}) and the formula does not name "
            f"`dimension`. Fit one at a time: ps.fit(ratings.select(dimension='{dimensions[0]}'))."
        )
