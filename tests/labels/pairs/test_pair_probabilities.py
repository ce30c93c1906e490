"""Pair probabilities: closed forms, quadrature by brute force, simulation of ratings, symmetries."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import logistic, norm

import pluralstats as ps
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.labels.pairs.posterior.raters import rater_nodes
from pluralstats.labels.utilities import checked_utility, utility_steps

GROUPS = {"gender": {"f": 0.5, "m": 0.5}, "politics": {"left": 0.4, "centre": 0.3, "right": 0.3}}
EFFECTS = {"gender[m]": 0.4, "politics[right]": -0.5}


def texts(items, per_question=5):
    question = [f"q{i // per_question}" for i in range(len(items))]
    prompts, responses = [f"Prompt of {q}" for q in question], [f"Response {item}" for item in items]
    return pd.DataFrame({"item": list(items), "question": question, "prompt": prompts, "response": responses})


def study(**options):
    return ps.simulate(
        **{"n_raters": 60, "n_items": 10, "demographics": GROUPS, "effects": EFFECTS, "seed": 3} | options
    )


def fit_of(ratings, right, draws=5, **options):
    return ps.fit(ratings, f"rating ~ {right}", method="laplace", draws=draws, on_problem="ignore", **options)


def with_draws(fit, **changed):
    """The same fit with some of its draws set by hand."""
    return replace(fit, posterior=DrawnPosterior(fit.samples._replace(**changed), 1))


ITEMS = list(study().frame["item"].cat.categories)


def level(fit, name):
    return [grouping.name for grouping in fit.design.groupings].index(name)


def item_effects(fit, item, draw, male=False):
    t = level(fit, "item")
    at = list(fit.design.groupings[t].levels).index(item)
    slope = fit.samples.effects[level(fit, "gender[m] | item")][draw, at] if male else 0.0
    return fit.samples.effects[t][draw, at] + slope


def by_quadrature(fit, a, b, people, draw):
    """P(a above b) + 1/2 P(tie) of a random one of ``people``, 2,001 points of the rater's effect for each profile."""
    z = np.linspace(-8.0, 8.0, 2001)
    w = norm.pdf(z) / norm.pdf(z).sum()
    cdf = norm.cdf if fit.link == "probit" else logistic.cdf
    total = 0.0
    for (gender, politics), share in people.value_counts(["gender", "politics"], normalize=True).items():
        names = {f"gender[{gender}]", f"politics[{politics}]"}
        eta = sum(v for n, v in zip(fit.design.fixed.names, fit.samples.coefficient[draw], strict=True) if n in names)
        below = [
            np.vstack(
                [
                    np.zeros_like(z),
                    cdf(
                        fit.samples.threshold[draw][:, None]
                        - eta
                        - item_effects(fit, item, draw, gender == "m" and slopes(fit))
                        - fit.samples.sd[draw, level(fit, "rater")] * z
                    ),
                    np.ones_like(z),
                ]
            )
            for item in (a, b)
        ]
        total += share * ((np.diff(below[0], axis=0) * 0.5 * (below[1][1:] + below[1][:-1])).sum(axis=0) @ w)
    return total


def slopes(fit):
    return any(grouping.name == "gender[m] | item" for grouping in fit.design.groupings)


@pytest.mark.parametrize("link", ["probit", "logit"])
@pytest.mark.parametrize("right", ["gender + politics + (1 | item)", "gender + politics + (1 + gender | item)"])
def test_p_is_the_probability_of_one_rater_in_every_draw(link, right):
    fit = fit_of(study(item_slopes={"gender[m]": 0.5}, effects={"gender[m]": 0.4}), f"{right} + (1 | rater)", link=link)
    table = ps.preference_pairs(fit, texts(ITEMS), by="politics").table
    assert len(table) == 2 * 10 * 3
    people = fit.ratings.raters
    for row in table.iloc[::7].itertuples():
        group = people[people["politics"] == row.target.removeprefix("politics: ")]
        p = [by_quadrature(fit, row.chosen_item, row.rejected_item, group, draw) for draw in range(5)]
        assert row.p == pytest.approx(np.mean(p), abs=2e-6)
        assert row.p_sd == pytest.approx(np.std(p, ddof=1), abs=2e-6)


