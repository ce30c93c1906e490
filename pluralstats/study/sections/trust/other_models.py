"""What other models say about the same contrasts."""

from collections.abc import Mapping

import pandas as pd

import pluralstats.figures as figures
from pluralstats.model.design import available_columns
from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import capital, count
from pluralstats.study.sections.effects.differences import effect_options, effects_of
from pluralstats.study.sections.effects.told import all_twins, contrast_key, is_group
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_fits, stacked
from pluralstats.study.steps.models import MAIN, adds_rater
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Term, Terms, folded
from pluralstats.study.writing.verdicts import (
    Row,
    by_columns,
    contrast_name,
    each_slope_once,
    gap,
    headline,
    row_verdict,
)

MOST_NAMED = 8
IGNORES = "ignores who gave which rating"
SAYS = {  # what the models without submodels take for the same
    "without disc": "takes everybody for equally noisy",
    "without stretch": "takes everybody for using the scale alike",
    "without disc and stretch": "takes everybody for equally noisy and using the scale alike",
}


def effects_by_model(material: Material) -> pd.DataFrame:
    """The first estimand under every model: the columns of ``effects`` (the main model's) after a column ``model``."""
    effects, config = material.tables["effects"], material.config
    parts = {MAIN: effects}
    for model in dict.fromkeys(model for model, _ in material.fits if model != MAIN):
        parts[model] = of_fits(material.of(model), lambda fit: effects_of(fit, config, config.estimands[:1]))
    first = headline(effects)  # "probability" stands for several
    return stacked({model: table[table["estimand"] == first] for model, table in parts.items()}, "model")


def change_sentences(by_model: pd.DataFrame, adds_rater: Mapping[str, bool], rope: float = 0.0) -> list[str]:
    """For each other model how many contrasts get another verdict, and which: the clearest there first.

    Parameters
    ----------
    by_model : DataFrame
        Effects of one estimand with a column ``model``; "main" is the main model.
    adds_rater : mapping
        For each other model, whether the main model adds the rater effect to it.

    Examples
    --------
    >>> row = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points", "estimate": 0.2}
    >>> rows = [{**row, "model": "main", "lower": -0.1, "upper": 0.5},
    ...         {**row, "model": "items only", "lower": 0.1, "upper": 0.3}]
    >>> print(*change_sentences(pd.DataFrame(rows), {"items only": True}))
    Under 'items only', which ignores who gave which rating, 1 of 1 contrast gets another verdict: Black − White (race).
    """
    known = each_slope_once(by_model[by_model["estimate"].notna()])
    rows = known[(known["model"] == MAIN) & (known["estimand"] == headline(by_model))]
    others = all_twins(known)
    pairs = [
        (row, name, other)
        for row in rows.to_dict("records")
        for name, other in others.get(contrast_key(row), {}).items()
    ]
    pairs.sort(key=lambda pair: _moved(pair[0], pair[2], rope), reverse=True)
    told: dict[str, list[tuple[Row, Row]]] = {}
    for row, name, other in pairs:
        told.setdefault(name, []).append((row, other))
    return [_changes(both, name, adds_rater.get(name, False), rope) for name, both in told.items()]


def _changes(pairs: list[tuple[Row, Row]], name: str, adds_rater: bool, rope: float) -> str:
    changed = [contrast_name(row) for row, other in pairs if row_verdict(row, rope) != row_verdict(other, rope)]
    what = f" which {IGNORES}," if adds_rater else f" which {SAYS[name]}," if name in SAYS else ""
    gets = "gets" if len(changed) < 2 else "get"
    start = f"Under '{name}',{what} {len(changed) or 'none'} of {count(len(pairs), 'contrast')} {gets} another verdict"
    named = [*changed[:MOST_NAMED], *([f"and {len(changed) - MOST_NAMED} more"] if len(changed) > MOST_NAMED else [])]
    return f"{start}: {'; '.join(named)}." if named else f"{start}."


def _moved(row: Row, other: Row, rope: float) -> tuple[bool, bool, float]:
    changed = row_verdict(row, rope) != row_verdict(other, rope)
    return changed, is_group(row), gap(other)


def by_model_table(frame: pd.DataFrame, name: str = "effects_by_model", caption: str = "") -> col.PageTable:
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
    words = caption or f"Differences in {unit} under each model."
    return col.page_table(name, words, ordered, columns, choose=("dimension", "demographic"))


def _several_models(tables: Tables) -> bool:
    return len(set(tables["effects_by_model"]["model"])) > 1


def _show(study: Study) -> list[Block]:
    frame, adds = study.tables["effects_by_model"], adds_rater(study.formulas, available_columns(study.ratings))
    changes = change_sentences(frame, adds, study.config.effects.rope)
    if not changes:
        return []
    models = Terms([Term(name, text, code=True) for name, text in (study.written or study.formulas).items()])
    return [models, Lines(changes), *study.drawn("comparison"), folded(by_model_table(frame))]


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
