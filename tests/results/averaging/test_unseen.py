"""Combinations of demographics that nobody has: their deviation is drawn, in effects, predictions and labels alike."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

FORMULA = "rating ~ A + B + (1 | A:B) + (1 | item) + (1 | rater)"


def study(seed, family="cumulative"):
    """150 raters in 4 x 4 combinations, nobody in d z; deviations of combinations have the sd 0.7."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 4, 150), rng.integers(0, 4, 150)
    b[(a == 3) & (b == 3)] = 0
    deviation, of_a, of_b = rng.normal(0, 0.7, (4, 4)), rng.normal(0, 0.4, 4), rng.normal(0, 0.4, 4)
    latent = (of_a[a] + of_b[b] + deviation[a, b] + rng.normal(0, 0.3, 150))[:, None] + rng.normal(0, 0.5, 12)
    latent = latent + rng.normal(0, 0.7, latent.shape)
    rater, item = (index.ravel() for index in np.indices(latent.shape))
    frame = pd.DataFrame({"rater": rater.astype(str), "item": item.astype(str), "A": np.array(list("abcd"))[a[rater]]})
    frame = frame.assign(B=np.array(list("wxyz"))[b[rater]], rating=latent.ravel() + 3.0)
    if family != "gaussian":
        frame["rating"] = 1 + np.digitize(frame["rating"], [2.0, 2.7, 3.3, 4.0])
    ratings = ps.Ratings(frame, scale="continuous" if family == "gaussian" else (1, 5), demographics=["A", "B"])
    reference = ratings.frame["B"].cat.categories[0]
    there, against = list("wxyz").index("z"), list("wxyz").index(reference)
    truth = of_b[there] + deviation[3, there] - of_b[against] - deviation[3, against]
    return ratings, truth


def fitted(ratings, **options):
    return ps.fit(ratings, FORMULA, method="laplace", on_problem="ignore", **options)


def of_nobody(table):
    return table[(table["A"] == "d") & (table["level"] == "z")].iloc[0]


def test_intervals_of_a_combination_nobody_has_hold_the_truth():
    """40 simulated studies. With the deviation fixed at 0 intervals held it in 82.5%. At 95% 33 or fewer of 40 have
    probability 0.0034."""
    held = 0
    for seed in range(40):
        ratings, truth = study(seed, "gaussian")
        row = of_nobody(ps.effects(fitted(ratings, family="gaussian", reml=True, draws=400), "B", by="A"))
        held += row["lower"] <= truth <= row["upper"]
    assert held >= 34


def test_the_row_says_that_nobody_has_it():
    table = ps.effects(fitted(study(1)[0]), "B", by="A")
    row = of_nobody(table)
    assert (row["n_raters"], row["note"]) == (0, "nobody has this combination")
    assert (table["note"] == "").sum() == len(table) - 1


def test_the_draw_is_the_same_in_every_table():
    fit = fitted(study(2)[0], draws=50)
    one, other = ps.effects(fit, "B", by="A"), ps.contrasts(fit, "B", by="A", kind="reference")
    assert of_nobody(one)["estimate"] == pytest.approx(of_nobody(other)["estimate"])


def test_labels_and_predictions_have_the_same_draws_as_effects():
    ratings = study(3)[0]
    fit = fitted(ratings, draws=200)
    cells = pd.DataFrame({"A": ["d"], "B": ["z"], "share": [1.0]})
    population = ps.Population.from_cells(cells)
    with pytest.warns(ps.PopulationWarning):
        labels = ps.label_distributions(fit, population=population).table
        means = ps.group_means(fit, "A", population=population)
    rows = pd.DataFrame({"item": labels["item"], "A": "d", "B": "z"})
    predicted = ps.predict(fit, rows)
    assert labels["expected"].mean() == pytest.approx(means.set_index("level").loc["d", "estimate"], abs=1e-5)
    assert predicted["estimate"].to_numpy() == pytest.approx(labels["expected"].to_numpy(), abs=1e-5)
    # doubt about the deviation, which all raters of the combination share, is doubt about the label
    seen = ps.predict(fit, rows.assign(B="w"))
    assert (predicted["upper"] - predicted["lower"]).mean() > 1.3 * (seen["upper"] - seen["lower"]).mean()
    width = (predicted["upper"] - predicted["lower"]).mean()
    assert labels["expected_sd"].mean() == pytest.approx(width / 3.92, rel=0.15)
