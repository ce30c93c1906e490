"""Simulation-based calibration of noise, use of the scale and threshold groups; the long run is in ``benchmarks``."""

import pytest
from scipy.stats import binom, spearmanr

import pluralstats as ps

PRIORS = ps.Priors(threshold=1.0, log_gap=0.5, coefficient=0.5, sd=0.5, degrees_of_freedom=5.0)
FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"
SIMULATIONS = 30
PARTS = {
    "disc": {"disc": "~ gender + (1 | rater)"},
    "stretch": {"stretch": "~ gender + (1 | rater)"},
    "thresholds": {"thresholds": "dimension"},
}
OWN = {
    "disc": ["disc: gender[male]", "sd(disc: rater)", "disc: rater[R01]"],
    "stretch": ["stretch: gender[male]", "sd(stretch: rater)", "stretch: rater[R01]"],
    "thresholds": [f"{name}: {k}|{k + 1}" for name in ("harm", "hate") for k in range(1, 5)],
}


@pytest.fixture(scope="module", params=PARTS)
def ranked(request):
    """A part, and the ranks of its simulations."""
    part = request.param
    dimensions = ["hate", "harm"] if part == "thresholds" else []
    design = ps.simulate(n_raters=15, n_items=10, ratings_per_rater=8, dimensions=dimensions, seed=1)
    options = {"priors": PRIORS, "simulations": SIMULATIONS, "draws": 400, "seed": 3}
    return part, ps.calibration_ranks(design, FORMULA, **PARTS[part], **options)


def test_ranks_of_the_truth_are_uniform(ranked):
    part, table = ranked
    assert set(OWN[part]) <= set(table["parameter"])
    # a right sampler fails with probability 0.01 at most; the seed is fixed, so it either does or does not
    assert (ps.rank_uniformity(table, bins=5)["p_bonferroni"] > 0.01).all()
    shares = ps.interval_coverage(table, (0.8,))["observed"] / 100.0
    low, high = binom.ppf([1e-3, 1.0 - 1e-3], SIMULATIONS, 0.8) / SIMULATIONS
    assert shares.between(low, high).all()


def test_posteriors_know_more_than_the_priors(ranked):
    """Ranks among draws of the prior would be uniform too, and follow the truth: a correlation of 1."""
    part, table = ranked
    own = table[table["parameter"] == OWN[part][0]]
    assert spearmanr(own["rank"], own["truth"]).statistic < 0.95
