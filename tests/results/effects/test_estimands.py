"""Every row of the estimand table of METHODS section 3, by hand."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.results.averaging.populations import Prediction
from pluralstats.results.effects.estimands import Observed, find_estimands
from pluralstats.results.effects.summaries import summaries

# two draws, scale 1-5; P(>= 2) .. P(>= 5)
AT = Prediction(np.array([3.0, 2.5]), np.array([[0.8, 0.6, 0.4, 0.2], [0.7, 0.5, 0.2, 0.1]]), np.array([0.5, 0.1]))
AGAINST = Prediction(
    np.array([2.0, 2.0]), np.array([[0.5, 0.3, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1]]), np.array([-0.5, 0.0])
)
RAW_AT = Observed(3.2, np.array([0.9, 0.6, 0.4, 0.3]), 10, 100)
RAW_AGAINST = Observed(2.0, np.array([0.6, 0.2, 0.1, 0.1]), 20, 200)

ROWS = [
    # name, draws, raw: each worked out from the numbers above
    ("points", [1.0, 0.5], 1.2),
    ("percent", [50.0, 25.0], 60.0),
    ("percent_of_range", [25.0, 12.5], 30.0),
    ("P(rating >= 2)", [30.0, 20.0], 30.0),
    ("P(rating >= 4)", [30.0, 10.0], 30.0),
    ("P(rating >= 5) ratio", [2.0, 1.0], 3.0),
]


@pytest.mark.parametrize(("name", "draws", "raw"), ROWS, ids=[row[0] for row in ROWS])
def test_estimand_by_hand(small_fit, name, draws, raw):
    (estimand,) = find_estimands(small_fit, name)
    assert estimand.name == name
    assert estimand.draws(AT, AGAINST) == pytest.approx(draws)
    assert estimand.raw(RAW_AT, RAW_AGAINST) == pytest.approx(raw)


def test_probability_stands_for_every_threshold(small_fit):
    names = [estimand.name for estimand in find_estimands(small_fit, "probability")]
    assert names == [f"P(rating >= {k})" for k in (2, 3, 4, 5)]


def test_marginal_odds_ratio_is_a_geometric_mean_over_thresholds(small_fit):
    (estimand,) = find_estimands(small_fit, "marginal_odds_ratio")
    # first draw: odds 4, 1.5, 2/3, 1/4 against 1, 3/7, 1/9, 1/9: ratios 4, 3.5, 6, 2.25; (4 * 3.5 * 6 * 2.25) ** (1/4)
    assert estimand.draws(AT, AGAINST)[0] == pytest.approx(189.0**0.25)
    assert estimand.null == 1.0


def test_odds_ratio_of_a_logit_model_is_the_exponential_of_the_coefficient(small):
    fit = ps.fit(small, link="logit", draws=50, on_problem="ignore")
    table = ps.effects(fit, "gender", estimands="odds_ratio")
    column = fit.design.fixed.names.index("gender[male]")
    assert table["estimate"][0] == pytest.approx(np.exp(fit.samples.coefficient[:, column].mean()))


def test_latent_d_is_the_difference_over_the_sd_of_rater_and_residual(small_fit):
    table = ps.effects(small_fit, "gender", estimands="latent_d")
    b = small_fit.samples.coefficient[:, small_fit.design.fixed.names.index("gender[male]")]
    sd_rater = small_fit.samples.sd[:, [g.name for g in small_fit.design.groupings].index("rater")]
    assert table["estimate"][0] == pytest.approx(np.mean(b / np.sqrt(1.0 + sd_rater**2)))


BAD = [
    (
        {"estimands": "pionts"},
        "`estimands` has 'pionts'; known are points, percent, percent_of_range, probability, probability_ratio, "
        "odds_ratio, marginal_odds_ratio, latent_d. Did you mean 'points'?",
    ),
    (
        {"estimands": "odds_ratio"},
        "'odds_ratio' is the exponential of a coefficient on cumulative logits and this fit has a probit link. "
        "Use 'marginal_odds_ratio', or fit with link='logit'.",
    ),
    (
        {"estimands": "P(rating >= 7)"},
        "'P(rating >= 7)' is not a threshold of this scale; known are "
        "P(rating >= 2), P(rating >= 3), P(rating >= 4), P(rating >= 5).",
    ),
    (
        {"demographics": "gendr"},
        "'gendr' is in no term of the formula 'rating ~ gender + politics + (1 | item) + (1 | rater)', "
        "so the model has no effect of it. Did you mean 'gender'?",
    ),
    (
        {"demographics": "gender", "by": "gender"},
        "'gender' cannot be contrasted within its own levels. Take it out of `demographics` or `by`.",
    ),
    ({"rope": -0.1}, "`rope` is a half width, 0 or more; found -0.1 for 'points'."),
    (
        {"rope": {"pionts": 0.1}},
        "`rope` has 'pionts', which is not among the estimands asked for (points). Did you mean 'points'?",
    ),
    ({"prob": 95}, "`prob` is a probability between 0 and 1; found 95. The default is 0.95."),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[str(options) for options, _ in BAD])
def test_effects_answer_a_bad_question_with_a_whole_sentence(small_fit, options, message):
    with pytest.raises(ps.ConfigError) as caught:
        ps.effects(small_fit, **options)
    assert str(caught.value) == message


def test_the_gaussian_family_has_no_probabilities(small):
    fit = ps.fit(small, family="gaussian", method="laplace", draws=20, on_problem="ignore")
    with pytest.raises(ps.ConfigError, match="no categories, so no 'probability'"):
        ps.effects(fit, estimands="probability")


def test_p_rope_counts_draws_within_the_half_width_of_each_unit(small_fit):
    rope = {"points": 0.3, "probability": 5.0, "probability_ratio": 0.1}
    table = ps.effects(small_fit, "gender", estimands=list(rope), rope=rope).set_index("estimand")
    assert table["p_rope"].notna().all()
    draws = np.array([0.8, 0.95, 1.0, 1.2])
    # log 0.8 = -0.223, log 0.95 = -0.051, log 1.2 = 0.182
    assert summaries(draws[None], 1.0, 0.95, 0.1)["p_rope"] == [0.5]
    assert summaries(draws[None] - 1.0, 0.0, 0.95, 0.19)["p_rope"] == [0.5]
    assert np.isnan(summaries(draws[None], 1.0, 0.95, 0.0)["p_rope"])


def test_p_direction_is_the_larger_share_on_one_side():
    assert summaries(np.array([[-1.0, 1.0, 2.0, 3.0]]), 0.0, 0.95, 0.0)["p_direction"] == [0.75]
    assert summaries(np.array([[0.5, 0.9, 1.1, 0.2]]), 1.0, 0.95, 0.0)["p_direction"] == [0.75]


def test_an_estimate_is_the_posterior_mean_and_of_ratios_that_of_the_logarithm():
    assert summaries(np.array([[1.0, 2.0, 6.0]]), 0.0, 0.95, 0.0)["estimate"] == pytest.approx([3.0])
    assert summaries(np.array([[1.0, 4.0, 16.0]]), 1.0, 0.95, 0.0)["estimate"] == pytest.approx([4.0])


def test_a_row_with_a_missing_draw_is_missing_and_leaves_the_others():
    table = summaries(np.array([[1.0, np.nan], [1.0, 3.0]]), 0.0, 0.5, 0.1)
    assert np.isnan(table["estimate"]).tolist() == np.isnan(table["p_direction"]).tolist() == [True, False]
    assert table["lower"][1] == pytest.approx(1.5)
