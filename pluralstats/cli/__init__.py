"""The command line: one module a command."""

from pluralstats.cli.program import app, main

__all__ = ["app", "main"]
