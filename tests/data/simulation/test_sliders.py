"""Simulated sliders: the model that is fitted, the truth that comes with them, and what is refused."""

import numpy as np
import pytest
from scipy.special import expit

import pluralstats as ps
from pluralstats.data.simulation.sliders import slider_ratings
from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA

OWN = np.array([-1.5, 2.0, np.log(5.0)])


def test_answers_have_the_shares_and_means_of_the_family_that_is_fitted():
    # closed forms of model/families/bounded, which data may not import
    n, eta = 200_000, 0.4
    scale = ps.Scale.parse(("continuous", 0, 10))
    made = slider_ratings(np.full((n, 1), eta), [OWN[:2]], np.exp(OWN[2:]), scale, np.random.default_rng(1))[:, 0]
    assert np.mean(made == 0.0) == pytest.approx(expit(OWN[0] - eta), abs=0.004)
    assert np.mean(made == 10.0) == pytest.approx(expit(eta - OWN[1]), abs=0.004)
    assert made.mean() == pytest.approx(10.0 * ORDERED_BETA.bounded.expected(eta, OWN)[0], abs=0.04)
    inside = made[(made > 0.0) & (made < 10.0)] / 10.0
    mu = expit(eta)
    assert inside.mean() == pytest.approx(mu, abs=0.003)
    assert inside.var() == pytest.approx(mu * (1.0 - mu) / 6.0, rel=0.02)  # of a beta distribution with phi = 5


def test_a_fit_finds_the_truth():
    ratings = ps.simulate(150, 40, 20, family="ordered_beta", intercept=-0.4, thresholds=[-2.0, 2.5], seed=3)
    truth, fit = ratings.truth, ps.fit(ratings, family="ordered_beta", method="laplace")
    at = fit.parameters.set_index("parameter")
    known = dict(zip(truth.coefficients["parameter"], truth.coefficients["value"], strict=True))
    known |= {"0|between": truth.thresholds["all"][0], "between|100": truth.thresholds["all"][1]}
    known |= {"log(precision)": np.log(truth.precisions["all"]), "sd(rater)": 0.6, "sd(item)": 0.8}
    z = [(at["estimate"][name] - value) / at["se"][name] for name, value in known.items()]
    assert np.abs(z).max() < 3.0


def test_dimensions_have_their_own_cutpoints_and_precision(tmp_path):
    made = ps.simulate(
        30, 10, 5, family="ordered_beta", dimensions=["a", "b"], precision={"a": 3.0, "b": 9.0}, seed=2,
        thresholds={"a": [-1, 1], "b": [-3, 3]}, scale=("continuous", -1, 1),
    )  # fmt: skip
    assert made.scale.ends == (-1.0, 1.0)
    assert made.truth.of("b").precisions == {"b": 9.0}
    assert made.truth.of("a").thresholds["a"].tolist() == [-1.0, 1.0]
    assert "Intercept" in set(made.truth.coefficients["parameter"])
    fit = ps.fit(made.select(dimension="a"), family="ordered_beta", method="laplace", draws=10, on_problem="ignore")
    fit.save(tmp_path / "fit")
    assert ps.load_fit(tmp_path / "fit").ratings.truth.precisions == {"a": 3.0}


def test_other_families_are_what_they_were():
    assert ps.simulate(20, 10, 5).scale.describe() == "1-5"
    assert ps.simulate(20, 10, 5, family="gaussian").scale.describe() == "continuous"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"scale": (1, 5)}, "needs a continuous scale with two ends"),
        ({"scale": "continuous"}, "needs a continuous scale with two ends"),
        ({"thresholds": [1, 0]}, "are its two cutpoints"),
        ({"thresholds": {"x": [0, 1]}}, "has none for the dimension"),
        ({"precision": 0}, "is above 0"),
        ({"disc": {"gender[male]": 0.2}}, "`disc` goes with answers on a scale; sliders have one precision"),
        ({"sd_stretch_rater": 0.2, "sd_disc_rater": 0.1}, "`sd_disc_rater` and `sd_stretch_rater` go with"),
        ({"family": "cumulative", "scale": ("continuous", 0, 100)}, 'needs family="ordered_beta" or "gaussian"'),
    ],
)
def test_what_cannot_be_meant_is_refused(asked, message):
    with pytest.raises(ps.ConfigError, match=message):
        ps.simulate(20, 10, 5, **{"family": "ordered_beta"} | asked)
