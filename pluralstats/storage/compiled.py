"""Compiled functions that are kept on disk and follow what they call.

numba keeps compiled code too, and compiles again when the *file* of a function has changed. What the function calls is
part of its machine code, though, and may stand in another file: after an update such a function would go on running
the old code. Here a compiled function is found again by its **source**, the code of the function and of everything
that it reaches, so that a change anywhere below it compiles it anew, and a change elsewhere in its file does not.

The folder is numba's choice: beside the module where one may write there, otherwise the user's, or NUMBA_CACHE_DIR.
A signature has a file of its own, written whole: numba's one index for all of them loses entries, or mixes them up,
when two processes compile at once.
"""

import hashlib
import os
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps
from numba.extending import intrinsic, is_jitted

from pluralstats.storage.whole_files import partial_of, remove, remove_abandoned

_VERSIONS = f"{numba.__version__} {np.__version__}"
_OLDER = re.compile(r"(?P<name>.+)\.(?P<source>[0-9a-f]{16})\.[0-9a-f]{16}\.compiled")


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator: numba's ``njit`` with these options, kept on disk where there is a place to write.

    Every function is compiled when it is first called with arguments of a kind, or read from disk.
    """

    every: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True} | options  # nobody passes kernels as arguments

    def decorate(function: Callable[..., Any]) -> Any:
        made: Any = njit(**every)(function)
        if _is_compiled(made):  # with NUMBA_DISABLE_JIT=1 it is the function itself
            with suppress(RuntimeError):  # no place to write: it is compiled in every process
                made._cache = _KeptCode(made)
        return made

    return decorate


# Sums of many rows: their order is the compiler's, so that a loop runs on four or eight rows at once.
kernel = compiled(error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
# Every sum in the order written; a division by zero is an error, as in Python.
strict = compiled()


def kernel_for(name: str, function: Callable[..., Any]) -> Any:
    """A kernel of a function that another one has made, one of several that differ in what they call."""
    function.__qualname__ += f"_{name}"  # by which their files are told apart
    return kernel(function)


def address_for(function: Any, result: Any, *given: Any) -> int:
    """``address_of`` the kernel for such arguments, of which it makes a ``result``; see ``function_for``."""
    return address_of(function, result(*map(function.typeof_pyval, given)))


def address_of(function: Any, signature: Any) -> int:
    """Where a kernel lies in memory: what loops over rows take as an argument and make a function by ``function_at``.

    They are compiled once for all functions of a signature; with a kernel itself as the argument it would be once for
    each, in every process anew. A call belongs around a loop, not inside: what is called becomes no part of it.
    """
    function.compile(signature.args)
    made = function.overloads[signature.args]
    return int(made.library.get_pointer_to_function(made.fndesc.llvm_func_name))


def function_at(signature: Any) -> Any:
    """For compiled code: an address -> the function there, which has this signature."""

    @intrinsic
    def function(typing_context, address):
        kind = types.FunctionType(signature)
        return kind(types.int64), _at_address(kind)

    return function


def function_for(result: Any) -> Any:
    """For compiled code: an address, a tuple of arguments -> the function there, which takes arguments of these types.

    What calls a large kernel in this way is compiled without it: the code of everything below is optimised again in
    every kernel that calls it by its name.
    """

    @intrinsic
    def function(typing_context, address, given):
        kind = types.FunctionType(result(*given))
        return kind(types.int64, given), _at_address(kind)

    return function


def _at_address(kind: Any) -> Callable[..., Any]:
    """How a function of this type is made of its address, the first argument."""

    def generate(context, builder, _, arguments):
        made = cgutils.create_struct_proxy(kind)(context, builder)
        made.c_addr = made.py_addr = cgutils.get_null_value(cgutils.voidptr_t)
        made.jit_addr = builder.inttoptr(arguments[0], cgutils.voidptr_t)
        return made._getvalue()

    return generate


class _KeptCode(FunctionCache):
    """numba's cache of one function, with our files in place of its index."""

    def __init__(self, dispatcher: Dispatcher):
        super().__init__(dispatcher.py_func)
        name = re.sub(r"-\d+(?=\.py\d+\w*$)", "", self._impl.filename_base)  # without the line, which moves
        self._cache_file = _Files(Path(self.cache_path), name, dispatcher)


