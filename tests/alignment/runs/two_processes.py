"""Every training command of a file in turn: torchrun starts this program in each process, which loads torch once."""

import runpy
import shlex
import sys
from pathlib import Path

if __name__ == "__main__":
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        sys.argv = ["train", *shlex.split(line)]
        try:
            runpy.run_module("pluralstats.alignment.train", run_name="__main__")
        except SystemExit as ended:
            if ended.code:
                raise
