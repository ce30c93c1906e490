"""Random effects in the noise and in the use of the scale: Laplace against integrals that need no approximation.

Origin: ``written_out``, which shares no line with the package. Raters without items are independent of each other: the
integral over a rater's two or three effects by adaptive Gauss-Hermite quadrature is exact. Raters crossed with items
have one integral over all effects, by importance sampling with its Monte Carlo error.
"""

from typing import NamedTuple

import made_raters
import numpy as np
import pandas as pd
import pytest
import written_out

import pluralstats as ps

ML = {"method": "laplace", "on_problem": "ignore"}
NOISE_AND_USE = {"disc": "~ gender + (1 | rater)", "stretch": "~ gender + (1 | rater)"}
PARTS = {"": 0, "disc: ": 1, "stretch: ": 2}


class Small(NamedTuple):
    """A study and which terms of it are random in which part."""

    frame: pd.DataFrame
    formula: str
    parts: tuple[str, ...]

    @property
    def terms(self) -> list[str]:
        """What the sds are of, in the order of the effects of one rater: items first."""
        return [*(["item"] if "item" in self.formula else []), "rater", *(f"{part}: rater" for part in self.parts)]

    def fit(self) -> ps.Fit:
        parts = {name: NOISE_AND_USE[name] for name in self.parts}
        return ps.fit(made_raters.ratings(self.frame), self.formula, **parts, **ML)


def latent(small: Small, at: pd.Series) -> written_out.Latent:
    """The model at given parameters; rater by rater where there are no items, else term by term."""
    frame, n = small.frame, len(small.frame)
    male, slur = ((frame[name] == level).to_numpy(float) for name, level in (("gender", "male"), ("slur", "yes")))
    offset = np.stack([male * at.get(f"{part}gender[male]", 0.0) for part in PARTS], axis=1)
    offset[:, 0] += slur * at["slur[yes]"]
    columns = []
    for term in small.terms:
        code, levels = pd.factorize(frame[term.removeprefix("disc: ").removeprefix("stretch: ")])
        column = np.zeros((n, 3, len(levels)))
        part = PARTS[term.removesuffix("rater").removesuffix("item")]
        column[np.arange(n), part, code] = at[f"sd({term})"]
        columns.append(column)
    nested = "item" not in small.terms
    Z = np.stack(columns, axis=-1).reshape(n, 3, -1) if nested else np.concatenate(columns, axis=-1)
    tau = at[["1|2", "2|3", "3|4", "4|5"]].to_numpy(float)
    return written_out.Latent(frame["rating"].to_numpy() - 1, np.broadcast_to(tau, (n, 4)), offset, Z)


def estimates(fit: ps.Fit) -> pd.Series:
    return fit.parameters.set_index("parameter")["estimate"]


def raters_only(frame: pd.DataFrame, *parts: str) -> Small:
    """40 raters with 15 ratings each; slurs are there so that noise is not the same as a use of the scale."""
    return Small(frame, "rating ~ gender + slur + (1 | rater)", parts)


def crossed(*parts: str) -> Small:
    """20 raters who rate 10 items."""
    frame = made_raters.rows(20, 10, seed=8, noise_sd=0.6)
    return Small(frame[frame["dimension"] == "hate"], "rating ~ gender + slur + (1 | item) + (1 | rater)", parts)


CASES = [(), ("disc",), ("stretch",), ("disc", "stretch")]
# Laplace's error of one rater with n ratings is of order 1 / n. With sds of 0.5 in the noise it is about 1 / n at most:
# of 40 raters with 8, 15, 30, 60 and 120 ratings 0.1, 0.6, 0.9, 0.7 and 0.5 in all. With few ratings the normal
# distribution of the effects rules, of which Laplace's method is exact. Half of 1 / n is allowed here.
ORDER = 0.5


@pytest.fixture(scope="module")
def noisy() -> pd.DataFrame:
    """Raters whose noise differs enough for every sd to be found away from zero."""
    frame = made_raters.rows(noise_sd=0.6)
    return frame[frame["dimension"] == "hate"]


@pytest.mark.parametrize("parts", CASES, ids=str)
def test_log_likelihood_of_raters_is_that_of_quadrature(noisy, parts):
    small = raters_only(noisy, *parts)
    fit = small.fit()
    at = estimates(fit)
    assert at.filter(like="sd(").min() > 0.2
    model = latent(small, at)
    assert written_out.quadrature(model, 40, 1) == pytest.approx(fit.loglik, abs=1e-5)  # one node is Laplace
    nodes = 25 if len(parts) < 2 else 13
    exact = written_out.quadrature(model, 40, nodes)
    assert written_out.quadrature(model, 40, nodes - 4) == pytest.approx(exact, abs=1e-3)
    assert abs(fit.loglik - exact) < ORDER * 40 / 15


@pytest.mark.parametrize("parts", CASES[1:], ids=str)
def test_log_likelihood_of_a_crossed_study_is_that_of_importance_sampling(parts):
    small = crossed(*parts)
    fit = small.fit()
    at = estimates(fit)
    assert at.filter(like="sd(").min() > 0.2
    model = latent(small, at)
    assert written_out.laplace(model) == pytest.approx(fit.loglik, abs=1e-5)
    sampled, error = written_out.importance(model)
    assert error < 0.1
    assert abs(fit.loglik - sampled) < ORDER * 20 / 10 + 4.0 * error


def test_estimates_are_where_the_likelihood_written_out_is_highest(noisy):
    small = raters_only(noisy, "disc", "stretch")
    at = small.fit().parameters.set_index("parameter")
    for name, se in at["se"].items():
        moved = [at["estimate"].where(at.index != name, at["estimate"] + step * se) for step in (-0.01, 0.01)]
        low, high = (written_out.laplace(latent(small, one)) for one in moved)
        assert abs(high - low) / 0.02 < 2e-3, name  # slope in units of the standard error
