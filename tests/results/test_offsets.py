"""Offsets in results: a column with the coefficient 1 in every draw and an offset of it say the same everywhere."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula


def study(scale=(1, 4)):
    """30 raters with a number of their own, 8 items with another, a third that differs between ratings."""
    rng = np.random.default_rng(5)
    rater, item = (part.ravel() for part in np.meshgrid(range(30), range(8), indexing="ij"))
    latent = 0.4 * (rater % 2) + rng.normal(size=8)[item] + 0.5 * rng.normal(size=30)[rater]
    frame = {
        "rater": rater,
        "item": item,
        "rating": 1 + np.digitize(latent + rng.normal(size=rater.size), [-0.6, 0.3, 1.1]),
        "gender": np.where(rater % 2, "m", "f"),
        "years": np.round(rng.uniform(0.0, 1.0, 30), 2)[rater],
        "length": np.round(rng.uniform(0.0, 1.0, 8), 2)[item],
        "hour": np.round(rng.uniform(0.0, 0.5, rater.size), 1),
    }
    table = pd.DataFrame(frame)
    return ps.Ratings(table, scale=scale, demographics=["gender"], covariates=["years", "length", "hour"])


RATINGS = study()
NUMBERS = ("years", "length", "hour")


def both(family="cumulative", link="probit", ratings=RATINGS):
    """The fit with coefficients that are 1 in every draw, and that with offsets; all else is the same."""
    random = "(1 + gender | item) + (1 | rater)"
    fit = ps.fit(
        ratings,
        f"rating ~ gender + {' + '.join(NUMBERS)} + {random}",
        method="laplace",
        family=family,
        link=link if family == "cumulative" else None,
        draws=40,
        on_problem="ignore",
    )
    samples, names = fit.samples, list(fit.design.fixed.names)
    at = [names.index(name) for name in NUMBERS]
    b = samples.coefficient.copy()
    b[:, at] = 1.0
    one = samples._replace(coefficient=b)
    other = samples._replace(coefficient=np.delete(b, at, axis=1))
    text = f"rating ~ gender + {' + '.join(f'offset({name})' for name in NUMBERS)} + {random}"
    design = build_design(ratings, parse_formula(text, available_columns(ratings)), fit.family, fit.link)
    assert [g.name for g in design.groupings] == [g.name for g in fit.design.groupings]
    with_columns = replace(fit, posterior=DrawnPosterior(one, 1))
    return with_columns, replace(fit, formula=text, design=design, posterior=DrawnPosterior(other, 1))


@pytest.fixture(scope="module")
def pair():
    return both()


def same(tables, drop=()):
    one, other = (table.drop(columns=[c for c in drop if c in table]) for table in tables)
    assert len(one) > 0
    pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=1e-9)


TABLES = {
    "effects": lambda fit: ps.effects(fit, "gender"),
    "means": lambda fit: ps.group_means(fit, "gender", estimands=("mean", "probability")),
    "as they are": lambda fit: ps.group_means(fit, "gender", adjusted=False),
    "slopes of offsets": lambda fit: ps.effects(fit, "years"),
    "slopes of facts": lambda fit: ps.effects(fit, "length"),
    "shares": lambda fit: ps.variance_shares(fit).replace("fixed effects", "demographics"),
    "r2": ps.r2,
    "reliability": ps.reliability,
    "checks": lambda fit: ps.predictive_checks(fit, draws=30),
    "contested": lambda fit: ps.contested_items(fit, "gender"),
    "labels": lambda fit: ps.label_distributions(fit).table,
    "labels by gender": lambda fit: ps.label_distributions(fit, by="gender").table,
    "one row": lambda fit: ps.predict(fit, NEW),
    "people": lambda fit: ps.predict(
        fit, NEW[["item", "length", "hour"]], population=ps.Population.of_raters(fit.ratings)
    ),
    "gee": lambda fit: ps.group_means(fit, "gender"),
}
NEW = pd.DataFrame(
    {
        "item": ["0", "7", "new"],
        "gender": ["m", "f", "m"],
        "years": [0.1, 0.9, 2.0],
        "length": [0.3, 0.2, 1.0],
        "hour": 0.2,
    }
)


@pytest.mark.parametrize("name", TABLES)
def test_a_column_with_the_coefficient_1_and_an_offset_are_the_same(pair, name):
    same([TABLES[name](fit) for fit in pair])


def test_numbers_by_the_linear_model_too():
    frame = RATINGS.frame.assign(rating=RATINGS.values + 0.25)
    ratings = ps.Ratings(frame, scale="continuous", demographics=["gender"], covariates=list(NUMBERS))
    pair = both("gaussian", ratings=ratings)
    for name in ("effects", "means", "r2", "one row", "people", "checks"):
        if name != "means":
            same([TABLES[name](fit) for fit in pair])


def test_without_the_offset_the_numbers_are_others(pair):
    _, fit = pair
    bare = replace(
        fit, design=replace(fit.design, fixed=replace(fit.design.fixed, offset=0 * fit.design.fixed.offset, offsets=()))
    )
    there, gone = (ps.group_means(one, "gender")["estimate"] for one in (fit, bare))
    assert (there - gone > 0.2).all()
