"""Drafts of study files: what stands in the file is in the draft, and the draft reads the file."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pluralstats as ps
from pluralstats.data.checking.evidence import Advised
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.drafts.drafting import draft_study
from pluralstats.study.drafts.remedies import advised
from pluralstats.study.drafts.text import draft_text


def ratings_table(n_raters: int = 24) -> pd.DataFrame:
    """Ratings of 12 items, 6 by each rater, with three facts about raters; invented."""
    rows = [
        {
            "item": f"t{(rater + 2 * k) % 12}",
            "rater": f"p{rater}",
            "rating": 1 + (rater * 7 + k * k) % 5,
            "gender": "female" if rater % 3 else "male",
            "age": 20 + rater % 15,
            "team": f"team {rater % 14}",
        }
        for rater in range(n_raters)
        for k in range(6)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def drafted(tmp_path: Path):
    """A function that drafts the study of a table, and returns draft, text and the ratings that it reads."""

    def make(table: pd.DataFrame, **options: object):
        path = tmp_path / "ratings.csv"
        table.to_csv(path, index=False)
        draft = draft_study(path, options)
        config = StudyConfig.from_toml(draft_text(draft, tmp_path), folder=tmp_path)
        return draft, config, lambda: ps.read_ratings(config.data_path(), **config.ratings_options())

    return make


def test_a_draft_reads_every_rating_of_a_plain_file(drafted):
    draft, config, read = drafted(ratings_table())
    assert draft.to_confirm == ()
    assert config.data["scale"] == [1, 5]
    assert config.data["demographics"] == ["gender"]
    assert config.data["reference"] == {"gender": "female"}
    assert config.data["covariates"] == ["age"]
    assert read().n_ratings == 144


def test_columns_with_many_levels_are_named_and_left_out(drafted):
    _, config, _ = drafted(ratings_table(n_raters=60))
    assert "team" not in config.data["demographics"]
    assert "Too many levels: 'team' (14)." in config.source


def test_numbers_with_gaps_cost_no_ratings(drafted):
    table = ratings_table()
    table.loc[table["rater"] == "p3", "age"] = None
    _, config, read = drafted(table)
    assert "covariates" not in config.data
    assert "# covariates" in config.source
    assert read().n_ratings == 144


def test_roles_that_names_and_content_tell_are_written(drafted):
    names = {"item": "text_id", "rater": "worker_id", "rating": "label"}
    draft, config, read = drafted(ratings_table().rename(columns=names))
    assert draft.to_confirm == ()
    assert config.data["columns"] == {"worker_id": "rater", "text_id": "item", "label": "rating"}
    assert read().n_ratings == 144


def test_what_is_given_wins_over_every_guess(drafted):
    table = ratings_table().rename(columns={"item": "text_id", "rater": "worker_id"}).assign(user=range(144))
    draft, config, read = drafted(table, columns={"worker_id": "rater"}, scale=[0, 5], demographics=["team"])
    assert draft.to_confirm == ()
    assert config.data["columns"] == {"worker_id": "rater", "text_id": "item"}
    assert config.data["scale"] == [0, 5]
    assert config.data["demographics"] == ["team"]
    assert read().n_ratings == 144


def test_no_polarity_is_guessed_where_nothing_says_it(drafted):
    table = ratings_table().rename(columns={"item": "text_id", "rater": "worker_id"})
    _, config, _ = drafted(table)
    assert "nothing says which answers are better" in config.source
    assert "higher ratings are better" not in config.source


def test_a_column_for_each_dimension_is_found_and_its_polarity_asked(drafted):
    table = ratings_table().rename(columns={"item": "text_id", "rater": "worker_id", "rating": "toxicity"})
    table["helpful"] = 6 - table["toxicity"].iloc[::-1].to_numpy()
    _, config, read = drafted(table)
    assert config.data["dimensions"] == ["toxicity", "helpful"]
    assert config.data["format"] == "dimensions"
    assert "--utility toxicity=-1,helpful=1" in config.source
    assert read().n_ratings == 288


def test_withheld_demographics_become_a_level_and_cost_nobody(drafted):
    table = ratings_table()
    table.loc[table["rater"] == "p3", "gender"] = "Prefer not to say"
    draft, config, read = drafted(table)
    assert draft.to_confirm == ()
    assert config.data["undisclosed"] == "level"
    assert read().n_ratings == 144


def test_a_few_repeats_are_asked_about_and_the_file_runs(drafted):
    table = ratings_table()
    draft, config, read = drafted(pd.concat([table, table.head(2)]))
    assert config.data["duplicates"] == "first"
    assert any("4 rows of 146" in sentence for sentence in draft.to_confirm)
    assert read().n_ratings == 144


def test_many_repeats_are_never_dropped(drafted):
    table = pd.concat([ratings_table(), ratings_table().assign(rating=3)])
    draft, config, _ = drafted(table)
    assert "duplicates" not in config.data
    assert '# duplicates = "first"' in config.source
    assert any("too many for slips" in sentence for sentence in draft.to_confirm)


def test_contradictions_are_asked_about(drafted):
    table = ratings_table()
    table.loc[0, "gender"] = "female"
    draft, config, read = drafted(table)
    assert config.data["contradictions"] == "drop"
    assert any("gender for 1 rater (p0)" in sentence for sentence in draft.to_confirm)
    assert read().n_raters == 23


def test_an_answer_that_behaves_like_dont_know_is_asked_about(drafted):
    """Everybody rates 20 items 0 or 1 as their number is low or high; answer 2 stands where others say 0."""
    rows = [
        {"item": f"t{item}", "rater": f"p{rater}", "rating": 2 if (rater + item) % 7 == 0 and item < 10 else item // 10}
        for rater in range(40)
        for item in range(20)
    ]
    draft, config, _ = drafted(pd.DataFrame(rows))
    assert "drop_ratings" not in config.data
    assert '# drop_ratings = ["2"]' in config.source
    assert any("Answer '2'" in sentence for sentence in draft.to_confirm)


def test_a_code_among_the_levels_is_a_comment_and_nobody_is_asked(drafted):
    table = ratings_table().replace({"gender": {"male": "na"}})
    draft, config, read = drafted(table)
    assert draft.to_confirm == ()
    assert '# na_values = ["na"]' in config.source
    assert read().n_ratings == 144


def test_words_without_a_usual_order_are_left_to_a_person(drafted):
    table = ratings_table().replace({"rating": {1: "red", 2: "green", 3: "blue", 4: "grey", 5: "pink"}})
    draft, config, _ = drafted(table)
    assert "scale" not in config.data
    assert draft.to_confirm == (
        "Write the answers (blue, green, grey, pink, red) in their order, lowest first, as scale = [...] under [data].",
    )


def test_a_continuous_rating_gets_a_model_for_it(drafted):
    table = ratings_table().assign(rating=[i * 0.37 for i in range(144)])
    draft, config, read = drafted(table)
    assert draft.to_confirm == ()
    assert config.model.family == "gaussian"
    assert read().scale.is_continuous


def test_a_slider_gets_the_model_of_its_piles(drafted):
    table = ratings_table().assign(rating=[min(max(i - 20, 0), 100) for i in range(144)])
    draft, config, read = drafted(table)
    assert draft.to_confirm == ()
    assert config.model.family == "ordered_beta"
    assert read().scale.ends == (0.0, 100.0)


def test_other_ratings_than_numbers_are_named_not_dropped(drafted):
    table = ratings_table().astype({"rating": object})
    table.loc[3, "rating"] = "four"
    draft, config, _ = drafted(table)
    assert "drop_ratings" not in config.data
    assert any("four" in sentence for sentence in draft.to_confirm)


def test_a_file_of_something_else_says_what_is_missing(drafted):
    draft, config, _ = drafted(pd.DataFrame({"city": ["a", "b"], "inhabitants": [10, 20]}))
    assert len(draft.to_confirm) == 3
    assert set(config.data) == {"path"}


def test_the_study_file_is_the_same_for_any_order_of_rows(drafted):
    table = ratings_table()
    assert drafted(table)[1].source == drafted(table.sample(frac=1, random_state=1))[1].source


def test_files_of_annotators_and_their_people_make_one_study(tmp_path: Path):
    folder, study = tmp_path / "answers", tmp_path / "studies"
    folder.mkdir()
    study.mkdir()
    table = ratings_table()
    for rater, rows in table.groupby("rater"):
        rows[["item", "rating"]].to_csv(folder / f"{rater}.csv", index=False)
    people = table[["rater", "gender"]].drop_duplicates()
    people.to_csv(tmp_path / "people.csv", index=False)
    draft = draft_study(folder, {"people": str(tmp_path / "people.csv")})
    assert draft.to_confirm == ()
    config = StudyConfig.from_toml(draft_text(draft, study), folder=study)
    assert (config.data["path"], config.data["people"]) == ("../answers", "../people.csv")
    assert config.data["demographics"] == ["gender"]
    assert ps.read_ratings(config.data_path(), **config.ratings_options()).n_raters == 24


ODD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=ODD, levels=st.lists(ODD, min_size=2, max_size=2, unique=True))
def test_any_names_make_a_study_file_that_can_be_read(tmp_path: Path, name: str, levels: list[str]):
    table = ratings_table()[["item", "rater", "rating", "gender"]].replace(
        {"gender": {"female": levels[0], "male": levels[1]}}
    )
    path = tmp_path / "odd.parquet"
    table.rename(columns={"gender": name}).to_parquet(path)
    text = draft_text(draft_study(path), tmp_path)
    assert tomllib.loads(text)["data"]["path"] == "odd.parquet"
    config = StudyConfig.from_toml(text, folder=tmp_path)
    assert ps.read_ratings(path, **config.ratings_options()).n_ratings == 144


def test_advice_is_read_by_value_whatever_stands_in_an_answer():
    odd = 'don"t know] [x'
    found = (Advised("Answer ...", "drop_ratings", (odd,)), Advised("'age' ...", "na_values", (99, "NA"), "age"))
    answers, codes = advised(found)
    assert (answers.key, answers.value, answers.confirm, answers.active) == ("drop_ratings", [odd], "Answer ...", False)
    assert (codes.key, codes.value, codes.confirm) == ("na_values", [99, "NA"], "")  # no person confirms these
