"""The same differences within the levels of another demographic."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.effects.differences import COLUMNS, effect_options, effects_of, effects_table
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing.blocks import Block, folded


def _effects_within(fit: ps.Fit, config: StudyConfig) -> pd.DataFrame:
    """Effects within the levels of the demographic that the study names; no rows when it names none."""
    if config.effects.by is None:
        return pd.DataFrame(columns=list(COLUMNS))
    return effects_of(fit, config, config.estimands, config.effects.by)


def _compute(material: Material) -> Tables:
    within = of_fits(material.of(MAIN), lambda fit: _effects_within(fit, material.config))
    return {"effects_within": within}


def _show(study: Study) -> list[Block]:
    frame = study.tables["effects_within"]
    return [*study.drawn("effects_within"), folded(effects_table(frame, "effects_within"))] if len(frame) else []


SECTION: Section = Section(
    show=_show,
    heading="Within groups",
    compute=_compute,
    figures={
        "effects_within": Plan(
            "The same differences within groups.",
            "effects_within",
            figures.forest,
            options=effect_options,
            reads=("effects",),
        )
    },
)
