"""Draws of the exact posterior: against nutpie, closed forms and recovery; seeds, precision, thinning, interrupts."""

import signal
import threading
from dataclasses import replace

import numpy as np
import pytest
from exact_designs import case_of, case_ratings
from sampled import assert_same_draws, assert_same_moments, chains_of, converged, known, moments

import pluralstats as ps
from pluralstats.inference.diagnosis.sampling import sampling_problems
from pluralstats.inference.laplace import empirical
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.pymc.graph import sample_reference
from pluralstats.inference.sampling import chains, exact
from pluralstats.inference.sampling.exact import sample_rotations
from pluralstats.inference.sampling.no_u_turn import sample_no_u_turn
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


def design_of(ratings, formula=FORMULA, family="cumulative", link="probit"):
    return build_design(ratings, parse_formula(formula, available_columns(ratings)), family, link)


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)


@pytest.mark.parametrize(("family", "link"), [("cumulative", "probit"), ("cumulative", "logit"), ("gaussian", "")])
def test_rotations_and_no_u_turn_draw_from_the_same_posterior(ratings, family, link):
    # two samplers with independent errors; 65 to 67 means and as many sds, of draws worth 1,100 and more
    design = design_of(ratings, family=family, link=link or "identity")
    ours = sample_rotations(design, Priors(), 2000, 1, Sampler())
    theirs = sample_no_u_turn(design, Priors(), 2000, 1, Sampler(warmup=300))
    assert_same_draws(chains_of(ours), chains_of(theirs))


def test_random_slopes_have_the_posterior_of_the_pymc_graph():
    # 7 parameters and 60 effects; the graph is written independently, with an LKJ Cholesky factor of PyMC's. It is
    # sampled in the non-centred form, and sometimes gets stuck: 3,000 draws of two seeds were worth 770 and 867
    slopes = {"sd_item": 0.8, "item_slopes": {"gender[male]": 1.0}, "slope_correlation": 0.3}
    ratings = ps.simulate(n_raters=75, n_items=30, ratings_per_rater=4, scale=(1, 4), **slopes, sd_rater=0.01, seed=1)
    design = design_of(ratings, "rating ~ gender + (1 + gender | item)")
    ours = sample_rotations(design, Priors(), 4000, 1, Sampler())
    theirs = converged(lambda n: chains_of(sample_reference(design, Priors(), 3000 * n, n, Sampler(chains=2))))
    assert_same_draws(chains_of(ours), theirs)


def test_posterior_of_a_mean_is_its_closed_form():
    # y ~ N(mu, sigma^2), flat enough priors: mu | y is student_t(n - 1) around the mean with scale s / sqrt(n)
    ratings = case_ratings("gaussian")
    design = design_of(ratings, "rating ~ 1", "gaussian", "identity")
    wide = Priors(threshold=1e3, residual=1e3)
    posterior = sample_rotations(design, wide, 8000, 1, Sampler())
    y, n = design.y, design.n
    scale = y.std(ddof=1) / np.sqrt(n)
    # half-student_t is flat in sigma: sigma^2 | y is inverse gamma((n - 2) / 2, SS / 2), mean SS / (n - 4); its sd is
    # the mean over the root of (n - 2) / 2 - 2
    sigma2 = ((y - y.mean()) ** 2).sum() / (n - 4)
    sds = [scale * np.sqrt((n - 1) / (n - 3)), sigma2 / np.sqrt((n - 6) / 2)]
    found = np.column_stack([posterior.samples.coefficient[:, 0], posterior.samples.residual_sd**2])
    assert_same_moments(moments(posterior.by_chain(found)), known([y.mean(), sigma2], sds))


