"""Ratios of reductions with their unbounded sets, and the folder that a report reads."""

import json

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import reduction_ratios, write_summary
from pluralstats.alignment.reductions import ratio_set
from scipy.stats import norm

import pluralstats as ps

Z = norm.ppf(0.975)


def drawn(means, sds, correlation=0.0, n=4000, seed=1):
    """Joint normal draws of effects, arms by name."""
    names = list(means)
    sd = np.array([sds[name] for name in names])
    shape = np.full((len(names), len(names)), correlation) + (1 - correlation) * np.eye(len(names))
    root = np.linalg.cholesky(shape * np.outer(sd, sd))  # unique: the same draws on every processor
    values = [means[n] for n in names] + np.random.default_rng(seed).standard_normal((n, len(names))) @ root.T
    parts = [pd.DataFrame({"arm": name, "draw": np.arange(n), "effect": values[:, i]}) for i, name in enumerate(names)]
    return pd.concat(parts, ignore_index=True)


def test_the_ends_of_a_fieller_set_solve_its_equation():
    v = np.array([[0.04, 0.01], [0.01, 0.09]])
    found = ratio_set(1.5, 1.0, v)
    assert found.kind == "between"
    for r in (found.lower, found.upper):
        variance = v[0, 0] - 2 * r * v[0, 1] + r**2 * v[1, 1]
        assert (1.5 - r) ** 2 == pytest.approx(Z**2 * variance)  # (n - r d)^2 = z^2 Var(n - r d)


def test_a_known_denominator_gives_the_plain_interval_of_the_numerator():
    found = ratio_set(1.5, 2.0, np.diag([0.04, 0.0]))
    assert (found.lower, found.upper) == pytest.approx(((1.5 - Z * 0.2) / 2, (1.5 + Z * 0.2) / 2))


def test_an_unclear_denominator_leaves_the_set_unbounded():
    assert ratio_set(9.0, 0.5, np.eye(2)).kind == "outside"  # the numerator is clear: the ratio is not near 0
    assert ratio_set(0.5, 0.5, np.eye(2)).kind == "everything"
    assert ratio_set(9.0, 9.0, np.eye(2)).kind == "between"


def test_fieller_sets_hold_the_true_ratio_as_often_as_they_say():
    # 4,000 estimates around (1, 0.6) with sds of 0.3: 95% of the sets hold 1 / 0.6; 0.016 is 4.6 standard errors, false
    # alarms 4e-6.
    random = np.random.default_rng(1)
    held = 0
    for n, d in random.normal([1.0, 0.6], 0.3, size=(4000, 2)):
        found, truth = ratio_set(n, d, np.diag([0.09, 0.09])), 1.0 / 0.6
        inside = found.lower <= truth <= found.upper
        held += {"between": inside, "outside": not inside, "everything": True}[found.kind]
    assert held / 4000 == pytest.approx(0.95, abs=0.016)


def test_a_53_percent_greater_reduction_is_recovered_with_both_reductions_beside_it():
    row = reduction_ratios(drawn({"a": -1.53, "b": -1.0}, {"a": 0.1, "b": 0.1}), against="b").iloc[0]
    assert row["percent_greater"] == pytest.approx(53.0, abs=2.0)
    assert row["set"] == "between"
    assert row["lower"] < 1.53 < row["upper"]
    assert row["reduction"] == pytest.approx(1.53, abs=0.01)
    assert row["reduction_against_lower"] == pytest.approx(1.0 - Z * 0.1, abs=0.02)
    assert row["p_denominator_positive"] == 1.0


def test_a_reduction_that_may_be_nothing_is_reported_with_its_sign_uncertainty():
    row = reduction_ratios(drawn({"a": -1.5, "b": -0.1}, {"a": 0.1, "b": 0.1}), against="b").iloc[0]
    assert row["set"] == "outside"
    assert row["p_denominator_positive"] == pytest.approx(norm.cdf(1.0), abs=0.02)


def test_draws_that_belong_together_narrow_the_ratio():
    means, sds = {"a": -1.5, "b": -1.0}, {"a": 0.2, "b": 0.2}
    loose, tight = (reduction_ratios(drawn(means, sds, rho), against="b").iloc[0] for rho in (0.0, 0.9))
    assert tight["upper"] - tight["lower"] < 0.5 * (loose["upper"] - loose["lower"])


def test_direction_up_is_the_same_of_the_effects_turned_around():
    draws = drawn({"a": -1.5, "b": -1.0}, {"a": 0.1, "b": 0.1})
    up = reduction_ratios(draws.assign(effect=-draws["effect"]), against="b", direction="up")
    pd.testing.assert_frame_equal(up, reduction_ratios(draws, against="b"))


def test_two_dimensions_at_once_and_unknown_arms_are_refused():
    draws = drawn({"a": -1.5, "b": -1.0}, {"a": 0.1, "b": 0.1}, n=30)
    with pytest.raises(ps.DataError, match="Each arm has a draw once; 60 rows repeat one"):
        reduction_ratios(pd.concat([draws, draws]), against="b")
    with pytest.raises(ps.DataError, match="found 29 complete of 30"):
        reduction_ratios(draws.iloc[1:], against="b")
    with pytest.raises(ps.ConfigError, match=r"The draws have the arms a, b; found c\."):
        reduction_ratios(draws, against="c")
    with pytest.raises(ps.ConfigError, match="`direction` is 'down' or 'up'"):
        reduction_ratios(draws, against="b", direction="less")


def test_a_summary_holds_tables_and_a_card(tmp_path):
    table = reduction_ratios(drawn({"a": -1.5, "b": -1.0}, {"a": 0.1, "b": 0.1}), against="b")
    folder = write_summary(tmp_path / "summary", {"reductions": table}, problems=["One."], model="tiny", simulated=True)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "reductions.parquet"), table)
    assert (folder / "reductions.csv").is_file()
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert (card["kind"], card["problems"], card["simulated"]) == ("training summary", ["One."], True)
    with pytest.raises(ps.ConfigError, match="A training summary has the tables arm_effects"):
        write_summary(tmp_path, {"effects": table})
