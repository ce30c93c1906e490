"""Synthetic tables in the columns that the figures document; no number in them stands for anything."""

from itertools import pairwise

import numpy as np
import pandas as pd

DIMENSIONS = ("toxicity", "emotional awareness", "sensitivity", "stereotypical bias", "helpfulness")
GROUPS = {
    "gender": ("female", "male", "non-binary"),
    "race": ("White", "Black", "Asian"),
    "country": ("US", "Germany"),
}
AGREEMENT = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
MOMENTS = {"mean": 3.0, "sd": 1.2, "agreement": 30.0}
LONG = (
    "Less than a high school diploma or its equivalent in another country",
    "Some college credit, no degree, or vocational training of any kind",
    "An income of $50k–$100k",
)


def effects(dimensions=("",), groups=GROUPS, estimand="points"):
    """One row for each level but the first, which is the reference."""
    random = np.random.default_rng(1)
    pairs = [(d, g, levels[0], level) for d in dimensions for g, levels in groups.items() for level in levels[1:]]
    table = pd.DataFrame(pairs, columns=["dimension", "demographic", "reference", "level"])
    table = table.assign(estimand=estimand, unit="rating points", estimate=random.normal(0, 0.2, len(table)))
    for name, z in {"lower": -1.96, "upper": 1.96, "lower_50": -0.67, "upper_50": 0.67}.items():
        table[name] = table["estimate"] + 0.08 * z
    table = table.assign(raw=table["estimate"] + 0.05, n_raters=500, n_raters_reference=480)
    return table if any(dimensions) else table.drop(columns="dimension")


def means(dimensions=("",), groups=GROUPS):
    """The expected rating of each level."""
    random = np.random.default_rng(3)
    rows = [(d, g, level) for d in dimensions for g, levels in groups.items() for level in levels]
    table = pd.DataFrame(rows, columns=["dimension", "demographic", "level"])
    table = table.assign(estimand="mean", unit="rating points", estimate=random.normal(3.0, 0.3, len(table)))
    for name, z in {"lower": -1.96, "upper": 1.96, "lower_50": -0.67, "upper_50": 0.67}.items():
        table[name] = table["estimate"] + 0.08 * z
    table = table.assign(raw=table["estimate"] + 0.05, n_raters=500)
    return table if any(dimensions) else table.drop(columns="dimension")


def curves(dimensions=("",), column="age", groups=("female", "male"), levels=()):
    """The expected rating along a number, or along levels, of each group."""
    random = np.random.default_rng(7)
    values = list(enumerate(levels)) or [(value, f"{value:g}") for value in np.linspace(18.0, 80.0, 25)]
    rows = [(d, column, float(x), name, g) for d in dimensions for g in groups for x, name in values]
    table = pd.DataFrame(rows, columns=["dimension", "column", "value", "level", "gender"])
    offsets = random.normal(0.0, 0.1, len(dimensions) * len(groups)).repeat(len(values))
    height = 3.0 + 0.004 * (table["value"] - 40.0) + offsets
    table = table.assign(estimand="mean", unit="rating points", estimate=height)
    for name, z in {"lower": -1.96, "upper": 1.96, "lower_50": -0.67, "upper_50": 0.67}.items():
        table[name] = table["estimate"] + 0.08 * z
    table = table if any(dimensions) else table.drop(columns="dimension")
    return table if any(groups) else table.drop(columns="gender")


def rating_shares(dimensions=("",), groups=GROUPS, categories=AGREEMENT):
    """One row for each group and category."""
    random = np.random.default_rng(2)
    rows = []
    for dimension in dimensions:
        for demographic, levels in {"all": ("all",), **groups}.items():
            for level in levels:
                share = random.dirichlet(np.full(len(categories), 4.0))
                rows += [
                    (dimension, demographic, level, name, k, round(1000 * share[k]), 100 * share[k])
                    for k, name in enumerate(categories)
                ]
    columns = ["dimension", "demographic", "level", "category", "position", "n", "percent"]
    table = pd.DataFrame(rows, columns=columns)
    return table if any(dimensions) else table.drop(columns="dimension")


def variance_shares(dimensions=("",)):
    """Five components that sum to 100."""
    components = ["item", "demographics", "rater", "gender:item", "residual"]
    table = pd.DataFrame({"component": components, "percent": [30.0, 0.3, 15.0, 4.7, 50.0]})
    table = table.assign(lower=0.8 * table["percent"], upper=1.2 * table["percent"])
    if not any(dimensions):
        return table
    return pd.concat([table.assign(dimension=name) for name in dimensions], ignore_index=True)


def agreement(coefficients=("alpha_nominal", "alpha_ordinal", "percent"), groups=GROUPS):
    """Every group and everybody, with three kinds of bootstrap."""
    rows = [
        (demographic, level, coefficient, bootstrap, 40.0 if coefficient == "percent" else 0.4)
        for demographic, levels in {"all": ("all",), **groups}.items()
        for level in levels
        for coefficient in coefficients
        for bootstrap in ("raters", "items", "both")
    ]
    table = pd.DataFrame(rows, columns=["demographic", "level", "coefficient", "bootstrap", "estimate"])
    return table.assign(lower=0.8 * table["estimate"], upper=1.2 * table["estimate"], n_raters=321)


def random_effects(raters=1000, items=200, dimensions=("",)):
    """Normal effects with ids as long as those of crowd workers."""
    random = np.random.default_rng(3)
    parts = []
    for dimension in dimensions:
        for term, n in {"rater": raters, "item": items}.items():
            groups = [f"{term}-5f3a9c7e12d4{i:06d}" for i in range(n)]
            part = pd.DataFrame({"term": term, "group": groups, "estimate": random.normal(0, 0.6, n)})
            parts.append(part.assign(sd=0.3, dimension=dimension))
    table = pd.concat(parts, ignore_index=True)
    return table if any(dimensions) else table.drop(columns="dimension")


