"""Simulated truth: posterior labels are nearer to what people would answer than shares and majorities are."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import pluralstats as ps

P = ["p_1", "p_2", "p_3", "p_4", "p_5"]


def true_labels(ratings):
    """P(y = k) of every item for each gender, a new rater integrated: Phi((tau - eta) / sqrt(1 + 0.6^2))."""
    effects = ratings.truth.random_effects
    own, slope = (
        effects[effects["term"] == term].set_index("group")["value"] for term in ("item", "gender[male] | item")
    )
    male = ratings.truth.coefficients.set_index("parameter")["value"]["gender[male]"]
    rows = []
    for item in own.index:
        for gender, shift in (("female", 0.0), ("male", male + slope[item])):
            below = norm.cdf((ratings.truth.thresholds["all"] - own[item] - shift) / np.sqrt(1.36))
            rows.append([item, gender, *np.diff([0.0, *below, 1.0])])
    return pd.DataFrame(rows, columns=["item", "gender", *P]).set_index(["item", "gender"])


@pytest.fixture(scope="module")
def study():
    """80 items with 10 ratings each, about five by each gender."""
    options = {"effects": {"gender[male]": 0.5}, "item_slopes": {"gender[male]": 0.6}}
    ratings = ps.simulate(n_raters=100, n_items=80, ratings_per_rater=8, seed=4, **options)
    formula = "rating ~ gender + (1 + gender | item) + (1 | rater)"
    fit = ps.fit(ratings, formula, method="laplace", priors=ps.Priors(), on_problem="ignore")
    return ratings, ps.label_distributions(fit, by="gender").table


def distance(table, truth):
    """Root mean square over items, groups and answers."""
    found = table.set_index(["item", "gender"])[P]
    return float(np.sqrt(((found - truth.loc[found.index]) ** 2).to_numpy().mean()))


def test_posterior_labels_of_groups_are_nearer_to_the_truth_than_rules(study):
    ratings, posterior = study
    truth = true_labels(ratings)
    rules = {
        policy: distance(ps.aggregate(ratings, policy, "gender").table, truth) for policy in ("shares", "majority")
    }
    assert distance(posterior, truth) < 0.6 * rules["shares"] < 0.6 * rules["majority"]


def test_sds_of_probabilities_cover_the_truth(study):
    """Within two posterior sds for about 95% of probabilities; 88% allow for one study and a normal approximation."""
    ratings, posterior = study
    truth = true_labels(ratings).loc[list(zip(posterior["item"], posterior["gender"], strict=True))]
    sd = posterior[[name.replace("p_", "sd_") for name in P]].to_numpy()
    inside = np.abs(posterior[P].to_numpy() - truth.to_numpy()) < 2.0 * sd
    assert 0.88 < inside.mean() < 1.0
