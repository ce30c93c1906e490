"""Questions to a chat model behind an OpenAI-compatible address, with the standard library alone.

A question has one time limit for the whole answer, and not for each wait of the socket: the limit of a socket begins
anew with every byte, so that a server which sends one byte a second is never too slow.
"""

import json
import os
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

import pluralstats as ps
from pluralstats.errors import expect


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


_PASSING = (408, 409, 425, 429, 500, 502, 503, 504)  # states that may be gone a moment later
_LONGEST_PAUSE = 60.0  # seconds
_SHOWN = 300  # characters of what a server says


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: the key in the header would go wherever the answer points."""

    def redirect_request(self, *arguments: Any) -> None:
        return None


_OPENER = build_opener(_Stay, TimedHttp, TimedHttps)


@dataclass(frozen=True)
class Endpoint:
    """Where a judge answers, and how patiently it is asked.

    Attributes
    ----------
    url : str
        Up to the version: "http://localhost:8000/v1"; "/chat/completions" is added.
    key_variable : str
        Environment variable that holds the key; no key is sent where it is not set. A key is never an argument and is
        in no file.
    time_limit : float
        Seconds for one answer, from the first word to the last: a server that sends a byte now and then gets no more.
    attempts : int
        Times a question is asked before the judge counts as down.
    pause : float
        Seconds before the second attempt; doubled before each further one, at most 60, and longer where the server
        says ``Retry-After``.
    """

    url: str
    key_variable: str = "JUDGE_API_KEY"
    time_limit: float = 60.0
    attempts: int = 5
    pause: float = 1.0

    def __post_init__(self) -> None:
        expect(self.url, str, "`url` is an address like http://localhost:8000/v1, as text")
        parts = urlsplit(self.url)
        problems = []
        if parts.scheme not in ("http", "https") or not parts.netloc:
            problems.append(f"`url` is an address like http://localhost:8000/v1; found {self.url!r}.")
        if parts.username or parts.password:
            problems.append(f"`url` holds no key; put it into the environment variable {self.key_variable}.")
        if not isinstance(self.attempts, int) or self.attempts < 1:
            problems.append(f"`attempts` is a whole number of at least 1; found {self.attempts!r}.")
        problems += [
            f"`{name}` is a number of seconds {kind}; found {value!r}."
            for name, kind, value, good in (
                ("time_limit", "above 0", self.time_limit, self.time_limit > 0),
                ("pause", "of at least 0", self.pause, self.pause >= 0),
            )
            if not good
        ]
        if problems:
            raise ps.ConfigError("\n".join(problems))


def chat_reply(endpoint: Endpoint, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one chat request, asked again while the server is busy or away.

    Parameters
    ----------
    endpoint : Endpoint
    body : mapping
        Of the request: ``model``, ``messages`` and options.

    Returns
    -------
    dict
        The server's answer, with ``choices``.

    Raises
    ------
    ConfigError
        The judge is down (with the address, the number of attempts and the last reason), refuses the request, or
        answers something else than a chat model does.
    """
    request = _request(endpoint, body)
    for attempt in range(1, endpoint.attempts + 1):
        wait = 0.0
        try:
            with _OPENER.open(request, timeout=endpoint.time_limit) as answer:
                return _read(answer.read(), request.full_url)
        except HTTPError as error:
            reason, wait = _reason(error), _retry_after(error)
            if error.code not in _PASSING:
                raise ps.ConfigError(
                    f"The judge at {request.full_url} refuses the request: {reason}. Check the address, the model's "
                    f"name and the key in {endpoint.key_variable}."
                ) from error
        except (URLError, HTTPException, OSError) as error:  # time limits are kinds of OSError
            reason = str(getattr(error, "reason", "") or error or type(error).__name__)
        if attempt < endpoint.attempts:
            doubled = endpoint.pause * 2 ** (attempt - 1) * random.uniform(1, 1.5)  # workers do not return together
            time.sleep(min(max(doubled, wait), _LONGEST_PAUSE))
    raise ps.ConfigError(f"The judge at {request.full_url} did not answer in {endpoint.attempts} attempts: {reason}.")


def _request(endpoint: Endpoint, body: Mapping[str, Any]) -> Request:
    headers = {"Content-Type": "application/json", "User-Agent": "pluralstats"}
    key = os.environ.get(endpoint.key_variable, "").strip()
    if key:
        headers["Authorization"] = f"Bearer {key}"
    address = f"{endpoint.url.rstrip('/')}/chat/completions"
    return Request(address, data=json.dumps(body).encode(), headers=headers, method="POST")


def _read(answer: bytes, address: str) -> dict[str, Any]:
    try:
        parsed = json.loads(answer)
        str(parsed["choices"][0]["message"]["content"])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        shown = answer[:_SHOWN].decode(errors="replace")
        raise ps.ConfigError(
            f"{address} does not answer like a chat model: expected JSON with choices[0].message.content, "
            f"found {shown!r}. Check the address."
        ) from error
    return parsed


def _reason(error: HTTPError) -> str:
    said = ""
    with suppress(OSError, HTTPException):  # what a server says of its state may come late, or not whole
        said = " ".join(error.read(4 * _SHOWN).decode(errors="replace").split())[:_SHOWN]
    return f"HTTP {error.code} {error.reason}" + (f", {said}" if said else "")


def _retry_after(error: HTTPError) -> float:
    said = (error.headers.get("Retry-After") or "").strip()
    return float(said) if said.isdigit() else 0.0
