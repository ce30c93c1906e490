"""Synthetic tables of training comparisons in the columns that the figures document."""

import numpy as np
import pandas as pd

ARMS = ("all ratings", "majority", "posterior", "poststratified")
LONG_ARMS = (
    "posterior labels of the whole population, weighted by design weights",
    "majority of five raters, ties broken at random by a fair coin",
)
TRAITS = ("toxicity", "helpfulness")
FIVE = ("toxicity", "emotional awareness", "sensitivity", "stereotypical bias", "helpfulness")
PARTIES = ("liberal", "moderate", "conservative")


def arm_effects(arms=ARMS, dimensions=("",)):
    """Effects of some arms on some dimensions."""
    random = np.random.default_rng(11)
    table = pd.DataFrame([(arm, name) for name in dimensions for arm in arms], columns=["arm", "dimension"])
    at = random.normal(-0.3, 0.3, len(table))
    table = table.assign(baseline="base", estimate=at, lower=at - 0.3, upper=at + 0.3, lower_50=at - 0.1)
    table = table.assign(upper_50=at + 0.1, n_seeds=3)
    return table if any(dimensions) else table.drop(columns="dimension")


def arm_seeds(effects):
    """Three seeds around every effect."""
    parts = [effects.assign(estimate=effects["estimate"] + off) for off in (-0.15, 0.02, 0.12)]
    return pd.concat(parts, ignore_index=True)


def trade_offs(arms=ARMS, better_x="down"):
    """Arms in a plane, with correlated effects."""
    random = np.random.default_rng(12)
    n = len(arms)
    table = pd.DataFrame({"arm": arms, "x": random.normal(-0.4, 0.3, n), "y": random.normal(0.1, 0.2, n)})
    table = table.assign(sd_x=0.10, sd_y=0.07, correlation=0.5, dimension_x="toxicity", dimension_y="helpfulness")
    return table.assign(better_x=better_x, better_y="up")


def steering(groups=PARTIES):
    """Own judges give half a point more."""
    rows = [(t, g, 3.0 + 0.5 * (t == g) + 0.1 * i) for i, t in enumerate(groups) for g in groups]
    table = pd.DataFrame(rows, columns=["target", "group", "estimate"])
    return table.assign(lower=table["estimate"] - 0.2, upper=table["estimate"] + 0.2)


def advantages(groups=PARTIES):
    """Both kinds for every group and for all."""
    rows = [(g, kind) for g in (*groups, "all") for kind in ("per judge", "double-centred")]
    table = pd.DataFrame(rows, columns=["group", "kind"])
    return table.assign(estimate=0.5, lower=0.3, upper=0.7)


def ratios(arms=ARMS[1:], against=ARMS[0]):
    """The first ratio is bounded, the second excludes an interval, the third nothing."""
    kinds = [
        ("between", 1.5, 1.2, 1.9, 1.0),
        ("outside", 3.0, -4.0, 1.1, 0.9),
        ("everything", 1.0, np.nan, np.nan, 0.6),
    ]
    rows = [(arm, against, *kinds[i % 3]) for i, arm in enumerate(arms)]
    columns = ["arm", "against", "set", "estimate", "lower", "upper", "p_denominator_positive"]
    table = pd.DataFrame(rows, columns=columns)
    for name, at in (("reduction", 0.6), ("reduction_against", 0.3)):
        table = table.assign(**{name: at, f"{name}_lower": at - 0.25, f"{name}_upper": at + 0.25})
    return table


def collapsed(effects, answers=(5, 3, 2)):
    """The same contrasts on coarser scales."""
    parts = []
    for i, n in enumerate(answers):
        part = effects.assign(**{name: effects[name] * (1 + 0.1 * i) for name in ("estimate", "lower", "upper")})
        part.insert(0, "answers", n)
        parts.append(part.assign(lower_50=part["estimate"], upper_50=part["estimate"]))
    return pd.concat(parts, ignore_index=True)


def calibrations(policies=("posterior", "shares", "majority")):
    """Majority labels are too sure."""
    predicted = np.linspace(0.1, 0.9, 5)
    parts = [
        pd.DataFrame({"policy": name, "predicted": predicted, "observed": 0.5 + (predicted - 0.5) * (1 - 0.3 * i)})
        for i, name in enumerate(policies)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(lower=table["observed"] - 0.05, upper=table["observed"] + 0.05)


def win_rates(arms=ARMS, groups=("all", *PARTIES, "worst group")):
    """A rate for every arm and group."""
    table = pd.DataFrame([(a, "base", g) for a in arms for g in groups], columns=["arm", "against", "group"])
    at = np.random.default_rng(13).normal(55.0, 6.0, len(table))
    return table.assign(estimate=at, lower=at - 6.0, upper=at + 6.0, position_bias=4.0, n_judgements=200)


def distances(arms=("base", *ARMS), targets=PARTIES, metrics=("wasserstein", "jensen_shannon")):
    """A distance for every arm, group and metric, with floors."""
    rows = [(a, t, m) for m in metrics for a in arms for t in targets]
    table = pd.DataFrame(rows, columns=["arm", "target", "metric"])
    at = np.random.default_rng(14).uniform(0.3, 0.6, len(table))
    table = table.assign(unit="rating points", estimate=at, lower=at - 0.06, upper=at + 0.06)
    return table.assign(floor=0.2, floor_lower=0.17, floor_upper=0.23)