class _Files:
    """The files ``NAME.SOURCE.SIGNATURE.compiled`` of one function (what numba asks of an index: save, load, flush)."""

    def __init__(self, folder: Path, name: str, dispatcher: Dispatcher):
        self.folder, self.name, self.dispatcher = folder, name, dispatcher

    def load(self, key: tuple[Any, ...]) -> Any:
        with suppress(OSError, EOFError, pickle.UnpicklingError):  # not there, or spoilt: it is compiled
            return pickle.loads(self._place(key).read_bytes())
        return None

    def save(self, key: tuple[Any, ...], data: Any) -> None:
        place = self._place(key)
        partial = partial_of(place)
        with suppress(OSError):  # a full disk: what was compiled runs all the same
            try:
                partial.write_bytes(dumps(data))
                os.replace(partial, place)
            finally:
                remove(partial)
            remove_abandoned(self.folder, place.name)
            self._remove_older()

    def flush(self) -> None:
        """Forget what is kept of the function as it is now, for ``recompile``."""
        for place in self.folder.glob(f"{self.name}.{self.source}.*.compiled"):
            remove(place)

    def _place(self, key: tuple[Any, ...]) -> Path:
        signature, machine = key[:2]
        kinds = " ".join(map(_kind, signature.args if hasattr(signature, "args") else signature))
        return self.folder / f"{self.name}.{self.source}.{_digest(f'{kinds} {machine} {_VERSIONS}')}.compiled"

    @cached_property
    def source(self) -> str:
        """Of the code as this process runs it; at the first call, when everything below is defined."""
        return _digest("\n".join(_reached(self.dispatcher, set())))

    def _remove_older(self) -> None:
        for place in self.folder.iterdir():
            found = _OLDER.fullmatch(place.name)
            if found and found["name"] == self.name and found["source"] != self.source:
                remove(place)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kind(kind: Any) -> str:
    """The type of an argument in words; of a NamedTuple also its fields, which decide what ``.field`` reads."""
    if not isinstance(kind, types.BaseTuple):
        return str(kind)
    whole: Any = kind  # mypy knows numba's types in part
    fields = f"{whole.instance_class!r}{whole.fields}" if isinstance(kind, types.BaseNamedTuple) else ""
    return f"{fields}({', '.join(map(_kind, whole))})"


def _is_compiled(value: Any) -> bool:
    return bool(is_jitted(value))


def _reached(value: Any, seen: set[int]) -> Iterator[str]:
    """What machine code depends on, in words, of a value that a compiled function reaches by its name."""
    if id(value) in seen:
        return
    if _is_compiled(value):
        seen.add(id(value))
        yield repr(sorted((name, _sorted(option)) for name, option in value.targetoptions.items()))
        yield from _reached(value.py_func, seen)
    elif isinstance(value, FunctionType):
        seen.add(id(value))
        yield from _of_function(value, seen)
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape} {value.tobytes().hex()}"
    elif isinstance(value, tuple):
        for part in value:
            yield from _reached(part, seen)
    elif hasattr(value, "__wrapped__"):  # an intrinsic
        yield from _reached(value.__wrapped__, seen)
    elif isinstance(value, types.Type):  # that an intrinsic makes something of
        yield _kind(value)
    elif isinstance(value, type):
        yield f"{value!r} {getattr(value, '_fields', '')}"
    elif isinstance(value, (bool, int, float, complex, str, bytes, np.generic, type(None))):
        yield repr(value)
    elif isinstance(value, ModuleType) and value.__name__.startswith(__package__.partition(".")[0]):
        raise TypeError(f"A compiled function reads from the module {value.__name__}. Import the names it uses.")
    else:  # other modules, and what numba knows by its name
        yield f"{type(value)!r} {getattr(value, '__name__', '')}"


def _of_function(function: FunctionType, seen: set[int]) -> Iterator[str]:
    yield function.__qualname__
    yield from _reached(function.__defaults__ or (), seen)
    inside = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    for code in _codes(function.__code__):
        yield f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {code.co_freevars}"
        for constant in code.co_consts:
            yield "" if isinstance(constant, CodeType) else _sorted(constant)
        for name in code.co_names:  # an attribute of the same name as a global counts too: no harm
            yield from _reached(function.__globals__.get(name), seen)
        for name in code.co_freevars:
            if name in inside:
                yield from _reached(inside[name].cell_contents, seen)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _sorted(constant: Any) -> str:
    """A set in words has an order of its own in every process."""
    return repr(sorted(map(repr, constant)) if isinstance(constant, (set, frozenset)) else constant)
