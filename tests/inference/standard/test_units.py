"""Nothing depends on where a measured covariate starts, or on what it is counted in.

The same study five times: years, years from 2010, eighths of them, in units of a ten-billionth, and as nanoseconds.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from exact_designs import case_of, random_point

import pluralstats as ps
from pluralstats.inference.elimination.roots import pairs_of, roots_at, singular_root
from pluralstats.inference.posterior.samples import in_standard_units
from pluralstats.inference.pymc.density import graph_log_density
from pluralstats.inference.pymc.graph import build_graph
from pluralstats.inference.sampling.density import joint_density, whitened_density
from pluralstats.inference.sampling.exact import of_data, standard_samples
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.building import build_design
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import resolve_priors

NANOSECONDS = 31_556_952_000_000_000  # of a mean year
MOVED = {
    "from 2010": lambda year: year - 2010.0,
    "eighths": lambda year: (year - 2010.0) / 8.0,
    "large": lambda year: 1e10 * year,
    "nanoseconds": lambda year: 1_262_304_000_000_000_000 + (year - 2010) * NANOSECONDS,  # since 1970
}
SLOPES = "rating ~ group * year + (1 + year | item) + (1 | rater)"


def years():
    """40 raters of 10 of 20 items each, one year a rater; items differ in their slopes."""
    rng = np.random.default_rng(17)
    year, male = rng.integers(1996, 2024, 40), rng.integers(0, 2, 40)
    severity, item, slope = rng.normal(0, 0.6, 40), rng.normal(0, 0.8, 20), rng.normal(0, 0.05, 20)
    i = np.repeat(np.arange(40), 10)
    j = np.concatenate([rng.choice(20, 10, replace=False) for _ in range(40)])
    eta = 0.5 * male[i] + severity[i] + item[j] + slope[j] * (year[i] - 2010) + rng.normal(0, 1, 400)
    frame = pd.DataFrame({"rater": i.astype(str), "item": j.astype(str), "rating": np.digitize(eta, CUTS) + 1})
    return frame.assign(group=np.where(male[i], "m", "f"), year=year[i])


CUTS = [-1.2, -0.3, 0.4, 1.3]
YEARS = years()


def ratings_with(how, frame=YEARS):
    if how != "as it is":
        frame = frame.assign(year=MOVED[how](frame["year"]))
    return ps.Ratings(frame, scale=(1, 5), demographics=["group"], covariates=["year"], reference={"group": "f"})


def design_with(how, formula=SLOPES, frame=YEARS, family="cumulative", link="probit"):
    ratings = ratings_with(how, frame)
    return build_design(ratings, parse_formula(formula, available_columns(ratings)), family, link)


@cache
def fit_with(how, method, family="cumulative"):
    options = {"draws": 200, "sampler": ps.Sampler(warmup=100, chains=2)} if method == "hmc" else {"draws": 200}
    return ps.fit(ratings_with(how), SLOPES, method=method, family=family, on_problem="ignore", **options)


def results(fit):
    """Everything that is no coefficient: effects, shares, reliability, predictions of ratings of the data."""
    rows = fit.ratings.frame[["item", "rater", "group", "year"]].iloc[::23]
    tables = [ps.effects(fit, "group", rope=0.1), ps.variance_shares(fit), ps.reliability(fit), ps.predict(fit, rows)]
    return [table.select_dtypes("number").drop(columns="year", errors="ignore").to_numpy() for table in tables]


@pytest.mark.parametrize("how", MOVED)
@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_where_a_covariate_starts_and_its_unit_change_no_result(family, how):
    one, other = fit_with("as it is", "laplace", family), fit_with(how, "laplace", family)
    assert one.problems == other.problems
    assert other.loglik == pytest.approx(one.loglik, abs=1e-7)
    for left, right in zip(results(one), results(other), strict=True):
        assert right == pytest.approx(left, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("how", ["eighths", "nanoseconds"])
def test_nor_do_they_change_the_exact_posterior(how):
    """Chains from one seed stay together until rounding in the last digit has grown: a fiftieth of an interval."""
    one, other = (ps.effects(fit_with(which, "hmc"), "group") for which in ("as it is", how))
    width = (one["upper"] - one["lower"]).to_numpy()
    for column in ("estimate", "lower", "upper"):
        assert (np.abs(other[column] - one[column]) < 0.02 * width).all()
    left, right = (ps.variance_shares(fit_with(which, "hmc")) for which in ("as it is", how))
    assert (np.abs(right["percent"] - left["percent"]) < 0.02 * (left["upper"] - left["lower"])).all()


@pytest.mark.parametrize("how", MOVED)
def test_coefficients_and_spread_follow_the_covariate(how):
    """b per unit, and the sd of an item's slope per unit: times the unit they are the same numbers."""
    one = fit_with("as it is", "laplace").parameters.set_index("parameter")
    other = fit_with(how, "laplace").parameters.set_index("parameter")
    unit = {"from 2010": 1.0, "eighths": 1.0 / 8.0, "large": 1e10, "nanoseconds": NANOSECONDS}[how]
    for name in ("year", "sd(year | item)", "group[m]:year"):
        for column in ("estimate", "se", "lower", "upper"):
            assert unit * other.loc[name, column] == pytest.approx(one.loc[name, column], rel=1e-6)


