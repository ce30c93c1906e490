"""Simulation: the design asked for, the truth attached, and data that follow it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import logistic, norm

import pluralstats as ps
from pluralstats.data.saved import stored_ratings, write_ratings
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula


def test_the_seed_study_has_its_design():
    ratings = ps.simulate_seed_study(seed=1)
    assert (ratings.n_ratings, ratings.n_raters, ratings.n_items) == (27_375, 1_095, 200)  # arXiv 2511.14476
    assert len(ratings.dimensions) == 5
    assert ratings.frame["question"].nunique() == 40
    assert ratings.simulated
    assert ratings.demographics == ("gender", "race", "politics", "country", "age")
    first = {name: ratings.frame[name].cat.categories[0] for name in ratings.demographics}
    assert first == {"gender": "female", "race": "White", "politics": "liberal", "country": "US", "age": "18-30"}
    assert list(ratings.frame["politics"].cat.categories)[-1] == "undisclosed"
    assert len(ratings.frame[["item", "question"]].drop_duplicates()) == 200  # items are nested in questions
    assert ratings.items["n_ratings"].nunique() > 10  # items drawn at random have unequal numbers


def test_the_seed_study_has_a_halo_of_the_right_sign():
    effects = ps.simulate_seed_study(seed=1).truth.random_effects.query("term == 'rater'")
    wide = effects.pivot_table(index="group", columns="dimension", values="value")
    correlation = wide.corr()
    # +-0.5 was simulated; 0.1 is more than 4 standard errors with 1,095 raters
    assert correlation.loc["toxicity", "helpfulness"] == pytest.approx(-0.5, abs=0.1)
    assert correlation.loc["toxicity", "stereotypical bias"] == pytest.approx(0.5, abs=0.1)


def test_effects_of_the_seed_study_differ_by_dimension():
    effects = ps.simulate_seed_study().truth.coefficients.pivot_table(
        index="parameter", columns="dimension", values="value"
    )
    assert (effects.loc["gender[male]"].nunique(), effects.abs().max().max() <= 0.3) == (5, True)
    assert (effects.loc["politics[undisclosed]"] == 0).all()


def test_the_same_seed_gives_the_same_ratings():
    assert ps.simulate(seed=4).data_hash == ps.simulate(seed=4).data_hash
    assert ps.simulate(seed=4).data_hash != ps.simulate(seed=5).data_hash


def test_the_design_is_the_one_asked_for():
    counts = [1, 2, 3, 4]
    ratings = ps.simulate(4, 4, counts, dimensions=["x", "y"], n_questions=2)
    assert ratings.raters["n_ratings"].tolist() == [2, 4, 6, 8]
    assert not ratings.frame.duplicated(["rater", "item", "dimension"]).any()
    assert ratings.frame["question"].nunique() == 2


def test_levels_keep_the_order_they_were_given_in():
    shares = {"politics": {"right": 0.2, "centre": 0.3, "left": 0.5}}
    ratings = ps.simulate(100, demographics=shares)
    assert list(ratings.frame["politics"].cat.categories) == ["right", "centre", "left"]
    assert ratings.truth.coefficients["value"].tolist() == [0, 0]


@pytest.mark.parametrize(("link", "cdf"), [("probit", norm.cdf), ("logit", logistic.cdf)])
def test_answers_follow_the_cumulative_model(link, cdf):
    thresholds = [-1, 0, 0.5, 1.5]
    nothing = {"sd_rater": 0, "sd_item": 0, "demographics": {"g": {"a": 0.5, "b": 0.5}}}
    ratings = ps.simulate(4000, 10, 5, link=link, thresholds=thresholds, effects={"g[b]": 0.7}, **nothing)
    for level, eta in (("a", 0.0), ("b", 0.7)):
        codes = ratings.frame.loc[ratings.frame["g"] == level, "rating"]
        found = [np.mean(codes <= k) for k in range(4)]
        # P(y <= k) = F(tau_k - eta); 0.02 is 4 standard errors with about 10,000 ratings
        assert found == pytest.approx(cdf(np.array(thresholds) - eta), abs=0.02)


def test_default_thresholds_make_answers_about_equally_frequent():
    shares = ps.simulate(2000, 400, 10, effects={}).frame["rating"].value_counts(normalize=True)
    assert shares.tolist() == pytest.approx([0.2] * 5, abs=0.03)


def test_gaussian_ratings_have_the_mean_and_the_spread_asked_for():
    ratings = ps.simulate(2000, 500, 20, family="gaussian", intercept=3, effects={"gender[male]": 0.5}, sd_residual=0.5)
    means = pd.Series(ratings.values).groupby(ratings.frame["gender"].to_numpy()).mean()
    assert means["female"] == pytest.approx(3, abs=0.15)  # 4 x sd_item / sqrt(500)
    assert means["male"] - means["female"] == pytest.approx(0.5, abs=0.12)  # 4 x 0.6 x sqrt(2 / 1000)
    assert ratings.values.var() == pytest.approx(0.5**2 + 0.6**2 + 0.8**2 + 0.25**2, rel=0.1)
    assert (ratings.truth.family, ratings.truth.link) == ("gaussian", "identity")
    assert ratings.truth.sds.set_index("term")["value"].to_dict() == {"rater": 0.6, "item": 0.8, "residual": 0.5}


def test_interactions_apply_to_both_levels_together():
    shares = {"g": {"a": 0.5, "b": 0.5}, "p": {"x": 0.5, "y": 0.5}}
    exact = {"family": "gaussian", "sd_rater": 0, "sd_item": 0, "sd_residual": 0}
    ratings = ps.simulate(2000, 5, 5, demographics=shares, effects={"g[b]:p[y]": 1}, **exact)
    means = ratings.frame.groupby(["g", "p"], observed=True)["rating"].mean()
    assert means.to_dict() == {("a", "x"): 0, ("a", "y"): 0, ("b", "x"): 0, ("b", "y"): 1}


def test_collapsed_ratings_keep_the_thresholds_that_still_matter():
    ratings = ps.simulate(thresholds=[-1, 0, 1, 2]).collapse(3)
    assert ratings.truth.thresholds["all"].tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(1, 5))
def test_one_rater_is_a_study_whoever_is_drawn(seed):
    assert ps.simulate(n_raters=1, seed=seed).n_raters == 1


GROUPS = {"gender": {"female": 0.5, "male": 0.5}, "race": {"White": 0.5, "Black": 0.3, "Asian": 0.2}}


def test_numbers_of_a_seed_have_not_moved():
    # by this function before it knew item_slopes and sd_intersection
    ratings = ps.simulate(seed=4)
    assert ratings.frame["rating"].tolist()[:12] == [1, 2, 2, 1, 2, 1, 0, 2, 1, 3, 2, 2]
    assert ratings.frame["rating"].sum() == 4406
    numbers = ps.simulate(seed=9, family="gaussian", dimensions=["a", "b"], n_questions=3)
    assert numbers.values.sum() == pytest.approx(928.071892490465)


def test_slopes_and_intersections_are_added_to_an_otherwise_equal_study():
    """Gaussian: the rating is that of the same seed without them, plus slope if male, plus the rater's combination."""
    options = {"n_raters": 50, "n_items": 20, "family": "gaussian", "demographics": GROUPS, "seed": 3}
    plain = ps.simulate(**options)
    more = ps.simulate(**options, item_slopes={"gender[male]": 0.4}, sd_intersection={"gender:race": 0.3})
    drawn = more.truth.random_effects.set_index(["term", "group"])["value"]
    frame = more.frame.astype({"item": str, "gender": str, "race": str})
    slope = drawn["gender[male] | item"].loc[frame["item"]].to_numpy() * (frame["gender"] == "male").to_numpy()
    combination = drawn["gender:race"].loc[frame["gender"] + ":" + frame["race"]].to_numpy()
    assert frame["item"].tolist() == plain.frame["item"].tolist()
    assert more.values - plain.values == pytest.approx(slope + combination)


