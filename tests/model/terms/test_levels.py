"""The prior of coefficients is about effects of levels: its closed forms, and that no coding of the levels moves it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_t

import pluralstats as ps
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors, resolve_priors
from pluralstats.model.terms.levels import level_effects

LEVELS = {"a": "abc", "b": "pqr", "c": "uv"}


def made_frame():
    """300 ratings with factors of 3, 3 and 2 levels, one (d) that a determines, an age in years and a 0/1 column."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.choice(list(levels), 300) for name, levels in LEVELS.items()})
    frame["d"] = frame["a"].map({"a": "low", "b": "low", "c": "high"})
    return frame.assign(
        rater=[f"r{k}" for k in range(300)],
        item="i",
        age=rng.integers(18, 80, 300).astype(float),
        parent=rng.integers(0, 2, 300).astype(float),
        rating=rng.integers(1, 5, 300),
    )


def design_of(formula, frame=None, family="cumulative", reference=None):
    frame = made_frame() if frame is None else frame
    first = {name: levels[0] for name, levels in LEVELS.items()}
    ratings = ps.Ratings(frame, (1, 4), ["a", "b", "c", "d"], ["age", "parent"], reference=reference or first)
    parsed = parse_formula(f"rating ~ {formula}", available_columns(ratings))
    return build_design(ratings, parsed, family, "identity" if family == "gaussian" else "probit")


def joint(design, **options):
    return resolve_priors(Priors(unit=1.0, **options), design).joint


def covariance(prior):
    return prior.spread @ prior.spread.T


def all_alike(size):
    return (np.eye(size) + 1.0) / 2.0


def test_coefficients_of_a_factor_have_correlation_one_half():
    """METHODS section 1: scale matrix (I + 11') / 2, so that b_k - b_l has scale 1 too."""
    found = covariance(joint(design_of("a + c")))
    np.testing.assert_allclose(found, [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]], atol=1e-12)
    tight = covariance(joint(design_of("a + c"), coefficient=0.3, terms={"c": 2.0}))
    np.testing.assert_allclose(tight, [[0.09, 0.045, 0.0], [0.045, 0.09, 0.0], [0.0, 0.0, 4.0]], atol=1e-12)


def test_density_of_factors_that_interact_is_three_multivariate_t():
    """Averages over the levels of the other factor, and the Kronecker product, written down once more with scipy."""
    design = design_of("a * b")
    names = [f"a[{x}]" for x in "bc"] + [f"b[{y}]" for y in "qr"] + [f"a[{x}]:b[{y}]" for y in "qr" for x in "bc"]
    assert list(design.fixed.names) == names
    points = np.random.default_rng(1).normal(size=(20, 8))
    inner = points[:, 4:].reshape(-1, 2, 2)  # [., b, a]; the level of reference adds zeros to an average of three
    mean_a, mean_b = points[:, :2] + inner.sum(axis=1) / 3.0, points[:, 2:4] + inner.sum(axis=2) / 3.0
    main = multivariate_t(shape=all_alike(2), df=3)
    both = multivariate_t(shape=np.kron(all_alike(2), all_alike(2)), df=3)
    expected = main.logpdf(mean_a) + main.logpdf(mean_b) + both.logpdf(points[:, 4:])
    found = joint(design).log_density(points, 3.0)
    np.testing.assert_allclose(found - found[0], expected - expected[0], atol=1e-10)


def test_slopes_within_levels_are_per_sd_and_levels_are_compared_at_the_mean():
    design = design_of("c * age")
    age = design.fixed.frame["age"].to_numpy(float)
    mean, sd = age.mean(), age.std()
    points = np.random.default_rng(2).normal(size=(20, 3)) / [1.0, 20.0, 20.0]
    level, slope, more = points.T
    t = multivariate_t(shape=1.0, df=3)
    expected = t.logpdf(level + mean * more) + t.logpdf(sd * (slope + more / 2.0)) + t.logpdf(sd * more)
    found = joint(design).log_density(points, 3.0)
    np.testing.assert_allclose(found - found[0], expected - expected[0], atol=1e-10)
    centre = level_effects(design.fixed, True).centre
    np.testing.assert_allclose(centre, [0.5, mean, mean / 2.0], rtol=1e-12)


