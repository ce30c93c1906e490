"""``fit.table``, ``fit.summary`` and what other packages read of a fit."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import pluralstats as ps


@pytest.fixture(scope="module")
def sampled(small):
    return ps.fit(small, draws=400, on_problem="ignore")


@pytest.fixture(scope="module")
def maximised(small):
    return ps.fit(small, method="laplace", on_problem="ignore")


def test_the_table_has_every_parameter_once_coefficients_first(sampled):
    table = sampled.table()
    assert set(table["parameter"]) == set(sampled.parameters["parameter"])
    kinds = list(dict.fromkeys(table["kind"]))
    assert kinds == [kind for kind in ("coefficient", "threshold", "sd") if kind in kinds]
    merged = table.merge(sampled.parameters, on="parameter", suffixes=("", "_own"))
    assert (merged["estimate"] == merged["estimate_own"]).all()


def test_probabilities_above_zero_are_shares_of_draws(sampled):
    table = sampled.table().set_index("parameter")["p_positive"]
    for j, name in enumerate(sampled.design.fixed.names):
        assert table[name] == (sampled.samples.coefficient[:, j] > 0).mean()
    assert table[sampled.parameters.loc[sampled.parameters["kind"] != "coefficient", "parameter"]].isna().all()


def test_of_a_maximum_they_are_the_normal_probabilities_of_the_interval(maximised):
    table = maximised.table()
    table = table[table["kind"] == "coefficient"]
    width = (table["upper"] - table["lower"]) / (2 * norm.ppf(0.975))
    assert table["p_positive"].to_numpy() == pytest.approx(norm.cdf(table["estimate"] / width))


def test_they_are_the_same_after_saving(maximised, sampled, tmp_path):
    for name, fit in {"maximised": maximised, "sampled": sampled}.items():
        again = ps.load_fit(fit.save(tmp_path / name))
        pd.testing.assert_frame_equal(again.table(), fit.table())
        assert str(again.summary()) == str(fit.summary())


def test_the_intercept_of_two_categories_is_minus_its_threshold(small):
    fit = ps.fit(small.collapse(2), "rating ~ gender + (1 | rater)", family="bernoulli", draws=400, on_problem="ignore")
    found = fit.table().set_index("parameter").loc["Intercept", "p_positive"]
    assert found == (fit.samples.threshold[:, 0] < 0).mean()


@pytest.mark.parametrize("which", ["sampled", "maximised"])
def test_another_probability_has_narrower_intervals_around_the_same_estimates(which, request):
    fit = request.getfixturevalue(which)
    wide, narrow = fit.table(), fit.table(prob=0.5)
    assert (wide["estimate"] == narrow["estimate"]).all()
    assert ((narrow["upper"] - narrow["lower"]) < (wide["upper"] - wide["lower"])).all()
    assert (wide["p_positive"].dropna() == narrow["p_positive"].dropna()).all()
    assert "[50% interval]" in str(fit.summary(0.5))


@pytest.mark.parametrize("ask", ["table", "summary"])
def test_a_percentage_is_no_probability(maximised, ask):
    with pytest.raises(ps.ConfigError, match="`prob` is a probability between 0 and 1; found 95"):
        getattr(maximised, ask)(95)


def test_a_summary_has_header_parameters_references_and_problems(sampled, maximised):
    text = str(sampled.summary())
    for part in (sampled.formula, "cumulative, probit link", "400 draws in 4 chains", "R-hat", "gender female",
                 "Sd", *sampled.parameters["parameter"], *sampled.problems):  # fmt: skip
        assert part in text
    assert "Log marginal likelihood" not in text
    text = str(maximised.summary())
    assert f"−{abs(maximised.loglik):,.1f}" in text and "Standard error" in text and "R-hat" not in text


def test_a_summary_is_the_same_table_in_every_language(maximised):
    summary = maximised.summary()
    assert summary.table.equals(maximised.table())
    cell = next(row[1] for row in summary.printed.rows if row[0] == "sd(rater)")
    for text in (summary.as_text(), summary.as_html(), summary.as_markdown(), summary.as_typst(), summary.as_latex()):
        assert cell in text.replace("\\", "").replace("$-$", "−")
    assert summary.as_latex().count(r"\midrule") == 3  # under the header, before thresholds, before sds


@pytest.mark.parametrize("ending", ["csv", "md", "tex", "html", "docx", "typ"])
def test_a_summary_is_exported_with_what_it_is_about(maximised, tmp_path, ending):
    path = ps.export_table(maximised.summary(), tmp_path / f"fit.{ending}")
    if ending == "csv":
        pd.testing.assert_frame_equal(pd.read_csv(path), maximised.table(), check_dtype=False)
    elif ending != "docx":
        text = path.read_text(encoding="utf-8")
        assert "Rater model" in text and "cumulative" in text and "gender female" in text


def test_what_is_for_data_frames_is_refused_for_summaries(maximised, tmp_path):
    with pytest.raises(ps.ConfigError, match="`columns` is for data frames"):
        ps.export_table(maximised.summary(), tmp_path / "fit.md", columns=["estimate"])
    assert list(tmp_path.iterdir()) == []


def test_the_protocol_of_maketables(maximised):
    """Its PLUGIN_EXTRACTOR_FORMAT.md: a data frame with columns b, se, p indexed by coefficient; plain statistics."""
    table = maximised.__maketables_coef_table__
    assert table.index.name == "Coefficient" and {"b", "se", "p", "ci95l", "ci95u"} <= set(table.columns)
    own = maximised.table().set_index("parameter")
    coefficients = own[own["kind"] == "coefficient"].index
    two_sided = 2 * norm.sf(abs(own["estimate"] / ((own["upper"] - own["lower"]) / (2 * norm.ppf(0.975)))))
    assert table.loc[coefficients, "p"].to_numpy() == pytest.approx(two_sided[: len(coefficients)])
    assert table.loc[own[own["kind"] == "threshold"].index, "p"].isna().all()
    keys = maximised.__maketables_default_stat_keys__
    assert all(isinstance(maximised.__maketables_stat__(key), int | float) for key in keys)
    assert json.dumps([maximised.__maketables_stat__(key) for key in keys])
    assert maximised.__maketables_stat__("r2") is None
    assert maximised.__maketables_stat__("N") == maximised.n_ratings
    assert set(maximised.__maketables_stat_labels__) >= {"N", "n_raters", "n_items", "ll"}
    assert maximised.__maketables_depvar__ == "rating"
    assert maximised.__maketables_var_labels__["gender[male]"] == "gender: male"


def test_interactions_are_labelled_level_by_level(small):
    fit = ps.fit(small, "rating ~ gender * politics + (1 | item)", method="laplace", on_problem="ignore")
    labels = fit.__maketables_var_labels__
    name = next(name for name in labels if ":" in name.replace("]:", ":") and name.count("[") == 2)
    assert "[" not in labels[name] and labels[name].count(": ") == 2


def test_maketables_makes_a_table_of_fits(maximised, sampled):
    maketables = pytest.importorskip("maketables", reason="maketables is not installed")
    made = maketables.ETable([maximised, sampled])
    cells = made.df.to_string()
    assert f"{maximised.parameters.set_index('parameter').loc['gender[male]', 'estimate']:.3f}" in cells
    assert "Raters" in cells and f"{maximised.n_ratings}" in cells


def test_there_is_nothing_above_zero_without_an_estimate(small):
    """All women gave the lowest answer: their coefficient runs away and has no interval."""
    frame = small.frame.assign(rating=small.values)
    frame.loc[frame["gender"] == "male", "rating"] = 1
    ratings = ps.Ratings(frame, (1, 5), ["gender"])
    fit = ps.fit(ratings, "rating ~ gender + (1 | item)", method="laplace", on_problem="ignore")
    assert np.isnan(fit.table().set_index("parameter").loc["gender[male]", "p_positive"])
    assert "nan" not in str(fit.summary())
