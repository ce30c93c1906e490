"""The figures of a study on disk: which have something to show, as SVG and PNG."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

import pluralstats.figures as figures
from pluralstats.data.scale import Scale
from pluralstats.figures.parts.fonts import TOLD
from pluralstats.figures.parts.tables import NothingToDraw
from pluralstats.storage.shown_text import visible_table
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.order import plans
from pluralstats.study.sections.parts import Picture, Plan, Subject, Tables
from pluralstats.study.steps.apart import started
from pluralstats.study.steps.running import Steps


def write_pictures(
    tables: Tables, config: StudyConfig, scale: Scale, folder: Path, step: Steps, rows: int = 0
) -> list[Picture]:
    """Every figure that has something to show; drawn in several processes for a study of many ``rows``."""
    folder.mkdir()
    pictures = []
    tables = {name: visible_table(table) for name, table in tables.items()}  # control characters make no valid SVG
    wanted = {name: plan for name, plan in known_plans().items() if _has_numbers(plan, tables) and plan.applies(tables)}
    draw = partial(in_font, figures.style.fonts(), partial(_named, Subject(tables, config, scale), folder))
    with started(draw, list(wanted.items()), rows=rows) as drawn:
        for i, name in enumerate(wanted, start=1):
            step(f"Drawing figure {i} of {len(wanted)}: {name.replace('_', ' ')}")
            if made := next(drawn):
                pictures.append(made)
    if not pictures:
        folder.rmdir()  # every entry of the results is listed with its checksum, and an empty folder has none
    return pictures


def known_plans() -> Mapping[str, Plan]:
    """Every figure of the sections by its name."""
    return plans()


def in_font[Part, Result](fonts: tuple[str, ...], draw: Callable[[Part], Result], part: Part) -> Result:
    """Draw in the font of the process that asks: what a user chose around a study is not known in others."""
    with figures.style.font(*fonts):
        return draw(part)


def _named(subject: Subject, folder: Path, planned: tuple[str, Plan]) -> Picture | None:
    """One figure as SVG and PNG; None where its table has nothing to draw after all."""
    name, plan = planned
    drawn = drawn_as(plan, subject, folder / name)
    if drawn is None:
        return None
    alt, (svg, png) = drawn
    return Picture(name, plan.caption, alt, svg, png, plan.needs)


def _has_numbers(plan: Plan, tables: Tables) -> bool:
    """Whether any row has a number: a study of one separated demographic has none in its effects."""
    table = tables.get(plan.needs, pd.DataFrame())
    return bool(len(table) and table[plan.number].notna().any())


def drawn_as(
    plan: Plan, subject: Subject, path: Path, width: str = "two", formats: Sequence[str] = ("svg", "png")
) -> tuple[str, list[Path]] | None:
    """Draw one figure: its alt text and files; None where its table has nothing to draw after all."""
    with warnings.catch_warnings(), figures.style.paper(width=width):
        warnings.filterwarnings("ignore", TOLD)  # the SVG has every character as text
        try:
            axes = plan.draw(subject.tables[plan.needs], **plan.options(subject))
        except NothingToDraw:  # estimates without intervals, as of agreement when all ratings are equal
            return None
        return figures.alt_text(axes), figures.style.save(axes, path, formats)