@pytest.mark.parametrize("sd", [0.0, 0.05, 0.0999, 0.1, 0.5, 2.0, 20.0])
def test_p_is_right_whatever_the_spread_of_raters(sd):
    fit = fit_of(study(), "gender + politics + (1 | item) + (1 | rater)")
    changed = fit.samples.sd.copy()
    changed[:, level(fit, "rater")] = sd
    fit = with_draws(fit, sd=changed)
    for row in ps.preference_pairs(fit, texts(ITEMS)).table.iloc[::5].itertuples():
        p = [by_quadrature(fit, row.chosen_item, row.rejected_item, fit.ratings.raters, draw) for draw in range(5)]
        assert row.p == pytest.approx(np.mean(p), abs=2e-5)


def test_two_answers_without_raters_have_the_closed_form():
    """P(a above b) + 1/2 tie = 1/2 + (P(a = 2) - P(b = 2)) / 2 for two independent answers 1, 2."""
    fit = fit_of(study(scale=(1, 2)), "(1 | item)")
    for row in ps.preference_pairs(fit, texts(ITEMS)).table.itertuples():
        high = [
            norm.sf(fit.samples.threshold[:, 0] - fit.samples.effects[0][:, ITEMS.index(item)])
            for item in (row.chosen_item, row.rejected_item)
        ]
        assert row.p == pytest.approx(0.5 + 0.5 * np.mean(high[0] - high[1]), abs=1e-6)


def test_a_gaussian_pair_is_the_probit_of_the_difference():
    """The rater cancels: P(y_a > y_b) = Phi((o_a - o_b) / (sigma sqrt 2))."""
    fit = fit_of(study(family="gaussian"), "gender + (1 | item) + (1 | rater)", family="gaussian")
    t = level(fit, "item")
    for row in ps.preference_pairs(fit, texts(ITEMS)).table.itertuples():
        a, b = (fit.samples.effects[t][:, ITEMS.index(item)] for item in (row.chosen_item, row.rejected_item))
        p = norm.cdf((a - b) / fit.samples.residual_sd / np.sqrt(2.0))
        assert (row.p, row.p_sd) == pytest.approx((p.mean(), p.std(ddof=1)), abs=1e-9)


def test_simulated_ratings_of_new_raters_agree_with_p():
    """One draw; 400,000 raters rate both items. Tolerance: four standard errors, 4 x 0.5 / sqrt(400,000)."""
    fit = fit_of(study(), "(1 | item) + (1 | rater)", draws=1)
    rng, n = np.random.default_rng(1), 400_000
    row = next(ps.preference_pairs(fit, texts(ITEMS)).table.itertuples())
    u = fit.samples.sd[0, level(fit, "rater")] * rng.standard_normal(n)
    a, b = (
        np.digitize(item_effects(fit, item, 0) + u + rng.standard_normal(n), fit.samples.threshold[0])
        for item in (row.chosen_item, row.rejected_item)
    )
    assert row.p == pytest.approx((a > b).mean() + 0.5 * (a == b).mean(), abs=0.0032)


def test_a_negative_utility_turns_every_pair():
    fit = fit_of(study(), "gender + (1 | item) + (1 | rater)")
    up, down = (ps.preference_pairs(fit, texts(ITEMS), utility={"rating": w}).table for w in (2.0, -0.5))
    assert (up["chosen"] == down["rejected"]).all()
    assert np.allclose(up["p"], down["p"], rtol=0, atol=1e-12)
    assert set(down["dimensions"]) == {"rating:-0.5"}


def test_rows_and_names_of_responses_do_not_matter():
    fit = fit_of(study(), "gender + (1 | item) + (1 | rater)")
    usual = ps.preference_pairs(fit, texts(ITEMS), max_pairs=3, by="gender").table
    turned = ps.preference_pairs(fit, texts(ITEMS).iloc[::-1], max_pairs=3, by="gender").table
    assert usual.equals(turned)
    assert usual.groupby(["target", "question"]).size().tolist() == [3, 3, 3, 3]


def test_everybody_is_the_mix_of_the_groups():
    fit = fit_of(study(), "gender + politics + (1 + gender | item) + (1 | rater)")
    share = fit.ratings.raters["gender"].value_counts(normalize=True)
    p = signed(ps.preference_pairs(fit, texts(ITEMS)))
    parts = signed(ps.preference_pairs(fit, texts(ITEMS), by="gender"))
    mixed = sum(share[g] * parts[f"gender: {g}"] for g in ("f", "m"))
    assert np.allclose(p["all raters"], mixed, rtol=0, atol=1e-6)


