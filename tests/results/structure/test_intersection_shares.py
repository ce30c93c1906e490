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
        expected = 100.0 * np.array([share.mean(), *np.quantile(share, [0.025, 0.975])])
        assert table.loc[quantity, ["percent", "lower", "upper"]].tolist() == pytest.approx(expected.tolist())


def test_between_variance_is_the_sum_of_the_shares_of_variance(small):
    """One definition of components: for a model whose fixed part has the term's demographics only."""
    fit = ps.fit(small, CROSSED, method="laplace", draws=2000, on_problem="ignore")
    shares = ps.variance_shares(fit).set_index("component")["percent"]
    table = ps.intersection_shares(fit).set_index("quantity")
    total = shares["demographics"] + shares["gender:politics"]
    assert table.loc["between_variance", "percent"] == pytest.approx(total)


def test_demographics_that_the_term_lacks_add_nothing(small):
    fit = fit_with(small, "rating ~ gender + politics + (1 | gender) + (1 | item)", some_samples(50))
    table = ps.intersection_shares(fit).set_index("quantity")
    male = (small.raters["gender"] == "male").mean()
    b = fit.samples.coefficient[:, 0]
    additive = np.maximum(b**2 - 2.0 * np.var(b), 0.0) * male * (1.0 - male)
    term = variance_of(fit, "gender")
    expected = 100.0 * np.mean(term / (additive + term))
    assert table.loc["not_additive", "percent"] == pytest.approx(expected)
    assert "between_raters" not in table.index  # nothing in the formula tells raters apart


def test_random_main_effects_are_main_effects(small):
    fit = fit_with(small, "rating ~ politics + (1 | gender) + (1 | gender:politics) + (1 | item)", some_samples(50))
    table = ps.intersection_shares(fit, term="gender:politics").set_index("quantity")
    term, additive = variance_of(fit, "gender:politics"), additive_by_hand(fit) + variance_of(fit, "gender")
    assert table.loc["not_additive", "percent"] == pytest.approx(100.0 * np.mean(term / (additive + term)))


def test_the_change_in_variance_pairs_every_draw_with_every_draw(small):
    fit, null = fit_with(small, CROSSED, some_samples(40)), fit_with(small, NULL, some_samples(30, seed=2))
    table = ps.intersection_shares(fit, null).set_index("quantity")
    main, alone = variance_of(fit, "gender:politics"), variance_of(null, "gender:politics")
    pairs = [100.0 * (1.0 - m / a) for m in main for a in alone]
    expected = np.quantile(pairs, [0.5, 0.025, 0.975])
    assert table.loc["pcv", ["percent", "lower", "upper"]].tolist() == pytest.approx(expected.tolist())
    total = alone + variance_of(null, "item") + variance_of(null, "rater") + 1.0
    assert table.loc["null_between_variance", "percent"] == pytest.approx(100.0 * np.mean(alone / total))


def test_thinning_to_order_statistics_moves_the_change_by_little(small):
    fit, null = fit_with(small, CROSSED, some_samples(3000)), fit_with(small, NULL, some_samples(3000, seed=2))
    table = ps.intersection_shares(fit, null).set_index("quantity")
    main, alone = variance_of(fit, "gender:politics"), variance_of(null, "gender:politics")
    every = 100.0 * np.quantile(1.0 - np.divide.outer(main, alone), [0.025, 0.5, 0.975])
    assert table.loc["pcv", ["lower", "percent", "upper"]].tolist() == pytest.approx(every.tolist(), rel=0.01)


def test_a_change_from_nothing_is_called_unknown(small):
    def nearly_nothing(design):
        made = some_samples(40)(design)
        sd = made.sd.copy()
        sd[:, [grouping.name for grouping in design.groupings].index("gender:politics")] = np.linspace(0.0, 0.1, 40)
        return made._replace(sd=sd)

    fit = fit_with(small, CROSSED, nearly_nothing)
    table = ps.intersection_shares(fit, fit_with(small, NULL, nearly_nothing)).set_index("quantity")
    assert "its change is unknown" in table.loc["pcv", "note"]
    assert np.isfinite(table["percent"]).all()
    table = ps.intersection_shares(fit, fit_with(small, NULL, some_samples(40))).set_index("quantity")
    assert "unknown" not in table.loc["pcv", "note"]


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


