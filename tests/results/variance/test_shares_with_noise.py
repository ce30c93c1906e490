"""Shares of variance, reliability, r2, cohesion and latent d where raters differ in noise and use of the scale.

Origin of the numbers: a million ratings simulated with the parameters that every draw of the fit has.
"""

import numpy as np
import pytest
from made_fits import fit_with
from scipy.special import ndtr

import pluralstats as ps
from pluralstats.inference.posterior.samples import Samples

TAU = np.array([-1.0, -0.2, 0.5, 1.4])
B, NOISE, USE = 0.7, 0.4, -0.3  # of men
SD = {"item": 0.8, "rater": 0.6, "disc: rater": 0.35, "stretch: rater": 0.25}
GROUPS = {"gender[female] | item": 0.8, "gender[male] | item": 0.5, "rater": 0.6} | {k: SD[k] for k in list(SD)[2:]}
PARTS = {"disc": "~ gender + (1 | rater)", "stretch": "~ gender + (1 | rater)"}
N = 1_000_000


def known(ratings, formula="rating ~ gender + (1 | item) + (1 | rater)", sd=SD, link="probit", **parts):
    """A fit whose two draws are these numbers; effects of the raters and items of the data are drawn once."""

    def samples_of(design):
        rng = np.random.default_rng(1)
        b = {"gender[male]": B, "disc: gender[male]": NOISE, "stretch: gender[male]": USE}
        sds = np.array([sd[g.name] for g in design.groupings])
        twice = np.ones((2, 1))
        return Samples(
            threshold=twice * np.tile(TAU, design.thresholds.n_groups),
            coefficient=twice * np.array([b[name] for name in design.fixed.names]),
            sd=twice * sds,
            residual_sd=None,
            effects=tuple(twice * s * rng.standard_normal(g.size) for g, s in zip(design.groupings, sds, strict=True)),
            correlation=np.full((2, len(design.correlations)), 0.6),
        )

    return fit_with(ratings, formula, samples_of, link=link, **(parts or PARTS))


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(n_raters=60, n_items=20, ratings_per_rater=8, scale=(1, 5), seed=2)


@pytest.fixture(scope="module")
def drawn(ratings):
    """A million ratings of new items by new raters: male, eta without noise, s, ratings."""
    rng = np.random.default_rng(3)
    share = (ratings.raters["gender"] == "male").mean()
    male = rng.random(N) < share
    return {"male": male, "item": 0.8 * rng.standard_normal(N)} | people(male, rng)


def people(male, rng):
    """What new raters bring: place beside the item, noise, use of the scale."""
    z = rng.standard_normal((3, male.size))
    s = np.exp(NOISE * male + SD["disc: rater"] * z[1])
    return {"place": B * male + 0.6 * z[0], "s": s, "a": USE * male + SD["stretch: rater"] * z[2]}


def answers(item, who, rng, link="probit"):
    noise = rng.standard_normal(item.size) if link == "probit" else rng.logistic(size=item.size)
    latent = item + who["place"] + who["s"] * noise
    cuts = TAU.mean() + np.exp(who["a"])[:, None] * (TAU - TAU.mean())
    return 1 + (latent[:, None] > cuts).sum(axis=1)


def test_shares_of_variance_are_those_of_simulated_ratings(ratings, drawn):
    shares = ps.variance_shares(known(ratings)).set_index("component")["percent"]
    parts = {
        "item": 0.64,
        "demographics": np.var(B * drawn["male"]),
        "rater": 0.36,
        "residual": np.mean(drawn["s"] ** 2),
    }
    total = sum(parts.values())
    for name, value in parts.items():
        assert shares[name] == pytest.approx(100.0 * value / total, abs=0.15)  # E[s^2] is known to 0.15%
    assert shares.sum() == pytest.approx(100.0)


def test_reliability_and_raters_needed_follow(ratings, drawn):
    fit = known(ratings)
    noise = np.var(B * drawn["male"]) + 0.36 + np.mean(drawn["s"] ** 2)
    icc = ps.reliability(fit, [1, 4])["icc"]
    assert icc.tolist() == pytest.approx([0.64 / (0.64 + noise), 0.64 / (0.64 + noise / 4)], abs=0.002)
    assert ps.raters_needed(fit, 0.8)["raters"].tolist() == [np.ceil(4 * noise / 0.64)]


def test_latent_d_is_in_sds_of_raters_and_their_mean_noise(ratings, drawn):
    row = ps.effects(known(ratings), "gender", estimands="latent_d").iloc[0]
    assert row["estimate"] == pytest.approx(B / np.sqrt(0.36 + np.mean(drawn["s"] ** 2)), abs=0.001)


