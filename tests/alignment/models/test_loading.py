"""Models are loaded from safetensors alone, and in a pipe their libraries say nothing."""

import contextlib
import io

import datasets
import pytest
from pluralstats.alignment.models import loading
from tqdm.auto import tqdm

import pluralstats as ps


def test_a_name_that_no_hub_knows_is_said():
    with pytest.raises(ps.ConfigError, match="The model nobody/no-such-model cannot be loaded"):
        loading.load_model("nobody/no-such-model")


def test_code_of_a_models_own_is_never_run_and_pickles_are_never_read(tiny):
    asked = {}

    class Spy:
        @staticmethod
        def from_pretrained(name, **options):
            asked.update(options)
            raise OSError("seen enough")

    with pytest.raises(ps.ConfigError):
        loading.load_model(tiny, Spy)
    assert asked["trust_remote_code"] is False
    assert asked["use_safetensors"] is True


@pytest.mark.parametrize(("terminal", "shown"), [(False, False), (True, True)])
def test_bars_are_for_terminals(monkeypatch, terminal, shown):
    monkeypatch.setattr(loading, "on_terminal", lambda: terminal)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), loading.quiet_libraries():
        list(tqdm(range(3), disable=False, file=said))
    assert bool(said.getvalue()) is shown
    after = io.StringIO()
    list(tqdm(range(3), file=after))
    assert after.getvalue()
    assert not datasets.are_progress_bars_disabled()
