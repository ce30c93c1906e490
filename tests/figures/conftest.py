"""Synthetic tables in the columns that the figures document; no number in them stands for anything."""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pluralstats import figures

sys.path.insert(0, str(Path(__file__).parent))  # test modules here share these tables

import group_tables
import training_tables

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
CASES: dict[str, Callable] = {
    "forest": lambda: figures.forest(effects(), scale=(1, 5), rope=0.1),
    "forest of five dimensions": lambda: figures.forest(effects(DIMENSIONS), scale=(1, 5)),
    "group means": lambda: figures.group_means(means(), scale=(1, 5)),
    "group means of five dimensions": lambda: figures.group_means(means(DIMENSIONS), scale=(1, 5)),
    "group means of long names": lambda: figures.group_means(means(groups=WORDY)),
    "forest of one row": lambda: figures.forest(effects(groups=ONE)),
    "forest of 40 levels": lambda: figures.forest(effects(groups=MANY)),
    "forest of long names": lambda: figures.forest(effects(groups=WORDY)),
    "comparison": lambda: figures.comparison(models(), scale=(1, 5), rope=0.1),
    "comparison of five dimensions": lambda: figures.comparison(models(DIMENSIONS)),
    "comparison of long names": lambda: figures.comparison(models(groups=WORDY)),
    "likert": lambda: figures.likert(rating_shares()),
    "likert of five dimensions": lambda: figures.likert(rating_shares(DIMENSIONS)),
    "likert of one group": lambda: figures.likert(rating_shares(groups={})),
    "likert of 40 levels": lambda: figures.likert(rating_shares(groups=MANY, categories=("no", "yes"))),
    "likert of long names": lambda: figures.likert(rating_shares(groups=WORDY), ramp="sequential"),
    "likert of 101 categories": lambda: figures.likert(
        rating_shares(groups=ONE, categories=[str(i) for i in range(101)])
    ),
    "variance shares": lambda: figures.variance_shares(variance_shares()),
    "variance shares of five dimensions": lambda: figures.variance_shares(variance_shares(DIMENSIONS)),
    "variance shares of one component": lambda: figures.variance_shares(variance_shares().head(1)),
    "agreement": lambda: figures.agreement(agreement()),
    "agreement of everybody": lambda: figures.agreement(agreement(("alpha_ordinal",), groups={})),
    "agreement of 40 levels": lambda: figures.agreement(agreement(("alpha_ordinal",), groups=MANY)),
    "agreement of long names": lambda: figures.agreement(agreement(groups=WORDY)),
    "caterpillar of raters and items": lambda: figures.caterpillar(random_effects()),
    "caterpillar of five dimensions": lambda: figures.caterpillar(random_effects(100, 40, DIMENSIONS)),
    "caterpillar of few": lambda: figures.caterpillar(random_effects(12, 3), term="rater"),
    "caterpillar of one": lambda: figures.caterpillar(random_effects(1, 1), term="item"),
    "wright": lambda: figures.wright(parameters(), random_effects()),
    "wright of five dimensions": lambda: figures.wright(parameters(DIMENSIONS), random_effects(40, 20, DIMENSIONS)),
    "wright of long names": lambda: figures.wright(parameters(categories=AGREEMENT), random_effects(31, 1)),
    "wright of eleven categories": lambda: figures.wright(
        parameters(categories=[str(i) for i in range(11)]), random_effects()
    ),
    "predicted shares": lambda: figures.predicted_shares(checks()),
    "predicted shares of everybody": lambda: figures.predicted_shares(checks(groups={})),
    "predicted shares of 40 levels": lambda: figures.predicted_shares(checks(groups=MANY)),
    "predicted shares of long names": lambda: figures.predicted_shares(checks(groups=WORDY, categories=LONG)),
    "predicted shares of 101 categories": lambda: figures.predicted_shares(
        checks(groups=ONE, categories=[str(i) for i in range(101)])
    ),
    "predicted moments": lambda: figures.predicted_moments(checks()),
    "predicted moments of 40 levels": lambda: figures.predicted_moments(checks(groups=MANY)),
    "predicted moments of long names": lambda: figures.predicted_moments(checks(groups=WORDY)),
    "predicted units": lambda: figures.predicted_units(checks()),
    "predicted units of few": lambda: figures.predicted_units(checks(units=20)),
    "predicted units of one": lambda: figures.predicted_units(checks(units=1)),
    "prior predictive": lambda: figures.prior_predictive(prior_checks()),
    "prior predictive without groups": lambda: figures.prior_predictive(prior_checks(groups={})),
    "prior predictive of long names": lambda: figures.prior_predictive(prior_checks(WORDY, LONG)),
    "sbc ranks": lambda: figures.sbc_ranks(ranks()),
    "sbc ranks of six models": lambda: figures.sbc_ranks(ranks(models=SIX_MODELS)),
    "sbc ranks of long names": lambda: figures.sbc_ranks(ranks([*LONG, *(f"education[{name}]" for name in LONG)])),
    "coverage": lambda: figures.coverage(coverages()),
    "coverage of one": lambda: figures.coverage(coverages(("1|2", "2|3")).tail(1).drop(columns="parameter")),
    "coverage of three models": lambda: figures.coverage(coverages(models=SIX_MODELS[:3])),
    "coverage of six models": lambda: figures.coverage(coverages(models=SIX_MODELS)),
    "elpd": lambda: figures.elpd(densities()),
    "elpd of five dimensions": lambda: figures.elpd(densities(DIMENSIONS)),
    "elpd of long names": lambda: figures.elpd(densities(models=LONG)),
    "traces": lambda: figures.trace_and_rank(traces()),
    "traces of many": lambda: figures.trace_and_rank(traces([*LONG, *(f"r[{name}]" for name in LONG), "sd"])),
    "traces of one short chain": lambda: figures.trace_and_rank(traces(["sd(item)"], 1, 10)),
    **group_tables.CASES,
    **training_tables.CASES,
    "scale collapse": lambda: figures.scale_collapse(training_tables.collapsed(effects(estimand="latent_d")), rope=0.1),
    "scale collapse of five dimensions": lambda: figures.scale_collapse(
        training_tables.collapsed(effects(DIMENSIONS, estimand="latent_d"))
    ),
    "scale collapse of long names": lambda: figures.scale_collapse(
        training_tables.collapsed(effects(groups=WORDY, estimand="percent_of_range"), (7, 5, 3, 2)),
        estimand="percent_of_range",
    ),
}


@pytest.fixture(scope="module", params=list(CASES))
def drawn(request):
    """What a figure function returned: every figure, also in its degenerate cases."""
    return CASES[request.param]()


@pytest.fixture
def draw():
    """Draw a case by its name."""
    return lambda name: CASES[name]()


@pytest.fixture
def tables():
    """The builders of the synthetic tables by name."""
    return {
        "effects": effects,
        "rating_shares": rating_shares,
        "variance_shares": variance_shares,
        "agreement": agreement,
        "random_effects": random_effects,
        "parameters": parameters,
        "models": models,
        "checks": checks,
        "prior_checks": prior_checks,
        "ranks": ranks,
        "coverages": coverages,
        "densities": densities,
        "traces": traces,
        "cells": group_tables.cells,
        "contested_items": group_tables.contested_items,
        "cohesions": group_tables.cohesions,
        "model_cohesions": group_tables.model_cohesions,
        "items": group_tables.items,
        "labels": group_tables.labels,
        "population_shares": group_tables.population_shares,
        "contrasts": group_tables.effects,
        "methods": group_tables.methods,
    }
