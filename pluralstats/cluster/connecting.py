"""``on_cluster``: the switch that carries independent tasks to a cluster, and what is looked at before they go."""

import asyncio
import logging
import socket
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from typing import Any

from joblib import parallel_config

from pluralstats.cluster.there import versions_there
from pluralstats.errors import ConfigError, counted, expect

SECONDS = 10.0
COMPARED = ("pluralstats", "numpy", "scipy", "pandas", "numba", "joblib")
RAY = "ray:"


def on_cluster(address: str, *, seconds: float = SECONDS) -> AbstractContextManager[None]:
    """Within the block independent tasks run on a Dask or Ray cluster; the numbers are the same.

    What goes there: the models and dimensions of a study, completed sets of imputed demographics, bootstraps,
    permutations, simulations of ``calibration_ranks``, arms of trained models. Ratings travel once, and fits come back
    without them. A task whose worker is lost is made again elsewhere. Tasks keep to one core each.

    Parameters
    ----------
    address : str
        Of a Dask scheduler, as it prints it ("tcp://10.0.0.1:8786"), or of Ray: "ray://10.0.0.1:10001" for its client
        server, "ray:10.0.0.1:6379" or "ray:auto" on a machine of the cluster, "ray:local" for a
        cluster of this machine alone.
    seconds : float
        How long scheduler and workers have to answer.

    Raises
    ------
    ConfigError
        The package is not installed, nobody answers, or workers have other versions than this process.

    Notes
    -----
    ``joblib.parallel_config("dask")`` around a call, with a ``distributed.Client``, does the same without the checks.

    Examples
    --------
    >>> import pluralstats as ps
    >>> with ps.on_cluster("tcp://127.0.0.1:9", seconds=0.1):  # doctest: +SKIP
    ...     ps.run_study(ps.StudyConfig.read("study.toml"))
    """
    expect(address, str, "`ps.on_cluster` needs an address, as text", "A Dask scheduler prints it when it starts.")
    if address.startswith(RAY):
        return _on_ray(address, seconds)
    try:
        import distributed  # noqa: F401 - an extra, and slow to load
    except ImportError as error:
        raise _missing("Dask", "distributed", "pluralstats[cluster]") from error
    _refuse_silence(address, seconds)
    return _on_dask(address, seconds)


@contextmanager
def _on_dask(address: str, seconds: float) -> Iterator[None]:
    import distributed  # there, or this is not called

    with _unlogged(), distributed.Client(address, timeout=seconds, set_as_default=False) as client:
        _refuse_no_workers(client, address, seconds)
        found = client.get_versions(packages=COMPARED)["workers"]
        refuse_other_versions({worker: told["packages"] for worker, told in found.items()}, address)
        with parallel_config("dask", client=client):
            yield


@contextmanager
def _unlogged() -> Iterator[None]:
    """A lost connection is told by an error of ours; Dask writes the stack of every attempt to find it again."""
    log = logging.getLogger("distributed.client")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _missing(what: str, module: str, package: str) -> ConfigError:
    return ConfigError(f"A {what} cluster needs the package {module}, which is not installed: pip install '{package}'")


def _refuse_silence(address: str, seconds: float) -> None:
    """Ask the scheduler who it is: a Client that finds none goes on trying, and says so when the program ends."""
    try:
        with ThreadPoolExecutor(1) as pool:  # a notebook has a loop of its own in this thread
            told = pool.submit(asyncio.run, _identity(address, seconds)).result()
    except (OSError, TimeoutError, ValueError) as error:
        raise ConfigError(
            f"No Dask scheduler answers at '{address}' within {seconds:g} s ({str(error) or type(error).__name__}). "
            "Start one with `dask scheduler` and give the address that it prints, such as tcp://10.0.0.1:8786."
        ) from error
    if told.get("type") != "Scheduler":
        raise ConfigError(
            f"'{address}' is a Dask {str(told.get('type')).lower()}, not a scheduler. Give the address that "
            "`dask scheduler` prints."
        )


async def _identity(address: str, seconds: float) -> dict[str, Any]:
    from distributed import rpc  # there, or this is not called
    from distributed.security import Security

    security = Security().get_connection_args("client")  # of the user's Dask configuration
    async with rpc(address, timeout=seconds, connection_args=security) as other:
        return await asyncio.wait_for(other.identity(), seconds)


def _refuse_no_workers(client: Any, address: str, seconds: float) -> None:
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError as error:
        raise ConfigError(
            f"The Dask scheduler at '{address}' has had no worker for {seconds:g} s. Start some: dask worker {address} "
            "--nworkers auto"
        ) from error


def refuse_other_versions(found: Mapping[str, Mapping[str, str | None]], address: str) -> None:
    """Refuse workers whose programs would not give the numbers of this process.

    Parameters
    ----------
    found : mapping from worker to mapping from package to version, None where it is missing
    """
    here = {name: version(name) for name in COMPARED} | {"python": _python()}
    for name, own in here.items():
        others = {worker: _short(name, told.get(name)) for worker, told in found.items()}
        wrong = {worker: other for worker, other in others.items() if other != own}
        if wrong:
            worker, other = next(iter(wrong.items()))
            has = f"has {name} {other}" if other else f"has no {name}"
            more = f" ({counted(len(wrong), 'worker')} of {len(found)} differ)" if len(found) > 1 else ""
            raise ConfigError(
                f"The worker {worker} of '{address}' {has}, and this process {own}{more}: the numbers could differ, or "
                "nothing run at all. Install the same versions there, such as from the same lock file."
            )


def _short(name: str, told: str | None) -> str | None:
    """A version; of Python what programs depend on."""
    return ".".join(told.split(".")[:2]) if told and name == "python" else told


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _refuse_closed(address: str, seconds: float) -> None:
    """Raise an OSError where nobody listens at the host and port: Ray would try for minutes."""
    host, _, port = address.removeprefix(f"{RAY}//").rpartition(":")
    if host:  # "auto" and "local" have none
        socket.create_connection((host, int(port)), seconds).close()


@contextmanager
def _on_ray(address: str, seconds: float) -> Iterator[None]:
    try:
        import ray  # few have it
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise _missing("Ray", "ray", "ray[client]") from error
    where = address if address.startswith(f"{RAY}//") else address.removeprefix(RAY)
    try:
        _refuse_closed(where, seconds)
        ray.init(where, log_to_driver=False, logging_level="ERROR")
    except Exception as error:  # of many kinds: it is another program's start
        raise ConfigError(
            f"No Ray cluster answers at '{address}' ({str(error).strip().partition(chr(10))[0]}). Start one with "
            "`ray start --head` and give ray:auto on that machine, or ray://HOST:10001 on another."
        ) from error
    try:
        told = ray.get(ray.remote(versions_there).options(num_cpus=0).remote([*COMPARED]))
        refuse_other_versions({"that answered": told}, address)
        register_ray()
        with parallel_config("ray"):
            yield
    finally:
        ray.shutdown()
