"""Ctrl-C that cannot get lost.

Python raises KeyboardInterrupt wherever the program happens to be. Where that is a callback of a weak reference or a
``__del__`` (h5py and h5netcdf run many of them), the interpreter prints "Exception ignored" and goes on: the save ends
as if nobody had pressed a key. So the signal is noted as well, and comes again at the end of the block.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts:
    """The stops that were heard within a block, each with the handler that it was for."""

    def __init__(self) -> None:
        self._heard: list[tuple[Callable[[int, Any], Any], int]] = []

    def listener(self, handler: Callable[[int, Any], Any]) -> Callable[[int, Any], Any]:
        """The handler, with a note of every call."""

        def listen(number: int, frame: Any) -> None:
            self._heard.append((handler, number))
            handler(number, frame)

        return listen

    def come_again(self) -> None:
        """Call the handler of the first stop once more, which raises; nothing where none was heard."""
        if self._heard:
            handler, number = self._heard[0]
            handler(number, None)


@contextmanager
def interrupts_come_out() -> Iterator[Interrupts]:
    """A stop within the block ends it at the latest where it ends, also when a library has swallowed or renamed it.

    Only of the main thread, the only one that hears signals, and only for signals that Python handles.
    """
    heard, before = Interrupts(), {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in STOPS:
                handler = signal.getsignal(number)
                if callable(handler):  # not of the system's own, nor of those that nohup ignores
                    before[number] = handler
                    signal.signal(number, heard.listener(handler))
        yield heard
    except Exception:  # what a library made of the interrupt
        _restore(before)
        heard.come_again()
        raise
    finally:
        _restore(before)
    heard.come_again()


def _restore(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
