"""The catalogue: every data set is described in full, and what is asked of it wrongly is a sentence."""

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.scale import Scale

POPQUORN = pd.DataFrame(
    {"instance_id": [1, 1, 2, 2], "user_id": [7, 8, 7, 8], "offensiveness": [1, 2, 5, 4], "gender": list("mfmf")}
)
NAMES = ps.datasets.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_data_set_says_what_it_is(name):
    dataset = ps.datasets.describe(name)
    assert dataset.name == name
    assert set(dataset.default) <= set(dataset.dimensions)
    assert not set(dataset.demographics) & set(dataset.covariates)
    assert set(dataset.reference) <= set(dataset.demographics)
    assert set(dataset.polarity.values()) <= {-1, 0, 1}
    assert len({Scale.parse(dataset.dimensions[dimension].scale) for dimension in dataset.default}) == 1
    assert all(text for text in (dataset.title, dataset.size, dataset.licence, dataset.citation, dataset.link))
    assert all(file.address.startswith("https://") for file in dataset.published)
    assert all(len(file.sha256) == 64 for file in dataset.published if file.sha256)
    assert dataset.tables["ratings"]
    text = repr(dataset)
    assert dataset.licence in text
    assert dataset.citation in text


def test_the_data_sets_people_ask_for_are_there():
    wanted = "crehate popquorn sbic dices-350 dices-990 d3code prism measuring-hate-speech multipico coval"
    assert {*wanted.split(), "nlpositionality-acceptability", "nlpositionality-toxicity"} <= set(NAMES)


@pytest.mark.parametrize(
    ("name", "worth"),
    [
        ("crehate", {"rating": -1}),
        ("popquorn", {"rating": -1}),
        ("dices-990", {"rating": -1}),
        ("d3code", {"rating": -1}),
        ("prism", {"rating": 1}),
        ("sbic", {"rating": -1}),
        ("measuring-hate-speech", dict.fromkeys(ps.datasets.describe("measuring-hate-speech").default, -1)),
        ("coval", {"world": 1, "personal": 1}),
        ("nlpositionality-acceptability", {"rating": 1}),
        ("nlpositionality-toxicity", {"rating": -1}),
    ],
)
def test_utility_says_which_way_is_better(name, worth):
    assert ps.datasets.utility(name) == worth


def test_utility_goes_into_preference_pairs():
    ratings = ps.datasets.load("popquorn", POPQUORN)
    responses = pd.DataFrame({"item": ["1", "2"], "question": "q", "prompt": "p", "response": ["mild", "rude"]})
    pairs = ps.preference_pairs(ratings, responses, utility=ps.datasets.utility("popquorn"), policy="mean")
    assert pairs.table["chosen"].tolist() == ["mild"]


def test_irony_is_neither_good_nor_bad():
    with pytest.raises(ps.ConfigError, match="neither direction of ironic is better"):
        ps.datasets.utility("multipico")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ps.datasets.describe("dices350"), ps.ConfigError, "no data set 'dices350'.*mean 'dices-350'"),
        (
            lambda: ps.datasets.load("sbic", POPQUORN, dimensions=["lewdness"]),
            ps.ConfigError,
            "no dimension 'lewdness'",
        ),
        (lambda: ps.datasets.load("sbic", POPQUORN, dimensions=[]), ps.ConfigError, "names no dimension"),
        (lambda: ps.datasets.load("d3code", POPQUORN), ps.DataError, "several files .d3-ratings.csv.*'?ratings"),
        (lambda: ps.datasets.load("d3code", {"rating": POPQUORN}), ps.ConfigError, "key 'rating'.*mean 'ratings'"),
        (lambda: ps.datasets.load("d3code", {"people": POPQUORN}), ps.ConfigError, "needs the key 'ratings'"),
        (lambda: ps.datasets.load("popquorn", POPQUORN.rename(columns={"user_id": "user"})), ps.DataError, "'user_id'"),
        (lambda: ps.datasets.load("popquorn", "nowhere.csv"), ps.DataError, "There is no file nowhere.csv"),
        (lambda: ps.datasets.load("popquorn", 7), ps.DataError, "need a data frame"),
        (lambda: ps.datasets.load("popquorn", POPQUORN, lump="5"), ps.ConfigError, "`lump` must be a number"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_every_column_that_is_missing_is_named_at_once():
    with pytest.raises(ps.DataError) as caught:
        ps.datasets.load("prism", {"ratings": POPQUORN})
    assert len(caught.value.problems) == 2  # `user_id` is there


def test_a_folder_without_the_files_says_which_and_what_it_has(tmp_path):
    (tmp_path / "d3-ratings.csv").write_text("rater_id,item_id,rating_raw\n1,1,0\n")
    with pytest.raises(ps.DataError, match=r"no d3-raters.csv, the people of D3CODE. It has d3-ratings.csv.*Download"):
        ps.datasets.load("d3code", tmp_path)


@pytest.mark.parametrize("name", ["ratings.csv", "d3-ratings.csv.gz", "d3-ratings.parquet"])
def test_a_folder_may_hold_the_files_under_their_other_names_and_formats(name, tmp_path):
    table = pd.DataFrame({"rater_id": [1, 2], "item_id": [1, 1], "rating_raw": [0, 4]})
    table.to_parquet(tmp_path / name) if name.endswith("parquet") else table.to_csv(tmp_path / name, index=False)
    (tmp_path / "d3-raters.csv").write_text("rater_id,Gender\n1,Man\n2,Woman\n")
    ratings = ps.datasets.load("d3code", tmp_path)
    assert (ratings.n_ratings, ratings.demographics) == (2, ("gender",))
    absent = ratings.policies[ratings.policies["policy"] == "absent"]
    assert absent["column"].tolist() == ["region", "age"]


def test_published_numbers_of_the_files_beside_this_checkout(shared_data):
    crehate = ps.datasets.load(  # Lee et al. (2024): 42,546 rows, 1,064 raters, 1,580 posts; 19 are repeated
        "crehate",
        shared_data / "crehate_ratings.csv.gz",
        scale=["not hateful", "don't know", "hateful"],
        drop_ratings=[],
        contradictions="first",
    )
    assert (crehate.n_ratings, crehate.n_raters, crehate.n_items) == (42_546 - 19, 1064, 1580)
    popquorn = ps.datasets.load("popquorn", shared_data / "popquorn_offensiveness.csv.gz")
    assert (popquorn.n_ratings, popquorn.n_raters, popquorn.n_items) == (13_036, 262, 1500)
    sbic = ps.datasets.load("sbic", shared_data / "sbic_dev_ratings.csv.gz", dimensions=["intent"])
    assert sbic.n_ratings == 12_566


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("popquorn", POPQUORN.assign(user_id=[[7], 8, 7, 8]), r"'user_id' has lists or objects .* belong \(row 1\)"),
        ("coval", {"ratings": pd.DataFrame({"prompt_id": ["p"], "responses": ["A"], "metadata": [{}]})}, "in row 1"),
        ("coval", {"ratings": pd.DataFrame({"prompt_id": ["p"], "responses": [[]], "metadata": [None]})}, "in row 1"),
    ],
)
def test_nested_values_where_they_do_not_belong_are_named_with_their_rows(name, path, message):
    with pytest.raises(ps.DataError, match=message):
        ps.datasets.load(name, path)
