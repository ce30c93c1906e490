"""Which three to five sentences open the report."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from pluralstats.study.sections.disagreement.coefficients import told_agreement
from pluralstats.study.sections.disagreement.shares import is_identified, told_shares
from pluralstats.study.sections.effects.told import told_contrasts
from pluralstats.study.sections.parts import Section, Study
from pluralstats.study.steps.models import ITEMS_ONLY
from pluralstats.study.writing.blocks import Block, Finding, Numbered, Text
from pluralstats.study.writing.verdicts import headline, verdict_words

LATENT = "“Latent” is the continuous scale behind the answers, on which the model adds up items, groups and raters."
WITHOUT_RATERS = " “items only” is the same model without the rater effect: it ignores who gave which rating."
PAPER = Markup(
    ' A table and a figure of each finding are in the folder <a href="paper/README.md"><code>paper</code></a>.'
)


def findings(tables: Mapping[str, pd.DataFrame], rope: float = 0.0, adjust: str = "holm") -> list[Finding]:
    """The most telling contrasts, where the disagreement comes from, and how far raters agree.

    Parameters
    ----------
    tables : mapping
        Tables of a study: effects, effects_by_model, variance_shares, agreement, problems.
    rope : float
        Half width of practical equivalence, rating points.
    adjust : str
        How p of the contrasts are adjusted for their number, see ``ps.contrasts``.

    Returns
    -------
    list of Finding
        Three to five when there are demographics, else one or two.
    """
    effects = tables["effects"]
    rows = effects[effects["estimand"] == headline(effects)]
    found = told_contrasts(rows, tables["effects_by_model"], rope, adjust) if len(rows) else []
    shares = tables["variance_shares"]
    return [
        *found,
        *told_shares(shares[is_identified(shares, tables["problems"])]),
        *told_agreement(tables["agreement"]),
    ]


def _show(study: Study) -> list[Block]:
    lead = Markup(LATENT + (WITHOUT_RATERS if ITEMS_ONLY in study.formulas else "")) + PAPER
    effects = study.tables["effects"]
    told = [Text(verdict_words(headline(effects), study.config.effects.rope))] if len(effects) else []
    return [Text(lead, lead=True), *told, Numbered(study.findings)]


SECTION: Section = Section(show=_show)
