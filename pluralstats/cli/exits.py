"""How commands end: our errors as a message and an exit code, warnings as sentences."""

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

import typer

from pluralstats.errors import PluralstatsError
from pluralstats.progress import progress_lines
from pluralstats.storage.shown_text import visible

STOPS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_FLAGS: ContextVar[dict[str, str]] = ContextVar("flags", default={})  # noqa: B039 - it is never changed


def in_command_words(text: str) -> str:
    """A sentence with the flags of the running command, and keys of study files, in place of arguments of Python."""
    from pluralstats.study.configuration.arguments import (
        in_study_words,  # here, so that the help of the program stays quick
    )

    return in_study_words(text, _FLAGS.get())


def remember_flags(context: typer.Context) -> None:
    """Know the options of the command that runs: from then on sentences name them."""
    command = getattr(context.command, "commands", {}).get(context.invoked_subcommand)
    options = command.params if command else []
    _FLAGS.set({str(option.name): option.opts[0] for option in options if option.opts[0].startswith("--")})


def say(text: str, *, err: bool = False) -> None:
    """Print a sentence; what stands in files of others (names, labels) is shown and never obeyed by the terminal."""
    typer.echo(visible(text), err=err)


@contextmanager
def clean_exits() -> Iterator[None]:
    """Our errors as one message with exit code 2, Ctrl-C as 130; half-written results are removed on the way out."""

    def terminate(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    heard = [number for number in STOPS if signal.getsignal(number) not in (signal.SIG_IGN, None)]  # nohup ignores
    before = {number: signal.signal(number, terminate) for number in heard}
    try:
        yield
    except PluralstatsError as error:
        say(in_command_words(str(error)), err=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt as error:
        say(str(error) or "Interrupted; nothing was written.", err=True)
        raise typer.Exit(130) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def told_steps() -> Iterator[None]:
    """The steps of a command as lines on the standard error output, where that is no terminal: a log shows life."""
    with progress_lines(partial(say, err=True), wanted=not sys.stderr.isatty()):
        yield


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Warnings as their sentences alone, on the standard error output."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        say(in_command_words(str(message)), err=True)

    with warnings.catch_warnings():
        warnings.showwarning = show  # type: ignore[assignment]  # its other parameters, whatever they are called
        yield
