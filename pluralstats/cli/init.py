"""The command ``pluralstats init FILE``: a study file from what is found in a ratings file."""

from pathlib import Path
from typing import Annotated

import typer

from pluralstats.cli.exits import clean_exits, in_command_words, say
from pluralstats.cli.flags import (
    AnswersFlag,
    ColumnsFlag,
    DemographicsFlag,
    DimensionsFlag,
    FormatFlag,
    ItemsFlag,
    PeopleFlag,
    RatersFlag,
    ScaleFlag,
    file_options,
)


def init(
    file: Annotated[Path, typer.Argument(help="The file with the ratings.")],
    out: Annotated[Path, typer.Option(help="The study file to write.")] = Path("study.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it stands already.")] = False,
    scale: ScaleFlag = "",
    demographics: DemographicsFlag = "",
    columns: ColumnsFlag = "",
    dimensions: DimensionsFlag = "",
    format: FormatFlag = "",
    items: ItemsFlag = "",
    raters: RatersFlag = "",
    answers: AnswersFlag = "",
    people: PeopleFlag = "",
) -> None:
    """Write a commented study file from what is found in FILE. It runs as it is, or says what a person must decide."""
    with clean_exits():
        # what it reads files with loads numpy, and the help of the program stays quick without
        from pluralstats.study.drafts.files import write_draft

        given = file_options(
            format=format,
            items=items,
            raters=raters,
            answers=answers,
            people=people,
            dimensions=dimensions,
            columns=columns,
            scale=scale,
            demographics=demographics,
        )
        draft = write_draft(file, out, given, replace=force)
        say(f"{file} is read as {draft.title}.")
        for sentence in draft.to_confirm:
            say(f"- {in_command_words(sentence)}")
        todo = f"look at {out}, then" if not draft.to_confirm else f"settle this in {out}, then"
        say(f"Next: {todo} pluralstats study {out}")