def signed(pairs):
    """Target -> probability that the item with the smaller name is preferred, by pair."""
    t = pairs.table
    first = t["chosen_item"] < t["rejected_item"]
    low = t["chosen_item"].where(first, t["rejected_item"])
    high = t["rejected_item"].where(first, t["chosen_item"])
    made = t.assign(s=t["p"].where(first, 1.0 - t["p"]), key=low + high)
    return {target: part.set_index("key")["s"].sort_index() for target, part in made.groupby("target")}


def test_a_population_weighs_the_groups():
    ratings = study()
    fit = fit_of(ratings, "gender + (1 + gender | item) + (1 | rater)")
    only_men = ps.Population.from_cells(pd.DataFrame({"gender": ["m"], "share": [1.0]}))
    of_men = signed(ps.preference_pairs(fit, texts(ITEMS), by="gender"))["gender: m"]
    everybody = signed(ps.preference_pairs(fit, texts(ITEMS), population=only_men))["population"]
    assert np.allclose(everybody, of_men, rtol=0, atol=1e-6)
    pairs = ps.preference_pairs(fit, texts(ITEMS), population=only_men, by="gender")
    assert pairs.targets == ("gender: m",)
    assert any("The population has nobody with gender f" in sentence for sentence in pairs.card["caveats"])


def test_the_rule_mean_is_the_posterior_probability_of_a_higher_expectation():
    fit = fit_of(study(), "gender + (1 | item) + (1 | rater)", draws=200)
    table = ps.preference_pairs(fit, texts(ITEMS), rule="mean").table
    t = level(fit, "item")
    for row in table.itertuples():  # one effect an item: the higher effect has the higher expectation
        a, b = (fit.samples.effects[t][:, ITEMS.index(item)] for item in (row.chosen_item, row.rejected_item))
        assert row.p == pytest.approx((a > b).mean(), abs=1e-12)
    assert table["p_sd"].isna().all()


def test_the_rule_mean_agrees_with_predicted_expectations():
    ratings = study(dimensions=["bad", "good"], effects={"gender[m]": {"bad": 0.5, "good": -0.5}})
    fits = {
        name: fit_of(ratings.select(name), "gender + (1 + gender | item) + (1 | rater)") for name in ("bad", "good")
    }
    table = ps.preference_pairs(fits, texts(ITEMS), utility={"bad": -1, "good": 2}, rule="mean").table
    sets = ps.Population.of_raters(ratings, ["gender"])
    expected = {}
    for name, fit in fits.items():  # ps.predict gives means over draws; one draw at a time has each draw
        for draw in range(5):
            one = replace(fit, posterior=DrawnPosterior(fit.samples.at(np.array([draw])), 1))
            found = ps.predict(one, pd.DataFrame({"item": ITEMS}), population=sets)["estimate"].to_numpy()
            expected[name, draw] = dict(zip(ITEMS, found, strict=True))
    for row in table.itertuples():
        value = [
            [2 * expected["good", s][item] - expected["bad", s][item] for item in (row.chosen_item, row.rejected_item)]
            for s in range(5)
        ]
        assert row.p == pytest.approx(np.mean([a > b for a, b in value]), abs=1e-12)


def two_dimensions(correlation, draws=400):
    """A made fit of two dimensions, the same draw ``draws`` times, raters' effects correlated."""
    ratings = study(dimensions=["bad", "good"], n_raters=80, rater_correlation=correlation)
    formula = "dimension + dimension:gender + (0 + dimension | item) + (0 + dimension | rater)"
    fit = fit_of(ratings, formula, draws=1)
    once = fit.samples.at(np.zeros(draws, int))
    at = [i for i, (a, _) in enumerate(fit.design.correlations) if fit.design.groupings[a].term.name == "rater"]
    changed = once.correlation.copy()
    changed[:, at] = correlation
    return with_draws(fit, **once._replace(correlation=changed)._asdict())


