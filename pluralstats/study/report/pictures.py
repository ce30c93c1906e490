"""The figures of a study on disk: which have something to show, as SVG and PNG."""

import warnings
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
    wanted = {name: plan for name, plan in plans().items() if _has_numbers(plan, tables) and plan.applies(tables)}
    draw = partial(_named, Subject(tables, config, scale), folder, figures.style.fonts())
    with started(draw, list(wanted.items()), rows=rows) as drawn:
        for i, name in enumerate(wanted, start=1):
            step(f"Drawing figure {i} of {len(wanted)}: {name.replace('_', ' ')}")
            if made := next(drawn):
                pictures.append(made)
    if not pictures:
        folder.rmdir()  # every entry of the results is listed with its checksum, and an empty folder has none
    return pictures


def _named(subject: Subject, folder: Path, fonts: tuple[str, ...], planned: tuple[str, Plan]) -> Picture | None:
    """One figure in the font of the process that asks: what a user chose around a study is not known in others."""
    with figures.style.font(*fonts):
        return picture(*planned, subject, folder)


def _has_numbers(plan: Plan, tables: Tables) -> bool:
    """Whether any row has a number: a study of one separated demographic has none in its effects."""
    table = tables.get(plan.needs, pd.DataFrame())
    return bool(len(table) and table[plan.number].notna().any())


def picture(name: str, plan: Plan, subject: Subject, folder: Path) -> Picture | None:
    """Draw one figure into ``folder`` as SVG and PNG; None where its table has nothing to draw after all."""
    with warnings.catch_warnings(), figures.style.paper(width="two"):
        warnings.filterwarnings("ignore", TOLD)  # the SVG has every character as text
        try:
            axes = plan.draw(subject.tables[plan.needs], **plan.options(subject))
        except NothingToDraw:  # estimates without intervals, as of agreement when all ratings are equal
            return None
        svg, png = figures.style.save(axes, folder / name)
    return Picture(name, plan.caption, figures.alt_text(axes), svg, png)
