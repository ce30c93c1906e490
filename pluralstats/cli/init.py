"""The command ``pluralstats init FILE``: a study file from what is found in a ratings file."""

from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from pluralstats.cli.exits import in_command_words, say
from pluralstats.cli.flags import describing_files


@describing_files
def init(
    file: Annotated[Path, typer.Argument(help="The file with the ratings.")],
    out: Annotated[Path, typer.Option(help="The study file to write.")] = Path("study.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it stands already.")] = False,
    *,
    given: dict[str, Any],
) -> None:
    """Write a commented study file from what is found in FILE. It runs as it is, or says what a person must decide."""
    # what it reads files with loads numpy, and the help of the program stays quick without
    from pluralstats.study.drafts.files import write_draft

    draft = write_draft(file, out, given, replace=force)
    say(f"{file} {draft.described}.")
    for note in draft.notes:
        say(in_command_words(note))
    if draft.to_confirm:
        say("A person has to say:" if draft.runs else "It runs when a person has said:")
    for sentence in draft.to_confirm:
        say(f"- {in_command_words(sentence)}")
    todo = f"look at {out}, then" if not draft.to_confirm else f"settle this in {out}, then"
    say(f"Next: {todo} pluralstats study {quote(str(out))}")
