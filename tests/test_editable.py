"""An editable installation is found from every folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILD = "import setuptools.build_meta as build, sys; print(build.build_editable(sys.argv[1]))"
IMPORT = """
import site, sys
sys.path.insert(1, sys.argv[1])  # before the installation that runs this test
site.addsitedir(sys.argv[1])
import pluralstats, pluralstats.errors, pluralstats.figures
print(pluralstats.__file__)
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone in a folder of its usual name, and what pip would unpack into the environment."""
    clone = tmp_path_factory.mktemp("above") / "pluralstats"
    for folder in ("pluralstats", "alignment", "figures"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, clone)
    wheels = tmp_path_factory.mktemp("wheels")
    subprocess.run([sys.executable, "-c", BUILD, wheels], cwd=clone, check=True, capture_output=True)
    [wheel] = wheels.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(wheels / "unpacked")
    return clone, wheels / "unpacked"


@pytest.mark.parametrize("folder", [".", "..", "../.."])
def test_the_clone_is_imported_inside_it_above_it_and_elsewhere(clone, folder):
    clone, environment = clone
    packages = [path for path in sys.path if path.endswith("site-packages")]  # whose .pth files are not read
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT, environment],
        cwd=clone / folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(packages)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(clone / "pluralstats" / "__init__.py"), done.stderr
