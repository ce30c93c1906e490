"""Flags that several commands have, and how their text is read."""

import re
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Annotated, Any

import typer

from pluralstats.cli.exits import clean_exits
from pluralstats.errors import ConfigError

FormatFlag = Annotated[str, typer.Option("--format", help="The shape of the file, see `pluralstats keys data`.")]
ItemsFlag = Annotated[str, typer.Option(help='Columns that each hold one item, or a pattern: "Q1_*".')]
AnswersFlag = Annotated[str, typer.Option(help='Columns that each hold one answer, ticked or counted: "toxic_*".')]
PeopleFlag = Annotated[str, typer.Option(help="A second file, one row a rater, such as demographics.csv.")]
RatersFlag = Annotated[str, typer.Option(help='Columns that each hold one rater, or a pattern: "ann_*".')]
DimensionsFlag = Annotated[str, typer.Option(help="Columns that each hold one rating: toxicity,helpfulness.")]
ColumnsFlag = Annotated[str, typer.Option(help="Columns to rename: worker_id=rater,text_id=item.")]
ScaleFlag = Annotated[
    str, typer.Option(help="1,5 for 1 to 5; labels in order, no,maybe,yes; continuous; by wave, wave: 1=1,5; 2=1,3.")
]
ModelFlag = Annotated[
    str, typer.Option(help="Model of the study. Default: one in which the groups differ by item, else the main one.")
]
DemographicsFlag = Annotated[str, typer.Option(help="Columns with facts about raters: gender,age.")]


_BY_LEVEL = re.compile(r"\s*(\w+)\s*:\s*([^;=]+=[^;=]+(?:;[^;=]+=[^;=]+)*);?\s*")  # wave: 1=1,5; 2=1,3


def file_options(
    *,
    scale: ScaleFlag = "",
    demographics: DemographicsFlag = "",
    columns: ColumnsFlag = "",
    dimensions: DimensionsFlag = "",
    format: FormatFlag = "",
    items: ItemsFlag = "",
    raters: RatersFlag = "",
    answers: AnswersFlag = "",
    people: PeopleFlag = "",
) -> dict[str, Any]:
    """The flags that were given as arguments of ``ps.read_ratings``.

    >>> file_options(items="Q1_*", scale="1,5", columns="who=rater")
    {'items': ['Q1_*'], 'columns': {'who': 'rater'}, 'scale': [1, 5]}
    """
    found: dict[str, Any] = {
        "format": format,
        "items": parts(items),
        "raters": parts(raters),
        "answers": parts(answers),
        "people": people,
        "dimensions": parts(dimensions),
        "columns": parse_pairs(columns),
        "scale": parse_scale(scale),
        "demographics": parts(demographics),
    }
    return {name: value for name, value in found.items() if value}


def describing_files(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the flags of ``file_options`` after its own; it takes what they say as ``given``."""
    flags = signature(file_options).parameters
    own = [option for name, option in signature(command).parameters.items() if name != "given"]

    @wraps(command)
    def described(**arguments: Any) -> None:
        with clean_exits():  # a flag that cannot be read ends as any other error does
            given = file_options(**{name: arguments.pop(name) for name in flags})
            command(**arguments, given=given)

    options = [*own, *flags.values()]
    described.__signature__ = signature(command).replace(parameters=options)  # type: ignore[attr-defined]  # inspect's
    described.__annotations__ = {option.name: option.annotation for option in options}  # typer reads both
    return described


def parse_bins(text: str) -> int | tuple[float, ...] | None:
    """Bins of a slider as written on the command line: their number, or where it is cut.

    >>> parse_bins("4"), parse_bins("25,50,75"), parse_bins("")
    (4, (25.0, 50.0, 75.0), None)
    """
    words = parts(text)
    if not words:
        return None
    try:
        return int(words[0]) if len(words) == 1 and words[0].isdigit() else tuple(map(float, words))
    except ValueError as error:
        raise ConfigError(f"--bins is a number, or numbers such as 25,50,75; found '{text}'.") from error


def parse_scale(text: str) -> Any:
    """A scale as written on the command line, in one of the forms that ``ps.Ratings`` knows.

    >>> parse_scale("1,5"), parse_scale("no,maybe,yes"), parse_scale("continuous"), parse_scale("continuous,0,100")
    ([1, 5], ['no', 'maybe', 'yes'], 'continuous', ['continuous', 0.0, 100.0])
    >>> parse_scale("wave: 1=1,5; 2=1,3")
    {'wave': {'1': [1, 5], '2': [1, 3]}}
    """
    if found := _BY_LEVEL.fullmatch(text):
        levels = [part.partition("=") for part in found[2].split(";")]
        return {found[1]: {level.strip(): parse_scale(scale) for level, _, scale in levels}}
    words = parts(text)
    if words == ["continuous"]:
        return "continuous"
    if words[:1] == ["continuous"] and len(words) == 3:
        return ["continuous", *(float(word) for word in words[1:])]
    for number in (int, float):
        try:
            return [number(word) for word in words]
        except ValueError:
            continue
    return words


def parse_pairs(text: str) -> dict[str, str]:
    """Renamed columns as written on the command line.

    >>> parse_pairs("worker_id=rater, text_id=item")
    {'worker_id': 'rater', 'text_id': 'item'}
    """
    pairs = {}
    for part in parts(text):
        old, sign, new = (word.strip() for word in part.partition("="))
        if not (old and sign and new):
            raise ConfigError(f"--columns should be old=new pairs such as worker_id=rater, but has '{part}'.")
        pairs[old] = new
    return pairs


def parts(text: str) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]
