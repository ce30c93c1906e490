"""Simulated raters who differ in noise and in use of the scale: the closed form, the truth, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import logistic, norm

import pluralstats as ps
from pluralstats.data.saved import stored_ratings, write_ratings

CUTS = np.array([-1.2, 0.0, 0.4, 2.0])
CENTRE = 0.3  # mean of CUTS
ALIKE = {"sd_rater": 0, "sd_item": 0, "effects": {}}


def expected_shares(cdf, eta, log_s, a):
    """P(y <= k) = F((c + e^a (tau_k - c) - eta) / s), METHODS 8, for k = 1..4."""
    return cdf((CENTRE + np.exp(a) * (CUTS - CENTRE) - eta) / np.exp(log_s))


def found_shares(codes):
    return [np.mean(codes <= k) for k in range(4)]


@pytest.mark.parametrize(("link", "cdf"), [("probit", norm.cdf), ("logit", logistic.cdf)])
def test_groups_answer_with_their_own_noise_and_use_of_the_scale(link, cdf):
    options = {"sd_rater": 0, "sd_item": 0, "link": link, "thresholds": CUTS, "effects": {"gender[male]": 0.5}}
    ratings = ps.simulate(4000, 10, 5, **options, disc={"gender[male]": 0.4}, stretch={"gender[male]": -0.3})
    for level, eta, log_s, a in (("female", 0.0, 0.0, 0.0), ("male", 0.5, 0.4, -0.3)):
        codes = ratings.frame.loc[ratings.frame["gender"] == level, "rating"]
        # 0.02 is 4 standard errors with about 10,000 ratings
        assert found_shares(codes) == pytest.approx(expected_shares(cdf, eta, log_s, a), abs=0.02)


def test_each_rater_answers_as_the_effects_in_the_truth_say():
    options = {"thresholds": CUTS, "sd_disc_rater": 0.6, "sd_stretch_rater": 0.5, "seed": 2}
    ratings = ps.simulate(8, 5000, 5000, **ALIKE, **options)
    drawn = ratings.truth.random_effects.set_index(["term", "group"])["value"]
    for rater, codes in ratings.frame.groupby("rater", observed=True)["rating"]:
        expected = expected_shares(norm.cdf, 0.0, drawn["disc: rater", rater], drawn["stretch: rater", rater])
        assert found_shares(codes) == pytest.approx(expected, abs=0.03)  # 4 standard errors of 5,000 ratings


def test_noise_multiplies_the_residual_of_numbers():
    """The same seed has the same residuals, so that the ratings of a study of residuals alone are s times as large."""
    options = {"n_raters": 30, "family": "gaussian", "sd_residual": 0.7, **ALIKE}
    plain = ps.simulate(**options)
    noisy = ps.simulate(**options, disc={"gender[male]": 0.4}, sd_disc_rater=0.3)
    own = noisy.truth.random_effects.query("term == 'disc: rater'").set_index("group")["value"]
    frame = noisy.frame.astype({"rater": str, "gender": str})
    log_s = own.loc[frame["rater"]].to_numpy() + 0.4 * (frame["gender"] == "male").to_numpy()
    assert noisy.values == pytest.approx(np.exp(log_s) * plain.values)


def test_a_study_without_parts_is_not_moved_by_naming_them():
    for options in ({}, {"dimensions": ["a", "b"], "n_questions": 5, "item_slopes": {"gender[male]": 0.4}}):
        plain = ps.simulate(seed=4, **options)
        none = {"gender[male]": 0.0}
        assert plain.data_hash == ps.simulate(seed=4, **options, disc=none, stretch=none).data_hash
    numbers = ps.simulate(seed=4, family="gaussian")
    assert numbers.data_hash == ps.simulate(seed=4, family="gaussian", disc=none).data_hash


def test_one_part_leaves_what_the_other_draws():
    both = ps.simulate(sd_disc_rater=0.3, sd_stretch_rater=0.2).truth.random_effects
    alone = ps.simulate(sd_stretch_rater=0.2).truth.random_effects
    assert "disc: rater" not in set(alone["term"])
    for term in alone["term"].unique():
        values = [table.loc[table["term"] == term, "value"].tolist() for table in (both, alone)]
        assert values[0] == values[1]


def test_the_truth_has_parts_under_the_names_of_a_fit():
    groups = {"gender": {"female": 0.5, "male": 0.5}, "race": {"White": 0.5, "Black": 0.5}}
    options = {"demographics": groups, "disc": {"gender[male]:race[Black]": 0.2}, "stretch": {"race[Black]": -0.3}}
    truth = ps.simulate(2000, 10, 1, sd_disc_rater=0.3, sd_stretch_rater=0.2, **options).truth
    values = truth.coefficients.set_index("parameter")["value"]
    assert values[values != 0].to_dict() == {"disc: gender[male]:race[Black]": 0.2, "stretch: race[Black]": -0.3}
    assert {"disc: gender[male]", "disc: race[Black]", "stretch: gender[male]"} < set(values.index)
    assert truth.sds.set_index("term")["value"][["disc: rater", "stretch: rater"]].tolist() == [0.3, 0.2]
    found = truth.random_effects.pivot_table(index="group", columns="term", values="value")
    # a standard error of an sd of 2,000 is 1.6%, of a correlation 0.022
    assert (found["disc: rater"].std(), found["stretch: rater"].std()) == pytest.approx((0.3, 0.2), rel=0.07)
    assert found[["rater", "disc: rater", "stretch: rater"]].corr().to_numpy() == pytest.approx(np.eye(3), abs=0.09)


def test_a_rater_is_as_noisy_on_one_dimension_as_on_another_but_for_the_sd():
    sds = {"sd_disc_rater": {"x": 0.2, "y": 0.4}, "sd_stretch_rater": 0.3, "stretch": {"gender[male]": {"y": 0.5}}}
    truth = ps.simulate(dimensions=["x", "y"], thresholds={"x": [-1, 0], "y": [0, 3]}, scale=(1, 3), **sds).truth
    drawn = truth.random_effects.pivot_table(index=["term", "group"], columns="dimension", values="value")
    assert drawn.loc["disc: rater", "y"].to_numpy() == pytest.approx(2 * drawn.loc["disc: rater", "x"].to_numpy())
    assert drawn.loc["stretch: rater", "y"].tolist() == drawn.loc["stretch: rater", "x"].tolist()
    assert truth.of("x").coefficients.set_index("parameter")["value"]["stretch: gender[male]"] == 0.0
    assert truth.of("y").centres == {"y": 1.5}


def test_default_thresholds_allow_for_noise():
    """A scale mixture of normals is no normal: middle answers are somewhat more frequent than a fifth, and no more."""
    shares = ps.simulate(2000, 400, 10, effects={}, sd_disc_rater=0.5).frame["rating"].value_counts(normalize=True)
    assert shares.tolist() == pytest.approx([0.2] * 5, abs=0.04)


def test_parts_survive_a_folder_and_a_coarser_scale_keeps_the_centre(tmp_path):
    ratings = ps.simulate(20, 10, 5, thresholds=CUTS, stretch={"gender[male]": 0.3}, sd_disc_rater=0.2)
    coarse = ratings.collapse(3)
    assert coarse.truth.thresholds["all"].mean() != pytest.approx(CENTRE)
    assert coarse.truth.centres == {"all": pytest.approx(CENTRE)}
    write_ratings(tmp_path, coarse)
    again = stored_ratings(tmp_path).truth
    assert again.centres == coarse.truth.centres
    pd.testing.assert_frame_equal(again.coefficients, coarse.truth.coefficients)
    assert ps.simulate(20, 10, 5).truth.centres == {}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"disc": {"gender[mle]": 0.4}}, r"`disc` names 'gender\[mle\]'.*Did you mean 'gender\[male\]'"),
        ({"stretch": {"gender[female]": 0.4}}, "`stretch` names.*first level of each demographic is the reference"),
        ({"disc": 0.4}, r"`disc` must be a dictionary such as \{\"gender\[male\]\": 0.4\}; found 0.4"),
        ({"disc": {"gender[male]": {"z": 1}}}, r"`disc\['gender\[male\]'\]` names the dimension 'z'"),
        ({"disc": {"gender[male]": np.inf}}, r"`disc\['gender\[male\]'\]` must be a finite number"),
        ({"sd_disc_rater": -0.1}, "`sd_disc_rater` must be 0 or more; found -0.1"),
        ({"sd_stretch_rater": "wide"}, "`sd_stretch_rater` must be a finite number.*found 'wide'"),
        ({"stretch": {"gender[male]": 0.3}, "scale": (1, 2)}, "need a scale of three answers or more; found 2.*single"),
        ({"sd_stretch_rater": 0.3, "scale": (1, 2)}, "need a scale of three answers or more; found 2"),
        ({"sd_stretch_rater": 0.3, "family": "gaussian"}, 'family="gaussian" has none. Leave them out'),
    ],
)
def test_parts_that_cannot_be_meant_are_refused(options, sentence):
    with pytest.raises(ps.ConfigError, match=sentence):
        ps.simulate(**options)


def test_two_answers_may_differ_in_noise():
    assert ps.simulate(scale=(1, 2), disc={"gender[male]": 0.4}, sd_disc_rater=0.1).scale.K == 2
