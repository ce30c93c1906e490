"""Intersections: closed forms, brute force, empty combinations, invariances and refusals."""

import numpy as np
import pandas as pd
import pytest
from made_fits import fit_with, some_samples
from scipy.stats import norm

import pluralstats as ps

CROSSED = "rating ~ gender + politics + (1 | gender:politics) + (1 | item) + (1 | rater)"
COLUMNS = [
    *("term", "group", "gender", "politics", "n_raters", "n_ratings", "raw", "predicted", "lower", "upper", "additive"),
    *("difference", "difference_lower", "difference_upper", "p_direction"),
]


def position(fit, name):
    return [grouping.name for grouping in fit.design.groupings].index(name)


def balanced(n=20, seed=4):
    """6 combinations of n raters with one rating each: gaussian, one way."""
    rng = np.random.default_rng(seed)
    cell = np.repeat(np.arange(6), n)
    rating = 3.0 + rng.normal(0.0, 0.7, 6)[cell] + rng.normal(0.0, 1.0, 6 * n)
    frame = pd.DataFrame({"item": "i", "rater": [f"r{i}" for i in range(6 * n)], "rating": rating})
    frame = frame.assign(gender=np.array(["f", "m"])[cell // 3], race=np.array(["A", "B", "W"])[cell % 3])
    return ps.Ratings(frame, scale="continuous", demographics=["gender", "race"])


def test_cells_shrink_by_n_var_over_n_var_plus_residual():
    """One way balanced: the BLUP is w (mean of the cell - grand mean), w = n var / (n var + residual) (Searle 1992)."""
    ratings, formula = balanced(), "rating ~ 1 + (1 | gender:race)"
    fit = ps.fit(ratings, formula, family="gaussian", method="laplace", draws=8000, on_problem="ignore")
    variance = fit.parameters.set_index("parameter")["estimate"] ** 2
    w = 20 * variance["sd(gender:race)"] / (20 * variance["sd(gender:race)"] + variance["sd(residual)"])
    table = ps.intersections(fit)
    grand = ratings.values.mean()
    modes = fit.random_effects.set_index("group")["estimate"][table["group"]].to_numpy()
    assert modes == pytest.approx(w * (table["raw"] - grand).to_numpy(), abs=1e-3)
    # draws also carry the doubt about w, which moves a median by less than a tenth of the interval's half width
    assert table["predicted"].to_numpy() == pytest.approx(grand + w * (table["raw"] - grand).to_numpy(), abs=0.05)
    assert table["additive"].to_numpy() == pytest.approx(grand, abs=0.05)


def expected_rating(fit, draw, eta):
    """Of a linear predictor, averaged over items and a new rater (probit, closed form)."""
    samples = fit.samples
    scale = np.sqrt(1.0 + samples.sd[draw, position(fit, "rater")] ** 2)
    items = samples.effects[position(fit, "item")][draw]
    below = norm.cdf((samples.threshold[draw][:, None] - eta - items) / scale).mean(axis=1)
    return 1.0 + (1.0 - below).sum()


def test_predictions_are_those_computed_by_hand(small):
    fit = fit_with(small, CROSSED, some_samples(5))
    table = ps.intersections(fit).set_index("group")
    grouping = fit.design.groupings[position(fit, "gender:politics")]
    b = pd.DataFrame(fit.samples.coefficient, columns=fit.design.fixed.names).assign(none=0.0)
    for c, (gender, politics) in enumerate(grouping.keys.astype(str).itertuples(index=False)):
        fixed = [
            b.get(f"gender[{gender}]", b["none"])[s] + b.get(f"politics[{politics}]", b["none"])[s] for s in range(5)
        ]
        deviation = fit.samples.effects[position(fit, "gender:politics")][:, c]
        with_term = np.array([expected_rating(fit, s, fixed[s] + deviation[s]) for s in range(5)])
        additive = np.array([expected_rating(fit, s, fixed[s]) for s in range(5)])
        row = table.loc[f"{gender}:{politics}"]
        assert row["predicted"] == pytest.approx(np.mean(with_term), abs=1e-6)
        assert row["additive"] == pytest.approx(np.mean(additive), abs=1e-6)
        assert row["difference"] == pytest.approx(np.mean(with_term - additive), abs=1e-6)
        assert row["difference_upper"] == pytest.approx(np.quantile(with_term - additive, 0.975), abs=1e-6)
        above = np.mean(with_term > additive)
        assert row["p_direction"] == max(above, 1.0 - above)


def test_raw_means_and_counts_are_those_of_the_cell(small):
    table = ps.intersections(fit_with(small, CROSSED, some_samples(3)))
    assert table.columns.tolist() == COLUMNS
    frame = small.frame.assign(points=small.values)
    for row in table.itertuples():
        cell = frame[(frame["gender"] == row.gender) & (frame["politics"] == row.politics)]
        assert (row.n_raters, row.n_ratings) == (cell["rater"].nunique(), len(cell))
        assert row.raw == pytest.approx(cell["points"].mean())
    assert table["group"].tolist()[:3] == ["female:left", "female:centre", "female:right"]  # in the order of levels


def test_weights_count_in_raw_means():
    frame = pd.DataFrame({"item": list("abab"), "rater": list("rrss"), "g": list("xxxx"), "h": list("uuuu")})
    frame = frame.assign(rating=[1, 2, 3, 5], weight=[1.0, 2.0, 3.0, 4.0])
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["g", "h"])
    table = ps.intersections(fit_with(ratings, "rating ~ 1 + (1 | g:h) + (1 | item) + (1 | rater)", some_samples(3)))
    assert table["raw"][0] == pytest.approx((1 * 1 + 2 * 2 + 3 * 3 + 4 * 5) / 10)


def test_other_columns_of_the_formula_stay_as_observed(small):
    """Gaussian: predicted = intercept + own levels + deviation + b[age] x share of the old among all raters."""
    names = small.frame["rater"].cat.categories
    age = dict(zip(names, np.where(np.arange(60) % 3 == 0, "old", "young"), strict=True))
    frame = small.frame.assign(rating=small.values.astype(int), age=small.frame["rater"].astype(str).map(age))
    ratings = ps.Ratings(
        frame,
        scale=(1, 5),
        demographics=["gender", "politics", "age"],
        reference={"gender": "female", "politics": "left", "age": "young"},
    )
    formula = "rating ~ gender + politics + age + (1 | gender:politics) + (1 | rater)"
    fit = fit_with(ratings, formula, some_samples(1), "gaussian")
    b = dict(zip(fit.design.fixed.names, fit.samples.coefficient[0], strict=True))
    deviation = fit.samples.effects[position(fit, "gender:politics")][0]
    row = ps.intersections(fit).iloc[0]
    assert row["group"] == "female:left"
    assert row["predicted"] == pytest.approx(b["Intercept"] + deviation[0] + b["age[old]"] / 3.0)


def missing_one(small):
    """The same without anybody who is male and right."""
    gone = (small.frame["gender"] == "male") & (small.frame["politics"] == "right")
    frame = small.frame.assign(rating=small.values.astype(int))[~gone]
    reference = {"gender": "female", "politics": "left"}
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"], reference=reference)


def test_combinations_nobody_has_are_listed_when_asked(small):
    def with_one_sd(design):
        made = some_samples(4000)(design)
        return made._replace(sd=np.full_like(made.sd, 0.5))

    fit = fit_with(missing_one(small), CROSSED, with_one_sd, "gaussian")
    assert "male:right" not in ps.intersections(fit)["group"].tolist()
    table = ps.intersections(fit, empty=True)
    assert len(table) == 6
    row = table.set_index("group").loc["male:right"]
    assert (row["n_raters"], row["n_ratings"]) == (0, 0)
    assert np.isnan(row["raw"])
    # its deviation is N(0, 0.5^2); a standard error of the quantile of 4,000 draws is 0.02
    assert row["difference_upper"] == pytest.approx(1.96 * 0.5, abs=0.06)
    assert row["p_direction"] == pytest.approx(0.5, abs=0.02)
    others = table[table["group"] != "male:right"].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, ps.intersections(fit))
    pd.testing.assert_frame_equal(ps.intersections(fit, empty=True), table)
    assert ps.intersections(fit, empty=True, seed=2)["difference"].iloc[-1] != row["difference"]


