"""What runs in a worker of a cluster."""

import os
import pickle
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

from joblib import cpu_count, parallel_config
from threadpoolctl import threadpool_limits

from pluralstats.cluster.packing import Returned, packed

CORES = "LOKY_MAX_CPU_COUNT"  # joblib's name for the cores that a process may use


class Sent(NamedTuple):
    """Data as bytes, with their hash."""

    key: str
    content: bytes


_OPENED: dict[str, Any] = {}  # data by their hash: the last ones of this process
MOST_OPENED = 8


def given[Value](value: Value) -> Value:
    """Data as the result of a task, which the cluster keeps and makes again where they are lost."""
    return value


def versions_there(packages: Sequence[str]) -> dict[str, str | None]:
    """Version of each package in this process, None where it is missing, and that of Python."""
    found = {name: version(name) if find_spec(name) else None for name in packages}
    return found | {"python": ".".join(map(str, sys.version_info[:3]))}


def done_there(kind: str, function: Callable[..., Any], places: Sequence[int], *arguments: Any) -> bytes:
    """A call in a worker, and its result packed without what the caller has: the arguments at ``places``, and what the
    call itself names as such.

    Loops within it go to the same cluster, ``kind`` "dask" or "ray".
    """
    _one_core()
    if kind == "ray":
        from ray.util.joblib import register_ray  # a worker of Ray knows it

        register_ray()
    opened = [_opened(value) if isinstance(value, Sent) else value for value in arguments]
    with parallel_config(kind):
        result = function(*opened)
    value, apart = result if isinstance(result, Returned) else (result, ())
    return packed(value, [*(opened[i] for i in places), *apart])


def _opened(sent: Sent) -> Any:
    if sent.key not in _OPENED:
        while len(_OPENED) >= MOST_OPENED:
            _OPENED.pop(next(iter(_OPENED)), None)
        _OPENED[sent.key] = pickle.loads(sent.content)
    return _OPENED[sent.key]


@cache
def _one_core() -> None:
    """A cluster has a task for every core, so that each keeps to one: chains and linear algebra start no threads.

    Who gives a worker more cores than tasks says how many: LOKY_MAX_CPU_COUNT=4 before its start.
    """
    os.environ.setdefault(CORES, "1")
    threadpool_limits(limits=cpu_count(), user_api="blas")
