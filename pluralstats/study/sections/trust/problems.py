"""What is wrong with the fits, each problem once with the fits that have it."""

from collections.abc import Iterable

import pandas as pd

from pluralstats.study.configuration.arguments import in_study_words
from pluralstats.study.sections.parts import Material, Section, Study, Tables
from pluralstats.study.steps.models import ITEMS_ONLY
from pluralstats.study.writing.blocks import Block, Problem, Text

WITHOUT_RATERS = "but no (1 | rater)"  # of the model without raters: that it has none is the point of it
NONE_OF_CHAINS = "None was found: the chains of every fit agree, and nothing in the ratings or the formulas stood out."
NONE_OF_MODES = (
    "None was found: every fit converged, no level was rated in one category only, and no variance lies on its border."
)


def problem_rows(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """Problems of the fits: model, dimension, problem (a finished sentence)."""
    return pd.DataFrame(list(rows), columns=["model", "dimension", "problem"]).astype("str")


def problem_groups(problems: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Problems by sentence: each once, with the fits that have it ("main, toxicity").

    >>> problem_groups(problem_rows([("main", "", "A."), ("items only", "", "A.")]))
    [('A.', ['main', 'items only'])]
    """
    groups: dict[str, list[str]] = {}
    for row in problems.to_dict("records"):
        where = ", ".join(part for part in (row["model"], row["dimension"]) if part)
        groups.setdefault(row["problem"], []).append(where)
    return list(groups.items())


def _compute(material: Material) -> Tables:
    rows = (
        (model, dimension, problem)
        for (model, dimension), fit in material.fitted.items()
        for problem in fit.problems
        if not (model == ITEMS_ONLY and WITHOUT_RATERS in problem)
    )
    return {"problems": problem_rows(rows)}


def _show(study: Study) -> list[Block]:
    groups = problem_groups(study.tables["problems"])
    if not groups:
        return [Text(NONE_OF_CHAINS if study.config.model.is_exact else NONE_OF_MODES)]
    return [Problem(in_study_words(problem), "; ".join(fits)) for problem, fits in groups]


SECTION: Section = Section(show=_show, heading="Problems of the fits", compute=_compute)