def test_a_combination_that_the_fixed_part_does_not_determine_is_left_empty(small):
    formula = "rating ~ gender * politics + (1 | gender:politics) + (1 | item)"
    fit = fit_with(missing_one(small), formula, some_samples(5))
    row = ps.intersections(fit, empty=True).set_index("group").loc["male:right"]
    assert row[["predicted", "lower", "upper", "additive", "difference", "p_direction"]].isna().all()


def test_a_level_without_a_finite_estimate_has_no_predictions(small):
    fit = fit_with(small, CROSSED, some_samples(5), flat=np.array([True, False, False]))
    table = ps.intersections(fit)
    assert fit.design.fixed.names[0] == "gender[male]"
    assert table["predicted"].isna().tolist() == (table["gender"] == "male").tolist()


def test_no_deviation_has_no_direction(small):
    def without_term(design):
        made = some_samples(5)(design)
        t = [grouping.name for grouping in design.groupings].index("gender:politics")
        return made._replace(effects=tuple(0.0 * u if i == t else u for i, u in enumerate(made.effects)))

    table = ps.intersections(fit_with(small, CROSSED, without_term))
    assert table["difference"].tolist() == [0.0] * 6
    assert table["p_direction"].tolist() == [0.5] * 6


QUICK = {"method": "laplace", "draws": 400, "on_problem": "ignore"}


