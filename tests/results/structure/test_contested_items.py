"""Contested items: gaps against brute force, ranks, false signs, invariances and refusals."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with, some_samples
from scipy.stats import norm

import pluralstats as ps
from pluralstats.model.families.known import FAMILIES
from pluralstats.results.averaging.curves import grid_steps, new_rater_curves
from pluralstats.results.averaging.mixtures import answer_probabilities
from pluralstats.results.row_draws import single_rows
from pluralstats.results.structure.item_predictions import add_below_of

SLOPES = "rating ~ gender + politics + (1 + gender | item) + (1 | rater)"
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(120)


@pytest.fixture(scope="module")
def two() -> ps.Ratings:
    """A scale of two."""
    people = {"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.4, "centre": 0.3, "right": 0.3}}
    return ps.simulate(n_raters=40, n_items=12, ratings_per_rater=6, scale=("no", "yes"), demographics=people, seed=2)


def expected_rating(fit, draw, eta):
    """Of linear predictors eta, a new rater integrated with 120 nodes."""
    samples, values = fit.samples, fit.design.categories
    if fit.family == "gaussian":
        return eta
    sd = samples.sd[draw, [g.name for g in fit.design.groupings].index("rater")]
    latent = samples.threshold[draw][:, None] - np.asarray(eta)[..., None, None] - sd * NODES
    cdf = norm.cdf(latent) if fit.link == "probit" else 1.0 / (1.0 + np.exp(-latent))
    return values[0] + (1.0 - cdf @ WEIGHTS / WEIGHTS.sum()) @ np.diff(values)


def item_names(fit):
    """Every item was rated."""
    return fit.ratings.frame["item"].cat.categories.to_numpy()


def brute_force(fit, demographic, level):
    """(S, J) expected rating of every item, rater by rater, from formula and effects as they are named."""
    raters = fit.ratings.frame.drop_duplicates("rater")[list(fit.ratings.demographics)].astype(str)
    raters = raters.assign(**{demographic: level})
    fixed, groupings, samples = fit.design.fixed, fit.design.groupings, fit.samples
    out = np.zeros((len(samples.coefficient), len(item_names(fit))))
    for _, person in raters.iterrows():
        has = {f"{name}[{value}]" for name, value in person.items()} | {"Intercept"}
        x = np.array([all(part in has for part in name.split("]:")) or name in has for name in fixed.names], float)
        for draw in range(len(out)):
            items = sum(
                samples.effects[t][draw] for t, g in enumerate(groupings) if g.term.name == "item" and g.column in has
            )
            out[draw] += expected_rating(fit, draw, x @ samples.coefficient[draw] + items) / len(raters)
    return out


@pytest.mark.parametrize(
    ("family", "link", "sd_rater"),
    [("cumulative", "probit", 0.6), ("cumulative", "logit", 0.9), ("cumulative", "logit", 3.0), ("gaussian", "", 0.5)],
)
def test_gaps_are_those_of_every_rater_with_every_item(small, family, link, sd_rater):
    fit = fit_with(small, SLOPES, some_samples(3, sd_rater=sd_rater), family, link)
    gap = np.mean(brute_force(fit, "gender", "male") - brute_force(fit, "gender", "female"), axis=0)
    table = ps.contested_items(fit, "gender").set_index("item")
    assert table.loc[item_names(fit), "gap"].to_numpy() == pytest.approx(gap, abs=1e-6)


def test_a_scale_of_two_has_differences_of_probabilities(two):
    fit = fit_with(two, SLOPES, some_samples(3), "bernoulli", "logit")
    gap = np.mean(brute_force(fit, "gender", "male") - brute_force(fit, "gender", "female"), axis=0)
    table = ps.contested_items(fit, "gender").set_index("item")
    assert table.loc[item_names(fit), "gap"].to_numpy() == pytest.approx(gap, abs=1e-6)
    assert table["margin"].tolist() == pytest.approx([0.1] * 12)


def test_every_level_has_its_gaps_where_slopes_of_two_demographics_meet(small):
    """Items' effects then depend on gender and politics, so that raters of one politics differ by gender."""
    fit = fit_with(small, "rating ~ gender + politics + (1 + gender + politics | item) + (1 | rater)", some_samples(3))
    table = ps.contested_items(fit, "politics")
    assert table["level"].unique().tolist() == ["centre", "right"]
    reference = brute_force(fit, "politics", "left")
    for level, part in table.groupby("level"):
        gap = np.mean(brute_force(fit, "politics", level) - reference, axis=0)
        assert part.set_index("item").loc[item_names(fit), "gap"].to_numpy() == pytest.approx(gap, abs=1e-6)
        assert part["rank"].tolist() == list(range(1, 31))


