"""What a section of the report is: what it computes, shows and says, and what it is given to do so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale
from pluralstats.labels.label_sets import Labels
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.dimensions import ByDimension
from pluralstats.study.steps.joint import fitted
from pluralstats.study.steps.models import Fits
from pluralstats.study.steps.ratings import StudyData
from pluralstats.study.writing.blocks import Block, Drawn, Finding

type Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Material:
    """What tables are computed from; ``tables`` has those of the sections before.

    ``everybody`` are fits of the main model with the rows that the study excludes. ``joint`` are the models that were
    fitted to all dimensions at once; ``fits`` has them seen on each dimension.
    """

    data: StudyData
    config: StudyConfig
    fits: Fits
    target: ps.Population | None
    labels: Labels | None
    tables: Tables
    everybody: Fits = field(default_factory=dict)
    joint: Mapping[str, ps.Fit] = field(default_factory=dict)

    @property
    def ratings(self) -> Ratings:
        """The ratings of the study."""
        return self.data.ratings

    def of(self, model: str) -> ByDimension:
        """The fits of one model; none where the study has no such model."""
        return {dimension: fit for (name, dimension), fit in self.fits.items() if name == model}

    @property
    def fitted(self) -> Fits:
        """What was fitted, by model and dimension, which is "" where it was all of them: for all about the fitting."""
        return fitted(self.fits, self.joint)

    def fitted_of(self, model: str) -> ByDimension:
        """What was fitted of one model."""
        return {dimension: fit for (name, dimension), fit in self.fitted.items() if name == model}


class Subject(NamedTuple):
    """What a figure is drawn from."""

    tables: Tables
    config: StudyConfig
    scale: Scale


def on_scale(subject: Subject) -> dict[str, Any]:
    """Of the figures that are only told the scale of ratings."""
    return {"scale": subject.scale}


def _nothing(_: Subject) -> dict[str, Any]:
    return {}


def _always(_: Tables) -> bool:
    return True


@dataclass(frozen=True)
class Plan:
    """What one figure shows, the table that it is drawn from, by which function, and what that is told besides."""

    caption: str
    needs: str
    draw: Callable[..., object]
    number: str = "estimate"  # a column of that table; a figure of no numbers is not drawn
    options: Callable[[Subject], Mapping[str, Any]] = _nothing
    applies: Callable[[Tables], bool] = _always  # what else must be so
    reads: tuple[str, ...] = ()  # other tables that ``options`` and ``applies`` are told


@dataclass(frozen=True)
class Picture:
    """One figure on disk, with the words for those who see it and for those who do not, and the name of its table."""

    name: str
    caption: str
    alt: str
    svg: Path
    png: Path
    table: str = ""


@dataclass(frozen=True)
class Study:
    """What a report tells about: the settings, the ratings, the tables, findings, pictures and their origin.

    ``formulas`` maps each model's name to its formula, the main model first, ``written`` to that and its submodels.
    ``methods`` has what sections add to the methods paragraph.
    """

    config: StudyConfig
    ratings: Ratings
    tables: Tables
    findings: Sequence[Finding]
    pictures: Sequence[Picture]
    formulas: Mapping[str, str]
    provenance: Mapping[str, Any]
    methods: Sequence[str] = ()
    written: Mapping[str, str] = MappingProxyType({})

    def table(self, name: str) -> pd.DataFrame:
        """A table of the study; without rows and columns where it has none of that name."""
        return self.tables.get(name, pd.DataFrame())

    def drawn(self, *names: str) -> list[Block]:
        """Those of the figures that were drawn."""
        have = {picture.name for picture in self.pictures}
        return [Drawn(name) for name in names if name in have]


def _no_tables(*_: object) -> Tables:
    return {}


@dataclass(frozen=True)
class Section:
    """One part of the report and all that belongs to it.

    Attributes
    ----------
    show : function of a ``Study``
        What the page has of it: sentences, figures and tables; nothing where there is nothing to tell.
    heading : str
        Above them; "" where the heading of the chapter says enough.
    compute : function of ``Material``
        Its tables by the names of their files, in which each stands as CSV and Parquet.
    step : str
        Words for the line of progress while they are computed; "" goes on under those of the section before.
    early : function of the ratings and the settings
        Tables that are read before anything is fitted; refuses (ConfigError) what the section could not do later.
    apart : function of the ratings and the settings
        Tables that take long and no fit: made in another process while models are fitted, and known to ``compute``.
    figures : mapping from name to Plan
        Files of these names; those that ``show`` names are on the page.
    methods : mapping from the name of a table to a function of the settings
        What it adds to the methods paragraph where the study has rows of that table.
    """

    show: Callable[[Study], Sequence[Block]]
    heading: str = ""
    compute: Callable[[Material], Tables] = _no_tables
    step: str = ""
    early: Callable[[Ratings, StudyConfig], Tables] = _no_tables
    apart: Callable[[Ratings, StudyConfig], Tables] | None = None
    figures: Mapping[str, Plan] = MappingProxyType({})
    methods: Mapping[str, Callable[[StudyConfig], str]] = MappingProxyType({})


class Chapter(NamedTuple):
    """Sections under one heading of the page, which has an anchor."""

    id: str
    title: str
    sections: tuple[Section, ...]
