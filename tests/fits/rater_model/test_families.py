"""Families of steps between categories without random effects: VGAM::vglm's maxima of the same likelihood.

Origin: ``maxima.json`` by ``maxima.R`` and ``brms_acat.json`` by ``posteriors.R`` on the rows of ``made_raters``. VGAM
has log P(j + 1) / P(j) = a_j + x'b (acat), logit P(y = j | y >= j) (sratio) and logit P(y > j | y >= j) (cratio). Ours
are, with higher eta for higher ratings, a_j = -tau_j in acat and cratio, and in sratio a_j = tau_j and the opposite b.
Thresholds of acat do not increase here.
"""

import made_raters
import numpy as np
import pandas as pd
import pytest
import written_out
from test_integrals import estimates, latent, raters_only
from test_maxima import BOUNDARIES, CLM, ML, assert_is_clm, zero_one
from test_posteriors import HMC, assert_same, by_brms

import pluralstats as ps

SIGN = {"acat": (-1.0, 1.0), "sratio": (1.0, -1.0), "cratio": (-1.0, 1.0)}  # of thresholds and of coefficients
CASES = [("acat", "logit"), ("sratio", "logit"), ("sratio", "probit"), ("cratio", "logit"), ("cratio", "probit")]


def by_vglm(family: str, link: str, cs: bool = False) -> tuple[float, np.ndarray]:
    """VGAM's log-likelihood and estimates in our signs: thresholds, gender (once or for each boundary), politics."""
    there = CLM[f"{family}{' probit' * (link == 'probit')}{' cs' * cs}"]
    values, (tau, b) = np.array(list(there["estimate"].values())), SIGN[family]
    return there["loglik"], values * np.where(np.arange(values.size) < 4, tau, b)


def by_formula(hate: pd.DataFrame, family: str, link: str, at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood there, its slopes, and standard errors by the observed information (VGAM has the expected one)."""
    y, X = hate["rating"].to_numpy() - 1, zero_one(hate, "gender", "centre", "politics")

    def loglik(x: np.ndarray) -> np.ndarray:
        tau = x[:4] - X[:, :1] * x[4:-2]  # gender acts on all boundaries alike, or on each by itself
        return written_out.log_step(y, tau, X[:, 1:] @ x[-2:], np.zeros(y.size), family, link).sum()

    information = -written_out.hessian(loglik, at)
    return loglik(at), written_out.gradient(loglik, at), np.sqrt(np.diag(np.linalg.inv(information)))


@pytest.mark.parametrize("cs", [False, True])
@pytest.mark.parametrize(("family", "link"), CASES)
def test_what_is_written_out_here_is_the_likelihood_of_vglm(hate, family, link, cs):
    loglik, at = by_vglm(family, link, cs)
    here, slopes, _ = by_formula(hate, family, link, at)
    assert here == pytest.approx(loglik, abs=1e-6)
    assert np.abs(slopes).max() < 1e-3


@pytest.mark.parametrize("cs", [False, True])
@pytest.mark.parametrize(("family", "link"), CASES)
def test_estimates_are_those_of_vglm(hate, family, link, cs):
    formula = f"rating ~ {'cs(gender)' if cs else 'gender'} + politics"
    fit = ps.fit(made_raters.ratings(hate), formula, family=family, link=link, **ML)
    loglik, estimate = by_vglm(family, link, cs)
    assert fit.loglik == pytest.approx(loglik, abs=1e-4)
    at = fit.parameters.set_index("parameter")[["estimate", "se"]]
    gender = at.index[at.index.str.contains("gender[male]", regex=False)]  # with cs() in the order of the boundaries
    found = at.loc[[*BOUNDARIES, *gender, "politics[centre]", "politics[right]"]].to_numpy()
    np.testing.assert_allclose(found[:, 0], estimate, atol=1e-4)
    np.testing.assert_allclose(found[:, 1], by_formula(hate, family, link, estimate)[2], atol=1e-4)


@pytest.mark.parametrize(("family", "link"), CASES)
def test_log_likelihood_of_raters_is_that_of_quadrature(hate, family, link):
    """As in ``test_integrals``: one node is Laplace, whose error for 40 raters is of order 40 / 15."""
    fit = ps.fit(made_raters.ratings(hate), "rating ~ gender + slur + (1 | rater)", family=family, link=link, **ML)
    small = raters_only(hate)
    model = latent(small, estimates(fit))._replace(family=family, link=link)
    assert written_out.quadrature(model, 40, 1) == pytest.approx(fit.loglik, abs=1e-5)
    assert abs(written_out.quadrature(model, 40, 15) - fit.loglik) < 0.1 * 40 / 15


def test_effects_by_category_have_the_posterior_of_brms(hate):
    """brms' thresholds of acat are normal(0, 3) each, in units of the latent residual, as free thresholds are here."""
    formula = "rating ~ cs(gender) + (1 | item) + (1 | rater)"
    fit = ps.fit(made_raters.ratings(hate), formula, family="acat", link="logit", **HMC)
    at = fit.parameters["parameter"]
    gender = at[at.str.contains("gender[male]", regex=False)]
    assert_same(fit, by_brms("acat"), {name: f"gender[male] {k}" for k, name in enumerate(gender, 1)})


def test_cloglog_is_that_of_clm(hate):
    ratings = made_raters.ratings(hate)
    assert_is_clm(
        ps.fit(ratings, "rating ~ gender + politics", disc="~ gender + age", link="cloglog", **ML), "disc cloglog"
    )
