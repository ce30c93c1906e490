"""Arms against the base: simulated truths are recovered, nothing depends on order or names, little data say so."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import compare_arms, joint_effects, reduction_ratios
from score_worlds import TRUTH, made_scores

import pluralstats as ps


def by_arm(table):
    return table.set_index(["dimension", "arm"]).sort_index()


def test_intervals_hold_the_true_effects_of_random_runs_and_prompts_as_often_as_they_say():
    # 15 worlds of 2 arms with an sd of 0.2 between runs, 3 runs each. With 95% intervals fewer than 25 of 30 have a
    # probability of 0.003 (binomial); a bootstrap of three runs is a little too narrow, so that 23 are asked of it.
    model, bootstrap = [], []
    for world in range(15):
        found = compare_arms(made_scores(world, prompts=20), replicates=200, seed=world)
        for table, held in ((found.effects, model), (found.bootstrap, bootstrap)):
            held += [row.lower <= TRUTH[row.arm] <= row.upper for row in table.itertuples()]
    assert sum(model) >= 25
    assert sum(bootstrap) >= 23


def test_runs_that_differ_make_the_interval_wider_than_prompts_alone():
    widths = []
    for sd in (0.0, 0.6):
        effects = compare_arms(made_scores(3, run=sd), replicates=20).effects
        widths.append((effects["upper"] - effects["lower"]).mean())
    assert widths[1] > 1.4 * widths[0]


def test_the_same_seed_number_in_two_arms_shares_nothing():
    scores = made_scores(2)
    other = scores.assign(seed=np.where(scores["arm"] == "grpo", scores["seed"] + 10, scores["seed"]))
    one, two = (compare_arms(table, replicates=50).effects for table in (scores, other))
    np.testing.assert_allclose(one[["estimate", "lower"]], two[["estimate", "lower"]], atol=0.05)


def test_the_bootstrap_estimate_is_the_mean_difference_on_the_same_prompts():
    scores = made_scores(4, judges=2)
    means = scores.groupby("arm")["score"].mean()
    found = compare_arms(scores, replicates=50)
    for row in found.bootstrap.itertuples():
        assert row.estimate == pytest.approx(means[row.arm] - means["base"])  # balanced: the plain difference
    seeds = found.seeds.groupby("arm")["estimate"].mean()
    assert seeds["dpo"] == pytest.approx(means["dpo"] - means["base"])
    np.testing.assert_allclose(found.effects["raw"], found.bootstrap["estimate"])


def test_every_response_scored_by_several_judges_counts_once():
    # Ten judges who say nearly the same are no ten times as much data: the interval hardly narrows.
    one, ten = (compare_arms(made_scores(5, judges=n), replicates=20).effects for n in (1, 10))
    ratio = (ten["upper"] - ten["lower"]).mean() / (one["upper"] - one["lower"]).mean()
    assert ratio > 0.6


def test_judges_and_judges_by_arms_are_terms_whoever_scored_what():
    scores = made_scores(5, judges=2)
    whole, missing = (compare_arms(table, replicates=20) for table in (scores, scores.drop(index=[0, 7])))
    for found in (whole, missing):
        assert "arm + judge + " in found.fits["score"].formula  # few judges are fixed effects
        assert "(1 | response)" in found.fits["score"].formula
        assert "(1 | judge_arm)" in found.fits["score"].formula
        assert any(text.startswith("There are two judges") for text in found.problems)
    np.testing.assert_allclose(missing.effects["estimate"], whole.effects["estimate"], atol=0.05)
    many = compare_arms(made_scores(5, judges=5).drop(index=[0, 7]), replicates=20)
    assert "(1 | judge)" in many.fits["score"].formula
    assert not any("judge" in text for text in many.problems if not text.startswith("The rater model"))


def test_order_of_rows_and_names_of_arms_prompts_and_judges_do_not_matter():
    scores = made_scores(6, judges=2)
    renamed = scores.assign(
        judge=scores["judge"].map({"judge 0": "z", "judge 1": "a"}), prompt_id="x" + scores["prompt_id"]
    )
    shuffled = renamed.sample(frac=1.0, random_state=1)
    both = [compare_arms(table, replicates=50) for table in (scores, shuffled)]
    one, two = (by_arm(found.effects) for found in both)
    # Draws depend on the order of rows, and quantiles of 1,000 draws are known to a few hundredths of the sd.
    np.testing.assert_allclose(one["estimate"], two["estimate"], atol=0.03)
    np.testing.assert_allclose(one["raw"], two["raw"])
    for which in ("bootstrap", "seeds"):
        pairs = [getattr(found, which).groupby("arm")["estimate"].mean() for found in both]
        pd.testing.assert_series_equal(pairs[0].sort_index(), pairs[1].sort_index())


def test_exchanging_baseline_and_arm_changes_the_sign():
    scores = made_scores(7, effects={"dpo": 0.5})
    one = compare_arms(scores, replicates=50).bootstrap["estimate"].iloc[0]
    two = compare_arms(scores, baseline="dpo", replicates=50).bootstrap["estimate"].iloc[0]
    assert one == pytest.approx(-two)


def test_ordered_scores_use_a_cumulative_model_and_give_score_points():
    scores = made_scores(8, effects={"dpo": 0.8}, run=0.05)
    scores = scores.assign(score=scores["score"].round().clip(1, 5).astype(int))
    found = compare_arms(scores, scale=(1, 5), replicates=50)
    assert found.fits["score"].family == "cumulative"
    row = found.effects.iloc[0]
    assert row["estimate"] == pytest.approx(row["raw"], abs=0.15)
    assert row["lower"] <= row["raw"] <= row["upper"]
    assert set(found.draws["source"]) == {"bootstrap"}


def test_dimensions_are_compared_apart_and_can_be_chosen():
    scores = pd.concat([made_scores(s).assign(dimension=d) for s, d in ((1, "toxicity"), (2, "helpfulness"))])
    both = compare_arms(scores, replicates=50)
    alone = compare_arms(scores[scores["dimension"] == "toxicity"], replicates=50)
    pd.testing.assert_frame_equal(both.effects[both.effects["dimension"] == "toxicity"], alone.effects)
    assert list(compare_arms(scores, dimension="helpfulness", replicates=50).fits) == ["helpfulness"]


def test_joint_effects_know_that_two_dimensions_share_their_prompts():
    scores = made_scores(9)
    same = pd.concat([scores.assign(dimension="a"), scores.assign(dimension="b", score=-scores["score"])])
    found = compare_arms(same, replicates=100)
    table = joint_effects(found, "a", "b", better_y="down")
    np.testing.assert_allclose(table["correlation"], -1.0)
    np.testing.assert_allclose(table["x"], -table["y"], atol=0.05)
    with pytest.raises(ps.ConfigError, match=r"`x` is one of the dimensions a, b; found 'c'\."):
        joint_effects(found, "c", "b")


def test_draws_of_the_comparison_give_ratios_of_reductions():
    scores = made_scores(10, effects={"dpo": -1.5, "grpo": -1.0}, run=0.05)
    draws = compare_arms(scores, replicates=200).draws
    row = reduction_ratios(draws[draws["source"] == "model"], against="grpo").iloc[0]
    assert row["set"] == "between"
    assert row["lower"] <= 1.5 <= row["upper"]  # the truth of the simulation


def test_one_training_seed_is_said_to_say_nothing_about_the_method():
    found = compare_arms(made_scores(1, seeds=1), replicates=20)
    assert found.problems[0] == (
        "Arms 'dpo', 'grpo' have 1 training seed each: one seed says nothing about the method, only about the model "
        "that was trained. Train at least 3."
    )
    assert any(text.startswith("Every arm has one training seed: no term for seeds") for text in found.problems)
    assert "run" not in found.fits["score"].formula
    assert any(
        "two seeds say next to nothing" in text
        for text in compare_arms(made_scores(1, seeds=2), replicates=20).problems
    )
    assert not any("seed" in text for text in compare_arms(made_scores(1, seeds=3), replicates=20).problems)


def test_one_prompt_gives_no_interval_over_prompts_and_says_so():
    found = compare_arms(made_scores(1, prompts=1), replicates=20)
    assert found.bootstrap["lower"].isna().all()
    assert found.bootstrap["estimate"].notna().all()
    assert any(text.startswith("All scores are about one prompt") for text in found.problems)


def test_equal_scores_have_no_effect_to_report_and_say_so():
    found = compare_arms(made_scores(1).assign(score=2.0), replicates=20)
    assert (found.bootstrap["estimate"] == 0.0).all()
    assert found.effects["lower"].isna().all()
    assert any("same" in text or "constant" in text for text in found.problems)


def test_arms_scored_on_other_prompts_are_compared_on_the_common_ones():
    scores = made_scores(1)
    some = scores[(scores["arm"] != "dpo") | scores["prompt_id"].isin([f"q{i}" for i in range(10)])]
    found = compare_arms(some, replicates=50)
    said = "Arm 'dpo' and 'base' share 10 of 30 prompts: the bootstrap compares these only. "
    assert said + "Score both on the same prompts." in found.problems
    common = some[some["prompt_id"].isin([f"q{i}" for i in range(10)])].groupby("arm")["score"].mean()
    at = found.bootstrap.set_index("arm")["estimate"]["dpo"]
    assert at == pytest.approx(common["dpo"] - common["base"])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.drop(columns=["judge", "seed"]), ps.DataError,
         "A score table needs the columns arm, prompt_id, judge, seed, score; it lacks judge, seed and has arm, "
         "prompt_id, score. Rename or add them."),
        (lambda t: t.iloc[:0], ps.DataError, "The score table has no rows. Score the responses of at least two arms."),
        (lambda t: t.assign(score=["n/a" if i == 1 else np.nan if i == 3 else 1.0 for i in t.index]), ps.DataError,
         "`score` is no finite number in 2 rows (2, 4): n/a, nan. Score these responses again or drop them."),
        (lambda t: t.assign(judge=t["judge"].where(t.index != 0)), ps.DataError,
         "`judge` is missing in 1 row (1). Fill it in or drop the rows."),
        (lambda t: pd.concat([t, t.head(2)]), ps.DataError,
         "Each judge scores a response once on a dimension; 2 rows (211, 212) repeat one (first: arm 'base', prompt "
         "'q0', judge 'judge 0', seed '0'). Drop repeats, or tell responses of one prompt apart by the "
         "column `response` or `epoch`."),
        (lambda t: t[t["arm"] != "base"], ps.ConfigError,
         "`baseline` is an arm of the score table; found 'base', and the table has dpo, grpo. Score the untrained "
         "model as an arm, or name another."),
        (lambda t: t[t["arm"] == "base"], ps.DataError,
         "A comparison needs two arms or more; the score table has only 'base'."),
        (lambda t: t.assign(group=np.where(t.index % 2, "left", "right")), ps.ConfigError,
         "The score table has judgements by several groups (right, left). Compare one at a time, as in "
         "scores[scores['group'] == ...]; `steering_matrix` compares them all."),
    ],
)  # fmt: skip
def test_errors_say_what_was_expected_and_found(change, error, message):
    with pytest.raises(error) as caught:
        compare_arms(change(made_scores()))
    assert str(caught.value) == message


def test_wrong_options_are_refused_together():
    with pytest.raises(ps.ConfigError) as caught:
        compare_arms(made_scores(), prob=95, replicates=3, seed=-1)
    assert str(caught.value).split("\n") == [
        "`prob` is a probability between 0 and 1; found 95. The default is 0.95.",
        "`replicates` is a whole number of 20 or more; found 3.",
        "`seed` is a whole number of 0 or more; found -1.",
    ]
    with pytest.raises(ps.ConfigError, match=r"`dimension` is among score; found 'toxicity'\."):
        compare_arms(made_scores(), dimension="toxicity")


def test_the_base_needs_no_seed_and_arms_keep_their_order():
    scores = made_scores(1, effects={"zebra": 0.5, "aardvark": 0.0})
    without = scores.assign(seed=scores["seed"].astype(object).where(scores["arm"] != "base", None))
    found = compare_arms(without, replicates=20)
    assert found.effects["arm"].tolist() == ["zebra", "aardvark"]
    pd.testing.assert_frame_equal(found.effects, compare_arms(scores, replicates=20).effects)


def test_a_mistyped_baseline_is_named_before_seeds_are_asked_for():
    scores = made_scores(1)
    scores = scores.assign(seed=scores["seed"].astype(object).where(scores["arm"] != "base", None))
    with pytest.raises(ps.ConfigError, match=r"`baseline` is an arm.*found 'Base'.*Did you mean 'base'"):
        compare_arms(scores, baseline="Base", replicates=20)


def test_terms_estimated_as_zero_are_one_sentence_in_the_words_of_arms():
    random = np.random.default_rng(3)
    scores = made_scores(1, judges=3)
    found = compare_arms(scores.assign(score=random.normal(size=len(scores))), replicates=20)
    parameters = found.fits["score"].parameters.set_index("parameter")["estimate"]
    words = {"sd(trained | run)": "training runs", "sd(cell)": "prompts by arms", "sd(item)": "between prompts",
             "sd(judge_arm)": "judges by arms", "sd(response)": "responses"}  # fmt: skip
    zero = {name for name in words if parameters.get(name) == 0.0}
    assert "sd(trained | run)" in zero and len(zero) > 1  # of scores that are noise
    (said,) = [text for text in found.problems if "estimated as zero" in text]
    assert said.startswith("The rater model finds no differences beyond chance between ")
    assert {name for name, text in words.items() if f"{text}," in said or f"{text}:" in said} == zero
    assert "`df` is large because it counts scores and not runs" in said
    assert not any(name in said for name in ("cell", "trained", "item"))
    apart = compare_arms(made_scores(3, run=0.6), replicates=20)
    assert not any("`df` is large" in text for text in apart.problems)
