"""Joint tests of factors and likelihood ratios, against ordinal, lme4 and emmeans."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import pluralstats as ps
from pluralstats.results.effects.likelihood_ratio import _mixture, mixture_tail

TERMS = "(1 | item) + (1 | rater)"
OPTIONS = {"method": "laplace", "on_problem": "ignore"}


def study(effect=(0.0, 0.3, 0.6), seed=12):
    """60 raters of 12 items, gender and politics balanced."""
    rng = np.random.default_rng(seed)
    rater, item = np.repeat(np.arange(60), 12), np.tile(np.arange(12), 60)
    pol, gender = np.arange(60) % 3, np.where(np.arange(60) // 3 % 2, "m", "f")
    latent = 0.5 * (gender[rater] == "m") + np.array(effect)[pol][rater] + rng.normal(0, 0.6, 60)[rater]
    latent = latent + rng.normal(0, 0.5, 12)[item] + rng.normal(size=720)
    frame = pd.DataFrame({"item": item.astype(str), "rater": rater.astype(str), "gender": gender[rater]})
    frame = frame.assign(pol=np.array(list("xyz"))[pol][rater], rating=1 + np.digitize(latent, [-0.8, 0.0, 0.8, 1.6]))
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender", "pol"])


@pytest.fixture(scope="module")
def ratings():
    return study()


def fitted(ratings, fixed, terms=TERMS, **options):
    return ps.fit(ratings, f"rating ~ {fixed} + {terms}", **OPTIONS | options)


def test_tests_of_an_ordinal_factor_are_those_of_clmm(ratings):
    """R 4.2.2, ordinal 2022.11-16: m1 <- clmm(r ~ gender + pol + (1 | item) + (1 | rater), link = "probit"),
    m0 without pol; anova(m0, m1): LR 1.58579, df 2, p 0.45253; b' V^-1 b of pol: 1.604241, V a numeric Hessian."""
    table = ps.joint_tests(fitted(ratings, "gender + pol")).set_index("demographic")
    assert table.loc["pol", ["df", "df_lr"]].tolist() == [2, 2.0]
    assert table.loc["pol", "lr"] == pytest.approx(1.58579, abs=2e-4)
    assert table.loc["pol", "p_lr"] == pytest.approx(0.45253, abs=1e-4)
    assert table.loc["pol", "wald"] == pytest.approx(1.604241, rel=1e-3)


def test_tests_of_marginal_means_in_a_linear_model_are_those_of_emmeans(ratings):
    """R 4.2.2, emmeans 1.8.4: joint_tests(lmer(rating ~ gender * pol + (1 | item) + (1 | rater), REML = FALSE),
    lmer.df = "asymptotic"): F 20.629 with 1 and 0.816 with 2 degrees of freedom. Here raters are balanced, so that
    averages over raters are those over the levels, which emmeans takes."""
    table = ps.joint_tests(fitted(ratings, "gender * pol", family="gaussian")).set_index("demographic")
    assert table.loc["gender", "wald"] == pytest.approx(20.629, abs=1e-3)
    assert table.loc["pol", "wald"] / 2.0 == pytest.approx(0.816, abs=1e-3)


def test_an_interaction_is_tested_as_a_whole_beyond_its_main_effects(ratings):
    """Wald: by hand from the coefficients; likelihood ratio: twice the difference to the model without it."""
    large, small = (fitted(ratings, fixed, family="gaussian", draws=20) for fixed in ("gender * pol", "gender + pol"))
    row = ps.joint_tests(large, ["gender", "gender:pol"]).set_index("demographic").loc["gender:pol"]
    at = large.posterior.coefficient_slice
    b, V = large.posterior.mode[at][-2:], large.posterior.covariance[at, at][-2:, -2:]
    assert all(":" in name for name in large.design.fixed.names[-2:])
    assert (row["df"], row["df_lr"]) == (2, 2)
    assert row["wald"] == pytest.approx(b @ np.linalg.solve(V, b))
    assert row["p_wald"] == pytest.approx(chi2.sf(row["wald"], 2))
    assert row["lr"] == pytest.approx(2.0 * (large.loglik - small.loglik))
    assert row["wald"] == pytest.approx(row["lr"], rel=0.05)  # the same to first order


