"""Waves of five and of three answers on one latent scale."""

import numpy as np
import pandas as pd
import pytest
from two_waves import SCALES, THIRDS, in_two_waves, two_waves

import pluralstats as ps

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


@pytest.fixture(scope="module")
def made() -> ps.Ratings:
    """Every rater meets items in both waves."""
    ratings = ps.simulate(150, 30, 24, effects={"gender[male]": 0.5}, seed=11)
    return in_two_waves(ratings, np.random.default_rng(4).random(ratings.n_ratings) < 0.4)


@pytest.fixture(scope="module")
def fit(made) -> ps.Fit:
    return ps.fit(made, FORMULA, thresholds="wave", method="laplace")


def test_both_waves_thresholds_are_recovered(fit, made):
    """Less the shift that all items have in common, which thresholds take up."""
    table = fit.parameters.set_index("parameter")
    effects = made.truth.random_effects
    shift = effects.loc[effects["term"] == "item", "value"].mean()
    for wave, cuts in made.truth.thresholds.items():
        found = table.loc[[f"{wave}: {k}|{k + 1}" for k in range(1, len(cuts) + 1)]]
        assert (np.abs(found["estimate"] - (cuts - shift)) < 3 * found["se"]).all()
    assert abs(table.loc["gender[male]", "estimate"] - 0.5) < 3 * table.loc["gender[male]", "se"]
    assert not fit.problems


def test_two_scales_in_one_model_are_one_scale_less_finely_asked(made):
    """A wave of three answers says what five collapsed to three say: equal log-likelihoods of the same rows."""
    late = made.frame["wave"].to_numpy() == "2"
    frame = made.frame.assign(rating=np.where(late, made.frame["rating"], THIRDS[made.frame["rating"]]) + 1)
    three = ps.Ratings(frame, scale=(1, 3), demographics=["gender"])
    collapsed = ps.fit(made.collapse(3), FORMULA, thresholds="wave", method="laplace")
    plain = ps.fit(three, FORMULA, thresholds="wave", method="laplace")
    assert collapsed.loglik == pytest.approx(plain.loglik, abs=1e-6)
    assert collapsed.parameters["estimate"].to_numpy() == pytest.approx(
        plain.parameters["estimate"].to_numpy(), abs=1e-5
    )


def test_labels_and_values_of_waves_are_their_own():
    base = two_waves(40)
    words = {"1": ["never", "seldom", "some", "often", "always"], "2": ["no", "some", "yes"]}
    label = [words[wave][code] for wave, code in zip(base.frame["wave"], base.frame["rating"], strict=True)]
    named = ps.Ratings(base.frame.assign(rating=label), scale={"wave": words}, demographics=["gender"])
    one = ps.fit(named, FORMULA, thresholds="wave", method="laplace", on_problem="ignore")
    boundaries = one.parameters.loc[one.parameters["kind"] == "threshold", "parameter"]
    assert boundaries.tolist()[3:] == ["1: often|always", "2: no|some", "2: some|yes"]
    number = ps.fit(base, FORMULA, thresholds="wave", method="laplace", on_problem="ignore")
    assert one.loglik == pytest.approx(number.loglik, abs=1e-9)


def test_an_answer_never_given_in_one_wave_is_named_with_it():
    base = two_waves(40)
    frame = base.frame[~((base.frame["wave"] == "2") & (base.frame["rating"] == 1))]
    frame = frame.assign(rating=frame["rating"] + 1)
    fit = ps.fit(
        ps.Ratings(frame, scale=SCALES), "rating ~ (1 | item)", thresholds="wave", method="laplace", on_problem="ignore"
    )
    (sentence,) = [problem for problem in fit.problems if "never used" in problem]
    assert sentence.startswith("1 category was never used in ratings of wave '2' (2)")
    assert "2: 1|3" in set(fit.parameters["parameter"])


def test_waves_that_nothing_joins_are_refused_by_name():
    base = two_waves(40)
    frame = base.frame.assign(
        rating=base.frame["rating"] + 1, item=base.frame["item"].astype(str) + base.frame["wave"].astype(str)
    )
    apart = ps.Ratings(pd.DataFrame(frame), scale=SCALES, demographics=["gender"])
    with pytest.raises(ps.DataError, match=r"The levels of wave are not linked: \{1\} and \{2\} share neither"):
        ps.fit(apart, FORMULA, thresholds="wave", method="laplace")


@pytest.mark.parametrize("options", [{}, {"family": "gaussian"}, {"thresholds": "gender"}])
def test_a_model_of_two_scales_needs_thresholds_of_both(made, options):
    with pytest.raises(ps.DataError, match=r'needs ratings on one scale.*thresholds="wave"'):
        ps.fit(made, FORMULA, method="laplace", **options)


def test_a_fit_of_two_scales_is_stored_whole(fit, tmp_path):
    back = ps.load_fit(fit.save(tmp_path / "fit"))
    pd.testing.assert_frame_equal(back.parameters, fit.parameters)
    assert back.ratings.data_hash == fit.ratings.data_hash
    assert (back.samples.threshold == fit.samples.threshold).all()