def of_items(truth, *columns):
    """Effects of items side by side."""
    rows = truth.random_effects[
        truth.random_effects["term"].isin(["item", "gender[male] | item", "race[Black] | item"])
    ]
    return rows.pivot_table(index="group", columns=["term", *columns], values="value")


def test_items_split_groups_as_much_as_asked_and_with_the_correlation_asked():
    options = {"n_raters": 5, "n_items": 4000, "ratings_per_rater": 1, "demographics": GROUPS, "sd_item": 0.8}
    slopes = {"gender[male]": 0.4, "race[Black]": 0.2}
    truth = ps.simulate(**options, item_slopes=slopes, slope_correlation={"gender[male]": -0.6}).truth
    drawn = of_items(truth)
    names = ["item", "gender[male] | item", "race[Black] | item"]
    # standard errors with 4,000 items: 0.011 of an sd, 0.016 of a correlation
    assert (drawn[names].std() / [0.8, 0.4, 0.2]).tolist() == pytest.approx([1.0] * 3, abs=0.04)
    assert drawn[names].corr().iloc[0, 1:].tolist() == pytest.approx([-0.6, 0.0], abs=0.06)
    assert truth.sds.set_index("term")["value"][names[1:]].tolist() == [0.4, 0.2]


def test_correlations_of_several_slopes_are_those_they_were_drawn_with():
    slopes, rho = {"gender[male]": 0.4, "race[Black]": 0.2}, {"gender[male]": -0.6, "race[Black]": 0.5}
    truth = ps.simulate(5, 4000, 1, demographics=GROUPS, item_slopes=slopes, slope_correlation=rho).truth
    said = truth.correlations.set_index("parameter")["value"]
    drawn = of_items(truth)
    found = drawn[["item", "gender[male] | item", "race[Black] | item"]].corr().to_numpy()[[0, 0, 1], [1, 2, 2]]
    assert said.tolist() == pytest.approx([-0.6, 0.5, -0.3])
    assert found.tolist() == pytest.approx(said.tolist(), abs=0.06)


