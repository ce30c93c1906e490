"""Kill -9 in the middle of a fit, a save and a write to the cache: what was finished is there, nothing broken is read.

Each test starts a program that stops at one chosen point (its own script replaces a function by one that waits), and
kills it there.
"""

import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.fits.loading import load_fit

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")

START = """
import hashlib, os, pathlib, sys
import pluralstats as ps
from pluralstats.fits.fitting import folder
from pluralstats.fits.loading import load_fit

def stop():
    os.write(1, b"here\\n")  # whole, also when several chains stop
    os.read(0, 1)  # until it is killed, or nobody is there any more to do so

def ratings():
    return ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=1)

def fitted(seed, cache=None, **options):
    options = {"method": "laplace", "draws": 50, "on_problem": "ignore"} | options
    return ps.fit(ratings(), "rating ~ (1 | item) + (1 | rater)", seed=seed, cache=cache, **options)

def fingerprint(fit):
    samples = fit.samples
    arrays = (samples.threshold, samples.coefficient, samples.sd, *samples.effects)
    drawn = b"".join(array.tobytes() for array in arrays)
    return hashlib.sha256(drawn + fit.parameters.to_json(double_precision=15).encode()).hexdigest()
"""
# where a save is stopped: text of the script that replaces one function by one that stops
POINTS = {
    "half of the draws written": """
def write_draws(path, *parts):
    path.write_bytes(b"half")
    stop()
folder.write_draws = write_draws
""",
    "before the card": """
def card_sum(card):
    stop()
folder.card_sum = card_sum
""",
    "before the new one is in place": """
rename = pathlib.Path.rename
def wait(self, target):
    if ".partial-" in self.name:
        stop()
    return rename(self, target)
pathlib.Path.rename = wait
""",
    "before the old one is deleted": """
rename = pathlib.Path.rename
def wait(self, target):
    if self.name.endswith(".previous"):
        stop()
    return rename(self, target)
pathlib.Path.rename = wait
""",
}
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
NEW_IS_IN_PLACE = "before the old one is deleted"

namespace: dict = {}
exec(START, namespace)  # the tests fit what the killed programs fit
fitted, fingerprint = namespace["fitted"], namespace["fingerprint"]


def killed_at_its_stop(script: str, *arguments: object) -> list[str]:
    """Run START and ``script`` until it says that it stopped; kill it there. The lines that it said before."""
    command = [sys.executable, "-c", START + script, *map(str, arguments)]
    lines: list[str] = []
    with subprocess.Popen(command, **PIPES, stderr=subprocess.PIPE) as process:
        while (line := process.stdout.readline()) not in ("here\n", ""):
            lines.append(line.strip())
        process.kill()
        _, errors = process.communicate()
    assert line == "here\n", errors
    assert process.returncode == -signal.SIGKILL
    return lines


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def same(one: ps.Fit, other: ps.Fit) -> bool:
    """Equal but for rounding: another program may run differently compiled code. Other draws differ by far more."""
    words = [fit.parameters.select_dtypes(exclude="number") for fit in (one, other)]
    numbers = [(fit.parameters.select_dtypes("number"), fit.samples.threshold) for fit in (one, other)]
    close = (np.allclose(*pair, rtol=1e-6, atol=1e-9, equal_nan=True) for pair in zip(*numbers, strict=True))
    return words[0].equals(words[1]) and all(close)


@pytest.fixture
def strict() -> Iterator[None]:
    """A warning about a broken entry fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_save_leaves_the_old_fit_or_the_new_one(point, tmp_path):
    old, new = fitted(1), fitted(2)
    assert not same(old, new)
    folder = old.save(tmp_path / "fit")
    killed_at_its_stop(f"fit = fitted(2)\n{POINTS[point]}\nfit.save(sys.argv[1])", folder)
    assert same(load_fit(folder), new if point == NEW_IS_IN_PLACE else old)
    assert names(tmp_path) != ["fit"]  # it did leave something behind
    new.save(folder)
    assert same(load_fit(folder), new)
    assert names(tmp_path) == ["fit"]


def test_a_killed_first_save_leaves_no_fit(tmp_path):
    folder = tmp_path / "fit"
    script = f"fit = fitted(1)\n{POINTS['before the new one is in place']}\nfit.save(sys.argv[1])"
    killed_at_its_stop(script, folder)
    with pytest.raises(ps.ConfigError, match="There is no folder"):
        load_fit(folder)


def test_kills_at_any_moment_of_saves_leave_a_whole_fit(tmp_path):
    fits = [fitted(1), fitted(2)]
    folder = fits[0].save(tmp_path / "fit")
    script = """
