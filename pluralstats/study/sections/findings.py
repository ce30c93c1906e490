"""Which three to five sentences open the report."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from pluralstats.inference.diagnosis.inseparable import SAME_RATERS
from pluralstats.printing.wording import count
from pluralstats.study.sections.disagreement.coefficients import told_agreement
from pluralstats.study.sections.disagreement.shares import is_identified, told_shares
from pluralstats.study.sections.effects.told import told_contrasts
from pluralstats.study.sections.parts import Section, Study
from pluralstats.study.steps.models import ITEMS_ONLY, MAIN
from pluralstats.study.writing.blocks import Block, Finding, Numbered, Text
from pluralstats.study.writing.verdicts import headline, verdict_words

NO_SHARES = pd.DataFrame({"percent": []})
LATENT = "“Latent” is the continuous scale behind the answers, on which the model adds up items, groups and raters."
WITHOUT_RATERS = " “items only” is the same model without the rater effect: it ignores who gave which rating."
CHOSEN = (
    " Of the contrasts whose intervals leave out no difference, the surest (the smallest p) comes first, then the one "
    "whose interval is farthest from it."
)
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
        Three to five when there are demographics, else one or two; before them what keeps contrasts from being
        computed, where levels of several demographics belong to the same raters.
    """
    effects = tables["effects"]
    rows = effects[effects["estimand"] == headline(effects)]
    found = told_contrasts(rows, tables["effects_by_model"], rope, adjust) if len(rows) else []
    shares = tables.get("variance_shares", NO_SHARES)
    return [
        *_not_computed(rows, tables["problems"]),
        *found,
        *told_shares(shares[is_identified(shares, tables["problems"])]),
        *told_agreement(tables["agreement"]),
    ]


def _not_computed(rows: pd.DataFrame, problems: pd.DataFrame) -> list[Finding]:
    """How many contrasts are empty because some levels are those of the same raters, and what would determine them."""
    unknown, main = int(rows["estimate"].isna().sum()), problems[problems["model"] == MAIN]
    reasons = list(dict.fromkeys(main.loc[main["problem"].str.contains(SAME_RATERS, regex=False), "problem"]))
    if not unknown or not reasons:
        return []
    return [Finding(f"{unknown:,} of {count(len(rows), 'contrast')} could not be computed. {' '.join(reasons)}", "")]


def _show(study: Study) -> list[Block]:
    lead = Markup(LATENT + (WITHOUT_RATERS if ITEMS_ONLY in study.formulas else "") + CHOSEN) + PAPER
    effects = study.tables["effects"]
    told = [Text(verdict_words(headline(effects), study.config.effects.rope))] if len(effects) else []
    return [Text(lead, lead=True), *told, Numbered(study.findings)]


SECTION: Section = Section(show=_show)
