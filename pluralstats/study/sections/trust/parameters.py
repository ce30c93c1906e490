"""The parameters of the main model."""

import pandas as pd

from pluralstats.study.sections.parts import Section, Study
from pluralstats.study.steps.dimensions import of_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Shown


def parameter_table(frame: pd.DataFrame) -> col.PageTable:
    """Coefficients, thresholds and standard deviations on the latent scale."""
    columns = [
        col.text("Kind", "kind"),
        col.text("Parameter", "parameter"),
        col.estimate("Estimate"),
        col.estimate("Standard error", "se"),
        col.bracket("95% interval"),
    ]
    if "r_hat" in frame:
        columns += [
            col.figure("R-hat", "r_hat", 3),
            col.figure("Bulk effective draws", "ess_bulk"),
            col.figure("Tail effective draws", "ess_tail"),
        ]
        columns[3] = col.estimate("Posterior sd", "se")
    return col.page_table("parameters", "Parameters of the main model, latent scale.", frame, columns)


def _show(study: Study) -> list[Block]:
    frame = study.tables["parameters"]
    return [Shown(parameter_table(frame), summary="Parameters of the main model")] if len(frame) else []


SECTION: Section = Section(
    show=_show, compute=lambda m: {"parameters": of_fits(m.of(MAIN), lambda fit: fit.parameters)}
)