def parameters(dimensions=("",), categories=("1", "2", "3", "4", "5")):
    """Thresholds and one coefficient, which no figure of thresholds may draw."""
    names = [f"{a}|{b}" for a, b in pairwise(categories)]
    table = pd.DataFrame({"kind": "threshold", "parameter": names, "estimate": np.linspace(-1.4, 1.6, len(names))})
    table.loc[len(table)] = ["coefficient", "gender[male]", 9.0]
    table = table.assign(lower=table["estimate"] - 0.1, upper=table["estimate"] + 0.1)
    if not any(dimensions):
        return table
    return pd.concat([table.assign(dimension=name) for name in dimensions], ignore_index=True)


def models(dimensions=("",), groups=GROUPS):
    """The effects under two models."""
    one = effects(dimensions, groups)
    shifted = one.assign(estimate=one["estimate"] + 0.03)
    names = ("items only", "items and raters")
    return pd.concat(
        [part.assign(model=name) for name, part in zip(names, (one, shifted), strict=True)], ignore_index=True
    )


def checks(groups=GROUPS, categories=AGREEMENT, units=300):
    """A predictive check of everybody, groups, raters and items; a tenth of the values lie outside."""
    random = np.random.default_rng(4)
    names = ["all", *(f"{demographic}:{level}" for demographic, levels in groups.items() for level in levels)]
    rows = [("share", unit, category, 100 / len(categories)) for unit in names for category in categories]
    rows += [(statistic, unit, "", at) for statistic, at in MOMENTS.items() for unit in names]
    rows += [("sd of rater means", "all", "", 0.8), ("sd of item means", "all", "", 0.5)]
    table = pd.DataFrame(rows, columns=["statistic", "unit", "category", "estimate"])
    table.insert(1, "level", np.where(table["unit"] == "all", "overall", "group"))
    for level, statistics in {"rater": ("mean", "sd"), "item": tuple(MOMENTS)}.items():
        ids = [f"{level}-5f3a9c7e12d4{i:06d}" for i in range(units)]
        one = pd.DataFrame({"level": level, "unit": ids, "category": ""})
        many = [one.assign(statistic=s, estimate=MOMENTS[s] * random.uniform(0.8, 1.2, units)) for s in statistics]
        table = pd.concat([table, *many], ignore_index=True)
    half = 0.05 * table["estimate"]
    table = table.assign(lower=table["estimate"] - half, upper=table["estimate"] + half, n_ratings=123.0)
    table = table.assign(lower_50=table["estimate"] - half / 3, upper_50=table["estimate"] + half / 3)
    observed = table["estimate"] + half * random.uniform(-1.1, 1.1, len(table))
    return table.assign(observed=observed, p=random.uniform(size=len(table)))


def prior_checks(groups=GROUPS, categories=AGREEMENT):
    """Shares, spread and differences as the priors have them."""
    table = checks({}, categories, units=0)
    pairs = [(f"{d}:{level}", first) for d, (first, *more) in groups.items() for level in more]
    rows = pd.DataFrame(pairs, columns=["unit", "reference"]).assign(statistic="difference", level="group", category="")
    rows = rows.assign(observed=0.1, estimate=0.0, lower=-1.0, upper=1.2, lower_50=-0.3, upper_50=0.3)
    return pd.concat([table[table["statistic"] != "agreement"], rows], ignore_index=True)


def ranks(parameters=("1|2", "gender[male]", "sd(rater)"), n=200, models=("",)):
    """Uniform ranks but for the last parameter, whose truth always lies in the middle."""
    random = np.random.default_rng(5)
    parts = [pd.DataFrame({"model": m, "parameter": p, "rank": random.integers(0, 101, n)})
             for m in models for p in parameters]  # fmt: skip
    table = pd.concat(parts, ignore_index=True).assign(n_ranks=101)
    table.loc[table["parameter"] == parameters[-1], "rank"] = 50
    return table if any(models) else table.drop(columns="model")


def coverages(parameters=("1|2", "gender[male]", "sd(rater)"), models=("",)):
    """Right coverage but for the last parameter."""
    nominal = np.arange(0.1, 1.0, 0.1)
    parts = [pd.DataFrame({"model": m, "parameter": p, "nominal": nominal, "observed": nominal, "n": 300})
             for m in models for p in parameters]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table.loc[table["parameter"] == parameters[-1], "observed"] **= 2
    return table if any(models) else table.drop(columns="model")


def densities(dimensions=("",), models=("items and raters", "items only")):
    """Each model thirty worse than the one before."""
    at = -30.0 * np.arange(len(models))
    table = pd.DataFrame({"model": models, "elpd_difference": at, "se_difference": -at / 5, "weight": 1 / len(models)})
    if not any(dimensions):
        return table
    return pd.concat([table.assign(dimension=name) for name in dimensions], ignore_index=True)


def traces(parameters=("sd(rater)", "sd(item)"), chains=4, draws=200):
    """Independent normal draws."""
    random = np.random.default_rng(6)
    parts = [pd.DataFrame({"chain": c, "draw": range(draws), "parameter": p, "value": random.normal(size=draws)})
             for p in parameters for c in range(chains)]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


SIX_MODELS = tuple(f"model number {i} of the simulation" for i in range(6))
MANY = {"occupation": tuple(f"occupation number {i}" for i in range(41))}
ONE = {"gender": ("female", "male")}
WORDY = {"education": LONG}
