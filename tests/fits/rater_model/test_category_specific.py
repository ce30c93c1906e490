"""Effects that differ by threshold, in families of steps: thresholds by a column, against VGAM; ``cs()`` says so."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError

TAU = np.array([-1.0, 0.2, 0.8])
ARMS = np.array([[0.0, 0.0, 0.0], [0.8, 0.2, -0.5], [-0.4, 0.5, 1.0]])  # what thresholds of arms a, b, c are lower by


def answers():
    """600 answers of neighbouring categories, whose arms differ otherwise at each threshold."""
    rng, n = np.random.default_rng(4), 600
    arm, age = rng.integers(0, 3, n), rng.normal(size=n)
    steps = 0.4 * age[:, None] - (TAU - ARMS[arm])
    p = np.exp(np.cumsum(np.column_stack([np.zeros(n), steps]), axis=1))
    p /= p.sum(axis=1, keepdims=True)
    rating = (rng.random(n)[:, None] > np.cumsum(p, axis=1)).sum(axis=1) + 1
    frame = pd.DataFrame(
        {"rater": [f"r{i // 10}" for i in range(n)], "rating": rating, "arm": np.array(list("abc"))[arm]}
    )
    frame["item"] = [f"i{i % 10}" for i in range(n)]
    return frame.assign(age=age.round(3))


@pytest.fixture(scope="module")
def ratings():
    return ps.Ratings(answers(), covariates=["arm", "age"], scale=(1, 4))


# VGAM 1.1.7 (R 4.2.2): vglm(ordered(rating) ~ arm + age, acat(parallel = FALSE ~ arm), epsilon = 1e-12), and so on:
# log-likelihood, intercepts (of arm a), armb, armc, age
BY_VGAM = {
    "acat": (
        -741.383238391,
        (1.003891061039, -0.169204375337, -0.674413420720),
        (0.594381802568, 0.143530848072, -0.613288644337),
        (-0.675154995974, 0.608001224355, 0.745189819203),
        0.412153448932,
    ),
    "sratio": (
        -741.025403284,
        (-1.8160670447820, -0.2579200457992, 0.7169898020500),
        (-0.5793973313675, 0.0215231694721, 0.7088498622598),
        (0.1322830796465, -0.9532122271613, -0.7507572187502),
        -0.5898044414094,
    ),
    "cratio": (
        -741.025403284,
        (1.8160670447820, 0.2579200457992, -0.7169898020500),
        (0.5793973313675, -0.0215231694721, -0.7088498622598),
        (-0.1322830796465, 0.9532122271613, 0.7507572187502),
        0.5898044414094,
    ),
}


@pytest.mark.parametrize("family", BY_VGAM)
def test_thresholds_by_a_column_are_its_effects_at_every_step(ratings, family):
    loglik, first, b, c, age = BY_VGAM[family]
    sign = 1.0 if family == "sratio" else -1.0  # of what VGAM adds, in thresholds; see ``comparisons``
    fit = ps.fit(
        ratings, "rating ~ age", family=family, link="logit", thresholds="arm", method="laplace", on_problem="ignore"
    )
    found = fit.parameters.set_index("parameter")["estimate"]
    assert fit.loglik == pytest.approx(loglik, abs=1e-6)
    for arm, more in (("a", np.zeros(3)), ("b", b), ("c", c)):
        tau = found[[f"{arm}: {k}|{k + 1}" for k in (1, 2, 3)]].to_numpy()
        assert tau == pytest.approx(sign * (np.array(first) + more), abs=1e-4)
    assert found["age"] == pytest.approx(-sign * age, abs=1e-4)


def test_expected_ratings_know_effects_at_every_step(ratings):
    frame = answers().assign(arm=np.array(list("abc"))[np.arange(600) // 10 % 3])
    by_rater = ps.Ratings(frame, demographics=["arm"], covariates=["age"], scale=(1, 4))
    text = "rating ~ (1 | rater)"
    fit = ps.fit(by_rater, text, family="acat", thresholds="arm", method="laplace", draws=100, on_problem="ignore")
    means = ps.group_means(fit, "arm").set_index("level")["estimate"]
    observed = frame.groupby("arm")["rating"].mean()
    assert means.to_numpy() == pytest.approx(observed.to_numpy(), abs=0.1)


@pytest.mark.parametrize("family", ["cumulative", "acat"])
def test_cs_says_why_not_and_what_to_write(ratings, family):
    with pytest.raises(ConfigError, match=r"probabilities then are negative: use disc='~ arm'.*thresholds='arm'"):
        ps.fit(ratings, "rating ~ cs(arm) + age", family=family)
