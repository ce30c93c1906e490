"""How well the chains of the fits agree, and the draws of what they do not agree on."""

from typing import Any

import numpy as np
import pandas as pd

import pluralstats.figures as figures
from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.sampling.exact import ENOUGH
from pluralstats.printing.wording import count, number, number_range
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_every_fit
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Text, folded
from pluralstats.study.writing.verdicts import Row, named

MEASURES = ("r_hat", "ess_bulk", "ess_tail")
MOST_TRACED = 6  # parameters of one fit whose draws are shown
_COLUMNS = [
    *("chains", "draws", "thinned", "diverging", "complete", "n_parameters"),
    *(column for measure in MEASURES for column in (measure, f"{measure}_of")),
]
_TRACES = ("chain", "draw", "parameter", "value")
WANTED = (
    "Worst values of all parameters and random effects; R-hat should be at most 1.01 (a little more where thousands of "
    "effects have few draws), effective draws at least 400."
)


def convergence_rows(fit: Fit) -> pd.DataFrame:
    """The worst R-hat and the smallest effective numbers of draws among all parameters and random effects.

    Returns
    -------
    DataFrame
        One row; none for a fit without chains. chains; draws (of all chains); thinned (transitions to each draw);
        diverging (transitions); complete (False after an interruption); n_parameters (with random effects); r_hat,
        ess_bulk, ess_tail, each followed by the parameter it is of.
    """
    found = measures(fit)
    if not len(found):
        return pd.DataFrame(columns=_COLUMNS)
    posterior = fit.posterior
    diverging = posterior.stats.get("diverging", np.zeros(1)) if isinstance(posterior, DrawnPosterior) else np.zeros(1)
    row: dict[str, Any] = {
        "chains": fit.chains,
        "draws": len(fit.samples.sd),
        "thinned": getattr(posterior, "thinned", 1),
        "diverging": int(np.sum(diverging)),
        "complete": getattr(posterior, "complete", True),
        "n_parameters": len(found),
    }
    for measure in MEASURES:
        known = found[measure].dropna()
        at = (known.idxmax() if measure == "r_hat" else known.idxmin()) if len(known) else None
        row[measure] = float("nan") if at is None else known[at]
        row[f"{measure}_of"] = "" if at is None else found["parameter"][at]
    return pd.DataFrame([row], columns=_COLUMNS)


def measures(fit: Fit) -> pd.DataFrame:
    """R-hat and effective draws of parameters, then random effects such as "rater[17]"; no rows without chains."""
    if "r_hat" not in fit.parameters:
        return pd.DataFrame(columns=["parameter", *MEASURES])
    effects = fit.random_effects
    names = effects["term"].astype(str) + "[" + effects["group"].astype(str) + "]"
    both = [fit.parameters[["parameter", *MEASURES]], effects[list(MEASURES)].assign(parameter=names)]
    return pd.concat([part for part in both if len(part)], ignore_index=True)


def trace_rows(fit: Fit) -> pd.DataFrame:
    """The draws of the parameters on which the chains agree least; no rows when they agree on all.

    Returns
    -------
    DataFrame
        chain (1, 2, ...), draw (within the chain, from 0), parameter, value; at most six parameters.
    """
    found, posterior = measures(fit), fit.posterior
    if not isinstance(posterior, DrawnPosterior):
        return pd.DataFrame(columns=list(_TRACES))
    fewest = np.fmin(found["ess_bulk"].astype(float), found["ess_tail"].astype(float))
    bad = (found["r_hat"].astype(float) > posterior.highest_r_hat) | (fewest < ENOUGH)
    if not bad.any():
        return pd.DataFrame(columns=list(_TRACES))
    order = fewest[bad].sort_values(kind="stable").index[:MOST_TRACED]
    values = draws_of(fit, order.to_numpy())
    n = len(values) // fit.chains
    one = {"chain": np.repeat(np.arange(1, fit.chains + 1), n), "draw": np.tile(np.arange(n), fit.chains)}
    parts = [
        pd.DataFrame(one | {"parameter": found["parameter"][at], "value": values[:, j]}) for j, at in enumerate(order)
    ]
    return pd.concat(parts, ignore_index=True)


