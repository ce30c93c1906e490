"""Whether other methods come to the same contrasts."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.units import unit_of
from pluralstats.printing.wording import listed
from pluralstats.study.sections.effects.differences import estimand_words
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables, on_scale
from pluralstats.study.steps.dimensions import of_willing_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Text, folded
from pluralstats.study.writing.verdicts import row_verdict

IN_SENTENCES = {
    "item_only": "the model without rater effects",
    "within_items": "comparisons within items alone",
    "gee": "generalised estimating equations",
    "ordinal_gee": "ordinal estimating equations",
    "raw": "raw means",
}
IN_TABLES = {
    "exact": "the model",
    "item_only": "without rater effects",
    "within_items": "within items",
    "gee": "GEE",
    "ordinal_gee": "ordinal GEE",
    "raw": "raw means",
}
METHODS = (
    "The same contrasts were also estimated without rater effects, by generalised estimating equations with standard "
    "errors clustered by rater (Liang & Zeger, 1986), and from raw means."
)


def robustness_sentence(table: pd.DataFrame, rope: float = 0.0) -> str:
    """For how many contrasts the other methods come to the same verdict as the model."""
    points = table[table["estimand"] == table["estimand"].iloc[0]]
    verdicts: dict[tuple[str, ...], dict[str, str]] = {}
    for row in points.to_dict("records"):
        name = (str(row.get("dimension", "")), row["demographic"], row["level"])
        verdicts.setdefault(name, {})[row["method"]] = row_verdict(row, rope) if pd.notna(row["lower"]) else ""
    told = []
    for method in [name for name in points["method"].unique() if name != "exact"]:
        both = [(v["exact"], v[method]) for v in verdicts.values() if v.get("exact") and v.get(method)]
        if both:
            told.append(f"{IN_SENTENCES.get(method, method)} in {sum(a == b for a, b in both)} of {len(both)}")
    if not told:
        return ""
    return (
        f"The same verdict as the model (higher, lower or unclear, in {unit_of(str(points['estimand'].iloc[0]))}) is "
        f"reached by {listed(told)} contrasts. The model without rater effects and the raw means look surer than they "
        "are where a rater gave many ratings."
    )


def robustness_table(frame: pd.DataFrame) -> col.PageTable:
    """The same contrasts by several methods."""
    columns = [
        col.text("Demographic", "demographic"),
        col.comparison(),
        col.Column("Method", lambda row: col.Cell(IN_TABLES.get(str(row["method"]), str(row["method"])))),
        col.estimate("Estimate"),
        col.bracket("95% interval"),
        col.text("Note", "note"),
    ]
    return col.page_table(
        "robustness",
        "The same contrast by other methods.",
        frame,
        columns,
        choose=("estimand", "dimension", "demographic"),
        words={"estimand": estimand_words},
    )


def _compute(material: Material) -> Tables:
    wanted = material.config.effects.robustness
    return {"robustness": of_willing_fits(material.of(MAIN) if wanted else {}, ps.robustness)}


def _show(study: Study) -> list[Block]:
    frame = study.table("robustness")
    if not len(frame):
        return []
    line = robustness_sentence(frame, study.config.effects.rope)
    return [Text(line), *study.drawn("robustness"), folded(robustness_table(frame))]


SECTION: Section = Section(
    show=_show,
    heading="Do other methods agree?",
    compute=_compute,
    figures={
        "robustness": Plan("The same differences by other methods.", "robustness", figures.robustness, options=on_scale)
    },
    methods={"robustness": lambda config: METHODS},
)
