"""Every section of the report in its order on the page: one module and one line each."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from pluralstats.data.ratings import Ratings
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections import findings, labels, populations, reproduce, sample
from pluralstats.study.sections.disagreement import (
    choices,
    coefficients,
    counted_cohesion,
    halo,
    modelled_cohesion,
    raters,
    shares,
    units,
)
from pluralstats.study.sections.effects import differences, other_methods, pairwise, proportional_odds, sources, within
from pluralstats.study.sections.methods import paragraph
from pluralstats.study.sections.parts import Chapter, Material, Plan, Section, Tables
from pluralstats.study.sections.structure import combinations, contested
from pluralstats.study.sections.training import arms, distances, pairs, reductions, scales, steering, summary, wins
from pluralstats.study.sections.trust import (
    chains,
    checks,
    exclusions,
    file,
    other_models,
    parameters,
    priors,
    problems,
    unseen,
)
from pluralstats.study.steps.apart import Others, Task
from pluralstats.study.steps.running import Steps

CHAPTERS = (
    Chapter("sample", "What was rated by whom", (sample.SECTION,)),
    Chapter("findings", "Findings", (findings.SECTION,)),
    Chapter(
        "effects",
        "Effects",
        (
            differences.SECTION,
            sources.SECTION,
            proportional_odds.SECTION,
            pairwise.SECTION,
            other_methods.SECTION,
            within.SECTION,
        ),
    ),
    Chapter(
        "disagreement",
        "Disagreement",
        (
            choices.SECTION,
            shares.SECTION,
            halo.SECTION,
            coefficients.SECTION,
            counted_cohesion.SECTION,
            modelled_cohesion.SECTION,
            units.SECTION,
            raters.SECTION,
        ),
    ),
    Chapter(
        "structure",
        "Intersections and items",
        (
            combinations.SECTION,
            contested.SECTION,
        ),
    ),
    Chapter("populations", "Populations", (populations.SECTION,)),
    Chapter("labels", "Labels", (labels.SECTION,)),
    Chapter(
        "training",
        "Training",
        (
            summary.SECTION,
            arms.SECTION,
            reductions.SECTION,
            wins.SECTION,
            steering.SECTION,
            distances.SECTION,
            pairs.SECTION,
            scales.SECTION,
        ),
    ),
    Chapter(
        "trust",
        "Can this be trusted?",
        (
            problems.SECTION,
            chains.SECTION,
            checks.SECTION,
            unseen.SECTION,
            other_models.SECTION,
            exclusions.SECTION,
            priors.SECTION,
            file.SECTION,
            parameters.SECTION,
        ),
    ),
    Chapter("methods", "Methods", (paragraph.SECTION,)),
    Chapter("reproduce", "How to reproduce", (reproduce.SECTION,)),
)
SECTIONS: tuple[Section, ...] = tuple(section for chapter in CHAPTERS for section in chapter.sections)


def early_tables(ratings: Ratings, config: StudyConfig) -> Tables:
    """What sections read before anything is fitted; refuses what a section could not do afterwards.

    Raises
    ------
    ConfigError
        By the section that finds it.
    """
    return {name: table for section in SECTIONS for name, table in section.early(ratings, config).items()}


class Apart(NamedTuple):
    """The tables of each section that has some without fits, which other processes make."""

    tasks: Sequence[Task[Tables]]
    others: Others


def tables_apart(ratings: Ratings, config: StudyConfig, others: Others) -> Apart:
    """The tables of each section that has some without fits; other processes begin with them at once."""
    work = [partial(_apart, ratings, config, section) for section in SECTIONS if section.apart]
    return Apart([others.begin(one) for one in work], others)


def _apart(ratings: Ratings, config: StudyConfig, section: Section) -> Tables:
    return section.apart(ratings, config) if section.apart else {}


def tables_of(
    material: Material, apart: Apart, step: Steps, have: Callable[[Tables], None] = lambda tables: None
) -> Tables:
    """The tables of every section, after those of ``material``; without those of what the study has none of, which
    have no columns. ``have`` is told what there is after every section.
    """
    tables, made = dict(material.tables), {}
    for section, task in _in_turn(apart.tasks):
        if section.step:
            step(section.step)
        early: Tables = apart.others.result(task) if task is not None else {}
        own = {**early, **section.compute(replace(material, tables={**tables, **early}))}
        tables, made[id(section)] = tables | own, own
        have(tables)
    in_order = [material.tables, *(made[id(section)] for section in SECTIONS)]  # whatever was made first
    return {name: table for part in in_order for name, table in part.items() if len(table.columns)}


def _in_turn(tasks: Sequence[Task[Tables]]) -> Iterator[tuple[Section, Task[Tables] | None]]:
    """Every section, with its task where it is made apart: as soon as that is done, so that others draw its figures
    while this process goes on, or at the end, so that whoever makes it has the most time."""
    late = deque(zip((section for section in SECTIONS if section.apart), tasks, strict=True))
    for section in SECTIONS:
        while late and late[0][1].made.done():
            yield late.popleft()
        if not section.apart:
            yield section, None
    yield from late


def plans() -> dict[str, Plan]:
    """Every figure by its name."""
    return {name: plan for section in SECTIONS for name, plan in section.figures.items()}


def methods_of(config: StudyConfig, tables: Tables) -> list[str]:
    """What each section adds to the methods paragraph."""
    parts = (part for section in SECTIONS for part in section.methods.items())
    return [say(config) for name, say in parts if len(tables.get(name, ()))]
