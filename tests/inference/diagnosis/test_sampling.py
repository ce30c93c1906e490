"""Every sentence about draws of the exact posterior: the draws that bring it about, and draws that do not.

Draws are made, not sampled: every half of every chain holds the same normal quantiles in an order of its own, so that
the chains agree perfectly and draws are as good as independent. Each test spoils one thing.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import pluralstats as ps
from pluralstats.inference.diagnosis.sampling import sampling_problems
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.inference.sampling.turns import MOST_KICKS
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula

FORMULA = "rating ~ gender + age + (1 | item) + (1 | rater)"
CHAINS, DRAWS = 4, 500
SD_OF_AGE = 10.0 * np.sqrt(35.0 / 12.0)  # of 20, 30, ... 70: n equally spaced numbers have variance (n^2 - 1) / 12


def design_of(family="cumulative", formula=FORMULA, categories=3):
    """Six raters, of 20, 30, ... 70 years, and four items."""
    rater, item = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    data = {
        "rater": [f"r{r}" for r in rater],
        "item": [f"i{i}" for i in item],
        "rating": 1 + (rater + item) % categories,
    }
    data |= {"gender": np.where(rater % 2, "m", "f"), "age": 20.0 + 10.0 * rater}
    ratings = ps.Ratings(
        pd.DataFrame(data),
        scale=(1, categories),
        demographics=["gender"],
        covariates=["age"],
        reference={"gender": "f"},
    )
    link = "identity" if family == "gaussian" else "probit"
    return build_design(ratings, parse_formula(formula, available_columns(ratings)), family, link)


def even(m, chains, draws, seed):
    """(chains * draws, m) of sd 1: every half chain has the same quantiles, shuffled."""
    rng, half = np.random.default_rng(seed), draws // 2
    quantiles = ndtri((np.arange(half) + 0.5) / half)
    quantiles /= quantiles.std()
    shuffled = rng.permuted(np.tile(quantiles, (2 * chains * m, 1)), axis=1)
    return shuffled.reshape(m, chains * draws).T


def posterior_of(design, chains=CHAINS, draws=DRAWS, spread=0.1, **options):
    """A posterior of ``design`` whose every quantity has the sd ``spread``; the effect of one sd of age, too."""
    gaussian = not design.family.ordered
    k, p = design.n_thresholds, len(design.fixed.names)
    sizes = [k, p, len(design.groupings), int(gaussian), *(g.size for g in design.groupings)]
    values = spread * even(sum(sizes), chains, draws, seed=1)
    threshold, coefficient, sd, residual, *effects = np.split(values, np.cumsum(sizes)[:-1], axis=1)
    coefficient = coefficient / [SD_OF_AGE if name == "age" else 1.0 for name in design.fixed.names]
    residual_sd, none = 1.0 + residual[:, 0] if gaussian else None, np.empty((chains * draws, 0))
    samples = Samples(threshold, coefficient, 1.0 + sd, residual_sd, tuple(effects), none)
    return DrawnPosterior(samples, chains, **options)


def with_samples(posterior, **changes):
    return replace(posterior, samples=posterior.samples._replace(**changes))


def problems_of(posterior, design, priors=None):
    return sampling_problems(design, posterior, priors)


@pytest.fixture(scope="module")
def design():
    return design_of()


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_chains_that_agree_have_no_problem(family):
    design = design_of(family)
    quiet = {"diverging": np.zeros((CHAINS, DRAWS), bool), "n_steps": np.full((CHAINS, DRAWS), 2)}
    assert problems_of(posterior_of(design, stats=quiet), design, ps.Priors()) == ()


def test_interrupted_sampling_says_how_many_draws_there_are(design):
    assert problems_of(posterior_of(design, complete=False), design) == (
        "Sampling was interrupted: these are the 2,000 draws finished until then. Fit again for all of them.",
    )


@pytest.mark.parametrize(("n", "counted"), [(1, "1 transition"), (1100, "1,100 transitions")])
def test_divergences_are_counted(design, n, counted):
    diverging = np.zeros((CHAINS, DRAWS), bool)
    diverging.flat[:n] = True
    assert problems_of(posterior_of(design, stats={"diverging": diverging}), design) == (
        f"{counted} of the sampler diverged: parts of the posterior may be missing. Use a tighter prior on standard "
        "deviations (`ps.Priors(sd=0.5)`) or drop a term with few levels.",
    )


def test_a_single_chain_is_said_so(design):
    alone = posterior_of(design, chains=1, draws=2000)
    assert problems_of(alone, design) == (
        "There is a single chain: whether others would agree with it is unknown. Use ps.Sampler(chains=4).",
    )
    assert problems_of(posterior_of(design, chains=2, draws=1000), design) == ()


def first_chain_away(values, by):
    """Draws of which the first chain lies ``by`` sds (of 0.1) higher."""
    moved = values.copy()
    moved[:DRAWS] += 0.1 * by
    return moved


def about(problems, start):
    return [problem for problem in problems if problem.startswith(start)]


def test_chains_that_disagree_are_named_with_the_worst_parameter_first(design):
    posterior = posterior_of(design)
    coefficient = posterior.samples.coefficient.copy()
    coefficient[:, 0] = first_chain_away(coefficient[:, 0], 2.0)
    sd = posterior.samples.sd.copy()
    sd[:, 1] = first_chain_away(sd[:, 1], 5.0)
    spoilt = with_samples(posterior, coefficient=coefficient, sd=sd)
    assert about(problems_of(spoilt, design), "R-hat") == [
        "R-hat of sd(item), gender[m] is above 1.01 (highest 1.5262): the chains do not agree yet. Use more draws "
        "(`draws=`), a longer warm-up (`ps.Sampler(warmup=)`), or a simpler formula."
    ]  # arviz_stats 1.3, rank-normalised split R-hat of sd(item): 1.52618852
    barely = coefficient.copy()
    barely[:, 0] = first_chain_away(posterior.samples.coefficient[:, 0], 0.1)
    assert about(problems_of(with_samples(posterior, coefficient=barely), design), "R-hat") == []


def test_random_effects_that_disagree_have_a_sentence_of_their_own(design):
    posterior = posterior_of(design)
    raters, items = posterior.samples.effects
    moved = raters.copy()
    moved[:, :5] = first_chain_away(raters[:, :5], np.array([3.0, 3.2, 3.4, 3.6, 3.8]))
    found = about(problems_of(with_samples(posterior, effects=(moved, items)), design), "R-hat")
    assert found == [
        "R-hat of rater[r4], rater[r3], rater[r2], rater[r1] and 1 more is above 1.01 (highest 1.5152): the chains do "
        "not agree yet. Use more draws (`draws=`), a longer warm-up (`ps.Sampler(warmup=)`), or a simpler formula."
    ]  # arviz_stats 1.3, of rater[r4]: 1.5151649


def test_chains_that_move_slowly_have_few_effective_draws(design):
    """In ascending order within each half: the chains agree, and hardly a draw is new."""
    posterior = posterior_of(design)
    threshold = posterior.samples.threshold.copy()
    halves = threshold[:, 1].reshape(2 * CHAINS, -1)
    threshold[:, 1] = np.sort(halves, axis=1).ravel()
    assert problems_of(with_samples(posterior, threshold=threshold), design) == (
        "The effective number of draws of threshold 2|3 is below 400 (lowest 27 of 2,000): their interval ends are "
        "noisy. Use more draws (`draws=`).",
    )  # arviz_stats 1.3, of the sorted draws: bulk 26.776, tail 155.57; R-hat 0.998


def test_few_draws_are_few_effective_ones_for_parameters_and_for_effects(design):
    found = problems_of(posterior_of(design, draws=50), design)
    assert [sentence.split(" is below ")[0].split(" and ")[-1] for sentence in found] == ["2 more", "6 more"]
    assert [sentence.split(" of 200): ")[1] for sentence in found] == [
        "their interval ends are noisy. Use more draws (`draws=`)."
    ] * 2


TOO_FEW = [
    # draws of each of four chains and how they are counted; R-hat needs 2 of each half of a chain
    (1, "There is 1 draw a chain (4 in all)", "cannot be computed"),
    (3, "There are 3 draws a chain (12 in all)", "cannot be computed"),
    (48, "There are 48 draws a chain (192 in all)", "is hard to say"),
]


@pytest.mark.parametrize(("each", "counted", "judged"), TOO_FEW)
def test_too_few_draws_are_a_problem_where_nothing_else_can_tell(design, each, counted, judged):
    posterior = posterior_of(design)
    keep = (np.arange(CHAINS)[:, None] * DRAWS + np.arange(each)).ravel()
    few = replace(posterior, samples=posterior.samples.at(keep))
    assert (
        f"{counted}, fewer than 50: whether chains agree {judged}, intervals are too narrow and their ends are noise. "
        "Use more draws (`draws=`)."
    ) in problems_of(few, design)


@pytest.mark.parametrize("spoilt", [0.7, np.nan])
def test_quantities_without_an_r_hat_are_named(design, spoilt):
    """A number that never moves and one that is none have no R-hat; neither exceeds a bound."""
    posterior = posterior_of(design)
    threshold, effects = posterior.samples.threshold.copy(), [e.copy() for e in posterior.samples.effects]
    threshold[:, 1] = spoilt
    effects[0][:, 2] = spoilt
    names = [g.name for g in design.groupings]
    level = design.groupings[0].levels[2]
    assert problems_of(with_samples(posterior, threshold=threshold, effects=tuple(effects)), design) == tuple(
        f"R-hat of {name} cannot be computed, as the draws never change or are no numbers: whether the chains agree is "
        "unknown. Use more draws (`draws=`), or a simpler formula."
        for name in ("threshold 2|3", f"{names[0]}[{level}]")
    )


@pytest.mark.parametrize("draws", [12, 49])
@pytest.mark.parametrize(("method", "priors"), [("laplace", None), ("laplace", ps.Priors()), ("hmc", None)])
def test_a_fit_of_few_draws_says_so(method, priors, draws):
    """Between the least and the greatest of 12 independent draws lie 11/13 of a distribution, and not 95% of it."""
    ratings = ps.simulate(n_raters=20, n_items=8, ratings_per_rater=6, seed=1)
    options = {"method": method, "priors": priors, "draws": draws}
    fit = ps.fit(ratings, "rating ~ 1 + (1 | rater)", **options, on_problem="ignore")
    (sentence,) = [problem for problem in fit.problems if "fewer than 50" in problem]
    each = -(-draws // 4)
    start = (
        f"There are {draws} draws, fewer" if method == "laplace" else f"There are {each} draws a chain ({4 * each} in"
    )
    assert sentence.startswith(start)
    with pytest.raises(ps.FitError, match="fewer than 50"):
        ps.fit(ratings, "rating ~ 1 + (1 | rater)", **options, on_problem="raise")


def test_fifty_draws_around_a_maximum_are_enough_for_no_sentence():
    ratings = ps.simulate(n_raters=20, n_items=8, ratings_per_rater=6, seed=1)
    fit = ps.fit(ratings, "rating ~ 1 + (1 | rater)", method="laplace", draws=50, on_problem="ignore")
    assert not any("draw" in problem for problem in fit.problems)


@pytest.mark.parametrize(("deep", "counted"), [(1, "1 draw"), (3, "3 draws")])
def test_the_largest_tree_depth_is_counted(design, deep, counted):
    depth = np.full((CHAINS, DRAWS), 9)
    assert problems_of(posterior_of(design, stats={"tree_depth": depth}), design) == ()
    depth.flat[:deep] = 10
    assert problems_of(posterior_of(design, stats={"tree_depth": depth}), design) == (
        f"{counted} reached the largest tree depth (10): the sampler moves slowly. "
        "Simplify the formula or tighten the priors.",
    )


def test_the_largest_number_of_steps_is_said_so_unless_there_are_trees(design):
    steps = np.full((CHAINS, DRAWS), MOST_KICKS)
    assert problems_of(posterior_of(design, stats={"n_steps": steps - 1}), design) == ()
    assert problems_of(posterior_of(design, stats={"n_steps": steps}), design) == (
        "The sampler needed its largest number of steps (480) for a draw: the posterior is far from normal. "
        "Use tighter priors or drop a term with few levels.",
    )
    trees = {"n_steps": steps, "tree_depth": np.full((CHAINS, DRAWS), 9)}  # many steps are ordinary for a tree
    assert problems_of(posterior_of(design, stats=trees), design) == ()


def prior_driven(*names):
    return (
        f"The ratings say hardly more about {', '.join(names)} than the prior does: estimates and intervals there are "
        "those of the prior. Merge small levels or drop a term that overlaps with another.",
    )


DRIVEN = [
    # sds of the posterior of gender[m] and of one sd of age, priors, names: from 0.9 of the prior's scale on
    ((0.95, 0.1), ps.Priors(), ["gender[m]"]),
    ((0.85, 0.1), ps.Priors(), []),
    ((0.1, 0.95), ps.Priors(), ["age"]),  # its prior is for one sd of age
    ((0.1, 0.85), ps.Priors(), []),
    ((0.95, 0.95), ps.Priors(), ["gender[m]", "age"]),
    ((0.95, 0.95), ps.Priors(coefficient=2.0), []),
    ((0.48, 0.1), ps.Priors(terms={"gender": 0.5}), ["gender[m]"]),
    ((0.95, 0.95), None, []),
]


@pytest.mark.parametrize(("spread", "priors", "names"), DRIVEN)
def test_coefficients_of_which_the_ratings_say_nothing_are_named(design, spread, priors, names):
    posterior = posterior_of(design, spread=1.0)
    changed = with_samples(posterior, coefficient=posterior.samples.coefficient * spread)
    assert problems_of(changed, design, priors) == (prior_driven(*names) if names else ())


def test_the_intercept_of_a_gaussian_model_is_not_said_to_be_the_priors():
    design = design_of("gaussian")
    assert design.fixed.names[0] == "Intercept"
    posterior = posterior_of(design, spread=1.0)
    wide = posterior.samples.coefficient * np.array([100.0, 0.1, 0.1])
    assert problems_of(with_samples(posterior, coefficient=wide), design, ps.Priors()) == ()


def test_the_gravest_sentence_comes_first(design):
    diverging = np.ones((1, 50), bool)
    poor = posterior_of(design, 1, 50, stats={"diverging": diverging}, complete=False)
    found = problems_of(poor, design)
    starts = ["Sampling was interrupted", "50 transitions", "There is a single chain", "The effective", "The effective"]
    assert [sentence.startswith(start) for sentence, start in zip(found, starts, strict=True)] == [True] * 5


def test_a_model_without_random_terms_has_the_same_sentences():
    plain = design_of(formula="rating ~ 1")
    found = problems_of(posterior_of(plain, draws=50, complete=False), plain, ps.Priors())
    assert [sentence.split(" ")[0] for sentence in found] == ["Sampling", "The"]


def test_a_residual_sd_is_named_too():
    design = design_of("gaussian")
    posterior = posterior_of(design)
    stuck = with_samples(posterior, residual_sd=first_chain_away(posterior.samples.residual_sd, 5.0))
    assert about(problems_of(stuck, design), "R-hat of sd(residual) is above 1.01")
