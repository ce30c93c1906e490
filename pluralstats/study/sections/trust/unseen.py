"""Which model predicts best what it has not seen: raters, or single ratings."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

import pluralstats.figures as figures
from pluralstats.errors import PluralstatsError
from pluralstats.fits.fitted import Fit
from pluralstats.printing.wording import count, listed, number_range
from pluralstats.results.checks.leave_one_out import LeaveOneOut, loo
from pluralstats.results.checks.model_comparison import comparison_table as compared_table
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import rows_by_dimension, stacked
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Problem, Text, folded
from pluralstats.study.writing.verdicts import Row

RATER, RATING = "rater", "rating"
MOST_BAD = 0.05  # share of raters with a high Pareto k from which ratings are left out instead
_COLUMNS = [
    *("model", "elpd", "se", "elpd_difference", "se_difference", "weight", "p_loo", "n_bad_k"),
    *("by", "n_units", "n_bad_raters", "problem"),
]
LEAST_ELPD, MANY_ERRORS = 4.0, 2.0  # a difference smaller than either says little (Vehtari, Gelman & Gabry 2017)


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
    table = compared_table(results)
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


def comparison_sentences(table: pd.DataFrame) -> list[str]:
    """Which model predicts best what was left out, the others behind it: dimensions that say the same together.

    >>> rows = [{"model": "main", "elpd": -900.0, "elpd_difference": 0.0, "se_difference": 0.0, "by": "rater"},
    ...         {"model": "items only", "elpd": -960.0, "elpd_difference": -60.0, "se_difference": 9.0, "by": "rater"}]
    >>> print(*comparison_sentences(pd.DataFrame(rows)))
    Raters left out are predicted best by 'main'; 'items only' is behind by 60 (standard error 9).
    """
    told: dict[Hashable, list[tuple[str, pd.DataFrame]]] = {}
    for dimension, part in rows_by_dimension(table):
        known = part[part["elpd"].notna()]
        if len(known) > 1:
            told.setdefault(_verdict(known), []).append((dimension, known))
    return [_best(parts, whole=len(told) == 1) for parts in told.values()]


def _verdict(rows: pd.DataFrame) -> Hashable:
    """The best model, and for each other one whether it is clearly behind."""
    best, *others = rows.to_dict("records")
    return best["by"], best["model"], tuple(sorted((row["model"], _is_behind(row)) for row in others))


def _is_behind(row: Row) -> bool:
    behind = -row["elpd_difference"]
    return bool(behind >= LEAST_ELPD and behind >= MANY_ERRORS * row["se_difference"])


def _best(parts: list[tuple[str, pd.DataFrame]], *, whole: bool) -> str:
    """One sentence about dimensions with the same verdict."""
    first = parts[0][1]
    who = f"{first['by'].iloc[0].capitalize()}s left out"
    best = first["model"].iloc[0]
    names = [dimension for dimension, _ in parts if dimension]
    places = f"on all {len(names)} dimensions" if whole and len(names) > 1 else f"on {listed(names)}"
    where = f" {places}" if names else ""
    rows = pd.concat([part.iloc[1:] for _, part in parts])
    groups = {str(name): part for name, part in rows.groupby("model", sort=False)}
    behind = [f"'{name}' is behind by {_distance(part)}" for name, part in groups.items() if _all_behind(part)]
    level = [f"'{name}' (behind by {_distance(part)})" for name, part in groups.items() if not _all_behind(part)]
    if not behind:
        return f"{who} are predicted about as well by '{best}' and {listed(level)}{where}."
    rest = f", hardly better than by {listed(level)}" if level else ""
    return f"{who} are predicted best by '{best}'{rest}{where}; {listed(behind)}."


def _all_behind(rows: pd.DataFrame) -> bool:
    return all(_is_behind(row) for row in rows.to_dict("records"))


def _distance(rows: pd.DataFrame) -> str:
    behind = -rows["elpd_difference"]
    digits = 0 if behind.min() >= 10 else 1
    error = "standard error" if len(rows) == 1 else "standard errors"
    errors = rows["se_difference"]
    distance = number_range(behind.min(), behind.max(), digits)
    return f"{distance} ({error} {number_range(errors.min(), errors.max(), digits)})"


def left_out_sentence(table: pd.DataFrame) -> str:
    """What was left out, and why single ratings where it was not raters."""
    known = table[table["elpd"].notna()]
    if not len(known):
        return ""
    measure = "A difference in elpd of less than 4, or of less than twice its standard error, says little."
    single = known[known["by"] == "rating"]
    if not len(single):
        return f"By the expected log predictive density (elpd) of all ratings of a rater left out. {measure}"
    names = list(single["dimension"].unique()) if "dimension" in single else []
    where = f" on {listed(names)}" if names else ""
    n = count(single["n_bad_raters"].max(), "rater")
    return (
        f"By the expected log predictive density (elpd) of single ratings left out{where}, not of whole raters: for "
        f"{n} the posterior without that rater would be too far from this one. {measure}"
    )


def comparison_problems(table: pd.DataFrame) -> list[str]:
    """Where a number of the comparison is missing or not to be relied on, and why."""
    rows: list[Mapping[Hashable, Any]] = table[table["problem"].fillna("") != ""].to_dict("records")
    places = [", ".join(str(row[key]) for key in ("model", "dimension") if row.get(key)) for row in rows]
    return [f"{place}: {row['problem']}" for place, row in zip(places, rows, strict=True)]


def comparison_table(frame: pd.DataFrame) -> col.PageTable:
    """Models by what they predict of raters left out."""
    columns = [
        col.text("Model", "model"),
        col.figure("elpd", "elpd", 1),
        col.figure("Standard error", "se", 1),
        col.figure("Behind the best", "elpd_difference", 1),
        col.figure("Standard error of that", "se_difference", 1),
        col.figure("Weight", "weight", 2),
        col.figure("Pareto k too high", "n_bad_k"),
    ]
    by = " or ".join(f"{by}s" for by in frame["by"].dropna().unique()) or "raters"
    caption = f"Expected log predictive density (elpd) of {by} left out one at a time: higher predicts better."
    return col.page_table("model_comparison", caption, frame, columns)


def _compute(material: Material) -> Tables:
    parts = {dimension: compared(_models(material, dimension)) for dimension in material.of(MAIN)}
    return {"model_comparison": stacked(parts, "dimension")}


def _models(material: Material, dimension: str) -> dict[str, Fit]:
    return {model: fit for (model, where), fit in material.fits.items() if where == dimension}


def _several_known(tables: Tables) -> bool:
    return bool(tables["model_comparison"]["elpd"].notna().sum() > 1)


def _show(study: Study) -> list[Block]:
    frame = study.tables["model_comparison"]
    lines, problems, line = comparison_sentences(frame), comparison_problems(frame), left_out_sentence(frame)
    if not lines and not problems:
        return []
    return [
        *([Text(line)] if line else []),
        *([Lines(lines)] if lines else []),
        *map(Problem, problems),
        *study.drawn("left_out"),
        folded(comparison_table(frame)),
    ]


SECTION: Section = Section(
    show=_show,
    heading="Which model predicts best what it has not seen?",
    compute=_compute,
    step="Predicting what is left out",
    figures={
        "left_out": Plan(
            "How well the models predict what was left out.",
            "model_comparison",
            figures.elpd,
            "elpd_difference",
            applies=_several_known,
        )
    },
)
