"""Every benchmark runs on tiny data and keeps its promises; see ``benchmarks/README.md``.

The scripts judge themselves (exit code); ``test_broken_promises.py`` shows that they can find against themselves.
Sampled promises state their false-alarm rate where they are made, 1e-3 or less; seeds are fixed.
"""

import runpy
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMED = runpy.run_path(str(BENCHMARKS / "entry_points.py"))
ENTRY_POINTS, STEPS = NAMED["ENTRY_POINTS"], NAMED["STEPS"]


@pytest.mark.parametrize("name", ENTRY_POINTS)
# matplotlib, nutpie and PyMC warn of versions and slow compilation; scripts are no library, and nobody reads it here
@pytest.mark.filterwarnings("default")
def test_a_tiny_run_keeps_its_promises(name, script, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    code = script(name).main(["--tiny", *ENTRY_POINTS[name]])
    assert code == 0, capfd.readouterr().out


def test_every_file_that_can_be_run_is_an_entry_point_or_a_step():
    found = {path.stem for path in BENCHMARKS.glob("*.py") if 'if __name__ == "__main__"' in path.read_text()}
    assert found == set(ENTRY_POINTS) | STEPS


def test_every_entry_point_is_described():
    text = (BENCHMARKS / "README.md").read_text()
    assert [name for name in ENTRY_POINTS if f"`{name}.py`" not in text] == []
