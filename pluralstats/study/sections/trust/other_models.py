"""What other models say about the same contrasts."""

from collections.abc import Mapping

import pandas as pd

import pluralstats.figures as figures
from pluralstats.model.design import available_columns
from pluralstats.study.sections.effects.differences import effect_options, effects_of
from pluralstats.study.sections.effects.told import is_group, twins
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_fits, stacked
from pluralstats.study.steps.models import MAIN, adds_rater
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Term, Terms, folded
from pluralstats.study.writing.verdicts import (
    Row,
    by_columns,
    contrast_name,
    digits_of,
    gap,
    headline,
    row_verdict,
    unit_of,
)
from pluralstats.study.writing.wording import capital, interval, number

MOST_CHANGES = 8


def effects_by_model(material: Material) -> pd.DataFrame:
    """The first estimand under every model: the columns of ``effects`` (the main model's) after a column ``model``."""
    effects, config = material.tables["effects"], material.config
    parts = {MAIN: effects}
    for model in dict.fromkeys(model for model, _ in material.fits if model != MAIN):
        parts[model] = of_fits(material.of(model), lambda fit: effects_of(fit, config, config.estimands[:1]))
    first = headline(effects)  # "probability" stands for several
    return stacked({model: table[table["estimand"] == first] for model, table in parts.items()}, "model")


def change_sentence(main: Row, other: Row, name: str, adds_rater: bool) -> str:
    """How one contrast moves from another model to the main one.

    >>> row = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points"}
    >>> change_sentence({**row, "estimate": 0.19, "lower": 0.02, "upper": 0.37},
    ...                 {**row, "estimate": 0.21, "lower": 0.15, "upper": 0.27}, "items only", True)
    'When the rater effect is added, the difference Black − White (race) changes from 0.21 [0.15, 0.27] to 0.19 [0.02, 0.37] rating points.'
    """  # noqa: E501
    digits = digits_of(main)
    main_text, other_text = (
        f"{number(row['estimate'], digits)} {interval(row['lower'], row['upper'], digits)}" for row in (main, other)
    )
    unit = unit_of(str(main["estimand"]))
    if adds_rater:
        return (
            f"When the rater effect is added, the difference {contrast_name(main)} changes "
            f"from {other_text} to {main_text} {unit}."
        )
    return (
        f"Under '{name}' instead of the main model, the difference {contrast_name(main)} is {other_text} "
        f"instead of {main_text} {unit}."
    )


def model_changes(by_model: pd.DataFrame, adds_rater: Mapping[str, bool], rope: float = 0.0) -> list[str]:
    """How contrasts move between the models: first those whose verdict changes, clearest first.

    Parameters
    ----------
    by_model : DataFrame
        Effects with a column ``model``; "main" is the main model. The first estimand is used.
    adds_rater : mapping
        For each other model, whether the main model adds the rater effect to it.
    """
    known = by_model[by_model["estimate"].notna()]
    rows = known[(known["model"] == MAIN) & (known["estimand"] == headline(by_model))]
    pairs = [(row, name, other) for row in rows.to_dict("records") for name, other in twins(row, known).items()]
    pairs.sort(key=lambda pair: _moved(pair[0], pair[2], rope), reverse=True)
    told = pairs[:MOST_CHANGES]
    return [change_sentence(row, other, name, adds_rater.get(name, False)) for row, name, other in told]


def _moved(row: Row, other: Row, rope: float) -> tuple[bool, bool, float]:
    changed = row_verdict(row, rope) != row_verdict(other, rope)
    return is_group(row), changed, gap(other)


def by_model_table(frame: pd.DataFrame) -> col.PageTable:
    """The same contrasts under every model."""
    unit = unit_of(str(frame["estimand"].iloc[0]))
    columns = [
        col.text("Demographic", "demographic"),
        col.comparison(),
        *(col.text(capital(name), name) for name in by_columns(frame)),
        col.text("Model", "model"),
        col.estimate(capital(unit)),
        col.bracket("95% interval"),
    ]
    keys = [name for name in ("dimension", "demographic", "level", *by_columns(frame)) if name in frame]
    order = {
        key: position for position, key in enumerate(dict.fromkeys(zip(*(frame[key] for key in keys), strict=True)))
    }
    position = pd.Series([order[key] for key in zip(*(frame[key] for key in keys), strict=True)], index=frame.index)
    ordered = frame.loc[position.sort_values(kind="stable").index]
    return col.page_table(
        "effects_by_model",
        f"Differences in {unit} under each model.",
        ordered,
        columns,
    )


def _several_models(tables: Tables) -> bool:
    return len(set(tables["effects_by_model"]["model"])) > 1


def _show(study: Study) -> list[Block]:
    frame, adds = study.tables["effects_by_model"], adds_rater(study.formulas, available_columns(study.ratings))
    changes = model_changes(frame, adds, study.config.effects.rope)
    if not changes:
        return []
    formulas = Terms([Term(name, formula, code=True) for name, formula in study.formulas.items()])
    return [formulas, Lines(changes), *study.drawn("comparison"), folded(by_model_table(frame))]


SECTION: Section = Section(
    show=_show,
    heading="What other models say",
    compute=lambda material: {"effects_by_model": effects_by_model(material)},
    figures={
        "comparison": Plan(
            "The same differences under each model.",
            "effects_by_model",
            figures.comparison,
            options=effect_options,
            applies=_several_models,
            reads=("effects",),
        )
    },
)
