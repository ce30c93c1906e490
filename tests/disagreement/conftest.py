"""Ratings that tests of agreement share: a crossed table of people, and tables written out by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps


@pytest.fixture
def people() -> pd.DataFrame:
    """Ratings 1-5 by 24 raters of 15 items, seven in ten cells filled; gender is crossed with country."""
    generator = np.random.default_rng(1)
    n_raters, n_items, share = 24, 15, 0.7
    rater, item = np.nonzero(generator.random((n_raters, n_items)) < share)
    latent = generator.normal(size=n_items)[item] + generator.normal(size=n_raters)[rater]
    latent = latent + generator.normal(size=len(item))
    return pd.DataFrame(
        {
            "item": [f"i{i}" for i in item],
            "rater": [f"r{r}" for r in rater],
            "rating": np.clip(np.round(3 + latent), 1, 5).astype(int),
            "gender": np.where(rater % 2, "female", "male"),
            "country": np.where(rater // 2 % 3, "US", "DE"),
        }
    )


@pytest.fixture
def crowd() -> pd.DataFrame:
    """Ratings 1-5 by 36 raters of 20 items about which they mostly agree, eight in ten cells filled."""
    generator = np.random.default_rng(2)
    rater, item = np.nonzero(generator.random((36, 20)) < 0.8)
    latent = 2.5 * generator.normal(size=20)[item] + 0.5 * generator.normal(size=36)[rater]
    latent = latent + 0.6 * generator.normal(size=len(item))
    return pd.DataFrame(
        {
            "item": [f"i{i}" for i in item],
            "rater": [f"r{r}" for r in rater],
            "rating": np.clip(np.round(3 + latent), 1, 5).astype(int),
            "gender": np.where(rater % 2, "female", "male"),
            "country": np.where(rater // 2 % 3, "US", "DE"),
        }
    )


@pytest.fixture
def made() -> Callable[..., ps.Ratings]:
    """made(table, **options): Ratings of a table such as ``people``."""
    return lambda table, **options: ps.Ratings(
        table, **{"scale": (1, 5), "demographics": ["gender", "country"]} | options
    )


@pytest.fixture
def by_hand() -> Callable[..., ps.Ratings]:
    """by_hand(items, raters, ratings): Ratings 1-5; each letter of ``items`` and ``raters`` is a name."""
    return lambda item, rater, rating: ps.Ratings(
        pd.DataFrame({"item": list(item), "rater": list(rater), "rating": rating}), scale=(1, 5)
    )


@pytest.fixture
def crehate(shared_data: Path) -> pd.DataFrame:
    """The votes of CREHate, "don't know" (2) and repeated votes included."""
    return pd.read_csv(shared_data / "crehate_ratings.csv.gz", usecols=["item", "rater", "rating", "country"])
