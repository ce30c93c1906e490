"""Effects that differ by threshold, in families of steps: ``cs()`` and thresholds by a column, against VGAM."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pluralstats as ps
from pluralstats.errors import ConfigError

TAU = np.array([-1.0, 0.2, 0.8])
ARMS = np.array([[0.0, 0.0, 0.0], [0.8, 0.2, -0.5], [-0.4, 0.5, 1.0]])  # what thresholds of arms a, b, c are lower by


def answers():
    """600 answers of neighbouring categories, whose arms differ otherwise at each threshold."""
    rng, n = np.random.default_rng(4), 600
    arm, age = rng.integers(0, 3, n), rng.normal(size=n)
    steps = 0.4 * age[:, None] - (TAU - ARMS[arm])
    p = np.exp(np.cumsum(np.column_stack([np.zeros(n), steps]), axis=1))
    p /= p.sum(axis=1, keepdims=True)
    rating = (rng.random(n)[:, None] > np.cumsum(p, axis=1)).sum(axis=1) + 1
    frame = pd.DataFrame(
        {"rater": [f"r{i // 10}" for i in range(n)], "rating": rating, "arm": np.array(list("abc"))[arm]}
    )
    frame["item"] = [f"i{i % 10}" for i in range(n)]
    return frame.assign(age=age.round(3))


@pytest.fixture(scope="module")
def ratings():
    return ps.Ratings(answers(), covariates=["arm", "age"], scale=(1, 4))


# VGAM 1.1.7 (R 4.2.2): vglm(ordered(rating) ~ arm + age, acat(parallel = FALSE ~ arm), epsilon = 1e-12), and so on:
# log-likelihood, intercepts (of arm a), armb, armc, age
BY_VGAM = {
    "acat": (
        -741.383238391,
        (1.003891061039, -0.169204375337, -0.674413420720),
        (0.594381802568, 0.143530848072, -0.613288644337),
        (-0.675154995974, 0.608001224355, 0.745189819203),
        0.412153448932,
    ),
    "sratio": (
        -741.025403284,
        (-1.8160670447820, -0.2579200457992, 0.7169898020500),
        (-0.5793973313675, 0.0215231694721, 0.7088498622598),
        (0.1322830796465, -0.9532122271613, -0.7507572187502),
        -0.5898044414094,
    ),
    "cratio": (
        -741.025403284,
        (1.8160670447820, 0.2579200457992, -0.7169898020500),
        (0.5793973313675, -0.0215231694721, -0.7088498622598),
        (-0.1322830796465, 0.9532122271613, 0.7507572187502),
        0.5898044414094,
    ),
}


@pytest.mark.parametrize("family", BY_VGAM)
def test_thresholds_by_a_column_are_its_effects_at_every_step(ratings, family):
    loglik, first, b, c, age = BY_VGAM[family]
    sign = 1.0 if family == "sratio" else -1.0  # of what VGAM adds, in thresholds; see ``comparisons``
    fit = ps.fit(
        ratings, "rating ~ age", family=family, link="logit", thresholds="arm", method="laplace", on_problem="ignore"
    )
    found = fit.parameters.set_index("parameter")["estimate"]
    assert fit.loglik == pytest.approx(loglik, abs=1e-6)
    for arm, more in (("a", np.zeros(3)), ("b", b), ("c", c)):
        tau = found[[f"{arm}: {k}|{k + 1}" for k in (1, 2, 3)]].to_numpy()
        assert tau == pytest.approx(sign * (np.array(first) + more), abs=1e-4)
    assert found["age"] == pytest.approx(-sign * age, abs=1e-4)


def test_expected_ratings_know_effects_at_every_step(ratings):
    frame = answers().assign(arm=np.array(list("abc"))[np.arange(600) // 10 % 3])
    by_rater = ps.Ratings(frame, demographics=["arm"], covariates=["age"], scale=(1, 4))
    text = "rating ~ (1 | rater)"
    fit = ps.fit(by_rater, text, family="acat", thresholds="arm", method="laplace", draws=100, on_problem="ignore")
    means = ps.group_means(fit, "arm").set_index("level")["estimate"]
    observed = frame.groupby("arm")["rating"].mean()
    assert means.to_numpy() == pytest.approx(observed.to_numpy(), abs=0.1)


@pytest.mark.parametrize("family", BY_VGAM)
def test_coefficients_at_every_threshold_are_those_of_vglm(ratings, family):
    loglik, first, b, c, age = BY_VGAM[family]
    sign = 1.0 if family == "sratio" else -1.0
    fit = ps.fit(ratings, "rating ~ cs(arm) + age", family=family, **ML)
    found = fit.parameters.set_index("parameter")["estimate"]
    assert fit.loglik == pytest.approx(loglik, abs=1e-6)
    assert found[["1|2", "2|3", "3|4"]].to_numpy() == pytest.approx(sign * np.array(first), abs=1e-4)
    for arm, more in (("b", b), ("c", c)):
        at = found[[f"arm[{arm}]: {k}|{k + 1}" for k in (1, 2, 3)]].to_numpy()
        assert at == pytest.approx(-sign * np.array(more), abs=1e-4)
    assert found["age"] == pytest.approx(-sign * age, abs=1e-4)


ML = {"link": "logit", "method": "laplace", "on_problem": "ignore"}


@pytest.fixture(scope="module")
def two_ways():
    """One factor of raters within cs(), and thresholds by it: the same model with random effects."""
    frame = answers().assign(arm=np.array(list("abc"))[np.arange(600) // 10 % 3])
    made = ps.Ratings(frame, demographics=["arm"], covariates=["age"], scale=(1, 4))
    ml = {**ML, "family": "acat", "draws": 400}
    cs = ps.fit(made, "rating ~ cs(arm) + (1 | rater) + (1 | item)", **ml)
    return cs, ps.fit(made, "rating ~ (1 | rater) + (1 | item)", thresholds="arm", **ml)


def test_one_factor_is_thresholds_by_it(two_ways):
    cs, by_arm = two_ways
    assert cs.loglik == pytest.approx(by_arm.loglik, abs=1e-6)
    a, b = (fit.parameters.set_index("parameter") for fit in two_ways)
    for k in ("1|2", "2|3", "3|4"):
        assert a.loc[k, "estimate"] == pytest.approx(b.loc[f"a: {k}", "estimate"], abs=1e-4)
        assert a.loc[k, "se"] == pytest.approx(b.loc[f"a: {k}", "se"], abs=1e-3)
        c = b.loc[f"a: {k}", "estimate"] - b.loc[f"c: {k}", "estimate"]
        assert a.loc[f"arm[c]: {k}", "estimate"] == pytest.approx(c, abs=1e-4)
    rows = cs.ratings.frame[["item", "rater", "arm"]].head(20)
    one, other = (ps.predict(fit, rows)["estimate"] for fit in two_ways)
    np.testing.assert_allclose(one, other, atol=0.06)  # means of 400 draws each, of sd 0.3 and less


def test_few_raters_and_weights_are_known_at_every_threshold():
    """12 raters of 3 arms: Student's t of 9 degrees of freedom, as with ``arm``; weights as with thresholds by it."""
    frame = answers().assign(rater=np.arange(600) // 50, item=np.arange(600) % 50)
    frame["arm"] = np.array(list("abc"))[frame["rater"] % 3]
    weight = 0.5 + frame["rater"] % 2
    frame = frame.astype({"rater": str, "item": str})
    for more in ({}, {"rater_weight": weight}):
        made = ps.Ratings(frame.assign(**more), demographics=["arm"], scale=(1, 4))
        cs = ps.fit(made, "rating ~ cs(arm) + (1 | rater)", family="acat", **ML)
        by_arm = ps.fit(made, "rating ~ (1 | rater)", family="acat", thresholds="arm", **ML)
        at, there = (fit.parameters.set_index("parameter") for fit in (cs, by_arm))
        for k in ("1|2", "2|3", "3|4"):
            one, other = at.loc[k, ["estimate", "se"]], there.loc[f"a: {k}", ["estimate", "se"]]
            np.testing.assert_allclose(one.to_numpy(float), other.to_numpy(float), atol=2e-3)
        wide = (at["upper"] - at["lower"]) / (2.0 * at["se"])
        if not more:
            assert cs.posterior.few.freedom == 9.0
            assert by_arm.posterior.few.freedom == 9.0
            t = np.sqrt(12.0 / 9.0) * stats.t.ppf(0.975, 9.0)
            assert wide[["1|2", "arm[b]: 1|2", "arm[c]: 1|2"]].to_numpy() == pytest.approx(t)
            assert (wide[["arm[b]: 2|3", "arm[c]: 3|4"]] < t).all()  # how far apart thresholds are is not about raters


def step_probabilities(eta, tau):
    """(n, K) of neighbouring categories, written out."""
    p = np.exp(np.cumsum(np.column_stack([np.zeros(len(eta)), eta[:, None] - tau]), axis=1))
    return p / p.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def additive():
    """Two demographics within cs(), not all of whose combinations are there, and one outside."""
    frame = answers()
    rater = np.arange(600) // 10
    frame["arm"], frame["place"] = np.array(list("abc"))[rater % 3], np.where(rater % 3 == 2, "in", "out")
    frame.loc[rater % 6 == 0, "place"] = "in"
    frame["age"] = (rater % 7) / 3.0
    made = ps.Ratings(frame, demographics=["arm", "place"], covariates=["age"], scale=(1, 4))
    return ps.fit(made, "rating ~ cs(arm + place) + age + (1 | item)", family="acat", draws=200, **ML)


def test_everybody_of_a_level_has_its_thresholds(additive):
    """g-computation written out: place of everybody is set, which some arms never have, and thresholds go along."""
    fit, b = additive, additive.samples.coefficient
    people = fit.ratings.frame.drop_duplicates("rater")
    at = {name: j for j, name in enumerate(fit.design.fixed.names)}
    other = "out" if "place[out]: 1|2" in at else "in"
    for place in ("in", "out"):
        expected = []
        for s in range(len(b)):
            tau = np.repeat(fit.samples.threshold[s][None], len(people), axis=0)
            for k in range(3):
                for level in "bc":
                    tau[:, k] -= b[s, at[f"arm[{level}]: {k + 1}|{k + 2}"]] * (people["arm"] == level)
                tau[:, k] -= b[s, at[f"place[{other}]: {k + 1}|{k + 2}"]] * (place == other)
            own = b[s, at["age"]] * people["age"].to_numpy()
            each = [step_probabilities(own + u, tau) @ np.arange(1, 5) for u in fit.samples.effects[0][s]]
            expected.append(np.mean(each))
        found = ps.group_means(fit, "place").set_index("level").loc[place, "estimate"]
        assert found == pytest.approx(np.mean(expected), abs=1e-5)


def test_what_takes_a_fit_takes_cs(additive, tmp_path):
    fit = additive
    table = ps.joint_tests(fit).set_index("demographic")
    assert table.loc[["arm", "place"], "df"].tolist() == [6, 3]  # at three thresholds
    assert table.loc[["arm", "place"], "df_lr"].tolist() == [6, 3]
    sources = ps.difference_sources(fit, "place").set_index("source")["estimate"]
    assert sources["difference"] == pytest.approx(sources[["place", "noise", "use of the scale"]].sum(), abs=1e-9)
    assert abs(sources["use of the scale"]) > 1e-3
    cells = pd.DataFrame({"arm": ["a", "b", "c"], "place": ["out", "in", "out"], "share": [0.2, 0.3, 0.5]})
    with pytest.warns(ps.PopulationWarning, match="b:in, c:out"):  # thresholds of cells that no rater is in
        in_population = ps.effects(fit, "place", population=ps.Population.from_cells(cells))
    assert np.isfinite(in_population["estimate"]).all()
    labels = ps.label_distributions(fit, by="place").table
    assert np.allclose(labels[[f"p_{k}" for k in range(1, 5)]].sum(axis=1), 1.0)
    assert np.isfinite(ps.loo(fit, by="rater").elpd)
    assert ps.predictive_checks(fit, draws=40)["p"].between(0.0, 1.0).all()
    fit.save(tmp_path / "fit")
    again = ps.load_fit(tmp_path / "fit")
    pd.testing.assert_frame_equal(again.parameters, fit.parameters)
    pd.testing.assert_frame_equal(ps.group_means(again, "place"), ps.group_means(fit, "place"))
    assert list(fit.to_datatree().posterior["coefficient"].coords["parameter"].values) == list(fit.design.fixed.names)


def test_thresholds_that_differ_contain_those_that_do_not(two_ways):
    cs, _ = two_ways
    plain = ps.fit(cs.ratings, "rating ~ arm + (1 | rater) + (1 | item)", family="acat", **ML)
    row = ps.compare({"one": plain, "every": cs}).iloc[-1]
    assert row["df"] == 4
    assert row["lr"] == pytest.approx(2.0 * (cs.loglik - plain.loglik), abs=1e-8)
    with pytest.raises(ConfigError, match="have as many parameters"):
        ps.compare({"cs": cs, "thresholds": two_ways[1]})


def test_simulated_coefficients_are_recovered():
    """Their true values lie within 95% intervals of the exact posterior, and a sampler is told of no problem."""
    frame = answers()
    made = ps.Ratings(frame, covariates=["arm", "age"], scale=(1, 4))
    fit = ps.fit(made, "rating ~ cs(arm) + age", family="acat", draws=1000, seed=3)
    at = fit.parameters.set_index("parameter")
    truth = {f"arm[{a}]: {k + 1}|{k + 2}": ARMS[i, k] for i, a in ((1, "b"), (2, "c")) for k in range(3)}
    truth |= {f"{k + 1}|{k + 2}": TAU[k] for k in range(3)} | {"age": 0.4}
    inside = [at.loc[name, "lower"] <= value <= at.loc[name, "upper"] for name, value in truth.items()]
    assert np.mean(inside) >= 0.9
    assert not fit.problems


def test_levels_that_never_use_a_category_are_told(ratings):
    frame = answers()
    made = ps.Ratings(frame[(frame["arm"] != "b") | (frame["rating"] != 2)], covariates=["arm", "age"], scale=(1, 4))
    for priors, what in ((None, "have no finite maximum and are arbitrary"), (ps.Priors(), "are said by the prior")):
        fit = ps.fit(made, "rating ~ cs(arm)", family="acat", priors=priors, **ML)
        assert any(
            f"No rating of arm[b] is 2: its coefficients at the thresholds there {what}" in p for p in fit.problems
        )


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"family": "cumulative"}, "probabilities then are negative: use disc='~ arm'"),
        ({"family": "acat", "thresholds": "arm"}, "gives every arm its own. Leave `thresholds` out\\.$"),
        ({"family": "acat", "disc": "~ arm"}, "`disc` goes with cumulative models"),
    ],
)
def test_cs_says_why_not_and_what_to_write(ratings, more, match):
    with pytest.raises(ConfigError, match=match):
        ps.fit(ratings, "rating ~ cs(arm) + age", **more)


