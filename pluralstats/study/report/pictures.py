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
from pluralstats.study.steps.apart import Others, Task
from pluralstats.study.steps.running import Steps


class Drawing:
    """The figures of a study, of which each is begun as soon as there are the tables that it shows."""

    def __init__(self, config: StudyConfig, scale: Scale, folder: Path, others: Others) -> None:
        self.config, self.scale, self.folder, self.others = config, scale, folder, others
        self.tasks: dict[str, Task[Picture | None]] = {}
        self._shown: dict[str, pd.DataFrame] = {}

    def begin(self, tables: Tables, *, complete: bool = False) -> None:
        """Begin what these tables allow; ``complete`` where there will be no others."""
        for name, plan in known_plans().items():
            if name in self.tasks or plan.needs not in tables:
                continue
            if complete or all(other in tables for other in plan.reads):
                shown = {other: self._visible(other, tables) for other in (plan.needs, *plan.reads) if other in tables}
                if _has_numbers(plan, shown) and plan.applies(shown):
                    draw = partial(_named, Subject(shown, self.config, self.scale), self.folder)
                    self.tasks[name] = self.others.begin(partial(in_font, figures.style.fonts(), draw, (name, plan)))

    def _visible(self, name: str, tables: Tables) -> pd.DataFrame:
        """A table without control characters, which make no valid SVG."""
        if name not in self._shown:
            self._shown[name] = visible_table(tables[name])
        return self._shown[name]


def write_pictures(tables: Tables, drawing: Drawing, step: Steps) -> list[Picture]:
    """Every figure that has something to show, in the order of the page; no folder where none has."""
    drawing.begin(tables, complete=True)
    tasks, others = [drawing.tasks[name] for name in known_plans() if name in drawing.tasks], drawing.others
    waiting = True
    while waiting:
        step(f"Drawing figures: {sum(task.made.done() for task in tasks)} of {len(tasks)} are done")
        waiting = others.take_over()
    return [made for task in tasks if (made := others.result(task))]


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
