"""Runs the command that trains once for each line of a file: two processes load torch, which takes seconds, once."""

import shlex
import sys
from pathlib import Path

from pluralstats.alignment.train import app

if __name__ == "__main__":
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        app(shlex.split(line), standalone_mode=False)