def test_slopes_of_raters_widen_the_distribution_that_is_integrated_over(small):
    """(0 + gender | rater): a new man's effect has the variance of men, a new woman's that of women."""
    fit = fit_with(small, "rating ~ gender + (1 + gender | item) + (0 + gender | rater)", some_samples(3))
    names, samples = [grouping.name for grouping in fit.design.groupings], fit.samples
    women, men = (samples.sd[:, names.index(name)] for name in ("gender[female] | rater", "gender[male] | rater"))
    u0, u1 = (samples.effects[names.index(name)] for name in ("item", "gender[male] | item"))
    means = []
    for eta, variance in ((u0, women**2), (u0 + samples.coefficient + u1, men**2)):
        scale = np.sqrt(1.0 + variance)[:, None, None]
        means.append(4.0 - norm.cdf((samples.threshold[:, :, None] - eta[:, None, :]) / scale).sum(axis=1))
    table = ps.contested_items(fit, "gender").set_index("item")
    gap = np.mean(means[1] - means[0], axis=0)
    assert table.loc[item_names(fit), "gap"].to_numpy() == pytest.approx(gap, abs=1e-6)


def test_other_demographics_may_have_slopes_and_no_average_effect(small):
    fit = fit_with(small, "rating ~ gender + (1 + gender + politics | item) + (1 | rater)", some_samples(3))
    gap = np.mean(brute_force(fit, "gender", "male") - brute_force(fit, "gender", "female"), axis=0)
    table = ps.contested_items(fit, "gender").set_index("item")
    assert table.loc[item_names(fit), "gap"].to_numpy() == pytest.approx(gap, abs=1e-6)


def test_a_population_says_whom_the_others_are_as_in(small):
    fit = fit_with(small, "rating ~ gender + politics + (1 + gender + politics | item) + (1 | rater)", some_samples(3))
    shares = pd.DataFrame({"gender": "male", "politics": ["left", "right"], "share": [0.25, 0.75]})
    table = ps.contested_items(fit, "gender", population=ps.Population.from_cells(shares)).set_index("item")
    parts = []
    for gender in ("male", "female"):
        rows = [
            pd.DataFrame({"item": item_names(fit), "gender": gender, "politics": politics})
            for politics in ("left", "right")
        ]
        parts.append([single_rows(fit, part).expected for part in rows])
    (men_left, men_right), (women_left, women_right) = parts
    gap = np.mean(0.25 * (men_left - women_left) + 0.75 * (men_right - women_right), axis=0)
    assert table.loc[item_names(fit), "gap"].to_numpy() == pytest.approx(gap, abs=1e-6)


def test_the_latent_gap_is_the_coefficient_plus_the_slope(small):
    fit = fit_with(small, SLOPES, some_samples(200))
    names = [grouping.name for grouping in fit.design.groupings]
    slope = fit.samples.effects[names.index("gender[male] | item")]
    latent = np.mean(fit.samples.coefficient[:, [fit.design.fixed.names.index("gender[male]")]] + slope, axis=0)
    table = ps.contested_items(fit, "gender").set_index("item")
    levels = fit.design.groupings[names.index("item")].levels
    assert table.loc[levels, "latent"].to_numpy() == pytest.approx(latent)


def test_terms_of_demographics_are_looked_up(small):
    """A deviation of (1 | gender:politics) moves the gap of every item by what it is."""
    formula = "rating ~ gender + politics + (1 | gender:politics) + (1 + gender | item) + (1 | rater)"
    fit = fit_with(small, formula, some_samples(5), "gaussian")
    t = [grouping.name for grouping in fit.design.groupings].index("gender:politics")
    u = pd.DataFrame(fit.samples.effects[t], columns=fit.design.groupings[t].levels)
    share = small.frame.drop_duplicates("rater")["politics"].value_counts(normalize=True)
    moved = sum(share[p] * (u[f"male:{p}"] - u[f"female:{p}"]) for p in share.index).to_numpy()
    slope = fit.samples.effects[[g.name for g in fit.design.groupings].index("gender[male] | item")]
    b = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[male]")]
    gap = np.mean((b + moved)[:, None] + slope, axis=0)
    table = ps.contested_items(fit, "gender").set_index("item")
    assert table.loc[item_names(fit), "gap"].to_numpy() == pytest.approx(gap)


