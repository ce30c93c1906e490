"""Families of steps between categories without random effects: VGAM::vglm's maxima of the same likelihood.

Origin: ``maxima.json`` by ``maxima.R`` on the rows of ``made_raters``. VGAM has log P(j + 1) / P(j) = a_j + x'b (acat),
logit P(y = j | y >= j) (sratio) and logit P(y > j | y >= j) (cratio). Ours are, with higher eta for higher ratings,
a_j = -tau_j in acat and cratio, and in sratio a_j = tau_j and the opposite b. Thresholds of acat do not increase here.
"""

import made_raters
import numpy as np
import pytest
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


def test_cloglog_is_that_of_clm(hate):
    ratings = made_raters.ratings(hate)
    assert_is_clm(
        ps.fit(ratings, "rating ~ gender + politics", disc="~ gender + age", link="cloglog", **ML), "disc cloglog"
    )