def responses():
    items = pd.DataFrame({"item": [f"i{i}" for i in range(10)], "question": "q", "prompt": "p"})
    return items.assign(response=items["item"])


def test_pairs_are_of_raters_with_thresholds_of_their_own(additive):
    """P(a above b) + P(tie) / 2 by people as they are, written out; there is no rater effect to integrate."""
    fit, b = additive, additive.samples.coefficient
    people = fit.ratings.frame.drop_duplicates("rater")
    Z, X = fit.design.fixed.inner.rows_for(people), fit.design.fixed.rows_for(people)
    tau = fit.design.thresholds.category.thresholds(fit.samples.threshold, b, Z)  # (S, people, 3)
    eta, u = b @ X.T, fit.samples.effects[0]
    levels = fit.design.groupings[0].levels.tolist()
    table = ps.preference_pairs(fit, responses=responses()).table.head(6)
    for row in table.itertuples():
        total = []
        for s in range(len(b)):
            one, other = (
                step_probabilities(eta[s] + u[s, levels.index(name)], tau[s]) for name in (row.chosen, row.rejected)
            )
            above = (one * (np.cumsum(other, axis=1) - other)).sum(axis=1)
            total.append((above + 0.5 * (one * other).sum(axis=1)).mean())
        assert row.p == pytest.approx(np.mean(total), abs=1e-4)


def test_pairs_of_responses_whose_steps_differ_are_refused():
    frame = answers().assign(kind=lambda rows: np.where(rows["item"] < "i5", "short", "long"))
    made = ps.Ratings(frame, covariates=["kind"], scale=(1, 4))
    fit = ps.fit(made, "rating ~ cs(kind) + (1 | item)", family="acat", draws=60, **ML)
    with pytest.raises(ConfigError, match=r"thresholds that differ between responses \(kind\) in the acat family"):
        ps.preference_pairs(fit, responses=responses().assign(kind=["short", "long"] * 5))
