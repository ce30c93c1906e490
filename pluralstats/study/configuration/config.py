"""The settings of one study, read from a study file (TOML) and checked completely before anything runs."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from pluralstats.data.reading.arguments import is_table
from pluralstats.data.scales.by_level import Scales, parsed
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits.asking.request import DRAWS
from pluralstats.model.families.known import is_ordered
from pluralstats.model.priors import Priors
from pluralstats.study.configuration.contradictions import (
    REML_OF_A_POSTERIOR,
    contradictions,
    estimands_of_numbers,
    has_odds_ratio,
    impossible_with,
)
from pluralstats.study.configuration.schema import schema_problems
from pluralstats.study.configuration.settings import (
    AgreementConfig,
    CohesionConfig,
    EffectsConfig,
    FiguresConfig,
    LabelsConfig,
    ModelConfig,
    PopulationConfig,
    StructureConfig,
    TrainingConfig,
)

SEED_TITLE = "The built-in simulated study"
BUILTIN_REPLICATES = 200  # of every bootstrap and permutation: the study that anybody runs first should be done soon


@dataclass(frozen=True)
class StudyConfig:
    """Everything one study needs besides the ratings.

    Attributes
    ----------
    title : str
        Heading of the report.
    simulated : bool
        The ratings are simulated; the report says so across its top.
    seed : int
        Seed of every random step.
    data : mapping
        ``path`` and the options of ``ps.Ratings``; ``dimensions`` lists the rating columns of a wide file.
    model, effects, agreement, cohesion, structure, population, labels, training, figures
        One part for each section of the file; ``population`` is None where the study is about the raters only,
        ``training`` where no model was trained.
    source : str
        The text of the study file ("" for the built-in study), copied beside the results.
    folder : Path
        Where relative paths start: the folder of the study file.

    Examples
    --------
    >>> StudyConfig.from_toml('title = "Jokes"\\n[data]\\nscale = [1, 5]').data["scale"]
    [1, 5]
    """

    title: str = "A study of ratings"
    simulated: bool = False
    seed: int = 1
    data: Mapping[str, Any] = field(default_factory=dict)
    model: ModelConfig = field(default_factory=ModelConfig)
    effects: EffectsConfig = field(default_factory=EffectsConfig)
    agreement: AgreementConfig = field(default_factory=AgreementConfig)
    cohesion: CohesionConfig = field(default_factory=CohesionConfig)
    structure: StructureConfig = field(default_factory=StructureConfig)
    population: PopulationConfig | None = None
    labels: LabelsConfig = field(default_factory=LabelsConfig)
    training: TrainingConfig | None = None
    figures: FiguresConfig = field(default_factory=FiguresConfig)
    source: str = field(default="", repr=False)
    folder: Path = Path()

    @classmethod
    def builtin(cls) -> Self:
        """The study that runs without a file: a simulated copy of the seed study's design."""
        return cls(
            title=SEED_TITLE,
            simulated=True,
            agreement=AgreementConfig(replicates=BUILTIN_REPLICATES),
            cohesion=CohesionConfig(permutations=BUILTIN_REPLICATES, replicates=BUILTIN_REPLICATES),
        )

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """The settings of a study file.

        Raises
        ------
        ConfigError
            When the file is missing, is not TOML (with the line), or holds anything unknown or of the wrong
            kind; all problems come in one error.
        """
        path = Path(path)
        if not path.is_file():
            others = sorted(entry.name for entry in path.parent.glob("*.toml")) if path.parent.is_dir() else []
            hint = nearest(path.name, others) or (f" That folder has {', '.join(others)}." if others else "")
            raise ConfigError(f"There is no study file {path}.{hint}")
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path.name} is not a text file in UTF-8 ({error.reason} at byte {error.start})."
            ) from error
        return cls.from_toml(text, folder=path.parent, name=path.name)

    @classmethod
    def from_toml(cls, text: str, folder: str | Path = ".", name: str = "The study file") -> Self:
        """The settings written in ``text``; relative paths start at ``folder``; ``name`` is for messages."""
        document = _parse(text, name)
        problems = schema_problems(document)
        problems = problems or contradictions(document)
        if problems:
            raise problems_error(ConfigError, [f"{name}: {problem}" for problem in problems])
        top = {key: document[key] for key in ("title", "simulated", "seed") if key in document}
        return cls(
            **top,
            data=dict(document.get("data", {})),
            model=_model(document.get("model", {})),
            effects=EffectsConfig(**_tuples(document.get("effects", {}))),
            agreement=AgreementConfig(**_tuples(document.get("agreement", {}))),
            cohesion=CohesionConfig(**_tuples(document.get("cohesion", {}))),
            structure=StructureConfig(**_tuples(document.get("structure", {}))),
            population=PopulationConfig(**document["population"]) if "population" in document else None,
            labels=LabelsConfig(**_tuples(document.get("labels", {}))),
            training=TrainingConfig(**document["training"]) if "training" in document else None,
            figures=FiguresConfig(**document.get("figures", {})),
            source=text,
            folder=Path(folder),
        )

    def with_method(self, method: str) -> Self:
        """The same study fitted by another method.

        Raises
        ------
        ConfigError
            An unknown method, or one that does not go with ``reml = true``.
        """
        if method not in DRAWS:
            listing = f"one of {', '.join(DRAWS)}; found '{method}'"
            raise ConfigError(f"The method of a study is {listing}.{nearest(method, DRAWS)}")
        if self.model.reml and method != "laplace":
            raise ConfigError(REML_OF_A_POSTERIOR)
        return replace(self, model=replace(self.model, method=method))

    @property
    def written_method(self) -> str:
        """The method that the study file itself leads to, whatever ``with_method`` made of it."""
        written = tomllib.loads(self.source).get("model", {}) if self.source else {}
        return str(written.get("method", ModelConfig.method))

    @property
    def uses_builtin_simulation(self) -> bool:
        """Whether the ratings are the built-in simulation: the file says simulated and describes no data."""
        return self.simulated and not self.data

    @property
    def estimands(self) -> tuple[str, ...]:
        """The estimands of the effects table; the first one is the report's."""
        if self.effects.estimands is not None:
            return self.effects.estimands
        cumulative_odds = has_odds_ratio(self.model.family, self.model.link)
        odds = "odds_ratio" if cumulative_odds else "marginal_odds_ratio"
        every = ("points", "percent", "percent_of_range", "probability", odds, "latent_d")
        wanted: tuple[str, ...] = every if is_ordered(self.model.family) else estimands_of_numbers(self.model.family)
        wanted = tuple(name for name in wanted if name not in impossible_with(self.model.parts))
        scale = parsed(self.data["scale"]) if "scale" in self.data else None
        scale = scale.of.get(self.data.get("wave", "")) if isinstance(scale, Scales) else scale
        if scale is None:
            return wanted
        # a mean that may be 0 or less has no percent, a scale without ends no range
        left_out = {"percent"} if scale.lowest is None or scale.lowest < 0.0 else set()
        left_out |= {"percent_of_range"} if scale.width is None else set()
        return tuple(name for name in wanted if name not in left_out)

    def ratings_options(self) -> dict[str, Any]:
        """The options for ``ps.read_ratings``: those of ``data``; tables of people start at the study's folder."""
        options = {key: value for key, value in self.data.items() if key not in ("path", "wave")}
        named = {key: options[key] for key in ("people", "raters") if key in options}
        options |= {key: str(self.folder / of) for key, of in named.items() if key == "people" or is_table(of)}
        return {**options, "simulated": self.simulated} if self.simulated else options

    def data_path(self, given: str | Path | None = None) -> Path:
        """Where the ratings are: the path given by the caller, else the file's own.

        Raises
        ------
        ConfigError
            When there is no path, or no such file.
        """
        if given is None and "path" not in self.data:
            raise ConfigError(
                'The study names no ratings. Write path = "ratings.csv" under [data] in the study file, '
                "or give --data PATH on the command line."
            )
        path = Path(given) if given is not None else self.folder / str(self.data["path"])
        if not (path.exists() or "*" in path.name):  # a folder or pattern is a file for each annotator
            near = nearest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
            raise ConfigError(f"The ratings should be in {path}, but there is no file at that path.{near}")
        return path


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        shown = f" That line is: {text.splitlines()[int(line[1]) - 1].strip()!r}." if line else ""
        raise ConfigError(f"{name} is not valid TOML: {error}.{shown}") from error


def _model(section: Mapping[str, Any]) -> ModelConfig:
    priors = section.get("priors")
    settings = _tuples({key: value for key, value in section.items() if key != "priors"})
    return ModelConfig(**settings, priors=None if priors is None else _priors(priors))


def _priors(section: Mapping[str, Any]) -> Priors:
    """The priors of a study file; whole numbers become decimals, so that 1 and 1.0 are one setting."""
    terms = {name: float(scale) for name, scale in section.get("terms", {}).items()}
    return Priors(**{name: float(scale) for name, scale in section.items() if name != "terms"}, terms=terms)


def _tuples(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in section.items()}