@pytest.mark.parametrize("how", ["as it is", "eighths", "large"])
def test_the_sds_of_random_slopes_are_those_of_lme4_at_the_start_of_the_covariate(how):
    """R 4.2, lme4 1.1-31: lmer(rating ~ m + y + (1 + y | item) + (1 | rater), REML = FALSE), y = (year - 2010) / 8.

    At another start a the covariance of items is A S A', A = (1, -a; 0, 1): here the year 0, y = -2010 / 8.
    """
    ratings = ratings_with(how)
    fit = ps.fit(
        ratings, "rating ~ group + year + (1 + year | item) + (1 | rater)", family="gaussian", method="laplace"
    )
    assert fit.loglik == pytest.approx(-627.96399024, abs=1e-5)
    S = np.array([[0.569771557, 0.028952571], [0.028952571, 0.079041223]])
    start, unit = {"as it is": (-2010.0 / 8.0, 8.0), "eighths": (0.0, 1.0), "large": (-2010.0 / 8.0, 8e10)}[how]
    A = np.array([[1.0, start], [0.0, 1.0 / unit]])
    at = A @ S @ A.T
    found = fit.parameters.set_index("parameter")["estimate"]
    assert found["sd(item)"] == pytest.approx(np.sqrt(at[0, 0]), rel=1e-3)
    assert found["sd(year | item)"] == pytest.approx(np.sqrt(at[1, 1]), rel=1e-3)
    rho = at[0, 1] / np.sqrt(at[0, 0] * at[1, 1])
    assert found["cor(Intercept, year | item)"] == pytest.approx(rho, abs=1e-3)
    assert found["sd(rater)"] == pytest.approx(0.56008879, rel=1e-3)
    assert found["year"] * unit == pytest.approx(0.16927625, rel=1e-3)


def test_random_slopes_in_raw_years_are_those_of_clmm_in_centred_ones():
    """R 4.2, ordinal: clmm(rating ~ m + y + (1 + y | item) + (1 | rater), link = "probit"), y = (year - 2010) / 8.

    Its log-likelihood is -571.32523; its variance of a new item in 2010 is 0.75713358.
    """
    fit = ps.fit(ratings_with("as it is"), "rating ~ group + year + (1 + year | item) + (1 | rater)", method="laplace")
    assert fit.loglik == pytest.approx(-571.3252325, abs=1e-2)
    found = fit.parameters.set_index("parameter")["estimate"]
    assert 8.0 * found["sd(year | item)"] == pytest.approx(0.3163291, rel=5e-3)
    assert found["group[m]"] == pytest.approx(0.2761757, abs=1e-3)
    zero, slope = found["sd(item)"], found["sd(year | item)"]
    z = np.array([zero, 2010.0 * slope])
    of_2010 = z @ z + 2.0 * found["cor(Intercept, year | item)"] * zero * 2010.0 * slope
    assert of_2010 == pytest.approx(0.75713358, rel=1e-2)
    assert not fit.problems  # an sd of 100 at the year 0 says nothing about the ratings


