"""Small files of published data sets in their own layouts; the values are invented."""

import io
import json

import pandas as pd

import pluralstats as ps

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
D3 = {
    "d3-ratings.csv": "rater_id,item_id,rating_raw,rating_binary\n11,1,0,0\n11,2,-1,\n12,1,4,1\n13,1,2,1\n",
    "d3-raters.csv": "rater_id,Age,Gender,Region,Country,SES,care\n"
    "11,18-30,Man,Arab Culture,Egypt,5,3.8\n12,50+,Woman,North America,Canada,10,4.5\n14,50+,Man,Oceania,Fiji,2,1\n",
    "d3-items.csv": "item_id,text,category,sub-category\n1,a text,random,random\n2,a text,moral,moral\n",
}
D3_TABLES = ("ratings", "people", "items")
SURVEY = [
    {
        "user_id": f"user{i}",
        "age": age,
        "gender": "Male",
        "education": "Vocational",
        "ethnicity": {"self_described": "x", "simplified": ethnicity},
        "location": {"special_region": "US", "reside_country": "United States"},
    }
    for i, (age, ethnicity) in enumerate([("18-24 years old", "White"), ("65+ years old", "Prefer not to say")])
]
SCORES = [("user0", "m1", 0, 80), ("user0", "m2", 0, 20), ("user0", "m1", 0, 60), ("user0", "m1", 1, 1)]
UTTERANCES = [
    {
        "utterance_id": f"ut{i}",
        "interaction_id": "int0",
        "user_id": user,
        "turn": turn,
        "model_name": model,
        "score": score,
        "conversation_type": "unguided",
    }
    for i, (user, model, turn, score) in enumerate([*SCORES, ("user9", "m1", 0, 33)])
]


def assessment(annotator: str, world: str, personal: str = "") -> dict[str, object]:
    blocks = {"world": [{"ranking": world}], "personal": [{"ranking": personal}] if personal else []}
    return {"annotator_id": annotator, "ranking_blocks": blocks}


COMPARISONS = [
    {
        "prompt_id": "p1",
        "responses": [{"response_index": letter, "messages": []} for letter in "ABCD"],
        "metadata": {"assessments": [assessment("a1", "A>B>C=D", "D>C>B>A"), assessment("a2", "A>B")]},
    }
]
ANNOTATORS = [
    {"annotator_id": "a1", "demographics": {"age": "25-34", "gender": "Female", "country_of_residence": "Kenya"}},
    {"annotator_id": "a2", "demographics": {"age": "35-44", "gender": "Male", "country_of_residence": "Mexico"}},
]


def lines(records: list[dict]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def tables(name: str) -> dict[str, pd.DataFrame]:
    """The tables of a data set as data frames."""
    if name in FILES:
        return {"ratings": pd.read_csv(io.StringIO(FILES[name]))}
    if name == "d3code":
        return {table: pd.read_csv(io.StringIO(text)) for table, text in zip(D3_TABLES, D3.values(), strict=True)}
    ratings, people = (COMPARISONS, ANNOTATORS) if name == "coval" else (UTTERANCES, SURVEY)
    return {"ratings": pd.DataFrame(ratings), "people": pd.DataFrame(people)}


def levels(ratings: ps.Ratings, column: str) -> list[str]:
    return list(ratings.raters[column].cat.categories)


def policy(ratings: ps.Ratings, step: str, column: str = "") -> dict[str, object]:
    policies = ratings.policies
    (row,) = policies[(policies["step"] == step) & (policies["column"] == column)].to_dict("records")
    return row
