"""The whitened density: gradients, the independent graph, the map and its corrections."""

import numpy as np
import pytest
from exact_designs import FAMILIES, FORMULA, case_of, exact_case, random_point

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.inference.elimination.roots import stack_of, times
from pluralstats.inference.pymc.density import graph_log_density
from pluralstats.inference.pymc.graph import build_graph
from pluralstats.inference.sampling import whitening as whitening_module
from pluralstats.inference.sampling.affine_map import position
from pluralstats.inference.sampling.density import effect_scales, joint_density, scaled_effects, whitened_density
from pluralstats.inference.sampling.nests import unnest
from pluralstats.inference.sampling.whitening import corrected, whitening
from pluralstats.model.priors import Priors, resolve_priors


def value_and_gradient(case, z):
    gradient = np.empty(z.size)
    return whitened_density(case.rows, case.priors, case.map_, z, gradient), gradient


SLOPES = "rating ~ gender + age + (1 + gender + age | item) + (1 | rater)"  # age in years, so that slopes are scaled


OFFSET = "rating ~ gender + offset(scale(age)) + (1 | item) + (1 | rater)"


NESTED = "rating ~ age + (1 | gender) + (1 | gender:rater) + (1 | item)"  # raters within groups


@pytest.mark.parametrize("formula", [FORMULA, SLOPES, NESTED])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_gradient_agrees_with_central_differences(family, link, weighted, formula):
    case = exact_case(
        family,
        link,
        weighted=weighted,
        centring={"gender:rater" if formula == NESTED else "rater": 0.4},
        formula=formula,
    )
    z = random_point(case)
    gradient = value_and_gradient(case, z)[1]
    for j, unit in enumerate(np.eye(z.size) * 1e-5):
        ahead, behind = value_and_gradient(case, z + unit)[0], value_and_gradient(case, z - unit)[0]
        assert (ahead - behind) / 2e-5 == pytest.approx(gradient[j], abs=2e-6)