@pytest.mark.parametrize("name", ["probit", "logit", "cloglog", "sratio", "acat"])
def test_grids_reproduce_the_sum_over_profiles_and_thresholds(name):
    family = FAMILIES[name]["logit"] if name in FAMILIES else FAMILIES["cumulative"][name]
    rng = np.random.default_rng(1)
    tau, linear = np.sort(rng.normal(0, 2, (3, 4)), axis=1), rng.normal(0, 2, (3, 50))
    share, gaps, offsets = rng.dirichlet(np.ones(50)), np.array([1.0, 1.0, 2.0, 0.5]), rng.normal(0, 2, (3, 40))
    nothing, out = np.zeros(3), np.zeros((3, 40))
    step = grid_steps(family, tau, nothing, nothing)
    add_below_of(new_rater_curves(family, tau, nothing, step), gaps, linear, share, offsets, out)
    for s in range(3):
        eta = (linear[s][:, None] + offsets[s]).ravel()
        below = np.cumsum(answer_probabilities(family, tau[s], eta), axis=0)[:-1].reshape(4, 50, 40)
        assert out[s] == pytest.approx(np.einsum("krj,k,r->j", below, gaps, share), abs=1e-6)


def test_a_draw_without_meaning_stays_on_the_scale(small):
    fit = fit_with(small, SLOPES, some_samples(4, spread=3000.0))
    table = ps.contested_items(fit, "gender")
    assert table[["lower", "gap", "upper"]].abs().max().max() <= 4.0


def with_gaps(ratings, means, sd, n_draws=20_000):
    """A gaussian model in which the gap of item j is N(means[j], sd^2)."""

    def samples_of(design):
        made = some_samples(n_draws)(design)
        t = [grouping.name for grouping in design.groupings].index("gender[male] | item")
        noise = np.random.default_rng(1).standard_normal((n_draws, len(means)))
        effects = list(made.effects)
        effects[t] = np.asarray(means) + sd * noise
        return made._replace(effects=tuple(effects), coefficient=np.zeros_like(made.coefficient))

    return fit_with(ratings, "rating ~ gender + (1 + gender | item) + (1 | rater)", samples_of, "gaussian")


def test_probabilities_are_those_of_a_normal_gap(small):
    means, sd = np.linspace(-1.0, 1.0, 30), 0.4
    table = ps.contested_items(with_gaps(small, means, sd), "gender", margin=0.3).set_index("item")
    table = table.loc[item_names(with_gaps(small, means, sd, 2))]
    # closed form of N(m, sd^2); 0.015 is four standard errors of a share of 20,000 draws
    assert table["p_exceeds"].to_numpy() == pytest.approx(norm.cdf((np.abs(means) - 0.3) / sd), abs=0.015)
    within = norm.cdf((0.3 - means) / sd) - norm.cdf((-0.3 - means) / sd)
    assert table["p_within"].to_numpy() == pytest.approx(within, abs=0.015)
    assert table["false_sign"].to_numpy() == pytest.approx(norm.cdf(-np.abs(means) / sd), abs=0.015)
    assert table["lower"].to_numpy() == pytest.approx(means - 1.96 * sd, abs=0.05)


def test_the_expected_false_sign_is_the_mean_up_to_the_rank(small):
    table = ps.contested_items(with_gaps(small, np.linspace(-1.0, 1.0, 30), 0.4, 500), "gender", margin=0.3)
    assert table["rank"].tolist() == list(range(1, 31))
    assert (np.diff(table["p_exceeds"]) <= 0.0).all()
    for rank in (1, 7, 30):
        assert table["expected_false_sign"][rank - 1] == pytest.approx(table["false_sign"][:rank].mean())


def test_without_a_margin_items_are_in_the_order_of_their_false_signs(small):
    table = ps.contested_items(with_gaps(small, np.linspace(-1.0, 1.0, 30), 0.4, 500), "gender", margin=0)
    assert (np.diff(table["false_sign"]) >= 0.0).all()
    assert (np.diff(table["expected_false_sign"]) >= 0.0).all()
    assert (table["p_within"] == 0.0).all()


def test_ratings_are_counted_by_item_and_group(small):
    table = ps.contested_items(with_gaps(small, np.zeros(30), 1.0, 10), "gender").set_index("item")
    counts = pd.crosstab(small.frame["item"], small.frame["gender"])
    assert table.loc[counts.index, "n_ratings_level"].tolist() == counts["male"].tolist()
    assert table.loc[counts.index, "n_ratings_reference"].tolist() == counts["female"].tolist()
    assert table.loc[counts.index, "n_ratings"].tolist() == counts.sum(axis=1).tolist()