def test_measured_columns_and_their_centring_leave_the_posterior_in_the_units_of_the_data():
    plain = case_ratings("cumulative")
    frame = plain.frame.assign(rating=plain.values, age=plain.frame["age"] * 12.0 + 2000.0)
    months = ps.Ratings(frame, scale=(1, 5), demographics=["gender"], covariates=["age"])
    formula = "rating ~ age + (1 | rater)"
    a = sample_rotations(design_of(plain, formula), Priors(), 500, 1, Sampler()).samples
    b = sample_rotations(design_of(months, formula), Priors(), 500, 1, Sampler()).samples
    np.testing.assert_allclose(b.coefficient * 12.0, a.coefficient, rtol=1e-6)
    np.testing.assert_allclose(b.threshold - 2000.0 * b.coefficient, a.threshold, rtol=1e-5, atol=1e-7)


def test_the_same_seed_gives_the_same_draws_on_any_number_of_cores(ratings):
    design = design_of(ratings)
    one, two = (sample_rotations(design, Priors(), 200, 7, Sampler(cores=cores)) for cores in (1, 2))
    other = sample_rotations(design, Priors(), 200, 8, Sampler())
    np.testing.assert_array_equal(one.samples.effects[0], two.samples.effects[0])
    assert not np.array_equal(one.samples.coefficient, other.samples.coefficient)


