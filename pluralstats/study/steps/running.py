"""While a study runs: a line of progress, and the fits that are kept, so that one that is stopped goes on from them."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pluralstats import progress
from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit
from pluralstats.fits.folder import CARD, remove_fit
from pluralstats.printing.wording import count

type Steps = Callable[[str], None]  # called with a few words at the start of each step
type Cache = str | Path | bool


@contextmanager
def progress_bar() -> Iterator[Steps]:
    """A function to call at the start of each step of a long job.

    The line is drawn on the standard error output, and only when that is a terminal; see ``progress_lines`` for others.
    """
    console = Console(stderr=True)
    words = TextColumn("{task.description}", markup=False)  # a dimension may be called "[/b]"
    columns = (SpinnerColumn(), words, TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(description: str) -> None:
            bar.update(task, description=description)
            progress.step(description)

        yield step


def cache_folder(out: Path, cache: Cache) -> Path | None:
    """The folder that keeps the fits: ``cache``, or ``.<name>.fits`` beside ``out``; None keeps nothing.

    Raises
    ------
    ConfigError
        ``cache`` is ``out`` or lies in it, which is replaced as a whole when the study ends.

    Examples
    --------
    >>> cache_folder(Path("results"), True).name, cache_folder(Path("results"), False)
    ('.results.fits', None)
    """
    whole = out.resolve()
    if isinstance(cache, bool):
        return whole.with_name(f".{whole.name}.fits") if cache else None
    if Path(cache).resolve().is_relative_to(whole):
        raise ConfigError(
            f"The folder of kept fits, {cache}, lies in the results folder {out}, which is replaced as a whole when "
            "the study ends. Choose a folder elsewhere with --cache."
        )
    return Path(cache)


def forget_fits(folder: Path) -> None:
    """Delete the fits in a folder, and the folder when nothing else is in it."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if (entry / CARD).is_file() and not entry.is_symlink():  # a link leads to somebody's fit elsewhere
            remove_fit(entry)
    with suppress(OSError):  # somebody else's files, or another study's fit, are in it
        folder.rmdir()


@contextmanager
def saying_what_is_kept(folder: Path | None) -> Iterator[None]:
    """Ctrl-C within the block comes out with a sentence on the fits that are finished."""
    try:
        yield
    except KeyboardInterrupt as error:
        n = 0 if folder is None or not folder.is_dir() else sum((entry / CARD).is_file() for entry in folder.iterdir())
        kept = f" The same command goes on from the {count(n, 'finished fit')} in {folder}." if n else ""
        raise KeyboardInterrupt(f"Interrupted; no results were written.{kept}") from error


def read_from_cache(fits: Iterable[Fit]) -> int:
    """How many fits were made before and only read."""
    return sum(fit.provenance.get("cache", {}).get("hit", False) for fit in fits)
