"""Predictions: profile by draw by hand, Monte Carlo over new levels, populations, and rows that cannot be predicted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from made_scenes import predicted, scene_of
from scipy.stats import logistic, norm

import pluralstats as ps
from pluralstats.results import predictions

REFERENCE = {"gender": "f", "politics": "x"}
LABELS = ["p_1", "p_2", "p_3", "p_4", "p_5"]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)


def study():
    """40 raters, 12 items, two waves; nobody is m and z; age is a number of the rater."""
    rng = np.random.default_rng(8)
    rater = np.repeat(np.arange(40), 10)
    item = np.concatenate([rng.choice(12, 10, replace=False) for _ in range(40)])
    male, late = rater % 2, np.arange(400) % 2
    politics = np.where(male, np.array(list("xy"))[rater // 2 % 2], np.array(list("xyz"))[rater // 2 % 3])
    latent = 0.4 * male + rng.normal(size=12)[item] * (1 + 0.4 * male) + 0.6 * rng.normal(size=40)[rater]
    rating = 1 + np.digitize(latent + rng.normal(size=400), [-1.0, 0.0, 0.7, 1.6])
    frame = pd.DataFrame({"rater": rater, "item": item, "rating": rating, "wave": np.where(late, "late", "early")})
    frame = frame.assign(gender=np.where(male, "m", "f"), politics=politics, age=20.0 + rater)
    return ps.Ratings(frame, scale=(1, 5), demographics=list(REFERENCE), covariates=["age"], reference=REFERENCE)


RATINGS = study()
RICH = "gender + politics + age + wave + (1 + gender | item) + (1 + wave | rater)"
ROWS = pd.DataFrame(
    {
        "item": [3, 3, 99, None, 7],
        "rater": [5, 999, 6, None, 8],
        "gender": list("mfmfm"),
        "politics": list("xyxzy"),
        "age": [25, 33.5, 26, 40, 28],
        "wave": ["late", "early", "late", "late", "early"],
    }
)


def fit_of(right, draws=5, ratings=RATINGS, **options):
    return ps.fit(ratings, f"rating ~ {right}", method="laplace", draws=draws, on_problem="ignore", **options)


def probabilities_by_hand(fit, row, draw):
    """(K,) of one row in one draw: what is known looked up, the rest by 80-node quadrature."""
    samples, names = fit.samples, [grouping.name for grouping in fit.design.groupings]
    levels = [list(grouping.levels) for grouping in fit.design.groupings]
    position = {name: t for t, name in enumerate(names)}
    typed = pd.DataFrame([row])
    for name, column in fit.ratings.frame.items():
        if name in REFERENCE or name == "wave":
            typed[name] = pd.Categorical(typed[name], categories=column.cat.categories)
    eta = (fit.design.fixed.rows_for(typed) @ samples.coefficient[draw])[0]
    variance = 0.0
    for unit, slope, z in (
        ("item", "gender[m] | item", row.gender == "m"),
        ("rater", "wave[late] | rater", row.wave == "late"),
    ):
        parts = [(position[unit], 1.0), (position[slope], float(z))]
        level = None if pd.isna(getattr(row, unit)) else str(int(getattr(row, unit)))
        if level in levels[position[unit]]:
            eta += sum(z * samples.effects[t][draw, levels[t].index(level)] for t, z in parts)
        else:
            ((a, b),) = [w for w in fit.design.correlations if w[0] == position[slope]]
            r = samples.correlation[draw, fit.design.correlations.index((a, b))]
            sds = [z * samples.sd[draw, t] for t, z in parts]
            variance += sds[0] ** 2 + sds[1] ** 2 + 2.0 * r * sds[0] * sds[1]
    cdf = norm.cdf if fit.link == "probit" else logistic.cdf
    below = cdf(samples.threshold[draw][:, None] - eta - np.sqrt(variance) * NODES) @ WEIGHTS / WEIGHTS.sum()
    return np.diff(np.concatenate([[0.0], below, [1.0]]))


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_predictions_equal_the_computation_by_hand(link):
    fit = fit_of(RICH, link=link)
    found = ps.predict(fit, ROWS, prob=0.5)
    by_draw = np.array([[probabilities_by_hand(fit, row, d) for d in range(5)] for row in ROWS.itertuples()])
    assert found[LABELS].to_numpy() == pytest.approx(by_draw.mean(axis=1), abs=2e-7)
    expected = by_draw @ np.arange(1.0, 6.0)
    assert found["estimate"].to_numpy() == pytest.approx(expected.mean(axis=1), abs=2e-6)
    assert found["lower"].to_numpy() == pytest.approx(np.quantile(expected, 0.25, axis=1), abs=2e-6)
    assert found["upper"].to_numpy() == pytest.approx(np.quantile(expected, 0.75, axis=1), abs=2e-6)


def test_the_columns_say_what_was_known():
    found = ps.predict(fit_of(RICH), ROWS)
    assert list(found) == [*ROWS, "estimate", "lower", "upper", *LABELS, "seen_rater", "seen_item", "pooled"]
    assert found["seen_item"].tolist() == [True, True, False, False, True]
    assert found["seen_rater"].tolist() == [True, False, True, False, True]
    assert not found["pooled"].any()
    pd.testing.assert_frame_equal(found[list(ROWS)], ROWS)


def test_new_raters_and_items_are_a_monte_carlo_average_of_known_ones():
    """200,000 draws of rater and item: the standard error of a probability is at most 0.0011, 5 of them allowed."""
    fit = fit_of("gender + (1 | item) + (1 | rater)", draws=1)
    rng, names = np.random.default_rng(1), [grouping.name for grouping in fit.design.groupings]
    sd = fit.samples.sd[0]
    effects = sum(sd[names.index(name)] * rng.standard_normal(200_000) for name in ("item", "rater"))
    rating = np.digitize(effects + rng.standard_normal(200_000), fit.samples.threshold[0])
    found = ps.predict(fit, pd.DataFrame({"gender": ["f"]}))
    assert found.loc[0, LABELS].tolist() == pytest.approx(np.bincount(rating, minlength=5) / 200_000, abs=0.0055)


def test_gaussian_predictions_are_linear_and_have_no_categories():
    fit = fit_of("gender + (1 | item) + (1 | rater)", family="gaussian", draws=50)
    found = ps.predict(fit, pd.DataFrame({"item": [3, 99], "gender": ["m", "m"]}))
    assert list(found) == ["item", "gender", "estimate", "lower", "upper", "seen_rater", "seen_item", "pooled"]
    mean = fit.samples.coefficient.sum(axis=1).mean()
    item = fit.samples.effects[[g.name for g in fit.design.groupings].index("item")].mean(axis=0)
    at = list(next(g for g in fit.design.groupings if g.name == "item").levels).index("3")
    assert found["estimate"].tolist() == pytest.approx([mean + item[at], mean])


def test_chunks_of_rows_change_nothing(monkeypatch):
    fit = fit_of(RICH)
    whole = ps.predict(fit, ROWS)
    monkeypatch.setattr(predictions, "CHUNK_NUMBERS", 10)
    pd.testing.assert_frame_equal(ps.predict(fit, ROWS), whole)


def test_order_and_names_of_rows_and_the_kind_of_frame_change_nothing():
    fit = fit_of(RICH)
    whole = ps.predict(fit, ROWS)
    turned = ps.predict(fit, ROWS.iloc[::-1].set_index(pd.Index(list("abcde"))))
    pd.testing.assert_frame_equal(turned.iloc[::-1].reset_index(drop=True), whole)
    assert ps.predict(fit, pl.from_pandas(ROWS))["estimate"].tolist() == pytest.approx(whole["estimate"].tolist())
    text = ROWS.assign(item=ROWS["item"].map(lambda i: None if pd.isna(i) else str(int(i))))
    assert ps.predict(fit, text)["estimate"].tolist() == pytest.approx(whole["estimate"].tolist())


def test_a_formula_without_columns_predicts_everybody_alike():
    found = ps.predict(fit_of("1 + (1 | rater)"), pd.DataFrame({"item": [1, 2]}))
    assert found["estimate"][0] == found["estimate"][1]
    assert found[LABELS].sum(axis=1).tolist() == pytest.approx([1.0, 1.0])


def test_an_answer_that_nobody_gave_has_probability_zero():
    frame = RATINGS.frame.assign(rating=np.where(RATINGS.values == 4, 5, RATINGS.values).astype(int))
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=list(REFERENCE), reference=REFERENCE)
    found = ps.predict(fit_of("gender + (1 | item)", ratings=ratings), pd.DataFrame({"item": [1], "gender": ["f"]}))
    assert found.loc[0, "p_4"] == 0.0
    assert found.loc[0, LABELS].sum() == pytest.approx(1.0)
    assert found.loc[0, LABELS] @ np.arange(1.0, 6.0) == pytest.approx(found.loc[0, "estimate"])


# ---- populations -------------------------------------------------------------------------------------------------

PEOPLE = "gender * politics + (1 | item) + (1 | rater)"
ITEMS = pd.DataFrame({"item": [3, 7, 99], "rater": [5, None, 8], "wave": ["late", "early", "late"]})
FORMULAS = [
    PEOPLE,
    "gender * wave + politics + (1 + gender | item) + (1 | rater)",
    "gender + politics + wave + (1 + gender + politics | item) + (1 + wave | rater)",
    "gender + politics + (1 | gender:politics) + (1 | gender:item) + (1 | rater)",
    "gender + age + (1 + age | item) + (1 | rater)",
    "gender + (1 | item) + (1 + gender | rater)",
]


@pytest.mark.parametrize("options", [{}, {"link": "logit"}, {"family": "gaussian"}], ids=str)
@pytest.mark.parametrize("right", FORMULAS)
def test_items_stand_for_everybody_in_the_population(right, options):
    """Tabulated over people, and row by row for every person, weighted by hand; politics z is left out."""
    # nobody has two genders: without a prior the slopes of raters are open, and every man's row is empty
    open_slopes = {"priors": ps.Priors()} if right.endswith("(1 + gender | rater)") else {}
    fit = fit_of(right, **options, **open_slopes)
    target = ps.Population.group(RATINGS, politics=["x", "y"])
    people = RATINGS.frame.drop_duplicates("rater").query("politics != 'z'")[["gender", "politics", "age"]]
    rows = ITEMS.merge(people.astype({"gender": str, "politics": str}), how="cross")
    each, found = ps.predict(fit, rows), ps.predict(fit, ITEMS, population=target)
    for column in ["estimate", *(LABELS if fit.family == "cumulative" else [])]:
        mean = each[column].to_numpy().reshape(3, -1).mean(axis=1)
        assert found[column].to_numpy() == pytest.approx(mean, abs=1e-6)
    assert not found["pooled"].any()
    assert found["seen_item"].tolist() == [True, True, False]


def test_the_average_over_items_is_that_of_effects():
    fit = fit_of(PEOPLE, draws=20)
    items = pd.DataFrame({"item": RATINGS.frame["item"].cat.categories})
    target = ps.Population.group(RATINGS, politics="y")
    (setting,) = predicted(fit, scene_of(fit, population=target))
    found = ps.predict(fit, items, population=target)
    assert found["estimate"].mean() == pytest.approx(setting.expected.mean(), abs=1e-6)


def test_rows_with_some_demographics_stand_for_those_who_share_them():
    fit = fit_of(PEOPLE)
    target = ps.Population.from_cells(
        pd.DataFrame({"gender": list("ffm"), "politics": list("xyx"), "share": [0.1, 0.3, 0.6]}), ratings=RATINGS
    )
    found = ps.predict(fit, pd.DataFrame({"item": [3, 3], "gender": ["f", "m"]}), population=target)
    each = ps.predict(fit, pd.DataFrame({"item": [3, 3, 3], "gender": list("ffm"), "politics": list("xyx")}))
    a, b, c = each["estimate"]
    assert found["estimate"].tolist() == pytest.approx([0.25 * a + 0.75 * b, c], abs=1e-7)


def test_a_row_whose_facts_nobody_in_the_population_has_is_pooled():
    fit = fit_of("gender + politics + (1 | item) + (1 | rater)")
    target = ps.Population.from_cells(pd.DataFrame({"gender": ["f"], "share": [1.0]}), ratings=RATINGS)
    found = ps.predict(fit, pd.DataFrame({"item": [3, 3], "gender": ["f", "m"]}), population=target)
    assert found["pooled"].tolist() == [False, True]
    women = RATINGS.raters.query("gender == 'f'")["politics"].value_counts(normalize=True)
    rows = pd.DataFrame({"item": 3, "gender": "m", "politics": women.index.astype(str)})
    assert found["estimate"][1] == pytest.approx(ps.predict(fit, rows)["estimate"] @ women.to_numpy(), abs=1e-7)


def test_a_combination_without_raters_is_marked_and_predicted_from_its_levels():
    rows = pd.DataFrame({"item": [3, 3], "gender": ["m", "f"], "politics": ["z", "z"]})
    found = ps.predict(fit_of("gender + politics + (1 | item) + (1 | rater)"), rows)
    assert found["pooled"].tolist() == [True, False]
    assert found["estimate"].notna().all()


def test_where_it_is_a_case_of_its_own_the_row_is_empty():
    rows = pd.DataFrame({"item": [3, 3], "gender": ["m", "f"], "politics": ["z", "z"]})
    found = ps.predict(fit_of(PEOPLE), rows)
    assert found[["estimate", "lower", "upper", *LABELS]].isna().all(axis=1).tolist() == [True, False]


def test_a_coefficient_without_finite_estimate_leaves_its_rows_empty():
    fit = fit_of("gender + (1 | item) + (1 | rater)")
    flat = replace(fit, posterior=replace(fit.posterior, flat=np.arange(fit.posterior.mode.size) == 4))
    found = ps.predict(flat, pd.DataFrame({"item": [3, 3], "gender": ["f", "m"]}))
    assert found["estimate"].isna().tolist() == [False, True]


# ---- little data ---------------------------------------------------------------------------------------------------


def little(**columns):
    frame = pd.DataFrame(
        {"item": np.tile(range(4), 6), "rater": np.repeat(range(6), 4), "gender": list("ffffmmmm") * 3}
    )
    return ps.Ratings(frame.assign(**columns), scale=(1, 3), demographics=["gender"])


def test_constant_ratings_predict_nothing():
    fit = ps.fit(little(rating=2), method="laplace", draws=20, on_problem="ignore")
    found = ps.predict(fit, pd.DataFrame({"item": [1, 9], "gender": ["f", "m"]}))
    assert found[["estimate", "lower", "upper", "p_1", "p_2", "p_3"]].isna().all(axis=None)


@pytest.mark.parametrize("columns", [{"gender": "f"}, {"item": np.arange(24)}, {"rater": np.arange(24)}], ids=str)
def test_one_group_or_one_rating_an_item_or_a_rater_is_predicted(columns):
    ratings = little(rating=np.tile([1, 2, 3], 8), **columns)
    fit = ps.fit(ratings, method="laplace", draws=20, on_problem="ignore")
    target = ps.Population.of_raters(ratings)
    found = ps.predict(fit, pd.DataFrame({"item": [1, 99]}), population=target)
    assert found[["p_1", "p_2", "p_3"]].sum(axis=1).tolist() == pytest.approx([1.0, 1.0])
    assert found["estimate"].between(1.0, 3.0).all()


# ---- what cannot be predicted --------------------------------------------------------------------------------------

WRONG = [
    ({"politics": ["x"]}, "Column 'gender' is missing; the formula"),
    ({"politics": ["x"]}, "To average over people instead, pass population=ps.Population.of_raters(fit.ratings)."),
    ({"gendr": ["f"], "politics": ["x"]}, "Did you mean 'gendr'?"),
    (
        {"gender": ["f", "fe"], "politics": ["x", "x"]},
        "'fe' is no level of 'gender' that the model has seen (f, m; row 2)",
    ),
    ({"gender": ["f", None], "politics": ["x", "x"]}, "'gender' is missing in 1 row (row 2)"),
    ({"gender": ["f"], "politics": ["x"], "pooled": [1]}, "columns of its own called 'pooled'. Rename or drop yours."),
]


@pytest.mark.parametrize(("columns", "sentence"), WRONG, ids=[row[1] for row in WRONG])
def test_rows_that_cannot_be_predicted_are_refused_in_sentences(columns, sentence):
    with pytest.raises(ps.DataError) as error:
        ps.predict(fit_of("gender + politics + (1 | item) + (1 | rater)"), pd.DataFrame(columns))
    assert sentence in str(error.value)


def test_all_problems_of_the_rows_are_found_at_once():
    fit = fit_of("gender + politics + age + (1 | rater)")
    with pytest.raises(ps.DataError) as error:
        ps.predict(fit, pd.DataFrame({"gender": ["q"], "age": ["old"]}))
    assert len(error.value.problems) == 3


def test_what_is_no_fact_about_raters_is_not_taken_from_a_population():
    with pytest.raises(ps.DataError, match="Column 'wave' is missing"):
        ps.predict(fit_of("gender + wave + (1 | rater)"), ITEMS[["item"]], population=ps.Population.of_raters(RATINGS))


def test_a_percentage_is_no_probability():
    with pytest.raises(ps.ConfigError, match="found 95"):
        ps.predict(fit_of("gender + (1 | rater)"), pd.DataFrame({"gender": ["f"]}), prob=95)