@pytest.mark.parametrize("correlation", [-0.7, 0.6])
def test_two_dimensions_are_convolved_given_a_rater_with_correlated_effects(correlation):
    """Simulation of one draw with 1,000,000 raters of each profile; both sides have errors of about 0.0005."""
    fit = two_dimensions(correlation)
    table = ps.preference_pairs(fit, texts(ITEMS), utility={"bad": -1, "good": 2}).table
    rng, n = np.random.default_rng(1), 1_000_000
    s, names = fit.samples, [grouping.name for grouping in fit.design.groupings]
    z = rng.standard_normal((2, n))
    z[1] = correlation * z[0] + np.sqrt(1.0 - correlation**2) * z[1]
    share = fit.ratings.raters["gender"].value_counts(normalize=True)
    gender = np.where(rng.random(n) < share["m"], "m", "f")
    of_raters = [s.sd[0, names.index(f"dimension[{d}] | rater")] * z[i] for i, d in enumerate(("bad", "good"))]
    for row in table.iloc[:4].itertuples():
        utility = []
        for item in (row.chosen_item, row.rejected_item):
            total = 0.0
            for i, (d, worth) in enumerate((("bad", -1.0), ("good", 2.0))):
                rows = pd.DataFrame({"dimension": [d, d], "gender": ["f", "m"]})
                typed = rows.astype({c: fit.ratings.frame[c].dtype for c in rows})
                eta = fit.design.fixed.rows_for(typed) @ s.coefficient[0]
                t = names.index(f"dimension[{d}] | item")
                latent = np.where(gender == "m", eta[1], eta[0]) + of_raters[i] + rng.standard_normal(n)
                total = total + worth * np.digitize(latent + s.effects[t][0, ITEMS.index(item)], s.threshold[0])
            utility.append(total)
        wanted = (utility[0] > utility[1]).mean() + 0.5 * (utility[0] == utility[1]).mean()
        assert row.p == pytest.approx(wanted, abs=0.003)
        assert row.p_sd < 0.003  # all draws are the same; the raters that were drawn are no uncertainty


def test_separate_fits_are_independent_but_for_the_profile():
    """Against the same two dimensions in closed form: two answers each, no effects of raters, one profile."""
    ratings = study(dimensions=["bad", "good"], scale=(0, 1))
    fits = {name: fit_of(ratings.select(name), "(1 | item)") for name in ("bad", "good")}
    pairs = ps.preference_pairs(fits, texts(ITEMS), utility={"bad": -1, "good": 1})
    for row in pairs.table.itertuples():
        yes = {
            (name, item): norm.sf(fit.samples.threshold[:, 0] - fit.samples.effects[0][:, ITEMS.index(item)])
            for name, fit in fits.items()
            for item in (row.chosen_item, row.rejected_item)
        }
        mass = [
            {-1: b * (1 - g), 0: b * g + (1 - b) * (1 - g), 1: (1 - b) * g}
            for b, g in ((yes["bad", i], yes["good", i]) for i in (row.chosen_item, row.rejected_item))
        ]
        p = sum(mass[0][u] * mass[1][v] * (0.5 + 0.5 * np.sign(u - v)) for u in mass[0] for v in mass[1])
        assert (row.p, row.p_sd) == pytest.approx((p.mean(), p.std(ddof=1)), abs=1e-5)
    assert "Dimensions come from separate fits" in " ".join(pairs.card["caveats"])


def test_nodes_have_the_moments_of_the_raters():
    linear, share = np.array([[-1.0, 0.3, 2.0]] * 4), np.array([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]])
    sd = np.array([0.0, 0.07, 0.4, 3.0])
    nodes, weight = rater_nodes(linear, share, sd)
    assert np.allclose(weight.sum(axis=2), 1.0, rtol=0, atol=1e-7)
    mean = np.einsum("sgn,sn->sg", weight, nodes)
    assert np.allclose(mean, linear @ share.T, rtol=0, atol=1e-6)
    second = np.einsum("sgn,sn->sg", weight, nodes**2)
    assert np.allclose(second, linear**2 @ share.T + sd[:, None] ** 2, rtol=0, atol=1e-5)


def test_many_values_of_a_utility_are_rounded_to_steps_of_its_range():
    exact = utility_steps([np.arange(5.0), 2.0 * np.arange(5.0)])
    assert exact.values.tolist() == list(range(13))
    many = utility_steps([w * np.arange(5.0) for w in (1.0, 0.77, -0.313, 0.591, -0.1234)])
    assert many.values.size <= 406
    assert np.ptp(many.values) == pytest.approx(4.0 * (1 + 0.77 + 0.313 + 0.591 + 0.1234), rel=0.01)


@pytest.mark.parametrize(
    ("utility", "words"),
    [
        (None, "`utility` says what a higher rating on each dimension (bad, good) is worth"),
        ({"bda": 1.0}, "`utility` has 'bda', which is no dimension (bad, good). Did you mean 'bad'?"),
        ({"bad": 0.0}, "`utility` of 'bad' is a number other than 0"),
        ({"bad": "x"}, "`utility` of 'bad' is a number other than 0"),
    ],
)
def test_utilities_that_cannot_be_meant_are_refused(utility, words):
    with pytest.raises(ps.ConfigError) as error:
        checked_utility(utility, ["bad", "good"])
    assert words in str(error.value)
