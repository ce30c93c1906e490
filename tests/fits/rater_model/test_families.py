"""Families of steps between categories without random effects: VGAM::vglm's maxima of the same likelihood.

Origin: ``maxima.json`` by ``maxima.R`` on the rows of ``made_raters``. VGAM has log P(j + 1) / P(j) = a_j + x'b (acat),
logit P(y = j | y >= j) (sratio) and logit P(y > j | y >= j) (cratio). Ours are, with higher eta for higher ratings,
a_j = -tau_j in acat and cratio, and in sratio a_j = tau_j and the opposite b. Thresholds of acat do not increase here.
"""

import made_raters
import numpy as np
import pytest
import written_out
from test_integrals import estimates, latent, raters_only
from test_maxima import BOUNDARIES, CLM, ML, OURS, assert_is_clm

import pluralstats as ps

SIGN = {"acat": (-1.0, 1.0), "sratio": (1.0, -1.0), "cratio": (-1.0, 1.0)}  # of thresholds and of coefficients
CASES = [("acat", "logit"), ("sratio", "logit"), ("sratio", "probit"), ("cratio", "logit"), ("cratio", "probit")]


def case(family, link, cs=False):
    """VGAM's log-likelihood, and estimates and standard errors in our signs: (4,) thresholds, then by name."""
    there = CLM[f"{family}{' probit' * (link == 'probit')}{' cs' * cs}"]
    tau, b = SIGN[family]
    values = {what: dict(there[what]) for what in ("estimate", "se")}
    cuts = [
        (tau * values["estimate"].pop(f"(Intercept):{k}"), values["se"].pop(f"(Intercept):{k}")) for k in range(1, 5)
    ]
    return there["loglik"], np.array(cuts), {k: (b * v, values["se"][k]) for k, v in values["estimate"].items()}


@pytest.mark.parametrize(("family", "link"), CASES)
def test_estimates_are_those_of_vglm(hate, family, link):
    fit = ps.fit(made_raters.ratings(hate), "rating ~ gender + politics", family=family, link=link, **ML)
    loglik, cuts, others = case(family, link)
    at = fit.parameters.set_index("parameter")[["estimate", "se"]]
    assert fit.loglik == pytest.approx(loglik, abs=1e-4)
    np.testing.assert_allclose(at.loc[BOUNDARIES], cuts, atol=1e-4)
    np.testing.assert_allclose(at.loc[[OURS[name] for name in others]], list(others.values()), atol=1e-4)


@pytest.mark.parametrize(("family", "link"), CASES)
def test_effects_by_category_are_those_of_vglm(hate, family, link):
    fit = ps.fit(made_raters.ratings(hate), "rating ~ cs(gender) + politics", family=family, link=link, **ML)
    loglik, cuts, others = case(family, link, cs=True)
    at = fit.parameters.set_index("parameter")[["estimate", "se"]]
    assert fit.loglik == pytest.approx(loglik, abs=1e-4)
    np.testing.assert_allclose(at.loc[BOUNDARIES], cuts, atol=1e-4)
    own = at[at.index.str.contains("gender[male]", regex=False)]  # one for each boundary, in their order
    np.testing.assert_allclose(own, [others[f"gendermale:{k}"] for k in range(1, 5)], atol=1e-4)
    politics = ["politicscentre", "politicsright"]
    np.testing.assert_allclose(at.loc[[OURS[n] for n in politics]], [others[n] for n in politics], atol=1e-4)


@pytest.mark.parametrize(("family", "link"), CASES)
def test_what_is_written_out_here_is_the_likelihood_of_vglm_too(hate, family, link):
    loglik, cuts, others = case(family, link)
    X = np.stack([hate["gender"] == "male", hate["politics"] == "centre", hate["politics"] == "right"], axis=1)
    eta = X @ np.array([value for value, _ in others.values()])
    y, tau = hate["rating"].to_numpy() - 1, np.broadcast_to(cuts[:, 0], (len(hate), 4))
    assert written_out.log_step(y, tau, eta, 0.0 * eta, family, link).sum() == pytest.approx(loglik, abs=1e-6)


@pytest.mark.parametrize(("family", "link"), CASES)
def test_log_likelihood_of_raters_is_that_of_quadrature(hate, family, link):
    """As in ``test_integrals``: one node is Laplace, whose error for 40 raters is of order 40 / 15."""
    fit = ps.fit(made_raters.ratings(hate), "rating ~ gender + slur + (1 | rater)", family=family, link=link, **ML)
    small = raters_only(hate)
    model = latent(small, estimates(fit))._replace(family=family, link=link)
    assert written_out.quadrature(model, 40, 1) == pytest.approx(fit.loglik, abs=1e-5)
    assert abs(written_out.quadrature(model, 40, 15) - fit.loglik) < 0.02 * 40 / 15


def test_cloglog_is_that_of_clm(hate):
    ratings = made_raters.ratings(hate)
    assert_is_clm(
        ps.fit(ratings, "rating ~ gender + politics", disc="~ gender + age", link="cloglog", **ML), "disc cloglog"
    )
