"""Fits that are asked for together: read from the cache, made here one after the other, or sent to a cluster."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pluralstats.cluster.packing import Returned
from pluralstats.cluster.spreading import Engine, as_done, engine
from pluralstats.data.ratings import Ratings
from pluralstats.fits.asking.request import Request
from pluralstats.fits.cache import cached_fit, cached_in, kept_in
from pluralstats.fits.fitted import Fit
from pluralstats.inference.large.solver import Solver
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.building import Formulas, build_design
from pluralstats.model.priors import Priors

type Make = Callable[[Request], Fit]


class Order(NamedTuple):
    """What ``fit`` was asked for, checked, without ratings and what is made of them."""

    formulas: Formulas
    family: str
    link: str
    method: str
    reml: bool
    priors: Priors | None
    draws: int
    seed: int
    sampler: Sampler
    solver: Solver

    def request(self, ratings: Ratings) -> Request:
        """The same for some ratings."""
        design = build_design(ratings, self.formulas, self.family, self.link)
        return Request(ratings, design, *self[3:])


class Planned(NamedTuple):
    """One call of ``fit`` before anything is computed: requests of one order, and what makes one fit of theirs."""

    order: Order
    requests: Sequence[Request]
    pooled: Callable[[Sequence[Fit]], Fit]


class _Asked(NamedTuple):
    """A request with its number within its plan, and the number of that."""

    plan: int
    place: int
    order: Order
    request: Request


def as_made(plans: Sequence[Planned], make: Make, cache: Path | None = None) -> Iterator[tuple[int, Fit]]:
    """Each plan's number and fit, as soon as there is one.

    Parameters
    ----------
    make : callable
        Makes the fit of a request; a function of a module, as it may be called in another process.
    cache : Path, optional
        A folder of this machine that keeps every fit at once, and from which fits made before are read.
    """
    where = engine()
    if where is None:
        for number, plan in enumerate(plans):
            fits = [make(one) if cache is None else cached_fit(cache, one, make) for one in plan.requests]
            yield number, plan.pooled(fits)
        return
    found: list[dict[int, Fit]] = [{} for _ in plans]
    for asked, made in _made_elsewhere(plans, make, cache, where):
        number, parts = asked.plan, found[asked.plan]
        parts[asked.place] = made
        if len(parts) == len(plans[number].requests):
            yield number, plans[number].pooled([parts[i] for i in sorted(parts)])


def _made_elsewhere(
    plans: Sequence[Planned], make: Make, cache: Path | None, where: Engine
) -> Iterator[tuple[_Asked, Fit]]:
    """Those of the cache first, then others as they come; a single one is made here, with all cores."""
    missing = []
    for asked in (_Asked(n, i, plan.order, one) for n, plan in enumerate(plans) for i, one in enumerate(plan.requests)):
        old = None if cache is None else cached_in(cache, asked.request)
        if old is None:
            missing.append(asked)
        else:
            yield asked, old
    if len(missing) == 1:
        done: Iterable[tuple[int, Fit]] = [(0, make(missing[0].request))]
    else:
        done = as_done([_begun(asked, make, where) for asked in missing], where)
    for k, made in done:
        yield missing[k], made if cache is None else kept_in(cache, missing[k].request, made)


def _begun(asked: _Asked, make: Make, where: Engine) -> "Future[Fit]":
    ratings, design = asked.request.ratings, asked.request.design
    return where.begin(partial(_there, ratings, make, asked.order), [ratings], [design, design.whole])


def _there(ratings: Ratings, make: Make, order: Order) -> Returned[Fit]:
    """In a worker: the design is made again from the ratings, and neither goes back with the fit."""
    request = order.request(ratings)
    return Returned(make(request), (request.design, request.design.whole))
