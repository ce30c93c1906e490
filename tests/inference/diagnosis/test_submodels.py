"""Sentences about submodels of noise and of use of the scale: said where they were measured to hold, and only there."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.inference.diagnosis.submodels import LEAST_MOVEMENT, overlap

BOTH = {"disc": "~ (1 | rater)", "stretch": "~ (1 | rater)"}
LOST, PRIORS, APART = "far too small", "hardly more than", "Hardly anything in the formula moves"


def study(per_rater, items, *, n_raters=60, K=5, sd_item=0.8):
    truth = {"sd_disc_rater": 0.35, "sd_stretch_rater": 0.35} if K > 2 else {"disc": {"gender[male]": 0.4}}
    return ps.simulate(n_raters, items, per_rater, scale=(1, K), sd_item=sd_item, effects={}, **truth, seed=3)


def said(ratings, formula="rating ~ (1 | item) + (1 | rater)", method="laplace", **options):
    fit = ps.fit(ratings, formula, method=method, on_problem="ignore", **options)
    return fit, [s for s in fit.problems if any(part in s for part in (LOST, PRIORS, APART))]


def test_the_sd_of_noise_that_laplace_loses_has_a_sentence_and_the_sd_is_lost():
    fit, (sentence,) = said(study(20, 300), **BOTH, draws=50)  # 4 ratings an item
    assert sentence == (
        "Items have 4 ratings each (median): with fewer than 20, Laplace's method can estimate how much raters differ "
        "in noise (sd of `disc` by rater) beside a random `stretch` far too small, even as 0. Use the default "
        "method='hmc', which does not approximate; coefficients of groups are not affected."
    )
    assert fit.parameters.set_index("parameter").loc["sd(disc: rater)", "estimate"] < 0.1  # simulated truth: 0.35


@pytest.mark.parametrize(
    ("items", "parts"),
    [(40, BOTH), (300, {"stretch": "~ (1 | rater)"}), (120, {"disc": "~ (1 | rater)"})],
)
def test_what_laplace_estimates_well_has_none(items, parts):
    assert said(study(20, items), **parts, draws=50)[1] == []


def test_an_sd_that_is_its_prior_has_a_sentence():
    short = {"draws": 400, "sampler": ps.Sampler(chains=2, warmup=200)}
    fit, (sentence,) = said(study(2, 12, K=3), method="hmc", **BOTH, **short)
    sd = fit.part_fits["disc"].samples.sd[:, 0]
    assert f"{100 * overlap(sd, 0.5, 3.0):.0f}% of their area" in sentence
    assert "of sd(disc: rater), sd(stretch: rater) is" in sentence and "2 ratings a rater (median)" in sentence
    assert said(study(20, 30), method="hmc", **BOTH, **short)[1] == []


def test_the_overlap_is_that_of_two_areas():
    random = np.random.default_rng(1)
    ours, prior = np.abs(random.normal(0.0, 0.2, 200_000)), np.abs(0.5 * random.standard_t(3, 200_000))
    ends = np.linspace(0.0, 5.0, 251)
    by_hand = np.minimum(*(np.histogram(x, ends)[0] / x.size for x in (ours, prior))).sum()
    assert overlap(ours, 0.5, 3.0) == pytest.approx(by_hand, abs=0.02)  # 20 pieces of the one, 250 of the other


def test_parts_that_nothing_tells_apart_have_a_sentence_with_what_moves_within_raters():
    noise = {"disc": "~ gender", "stretch": "~ gender", "draws": 50}
    _, (sentence,) = said(study(15, 30), "rating ~ gender + (1 | rater)", **noise)
    assert "(their linear predictor has an sd of 0.00 residual sds, and 0.3 is little)" in sentence
    assert sentence.endswith("noise and use of the scale can hardly be told apart. Add (1 | item) or a covariate that "
                             "matters, or leave one of the two out.")  # fmt: skip
    fit, none = said(study(15, 30), "rating ~ gender + (1 | item) + (1 | rater)", **noise)
    sd = fit.parameters.set_index("parameter").loc["sd(item)", "estimate"]
    assert none == [] and sd > LEAST_MOVEMENT
    alone = {"disc": "~ gender", "draws": 50}
    assert "could as well be use of the scale" in said(study(15, 30), "rating ~ gender + (1 | rater)", **alone)[1][0]
    two = study(15, 30, K=2)
    assert "from how far its raters are from the threshold" in said(two, "rating ~ gender + (1 | rater)", **alone)[1][0]
    assert said(two, "rating ~ gender + (1 | item) + (1 | rater)", **alone)[1] == []
