"""What a fit says of itself: on a terminal, in a notebook, in tables of its own and of other packages."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.shares import levels_alone
from pluralstats.errors import ConfigError, counted, probability_problem, problems_error
from pluralstats.fits.estimates import PROB, parameter_table, probabilities_above_zero
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.model.design import Design
from pluralstats.printing.cards import Card, Shown
from pluralstats.printing.printed import PrintedTable, printed_table
from pluralstats.printing.summaries import Summary
from pluralstats.printing.wording import count, number

ORDER = ("coefficient", "threshold", "sd", "correlation", "residual_sd")  # of kinds of parameters in tables to read
SPREADS = ("sd", "correlation", "residual_sd")  # kinds that stand under one rule
ESTIMATORS = {
    "ML": "maximum likelihood, Laplace's method",
    "REML": "restricted maximum likelihood",
    "MAP": "mode of the posterior, Laplace's method",
}
METHODS = {"hmc": "Hamiltonian Monte Carlo", "nuts": "No-U-Turn sampler", "pymc": "PyMC"}
POOLED = "pooled "  # before the estimator of a fit of several completed sets
STATS = {"N": "Ratings", "n_raters": "Raters", "n_items": "Items", "ll": "Log marginal likelihood"}


class Described(Shown):
    """A fit that shows itself; all of it comes from its tables, and nothing looks at all ratings or raters again."""

    ratings: Ratings
    formula: str
    family: str
    link: str
    method: str
    estimator: str
    loglik: float
    parameters: pd.DataFrame
    problems: tuple[str, ...]
    provenance: dict[str, Any]
    design: Design
    posterior: LaplacePosterior | DrawnPosterior

    @property
    def loglik_error(self) -> float:
        """Standard error of ``loglik`` where random probes estimated it, for large fits (``ps.Solver``); else 0.

        ``provenance["solver"]`` has it too, with the number of probes and ``estimate_error``, the largest error of an
        estimate by that noise, in its standard errors.
        """
        return float(self.provenance.get("solver", {}).get("loglik_error", 0.0))

    def table(self, prob: float = PROB) -> pd.DataFrame:
        """What ``summary`` shows, as a tidy table in full precision.

        Parameters
        ----------
        prob : float
            Probability of the intervals.

        Returns
        -------
        data frame
            The columns of ``parameters`` (``estimate`` is the posterior mean, or the maximum), and after ``upper``
            ``p_positive``: the posterior probability that a coefficient is above 0 (under flat priors, and by the
            interval's law, where the likelihood was maximised; missing for other parameters). Coefficients first, then
            thresholds, sds, correlations.

        Raises
        ------
        ConfigError
            ``prob`` is no probability.
        """
        if problems := probability_problem(prob):
            raise problems_error(ConfigError, problems)
        table = self.parameters if prob == PROB else parameter_table(self.design, self.posterior, prob)
        above = probabilities_above_zero(self.design, self.posterior, self.estimator, self.parameters)
        table = table.copy()
        table.insert(list(table.columns).index("upper") + 1, "p_positive", above)
        rank = table["kind"].map({kind: i for i, kind in enumerate(ORDER)})
        return table.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)

    def summary(self, prob: float = PROB) -> Summary:
        """Formula, data and inference, every parameter with its interval, and what is wrong with the fit.

        ``print`` shows all of it; it has ``as_latex()``, ``as_html()``, ``as_markdown()`` and ``as_typst()``, and
        ``ps.export_table`` writes it to a file.

        Parameters
        ----------
        prob : float
            Probability of the intervals.

        Returns
        -------
        Summary
            Its ``table`` is ``fit.table(prob)``.

        Raises
        ------
        ConfigError
            ``prob`` is no probability.

        Examples
        --------
        >>> import pluralstats as ps
        >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
        >>> summary = ps.fit(ratings, method="laplace").summary()
        >>> print(summary.as_text().partition("Problems")[0].splitlines()[0])
        Rater model: rating ~ gender + (1 | item) + (1 | rater)
        """
        table = self.table(prob)
        printed = self._printed(table, prob)
        return Summary(f"Rater model: {self.formula}", (*self._facts(), ("Problems", self._verdict())), printed, table)

    def _printed(self, table: pd.DataFrame, prob: float) -> PrintedTable:
        names = ["parameter", "estimate", "se", "p_positive", *(n for n in ("r_hat", "ess_bulk") if n in table)]
        spread = "Sd" if self.estimator == "posterior" else "Standard error"
        labels = {"se": spread, "ess_bulk": "Effective draws"}
        printed = printed_table(table, names, labels, prob)
        kinds = table["kind"].to_numpy()
        above = names.index("p_positive")
        rows = [
            [*row[:above], row[above] if kind == "coefficient" else "", *row[above + 1 :]]
            for row, kind in zip(printed.rows, kinds, strict=True)
        ]
        parts = np.where(np.isin(kinds, SPREADS), "spread", kinds)
        breaks = tuple(map(int, np.flatnonzero(parts[1:] != parts[:-1]) + 1))
        levels = ", ".join(f"{name} {level}" for name, level in self.references.items())
        notes = [f"Reference levels: {levels}."] if levels else []
        notes += [f"Problem: {problem}" for problem in self.problems]
        return printed._replace(rows=rows, breaks=breaks, notes=tuple(notes))

    def _facts(self) -> Iterator[tuple[str, str]]:
        ratings = self.ratings
        yield "Family", self.family + (f", {self.link} link" if self.family != "gaussian" else "")
        yield "Inference", self._inference()
        of = f" on {' '.join(ratings.dimensions)}" if len(ratings.dimensions) == 1 else ""
        sizes = f"{count(ratings.n_items, 'item')} by {count(ratings.n_raters, 'rater')}"
        simulated = " (SIMULATED DATA)" if ratings.simulated else ""
        yield (
            "Data",
            f"{count(ratings.n_ratings, 'rating')}{of} of {sizes}, scale {ratings.scale_text}{simulated}",
        )
        if found := self.provenance.get("imputation"):
            yield "Imputation", imputation_text(found, self.parameters)
        if math.isfinite(self.loglik):
            error = f" (standard error {self.loglik_error:.2g})" if self.loglik_error else ""
            yield "Log marginal likelihood", number(self.loglik, 1) + error
        if "r_hat" in self.parameters and len(self.parameters):
            worst, fewest = self.parameters["r_hat"].max(), self.parameters["ess_bulk"].min()
            yield "Convergence", f"R-hat at most {number(worst, 3)}, effective draws at least {number(fewest, 0)}"

    def _inference(self) -> str:
        if self.estimator != "posterior":
            estimator = self.estimator.removeprefix(POOLED)
            pooled = ", pooled over completed sets" if estimator != self.estimator else ""
            return ESTIMATORS.get(estimator, estimator) + pooled
        if not isinstance(self.posterior, DrawnPosterior):
            return "posterior"
        n, chains = len(self.posterior.samples.sd), self.posterior.chains
        how = METHODS.get(self.method, self.method)
        return f"posterior, {how}: {count(n, 'draw')} in {counted(chains, 'chain')}"

    def _verdict(self) -> str:
        return f"{len(self.problems)}" if self.problems else "none found"

    def _card(self) -> Card:
        sds = self.parameters[self.parameters["kind"].isin(["sd", "residual_sd"])]
        sizes = ", ".join(f"{name} {number(sd)}" for name, sd in zip(sds["parameter"], sds["estimate"], strict=True))
        n_coefficients = int((self.parameters["kind"] == "coefficient").sum())
        facts = [
            *((name.lower(), text) for name, text in self._facts()),
            ("coefficients", f"{n_coefficients}; fit.summary() shows them"),
            *([("sds", sizes)] if sizes else []),
            ("problems", self._verdict()),
        ]
        table = self._printed(self.table(), PROB)._replace(notes=())
        return Card(f"Fit: {self.formula}", facts, self.problems, table, "Parameters")

    @property
    def references(self) -> dict[str, str]:
        """The reference level of every category in the fixed part of the formula."""
        coefficients = self.design.fixed.names
        columns = (name for name in self.design.formula.columns if any(f"{name}[" in text for text in coefficients))
        return {name: self._levels(name)[0] for name in columns if self._levels(name)}

    def _levels(self, column: str) -> tuple[str, ...]:
        """The levels of a category, the reference first; none of a number."""
        values = self.ratings.frame[column]
        if not isinstance(values.dtype, pd.CategoricalDtype):
            return ()
        return tuple(levels_alone(values, self.ratings.shares.get(column, {})))

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """For maketables: ``b``, ``se``, ``p`` (two-sided, 2 min(P(>0), P(<0))), ``ci95l``, ``ci95u`` by coefficient.

        Thresholds come after the coefficients and have no ``p``.
        """
        table = self.table()
        table = table[table["kind"].isin(["coefficient", "threshold"])]
        above = table["p_positive"]
        columns = {"b": table["estimate"], "se": table["se"], "p": 2.0 * np.minimum(above, 1.0 - above)}
        out = pd.DataFrame(columns | {"ci95l": table["lower"], "ci95u": table["upper"]})
        return out.set_index(pd.Index(table["parameter"], name="Coefficient"))

    def __maketables_stat__(self, key: str) -> float | int | None:
        """For maketables: ``N``, ``n_raters``, ``n_items``, ``ll`` or an sd by its name; None for what is not known."""
        known: dict[str, float | int] = {
            "N": self.ratings.n_ratings, "n_raters": self.ratings.n_raters, "n_items": self.ratings.n_items,
        }  # fmt: skip
        sds = self.parameters[self.parameters["kind"].isin(["sd", "residual_sd"])]
        known |= dict(zip(sds["parameter"], sds["estimate"].astype(float), strict=True))
        known |= {"ll": float(self.loglik)} if math.isfinite(self.loglik) else {}
        return known.get(key)

    @property
    def __maketables_depvar__(self) -> str:
        """For maketables: the dimension, where there is one, else "rating"."""
        return self.ratings.dimensions[0] if len(self.ratings.dimensions) == 1 else "rating"

    @property
    def __maketables_var_labels__(self) -> dict[str, str]:
        """For maketables: "gender: male" for ``gender[male]``."""
        out = {}
        for name in self.design.fixed.names:
            label = name
            for column in self.references:
                for level in self._levels(column):
                    label = label.replace(f"{column}[{level}]", f"{column}: {level}")
            out[name] = label
        return out

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        """For maketables: what stands under the coefficients unless told otherwise."""
        sds = self.parameters.loc[self.parameters["kind"].isin(["sd", "residual_sd"]), "parameter"]
        return ["N", "n_raters", "n_items", *sds, *(["ll"] if math.isfinite(self.loglik) else [])]

    @property
    def __maketables_stat_labels__(self) -> dict[str, str]:
        """For maketables: what the statistics are called."""
        return dict(STATS)


def imputation_text(found: dict[str, Any], parameters: pd.DataFrame) -> str:
    """How many raters were imputed in what, and the parameter that this costs most."""
    who = ", ".join(f"{name} of {count(n, 'rater')}" for name, n in found["raters"].items())
    worst = parameters.loc[parameters["between"].idxmax()]
    share = f"{100.0 * worst['between']:.0f}% of the variance of {worst['parameter']}"
    return f"{who}; {found['sets']} completed sets, between which lies up to {share}"