def test_truth_has_the_names_of_a_fit():
    slopes = {"gender[male]": 0.4, "race[Black]": 0.2, "race[Asian]": 0.2}
    ratings = ps.simulate(demographics=GROUPS, item_slopes=slopes, sd_intersection={"gender:race": 0.3})
    formula = "rating ~ gender + race + (1 | gender:race) + (1 + gender + race | item) + (1 | rater)"
    design = build_design(ratings, parse_formula(formula, available_columns(ratings)), "cumulative", "probit")
    assert set(ratings.truth.sds["term"]) == {grouping.name for grouping in design.groupings}
    assert set(ratings.truth.correlations["parameter"]) == set(design.correlation_names)
    for grouping in design.groupings:
        known = ratings.truth.random_effects.query("term == @grouping.name")["group"]
        assert set(map(str, grouping.levels)) <= set(known)


def test_a_combination_nobody_has_has_an_effect_too():
    effects = ps.simulate(n_raters=2, demographics=GROUPS, sd_intersection={"gender:race": 0.3}).truth.random_effects
    assert effects.query("term == 'gender:race'")["group"].tolist() == [
        *("female:White", "female:Black", "female:Asian", "male:White", "male:Black", "male:Asian")
    ]


def test_every_dimension_has_slopes_of_its_own_that_share_the_halo():
    slopes = {"gender[male]": {"x": 0.4, "y": 0.1}}
    options = {"item_slopes": slopes, "slope_correlation": 0.5, "item_correlation": 0.7, "dimensions": ["x", "y"]}
    truth = ps.simulate(5, 4000, 1, **options).truth
    drawn = of_items(truth, "dimension")
    slope = drawn["gender[male] | item"]
    assert slope.std().tolist() == pytest.approx([0.4, 0.1], rel=0.04)
    assert slope.corr().iloc[0, 1] == pytest.approx(0.7, abs=0.04)
    assert drawn["item"]["y"].corr(slope["y"]) == pytest.approx(0.5, abs=0.05)
    assert truth.of("y").correlations["dimension"].unique().tolist() == ["y"]
    assert truth.of("y").sds.set_index("term")["value"]["gender[male] | item"] == 0.1


def test_default_thresholds_allow_for_intersections():
    shares = {"gender": {"a": 0.5, "b": 0.5}, "race": {str(i): 0.02 for i in range(50)}}
    ratings = ps.simulate(4000, 400, 5, demographics=shares, effects={}, sd_intersection={"gender:race": 2.0})
    found = ratings.frame["rating"].value_counts(normalize=True)
    assert found.tolist() == pytest.approx([0.2] * 5, abs=0.06)  # 100 combinations: a standard error is 0.03


def test_slopes_survive_a_folder(tmp_path):
    ratings = ps.simulate(20, 10, 5, item_slopes={"gender[male]": 0.4}, slope_correlation=0.5)
    write_ratings(tmp_path, ratings)
    again = stored_ratings(tmp_path).truth
    pd.testing.assert_frame_equal(again.correlations, ratings.truth.correlations)
    plain = ps.simulate(20, 10, 5)
    write_ratings(tmp_path, plain)
    assert stored_ratings(tmp_path).truth.correlations.empty


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"item_slopes": {"gender[mle]": 0.4}}, r"`item_slopes` names 'gender\[mle\]'.*Did you mean 'gender\[male\]'"),
        ({"item_slopes": {"gender[female]": 0.4}}, "first level of each demographic is the reference"),
        ({"item_slopes": {"gender[male]": -0.4}}, r"`item_slopes\['gender\[male\]'\]` must be 0 or more; found -0.4"),
        ({"item_slopes": 0.4}, r"`item_slopes` must be a dictionary such as \{\"gender\[male\]\": 0.4\}; found 0.4"),
        ({"sd_intersection": {"gender:rac": 0.3}}, "'gender:rac', which does not cross demographics.*mean 'race'"),
        ({"sd_intersection": {"gender": 0.3}}, "does not cross demographics"),
        ({"sd_intersection": {"gender:gender": 0.3}}, "does not cross demographics"),
        ({"sd_intersection": {"gender:race": -1}}, r"`sd_intersection\['gender:race'\]` must be 0 or more"),
        ({"item_slopes": {"gender[male]": 0.4}, "slope_correlation": 1.4}, "a correlation, -1 to 1; found 1.4"),
        ({"slope_correlation": {"gender[male]": 0.4}}, "names 'gender.male.', which is not in `item_slopes`"),
        (
            {"item_slopes": {"gender[male]": 0.4}, "slope_correlation": 0.5, "sd_item": 0.0},
            "`sd_item` is 0. Set one of the two",
        ),
    ],
)
def test_slopes_and_intersections_that_cannot_be_meant_are_refused(options, sentence):
    with pytest.raises(ps.ConfigError, match=sentence):
        ps.simulate(demographics=GROUPS, **options)
