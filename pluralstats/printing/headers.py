"""What the columns of printed tables are called where their name does not say it."""

import pandas as pd

from pluralstats.printing.units import null_of

HEADERS = {
    "icc": "ICC",
    "se": "Standard error",
    "sd": "Standard deviation",
    "p": "p",
    "p_adjusted": "p, adjusted",
    "p_bh": "p, Benjamini-Hochberg",
    "p_two_sided": "p, two-sided",
    "p_two_sided_bh": "p, two-sided, Benjamini-Hochberg",
    "p_direction": "P(direction)",
    "p_positive": "P(>0)",
    "p_rope": "P(equivalent)",
    "p_severe": "P(severe)",
    "p_modal": "p, modal answer",
    "p_run": "p, longest run",
    "n_raters": "Raters",
    "n_ratings": "Ratings",
    "n_items": "Items",
    "n_raters_reference": "Raters, reference",
    "null_median": "Without association",
    "r_hat": "R-hat",
    "dsi": "DSI",
    "elpd": "ELPD",
    "elpd_difference": "ELPD difference",
    "se_difference": "Standard error of the difference",
    "p_loo": "Effective parameters",
    "n_bad_k": "Pareto k too high",
    "p_wald": "p, Wald",
    "p_lr": "p, likelihood ratio",
    "lr": "Likelihood ratio",
    "aic": "AIC",
    "loglik": "Log-likelihood",
}


def raw_header(table: pd.DataFrame, estimand: str) -> str:
    """What the raw number of a table is: of groups a mean or a percentage, of contrasts a difference or a ratio."""
    if "reference" in table:
        return "Raw ratio" if estimand and null_of(estimand) else "Raw difference"
    if "estimand" not in table or estimand == "mean":
        return "Raw mean"
    return "Raw percentage" if estimand.startswith("P(") else "Raw value"
