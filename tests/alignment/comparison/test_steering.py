"""The matrix of training and judging groups: recovered advantages, invariances, little data, missing parts."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import (
    steering_matrix,
)

import pluralstats as ps


def steered(advantage=1.0, seed=1, seeds=3, prompts=20, groups=("left", "centre", "right")):
    """Own judges give ``advantage`` more; the left's model is better for all, the right's judges are milder."""
    random = np.random.default_rng(seed)
    at = random.normal(0, 1, prompts)
    rows = []
    for t in groups:
        for s in range(seeds):
            run = random.normal(0, 0.1)
            for g in groups:
                for p in range(prompts):
                    score = at[p] + run + advantage * (t == g) + 2.0 * (t == "left") + 3.0 * (g == "right")
                    rows.append((t, g, p, s, score + random.normal(0, 0.2)))
    return pd.DataFrame(rows, columns=["target", "group", "prompt_id", "seed", "score"])


def advantages(found, kind):
    return found.advantage[found.advantage["kind"] == kind].set_index("group")


def test_double_centring_takes_out_better_models_and_milder_judges():
    found = steering_matrix(steered())
    centred = advantages(found, "double-centred")
    for group in ("left", "centre", "right", "all"):
        row = centred.loc[group]
        assert row["lower"] - 0.1 <= row["estimate"] <= row["upper"] + 0.1
    # Of M = a I + rows + columns the centred diagonal is a (1 - 1/G), less the mean of the rest of its column,
    # -a / G: together a, for every group.
    np.testing.assert_allclose(centred["estimate"], 1.0, atol=0.25)
    plain = advantages(found, "per judge")
    assert plain.loc["left", "estimate"] == pytest.approx(3.0, abs=0.3)  # its own advantage and its better model
    assert plain.loc["all", "estimate"] == pytest.approx(centred.loc["all", "estimate"])


def test_no_steering_has_an_interval_around_nothing():
    row = advantages(steering_matrix(steered(0.0)), "double-centred").loc["all"]
    assert row["lower"] < 0 < row["upper"]


def test_the_matrix_has_the_plain_means_and_does_not_depend_on_row_order():
    table = steered()
    found = steering_matrix(table, replicates=20).matrix.set_index(["target", "group"])["estimate"]
    means = table.groupby(["target", "group"])["score"].mean()
    np.testing.assert_allclose(found, means.loc[found.index])
    other = steering_matrix(table.sample(frac=1.0, random_state=1), replicates=20).matrix
    again = other.set_index(["target", "group"])["estimate"].loc[found.index]
    np.testing.assert_allclose(found, again)


def test_one_seed_and_one_prompt_of_a_matrix_say_so():
    found = steering_matrix(steered(seeds=1, prompts=1), replicates=20)
    assert found.matrix["lower"].isna().all()
    assert found.problems == (
        "Fewer than 3 training seeds for left, centre, right: one seed says nothing about the method, only about the "
        "models that were trained.",
        "All scores are about one prompt: there are no intervals.",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t[t["group"] != "right"],
         "Models are trained for left, centre, right and judged by left, centre; both should be the same groups. Drop "
         "rows of others (the base model has no target)."),
        (lambda t: t[(t["target"] == "left") & (t["group"] == "left")],
         "A matrix needs two groups or more; the scores have only 'left'."),
        (lambda t: t[~((t["target"] == "left") & (t["group"] == "right"))],
         "Every model is judged by every group; there is no score of 'left' judged by 'right'."),
        (lambda t: t.assign(dimension=np.where(t["seed"] == 0, "a", "b")),
         "A matrix is of one dimension; the scores have a, b. Select one."),
    ],
)  # fmt: skip
def test_a_matrix_with_missing_parts_is_refused(change, message):
    with pytest.raises(ps.DataError) as caught:
        steering_matrix(change(steered(prompts=2)))
    assert str(caught.value) == message
