"""Agreement of two new raters by a model: closed forms, an independent computation, simulated truth, and its test."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

import pluralstats as ps
from pluralstats.results.cohesion.covariances import item_covariances
from pluralstats.results.cohesion.of_groups import adjusted_p
from pluralstats.results.cohesion.residuals import Cells, permutation_p, score_cells
from pluralstats.results.cohesion.rows import Model, common_fit

CUTS = np.array([-1.0, -0.2, 0.4, 1.3])


@pytest.fixture(scope="module")
def ratings():
    """Three groups with other politics; every group has all four answers."""
    return ps.simulate(
        n_raters=60,
        n_items=20,
        ratings_per_rater=8,
        demographics={"gender": {"f": 0.4, "m": 0.4, "x": 0.2}, "politics": {"left": 0.5, "right": 0.5}},
        seed=3,
    )


def known(ratings, formula, sd, correlation=None, coefficient=None, **options):
    """A fit whose draws are given numbers: two draws, so that quantiles are they."""
    fit = ps.fit(ratings, formula, method="laplace", draws=2, on_problem="ignore", **options)
    names = [grouping.name for grouping in fit.design.groupings]
    assert set(names) == set(sd)
    b = [(coefficient or {}).get(name, 0.0) for name in fit.design.fixed.names]
    r = [(correlation or {}).get(name, 0.0) for name in fit.design.correlation_names]
    values = {"sd": [sd[name] for name in names], "coefficient": b, "correlation": r, "threshold": CUTS}
    fit.__dict__["samples"] = fit.samples._replace(
        **{name: np.tile(np.array(v, float), (2, 1)) for name, v in values.items()}
    )
    return fit


def table_of(fit, by="gender", **options):
    rows = ps.model_cohesion(fit, by, **options)
    return rows.set_index(["scale", "level", "other", "kind"])["estimate"]


SD = {"gender[f] | item": 0.8, "gender[m] | item": 0.5, "gender[x] | item": 1.0, "rater": 0.7}
R = {
    "cor(gender[f], gender[m] | item)": 0.6,
    "cor(gender[f], gender[x] | item)": 0.9,
    "cor(gender[m], gender[x] | item)": 0.3,
}


def test_agreement_is_the_shared_variance_over_the_total(ratings):
    # METHODS 11 by hand: T = item + rater + 1; in-group .64 / T_f; cross .6 x .8 x .5 / sqrt(T_f T_m)
    found = table_of(known(ratings, "rating ~ gender + (0 + gender | item) + (1 | rater)", SD, R))["latent"]
    T = {"f": 0.64 + 0.49 + 1, "m": 0.25 + 0.49 + 1, "x": 1 + 0.49 + 1}
    assert found["f", "f", "in_group"] == pytest.approx(0.64 / T["f"], rel=1e-12)
    assert found["f", "m", "cross_group"] == pytest.approx(0.24 / np.sqrt(T["f"] * T["m"]), rel=1e-12)
    assert found["m", "f", "cross_group"] == found["f", "m", "cross_group"]
    ratio = 0.64 / T["f"] / (0.24 / np.sqrt(T["f"] * T["m"]))
    assert found["f", "m", "association"] == pytest.approx(ratio, rel=1e-12)
    n = ratings.raters["gender"].value_counts()
    m, x = n["m"] / (n["m"] + n["x"]), n["x"] / (n["m"] + n["x"])
    rest = (m * 0.24 + x * 0.72) / np.sqrt(T["f"] * (m * T["m"] + x * T["x"]))
    assert found["f", "rest", "cross_group"] == pytest.approx(rest, rel=1e-12)


def test_the_coding_of_slopes_does_not_matter(ratings):
    # u_m = intercept + slope: var .25 = .64 + d^2 + 2 c d .8 with cov(f, m) = .64 + c d .8 = .24: c d = -.5, d^2 = .41
    d = np.sqrt(0.41)
    # the same for x: var 1 and cov(f, x) = .72: c e = .1, e^2 = .2; cov(m, x) = .64 - .4 + .08 + c' d e = .15
    e = np.sqrt(0.2)
    sd = {"item": 0.8, "gender[m] | item": d, "gender[x] | item": e, "rater": 0.7}
    cor = {
        "cor(Intercept, gender[m] | item)": -0.5 / d,
        "cor(Intercept, gender[x] | item)": 0.1 / e,
        "cor(gender[m], gender[x] | item)": (0.15 - 0.64 + 0.4 - 0.08) / (d * e),
    }
    treatment = table_of(known(ratings, "rating ~ gender + (1 + gender | item) + (1 | rater)", sd, cor))
    means = table_of(known(ratings, "rating ~ gender + (0 + gender | item) + (1 | rater)", SD, R))
    pd.testing.assert_series_equal(treatment, means, rtol=1e-9)


def test_items_crossed_with_the_group_are_shared_within_it_only(ratings):
    fit = known(ratings, "rating ~ (1 | item) + (1 | gender:item)", {"item": 0.6, "gender:item": 0.5})
    found = table_of(fit)["latent"]
    total = 0.36 + 0.25 + 1
    assert found["f", "f", "in_group"] == pytest.approx(0.61 / total, rel=1e-12)
    assert found["f", "rest", "cross_group"] == pytest.approx(0.36 / total, rel=1e-12)


def test_other_demographics_of_a_group_are_noise_and_its_own_level_is_not(ratings):
    # In both draws b is the same, so nothing is taken off for estimation. 2 units between left and right: 4 p (1 - p).
    b = {"gender[m]": 5.0, "politics[right]": 2.0}
    fit = known(ratings, "rating ~ gender + politics + (0 + gender | item) + (1 | rater)", SD, R, b)
    p = ratings.raters.groupby("gender", observed=True)["politics"].agg(lambda column: (column == "right").mean())
    T = 0.64 + 0.49 + 1 + 4 * p["f"] * (1 - p["f"])
    found = item_covariances(fit, "gender")
    assert found.total[:, 0] == pytest.approx([T, T], rel=1e-12)
    assert table_of(fit)["latent", "f", "f", "in_group"] == pytest.approx(0.64 / T, rel=1e-12)


def test_slopes_of_other_columns_are_shared_as_far_as_profiles_are(ratings):
    # E over two raters of z'C z is m'C m, m the mean multipliers: both meet the right's slope with probability p^2
    sd = {"gender[f] | item": 0.8, "gender[m] | item": 0.5, "gender[x] | item": 1.0, "politics[right] | item": 0.4}
    formula = "rating ~ (0 + gender + politics | item)"
    fit = known(ratings, formula, sd)
    p = ratings.raters.groupby("gender", observed=True)["politics"].agg(lambda column: (column == "right").mean())
    found = item_covariances(fit, "gender")
    assert found.shared[0, 0, 0] == pytest.approx(0.64 + 0.16 * p["f"] ** 2, rel=1e-12)
    assert found.shared[0, 0, 1] == pytest.approx(0.16 * p["f"] * p["m"], rel=1e-12)
    assert found.total[0, 0] == pytest.approx(0.64 + 0.16 * p["f"] + 1, rel=1e-12)


def test_agreement_of_ratings_is_their_correlation_by_the_bivariate_normal(ratings):
    # independent: P(Y > j, Y' > k) of two normals by scipy's integration, ratings 1 to 5
    fit = known(ratings, "rating ~ gender + (0 + gender | item) + (1 | rater)", SD, R, {"gender[m]": 0.5})
    found = table_of(fit)["ratings"]
    T, mean, cov = (2.13, 1.74), (0.0, 0.5), {"ff": 0.64, "fm": 0.24}
    for (a, b), key in (((0, 0), "ff"), ((0, 1), "fm")):
        x, y = (CUTS - mean[a]) / np.sqrt(T[a]), (CUTS - mean[b]) / np.sqrt(T[b])
        rho = cov[key] / np.sqrt(T[a] * T[b])
        both = sum(
            multivariate_normal.cdf([-u, -v], cov=[[1, rho], [rho, 1]], abseps=1e-8) - norm.sf(u) * norm.sf(v)
            for u in x
            for v in y
        )
        sds = [np.sqrt(_variance(norm.sf(z))) for z in (x, y)]
        name = ("f", "f", "in_group") if key == "ff" else ("f", "m", "cross_group")
        assert found[name] == pytest.approx(both / (sds[0] * sds[1]), abs=2e-6)


def _variance(above):
    """Of 1 + the number of thresholds below, from the probabilities of each."""
    p = -np.diff(np.concatenate([[1.0], above, [0.0]]))
    values = np.arange(1, 6)
    return values**2 @ p - (values @ p) ** 2


def test_agreement_of_ratings_is_that_of_simulated_raters_when_the_link_is_logit(ratings):
    fit = known(ratings, "rating ~ gender + (0 + gender | item) + (1 | rater)", SD, R, link="logit")
    found = table_of(fit)["ratings"]
    random, n = np.random.default_rng(5), 400_000
    u = random.multivariate_normal([0, 0], [[0.64, 0.24], [0.24, 0.25]], n)
    f, other, m = (
        np.searchsorted(CUTS, u[:, g] + 0.7 * random.normal(size=n) + random.logistic(size=n)) for g in (0, 0, 1)
    )
    # standard error of a correlation of n pairs is below 1 / sqrt(n) = .0016; 4 of them fail once in 8,000 for both
    assert found["f", "f", "in_group"] == pytest.approx(np.corrcoef(f, other)[0, 1], abs=4 * 0.0016)
    assert found["f", "m", "cross_group"] == pytest.approx(np.corrcoef(f, m)[0, 1], abs=4 * 0.0016)


def test_a_ratio_to_agreement_near_nothing_is_two_numbers_and_no_ratio(ratings):
    sd = SD | {"gender[m] | item": 0.1}
    table = ps.model_cohesion(known(ratings, "rating ~ gender + (0 + gender | item) + (1 | rater)", sd, R), "gender")
    rows = table[table["scale"] == "latent"].set_index(["level", "other", "kind"])
    row = rows.loc[("f", "m", "association")]
    across = 0.6 * 0.8 * 0.1 / np.sqrt(2.13 * 1.5)  # .027
    assert rows.loc[("f", "m", "cross_group"), "estimate"] == pytest.approx(across, rel=1e-12)
    assert row[["estimate", "lower", "upper", "p_above"]].isna().all()
    assert row["note"] == "No ratio: the cross-group agreement is 0.027, and a ratio needs it above 0.05."


def test_pairs_and_ratings_are_counted():
    frame = pd.DataFrame({"item": list("aaab"), "rater": list("wxyw"), "rating": [1, 2, 2, 1], "g": list("pprp")})
    fit = ps.fit(
        ps.Ratings(frame, scale=(1, 2), demographics=["g"]), "rating ~ (0 + g | item)", method="laplace",
        priors=ps.Priors(), draws=5, on_problem="ignore",
    )  # fmt: skip
    rows = ps.model_cohesion(fit, "g").query("scale == 'latent'").set_index(["level", "kind"])
    # by hand: w and x are one pair within p on item a; y meets both of them
    assert rows["n_pairs"].loc[[("p", "in_group"), ("p", "cross_group"), ("r", "in_group")]].tolist() == [1, 2, 0]
    assert rows.loc[("p", "in_group"), ["n_raters", "n_ratings"]].tolist() == [2, 3]


# ---------------------------------------------------------------- from ratings, and the test


@pytest.fixture(scope="module")
def divided():
    """150 raters of whom the men share opinions of their own."""
    return ps.simulate(
        n_raters=150, n_items=60, ratings_per_rater=10, sd_item=1.0, item_slopes={"gender[male]": 0.8}, seed=4
    )


def test_a_group_with_opinions_of_its_own_is_found_and_the_truth_is_in_the_interval(divided):
    table = ps.model_cohesion(divided, "gender", permutations=2000, prob=0.999)
    rows = table[table["scale"] == "latent"].set_index(["level", "kind"])
    # truth: sd of items 1, slopes .8, raters .6; each of three intervals fails once in a thousand
    male, female = 1.0 + 0.64, 1.0
    T_m, T_f = male + 1.36, female + 1.36
    for key, truth in {
        ("male", "in_group"): male / T_m,
        ("male", "cross_group"): female / np.sqrt(T_m * T_f),
        ("female", "in_group"): female / T_f,
    }.items():
        assert rows.loc[key, "lower"] < truth < rows.loc[key, "upper"]
    assert rows.loc[("male", "association"), "p_two_sided"] < 0.005
    assert rows.loc[("male", "association"), "n_permutations"] == 2000


def test_two_groups_are_each_others_rest(divided):
    rows = ps.model_cohesion(divided, "gender", permutations=0).set_index(["scale", "level", "kind"])["estimate"]
    for scale in ("latent", "ratings"):
        # sums over levels in another order: equal up to rounding, one ulp where it was seen
        ours, theirs = (rows[scale, level, "cross_group"] for level in ("male", "female"))
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_names_and_the_order_of_rows_move_nothing(divided):
    frame = divided.frame.assign(rating=divided.values)
    names = frame.assign(gender=frame["gender"].astype(str).map({"female": "b", "male": "a"}))
    shuffled = names.sample(frac=1, random_state=1).reset_index(drop=True)
    options = {"scale": (1, 5), "demographics": ["gender"]}
    same, other = (
        ps.model_cohesion(ps.Ratings(table, reference={"gender": "b"}, **options), "gender", permutations=200)
        for table in (names, shuffled)
    )
    numbers = same.columns.drop(["p_two_sided", "p_two_sided_bh"])
    pd.testing.assert_frame_equal(same[numbers], other[numbers], rtol=1e-6)
    own = ps.model_cohesion(divided, "gender", permutations=200)
    pd.testing.assert_frame_equal(own.replace({"female": "b", "male": "a"})[numbers], same[numbers], rtol=1e-6)


def test_the_excess_is_the_mean_over_pairs_within_less_across_item_by_item():
    random = np.random.default_rng(6)
    first, rater = np.array([0, 4, 9]), np.array([0, 1, 2, 3, 0, 1, 2, 3, 4])
    score, level = random.normal(size=9), np.array([0, 0, 0, 1, 1])
    excess, _, _ = permutation_p(Cells(first, rater, score, np.ones(9)), level, 2, 3, 1)
    total = weights = 0.0
    for rows in (range(4), range(4, 9)):
        pairs = [(a, b) for a in rows for b in rows if a < b]
        inside = [score[a] * score[b] for a, b in pairs if level[rater[a]] == level[rater[b]] == 0]
        across = [score[a] * score[b] for a, b in pairs if level[rater[a]] != level[rater[b]]]
        weight = 1 / (1 / len(inside) + 1 / len(across))
        total, weights = total + weight * (np.mean(inside) - np.mean(across)), weights + weight
    assert excess[0] == pytest.approx(total / weights, rel=1e-12)


def test_p_is_uniform_where_groups_share_their_opinions():
    # 200 studies of 60 raters without association, severities included; p <= .1 in 200 x .1: outside these bounds
    # with probability 2e-4 (binomial), and so for p <= .5
    p = []
    for seed in range(20):
        study = ps.simulate(n_raters=60, n_items=25, ratings_per_rater=10, effects={}, seed=seed)
        cells = score_cells(common_fit(study, Model(None, "cumulative", "probit", 1)).estimated)
        random = np.random.default_rng(seed)
        p += [permutation_p(cells, random.permutation(60) // 20, 3, 200, k)[1][0] for k in range(10)]
    below = [(np.array(p) <= level).sum() for level in (0.1, 0.5)]
    assert 6 <= below[0] <= 38
    assert 74 <= below[1] <= 126


def test_p_are_adjusted_once_for_each_group():
    # Benjamini-Hochberg by hand: .01 x 2 / 1 and .04 x 2 / 2; a second row of a group changes nothing
    p = pd.Series([0.01, np.nan, 0.04])
    assert adjusted_p(p).tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert adjusted_p(pd.concat([p, p], ignore_index=True))[:3].tolist() == pytest.approx(
        [0.02, np.nan, 0.04], nan_ok=True
    )


def test_a_group_of_few_pairs_has_a_sentence(ratings):
    few = ps.Ratings(
        ratings.frame.assign(rating=ratings.values).iloc[:60], scale=(1, 5), demographics=["gender"]
    )  # eight raters
    table = ps.model_cohesion(few, "gender", permutations=20)
    assert table["estimate"].isna().all()
    assert table["note"].str.startswith("Agreement within a group needs 3 raters and 50 pairs").all()


def test_a_gaussian_model_has_its_agreement_in_ratings(ratings):
    study = ps.simulate(
        n_raters=40,
        n_items=30,
        ratings_per_rater=15,
        sd_item=1.0,
        sd_rater=0.5,
        sd_residual=0.8,
        family="gaussian",
        seed=2,
    )
    table = ps.model_cohesion(study, "gender", family="gaussian", permutations=20, prob=0.999)
    assert set(table["scale"]) == {"ratings"}
    rows = table.set_index(["level", "kind"])
    # by hand: 1 / (1 + .25 + .64), in both groups; each interval fails once in a thousand
    assert (rows.loc[(slice(None), "in_group"), "lower"] < 1 / 1.89).all()
    assert (rows.loc[(slice(None), "in_group"), "upper"] > 1 / 1.89).all()


def test_ratings_that_are_all_equal_have_no_numbers():
    frame = pd.DataFrame({"item": np.tile(np.arange(20), 12), "rater": np.repeat(np.arange(12), 20), "rating": 3})
    ratings = ps.Ratings(frame.assign(g=frame["rater"] % 2), scale=(1, 5), demographics=["g"])
    assert ps.model_cohesion(ratings, "g", permutations=20)["estimate"].isna().all()


@pytest.mark.parametrize(
    ("make", "by", "message"),
    [
        (lambda r: r, "gendr", "Did you mean 'gender'?"),
        (lambda r: r, [], "`by` must be a demographic, or a list of them where ratings are given; found []."),
        (lambda r: r.frame, "gender", "needs a fit or Ratings; found DataFrame."),
        (
            lambda r: ps.fit(r, "rating ~ gender + (1 | item) + (1 | rater)", method="laplace"),
            "gender",
            "Fit it with (0 + gender | item) instead of (1 | item), or pass the ratings",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_with_what_to_do(ratings, make, by, message):
    asked = make(ratings)
    with pytest.raises(ps.ConfigError) as error:
        ps.model_cohesion(asked, by)
    assert message in str(error.value)
