"""Two processes with the variables by which torchrun tells its own apart; each runs the commands of a file in turn.

Forked when everything is imported: torch and its friends, which take seconds, are loaded once and not by each.
"""

import gc
import os
import runpy
import shlex
import socket
import sys
from pathlib import Path

import pluralstats.alignment.runs.training
import pluralstats.alignment.trainers.ordinal_reward
import pluralstats.alignment.trainers.robust_dpo  # noqa: F401  # the trainers of these commands

PROCESSES = 2


def run_all(lines: list[str]) -> None:
    """What ``python -m pluralstats.alignment.train`` does, once for each line."""
    for line in lines:
        sys.argv = ["train", *shlex.split(line)]
        try:
            runpy.run_module("pluralstats.alignment.train", run_name="__main__")
        except SystemExit as ended:
            if ended.code:
                raise


def start(rank: int, port: int, lines: list[str]) -> int:
    """The number of a process that runs the commands as one of two."""
    child = os.fork()
    if child:
        return child
    of_torchrun = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": PROCESSES, "LOCAL_WORLD_SIZE": PROCESSES}
    of_torchrun |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in of_torchrun.items()})
    run_all(lines)
    sys.exit(0)


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gc.freeze()  # as in conftest
    commands = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    children = [start(rank, port, commands) for rank in range(PROCESSES)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.exit(any(codes))