def test_a_formula_without_an_intercept_compares_levels_alike():
    """The mean over levels has scale 1, deviations variance 1/2 less the 1/3 that the mean takes."""
    found = covariance(joint(design_of("0 + a", family="gaussian")))
    np.testing.assert_allclose(found, 1.0 + (np.eye(3) - 1.0 / 3.0) / 2.0, atol=1e-12)
    for k, row in enumerate(np.eye(3)):
        assert (row - np.eye(3)[k - 1]) @ found @ (row - np.eye(3)[k - 1]) == pytest.approx(1.0)


def test_one_coefficient_with_a_scale_of_its_own_moves_its_row_and_column():
    prior = joint(design_of("a + c"), terms={"a[c]": 0.2})
    np.testing.assert_allclose(covariance(prior)[:2, :2], [[1.0, 0.1], [0.1, 0.04]], atol=1e-12)
    np.testing.assert_allclose(prior.root @ prior.spread, np.eye(3), atol=1e-12)
    of_both = joint(design_of("a * b"), terms={"a[c]:b[r]": 1e-6})
    at = design_of("a * b").fixed.names.index("a[c]:b[r]")
    assert of_both.scale[at] == pytest.approx(1e-6)
    means = np.eye(8)[0] + np.repeat([0.0, 1.0], 4) * np.tile([1.0, 0.0], 4) / 3.0  # of a[b] over the levels of b
    assert means @ covariance(of_both) @ means == pytest.approx(1.0)


def empty_cells(frame):
    gone = (frame["a"] == "c") & (frame["b"] == "r")
    return frame[~gone & ~((frame["a"] == "a") & (frame["b"] != "p"))]


FORMULAS = ["a + b + c", "a * b", "a:b", "a + a:b", "b:a + a", "a * b * c", "a * age + parent", "a + a:age", "a:age"]
FORMULAS += ["a * d", "d + a", "age * parent", "a * parent", "C(parent) * a", "a * b + a * c + b:age"]
CODINGS = [{"a": "a", "b": "r"}, {"a": "c", "b": "q", "c": "v"}, {"a": "b", "d": "low"}]


def parts_of(formula, family, frame, reference, names):
    """Covariance of every part of the predictor over the rows of the data, from its centre, largest first.

    ``names`` renames the levels of a, and so changes their order.
    """
    renamed = frame.assign(a=frame["a"].map(names))
    design = design_of(formula, renamed, family, reference | {"a": names[reference["a"]]})
    prior, effects = joint(design), level_effects(design.fixed, design.has_constant)
    X = design.fixed.X[design.fixed.cell[np.argsort(design.rows)]] - effects.centre * design.has_constant
    sides = [X @ prior.spread[:, u:v] for u, v in zip(prior.starts[:-1], prior.starts[1:], strict=True)]
    return [side @ side.T for side in sides]


@pytest.mark.parametrize("thinned", [lambda frame: frame, empty_cells], ids=["all cells", "empty cells"])
@pytest.mark.parametrize(("family", "formula"), [("cumulative", f) for f in FORMULAS] + [("gaussian", "0 + a * b + c")])
def test_no_reference_order_or_name_of_levels_moves_a_part(family, formula, thinned):
    """Also where columns are left out: combinations that do not occur, a factor that determines another."""
    frame = thinned(made_frame()).iloc[:120]
    same = dict(zip("abc", "abc", strict=True))
    first, *others = (
        parts_of(formula, family, frame, coding, names)
        for coding, names in [
            (CODINGS[0], same),
            *((coding, dict(zip("abc", "zyx", strict=True))) for coding in CODINGS),
        ]
    )
    for parts in others:
        assert len(parts) == len(first)
        for part in first:  # the order of parts is that of terms
            assert min(np.abs(part - other).max() for other in parts) < 1e-10


