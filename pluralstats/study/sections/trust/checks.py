"""Whether ratings from the model look like these: predictive checks of the main model."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.wording import count
from pluralstats.results.checks.predictive import TAIL, predictive_checks, predictive_problems
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_fits, rows_by_dimension
from pluralstats.study.steps.fitting import has_estimates
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing.blocks import Block, Lines, Problem, Text

COLUMNS = ("statistic", "level", "unit", "category", "observed", "estimate", "lower", "upper", "p", "n_ratings")
MOST_SHOWN = 4  # checks that fail; others are folded away


def _checks(fit: ps.Fit, seed: int) -> pd.DataFrame:
    """Predictive checks, or no rows where a fit has no estimates to replicate ratings from."""
    if not has_estimates(fit):
        return pd.DataFrame(columns=list(COLUMNS))
    return predictive_checks(fit, seed=seed)


def check_sentence(table: pd.DataFrame) -> str:
    """How many checks of everybody and of groups the observed ratings fail."""
    rows = table[table["level"].isin(["overall", "group"])]
    n = int(((rows["p"] < TAIL) | (rows["p"] > 1 - TAIL)).sum())
    lie = {0: "none lies", 1: "1 lies"}.get(n, f"{n:,} lie")
    return (
        f"Of {count(len(rows), 'statistic')} of the observed ratings, of everybody and of groups, {lie} outside the "
        f"central 99% of ratings replicated from the main model."
    )


def check_problems(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Each check that fails as a dimension ("" when there are none) and a sentence."""
    return [
        (dimension, sentence) for dimension, part in rows_by_dimension(table) for sentence in predictive_problems(part)
    ]


def _compute(material: Material) -> Tables:
    seed = material.config.seed
    return {"predictive_checks": of_fits(material.of(MAIN), lambda fit: _checks(fit, seed))}


def _draw_shares(table: pd.DataFrame) -> object:
    if "dimension" in table:  # a panel for every dimension and group would fill pages
        table = table[table["level"] == "overall"]
    return figures.predicted_shares(table)


def _draw_groups(table: pd.DataFrame) -> object:
    if "dimension" in table:  # the spread, which also shows a missing random term
        table = table[table["statistic"].isin(["sd", "sd of rater means", "sd of item means"])]
    return figures.predicted_moments(table)


def _draw_units(table: pd.DataFrame) -> object:
    if "dimension" in table:  # means are reproduced by the effects of raters and items; these need not be
        means, sds = table["statistic"] == "mean", table["statistic"] == "sd"
        table = table[~means & ~(sds & (table["level"] == "item"))]
    return figures.predicted_units(table)


def _show(study: Study) -> list[Block]:
    checks = study.tables["predictive_checks"]
    if not len(checks):
        return []
    failed, line = check_problems(checks), check_sentence(checks)
    if not failed:
        line += " The model produces ratings like the observed ones in all of these respects."
    more = [f"{sentence} ({dimension})" if dimension else sentence for dimension, sentence in failed[MOST_SHOWN:]]
    return [
        Text(line),
        *(Problem(sentence, dimension) for dimension, sentence in failed[:MOST_SHOWN]),
        *([Lines(more, summary=f"{len(more)} more of these")] if more else []),
        *study.drawn("checks_shares", "checks_groups", "checks_units"),
    ]


SECTION: Section = Section(
    show=_show,
    heading="Do ratings from the model look like these?",
    compute=_compute,
    step="Replicating the ratings from the model",
    figures={
        "checks_shares": Plan(
            "Share of each category: observed, and in ratings replicated from the main model.",
            "predictive_checks",
            _draw_shares,
        ),
        "checks_groups": Plan(
            "Groups of raters: what was observed, and replicated from the main model.",
            "predictive_checks",
            _draw_groups,
        ),
        "checks_units": Plan(
            "Single raters and items: observed against expected by the main model.", "predictive_checks", _draw_units
        ),
    },
)