def test_draws_of_other_columns_do_not_see_one_of_large_numbers():
    """Eigenvectors of a covariance with entries of 1e-24 beside 1 took the effect from -0.39 to -0.002.

    Draws of a coefficient are normal around its estimate with its standard error: mean and sd of 4,000 lie within 4.5
    standard errors (sd / sqrt(n), sd / sqrt(2n)) but for 1 in 150,000.
    """
    frame = YEARS.assign(year=1.6e12 + 3e10 * np.random.default_rng(3).normal(size=len(YEARS)))
    ratings = ratings_with("as it is", frame)
    fit = ps.fit(
        ratings, "rating ~ group + year + (1 | item) + (1 | rater)", method="laplace", draws=4000, on_problem="ignore"
    )
    row = fit.parameters.set_index("parameter").loc["group[m]"]
    draws = fit.samples.coefficient[:, fit.design.fixed.names.index("group[m]")]
    assert abs(draws.mean() - row["estimate"]) < 4.5 * row["se"] / np.sqrt(4000)
    assert abs(draws.std() / row["se"] - 1.0) < 4.5 / np.sqrt(8000)


# ---- the map -----------------------------------------------------------------------------------------------------

PARTS = [
    SLOPES,
    "rating ~ year + (0 + year | item) + (1 | rater)",
    "rating ~ year + (0 + group + year | item) + (1 | rater)",
    "rating ~ group:year + (1 + group * year | item)",
    "rating ~ group + (1 + group:year | item) + (1 | rater)",
]


