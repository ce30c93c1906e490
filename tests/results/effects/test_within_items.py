"""Groups that rate other items: it is said, and comparisons within items are not misled by it."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.shared_items import shared_items, sharing_problems

HEAD = "Groups by country rated other items"


def texts_of_two_countries(seed, shared, *, apart=0.8, people=0.0):
    """30 texts of each country rated by its own 30 people, ``shared`` rated by all.

    Texts of Y are harsher by ``apart``, people of Y by ``people``.
    """
    rng = np.random.default_rng(seed)
    severity = {f"{c}{j}": rng.normal(apart * (c == "Y"), 0.5) for c in "XY" for j in range(30)}
    severity |= {f"S{j}": rng.normal(apart / 2.0, 0.5) for j in range(shared)}
    rows = []
    for country in "XY":
        texts = [name for name in severity if name[0] in (country, "S")]
        for i in range(30):
            own = rng.normal(people * (country == "Y"), 0.5)
            for text in rng.choice(texts, 12, replace=False):
                latent = severity[text] + own + rng.normal()
                rows.append((text, f"{country}{i}", 1 + np.searchsorted([-0.5, 0.5, 1.5, 2.5], latent), country))
    return pd.DataFrame(rows, columns=["item", "rater", "rating", "country"])


def fitted(frame, **options):
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["country"])
    return ps.fit(ratings, method="laplace", on_problem="ignore", **options)


def test_overlap_by_hand():
    """Ratings (X, Y) of three items: (2, 1), (1, 1), (0, 3). Within: 2/3 + 1/2 = 7/6; at random 3 5 / 8 (8 - 3) / 7."""
    item = list("aaa") + list("bb") + list("ccc")
    frame = pd.DataFrame({"item": item, "country": list("XXYXYYYY")}, dtype="category")
    row = shared_items(frame, "country").iloc[0]
    assert row[["level", "reference", "n_shared", "n_items"]].tolist() == ["Y", "X", 2, 3]
    assert row["overlap"] == pytest.approx((7.0 / 6.0) / (15.0 / 8.0 * 5.0 / 7.0))


def test_items_handed_out_at_random_have_overlap_1():
    """The mean over 200 assignments: 2,000 ratings of 50 items, sd of one overlap about 0.006."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(200):
        frame = pd.DataFrame({"item": rng.integers(0, 50, 2000).astype(str), "country": rng.choice(list("XY"), 2000)})
        found.append(shared_items(frame.astype("category"), "country")["overlap"][0])
    assert np.mean(found) == pytest.approx(1.0, abs=4 * np.std(found) / np.sqrt(200))


@pytest.mark.parametrize("shared", [0, 2, 10, 30])
def test_it_is_said_that_groups_rated_other_items(shared):
    frame = texts_of_two_countries(1, shared)
    fit, checked = fitted(frame), ps.check(frame, scale=(1, 5), demographics=["country"])
    for problems in (fit.problems, checked.problems):
        (sentence,) = [problem for problem in problems if problem.startswith(HEAD)]
        assert ("share none of 60 items" if not shared else f"share {shared} of") in sentence
        assert ('within="items"' in sentence) == bool(shared)
    assert ps.effects(fit)["note"].tolist() == ["the groups rated other items: compare within='items'"]


def test_a_minority_among_random_raters_is_not_accused():
    """30 studies, 6% in the group, 8 ratings an item: false alarms happen to 1 in 101 pairs by construction."""
    rng, found = np.random.default_rng(5), 0
    for _ in range(30):
        rater = np.repeat(np.arange(100), 12)
        group = np.where(np.arange(100) < 6, "few", "many")[rater]
        frame = pd.DataFrame({"item": rng.integers(0, 150, rater.size), "rater": rater, "group": group})
        found += len(sharing_problems(frame.astype(str).astype("category"), ["group"]))
    assert found <= 3  # 4 or more of 30 at 1 in 101: 2 in 10,000


def test_within_items_there_is_no_difference_where_people_do_not_differ():
    """10 studies with 10 of 70 texts shared: intervals of the plain model leave out 0 nearly always, those within items
    as rarely as they should. 4 or more of 10 at a rate of 5% has probability 0.001."""
    plain, within = 0, 0
    for seed in range(10):
        fit = fitted(texts_of_two_countries(seed, 10))
        for counted, options in ((0, {}), (1, {"within": "items"})):
            row = ps.effects(fit, **options).iloc[0]
            outside = not row["lower"] <= 0.0 <= row["upper"]
            plain, within = plain + (outside and not counted), within + (outside and counted)
    assert plain >= 7
    assert within <= 3


def test_within_items_a_difference_between_people_is_found():
    fit = fitted(texts_of_two_countries(2, 30, people=1.2))
    row = ps.effects(fit, within="items").iloc[0]
    assert row["lower"] > 0.0


def test_without_a_shared_item_nothing_is_known_within_items():
    row = ps.effects(fitted(texts_of_two_countries(1, 0)), within="items").iloc[0]
    assert np.isnan(row["estimate"])
    assert row["note"] == "the ratings do not determine it"


def test_robustness_has_the_row_within_items_and_says_that_shares_matter():
    table = ps.robustness(fitted(texts_of_two_countries(1, 10))).query("estimand == 'points'").set_index("method")
    assert "items differ by who rated them (p = " in table.loc["within_items", "note"]
    assert table.loc["within_items", "estimate"] < table.loc["exact", "estimate"]


def test_a_linear_model_within_items_is_the_one_with_fixed_items():
    """Mundlak 1978, section 2: in a linear model the coefficient is that of least squares with a dummy for each item.
    Here without rater effects, by numpy.linalg.lstsq."""
    frame = texts_of_two_countries(4, 20)
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["country"])
    fit = ps.fit(
        ratings, "rating ~ country + (1 | item)", family="gaussian", method="laplace", draws=4000, on_problem="ignore"
    )
    dummies = pd.get_dummies(frame["item"]).to_numpy(float)
    X = np.column_stack([(frame["country"] == "Y").to_numpy(float), dummies])
    by_dummies = np.linalg.lstsq(X, frame["rating"].to_numpy(float))[0][0]
    within = ps.effects(fit, within="items").iloc[0]
    se = (within["upper"] - within["lower"]) / 3.92
    assert within["estimate"] == pytest.approx(by_dummies, abs=4 * se / np.sqrt(4000))  # Monte Carlo error of the mean


def test_within_items_is_refused_where_it_cannot_be():
    fit = fitted(texts_of_two_countries(1, 10))
    with pytest.raises(ps.ConfigError, match="`within` is None or 'items'; found 'raters'"):
        ps.effects(fit, within="raters")
    ratings = fit.ratings
    without = ps.fit(ratings, "rating ~ country + (1 | rater)", method="laplace", draws=20, on_problem="ignore")
    with pytest.raises(ps.ConfigError, match="needs a term of items"):
        ps.effects(without, within="items")
