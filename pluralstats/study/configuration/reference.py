"""Every key of a study file: what it may be, its default, what it means."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from inspect import Parameter, signature
from typing import Any, NamedTuple

from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.from_file import read_ratings
from pluralstats.errors import ConfigError, nearest
from pluralstats.model.priors import Priors
from pluralstats.study.configuration import settings
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.kinds import Kind
from pluralstats.study.configuration.meanings import MEANINGS
from pluralstats.study.configuration.schema import PRIORS, SECTIONS, TOP
from pluralstats.study.configuration.toml import plain_values, toml_value

NEEDED, NOTHING = "needed", "-"
PLACES: Mapping[str, Mapping[str, Kind]] = {"": TOP, **SECTIONS, "model.priors": PRIORS}
_SETTINGS: Mapping[str, type] = {
    "": StudyConfig,
    "model": settings.ModelConfig,
    "model.priors": Priors,
    "effects": settings.EffectsConfig,
    "agreement": settings.AgreementConfig,
    "cohesion": settings.CohesionConfig,
    "structure": settings.StructureConfig,
    "population": settings.PopulationConfig,
    "labels": settings.LabelsConfig,
    "training": settings.TrainingConfig,
    "figures": settings.FiguresConfig,
}


class Key(NamedTuple):
    """One key: ``name`` with its section, what its value should be, its default as written in TOML, its meaning."""

    name: str
    kind: str
    default: str
    meaning: str


def study_keys() -> list[Key]:
    """Every key that a study file may have, in the order of the schema.

    Examples
    --------
    >>> study_keys()[2]
    Key(name='seed', kind='a whole number of at least 0', default='1', meaning='Of every random step.')
    """
    return [
        Key(f"{section}.{name}" if section else name, kind.expected, _shown(default(section, name)), meaning)
        for section, known in PLACES.items()
        for name, kind in known.items()
        if (meaning := MEANINGS[section][name])
    ]


def keys_of(section: str) -> list[Key]:
    """The keys of one section; of all where ``section`` is empty.

    Raises
    ------
    ConfigError
        When there is no such section.
    """
    if section and section not in PLACES:
        known = [place for place in PLACES if place]
        raise ConfigError(
            f"A study file has no section [{section}].{nearest(section, known)} It has {', '.join(known)}."
        )
    return [key for key in study_keys() if not section or key.name.rpartition(".")[0] == section]


def default(section: str, name: str) -> Any:
    """What a key is when a study file leaves it out; ``MISSING`` where it must be there."""
    if section == "data":
        return _argument(name)
    found: dict[str, Field[Any]] = {field.name: field for field in fields(_SETTINGS[section])}
    factory = found[name].default_factory
    return found[name].default if factory is MISSING else factory()


def _argument(name: str) -> Any:
    """Keys under [data] are arguments of ``read_ratings``, most of them those of ``Ratings``; "wave" of ``select``."""
    made = (Ratings.select, Ratings, read_ratings)
    parameters = {key: found for function in made for key, found in signature(function).parameters.items()}
    value = parameters[name].default
    return MISSING if value is Parameter.empty else value


def _shown(value: Any) -> str:
    if value is MISSING:
        return NEEDED
    plain = plain_values(value)
    return NOTHING if plain in (None, "", [], {}) else toml_value(plain)


def as_markdown(keys: list[Key]) -> str:
    """The keys as a table in Markdown."""
    head = [["key", "what it may be", "default", "meaning"], ["---"] * 4]
    rows = [[f"`{key.name}`", _cell(key.kind), f"`{_cell(key.default)}`", _cell(key.meaning)] for key in keys]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
