"""Each data set from a small file in its published layout, with invented values; every column as text or as numbers."""

import pytest
from made_datasets import FILES, levels, policy

import pluralstats as ps

pytestmark = pytest.mark.usefixtures("reader")


def loaded(name, folder, **options):
    path = folder / "published.csv"
    path.write_text(FILES[name], encoding="utf-8")
    return ps.datasets.load(name, path, **options)


def test_crehate_keeps_don_t_know_apart_and_names_what_it_chose(tmp_path):
    ratings = loaded("crehate", tmp_path)
    assert (ratings.n_ratings, ratings.n_items, ratings.n_raters) == (4, 2, 3)
    assert ratings.scale.labels == ("not hateful", "hateful")
    assert levels(ratings, "country") == ["United States", "Singapore"]
    assert levels(ratings, "politics") == ["Moderate_liberal", "Independent", "Other"]
    assert policy(ratings, "drop_ratings", "rating")["n_rows"] == 1
    assert policy(ratings, "duplicates", "rating")["n_rows"] == 1
    assert "OtherGreen -> Other" in policy(ratings, "recode", "politics")["detail"]
    aged = loaded("crehate", tmp_path, demographics=["age_group", "religion"], covariates=["age"])
    assert set(levels(aged, "age_group")) == {"under 18", "25-34", "65 or older"}
    assert sorted(aged.frame["age"].unique()) == [17, 29, 70]


def test_your_options_come_before_those_of_the_data_set(tmp_path):
    three = ["not hateful", "don't know", "hateful"]
    ratings = loaded("crehate", tmp_path, scale=three, drop_ratings=[], duplicates="last", demographics=["gender"])
    assert (ratings.n_ratings, ratings.demographics) == (5, ("gender",))
    assert ratings.values.tolist() == [1, 3, 3, 2, 1]  # the last of the two ratings of rater 8


def test_sbic_takes_the_first_of_the_rows_of_a_post_and_keeps_ids_of_18_digits(tmp_path):
    ratings = loaded("sbic", tmp_path)
    assert (ratings.n_ratings, ratings.n_raters, ratings.scale.values) == (2, 2, (0, 0.5, 1))
    assert set(ratings.raters["rater"]) == {"-716217222556754691", "716217222556754692"}
    assert policy(ratings, "undisclosed", "gender")["detail"] == "na"
    assert loaded("sbic", tmp_path, dimensions=["intent"]).values.tolist() == [0.66, 0.33]
    several = loaded("sbic", tmp_path, dimensions=["offensive", "intent"], scale=[0, 0.33, 0.5, 0.66, 1])
    assert several.dimensions == ("offensive", "intent")
    with pytest.raises(ps.ConfigError, match=r"different answers .offensive: 0, 0.5, 1; intent"):
        loaded("sbic", tmp_path, dimensions=["offensive", "intent"])


def test_popquorn_has_its_ages_in_order(tmp_path):
    ratings = loaded("popquorn", tmp_path, reference={"age": "18-24"})
    assert (ratings.n_ratings, ratings.scale.describe()) == (3, "1-5")
    assert levels(ratings, "age") == ["18-24", "35-39", ">65"]
    assert levels(ratings, "occupation")[-1] == "undisclosed"


def test_dices_leaves_unsure_out_and_says_so(tmp_path):
    ratings = loaded("dices-350", tmp_path)
    assert (ratings.n_ratings, ratings.scale.labels) == (2, ("No", "Yes"))
    assert policy(ratings, "drop_ratings", "rating")["n_rows"] == 1
    assert set(ratings.raters["rater"]) == {"296708581782793", "296708603742541"}
    middle = loaded("dices-350", tmp_path, scale=["No", "Unsure", "Yes"], drop_ratings=[])
    assert middle.values.tolist() == [3, 2, 1]
    both = loaded("dices-350", tmp_path, dimensions=["Q_overall", "Q4_misinformation"])
    assert (both.n_ratings, both.dimensions) == (5, ("Q_overall", "Q4_misinformation"))


def test_dices_990_has_locales_and_the_column_names_of_the_file(tmp_path):
    ratings = loaded("dices-990", tmp_path, dimensions=["Q3_bias_overall"])
    assert ratings.values.tolist() == [1, 2]
    assert "locale" in ratings.demographics


def test_measuring_hate_speech_has_nine_questions_on_one_scale(tmp_path):
    ratings = loaded("measuring-hate-speech", tmp_path, covariates=["severity"])
    assert (ratings.n_ratings, len(ratings.dimensions), ratings.scale.describe()) == (18, 9, "0-4")
    assert levels(ratings, "race") == ["white", "multiracial"]
    assert set(levels(ratings, "gender")) == {"male", "undisclosed"}
    assert set(levels(ratings, "age_group")) == {"35-44", "undisclosed"}
    assert sorted(ratings.frame["severity"].unique()) == [-0.21, 0.36]
    assert loaded("measuring-hate-speech", tmp_path, dimensions=["hatespeech"]).values.tolist() == [0, 2]


def test_multipico_reads_replies_and_expired_answers(tmp_path):
    ratings = loaded("multipico", tmp_path)
    assert (ratings.n_ratings, ratings.n_items) == (3, 2)
    assert set(ratings.frame["item"]) == {"a1/b1", "a1/b2"}
    assert ratings.values.tolist() == [2, 1, 1]
    assert set(levels(ratings, "ethnicity")) == {"White", "undisclosed"}
    assert set(levels(ratings, "age_group")) == {"25-34", "undisclosed"}


def test_nlpositionality_joins_the_ethnicities_of_a_person(tmp_path):
    ratings = loaded("nlpositionality-acceptability", tmp_path, covariates=["delphi"])
    assert (ratings.n_ratings, ratings.scale.values) == (2, (-2, -1, 0, 1, 2))
    assert ratings.values.tolist() == [-2, 1]
    assert set(levels(ratings, "ethnicity")) == {"multiracial", "asian"}
    assert set(levels(ratings, "age_group")) == {"20-30", "undisclosed"}
    assert ratings.frame["delphi"].tolist() == [-1, -1]
    toxicity = loaded("nlpositionality-toxicity", tmp_path)
    assert toxicity.values.tolist() == [-1, 1]
    assert set(levels(toxicity, "age_group")) == {"25-34", "65 or older"}