fits = [fitted(1), fitted(2)]
while True:
    for fit in fits:
        print("here", flush=True)
        fit.save(sys.argv[1])
"""
    for saves in (1, 4):
        command = [sys.executable, "-c", START + script, str(folder)]
        with subprocess.Popen(command, **PIPES) as process:
            assert [process.stdout.readline() for _ in range(saves)] == ["here\n"] * saves
            process.kill()  # somewhere in that save, or one of the next
        found = load_fit(folder)
        assert same(found, fits[0]) or same(found, fits[1])


def test_a_killed_fit_leaves_the_fits_finished_before(tmp_path, strict):
    """The entry is compared with what the killed program had, not with a fit made here.

    Chains are chaotic, and two programs may run differently compiled code: the last bit of one gradient is another fit.
    """
    options = {"method": "hmc", "draws": 40, "sampler": ps.Sampler(chains=2, warmup=50)}
    script = """
options = {"method": "hmc", "draws": 40, "sampler": ps.Sampler(chains=2, warmup=50)}
print(fingerprint(fitted(1, sys.argv[1], **options)), flush=True)
from pluralstats.inference import exact
exact.Store.keep = lambda *parts: stop()
fitted(2, sys.argv[1], **options)
"""
    (made,) = killed_at_its_stop(script, tmp_path)
    (entry,) = names(tmp_path)
    first = fitted(1, tmp_path, **options)
    assert first.provenance["cache"] == {"entry": entry, "hit": True}
    assert fingerprint(first) == made
    assert not fitted(2, tmp_path, **options).provenance["cache"]["hit"]
    assert fitted(2, tmp_path, **options).provenance["cache"]["hit"]


@pytest.mark.parametrize("point", [point for point in POINTS if point != NEW_IS_IN_PLACE])
def test_a_killed_write_to_the_cache_is_not_believed(point, tmp_path, strict):
    """The first entry was finished and is found; the second is fitted again, and what the killed one left is gone."""
    killed_at_its_stop(f"fitted(1, sys.argv[1])\n{POINTS[point]}\nfitted(2, sys.argv[1])", tmp_path)
    assert len(names(tmp_path)) == 2  # the first fit, and what the killed write left
    assert fitted(1, tmp_path).provenance["cache"]["hit"]
    second = fitted(2, tmp_path)
    assert not second.provenance["cache"]["hit"]
    assert same(second, fitted(2))
    assert not any(name.startswith(".") for name in names(tmp_path))
    assert fitted(2, tmp_path).provenance["cache"]["hit"]


@pytest.mark.parametrize("point", ["before the new one is in place", NEW_IS_IN_PLACE])
def test_a_killed_repair_of_the_cache_is_not_believed(point, tmp_path):
    """The entry was broken, and the program that replaced it was killed between its renames, or after them."""
    entry = tmp_path / fitted(1, tmp_path).provenance["cache"]["entry"]
    (entry / "draws.nc").write_bytes(b"broken")
    killed_at_its_stop(f"{POINTS[point]}\nfitted(1, sys.argv[1])", tmp_path)
    if point == NEW_IS_IN_PLACE:
        assert fitted(1, tmp_path).provenance["cache"]["hit"]
        return
    with pytest.warns(UserWarning, match="is not used and is made anew"):
        assert not fitted(1, tmp_path).provenance["cache"]["hit"]
    assert names(tmp_path) == [entry.name]
    assert fitted(1, tmp_path).provenance["cache"]["hit"]
