"""Every command as ``--help`` tells it."""

import contextlib
import io
import os
from unittest import mock

from typer.main import get_command

WIDTH = "96"


def pages() -> dict[str, str]:
    # imported late: typer reads the width of the terminal when its modules are loaded
    with mock.patch.dict(os.environ, {"COLUMNS": WIDTH, "TERMINAL_WIDTH": WIDTH, "NO_COLOR": "1", "TERM": "dumb"}):
        from pluralstats.alignment.score import app as score

        from pluralstats.cli.program import app

        program = get_command(app)
        found = {f"pluralstats {name}": command for name, command in program.commands.items()}
        helps = {"pluralstats": _help(program, "pluralstats")}
        helps |= {name: _help(command, name) for name, command in found.items()}
        helps["python -m pluralstats.alignment.score"] = _help(
            get_command(score), "python -m pluralstats.alignment.score"
        )
        helps |= _training()
    parts = [f"## `{name}`\n\n```text\n{text}\n```" for name, text in helps.items()]
    return {"index.md": "\n\n".join([START, *parts, ""])}


def _training() -> dict[str, str]:
    """The command that trains loads torch, which the pages are built without where it is not installed."""
    name = "python -m pluralstats.alignment.train"
    try:
        from pluralstats.alignment.train import app
    except ImportError:
        return {}
    return {name: _help(get_command(app), name)}


def _help(command, name: str) -> str:
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        command.main(["--help"], prog_name=name, standalone_mode=False)
    lines = [line.rstrip() for line in written.getvalue().splitlines()]
    return "\n".join(lines).strip("\n")


START = """# Commands

What `--help` says. `pluralstats check`, `init` and `study` are the way from a file to a report; `labels` and `pairs`
take the folder that `study` wrote."""
