"""Simulation-based calibration, the short run; ``benchmarks/calibration.py`` is the long one."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.inference.sampling.exact import sample_rotations
from pluralstats.results.checks import calibration

PRIORS = ps.Priors(threshold=1.0, log_gap=0.5, coefficient=0.5, sd=0.5, residual=0.5, degrees_of_freedom=5.0)
FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"
SIMULATIONS = 60


def design(family):
    made = ps.simulate(n_raters=15, n_items=10, ratings_per_rater=8, seed=1)
    return made.collapse(2) if family == "bernoulli" else made


def run(family, link, simulations=SIMULATIONS):
    return ps.calibration_ranks(
        design(family), FORMULA, family=family, link=link, priors=PRIORS, simulations=simulations, draws=200, seed=3
    )


def two_chains(design, priors, draws, seed, sampler):
    """The sampler with half its chains: most of the time of so small a study is warm-up."""
    return sample_rotations(design, priors, draws, seed, replace(sampler, chains=2, cores=1))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setitem(calibration.SAMPLERS, "hmc", two_chains)


@pytest.fixture(scope="module")
def probit():
    """Ranks of the cumulative probit model, and the posteriors that they are ranks among, in the order drawn."""
    right, drawn = two_chains, []

    def keeping(*arguments):
        drawn.append(right(*arguments))
        return deepcopy(drawn[-1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(calibration.SAMPLERS, "hmc", keeping)
        return run("cumulative", "probit"), drawn


@pytest.mark.parametrize(
    ("family", "link"), [("cumulative", "probit"), ("cumulative", "logit"), ("bernoulli", "logit"), ("gaussian", "")]
)
def test_ranks_of_the_truth_are_uniform(family, link, probit):
    table = probit[0] if link == "probit" else run(family, link or "identity")
    # a right sampler fails with probability 0.01 at most; the seed is fixed, so it either does or does not
    assert (ps.rank_uniformity(table, bins=5)["p_bonferroni"] > 0.01).all()
    # 80% intervals of 60 simulations: 39 to 57 hold the truth with probability 0.998 (binomial)
    shares = ps.interval_coverage(table, (0.8,)).set_index("parameter")["observed"]
    assert shares.between(100 * 39 / 60, 100 * 57 / 60).all()


def test_a_sampler_that_is_too_narrow_or_off_is_found(probit, monkeypatch):
    """The studies and seeds of ``probit``, whose right posteriors are spoilt."""

    def narrow(posterior):
        b = posterior.samples.coefficient
        b[:] = b.mean(axis=0) + 0.4 * (b - b.mean(axis=0))
        return posterior

    def shifted(posterior):
        posterior.samples.sd[:] += posterior.samples.sd.std(axis=0)
        return posterior

    for wrong, parameter in ((narrow, "gender[male]"), (shifted, "sd(rater)")):
        right = iter(deepcopy(probit[1]))
        monkeypatch.setitem(
            calibration.SAMPLERS, "hmc", lambda *arguments, wrong=wrong, right=right: wrong(next(right))
        )
        at = ps.rank_uniformity(run("cumulative", "probit"), bins=5).set_index("parameter")
        assert at.loc[parameter, "p_bonferroni"] < 0.01
        assert next(right, None) is None  # each was asked for


def test_the_same_seed_gives_the_same_ranks():
    one, other = (run("gaussian", "identity", simulations=3) for _ in range(2))
    assert one.equals(other)


def test_coverage_is_counted_from_ranks():
    # 100 possible ranks, each once: the central 90% interval holds ranks 5 to 94, the 95% interval 3 to 96 and half
    # of 2 and 97
    table = run("gaussian", "identity", simulations=1).iloc[[0] * 100].assign(rank=np.arange(100), n_ranks=100)
    assert ps.interval_coverage(table, (0.95, 0.9, 0.5))["observed"].tolist() == pytest.approx([95.0, 90.0, 50.0])


def test_priors_too_wide_for_the_study_are_told(monkeypatch):
    assert calibration.MOST_TRIES == 1000  # six seconds of simulations
    monkeypatch.setattr(calibration, "MOST_TRIES", 20)
    with pytest.raises(ps.ConfigError, match=r"^20 simulated studies in a row left a category"):
        ps.calibration_ranks(design("cumulative"), FORMULA, priors=ps.Priors(threshold=1e6), simulations=1)