@pytest.mark.parametrize(
    ("one", "other"), [("a * b", "a:b"), ("a * b", "a + a:b"), ("d + a", "a + d"), ("a * age", "age + a:age + a")]
)
def test_formulas_of_the_same_model_have_the_same_prior(one, other):
    found, expected = (
        parts_of(f, "cumulative", made_frame(), CODINGS[0], dict(zip("abc", "abc", strict=True))) for f in (one, other)
    )
    np.testing.assert_allclose(sum(found), sum(expected), atol=1e-10)
    assert len(found) == len(expected)


def test_zeros_and_ones_are_a_factor_of_two_levels():
    number, factor = (covariance(joint(design_of(f))) for f in ("a * parent", "a * C(parent)"))
    np.testing.assert_allclose(number, factor, atol=1e-12)
    turned = made_frame().assign(parent=lambda table: 1.0 - table["parent"])
    prior, mirrored = joint(design_of("parent")), joint(design_of("parent", turned))
    np.testing.assert_allclose(prior.spread**2, mirrored.spread**2)


def test_draws_have_the_density():
    """Any difference of two levels is t_3: half of all lie within 0.7649 of 0, for each scale.

    A share of 4,000 draws has an sd of 0.0079; 5 of them are left with probability 6e-7, in one of 4 checks 2e-6.
    """
    prior, rng = joint(design_of("a * c")), np.random.default_rng(4)
    draws = np.stack([prior.drawn(3.0, rng) for _ in range(4000)])
    b, c, v, bv, cv = draws.T
    means = b + bv / 2.0, c + cv / 2.0
    for values in (means[0], means[0] - means[1], v + (bv + cv) / 3.0, bv - cv):
        assert abs((np.abs(values) < 0.7648923).mean() - 0.5) < 5.0 * 0.0079
    np.testing.assert_allclose(prior.spread @ (prior.root @ draws[0]), draws[0], atol=1e-12)


@pytest.mark.parametrize("formula", ["a*c + mo(parent)", "mo(age) + a", "a + c + mo(grade) + a:c", "mo(grade)"])
def test_steps_can_have_a_prior_of_their_own(formula):
    """Without theirs the prior is that of the formula without them: same density, whatever the steps are."""
    frame = made_frame().assign(age=lambda rows: rows["age"] // 5, grade=np.arange(300) % 4)
    ratings = ps.Ratings(frame, (1, 4), ["a", "b", "c", "d"], ["age", "parent", "grade"])
    design, other = (
        build_design(ratings, parse_formula(f"rating ~ {text}", available_columns(ratings)), "cumulative", "probit")
        for text in (formula, " + ".join(t for t in formula.split(" + ") if not t.startswith("mo(")) or "1")
    )
    ((first, n),) = design.fixed.monotone
    steps = np.arange(first, first + n)
    rest = np.setdiff1d(np.arange(len(design.fixed.names)), steps)
    made, plain = joint(design).without(steps), joint(other)
    assert made.starts[-1] == made.spread.shape[1] == made.root.shape[0] == len(rest)
    assert not made.spread[steps].any()
    assert not made.root[:, steps].any()
    b = np.random.default_rng(2).normal(size=(5, len(design.fixed.names)))
    np.testing.assert_allclose(made.log_density(b, 3.0), plain.log_density(b[:, rest], 3.0), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    "term", ["age", "bs(age, df=3)", "bs(age, df=4)", "bs(age, df=9)", "bs(age, knots=45, degree=1)"]
)
def test_a_spline_varies_as_much_as_a_line_whatever_its_columns(term):
    """The prior expectation of the variance over people, for e of variance 1: the trace of spread' C spread."""
    n = 50
    frame = pd.DataFrame(
        {"item": range(n), "rater": range(n), "rating": np.arange(n) % 5 + 1, "age": 20.0 + np.arange(n)}
    )
    ratings = ps.Ratings(frame, scale=(1, 5), covariates=["age"])
    design = build_design(
        ratings, parse_formula(f"rating ~ {term}", available_columns(ratings)), "cumulative", "probit"
    )
    (spread,) = level_effects(design.fixed, True).spreads
    curves = design.fixed.X @ spread
    assert curves.var(axis=0).sum() == pytest.approx(1.0)
