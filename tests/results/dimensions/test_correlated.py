"""Correlations across dimensions: those of the parameters, by hand from draws, and of simulated truth."""

from dataclasses import replace

import numpy as np
import pytest
from made_fits import fit_with, some_samples
from scipy.stats import norm

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.fits.estimates import parameter_table

DIMENSIONS = ["toxic", "rude", "funny"]
HALO = np.array([[1.0, 0.7, -0.5], [0.7, 1.0, -0.2], [-0.5, -0.2, 1.0]])
NUMBERS = ["estimate", "lower", "upper"]


def simulated(n_raters=90, n_items=40, seed=3):
    return ps.simulate(
        n_raters=n_raters, n_items=n_items,
        ratings_per_rater=min(12, n_items), dimensions=DIMENSIONS, sd_rater=1.0, sd_item=1.0,
        rater_correlation=HALO, item_correlation=0.4, demographics={}, effects={}, seed=seed,
    )  # fmt: skip


@pytest.fixture(scope="module")
def fit():
    return ps.fit(simulated(), method="laplace")


def test_rows_are_pairs_of_dimensions_in_order_raters_first(fit):
    table = ps.dimension_correlations(fit)
    pairs = [["toxic", "rude"], ["toxic", "funny"], ["rude", "funny"]]
    assert table[["of", "dimension", "with_dimension"]].to_numpy().tolist() == [
        [of, *pair] for of in ("rater", "item") for pair in pairs
    ]


def test_numbers_are_those_of_the_parameters(fit):
    rows = fit.parameters.query("kind == 'correlation'").set_index("parameter")
    table = ps.dimension_correlations(fit)
    names = [f"cor(dimension[{a}], dimension[{b}] | {of})" for of, a, b in table.iloc[:, :3].to_numpy()]
    assert table[NUMBERS].to_numpy() == pytest.approx(rows.loc[names, NUMBERS].to_numpy(), abs=1e-15)
    z, se = np.arctanh(rows.loc[names, "estimate"]), rows.loc[names, "se"] / (1.0 - rows.loc[names, "estimate"] ** 2)
    assert table["p_positive"].to_numpy() == pytest.approx(norm.cdf(z / se), abs=1e-12)


def test_the_simulated_truth_lies_in_the_intervals():
    """Of raters 0.7, -0.5, -0.2, of items 0.4; thirty data sets, seeds 20 to 49, had 174 of 180 intervals right."""
    truth = np.array([0.7, -0.5, -0.2, 0.4, 0.4, 0.4])
    tables = [ps.dimension_correlations(ps.fit(simulated(seed=seed), method="laplace")) for seed in range(20, 26)]
    inside = [(table["lower"] < truth) & (truth < table["upper"]) for table in tables]
    assert np.mean(inside) >= 0.85
    away = np.mean([table["estimate"] - truth for table in tables], axis=0)
    assert np.abs(away).max() < 3.0 * 0.14 / np.sqrt(len(tables))  # 0.14: the largest spread of the thirty
    assert all(table["p_positive"].iloc[0] > 0.999 > 0.01 > table["p_positive"].iloc[1] for table in tables)


def drawn(formula, n_draws, **parts):
    """A fit with draws made by hand, with their table."""
    fit = fit_with(simulated(12, 6), formula, some_samples(n_draws), **parts)
    return replace(fit, parameters=parameter_table(fit.design, fit.posterior))


def test_of_draws_it_is_mean_quantiles_and_share_above_zero():
    formula = "rating ~ (0 + dimension | item) + (0 + dimension | rater)"
    fit = drawn(formula, 40, thresholds="dimension")
    table = ps.dimension_correlations(fit, prob=0.9)
    names = fit.design.correlation_names
    at = [names.index(f"cor(dimension[{a}], dimension[{b}] | {of})") for of, a, b in table.iloc[:, :3].to_numpy()]
    draws = fit.samples.correlation[:, at]
    assert table["estimate"].to_numpy() == pytest.approx(draws.mean(axis=0))
    ends = np.quantile(draws, [0.05, 0.95], axis=0).T
    assert table[["lower", "upper"]].to_numpy() == pytest.approx(ends)
    assert table["p_positive"].tolist() == (draws > 0.0).mean(axis=0).tolist()
    assert list(table.columns[-3:]) == ["r_hat", "ess_bulk", "ess_tail"]


def test_noise_by_dimension_has_rows_of_its_own():
    terms = "(0 + dimension | rater)"
    fit = drawn(f"rating ~ (1 | item) + {terms}", 5, disc=f"~ {terms}")
    assert ps.dimension_correlations(fit, prob=0.9)["of"].tolist() == ["rater"] * 3 + ["disc: rater"] * 3


def test_fits_without_such_terms_are_refused_with_the_formula_to_use(fit):
    with pytest.raises(ConfigError, match=r"several dimensions, and the ratings of this fit have one, toxic\. Fit all"):
        ps.dimension_correlations(fit_with(simulated(6, 4).select(dimension="toxic"), "rating ~ 1", some_samples()))
    with pytest.raises(ConfigError, match=r"no correlated effects by dimension\. Fit \(0 \+ dimension \| rater\)"):
        ps.dimension_correlations(fit_with(simulated(6, 4), "rating ~ dimension + (1 | rater)", some_samples()))
    with pytest.raises(ConfigError, match="prob"):
        ps.dimension_correlations(fit, prob=2.0)
