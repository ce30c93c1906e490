"""Results on their way back, without what the receiver has already.

A fit holds the ratings that it is of, and its design; both are known where the fit was asked for. Everything else is
pickled, so that a result is the same to the last bit.
"""

import io
import pickle
from collections.abc import Sequence
from typing import Any, NamedTuple


class Returned[Result](NamedTuple):
    """What a function returns that made again what the receiver has: ``apart`` are these things, in his order."""

    value: Result
    apart: tuple[object, ...]


class _Packer(pickle.Pickler):
    """A pickler that writes the number of a known object in its place."""

    def __init__(self, file: io.BytesIO, known: Sequence[object]) -> None:
        super().__init__(file, protocol=5)
        self._known = {id(value): number for number, value in enumerate(known)}

    def persistent_id(self, value: object) -> int | None:
        return self._known.get(id(value))


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: Sequence[object]) -> None:
        super().__init__(file)
        self._known = known

    def persistent_load(self, number: int) -> object:
        return self._known[number]


def packed(value: object, known: Sequence[object] = ()) -> bytes:
    """A value as bytes, without the objects in ``known``, wherever it holds them.

    >>> large = list(range(1000))
    >>> len(packed({"a": large}, [large])) < 100
    True
    """
    file = io.BytesIO()
    _Packer(file, known).dump(value)
    return file.getvalue()


def unpacked(content: bytes, known: Sequence[object] = ()) -> Any:
    """The value again, holding the receiver's own objects.

    >>> mine = ["ratings"]
    >>> unpacked(packed({"a": mine}, [mine]), [mine])["a"] is mine
    True
    """
    return _Unpacker(io.BytesIO(content), known).load()