@pytest.mark.parametrize(
    ("fixed", "problem"),
    [
        ("gender + pol", "'gender:pol' is in no term of the formula .* fit it with gender \\* pol"),
        ("gender + gender:pol", "'gender:pol' is tested beyond the terms below it, and the formula .* lacks pol"),
    ],
)
def test_an_interaction_that_cannot_be_tested_says_what_to_write(ratings, fixed, problem):
    with pytest.raises(ps.ConfigError, match=problem):
        ps.joint_tests(fitted(ratings, fixed, family="gaussian", draws=20), "gender:pol")


def test_the_likelihood_ratio_of_a_variance_is_half_a_chi_square(ratings):
    """R, lme4 1.1-31: logLik of lmer(rating ~ gender * pol + (1 | item) [+ (1 | rater)], REML = FALSE)."""
    small, large = (
        fitted(ratings, "gender * pol", terms, family="gaussian", draws=20) for terms in ("(1 | item)", TERMS)
    )
    table = ps.compare({"with raters": large, "items": small})
    assert table["model"].tolist() == ["items", "with raters"]
    assert table["loglik"].tolist() == pytest.approx([-1173.655553, -1132.251249], abs=1e-4)
    assert table.loc[1, "lr"] == pytest.approx(82.808608, abs=2e-4)
    assert table.loc[1, "p"] == pytest.approx(0.5 * chi2.sf(82.808608, 1), rel=1e-3)
    assert table.loc[1, "note"] == "variances: mixture of chi-squares"
    assert table["aic"].tolist() == pytest.approx([2 * 8 + 2 * 1173.655553, 2 * 9 + 2 * 1132.251249], abs=1e-3)


def test_a_slope_beside_an_intercept_is_a_mixture_of_one_and_two_degrees_of_freedom(ratings):
    """Stram & Lee 1994, case 2."""
    small, large = (
        fitted(ratings, "gender", terms, draws=20) for terms in (TERMS, "(1 + gender | item) + (1 | rater)")
    )
    row = ps.compare({"a": small, "b": large}).iloc[1]
    assert row["df"] == 2.0
    assert row["p"] == pytest.approx(0.5 * chi2.sf(row["lr"], 1) + 0.5 * chi2.sf(row["lr"], 2))


def test_a_correlation_alone_is_no_variance(ratings):
    """(1 + gender || item) lies between the intercept and (1 + gender | item): one variance, then one correlation."""
    terms = (TERMS, "(1 + gender || item) + (1 | rater)", "(1 + gender | item) + (1 | rater)")
    fits = dict(zip("abc", (fitted(ratings, "gender", term, draws=20) for term in terms), strict=True))
    assert _mixture(fits["a"], fits["b"]) == ({0: 0.5, 1: 0.5}, True)
    assert _mixture(fits["b"], fits["c"]) == ({1: 1.0}, False)
    assert _mixture(fits["a"], fits["c"]) == ({1: 0.5, 2: 0.5}, True)
    table = ps.compare(fits)
    assert table["model"].tolist() == ["a", "b", "c"]
    assert table["note"].tolist()[1:] == ["variances: mixture of chi-squares", ""]


def test_fits_with_other_offsets_are_not_nested(ratings):
    small, large = (fitted(ratings, fixed, draws=20) for fixed in ("1", "gender"))
    fixed = replace(large.design.fixed, offset=large.design.fixed.X[:, 0])
    other = replace(large, design=replace(large.design, fixed=fixed))
    with pytest.raises(ps.ConfigError, match=r"No likelihood ratio of 'a' in 'b': their offsets differ\."):
        ps.compare({"a": small, "b": other})


def test_coefficients_and_variances_add_their_degrees_of_freedom(ratings):
    row = ps.compare({"a": fitted(ratings, "1", "(1 | item)"), "b": fitted(ratings, "gender + pol")}).iloc[1]
    assert row["p"] == pytest.approx(0.5 * chi2.sf(row["lr"], 3) + 0.5 * chi2.sf(row["lr"], 4))


def test_p_of_a_variance_that_is_not_there_is_uniform_on_its_half():
    """Published critical value: the 5% point of 1/2 chi2(0) + 1/2 chi2(1) is 2.706 (Stram & Lee 1994)."""
    assert mixture_tail(2.705543454, {0: 0.5, 1: 0.5}) == pytest.approx(0.05, abs=1e-9)


