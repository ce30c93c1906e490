"""Fits of other families with crossed effects against R, by maximum likelihood."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

FORMULA = "rating ~ gender + politics + (1 | item) + (1 | rater)"


def fitted(ratings, family, link):
    fit = ps.fit(ratings, FORMULA, family=family, link=link, method="laplace", draws=100, on_problem="ignore")
    return fit.loglik, dict(zip(fit.parameters["parameter"], fit.parameters["estimate"], strict=True))


def check(found, loglik, expected):
    assert found[0] == pytest.approx(loglik, abs=1e-5)
    for name, value in expected.items():
        assert found[1][name] == pytest.approx(value, abs=1e-4), name


def test_a_cumulative_model_with_cloglog_is_that_of_clmm(small):
    # ordinal 2022.11.16: clmm(factor(rating) ~ gender + politics + (1 | item) + (1 | rater), link = "cloglog")
    expected = {"1|2": -2.0724460277, "4|5": 0.6626132466, "gender[male]": -0.5337936137}
    expected |= {"politics[right]": 0.4671625259, "sd(rater)": 0.659462446, "sd(item)": 1.07041748}
    check(fitted(small, "cumulative", "cloglog"), -979.503855603, expected)


def test_a_bernoulli_model_with_cloglog_is_that_of_glmmtmb(small):
    # glmmTMB 1.1.5: glmmTMB(y ~ gender + ..., family = binomial("cloglog")). lme4::glmer differs by 2.3: it takes the
    # expected information for the determinant, which is another approximation where the link is not canonical.
    expected = {"Intercept": 0.139626047, "gender[male]": -0.465130584, "politics[right]": 0.330682093}
    expected |= {"sd(rater)": 0.63405043, "sd(item)": 1.17411566}
    check(fitted(small.collapse(2), "bernoulli", "cloglog"), -372.720026637, expected)


# glmmTMB 1.1.5 on a row for every step that a rating came to, x$go whether it went on:
# glmmTMB(go ~ 0 + step + gender + politics + (1 | item) + (1 | rater), x, binomial(link)); steps are minus tau.
STEPS = {
    ("sratio", "logit"): (
        -974.484843735,
        (-2.1075662196, -1.1958403492, -0.4710619058, 0.8000051362),
        (-0.6754716301, 0.5989390519, 0.841101547, 1.401326910),
    ),
    ("sratio", "probit"): (
        -971.62785801,
        (-1.2312258831, -0.7027149954, -0.2685601982, 0.4685325333),
        (-0.3869859335, 0.3546941759, 0.490994335, 0.819211206),
    ),
    ("cratio", "cloglog"): (
        -969.691773737,
        (-0.788933572, -0.283929297, 0.158861090, 0.881889085),
        (-0.354538741, 0.350566320, 0.469229306, 0.812672398),
    ),
}


@pytest.mark.parametrize(("family", "link"), STEPS)
def test_ratio_models_are_binary_models_of_their_steps(small, family, link):
    loglik, tau, others = STEPS[family, link]
    names = ["gender[male]", "politics[right]", "sd(rater)", "sd(item)"]
    expected = dict(zip(["1|2", "2|3", "3|4", "4|5", *names], [*tau, *others], strict=True))
    check(fitted(small, family, link), loglik, expected)


def test_neighbouring_categories_with_two_answers_are_a_logistic_regression(small):
    two = small.collapse(2)
    loglik, found = fitted(two, "bernoulli", "logit")
    again, of_acat = fitted(two, "acat", "logit")
    assert again == pytest.approx(loglik, abs=1e-8)
    (boundary,) = set(of_acat) - set(found)
    pd.testing.assert_series_equal(
        pd.Series(of_acat).drop(boundary), pd.Series(found).drop("Intercept"), check_exact=False, rtol=1e-6
    )
    assert of_acat[boundary] == pytest.approx(-found["Intercept"], rel=1e-6)


def test_steps_of_a_rare_category_have_thresholds_without_an_order(small):
    # as above, logit, of the ratings but nine in ten of those with a 3
    values = small.values.astype(int)
    kept = small.frame.assign(rating=values)[(values != 3) | (np.arange(values.size) % 10 == 0)]
    columns = {name: kept[name].astype(str) for name in ("item", "rater", "gender", "politics")}
    reference = {"gender": "female", "politics": "left"}
    data = pd.DataFrame(columns | {"rating": kept["rating"]})
    rare = ps.Ratings(data, scale=(1, 5), demographics=["gender", "politics"], reference=reference)
    expected = {"1|2": -2.0868117470, "2|3": -0.7819521366, "3|4": -2.6980242195, "4|5": 0.9160776296}
    expected |= {"gender[male]": -0.7492082531, "sd(rater)": 0.97662978, "sd(item)": 1.66606799}
    check(fitted(rare, "sratio", "logit"), -721.784239436, expected)