@pytest.fixture(scope="module")
def fitted(small) -> ps.Fit:
    """By maximum likelihood, whose draws depend smoothly on the data."""
    return ps.fit(small, CROSSED, **QUICK)


def rebuilt(small, order=None, renamed=None, levels=None):
    frame = small.frame.assign(rating=small.values.astype(int)).astype({"rater": str, "gender": str})
    frame = frame.iloc[order] if order is not None else frame
    frame = frame.assign(
        rater=frame["rater"].map(renamed or (lambda r: r)), gender=frame["gender"].replace(levels or {})
    )
    reference = {"gender": (levels or {}).get("female", "female"), "politics": "left"}
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"], reference=reference)


@pytest.mark.parametrize(
    "changes",
    [
        {"order": np.random.default_rng(1).permutation(720)},
        {"renamed": lambda rater: f"x{99 - int(rater[1:]):02d}"},
        {"levels": {"female": "zz", "male": "aa"}},
    ],
    ids=["row order", "names of raters", "names of levels"],
)
def test_what_does_not_matter_moves_nothing(small, fitted, changes):
    other = ps.intersections(ps.fit(rebuilt(small, **changes), CROSSED, **QUICK))
    one = ps.intersections(fitted)
    names = one["gender"].astype(str).replace(changes.get("levels", {}))
    assert other["group"].tolist() == (names + ":" + one["politics"].astype(str)).tolist()
    numbers = ["raw", "predicted", "lower", "upper", "additive", "difference", "p_direction"]
    assert other[numbers].to_numpy() == pytest.approx(one[numbers].to_numpy(), abs=1e-5)


def test_several_terms_have_to_be_chosen_from(small):
    fit = fit_with(small, "rating ~ 1 + (1 | gender/politics) + (1 | item)", some_samples(3))
    with pytest.raises(ps.ConfigError, match="2 terms of demographics: gender, gender:politics"):
        ps.intersections(fit)
    assert ps.intersections(fit, "gender")["group"].tolist() == ["female", "male"]
    assert len(ps.intersections(fit, "politics:gender")) == 6  # the order of the factors does not matter
    with pytest.raises(ps.ConfigError, match="Did you mean 'gender:politics'"):
        ps.intersections(fit, "gender:politcs")


def test_a_formula_without_such_a_term_is_told_how_to_write_one(small_fit):
    with pytest.raises(ps.ConfigError, match=r"no random term of demographics.*\(1 \| gender:politics\)"):
        ps.intersections(small_fit)
    with pytest.raises(ps.ConfigError, match="found 95"):
        ps.intersections(small_fit, prob=95)


def test_a_demographic_with_the_name_of_a_column_is_refused():
    frame = pd.DataFrame({"item": list("abab"), "rater": list("rrss"), "group": list("xxyy"), "rating": [1, 2, 3, 4]})
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["group"])
    with pytest.raises(ps.ConfigError, match="column of its own named 'group'"):
        ps.intersections(fit_with(ratings, "rating ~ 1 + (1 | group)", some_samples(3)))


def test_constant_ratings_are_predicted_as_they_are():
    frame = pd.DataFrame({"item": list("abab"), "rater": list("rrss"), "g": list("xxyy"), "h": list("uvuv")})
    frame = frame.assign(h=["u", "u", "v", "v"], rating=3)
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["g", "h"])
    table = ps.intersections(fit_with(ratings, "rating ~ 1 + (1 | g:h) + (1 | rater)", some_samples(3)))
    assert table["raw"].tolist() == [3.0, 3.0]
    assert table["predicted"].tolist() == [3.0, 3.0]
    assert table["p_direction"].tolist() == [0.5, 0.5]


def test_a_population_says_whom_other_columns_are_as_in(small):
    """Gaussian: the prediction moves by the coefficient times the change of the share."""
    fit = fit_with(small, "rating ~ gender + politics + (1 | gender) + (1 | rater)", some_samples(1), "gaussian")
    b = dict(zip(fit.design.fixed.names, fit.samples.coefficient[0], strict=True))
    cells = pd.DataFrame({"gender": "female", "politics": ["left", "right"], "share": [0.1, 0.9]})
    row = ps.intersections(fit, population=ps.Population.from_cells(cells)).set_index("group").loc["female"]
    deviation = fit.samples.effects[position(fit, "gender")][0, 0]
    assert row["predicted"] == pytest.approx(b["Intercept"] + deviation + 0.9 * b["politics[right]"])
    assert row["raw"] == ps.intersections(fit).set_index("group").loc["female", "raw"]