def test_single_precision_keeps_seven_digits_of_effects_and_all_of_parameters(ratings):
    design = design_of(ratings)
    full, half = (sample_rotations(design, Priors(), 200, 1, Sampler(single_precision=s)) for s in (False, True))
    assert half.samples.effects[0].dtype == np.float32
    np.testing.assert_array_equal(half.samples.sd, full.samples.sd)
    np.testing.assert_allclose(half.samples.effects[0], full.samples.effects[0], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_forcing_a_centring_does_not_change_the_posterior(ratings, share):
    design = design_of(ratings)
    chosen = sample_rotations(design, Priors(), 2000, 1, Sampler())
    forced = sample_rotations(design, Priors(), 2000, 2, Sampler(centring={"rater": share, "item": share}))
    assert_same_draws(chains_of(chosen), chains_of(forced))


def test_draws_are_thinned_until_they_are_worth_enough(ratings, monkeypatch):
    monkeypatch.setattr(exact, "ENOUGH", 10_000)
    posterior = sample_rotations(design_of(ratings), Priors(), 2000, 1, Sampler(most_thinning=4))
    # A fifth of the draws asked for is enough. Over ten seeds the smallest effective size was 963 of the 400 needed and
    # R-hat at most 1.007 of 1.01 (of 400 draws R-hat exceeded its bound in a quarter of all runs).
    assert posterior.thinned == 1
    monkeypatch.setattr(DrawnPosterior, "highest_r_hat", 0.9)
    posterior = sample_rotations(design_of(ratings), Priors(), 400, 1, Sampler(most_thinning=4))
    assert posterior.thinned == 4
    assert len(posterior.samples.sd) == 400


def test_an_interrupt_returns_what_every_chain_has_finished(ratings, monkeypatch):
    """Whichever chain is ahead: both wait in their third block of 100 draws until the interrupt has arrived."""
    keep, stops, both = exact.Store.keep, [], threading.Barrier(2)

    def told() -> threading.Event:
        stops.append(threading.Event())
        return stops[-1]

    def keep_and_interrupt(store, *arguments):
        keep(store, *arguments)
        chain, first = arguments[4:6]
        if first == 200:
            both.wait()
            if chain == 0:
                signal.raise_signal(signal.SIGINT)  # reaches the main thread, which waits for the chains
            stops[-1].wait()

    monkeypatch.setattr(chains, "Event", told)
    monkeypatch.setattr(exact.Store, "keep", keep_and_interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        posterior = sample_rotations(design_of(ratings), Priors(), 400_000, 1, Sampler(chains=2, cores=2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert not posterior.complete
    assert len(posterior.samples.sd) == 2 * 300
    assert np.isfinite(posterior.samples.effects[0]).all()


@pytest.mark.parametrize("nth", range(1, 8))
def test_an_interrupt_of_the_warm_up_comes_out(nth, ratings, monkeypatch):
    """Also where every chain had ended its block by then, as blocks of a pilot or of a short warm-up always have.

    Warm-up that corrects its map runs the chains seven times or more: three pilots, three rounds and a last pilot.
    """
    monkeypatch.setattr(chains, "FEW_KICKS", 0)
    wait, calls = chains.wait, []

    def pressed(jobs, **options):
        calls.append(1)
        done = wait(jobs)
        if len(calls) == nth:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(chains, "wait", pressed)
    with pytest.raises(KeyboardInterrupt):
        sample_rotations(design_of(ratings), Priors(), 400, 1, Sampler())
    assert len(calls) == nth


def test_an_interrupt_in_the_last_block_leaves_all_draws_and_stops_all_the_same(ratings, monkeypatch):
    wait, keep, kept = chains.wait, exact.Store.keep, []

    def pressed(jobs, **options):
        done = wait(jobs)
        if kept:
            raise KeyboardInterrupt
        return done

    def noted(store, *arguments):
        kept.append(1)
        keep(store, *arguments)

    monkeypatch.setattr(chains, "wait", pressed)
    monkeypatch.setattr(exact.Store, "keep", noted)
    posterior = sample_rotations(design_of(ratings), Priors(), 400, 1, Sampler())
    assert not posterior.complete
    assert len(posterior.samples.sd) == 400


def test_an_interrupted_fit_says_so(ratings):
    model = ps.fit(ratings, FORMULA, draws=400, on_problem="ignore")
    incomplete = replace(model.posterior, complete=False)
    assert sampling_problems(model.design, incomplete, None)[0] == (
        "Sampling was interrupted: these are the 400 draws finished until then. Fit again for all of them."
    )


def test_a_term_without_information_hardly_diverges():
    # one rating a rater: the ratings say little about the rater sd, and its prior has heavy tails. nutpie on the same
    # density diverges in 1.8% of its transitions; here 1 of 500 draws met a divergence in one of their 8 or more
    # transitions (seed 1), and 9 where even 1 is expected have probability 1e-6 (Poisson). Of twice as many draws two
    # diverge, after which transitions have twice the kicks: nine times the work
    thin = ps.simulate(n_raters=80, n_items=4, ratings_per_rater=1, seed=1)
    posterior = sample_rotations(design_of(thin), Priors(), 500, 1, Sampler())
    assert posterior.stats["diverging"].mean() < 0.018
    assert np.isfinite(posterior.samples.parameters).all()


@pytest.mark.parametrize("formula", ["rating ~ 1", "rating ~ gender", "rating ~ 1 + (1 | item)"])
def test_formulas_without_columns_or_without_random_terms_are_sampled(ratings, formula):
    model = ps.fit(ratings, formula, on_problem="ignore")
    by_likelihood = ps.fit(ratings, formula, method="laplace", on_problem="ignore").parameters
    both = model.parameters.merge(by_likelihood, on="parameter")
    # 400 ratings: priors and skewness move estimates by much less than half a standard error; 400 effective draws, by
    # a twentieth, so that 0.3 for the former and four errors for the latter remain
    moments(model.posterior.by_chain(model.samples.parameters))
    assert ((both["estimate_x"] - both["estimate_y"]).abs() < 0.5 * both["se_y"]).all()


def test_large_designs_take_the_curvature_by_formula_which_is_close_to_the_measured_one(monkeypatch):
    ratings = ps.simulate(n_raters=60, n_items=30, ratings_per_rater=10, seed=1)
    formula = "rating ~ gender + (1 | item) + (1 | rater)"
    measured = case_of(ratings, formula, "cumulative", "probit", {}).at
    monkeypatch.setattr(empirical, "MEASURED_UP_TO", 0)
    by_formula = case_of(ratings, formula, "cumulative", "probit", {}).at
    np.testing.assert_allclose(by_formula.x, measured.x, atol=0.02)  # a tenth of a posterior sd
    sds = [np.sqrt(np.diag(at.covariance)) for at in (by_formula, measured)]
    np.testing.assert_allclose(*sds, rtol=0.15)