def test_a_maihda_study_is_that_of_lme4():
    """R 4.2.2, lme4 1.1-31: null <- lmer(rating ~ 1 + (1 | gender:race:age) + (1 | item) + (1 | rater)), main <-
    update(null, . ~ . + gender + race + age), both REML = FALSE with bobyqa, rhoend 1e-9; VarCorr, fixef and ranef.
    """
    race, age = {"White": 0.6, "Black": 0.25, "Asian": 0.15}, {"young": 0.6, "old": 0.4}
    options = {"demographics": {"gender": {"female": 0.5, "male": 0.5}, "race": race, "age": age}}
    options |= {"effects": {"gender[male]": 0.4, "race[Black]": -0.5, "age[old]": 0.3}, "family": "gaussian"}
    ratings = ps.simulate(300, 60, 8, sd_intersection={"gender:race:age": 0.4}, intercept=3.0, seed=7, **options)
    random = "(1 | gender:race:age) + (1 | item) + (1 | rater)"
    null, main = (
        ps.fit(ratings, f"rating ~ {fixed} + {random}", family="gaussian", method="laplace", draws=4000)
        for fixed in ("1", "gender + race + age")
    )
    of_null = {"gender:race:age": 0.2363647743, "rater": 0.3356985973, "item": 0.6977189146, "residual": 0.9865286269}
    of_main = {"gender:race:age": 0.1228205279, "rater": 0.3350204204, "item": 0.6952905473, "residual": 0.9865355786}
    for fit, variances in ((null, of_null), (main, of_main)):
        found = fit.parameters[fit.parameters["kind"].isin(["sd", "residual_sd"])].set_index("term")["estimate"] ** 2
        assert found.to_dict() == pytest.approx(variances, rel=1e-3)
    table = ps.intersection_shares(main, null).set_index("quantity")
    # lme4's point estimate of the change; the median of draws is near it on the scale of the interval, -84 to 85
    assert table.loc["pcv", "percent"] == pytest.approx(100.0 * (1.0 - 0.1228205279 / 0.2363647743), abs=6.0)
    vpc = 100.0 * of_null["gender:race:age"] / sum(of_null.values())
    assert table.loc["null_between_variance", "percent"] == pytest.approx(vpc, abs=1.5)
    u = [-0.1385167176, 0.3005167051, -0.5217831224, 0.1444304768, 0.2537797974, -0.0384271393]
    u += [0.4430609055, -0.6050608930, 0.1875869537, 0.1897656919, -0.2241278168, 0.0087751586]
    cells = ps.intersections(main)
    # gaussian: the difference is the deviation of the intersection; 0.02 is a twelfth of its posterior sd
    assert cells["difference"].tolist() == pytest.approx(u, abs=0.02)


def test_shares_of_simulated_studies_are_found_again():
    """8 gaussian studies by REML. Of 40 studies of 300 raters with more noise 98% of the intervals held the truth."""
    age = {"20": 0.25, "30": 0.25, "40": 0.25, "50": 0.25}
    people = {"gender": {"f": 0.5, "m": 0.5}, "race": {"W": 0.4, "B": 0.3, "A": 0.3}, "age": age}
    b = {"gender[m]": 0.5, "race[B]": -0.6, "race[A]": 0.2, "age[30]": 0.2, "age[40]": 0.4, "age[50]": 0.6}
    formula = "rating ~ gender + race + age + (1 | gender:race:age) + (1 | item) + (1 | rater)"
    sds = {"sd_rater": 0.3, "sd_item": 0.5, "sd_residual": 0.5, "sd_intersection": {"gender:race:age": 0.3}}
    rows = []
    for seed in range(8):
        ratings = ps.simulate(200, 20, 4, demographics=people, effects=b, family="gaussian", seed=seed, **sds)
        fit = ps.fit(ratings, formula, family="gaussian", method="laplace", reml=True, draws=300, on_problem="ignore")
        raters = ratings.frame.drop_duplicates("rater")
        additive = np.var(sum(v * (raters[k.split("[")[0]] == k.split("[")[1][:-1]) for k, v in b.items()))
        between = additive + 0.09
        truth = [between / (between + 0.09 + 0.25 + 0.25), between / (between + 0.09), 0.09 / between]
        rows.append(ps.intersection_shares(fit).assign(truth=100.0 * np.array(truth)))
    table = pd.concat(rows)
    covered = table["lower"].le(table["truth"]) & table["upper"].ge(table["truth"])
    assert covered.groupby(table["quantity"]).sum().min() >= 6  # 95% of 8: fewer than 6 in 0.6%
    error = table["percent"] - table["truth"]
    for quantity, errors in error.groupby(table["quantity"]):
        assert abs(errors.mean()) < 3.0 * errors.std() / np.sqrt(8), quantity
    assert error.abs().groupby(table["quantity"]).mean().max() < 12.0  # points of percent, of truths 34, 77 and 30
