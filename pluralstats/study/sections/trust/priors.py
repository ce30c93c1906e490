"""Whether the priors matter."""

from math import isfinite

import pandas as pd

import pluralstats as ps
from pluralstats.printing.wording import listed
from pluralstats.results.checks.power_scaling import RATINGS_DECIDE, prior_sensitivity
from pluralstats.study.sections.parts import Material, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_fits
from pluralstats.study.steps.fitting import has_estimates
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Shown, folded, texts
from pluralstats.study.writing.verdicts import named

COLUMNS = ("kind", "term", "parameter", "prior", "likelihood", "diagnosis")
MANY_NAMED = 4


def _sensitivity(fit: ps.Fit) -> pd.DataFrame:
    if fit.priors is None or not has_estimates(fit):
        return pd.DataFrame(columns=list(COLUMNS))
    return prior_sensitivity(fit)


def sensitivity_sentences(table: pd.DataFrame) -> list[str]:
    """Whether results follow from the priors: one sentence for each diagnosis but that the ratings decide."""
    if not len(table):
        return []
    other = table[(table["diagnosis"] != RATINGS_DECIDE) & table["prior"].map(isfinite)]
    if not len(other):
        return [
            f"The ratings, not the priors, decide on all {len(table):,} parameters: priors raised to a power near 1 "
            f"hardly change any of their distributions."
        ]
    return [f"{diagnosis.capitalize()}: {_listed(part)}." for diagnosis, part in _groups(other)]


def sensitive(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of parameters on which the ratings alone do not decide."""
    return table[(table["diagnosis"] != RATINGS_DECIDE) & table["prior"].notna()]


def _groups(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), part) for name, part in table.groupby("diagnosis", sort=False)]


def _listed(rows: pd.DataFrame) -> str:
    names = [named(row, "parameter") for row in rows.to_dict("records")]
    more = len(names) - MANY_NAMED
    return listed(names if more <= 1 else [*names[:MANY_NAMED], f"{more} more"])


def priors_table(frame: pd.DataFrame) -> col.PageTable:
    """What was assumed about each parameter before any rating; dimensions with the same priors once."""
    shown = frame.drop_duplicates(["parameter", "prior"])
    columns = [col.text("Parameter", "parameter"), col.text("Prior", "prior")]
    same = "dimension" in frame and len(shown) == frame["parameter"].nunique()
    where = ", the same on all dimensions" if same else ""
    return col.page_table("priors", f"Priors of the main model{where}.", shown, columns, dimension=not same)


def sensitivity_table(frame: pd.DataFrame) -> col.PageTable:
    """Parameters on which the ratings alone do not decide; the file has all."""
    columns = [
        col.text("Parameter", "parameter"),
        col.figure("Change with the prior", "prior", 2),
        col.figure("Change with the ratings", "likelihood", 2),
        col.text("Diagnosis", "diagnosis"),
    ]
    shown = sensitive(frame)
    caption = "What changes when the prior, or the likelihood of the ratings, counts twice."
    return col.page_table("prior_sensitivity", caption, shown, columns)


def _compute(material: Material) -> Tables:
    main = material.fitted_of(MAIN)
    return {
        "priors": of_fits(main, lambda fit: fit.prior_table),
        "prior_sensitivity": of_fits(main, _sensitivity),
    }


def _show(study: Study) -> list[Block]:
    priors, sensitivity = study.tables["priors"], study.tables["prior_sensitivity"]
    if not len(priors):
        return []
    shown = [Shown(sensitivity_table(sensitivity))] if len(sensitive(sensitivity)) else []
    return [*texts(sensitivity_sentences(sensitivity)), *shown, folded(priors_table(priors))]


SECTION: Section = Section(
    show=_show, heading="Do the priors matter?", compute=_compute, step="Looking at priors and chains"
)
