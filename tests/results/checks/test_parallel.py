"""Parallel thresholds: likelihood ratios of ordinal and VGAM, what is the same model twice, and effects in points."""

import numpy as np
import pytest
from scipy.stats import norm

import pluralstats as ps
from pluralstats.errors import ConfigError

PLAIN = "rating ~ gender + race"
# R 4.2.2, ordinal 2022.11.16: scale_test and nominal_test of clm(rating ~ gender + race, link = ...) on ``ratings``,
# df, LRT and Pr(>Chi); the ratio of s and its Wald interval are exp() of clm(..., scale = ~gender)
ORDINAL = {
    "probit": {
        ("gender", "noise"): (1, 10.80456681, 0.00101250015),
        ("race", "noise"): (2, 1.88936109, 0.38880375577),
        ("gender", "thresholds"): (3, 12.84101509, 0.00499334324),
        ("race", "thresholds"): (6, 7.67564496, 0.26284230195),
    },
    "logit": {
        ("gender", "noise"): (1, 10.8037755, 0.00101293304),
        ("race", "noise"): (2, 1.9604853, 0.37522004143),
        ("gender", "thresholds"): (3, 13.24066636, 0.00414402827),
        ("race", "thresholds"): (6, 8.17883374, 0.22529214011),
    },
}
LOG_S = {"probit": (0.2182689, 0.08604711, 0.35049063), "logit": (0.2290694, 0.09064303, 0.36749586)}


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(
        n_raters=80, n_items=20, ratings_per_rater=15, seed=11, disc={"gender[male]": 0.3},
        demographics={"gender": {"female": 0.5, "male": 0.5}, "race": {"a": 0.4, "b": 0.3, "c": 0.3}},
        effects={"gender[male]": 0.4, "race[c]": -0.3},
    )  # fmt: skip


def plain(ratings, formula=PLAIN, **options):
    return ps.fit(ratings, formula, method="laplace", on_problem="ignore", **options)


@pytest.mark.parametrize("link", ORDINAL)
def test_likelihood_ratios_are_those_of_ordinal(ratings, link):
    table = ps.proportional_odds_tests(plain(ratings, link=link))
    found = table.set_index(["demographic", "test"])
    for row, (df, lr, p) in ORDINAL[link].items():
        assert found.loc[row, "df"] == df
        assert found.loc[row, "lr"] == pytest.approx(lr, abs=2e-5)
        assert found.loc[row, "p"] == pytest.approx(p, rel=1e-4)
    noise = found.loc[("gender", "noise"), ["estimate", "lower", "upper"]].to_numpy(float)
    assert np.log(noise) == pytest.approx(LOG_S[link], abs=2e-5)
    assert found.loc[("gender", "noise"), ["level", "reference", "unit"]].tolist() == ["male", "female", "ratio of s"]


@pytest.mark.parametrize(("family", "lr"), [("sratio", 6.021897533), ("acat", 13.37126263)])
def test_families_of_steps_have_thresholds_alone_as_in_vgam(ratings, family, lr):
    """R 4.2.2, VGAM 1.1.7: vglm(rating ~ gender + race, acat(parallel = ...)), TRUE against FALSE ~ gender."""
    table = ps.proportional_odds_tests(plain(ratings, family=family, link="logit"), "gender")
    assert table["test"].tolist() == ["thresholds"] and table["df"].tolist() == [3]
    assert table["lr"][0] == pytest.approx(lr, abs=2e-5)


def test_of_two_groups_alone_noise_and_use_of_the_scale_are_one_model(ratings):
    """P(y <= k) = F((tau_k - b) / s) for men: thresholds tau / s and a shift of its own, whichever it is called."""
    table = ps.proportional_odds_tests(plain(ratings, "rating ~ gender")).set_index("test")
    assert table.loc["noise", "lr"] == pytest.approx(table.loc["use of the scale", "lr"], abs=1e-5)
    assert table.loc["noise", "estimate"] == pytest.approx(1.0 / table.loc["use of the scale", "estimate"], rel=1e-4)
    assert table.loc["thresholds", "lr"] > table.loc["use of the scale", "lr"]


def test_change_is_what_the_larger_model_does_to_a_share_in_points(ratings):
    """Of two groups alone, free thresholds give the observed shares: the change is observed less plain model."""
    fit = plain(ratings, "rating ~ gender")
    table = ps.proportional_odds_tests(fit).set_index("test").loc["thresholds"]
    level, _, share = table["change_at"].partition(": ")
    answer = int(share.removeprefix("P(rating >= ").removesuffix(")"))
    of_level = ratings.frame[ratings.frame["gender"] == level]
    observed = 100.0 * (ratings.values[of_level.index] >= answer).mean()
    tau = fit.parameters.query("kind == 'threshold'")["estimate"].to_numpy()
    b = fit.parameters.query("kind == 'coefficient'")["estimate"].iloc[0] * (level == "male")
    modelled = 100.0 * norm.sf(tau[answer - 2] - b)
    assert table["change"] == pytest.approx(observed - modelled, abs=0.15)  # posterior means over 1000 draws


