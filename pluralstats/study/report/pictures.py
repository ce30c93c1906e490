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
        for name, plan in plans().items():
            if name in self.tasks or plan.needs not in tables:
                continue
            if complete or all(other in tables for other in plan.reads):
                shown = {other: self._visible(other, tables) for other in (plan.needs, *plan.reads) if other in tables}
                if _has_numbers(plan, shown) and plan.applies(shown):
                    subject, fonts = Subject(shown, self.config, self.scale), figures.style.fonts()
                    self.tasks[name] = self.others.begin(partial(_named, subject, self.folder, fonts, (name, plan)))

    def _visible(self, name: str, tables: Tables) -> pd.DataFrame:
        """A table without control characters, which make no valid SVG."""
        if name not in self._shown:
            self._shown[name] = visible_table(tables[name])
        return self._shown[name]


def write_pictures(tables: Tables, drawing: Drawing, step: Steps) -> list[Picture]:
    """Every figure that has something to show, in the order of the page; no folder where none has."""
    drawing.begin(tables, complete=True)
    tasks, others = [drawing.tasks[name] for name in plans() if name in drawing.tasks], drawing.others
    waiting = True
    while waiting:
        step(f"Drawing figures: {sum(task.made.done() for task in tasks)} of {len(tasks)} are done")
        waiting = others.take_over()
    return [made for task in tasks if (made := others.result(task))]


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
