"""Every level against every other, all comparisons of a demographic looked at together."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import ADJUSTED_BY, capital, count, listed, p_value
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.effects.differences import effect_options
from pluralstats.study.sections.parts import Plan, Section, Study
from pluralstats.study.steps.dimensions import of_willing_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Text, folded

MOST_NAMED = 4


def _pairwise(fit: ps.Fit, config: StudyConfig) -> pd.DataFrame:
    wanted = config.effects
    estimand = config.estimands[0]
    parts = [
        ps.contrasts(fit, name, estimands=estimand, rope=wanted.rope, adjust=wanted.adjust) for name in wanted.pairwise
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def pairwise_sentence(table: pd.DataFrame) -> str:
    """How many pairs of levels differ once all of them are looked at together.

    >>> row = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points", "estimate": 0.2,
    ...        "lower_simultaneous": 0.05, "upper_simultaneous": 0.35, "p_adjusted": 0.01}
    >>> pairwise_sentence(pd.DataFrame([row]))
    'Of 1 comparison of two levels, 1 has a simultaneous 95% interval without 0 (race: Black − White, adjusted p 0.010).'
    """  # noqa: E501
    known = table[table["lower_simultaneous"].notna()]
    null = 1.0 if str(known["estimand"].iloc[0]).endswith("ratio") else 0.0
    clear = known[(known["lower_simultaneous"] > null) | (known["upper_simultaneous"] < null)]
    names = [
        f"{row['demographic']}: {row['level']} − {row['reference']}, adjusted p {p_value(row['p_adjusted'])}"
        for row in clear.sort_values("p_adjusted").to_dict("records")[:MOST_NAMED]
    ]
    names += [f"and {len(clear) - MOST_NAMED} more"] if len(clear) > MOST_NAMED else []
    have = "has a simultaneous 95% interval" if len(clear) == 1 else "have simultaneous 95% intervals"
    start = f"Of {count(len(known), 'comparison')} of two levels, {len(clear)} {have} without {null:.0f}"
    return f"{start} ({'; '.join(names)})." if names else f"{start}."


def pairwise_table(frame: pd.DataFrame) -> col.PageTable:
    """Every level against every other."""
    columns = [
        col.text("Demographic", "demographic"),
        col.comparison(),
        col.estimate(capital(unit_of(str(frame["estimand"].iloc[0])))),
        col.bracket("95% interval"),
        col.interval_of("Simultaneous 95% interval", "lower_simultaneous", "upper_simultaneous"),
        col.figure("P(direction)", "p_direction", 3),
        col.p_adjusted("p_adjusted"),
    ]
    choose = ("dimension", "demographic")
    return col.page_table("pairwise", "All pairs of levels.", frame, columns, choose=choose)


def _show(study: Study) -> list[Block]:
    frame = study.table("pairwise")
    if not len(frame):
        return []
    said = pairwise_sentence(frame) if frame["lower_simultaneous"].notna().any() else ""
    line = f"{said} Simultaneous intervals hold for all comparisons of a demographic at once."
    return [Text(line), *study.drawn("pairwise"), folded(pairwise_table(frame))]


def _methods(config: StudyConfig) -> str:
    return (
        f"All pairs of levels of {listed(config.effects.pairwise)} were compared with simultaneous intervals from the "
        f"largest standardised deviation over draws, and posterior tail probabilities adjusted by "
        f"{ADJUSTED_BY[config.effects.adjust]}."
    )


SECTION: Section = Section(
    show=_show,
    heading="Every level against every other",
    compute=lambda m: {"pairwise": of_willing_fits(m.of(MAIN), lambda fit: _pairwise(fit, m.config))},
    figures={
        "pairwise": Plan(
            "All pairs of levels, with simultaneous intervals.",
            "pairwise",
            figures.forest,
            options=effect_options,
            reads=("effects",),
        )
    },
    methods={"pairwise": _methods},
)
