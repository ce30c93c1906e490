"""``fit``: recovery of a known truth, draws, files, options."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from sampled import assert_same_moments, independent, known, moments
from scipy.stats import norm

import pluralstats as ps

TRUTH = {"gender[male]": -0.5, "race[b]": 0.4, "race[c]": 0.0}


def study(seed, link="probit", **changes):
    options = {
        "n_raters": 150,
        "n_items": 60,
        "ratings_per_rater": 12,
        "demographics": {"gender": {"female": 0.5, "male": 0.5}, "race": {"a": 0.5, "b": 0.3, "c": 0.2}},
        "effects": TRUTH,
        "link": link,
        "seed": seed,
    }
    return ps.simulate(**options | changes)


@pytest.mark.parametrize(("link", "method"), [("probit", "laplace"), ("logit", "laplace"), ("probit", "hmc")])
def test_a_cumulative_model_recovers_the_truth_it_was_simulated_from(link, method):
    """Standardised errors of 12 studies: mean near 0, spread near 1 (36 of them a study of coefficients)."""
    errors = []
    for seed in range(12):
        fit = ps.fit(study(seed, link), link=link, method=method, on_problem="ignore")
        found = fit.parameters.set_index("parameter")
        errors += [(found.loc[name, "estimate"] - value) / found.loc[name, "se"] for name, value in TRUTH.items()]
    # 36 errors: the mean of independent standard ones has sd 1/6, their sd has sd about 0.12. Of other studies 1 in 100
    # would fail (normal, chi-squared of 35); these are the same on every machine, and what differs, the Monte Carlo
    # errors of the exact posteriors, moves the mean by 0.01
    assert abs(np.mean(errors)) < 0.5
    assert 0.7 < np.std(errors) < 1.35


@pytest.mark.parametrize(("method", "draws"), [("laplace", 1000), ("hmc", 800)])
def test_standard_deviations_are_recovered_with_honest_intervals(method, draws):
    inside = []
    for seed in range(15):
        ratings = study(seed, sd_rater=0.7, sd_item=0.5)
        sds = ps.fit(ratings, method=method, draws=draws, on_problem="ignore").parameters.set_index("parameter")
        inside.append(sds.loc["sd(rater)", "lower"] < 0.7 < sds.loc["sd(rater)", "upper"])
        inside.append(sds.loc["sd(item)", "lower"] < 0.5 < sds.loc["sd(item)", "upper"])
    # of 30; P(X <= 24) is 0.0033 at 95% coverage, by the binomial distribution, of other studies than these
    assert sum(inside) >= 25


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_a_gaussian_model_recovers_the_truth_it_was_simulated_from(method):
    ratings = study(2, family="gaussian", intercept=3.0, sd_residual=0.8)
    fit = ps.fit(ratings, family="gaussian", method=method, on_problem="raise")
    found = fit.parameters.set_index("parameter")
    for name, value in (TRUTH | {"Intercept": 3.0, "sd(residual)": 0.8, "sd(rater)": 0.6, "sd(item)": 0.8}).items():
        assert (
            found.loc[name, "lower"] - found.loc[name, "se"] < value < found.loc[name, "upper"] + found.loc[name, "se"]
        )


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_two_categories_make_bernoulli_and_cumulative_the_same_model(small, method):
    two = small.collapse(2, midpoint="up")
    cumulative = ps.fit(two, method=method, on_problem="ignore")
    bernoulli = ps.fit(two, family="bernoulli", method=method, on_problem="ignore")
    np.testing.assert_equal(bernoulli.loglik, cumulative.loglik)  # missing for both where a posterior was sampled
    assert np.isnan(cumulative.loglik) == (method == "hmc")
    threshold = cumulative.parameters.query("kind == 'threshold'").iloc[0]
    intercept = bernoulli.parameters.set_index("parameter").loc["Intercept"]
    assert intercept["estimate"] == -threshold["estimate"]
    assert (intercept["lower"], intercept["upper"]) == (-threshold["upper"], -threshold["lower"])


def test_frequency_weights_equal_repeated_rows():
    frame = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=4).frame
    data = frame[["item", "rater"]].assign(rating=frame["rating"] + 1)
    rng = np.random.default_rng(1)
    times = rng.integers(1, 4, len(data))
    weighted = ps.Ratings(data.assign(weight=times.astype(float)), scale=(1, 5))
    repeated = data.loc[np.repeat(data.index, times)].reset_index(drop=True)
    repeated["wave"] = repeated.groupby(["item", "rater"], observed=True).cumcount().astype(str)
    written_out = ps.Ratings(repeated, scale=(1, 5))
    formula = "rating ~ 1 + (1 | item) + (1 | rater)"
    for family in ("cumulative", "gaussian"):
        options = {"family": family, "method": "laplace", "on_problem": "ignore"}
        one, other = (ps.fit(r, formula, **options) for r in (weighted, written_out))
        assert one.loglik == pytest.approx(other.loglik, abs=1e-6)
        assert one.parameters["estimate"].to_numpy() == pytest.approx(other.parameters["estimate"].to_numpy(), abs=1e-4)


def test_without_random_terms_the_cumulative_model_is_ordinary_ordinal_regression(small):
    fit = ps.fit(small, "rating ~ 1", method="laplace", on_problem="ignore")
    shares = np.bincount(small.frame["rating"], minlength=5) / small.n_ratings
    counts = np.bincount(small.frame["rating"], minlength=5)
    # closed form: thresholds reproduce the observed shares, log-likelihood is that of a multinomial
    assert fit.loglik == pytest.approx((counts * np.log(shares)).sum())
    expected = norm.ppf(np.cumsum(shares)[:-1])
    assert fit.parameters["estimate"].to_numpy() == pytest.approx(expected, abs=1e-4)


def test_without_random_terms_the_gaussian_model_is_least_squares(small):
    fit = ps.fit(small, "rating ~ gender", family="gaussian", method="laplace", reml=True, on_problem="ignore")
    male = (small.frame["gender"] == "male").to_numpy(float)
    X = np.column_stack([np.ones_like(male), male])
    b, rss, *_ = np.linalg.lstsq(X, small.values, rcond=None)
    sigma2 = rss[0] / (small.n_ratings - 2)
    found = fit.parameters.set_index("parameter")
    assert found.loc["gender[male]", "estimate"] == pytest.approx(b[1])
    assert found.loc["gender[male]", "se"] == pytest.approx(np.sqrt(sigma2 * np.linalg.inv(X.T @ X)[1, 1]))
    assert found.loc["sd(residual)", "estimate"] == pytest.approx(np.sqrt(sigma2))


def test_draws_have_the_moments_of_the_table(small):
    fit = ps.fit(small, method="laplace", draws=6000)
    table = fit.parameters.set_index("parameter")
    posterior = fit.draws.posterior
    names = [name for name in table.index if name.startswith(("gender", "politics"))]
    drawn = posterior["coefficient"].sel(parameter=names).to_numpy().reshape(6000, -1)
    assert_same_moments(moments(independent(drawn)), known(*table.loc[names, ["estimate", "se"]].to_numpy().T))
    tau = posterior["threshold"].sel(boundary="2|3")
    assert float(tau.std()) == pytest.approx(table.loc["2|3", "se"], rel=0.05)  # 5.5 errors of 1 / sqrt(2 x 6000)
    raters = fit.random_effects[fit.random_effects["term"] == "rater"].set_index("group")
    drawn = posterior["r_rater"].std(dim=["chain", "draw"]).to_series()
    # 60 raters; 8.8 such errors
    assert drawn.to_numpy() == pytest.approx(raters.loc[drawn.index, "sd"].to_numpy(), rel=0.08)


@pytest.mark.parametrize("which", ["small_fit", "small_posterior"])
def test_thresholds_are_in_order_in_every_draw(which, request):
    assert (np.diff(request.getfixturevalue(which).samples.threshold, axis=1) > 0.0).all()


def test_a_saved_fit_holds_its_tables_draws_and_card(small_fit, tmp_path):
    folder = small_fit.save(tmp_path / "fit")
    assert sorted(path.name for path in folder.iterdir()) == [
        "draws.nc",
        "fit.json",
        "parameters.parquet",
        "random_effects.parquet",
        "ratings.json",
        "ratings.parquet",
    ]
    card = json.loads((folder / "fit.json").read_text())
    assert card["formula"] == "rating ~ gender + politics + (1 | item) + (1 | rater)"
    assert card["provenance"]["data_hash"] == small_fit.ratings.data_hash
    small_fit.save(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["fit"]


def test_a_fit_is_not_saved_over_something_else(small_fit, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ps.ConfigError, match=r"exists and holds no fit \(fit.json is missing\)"):
        small_fit.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("failing", ["the card", "the last rename"])
def test_an_interrupted_save_leaves_the_old_fit(small_fit, tmp_path, monkeypatch, failing):
    folder = small_fit.save(tmp_path / "fit")
    before = (folder / "fit.json").read_text()
    rename, write = Path.rename, Path.write_text

    def full():
        raise OSError("disk full")

    def fails_for_the_new_one(self, target):
        return full() if ".partial-" in self.name else rename(self, target)

    def fails_for_the_card(self, *args, **options):
        return full() if self.name == "fit.json" else write(self, *args, **options)

    if failing == "the card":
        monkeypatch.setattr(Path, "write_text", fails_for_the_card)
    else:
        monkeypatch.setattr(Path, "rename", fails_for_the_new_one)
    with pytest.raises((OSError, ps.ConfigError), match="disk full"):
        small_fit.save(folder)
    assert (folder / "fit.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["fit"]


BAD = [
    (
        {"family": "ordinal"},
        "`family` is one of cumulative, bernoulli, sratio, cratio, acat, gaussian, ordered_beta; found 'ordinal'.",
    ),
    (
        {"link": "probti"},
        "`link` of the cumulative family is one of probit, logit, cloglog; found 'probti'. Did you mean 'probit'?",
    ),
    ({"method": "clmm"}, "`method` is one of hmc, nuts, laplace, pymc; found 'clmm'."),
    ({"method": "hcm"}, "`method` is one of hmc, nuts, laplace, pymc; found 'hcm'. Did you mean 'hmc'?"),
    (
        {"reml": True, "method": "laplace"},
        "`reml=True` goes with the gaussian family only; found family 'cumulative'. Leave it out.",
    ),
    (
        {"reml": True, "family": "gaussian"},
        "`reml=True` goes with method='laplace' and no priors: a posterior needs no correction.",
    ),
    (
        {"reml": True, "family": "gaussian", "method": "laplace", "priors": ps.Priors()},
        "`reml=True` goes with method='laplace' and no priors: a posterior needs no correction.",
    ),
    ({"priors": {"sd": 2.0}}, "`priors` is a ps.Priors(...); found dict."),
    ({"sampler": {"chains": 2}}, "`sampler` is a ps.Sampler(...); found dict."),
    (
        {"draws": 0},
        "`draws` is a positive whole number of posterior draws; found 0. The default of method='hmc' is 2000.",
    ),
    (
        {"draws": 1.5},
        "`draws` is a positive whole number of posterior draws; found 1.5. The default of method='hmc' is 2000.",
    ),
    ({"seed": -1}, "`seed` is a whole number of at least 0; found -1. The default is 1."),
    ({"on_problem": "rise"}, "`on_problem` is one of warn, raise, ignore; found 'rise'. Did you mean 'raise'?"),
    (
        {"family": "bernoulli"},
        "The bernoulli family needs a scale of 2 categories; found 5. "
        "Use family='cumulative', or `ratings.collapse(2)` first.",
    ),
    (
        {"formula": "rating ~ 0 + gender"},
        "Thresholds take the place of the intercept: write 'rating ~ ...' without '0 +' or '- 1'.",
    ),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[str(options)[:60] for options, _ in BAD])
def test_fit_answers_a_bad_option_with_a_whole_sentence(small, options, message):
    with pytest.raises(ps.ConfigError) as caught:
        ps.fit(small, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize("method", ["laplace", "hmc"])
def test_a_model_without_problems_is_silent(small, method):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ps.fit(small, method=method).problems == ()


def test_a_data_frame_is_asked_to_become_ratings(small):
    with pytest.raises(ps.ConfigError, match="needs Ratings; found DataFrame"):
        ps.fit(small.frame)
