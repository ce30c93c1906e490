"""The tests of training under the oldest TRL that is supported: ``python benchmarks/trl_versions.py``.

``--tiny`` installs nothing and collects one file of tests: that the environment finds everything of this one.

TRL changes much between minor versions (its DPO loss is another program since 1.15), and our trainers stand on its
inside. This makes an environment with other versions of TRL and what it needs, reads everything else (torch above
all) from the environment it is started in, and runs the tests there.
"""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

OLDEST = ["trl==1.0.0", "transformers==5.0.0"]  # the lower ends in pyproject.toml
TESTS = "tests/alignment"
TINY_TESTS = "tests/alignment/objectives/test_pairs.py"
ROOT = Path(__file__).parents[1]


def made_environment(folder: Path, wanted: list[str]) -> Path:
    """An environment with the wanted versions, all other packages being those of this one.

    Returns
    -------
    path
        Its Python.
    """
    venv.create(folder, with_pip=bool(wanted))
    python = folder / "bin" / "python"
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    ours = [path for path in sys.path if path.endswith("site-packages")] or [sysconfig.get_path("purelib")]
    lines = [f"import site; site.addsitedir({path!r})" for path in ours]  # also reads the .pth files there
    Path(where, "rest.pth").write_text("\n".join(lines) + "\n")
    if wanted:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return python


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", default=OLDEST, help="such as trl==1.0.0 transformers==5.0.0")
    parser.add_argument("--tests", default=TESTS)
    parser.add_argument("--tiny", action="store_true", help="nothing is installed, one file of tests is collected")
    arguments = parser.parse_args(argv)
    if arguments.tiny:
        arguments.versions, arguments.tests = [], TINY_TESTS
    with tempfile.TemporaryDirectory() as folder:
        python = made_environment(Path(folder) / "env", arguments.versions)
        names = [word.partition("==")[0] for word in arguments.versions]
        shown = f"from importlib.metadata import version; print({{name: version(name) for name in {names!r}}})"
        subprocess.run([python, "-c", shown], check=True)
        tests = [python, "-m", "pytest", "-q", "--show-capture=no", arguments.tests]
        return subprocess.run([*tests, *(["--collect-only"] * arguments.tiny)], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
