"""Loops over independent tasks: on threads of this process, or on the cluster that joblib was pointed to.

``joblib.parallel_config("dask")`` around a call, or ``ps.on_cluster(address)``, is all the switch there is. Every task
has random numbers of its own, so that where it runs moves no number.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from functools import partial
from typing import Any

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from pluralstats.cluster.engines import ENGINES, Engine


def engine() -> Engine | None:
    """Where joblib sends tasks; None while they stay on this machine."""
    backend = get_active_backend()[0]
    made = ENGINES.get(type(backend).__name__)
    return made(backend) if made else None


def is_elsewhere() -> bool:
    """Whether tasks go to a cluster."""
    return engine() is not None


def spread[Result](
    function: Callable[..., Result],
    tasks: Sequence[Sequence[Any]],
    shared: Sequence[object] = (),
    **here: Any,
) -> list[Result]:
    """``function(*task)`` of every task, in their order.

    Parameters
    ----------
    shared : sequence of objects
        Arguments that travel to a cluster once, and not with every task that has this very object. Of classes that
        allow weak references: they stay there as long as they live here.
    here : optional
        Options of ``joblib.Parallel`` where tasks stay on this machine; default: threads, as many as joblib is told.

    Examples
    --------
    >>> spread(pow, [(2, 3), (3, 2)])
    [8, 9]
    """
    found = dict(coming(function, tasks, shared, **here))
    return [found[i] for i in range(len(found))]


def coming[Result](
    function: Callable[..., Result],
    tasks: Sequence[Sequence[Any]],
    shared: Sequence[object] = (),
    **here: Any,
) -> Iterator[tuple[int, Result]]:
    """The same, as number of the task and result, as they are done."""
    where = engine()
    if where is None:
        options = {"prefer": "threads", "return_as": "generator"} | here
        yield from enumerate(Parallel(**options)(delayed(function)(*task) for task in tasks))
    else:
        yield from as_done([where.begin(partial(function, *task), shared) for task in tasks], where)


def as_done(begun: Sequence["Future[Any]"], where: Engine) -> Iterator[tuple[int, Any]]:
    """Number and result of each task that was begun, as it is done; where one fails the others are called off."""
    number = {future: i for i, future in enumerate(begun)}
    try:
        with where.waiting():
            for future in as_completed(number):
                yield number[future], future.result()
    finally:
        for future in begun:
            future.cancel()
