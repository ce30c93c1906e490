"""What a joint fit gains: sums of ps.loo, pairing of ratings by what they are, widths, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

OPTIONS = {"method": "laplace", "draws": 200, "on_problem": "ignore"}


@pytest.fixture(scope="module")
def fits():
    """Two dimensions whose severities correlate; the fit of the second has its ratings in another order."""
    made = ps.simulate(n_raters=60, n_items=8, ratings_per_rater=6, sd_rater=1.0, seed=1)
    frame = made.frame.assign(rating=made.values, dimension="harm")
    again = frame.assign(dimension="hate", rating=np.clip(frame["rating"] + (np.arange(len(frame)) % 3 == 0), 1, 5))
    ratings = ps.Ratings(pd.concat([frame, again]), (1, 5), ["gender"])
    second = ps.Ratings(again.sample(frac=1.0, random_state=1).drop(columns="dimension"), (1, 5), ["gender"])
    separate = {"harm": ps.fit(ratings.select(dimension="harm"), **OPTIONS), "hate": ps.fit(second, **OPTIONS)}
    return ps.fit(ratings, **OPTIONS), separate


@pytest.fixture(scope="module")
def table(fits):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.FitWarning)  # Pareto k of single ratings
        return ps.joint_gain(*fits)


def test_a_rater_is_left_out_of_all_dimensions_at_once(fits, table):
    """Raters are alike on both dimensions: their answers are more probable together than apart. Origin: ps.loo."""
    joint, separate = fits
    row = table.set_index(["measure", "dimension"]).loc[("elpd by rater", "all")]
    apart = [ps.loo(fit, "rater").table.set_index("unit")["elpd"] for fit in separate.values()]
    gain = ps.loo(joint, "rater").table.set_index("unit")["elpd"] - sum(apart)
    assert row["n"] == 60
    assert row["difference"] == pytest.approx(gain.sum())
    assert row["se_difference"] == pytest.approx(np.sqrt(60.0) * gain.std())
    assert row["difference"] > 2.0 * row["se_difference"]


def test_ratings_are_paired_by_what_they_are(fits, table):
    """A wrong order would leave the sums and raise the error of the difference to that of independent elpds."""
    rows = table[table["measure"] == "elpd by rating"].set_index("dimension")
    assert rows.index.tolist() == ["harm", "hate", "all"]
    assert rows.loc["all", "difference"] == pytest.approx(rows["difference"].iloc[:2].sum())
    frame = fits[0].ratings.frame
    alone = ps.loo(fits[1]["hate"]).table["elpd"].groupby(fits[1]["hate"].ratings.frame["rater"].astype(str)).sum()
    own = (frame["dimension"] == "hate").to_numpy()
    joint = ps.loo(fits[0]).table["elpd"][own].groupby(frame["rater"][own].astype(str)).sum()
    assert rows.loc["hate", "difference"] == pytest.approx((joint - alone).sum())
    independent = np.sqrt(sum(ps.loo(fit).table["elpd"].var() for fit in fits[1].values()) * 360)
    assert rows.loc["all", "se_difference"] < 0.7 * independent


def test_widths_are_mean_ratios_of_posterior_sds(fits, table):
    """Origin: the tables of both fits."""
    joint, separate = fits
    rows = table.set_index(["measure", "dimension"])
    mine = joint.random_effects.query("term == 'dimension[hate] | rater'").set_index("group")["sd"]
    other = separate["hate"].random_effects.query("term == 'rater'").set_index("group")["sd"]
    row = rows.loc[("sd of rater effects", "hate")]
    assert row["ratio"] == pytest.approx((mine / other).mean())
    assert row["joint"] == pytest.approx(mine.mean())
    assert row["ratio"] < 1.0
    tables = [fit.parameters.set_index("parameter")["se"] for fit in (joint, separate["harm"])]
    se = [tables[0].filter(regex="^gender.*harm").item(), tables[1].filter(regex="^gender").item()]
    assert rows.loc[("sd of coefficients", "harm"), "ratio"] == pytest.approx(se[0] / se[1])
    assert rows.loc["sd of item effects", "n"].tolist() == [8, 8]


def test_what_cannot_be_compared_is_refused(fits):
    joint, separate = fits
    cases = [
        ((separate["harm"], separate), "two or more dimensions"),
        ((joint, separate["harm"]), "mapping from dimension"),
        ((joint, {"harm": separate["harm"]}), "no fit of the dimension hate"),
        ((joint, {**separate, "fair": separate["harm"]}), "fits of fair"),
        ((joint, {"harm": separate["harm"], "hate": separate["harm"]}), r"fit of 'hate' has other ratings"),
    ]
    for arguments, message in cases:
        with pytest.raises(ps.ConfigError, match=message):
            ps.joint_gain(*arguments)
