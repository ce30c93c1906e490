"""Effects and shares in a target population: the raters themselves, cells by hand, and a truth that a sample misses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_scenes import predicted, profiles_of, scene_of
from scipy.stats import norm

import pluralstats as ps

TERMS = "(1 | item) + (1 | rater)"


def fit_of(ratings, right, draws=100, **options):
    return ps.fit(ratings, f"rating ~ {right} + {TERMS}", method="laplace", draws=draws, on_problem="ignore", **options)


def cells_of(ratings, **columns):
    return ps.Population.from_cells(pd.DataFrame(columns), ratings=ratings)


@pytest.fixture(scope="module")
def crossed(small):
    return fit_of(small, "gender * politics")


@pytest.mark.parametrize("by", [None, "gender"])
def test_the_raters_as_they_are_are_the_default(small, crossed, by):
    asked = {"demographics": "politics", "by": by, "estimands": ["points", "probability", "latent_d"]}
    default = ps.effects(crossed, **asked)
    found = ps.effects(crossed, population=ps.Population.of_raters(small), **asked)
    pd.testing.assert_frame_equal(found, default, rtol=1e-12)


def test_shares_of_the_raters_as_they_are_are_the_default(small, crossed):
    found = ps.variance_shares(crossed, population=ps.Population.of_raters(small))
    pd.testing.assert_frame_equal(found, ps.variance_shares(crossed), rtol=1e-12)


def test_an_effect_is_the_average_of_effects_within_cells(small, crossed):
    """g-computation by hand: E[Y] is linear in the shares of the profiles."""
    shares = {"left": 0.2, "centre": 0.1, "right": 0.7}
    target = cells_of(small, politics=list(shares), share=list(shares.values()))
    draws = []
    for level in ("female", "male"):
        cells = [cells_of(small, gender=[level], politics=[p], share=[1.0]) for p in shares]
        settings = predicted(crossed, *(scene_of(crossed, population=cell) for cell in cells))
        draws.append(sum(w * s.expected for w, s in zip(shares.values(), settings, strict=True)))
    found = ps.effects(crossed, "gender", population=target)
    assert found["estimate"][0] == pytest.approx(np.mean(draws[1] - draws[0]), abs=1e-7)


def test_raters_of_a_group_are_the_effect_within_it(small, crossed):
    within = ps.effects(crossed, "gender", by="politics").set_index("politics")
    found = ps.effects(crossed, "gender", population=ps.Population.group(small, politics="right"))
    assert found["estimate"][0] == pytest.approx(within.loc["right", "estimate"])


def test_without_interaction_and_on_a_linear_scale_no_population_moves_an_effect(small):
    fit = fit_of(small, "gender + politics", family="gaussian")
    target = cells_of(small, politics=["left", "right"], share=[0.1, 0.9])
    one, other = ps.effects(fit), ps.effects(fit, population=target)
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_renamed_levels_and_shuffled_cells_give_the_same_effects(small, crossed):
    table = pd.DataFrame({"politics": ["left", "centre", "right"], "share": [0.5, 0.2, 0.3]})
    new = {"left": "L", "centre": "C", "right": "R"}
    frame = small.frame.assign(
        rating=small.values.astype(int), politics=small.frame["politics"].cat.rename_categories(new)
    )
    reference = {"gender": "female", "politics": "L"}
    renamed = fit_of(
        ps.Ratings(frame, scale=(1, 5), demographics=list(reference), reference=reference), "gender * politics"
    )
    one = ps.effects(crossed, "gender", population=ps.Population.from_cells(table))
    table = table.assign(politics=table["politics"].map(new)).iloc[::-1]
    other = ps.effects(renamed, "gender", population=ps.Population.from_cells(table))
    pd.testing.assert_frame_equal(other, one, rtol=1e-6)


def test_demographics_of_the_population_that_the_formula_lacks_are_summed_over(small):
    fit = fit_of(small, "politics")
    joint = cells_of(small, gender=["female", "male"], politics=["left", "right"], share=[0.25, 0.75])
    margin = cells_of(small, politics=["left", "right"], share=[0.25, 0.75])
    one, other = (predicted(fit, scene_of(fit, population=p))[0].expected for p in (joint, margin))
    assert one == pytest.approx(other)


def test_the_variance_of_fixed_effects_is_that_over_the_target(small):
    fit = fit_of(small, "gender", draws=300)
    b, p = fit.samples.coefficient[:, 0], 0.1
    target = cells_of(small, gender=["female", "male"], share=[1.0 - p, p])
    table = ps.variance_shares(fit, population=target).set_index("component")
    corrected = np.maximum(b**2 - 2.0 * np.var(b), 0.0) * p * (1.0 - p)
    assert table.loc["demographics", "sd"] ** 2 == pytest.approx(np.mean(corrected))
    assert table["percent"].sum() == pytest.approx(100.0)


def missing_cell():
    """Nobody is male and right."""
    ratings = ps.simulate(n_raters=40, n_items=20, demographics=DEMOGRAPHICS, seed=3)
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame = frame[~((frame["gender"] == "male") & (frame["politics"] == "right"))]
    return ps.Ratings(frame, scale=(1, 5), demographics=list(DEMOGRAPHICS), reference={"politics": "left"})


DEMOGRAPHICS = {"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.5, "right": 0.5}}


def test_cells_without_raters_are_counted_in_a_warning_and_predicted_from_their_levels():
    ratings = missing_cell()
    target = cells_of(ratings, gender=["male", "female"], politics=["right", "left"], share=[0.3, 0.7])
    fit = fit_of(ratings, "gender + politics")
    with pytest.warns(
        ps.PopulationWarning, match=r"1 combination of gender, politics .*male:right; 30%.* has no raters"
    ):
        assert ps.effects(fit, "gender", population=target)["estimate"].notna().all()
    with pytest.warns(ps.PopulationWarning) as found:
        ps.variance_shares(fit, population=target)
    assert found[0].filename == __file__  # where the user can do something about it
    ps.effects(fit_of(ratings, "gender"), population=target)  # no combination of the formula is without raters


def test_where_such_a_cell_is_a_case_of_its_own_the_contrast_is_empty():
    ratings = missing_cell()
    target = cells_of(ratings, politics=["left", "right"], share=[0.7, 0.3])
    assert ps.effects(fit_of(ratings, "gender * politics"), "gender", population=target)["estimate"].isna().all()


def test_a_combination_that_nobody_has_deviates_by_a_draw_from_its_distribution():
    """It was fixed at main effects, and the interval of a combination without a rater was narrower than of one."""
    ratings = missing_cell()
    fit = ps.fit(
        ratings, f"rating ~ gender + politics + (1 | gender:politics) + {TERMS}", method="laplace", draws=50,
        on_problem="ignore",
    )  # fmt: skip
    target = cells_of(ratings, gender=["male"], politics=["right"], share=[1.0])
    (found,) = predicted(fit, scene_of(fit, population=target))
    main = (
        fit.samples.coefficient @ fit.design.fixed.rows_for(profiles_of(scene_of(fit, population=target)).profiles)[0]
    )
    items = fit.samples.effects[[g.name for g in fit.design.groupings].index("item")].mean(axis=1)
    deviation = found.latent - main - items
    names = [g.name for g in fit.design.groupings]
    z = deviation / fit.samples.sd[:, names.index("gender:politics")]
    # 50 draws of a standard normal: mean and sd within 4 standard errors, false alarm 2 in 10,000
    assert abs(z.mean()) < 4.0 / np.sqrt(50.0)
    assert abs(z.std() - 1.0) < 4.0 / np.sqrt(100.0)
    (again,) = predicted(fit, scene_of(fit, population=target))
    assert again.latent == pytest.approx(found.latent)  # the same draw wherever it is met


def test_a_population_without_a_level_of_by_is_refused(small, crossed):
    with pytest.raises(ps.DataError, match="nobody with politics 'centre', so nothing can be said about them"):
        ps.effects(crossed, "gender", by="politics", population=cells_of(small, politics=["left"], share=[1.0]))


def test_what_is_no_population_is_refused(crossed):
    with pytest.raises(ps.ConfigError, match=r"`population` is a ps.Population, such as .*; found 'liberals'"):
        ps.effects(crossed, population="liberals")


def test_a_population_of_other_words_is_refused_when_it_is_used(crossed):
    target = ps.Population.from_cells(pd.DataFrame({"gender": ["femal", "male"], "share": [0.5, 0.5]}))
    with pytest.raises(ps.DataError, match=r"50% 'femal' of 'gender'.*Did you mean 'female'"):
        ps.effects(crossed, population=target)


def test_design_weights_are_who_effects_are_averaged_over(small, crossed):
    weight = np.where(small.raters["politics"] == "right", 5.0, 1.0)[small.frame["rater"].cat.codes]
    weighted = ps.Ratings(
        small.frame.assign(rating=small.values.astype(int), rater_weight=weight), scale=(1, 5),
        demographics=["gender", "politics"], reference={"gender": "female", "politics": "left"},
    )  # fmt: skip
    there = replace(crossed, ratings=weighted)
    right = profiles_of(scene_of(there)).share @ (profiles_of(scene_of(there)).profiles["politics"] == "right")
    n = (small.raters["politics"] == "right").sum()
    assert right == pytest.approx(5 * n / (5 * n + small.n_raters - n))
    found = ps.effects(there, "gender")["estimate"][0]
    assert found == pytest.approx(
        ps.effects(crossed, "gender", population=ps.Population.of_raters(weighted))["estimate"][0]
    )


# ---- a biased sample ---------------------------------------------------------------------------------------------

SAMPLE = {"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.9, "right": 0.1}}
EFFECTS = {"politics[right]": 0.8, "gender[male]:politics[right]": 1.2}


def expected_rating(ratings, eta):
    """E[Y] over the items of the data and new raters of sd 0.6, from the truth (probit, closed form)."""
    truth = ratings.truth
    items = truth.random_effects.query("term == 'item'")["value"].to_numpy()
    (tau,) = truth.thresholds.values()
    at_least = norm.cdf((eta + items[:, None] - np.asarray(tau)) / np.sqrt(1.0 + 0.6**2))
    return 1.0 + at_least.sum(axis=1).mean()


def test_poststratification_recovers_the_population_where_the_sample_does_not():
    """In the population half are right, in the sample a tenth; only there men rate higher.

    Tolerance: 3 posterior sds, the Monte Carlo error of 400 raters. The sample's own average is 8 sds away.
    """
    ratings = ps.simulate(400, 60, 20, demographics=SAMPLE, effects=EFFECTS, seed=2)
    fit = fit_of(ratings, "gender * politics", draws=500)
    margins = {"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.5, "right": 0.5}}
    target = ps.Population.from_margins(margins, ratings)
    left, right = (expected_rating(ratings, EFFECTS["politics[right]"] * r) for r in (0.0, 1.0))
    truth_men = 0.5 * (left + expected_rating(ratings, sum(EFFECTS.values())))
    truth_women = 0.5 * (left + right)
    weighted, as_they_are = ps.effects(fit, "gender", population=target), ps.effects(fit, "gender")
    truth, sd = truth_men - truth_women, (weighted["upper"][0] - weighted["lower"][0]) / 3.92
    assert weighted["estimate"][0] == pytest.approx(truth, abs=3.0 * sd)
    assert as_they_are["estimate"][0] < truth - 3.0 * sd
    (mean,) = predicted(fit, scene_of(fit, population=target))
    (sample,) = predicted(fit, scene_of(fit))
    population_mean = 0.5 * (truth_men + truth_women)
    assert mean.expected.mean() == pytest.approx(population_mean, abs=3.0 * mean.expected.std())
    assert sample.expected.mean() < population_mean - 3.0 * mean.expected.std()
