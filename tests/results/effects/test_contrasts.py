"""Contrasts: sums of coefficients, differences of differences, families, and R's lme4 with emmeans and multcomp."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import pluralstats as ps
from pluralstats.study.sections.effects.clear import adjusted_p

PER_FAMILY = ["lower_simultaneous", "upper_simultaneous", "p", "p_adjusted", "family"]


@pytest.fixture(scope="module")
def crossed(small):
    """Numeric ratings with an interaction of gender and politics."""
    return ps.fit(
        small, "rating ~ gender * politics + (1 | item) + (1 | rater)", family="gaussian", method="laplace", draws=400
    )


@pytest.fixture(scope="module")
def odds(small):
    """The same for categories."""
    formula = "rating ~ gender * politics + (1 | item) + (1 | rater)"
    return ps.fit(small, formula, link="logit", method="laplace", draws=200, on_problem="ignore")


def draws_of(fit, *names):
    """(S,) sum of coefficients, each draw; a minus in front subtracts."""
    columns = {name: fit.samples.coefficient[:, k] for k, name in enumerate(fit.design.fixed.names)}
    return sum(-columns[name[1:]] if name.startswith("-") else columns[name] for name in names)


def named(table, *by):
    """Rows by "level - reference | within"."""
    names = table["level"] + " - " + table["reference"]
    for name in by:
        names = names + " | " + table[name]
    return table.set_index(names)


def test_pairwise_differences_of_a_linear_model_are_sums_of_coefficients(small):
    fit = ps.fit(small, family="gaussian", method="laplace", draws=300)
    table = named(ps.contrasts(fit, "politics"))
    expected = {
        "centre - left": ["politics[centre]"],
        "right - left": ["politics[right]"],
        "right - centre": ["politics[right]", "-politics[centre]"],
    }
    assert list(table.index) == list(expected)
    for row, names in expected.items():
        draws = draws_of(fit, *names)
        assert table.loc[row, "estimate"] == pytest.approx(np.mean(draws))
        assert table.loc[row, ["lower", "upper"]].tolist() == pytest.approx(np.quantile(draws, [0.025, 0.975]))
        assert table.loc[row, "p_direction"] == pytest.approx(max(np.mean(draws > 0), np.mean(draws <= 0)))


def test_simple_effects_are_coefficients_with_their_interactions(crossed):
    table = named(ps.contrasts(crossed, "gender", by="politics"), "politics")
    main = "gender[male]"
    for level, names in {
        "left": [main],
        "centre": [main, "gender[male]:politics[centre]"],
        "right": [main, "gender[male]:politics[right]"],
    }.items():
        assert table.loc[f"male - female | {level}", "estimate"] == pytest.approx(np.mean(draws_of(crossed, *names)))


def test_interactions_of_a_linear_model_are_its_interaction_coefficients(crossed):
    table = ps.contrasts(crossed, "gender", kind="interaction", by="politics")
    first, second = "gender[male]:politics[centre]", "gender[male]:politics[right]"
    expected = {"centre - left": [first], "right - left": [second], "right - centre": [second, f"-{first}"]}
    assert table["politics"].tolist() == list(expected)
    assert (table["level"] + table["reference"]).unique().tolist() == ["malefemale"]
    for row, names in zip(table.itertuples(), expected.values(), strict=True):
        draws = draws_of(crossed, *names)
        assert row.estimate == pytest.approx(np.mean(draws))
        assert (row.lower, row.upper) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])))


def test_interactions_are_the_same_whichever_demographic_stands_first(crossed, odds):
    for fit, estimand in ((crossed, "points"), (odds, "points"), (odds, "marginal_odds_ratio")):
        one = ps.contrasts(fit, "gender", kind="interaction", by="politics", estimands=estimand)
        other = ps.contrasts(fit, "politics", kind="interaction", by="gender", estimands=estimand)
        assert (other["level"] + " - " + other["reference"]).tolist() == one["politics"].tolist()
        for column in ("estimate", "lower", "upper", "raw", "p"):
            assert other[column].tolist() == pytest.approx(one[column].tolist(), nan_ok=True)


def test_interactions_of_ratios_are_ratios_of_ratios(odds):
    table = ps.contrasts(odds, "gender", kind="interaction", by="politics", estimands="odds_ratio")
    expected = np.exp(draws_of(odds, "gender[male]:politics[right]"))
    row = table[table["politics"] == "right - left"].iloc[0]
    assert row["estimate"] == pytest.approx(np.exp(np.mean(np.log(expected))))
    assert row["p"] == pytest.approx(2.0 * min(np.mean(expected > 1.0), np.mean(expected < 1.0)))


def test_without_an_interaction_the_latent_scale_has_none_and_rating_points_say_so_beside_it(small_fit):
    table = ps.contrasts(small_fit, "gender", kind="interaction", by="politics", estimands=["latent_d", "points"])
    latent, points = (table[table["estimand"] == name] for name in ("latent_d", "points"))
    assert latent[["estimate", "lower", "upper"]].eq(0.0).all(axis=None)
    assert latent["p"].eq(1.0).all()
    assert latent["p_direction"].eq(0.5).all()
    assert points["estimate"].abs().max() > 1e-4  # the ends of the scale


def test_raw_numbers_of_an_interaction_are_differences_of_differences_of_cell_means(small, crossed):
    table = ps.contrasts(crossed, "gender", kind="interaction", by="politics").set_index("politics")
    groups = pd.DataFrame({"y": small.values}).groupby([small.frame["gender"], small.frame["politics"]], observed=True)
    mean, raters = groups["y"].mean(), small.frame.groupby(["gender", "politics"], observed=True)["rater"].nunique()
    difference = mean["male"] - mean["female"]
    row = table.loc["right - left"]
    assert row["raw"] == pytest.approx(difference["right"] - difference["left"])
    assert row["n_raters"] == raters["male"]["right"] + raters["female"]["right"]
    assert row["n_raters_reference"] == raters["male"]["left"] + raters["female"]["left"]


def test_intersections_are_one_factor(small, crossed):
    table = named(ps.contrasts(crossed, ("gender", "politics")))
    assert len(table) == 15
    assert table["demographic"].unique().tolist() == ["gender:politics"]
    names = ["gender[male]", "politics[right]", "gender[male]:politics[right]"]
    row = table.loc["male:right - female:left"]
    assert row["estimate"] == pytest.approx(np.mean(draws_of(crossed, *names)))
    cell = small.frame[(small.frame["gender"] == "male") & (small.frame["politics"] == "right")]
    assert (row["n_raters"], row["n_ratings"]) == (cell["rater"].nunique(), len(cell))


def test_reference_contrasts_are_the_effects_and_part_of_the_pairs(small_fit):
    estimands = ["points", "probability", "marginal_odds_ratio"]
    table = ps.contrasts(small_fit, "politics", kind="reference", estimands=estimands, rope=0.1)
    effects = ps.effects(small_fit, "politics", estimands=estimands, rope=0.1)
    pd.testing.assert_frame_equal(table.drop(columns=PER_FAMILY), effects)
    pairs = ps.contrasts(small_fit, "politics", estimands=estimands, rope=0.1).drop(columns=PER_FAMILY)
    pd.testing.assert_frame_equal(pairs[pairs["reference"] == "left"].reset_index(drop=True), effects)


def test_simple_effects_are_the_effects_by(odds):
    table = ps.contrasts(odds, "gender", kind="reference", by="politics")
    pd.testing.assert_frame_equal(table.drop(columns=PER_FAMILY), ps.effects(odds, "gender", by="politics"))


def test_contrasts_change_sign_with_the_order_of_levels(small):
    frame = small.frame.assign(rating=small.values.astype(int)).astype({"politics": str, "gender": str})
    turned = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"], reference={"politics": "right"})
    formula = "rating ~ gender + politics + (1 | item) + (1 | rater)"
    fits = (ps.fit(ratings, formula, method="laplace", draws=4000, on_problem="ignore") for ratings in (small, turned))
    one, other = (named(ps.contrasts(fit, "politics")) for fit in fits)
    assert other.loc["left - right", "estimate"] == pytest.approx(-one.loc["right - left", "estimate"], abs=0.02)
    assert other.loc["left - right", "raw"] == pytest.approx(-one.loc["right - left", "raw"])


# R 4.2.2, lme4 1.1-31, ratings of ``small`` as numbers: lmer(rating ~ gender + politics + (1 | item) + (1 | rater),
# REML = FALSE); multcomp 1.4-22 glht(mcp(politics = "Tukey")): estimate, se, 95% family-wise interval, single-step p;
# emmeans 1.8.4 pairs(..., adjust = "holm"): p
TUKEY = {
    "centre - left": (-0.064554, 0.185132, -0.498279, 0.369171, 0.93507, 0.7273),
    "right - left": (0.347720, 0.182512, -0.079868, 0.775308, 0.13683, 0.1169),
    "right - centre": (0.412274, 0.199679, -0.055531, 0.880079, 0.09702, 0.1169),
}


def test_linear_contrasts_are_those_of_multcomp_and_emmeans(small):
    fit = ps.fit(small, family="gaussian", method="laplace", draws=40_000)
    max_t, holm = (named(ps.contrasts(fit, "politics", adjust=adjust)) for adjust in ("max_t", "holm"))
    for name, (estimate, se, lower, upper, p_single_step, p_holm) in TUKEY.items():
        row = max_t.loc[name]
        assert row["estimate"] == pytest.approx(estimate, abs=0.02 * se)
        assert row["upper"] - row["lower"] == pytest.approx(2 * 1.95996 * se, rel=0.02)
        assert row["lower_simultaneous"] == pytest.approx(lower, abs=0.04 * se)
        assert row["upper_simultaneous"] == pytest.approx(upper, abs=0.04 * se)
        assert row["p_adjusted"] == pytest.approx(p_single_step, abs=0.02)  # 40,000 draws: 0.005
        assert holm.loc[name, "p_adjusted"] == pytest.approx(p_holm, abs=0.02)


# the same program: lmer(rating ~ gender * politics + ..., REML = FALSE), emmeans contrast(interaction = "revpairwise")
# and contrast("revpairwise", by = "politics"), asymptotic: estimate, 95% interval
EMMEANS_INTERACTION = {
    "centre - left": (-0.3064, -1.040, 0.428),
    "right - left": (0.0798, -0.641, 0.801),
    "right - centre": (0.3861, -0.405, 1.177),
}
EMMEANS_SIMPLE = {
    "left": (-0.343, -0.809, 0.1226),
    "centre": (-0.650, -1.217, -0.0817),
    "right": (-0.263, -0.813, 0.2863),
}


def test_interactions_and_simple_effects_are_those_of_emmeans(small):
    formula = "rating ~ gender * politics + (1 | item) + (1 | rater)"
    fit = ps.fit(small, formula, family="gaussian", method="laplace", draws=40_000)
    interaction = ps.contrasts(fit, "gender", kind="interaction", by="politics").set_index("politics")
    simple = ps.contrasts(fit, "gender", by="politics").set_index("politics")
    for table, expected in ((interaction, EMMEANS_INTERACTION), (simple, EMMEANS_SIMPLE)):
        for name, numbers in expected.items():
            assert table.loc[name, ["estimate", "lower", "upper"]].tolist() == pytest.approx(list(numbers), abs=0.015)


INTERACTION = {"centre - left": 0.0, "right - left": 0.8, "right - centre": 0.8}
SIMPLE = {"left": 0.3, "centre": 0.3, "right": 1.1}


def holds_all(table, truth):
    lower, upper = table["lower_simultaneous"], table["upper_simultaneous"]
    return all(lower[name] < value < upper[name] for name, value in truth.items())


def test_interactions_and_simple_effects_that_simulations_put_in_are_found_again():
    """12 studies of 200 raters: among the right, gender makes 0.8 points more."""
    politics = {"left": 0.4, "centre": 0.3, "right": 0.3}
    found = []
    for seed in range(12):
        ratings = ps.simulate(
            n_raters=200,
            n_items=20,
            ratings_per_rater=10,
            demographics={"gender": {"female": 0.5, "male": 0.5}, "politics": politics},
            effects={"gender[male]": 0.3, "gender[male]:politics[right]": 0.8},
            family="gaussian",
            seed=seed,
        )
        formula = "rating ~ gender * politics + (1 | item) + (1 | rater)"
        fit = ps.fit(ratings, formula, family="gaussian", method="laplace", draws=500, on_problem="ignore")
        interaction = ps.contrasts(fit, "gender", kind="interaction", by="politics").set_index("politics")
        simple = ps.contrasts(fit, "gender", by="politics").set_index("politics")
        found.append((holds_all(interaction, INTERACTION), holds_all(simple, SIMPLE)))
    assert (np.sum(found, axis=0) >= 9).all()  # 11.4 expected, fewer than 9 has probability 0.002


def three_groups(empty_cell=False):
    """Three levels of ``one`` by two of ``two``; nobody is in (c, b) when there is an empty cell."""
    rng = np.random.default_rng(2)
    rater, item = np.repeat(np.arange(60), 10), np.tile(np.arange(10), 60)
    one = np.array(list("abc"))[rater % 3]
    two = np.where((one == "c") & empty_cell, "a", np.array(list("ab"))[(rater // 3) % 2])
    data = pd.DataFrame(
        {"item": item, "rater": rater, "rating": rng.integers(1, 6, rater.size), "one": one, "two": two}
    )
    return ps.Ratings(data, scale=(1, 5), demographics=["one", "two"], reference={"one": "a", "two": "a"})


def test_what_the_data_do_not_determine_is_empty_and_not_counted():
    fit = ps.fit(
        three_groups(empty_cell=True), "rating ~ one * two + (1 | rater)", method="laplace", on_problem="ignore"
    )
    table = named(ps.contrasts(fit, "one", by="two", adjust="bonferroni"), "two")
    numbers = [
        "estimate",
        "lower",
        "upper",
        "p_direction",
        "lower_simultaneous",
        "upper_simultaneous",
        "p",
        "p_adjusted",
    ]
    missing = table[numbers].isna()
    assert (missing.all(axis=1) == missing.any(axis=1)).all()
    assert table.index[missing.all(axis=1)].tolist() == ["c - a | b", "c - b | b"]
    assert table["family"].unique().tolist() == ["one within two, points: 4 contrasts"]
    known = table[~missing.all(axis=1)]
    assert known["p_adjusted"].tolist() == pytest.approx(np.minimum(4.0 * known["p"], 1.0).tolist())
    interaction = ps.contrasts(fit, "one", kind="interaction", by="two").set_index("level")
    assert interaction["estimate"].isna().tolist() == [False, True, True]


def test_intersections_that_nobody_is_in_are_no_levels():
    fit = ps.fit(three_groups(empty_cell=True), method="laplace", draws=50, on_problem="ignore")
    table = ps.contrasts(fit, ("one", "two"), kind="reference")
    assert table["level"].tolist() == ["a:b", "b:a", "b:b", "c:a"]
    assert table["reference"].unique().tolist() == ["a:a"]
    assert table["estimate"].notna().all()


def test_contrasts_within_combinations_of_levels():
    fit = ps.fit(
        ps.simulate(
            n_raters=80,
            n_items=20,
            ratings_per_rater=5,
            demographics={name: {"x": 0.5, "y": 0.5} for name in ("a", "b", "c")},
            seed=1,
        ),
        method="laplace",
        draws=50,
    )
    table = ps.contrasts(fit, "a", by=["b", "c"])
    assert table[["b", "c"]].to_numpy().tolist() == [["x", "x"], ["x", "y"], ["y", "x"], ["y", "y"]]
    assert table["family"].unique().tolist() == ["a within b within c, points: 4 contrasts"]


def test_a_demographic_with_one_level_has_no_contrasts():
    ratings = ps.simulate(n_raters=20, n_items=10, demographics={"gender": {"female": 1.0}}, effects={}, seed=1)
    fit = ps.fit(ratings, "rating ~ gender + (1 | rater)", method="laplace", draws=20, on_problem="ignore")
    table = ps.contrasts(fit, "gender", adjust="holm")
    assert len(table) == 0
    assert list(table.columns)[-5:] == PER_FAMILY


def test_each_estimand_is_a_family_of_its_own(small_fit):
    table = ps.contrasts(small_fit, "politics", estimands=["points", "P(rating >= 4)"], adjust="bonferroni")
    assert table["family"].unique().tolist() == [
        "politics, points: 3 contrasts",
        "politics, P(rating >= 4): 3 contrasts",
    ]
    assert table["p_adjusted"].tolist() == pytest.approx(np.minimum(3.0 * table["p"], 1.0).tolist())
    assert (table["lower_simultaneous"] < table["lower"]).all()
    assert (table["upper_simultaneous"] > table["upper"]).all()
    assert ps.contrasts(small_fit, "politics")["p_adjusted"].isna().all()


BAD = [
    (
        ("gendr",),
        {},
        "'gendr' is in no term of the formula 'rating ~ gender + politics + (1 | item) + "
        "(1 | rater)', so the model has no effect of it. Did you mean 'gender'?",
    ),
    (
        ("gender",),
        {"by": "gender"},
        "'gender' cannot be contrasted within its own levels. Take it out of `demographic` or `by`.",
    ),
    ((("gender", "gender"),), {}, "`demographic` names gender, gender: the same demographic twice. Name each once."),
    (((),), {}, "`demographic` names what is contrasted; found nothing. Pass one, or a tuple of several."),
    (
        ("gender",),
        {"kind": "pairs"},
        "`kind` is one of pairwise, reference, interaction; found 'pairs'. Did you mean 'pairwise'?",
    ),
    (
        ("gender",),
        {"kind": "interaction"},
        "An interaction needs `by`, the demographic whose levels differences are compared between.",
    ),
    (
        ("gender",),
        {"adjust": "hollm"},
        "`adjust` is None or one of bonferroni, holm, hommel, bh, by, max_t; found 'hollm'. Did you mean 'holm'?",
    ),
    (("gender",), {"prob": 95}, "`prob` is a probability between 0 and 1; found 95. The default is 0.95."),
]


@pytest.mark.parametrize(("arguments", "options", "message"), BAD, ids=[str(row[:2]) for row in BAD])
def test_contrasts_answer_a_bad_question_with_a_whole_sentence(small_fit, arguments, options, message):
    with pytest.raises(ps.ConfigError) as caught:
        ps.contrasts(small_fit, *arguments, **options)
    assert str(caught.value) == message


def test_p_of_many_contrasts_of_a_gaussian_fit_is_the_closed_form_and_the_same_in_findings():
    """Flat priors and normal ratings: p of a pair is 2 Phi(-|d| / se) of the maximum and its covariance."""
    levels = {f"level {i:02d}": 1.0 / 12.0 for i in range(12)}
    ratings = ps.simulate(
        n_raters=240, n_items=20, demographics={"group": levels}, effects={"group[level 11]": 2.0}, seed=4
    )
    fit = ps.fit(ratings, "rating ~ group + (1 | rater)", family="gaussian", method="laplace", draws=4000)
    table = ps.contrasts(fit, "group", adjust="holm")
    names = list(fit.design.fixed.names)
    at = fit.posterior.coefficient_slice
    b, V = fit.posterior.mode[at], fit.posterior.covariance[at, at]
    rows = np.zeros((len(table), len(names)))
    for row, (level, reference) in zip(rows, table[["level", "reference"]].itertuples(index=False), strict=True):
        for name, sign in ((level, 1.0), (reference, -1.0)):
            row[[i for i, column in enumerate(names) if name in column]] = sign
    closed = 2.0 * norm.sf(np.abs(rows @ b) / np.sqrt(np.einsum("ij,jk,ik->i", rows, V, rows)))
    assert (closed < 1e-4).sum() >= 5  # beyond what 4,000 draws show
    # a 2.5% quantile of 4,000 draws has a standard error of 2.2% of its distance from the mean; 4 of them
    small = closed < 0.05
    assert norm.isf(table["p"][small] / 2.0).tolist() == pytest.approx(norm.isf(closed[small] / 2.0).tolist(), rel=0.09)
    assert table.loc[closed < 1e-6, "p_adjusted"].max() < 1e-3
    assert adjusted_p(table).tolist() == pytest.approx(table["p_adjusted"].tolist())
