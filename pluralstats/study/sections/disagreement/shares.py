"""Where the differences between ratings come from: shares of the latent variance, and how much is explained."""

from collections.abc import Collection

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.wording import interval, listed, number
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_fits, of_willing_fits, rows_by_dimension, with_one_noise
from pluralstats.study.steps.models import MAIN, RATER
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Claim, Finding, Shown, Text, folded, texts
from pluralstats.study.writing.verdicts import Row

UNIDENTIFIED = ("cannot be told from the residual", "without converging")  # in the problems of a fit
WOULD_CHANGE = "What would change it: items that are more alike or less, or raters who are."
NO_SENTENCE = "These are no finding, because the model could not tell them apart: see “Can this be trusted?”."
NO_SHARES = (
    "Shares of variance need the noise of an answer, and answers of a slider have no single one: the piles at the ends "
    "and the answers between them differ in it. What can be told is how much items and raters differ."
)
COMPONENTS = {
    "item": "items",
    "question": "questions",
    "demographics": "raters' demographics",
    "rater": "raters beyond their demographics",
    "residual": "noise within raters",
}
SCALES = {"latent": "latent", "response": "rating points"}


def shares_sentence(table: pd.DataFrame) -> str:
    """Where the differences between ratings come from, the largest component first.

    Parameters
    ----------
    table : DataFrame
        Variance shares of one dimension: component, percent, lower, upper.

    Examples
    --------
    >>> shares_sentence(pd.DataFrame({"component": ["item", "residual"], "percent": [40.0, 60.0],
    ...                               "lower": [35.0, 55.0], "upper": [45.0, 65.0]}))
    'Of the latent variance of the ratings, 60% [55, 65] is raters and noise and 40% [35, 45] is items.'
    """
    rows = table.sort_values("percent", ascending=False, kind="stable").to_dict("records")
    components = set(table["component"])
    parts = [f"{_percent(row)} is {component_name(str(row['component']), components)}" for row in rows]
    return f"Of the latent variance of the ratings, {listed(parts)}."


def component_name(component: str, components: Collection[str] = (RATER,)) -> str:
    """A variance component in words; ``components`` are all of the model.

    >>> component_name("rater"), component_name("gender:race"), component_name("residual", ["item", "residual"])
    ('raters beyond their demographics', 'gender:race', 'raters and noise')
    """
    if component == "residual" and RATER not in components:  # the noise holds what differs between raters
        return "raters and noise"
    return COMPONENTS.get(component, component)


def _percent(row: Row) -> str:
    digits = 1 if row["percent"] < 2 else 0
    return f"{number(row['percent'], digits)}% {interval(row['lower'], row['upper'], digits)}"


def is_identified(shares: pd.DataFrame, problems: pd.DataFrame) -> pd.Series:
    """For each row of the variance shares whether its fit could tell the components apart.

    Not where the search did not converge, nor where a term has one rating in each level, which is the residual.
    """
    bad = problems["problem"].str.contains("|".join(UNIDENTIFIED)) & (problems["model"] == MAIN)
    where = set(problems.loc[bad, "dimension"])
    dimension = shares["dimension"].astype("str") if "dimension" in shares else pd.Series("", index=shares.index)
    return ~dimension.isin(where) & ("" not in where)  # one fit of all dimensions


def told_shares(table: pd.DataFrame) -> list[Finding]:
    """One finding: the shares, or of several dimensions from where to where each goes."""
    table = table[table["percent"].notna()]  # missing where a coefficient has no finite estimate
    if not len(table):
        return []
    claim = _claim(table)
    if "dimension" not in table:
        return [Finding(shares_sentence(table), WOULD_CHANGE, claim=claim)]
    ends = table.groupby("component", sort=False)["percent"].agg(["min", "max"]).sort_values("max", ascending=False)
    parts = [
        f"{_range(low, high)}% is {component_name(str(name), set(ends.index))}"
        for name, (low, high) in zip(ends.index, ends.to_numpy(), strict=True)
    ]
    text = f"Of the latent variance of the ratings, {listed(parts)}, depending on the dimension."
    return [Finding(text, f"{WOULD_CHANGE} Section “Disagreement” has each dimension with its intervals.", claim=claim)]


def _claim(table: pd.DataFrame) -> Claim:
    caption = "Shares of the latent variance of the ratings: posterior means with 95% intervals."
    columns = (*(["dimension"] * ("dimension" in table)), "component", "percent", "sd")
    return Claim("variance shares", caption, table, table, columns, "variance_shares", table)


def _range(low: float, high: float) -> str:
    first, last = f"{low:.0f}", f"{high:.0f}"
    return first if first == last else f"{first}–{last}"


def shares_table(frame: pd.DataFrame) -> col.PageTable:
    """Variance components in percent of the latent variance."""
    columns = [
        col.text("Component", "component"),
        col.estimate("Percent of latent variance", "percent", 1),
        col.bracket("95% interval", 1),
        col.figure("Latent sd", "sd", 2),
    ]
    return col.page_table("variance_shares", "Shares of the latent variance.", frame, columns)


def r2_table(frame: pd.DataFrame) -> col.PageTable:
    """Explained variance."""
    columns = [
        col.Column("Scale", lambda row: col.Cell(SCALES.get(str(row["scale"]), str(row["scale"])))),
        col.Column("Explained by", lambda row: col.Cell(_explained(str(row["kind"])))),
        col.estimate("Percent", "estimate", 1),
        col.bracket("95% interval", 1),
    ]
    return col.page_table("r2", "Explained variance (R²).", frame, columns)


def _explained(kind: str) -> str:
    return "the fixed part" if kind == "marginal" else "fixed part, raters and items"


def _compute(material: Material) -> Tables:
    fits = with_one_noise(material.of(MAIN))
    return {"variance_shares": of_fits(fits, ps.variance_shares), "r2": of_willing_fits(fits, ps.r2)}


def slider_texts(study: Study) -> list[Block]:
    """What there is of a slider in the place of shares: how much raters and items differ."""
    if study.config.model.family != "ordered_beta":
        return []
    lines = []
    for dimension, rows in rows_by_dimension(study.table("parameters")):
        sds = rows[(rows["kind"] == "sd") & rows["estimate"].notna()].to_dict("records")
        parts = [f"{row['parameter']} {number(row['estimate'])} {interval(row['lower'], row['upper'])}" for row in sds]
        lines += (
            [f"On the latent (logit) scale{f' of {dimension}' if dimension else ''}: {listed(parts)}."] if parts else []
        )
    return [Text(NO_SHARES), *texts(lines)]


def _show(study: Study) -> list[Block]:
    shares, explained = study.table("variance_shares"), study.table("r2")
    if not len(shares):
        return slider_texts(study)
    told = len(told_shares(shares[is_identified(shares, study.tables["problems"])]))
    return [
        *([] if told else [Text(NO_SENTENCE)]),
        *study.drawn("variance_shares"),
        *([Shown(shares_table(shares))] if len(shares) else []),
        *([folded(r2_table(explained))] if len(explained) else []),
    ]


SECTION: Section = Section(
    show=_show,
    heading="Where the differences between ratings come from",
    compute=_compute,
    figures={
        "variance_shares": Plan(
            "Shares of the latent variance of the ratings.", "variance_shares", figures.variance_shares, "percent"
        )
    },
)