def test_the_default_margin_is_a_tenth_of_the_range(small, small_fit):
    assert ps.contested_items(fit_with(small, SLOPES, some_samples(3)), "gender")["margin"][0] == pytest.approx(0.4)
    numbers = ps.simulate(n_raters=20, n_items=8, ratings_per_rater=4, family="gaussian", seed=1)
    fit = fit_with(numbers, "rating ~ gender + (1 + gender | item)", some_samples(3), "gaussian")
    width = numbers.values.max() - numbers.values.min()
    assert ps.contested_items(fit, "gender")["margin"][0] == pytest.approx(0.1 * width)


def test_wider_intervals_for_more_probability(small):
    fit = fit_with(small, SLOPES, some_samples(300))
    narrow, wide = (ps.contested_items(fit, "gender", prob=prob).sort_values("item") for prob in (0.5, 0.95))
    assert (narrow["upper"] - narrow["lower"]).lt(wide["upper"] - wide["lower"]).all()
    assert (narrow["gap"] == wide["gap"]).all()


def test_a_level_alone_has_the_numbers_it_has_among_others(small):
    fit = fit_with(small, "rating ~ politics + (1 + politics | item) + (1 | rater)", some_samples(20))
    both, one = ps.contested_items(fit, "politics"), ps.contested_items(fit, "politics", level="right")
    pd.testing.assert_frame_equal(both[both["level"] == "right"].reset_index(drop=True), one)


def test_coefficients_without_an_estimate_leave_gaps_and_ranks_empty(small):
    flat = np.array([True, False, False])
    fit = fit_with(small, SLOPES, some_samples(5), flat=flat)
    assert fit.design.fixed.names[0] == "gender[male]"
    table = ps.contested_items(fit, "gender")
    assert table[["gap", "lower", "p_exceeds", "p_within", "p_direction", "false_sign", "rank"]].isna().all().all()
    assert table["n_ratings"].sum() == small.n_ratings


def test_constant_ratings_have_no_gaps():
    frame = pd.DataFrame({"item": list("abab"), "rater": list("rrss"), "gender": ["f", "f", "m", "m"], "rating": 3})
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"])
    fit = fit_with(ratings, "rating ~ gender + (1 + gender | item)", some_samples(3))
    table = ps.contested_items(fit, "gender")
    assert table["gap"].tolist() == [0.0, 0.0]
    assert table["false_sign"].tolist() == [0.5, 0.5]


def test_one_item_is_a_ranking():
    frame = pd.DataFrame({"item": "a", "rater": list("rstu"), "gender": ["f", "f", "m", "m"], "rating": [1, 2, 3, 5]})
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"])
    fit = fit_with(ratings, "rating ~ gender + (1 + gender | item)", some_samples(50))
    table = ps.contested_items(fit, "gender")
    assert table["rank"].tolist() == [1]
    assert table["expected_false_sign"].tolist() == table["false_sign"].tolist()


@pytest.mark.parametrize(
    ("formula", "sentence", "advice"),
    [
        (
            "rating ~ gender + (1 | item) + (1 | rater)",
            "one latent gap for all items",
            r"'rating ~ gender \+ \(1 \+ gender \| item\) \+ \(1 \| rater\)'",
        ),
        (
            "rating ~ 1 + (1 | rater)",
            "no gap at all",
            r"'rating ~ gender \+ \(1 \| rater\) \+ \(1 \+ gender \| item\)'",
        ),
        (
            "rating ~ politics + (1 + politics | item)",
            "no gap at all",
            r"'rating ~ politics \+ gender \+ \(1 \+ politics \+ gender \| item\)'",
        ),
        (
            "rating ~ 1 + (1 + gender | item)",
            "no average effect of it",
            r"'rating ~ gender \+ \(1 \+ gender \| item\)'",
        ),
    ],
)
def test_a_model_without_slopes_is_told_which_formula_has_them(small, formula, sentence, advice):
    fit = fit_with(small, formula, some_samples(3))
    with pytest.raises(ps.ConfigError, match=f"{sentence}.*{advice}"):
        ps.contested_items(fit, "gender")


