"""What the tables of trust say, in sentences: chains, replicated ratings, left-out raters, priors."""

from collections.abc import Hashable, Mapping
from math import isfinite
from typing import Any

import pandas as pd

from pluralstats.results.checks.power_scaling import RATINGS_DECIDE
from pluralstats.results.checks.predictive import TAIL, predictive_problems
from pluralstats.study.sentences import Row
from pluralstats.study.wording import count, listed, number

LEAST_ELPD, MANY_ERRORS = 4.0, 2.0  # a difference smaller than either says little (Vehtari, Gelman & Gabry 2017)
MANY_NAMED = 4


def by_dimension(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Each dimension ("" when there are none) with its rows, without that column."""
    if "dimension" not in table:
        return [("", table)] if len(table) else []
    groups = table.groupby("dimension", sort=False, observed=True)
    return [(str(name), part.drop(columns="dimension")) for name, part in groups]


def convergence_sentences(table: pd.DataFrame) -> list[str]:
    """One line for each model: the worst of its fits.

    >>> row = {"model": "main", "chains": 4, "draws": 2000, "diverging": 0, "r_hat": 1.004, "r_hat_of": "sd(rater)",
    ...        "ess_bulk": 812.0, "ess_bulk_of": "sd(rater)", "ess_tail": 655.0, "ess_tail_of": "item[7]"}
    >>> print(*convergence_sentences(pd.DataFrame([row])))
    main: R-hat at most 1.004 (sd(rater)), effective draws at least 812 in the bulk (sd(rater)) and 655 in the tails (item[7]), of 2,000 in 4 chains; no transition diverged.
    """  # noqa: E501
    groups = table.groupby("model", sort=False, observed=True)
    return [f"{name}: {_chains_agree(part)}" for name, part in groups]


def _chains_agree(rows: pd.DataFrame) -> str:
    known = rows[rows["r_hat"].notna()]
    if not len(known):
        return "nothing varied in its chains."
    worst, bulk, tail = (
        known.loc[at] for at in (known["r_hat"].idxmax(), known["ess_bulk"].idxmin(), known["ess_tail"].idxmin())
    )
    draws = _range(rows["draws"], 0)
    chains = _range(rows["chains"], 0)
    n = int(rows["diverging"].sum())
    diverged = f"{count(n, 'transition')} diverged" if n else "no transition diverged"
    return (
        f"R-hat at most {worst['r_hat']:.3f} ({_named(worst, 'r_hat_of')}), effective draws at least "
        f"{number(bulk['ess_bulk'], 0)} in the bulk ({_named(bulk, 'ess_bulk_of')}) and {number(tail['ess_tail'], 0)} "
        f"in the tails ({_named(tail, 'ess_tail_of')}), of {draws} in {chains} chain{'' if chains == '1' else 's'}; "
        f"{diverged}."
    )


def _named(row: Row, key: str) -> str:
    where = str(row.get("dimension", ""))
    return f"{where}: {row[key]}" if where else str(row[key])


def _range(values: pd.Series, digits: int) -> str:
    low, high = number(float(values.min()), digits), number(float(values.max()), digits)
    return low if low == high else f"{low} to {high}"


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
    return [(dimension, sentence) for dimension, part in by_dimension(table) for sentence in predictive_problems(part)]


def comparison_sentences(table: pd.DataFrame) -> list[str]:
    """Which model predicts best what was left out, the others behind it: dimensions that say the same together.

    >>> rows = [{"model": "main", "elpd": -900.0, "elpd_difference": 0.0, "se_difference": 0.0, "by": "rater"},
    ...         {"model": "items only", "elpd": -960.0, "elpd_difference": -60.0, "se_difference": 9.0, "by": "rater"}]
    >>> print(*comparison_sentences(pd.DataFrame(rows)))
    Raters left out are predicted best by 'main'; 'items only' is behind by 60 (standard error 9).
    """
    told: dict[Hashable, list[tuple[str, pd.DataFrame]]] = {}
    for dimension, part in by_dimension(table):
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
    return f"{_range(behind, digits)} ({error} {_range(rows['se_difference'], digits)})"


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
        f"By the expected log predictive density (elpd) of ratings left out{where}. Whole raters cannot be left out "
        f"there: for {n} the posterior without that rater would be too far from this one. {measure}"
    )


def comparison_problems(table: pd.DataFrame) -> list[str]:
    """Where a number of the comparison is missing or not to be relied on, and why."""
    rows: list[Mapping[Hashable, Any]] = table[table["problem"].fillna("") != ""].to_dict("records")
    places = [", ".join(str(row[key]) for key in ("model", "dimension") if row.get(key)) for row in rows]
    return [f"{place}: {row['problem']}" for place, row in zip(places, rows, strict=True)]


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
    names = [_named(row, "parameter") for row in rows.to_dict("records")]
    more = len(names) - MANY_NAMED
    return listed(names if more <= 1 else [*names[:MANY_NAMED], f"{more} more"])
