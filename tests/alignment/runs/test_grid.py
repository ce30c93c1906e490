"""Arms of a grid: comparable or refused, finished runs are read, scores come from held-out pairs and the judge."""

from dataclasses import replace

import pandas as pd
import pytest
from pluralstats.alignment import RunSettings
from pluralstats.alignment.models.records import read_json
from pluralstats.alignment.runs.grid import Arm, check_arms, run_arms

import pluralstats as ps

PAIRS = pd.DataFrame(
    {"prompt": ["Hi", "Bye"], "chosen": ["good day", "see you"], "rejected": ["what", "go"], "p": [0.9, 0.7]}
)


@pytest.fixture
def settings(tiny, tmp_path):
    return RunSettings(tiny, tmp_path, steps=2, batch_size=2, learning_rate=1e-3, save_every=2)


def test_arms_that_cannot_be_compared_are_refused_in_one_error(settings):
    other = Arm("b", PAIRS.assign(prompt=["Hi", "Ho"]), replace(settings, steps=3))
    with pytest.raises(ps.ConfigError) as told:
        check_arms([Arm("a", PAIRS, settings), other, Arm("a", PAIRS, settings)], [])
    assert str(told.value).splitlines() == [
        "`seeds` is empty. Give at least one.",
        "Two arms have the name a. Every arm needs a folder of its own.",
        "Arms are compared at equal numbers of optimiser steps; found a 2, b 3. Set the same `steps`.",
        "Arm 'b' has other prompts than arm 'a': 2 are in one of them only. Train all arms on the same prompts, or "
        "drop those that not all have.",
    ]


def test_few_seeds_are_said(settings):
    arm = Arm("a", PAIRS, settings)
    assert check_arms([arm], [1, 2, 3]) == ()
    (sentence,) = check_arms([arm], [1])
    assert sentence.startswith("1 training seed per arm: one seed says nothing about a method")


def test_a_grid_that_was_stopped_reads_what_is_finished(settings, tmp_path):
    judged = []

    def judge(folder, arm):
        judged.append(arm.name)
        if len(judged) == 2:
            raise KeyboardInterrupt
        return {"kindness": len(judged)}

    held_out = PAIRS.assign(target="everybody")
    arms = [Arm(name, PAIRS, settings, {"who": name}, held_out=held_out) for name in ("a", "b")]
    with pytest.raises(KeyboardInterrupt):
        run_arms(arms, tmp_path / "grid", judge=judge, seeds=[1])
    table = run_arms(arms, tmp_path / "grid", judge=judge, seeds=[1])
    assert judged == ["a", "b", "b"]
    assert table[["arm", "who", "seed", "steps", "kindness"]].values.tolist() == [
        ["a", "a", 1, 2, 1.0],
        ["b", "b", 1, 2, 3.0],
    ]
    same = table[[name for name in table if name.startswith(("brier", "accuracy", "log_loss"))]]
    assert (same.iloc[0] == same.iloc[1]).all()  # equal arms with equal seeds are equal


def test_pairs_train_an_arm_with_their_card_and_are_the_same_run_as_their_table(settings, tmp_path):
    pairs = ps.Pairs.of_table(PAIRS, licence="CC BY 4.0")
    arm = Arm("a", pairs, settings, held_out=pairs)
    assert check_arms([arm, Arm("b", PAIRS, settings)], [1, 2, 3]) == ()
    scores = run_arms([arm], tmp_path / "grid", seeds=[1])
    card = read_json(tmp_path / "grid" / "a" / "seed-1" / "card.json")
    assert card["labels"]["licence"] == "CC BY 4.0"
    assert run_arms([replace(arm, table=PAIRS, held_out=PAIRS)], tmp_path / "grid", seeds=[1]).equals(scores)


def test_an_arm_of_anything_else_is_refused_in_words(settings):
    with pytest.raises(ps.ConfigError, match="`table` is a path"):
        check_arms([Arm("a", 3, settings)], [1, 2, 3])
