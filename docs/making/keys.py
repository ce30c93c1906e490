"""Every key of a study file, from the schema that checks study files."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pluralstats.study.configuration.reference import NEEDED, NOTHING, Key, study_keys
from pluralstats.study.configuration.toml import toml_key, toml_value

EXAMPLES = Path(__file__).with_name("every_key.toml")
SECTIONS = {
    "": "The top of the file.",
    "data": "The file and how it is read; most keys are arguments of `ps.read_ratings`.",
    "model": "What is fitted.",
    "model.priors": "Scales of the priors, in units of the latent residual sd.",
    "effects": "How differences between groups are told.",
    "agreement": "Coefficients of agreement.",
    "cohesion": "Whether groups agree more among themselves.",
    "structure": "Intersections, and items that split groups.",
    "population": "For whom the numbers should hold besides the raters.",
    "labels": "Labels that the study writes.",
    "training": "A section on trained models.",
    "figures": "How figures look.",
}


def examples() -> dict[str, str]:
    """Of every key a line that might stand in a study file."""
    return dict(_lines("", tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))))


def _lines(section: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        place = f"{section}.{name}" if section else name
        if place in SECTIONS:
            yield place, f"[{place}]"
            yield from _lines(place, value)
        else:
            yield place, f"{toml_key(name)} = {toml_value(value)}"


def pages() -> dict[str, str]:
    shown, parts = examples(), []
    for section, about in SECTIONS.items():
        keys = [key for key in study_keys() if key.name.rpartition(".")[0] == section]
        title = f"`[{section}]`" if section else "Before any section"
        parts += [f"(keys-{section or 'top'})=\n## {title}\n\n{about}", *(_entry(key, shown) for key in keys)]
    return {"index.md": "\n\n".join([START, *parts, ""])}


def _entry(key: Key, shown: Mapping[str, str]) -> str:
    default = {NEEDED: "must be there", NOTHING: "none"}.get(key.default, f"`{key.default}`")
    example = f"  \n  *Such as* `{shown[key.name]}`" if key.name in shown else ""
    name = key.name.rpartition(".")[2]
    return (
        f"(key-{key.name.replace('.', '-').replace('_', '-')})=\n`{name}`\n"
        f": {key.meaning}\n\n  *May be* {_kind(key.kind)}; *left out:* {default}{example}"
    )


def _kind(text: str) -> str:
    return text.replace("*", r"\*").replace("|", r"\|").replace("_", r"\_")


START = """# Keys of `study.toml`

Every key that a study file may have. None but `data.path` (or a file named on the command line) must be there:
what is left out has the default that stands below. `pluralstats keys` prints the same in the terminal,
`pluralstats init ratings.csv` writes a study file with what was found in your file. An unknown key is answered with
the nearest right one."""