def draws_of(fit: Fit, rows: np.ndarray) -> np.ndarray:
    """(S, n) draws of the parameters in these rows of ``measures``."""
    samples, design = fit.estimated_samples, fit.design.estimated
    parameters = samples.parameters
    names = fit.parameters["parameter"].tolist()
    n, columns = len(names), []
    offsets = design.offsets
    for row in rows:
        if row < n:
            columns.append(parameters[:, row])
            continue
        term = int(np.searchsorted(offsets, row - n, side="right")) - 1
        columns.append(samples.effects[term][:, row - n - offsets[term]])
    return np.stack(columns, axis=1).astype(float)


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
    draws = number_range(rows["draws"].min(), rows["draws"].max())
    chains = number_range(rows["chains"].min(), rows["chains"].max())
    n = int(rows["diverging"].sum())
    diverged = f"{count(n, 'transition')} diverged" if n else "no transition diverged"
    return (
        f"R-hat at most {worst['r_hat']:.3f} ({named(worst, 'r_hat_of')}), effective draws at least "
        f"{number(bulk['ess_bulk'], 0)} in the bulk ({named(bulk, 'ess_bulk_of')}) and {number(tail['ess_tail'], 0)} "
        f"in the tails ({named(tail, 'ess_tail_of')}), of {draws} in {chains} chain{'' if chains == '1' else 's'}; "
        f"{diverged}."
    )


def convergence_table(frame: pd.DataFrame) -> col.PageTable:
    """The worst of each fit."""
    columns = [
        col.text("Model", "model"),
        *([col.text("Dimension", "dimension")] if "dimension" in frame else []),
        col.figure("Chains", "chains"),
        col.figure("Draws", "draws"),
        _of("R-hat, worst", "r_hat", 3),
        _of("Bulk effective draws, fewest", "ess_bulk", 0),
        _of("Tail effective draws, fewest", "ess_tail", 0),
        col.figure("Diverged", "diverging"),
    ]
    n = frame["n_parameters"].max()
    caption = f"Agreement of the chains: the worst of up to {n:,} parameters and random effects of each fit."
    return col.page_table("convergence", caption, frame, columns, dimension=False)


def _of(header: str, key: str, digits: int) -> col.Column:
    """A number with the parameter it is of."""
    plain = col.figure(header, key, digits)

    def cell(row: Row) -> col.Cell:
        shown = plain.cell(row)
        return col.Cell(f"{shown.text} ({row[f'{key}_of']})", shown.sort) if shown.sort else shown

    return col.Column(header, cell, numeric=True)


def _compute(material: Material) -> Tables:
    fits = material.fitted
    return {"convergence": of_every_fit(fits, convergence_rows), "traces": of_every_fit(fits, trace_rows)}


def _draw(table: pd.DataFrame) -> object:
    places = [table[name].astype(str) for name in ("model", "dimension") if name in table]
    prefix = sum((place.where(place == "", place + ": ") for place in places[1:]), places[0] + ": ")
    return figures.trace_and_rank(table.assign(parameter=prefix + table["parameter"]))


def _show(study: Study) -> list[Block]:
    frame = study.tables["convergence"]
    if not len(frame):
        return []
    lines = Lines(convergence_sentences(frame))
    return [Text(WANTED), lines, *study.drawn("traces"), folded(convergence_table(frame))]


SECTION: Section = Section(
    show=_show,
    heading="Do the chains agree?",
    compute=_compute,
    figures={
        "traces": Plan("Chains that do not agree yet: traces and ranks of their draws.", "traces", _draw, "value")
    },
)