def test_marginal_r2_is_what_gender_explains_of_simulated_ratings(ratings, drawn):
    y = answers(drawn["item"], drawn, np.random.default_rng(4))
    means = [y[drawn["male"] == sex].mean() for sex in (False, True)]
    # shares of ratings, not of raters: everybody has eight
    explained = np.var(np.where(drawn["male"], means[1], means[0]))
    table = ps.r2(known(ratings)).set_index(["scale", "kind"])["estimate"]
    assert table["response", "marginal"] == pytest.approx(100.0 * explained / y.var(), abs=0.15)
    latent = ps.variance_shares(known(ratings)).set_index("component")["percent"]
    assert table["latent", "conditional"] == pytest.approx(100.0 - latent["residual"])


@pytest.mark.parametrize("parts", [PARTS, {"thresholds": "gender"}])
def test_conditional_r2_is_that_of_probabilities_by_hand(ratings, parts):
    sd = SD if parts is PARTS else {name: SD[name] for name in ("item", "rater")}
    formula = "rating ~ gender + (1 | item) + (1 | rater)" if parts is PARTS else "rating ~ (1 | item) + (1 | rater)"
    fit = known(ratings, formula, sd, **parts)
    frame, at, whole = fit.ratings.frame, fit.whole_samples, fit.design.whole
    male = (frame["gender"] == "male").to_numpy().astype(float)
    u = {
        g.name: at.effects[t][0][[list(g.levels).index(name) for name in frame[g.term.factors[0]]]]
        for t, g in enumerate(whole.groupings)
    }
    eta = u["item"] + u["rater"] + B * male * (parts is PARTS)
    log_s, a = (male * b + u.get(f"{p}: rater", 0.0) for p, b in (("disc", NOISE), ("stretch", USE)))
    if parts is not PARTS:
        log_s, a = np.zeros(male.size), np.zeros(male.size)
    cuts = TAU.mean() + np.exp(a)[:, None] * (TAU - TAU.mean())
    below = np.column_stack(
        [np.zeros(male.size), ndtr((cuts - eta[:, None]) / np.exp(log_s)[:, None]), np.ones(male.size)]
    )
    p, values = np.diff(below, axis=1), np.arange(1, 6)
    mean = p @ values
    left = p @ values**2 - mean**2
    expected = 100.0 * mean.var() / (mean.var() + left.mean())
    found = ps.r2(fit).set_index(["scale", "kind"])["estimate"]
    assert found["response", "conditional"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("link", ["probit", "logit"])
def test_agreement_of_ratings_is_that_of_simulated_pairs(ratings, link):
    fit = known(ratings, "rating ~ gender + (0 + gender | item) + (1 | rater)", GROUPS, link)
    table = ps.model_cohesion(fit, "gender").set_index(["scale", "level", "other", "kind"])["estimate"]
    rng, n = np.random.default_rng(5), 400_000
    cov = 0.6 * 0.8 * 0.5
    u = rng.multivariate_normal([0, 0], [[0.64, cov], [cov, 0.25]], n)
    who = [people(np.full(n, sex), rng) for sex in (False, False, True)]
    f, other, m = (answers(u[:, int(g)], one, rng, link) for g, one in zip((0, 0, 1), who, strict=True))
    # standard error of a correlation of n pairs is below 1 / sqrt(n) = .0016; 4 of them fail once in 8,000 for all
    assert table["ratings", "female", "female", "in_group"] == pytest.approx(np.corrcoef(f, other)[0, 1], abs=0.0064)
    assert table["ratings", "female", "rest", "cross_group"] == pytest.approx(np.corrcoef(f, m)[0, 1], abs=0.0064)
    noise = 1.0 if link == "probit" else np.pi**2 / 3.0
    T = 0.64 + 0.36 + noise * np.mean(who[0]["s"] ** 2)
    assert table["latent", "female", "female", "in_group"] == pytest.approx(0.64 / T, rel=0.01)


def test_several_dimensions_have_rows_each():
    joint = ps.simulate(n_raters=40, n_items=15, ratings_per_rater=8, dimensions=["hate", "harm"], seed=1)
    formula = "rating ~ dimension:gender + (0 + dimension | rater) + (0 + gender | item)"
    options = {"thresholds": "dimension", "method": "laplace", "draws": 50, "on_problem": "ignore"}
    fit = ps.fit(joint, formula, disc="~ gender", **options)
    for table in (ps.r2(fit), ps.variance_shares(fit), ps.reliability(fit, 3), ps.model_cohesion(fit, "gender")):
        assert table["dimension"].unique().tolist() == ["hate", "harm"]
        assert table["estimate" if "estimate" in table else table.columns[2]].notna().any()
    one = ps.r2(fit.on_dimension("harm"))["estimate"]
    both = ps.r2(fit)
    np.testing.assert_allclose(both[both["dimension"] == "harm"]["estimate"], one, rtol=1e-6)