def test_what_cannot_be_meant_is_said_all_at_once(small):
    fit = fit_with(small, SLOPES, some_samples(3))
    with pytest.raises(ps.ConfigError, match="Did you mean 'gender'"):
        ps.contested_items(fit, "gendr")
    with pytest.raises(ps.ConfigError) as caught:
        ps.contested_items(fit, "gender", level="female", margin=-1, prob=95)
    text = str(caught.value)
    assert "3 problems" in text
    assert all(part in text for part in ("found 95", "found -1", "reference 'female'"))


def test_one_level_has_nobody_to_compare_with():
    frame = pd.DataFrame({"item": list("ab"), "rater": list("rs"), "gender": ["f", "f"], "rating": [1, 2]})
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender"])
    with pytest.raises(ps.ConfigError, match="one level, f: nobody to compare"):
        ps.contested_items(fit_with(ratings, "rating ~ 1 + (1 | item)", some_samples(3)), "gender")


def test_ranks_follow_the_items_when_they_are_renamed(small):
    names = {f"I{i:02d}": f"x{31 - i:02d}" for i in range(1, 31)}
    frame = small.frame.assign(rating=small.values.astype(int), item=small.frame["item"].astype(str).map(names))
    renamed = ps.Ratings(
        frame, scale=(1, 5), demographics=["gender", "politics"], reference={"gender": "female", "politics": "left"}
    )
    means = np.linspace(-1.0, 1.0, 30)
    one = ps.contested_items(with_gaps(small, means, 0.4, 200), "gender")
    other = ps.contested_items(with_gaps(renamed, means[::-1], 0.4, 200), "gender")
    # the draws of an item differ between the two studies, their distribution does not
    assert one["item"].map(names).tolist()[0] in other["item"].tolist()[:3]
    gaps = one.set_index(one["item"].map(names))["gap"]
    assert other.set_index("item")["gap"].to_dict() == pytest.approx(gaps.to_dict(), abs=0.2)


def test_margins_that_grow_exceed_less_and_hold_more(small):
    fit = fit_with(small, SLOPES, some_samples(200))
    tables = [ps.contested_items(fit, "gender", margin=m).sort_values("item") for m in (0.0, 0.2, 0.5)]
    for small_margin, large in pairwise(tables):
        assert (large["p_exceeds"].to_numpy() <= small_margin["p_exceeds"].to_numpy()).all()
        assert (large["p_within"].to_numpy() >= small_margin["p_within"].to_numpy()).all()


def test_gaps_are_those_of_lme4():
    """R 4.2.2, lme4 1.1-31: m <- lmer(rating ~ gender + (1 + gender | item) + (1 | rater), REML = FALSE) with
    bobyqa, rhoend 1e-9; coef(m)$item[, "gendermale"]; -2 logLik(m) = 1473.770772.
    """
    gaps = {"I01": 0.5430188865, "I02": -0.2052698446, "I03": -0.1623544428, "I04": -0.7633005546}
    gaps |= {"I05": 0.6449845913, "I06": -0.1749250664, "I07": 0.5821848802, "I08": 1.1595373834}
    gaps |= {"I09": 0.0534361591, "I10": 0.0003757829, "I11": 0.2993100429, "I12": 0.1907406338}
    slopes = {"item_slopes": {"gender[male]": 0.6}, "slope_correlation": 0.4, "effects": {"gender[male]": 0.2}}
    ratings = ps.simulate(80, 12, 6, **slopes, family="gaussian", intercept=3.0, seed=11)
    formula = "rating ~ gender + (1 + gender | item) + (1 | rater)"
    fit = ps.fit(ratings, formula, family="gaussian", method="laplace", draws=8000)
    assert -2.0 * fit.loglik == pytest.approx(1473.770772, abs=1e-4)
    modes = fit.random_effects[fit.random_effects["term"] == "gender[male] | item"].set_index("group")["estimate"]
    average = fit.parameters.set_index("parameter")["estimate"]["gender[male]"]
    assert (average + modes).to_dict() == pytest.approx(gaps, abs=1e-4)
    # means of draws, which carry the doubt about variances too, and that is skewed: up to 0.15 of a posterior sd (0.29)
    # from the modes, medians of the same draws up to 0.10
    table = ps.contested_items(fit, "gender").set_index("item")
    assert table["gap"].to_dict() == pytest.approx(gaps, abs=0.15 * 0.29)
    assert table.index[0] == "I08"