@pytest.mark.parametrize(("family", "link"), [("cumulative", "logit"), ("gaussian", "identity")])
@pytest.mark.parametrize("formula", [*PARTS, "rating ~ 0 + group + year + (1 | item)"])
def test_both_designs_have_the_same_linear_predictor(formula, family, link):
    """tau - X b - Z u of the data is that of the standardised design, for every cell and any parameters."""
    if "~ 0" in formula and family != "gaussian":
        return
    design = design_with("as it is", formula, family=family, link=link)
    made, rng = standardise(design), np.random.default_rng(1)
    k, p, T = max(design.categories.size - 1, 0), design.fixed.X.shape[1], len(design.groupings)
    pairs, q = pairs_of(design), design.offsets[-1]
    x = rng.normal(size=(3, k + p + T + pairs.row.size + (k == 0)))
    effects = rng.normal(size=(3, q))
    at = standard_samples(made.design, x, effects)
    data = of_data(made, x, at)
    for s in range(3):
        sides = []
        for part, samples, shift in ((made.design, at, made.y_shift), (design, data, 0.0)):
            eta = part.fixed.X @ samples.coefficient[s] + shift
            first = sum(u[s][:1] * g.multiplier for g, u in zip(part.groupings, samples.effects, strict=True))
            sides.append(samples.threshold[s] - (eta + first)[:, None] if k else eta + first)
        assert sides[1] == pytest.approx(sides[0], abs=1e-9)
    back = in_standard_units(made.units, data, pairs)
    for name in ("threshold", "coefficient", "sd", "correlation"):
        assert getattr(back, name) == pytest.approx(getattr(at, name), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("formula", PARTS)
def test_covariances_are_those_of_the_effects(formula):
    """u = A u_z has the covariance A S A': the sd of each profile's z'u is the same in both units."""
    design = design_with("as it is", formula)
    made, pairs, T = standardise(design), pairs_of(design), len(design.groupings)
    x = np.random.default_rng(2).normal(size=(4, T + pairs.row.size))
    root = roots_at(x, pairs)
    moved = made.units.effect @ root
    inner, outer = made.design.Z @ root, design.Z @ moved
    assert outer == pytest.approx(inner, abs=1e-9 * np.abs(moved).max())


def test_two_values_count_as_zero_and_one_and_zeros_and_ones_stay():
    """The prior of a question coded 1 and 2 is that of the same question coded 0 and 1."""
    coded = {}
    for low, high in ((0.0, 1.0), (1.0, 2.0), (-3.0, 7.0)):
        frame = YEARS.assign(year=np.where(YEARS["year"] > 2010, high, low))
        coded[low] = standardise(design_with("as it is", SLOPES, frame), mean_of_levels=False).design
    zeros_and_ones = YEARS.assign(year=(YEARS["year"] > 2010).astype(float))
    for low in (1.0, -3.0):
        assert np.array_equal(coded[low].fixed.X, coded[0.0].fixed.X)
        assert np.array_equal(coded[low].Z, coded[0.0].Z)
    assert np.array_equal(coded[0.0].fixed.X, design_with("as it is", SLOPES, zeros_and_ones).fixed.X)


def test_standard_columns_are_made_of_the_covariate_from_its_mean():
    """In group * year the men's slope is from the mean year: not a column of 0 and 2010 that is group's own."""
    made = standardise(design_with("as it is"), mean_of_levels=False).design
    names = list(made.fixed.names)
    z, male, both = (made.fixed.X[:, names.index(name)] for name in ("year", "group[m]", "group[m]:year"))
    assert (z.mean(), z.std()) == pytest.approx((0.0, 1.0))
    assert both == pytest.approx(z * male)
    assert made.Z[:, 1] == pytest.approx(z) or made.Z[:, 2] == pytest.approx(z)


@pytest.mark.parametrize("how", MOVED)
def test_what_is_sampled_does_not_depend_on_the_start_or_the_unit(how):
    """The density of the sampler in its own coordinates, where it moves: the same function."""
    one, other = (case_of(ratings_with(which), SLOPES, "cumulative", "probit", {}) for which in ("as it is", how))
    for seed in (1, 2, 3):
        z = random_point(one, seed)
        gradients = np.empty(z.size), np.empty(z.size)
        values = [
            whitened_density(case.rows, case.priors, case.map_, z, gradient)
            for case, gradient in zip((one, other), gradients, strict=True)
        ]
        assert values[1] == pytest.approx(values[0], rel=1e-10)
        assert gradients[1] == pytest.approx(gradients[0], rel=1e-6, abs=1e-6)


def test_the_graph_of_nanoseconds_is_what_is_sampled_of_years():
    """As ``test_kernel_and_pymc_graph_have_the_same_density_and_gradient``, each of other units."""
    few = YEARS.iloc[:60]
    case = case_of(ratings_with("as it is", few), SLOPES, "cumulative", "probit", {"rater": 0.0})
    design = design_with("nanoseconds", SLOPES, few)
    graph = graph_log_density(build_graph(design, resolve_priors(ps.Priors(), design)), design)
    rng, found = np.random.default_rng(5), []
    for _ in range(3):
        x, w = case.at.x + 0.3 * rng.standard_normal(case.at.x.size), rng.standard_normal(case.at.v.size)
        gx, gw = np.empty(x.size), np.empty(w.size)
        ours = joint_density(case.rows, case.priors, case.map_, x, w, gx, gw)
        theirs, dx, dw = graph(x, w)
        np.testing.assert_allclose(gx, dx, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(gw, dw, rtol=1e-8, atol=1e-8)
        found.append(ours - theirs)
    assert np.ptp(found) < 1e-8


def test_the_graph_reports_in_the_units_of_the_data_what_the_sampler_does():
    """One point of the standardised design through the graph and through ``of_data``."""
    design = design_with("as it is")
    made, model = standardise(design), build_graph(design, resolve_priors(ps.Priors(), design))
    free = {rv.name: rv for rv in model.free_RVs}
    rng = np.random.default_rng(6)
    root = np.linalg.cholesky(np.array([[0.5, 0.1], [0.1, 0.3]]))
    values = {
        "threshold_first": -1.0,
        "log_gap": np.zeros(3),
        "slope": np.array([0.3, -0.2, 0.1]),
        "sd_intercept": np.array([0.7]),
        "root_item": root[np.tril_indices(2)],
        "z_item": rng.normal(size=(2, 20)),
        "z_rater": rng.normal(size=40),
    }
    names = ["threshold", "coefficient", "sd", "correlation", "r_rater", "r_item", "r_year | item"]
    graph = model.compile_fn(
        [model[n] for n in names], inputs=[free[n] for n in values], point_fn=False, mode="FAST_COMPILE"
    )
    found = dict(zip(names, graph(*values.values()), strict=True))
    order = [g.name for g in design.groupings]
    item, slope, rater = (order.index(n) for n in ("item", "year | item", "rater"))
    sd, w = np.empty(3), root[1, 0] / root[1, 1]
    sd[[item, slope, rater]] = np.sqrt(0.5), np.sqrt(0.3), 0.7
    u = np.empty(int(design.offsets[-1]))
    for t, effect in (
        (item, (root @ values["z_item"])[0]),
        (slope, (root @ values["z_item"])[1]),
        (rater, 0.7 * values["z_rater"]),
    ):
        u[design.offsets[t] : design.offsets[t + 1]] = effect
    x = np.concatenate([[-1.0], np.zeros(3), values["slope"], np.log(sd), [w]])[None]
    ours = of_data(made, x, standard_samples(made.design, x, u[None]))
    for name, expected in (("threshold", ours.threshold), ("coefficient", ours.coefficient), ("sd", ours.sd)):
        assert found[name] == pytest.approx(expected[0], rel=1e-9)
    assert found["correlation"] == pytest.approx(ours.correlation[0], abs=1e-12)
    assert found["r_item"] == pytest.approx(ours.effects[item][0], rel=1e-9, abs=1e-9)
    assert found["r_year | item"] == pytest.approx(ours.effects[slope][0], rel=1e-9)


@pytest.mark.parametrize("scales", [[1.0, 1.0, 1.0], [1e-18, 1.0, 1e9]])
def test_the_root_of_a_covariance_is_one_whatever_the_units_and_when_it_is_singular(scales):
    A = np.array([[1.0, 0.0], [0.5, 2.0], [1.5, 2.0]])  # of rank 2: the third is the sum of the others
    covariance = np.diag(scales) @ A @ A.T @ np.diag(scales)
    root = singular_root(covariance)
    size = np.sqrt(np.diagonal(covariance))
    assert (root @ root.T) / np.outer(size, size) == pytest.approx(covariance / np.outer(size, size), abs=1e-12)


# ---- which columns have a coefficient ----------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("start", [0.0, 2010.0])
def test_which_columns_depend_on_others_does_not_depend_on_units(unit, start):
    """A copy of a covariate in other units goes; a column of small numbers, or of a small spread, stays."""
    rng = np.random.default_rng(4)
    x = start + rng.normal(size=len(YEARS))
    frame = YEARS.assign(year=unit * x, copy=3.0 * x + 1.0, other=1.6e9 + rng.normal(size=len(YEARS)))
    ratings = ps.Ratings(
        frame, scale=(1, 5), demographics=["group"], covariates=["year", "copy", "other"], reference={"group": "f"}
    )
    formula = parse_formula("rating ~ group + other + year + copy + (1 | rater)", available_columns(ratings))
    fixed = build_design(ratings, formula, "cumulative", "probit").fixed
    assert fixed.names == ("group[m]", "other", "year")
    assert len(fixed.aliased) == 1
    assert "copy cannot be estimated: the data determine it from Intercept, year." in fixed.aliased[0]
    new = fixed.frame.iloc[:2]
    assert fixed.estimable(new).tolist() == [True, True]
    assert fixed.estimable(new.assign(copy=new["copy"] + [0.0, 0.1])).tolist() == [True, False]
    assert fixed.estimable(new.assign(year=new["year"] + [0.0, 0.1 * unit])).tolist() == [True, False]
