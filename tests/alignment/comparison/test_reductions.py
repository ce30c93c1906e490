"""Ratios of reductions: Fieller's sets, signs, coverage, what they leave empty and why, bad input."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment import reduction_ratios
from pluralstats.alignment.comparison.reductions import RatioSet, ratio_set
from scipy.stats import norm

import pluralstats as ps
from pluralstats.study.sections.training.reductions import reduction_sentences

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


def fieller(numerator, denominator, covariance):
    """Fieller (1954) in closed form: all r with (n - r d)^2 <= z^2 (V_nn - 2 r V_nd + r^2 V_dd)."""
    a = denominator**2 - Z**2 * covariance[1, 1]
    b = numerator * denominator - Z**2 * covariance[0, 1]
    inside = b**2 - a * (numerator**2 - Z**2 * covariance[0, 0])
    if inside < 0.0:
        return RatioSet("everything", np.nan, np.nan)
    lower, upper = sorted(((b - np.sqrt(inside)) / a, (b + np.sqrt(inside)) / a))
    return RatioSet("between" if a > 0.0 else "outside", lower, upper)


@pytest.mark.parametrize(
    ("numerator", "denominator"),
    [(1.5, 1.2), (-1.5, -1.2), (1.5, -1.2), (-1.5, 1.2), (0.1, 1.2), (3.0, 0.1), (3.0, -0.1), (0.1, 0.1)],
)
def test_the_set_of_normal_draws_is_fiellers(numerator, denominator):
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    draws = np.random.default_rng(1).multivariate_normal([numerator, denominator], covariance, size=100_000)
    found, exact = ratio_set(*draws.T), fieller(numerator, denominator, covariance)
    assert found.kind == exact.kind
    # An end r moves by as much as the 2.5% point of n - r d, which 100,000 draws know to 0.0085 sds, over the slope.
    assert (found.lower, found.upper) == pytest.approx((exact.lower, exact.upper), rel=0.06, abs=0.01, nan_ok=True)


def test_a_known_denominator_gives_the_plain_interval_of_the_numerator():
    above = np.random.default_rng(1).normal(1.5, 0.2, 100_000)
    found = ratio_set(above, np.full(above.size, 2.0))
    assert (found.lower, found.upper) == pytest.approx(tuple(np.quantile(above, [0.025, 0.975]) / 2.0), abs=1e-4)


def test_sets_of_draws_hold_the_true_ratio_as_often_as_they_say():
    # 2,000 estimates around (1, 0.6) with sds of 0.3: 95% of the sets hold 1 / 0.6; 0.0225 is 4.6 standard errors,
    # false alarms 4e-6.
    random = np.random.default_rng(1)
    held = 0
    for at in random.normal([1.0, 0.6], 0.3, size=(2000, 2)):
        found, truth = ratio_set(*random.normal(at, 0.3, size=(2000, 2)).T), 1.0 / 0.6
        inside = found.lower <= truth <= found.upper
        held += {"between": inside, "outside": not inside, "everything": True}[found.kind]
    assert held / 2000 == pytest.approx(0.95, abs=0.0225)


SIGNS = {  # effects of a and b: ratio, percent, changes; by hand
    (-1.5, -1.0): (1.5, 50.0, "reduction", "reduction"),
    (1.5, 1.0): (1.5, 50.0, "increase", "increase"),
    (0.5, 1.0): (0.5, -50.0, "increase", "increase"),
    (-1.5, 1.0): (np.nan, np.nan, "reduction", "increase"),
    (1.5, -1.0): (np.nan, np.nan, "increase", "reduction"),
}


@pytest.mark.parametrize("effects", SIGNS)
@pytest.mark.parametrize("direction", ["down", "up"])
def test_ratios_and_words_follow_the_signs_of_both_changes(effects, direction):
    draws = drawn(dict(zip("ab", effects, strict=True)), {"a": 0.05, "b": 0.05})
    row = reduction_ratios(draws, against="b", direction=direction).iloc[0]
    ratio, percent, own, other = SIGNS[effects]
    assert row["estimate"] == pytest.approx(ratio, abs=0.02, nan_ok=True)
    assert row["percent_greater"] == pytest.approx(percent, abs=2.0, nan_ok=True)
    assert (row["change"], row["change_against"]) == (own, other)
    assert row["p_denominator_sign"] == 1.0
    opposite = own != other
    assert row["set"] == ("none" if opposite else "between")
    assert row["reason"] == ("a and b change scores in opposite directions" if opposite else "")
    (said,) = reduction_sentences(pd.DataFrame([row]))
    assert said.startswith(f"a {own[:5]}" if opposite else f"The {own} by a is ")  # reduces, increases
    assert ("greater" in said, "smaller" in said) == (percent > 0, percent < 0)


def test_a_change_that_may_be_nothing_leaves_ratio_or_percent_empty_and_says_why():
    near = reduction_ratios(drawn({"a": -1.5, "b": -0.1}, {"a": 0.1, "b": 0.1}), against="b").iloc[0]
    assert np.isnan([near["estimate"], near["percent_greater"]]).all()
    assert (near["reason"], near["change_against"]) == ("the change by b may be near 0", "unclear")
    assert near["p_denominator_sign"] == pytest.approx(norm.cdf(1.0), abs=0.02)
    # [0.01, 0.40] leaves out 0, but not a tenth of 0.207: the ratio may be anything above 2
    almost = reduction_ratios(drawn({"a": -1.5, "b": -0.207}, {"a": 0.1, "b": 0.1}), against="b").iloc[0]
    assert np.isnan(almost["estimate"])
    assert almost["lower"] > 2.0
    own = reduction_ratios(drawn({"a": -0.1, "b": -1.5}, {"a": 0.1, "b": 0.1}), against="b").iloc[0]
    assert own["estimate"] == pytest.approx(0.067, abs=0.01)
    assert np.isnan(own["percent_greater"])
    assert own["reason"] == "the sign of the change by a is not clear"
    (said,) = reduction_sentences(pd.DataFrame([own]))
    assert said.startswith("The change by a is smaller than the reduction by b and has no clear sign: 0.07 times")
    assert "%" not in said.replace("95%", "")


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
    words = ["direction", "change", "change_against"]
    up = reduction_ratios(draws.assign(effect=-draws["effect"]), against="b", direction="up")
    down = reduction_ratios(draws, against="b")
    pd.testing.assert_frame_equal(up.drop(columns=words), down.drop(columns=words))
    assert up[words].iloc[0].tolist() == ["up", "increase", "increase"]


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
