"""In a pipe a run says nothing of its own accord, and what was switched off is on again afterwards."""

import contextlib
import io

import datasets
import pytest
from pluralstats.alignment import quiet
from tqdm.auto import tqdm


@pytest.mark.parametrize(("terminal", "shown"), [(False, False), (True, True)])
def test_bars_are_for_terminals(monkeypatch, terminal, shown):
    monkeypatch.setattr(quiet, "on_terminal", lambda: terminal)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), quiet.quiet_libraries():
        list(tqdm(range(3), disable=False, file=said))
    assert bool(said.getvalue()) is shown
    after = io.StringIO()
    list(tqdm(range(3), file=after))
    assert after.getvalue()
    assert not datasets.are_progress_bars_disabled()
