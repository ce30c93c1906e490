"""``regression_table``: several fits in one table, a column each."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from pluralstats.errors import ConfigError, probability_problem, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.printing.printed import PrintedTable, printed_table
from pluralstats.printing.summaries import Summary
from pluralstats.printing.units import words_of
from pluralstats.printing.wording import capital, number
from pluralstats.results.effects.group_effects import effects
from pluralstats.results.effects.level_pairs import PER_SD, SLOPE, common_level

PARTS = {"": 0, "coefficient": 0, "threshold": 1, "sd": 2, "correlation": 2, "residual_sd": 2}  # of a printed table


class Row(NamedTuple):
    """What a row of the printed table is about, and the part of the table that it belongs to."""

    part: int
    name: str


def regression_table(
    fits: Fit | Sequence[Fit] | Mapping[str, Fit],
    *,
    estimand: str | None = None,
    demographics: Sequence[str] | str | None = None,
    prob: float = 0.95,
) -> Summary:
    """Several fits side by side: estimates with their intervals, and below them what each fit was made of.

    Parameters
    ----------
    fits : list of Fit, or dict of name to Fit
        The columns, in this order. Of a list they are named after the dimensions, where each fit has another one, else
        (1), (2) ...
    estimand : str, optional
        Rows are the differences of ``ps.effects`` in this estimand, such as "points". Default: the parameters
        themselves (coefficients, thresholds, sds, correlations), on the latent scale of each model.
    demographics : str or list of str, optional
        As in ``ps.effects``; with ``estimand`` only.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Summary
        ``print`` shows it, ``ps.export_table`` writes it; ``table`` has the rows of every fit under each other, with
        the column ``fit`` first. Estimates are those of ``fit.table()`` or ``ps.effects``.

    Raises
    ------
    ConfigError
        No fits, something that is no fit, two with one name, or an argument that cannot be meant.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> with_raters = ps.fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", method="laplace")
    >>> without = ps.fit(ratings, "rating ~ gender + (1 | item)", method="laplace", on_problem="ignore")
    >>> both = ps.regression_table({"with raters": with_raters, "without": without}, estimand="points")
    >>> both.printed.headers, [row[0] for row in both.printed.rows][:2]
    (['', 'with raters', 'without'], ['male − female (gender)', 'Ratings'])
    """
    named = named_fits(fits)
    problems = probability_problem(prob)
    if demographics is not None and estimand is None:
        problems.append("`demographics` chooses among effects: pass `estimand`, such as estimand='points', with it.")
    if problems:
        raise problems_error(ConfigError, problems)
    parts = [_rows(fit, estimand, demographics, prob).assign(fit=name) for name, fit in named.items()]
    stacked = pd.concat(parts, ignore_index=True)
    stacked.insert(0, "fit", stacked.pop("fit"))
    title = f"{len(named)} rater models" if len(named) > 1 else "A rater model"
    facts = tuple((name, fit.formula) for name, fit in named.items())
    return Summary(title, facts, _side_by_side(named, stacked, estimand, prob), stacked)


def _rows(fit: Fit, estimand: str | None, demographics: Sequence[str] | str | None, prob: float) -> pd.DataFrame:
    if estimand is None:
        return fit.table(prob)
    return effects(fit, demographics, estimands=estimand, prob=prob).assign(parameter=_contrast_names)


def named_fits(fits: object) -> dict[str, Fit]:
    """The fits by the names of their columns.

    Raises
    ------
    ConfigError
        As ``regression_table`` does.
    """
    given = [fits] if isinstance(fits, Fit) else fits
    if not isinstance(given, Mapping | list | tuple):
        raise ConfigError(f"`fits` is a list of fits, or a dict of name to fit; found {type(fits).__name__}.")
    made = list(given.values() if isinstance(given, Mapping) else given)
    if not made:
        raise ConfigError(
            "`fits` is empty. Pass the fits that become columns, such as ps.regression_table([first, second])."
        )
    strangers = sorted({type(fit).__name__ for fit in made if not isinstance(fit, Fit)})
    if strangers:
        raise ConfigError(f"`fits` has {', '.join(strangers)} in it. Make every fit with ps.fit(ratings).")
    if isinstance(given, Mapping):
        named = {str(name): fit for name, fit in given.items()}
        if len(named) < len(given):
            raise ConfigError(f"`fits` names two fits alike: {', '.join(map(repr, given))}. Name each once.")
        return named
    dimensions = [" ".join(fit.ratings.dimensions) for fit in made]
    numbered = [f"({i})" for i in range(1, len(made) + 1)]
    return dict(zip(dimensions if _tell_apart(dimensions) else numbered, made, strict=True))


def _tell_apart(names: Sequence[str]) -> bool:
    return all(names) and len(set(names)) == len(names)


def _contrast_names(table: pd.DataFrame) -> list[str]:
    """ "male − female (gender)" for each row of effects, with what else tells rows apart."""
    several = len(table["estimand"].unique()) > 1
    texts = []
    for row in table.to_dict("records"):
        more = f"; {row['dimension']}" if "dimension" in row else ""
        level = common_level(str(row["level"]), str(row["reference"]))
        level = level if row["reference"] == SLOPE else f"{level} − {row['reference']}"
        texts.append(f"{level} ({row['demographic']}{more}){f', {words_of(str(row["estimand"]))}' if several else ''}")
    return texts


def _side_by_side(fits: Mapping[str, Fit], stacked: pd.DataFrame, estimand: str | None, prob: float) -> PrintedTable:
    """The rows of all fits in the order in which they come, part after part; then the sizes."""
    kinds = stacked["kind"] if "kind" in stacked else [""] * len(stacked)
    keys = [Row(PARTS[str(kind)], str(name)) for kind, name in zip(kinds, stacked["parameter"], strict=True)]
    printed = printed_table(stacked, ["estimate"], {}, prob).rows
    cells = {(key, str(fit)): cell for key, fit, (cell,) in zip(keys, stacked["fit"], printed, strict=True)}
    found = sorted(dict.fromkeys(keys), key=lambda row: row.part)
    rows = [[row.name, *(cells.get((row, name), "") for name in fits)] for row in found]
    breaks = [i for i in range(1, len(found)) if found[i].part != found[i - 1].part]
    return PrintedTable(
        ["", *fits],
        [*rows, *_footer(fits)],
        [False, *(True for _ in fits)],
        (*breaks, len(rows)),
        (*_notes(fits, estimand, prob), *_spreads(stacked)),
    )


def _footer(fits: Mapping[str, Fit]) -> list[list[str]]:
    """Sizes, likelihoods where they are known, and how many problems each fit has."""
    counts = {
        "Ratings": [number(fit.ratings.n_ratings, 0) for fit in fits.values()],
        "Items": [number(fit.ratings.n_items, 0) for fit in fits.values()],
        "Raters": [number(fit.ratings.n_raters, 0) for fit in fits.values()],
        "Log marginal likelihood": [
            number(fit.loglik, 1) if math.isfinite(fit.loglik) else "" for fit in fits.values()
        ],
        "Problems": [str(len(fit.problems)) for fit in fits.values()],
    }
    return [[name, *values] for name, values in counts.items() if any(values)]


def _spreads(stacked: pd.DataFrame) -> list[str]:
    """How much one standard deviation is, in each fit where they differ: once, for the rows share a label."""
    rows = stacked[stacked["reference"] == SLOPE] if "reference" in stacked else stacked.iloc[:0]
    rows = rows[rows["level"].astype(str).str.startswith(PER_SD)] if len(rows) else rows
    told = []
    for name, part in rows.groupby("demographic", sort=False) if len(rows) else ():
        sds = {str(row["fit"]): str(row["level"])[len(PER_SD) + 2 : -1] for row in part.to_dict("records")}
        same = len(set(sds.values())) == 1
        told.append(f"1 sd of {name} is {next(iter(sds.values())) if same else _by_fit(sds)}.")
    return told


def _by_fit(values: Mapping[str, str]) -> str:
    return ", ".join(f"{value} ({fit})" for fit, value in values.items())


def _notes(fits: Mapping[str, Fit], estimand: str | None, prob: float) -> list[str]:
    scales = {f"{fit.family}, {fit.link} link" if fit.family != "gaussian" else fit.family for fit in fits.values()}
    what = "Parameters" if estimand is None else capital(words_of(estimand))
    sampled = estimand is not None or all(fit.estimator == "posterior" for fit in fits.values())
    centre = "posterior mean" if sampled else "estimate"
    notes = [f"{what}: {centre} [{100 * prob:g}% interval]. {capital('; '.join(sorted(scales)))}."]
    references = {
        name: ", ".join(f"{column} {level}" for column, level in fit.references.items()) for name, fit in fits.items()
    }
    if estimand is None and any(references.values()):
        same = len(set(references.values())) == 1
        told = [next(iter(references.values()))] if same else [f"{name}: {text}" for name, text in references.items()]
        notes.append(f"Reference levels: {'; '.join(told)}.")
    if any(fit.problems for fit in fits.values()):
        notes.append("What the problems are stands in `fit.problems` of each fit.")
    if any(fit.ratings.simulated for fit in fits.values()):
        notes.append("Simulated data.")
    return notes
