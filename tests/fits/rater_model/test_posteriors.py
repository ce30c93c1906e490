"""Exact posteriors of noise, use of the scale and threshold groups beside those of two other programs.

Origin: ``posterior_by_pymc.json`` by ``posterior_by_pymc.py``, a graph written by hand; ``brms_*.json`` by
``posteriors.R`` (brms, Stan). Both have the priors of the package, so that posterior means and sds are the same up to
Monte Carlo errors, all of which are known. brms' disc is 1 / s: its coefficients and effects have the opposite sign.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import made_raters
import numpy as np
import pandas as pd
import pytest
from sampled import Moments, assert_same_moments

import pluralstats as ps

HERE = Path(__file__).parent
WHAT = ["mean", "sd", "mean_error", "sd_error"]
CROSSED = "rating ~ gender + (1 | item) + (1 | rater)"
HMC = {"method": "hmc", "draws": 4000, "seed": 1, "on_problem": "ignore"}


def by_pymc() -> pd.DataFrame:
    """One row of ``WHAT`` for each quantity, under our names."""
    table = json.loads((HERE / "posterior_by_pymc.json").read_text(encoding="utf-8"))["posterior"]
    return pd.DataFrame(table).T[WHAT]


OURS = [  # what brms calls it, what we do
    (r"b_Intercept\[(\d)\]", "{0}|{1}"),
    (r"b_Intercept\[(\w+),(\d)\]", "{0}: {1}|{2}"),
    (r"b_gendermale", "gender[male]"),
    (r"bcs_gendermale\[(\d)\]", "gender[male] {0}"),
    (r"step\[(\d)\]", "step {0}"),
    (r"b_disc_male", "-disc: gender[male]"),
    (r"sd_(item|rater)__Intercept", "sd({0})"),
    (r"sd_rater__disc_Intercept", "sd(disc: rater)"),
    (r"r_(item|rater)\[(\w+),Intercept\]", "{0}[{1}]"),
    (r"r_rater__disc\[(\w+),Intercept\]", "-disc: rater[{0}]"),
]


def our_name(name: str) -> str:
    """With a minus where the sign is the opposite."""
    for theirs, ours in OURS:
        if found := re.fullmatch(theirs, name):
            parts = found.groups()
            return ours.format(*parts, int(parts[-1]) + 1) if "|" in ours else ours.format(*parts)
    raise KeyError(name)


def by_brms(case: str) -> pd.DataFrame:
    whole = json.loads((HERE / f"brms_{case}.json").read_text(encoding="utf-8"))
    assert (whole["divergent"], whole["rhat"] < 1.01) == (0, True)
    table = pd.DataFrame(whole["table"]).set_index("variable")[WHAT].rename(index=our_name)
    opposite = table.index.str.startswith("-")
    return table.assign(mean=table["mean"].where(~opposite, -table["mean"])).rename(index=lambda n: n.removeprefix("-"))


def by_us(fit: ps.Fit) -> pd.DataFrame:
    """The same rows from the tables of a sampled fit; the error of an sd as if kurtosis were 5, that of a long tail."""
    parameters = fit.parameters.set_index("parameter").rename(columns={"estimate": "mean", "se": "sd"})
    effects = fit.random_effects.rename(columns={"estimate": "mean"})
    effects = effects.set_index(effects["term"] + "[" + effects["group"] + "]")
    table = pd.concat([parameters, effects])
    least = table[["ess_bulk", "ess_tail"]].min(axis=1)
    assert table["r_hat"].max() < 1.02
    assert least.min() > 400
    return table.assign(mean_error=table["sd"] / np.sqrt(table["ess_bulk"]), sd_error=table["sd"] / np.sqrt(least))[
        WHAT
    ]


def assert_same(fit: ps.Fit, there: pd.DataFrame, names: Mapping[str, str] = MappingProxyType({})) -> None:
    """``names``: what quantities of ours are called there."""
    own = by_us(fit).rename(index=names)
    assert set(there.index) <= set(own.index)
    one, other = (Moments(*table.to_numpy(float).T) for table in (own.loc[there.index], there))
    assert_same_moments(one, other)


def test_noise_and_use_of_the_scale_have_the_posterior_of_pymc(hate):
    fit = ps.fit(made_raters.ratings(hate), CROSSED, disc="~ gender + (1 | rater)", stretch="~ (1 | rater)", **HMC)
    assert_same(fit, by_pymc())


def test_noise_has_the_posterior_of_brms(hate):
    fit = ps.fit(made_raters.ratings(hate), CROSSED, disc="~ gender + (1 | rater)", **HMC)
    assert_same(fit, by_brms("disc"))


def test_thresholds_by_what_is_asked_have_the_posterior_of_brms(rows):
    fit = ps.fit(made_raters.ratings(rows), CROSSED, thresholds="asked", **HMC)
    assert_same(fit, by_brms("groups"))


def test_the_comparison_tells_one_model_from_the_other():
    """PyMC has a use of the scale besides, which takes up half of the noise between raters."""
    there, other = (table.loc[["sd(disc: rater)"]].to_numpy(float).T for table in (by_pymc(), by_brms("disc")))
    with pytest.raises(AssertionError, match="Monte Carlo errors"):
        assert_same_moments(Moments(*there), Moments(*other))
