"""What the page says about trust: convergence, replicated ratings, models compared, priors."""

from collections.abc import Mapping

import pandas as pd

from pluralstats.study.page_columns import Cell, Column, PageTable, figure, page_table, text, with_dimension
from pluralstats.study.sentences import Row
from pluralstats.study.trust_sentences import (
    check_problems,
    check_sentence,
    comparison_problems,
    comparison_sentences,
    convergence_sentences,
    left_out_sentence,
    sensitive,
    sensitivity_sentences,
)


def trust_context(tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """Sentences and tables by the names that the template uses; empty, or None, where there is nothing to say."""
    checks, comparison = tables["predictive_checks"], tables["model_comparison"]
    makers = {
        "convergence": convergence_table,
        "model_comparison": comparison_table,
        "priors": priors_table,
    }
    return {
        "chains_lines": convergence_sentences(tables["convergence"]),
        "checks_line": check_sentence(checks) if len(checks) else "",
        "checks_failed": check_problems(checks),
        "left_out_line": left_out_sentence(comparison),
        "left_out_lines": comparison_sentences(comparison),
        "left_out_problems": comparison_problems(comparison),
        "sensitivity_lines": sensitivity_sentences(tables["prior_sensitivity"]),
        **{f"{name}_table": maker(tables[name]) if len(tables[name]) else None for name, maker in makers.items()},
        "sensitivity_table": _sensitivity(tables["prior_sensitivity"]),
    }


def _sensitivity(frame: pd.DataFrame) -> PageTable | None:
    return sensitivity_table(frame) if len(frame) and len(sensitive(frame)) else None


def convergence_table(frame: pd.DataFrame) -> PageTable:
    """The worst of each fit."""
    columns = [
        text("Model", "model"),
        *([text("Dimension", "dimension")] if "dimension" in frame else []),
        figure("Chains", "chains"),
        figure("Draws", "draws"),
        _of("R-hat, worst", "r_hat", 3),
        _of("Bulk effective draws, fewest", "ess_bulk", 0),
        _of("Tail effective draws, fewest", "ess_tail", 0),
        figure("Diverged", "diverging"),
    ]
    n = frame["n_parameters"].max()
    caption = f"Agreement of the chains: the worst of up to {n:,} parameters and random effects of each fit."
    return page_table("convergence", caption, frame, columns)


def _of(header: str, key: str, digits: int) -> Column:
    """A number with the parameter it is of."""
    plain = figure(header, key, digits)

    def cell(row: Row) -> Cell:
        shown = plain.cell(row)
        return Cell(f"{shown.text} ({row[f'{key}_of']})", shown.sort) if shown.sort else shown

    return Column(header, cell, numeric=True)


def comparison_table(frame: pd.DataFrame) -> PageTable:
    """Models by what they predict of raters left out."""
    columns = [
        text("Model", "model"),
        figure("elpd", "elpd", 1),
        figure("Standard error", "se", 1),
        figure("Behind the best", "elpd_difference", 1),
        figure("Standard error of that", "se_difference", 1),
        figure("Weight", "weight", 2),
        figure("Pareto k too high", "n_bad_k"),
    ]
    by = " or ".join(f"{by}s" for by in frame["by"].dropna().unique()) or "raters"
    caption = f"Expected log predictive density (elpd) of {by} left out one at a time: higher predicts better."
    return page_table("model_comparison", caption, frame, with_dimension(frame, columns))


def priors_table(frame: pd.DataFrame) -> PageTable:
    """What was assumed about each parameter before any rating; dimensions with the same priors once."""
    shown = frame.drop_duplicates(["parameter", "prior"])
    columns = [text("Parameter", "parameter"), text("Prior", "prior")]
    same = "dimension" in frame and len(shown) == frame["parameter"].nunique()
    columns = columns if same else with_dimension(shown, columns)
    where = ", the same on all dimensions" if same else ""
    return page_table("priors", f"Priors of the main model{where}.", shown, columns, whole=frame)


def sensitivity_table(frame: pd.DataFrame) -> PageTable:
    """Parameters on which the ratings alone do not decide; the download has all."""
    columns = [
        text("Parameter", "parameter"),
        figure("Change with the prior", "prior", 2),
        figure("Change with the ratings", "likelihood", 2),
        text("Diagnosis", "diagnosis"),
    ]
    shown = sensitive(frame)
    caption = "What changes when the prior, or the likelihood of the ratings, counts twice."
    return page_table("prior_sensitivity", caption, shown, with_dimension(shown, columns), whole=frame)