@pytest.mark.parametrize(
    ("weighted", "formula", "centring"),
    [
        (False, FORMULA, {"rater": 0.0, "item": 0.0}),  # a weight of 1 for all: one formula shows that they are ones
        (True, FORMULA, {"rater": 0.0, "item": 0.0}),
        (True, OFFSET, {"rater": 0.0, "item": 0.0}),
        (True, SLOPES, {"rater": 0.0, "item": 0.0, "gender[female] | item": 0.0, "age | item": 0.0}),
        (True, NESTED, {"gender:rater": 0.0, "item": 0.0, "gender": 0.0}),
    ],
)
@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_kernel_and_pymc_graph_have_the_same_density_and_gradient(family, link, weighted, formula, centring):
    case = exact_case(family, link, weighted=weighted, centring=centring, formula=formula)
    design = case.design
    model = build_graph(design, resolve_priors(Priors(), design))
    graph = graph_log_density(model, design)
    rng, found = np.random.default_rng(5), []
    for _ in range(3):
        x = case.at.x + 0.3 * rng.standard_normal(case.at.x.size)
        w = rng.standard_normal(case.at.v.size)
        gx, gw = np.empty(x.size), np.empty(w.size)
        ours = joint_density(case.rows, case.priors, case.map_, x, w, gx, gw)
        theirs, dx, dw = graph(x, w)
        np.testing.assert_allclose(gx, dx, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(gw, dw, rtol=1e-8, atol=1e-8)
        found.append(ours - theirs)
    assert np.ptp(found) < 1e-8  # equal up to a constant


def test_groups_within_groups_keep_their_sum_and_the_mode_stays_where_it_was():
    case = exact_case("cumulative", "probit", formula=NESTED)
    nests, offsets, size = case.map_.nests, case.rows.offsets, case.at.x.size
    assert nests.inner.size == 1
    names = [g.name for g in case.design.groupings]
    assert (names[nests.inner[0]], names[nests.outer[0]]) == ("gender:rater", "gender")
    w = case.at.v.copy()
    unnest(case.map_, offsets, case.at.x, w)
    assert w == pytest.approx(case.at.v)
    f, t = (slice(offsets[g], offsets[g + 1]) for g in (nests.inner[0], nests.outer[0]))
    x, before = case.at.x.copy(), np.random.default_rng(3).standard_normal(case.at.v.size)
    x[nests.first_sd + nests.outer[0]] += 1.5
    w = before.copy()
    unnest(case.map_, offsets, x, w)
    sums = []
    for at, effects in ((case.at.x, before), (x, w)):
        root, scale = np.empty((3, 3)), np.empty((3, 3))
        effect_scales(case.rows, case.map_, at, root, scale)
        inner, outer = scale[nests.inner[0]][nests.inner[0]], scale[nests.outer[0]][nests.outer[0]]
        sums.append(inner * effects[f] + outer * effects[t][nests.parent - offsets[nests.outer[0]]])
    psi = (1.0 - case.map_.centred[nests.outer[0]]) * 1.5
    along = np.exp(case.map_.log_sd[nests.outer[0]]) * case.at.v[nests.parent] * psi  # what the map itself says
    np.testing.assert_allclose(sums[1], sums[0] + along, atol=1e-12)
    assert size == x.size


def test_every_centring_describes_the_same_posterior():
    # the density of u itself: subtract the Jacobian of w -> u, which is q log(scale)
    values = []
    for share in (0.0, 0.3, 1.0):
        case = exact_case("cumulative", "probit", centring={"rater": share, "item": share})
        x = case.at.x + 0.1
        sd, reference = np.exp(x[-2:]), np.exp(case.map_.log_sd)
        sizes = np.diff(case.rows.offsets)
        scale = sd ** (1.0 - share) * reference**share
        u = np.random.default_rng(2).standard_normal(case.at.v.size)
        w = u / np.repeat(scale, sizes)
        density = joint_density(case.rows, case.priors, case.map_, x, w, np.empty(x.size), np.empty(w.size))
        values.append(density - sizes @ np.log(scale))
    # up to a constant for each share: the normaliser of w leaves out a log c_t
    constants = [share * (sizes @ case.map_.log_sd) for share in (0.0, 0.3, 1.0)]
    np.testing.assert_allclose(np.array(values) + constants, values[0], rtol=1e-11)


def test_every_centring_of_several_effects_describes_the_same_posterior():
    # the density of u itself: subtract the Jacobian of w -> u, which is levels times log det T
    names, values = ("item", "gender[female] | item", "age | item"), []
    for shares in ((0.0, 0.0, 0.0), (0.3, 0.8, 0.5), (1.0, 1.0, 1.0)):
        centring = {"rater": 0.0} | dict(zip(names, shares, strict=True))
        case = exact_case("cumulative", "probit", centring=centring, formula=SLOPES)
        x, terms = case.at.x.copy(), case.rows.offsets.size - 1
        x[-7:] += 0.1
        root, scale = np.empty((terms, terms)), np.empty((terms, terms))
        effect_scales(case.rows, case.map_, x, root, scale)
        u = np.random.default_rng(2).standard_normal(case.at.v.size)
        w = times(np.linalg.inv(scale), u, stack_of(case.design))
        effects = np.empty(w.size)
        scaled_effects(case.rows, scale, w, effects)
        np.testing.assert_allclose(effects, u, atol=1e-12)
        density = joint_density(case.rows, case.priors, case.map_, x, w, np.empty(x.size), np.empty(w.size))
        values.append(density - np.diff(case.rows.offsets) @ np.log(np.diagonal(scale)))
    np.testing.assert_allclose(values, values[0], rtol=1e-11)


@pytest.mark.parametrize(("family", "link"), [("cumulative", "probit"), ("cumulative", "logit"), ("gaussian", "")])
def test_whitened_posterior_is_nearly_standard_normal(family, link):
    # the gradient of a standard normal is -z; with 600 ratings of 60 raters and 30 items it is off by 8 to 10% (rms)
    ratings = ps.simulate(n_raters=60, n_items=30, ratings_per_rater=10, seed=1)
    case = case_of(ratings, "rating ~ gender + (1 | item) + (1 | rater)", family, link or "identity", {})
    points = [random_point(case, seed) for seed in range(20)]
    off = np.stack([value_and_gradient(case, z)[1] + z for z in points])
    assert np.sqrt((off**2).mean()) < 0.12


def test_correction_moves_draws_to_mean_zero_and_variance_one_and_keeps_points_where_they_are():
    case = exact_case("cumulative", "probit")
    rng = np.random.default_rng(1)
    z = 0.5 + 2.0 * rng.standard_normal((400, case.at.x.size + case.at.v.size))
    offsets = case.rows.offsets
    new, (moved,) = corrected(case.map_, z, [z[0]], offsets)
    old_place, new_place = (
        position(map_, at, x := np.empty(case.at.x.size), w := np.empty(case.at.v.size)) or (x, w)
        for map_, at in ((case.map_, z[0]), (new, moved))
    )
    np.testing.assert_allclose(new_place[0], old_place[0], atol=1e-10)
    np.testing.assert_allclose(new_place[1], old_place[1], atol=1e-5)  # moves are in single precision
    everything = np.stack([corrected(case.map_, z, [row], offsets)[1][0] for row in z[:40]])
    assert abs(everything.mean()) < 0.1 and abs(everything.std() - 1.0) < 0.05


def test_correction_by_draws_that_are_standard_normal_is_none_but_for_noise():
    # 400 draws have means off by 0.05 and variances by 0.07; what is no more than that leaves the map as it was
    case = exact_case("cumulative", "probit")
    z = np.random.default_rng(2).standard_normal((400, case.at.x.size + case.at.v.size))
    new, _ = corrected(case.map_, z, [], case.rows.offsets)
    assert np.abs(new.scale - 1.0).max() < 0.05
    assert np.abs(np.linalg.solve(case.map_.root, new.root) - np.eye(case.at.x.size)).max() < 0.1
    by_chance = np.linalg.norm(z[:, case.at.x.size :].mean(axis=0))
    assert np.linalg.norm(new.w - case.map_.w) < by_chance


def test_chains_that_stood_still_leave_the_map_alone():
    """Two chains without one accepted transition: the covariance of two points has no root."""
    case = exact_case("cumulative", "probit")
    ends = np.random.default_rng(3).standard_normal((2, case.at.x.size + case.at.v.size))
    new, (moved,) = corrected(case.map_, np.repeat(ends, 27, axis=0), [ends[0]], case.rows.offsets)
    np.testing.assert_array_equal(new.root, case.map_.root)
    np.testing.assert_array_equal(moved, ends[0])


@pytest.mark.parametrize("largest", [0, 4000])
def test_large_designs_whiten_with_a_diagonal_and_one_ridge(monkeypatch, largest):
    monkeypatch.setattr(whitening_module, "SMALL_ROOT", largest)
    monkeypatch.setattr(whitening_module, "LARGEST_ROOT", largest)
    case = exact_case("cumulative", "probit")
    assert (case.map_.L.size == 0) == (largest == 0)
    z = random_point(case)
    gradient = value_and_gradient(case, z)[1]
    for j in (0, 5, z.size - 1):
        unit = np.eye(z.size)[j] * 1e-5
        slope = (value_and_gradient(case, z + unit)[0] - value_and_gradient(case, z - unit)[0]) / 2e-5
        assert slope == pytest.approx(gradient[j], abs=2e-6)


def test_wrong_centring_is_told_in_one_error():
    case = exact_case("cumulative", "probit")
    with pytest.raises(ConfigError, match=r"'raters', which is no random effect.*\n?.*from 0 \(non-centred\) to 1"):
        whitening(case.at, case.design, {"raters": 0.5, "item": 1.5})
