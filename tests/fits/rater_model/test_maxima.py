"""Noise, use of the scale and threshold groups without random effects: other programs' maxima of the same likelihood.

Origin: ``maxima.json`` by ``maxima.R`` (ordinal::clm) on the rows of ``made_raters``; stretch, which no program has, by
``written_out.maximum``, the formula in numpy, which is held to clm first.
"""

import json
from pathlib import Path

import made_raters
import numpy as np
import pytest
import written_out

import pluralstats as ps

CLM = json.loads(Path(__file__).with_name("maxima.json").read_text(encoding="utf-8"))
OURS = {
    "gendermale": "gender[male]",
    "politicscentre": "politics[centre]",
    "politicsright": "politics[right]",
    "gendermale.1": "disc: gender[male]",
    "centred_age": "disc: age",
}
BOUNDARIES = ["1|2", "2|3", "3|4", "4|5"]
ML = {"method": "laplace", "on_problem": "ignore"}


def zero_one(frame, *columns) -> np.ndarray:
    """(n, m) 1 where a column has its last level ("male", "right", "yes"); "centre" of politics too."""
    marked = {"gender": "male", "slur": "yes", "politics": "right", "centre": "centre"}
    return np.stack([frame[{"centre": "politics"}.get(c, c)] == marked[c] for c in columns], axis=1).astype(float)


def assert_found(fit, loglik, estimate, se, tolerance=1e-4):
    assert fit.loglik == pytest.approx(loglik, abs=tolerance)
    at = fit.parameters.set_index("parameter")
    assert set(at.index) == set(estimate)
    for name, value in estimate.items():
        assert at.loc[name, "estimate"] == pytest.approx(value, abs=tolerance), name
        assert at.loc[name, "se"] == pytest.approx(se[name], abs=tolerance), name


def assert_is_clm(fit, case):
    there = CLM[case]
    estimate, se = ({OURS.get(k, k): value for k, value in there[what].items()} for what in ("estimate", "se"))
    assert_found(fit, there["loglik"], estimate, se)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_disc_is_the_scale_of_clm(hate, link):
    fit = ps.fit(made_raters.ratings(hate), "rating ~ gender + politics", disc="~ gender + age", link=link, **ML)
    assert_is_clm(fit, f"disc {link}")


def test_thresholds_by_politics_are_the_nominal_effects_of_clm(hate):
    fit = ps.fit(made_raters.ratings(hate), "rating ~ gender", thresholds="politics", **ML)
    assert_is_clm(fit, "groups politics")


@pytest.mark.parametrize("disc", [None, "~ gender"])
def test_thresholds_by_what_is_asked_are_the_nominal_effects_of_clm(rows, disc):
    fit = ps.fit(made_raters.ratings(rows), "rating ~ gender + politics", thresholds="asked", disc=disc, **ML)
    assert_is_clm(fit, "groups dimension, disc" if disc else "groups dimension")


@pytest.mark.parametrize("link", ["probit", "logit", "cloglog"])
def test_what_is_written_out_here_is_the_scale_of_clm_too(hate, link):
    decades = (hate["age"] - hate["age"].mean()).to_numpy(float) / 10.0
    noise = np.column_stack([zero_one(hate, "gender"), decades])
    y, X = hate["rating"].to_numpy() - 1, zero_one(hate, "gender", "centre", "politics")
    found, there = written_out.maximum(y, X, W=noise, link=link), CLM[f"disc {link}"]
    unit = np.append(np.ones(8), 0.1)
    assert found.loglik == pytest.approx(there["loglik"], abs=1e-7)
    assert unit * found.estimate == pytest.approx(list(there["estimate"].values()), abs=1e-7)
    assert unit * found.se == pytest.approx(list(there["se"].values()), abs=1e-7)


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize("disc", [None, "~ gender"])
def test_stretch_is_the_maximum_of_the_formula(hate, disc, link):
    fit = ps.fit(made_raters.ratings(hate), "rating ~ gender + slur", disc=disc, stretch="~ gender", link=link, **ML)
    male = zero_one(hate, "gender")
    parts = {"W": male if disc else None, "A": male, "link": link}
    found = written_out.maximum(hate["rating"].to_numpy() - 1, zero_one(hate, "gender", "slur"), **parts)
    names = [*BOUNDARIES, "gender[male]", "slur[yes]", *(["disc: gender[male]"] if disc else [])]
    names.append("stretch: gender[male]")
    assert_found(
        fit, found.loglik, dict(zip(names, found.estimate, strict=True)), dict(zip(names, found.se, strict=True))
    )


def test_stretch_moves_the_thresholds_of_each_group_around_their_own_mean(rows):
    fit = ps.fit(made_raters.ratings(rows), "rating ~ gender", thresholds="asked", stretch="~ gender", **ML)
    male, group = zero_one(rows, "gender"), (rows["dimension"] == "hate").to_numpy(int)
    found = written_out.maximum(rows["rating"].to_numpy() - 1, male, A=male, group=group)
    names = [f"{group}: {boundary}" for group in ("harm", "hate") for boundary in BOUNDARIES]
    names += ["gender[male]", "stretch: gender[male]"]
    assert_found(
        fit, found.loglik, dict(zip(names, found.estimate, strict=True)), dict(zip(names, found.se, strict=True))
    )


def test_dimensions_that_share_nothing_have_the_sum_of_their_maxima(rows):
    fit = ps.fit(made_raters.ratings(rows), "rating ~ gender", **ML)  # thresholds and coefficients by dimension
    each = [table for _, table in rows.groupby("dimension")]
    found = [written_out.maximum(table["rating"].to_numpy() - 1, zero_one(table, "gender")) for table in each]
    assert fit.loglik == pytest.approx(sum(one.loglik for one in found), abs=1e-4)
    coefficients = fit.parameters.loc[fit.parameters["kind"] == "coefficient", ["estimate", "se"]].to_numpy()
    np.testing.assert_allclose(coefficients, [(one.estimate[-1], one.se[-1]) for one in found], atol=1e-4)


def test_the_tolerance_tells_a_wrong_sign_or_centre(hate):
    """A scale with brms' sign, and thresholds stretched around zero, miss by far more than is allowed."""
    y, male = hate["rating"].to_numpy() - 1, zero_one(hate, "gender")
    right = written_out.maximum(y, male, W=male)
    assert np.abs(2.0 * right.estimate[-1]) > 1e3 * 1e-4
    centred = written_out.maximum(y, zero_one(hate, "gender", "slur"), A=male)
    shift = centred.estimate[:4].mean() * (np.exp(centred.estimate[-1]) - 1.0)  # what the place of men would take up
    assert abs(shift) > 1e3 * 1e-4
