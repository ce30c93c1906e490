"""label_differences(): majority labels of groups."""

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

CODES = {
    "US": "United States",
    "AU": "Australia",
    "GB": "United Kingdom",
    "ZA": "South Africa",
    "SG": "Singapore",
}
# Computed for the project (oracles.json, crehate.computed.pairwise); the largest, 26%, and the consensus,
# 56.2%, are published: Lee et al., NAACL 2024, abstract of arXiv 2308.16705.
PAIRS = {
    "US-AU": 0.1867,
    "US-GB": 0.1753,
    "US-ZA": 0.2038,
    "US-SG": 0.231,
    "AU-GB": 0.1633,
    "AU-ZA": 0.2209,
    "AU-SG": 0.2266,
    "GB-ZA": 0.2184,
    "GB-SG": 0.2316,
    "ZA-SG": 0.2601,
}


def votes(rows, **options):
    """Ratings from (item, country, answers) rows; every answer is of a rater of its own country."""
    table = [
        {"item": item, "rater": f"{country}{k}", "country": country, "rating": answer}
        for item, country, answers in rows
        for k, answer in enumerate(answers)
    ]
    return ps.Ratings(pd.DataFrame(table), scale=(1, 3), demographics=["country"], **options)


def percents(table):
    return {frozenset(key): p for *key, p in table[["level", "other", "percent"]].itertuples(index=False)}


def test_crehate_differences_equal_the_reference_when_repeated_votes_count_and_dont_know_does_not(crehate):
    # A vote that a rater repeats is kept as a second wave; without it two items of Singapore are tied.
    frame = crehate.copy()
    frame["wave"] = frame.groupby(["item", "rater"]).cumcount().astype(str)
    ratings = ps.Ratings(frame, scale=(0, 1), drop_ratings=[2], demographics=["country"])
    table = ps.label_differences(ratings, by="country")
    found = percents(table)
    for pair, share in PAIRS.items():
        assert found[frozenset(CODES[code] for code in pair.split("-"))] == pytest.approx(100 * share, abs=0.005)
    assert found[frozenset(["all"])] == pytest.approx(56.20253164556962, abs=1e-10)
    assert (table["n_items"] == 1580).all()
    assert (table["n_tied"] == 0).all()


def test_crehate_differences_are_those_of_the_labels_the_authors_published(shared_data):
    labels = pd.read_csv(shared_data / "crehate_country_majority.csv", index_col="item")
    frame = labels.melt(ignore_index=False, var_name="country", value_name="rating").reset_index()
    frame["country"] = frame["country"].str.removesuffix("_Hate").str.replace("_", " ")
    ratings = ps.Ratings(frame.assign(rater=frame["country"]), scale=(0, 1), demographics=["country"])
    found = percents(ps.label_differences(ratings, by="country"))
    for pair, share in PAIRS.items():
        assert found[frozenset(CODES[code] for code in pair.split("-"))] == pytest.approx(100 * share, abs=0.005)


def test_crehate_has_two_ties_when_only_the_first_of_repeated_votes_counts(crehate):
    ratings = ps.Ratings(crehate, scale=(0, 1), drop_ratings=[2], duplicates="first", demographics=["country"])
    consensus = ps.label_differences(ratings, by="country").iloc[-1]
    assert (consensus["n_tied"], consensus["n_items"]) == (2, 1578)


def test_differences_and_consensus_by_hand():
    rows = [(item, country, answers) for item, table in {
        "a": {"DE": [1, 1, 2], "US": [1], "ZA": [1, 1]},
        "b": {"DE": [1, 1, 2], "US": [2], "ZA": [2, 2]},
        "c": {"DE": [3], "US": [3], "ZA": [1]},
    }.items() for country, answers in table.items()]  # fmt: skip
    table = ps.label_differences(votes(rows), by="country")
    assert list(table.columns) == [
        *("demographic", "level", "other", "measure", "percent", "n_items", "n_tied"),
    ]
    assert table["measure"].tolist() == ["difference"] * 3 + ["consensus"]
    expected = {("DE", "US"): 1, ("DE", "ZA"): 2, ("US", "ZA"): 1, ("all",): 1}
    assert percents(table) == pytest.approx({frozenset(k): 100 * n / 3 for k, n in expected.items()})


@pytest.mark.parametrize(
    ("ties", "percent", "n_items"), [("exclude", 0.0, 1), ("lowest", 0.0, 2), ("highest", 50.0, 2)]
)
def test_ties_follow_the_rule_and_are_counted(ties, percent, n_items):
    table = ps.label_differences(
        votes([("a", "DE", [1, 3]), ("a", "US", [1]), ("b", "DE", [2]), ("b", "US", [2])]),
        "country",
        ties=ties,
    )
    row = table.iloc[0]
    assert (row["percent"], row["n_items"], row["n_tied"]) == (percent, n_items, 1)


def test_items_that_a_group_did_not_rate_are_left_out():
    table = ps.label_differences(votes([("a", "DE", [1]), ("b", "DE", [1]), ("b", "US", [3])]), by="country")
    assert table["n_items"].tolist() == [1, 1]
    assert table["percent"].tolist() == [100.0, 0.0]


def test_groups_without_a_common_item_have_no_percentage():
    table = ps.label_differences(votes([("a", "DE", [1]), ("b", "US", [3])]), by="country")
    assert table["percent"].isna().all()
    assert table["n_items"].tolist() == [0, 0]


def test_order_of_rows_and_names_of_raters_do_not_matter():
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "item": generator.integers(0, 12, 300),
            "rater": np.arange(300),
            "rating": generator.integers(1, 4, 300),
            "country": generator.choice(["DE", "US", "ZA"], 300),
        }
    )
    moved = frame.sample(frac=1, random_state=1).assign(rater=lambda f: 1000 - f["rater"])
    options = {"scale": (1, 3), "demographics": ["country"], "reference": {"country": "DE"}}
    tables = [ps.label_differences(ps.Ratings(f, **options), by="country") for f in (frame, moved)]
    assert percents(tables[0]) == pytest.approx(percents(tables[1]))


@pytest.mark.parametrize(
    ("by", "ties", "message"),
    [
        ("county", "exclude", r"`by` has 'county'.*they have: country\. Did you mean 'country'\?"),
        (["country"], "exclude", r"`by` must be the name of one demographic; found \['country'\]\."),
        ("country", "random", r"`ties` must be one of exclude, lowest, highest; found 'random'\."),
    ],
)
def test_a_wrong_argument_gets_a_sentence(by, ties, message):
    with pytest.raises(ps.ConfigError, match=message):
        ps.label_differences(votes([("a", "DE", [1]), ("a", "US", [2])]), by, ties=ties)


def test_one_level_cannot_be_compared():
    with pytest.raises(ps.DataError, match="`label_differences` compares levels; 'country' has only: DE"):
        ps.label_differences(votes([("a", "DE", [1, 2])]), by="country")


def test_continuous_ratings_have_no_majority():
    frame = pd.DataFrame({"item": list("aa"), "rater": list("xy"), "rating": [0.1, 0.2], "country": ["DE", "US"]})
    ratings = ps.Ratings(frame, scale="continuous", demographics=["country"])
    with pytest.raises(ps.DataError, match="needs a scale of answers; found continuous ratings"):
        ps.label_differences(ratings, by="country")