def test_p_values_are_uniform_without_an_effect():
    """40 studies without an effect of politics: Wald's and the ratio's p below 0.5 in half of them.

    7 or fewer, or 33 or more, of 40 at probability 1/2: 2 in 100,000.
    """
    tables = [ps.joint_tests(fitted(study((0, 0, 0), seed), "gender + pol", draws=20), "pol") for seed in range(40)]
    for column in ("p_wald", "p_lr"):
        assert 7 < sum(table[column][0] < 0.5 for table in tables) < 33


def test_a_posterior_has_no_empty_columns_of_a_likelihood_ratio(ratings):
    fit = ps.fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", method="laplace", priors=ps.Priors(), draws=100,
                 on_problem="ignore")  # fmt: skip
    assert fit.estimator != "ML"
    assert not {"lr", "df_lr", "p_lr"} & set(ps.joint_tests(fit).columns)


def test_the_probability_of_equivalence_is_about_the_largest_difference(ratings):
    fit = fitted(ratings, "gender + pol")
    row = ps.joint_tests(fit, "pol", rope=0.2).iloc[0]
    means = ps.contrasts(fit, "pol")
    assert row["largest"] >= means["estimate"].abs().max()
    assert row["p_rope"] <= ps.contrasts(fit, "pol", rope=0.2)["p_rope"].min()
    assert 0.0 < row["p_rope"] < ps.joint_tests(fit, "pol", rope=1.0)["p_rope"][0]


@pytest.mark.parametrize("reference", ["x", "y", "z"])
def test_joint_tests_do_not_depend_on_the_reference(ratings, reference):
    frame = ratings.frame.assign(rating=ratings.values.astype(int)).astype({"pol": str})
    turned = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "pol"], reference={"pol": reference})
    one, other = (ps.joint_tests(fitted(r, "gender + pol"), "pol").iloc[0] for r in (ratings, turned))
    assert other["wald"] == pytest.approx(one["wald"], rel=1e-4)


BAD = [
    ("pol * gender", "gender", {}, "as many parameters"),
    ("gender", "pol", {"link": "logit"}, "family and link differ"),
    ("gender", "pol", {}, "the coefficients of 'a' are no part of 'b'"),
]


@pytest.mark.parametrize(("large", "small", "options", "message"), BAD, ids=[row[3] for row in BAD])
def test_models_that_are_not_nested_have_no_likelihood_ratio(ratings, large, small, options, message):
    if message == "as many parameters":
        small = large
    fits = {"a": fitted(ratings, small, draws=20), "b": fitted(ratings, large, draws=20, **options)}
    if small == "pol" and not options:
        fits["b"] = fitted(ratings, "gender", "(1 + gender | item) + (1 | rater)", draws=20)
    with pytest.raises(ps.ConfigError, match=message) as caught:
        ps.compare(fits)
    assert 'pass by="rating"' in str(caught.value)


def test_restricted_likelihoods_of_different_fixed_parts_are_refused(ratings):
    fits = {name: fitted(ratings, name, family="gaussian", reml=True, draws=20) for name in ("gender", "gender + pol")}
    with pytest.raises(ps.ConfigError, match="restricted likelihoods of different fixed parts"):
        ps.compare(fits)


def test_bad_questions_get_whole_sentences(ratings):
    fit = fitted(ratings, "gender", draws=20)
    for options, message in (({"rope": 0.0}, "above 0; found 0.0"), ({"demographics": "pol"}, "in no term")):
        with pytest.raises(ps.ConfigError, match=message):
            ps.joint_tests(fit, **options)


def test_levels_with_thresholds_of_their_own_have_a_likelihood_ratio_and_no_latent_distance(ratings):
    """The ratio is that of the two fits, with 4 thresholds more."""
    plain, own = (
        ps.fit(ratings, f"rating ~ {TERMS}", thresholds=column, draws=50, **OPTIONS) for column in (None, "gender")
    )
    row = ps.joint_tests(own, "gender").iloc[0]
    assert row["df_lr"] == row["df"] == 4
    assert row["lr"] == pytest.approx(2.0 * (own.loglik - plain.loglik), abs=1e-6)
    assert np.isnan(row["wald"])
    assert "thresholds of their own" in row["note"]
    table = ps.effects(own, "gender", estimands=["points", "latent_d"]).set_index("estimand")
    assert table.loc["points", "lower"] > 0.0
    assert np.isnan(table.loc["latent_d", "estimate"])
    assert "thresholds of their own" in table.loc["latent_d", "note"]