def test_signs_are_wrong_as_often_as_expected():
    """10 gaussian studies of 60 items: 60 studies had 2.6% wrong signs among the 20 first, where 2.5% were expected."""
    parts = []
    for seed in range(10):
        slopes = {"item_slopes": {"gender[male]": 0.5}, "slope_correlation": 0.3, "effects": {"gender[male]": 0.2}}
        ratings = ps.simulate(120, 60, 15, **slopes, family="gaussian", seed=seed)
        formula = "rating ~ gender + (1 + gender | item) + (1 | rater)"
        fit = ps.fit(ratings, formula, family="gaussian", method="laplace", draws=500, on_problem="ignore")
        table = ps.contested_items(fit, "gender", margin=0.0)
        drawn = ratings.truth.random_effects.query("term == 'gender[male] | item'").set_index("group")["value"]
        truth = 0.2 + drawn[table["item"]].to_numpy()
        wrong = np.sign(truth) != np.sign(table["gap"])
        parts.append(table.assign(wrong=wrong, covered=table["lower"].le(truth) & table["upper"].ge(truth)))
    table = pd.concat(parts)
    # standard errors with 600 items: 0.009 of coverage, 0.016 of all signs; of 200 first ones 0.012
    assert table["covered"].mean() == pytest.approx(0.95, abs=0.03)
    assert table["wrong"].mean() == pytest.approx(table["false_sign"].mean(), abs=0.05)
    first = table["rank"] <= 20
    assert table["wrong"][first].mean() == pytest.approx(
        table["expected_false_sign"][table["rank"] == 20].mean(), abs=0.036
    )


@pytest.fixture(scope="module")
def split() -> pd.DataFrame:
    """Gaussian ratings of items that split two genders."""
    slopes = {"item_slopes": {"gender[male]": 0.8}, "effects": {"gender[male]": 0.2}}
    ratings = ps.simulate(60, 15, 8, **slopes, family="gaussian", seed=4)
    return ratings.frame.astype({"item": str, "rater": str, "gender": str}).assign(rating=ratings.values)


def gaps_of(frame, reference="female", draws=4000):
    """Gaps by maximum likelihood, whose draws depend smoothly on the data."""
    ratings = ps.Ratings(frame, scale="continuous", demographics=["gender"], reference={"gender": reference})
    formula = "rating ~ gender + (1 + gender | item) + (1 | rater)"
    fit = ps.fit(ratings, formula, family="gaussian", method="laplace", draws=draws, on_problem="ignore")
    return ps.contested_items(fit, "gender", margin=0.3).set_index("item")


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.sample(frac=1.0, random_state=3),
        lambda frame: frame.assign(rater=frame["rater"].map(lambda rater: f"x{99 - int(rater[1:])}")),
    ],
    ids=["row order", "names of raters"],
)
def test_what_does_not_matter_moves_no_gap(split, change):
    one, other = gaps_of(split), gaps_of(change(split))
    assert one.index.tolist() == other.index.tolist()
    numbers = ["gap", "lower", "upper", "p_exceeds", "false_sign"]
    assert other[numbers].to_numpy() == pytest.approx(one[numbers].to_numpy(), abs=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.assign(gender=frame["gender"].map({"female": "male", "male": "female"})),
        lambda frame: frame.assign(rating=-frame["rating"]),
    ],
    ids=["the other group as reference", "the scale reversed"],
)
def test_gaps_flip(split, change):
    """The likelihood is the same. 32,000 other draws: a median is off by 0.007 of an sd, a probability by 0.003; with
    the other reference the covariance of intercept and slope is another parameter, whose normal approximation differs.
    """
    one, other = gaps_of(split, draws=32_000), gaps_of(change(split), draws=32_000)
    other = other.loc[one.index]
    assert (np.abs(other["gap"] + one["gap"]) < 0.04 * (one["upper"] - one["lower"])).all()
    assert other["p_exceeds"].to_numpy() == pytest.approx(one["p_exceeds"].to_numpy(), abs=0.08)


def test_an_item_that_one_group_never_met_has_the_widest_gap(split):
    table = gaps_of(split[(split["item"] != "I01") | (split["gender"] == "female")])
    assert table.loc["I01", "n_ratings_level"] == 0
    width = table["upper"] - table["lower"]
    assert width.idxmax() == "I01"
    average = table["gap"].mean()
    assert abs(table.loc["I01", "gap"] - average) < 0.25 * width["I01"]


def test_one_rating_a_rater_is_enough(split):
    table = gaps_of(split.drop_duplicates("rater"))
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert np.isfinite(table[["gap", "lower", "upper"]]).all().all()
