"""The raters beside a target population, and the effects in it."""

from typing import Any

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import capital, count, number
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.settings import PopulationConfig
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Subject, Tables
from pluralstats.study.steps.dimensions import of_willing_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Shown, Text, folded
from pluralstats.study.writing.verdicts import each_slope_once, headline, rope_of, row_verdict


def population_sentence(had: pd.DataFrame, target: pd.DataFrame, name: str, rope: float = 0.0) -> str:
    """How many verdicts change between the raters as they were and the target population."""
    keys = [column for column in ("dimension", "demographic", "level", "reference") if column in target]
    had, target = each_slope_once(had), each_slope_once(target)
    both = had[had["estimand"] == target["estimand"].iloc[0]].merge(target, on=keys, suffixes=("_had", "_target"))
    rows = [
        tuple(
            row_verdict(
                {
                    "estimand": record["estimand_had"],
                    "lower": record[f"lower_{side}"],
                    "upper": record[f"upper_{side}"],
                },
                rope,
            )
            for side in ("had", "target")
        )
        for record in both.dropna(subset=["lower_had", "lower_target"]).to_dict("records")
    ]
    changed = sum(before != after for before, after in rows)
    moved = (both["estimate_target"] - both["estimate_had"]).abs().max()
    return (
        f"Averaged over {name} instead of the raters, {changed} of {count(len(rows), 'contrast')} "
        f"{'gets' if changed == 1 else 'get'} another verdict; the largest change of an estimate is {number(moved)} "
        f"{unit_of(str(target['estimand'].iloc[0]))}. Only demographics that both have are balanced."
    )


def population_table(frame: pd.DataFrame) -> col.PageTable:
    """Sample against target."""
    columns = [
        col.text("Demographic", "demographic"),
        col.text("Level", "level"),
        col.figure("Raters", "n_raters"),
        col.figure("Percent of raters", "percent_raters", 1),
        col.figure("Percent of the target", "percent_target", 1),
    ]
    return col.page_table("population", "The raters and the target population.", frame, columns)


def effects_population_table(frame: pd.DataFrame) -> col.PageTable:
    """Effects in the target population."""
    unit = unit_of(str(frame["estimand"].iloc[0]))
    columns = [
        col.text("Demographic", "demographic"),
        col.comparison(),
        col.estimate(capital(unit)),
        col.bracket("95% interval"),
        col.figure("P(direction)", "p_direction", 3),
    ]
    choose = ("dimension", "demographic")
    return col.page_table("effects_population", f"Effects in the target: {unit}.", frame, columns, choose=choose)


def _compute(material: Material) -> Tables:
    """Sample against target, and the effects of the first estimand in the target."""
    target, config = material.target, material.config
    if target is None:
        return {}
    first, rope = config.estimands[:1], config.effects.rope
    effects = of_willing_fits(
        material.of(MAIN), lambda fit: ps.effects(fit, estimands=first, rope=rope, population=target)
    )
    if len(effects):
        effects = effects[effects["estimand"] == headline(effects)]
    return {"population": target.compare(material.ratings), "effects_population": effects.reset_index(drop=True)}


def _options(subject: Subject) -> dict[str, Any]:
    """The effects among the raters and in the target, where there is one dimension."""
    tables, config = subject.tables, subject.config
    target = tables.get("effects_population", pd.DataFrame())
    if not len(target) or "dimension" in target:
        return {}
    estimand, name = headline(target), (config.population or PopulationConfig()).name
    effects = {"the raters we had": tables["effects"], name: target}
    rope = rope_of(estimand, config.effects.rope)
    return {"effects": effects, "estimand": estimand, "scale": subject.scale, "rope": rope}


def _show(study: Study) -> list[Block]:
    frame, target = study.table("population"), study.table("effects_population")
    if not len(frame):
        return []
    name, effects = (study.config.population or PopulationConfig()).name, study.tables["effects"]
    line = population_sentence(effects, target, name, study.config.effects.rope) if len(target) else ""
    tables = [Shown(population_table(frame)), *([folded(effects_population_table(target))] if len(target) else [])]
    return [Text(line), *study.drawn("population"), *tables]


def _methods(config: StudyConfig) -> str:
    wanted = config.population or PopulationConfig()
    if wanted.margins is not None:
        how = "known margins, to which the raters were raked (Deming & Stephan, 1940)"
    else:
        how = f"equal shares of each {wanted.equal}" if wanted.equal else "a table of cells"
    return f"Effects were also averaged over {wanted.name}, given by {how}."


SECTION: Section = Section(
    show=_show,
    compute=_compute,
    figures={
        "population": Plan(
            "The raters and the target population, and the differences in each.",
            "population",
            figures.population,
            "percent_target",
            _options,
            reads=("effects_population", "effects"),
        )
    },
    methods={"population": _methods},
)
