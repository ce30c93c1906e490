"""When, where and with what something was measured: what numbers depend on, and nothing that names the machine."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path


def conditions(packages: Sequence[str], load_before: float) -> dict[str, object]:
    """Date, commit ("-dirty" where files differ from it), processors, load, threads and versions."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:  # no git here
        commit = ""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit or "unknown",
        "processors": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "not limited"),
        "load_before": round(load_before, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "architecture": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {package: version(package) for package in packages},
    }
