"""Each data set from a small file in its published layout, with invented values; every column as text or as numbers."""

import pytest

import pluralstats as ps

pytestmark = pytest.mark.usefixtures("reader")
DICES = "item_id,rater_id,rater_gender,rater_race,rater_age,rater_education,phase,degree_of_harm"
FILES = {
    "crehate": "ID,annotator_id,nationality,age,education,ethnicity,gender,politic,religion,annotation\n"
    "SBIC-1,7,United States,29.0,4.0,White,male,Moderate_liberal,None,0\n"
    "SBIC-1,8,Singapore,17.0,3.0,Asian,female,OtherGreen,Othertaoist,1\n"
    "SBIC-1,9,Singapore,70.0,2.0,OtherMixed,female,Independent,None,1\n"
    "SBIC-2,7,United States,29.0,4.0,White,male,Moderate_liberal,None,2\n"
    "SBIC-2,8,Singapore,17.0,3.0,Asian,female,OtherGreen,Othertaoist,1\n"
    "SBIC-2,8,Singapore,17.0,3.0,Asian,female,OtherGreen,Othertaoist,0\n",
    "sbic": "whoTarget,intentYN,sexYN,sexReason,offensiveYN,annotatorGender,annotatorMinority,WorkerId,HITId,"
    "annotatorPolitics,annotatorRace,annotatorAge,post,targetStereotype,dataSource\n"
    '1.0,0.66,0.0,,1.0,woman,women,-716217222556754691,3Z8A,liberal,white,36.0,"a ""post"",\nof two lines",one,t/x\n'
    "1.0,0.66,0.0,,1.0,woman,women,-716217222556754691,3Z8A,liberal,white,36.0,a post,two,t/x\n"
    "0.0,0.33,0.5,,0.5,na,,716217222556754692,3Z8A,cons,na,,a post,,t/x\n",
    "popquorn": "instance_id,user_id,text,offensiveness,gender,race,age,occupation,education\n"
    "530,0,a text,1.0,Man,White,35-39,Unemployed,College degree\n"
    "530,1,a text,5.0,Woman,Asian,>65,Prefer not to disclose,Graduate degree\n"
    "531,2,a text,3.0,Woman,White,18-24,Student,College degree\n",
    "dices-350": f"{DICES},Q4_misinformation,Q_overall\n"
    "173,296708581782793,Man,White,gen x+,Other,Phase3,Extreme,No,Yes\n"
    "173,296708603742541,Woman,Multiracial,gen z,Other,Phase3,Extreme,No,Unsure\n"
    "174,296708603742541,Woman,Multiracial,gen z,Other,Phase3,,Yes,No\n",
    "dices-990": f"{DICES},rater_locale,Q3_unfair_bias_overall,Q_overall\n"
    "859,296502689693294,Woman,White,millenial,Other,Phase1,Extreme,US,No,No\n"
    "859,296739973784775,Man,Other,gen z,Other,Phase1,Extreme,IN,Yes,Yes\n",
    "measuring-hate-speech": "comment_id,annotator_id,sentiment,respect,insult,humiliate,status,dehumanize,violence,"
    "genocide,attack_defend,hatespeech,hate_speech_score,annotator_severity,annotator_gender,annotator_educ,"
    "annotator_income,annotator_ideology,annotator_age,annotator_race_black,annotator_race_white\n"
    "1,7,0.0,0.0,0.0,0.0,2.0,0.0,0.0,0.0,0.0,0.0,-3.9,0.36,male,phd,>200k,neutral,35.0,False,True\n"
    "1,8,4.0,4.0,3.0,3.0,4.0,2.0,0.0,0.0,4.0,2.0,0.46,-0.21,prefer_not_to_say,some_college,<10k,liberal,,True,True\n",
    "multipico": "post_id,reply_id,language,language_variety,annotator_id,label,Age,Gender,Ethnicity simplified\n"
    "a1,b1,en,au,U7,1,33,Female,White\n"
    "a1,b1,en,au,U8,0,DATA_EXPIRED,Male,DATA_EXPIRED\n"
    "a1,b2,en,au,U7,0,33,Female,White\n",
    "nlpositionality-acceptability": "action,situation,session_id,litw,socialchem,delphi,gpt4,age,gender,ethnicity,"
    "religion,education,country_longest,country_residence,native_language\n"
    "being late,s,S1,-2.0,-0.8,-1,0,20-30,woman,white,None,college,west,west,english\n"
    "being late,s,S1,-2.0,-0.8,-1,0,20-30,woman,black,None,college,west,west,english\n"
    "being late,s,S2,1.0,-0.8,-1,0,None,man,asian,hindu,phd,south,west,not english\n",
    "nlpositionality-toxicity": "action,session_id,litw,dynahate,perspective,age,gender,ethnicity,religion,education,"
    "country_longest\n"
    "a post,S1,-1,0,0.2,25,woman,white,None,college,west\n"
    "a post,S2,1,0,0.2,67,man,asian,hindu,phd,south\n",
}


def loaded(name, folder, **options):
    path = folder / "published.csv"
    path.write_text(FILES[name], encoding="utf-8")
    return ps.datasets.load(name, path, **options)


def levels(ratings, column):
    return list(ratings.raters[column].cat.categories)


def policy(ratings, step, column=""):
    policies = ratings.policies
    (row,) = policies[(policies["step"] == step) & (policies["column"] == column)].to_dict("records")
    return row


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
