"""``ps.regression_table``: every cell is the number of its own fit, and nothing is lost where fits differ."""

import warnings

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.printing.printed import printed_table


@pytest.fixture(scope="module")
def fits(small):
    formulas = {"raters": "rating ~ gender + (1 | item) + (1 | rater)", "items": "rating ~ gender + (1 | item)"}
    return {name: ps.fit(small, text, method="laplace", on_problem="ignore") for name, text in formulas.items()}


def cells(summary):
    return {row[0]: dict(zip(summary.printed.headers[1:], row[1:], strict=True)) for row in summary.printed.rows}


def test_cells_are_the_estimates_and_intervals_of_each_fit(fits):
    made = ps.regression_table(fits)
    stacked = pd.concat([fit.table() for fit in fits.values()], ignore_index=True)
    expected = [row[0] for row in printed_table(stacked, ["estimate"], {}, 0.95).rows]
    names = [name for name, fit in fits.items() for _ in range(len(fit.table()))]
    found = cells(made)
    for name, parameter, cell in zip(names, stacked["parameter"], expected, strict=True):
        assert found[parameter][name] == cell
    assert found["sd(rater)"]["items"] == ""
    assert found["Log marginal likelihood"]["items"] == f"−{abs(fits['items'].loglik):,.1f}"
    assert found["Problems"] == {"raters": "0", "items": "1"}
    assert found["Ratings"]["raters"] == f"{fits['raters'].n_ratings:,}"


def test_the_tidy_table_is_the_fits_own_in_full_precision(fits):
    table = ps.regression_table(fits).table
    for name, fit in fits.items():
        own = table[table["fit"] == name].drop(columns="fit").reset_index(drop=True)
        pd.testing.assert_frame_equal(own[fit.table().columns], fit.table())


def test_effects_side_by_side_are_those_of_effects(fits):
    table = ps.regression_table(fits, estimand="points", demographics="gender", prob=0.9).table
    for name, fit in fits.items():
        own = ps.effects(fit, "gender", estimands="points", prob=0.9)
        part = table[table["fit"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(part[own.columns], own)


def test_a_row_that_one_fit_has_stays_in_its_part(small, fits):
    gaussian = ps.fit(small, "rating ~ gender + (1 | item)", family="gaussian", method="laplace", on_problem="ignore")
    made = ps.regression_table([fits["raters"], gaussian])
    assert made.printed.headers == ["", "(1)", "(2)"]
    names = [row[0] for row in made.printed.rows]
    starts = [0, *made.printed.breaks]
    assert [names[i] for i in starts] == [names[0], "1|2", "sd(rater)", "Ratings"]
    assert names[starts[1] - 1] == "Intercept" and names[starts[3] - 1] == "sd(residual)"
    assert cells(made)["1|2"]["(2)"] == ""


def test_fits_of_dimensions_are_named_after_them():
    ratings = ps.simulate(n_raters=20, n_items=8, ratings_per_rater=5, dimensions=["toxic", "kind"], seed=1)
    parts = [ps.fit(ratings.select(name), method="laplace", on_problem="ignore") for name in ("kind", "toxic")]
    assert ps.regression_table(parts).printed.headers == ["", "kind", "toxic"]


def test_other_references_are_said_and_effects_have_rows_of_their_own(small):
    frame = small.frame.assign(rating=small.values)
    turned = ps.Ratings(frame, small.scale, ["gender"], reference={"gender": "male"})
    formula = "rating ~ gender + (1 | item)"
    made = [ps.fit(part, formula, method="laplace", on_problem="ignore") for part in (small, turned)]
    assert "Reference levels: (1): gender female; (2): gender male." in ps.regression_table(made).printed.notes
    contrasts = cells(ps.regression_table(made, estimand="points", demographics="gender"))
    assert contrasts["male − female (gender)"]["(2)"] == "" and contrasts["female − male (gender)"]["(1)"] == ""


def test_it_is_written_to_files_with_what_it_is_about(fits, tmp_path):
    for ending in ("md", "tex", "html", "typ", "csv", "docx"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            path = ps.export_table(ps.regression_table(fits), tmp_path / f"both.{ending}", caption="Two models")
        if ending in ("md", "tex", "html", "typ"):
            text = path.read_text(encoding="utf-8")
            assert "Two models" in text and "raters" in text and "gender female" in text


BAD = [
    ([], "`fits` is empty"),
    ("fit", "`fits` is a list of fits, or a dict of name to fit; found str"),
    (None, "found NoneType"),
    ([1, "x"], "`fits` has int, str in it"),
]


@pytest.mark.parametrize(("fits_given", "message"), BAD)
def test_what_is_no_list_of_fits_is_refused(fits_given, message):
    with pytest.raises(ps.ConfigError, match=message):
        ps.regression_table(fits_given)


def test_arguments_that_cannot_be_meant_are_refused(fits):
    with pytest.raises(ps.ConfigError, match="pass `estimand`"):
        ps.regression_table(fits, demographics="gender")
    with pytest.raises(ps.ConfigError, match="`prob` is a probability"):
        ps.regression_table(fits, prob=2)
    with pytest.raises(ps.ConfigError, match="names two fits alike"):
        ps.regression_table({1: fits["raters"], "1": fits["items"]})


def test_slopes_of_fits_of_other_raters_share_a_row_and_the_sds_stand_in_a_note(small):
    ages = small.frame["rater"].cat.codes.to_numpy()
    whole = small.with_covariates(pd.DataFrame({"age": ages.astype(float)}))
    part = whole.where(gender=str(whole.frame["gender"].cat.categories[0]))
    text = "rating ~ age + (1 | item) + (1 | rater)"
    made = {
        name: ps.fit(ratings, text, method="laplace", on_problem="ignore")
        for name, ratings in {"all": whole, "some": part}.items()
    }
    table = ps.regression_table(made, estimand="points")
    assert all(cells(table)["+1 sd (age)"].values())
    assert [note for note in table.printed.notes if note.startswith("1 sd of age is ") and "(some)" in note]
    assert ps.figures.alt_text(ps.figures.comparison(made)).startswith("2 contrasts of age, each by 2 model")
