"""Models of the same ratings by how well they predict what they have not seen: raters, or single ratings."""

from collections.abc import Mapping

import pandas as pd

from pluralstats.errors import PluralstatsError
from pluralstats.fits.fitted import Fit
from pluralstats.results.checks.leave_one_out import LeaveOneOut, loo
from pluralstats.results.checks.model_comparison import comparison_table

RATER, RATING = "rater", "rating"
MOST_BAD = 0.05  # share of raters with a high Pareto k from which ratings are left out instead
_COLUMNS = [
    *("model", "elpd", "se", "elpd_difference", "se_difference", "weight", "p_loo", "n_bad_k"),
    *("by", "n_units", "n_bad_raters", "problem"),
]


def compared(fits: Mapping[str, Fit]) -> pd.DataFrame:
    """Models by how well they predict raters left out, the best first.

    Where items have few raters each, the posterior without a rater lies too far from the one that was sampled. When
    that is so for more than 5% of the raters under any model, single ratings are left out instead.

    Returns
    -------
    DataFrame
        The columns of ``ps.compare``, then ``by`` ("rater" or "rating": what was left out), ``n_units``,
        ``n_bad_raters`` (raters that could not be left out, under the model where they are most), and ``problem``, a
        sentence where a number is missing or not to be relied on.
    """
    results, failed = left_out(fits, RATER)
    bad = max((result.n_bad for result in results.values()), default=0)
    n = max((len(result.table) for result in results.values()), default=0)
    if bad > MOST_BAD * n:
        results, failed = left_out(fits, RATING)
    rows = _rows(results, bad)
    missing = pd.DataFrame({"model": list(failed), "problem": list(failed.values())}, dtype="str")
    parts = [part for part in (rows, missing) if len(part)]
    if not parts:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(parts, ignore_index=True).reindex(columns=_COLUMNS)


def left_out(fits: Mapping[str, Fit], by: str) -> tuple[dict[str, LeaveOneOut], dict[str, str]]:
    """The result of each model, and for those without one the reason."""
    results: dict[str, LeaveOneOut] = {}
    failed: dict[str, str] = {}
    for name, fit in fits.items():
        try:
            results[name] = loo(fit, by)
        except PluralstatsError as error:
            failed[name] = str(error)
    return results, failed


def _rows(results: Mapping[str, LeaveOneOut], bad_raters: int) -> pd.DataFrame:
    if not results:
        return pd.DataFrame(columns=_COLUMNS)
    table = comparison_table(results)
    problems = pd.Series([_problem(results[name]) for name in table["model"]], index=table.index, dtype="str")
    by = next(iter(results.values())).by
    n_units = [len(results[name].table) for name in table["model"]]
    return table.assign(by=by, n_units=n_units, n_bad_raters=bad_raters, problem=problems)


def _problem(result: LeaveOneOut) -> str:
    if not result.n_bad:
        return ""
    return (
        f"For {result.n_bad:,} of {len(result.table):,} {result.by}s left out Pareto k is above "
        f"{result.threshold:.2f}: their part of the elpd is probably too high."
    )
