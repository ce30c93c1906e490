"""How far each level lies from its reference, in every estimand that is asked for."""

from dataclasses import replace
from typing import Any

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import capital
from pluralstats.results.effects.level_pairs import described_raters
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Subject, Tables
from pluralstats.study.steps.dimensions import of_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Shown, Text
from pluralstats.study.writing.verdicts import Row, by_columns, headline, rope_of

COLUMNS = ("demographic", "level", "reference", "estimand", "estimate", "lower", "upper")
INTRODUCTION = (
    "Each row compares a group with its reference group. One demographic is changed for everybody, the others stay as "
    "they are; predictions are averaged over the items and over new raters. Differences are posterior means; the raw "
    "one is that of the plain group means."
)


def effects_of(fit: ps.Fit, config: StudyConfig, estimands: tuple[str, ...], by: str | None = None) -> pd.DataFrame:
    """The effects of a fit; no rows where its formula has no demographics."""
    if not described_raters(fit):
        return pd.DataFrame(columns=list(COLUMNS))
    return ps.effects(fit, estimands=estimands, by=by, rope=config.effects.rope)


def effect_options(subject: Subject) -> dict[str, Any]:
    """What every figure of effects is told: the report's estimand, the scale, and what counts as equivalent."""
    estimand = headline(subject.tables["effects"])
    return {"estimand": estimand, "scale": subject.scale, "rope": rope_of(estimand, subject.config.effects.rope)}


def effects_table(frame: pd.DataFrame, name: str) -> col.PageTable:
    """Every contrast in every estimand, of which a reader chooses one."""
    within = by_columns(frame)
    columns = [
        col.text("Demographic", "demographic"),
        col.comparison(),
        *(col.text(capital(name), name) for name in within),
        col.estimate("Difference"),
        col.bracket("95% interval"),
        col.estimate("Raw difference", "raw"),
        col.figure("P(direction)", "p_direction", 3),
        *([col.figure("P(equivalent)", "p_rope", 3)] if frame["p_rope"].notna().any() else []),
        col.Column("Raters", _raters, True),
    ]
    levels = "".join(f", within each level of {column}" for column in within)
    unit = unit_of(headline(frame)) if len(set(frame["estimand"])) == 1 else "the estimand chosen"
    caption = f"Differences between groups{levels}: {unit}."
    choose = ("estimand", "dimension", "demographic", *within)
    table = col.page_table(name, caption, frame, columns, choose=choose, words={"estimand": estimand_words})
    chosen = [each.options[each.chosen] for each in table.choice.selectors if each.chosen >= 0]
    if not table.seen or not chosen:
        return table
    shown = f"{', '.join(chosen)}, unless others are chosen"
    return replace(table, caption=f"Differences between groups{levels}: {shown[0].lower()}{shown[1:]}.")


def _raters(row: Row) -> col.Cell:
    return col.Cell(f"{row['n_raters']:,.0f} / {row['n_raters_reference']:,.0f}", col.sort_key(row["n_raters"]))


def estimand_words(estimand: str) -> str:
    """An estimand among those to choose from."""
    return capital(unit_of(estimand))


def _compute(material: Material) -> Tables:
    config = material.config
    return {"effects": of_fits(material.of(MAIN), lambda fit: effects_of(fit, config, config.estimands))}


def _show(study: Study) -> list[Block]:
    frame = study.tables["effects"]
    return [Text(INTRODUCTION), *study.drawn("effects"), Shown(effects_table(frame, "effects"))] if len(frame) else []


SECTION: Section = Section(
    show=_show,
    compute=_compute,
    step="Comparing the groups",
    figures={
        "effects": Plan(
            "Differences between groups, each from its reference group.",
            "effects",
            figures.forest,
            options=effect_options,
        )
    },
)
