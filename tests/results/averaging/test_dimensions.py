"""Fits of several dimensions have a row for each, and an average over them only where utilities are named."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

FORMULA = "rating ~ dimension * gender + (0 + dimension | item) + (0 + dimension | rater)"
DIMENSIONS = ["harm", "help"]


def two_dimensions(seed=4):
    """80 raters of 20 items, a gender difference of -0.8 on harm and +0.4 on help (gaussian, rating points)."""
    rng = np.random.default_rng(seed)
    rater, item = np.repeat(np.arange(80), 20), np.tile(np.arange(20), 80)
    parts = []
    for dimension, effect in zip(DIMENSIONS, (-0.8, 0.4), strict=True):
        latent = effect * (rater % 2) + rng.normal(0, 0.6, 20)[item] + rng.normal(0, 0.3, 80)[rater]
        rating = 3.0 + latent + rng.normal(0, 0.7, rater.size)
        parts.append(pd.DataFrame({"rater": rater, "item": item, "dimension": dimension, "rating": rating}))
    frame = pd.concat(parts).assign(gender=lambda data: np.where(data["rater"] % 2, "m", "f"))
    return frame.astype({"rater": str, "item": str})


@pytest.fixture(scope="module")
def joint():
    ratings = ps.Ratings(two_dimensions(), scale="continuous", demographics=["gender"], reference={"gender": "f"})
    return ps.fit(ratings, FORMULA, family="gaussian", method="laplace", on_problem="ignore")


@pytest.fixture(scope="module")
def separate(joint):
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    return {
        name: ps.fit(
            joint.ratings.select(dimension=name), formula, family="gaussian", method="laplace", on_problem="ignore"
        )
        for name in DIMENSIONS
    }


def test_effects_of_each_dimension_are_its_coefficients(joint):
    table = ps.effects(joint).set_index("dimension")
    names, b = list(joint.design.fixed.names), joint.samples.coefficient
    main, extra = (b[:, names.index(name)].mean() for name in ("gender[m]", "dimension[help]:gender[m]"))
    assert table.loc["harm", "estimate"] == pytest.approx(main)
    assert table.loc["help", "estimate"] == pytest.approx(main + extra)


def test_results_of_each_dimension_are_near_those_of_its_own_fit(joint, separate):
    """A balanced design without correlation: what the joint model borrows is within Monte Carlo error of 1,000 draws.

    Effects differ by less than 0.15 posterior sds (4 standard errors of the mean of 1,000 draws); shares by 2 points.
    """
    table, shares = ps.effects(joint).set_index("dimension"), ps.variance_shares(joint)
    for name, fit in separate.items():
        alone = ps.effects(fit).iloc[0]
        sd = (alone["upper"] - alone["lower"]) / 3.92
        assert table.loc[name, "estimate"] == pytest.approx(alone["estimate"], abs=0.15 * sd)
        of_one = shares[shares["dimension"] == name].set_index("component")["percent"]
        other = ps.variance_shares(fit).set_index("component")["percent"]
        for component in ("item", "rater", "demographics"):
            assert of_one[component] == pytest.approx(other[component], abs=6.0)


@pytest.mark.parametrize(
    "function",
    [
        ps.effects,
        ps.variance_shares,
        ps.r2,
        ps.reliability,
        ps.raters_needed,
        ps.robustness,
        lambda fit: ps.contrasts(fit, "gender"),
        lambda fit: ps.group_means(fit, "gender"),
    ],
    ids=["effects", "shares", "r2", "reliability", "raters_needed", "robustness", "contrasts", "group_means"],
)
def test_every_result_has_rows_for_each_dimension(joint, function):
    table = function(joint)
    assert set(table["dimension"]) == set(DIMENSIONS)
    assert len(table) % 2 == 0


def test_shares_sum_to_100_on_each_dimension(joint):
    assert ps.variance_shares(joint).groupby("dimension")["percent"].sum().tolist() == pytest.approx([100.0, 100.0])


def test_an_average_over_dimensions_names_its_utilities(joint):
    each = ps.effects(joint).set_index("dimension")["estimate"]
    table = ps.effects(joint, utility={"harm": -2, "help": 1})
    assert table["dimension"].tolist() == ["-2 harm + 1 help"]
    assert table["estimate"][0] == pytest.approx((-2.0 * each["harm"] + each["help"]) / 3.0)
    assert table["raw"][0] == pytest.approx((-2.0 * ps.effects(joint)["raw"][0] + ps.effects(joint)["raw"][1]) / 3.0)


def test_how_a_difference_differs_between_dimensions(joint):
    each = ps.effects(joint).set_index("dimension")["estimate"]
    table = ps.contrasts(joint, "gender", kind="interaction", by="dimension")
    assert table["dimension"].tolist() == ["help - harm"]
    assert table["estimate"][0] == pytest.approx(each["help"] - each["harm"])


def test_standardised_differences_divide_by_the_raters_and_residual_of_their_dimension(joint):
    names = [grouping.name for grouping in joint.design.groupings]
    table, points = (ps.effects(joint, estimands=name).set_index("dimension") for name in ("latent_d", "points"))
    for dimension in DIMENSIONS:
        of_raters = joint.samples.sd[:, names.index(f"dimension[{dimension}] | rater")] ** 2
        scale = np.sqrt(of_raters + joint.samples.residual_sd**2)
        column = list(joint.design.fixed.names)
        b = joint.samples.coefficient[:, column.index("gender[m]")]
        if dimension == "help":
            b = b + joint.samples.coefficient[:, column.index("dimension[help]:gender[m]")]
        assert table.loc[dimension, "estimate"] == pytest.approx((b / scale).mean())
        assert points.loc[dimension, "estimate"] == pytest.approx(b.mean())


BAD = [
    ({"utility": {"harmm": -1}}, "`utility` names 'harmm', which is no dimension of the fit (harm, help)."),
    ({"utility": {"harm": "low"}}, "`utility` of 'harm' is a number; found 'low'."),
    ({"utility": {"harm": 0}}, "All `utility` are 0, so there is nothing to average."),
    ({"utility": {"harm": 1}, "estimands": "percent"}, "'percent' has no mean over dimensions."),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[str(row[0]) for row in BAD])
def test_utilities_that_cannot_be_meant_are_refused(joint, options, message):
    with pytest.raises(ps.ConfigError) as caught:
        ps.effects(joint, **options)
    assert message in str(caught.value)


def test_a_fit_of_one_dimension_has_no_utilities(separate):
    with pytest.raises(ps.ConfigError, match="the ratings of this fit have only one"):
        ps.effects(separate["harm"], utility={"harm": 1})
