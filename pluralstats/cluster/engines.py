"""Dask and Ray: how one call is begun there, and how data that many calls read travel once.

joblib's own backends of the two carry loops of small tasks. Calls go past them for three reasons: arguments that were
sent to one worker alone are gone with it, a task that is given up because its workers die is waited for without end,
and only arrays and data frames are sent once.
"""

import pickle
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from hashlib import sha256
from typing import Any, Protocol
from uuid import uuid4
from weakref import WeakKeyDictionary, finalize

from pluralstats.cluster.packing import unpacked
from pluralstats.cluster.there import Sent, done_there, given
from pluralstats.errors import ConfigError, FitError, PluralstatsError


class Engine(Protocol):
    """Where calls go."""

    def begin(self, work: "partial[Any]", shared: Sequence[object] = (), apart: Sequence[object] = ()) -> "Future[Any]":
        """Begin a call.

        Parameters
        ----------
        work : partial
            Of positional arguments.
        shared : sequence of objects
            Those among the arguments that travel once, found by identity; of classes that allow weak references.
        apart : sequence of objects
            What the caller has of that which the call makes again, see ``Returned``.
        """

    def waiting(self) -> AbstractContextManager[None]:
        """A block in which one waits for tasks."""


class Dask:
    """The cluster of a ``distributed.Client``.

    Data are results of tasks of their own: where the worker that has them is lost they are sent once more, while data
    scattered to it would be gone.
    """

    def __init__(self, backend: Any) -> None:
        self.client = backend.client
        self.sent = _SENT.setdefault(self.client, {})

    def begin(self, work: "partial[Any]", shared: Sequence[object] = (), apart: Sequence[object] = ()) -> "Future[Any]":
        places, name = _places(work.args, shared), _name(work)
        arguments = [_once(self.sent, self._send, value) if i in places else value for i, value in enumerate(work.args)]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # of data that go once
            task = self.client.submit(
                done_there, "dask", work.func, places, *arguments, key=f"{name}-{uuid4().hex}", pure=False
            )
        made: Future[Any] = Future()
        made.add_done_callback(lambda made: task.cancel() if made.cancelled() else task.release())
        task.add_done_callback(partial(_receive, made, name, [*(work.args[i] for i in places), *apart]))
        return made

    def _send(self, value: object) -> Any:
        """The data on the cluster; what is equal to data that are there is not sent."""
        key = f"data-{sha256(pickle.dumps(value, protocol=5)).hexdigest()[:32]}"
        return self.client.submit(given, value, key=key, pure=False)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for other tasks without keeping the worker's thread, where this is one."""
        from distributed import rejoin, secede  # loaded, as there is a client
        from distributed.utils import thread_state

        inside = hasattr(thread_state, "execution_state")
        if inside:
            secede()
        try:
            yield
        finally:
            if inside:
                rejoin()


class Ray:
    """The cluster that ``ray.init`` has joined."""

    def __init__(self, backend: Any) -> None:
        import ray  # few have it

        self.ray = ray
        self.sent = _SENT.setdefault(ray.get_runtime_context().worker, {})

    def begin(self, work: "partial[Any]", shared: Sequence[object] = (), apart: Sequence[object] = ()) -> "Future[Any]":
        places, name = _places(work.args, shared), _name(work)
        arguments = [_once(self.sent, self._send, value) if i in places else value for i, value in enumerate(work.args)]
        task = self.ray.remote(done_there).options(name=name).remote("ray", work.func, places, *arguments)
        made: Future[Any] = Future()
        made.add_done_callback(lambda made: self.ray.cancel(task) if made.cancelled() else None)
        task.future().add_done_callback(partial(_receive, made, name, [*(work.args[i] for i in places), *apart]))
        return made

    def _send(self, value: object) -> Any:
        """The data as bytes: arrays that Ray shares between processes cannot be written to, and every kernel would be
        compiled once more for them."""
        content = pickle.dumps(value, protocol=5)
        return self.ray.put(Sent(sha256(content).hexdigest(), content))

    def waiting(self) -> AbstractContextManager[None]:
        """Ray lends the core of a task that waits to others by itself."""
        return nullcontext()


ENGINES: Mapping[str, Callable[[Any], Engine]] = {"DaskDistributedBackend": Dask, "RayBackend": Ray}  # of joblib

# Of a connection: identity of an object that was sent -> its handle, while the object lives.
_SENT: WeakKeyDictionary[Any, dict[int, Any]] = WeakKeyDictionary()


def _once(sent: dict[int, Any], send: Callable[[object], Any], value: object) -> Any:
    """The handle of an object, which is sent where it was not before."""
    if id(value) not in sent:
        sent[id(value)] = send(value)
        finalize(value, sent.pop, id(value), None)
    return sent[id(value)]


def _places(arguments: Sequence[object], shared: Sequence[object]) -> list[int]:
    """Positions of the arguments that are one of the shared objects."""
    return [i for i, value in enumerate(arguments) if any(value is one for one in shared)]


def _name(work: "partial[Any]") -> str:
    """Of a task, for people who look at the cluster."""
    return str(getattr(work.func, "__name__", "task")).strip("_")


def _receive(made: "Future[Any]", name: str, known: Sequence[object], task: Any) -> None:
    """Hand over what came of a task of the cluster, unless nobody waits for it any more."""
    if not made.set_running_or_notify_cancel():
        return
    try:
        made.set_result(unpacked(task.result(), known))
    except PluralstatsError as error:
        made.set_exception(getattr(error, "cause", error))  # Ray wraps it
    except BaseException as error:
        made.set_exception(_in_words(name, error))


def _in_words(name: str, error: BaseException) -> BaseException:
    """What a cluster says when it, and not the task, has failed, as a finished sentence."""
    kind, said = type(error).__name__, str(error).partition("\n")[0]
    if kind in DIED:
        return FitError(
            f"The workers that tried the task {name!r} died, which is mostly for want of memory. {said} Give workers "
            "more memory or fewer tasks at a time; what is finished is kept where the command has a cache."
        )
    if isinstance(error, CancelledError) or kind in LOST:
        return ConfigError(
            f"The cluster was lost while the task {name!r} was there ({said}). Look whether its scheduler runs; the "
            "same command goes on from the fits that are finished."
        )
    return error


DIED = ("KilledWorker", "WorkerCrashedError", "OutOfMemoryError")
LOST = ("CommClosedError", "RaySystemError", "ObjectLostError", "OwnerDiedError")
