"""HTTP connections with one time limit for the whole answer, and not for each wait of the socket.

The limit of a socket begins anew with every byte, so that a server which sends one byte a second is never too slow.
"""

import time
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any, cast
from urllib.request import HTTPHandler, HTTPSHandler, Request


class _Reader(RawIOBase):
    """Waits for each byte only as long as the whole answer may still take."""

    def __init__(self, sock: socket, ends: float) -> None:
        self._sock, self._ends = sock, ends
        self._bytes = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket, *arguments: Any, ends: float, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        timed = BufferedReader(_Reader(sock, ends))
        self.fp.close()
        self.fp = cast(Any, timed)


class _Timed(HTTPConnection):
    def __init__(self, host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self.response_class = cast(Any, partial(_TimedResponse, ends=time.monotonic() + (self.timeout or 0.0)))


class _TimedTls(_Timed, HTTPSConnection):
    pass


class TimedHttp(HTTPHandler):
    """Opens http addresses with one limit."""

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Timed, req)


class TimedHttps(HTTPSHandler):
    """Opens https addresses with one limit."""

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_TimedTls, req)
