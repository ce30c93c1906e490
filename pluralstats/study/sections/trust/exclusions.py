"""What the rows that a study excludes, such as failed attention checks, change."""

from collections.abc import Sequence

import pandas as pd

import pluralstats.figures as figures
from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import count, interval, number
from pluralstats.study.sections.effects.differences import effect_options, effects_of
from pluralstats.study.sections.effects.told import twins
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.sections.sample import excluded_sentences
from pluralstats.study.sections.trust.other_models import by_model_table
from pluralstats.study.steps.dimensions import of_fits, stacked
from pluralstats.study.steps.models import EVERYBODY, MAIN
from pluralstats.study.writing.blocks import Block, Lines, folded
from pluralstats.study.writing.verdicts import Row, contrast_name, digits_of, each_slope_once, headline, row_verdict

TABLE = "effects_exclusions"
CAPTION = "The same differences without the excluded rows (main) and with them (nothing excluded)."


def effects_with_and_without(material: Material) -> pd.DataFrame:
    """The first estimand of the main model without the excluded rows, and with them: ``effects`` after ``model``.

    ``model`` is "main" for the study's own effects, which leave the rows out, and "nothing excluded".
    """
    effects, config = material.tables["effects"], material.config
    if not material.everybody or not len(effects):
        return pd.DataFrame()
    whole = {dimension: fit for (_, dimension), fit in material.everybody.items()}
    parts = {MAIN: effects, EVERYBODY: of_fits(whole, lambda fit: effects_of(fit, config, config.estimands[:1]))}
    first = headline(effects)
    return stacked({model: table[table["estimand"] == first] for model, table in parts.items()}, "model")


def exclusion_sentences(frame: pd.DataFrame, rope: float = 0.0) -> list[str]:
    """How many contrasts the excluded rows change, the largest change, and each whose verdict they change."""
    known = each_slope_once(frame[frame["estimate"].notna()])
    rows = known[known["model"] == MAIN].to_dict("records")
    pairs = [(row, twins(row, known)[EVERYBODY]) for row in rows if EVERYBODY in twins(row, known)]
    changed = [pair for pair in pairs if row_verdict(pair[0], rope) != row_verdict(pair[1], rope)]
    told = f"{len(changed) or 'None'} of {count(len(pairs), 'difference')} would get another verdict with those rows."
    return [told, *(_change(*pair) for pair in changed), *_largest(pairs)]


def _largest(pairs: Sequence[tuple[Row, Row]]) -> list[str]:
    """The largest change of an estimate, which a verdict need not show."""
    if not pairs:
        return []
    without, whole = max(pairs, key=lambda pair: abs(pair[1]["estimate"] - pair[0]["estimate"]))
    size = number(abs(whole["estimate"] - without["estimate"]), digits_of(without))
    return [f"The largest change of an estimate is {size} {unit_of(str(whole['estimand']))}: {contrast_name(without)}."]


def _change(without: Row, whole: Row) -> str:
    digits = digits_of(without)
    with_them, without_them = (
        f"{number(row['estimate'], digits)} {interval(row['lower'], row['upper'], digits)}" for row in (whole, without)
    )
    unit = unit_of(str(without["estimand"]))
    return f"{contrast_name(without)}: {with_them} {unit} with the excluded rows, {without_them} without them."


def _compute(material: Material) -> Tables:
    return {TABLE: effects_with_and_without(material)}


def _show(study: Study) -> list[Block]:
    frame = study.table(TABLE)
    if not len(frame):
        return []
    lines = [*excluded_sentences(study.ratings), *exclusion_sentences(frame, study.config.effects.rope)]
    return [Lines(lines), *study.drawn("exclusions"), folded(by_model_table(frame, TABLE, CAPTION))]


SECTION: Section = Section(
    show=_show,
    heading="What the excluded rows change",
    compute=_compute,
    figures={
        "exclusions": Plan(
            CAPTION,
            TABLE,
            figures.comparison,
            options=effect_options,
            reads=("effects",),
        )
    },
)
