"""Shares of variance between intersections: the definitions by hand, null models, recovery of simulated truth."""

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with, some_samples

import pluralstats as ps

CROSSED = "rating ~ gender + politics + (1 | gender:politics) + (1 | item) + (1 | rater)"
NULL = "rating ~ 1 + (1 | gender:politics) + (1 | item) + (1 | rater)"


def variance_of(fit, name):
    return fit.samples.sd[:, [grouping.name for grouping in fit.design.groupings].index(name)] ** 2


def additive_by_hand(fit):
    """Variance over raters of x'b less twice its mean over draws of b - mean b (variance_shares)."""
    raters = fit.ratings.frame.drop_duplicates("rater")
    X = np.stack([raters[n.split("[")[0]] == n.split("[")[1][:-1] for n in fit.design.fixed.names], axis=1).astype(
        float
    )
    b = fit.samples.coefficient
    noise = np.var((b - b.mean(axis=0)) @ X.T, axis=1).mean()
    return np.maximum(np.var(b @ X.T, axis=1) - 2.0 * noise, 0.0)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_shares_are_what_they_are_defined_as(small, link):
    fit = fit_with(small, CROSSED, some_samples(200, spread=0.8), link=link)
    table = ps.intersection_shares(fit).set_index("quantity")
    additive, term, rater, item = (
        additive_by_hand(fit),
        *(variance_of(fit, name) for name in ("gender:politics", "rater", "item")),
    )
    total = additive + term + rater + item + (1.0 if link == "probit" else np.pi**2 / 3.0)
    by_hand = {
        "between_variance": (additive + term) / total,
        "between_raters": (additive + term) / (additive + term + rater),
        "not_additive": term / (additive + term),
    }
    assert table.index.tolist() == list(by_hand)
    for quantity, share in by_hand.items():
        expected = 100.0 * np.quantile(share, [0.5, 0.025, 0.975])
        assert table.loc[quantity, ["percent", "lower", "upper"]].tolist() == pytest.approx(expected.tolist())


def test_between_variance_is_the_sum_of_the_shares_of_variance(small):
    """One definition of components: for a model whose fixed part has the term's demographics only."""
    fit = ps.fit(small, CROSSED, method="laplace", draws=2000, on_problem="ignore")
    shares = ps.variance_shares(fit).set_index("component")["percent"]
    table = ps.intersection_shares(fit).set_index("quantity")
    # here a median, there a mean of the same draws
    total = shares["demographics"] + shares["gender:politics"]
    assert table.loc["between_variance", "percent"] == pytest.approx(total, abs=1.5)


def test_demographics_that_the_term_lacks_add_nothing(small):
    fit = fit_with(small, "rating ~ gender + politics + (1 | gender) + (1 | item)", some_samples(50))
    table = ps.intersection_shares(fit).set_index("quantity")
    male = (small.raters["gender"] == "male").mean()
    b = fit.samples.coefficient[:, 0]
    additive = np.maximum(b**2 - 2.0 * np.var(b), 0.0) * male * (1.0 - male)
    term = variance_of(fit, "gender")
    expected = 100.0 * np.median(term / (additive + term))
    assert table.loc["not_additive", "percent"] == pytest.approx(expected)
    assert "between_raters" not in table.index  # nothing in the formula tells raters apart


def test_random_main_effects_are_main_effects(small):
    fit = fit_with(small, "rating ~ politics + (1 | gender) + (1 | gender:politics) + (1 | item)", some_samples(50))
    table = ps.intersection_shares(fit, term="gender:politics").set_index("quantity")
    term, additive = variance_of(fit, "gender:politics"), additive_by_hand(fit) + variance_of(fit, "gender")
    assert table.loc["not_additive", "percent"] == pytest.approx(100.0 * np.median(term / (additive + term)))


def test_the_change_in_variance_pairs_every_draw_with_every_draw(small):
    fit, null = fit_with(small, CROSSED, some_samples(40)), fit_with(small, NULL, some_samples(30, seed=2))
    table = ps.intersection_shares(fit, null).set_index("quantity")
    main, alone = variance_of(fit, "gender:politics"), variance_of(null, "gender:politics")
    pairs = [100.0 * (1.0 - m / a) for m in main for a in alone]
    expected = np.quantile(pairs, [0.5, 0.025, 0.975])
    assert table.loc["pcv", ["percent", "lower", "upper"]].tolist() == pytest.approx(expected.tolist())
    total = alone + variance_of(null, "item") + variance_of(null, "rater") + 1.0
    assert table.loc["null_between_variance", "percent"] == pytest.approx(100.0 * np.median(alone / total))


def test_thinning_to_order_statistics_moves_the_change_by_little(small):
    fit, null = fit_with(small, CROSSED, some_samples(3000)), fit_with(small, NULL, some_samples(3000, seed=2))
    table = ps.intersection_shares(fit, null).set_index("quantity")
    main, alone = variance_of(fit, "gender:politics"), variance_of(null, "gender:politics")
    every = 100.0 * np.quantile(1.0 - np.divide.outer(main, alone), [0.025, 0.5, 0.975])
    assert table.loc["pcv", ["lower", "percent", "upper"]].tolist() == pytest.approx(every.tolist(), rel=0.01)


def test_a_null_model_is_of_the_same_ratings_and_has_no_main_effects(small):
    fit = fit_with(small, CROSSED, some_samples(3))
    other = ps.simulate(n_raters=20, n_items=8, ratings_per_rater=4, seed=1)
    null = fit_with(other, "rating ~ gender + (1 | gender) + (1 | item)", some_samples(3), link="logit")
    with pytest.raises(ps.ConfigError) as caught:
        ps.intersection_shares(fit, null)
    text = str(caught.value)
    for part in ("4 problems", r"no term (1 | gender:politics)", "other ratings", "cumulative logit"):
        assert part in text
    with pytest.raises(ps.ConfigError, match="has main effects of gender, politics"):
        ps.intersection_shares(fit, fit)


def test_main_effects_are_asked_for(small):
    with pytest.raises(ps.ConfigError, match=r"has none of gender, politics.*null_fit="):
        ps.intersection_shares(fit_with(small, NULL, some_samples(3)))
    with pytest.raises(ps.ConfigError, match="found 2"):
        ps.intersection_shares(fit_with(small, CROSSED, some_samples(3)), prob=2)


def test_coefficients_without_an_estimate_leave_shares_empty(small):
    fit = fit_with(small, CROSSED, some_samples(3), flat=np.array([True, False, False]))
    assert ps.intersection_shares(fit)[["percent", "lower", "upper"]].isna().all().all()


def test_one_group_has_no_variance_between_groups():
    frame = pd.DataFrame({"item": list("abab"), "rater": list("rrss"), "g": list("xxxx"), "rating": [1, 2, 3, 4]})
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["g"])

    def nothing(design):
        made = some_samples(5)(design)
        return made._replace(sd=np.zeros_like(made.sd))

    table = ps.intersection_shares(fit_with(ratings, "rating ~ g + (1 | g) + (1 | rater)", nothing))
    assert table["percent"].tolist() == [0.0, 0.0, 0.0]
