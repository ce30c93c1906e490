"""Calibration of reward models: hand-computed values, intervals over prompts, degenerate tables."""

import numpy as np
import pytest
from pluralstats.alignment.rewards.calibration import calibration_metrics, reliability_table

import pluralstats as ps


def metric(table, name, column="value"):
    return table.set_index("metric").loc[name, column]


def test_every_metric_is_what_it_says_by_hand():
    predicted = np.array([[0.5, 0.3, 0.2]])
    labelled = np.array([[0.2, 0.3, 0.5]])
    table = calibration_metrics(predicted, labelled, [1, 2, 3], ["a"])
    # by hand: -.2 log .5 - .3 log .3 - .5 log .2 = 1.304540; entropy of the label 1.029653
    assert metric(table, "log_loss") == pytest.approx(1.304540, abs=1e-6)
    assert metric(table, "excess_log_loss") == pytest.approx(1.304540 - 1.029653, abs=1e-6)
    assert metric(table, "brier") == pytest.approx(0.09 + 0.09)
    assert metric(table, "rating_error") == pytest.approx(0.6)  # |1.7 - 2.3|
    assert metric(table, "rating_bias") == pytest.approx(-0.6)


def test_predicting_the_labels_leaves_no_excess():
    labelled = np.random.default_rng(1).dirichlet(np.ones(4), size=50)
    table = calibration_metrics(labelled, labelled, [1, 2, 3, 4], list(map(str, range(50))))
    assert np.allclose(table["value"].iloc[1:], 0)
    assert metric(table, "log_loss") > 0


def test_weights_count_like_repeated_rows():
    generator = np.random.default_rng(2)
    predicted, labelled = generator.dirichlet(np.ones(3), size=(2, 4))
    weighted = calibration_metrics(predicted, labelled, [1, 2, 3], list("abcd"), np.array([2, 1, 0, 1]))
    rows = [0, 0, 1, 3]
    repeated = calibration_metrics(predicted[rows], labelled[rows], [1, 2, 3], list("aabd"))
    np.testing.assert_allclose(weighted["value"], repeated["value"])


def test_intervals_are_wider_when_rows_come_from_fewer_prompts():
    generator = np.random.default_rng(3)
    effect = np.repeat(generator.normal(size=10), 20)
    p = 1 / (1 + np.exp(-effect))
    labelled, predicted = np.column_stack([1 - p, p]), np.full((200, 2), 0.5)
    few = calibration_metrics(predicted, labelled, [0, 1], np.repeat(np.arange(10), 20).astype(str))
    many = calibration_metrics(predicted, labelled, [0, 1], np.arange(200).astype(str))
    width = [metric(table, "brier", "upper") - metric(table, "brier", "lower") for table in (few, many)]
    assert width[0] > 2 * width[1]  # rows within a prompt are copies: the square root of 20 is expected


def test_two_prompts_have_no_interval():
    half = np.full((2, 2), 0.5)
    table = calibration_metrics(half, half, [0, 1], ["a", "b"])
    assert table[["lower", "upper"]].isna().all(axis=None)


def test_a_certain_and_wrong_prediction_is_finite():
    table = calibration_metrics(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), [0, 1], ["a"])
    assert np.isfinite(table["value"]).all()


def test_reliability_of_distributions_counts_every_answer_as_an_event():
    predicted = np.array([[0.05, 0.95], [0.45, 0.55], [0.05, 0.95]])
    labelled = np.array([[0.10, 0.90], [0.50, 0.50], [0.00, 1.00]])
    table = reliability_table(predicted, labelled, ["a", "b", "c"])
    assert table["bin"].tolist() == [0.0, 0.4, 0.5, 0.9]
    assert table["n"].tolist() == [2, 1, 1, 2]
    np.testing.assert_allclose(table["labelled"], [0.05, 0.5, 0.5, 0.95])


def test_a_probability_of_one_is_in_the_last_bin():
    assert reliability_table(np.array([1.0]), np.array([1.0]), ["a"])["bin"].tolist() == [0.9]


def test_the_same_seed_gives_the_same_interval():
    p = np.random.default_rng(4).uniform(size=30)
    tables = [reliability_table(p, p, list(map(str, range(30))), seed=5) for _ in range(2)]
    assert tables[0].equals(tables[1])


def test_arrays_that_do_not_fit_are_named_together():
    with pytest.raises(ps.ConfigError) as error:
        calibration_metrics(np.ones((2, 3)), np.ones((2, 2)), [1, 2], ["a", "b"], np.zeros(2))
    assert str(error.value).splitlines() == [
        "`predicted` has a row for each of the 2 prompts and a column for each of the 2 answers; found an array of "
        "shape (2, 3).",
        "`weight` has one number of at least 0 for each row, and one of them is above 0.",
    ]
