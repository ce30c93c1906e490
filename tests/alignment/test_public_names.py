"""The public names of alignment exist, and what is not installed is said with the line that installs it."""

import builtins
import re
import subprocess
import sys

import pluralstats.alignment as alignment
import pytest

import pluralstats as ps


@pytest.mark.parametrize("name", alignment.__all__)
def test_every_public_name_exists(name):
    assert getattr(alignment, name).__name__ == name


@pytest.mark.parametrize("name", [*alignment.__all__, "label_distributions", "Pairs", "Labels", "preference_pairs"])
def test_a_public_docstring_names_nothing_that_its_reader_cannot_see(name):
    text = getattr(alignment, name).__doc__ if name in alignment.__all__ else getattr(ps, name).__doc__
    dangling = r"METHODS|DESIGN|``(compare|train|pair_rows|response_rows|prompt_rows|trainers)``"
    assert re.search(dangling, text or "") is None


def test_a_missing_library_is_said_with_what_installs_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "pluralstats.alignment.models.making", raising=False)
    monkeypatch.delitem(vars(alignment), "tiny_model", raising=False)  # a name is kept where it was used before
    found = builtins.__import__

    def without_torch(name, *rest):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    with pytest.raises(
        ps.ConfigError, match=r'`alignment.tiny_model` needs torch.*pip install "pluralstats\[alignment\]"'
    ):
        alignment.tiny_model  # noqa: B018


def test_comparing_and_scoring_by_words_load_no_torch():
    names = "compare_arms, judged_wins, pair_accuracy, distribution_distances, steering_matrix, reduction_ratios"
    code = f"import sys, pluralstats.alignment.score; from pluralstats.alignment import {names}, RunSettings"
    done = subprocess.run([sys.executable, "-c", f"{code}; sys.exit('torch' in sys.modules)"], check=False)
    assert done.returncode == 0
