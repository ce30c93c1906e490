"""Raking: closed forms, R's loglin, and margins that cannot be met."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.population.margins import CLOSE, Constraint, can_be_met, raked

ROWS, COLUMNS = (
    Constraint(np.repeat([0, 1], 2), np.array([0.3, 0.7])),
    Constraint(np.tile([0, 1], 2), np.array([0.6, 0.4])),
)


def plackett(rows, columns, odds):
    """Share of the first cell of a 2 x 2 table with given margins and odds ratio (Plackett 1965, JASA 60, eq. 2)."""
    s = 1.0 + (rows + columns) * (odds - 1.0)
    return (s - np.sqrt(s**2 - 4.0 * rows * columns * odds * (odds - 1.0))) / (2.0 * (odds - 1.0))


@pytest.mark.parametrize("seed", [[8.0, 1.0, 2.0, 5.0], [1.0, 20.0, 3.0, 0.5]])
def test_a_two_by_two_table_keeps_its_odds_ratio_and_gets_the_margins(seed):
    share = raked(np.array(seed), [ROWS, COLUMNS]).share
    odds = seed[0] * seed[3] / (seed[1] * seed[2])
    assert share[0] * share[3] / (share[1] * share[2]) == pytest.approx(odds)
    assert share[0] == pytest.approx(plackett(0.3, 0.6, odds), abs=1e-9)
    assert share.sum() == pytest.approx(1.0)


def test_without_association_shares_are_products_of_margins_after_one_round():
    found = raked(np.ones(4), [ROWS, COLUMNS])
    assert found.share == pytest.approx([0.18, 0.12, 0.42, 0.28])
    assert found.rounds == 1


# R 4: loglin(outer(c(150, 300, 400, 150), c(200, 300, 400, 100)) / 1000, list(1, 2), fit = TRUE, start = seed,
# eps = 1e-12, iter = 1000)
EXAMPLE = [
    [64.5585097765, 46.2324597088, 35.3842982643, 3.8247322503],
    [49.9679194187, 68.1593540718, 156.4985464219, 25.3741800877],
    [56.7219436021, 144.4282255663, 145.0824814314, 53.7673494002],
    [28.7516272027, 41.1799606531, 63.0346738824, 17.0337382618],
]
SEED = [[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]]


def margin(levels, shares):
    return dict(zip(levels, shares, strict=True))


def table_of(counts, **levels):
    """A table of cells, the last demographic running fastest."""
    index = pd.MultiIndex.from_product(map(list, levels.values()), names=levels.keys())
    return pd.DataFrame({"share": np.ravel(counts)}, index=index).reset_index()


def test_a_table_with_two_margins_is_that_of_loglin():
    seed = table_of(SEED, age=list("abcd"), region=list("wxyz"))
    margins = {"age": margin("abcd", (150, 300, 400, 150)), "region": margin("wxyz", (200, 300, 400, 100))}
    found = ps.Population.from_margins(margins, seed)
    assert (1000.0 * found.cells["share"]).to_numpy().reshape(4, 4) == pytest.approx(np.array(EXAMPLE), abs=2e-7)


def test_a_joint_margin_and_a_simple_one_give_the_table_of_loglin():
    """R 4: a <- array(c(10,20,5,8,12,30,14,6,9,11,25,3), c(2,3,2)); t12 <- matrix(c(.10,.15,.20,.25,.12,.18), 2);
    loglin(outer(t12, c(.3,.7)), list(c(1,2), 3), fit = TRUE, start = a, eps = 1e-14, iter = 1000)
    """
    seed = np.array([10, 20, 5, 8, 12, 30, 14, 6, 9, 11, 25, 3.0]).reshape(2, 3, 2, order="F")
    expected = [0.0162147500880, 0.0711824043721, 0.0261657699608, 0.0411525858793, 0.0138100536142, 0.1314744360857]
    expected += [0.0837852499120, 0.0788175956279, 0.1738342300392, 0.2088474141207, 0.1061899463858, 0.0485255639143]
    joint = {("f", "x"): 0.10, ("m", "x"): 0.15, ("f", "y"): 0.20, ("m", "y"): 0.25, ("f", "z"): 0.12, ("m", "z"): 0.18}
    margins = {("gender", "age"): joint, "region": {"p": 0.3, "q": 0.7}}
    cells = ps.Population.from_margins(margins, table_of(seed, gender="fm", age="xyz", region="pq")).cells
    assert cells["share"].to_numpy().reshape(2, 3, 2).ravel(order="F") == pytest.approx(expected, abs=1e-9)


def test_rows_in_any_order_and_levels_of_any_name_give_the_same_shares():
    seed = table_of(SEED, age=list("abcd"), region=list("wxyz"))
    margins = {"age": margin("abcd", (15, 30, 40, 15)), "region": margin("wxyz", (20, 30, 40, 10))}
    new = {"a": "60+", "b": "18-30", "c": "31-45", "d": "46-59"}
    renamed = seed.assign(age=seed["age"].map(new)).sample(frac=1.0, random_state=2)
    others = {"region": margins["region"], "age": {new[level]: share for level, share in margins["age"].items()}}
    one, other = ps.Population.from_margins(margins, seed).cells, ps.Population.from_margins(others, renamed).cells
    key = [*zip(one["age"].map(new), one["region"], strict=True)]
    shares = other.set_index(["age", "region"])["share"]
    assert [shares[pair] for pair in key] == pytest.approx(one["share"].tolist(), abs=1e-9)


def test_margins_that_the_seed_has_already_change_nothing():
    seed = table_of(SEED, age=list("abcd"), region=list("wxyz"))
    counts = np.array(SEED)
    margins = {"age": margin("abcd", counts.sum(1)), "region": margin("wxyz", counts.sum(0))}
    found = ps.Population.from_margins(margins, seed)
    assert found.cells["share"].to_numpy() == pytest.approx(counts.ravel() / counts.sum())
    assert found.source.startswith("16 cells of age, region raked to the margins of age, region in 1 round (largest")


def ratings_of(*people):
    """One rating by each rater; ``people`` are (gender, country)."""
    frame = pd.DataFrame(people, columns=["gender", "country"]).assign(item="i", rating=1)
    frame = frame.assign(rater=np.arange(len(frame)))
    return ps.Ratings(frame, scale=(1, 2), demographics=["gender", "country"])


CROSSED = ratings_of(("f", "DE"), ("f", "US"), ("m", "DE"), ("m", "US"), ("m", "US"))
HALF = {"f": 0.5, "m": 0.5}


def test_a_combination_without_raters_stays_without_share_and_is_counted():
    ratings = ratings_of(("f", "DE"), ("m", "DE"), ("m", "US"), ("m", "US"))
    found = ps.Population.from_margins({"gender": HALF, "country": {"DE": 0.7, "US": 0.3}}, ratings)
    shares = found.cells.set_index(["gender", "country"])["share"]
    # the zero decides: f is DE only, US is m only
    assert shares.to_dict() == pytest.approx({("f", "DE"): 0.5, ("m", "DE"): 0.2, ("m", "US"): 0.3})
    assert found.notes == ("1 of 4 combinations of gender, country has no raters and a share of 0.",)


def test_a_share_of_zero_leaves_a_level_out():
    found = ps.Population.from_margins({"gender": HALF, "country": {"DE": 1, "US": 0}}, CROSSED)
    assert found.cells["country"].tolist() == ["DE", "DE"]
    assert found.cells["share"].tolist() == pytest.approx([0.5, 0.5])
    assert found.notes == ("2 cells of levels whose margin is 0 were left out.",)


def test_margins_that_combinations_without_raters_forbid_are_refused():
    ratings = ratings_of(("f", "DE"), ("m", "US"))
    with pytest.raises(ps.DataError, match=r"no shares of the 2 cells of gender, country have these margins.*0\.[12]"):
        ps.Population.from_margins({"gender": HALF, "country": {"DE": 0.7, "US": 0.3}}, ratings)


def test_margins_that_only_an_empty_cell_would_meet_are_refused_with_that_reason():
    """f must be DE alone and DE f alone, so that the raters who are m and DE would have to vanish."""
    ratings = ratings_of(("f", "DE"), ("m", "DE"), ("m", "US"))
    with pytest.raises(ps.DataError, match="combinations that raters have would have to vanish"):
        ps.Population.from_margins({"gender": HALF, "country": {"DE": 0.5, "US": 0.5}}, ratings)


def test_feasibility_is_that_of_the_linear_programme():
    two = [Constraint(np.array([0, 1]), np.array([0.5, 0.5])), Constraint(np.array([0, 1]), np.array([0.7, 0.3]))]
    assert can_be_met(4, [ROWS, COLUMNS])
    assert not can_be_met(2, two)
    assert raked(np.ones(2), two).difference > CLOSE


WRONG = [
    ({"gender": {"f": 0.5, "male": 0.3, "m": 0.2}}, ["'male' a share of 0.3, but no raters have it."]),
    ({"gender": {"f": 1.0}}, ["does not name 'm', which raters have. Name every level; a share of 0 leaves one out."]),
    ({"gender": {"f": 0.5, "m": 0.3}}, ["The margin of gender adds up to 0.8. Shares add up to 1"]),
    ({"gender": {"f": -0.5, "m": "many"}}, ["must have numbers, 0 or more; found -0.5 (f), 'many' (m)"]),
    (
        {"gender": {"f": 51, "m": 49}, "country": {"DE": 0.5, "US": 0.5}},
        ["Margins must add up to the same total; found 100 (gender), 1 (country)"],
    ),
    (
        {
            ("gender", "country"): {("f", "DE"): 0.2, ("f", "US"): 0.2, ("m", "DE"): 0.3, ("m", "US"): 0.3},
            "gender": HALF,
        },
        ["The margins of gender:country and gender contradict each other: f has a share of 0.4 in the one and 0.5 in"],
    ),
    (
        {"gender": {"f": 0.5}, "country": {"DE": 0.4}},
        ["margin of gender adds up to 0.5", "margin of country adds up to"],
    ),
]


@pytest.mark.parametrize(("margins", "sentences"), WRONG, ids=[row[1][0] for row in WRONG])
def test_wrong_margins_are_refused_in_sentences(margins, sentences):
    with pytest.raises(ps.DataError) as error:
        ps.Population.from_margins(margins, CROSSED)
    for sentence in sentences:
        assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("margins", "sentence"),
    [
        ({"gendr": HALF}, "'gendr' is no demographic of the ratings; the ratings have gender, country. Did you mean"),
        ({"gender": [0.5, 0.5]}, "Margins are a dictionary for each demographic"),
        ({}, "Margins are a dictionary for each demographic"),
        ({("gender", "country"): {"f": 0.5, "m": 0.5}}, "combinations of 2 levels as keys"),
    ],
)
def test_what_is_no_margin_is_refused(margins, sentence):
    with pytest.raises(ps.ConfigError, match=sentence):
        ps.Population.from_margins(margins, CROSSED)


def test_design_weights_of_raters_are_the_seed():
    frame = CROSSED.frame.assign(rating=1, rater_weight=[1.0, 3.0, 2.0, 1.0, 1.0])
    weighted = ps.Ratings(frame, scale=(1, 2), demographics=["gender", "country"])
    margins = {"gender": HALF, "country": {"DE": 0.5, "US": 0.5}}
    share = ps.Population.from_margins(margins, weighted).cells.set_index(["gender", "country"])["share"]
    odds = (share["f", "DE"] * share["m", "US"]) / (share["f", "US"] * share["m", "DE"])
    assert odds == pytest.approx(1.0 * 2.0 / (3.0 * 2.0))
