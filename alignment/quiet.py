"""The libraries under a training run say nothing in a pipe: their bars and reports would bury what a run has to say."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import datasets
from tqdm.std import tqdm
from transformers.utils import logging


def on_terminal() -> bool:
    """Whether somebody looks on: only then is there a line of progress."""
    return sys.stderr.isatty()


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """No progress bars and no reports inside, but on a terminal; no warnings about the libraries' own names."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
        if on_terminal():
            yield
            return
        with _without_bars():
            yield


@contextmanager
def _without_bars() -> Iterator[None]:
    level, hidden, start = logging.get_verbosity(), datasets.are_progress_bars_disabled(), tqdm.__init__

    def hidden_bar(bar: tqdm, *args: Any, **options: Any) -> None:
        start(bar, *args, **(options | {"disable": True}))

    logging.set_verbosity_error()
    datasets.disable_progress_bars()
    tqdm.__init__ = hidden_bar  # TRL's own bars know no switch
    try:
        yield
    finally:
        tqdm.__init__ = start
        logging.set_verbosity(level)
        if not hidden:
            datasets.enable_progress_bars()
