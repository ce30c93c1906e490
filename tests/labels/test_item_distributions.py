"""Posterior labels: closed forms from draws made by hand, agreement with ``ps.predict``, identities, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with, some_samples
from made_labels import RICH, study
from scipy.stats import norm

import pluralstats as ps
from pluralstats.inference.posterior.samples import Samples
from pluralstats.labels.distributions import draw_moments

P = ["p_1", "p_2", "p_3", "p_4", "p_5"]
SLOPES = "rating ~ gender + (1 + gender | item) + (1 | rater)"


@pytest.fixture(scope="module")
def ratings():
    return study()


@pytest.fixture(scope="module")
def rich(ratings):
    return fit_with(ratings, RICH, some_samples(6))


def tiny_ratings():
    frame = pd.DataFrame(
        {
            "item": ["a", "a", "b", "b", "b"],
            "rater": ["r", "s", "r", "s", "t"],
            "rating": [1, 2, 3, 1, 2],
            "g": ["f", "m", "f", "m", "m"],
        }
    )
    return ps.Ratings(frame, scale=(1, 3), demographics=["g"], reference={"g": "f"})


def two_draws(design):
    """Thresholds, the effect of m, sds of raters, and effects of items, in two draws."""
    (item, rater) = (0, 1) if design.groupings[0].name == "item" else (1, 0)
    effects = [None, None]
    effects[item] = np.array([[0.3, -0.4], [0.5, -0.1]])
    effects[rater] = np.zeros((2, 3))
    sd = np.empty((2, 2))
    sd[:, item], sd[:, rater] = 0.5, [0.6, 0.8]
    return Samples(
        np.array([[-0.5, 0.6], [-0.4, 0.8]]), np.array([[0.7], [0.9]]), sd, None, tuple(effects), np.empty((2, 0))
    )


def by_hand():
    """(draws, groups, items, K) of ``two_draws``: Phi((tau - x'b - u) / sqrt(1 + sd^2)), METHODS section 3."""
    tau, b = np.array([[-0.5, 0.6], [-0.4, 0.8]]), np.array([0.7, 0.9])
    u, sd = np.array([[0.3, -0.4], [0.5, -0.1]]), np.array([0.6, 0.8])
    out = np.empty((2, 2, 2, 3))
    for s in range(2):
        for g in range(2):
            for j in range(2):
                below = norm.cdf((tau[s] - g * b[s] - u[s, j]) / np.sqrt(1.0 + sd[s] ** 2))
                out[s, g, j] = np.diff([0.0, *below, 1.0])
    return out


def entropy(p):
    return -(p * np.log(p)).sum(axis=-1)


def test_every_column_is_its_closed_form():
    fit = fit_with(tiny_ratings(), "rating ~ g + (1 | item) + (1 | rater)", two_draws)
    table, p = ps.label_distributions(fit, by="g").table, by_hand().reshape(2, 4, 3)
    assert table["item"].tolist() == ["a", "b", "a", "b"]
    assert table["g"].tolist() == ["f", "f", "m", "m"]
    expected = p @ [1.0, 2.0, 3.0]
    np.testing.assert_allclose(table[["p_1", "p_2", "p_3"]], p.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(table[["sd_1", "sd_2", "sd_3"]], p.std(axis=0, ddof=1), atol=1e-6)
    np.testing.assert_allclose(table["expected"], expected.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(table["expected_sd"], expected.std(axis=0, ddof=1), atol=1e-6)
    np.testing.assert_allclose(table["entropy"], entropy(p.mean(axis=0)), atol=1e-6)
    np.testing.assert_allclose(table["disagreement"], entropy(p).mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(table["ignorance"], entropy(p.mean(axis=0)) - entropy(p).mean(axis=0), atol=1e-6)
    assert table["n_ratings"].tolist() == [1, 1, 1, 2]
    assert table["n_raters"].tolist() == [1, 1, 1, 2]
    assert table["weight"].tolist() == pytest.approx([2 / 3, 2 / 3, 4 / 3, 4 / 3])  # one rater is f, two are m
    assert not table["pooled"].any()
    assert not table["tie"].any()


def test_everybody_is_the_mixture_of_the_groups_inside_each_draw():
    fit = fit_with(tiny_ratings(), "rating ~ g + (1 | item) + (1 | rater)", two_draws)
    mixed = (by_hand() * np.array([1 / 3, 2 / 3])[:, None, None]).sum(axis=1)  # one rater is f, two are m
    table = ps.label_distributions(fit).table
    np.testing.assert_allclose(table[["p_1", "p_2", "p_3"]], mixed.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(table["disagreement"], entropy(mixed).mean(axis=0), atol=1e-6)
    groups = ps.label_distributions(fit, by="g").table
    weighted = groups.assign(p=groups["p_1"] * groups["weight"]).groupby("item")["p"].mean()
    np.testing.assert_allclose(table["p_1"], weighted, atol=1e-12)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_labels_agree_with_predict(ratings, link):
    """Interactions of items and people, slopes, demographic terms, a number, and a wave that is averaged over."""
    fit = fit_with(ratings, RICH, some_samples(5), link=link)
    table = ps.label_distributions(fit, by="gender").table
    people, frame = ratings.frame.drop_duplicates("rater"), ratings.frame
    for row in table.sample(6, random_state=1).itertuples():
        who = people[people["gender"] == row.gender].drop(columns=["item", "rater", "rating", "topic", "wave"])
        rows = who.merge(pd.DataFrame({"wave": frame["wave"]}), how="cross")
        topic = frame.loc[frame["item"] == row.item, "topic"].iloc[0]
        mean = ps.predict(fit, rows.drop(columns="question").assign(item=row.item, topic=topic))[P].mean()
        np.testing.assert_allclose([getattr(row, name) for name in P], mean, atol=2e-6)


def test_facts_of_items_that_only_add_do_not_cost_a_part_each(ratings):
    fit = fit_with(ratings, "rating ~ gender + topic + (1 | item) + (1 | rater)", some_samples(4))
    table = ps.label_distributions(fit).table
    population = ps.Population.of_raters(ratings)
    rows = ratings.frame.drop_duplicates("item").sort_values("item")[["item", "topic"]]
    predicted = ps.predict(fit, rows, population=population)
    np.testing.assert_allclose(table[P].to_numpy(), predicted[P].to_numpy(), atol=2e-6)
    np.testing.assert_allclose(table["expected"], predicted["estimate"], atol=2e-6)


@pytest.mark.parametrize(
    "right",
    [
        "gender + (1 | question) + (1 | item) + (1 | rater)",
        "gender + topic + (1 | item) + (1 + topic | rater)",
        "gender + (1 | topic) + (1 | item) + (1 | rater) + (1 | rater:question)",
        "gender + (1 | item)",
        "gender * age + (1 | rater)",
    ],
)
def test_terms_of_all_kinds_agree_with_predict(right, ratings):
    fit = fit_with(ratings, f"rating ~ {right}", some_samples(3), link="logit")
    table = ps.label_distributions(fit, population=ps.Population.of_raters(ratings)).table
    rows = ratings.frame.drop_duplicates("item").sort_values("item")[["item", "topic", "question"]]
    named = [name for name in rows if name == "item" or name in right]
    predicted = ps.predict(fit, rows[named], population=ps.Population.of_raters(ratings))
    np.testing.assert_allclose(table[P].to_numpy(), predicted[P].to_numpy(), atol=2e-6)


def test_a_sampled_posterior_gives_labels_as_predict_does(small_posterior):
    table = ps.label_distributions(small_posterior, by="politics").table
    population = ps.Population.of_raters(small_posterior.ratings)
    predicted = ps.predict(small_posterior, table[["item", "politics"]], population=population)
    np.testing.assert_allclose(table[P].to_numpy(), predicted[P].to_numpy(), atol=2e-6)


def test_populations_agree_with_predict_and_the_cells_without_raters_are_pooled(ratings):
    fit = fit_with(ratings, "rating ~ gender + politics + (1 | item) + (1 | rater)", some_samples(4))
    cells = pd.DataFrame({"gender": list("ffmm"), "politics": list("xzyz"), "share": [0.1, 0.2, 0.3, 0.4]})
    population = ps.Population.from_cells(cells, ratings=ratings)
    with pytest.warns(ps.PopulationWarning, match="no raters"):
        labels = ps.label_distributions(fit, population=population, target="the plan")
    items = pd.DataFrame({"item": labels.table["item"]})
    predicted = ps.predict(fit, items, population=population)
    np.testing.assert_allclose(labels.table[P].to_numpy(), predicted[P].to_numpy(), atol=2e-6)
    assert labels.table["pooled"].all()
    assert (labels.table["target"] == "the plan").all()
    assert labels.card["population"] == {
        "name": "the plan",
        "source": "Shares of 4 cells of gender, politics as given.",
    }
    assert labels.caveats[0] == (
        "9 rows of 9 (`pooled`) are partly about combinations of demographics that no rater has, which the model "
        "predicts from raters who share some of the levels."
    )
    with pytest.warns(ps.PopulationWarning):
        groups = ps.label_distributions(fit, by="gender", population=population).table
    assert groups.groupby("gender")["weight"].first().to_dict() == pytest.approx({"f": 0.6, "m": 1.4})
    assert groups.groupby("gender")["pooled"].all().to_dict() == {"f": False, "m": True}


def test_cells_with_a_share_of_zero_are_nobody(rich, ratings):
    cells = pd.DataFrame({"gender": list("fm"), "share": [1.0, 0.0]})
    labels = ps.label_distributions(rich, by="gender", population=ps.Population.from_cells(cells))
    assert set(labels.table["gender"]) == {"f"}
    assert (labels.table["weight"] == 1.0).all()


def test_levels_outside_the_population_have_no_rows(rich, ratings):
    population = ps.Population.group(ratings, gender="m")
    labels = ps.label_distributions(rich, by="gender", population=population)
    assert set(labels.table["gender"]) == {"m"}
    assert any(text.startswith("The population has nobody with gender f,") for text in labels.caveats)


def test_probabilities_sum_to_one_and_entropies_add_up(rich):
    table = ps.label_distributions(rich, by=["gender", "politics"]).table
    assert (table[P].sum(axis=1) - 1.0).abs().max() < 1e-12
    assert (table["entropy"] - table["disagreement"] - table["ignorance"]).abs().max() < 1e-12
    assert (table["ignorance"] >= 0.0).all()
    assert table["target"].unique().tolist() == [
        f"gender: {g}, politics: {p}" for g, p in [*(("f", p) for p in "xyz"), ("m", "x"), ("m", "y")]
    ]


def test_one_draw_is_all_disagreement(ratings):
    table = ps.label_distributions(fit_with(ratings, RICH, some_samples(1))).table
    assert table["ignorance"].abs().max() < 1e-12
    assert table["expected_sd"].isna().all()


def test_blocks_of_draws_change_nothing(rich, monkeypatch):
    whole = ps.label_distributions(rich, by="gender").table
    monkeypatch.setattr(draw_moments, "BLOCK_NUMBERS", 1)  # every draw a block of its own
    pd.testing.assert_frame_equal(ps.label_distributions(rich, by="gender").table, whole, rtol=1e-9)


def test_order_of_rows_and_names_of_raters_change_nothing(ratings):
    frame = ratings.frame.assign(rating=ratings.values)
    options = {"scale": (1, 5), "demographics": ["gender", "politics"], "covariates": ["age", "topic"]}
    shuffled = frame.sample(frac=1.0, random_state=3).assign(rater=lambda f: "r" + f["rater"].astype(str))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.FitWarning)
        one, other = (
            ps.label_distributions(
                ps.fit(
                    ps.Ratings(part, reference={"gender": "f", "politics": "x"}, **options), SLOPES, method="laplace"
                )
            )
            for part in (frame, shuffled)
        )
    assert one.card["data_hash"] != other.card["data_hash"]  # raters have other names
    pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-5)  # two searches for the same mode


def test_a_group_that_rated_nothing_of_an_item_still_has_its_label(ratings):
    frame = ratings.frame.assign(rating=ratings.values)
    frame = frame[~((frame["item"] == "i0") & (frame["gender"] == "m"))]
    fewer = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"])
    table = ps.label_distributions(fit_with(fewer, SLOPES, some_samples(3)), by="gender").table
    row = table[(table["item"] == "i0") & (table["gender"] == "m")].iloc[0]
    assert (row["n_ratings"], row["n_raters"]) == (0, 0)
    assert 0.0 < row["p_3"] < 1.0
    assert not row["pooled"]


def test_answers_that_nobody_gave_have_probability_zero(ratings):
    frame = ratings.frame.assign(rating=np.where(ratings.values == 2.0, 3.0, ratings.values))
    four = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"])
    table = ps.label_distributions(fit_with(four, SLOPES, some_samples(3))).table
    assert (table["p_2"] == 0.0).all()
    assert (table[P].sum(axis=1) - 1.0).abs().max() < 1e-12


def test_a_bernoulli_model_has_two_answers():
    ratings = study().collapse(2)
    fit = fit_with(ratings, SLOPES, some_samples(4), family="bernoulli", link="logit")
    table = ps.label_distributions(fit, by="gender").table
    assert [name for name in table if name.startswith("p_")] == ["p_1-2", "p_3-5"]
    np.testing.assert_allclose(table["expected"], 1.0 + table["p_3-5"])


def test_collapsing_from_draws_has_the_sds_of_merged_answers():
    fit = fit_with(tiny_ratings(), "rating ~ g + (1 | item) + (1 | rater)", two_draws)
    p = by_hand().reshape(2, 4, 3)
    labels = ps.label_distributions(fit, by="g", collapse=2, midpoint="up")
    above = p[..., 1] + p[..., 2]
    np.testing.assert_allclose(labels.table["p_2-3"], above.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(labels.table["sd_2-3"], above.std(axis=0, ddof=1), atol=1e-6)
    assert labels.scale == ps.Scale(("1", "2-3"), (1.0, 2.0))
    assert labels.card["collapsed"] == "1-3 to 1 | 2-3, midpoint up"


def test_dimensions_have_rows_of_their_own():
    ratings = ps.simulate(n_raters=20, n_items=6, ratings_per_rater=4, dimensions=["toxic", "kind"], seed=1)
    formula = "rating ~ dimension * gender + (1 | item) + (1 | rater)"
    fit = fit_with(ratings, formula, some_samples(3))
    table = ps.label_distributions(fit).table
    assert list(table.columns[:3]) == ["item", "dimension", "target"]
    assert table["dimension"].tolist() == ["toxic", "kind"] * 6
    predicted = ps.predict(fit, table[["item", "dimension"]], population=ps.Population.of_raters(ratings))
    np.testing.assert_allclose(table["expected"], predicted["estimate"], atol=2e-6)
    one = fit_with(ratings.select("kind"), "rating ~ gender + (1 | item) + (1 | rater)", some_samples(3))
    assert ps.label_distributions(one).table["dimension"].unique().tolist() == ["kind"]


def test_effects_of_items_by_group_written_as_pairs_are_looked_up(ratings):
    fit = fit_with(ratings, "rating ~ gender + (1 | item) + (1 | item:gender) + (1 | rater)", some_samples(3))
    labels = ps.label_distributions(fit, by="gender")
    rows = labels.table[["item", "gender"]]
    np.testing.assert_allclose(labels.table["expected"], ps.predict(fit, rows)["estimate"], atol=2e-6)
    assert not any("constant shift" in text for text in labels.caveats)


def test_a_model_without_demographics_labels_the_items(ratings):
    fit = fit_with(ratings, "rating ~ 1 + (1 | item) + (1 | rater)", some_samples(3))
    table = ps.label_distributions(fit).table
    predicted = ps.predict(fit, table[["item"]])
    np.testing.assert_allclose(table[P].to_numpy(), predicted[P].to_numpy(), atol=2e-6)


def test_groups_without_effects_by_item_are_called_a_constant_shift(ratings):
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    labels = ps.label_distributions(fit_with(ratings, formula, some_samples(3)), by="gender")
    assert labels.caveats[0] == (
        f"Groups by gender differ by one constant shift on the latent scale: the formula '{formula}' has no effects of "
        f"gender by item. Fit '{SLOPES}' for groups that differ more on some items than on others."
    )
    assert not ps.label_distributions(fit_with(ratings, SLOPES, some_samples(3)), by="gender").caveats


def test_rows_that_the_data_leave_open_are_missing():
    """gender and politics are the same column, and m with x occurs in the population only."""
    base = study()
    frame = base.frame.assign(rating=base.values, politics=np.where(base.frame["gender"] == "m", "y", "x"))
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"])
    fit = fit_with(ratings, "rating ~ gender + politics + (1 | item) + (1 | rater)", some_samples(3))
    cells = pd.DataFrame({"gender": list("fm"), "politics": list("xx"), "share": [0.5, 0.5]})
    with pytest.warns(ps.PopulationWarning):
        labels = ps.label_distributions(fit, by="gender", population=ps.Population.from_cells(cells))
    missing = labels.table.groupby("gender")["p_1"].apply(lambda p: p.isna().all())
    assert missing.to_dict() == {"f": False, "m": True}
    assert "9 rows of 18 have missing numbers: the data leave them open." in labels.caveats


def test_constant_ratings_give_missing_labels():
    ratings = study(rating=3)
    with pytest.warns(ps.FitWarning):
        fit = ps.fit(ratings, SLOPES, method="laplace")
    assert ps.label_distributions(fit).table["expected"].isna().all()


REFUSED = {
    "no fit": (lambda fit: ps.label_distributions(fit.ratings), "`label_distributions` needs a fit; found Ratings."),
    "unknown": (
        lambda fit: ps.label_distributions(fit, by="gendre"),
        "`by` has 'gendre', which is not a demographic of these ratings; they have: gender, politics. "
        "Did you mean 'gender'?",
    ),
    "not in the formula": (
        lambda fit: ps.label_distributions(fit, by="politics"),
        f"The formula '{SLOPES}' does not name politics, so that its levels have the same labels but for their mix of "
        "other demographics. Fit 'rating ~ gender + politics + (1 + gender + politics | item) + (1 | rater)'.",
    ),
    "midpoint": (
        lambda fit: ps.label_distributions(fit, midpoint="up"),
        "`midpoint` goes with `collapse`, the number of answers of the coarser scale.",
    ),
    "collapse": (
        lambda fit: ps.label_distributions(fit, collapse=7),
        "A scale with 5 answers cannot be collapsed to 7. Choose 2 to 4.",
    ),
    "population": (
        lambda fit: ps.label_distributions(fit, population="adults"),
        "`population` is a ps.Population, such as ps.Population.from_cells(table); found 'adults'.",
    ),
    "licence": (
        lambda fit: ps.label_distributions(fit, licence=3),
        "`licence` is text, such as 'CC BY 4.0'; found 3.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused(case, ratings):
    call, message = REFUSED[case]
    with pytest.raises(ps.ConfigError) as caught:
        call(fit_with(ratings, SLOPES, some_samples(2)))
    assert str(caught.value).startswith(message)


def test_a_gaussian_model_is_refused(ratings):
    fit = fit_with(ratings, SLOPES, some_samples(2), family="gaussian")
    with pytest.raises(ps.ConfigError, match=r"Fit family='cumulative' \(or 'bernoulli'\)"):
        ps.label_distributions(fit)


def test_a_demographic_called_like_a_column_is_refused(ratings):
    frame = ratings.frame.assign(rating=ratings.values, policy=ratings.frame["gender"])
    named = ps.Ratings(frame, scale=(1, 5), demographics=["policy"])
    fit = fit_with(named, "rating ~ policy + (1 | item) + (1 | rater)", some_samples(2))
    with pytest.raises(ps.ConfigError) as caught:
        ps.label_distributions(fit, by="policy")
    assert str(caught.value) == (
        "`by` has 'policy', and a label table has a column of its own called that. Rename it with "
        'columns={"policy": "rater_policy"} in ps.Ratings.'
    )
