"""Simulation-based calibration of noise, use of the scale and threshold groups; the long run is in ``benchmarks``."""

from dataclasses import replace

import numpy as np
from scipy.stats import binom, spearmanr

import pluralstats as ps
from pluralstats.inference.sampling.exact import sample_rotations
from pluralstats.results.checks import calibration

# sds of the noise near 0 make chains thin on and on: 20 ratings of each rater know them
PRIORS = ps.Priors(
    threshold=1.0, log_gap=0.4, coefficient=0.5, sd=0.5, degrees_of_freedom=30.0, part_coefficient=0.4, part_sd=0.5
)
SIMULATIONS = 14


def test_ranks_of_noise_use_of_the_scale_and_thresholds_are_uniform(monkeypatch):
    """Posteriors know more than priors as well, whose ranks would be uniform too and follow the truth."""
    drawn = []

    def two_chains(design, priors, draws, seed, sampler):
        """The sampler with half its chains: most of the time of so small a study is warm-up."""
        made = sample_rotations(design, priors, draws, seed, replace(sampler, chains=2, cores=1))
        drawn.append(made)
        return made

    monkeypatch.setitem(calibration.SAMPLERS, "hmc", two_chains)
    made = ps.simulate(n_raters=15, n_items=20, ratings_per_rater=20, seed=1)
    frame = made.frame.assign(rating=made.values, session=np.where(np.arange(300) % 2 == 0, "first", "second"))
    table = ps.calibration_ranks(
        ps.Ratings(frame, (1, 5), ["gender"], covariates=["session"]), "rating ~ gender + (1 | rater)",
        disc="~ (1 | rater)", stretch="~ gender", thresholds="session",
        priors=PRIORS, simulations=SIMULATIONS, ranks=50, draws=120, seed=3,
    )  # fmt: skip
    # ranks alone do not notice a chain that stands still: in one of these studies Laplace's determinant has a spike
    assert max(one.judged.parameter_convergence.r_hat.max() for one in drawn) < 1.2  # of 120 draws; 7e15 without bound
    of_part = table["parameter"].str.contains("disc: |stretch: |second: ")
    assert {"sd(disc: rater)", "disc: rater[R01]", "second: 1|2"} <= set(table.loc[of_part, "parameter"])
    # a right sampler fails with probability 0.01 at most; the seed is fixed, so it either does or does not
    assert (ps.rank_uniformity(table, bins=5)["p_bonferroni"] > 0.01).all()
    shares = ps.interval_coverage(table, (0.8,))["observed"] / 100.0
    low, high = binom.ppf([1e-3, 1.0 - 1e-3], SIMULATIONS, 0.8) / SIMULATIONS
    assert shares.between(low, high).all()
    own = table[table["parameter"] == "sd(disc: rater)"]
    assert spearmanr(own["rank"], own["truth"]).statistic < 0.95
