"""Intervals of arms where seeds and judges are few: closed forms, lmerTest, and coverage in small simulations."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import compare_arms
from pluralstats.alignment.comparison.arms.intervals import ArmEffects
from pluralstats.alignment.comparison.arms.likelihood import TERMS, arm_design, restricted_likelihood
from pluralstats.alignment.comparison.arms.model import arm_model, arm_ratings
from scipy.stats import t
from score_worlds import TRUTH, made_scores


def standard_errors(effects):
    return ((effects["upper"] - effects["lower"]) / 2.0 / t.ppf(0.975, effects["df"])).to_numpy()


def balanced(judges=6, seeds=4, prompts=8):
    """Two arms with as many answers to each prompt, every one scored by every judge, (2, judges, seeds, prompts)."""
    random = np.random.default_rng(11)
    draw = random.normal
    cell, run = (
        draw(0.0, 0.4, (2, 1, 1, prompts)),
        draw(0.0, 0.5, (2, 1, seeds, 1)) * np.array([0, 1])[:, None, None, None],
    )
    answer, likes = draw(0.0, 0.5, (2, 1, seeds, prompts)), draw(0.0, 0.5, (2, judges, 1, 1))
    shared = draw(0.0, 1.0, prompts) + draw(0.0, 1.5, (judges, 1, 1))  # every variance is estimated above 0
    return shared + cell + run + answer + likes + draw(0.0, 0.3, (2, judges, seeds, prompts))


def as_scores(y):
    names = (["base", "dpo"], *([f"{name}{i}" for i in range(n)] for name, n in zip("jsp", y.shape[1:], strict=True)))
    index = pd.MultiIndex.from_product(names, names=["arm", "judge", "seed", "prompt_id"])
    return pd.DataFrame({"score": y.ravel()}, index=index).reset_index()


def test_a_balanced_design_has_the_mean_squares_of_the_analysis_of_variance():
    # Searle, Casella & McCulloch (1992), chapter 4: in balanced designs REML is the analysis of variance where that is
    # positive. The base has as many answers as the arm, but no runs: its answers to a prompt are repeats. Per score,
    # Var(difference) = 2 MS(cell) + MS(run) - MS(response) + 2 MS(judge:arm) - 2 MS(residual), over J S P, and
    # Satterthwaite's degrees of freedom are V^2 / sum (coefficient MS)^2 / df.
    y = balanced()
    _, J, S, P = y.shape
    answers = y.mean(axis=1)  # (arm, seed, prompt)
    apart = np.diff(answers.mean(axis=1), axis=0)[0]
    runs = answers[1].mean(axis=1)
    by_judge = y.mean(axis=(2, 3))
    within = answers - answers.mean(axis=1, keepdims=True)
    within[1] -= (runs - runs.mean())[:, None]
    left = y - answers[:, None] - (by_judge - by_judge.mean(axis=1, keepdims=True))[:, :, None, None]
    strata = {  # coefficient, mean square, degrees of freedom
        "cell": (2.0, J * S / 2.0 * apart.var(ddof=1), P - 1),
        "run": (1.0, J * P * runs.var(ddof=1), S - 1),
        "response": (-1.0, J * (within**2).sum() / ((S - 1) * (P - 1) + P * (S - 1)), (S - 1) * (2 * P - 1)),
        "judge_arm": (2.0, S * P / 2.0 * np.diff(by_judge, axis=0)[0].var(ddof=1), J - 1),
        "residual": (-2.0, (left**2).sum() / (2 * (J - 1) * (S * P - 1)), 2 * (J - 1) * (S * P - 1)),
    }
    parts = np.array([c * ms / (J * S * P) for c, ms, _ in strata.values()])
    row = compare_arms(as_scores(y), replicates=20).effects.iloc[0]
    assert row["estimate"] == pytest.approx(y[1].mean() - y[0].mean())
    assert standard_errors(pd.DataFrame([row]))[0] == pytest.approx(np.sqrt(parts.sum()), rel=1e-4)
    freedom = parts.sum() ** 2 / (parts**2 / [df for *_, df in strata.values()]).sum()
    assert row["df"] == pytest.approx(freedom, rel=1e-3)


def test_an_unbalanced_design_agrees_with_lmertest():
    # R 4.2.2, lmerTest 3.1.3, on scores.to_csv(): d$trained <- as.numeric(d$arm != "base"); run, cell, ja and response
    # paste(arm, seed), paste(arm, prompt_id), paste(judge, arm) and paste(run, prompt_id);
    # coef(summary(lmer(score ~ arm + (1|prompt_id) + (1|judge) + (1|ja) + (0+trained|run) + (1|cell) + (1|response),
    #   d, control = lmerControl(optCtrl = list(xtol_abs = 1e-10, ftol_abs = 1e-12)))))  [the sd of runs is 0]
    scores = made_scores(3, prompts=12, judges=6, judge_arm=0.4)
    scores = scores[np.random.default_rng(1).random(len(scores)) >= 0.25]
    found = compare_arms(scores, replicates=20)
    np.testing.assert_allclose(found.effects["estimate"], [0.48070360, 0.15524744], atol=2e-5)
    np.testing.assert_allclose(standard_errors(found.effects), [0.27266226, 0.27266962], rtol=1e-4)
    np.testing.assert_allclose(found.effects["df"], [24.880815, 24.883487], rtol=1e-3)


def test_three_seeds_and_one_judge_agree_with_lmertest():
    # As above with score ~ arm + (1|prompt_id) + (0+trained|run) + (1|cell).
    found = compare_arms(made_scores(4, prompts=10, run=0.4), replicates=20)
    np.testing.assert_allclose(found.effects["estimate"], [0.42614679, 0.36350512], atol=1e-6)
    np.testing.assert_allclose(standard_errors(found.effects), [0.35162211] * 2, rtol=1e-4)
    np.testing.assert_allclose(found.effects["df"], [6.9359474] * 2, rtol=1e-3)


@pytest.mark.parametrize("judges", [1, 3, 6])
def test_the_likelihood_is_that_of_the_fit(judges):
    scores = made_scores(3, prompts=12, judges=judges, judge_arm=0.4).assign(
        response="", seed=lambda d: d["seed"].astype(str)
    )
    scores = scores[np.random.default_rng(1).random(len(scores)) >= 0.25]
    fit = compare_arms(scores, replicates=20).fits["score"]
    sds = dict(zip(fit.parameters["parameter"], fit.parameters["estimate"], strict=True))
    sds = {name: sds.get({"run": "sd(trained | run)"}.get(name, f"sd({name})"), 0.0) for name in TERMS}
    ratings = arm_ratings(scores, "base", "continuous")
    terms = arm_model(ratings).terms
    design = arm_design(ratings.frame, ratings.values.astype(float), terms, ["base", "dpo", "grpo"])
    at = restricted_likelihood(design, np.array([list(sds.values())]) ** 2)
    constant = -0.5 * (len(scores) - design.p) * np.log(2.0 * np.pi)
    assert at.loglik[0] + constant == pytest.approx(fit.loglik, abs=1e-6)


def test_draws_have_the_intervals_of_the_table():
    found = ArmEffects(np.array([0.5, -1.0]), np.array([[0.04, 0.01], [0.01, 0.09]]), np.array([2.0, 20.0]))
    draws = found.draws(40_000, seed=1)
    assert found.half_width(0.95) == pytest.approx([t.ppf(0.975, 2) * 0.2, t.ppf(0.975, 20) * 0.3])
    for value in (0.025, 0.25, 0.75, 0.975):
        below = draws <= found.estimate + t.ppf(value, found.freedom) * found.se
        assert below.mean(axis=0) == pytest.approx(value, abs=0.009)  # four standard errors at 1/4


def test_intervals_hold_the_truth_where_judges_take_the_arms_differently():
    # 12 worlds of 8 judges with sd(judge:arm) 1, most of the variance. With 95% intervals fewer than 9 of 12 have a
    # probability of 0.002 (binomial); without the term, held in 36% of worlds, 9 of 12 would have one of 0.006.
    model, bootstrap = [], []
    how = {"effects": {"dpo": 0.5}, "prompts": 6, "seeds": 3, "judges": 8, "judge_arm": 1.0}
    for world in range(12):
        scores = made_scores(100 + world, **how, cell=0.1, run=0.1, noise=0.2)
        found = compare_arms(scores, replicates=100, seed=world)
        for table, held in ((found.effects, model), (found.bootstrap, bootstrap)):
            held += [row.lower <= TRUTH[row.arm] <= row.upper for row in table.itertuples()]
    assert sum(model) >= 9
    assert sum(bootstrap) >= 9


def test_seeds_that_decide_the_effect_make_intervals_of_two_degrees_of_freedom():
    effects = compare_arms(made_scores(5, effects={"dpo": 0.5}, run=5.0), replicates=400)
    assert effects.effects["df"].iloc[0] == pytest.approx(2.0, abs=0.05)  # 3 runs of one arm
    width = [table["upper"].iloc[0] - table["lower"].iloc[0] for table in (effects.effects, effects.bootstrap)]
    assert width[1] == pytest.approx(width[0], rel=0.35)  # three seeds have ten samples only


def test_what_intervals_leave_out_is_said():
    one = compare_arms(made_scores(1), replicates=20)
    assert any("intervals leave out how differently another judge would take the arms" in text for text in one.problems)
    two = made_scores(1, judges=2)
    own = two[(two["judge"] == "judge 0") == (two["arm"] == "base")]
    found = compare_arms(own, replicates=20)
    assert any(text.startswith("Arms share too few judges") for text in found.problems)
    assert "(1 | judge)" in found.fits["score"].formula  # as fixed effects they could not be told from arms