def test_whatever_the_fit_is_the_ratio_is_of_maximum_likelihood(ratings):
    priors = ps.fit(ratings, PLAIN, priors=ps.Priors(), method="laplace", on_problem="ignore")
    assert priors.estimator == "MAP"
    one, other = (ps.proportional_odds_tests(fit, "gender") for fit in (priors, plain(ratings)))
    assert one["lr"].to_numpy() == pytest.approx(other["lr"].to_numpy(), abs=1e-6)


def test_of_shares_there_are_no_groups_with_thresholds_of_their_own(ratings):
    frame = ratings.frame.assign(rating=ratings.values)
    both = frame["rater"].cat.codes % 7 == 0
    frame["race"] = frame["race"].astype(str).where(~both, "a;b")
    some = ps.Ratings(frame, (1, 5), ["gender", "race"], multi_select={"race": "share"})
    table = ps.proportional_odds_tests(plain(some))
    assert table.loc[table["demographic"] == "race", "test"].tolist() == ["noise", "use of the scale"]
    assert table.loc[table["demographic"] == "race", "df"].tolist() == [2, 2]


@pytest.fixture(scope="module")
def with_raters():
    """Forty raters who differ in noise, men half as noisy again."""
    made = ps.simulate(
        n_raters=40, n_items=15, ratings_per_rater=15, disc={"gender[male]": 0.6}, sd_disc_rater=0.3, seed=2
    )
    return plain(made, "rating ~ gender + (1 | item) + (1 | rater)")


@pytest.mark.parametrize(("raters", "own"), [(True, " + (1 | rater)"), (False, "")])
def test_where_raters_differ_both_models_say_so(with_raters, raters, own):
    table = ps.proportional_odds_tests(with_raters, raters=raters, prob=0.99).set_index("test")
    small = plain(with_raters.ratings, with_raters.formula, disc="~ (1 | rater)") if raters else with_raters
    large = plain(with_raters.ratings, with_raters.formula, disc=f"~ gender{own}")
    ratio = ps.compare({"small": small, "large": large}).iloc[-1]
    assert table.loc["noise", ["lr", "df", "p"]].tolist() == pytest.approx(ratio[["lr", "df", "p"]].tolist(), rel=1e-6)
    assert table.loc["noise", "lower"] < np.exp(0.6) < table.loc["noise", "upper"]
    assert table["df"].tolist() == [1, 1, 3]


@pytest.mark.parametrize("options", [{}, {"raters": False}])
def test_a_dimension_of_a_joint_fit_is_tested_as_that_dimension_alone(options):
    made = ps.simulate(n_raters=40, n_items=15, ratings_per_rater=8, dimensions=["harm", "hate"], seed=3)
    view = ps.fit(made, method="laplace", draws=200, on_problem="ignore").on_dimension("hate")
    alone = ps.fit(made.select(dimension="hate"), method="laplace", draws=200, on_problem="ignore")
    found, wanted = (ps.proportional_odds_tests(fit, **options) for fit in (view, alone))
    assert found["note"].tolist() == [""] * 3
    assert found["lr"].to_numpy() == pytest.approx(wanted["lr"].to_numpy(), abs=1e-3)


def test_what_cannot_be_tested_is_refused(ratings):
    with pytest.raises(ConfigError, match=r"parts of its own .* begin with a plain model\. Fit 'rating ~ gender"):
        ps.proportional_odds_tests(plain(ratings, disc="~ gender"))
    with pytest.raises(ConfigError, match=r"3 answers or more; this fit has the gaussian family"):
        ps.proportional_odds_tests(plain(ratings, family="gaussian"))
    weight = np.where(ratings.frame["rater"].cat.codes % 2, 2.0, 1.0)
    frame = ratings.frame.assign(rating=ratings.values.astype(int), rater_weight=weight)
    weighted = ps.Ratings(frame, (1, ratings.scale.K), ratings.demographics)
    with pytest.raises(ConfigError, match=r"design weights .* its ratios have no p"):
        ps.proportional_odds_tests(ps.fit(weighted, "rating ~ gender", method="laplace", on_problem="ignore"))
    with pytest.raises(ConfigError, match="names no category of raters"):
        ps.proportional_odds_tests(plain(ratings, "rating ~ (1 | item)"))
    with pytest.raises(ConfigError, match="'age' is in no term of the formula"):
        ps.proportional_odds_tests(plain(ratings), "age")


def test_a_model_that_cannot_be_fitted_has_a_note(ratings):
    frame = ratings.frame.assign(rating=ratings.values)
    frame["race"] = frame["race"].astype(str).where(frame["rater"] != "R01", "alone")
    table = ps.proportional_odds_tests(plain(ps.Ratings(frame, (1, 5), ["gender", "race"])), "race").set_index("test")
    assert table.loc["noise", "note"].startswith("`disc` cannot tell the noise of race[alone] from that of one person")
    assert np.isnan(table.loc["noise", "lr"]) and table.loc["noise", "level"] == ""
    assert table.loc["thresholds", "lr"] > 0.0 and table.loc["thresholds", "note"] == ""
